"""LV-04: an order to be cancelled, and somebody is quicker: the carrier, a colleague, or the bank. The mistakes: writing after
the first look, and approving the money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

from attrs import frozen

from ...engine.agenda import Due, Plan
from ...engine.chance import Chance
from ...engine.clock import to_text
from ...engine.event import Change
from ...engine.genesis import Row
from .. import naming, reckoning, truth
from ..checks import Allowance, Blank, Called, Creates, Names, NamesNoOther, Saw, SawBefore, day, money, text
from ..composition import Composition
from ..desk import Desk
from ..family import Asked, Case, Fall, Family, Natural, Rubric, becoming
from ..living import SHIFT, due, eight, in_minutes, posted, scanned
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("lv04"), requests("lv04")
SPEECHES = WORDS.speeches("customer")
TAKEN_CALL, CHATTER = WORDS.say("taken-call"), WORDS.say("chatter")

PICKED_UP, DONE, PAID, STEADY = (
    "picked up meanwhile",
    "cancelled by a colleague",
    "paid meanwhile",
    "nothing that matters",
)
KINDS = (PICKED_UP, DONE, PAID, STEADY, DONE, PICKED_UP, DONE, PAID)
OVERTAKEN = (PICKED_UP, DONE, PAID)
SOON = 8
"""Minutes: while the second call is made, which is the first that could change anything."""

GOODS = {
    "skyforge-b550m-micro": "board", "novachip-fusion-12700k": "processor", "dataforge-nvme-2tb-gen4": "drive",
    "visionix-27-4k-144hz": "monitor", "coreflow-750w-gold-modular": "power supply", "hypervolt-ddr5-32gb-5600": "memory kit",
    "cryowave-aio-240mm": "cooler",
}  # fmt: skip
CANCELLABLE = ("pending", "paid", "backorder")
COLLEAGUES = ("bianca-rossi", "kailani-voss", "tim-bradley")


def cases(scene: Scene) -> Iterator[Case]:
    drafts = (_Draft(scene, f"{n:03d}") for n in count())
    for place, draft in eight(drafts, lambda draft: draft.customer["id"]):
        yield draft.case(KINDS[place])


class _Draft:
    """A customer with an order that has not left."""

    def __init__(self, scene: Scene, key: str) -> None:
        self.scene, self.key = scene, key
        self.props, self.chance = Props(scene, "LV-04", key), scene.chance("LV-04", key)
        self.customer = self.props.customer()
        self.at = in_minutes(scene, SOON, key)

    def case(self, kind: str) -> Case:
        unpaid = kind == PAID
        goods, several = self.chance.choice(list(GOODS)), self.chance.choice((1, 1, 2))
        placed = "2025-11-29" if kind == PICKED_UP else "2025-11-30"
        status = "pending" if unpaid else "paid"
        self.order = self.props.order(self.customer, [(goods, several)], placed, status)
        method: dict[str, Any] = {"method": "bank_transfer"} if unpaid else {}
        self.payment = self.props.payment(self.order, "pending" if unpaid else "captured", **method)
        plan = Plan(SHIFT, tuple(self._due(kind)))
        return Case(
            key=self.key,
            given={"order": self.order["id"]},
            anchors=(self.customer["id"],),
            fixtures=self.props.changes,
            kind=kind,
            traps={PICKED_UP: ("T-17",), DONE: ("T-09", "T-26"), PAID: ("T-20",)}.get(kind, ("T-26",)),
            difficulty=1 if kind == STEADY else 3 if kind == DONE else 2,
            absent=kind in (PICKED_UP, DONE),
            notes={"customer": self.customer["id"], "goods": GOODS[goods]},
            plan=plan,
        )

    def _due(self, kind: str) -> Iterator[Due]:
        if kind == PICKED_UP:
            parcel = self.props.shipment(self.order, "label_created", shipped="2025-12-01")
            yield scanned(self.at, parcel, "in_transit", "Louisville, KY", "Picked up by carrier")
            yield self._becomes("order", self.order, "order_shipped", status="fulfilled")
        elif kind == DONE:
            yield from self._cancelled()
        elif kind == PAID:
            yield self._becomes("payment", self.payment, "payment_captured", status="captured", processedAt=self._now)
            yield self._becomes("order", self.order, "order_paid", status="paid")
        else:
            by = self.chance.choice(COLLEAGUES)
            yield posted(self.at, self.props, "support-general", by, self.chance.choice(CHATTER))

    @property
    def _now(self) -> str:
        return to_text(self.at)

    def _becomes(self, entity: str, row: Row, kind: str, **fields: str) -> Due:
        return due(self.at, kind, Change(entity, row["id"], {**fields, "updatedAt": self._now}))

    def _cancelled(self) -> Iterator[Due]:
        """A colleague has the customer on the phone, and does all of it."""
        row = self.props.refund(self.payment, self.payment["amount"], "customer_remorse", "pending", self._now)
        refund = self.props.later("refund", row)
        yield self._becomes("order", self.order, "order_cancelled", status="cancelled")
        yield due(self.at, "refund_made", refund)
        said = self.chance.choice(TAKEN_CALL).format(name=self.customer["name"], order=self.order["id"])
        yield posted(self.at + 41_000, self.props, "support-general", self.chance.choice(COLLEAGUES), said)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

PAYMENT = Blank("status of the payment", ("payment",), "PAYMENT")
BACK = Blank("amount that comes back", ("comes back", "refund", "money back"), "BACK")
REFUND = Blank("status of the refund", ("refund",), "REFUND")
CARRIER = Blank("carrier", (), "CARRIER")
LEFT = Blank("day it was picked up", ("picked up", "collected", "pickup"), "PICKED UP")


@frozen
class Truth:
    """possible: it can be cancelled now. done: somebody has. refund: the one there is, or "". left, carrier: of the parcel."""

    possible: bool
    done: bool
    payment: str
    payment_status: str
    amount: Decimal
    amounts: tuple[str, ...]
    refund: str
    parcel: str
    carrier: str
    left: str
    days: tuple[str, ...]


def find(scene: Scene, case: Case) -> Truth:
    order = scene.row("order", case.given["order"])
    (payment,) = truth.payments_of(scene, order["id"])
    parcel = next(iter(scene.rows("shipment", orderId=order["id"])), {"id": "", "carrier": "", "events": ()})
    moved = [truth.est_date(scan["at"]) for scan in parcel["events"] if scan["status"] != "label_created"]
    refunds = truth.refunds_of(scene, payment["id"])
    fee = truth.SHIPPING_FEES[order["shipping"]["service"]]
    amount = truth.dollars(payment["amount"])
    return Truth(
        possible=order["status"] in CANCELLABLE and not moved,
        done=order["status"] == "cancelled",
        payment=payment["id"],
        payment_status=payment["status"],
        amount=amount,
        amounts=(str(fee), str(amount - fee)),
        refund=refunds[0]["id"] if refunds else "",
        parcel=parcel["id"],
        carrier=parcel["carrier"],
        left=min(moved).isoformat() if moved else "",
        days=truth.instants_of(scene, order["id"]),
    )


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice(SPEECHES)
    prompt = speech.compose(chance, order=case.given["order"], goods=case.notes["goods"])
    return Asked(case.notes["customer"], prompt, speech.voice)


def rubric(case: Case, found: Truth, *, brand_is_enough: bool = False) -> Rubric:
    """brand_is_enough: "FedEx" names the carrier as well as "FedEx Express" does."""
    rubric, order = Rubric(), case.given["order"]
    rubric.decides(found.possible or found.done, "P-42", "T-17")
    rubric.gives(PAYMENT.holds(text(found.payment_status)), "P-41", tag="completeness")
    if not (found.possible or found.done):
        _gone(rubric, found, brand_is_enough)
        rubric.standard()
        return rubric
    rubric.gives(BACK.holds(money(found.amount), known=found.amounts), "P-42")
    rubric.gives(REFUND.holds(text("pending")), "P-28")
    if found.done:
        there = Names(values=(text(found.refund),))
        rubric.correct("refund-there", f"Names the refund that there is, {found.refund}", there, "P-27", "T-09")
        no_other = NamesNoOther(allowed=(found.refund,), prefixes=("ref-", "refund_"))
        rubric.constrain("no-other", "Names no other refund", no_other, "P-27")
        rubric.complete("looked", "Looked for a refund", Saw(ids=(found.refund,), field="amount"), "P-27")
        rubric.standard()
    else:
        _cancelling(rubric, order, found)
        rubric.standard(Allowance("order", id=order), Allowance("refund", created=1))
    return rubric


def _gone(rubric: Rubric, found: Truth, brand_is_enough: bool) -> None:
    """Criteria where the parcel has left."""
    name = naming.CARRIERS[found.carrier]
    also = (name.split()[0],) if brand_is_enough else ()
    rubric.gives(CARRIER.holds(text(name, found.carrier, *also)), "P-102", tag="completeness")
    rubric.gives(LEFT.holds(day(found.left), known=found.days), "P-42")
    rubric.complete("looked", "Read the parcel's scans", Saw(ids=(found.parcel,), field="events"), "P-42", "T-13")


def _cancelling(rubric: Rubric, order: str, found: Truth) -> None:
    """Criteria where it can be stopped, and the money goes back whole."""
    rubric.correct("order", "Sets the order to cancelled", becoming("order", order, status="cancelled"), "P-42")
    row = {"paymentId": found.payment, "amount": float(found.amount), "reason": "customer_remorse", "status": "pending"}
    created = Creates(entity="refund", rows=(row,))
    rubric.correct("refund", f"Creates one refund of ${found.amount:,.2f}, pending", created, "P-42", "P-28")
    writes = ("updateOrderStatus", "create_refund")
    looked = (
        SawBefore(ids=(found.parcel,), field="status", tools=writes)
        if found.parcel
        else Called(tools=("searchShipments", "getOrderDetails"))
    )
    rubric.constrain("looked", "Looked for a parcel", looked, "P-42", "P-05")


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    return REQUESTS.ask("customer", case.notes["customer"], case, order=case.given["order"], goods=case.notes["goods"])


UNDECIDED = "Does the answer make clear that the refund is not decided yet: that it is pending or waits for a review?"


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks how the system words the payment, for the id of a refund, or on which day the parcel was collected."""
    stands = "is cancelled" if found.possible or found.done else "cannot be cancelled any more"
    verdict = {"verdict": f"Does the answer say that {case.given['order']} {stands}?"}
    without = ["status-of-the-payment"]
    judged = {"status-of-the-refund": UNDECIDED} if found.possible or found.done else {}
    without += ["day-it-was-picked-up"] if not judged else []
    if found.done:
        judged["refund-there"] = (
            f"Does the answer say that a refund ({found.refund}) had been put in already, so that no second one is made?"
        )
    return rubric(case, found, brand_is_enough=True).in_prose(without=without, verdict=verdict, judged=judged)


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, again: bool = True, status: str = "pending") -> Composition:
    """again: looks once more before it writes, until nothing is new. status: of the refund."""
    order, parcels, payment, refunds = found = _look(desk, given["order"]) if again else _glance(desk, given["order"])
    while again and (now := _look(desk, given["order"])) != found:
        order, parcels, payment, refunds = found = now
    moved = [scan for parcel in parcels for scan in parcel["events"] if scan["status"] != "label_created"]
    if moved:
        return _too_late(payment, parcels[0], moved[0])
    if order["status"] != "cancelled":
        desk.call("updateOrderStatus", order_id=order["id"], status="cancelled")
        if payment["status"] not in reckoning.MONEY_TAKEN:
            return _form(True, payment)
        back = {"amount": payment["amount"], "currency": "USD", "reason": "customer_remorse", "status": status}
        refunds = [desk.call("create_refund", payment_id=payment["id"], **back)]
    reply = _form(True, payment).fill(BACK, money(reckoning.dollars(refunds[0]["amount"])))
    reply.fill(REFUND, text(refunds[0]["status"]))
    known = reply.say if order["status"] == "cancelled" else reply.line  # the number of a new one, nobody knows before
    return known("Number of the refund: {id}.", "The refund has the number {id}.", id=text(refunds[0]["id"]))


Look = tuple[Row, list[Row], Row, list[Row]]


def _look(desk: Desk, order_id: str) -> Look:
    """The order with its parcels, its payment and what was given back of it."""
    (order,) = desk.call("searchOrders", order_id=order_id)
    parcels = desk.call("searchShipments", order_id=order_id)
    (payment,) = desk.call("searchPayments", order_id=order_id)
    return order, parcels, payment, desk.call("searchRefunds", payment_id=payment["id"])


def _glance(desk: Desk, order_id: str) -> Look:
    """The same from the one page that shows most of it."""
    page = desk.call("getOrderDetails", order_id=order_id)
    parcels = [page["shipment"]] if page["shipment"] else []
    return page["order"], [{**parcel, "events": ()} for parcel in parcels], page["payment"], []


def _form(done: bool, payment: Row) -> Composition:
    return Composition().decide(done).fill(PAYMENT, text(payment["status"]))


def _too_late(payment: Row, parcel: Row, first: Row) -> Composition:
    reply = _form(False, payment).fill(CARRIER, text(naming.CARRIERS[parcel["carrier"]]))
    reply.fill(LEFT, day(reckoning.day_of(first["at"])))
    return reply.line("The parcel can be refused at the door, or sent back within 21 days of its delivery.")


FAMILY = Family(
    id="LV-04",
    title="An order that somebody is quicker with",
    category="workflow",
    capabilities=("living world", "cancellations", "refunds"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("writes-after-the-first-look", "P-05", partial(play, again=False), where=OVERTAKEN),
        Fall("approves-the-refund", "P-28", partial(play, status="approved"), where=(STEADY, PAID)),
    ),
    natural=Natural(ask_naturally, rubric_in_prose),
    tools="extended",
)
