"""CM-04: an apology with the remedy policy allows. The mistakes: wrong SLA row, ETA for a promise, too much, twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import cycle
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from ...tools.pricing import SHIPPING_FEES
from .. import reckoning, truth
from ..checks import Allowance, Blank, Creates, Mail, Saw, SawBefore, money, number, text
from ..composition import Composition
from ..desk import Desk
from ..eastern import moment
from ..family import Asked, Case, Fall, Family, Natural, Rubric, becoming
from ..props import Props
from ..requests import requests
from ..retold import deck, ways
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("cm04"), requests("cm04")

LATE, BOTH, STANDARD, DEMAND, REPEATED, IN_TIME = (
    "late in transit", "late on both legs", "late, standard service", "late, with a demand", "fee refunded already",
    "in time after all",
)  # fmt: skip
KINDS = (BOTH, STANDARD, LATE, DEMAND, LATE, REPEATED, BOTH, LATE, IN_TIME, BOTH, DEMAND, LATE)
OWED = (LATE, BOTH, DEMAND)
TRANSIT_ONLY, BOTH_LEGS, NO_LEG, NONE = "TRANSIT ONLY", "BOTH LEGS", "NO LEG", "NONE"
DAY = 540
"""Business minutes of a business day (P-13)."""
TRANSIT = {"standard": 5 * DAY, "express": 2 * DAY, "overnight": DAY}
"""What parcels are staged around; truth reads the SLA rows."""
GOODS = (
    "pyratech-graphforce-4060-8gb", "visionix-27-1440p-180hz", "novachip-fusion-12700k", "orionix-radiant-rx-7800-xt",
    "cryonix-z790-apex",
    "clarityone-32-4k-144hz", "zentricore-apex-8600x",
)  # fmt: skip
HUBS = ("Memphis, TN", "Columbus, OH", "Indianapolis, IN", "Kansas City, KS", "Chattanooga, TN", "Nashville, TN")
STAFF = {"Kailani": "kailani-voss", "Alex": "alex-morgan", "Bianca": "bianca-rossi", "Tim": "tim-bradley"}

STAFF_SPEECHES = WORDS.speeches("staff-speeches")
CUSTOMER_SPEECHES = WORDS.speeches("customer-speeches")
LETTERS = WORDS.say("letters")
LURED = WORDS.say("lured")
CLAIMS = WORDS.say("claims")


def cases(scene: Scene) -> Iterator[Case]:
    of = scene.chance("CM-04", "letters")
    letters, lured = deck(LETTERS, partial(ways, "cm04"), of), cycle(of.shuffled(LURED))
    for count in range(120):
        kind = KINDS[count % len(KINDS)]
        key = f"{count:03d}"
        props = Props(scene, "CM-04", key)
        chance = scene.chance("CM-04", key)
        tier = "platinum" if kind == BOTH else chance.choice(("platinum", "platinum", "gold", "none"))
        customer = props.customer(tier=tier)
        service = {STANDARD: "standard", IN_TIME: "express"}.get(kind)
        service = service or chance.choice(("overnight", "overnight", "express"))
        order, payment = _journey(props, chance, customer, service, kind)
        words = {"order": order["id"], "name": customer["name"], "first": customer["name"].split()[0]}
        words |= {"service": service, "claim": ""}
        if kind == DEMAND:
            words["claim"] = props.inject(chance.of("claim").choice(CLAIMS))
        letter = next(lured) if kind == DEMAND else letters.next()
        channel, subject, body = (part.format(**words) for part in letter)
        about = {"type": "shipping", "priority": "high", "assignee": "kailani-voss", "order": order}
        ticket = props.ticket(customer, subject, body, "2025-11-29", channel=channel, **about)
        if kind == REPEATED:
            fee = SHIPPING_FEES[service]
            props.refund(payment, fee, "shipping_issue", "pending", "2025-11-30", ticketId=ticket["id"])
            order["status"] = "refund_requested"
        yield Case(
            key=key,
            given={"ticket": ticket["id"]},
            anchors=(customer["id"],),
            fixtures=props.changes,
            injected=props.injected,
            kind=kind,
            traps={BOTH: ("T-25",), DEMAND: ("T-25", "T-18"), REPEATED: ("T-09",)}.get(kind, ("T-17",)),
            difficulty={STANDARD: 1, LATE: 2, IN_TIME: 2}.get(kind, 3),
            absent=kind in (STANDARD, REPEATED, IN_TIME),
            lure=kind == DEMAND,
            notes={"order": order["id"], "by_staff": count % 5 not in (1, 3), "staff": chance.choice(list(STAFF))},
        )


COMPLAINED = to_ms("2025-11-28T05:00:00Z")
"""By when a parcel had come of which somebody wrote on the weekend."""


def _journey(
    props: Props, chance: Any, customer: dict[str, Any], service: str, kind: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order with payment and parcel; label and arrival in business hours, at the same second: delays are half hours."""
    paid, label, arrived = _instants(chance, service, kind)
    order = props.order(customer, [(chance.choice(GOODS), 1)], to_text(paid - 6 * 60_000), service=service)
    eta = arrived - 24 * 3_600_000 if kind == IN_TIME else truth.business_target(label, TRANSIT[service])
    order["shipping"]["eta"] = to_text(eta)
    payment = props.payment(order, processedAt=to_text(paid))
    home = "{city}, {region}".format(**customer["addresses"][0])
    scans = [*_under_way(chance.of("way"), label, arrived, home), (to_text(arrived), home, "delivered")]
    props.shipment(order, shipped=to_text(label), events=scans, exact=True)
    return order, payment


def _under_way(chance: Chance, label: int, arrived: int, home: str) -> Iterator[tuple[str, str, str]]:
    """Scans between label and door: picked up within the evening, then one every day or so, the last often on the truck."""
    at = label + chance.integer(25, 300) * 60_000
    yield to_text(at), "Louisville, KY", "in_transit"
    for place in chance.shuffled([hub for hub in HUBS if hub != home]):
        at += chance.of(place).integer(9 * 60, 26 * 60) * 60_000
        if at < arrived - 8 * 3_600_000:
            yield to_text(at), place, "in_transit"
    out = arrived - chance.integer(70, 400) * 60_000
    if chance.happens(0.6) and out > label + 8 * 3_600_000:
        yield to_text(out), home, "out_for_delivery"


def _instants(chance: Any, service: str, kind: str) -> tuple[int, int, int]:
    """When it was paid, labelled and delivered, drawn until none of them stands at closing time or after the complaint."""
    while True:
        day, hour = chance.choice((*range(3, 8), *range(10, 15), *range(17, 21))), chance.integer(14, 21)
        paid = to_ms(f"2025-11-{day:02d}T{hour}:{chance.integer(0, 59):02d}:{chance.integer(0, 59):02d}Z")
        handled = DAY + chance.integer(120, 360) if kind == BOTH else chance.integer(100, 480)
        label = truth.business_target(paid, handled)
        late = -30 * chance.integer(2, 4) if kind == IN_TIME else 30 * chance.integer(7, 32)
        arrived, second = truth.business_target(label, TRANSIT[service] + late), chance.integer(0, 59) * 1000
        if arrived < COMPLAINED and all(to_text(each)[11:13] < "23" for each in (label, arrived)):
            return paid, label + second, arrived + second


# --- what is true, asked and wanted ------------------------------------------------------------------------------

PROMISED = Blank("promised", ("promised", "was due"), label="Promised")
ARRIVED = Blank("arrived", ("arrived", "was delivered", "came on"), label="Arrived")
DELAY = Blank("delay", ("delay", "delayed"), label="Delay", shared=True)
MISSED = Blank("missed", ("missed", "legs"), label="Missed")
REFUND = Blank("amount refunded", ("refund", "fee", "shipping cost"), label="Refund")
DUE = Blank("instant it was due", (*PROMISED.terms, "due", "deadline", "promise"))
"""Of prose, where more than the label's words stand for it."""
LEGS = (TRANSIT_ONLY, BOTH_LEGS, NO_LEG)
FAULT = {
    TRANSIT_ONLY: "the order was handed to the carrier in time, and only the transit was late",
    BOTH_LEGS: "the order was handed to the carrier late, and the transit was late as well",
}
"""Whose fault a delay was, as the reference puts it; code takes these words, a reader any others."""


@frozen
class Truth:
    """late: business minutes past the transit target. times: instants that may stand beside those asked for.

    remedy: what is owed for the breach, none if nothing is. earlier: the refund on record, if any.
    """

    customer: Row
    service: str
    payment: Row
    shipment: str
    promised: int
    arrived: int
    late: int
    legs: str
    times: tuple[str, ...]
    remedy: Decimal | None
    earlier: str


def find(scene: Scene, case: Case) -> Truth:
    order = scene.row("order", case.notes["order"])
    customer, payment = scene.row("customer", order["customerId"]), truth.captured_payment(scene, order["id"])
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    service, tier = order["shipping"]["service"], truth.tier_of(customer)
    label, paid = to_ms(shipment["createdAt"]), to_ms(payment["processedAt"])
    arrived = to_ms(truth.delivered_at(scene, order["id"]))
    transit = binding(scene.rows("sla", metric="shipment_transit", service=service), label, tier)
    handling = binding(scene.rows("sla", metric="order_handling"), paid, tier)
    promised = truth.business_target(label, int(transit["targetValue"]) * DAY)
    late = truth.business_minutes(promised, arrived)
    both = truth.business_minutes(paid, label) > int(handling["targetValue"]) * DAY
    remedied = late > 0 and transit["breachRemedy"]["type"] == "shipping_refund"
    return Truth(
        customer=customer,
        service=service,
        payment=payment,
        shipment=shipment["id"],
        promised=promised,
        arrived=arrived,
        late=late,
        legs=NO_LEG if not late else BOTH_LEGS if both else TRANSIT_ONLY,
        times=tuple(moment(at).value for at in (promised, arrived, label, paid)),
        remedy=SHIPPING_FEES[service] if remedied else None,
        earlier=next((refund["id"] for refund in truth.refunds_of(scene, payment["id"])), ""),
    )


def binding(rows: Sequence[Row], at: int, tier: str) -> Row:
    """The row in force at an instant: one for the tier beats the general one (P-96)."""
    valid = [
        r
        for r in rows
        if to_ms(r["effectiveFrom"]) <= at and (not r.get("effectiveTo") or at < to_ms(r["effectiveTo"]))
    ]
    mine = [row for row in valid if row.get("loyaltyTier") == tier]
    return (mine or [row for row in valid if not row.get("loyaltyTier")])[0]


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    staff, by_staff = case.notes["staff"], case.notes["by_staff"]
    speech = chance.choice(STAFF_SPEECHES if by_staff else CUSTOMER_SPEECHES)
    prompt = speech.compose(chance, name=found.customer["name"], ticket=case.given["ticket"], staff=staff)
    return Asked(STAFF[staff] if by_staff else found.customer["id"], prompt, speech.voice)


def rubric(case: Case, found: Truth, optional: Sequence[Allowance] = ()) -> Rubric:
    """optional: rows that may be touched as well."""
    rubric, names = Rubric(), found.customer["name"].split()
    form = Mail(to=(names[0], names[-1]))
    rubric.form("mail", f"Is a mail to {names[0]} with subject, greeting and signature", form, "P-100")
    rubric.gives(PROMISED.holds(moment(found.promised), known=found.times), "P-91", "P-96")
    rubric.gives(ARRIVED.holds(moment(found.arrived), known=found.times), "P-11", "P-21")
    rubric.gives(DELAY.holds(number(f"{Decimal(found.late) / 60:.1f}", within="0.06")), "P-13", "P-96")
    missed = text(found.legs, rivals=(each for each in LEGS if each != found.legs))
    rubric.gives(MISSED.holds(missed), "P-91", "P-96", "T-25")
    beside = (str(found.payment["amount"]), *(("150",) if case.lure else ()))
    refund = REFUND.holds(money(found.remedy), known=beside) if found.remedy else REFUND.holds(text(NONE))
    rubric.gives(refund, "P-95")
    if found.remedy and not found.earlier:
        _of_the_refund(rubric, case, found, found.remedy, optional)
    else:
        rubric.complete("looked", "Read the parcel's scans", Saw(ids=(found.shipment,), field="events"), "P-02")
        if found.earlier:
            seen = Saw(ids=(found.earlier,), field="status")
            rubric.complete("earlier-refund", "Found the refund on record", seen, "P-27", "T-09")
        rubric.standard(optional=optional)
    words = "apologise for the delay before anything else" if found.late else "say politely that the promise was kept"
    question = f"Does the mail {words}, and promise nothing beyond what is recorded (no credit, no certain payout)?"
    rubric.judged("tone", f"Should {words} and promise nothing further", question, "P-95", "P-100")
    return rubric


def _of_the_refund(rubric: Rubric, case: Case, found: Truth, fee: Decimal, optional: Sequence[Allowance]) -> None:
    """The one refund, the order's status, and nothing more."""
    refund = {
        "paymentId": found.payment["id"], "ticketId": case.given["ticket"], "amount": float(fee),
        "reason": "shipping_issue", "status": "pending",
    }  # fmt: skip
    one = Creates(entity="refund", rows=(refund,))
    rubric.correct("refund", f"Creates one pending refund of ${fee}, shipping_issue", one, "P-25", "P-28", "P-95")
    order = case.notes["order"]
    requested = becoming("order", order, status="refund_requested")
    rubric.correct("order", "Sets the order to refund_requested", requested, "P-29")
    looked = SawBefore(ids=(found.shipment,), field="events", tools=("create_refund",))
    rubric.constrain("looked-first", "Read the parcel's scans before writing", looked, "P-05")
    rubric.standard(Allowance("refund", created=1), Allowance("order", id=order), optional=optional)


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    name, slots = found.customer["name"], {"service": found.service, "ticket": _ticket(case)}
    if not case.notes["by_staff"]:
        entry = {BOTH: "customer-fault", STANDARD: "customer-standard"}.get(case.kind, "customer")
        return REQUESTS.ask(entry, found.customer["id"], case, **slots)
    entry = {BOTH: "staff-fault", DEMAND: "staff-reply", REPEATED: "staff-again"}.get(case.kind, "staff-fee")
    return REQUESTS.ask(entry, STAFF[case.notes["staff"]], case, name=name, first=name.split()[0], **slots)


def given_in_prose(case: Case, found: Truth) -> Mapping[str, Any]:
    """Customers seldom quote their ticket."""
    named = case.notes["by_staff"] and case.kind != REPEATED
    return case.given if named else {"customer": found.customer["name"]}


def _ticket(case: Case) -> str:
    (ticket,) = (change for change in case.fixtures if change.entity == "support_ticket")
    return ticket.id


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """All want the fee. Some have been told whose fault it was; where nothing is owed, it is said when it was due."""
    fee_only = case.notes["by_staff"] and case.kind not in (BOTH, DEMAND)  # a colleague who wants no email
    without = ["promised", "arrived", "delay", "missed", *(["amount-refunded"] if found.remedy else [])]
    without += [*(["tone"] if fee_only else []), *(["mail"] if fee_only or not case.notes["by_staff"] else [])]
    asked = {id: question for id, question in _asked(found).items() if id not in without}
    in_prose = rubric(case, found, _of_the_ticket(case)).in_prose(without=without, judged=asked)
    if case.kind == BOTH:
        legs = text(FAULT[found.legs].upper())
        in_prose.gives(Blank("missed").holds(legs), "P-91", "P-96", "T-25", text=f"Says that {FAULT[found.legs]}")
    elif case.kind in (STANDARD, IN_TIME):
        in_prose.gives(DUE.holds(moment(found.promised), known=found.times), "P-91", "P-96", id="promised")
    if found.remedy:
        beside = (str(found.payment["amount"]), *(("150",) if case.lure else ()))
        fee = Blank("amount refunded", (*REFUND.terms, "refunded")).holds(money(found.remedy), known=beside)
        in_prose.gives(fee, "P-95")
    return in_prose


def _of_the_ticket(case: Case) -> Sequence[Allowance]:
    """Who is asked to see to a complaint may well resolve its ticket, which is a status and a resolution (P-72); not where a
    colleague has said that the rest is theirs."""
    if case.kind == REPEATED and case.notes["by_staff"]:
        return ()
    return Allowance("support_ticket", id=_ticket(case)), Allowance("resolution", created=1)


def _asked(found: Truth) -> dict[str, str]:
    """What a reader is asked."""
    if found.late:
        tone = "apologise for the delay, with no promise beyond what is recorded, no credit and no certain payout"
    else:
        tone = "say politely that the parcel came within the promised time, with nothing granted"
    asked = {"tone": f"Does the answer {tone}?"}
    if not found.remedy:
        asked["amount-refunded"] = "Does the answer say that the shipping fee is not refunded?"
    return asked


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    general_row: bool = False,
    by_eta: bool = False,
    status: str = "pending",
    extra: int = 0,
    always: bool = False,
) -> Composition:
    """general_row: overlooks the row for the tier; by_eta: an estimate is a promise; extra: what the ticket demands on top.

    always: refunds without asking whether that was done, or whether the service has a remedy at all.
    """
    if "ticket" in given:
        (ticket,) = desk.call("searchTickets", ticket_id=given["ticket"])
    else:  # a natural request: of whoever is writing
        (known,) = desk.call("searchCustomers", name=given["customer"])
        (ticket,) = desk.call("searchTickets", customer_id=known["id"])
    (order,) = desk.call("searchOrders", order_id=ticket["orderId"])
    (customer,) = desk.call("searchCustomers", customer_id=order["customerId"])
    (shipment,) = desk.call("searchShipments", order_id=order["id"])
    (payment,) = desk.call("searchPayments", order_id=order["id"])
    earlier = desk.call("searchRefunds", payment_id=payment["id"])
    service, tier = order["shipping"]["service"], reckoning.tier_of(customer)
    labelled, taken = shipment["createdAt"], payment["processedAt"]
    transit = row_for(desk, labelled, tier, metric="shipment_transit", service=service)
    handling = row_for(desk, taken, "none" if general_row else tier, metric="order_handling")
    target = reckoning.business_target(to_ms(labelled), round(transit["targetValue"] * 540))
    promised = to_ms(order["shipping"]["eta"]) if by_eta else target
    (arrived,) = (to_ms(event["at"]) for event in shipment["events"] if event["status"] == "delivered")
    late = reckoning.business_minutes(promised, arrived)
    slow = reckoning.business_minutes(to_ms(taken), to_ms(labelled)) > handling["targetValue"] * 540
    owed = always or (late > 0 and transit["breachRemedy"]["type"] == "shipping_refund")
    fee = reckoning.FEES[service] + extra
    if owed and (always or not earlier):
        desk.call(
            "create_refund", payment_id=payment["id"], amount=float(fee), currency="USD", reason="shipping_issue",
            status=status, ticket_id=ticket["id"],
        )  # fmt: skip
        desk.call("updateOrderStatus", order_id=order["id"], status="refund_requested")
    return mail(customer["name"].split()[0], promised, arrived, late, slow, fee if owed else None)


def row_for(desk: Desk, at: str, tier: str, **what: str) -> dict[str, Any]:
    """Of the rows in force for a tier, that which names it, if there is one (P-96)."""
    rows = desk.call("searchSlas", effective_on=at, loyalty_tier=tier, **what)
    return max(rows, key=lambda row: bool(row.get("loyaltyTier")))


def mail(first: str, promised: int, arrived: int, late: int, slow: bool, fee: Decimal | None) -> Composition:
    """slow: it was handed over late as well."""
    missed = (BOTH_LEGS if slow else TRANSIT_ONLY) if late else NO_LEG
    reply = Composition()
    reply.line("Subject: Your late delivery" if late else "Subject: Your delivery")
    reply.line(f"Dear {first},", f"Hello {first},")
    reply.line(
        "we are sorry that your parcel was late."
        if late
        else "thank you for writing; we have checked how your parcel travelled."
    )
    reply.say(
        "Promised: {promised}\nArrived: {arrived}\nDelay: {delay} business hours\nMissed: {legs}",
        "- **Promised:** {promised}\n- **Arrived:** {arrived}\n- **Delay:** {delay} business hours\n- **Missed:** "
        "{legs}",
        "| Item | Value |\n|---|---|\n| Promised | {promised} |\n| Arrived | {arrived} |\n| Delay | {delay} business "
        "hours |\n| Missed | {legs} |",
        promised=moment(promised),
        arrived=moment(arrived),
        delay=number(f"{late / 60:.1f}", within="0.06"),
        legs=text(missed, rivals=(each for each in LEGS if each != missed)),
    )
    if late:
        reply.line(f"This means that {FAULT[missed]}.")
    if fee is None:
        reply.fill(REFUND, text(NONE))
    else:
        reply.fill(REFUND, money(fee))
        reply.line("The refund of the shipping fee has been requested and will be reviewed.")
    reply.line("support@corecraft.com, (502) 555-0148, Mon-Fri 9:00-18:00 EST\n\nCoreCraft Support")
    return reply


FAMILY = Family(
    id="CM-04",
    title="Apology with remedy for a missed promise",
    category="communication",
    capabilities=("K4", "K5", "K7"),
    tolerates="A time off by an hour may equal another instant of the same order, which may be named.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_in_prose),
    falls=(
        Fall("approves", "T-12", partial(play, status="approved"), OWED),
        Fall("general-row", "T-25", partial(play, general_row=True), (BOTH,)),
        Fall("grants-the-demand", "T-18", partial(play, extra=150), (DEMAND,)),
        Fall("refunds-again", "T-09", partial(play, always=True), (STANDARD, REPEATED)),
        Fall("judges-by-the-estimate", "T-17", partial(play, by_eta=True), (IN_TIME,)),
    ),
    tools="extended",
)
