"""MW-02: a defective item, refunded end to end. The mistakes: whole order for part of it, payment left as it was, twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ...engine.genesis import Row
from .. import truth
from ..checks import Allowance, Creates, Gives, NamesNoOther, Saw, SawBefore, day, money, text
from ..desk import Desk
from ..family import Case, Fall, Family, Posed, Rubric, becoming
from ..reply import Reply
from ..scene import Scene
from ..staging import Staging
from ..voices import Speech, Voice

GOODS = {
    "coreflow-750w-gold-modular": "power supplies",
    "dataforge-nvme-1tb-gen4": "NVMe drives",
    "hypervolt-ddr5-32gb-5600": "memory kits",
    "visionix-27-4k-144hz": "monitors",
    "cryowave-aio-240mm": "AIO coolers",
    "novachip-fusion-12700k": "processors",
}
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")
ASKS = (
    (
        "Check the return window and the warranty, then refund what is faulty.",
        "See whether we are inside the window and whether they are under warranty, and refund the faulty ones.",
    ),
    (
        "Do the bookkeeping on order and payment as well.",
        "Set order and payment to what they should be afterwards.",
        "Then bring the order and the payment in line.",
    ),
)
REPORT = (
    "Send me the refund id, the amount, the delivery date and the last day of the window.",
    "I need back: refund id, amount, when it was delivered, until when the window runs.",
    "Report the amount and the id of the refund, the delivery day and the window's last day.",
)
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
SPEECHES = tuple(Speech(voice, openings, ASKS, REPORT, ordered=True) for voice, openings in OPENINGS.items())


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
        stage = Staging(scene, "MW-02", key)
        chance = scene.chance("MW-02", key)
        product = chance.choice(list(GOODS))
        bought = chance.integer(2, 6)
        kind = ("part of the order", "whole order", "already refunded")[number % 3]
        broken = bought if kind == "whole order" else chance.integer(1, bought - 1)
        customer = stage.customer(tier=chance.choice(("none", "none", "silver", "gold")))
        if not truth.rounds_alike(scene, [(product, broken)], customer["loyaltyTier"]):
            continue
        order = stage.order(customer, [(product, bought)], f"2025-11-{chance.integer(4, 14):02d}")
        payment = stage.payment(order)
        stage.shipment(order, delivered=f"2025-11-{chance.integer(19, 26):02d}")
        if kind == "already refunded":
            paid = truth.price_paid(scene, product, customer["loyaltyTier"]) * broken
            stage.refund(payment, paid, "defective", "processed", "2025-11-28", processedAt="2025-12-01T15:00:00Z")
            payment["status"] = order["status"] = "partially_refunded"
        yield Case(
            key=key,
            given={"order": order["id"], "broken": broken, "bought": bought},
            anchors=(customer["id"],),
            fixtures=stage.changes,
            kind=kind,
            traps=("T-02", "T-14", "T-26") + (("T-09", "T-17") if kind == "already refunded" else ()),
            absent=kind == "already refunded",
            difficulty={"part of the order": 1, "whole order": 2}.get(kind, 3),
        )


def pose(scene: Scene, case: Case) -> Posed:
    given = case.given
    order = scene.row("order", given["order"])
    (line,) = order["lineItems"]
    customer = scene.row("customer", order["customerId"])
    payment = truth.captured_payment(scene, order["id"])
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    delivered, last = truth.delivered_on(scene, order["id"]), truth.last_return_day(scene, order["id"])
    amount = truth.refund_amount(scene, order, [(line["productId"], given["broken"])], "defective")
    earlier = truth.refunds_of(scene, payment["id"])

    rubric = Rubric()
    expected = [] if earlier else expect_refund(scene, rubric, given, order, payment, amount)
    if earlier:
        rubric.correct(
            "existing",
            f"Reports the refund on record, {earlier[0]['id']}",
            Gives(fact=text(earlier[0]["id"], rivals=("no refund",))),
            "P-27", "T-09",
        )  # fmt: skip
        rubric.constrain(
            "no-other-refund",
            "Names no other refund",
            NamesNoOther(allowed=(earlier[0]["id"],), prefixes=("ref-", "refund_")),
            "P-27",
        )
        rubric.complete("looked-up", "Read the refund on record", Saw(ids=(earlier[0]["id"],), field="status"), "P-27")
    else:
        rubric.constrain(
            "looked-first",
            "Read the parcel's scans before writing",
            SawBefore(ids=(shipment["id"],), field="events", tools=("create_refund",)),
            "P-05", "T-02",
        )  # fmt: skip
    rubric.correct(
        "amount",
        f"Reports the amount, ${amount:,.2f}",
        Gives(fact=money(amount), label=("refunded", "refund of", "amount"), known=known_money(scene, order)),
        "P-26",
    )
    rubric.correct(
        "delivered",
        f"Gives the delivery day, {delivered:%-d %B %Y}",
        Gives(fact=day(delivered), label=("delivered", "delivery", "arrived"), known=(last.isoformat(), "2025-12-01")),
        "P-21",
    )
    rubric.correct(
        "last-day",
        f"Gives the last day of the window, {last:%-d %B %Y}",
        Gives(
            fact=day(last),
            label=("window", "last day", "return it until", "returned until"),
            known=(delivered.isoformat(), "2025-12-01"),
        ),
        "P-20",
    )
    rubric.standard(*expected)
    chance = scene.chance("MW-02", case.key, "wording")
    speech = chance.choice(SPEECHES)
    broken_word = NUMBERS[given["broken"]].capitalize()
    slots = {"goods": GOODS[line["productId"]], "broken_word": broken_word, "customer": customer["name"]}
    return Posed("ruth-gallagher", speech.compose(chance, **given, **slots), speech.voice, rubric.criteria)


def expect_refund(
    scene: Scene, rubric: Rubric, given: Mapping[str, Any], order: Row, payment: Row, amount: Decimal
) -> list[Allowance]:
    """The refund with the statuses that follow from it (P-29)."""
    after = "refunded" if given["broken"] == given["bought"] else "partially_refunded"
    status = "approved" if scene.policy.defective_approved else "pending"
    refund = {"paymentId": payment["id"], "amount": float(amount), "reason": "defective", "status": status}
    rubric.correct(
        "refund",
        f"Creates one refund of ${amount:,.2f}, defective, {status}",
        Creates(entity="refund", rows=(refund,)),
        "P-25", "P-26", "P-28",
    )  # fmt: skip
    rows = (("order", order["id"]), ("payment", payment["id"]))
    for entity, id in rows:
        rubric.correct(entity, f"Sets the {entity} to {after}", becoming(scene, entity, id, status=after), "P-29")
    return [Allowance("refund", created=1), *(Allowance(entity, id=id) for entity, id in rows)]


def known_money(scene: Scene, order: Mapping[str, Any]) -> tuple[str, ...]:
    """Amounts an answer may mention beside the refund: prices, what was paid, what came back earlier."""
    amounts = {truth.dollars(scene.row("product", line["productId"])["price"]) for line in order["lineItems"]}
    for payment in truth.payments_of(scene, order["id"]):
        amounts |= {
            truth.dollars(payment["amount"]),
            *(truth.dollars(r["amount"]) for r in truth.refunds_of(scene, payment["id"])),
        }
    tier = truth.tier_of(scene.row("customer", order["customerId"]))
    amounts |= {truth.price_paid(scene, line["productId"], tier) for line in order["lineItems"]}
    return tuple(map(str, sorted(amounts)))


# --- playing it --------------------------------------------------------------------------------------------------


def solve(desk: Desk, given: Mapping[str, Any]) -> Reply:
    return play(desk, given)


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    units: int | None = None,
    payment_too: bool = True,
    times: int = 1,
    looks_back: bool = True,
) -> Reply:
    """units: how many are refunded; times: how often; looks_back: whether for earlier refunds."""
    (order,) = desk.call("searchOrders", order_id=given["order"])
    shipments = desk.call("searchShipments", order_id=order["id"])
    payments = desk.call("searchPayments", order_id=order["id"])
    payment = next(p for p in payments if p["status"] in truth.TAKEN)
    delivered = truth.est_date(max(e["at"] for s in shipments for e in s["events"] if e["status"] == "delivered"))
    desk.call("checkWarrantyStatus", order_id=order["id"], product_id=order["lineItems"][0]["productId"])
    earlier = [
        r for r in desk.call("searchRefunds", payment_id=payment["id"]) if r["status"] not in ("denied", "failed")
    ]
    if earlier and looks_back:
        return report(earlier[0]["id"], truth.dollars(earlier[0]["amount"]), delivered, made=False)
    broken = given["broken"] if units is None else units
    amount = owed(desk, order, broken, whole=broken == given["bought"])
    made = [
        desk.call(
            "create_refund", payment_id=payment["id"], amount=float(amount - n * Decimal("0.01")), currency="USD",
            reason="defective", status="approved",
        )
        for n in range(times)
    ]  # fmt: skip
    after = "refunded" if broken == given["bought"] else "partially_refunded"
    desk.call("updateOrderStatus", order_id=order["id"], status=after)
    if payment_too:
        desk.call("updatePaymentStatus", payment_id=payment["id"], status=after)
    return report(made[0]["id"], amount, delivered, made=True)


def owed(desk: Desk, order: Row, units: int, *, whole: bool) -> Decimal:
    """The goods at the price paid; the fee as well where the whole order comes back."""
    (customer,) = desk.call("searchCustomers", customer_id=order["customerId"])
    price = desk.call(
        "calculate_price", product_ids=[order["lineItems"][0]["productId"]], quantities=[units],
        loyalty_tier=truth.tier_of(customer), shipping_service=order["shipping"]["service"],
    )  # fmt: skip
    goods = truth.dollars(price["subtotal"]) - truth.dollars(price["discount"])
    return goods + truth.dollars(price["shipping"]) if whole else goods


def report(refund_id: str, amount: Decimal, delivered: date, *, made: bool) -> Reply:
    reply = Reply()
    if made:
        reply.say(
            "I refunded {amount} for the faulty units; the refund is approved.",
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
        last=day(truth.last_day_after(delivered)),
    )


def refunds_everything(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Takes all units for faulty."""
    return play(desk, given, units=given["bought"])


def forgets_the_payment(desk: Desk, given: Mapping[str, Any]) -> Reply:
    return play(desk, given, payment_too=False)


def refunds_twice(desk: Desk, given: Mapping[str, Any]) -> Reply:
    return play(desk, given, times=2)


def never_looks_back(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Refunds units that were refunded before."""
    return play(desk, given, looks_back=False)


FAMILY = Family(
    id="MW-02",
    title="Defective item, refund end to end",
    category="workflow",
    capabilities=("K4", "K6"),
    cases=cases,
    pose=pose,
    solve=solve,
    tools="extended",
    falls=(
        Fall("refunds-everything", "T-17", refunds_everything, ("part of the order",)),
        Fall("forgets-the-payment", "T-26", forgets_the_payment, ("part of the order", "whole order")),
        Fall("refunds-twice", "T-26", refunds_twice, ("part of the order", "whole order")),
        Fall("never-looks-back", "T-09", never_looks_back, ("already refunded",)),
    ),
)
