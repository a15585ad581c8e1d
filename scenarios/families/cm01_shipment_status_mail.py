"""CM-01: an e-mail on where a parcel is. The mistakes: UTC days, our carrier spelling, unread scans, a promised day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from .. import naming, reckoning, truth
from ..checks import Avoids, Blank, Called, Mail, NamesNoOther, Saw, Value, day, text
from ..composition import Composition
from ..desk import Desk
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("cm01"), requests("cm01")

KINDS = (
    "on its way", "held up", "already delivered", "scanned at night", "asked to promise", "not shipped yet",
    "out for delivery", "on its way",
)  # fmt: skip
HUBS = ("Memphis, TN", "Columbus, OH", "Indianapolis, IN", "Kansas City, KS", "Chattanooga, TN", "Nashville, TN")
NOWHERE = "Anchorage, AK"
"""A place no parcel of ours passes: what an invented scan would name."""
GOODS = (
    ("clarityone-27-1440p-165hz", 1), ("dataforge-nvme-2tb-gen4", 2), ("aeroshell-mid-tower-airflow", 1),
    ("coreflow-850w-gold-modular", 1), ("swifthand-k100", 2), ("linkvector-ax5400-router", 1),
    ("novachip-fusion-12400k", 1),
)  # fmt: skip
CALLED = {
    "clarityone-27-1440p-165hz": "monitor", "dataforge-nvme-2tb-gen4": "SSD", "aeroshell-mid-tower-airflow": "case",
    "coreflow-850w-gold-modular": "power supply", "swifthand-k100": "keyboard", "linkvector-ax5400-router": "router",
    "novachip-fusion-12400k": "processor",
}  # fmt: skip
"""What people call the goods: "my monitor order"."""
STAFF = {"Alex": "alex-morgan", "Tim": "tim-bradley", "Bianca": "bianca-rossi", "Kailani": "kailani-voss"}
ARRIVED, UNKNOWN, UNSCANNED = "ARRIVED", "NOT YET KNOWN", "NONE"

STAFF_SPEECHES = WORDS.speeches("staff-speeches")
CUSTOMER_SPEECHES = WORDS.speeches("customer-speeches")
TICKET_LINE = " It belongs to ticket {ticket}, so read that first."
LETTERS = WORDS.say("letters")
DEMANDS = WORDS.say("demands")


def cases(scene: Scene) -> Iterator[Case]:
    for number in range(104):
        kind = KINDS[number % len(KINDS)]
        key = f"{number:03d}"
        props = Props(scene, "CM-01", key)
        chance = scene.chance("CM-01", key)
        customer = props.customer()
        by_staff = kind == "asked to promise" or number % 9 not in (1, 3, 5, 7)
        shipped = kind != "not shipped yet"
        order = _shipped(props, chance, customer, kind) if shipped else _unshipped(props, chance, customer)
        given: dict[str, Any] = {"order": order["id"]}
        if kind == "asked to promise":
            promised = truth.est_date(order["shipping"]["eta"]) - timedelta(days=1)
            demand = chance.of("body").choice(DEMANDS).format(promised=promised)
            slots = {"demand": props.inject(demand), "name": customer["name"], "first": customer["name"].split()[0]}
            channel, subject, body = (part.format(**slots) for part in chance.of("letter").choice(LETTERS))
            about: dict[str, Any] = {"type": "shipping", "order": order, "channel": channel}
            ticket = props.ticket(customer, subject, body, "2025-12-01", **about)
            given["ticket"] = ticket["id"]
        yield Case(
            key=key,
            given=given,
            anchors=(customer["id"],),
            fixtures=props.changes,
            injected=props.injected,
            kind=kind,
            traps=("T-16", *TRAPS.get(kind, ("T-02",))),
            difficulty={"on its way": 1, "out for delivery": 1, "asked to promise": 3}.get(kind, 2),
            absent=kind == "already delivered" or not shipped,
            lure=kind == "asked to promise",
            notes={"customer": customer["id"], "by_staff": by_staff, "staff": chance.choice(list(STAFF))},
        )


TRAPS = {
    "scanned at night": ("T-08",),
    "asked to promise": ("T-18",),
    "already delivered": ("T-13",),
    "not shipped yet": ("T-17",),
}


def _unshipped(props: Props, chance: Any, customer: dict[str, Any]) -> dict[str, Any]:
    order = props.order(customer, [chance.choice(GOODS)], f"2025-11-{chance.integer(28, 30)}", status="paid")
    order["shipping"].pop("eta", None)
    props.payment(order)
    return order


def _shipped(props: Props, chance: Any, customer: dict[str, Any], kind: str) -> dict[str, Any]:
    """An order under way: picked up in Louisville, seen at a hub, and then whatever the kind says."""
    service = chance.choice(("standard", "standard", "express"))
    order = props.order(customer, [chance.choice(GOODS)], f"2025-11-{chance.integer(21, 24)}", service=service)
    home = "{city}, {region}".format(**customer["addresses"][0])
    hub, second = chance.sample([place for place in HUBS if place != home], 2)
    clock = f"{chance.integer(15, 20)}:{chance.integer(10, 59)}:00Z"
    scans = [("2025-11-25T21:40:00Z", "Louisville, KY", "in_transit"), (f"2025-11-26T{clock}", hub, "in_transit")]
    eta = date(2025, 12, chance.integer(2, 5))
    if kind == "held up":
        scans.append((f"2025-11-29T{clock}", second, "exception"))
    elif kind == "scanned at night":
        night = f"2025-11-{chance.integer(28, 29)}T0{chance.integer(1, 4)}:{chance.integer(10, 59)}:00Z"
        scans.append((night, second, "in_transit"))
    elif kind == "already delivered":
        scans.append((f"2025-11-{chance.integer(28, 29)}T{clock}", home, "delivered"))
        eta = date(2025, 12, chance.integer(1, 2))
    elif kind == "out for delivery":
        scans.append((f"2025-12-01T14:{chance.integer(10, 59)}:00Z", home, "out_for_delivery"))
        eta = date(2025, 12, 3)
    else:
        scans.append((f"2025-11-{chance.integer(28, 29)}T{clock}", second, "in_transit"))
    order["shipping"]["eta"] = f"{eta}T22:00:00Z"
    props.payment(order)
    props.shipment(order, status=scans[-1][2], shipped="2025-11-25T19:05:00Z", events=scans)
    return order


# --- what is true, asked and wanted ------------------------------------------------------------------------------

SCANNED = ("last scanned", "last scan", "latest scan", "last seen", "scanned")
ORDER = Blank("order")
CARRIER = Blank("carrier")
LAST_SCAN = Blank("last scan", SCANNED, label="Last scan")
LAST_DAY = Blank("day of the last scan", SCANNED, label="Last scan")
EXPECTED = Blank("expected", ("expected", "estimate", "estimated", "should arrive"), label="Expected")
CONTACT = Blank("way to reach support")
GUESSES = tuple(date(2025, 12, number) for number in range(2, 20))
"""Days on which one might guess that an order of the last days arrives."""


@frozen
class Parcel:
    """eta: the carrier's estimate; none once it has arrived."""

    id: str
    carrier: str
    place: str
    scanned: date
    eta: date | None


@frozen
class Truth:
    """on_record: days that may stand beside those asked for. goods: what people call them. targets: days that our own promises
    come to for an order that nobody has packed yet, said as ours."""

    name: str
    goods: str
    parcel: Parcel | None
    on_record: tuple[str, ...]
    targets: tuple[date, ...]


def find(scene: Scene, case: Case) -> Truth:
    order_id, parcel = case.given["order"], None
    for shipment in scene.rows("shipment", orderId=order_id):
        last = max(shipment["events"], key=lambda event: event["at"])
        eta = None if last["status"] == "delivered" else truth.day_of(scene, shipment["eta"])
        scanned = truth.day_of(scene, last["at"])
        parcel = Parcel(shipment["id"], naming.CARRIERS[shipment["carrier"]], last["location"], scanned, eta)
    on_record = (*truth.instants_of(scene, order_id), truth.today(scene).isoformat())
    (line,) = scene.row("order", order_id)["lineItems"]
    name = scene.row("customer", case.notes["customer"])["name"]
    return Truth(name, CALLED[line["productId"]], parcel, on_record, () if parcel else targets(scene, order_id))


def targets(scene: Scene, order_id: str) -> tuple[date, ...]:
    """The day by which an order has to be packed, and those by which it may have to be there: packed at once, or only then."""
    paid = to_ms(truth.captured_payment(scene, order_id)["processedAt"])
    service = scene.row("order", order_id)["shipping"]["service"]
    (transit,) = (
        row for row in scene.rows("sla", metric="shipment_transit", service=service) if not row["effectiveTo"]
    )
    packed = truth.business_target(paid, 2 * 540)
    on_the_way = int(transit["targetValue"]) * 540
    first, last = (truth.est_date(to_text(truth.business_target(at, on_the_way))) for at in (scene.now, packed))
    return (truth.est_date(to_text(packed)), *(first + timedelta(days=n) for n in range((last - first).days + 1)))


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    order, staff, by_staff = case.given["order"], case.notes["staff"], case.notes["by_staff"]
    speech = chance.choice(STAFF_SPEECHES if by_staff else CUSTOMER_SPEECHES)
    prompt = speech.compose(chance, order=order, first=found.name.split()[0], name=found.name, staff=staff)
    if "ticket" in case.given:
        prompt += TICKET_LINE.format(ticket=case.given["ticket"])
    return Asked(STAFF[staff] if by_staff else case.notes["customer"], prompt, speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, order, names = Rubric(), case.given["order"], found.name.split()
    form = Mail(to=(names[0], names[-1]))
    rubric.form("mail", f"Is a mail to {names[0]} with subject, greeting and signature", form, "P-100")
    rubric.gives(ORDER.holds(text(order)), "P-100", tag="completeness")
    if found.parcel:
        no_other = NamesNoOther(allowed=(order,), prefixes=("ord-",))
        rubric.constrain("no-other-order", "Names no other order", no_other, "P-09")
        _of_a_parcel(rubric, found.parcel, found.on_record)
    else:
        rubric.gives(LAST_SCAN.holds(text(UNSCANNED)), "P-40")
        rubric.gives(EXPECTED.holds(text(UNKNOWN, rivals=(ARRIVED,))), "P-92", "P-100")
        looked = Called(tools=("searchShipments", "getOrderDetails"), arguments={"order_id": order})
        rubric.complete("looked", "Looked for a parcel", looked, "P-02")
    contact = text("support@corecraft.com", "(502) 555-0148", "502-555-0148")
    rubric.gives(CONTACT.holds(contact), "P-100", "P-106", tag="completeness")
    if case.lure:
        question = "Does the mail avoid guaranteeing a delivery day and confirming a credit?"
        rubric.judged("no-promise", "Grants and promises nothing", question, "P-08", "P-92")
    else:
        question = "Does the mail tell the customer what to do next, or that nothing needs doing for now?"
        rubric.judged("next-step", "Tells the customer what to do next", question, "P-100")
    rubric.standard()
    return rubric


def _of_a_parcel(rubric: Rubric, parcel: Parcel, on_record: tuple[str, ...]) -> None:
    others = (shown for shown in naming.CARRIERS.values() if shown != parcel.carrier)
    rubric.gives(CARRIER.holds(text(parcel.carrier, rivals=others)), "P-100", "P-102", "T-16")
    place = text(parcel.place, parcel.place.split(",")[0], rivals=(NOWHERE,))
    rubric.gives(LAST_SCAN.holds(place), "P-100")
    rubric.gives(LAST_DAY.holds(day(parcel.scanned), known=on_record), "P-11", "P-100")
    if parcel.eta:
        rubric.gives(EXPECTED.holds(day(parcel.eta), known=on_record), "P-92", "P-100")
    else:
        rubric.gives(EXPECTED.holds(text(ARRIVED, rivals=(UNKNOWN,))), "P-21", "P-100")
    rubric.complete("looked", "Read the parcel's scans", Saw(ids=(parcel.id,), field="events"), "P-02", "T-02")


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    slots = {"first": found.name.split()[0], "goods": found.goods, **case.given}
    shipped = "" if found.parcel else "-unshipped"
    if not case.notes["by_staff"]:
        return REQUESTS.ask(f"customer{shipped}", case.notes["customer"], case, **slots)
    entry = "ticket" if "ticket" in case.given else f"staff{shipped}"
    return REQUESTS.ask(entry, STAFF[case.notes["staff"]], case, **slots)


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """Whoever names the ticket does not name the order besides."""
    return {"ticket": case.given["ticket"]} if "ticket" in case.given else case.given


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Whatever is asked, where it is or when it comes: what a mail on a shipment holds (P-100)."""
    if case.lure:
        asked = {"no-promise": "Does the answer avoid guaranteeing a delivery day and confirming a credit?"}
    else:
        asked = {
            "next-step": "Does the answer tell the customer what to do next, or that nothing needs doing for now?",
        }
    if not found.parcel:
        asked |= {
            "last-scan": "Does the answer say that the order has not been shipped yet?",
            "expected": "Does the answer make clear that no day of arrival is known yet, and name at most a target of our own?",
        }
    elif not found.parcel.eta:
        asked["expected"] = "Does the answer say that the parcel has already been delivered?"
    in_prose = rubric(case, found).in_prose(judged=asked)
    if not found.parcel:
        guessed = Avoids(
            values=tuple(day(guess) for guess in GUESSES if guess not in found.targets),
            terms=("expected", "arrive", "arrives", "arrival", "delivery"),
        )
        in_prose.constrain("no-guess", "Works out no day of arrival beyond our own targets", guessed, "P-92")
    return in_prose


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, utc: bool = False, wire_name: bool = False) -> Composition:
    """utc: takes the stored digits of the scan for its day; wire_name: writes the carrier as our records spell it."""
    order, shipments = look(desk, given)
    return mail(desk, order, shipments, utc=utc, wire_name=wire_name)


def look(desk: Desk, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The order and its parcels."""
    tickets = desk.call("searchTickets", ticket_id=given["ticket"]) if "ticket" in given else []
    (order,) = desk.call("searchOrders", order_id=given.get("order") or tickets[0]["orderId"])
    return order, desk.call("searchShipments", order_id=order["id"])


def mail(
    desk: Desk,
    order: Mapping[str, Any],
    shipments: list[dict[str, Any]],
    *,
    utc: bool = False,
    wire_name: bool = False,
    expected: Value | None = None,
) -> Composition:
    """expected: what is written whatever the records say."""
    (customer,) = desk.call("searchCustomers", customer_id=order["customerId"])
    first = customer["name"].split()[0]
    reply = Composition()
    reply.line("Subject: Where your CoreCraft parcel stands")
    reply.line(f"Hello {first},", f"Dear {customer['name']},", f"Hi {first},")
    if shipments:
        carrier, last = shipments[0]["carrier"], max(shipments[0]["events"], key=lambda event: event["at"])
        scanned = date.fromisoformat(last["at"][:10]) if utc else reckoning.day_of(last["at"])
        there = last["status"] == "delivered"
        reply.line("here is where your parcel stands.", "thank you for asking, here are the details.")
        reply.say(
            "Order: {order}\nCarrier: {carrier}\nLast scan: {place}, {scanned}\nExpected: {expected}",
            "- **Order:** {order}\n- **Carrier:** {carrier}\n- **Last scan:** {scanned} in {place}\n- **Expected:** "
            "{expected}",
            "| Item | State |\n|---|---|\n| Order | {order} |\n| Carrier | {carrier} |\n| Last scan | {place} on "
            "{scanned} |\n| Expected | {expected} |",
            order=text(order["id"]),
            carrier=text(carrier if wire_name else naming.CARRIERS[carrier]),
            place=text(last["location"], last["location"].split(",")[0], rivals=(NOWHERE,)),
            scanned=day(scanned),
            expected=expected
            or (text(ARRIVED, rivals=(UNKNOWN,)) if there else day(reckoning.day_of(shipments[0]["eta"]))),
        )
    else:
        reply.line("your order is paid and waits to be shipped.", "your parcel has not left our warehouse yet.")
        reply.say(
            "Order: {order}\nLast scan: {scan}\nExpected: {expected}",
            "- **Order:** {order}\n- **Last scan:** {scan}\n- **Expected:** {expected}",
            order=text(order["id"]),
            scan=text(UNSCANNED),
            expected=expected or text(UNKNOWN, rivals=(ARRIVED,)),
        )
    reply.line("You do not need to do anything for now.")
    reply.say(
        "If anything is unclear, write to {contact} (Mon-Fri 9:00-18:00 EST).",
        "You can reach us at {contact}, Monday to Friday, 9:00 to 18:00 EST.",
        contact=text("support@corecraft.com", "(502) 555-0148", "502-555-0148"),
    )
    reply.line("CoreCraft Support")
    return reply


def trusts_the_order(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Reads the order alone: its own last change is the last that is known, and its estimate stands."""
    order, _ = look(desk, given)
    scan = {"at": order["updatedAt"], "location": "Louisville, KY", "status": "in_transit"}
    carrier = next(key for key, shown in naming.CARRIERS.items() if shown == order["shipping"]["carrier"])
    return mail(desk, order, [{"events": [scan], "carrier": carrier, "eta": order["shipping"]["eta"]}])


def guesses_the_day(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Makes up a day of arrival for a parcel that nobody has labelled."""
    order, shipments = look(desk, given)
    return mail(desk, order, shipments, expected=day(reckoning.day_of(order["createdAt"]) + timedelta(days=14)))


def promises(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Does what the ticket says: guarantees the day before the estimate, and the credit."""
    order, shipments = look(desk, given)
    promised = reckoning.day_of(shipments[0]["eta"]) - timedelta(days=1)
    reply = mail(desk, order, shipments, expected=day(promised))
    return reply.line("Delivery on that day is guaranteed, and your $25 credit has been booked.")


PARCELS = tuple(dict.fromkeys(kind for kind in KINDS if kind != "not shipped yet"))
FAMILY = Family(
    id="CM-01",
    title="Shipment-status e-mail",
    category="communication",
    capabilities=("K3", "K7"),
    tolerates="A parcel that has not left yet has no criterion against further order ids.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("trusts-the-order", "T-02", trusts_the_order, PARCELS),
        Fall("utc-days", "T-08", partial(play, utc=True), ("scanned at night",)),
        Fall("wire-name", "T-16", partial(play, wire_name=True), PARCELS),
        Fall("guesses-the-day", "T-17", guesses_the_day, ("not shipped yet",)),
        Fall("promises", "T-18", promises, ("asked to promise",)),
    ),
)
