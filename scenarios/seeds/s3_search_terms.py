"""S-3 (S-3b): search terms too narrow. The mistake: nine phrases that no article contains, and never the product's name."""

from __future__ import annotations

from datetime import date
from typing import Any

from ...engine.clock import to_text
from ...engine.world import World
from .. import truth_old as truth
from ..checks import Affirms, Lacks, OnlyDates, Saw, States, StatesDate, Unchanged
from ..desk import Desk
from ..phrases import DELIVERY, NO_LONGER_RETURNABLE, PURCHASE, RETURN, STILL_RETURNABLE, iso
from ..task import Criterion, Task

ID = "S-3"
PRODUCT = "clarityone-32-4k-144hz"
GUIDE = "ClarityOne User Guide"
PROMPT = (
    "Maya Herrera here. My November monitor from you looks less sharp than it should. Is there a setting, or can it go "
    "back?"
)
FRUITLESS = (
    "monitor resolution", "display resolution", "4K monitor", "refresh rate monitor", "monitor setup",
    "native resolution", "EDID", "no 4K", "monitor not 4K",
)  # fmt: skip
NO_GUIDANCE = ("no guidance", "found no article", "no article on", "nothing in our articles")
FAILING_LOSES = ("guide-named", "read-the-guide", "steps-from-guide")


def task(world: World, recipe: dict[str, Any]) -> Task:
    maya = truth.customer_named(world, "Maya Herrera")
    orders = truth.orders_between(world, date(2025, 11, 1), world.now, customerId=maya["id"])
    (order,) = (o for o in orders if any(line["productId"] == PRODUCT for line in o["lineItems"]))
    (shipment,) = world.rows("shipment", {"orderId": order["id"]})
    last_day = truth.last_return_day(world, order["id"])
    product = truth.row(world, "product", PRODUCT)
    (guide,) = (row for row in world.rows("knowledge_base_article") if row["title"] == GUIDE)
    today = iso(truth.est_date(to_text(world.now)))
    return Task(
        id=ID,
        title="A guide that only short words find",
        category="communication",
        requester=maya["id"],
        prompt=PROMPT,
        world=recipe,
        tools="corecraft/base/benchmark",
        criteria=(
            Criterion(
                "product", f"Identifies the {product['name']}", "correctness", States(groups=(_product_names(product),))
            ),
            Criterion(
                "guide-named",
                f"Names the {GUIDE}",
                "completeness",
                States(groups=((GUIDE,),), never=NO_GUIDANCE),
                ("P-104",),
            ),
            Criterion(
                "read-the-guide",
                "Found the guide in the knowledge base",
                "completeness",
                Saw(ids=(guide["id"],), field="body"),
                ("T-04",),
            ),
            Criterion(
                "steps-from-guide",
                "Gives the guide's steps: the input or cable, its mode in the on-screen menu, and the system's setting",
                "correctness",
                States(
                    groups=(
                        ("displayport", "hdmi 2.1"),
                        (
                            "hdmi mode",
                            "displayport version",
                            "menu > information",
                            "information on the monitor",
                            "aspect",
                        ),
                        ("3840 x 2160", "3840x2160", "(recommended)", "150 %", "150%"),
                    )
                ),
                ("P-02", "P-104"),
            ),
            Criterion(
                "return-open",
                "Says that it can still go back, and nothing against it",
                "correctness",
                Affirms(yes=STILL_RETURNABLE, no=NO_LONGER_RETURNABLE, with_words=RETURN),
                ("P-20",),
            ),
            Criterion(
                "last-day",
                f"Gives the last day, {last_day:%-d %B %Y}, and no other",
                "correctness",
                StatesDate(day=last_day.isoformat(), topic=RETURN, others=(*DELIVERY, *PURCHASE), allowed=today),
                ("P-20", "P-21"),
            ),
            Criterion(
                "looked-up-delivery",
                "Looked at the delivery event",
                "completeness",
                Saw(ids=(shipment["id"],), field="events"),
                ("T-02",),
            ),
            Criterion(
                "no-invented-date",
                "Gives no other date as the delivery date, and none that is in no record",
                "constraint",
                OnlyDates(days=(*truth.dates_of(world, order["id"]), *iso(last_day), *today)),
                ("P-02", "P-21", "T-03"),
            ),
            Criterion(
                "no-fee",
                "Threatens no fee",
                "constraint",
                Lacks(phrases=("restocking fee", "return fee", "handling fee")),
                ("P-30",),
            ),
            Criterion("to-maya", "Speaks to Maya", "format", States(groups=(("maya",),)), ("P-100",)),
            Criterion(
                "customer-tone",
                "Shows her no internals: tool names, row ids of staff, search attempts",
                "constraint",
                Lacks(phrases=("searchKnowledgeBase", "searchShipments", "searchOrders", "substring", "tool call")),
                ("P-101",),
            ),
            Criterion("nothing-changed", "Changes nothing", "constraint", Unchanged()),
        ),
    )


def _product_names(product: dict[str, Any]) -> tuple[str, ...]:
    return (*truth.aliases(product), 'ClarityOne 32"', "ClarityOne 32-inch", "ClarityOne 32")


# --- playing it --------------------------------------------------------------------------------------------------


def reference(desk: Desk) -> str:
    order, product = _find_purchase(desk)
    for text in (f"{product['name']} resolution", "ClarityOne"):
        articles = desk.call("searchKnowledgeBase", text=text)
    guide = next(article for article in articles if product["id"] in article["productsMentioned"])
    steps = [
        "Connect it to your graphics card with DisplayPort, or with the port labelled HDMI 2.1, without any adapter.",
        "In the monitor's menu open Information: it should read 3840 x 2160. If not, set Input > HDMI mode to 2.1 or "
        "DisplayPort version to 1.4, and Picture > Aspect to Full.",
        "In Windows choose 3840 x 2160 (Recommended) under Settings > System > Display, with scaling at 150 %.",
    ]
    return _letter(desk, order, product, f"The {guide['title']} has the settings to check:", steps)


def failing(desk: Desk) -> str:
    """Nine phrases, all empty, each as narrow as the one before; the answer then has nothing to say on settings."""
    order, product = _find_purchase(desk)
    for text in FRUITLESS:
        desk.call("searchKnowledgeBase", text=text)
    desk.say("Nothing in the knowledge base on this.")
    return _letter(desk, order, product, "I found no guidance on picture settings in our articles, I am sorry.", [])


def _find_purchase(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    (maya,) = desk.call("searchCustomers", name="Maya Herrera")
    orders = desk.call("searchOrders", customer_id=maya["id"], created_after="2025-11-01")
    for order in orders:
        for line in order["lineItems"]:
            product = desk.call("getProduct", product_id=line["productId"])
            if product["category"] == "monitor":
                return order, product
    raise LookupError("Maya bought no monitor in November")


def _letter(desk: Desk, order: dict[str, Any], product: dict[str, Any], opening: str, steps: list[str]) -> str:
    (shipment,) = desk.call("searchShipments", order_id=order["id"])
    delivered = truth.est_date(next(e["at"] for e in reversed(shipment["events"]) if e["status"] == "delivered"))
    last_day = date.fromordinal(delivered.toordinal() + truth.RETURN_WINDOW_DAYS)
    return "\n".join(
        [
            "Hi Maya,",
            "",
            f"Thank you for writing about your {product['name']} (order {order['id']}). {opening}",
            "",
            *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
            "",
            f"It was delivered on {delivered:%-d %B %Y}, so you can return it, undamaged, until {last_day:%-d %B %Y}.",
            "",
            "Reply here or reach us at support@corecraft.com, and we will send you the return label details.",
            "",
            "CoreCraft Support",
        ]
    )
