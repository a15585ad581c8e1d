"""LV-05: something is missing that only the requester knows, or seems to be. The mistakes: guessing which order is meant, and
taking the address on file for the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

from attrs import frozen

from ...engine.agenda import Plan
from ...engine.chance import Chance
from ...engine.genesis import Row
from ...engine.respondent import Respondent, Topic
from .. import reckoning, truth
from ..checks import Allowance, AskedBack, Blank, Creates, Names, NamesNoOther, Saw, money, text
from ..composition import Composition
from ..desk import Desk, customer_named, escalate
from ..family import Asked, Case, Fall, Family, Natural, Rubric, becoming
from ..living import eight
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("lv05"), requests("lv05")
CANCEL, CANCEL_THAT, MOVE = (WORDS.speeches(key) for key in ("cancel", "cancel-that", "move"))
TELLS_ORDER, TELLS_ADDRESS, TELLS_NAME = (WORDS.say(f"tells-{what}") for what in ("order", "address", "name"))
MOVED, MOVED_TO = WORDS.say("moved"), WORDS.say("moved-to")

WHICH, THAT = "two could be meant", "the request tells which"
WHERE, THERE = "the address is missing", "the ticket has the address"
KINDS = (WHICH, WHERE, THAT, THERE, WHICH, THAT, WHERE, THERE)
ABOUT_ORDERS = (WHICH, THAT)
TO_BE_ASKED = (WHICH, WHERE)

GOODS = {
    "keyboard": "swifthand-k100", "monitor": "clarityone-24-1080p-165hz", "headset": "echohelm-h20",
    "router": "linkvector-ax5400-router", "drive": "dataforge-sata-1tb-ssd", "cooler": "cryowave-tower-air-cooler",
}  # fmt: skip
DAYS = {"Friday": "2025-11-28", "Sunday": "2025-11-30"}
"""On which the two orders were placed."""

ABOUT_ORDER = (
    "which", "two", "both", "either", "order number", "order id", "order do you", "one do you", "earlier", "later", "older",
    "newer", "first one", "second one", "friday", "sunday", "28", "30", "mean", "clarify", "specify", "confirm",
)  # fmt: skip
ABOUT_ADDRESS = (
    "address", "where", "street", "postal code", "zip", "move to", "moved to", "new place", "house number", "clarify",
    "specify", "confirm",
)  # fmt: skip
ABOUT_SELF = ("e-mail", "email", "account", "phone number", "full name", "your name")
"""What a question holds that asks for it."""


def cases(scene: Scene) -> Iterator[Case]:
    drafts = (_Draft(scene, f"{n:03d}") for n in count())
    for place, draft in eight(drafts, lambda draft: draft.customer["id"]):
        yield draft.case(KINDS[place])


class _Draft:
    def __init__(self, scene: Scene, key: str) -> None:
        self.scene, self.key = scene, key
        self.props, self.chance = Props(scene, "LV-05", key), scene.chance("LV-05", key)
        self.customer = self.props.customer()

    def case(self, kind: str) -> Case:
        given, notes, topic = self._orders(kind) if kind in ABOUT_ORDERS else self._address(kind)
        return Case(
            key=self.key,
            given=given,
            anchors=(self.customer["id"],),
            fixtures=self.props.changes,
            kind=kind,
            traps=("P-10",) if kind in ABOUT_ORDERS else ("P-43",),
            difficulty=2 if kind in TO_BE_ASKED else 1,
            notes={"customer": self.customer["id"], **notes},
            plan=Plan(respondent=Respondent((topic, Topic(ABOUT_SELF, self._name())), patience=2)),
        )

    def _name(self) -> str:
        return (
            self.chance.of("name").choice(TELLS_NAME).format(name=self.customer["name"], email=self.customer["email"])
        )

    def _orders(self, kind: str) -> tuple[dict[str, Any], dict[str, Any], Topic]:
        """Two orders of one thing, neither of which has left."""
        sort = self.chance.choice(list(GOODS))
        orders = {day: self.props.order(self.customer, [(GOODS[sort], 1)], on, "paid") for day, on in DAYS.items()}
        for order in orders.values():
            self.props.payment(order)
        day = self.chance.of("meant").choice(list(DAYS))
        says = self.chance.of("says").choice(TELLS_ORDER).format(day=day, sort=sort)
        given = {"name": self.customer["name"], "sort": sort} | ({"day": day} if kind == THAT else {})
        (other,) = (order["id"] for name, order in orders.items() if name != day)
        return given, {"meant": orders[day]["id"], "other": other}, Topic(ABOUT_ORDER, says)

    def _address(self, kind: str) -> tuple[dict[str, Any], dict[str, Any], Topic]:
        """An order that has not left, and a ticket of somebody who has moved."""
        sort = self.chance.choice(list(GOODS))
        order = self.props.order(self.customer, [(GOODS[sort], 1)], "2025-11-30", "paid")
        self.props.payment(order)
        address = Props(self.scene, "LV-05", self.key, "new address").customer()["addresses"][0]
        line = f"{address['line1']}, {address['city']}, {address['region']} {address['postalCode']}"
        subject, body = self.chance.of("ticket").choice(MOVED_TO if kind == THERE else MOVED)
        body = body.format(order=order["id"], name=self.customer["name"], address=line, sort=sort)
        at = f"2025-12-01T14:{self.chance.integer(10, 55)}:00Z"
        ticket = self.props.ticket(self.customer, subject, body, at, "order_issue", order=order)
        says = self.chance.of("says").choice(TELLS_ADDRESS).format(address=line)
        notes = {"street": address["line1"], "postal": address["postalCode"], "sort": sort}
        return {"order": order["id"], "ticket": ticket["id"]}, notes, Topic(ABOUT_ADDRESS, says)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

ORDER = Blank("order that is cancelled", (), "ORDER")
BACK = Blank("amount that comes back", ("comes back", "refund", "money back"), "BACK")
REFUND = Blank("status of the refund", ("refund",), "REFUND")
TYPES = ("insufficient_permission", "policy_exception")
"""Of the escalation: the handbook names its destination and no type, and either may be meant."""
NEW = Blank("street of the new address", (), "NEW ADDRESS")
DESK = Blank("department that has it now", (), "DESK")


@frozen
class Truth:
    """order: that is meant. payment, amount, amounts: its own, with what may stand beside it. payment is "" where only the
    address is to change."""

    order: str
    payment: str = ""
    amount: Decimal = Decimal(0)
    amounts: tuple[str, ...] = ()


def find(scene: Scene, case: Case) -> Truth:
    order = scene.row("order", case.notes.get("meant") or case.given["order"])
    assert order["status"] == "paid", f"{order['id']} can no longer be changed"
    assert not scene.rows("shipment", orderId=order["id"]), f"{order['id']} has a parcel"
    if case.kind not in ABOUT_ORDERS:
        return Truth(order["id"])
    payment = truth.captured_payment(scene, order["id"])
    amount, fee = truth.dollars(payment["amount"]), truth.SHIPPING_FEES[order["shipping"]["service"]]
    return Truth(order["id"], payment["id"], amount, (str(fee), str(amount - fee)))


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice({WHICH: CANCEL, THAT: CANCEL_THAT}.get(case.kind, MOVE))
    slots = {"sort": case.notes["sort"]} if case.kind not in ABOUT_ORDERS else {}
    return Asked(case.notes["customer"], speech.compose(chance, **case.given, **slots), speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    allowed, optional = _cancelled(rubric, case, found) if case.kind in ABOUT_ORDERS else _moved(rubric, case, found)
    if case.kind in TO_BE_ASKED:
        rubric.constrain("asked", "Asked whoever wrote before it changed anything", AskedBack(), "P-10", "P-02")
    rubric.standard(*allowed, optional=optional)
    return rubric


Rows = tuple[list[Allowance], list[Allowance]]
"""Those that are to be touched, and those that may be."""


def _cancelled(rubric: Rubric, case: Case, found: Truth) -> Rows:
    """Criteria where one of two orders is to go."""
    other = case.notes["other"]
    rubric.gives(ORDER.holds(text(found.order, rivals=(other,))), "P-10")
    rubric.gives(BACK.holds(money(found.amount), known=found.amounts), "P-42")
    rubric.gives(REFUND.holds(text("pending")), "P-28")
    cancelled = becoming("order", found.order, status="cancelled")
    rubric.correct("order", f"Sets {found.order} to cancelled, and not {other}", cancelled, "P-42", "P-10")
    row = {"paymentId": found.payment, "amount": float(found.amount), "reason": "customer_remorse", "status": "pending"}
    refund = Creates(entity="refund", rows=(row,))
    rubric.correct("refund", f"Creates one refund of ${found.amount:,.2f}, pending", refund, "P-42", "P-28")
    only = NamesNoOther(allowed=(found.order, other), prefixes=("ord-",))
    rubric.constrain("only", "Names no third order", only, "P-09")
    return [Allowance("order", id=found.order), Allowance("refund", created=1)], []


def _moved(rubric: Rubric, case: Case, found: Truth) -> Rows:
    """Criteria where an order is to go elsewhere, which no tool does."""
    ticket, street, postal = case.given["ticket"], case.notes["street"], case.notes["postal"]
    rubric.decides(False, "P-43")
    rubric.gives(NEW.holds(text(street)), "P-43")
    rubric.gives(DESK.holds(text("order processing", "order_processing")), "P-43", "P-81")
    row = {"ticketId": ticket, "destination": "order_processing"}
    handed = Creates(entity="escalation", rows=(row,))
    rubric.correct("escalation", f"Escalates {ticket} to order_processing", handed, "P-43", "P-81")
    noted = Names(values=(text(street), text(postal)), of="escalation.notes")
    rubric.correct("notes", f"Puts the new address into the notes: {street}, {postal}", noted, "P-43", "P-82")
    looked = Saw(ids=(found.order,), field="status")
    rubric.complete("looked", "Looked whether the order has left", looked, "P-43", "P-05")
    return [Allowance("escalation", created=1, having={"escalationType": TYPES})], [
        Allowance("support_ticket", id=ticket)
    ]


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    if case.kind in ABOUT_ORDERS:
        slots = {key: value for key, value in case.given.items() if key != "name"}
        return REQUESTS.ask("cancel" if case.kind == WHICH else "cancel-that", case.notes["customer"], case, **slots)
    return REQUESTS.ask("move", case.notes["customer"], case, sort=case.notes["sort"], **case.given)


UNDECIDED = "Does the answer make clear that the refund is not decided yet: that it is pending or waits for a review?"
NOT_YET = (
    "Does the answer say that the address of the order has not been changed yet, or that this was passed on to colleagues who "
    "do it, and promise no day and no delivery there?"
)


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    if case.kind in ABOUT_ORDERS:
        return rubric(case, found).in_prose(judged={"status-of-the-refund": UNDECIDED})
    return rubric(case, found).in_prose(without=("department-that-has-it-now",), verdict={"verdict": NOT_YET})


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, asks: bool = True) -> Composition:
    """asks: whoever wrote, where the record leaves it open; else takes the newest order, or the address on file."""
    return _cancel(desk, given, asks=asks) if "sort" in given else _redirect(desk, given, asks=asks)


def _cancel(desk: Desk, given: Mapping[str, Any], *, asks: bool) -> Composition:
    customer = customer_named(desk, given["name"])
    found = desk.call("searchOrders", customer_id=customer["id"], status="paid")
    orders = [o for o in found if any(line["productId"] == GOODS[given["sort"]] for line in o["lineItems"])]
    told = given.get("day", "")
    if not told and asks:
        days = " or ".join(f"{o['id']} of {_placed(o):%A, %-d %B}" for o in orders)
        told = desk.ask(f"There are two such orders. Which one do you mean, {days}?")
    order = next((o for o in orders if f"{_placed(o):%A}" in told), orders[0])
    parcels = desk.call("searchShipments", order_id=order["id"])
    assert not parcels, f"{order['id']} has left"
    (payment,) = desk.call("searchPayments", order_id=order["id"])
    desk.call("updateOrderStatus", order_id=order["id"], status="cancelled")
    back = {"amount": payment["amount"], "currency": "USD", "reason": "customer_remorse", "status": "pending"}
    refund = desk.call("create_refund", payment_id=payment["id"], **back)
    other = next(o["id"] for o in orders if o is not order)
    reply = Composition().fill(ORDER, text(order["id"], rivals=(other,)))
    reply.fill(BACK, money(reckoning.dollars(payment["amount"])))
    return reply.fill(REFUND, text(refund["status"]))


def _placed(order: Row) -> date:
    return reckoning.day_of(order["createdAt"])


def _redirect(desk: Desk, given: Mapping[str, Any], *, asks: bool) -> Composition:
    (order,) = desk.call("searchOrders", order_id=given["order"])
    (ticket,) = desk.call("searchTickets", ticket_id=given["ticket"])
    desk.call("searchShipments", order_id=order["id"])
    (customer,) = desk.call("searchCustomers", customer_id=order["customerId"])
    address = _address_in(ticket["body"])
    if not address and asks:
        address = _address_in(desk.ask("What is the new address, with street and postal code?"))
    if not asks:
        old = customer["addresses"][0]
        address = f"{old['line1']}, {old['city']}, {old['region']} {old['postalCode']}"
    street = address.split(",")[0]
    notes = f"Not shipped yet. The order is to go to the new address: {address}."
    escalate(desk, ticket["id"], "insufficient_permission", "order_processing", notes)
    reply = Composition().decide(False, "{verdict}, not by me.", "{verdict}: it has been handed on.")
    reply.fill(NEW, text(street))
    reply.fill(DESK, text("order processing"))
    return reply.line("Whether it is still in time, the colleagues there will say.")


def _address_in(told: str) -> str:
    """What stands between the marks that people put around an address here: after a colon, up to the end of its line."""
    return told.partition(": ")[2].split("\n")[0].strip(" .")


FAMILY = Family(
    id="LV-05",
    title="What only the requester knows",
    category="communication",
    capabilities=("living world", "asking back"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("guesses-the-newest", "P-10", partial(play, asks=False), where=(WHICH,)),
        Fall("takes-the-address-on-file", "P-43", partial(play, asks=False), where=(WHERE, THERE)),
    ),
    natural=Natural(ask_naturally, rubric_in_prose),
)
