"""S-2 (CM-02, with S-3a): the hidden delivery date. The mistake: read the date off the shipment's id."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ...engine.clock import to_text
from ...engine.world import World
from .. import truth_old as truth
from ..checks import Affirms, Called, Denies, LacksDate, OnlyDates, Saw, States, StatesDate, Unchanged
from ..desk import Desk
from ..phrases import (
    ARTICLE,
    DELIVERY,
    IN_FORCE,
    NO_LONGER_RETURNABLE,
    NOT_IN_FORCE,
    OFFER_OF_RETURN,
    PURCHASE,
    RETURN,
    STILL_RETURNABLE,
    WARRANTY,
    iso,
)
from ..task import Criterion, Task

ID = "S-2"
ORDER, SHIPMENT = "ord-251102-810", "ship-251105-676"
PRODUCT = "nebulax-workstation-pro"
GUIDE = "Complete PC Building Guide"
PROMPT = (
    "Alex. Jillian Reaves' NebulaX cooling is dead, she has a ticket open with us. See what our articles say on that "
    "machine and on the CryoWave AIO, check warranty and whether she may still return it, and draft her the mail."
)
FAILING_LOSES = (
    "delivered-on", "looked-up-delivery", "window-open", "last-day", "no-invented-date", "known-dates", "mail-to-jillian",
)  # fmt: skip


def task(world: World, recipe: dict[str, Any]) -> Task:
    delivered = truth.delivered_on(world, ORDER)
    last_day = truth.last_return_day(world, ORDER)
    label_day = truth.est_date(truth.row(world, "shipment", SHIPMENT)["createdAt"])
    warranty_end = truth.warranty_end(world, ORDER, PRODUCT)
    months = int(truth.row(world, "product", PRODUCT)["warrantyMonths"])
    (guide,) = (row for row in world.rows("knowledge_base_article") if row["title"] == GUIDE)
    invented = iso(label_day, label_day + timedelta(days=truth.RETURN_WINDOW_DAYS))
    today = iso(truth.est_date(to_text(world.now)))
    known = (*truth.dates_of(world, ORDER), *iso(last_day, warranty_end), *today)
    return Task(
        id=ID,
        title="The delivery date that is not in the order",
        category="communication",
        requester="alex-morgan",
        prompt=PROMPT,
        world=recipe,
        tools="corecraft/base/benchmark",
        criteria=(
            Criterion(
                "delivered-on",
                f"Gives the delivery date, {delivered:%-d %B %Y}, and no other",
                "correctness",
                StatesDate(
                    day=delivered.isoformat(), topic=DELIVERY, others=(*RETURN, *WARRANTY, *PURCHASE), allowed=today
                ),
                ("P-21", "T-02"),
            ),
            Criterion(
                "looked-up-delivery",
                "Looked at the shipment's events",
                "completeness",
                Saw(ids=(SHIPMENT,), field="events"),
                ("P-02",),
            ),
            Criterion(
                "window-open",
                "Says that the return window is still open, and nothing against it",
                "correctness",
                Affirms(yes=STILL_RETURNABLE, no=NO_LONGER_RETURNABLE, with_words=RETURN),
                ("P-20",),
            ),
            Criterion(
                "last-day",
                f"Gives the last day of the window, {last_day:%-d %B %Y}, and no other",
                "correctness",
                StatesDate(
                    day=last_day.isoformat(), topic=RETURN, others=(*DELIVERY, *WARRANTY, *PURCHASE), allowed=today
                ),
                ("P-20", "P-20a"),
            ),
            Criterion(
                "no-invented-date",
                "Does not give the label date, or the window counted from it, as delivery or deadline",
                "constraint",
                LacksDate(days=invented, topic=(*DELIVERY, *RETURN), others=(*WARRANTY, *PURCHASE)),
                ("P-21", "T-03"),
            ),
            Criterion(
                "known-dates",
                "Gives no date that is in none of the records and follows from none of the rules",
                "constraint",
                OnlyDates(days=known),
                ("P-02",),
            ),
            Criterion(
                "warranty-active",
                f"Says that the {months}-month warranty is active, and nothing against it",
                "correctness",
                Affirms(yes=IN_FORCE, no=NOT_IN_FORCE, with_words=WARRANTY),
                ("P-62",),
            ),
            Criterion(
                "warranty-term",
                f"Gives the term, {months} months, and no other",
                "correctness",
                States(
                    groups=(
                        (f"{months} months", f"{months}-month", f"{months} month", "three-year", "3-year", "3 years"),
                    ),
                    with_words=WARRANTY,
                    never=("12 months", "12-month", "24 months", "24-month", "60 months", "60-month"),
                ),
                ("P-62", "T-14"),
            ),
            Criterion(
                "warranty-end",
                f"Gives the end of the warranty, {warranty_end:%-d %B %Y}, and no other",
                "correctness",
                StatesDate(
                    day=warranty_end.isoformat(), topic=WARRANTY, others=(*DELIVERY, *RETURN, *PURCHASE), allowed=today
                ),
                ("P-61",),
            ),
            Criterion(
                "looked-up-warranty",
                "Looked at the machine's warranty",
                "completeness",
                Called(tools=("checkWarrantyStatus", "getProduct", "searchProducts")),
                ("P-02",),
            ),
            Criterion(
                "guide-found",
                f"Found the {GUIDE} and names it",
                "completeness",
                States(groups=((GUIDE,),)),
                ("P-104", "T-04"),
            ),
            Criterion(
                "short-query",
                "Found the guide in the knowledge base, for which a short word is needed",
                "completeness",
                Saw(ids=(guide["id"],), field="body"),
                ("P-104", "T-04"),
            ),
            Criterion(
                "no-article",
                "Says plainly that no article covers the machine or the cooler itself",
                "correctness",
                Denies(what=ARTICLE, with_words=("nebulax", "cryowave", "workstation")),
                ("P-02", "P-104"),
            ),
            Criterion(
                "mail-to-jillian",
                "Drafts a mail with subject and greeting, to Jillian, that offers return and warranty",
                "format",
                States(
                    groups=(
                        (
                            "hi jillian",
                            "dear jillian",
                            "hello jillian",
                            "hi ms. reaves",
                            "dear ms. reaves",
                            "hello ms. reaves",
                        ),
                        OFFER_OF_RETURN,
                        ("warranty", "coverage"),
                    ),
                    after="subject",
                ),
                ("P-65", "P-100"),
            ),
            Criterion("nothing-changed", "Changes nothing", "constraint", Unchanged()),
        ),
    )


# --- playing it --------------------------------------------------------------------------------------------------


def reference(desk: Desk) -> str:
    facts = _look_around(desk)
    (shipment,) = desk.call("searchShipments", order_id=ORDER)
    delivered = next(e["at"] for e in reversed(shipment["events"]) if e["status"] == "delivered")
    delivered_day = truth.est_date(delivered)
    last_day = delivered_day + timedelta(days=truth.RETURN_WINDOW_DAYS)
    return _mail(
        facts,
        f"Delivered on {_day(delivered_day)}. The 21-day return window is still open; the last day is {_day(last_day)}.",
        f"Your system was delivered on {_day(delivered_day)}, so you may return it for a refund until {_day(last_day)}.",
    )


def failing(desk: Desk) -> str:
    """The order shows `delivered` without a date, and the digits of the shipment id are taken for one."""
    facts = _look_around(desk)
    digits = facts["details"]["shipment"]["id"].split("-")[1]
    delivered_day = truth.est_date(f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}T12:00:00Z")
    last_day = delivered_day + timedelta(days=truth.RETURN_WINDOW_DAYS)
    desk.say(f"The shipment is {facts['details']['shipment']['id']}, so it was delivered on {_day(delivered_day)}.")
    return _mail(
        facts,
        f"Delivered on {_day(delivered_day)}. The 21-day return window expired on {_day(last_day)}.",
        f"Your system was delivered on {_day(delivered_day)}. The return window ended on {_day(last_day)}, so the system is "
        "no longer eligible for a standard return.",
    )


def _look_around(desk: Desk) -> dict[str, Any]:
    (customer,) = desk.call("searchCustomers", name="Jillian Reaves")
    tickets = desk.call("searchTickets", customer_id=customer["id"])
    for text in ("NebulaX", "CryoWave AIO", "cooling"):
        articles = desk.call("searchKnowledgeBase", text=text)
    guide = next(article for article in articles if article["title"] == GUIDE)
    warranty = desk.call("checkWarrantyStatus", order_id=ORDER, product_id=PRODUCT)
    product = desk.call("getProduct", product_id=PRODUCT)
    details = desk.call("getOrderDetails", order_id=ORDER)
    return {
        "ticket": tickets[0], "guide": guide, "warranty": warranty, "product": product, "details": details,
    }  # fmt: skip


def _mail(facts: dict[str, Any], for_alex: str, for_jillian: str) -> str:
    end = _day(truth.est_date(facts["warranty"]["warranty_end_date"] + "T12:00:00Z"))
    months = facts["product"]["warrantyMonths"]
    return "\n".join(
        [
            f"Hi Alex, on ticket {facts['ticket']['id']} and order {ORDER}:",
            "",
            "- Knowledge base: no article covers the NebulaX workstation or the CryoWave AIO unit itself. The "
            f"{facts['guide']['title']} is the closest; its section on coolers applies.",
            f"- Warranty: the {months}-month warranty is active until {end}.",
            f"- Return: {for_alex}",
            "",
            "Draft:",
            "",
            "Subject: Your NebulaX Workstation Pro",
            "",
            "Hi Jillian,",
            "",
            f"Thank you for telling us about the cooling. {for_jillian} Your {months}-month warranty also covers it "
            f"until {end}; if you prefer a repair, we can file a warranty claim for the cooler.",
            "",
            f"Please tell us which you would like. Our {facts['guide']['title']} explains how the cooler is connected.",
            "",
            "You can reach us at support@corecraft.com or (502) 555-0148, Mon-Fri 9:00-18:00 EST.",
            "",
            "CoreCraft Support",
        ]
    )


def _day(day: Any) -> str:
    return f"{day:%-d %B %Y}"
