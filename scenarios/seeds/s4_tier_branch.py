"""S-4 (RS-02): a condition that does not hold. The mistake: carry out its branch all the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ...engine.world import World
from .. import truth
from ..checks import Lacks, LacksNumber, States, StatesNumber, StoppedAfter, Unchanged
from ..desk import Desk
from ..task import Criterion, Task

ID = "S-4"
YEAR_START = date(2024, 12, 1)
PROMPT = (
    "Has Sarah Chen bought enough for Platinum by today? Only if not: what is missing until January, and some items "
    "dearer than that, fitting what she owns, for a promo mail."
)
PROMOTION_TOOLS = ("searchProducts", "getProduct", "validateBuildCompatibility", "calculate_price", "calculatePrice")
GAP_WORDS = (
    "remaining",
    "missing",
    "gap",
    "shortfall",
    "short of",
    "more to spend",
    "needs to spend",
    "to spend",
    "priced",
)
FAILING_LOSES = ("no-products", "no-promotion", "no-gap", "stopped")


def task(world: World, recipe: dict[str, Any]) -> Task:
    sarah = truth.customer_named(world, "Sarah Chen")
    orders = truth.orders_between(world, YEAR_START, world.now, customerId=sarah["id"])
    spent = truth.spend(world, orders)
    threshold = truth.TIER_THRESHOLDS["platinum"]
    assert spent >= threshold, "S-4 needs a customer for whom the condition does not hold"
    payments = [payment["id"] for order in orders for payment in world.rows("payment", {"orderId": order["id"]})]
    owned = {line["productId"] for order in orders for line in order["lineItems"]}
    others = [product["name"] for product in world.rows("product") if product["id"] not in owned]
    return Task(
        id=ID,
        title="A branch that does not apply",
        category="reasoning",
        requester="alex-morgan",
        prompt=PROMPT,
        world=recipe,
        tools="corecraft/base/benchmark",
        criteria=(
            Criterion(
                "eligible",
                "Says that she is eligible for Platinum",
                "correctness",
                States(
                    groups=(("eligible", "qualifies", "qualified", "enough", "meets", "reached", "exceeds", "above"),),
                    with_words=("platinum",),
                ),
                ("P-51",),
            ),
            Criterion(
                "spend", f"Gives her spend, ${spent:,.2f}", "correctness", StatesNumber(value=str(spent)), ("P-53",)
            ),
            Criterion(
                "threshold",
                f"Gives the threshold, ${threshold:,}",
                "correctness",
                StatesNumber(
                    value=str(threshold), with_words=("platinum", "threshold", "requires", "required", "minimum")
                ),
                ("P-51",),
            ),
            Criterion(
                "current-tier",
                f"Says that her stored tier is {sarah['loyaltyTier']}",
                "completeness",
                States(groups=((sarah["loyaltyTier"],),)),
                ("P-54", "T-24"),
            ),
            Criterion(
                "needs-correcting",
                "Says that the tier needs correcting, by someone who may",
                "completeness",
                States(
                    groups=(
                        (
                            "corrected",
                            "correct",
                            "correction",
                            "updated",
                            "update",
                            "changed",
                            "upgraded",
                            "upgrade",
                            "raised",
                        ),
                    ),
                    with_words=("tier", "platinum", "gold"),
                ),
                ("P-54",),
            ),
            Criterion(
                "no-products",
                "Recommends no product",
                "constraint",
                Lacks(phrases=tuple(sorted(others))),
                ("P-07", "T-05"),
            ),
            Criterion(
                "no-promotion",
                "Drafts no promotional mail",
                "constraint",
                Lacks(
                    phrases=(
                        "subject:",
                        "dear sarah",
                        "hi sarah",
                        "hello sarah",
                        "promo items",
                        "items you can recommend",
                    )
                ),
                ("P-07", "T-05"),
            ),
            Criterion(
                "no-gap",
                "Presents no remaining amount such as $0 as a target",
                "constraint",
                LacksNumber(value="0", with_words=GAP_WORDS),
                ("P-07",),
            ),
            Criterion(
                "stopped",
                "Searched and validated no products once her payments were known",
                "constraint",
                StoppedAfter(ids=tuple(sorted(payments)), tools=PROMOTION_TOOLS),
                ("P-07", "T-05"),
            ),
            Criterion("nothing-changed", "Changes nothing", "constraint", Unchanged()),
        ),
    )


# --- playing it --------------------------------------------------------------------------------------------------


def reference(desk: Desk) -> str:
    sarah, spent = _spend(desk)
    return (
        f"Yes. {sarah['name']} ({sarah['id']}) is eligible for Platinum as of today.\n\n"
        f"- Spend since 1 December 2024: ${spent:,.2f} in captured payments; Platinum requires $5,000.00.\n"
        f"- Her stored tier is still {sarah['loyaltyTier']}. It should be corrected to Platinum; no tool changes a tier, so "
        "please ask Aisha Khan in Product Management, who holds policy_override.\n\n"
        "The condition for the second part does not hold, so I have stopped here."
    )


def failing(desk: Desk) -> str:
    """She qualifies, the gap is taken as $0, and eleven further calls produce a mail with items above nothing."""
    sarah, spent = _spend(desk)
    desk.say("She already qualifies, so the missing amount is $0 and any item priced higher will do.")
    found: dict[str, dict[str, Any]] = {}
    for category in ("gpu", "cpu", "motherboard", "monitor", "bundle", "memory", "storage"):
        found |= {row["id"]: row for row in desk.call("searchProducts", category=category, inStockOnly="true")}
    offers = [found[id] for id in ("pyratech-graphforce-4070-16gb", "visionix-27-4k-144hz", "cryonix-z790-apex")]
    for offer in offers:
        desk.call("validateBuildCompatibility", product_ids=["novachip-titan-14900k", offer["id"]])
    desk.call("calculate_price", product_ids=[offer["id"] for offer in offers], loyalty_tier="gold")
    return "\n".join(
        [
            f"{sarah['name']} is eligible for Platinum: ${spent:,.2f} in the last 12 months, threshold $5,000.00.",
            f"Her tier is {sarah['loyaltyTier']} and should be updated.",
            "Remaining amount to spend before January 2026: $0.00.",
            "",
            "## Promo items you can recommend (priced above $0.00)",
            *(f"- {offer['name']}, ${offer['price']:,.2f}" for offer in offers),
            "",
            "Subject: Treat your rig this December",
            "",
            "Hi Sarah,",
            "these picks fit what you already own and help you on your way to Platinum.",
            "",
            "CoreCraft Support",
        ]
    )


def _spend(desk: Desk) -> tuple[dict[str, Any], Decimal]:
    customers = desk.call("searchCustomers", name="Sarah Chen")
    sarah = next(customer for customer in customers if customer["name"] == "Sarah Chen")
    orders = desk.call("searchOrders", customer_id=sarah["id"], created_after=YEAR_START.isoformat())
    spent = Decimal(0)
    for order in orders:
        for payment in desk.call("searchPayments", order_id=order["id"]):
            if payment["status"] == "captured":
                spent += Decimal(str(payment["amount"]))
    return sarah, spent
