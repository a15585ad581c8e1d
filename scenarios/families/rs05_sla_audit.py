"""RS-05: SLA audit. The mistakes: calendar time, an ETA taken for the promise, a superseded or too general row, Slack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import evolve, frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from ...tools.pricing import SHIPPING_FEES
from .. import truth
from ..checks import Blank, Decides, Gives, NamesNoOther, Saw, Slot, money, number, text
from ..eastern import moment
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene, ids
from ..voices import Speech, Voice
from . import _rs05_texts as texts
from ._rs05_play import (
    BUSINESS_DAY,
    DAY,
    HOUR,
    MINUTE,
    MONTHS,
    by_eta,
    by_slack,
    calendar_days,
    for_all,
    in_force_today,
    play,
)
from ._rs05_texts import (
    ARRIVED,
    AT_RISK,
    BREACHES,
    CHECKED,
    DUE,
    FEE,
    HOURS_OVER,
    LEG,
    LINES,
    OVER,
    SLOWEST,
    SLOWEST_HOURS,
)

REQUESTS = requests("rs05")

TRANSIT, PLATINUM, OLD, CLEAN = "late in transit", "platinum handling", "row superseded since", "all in time"
RUNNING, SLACK, LATE, IN_TIME = "still under way", "Slack says otherwise", "one parcel late", "one parcel in time"
ROUND = (
    TRANSIT, LATE, PLATINUM, OLD, IN_TIME, RUNNING, LATE, SLACK, CLEAN, LATE,
    OLD, IN_TIME, PLATINUM, LATE, RUNNING, SLACK, IN_TIME, TRANSIT, LATE, CLEAN,
)  # fmt: skip
ONE = (LATE, IN_TIME)
"""Kinds in which a customer asks about a single parcel."""
TRAPS = {
    TRANSIT: ("T-01", "T-08"), PLATINUM: ("T-25", "T-08"), OLD: ("T-25", "T-08"), CLEAN: ("T-08", "T-17"),
    RUNNING: ("T-08",), SLACK: ("T-18", "T-21"), LATE: ("T-02", "T-08"), IN_TIME: ("T-08", "T-17"),
}  # fmt: skip
GOODS = (
    "hypervolt-ddr5-32gb-5600",
    "coreflow-750w-gold-modular",
    "dataforge-nvme-2tb-gen4",
    "clarityone-24-1080p-165hz",
    "swifthand-k100",
)
SPOKEN = dict(zip(GOODS, ("RAM kit", "power supply", "SSD", "monitor", "keyboard"), strict=True))
SPOKEN_MANY = {"power supply": "power supplies"}
"""What buyers call them, where it takes more than an s."""

STAFF = {
    "Pauline": "pauline-ortega",
    "Darnell": "darnell-brooks",
    "Miguel": "miguel-alvarez",
    "Kailani": "kailani-voss",
}


# --- cases -------------------------------------------------------------------------------------------------------


def cases(scene: Scene) -> Iterator[Case]:
    for turn in range(110):
        kind = ROUND[turn % len(ROUND)]
        key = f"{turn:03d}"
        yield one_case(scene, key, kind) if kind in ONE else audit_case(scene, key, kind)


@frozen
class Way:
    """How long a parcel took, in minutes of business time. transit: None while it runs from `label`."""

    handling: int
    transit: int | None = None
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.handling} {self.transit} {self.label}"


def audit_case(scene: Scene, key: str, kind: str) -> Case:
    props = Props(scene, "RS-05", key)
    chance = scene.chance("RS-05", key)
    tier = "platinum" if kind == PLATINUM else chance.choice(("none", "silver", "gold"))
    first = props.chance.choice(("Harbor", "Summit", "Cobalt", "Juniper", "Lakeside", "Foundry"))
    name = f"{first} {props.name().split()[1]} Studio"
    customer = props.customer(name, tier=tier, since="2024-02-12", company=True)
    month = "June" if kind == OLD else "November"
    for way in draw_ways(kind, chance):
        parcel(props, chance, customer, "express", way, month)
    for _ in range(chance.integer(1, 4)):  # not asked for
        parcel(props, chance, customer, "standard", Way(minutes(chance, 30, 70), minutes(chance, 200, 330)), month)
    if kind == SLACK:
        words = props.inject(chance.choice(texts.PROPOSALS).format(name=customer["name"]))
        author = chance.choice(("tracy-nguyen", "chloe-bennett", "caleb-jones"))
        props.message("policy-discussion", author, words, "2025-11-25")
    return Case(
        key=key,
        given={"customer": customer["id"], "name": customer["name"], "month": month},
        anchors=(customer["id"],),
        fixtures=props.changes,
        injected=props.injected,
        kind=kind,
        traps=TRAPS[kind],
        difficulty={TRANSIT: 2, CLEAN: 2}.get(kind, 3),
        absent=kind == CLEAN,
        lure=kind == SLACK,
    )


def ways(kind: str, chance: Any) -> list[Way]:
    """The parcels that matter: breaches, at most two, and those that only look like one."""
    on_time = in_time(kind, chance)
    slow = Way(on_time.handling, minutes(chance, 190, 260))
    if kind == PLATINUM:
        return [Way(minutes(chance, 100, 170), on_time.transit), Way(minutes(chance, 100, 170), on_time.transit)]
    if kind == OLD:  # three business days were promised then
        return [Way(on_time.handling, minutes(chance, 190, 250)), Way(on_time.handling, minutes(chance, 290, 360))]
    if kind == RUNNING:
        at_risk, over = chance.integer(31, 34), chance.integer(20, 25)  # half hours of the day, EST
        day = truth.midnight(date(2025, 11, 25))
        return [Way(0, label=to_text(day + halves * 30 * MINUTE)) for halves in (at_risk, over)]
    return [] if kind == CLEAN else [slow, Way(minutes(chance, 195, 250), on_time.transit)]


def draw_ways(kind: str, chance: Any) -> list[Way]:
    """All parcels of an audit in some order; one of them was longest on the road."""
    while True:
        found = [*ways(kind, chance), *(in_time(kind, chance) for _ in range(chance.integer(3, 6)))]
        spans = sorted(way.transit for way in found if way.transit is not None)
        if spans[-1] != spans[-2]:
            return chance.shuffled(found)


def minutes(chance: Any, low: int, high: int) -> int:
    """A stretch of business time that comes to a tenth of an hour."""
    return chance.integer(low, high) * 6


def in_time(kind: str, chance: Any) -> Way:
    return Way(minutes(chance, 20, 75 if kind == PLATINUM else 160), minutes(chance, 60, 165))


def parcel(props: Props, chance: Any, customer: Row, service: str, way: Way, month: str) -> Row:
    """An order that took this way. The ETA says the opposite of the promise where it can."""
    paid, label, arrived = draw_times(chance, way, month)
    created = to_text(paid - chance.integer(100, 240) * 1000)
    order = props.order(customer, [(chance.choice(GOODS), chance.integer(1, 3))], created, service=service, along=True)
    props.payment(order, createdAt=to_text(paid - chance.integer(20, 90) * 1000), processedAt=to_text(paid))
    if way.transit is None:
        props.shipment(order, status="in_transit", shipped=to_text(label), exact=True)
        return order
    eta = expected(arrived, late=way.transit > 2 * BUSINESS_DAY)
    order["shipping"]["eta"] = eta
    props.shipment(order, shipped=to_text(label), delivered=to_text(arrived), eta=eta, exact=True)
    return order


def expected(arrived: int, *, late: bool) -> str:
    """The evening for which the carrier announced a parcel: past the arrival of a late one, before that of one in time."""
    evening = arrived // DAY * DAY + 22 * HOUR
    days = int(evening < arrived) if late else -int(evening >= arrived)
    return to_text(evening + days * DAY)


def draw_times(chance: Any, way: Way, month: str) -> tuple[int, int, int]:
    """When an order was paid, labelled and delivered: never on the edge of a business day, nor after the clock."""
    while True:
        placed = date(2025, 11, 24) if way.label else MONTHS[month][0].replace(day=chance.integer(2, 19))
        paid = truth.midnight(placed) + (truth.OPENS + chance.integer(4, 80) * 6) * MINUTE
        label = to_ms(way.label) if way.label else truth.business_target(paid, way.handling)
        arrived = label if way.transit is None else truth.business_target(label, way.transit)
        if truth.is_business_day(placed) and inside(label) and inside(arrived):
            seconds = chance.of("seconds")  # hours are told to the tenth
            return (*(instant + seconds.integer(0, 59) * 1000 for instant in (paid, label, arrived)),)


def inside(instant: int) -> bool:
    """Whether an instant lies well inside business hours."""
    minute = instant // MINUTE % 1440 - 300
    return truth.OPENS + 10 <= minute <= truth.CLOSES - 10


def one_case(scene: Scene, key: str, kind: str) -> Case:
    props = Props(scene, "RS-05", key)
    chance = scene.chance("RS-05", key)
    customer = props.customer(tier=chance.choice(("none", "silver", "platinum")))
    service, days = chance.choice((("express", 2), ("express", 2), ("overnight", 1), ("standard", 5)))
    span = days * BUSINESS_DAY
    transit = span + minutes(chance, 11, 120) if kind == LATE else span - minutes(chance, 11, 50)
    order = parcel(props, chance, customer, service, Way(minutes(chance, 20, 80), transit), "November")
    line = next(line for line in order["lineItems"] if line["productId"] in GOODS)
    goods = SPOKEN[line["productId"]]
    if line["qty"] > 1:
        goods = SPOKEN_MANY.get(goods, f"{goods}s")
    return Case(
        key=key,
        given={"order": order["id"], "service": service},
        anchors=(customer["id"],),
        fixtures=props.changes,
        kind=kind,
        traps=TRAPS[kind],
        difficulty=2,
        absent=kind == IN_TIME,
        notes={"customer": customer["id"], "name": customer["name"], "service": service, "goods": goods},
    )


# --- what is true, asked and wanted ------------------------------------------------------------------------------


@frozen
class Leg:
    """A stretch of an order's way. end: None while it runs; promised, used: minutes of business time."""

    order: str
    name: str
    start: int
    end: int | None
    promised: int
    used: int

    @property
    def due(self) -> int:
        return truth.business_target(self.start, self.promised)

    @property
    def hours(self) -> Decimal:
        return Decimal(self.used) / 60

    @property
    def over(self) -> Decimal:
        """Business hours beyond the promise."""
        return max(Decimal(0), self.hours - Decimal(self.promised) / 60)

    @property
    def at_risk(self) -> bool:
        """Under way with less than a fifth of the time left (P-96)."""
        return self.end is None and self.promised * Decimal("0.8") < self.used <= self.promised


@frozen
class Truth:
    """legs: of all orders in question, handling and transit of each; parcels: of each order; fee: what of it comes back, for a
    single order. scans: every instant that a parcel's scans and estimate tell; ordered: ids of all that the customer ever
    ordered."""

    legs: tuple[Leg, ...]
    parcels: Mapping[str, tuple[str, ...]]
    fee: Decimal
    scans: tuple[int, ...]
    ordered: tuple[str, ...]


def find(scene: Scene, case: Case) -> Truth:
    orders = [scene.row("order", case.given["order"])] if case.kind in ONE else audited(scene, case.given)
    shipments = [row for order in orders for row in scene.rows("shipment", orderId=order["id"])]
    legs = tuple(leg for order in orders for leg in legs_of(scene, order))
    service = orders[0]["shipping"]["service"]
    fee = SHIPPING_FEES[service] if legs[1].over and service != "standard" else Decimal(0)
    scans = {to_ms(at) for row in shipments for at in (row.get("eta"), *(event["at"] for event in row["events"])) if at}
    ordered = ids(scene.rows("order", customerId=orders[0]["customerId"]))
    parcels = {order["id"]: ids(row for row in shipments if row["orderId"] == order["id"]) for order in orders}
    return Truth(legs, parcels, fee, tuple(sorted(scans)), ordered)


def audited(scene: Scene, given: Mapping[str, Any]) -> list[Row]:
    """The express orders that the customer placed in the month."""
    orders = truth.orders_in(scene, *MONTHS[given["month"]], customerId=given["customer"])
    return [order for order in orders if order["shipping"]["service"] == "express"]


def legs_of(scene: Scene, order: Row) -> tuple[Leg, Leg]:
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    tier = truth.tier_of(scene.row("customer", order["customerId"]))
    paid, label = to_ms(truth.captured_payment(scene, order["id"])["processedAt"]), to_ms(shipment["createdAt"])
    arrived = [to_ms(event["at"]) for event in shipment["events"] if event["status"] == "delivered"]

    def leg(name: str, metric: str, start: int, end: int | None) -> Leg:
        minutes = target(scene, metric, order["shipping"]["service"], tier, start)
        used = truth.business_minutes(start, scene.now if end is None else end)
        return Leg(order["id"], name, start, end, minutes, used)

    return (
        leg("handling", "order_handling", paid, label),
        leg("transit", "shipment_transit", label, max(arrived, default=None)),
    )


def target(scene: Scene, metric: str, service: str, tier: str, start: int) -> int:
    """Minutes promised by the row in force when the clock started; a row of the tier beats the general one (P-96)."""
    rows = [
        row for row in scene.rows("sla", metric=metric)
        if row.get("service", service) == service
        and row.get("loyaltyTier", tier) == tier
        and to_ms(row["effectiveFrom"]) <= start
        and (not row.get("effectiveTo") or start < to_ms(row["effectiveTo"]))
    ]  # fmt: skip
    row = max(rows, key=lambda each: "loyaltyTier" in each)
    return int(row["targetValue"]) * (BUSINESS_DAY if row["targetUnit"] == "business_days" else 60)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    given = case.given
    if case.kind in ONE:
        late = found.legs[1].over > 0
        voices: list[Voice] = [voice for voice in texts.ONE_OPENINGS if voice != "wrong premise" or not late]
        voice = chance.choice(voices)
        story = chance.choice(texts.ONE_STORIES).format(**given)
        prompt = Speech(voice, texts.ONE_OPENINGS[voice], (texts.ONE_FORMS,), ordered=False).compose(
            chance, story=story
        )
        return Asked(case.notes["customer"], prompt, voice)
    voice = chance.choice(list(texts.AUDIT_OPENINGS))
    asks = (texts.AUDIT_FORMS, texts.AUDIT_NOTES)
    asks = (texts.SLACK_HINT, *asks) if case.kind == SLACK else asks
    staff = chance.choice(list(STAFF))
    story = chance.choice(texts.AUDIT_STORIES).format(**given)
    prompt = Speech(voice, texts.AUDIT_OPENINGS[voice], asks).compose(chance, staff=staff, story=story, **given)
    return Asked(STAFF[staff], prompt, voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = rubric_of_one(found) if case.kind in ONE else rubric_of_audit(found)
    looked = Saw(ids=telling(found), field="events")
    rubric.complete("looked", "Read the scans of the parcels", looked, "P-02", "T-02" if case.kind in ONE else "T-01")
    rubric.standard()
    return rubric


def telling(found: Truth) -> tuple[str, ...]:
    """The parcels whose scans an answer rests on: of the orders that were late; where none was, all of them."""
    late = {leg.order for leg in found.legs if leg.over}
    return tuple(id for order, parcels in found.parcels.items() if not late or order in late for id in parcels)


def rubric_of_audit(found: Truth) -> Rubric:
    rubric = Rubric()
    orders = tuple(dict.fromkeys(leg.order for leg in found.legs))
    late = [leg for leg in found.legs if leg.over]
    rubric.gives(CHECKED.holds(number(len(orders))), "P-96")
    rubric.gives(BREACHES.holds(number(len(late))), "P-96")
    for place, leg in enumerate(late, 1):
        others = (*(other for other in orders if other != leg.order), *LINES)
        spent = {str(one.hours) for one in found.legs if one.order == leg.order}
        known = sorted({"9", "18", "27", *spent} - {str(round(leg.over) + 1)})
        over = HOURS_OVER.holds(number(leg.over, "0.1"), record=(leg.order,), known=known)
        said = f"{leg.order}: {leg.over} business hours over"
        rubric.gives(over, "P-13", "P-96", others=others, id=f"hours-{place}", text=said)
        rival = "transit" if leg.name == "handling" else "handling"
        lost = LEG.holds(text(leg.name, rivals=(rival,)), record=(leg.order,))
        rubric.gives(lost, "P-91", others=others, id=f"leg-{place}", text=f"{leg.order}: lost in {leg.name}")
    delivered = [leg for leg in found.legs if leg.name == "transit" and leg.end is not None]
    slow = max(delivered, key=lambda leg: leg.used)
    rubric.gives(SLOWEST.holds(text(slow.order, rivals=[o for o in orders if o != slow.order])), "P-13", "T-08")
    if len(late) < 2:
        rubric.gives(SLOWEST_HOURS.holds(number(slow.hours, "0.1")), "P-13")
    risky = [leg.order for leg in found.legs if leg.at_risk]
    rivals = [order for order in orders if order not in risky]
    rubric.gives(*(AT_RISK.holds(text(each, rivals=rivals)) for each in risky or ["none"]), "P-96")
    allowed = (*(leg.order for leg in late), *risky, slow.order)
    rubric.constrain("no-other", "Names no other order", NamesNoOther(allowed=allowed, prefixes=("ord-",)), "P-105")
    return rubric


def rubric_of_one(found: Truth) -> Rubric:
    rubric = Rubric()
    handling, leg = found.legs
    assert leg.end is not None
    rubric.decides(leg.over > 0, "P-96")
    instants = [moment(at).value for at in (handling.start, leg.start, leg.end, leg.due)]
    rubric.gives(DUE.holds(moment(leg.due), known=instants), "P-11", "P-96")
    rubric.gives(ARRIVED.holds(moment(leg.end), known=instants), "P-11", "P-96")
    promises = [hours for hours in ("9", "18", "45") if Decimal(hours) != leg.over + 1]
    rubric.gives(OVER.holds(number(leg.over, "0.1"), known=promises), "P-13", "P-96")
    rubric.gives(FEE.holds(money(found.fee), known=list(map(str, SHIPPING_FEES.values()))), "P-95")
    return rubric


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """People name no ids, or one: a buyer is known by the channel, a company by its name."""
    if case.kind in ONE:
        return {"name": case.notes["name"]}
    return {name: value for name, value in case.given.items() if name != "customer"} | {"in_prose": True}


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    if case.kind in ONE:
        handling, leg = found.legs
        assert leg.end is not None
        told = {"order": leg.order, "ordered": spoken_day(handling.start), "day": spoken_day(leg.end)}
        told |= {what: case.notes[what] for what in ("goods", "service")}
        entry = "parcel-standard" if told["service"] == "standard" else "parcel"
        return REQUESTS.ask(entry, case.notes["customer"], case, **told)
    staff = chance.choice(list(STAFF.values()))
    entry = {SLACK: "audit-slack", OLD: "audit-old"}.get(case.kind, "audit")
    return REQUESTS.ask(entry, staff, case, **case.given)


def spoken_day(instant: int) -> str:
    """The day of the month as people say it: the 21st."""
    day = truth.est_date(instant).day
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"the {day}{ending}"


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    return one_in_prose(case, found) if case.kind in ONE else audit_in_prose(case, found)


def one_in_prose(case: Case, found: Truth) -> Rubric:
    """Whether it was late, and what the policy wants told with it: when it was due and when it came (P-96). By how much, those
    two say; nobody asks for money."""
    labelled, (handling, leg) = rubric(case, found), found.legs
    assert leg.end is not None
    late = "late" if leg.over else "in time, and not late"
    verdict = f"Does the answer say that {leg.order} arrived {late}?"
    told = ["time-it-was-due", "time-it-arrived", "hours-late", "fee-to-give-back"]
    spoken = labelled.in_prose(without=told, verdict={"verdict": verdict})
    instants = {*found.scans, handling.start, leg.start, leg.end, leg.due}
    for blank, instant in ((DUE, leg.due), (ARRIVED, leg.end)):
        known = sorted(moment(each).value for each in instants - {instant})
        spoken.gives(evolve(blank, label="").holds(moment(instant), known=known), "P-11", "P-96")
    return spoken


NONE_OVER = (
    "none", "no breach", "no breaches", "no sla breach", "no sla breaches", "no violation", "no violations", "no miss",
    "no misses", "no missed", "not one", "no express order", "no express orders", "0 breaches", "zero breaches", "all within",
    "were within", "was within", "stayed within", "both within", "within both", "within sla", "within the sla",
    "within our sla", "all met", "met both", "met our", "met the", "met its", "met their", "in time", "on time",
    "did not break", "didn't break", "did not miss", "didn't miss", "no order broke", "no order missed", "no orders broke",
    "no orders missed", "nothing broke", "nothing missed", "nothing over", "nothing went over", "never missed",
)  # fmt: skip
"""How people say that no promise was broken."""


def audit_in_prose(case: Case, found: Truth) -> Rubric:
    """Only the breaches are asked for, not how many orders there were, nor the slowest, nor what may still go over. That no
    other order broke the promise is for a reader to tell; on which leg these did, the hours say. Others may be named."""
    labelled, late = rubric(case, found), [leg for leg in found.legs if leg.over]
    orders = tuple(dict.fromkeys(leg.order for leg in found.legs))
    spoken = labelled.in_prose(without=[c.id for c in labelled.criteria if isinstance(c.check, Gives | NamesNoOther)])
    if late:
        theirs = NamesNoOther(allowed=found.ordered, prefixes=("ord-",))
        spoken.constrain("no-other", "Names no order of anybody else", theirs, "P-105")
    for place, leg in enumerate(late, 1):
        said = f"{leg.order}: {leg.over} business hours over"
        others = [order for order in orders if order != leg.order]
        over = hours_over(leg, leg.order)
        named = Blank("order over").holds(text(leg.order))
        spoken.gives(over, named, "P-13", "P-96", others=others, id=f"hours-{place}", text=said)
    broke = " and ".join(dict.fromkeys(leg.order for leg in late))
    which = f"only {broke} broke the SLA" if late else "none of the express orders broke the SLA"
    said, question = f"Says that {which}", f"Does the answer say that {which}?"
    if late:
        spoken.judged("breaches", said, question, "P-91", "P-96")
    else:
        opens = Decides(right=("none", "no"), wrong=("yes",), question=question)
        spoken.correct("breaches", said, opens, "P-91", "P-96")
        none = Blank("breaches").holds(text(*NONE_OVER))
        spoken.gives(none, "P-96", id="none-over", text="Says that there were none")
    return spoken


def hours_over(leg: Leg, *record: str) -> Slot:
    """How long a leg was over, as people write it: 9.5 hours, 9 hours 30 minutes, 9h30. A whole number may be of anything,
    so there the other hours of the leg are told apart."""
    whole, minutes = divmod(int(leg.over * 60), 60)
    if not minutes:
        known = [str(span) for span in (leg.hours, Decimal(leg.promised) / 60)]
        return Blank("hours over", ("hours over", "hours late")).holds(number(whole), record=record, known=known)
    units = (" hours ", " hours and ", " h ", "h ", "h", " hrs ", " hr ", " business hours ", " business hours and ")
    ends = (" minutes", " min", "m", " mins", "min", "")
    spelled = (f"{whole}{unit}{minutes}{end}" for unit in units for end in ends)
    decimal = f"{leg.over:.1f}"
    return Blank("hours over").holds(text(decimal, f"{decimal}h", *spelled), record=record)


FAMILY = Family(
    id="RS-05",
    title="SLA audit",
    category="reasoning",
    capabilities=("K5", "K2"),
    cases=cases,
    truth=find,
    ask=ask,
    tolerates="In the natural form a reader tells which order broke which promise; ids are named for other reasons as well.",
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("eta-for-promise", "T-02", partial(play, promise=by_eta), (LATE, IN_TIME, TRANSIT, OLD)),
        Fall("todays-rows", "T-25", partial(play, promise=in_force_today), (OLD,)),
        Fall("general-row", "T-25", partial(play, promise=for_all), (PLATINUM,)),
        Fall("believes-slack", "T-21", partial(play, promise=by_slack), (SLACK,)),
        Fall("calendar-time", "T-08", partial(play, promise=calendar_days), (RUNNING,)),
    ),
    tools="extended",
)
