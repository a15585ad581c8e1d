"""LV-01: parcels that move while somebody answers where they are. The mistakes: answering from the first look, and taking the
carrier's estimate for an arrival."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import count
from typing import Any

from attrs import frozen

from ...engine.agenda import Due, Plan
from ...engine.chance import Chance
from ...engine.genesis import Row
from .. import reckoning, truth
from ..checks import Avoids, Blank, NamesNoOther, Saw, Value, day, number, text
from ..composition import Composition
from ..desk import Desk
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..living import EARLY, SHIFT, eight, home_of, in_minutes, scanned
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("lv01"), requests("lv01")

COMES, FAILS, RELEASED, STILL = "delivered meanwhile", "held up meanwhile", "released meanwhile", "nothing meanwhile"
KINDS = (COMES, FAILS, RELEASED, STILL, COMES, FAILS, COMES, RELEASED)
MOVED = (COMES, FAILS, RELEASED)
ARRIVES = (COMES, RELEASED)

GOODS = (
    "swifthand-k100", "clickforge-kx7", "echohelm-h20", "linkvector-ax5400-router", "dataforge-sata-1tb-ssd",
    "clarityone-24-1080p-75hz", "coreflow-550w-bronze", "cryowave-tower-air-cooler", "raptorkeys-rk60",
)  # fmt: skip
DOOR, TROUBLE, EARLIER = WORDS.say("door"), WORDS.say("trouble"), WORDS.say("earlier")
SPEECHES = WORDS.speeches("customer")


def cases(scene: Scene) -> Iterator[Case]:
    drafts = (_Draft(scene, f"{n:03d}") for n in count())
    for place, draft in eight(drafts, lambda draft: draft.customer["id"]):
        yield draft.case(KINDS[place], place)


class _Draft:
    """A customer with three parcels, the first of which may move."""

    def __init__(self, scene: Scene, key: str) -> None:
        self.scene, self.key = scene, key
        self.props, self.chance = Props(scene, "LV-01", key), scene.chance("LV-01", key)
        self.customer = self.props.customer()

    def case(self, kind: str, place: int) -> Case:
        goods = self.chance.sample(GOODS, 3)
        here = self._parcel(goods[0], "2025-11-25", "", self._morning(kind))
        came = self._parcel(goods[1], "2025-11-17", f"2025-11-{21 + self.chance.integer(0, 3)}")
        away = self._parcel(goods[2], "2025-11-24", "", shipped="2025-11-26")
        orders = [row["orderId"] for row in (here, came, away)]
        told = [orders[1], orders[0], orders[2]] if place % 2 else orders  # the one that moves is not read last
        return Case(
            key=self.key,
            given={"orders": told},
            anchors=(self.customer["id"],),
            fixtures=self.props.changes,
            kind=kind,
            traps=("T-02", "T-13"),
            difficulty=1 if kind == STILL else 2,
            absent=kind == STILL,
            notes={"customer": self.customer["id"], "moving": orders[0], "came": orders[1], "away": orders[2]},
            plan=Plan(SHIFT, tuple(self._due(kind, here, away))),
        )

    def _parcel(
        self, goods: str, on: str, delivered: str, events: Sequence[tuple[str, str, str]] = (), shipped: str = ""
    ) -> Row:
        order = self.props.order(self.customer, [(goods, 1)], on, service="standard")
        self.props.payment(order)
        status = events[-1][2] if events else "delivered" if delivered else "in_transit"
        return self.props.shipment(order, status, shipped=shipped, delivered=delivered, events=events, estimate="there")

    def _morning(self, kind: str) -> list[tuple[str, str, str]]:
        """The scans of today's parcel: on the van, or held up."""
        home, minute = home_of(self.customer), self.chance.integer(10, 49)
        out = (f"2025-12-01T13:{minute}:00Z", home, "out_for_delivery")
        return [out, (f"2025-12-01T16:{minute}:00Z", home, "exception")] if kind == RELEASED else [out]

    def _due(self, kind: str, here: Row, away: Row) -> Iterator[Due]:
        home, chance = home_of(self.customer), self.chance.of("scan")
        if kind == RELEASED:
            here["events"][-1]["details"] = chance.choice(EARLIER)
        if kind in MOVED:
            status, details = ("delivered", DOOR) if kind in ARRIVES else ("exception", TROUBLE)
            moves = in_minutes(self.scene, EARLY, self.key, here["id"])
            yield scanned(moves, here, status, home, chance.choice(details))
        leaves = in_minutes(self.scene, EARLY - 5, self.key, away["id"])
        yield scanned(leaves, away, "in_transit", away["events"][-1]["location"], "Departed facility")


# --- what is true, asked and wanted ------------------------------------------------------------------------------

STATES = {
    "delivered": ("delivered", "arrived"),
    "held up": ("held up", "exception", "stuck", "delivery problem"),
    "on its way": (
        "on its way",
        "in transit",
        "out for delivery",
        "on the way",
        "on the road",
        "underway",
        "under way",
    ),
}
ARRIVED = Blank("number that have arrived", ("have arrived", "has arrived", "are there", "is there"), "ARRIVED")
STATE = Blank("state of a parcel")
UNTIL = Blank("last day for a return", ("until", "return", "back by", "last day", "sent back"))


@frozen
class Truth:
    """states, parcels: by order. until: the last day for a return of those that have come."""

    states: dict[str, str]
    parcels: dict[str, str]
    until: dict[str, date]
    known: tuple[str, ...]


def find(scene: Scene, case: Case) -> Truth:
    parcels = {id: scene.rows("shipment", orderId=id)[0] for id in case.given["orders"]}
    came = [id for id in parcels if truth.deliveries(scene, id)]
    days = {day for id in parcels for day in truth.instants_of(scene, id)}
    return Truth(
        states={id: state_of(parcel["status"]) for id, parcel in parcels.items()},
        parcels={id: parcel["id"] for id, parcel in parcels.items()},
        until={id: truth.last_return_day(scene, id) for id in came},
        known=tuple(sorted(days)),
    )


def state_of(status: str) -> str:
    return {"delivered": "delivered", "exception": "held up"}.get(status, "on its way")


def state(name: str) -> Value:
    """A state in any of the words people have for it; those of the others are wrong."""
    return text(*STATES[name], rivals=[words[0] for other, words in STATES.items() if other != name])


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice(SPEECHES)
    first, second, third = case.given["orders"]
    prompt = speech.compose(chance, first=first, second=second, third=third)
    return Asked(case.notes["customer"], prompt, speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, moving, orders = Rubric(), case.notes["moving"], case.given["orders"]
    rest = [id for id in orders if id != moving]
    rubric.gives(ARRIVED.holds(number(len(found.until))), "P-22", others=orders)
    now = STATE.holds(state(found.states[moving]), record=(moving,))
    said = f"Says that {moving} is {found.states[moving]} by now"
    rubric.gives(now, "P-21", "T-13", id="state-now", text=said, others=orders)
    others = [STATE.holds(state(found.states[id]), record=(id,)) for id in rest]
    told = " and ".join(f"{id} is {found.states[id]}" for id in rest)
    rubric.gives(*others, "P-21", id="states", text=f"Says that {told}", others=orders)
    for id, last in found.until.items():
        name = "window-now" if id == moving else "window"
        until = UNTIL.holds(day(last), record=(id,), known=found.known)
        rubric.gives(
            until, "P-20", "P-21", id=name, text=f"Says that {id} can go back until {last:%-d %B %Y}", others=orders
        )
    if moving not in found.until:
        today = Avoids(values=(day("2025-12-22"),), terms=("until", "return", "back"))
        rubric.constrain("no-window", f"Names no last day for {moving}, which has not come", today, "P-22")
    no_other = NamesNoOther(allowed=tuple(orders), prefixes=("ord-",))
    rubric.constrain("only", "Names no order that was not asked about", no_other, "P-105")
    looked = Saw(ids=tuple(found.parcels.values()), field="events")
    rubric.complete("looked", "Read the scans of all three parcels", looked, "T-02")
    rubric.standard()
    return rubric


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    first, second, third = case.given["orders"]
    return REQUESTS.ask("customer", case.notes["customer"], case, first=first, second=second, third=third)


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks for the number: it follows."""
    spoken = rubric(case, found).in_prose(without=("number-that-have-arrived",))
    told = "; ".join(f"{id} is {name}" for id, name in found.states.items())
    until = "; ".join(f"{id} can go back until {last:%-d %B %Y}" for id, last in found.until.items())
    spoken.be_sound(f"{told}; {until}; what has not come has no window yet")
    return spoken


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, again: bool = True, hopeful: bool = False) -> Composition:
    """again: looks once more before it answers, until nothing is new. hopeful: what is expected today counts as there."""
    seen = _look(desk, given["orders"])
    while again and (now := _look(desk, given["orders"])) != seen:
        seen = now
    if hopeful:
        seen = {id: _hoped(parcel) for id, parcel in seen.items()}
    came = {id: _arrival(parcel) for id, parcel in seen.items() if parcel["status"] == "delivered"}
    reply = Composition().fill(ARRIVED, number(len(came)))
    rows: list[tuple[Value | str, ...]] = []
    for id, parcel in seen.items():
        until = day(reckoning.last_return_day(came[id])) if id in came else "not begun"
        rows.append((text(id), _told(parcel["status"]), until))
    return reply.table(("Order", "State", "Return until"), rows, fixed=True)


def _look(desk: Desk, orders: Sequence[str]) -> dict[str, Row]:
    return {id: desk.call("searchShipments", order_id=id)[0] for id in orders}


def _arrival(parcel: Row) -> date:
    return max(reckoning.day_of(scan["at"]) for scan in parcel["events"] if scan["status"] == "delivered")


def _hoped(parcel: Row) -> Row:
    if parcel["status"] not in ("out_for_delivery", "exception"):
        return parcel
    there = {"at": "2025-12-01T23:00:00Z", "status": "delivered"}
    return {**parcel, "status": "delivered", "events": [*parcel["events"], there]}


def _told(status: str) -> Value:
    name = {"delivered": "delivered", "exception": "held up"}.get(status, "on its way")
    rivals = [other for other in ("delivered", "held up", "on its way") if other != name]
    return text(*STATES[name][:2], rivals=rivals)


FAMILY = Family(
    id="LV-01",
    title="Parcels that move while somebody answers",
    category="communication",
    capabilities=("living world", "shipments", "dates"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("answers-from-the-first-look", "P-02", partial(play, again=False), where=MOVED),
        Fall("takes-the-estimate-for-an-arrival", "T-13", partial(play, hopeful=True), where=(STILL, FAILS)),
    ),
    natural=Natural(ask_naturally, rubric_in_prose),
)
