"""MW-02: a defective item, refunded end to end. The mistakes: whole order for part of it, payment left as it was, twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...engine.genesis import Row
from .. import reckoning, truth
from ..checks import Allowance, Blank, Creates, NamesNoOther, Saw, SawBefore, day, money, text
from ..composition import Composition
from ..desk import Desk, price_paid
from ..family import Asked, Case, Fall, Family, Natural, Rubric, becoming
from ..naming import NUMBERS
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..voices import Speech, Voice
from ..wordings import wordings

WORDS, REQUESTS = wordings("mw02"), requests("mw02")

GOODS = {
    "coreflow-750w-gold-modular": "power supplies",
    "dataforge-nvme-1tb-gen4": "NVMe drives",
    "hypervolt-ddr5-32gb-5600": "memory kits",
    "visionix-27-4k-144hz": "monitors",
    "cryowave-aio-240mm": "AIO coolers",
    "novachip-fusion-12700k": "processors",
}
RUTH = "ruth-gallagher"
ASKS = WORDS.say("asks")
REPORT = WORDS.say("report")
OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": (
        "Ruth here. {broken_word} of the {bought} {goods} in {order} arrived dead.",
        "This is Ruth, finance. {customer} has {broken} dead {goods} out of {bought} ({order}).",
    ),
    "rambling": (
        "Ruth again, sorry, long day. You remember {customer}, who bought {bought} {goods} for the shop? Well, {broken} of "
        "them are dead, not a sign of life, the order is {order}.",
        "So {customer} rang twice this morning about {order}. {bought} {goods}, {broken} of them faulty from new.",
    ),
    "angry": (
        "Ruth, finance. I have {customer} shouting at me over {order}: {broken} of {bought} {goods} dead on arrival.",
        "{order} is turning into a drama. {broken} of the {bought} {goods} never worked, {customer} says, and I believe it. "
        "Ruth",
    ),
}
SPEECHES = tuple(Speech(voice, openings, ASKS, REPORT) for voice, openings in OPENINGS.items())


def cases(scene: Scene) -> Iterator[Case]:
    yield Case(
        key="core",
        given={"order": "ord-251104-428", "broken": 4, "bought": 5},
        anchors=("alan-thistlewood-50319",),
        kind="part of the order",
        traps=("T-02", "T-09", "T-14", "T-26"),
        difficulty=2,
    )
    for number in range(100):
        key = f"{number:03d}"
        props = Props(scene, "MW-02", key)
        chance = scene.chance("MW-02", key)
        product = chance.choice(list(GOODS))
        bought = chance.integer(2, 6)
        kind = ("part of the order", "whole order", "already refunded")[number % 3]
        broken = bought if kind == "whole order" else chance.integer(1, bought - 1)
        customer = props.customer(tier=chance.choice(("none", "none", "silver", "gold")))
        if not truth.rounds_alike(scene, [(product, broken)], customer["loyaltyTier"]):
            continue
        arrived = chance.integer(19, 26)
        order = props.order(customer, [(product, bought)], f"2025-11-{arrived - chance.integer(5, 10):02d}")
        payment = props.payment(order)
        props.shipment(order, delivered=f"2025-11-{arrived}")
        if kind == "already refunded":
            paid = truth.price_paid(scene, product, customer["loyaltyTier"]) * broken
            props.refund(payment, paid, "defective", "processed", f"2025-11-{arrived + 2}")
            payment["status"] = order["status"] = "partially_refunded"
        yield Case(
            key=key,
            given={"order": order["id"], "broken": broken, "bought": bought},
            anchors=(customer["id"],),
            fixtures=props.changes,
            kind=kind,
            traps=("T-02", "T-14", "T-26") + (("T-09", "T-17") if kind == "already refunded" else ()),
            absent=kind == "already refunded",
            difficulty={"part of the order": 1, "whole order": 2}.get(kind, 3),
        )


# --- what is true, asked and wanted ------------------------------------------------------------------------------

ON_RECORD = Blank("refund on record")
AMOUNT = Blank("amount", ("refunded", "refund of", "amount"))
DELIVERED = Blank("delivery day", ("delivered", "delivery", "arrived"))
LAST = Blank("last day of the window", ("window", "last day", "return it until", "returned until"))
TODAY = ("2025-12-01",)


@frozen
class Truth:
    """earlier: the id of a refund on record, if any. status: of a new one. after: what it makes of order and payment."""

    product: str
    customer: str
    payment: str
    shipment: str
    delivered: date
    last: date
    amount: Decimal
    known: tuple[str, ...]
    """Amounts that may be mentioned beside the refund: prices, what was paid, what came back earlier."""
    earlier: str
    status: str
    after: str
    amounts: tuple[str, ...]
    days: tuple[str, ...]
    """What may stand beside amount and days in prose: how the sum is made up, what is left, and all days on record."""


def find(scene: Scene, case: Case) -> Truth:
    order, broken = scene.row("order", case.given["order"]), case.given["broken"]
    (line,) = order["lineItems"]
    customer = scene.row("customer", order["customerId"])
    payment = truth.captured_payment(scene, order["id"])
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    earlier = truth.refunds_of(scene, payment["id"])
    beside = {truth.price_paid(scene, line["productId"], tier) for tier in ("none", truth.tier_of(customer))}
    beside |= {truth.dollars(row["amount"]) for row in (*truth.payments_of(scene, order["id"]), *earlier)}
    amount = truth.refund_amount(scene, order, [(line["productId"], broken)], "defective")
    booked_on = {
        truth.est_date(row[at]).isoformat() for row in earlier for at in ("createdAt", "processedAt") if at in row
    }
    return Truth(
        product=line["productId"],
        customer=customer["name"],
        payment=payment["id"],
        shipment=shipment["id"],
        delivered=truth.delivered_on(scene, order["id"]),
        last=truth.last_return_day(scene, order["id"]),
        amount=amount,
        known=tuple(map(str, sorted(beside))),
        earlier=earlier[0]["id"] if earlier else "",
        status="approved" if scene.rules.defective_approved else "pending",
        after="refunded" if broken == line["qty"] else "partially_refunded",
        amounts=amounts_beside(scene, order, broken, amount),
        days=tuple(sorted({*truth.instants_of(scene, order["id"]), *booked_on, *TODAY})),
    )


def amounts_beside(scene: Scene, order: Row, broken: int, amount: Decimal) -> tuple[str, ...]:
    """Steps of the sum, for the broken units and for all: list price, discount, price paid, fee; and what is left."""
    (line,) = order["lineItems"]
    tier = truth.tier_of(scene.row("customer", order["customerId"]))
    listed, paid = (truth.price_paid(scene, line["productId"], one) for one in ("none", tier))
    steps = [each * units for units in (1, broken, line["qty"]) for each in (listed, paid, listed - paid)]
    total = truth.dollars(truth.captured_payment(scene, order["id"])["amount"])
    fee = truth.SHIPPING_FEES[order["shipping"]["service"]]
    return tuple(map(str, (*steps, total, total - amount, total - amount - fee, fee)))


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice(SPEECHES)
    broken_word = NUMBERS[case.given["broken"]].capitalize()
    slots = {"goods": GOODS[found.product], "broken_word": broken_word, "customer": found.customer}
    return Asked(RUTH, speech.compose(chance, **case.given, **slots), speech.voice)


def rubric(case: Case, found: Truth, amounts: Sequence[str] = (), days: Sequence[str] = TODAY) -> Rubric:
    """amounts, days: that may stand beside those asked for."""
    rubric, earlier = Rubric(), found.earlier
    expected: list[Allowance] = []
    if earlier:
        rubric.gives(ON_RECORD.holds(text(earlier, rivals=("no refund",))), "P-27", "T-09")
        no_other = NamesNoOther(allowed=(earlier,), prefixes=("ref-", "refund_"))
        rubric.constrain("no-other-refund", "Names no other refund", no_other, "P-27")
        rubric.complete("looked-up", "Read the refund on record", Saw(ids=(earlier,), field="status"), "P-27")
    else:
        expected = booked(rubric, case.given["order"], found)
    rubric.gives(AMOUNT.holds(money(found.amount), known=(*found.known, *amounts)), "P-26")
    rubric.gives(DELIVERED.holds(day(found.delivered), known=days), "P-21")
    rubric.gives(LAST.holds(day(found.last), known=days), "P-20")
    rubric.standard(*expected)
    return rubric


def booked(rubric: Rubric, order_id: str, found: Truth) -> list[Allowance]:
    """The refund with the statuses that follow from it (P-29)."""
    amount, status = found.amount, found.status
    refund = {"paymentId": found.payment, "amount": float(amount), "reason": "defective", "status": status}
    created = Creates(entity="refund", rows=(refund,))
    rubric.correct(
        "refund", f"Creates one refund of ${amount:,.2f}, defective, {status}", created, "P-25", "P-26", "P-28"
    )
    rows = (("order", order_id), ("payment", found.payment))
    for entity, id in rows:
        rubric.correct(entity, f"Sets the {entity} to {found.after}", becoming(entity, id, status=found.after), "P-29")
    looked = SawBefore(ids=(found.shipment,), field="events", tools=("create_refund",))
    rubric.constrain("looked-first", "Read the parcel's scans before writing", looked, "P-05", "T-02")
    return [Allowance("refund", created=1), *(Allowance(entity, id=id) for entity, id in rows)]


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    order, broken, bought = (case.given[name] for name in ("order", "broken", "bought"))
    slots = {"order": order, "customer": found.customer, "goods": GOODS[found.product]}
    if broken == bought:
        every = "both" if bought == 2 else f"all {NUMBERS[bought]}"
        return REQUESTS.ask("whole", RUTH, case, every=every, Every=every.capitalize(), **slots)
    words = {"broken": NUMBERS[broken], "Broken": NUMBERS[broken].capitalize(), "bought": NUMBERS[bought]}
    return REQUESTS.ask("part", RUTH, case, **words, **slots)


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks for delivery day and window, which are looked up all the same."""
    labelled = rubric(case, found, found.amounts, found.days)
    unasked = ["delivery-day", "last-day-of-the-window"]
    if not found.earlier:
        return labelled.in_prose(without=unasked)
    settled = "Does the answer say that the faulty units had been refunded before, so that no new refund was made now?"
    return labelled.in_prose(without=unasked, judged={"refund-on-record": settled})


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    everything: bool = False,
    payment_too: bool = True,
    times: int = 1,
    looks_back: bool = True,
) -> Composition:
    """everything: takes all units for faulty; times: how often it refunds; looks_back: for earlier refunds."""
    (order,) = desk.call("searchOrders", order_id=given["order"])
    shipments = desk.call("searchShipments", order_id=order["id"])
    payments = desk.call("searchPayments", order_id=order["id"])
    payment = next(p for p in payments if p["status"] in reckoning.MONEY_TAKEN)
    delivered = reckoning.day_of(max(e["at"] for s in shipments for e in s["events"] if e["status"] == "delivered"))
    desk.call("checkWarrantyStatus", order_id=order["id"], product_id=order["lineItems"][0]["productId"])
    refunds = desk.call("searchRefunds", payment_id=payment["id"])
    earlier = [r for r in refunds if r["status"] not in ("denied", "failed")]
    if earlier and looks_back:
        return report(earlier[0]["id"], reckoning.dollars(earlier[0]["amount"]), delivered, made=False)
    broken = given["bought" if everything else "broken"]
    whole = broken == given["bought"]
    amount = owed(desk, order, broken, whole=whole)
    refund = {"payment_id": payment["id"], "currency": "USD", "reason": "defective", "status": "approved"}
    made = [desk.call("create_refund", amount=float(amount - n * Decimal("0.01")), **refund) for n in range(times)]
    after = "refunded" if whole else "partially_refunded"
    desk.call("updateOrderStatus", order_id=order["id"], status=after)
    if payment_too:
        desk.call("updatePaymentStatus", payment_id=payment["id"], status=after)
    return report(made[0]["id"], amount, delivered, made=True)


def owed(desk: Desk, order: Row, units: int, *, whole: bool) -> Decimal:
    """The goods at the price paid; the fee as well where the whole order comes back."""
    (customer,) = desk.call("searchCustomers", customer_id=order["customerId"])
    goods = price_paid(desk, [(order["lineItems"][0]["productId"], units)], customer)
    return goods + reckoning.FEES[order["shipping"]["service"]] if whole else goods


def report(refund_id: str, amount: Decimal, delivered: date, *, made: bool) -> Composition:
    reply = Composition()
    if made:
        reply.say(
            "I refunded {amount} for the faulty units. The refund is approved.",
            "Refund made and approved, amount {amount}.",
            amount=money(amount),
        )
        reply.line("Refund id: {id}.", id=text(refund_id))
    else:
        reply.say(
            "These units were refunded before: {id}, amount {amount}. I made no second one.",
            "There is a refund for them already, {id} of {amount}, so I booked nothing.",
            id=text(refund_id),
            amount=money(amount),
        )
    return reply.say(
        "The parcel was delivered on {delivered}, so the return window is open until {last}.",
        "Delivered: {delivered}. The window's last day is {last}.",
        delivered=day(delivered),
        last=day(reckoning.last_return_day(delivered)),
    )


FAMILY = Family(
    id="MW-02",
    title="Defective item, refund end to end",
    category="workflow",
    capabilities=("K4", "K6"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    tools="extended",
    natural=Natural(ask_naturally, rubric_in_prose),
    falls=(
        Fall("refunds-everything", "T-17", partial(play, everything=True), ("part of the order",)),
        Fall("forgets-the-payment", "T-26", partial(play, payment_too=False), ("part of the order", "whole order")),
        Fall("refunds-twice", "T-26", partial(play, times=2), ("part of the order", "whole order")),
        Fall("never-looks-back", "T-09", partial(play, looks_back=False), ("already refunded",)),
    ),
)
