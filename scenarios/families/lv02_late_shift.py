"""LV-02: a queue worked through a late shift of eight hours, in which tickets come in and a colleague takes one.

The mistakes: going home after the first look, opening what the colleague has resolved meanwhile, missing the tier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

from attrs import frozen

from ...engine.agenda import Clock, Due, Plan
from ...engine.chance import Chance
from ...engine.clock import to_text
from ...engine.event import Change
from ...engine.genesis import Row
from ..checks import Allowance, Becomes, Blank, Creates, Names, NamesNoOther, Tabled, Value, number, text
from ..composition import Composition
from ..desk import Desk, escalate
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..living import due, eight, in_minutes, posted
from ..props import Props
from ..reckoning import tier_of
from ..requests import requests
from ..scene import Scene, ids
from ..wordings import wordings
from . import _mw11_texts as texts
from ._mw11_texts import Concern
from .mw11_triage_queue import LEADS, OWNERS, concern_of, duplicates, priority_of

WORDS, REQUESTS = wordings("lv02"), requests("lv02")
SPEECHES = WORDS.speeches("lead")

RUSH, TWICE, QUIET = "more come in", "one writes again", "nothing more comes"
KINDS = (RUSH, TWICE, QUIET, RUSH, TWICE, RUSH, TWICE, RUSH)
BUSY = (RUSH, TWICE)

PLACES = (
    "Alder",
    "Birchwood",
    "Copperfield",
    "Dunmore",
    "Easton",
    "Foxhall",
    "Glenview",
    "Hollis",
    "Ironbridge",
    "Larkspur",
)
HOUSES = ("Polytechnic", "Council", "Dental Group", "Museum", "Printworks")

TIM, KAILANI = "tim-bradley", "kailani-voss"
CHANNEL = "support-general"
TIM_IS_ON, OVER, ADVISED = WORDS.say("tim-is-on"), WORDS.say("over"), WORDS.say("advised")
STARTED, TAKEN, ENDED = 20, 50, 480
"""Minutes after the shift began: Tim says that he is on, he resolves a ticket, Kailani says that it is over."""
ARRIVALS = (75, 200, 330)


def cases(scene: Scene) -> Iterator[Case]:
    portals = (f"{place} {house}" for house, place in product(HOUSES, PLACES))
    for place, (key, portal) in eight(enumerate(portals), lambda one: f"queue:{one[1]}"):
        yield _Draft(scene, portal, KINDS[place]).case(f"{key:03d}")


class _Draft:
    """A portal's queue at two in the afternoon, and what happens until ten."""

    def __init__(self, scene: Scene, portal: str, kind: str) -> None:
        self.scene, self.portal, self.kind = scene, portal, kind
        self.props, self.chance = Props(scene, "LV-02", f"queue:{portal}"), scene.chance("LV-02", portal)

    def case(self, key: str) -> Case:
        staff = self.chance.choice(list(LEADS))
        owners = {team: self.chance.of(team).choice(list(people)) for team, people in OWNERS.items()}
        due = tuple(self._due(*self._waiting()))
        return Case(
            key=key,
            given={"portal": self.portal, "staff": staff, **owners},
            anchors=(f"queue:{self.portal}",),
            fixtures=self.props.changes,
            kind=self.kind,
            traps=("T-22", "T-24"),
            difficulty=2 if self.kind == QUIET else 3,
            absent=self.kind == QUIET,
            plan=Plan(Clock("scheduled"), due),
        )

    def _waiting(self) -> tuple[Row, tuple[Row, Concern]]:
        """Four tickets that wait: the one that Tim takes, and one on an order, which may be written twice."""
        advice = self._write(self.props.customer(), self._concern(texts.ADVICE), self._today(15, 5))
        on_order = self._concern(texts.LOST if self.chance.happens(0.5) else texts.SHIPPING)
        writer = self.props.customer(tier="silver")
        first = self._write(writer, on_order, self._today(16, 20), self._order(writer))
        angry = self.props.customer(tier="platinum")
        self._write(angry, self._concern(texts.COMPLAINTS), self._today(17, 35), self._order(angry))
        self._write(self.props.customer(), self._concern(texts.TECHNICAL), self._today(18, 10))
        return advice, (first, on_order)

    def _due(self, advice: Row, on_order: tuple[Row, Concern]) -> Iterator[Due]:
        chance = self.chance.of("posts")
        yield posted(self._at(STARTED), self.props, CHANNEL, TIM, chance.choice(TIM_IS_ON))
        yield from self._resolved(advice)
        yield from self._arrivals(on_order)
        yield posted(self._at(ENDED), self.props, CHANNEL, KAILANI, chance.choice(OVER))

    def _resolved(self, ticket: Row) -> Iterator[Due]:
        """Tim answers one himself."""
        after, at = dict(ticket), to_text(self._at(TAKEN))
        told = self.chance.of("told").choice(ADVISED)
        resolution = self.props.resolution(after, "recommendation_provided", told, TIM, at)
        made = self.props.later("resolution", resolution)
        now = {"status": "resolved", "resolutionId": resolution["id"], "assignedEmployeeId": TIM, "updatedAt": at}
        yield due(self._at(TAKEN), "ticket_resolved", made, Change("support_ticket", ticket["id"], now))

    def _arrivals(self, on_order: tuple[Row, Concern]) -> Iterator[Due]:
        if self.kind == QUIET:
            return
        groups = [texts.SAFETY, texts.DEAD, texts.BILLING] if self.kind == RUSH else [texts.SAFETY, texts.DEADLINE]
        written: list[Row] = []
        for minutes, group in zip(ARRIVALS, self.chance.of("order").shuffled(groups), strict=False):
            writer = self.props.customer()
            order = self._order(writer, came=True) if group is texts.BILLING else None
            written.append(self._write(writer, self._concern(group), to_text(self._at(minutes)), order))
        if self.kind == TWICE:
            first, concern = on_order
            again = to_text(self._at(ARRIVALS[2]))
            writer, order = self._owner(first), self._rows("order", first["orderId"])
            written.append(self._write(writer, concern, again, order, again=True))
        for minutes, ticket in zip(ARRIVALS, written, strict=True):
            yield due(self._at(minutes), "ticket_opened", self.props.later("support_ticket", ticket))

    def _at(self, minutes: int) -> int:
        return in_minutes(self.scene, minutes, self.portal)

    # --- rows --------------------------------------------------------------------------------------------------------

    def _owner(self, ticket: Row) -> Row:
        return self._rows("customer", ticket["customerId"])

    def _rows(self, entity: str, id: str) -> Row:
        return next(change.set for change in self.props.changes if (change.entity, change.id) == (entity, id))

    def _concern(self, group: Sequence[Concern]) -> Concern:
        return self.chance.of("concern", group[0].key).choice(group)

    def _today(self, hour: int, minute: int) -> str:
        return f"2025-12-01T{hour}:{minute + self.chance.of(hour).integer(0, 9):02d}:00Z"

    def _order(self, customer: Row, *, came: bool = False) -> Row:
        placed, shipped = ("2025-11-10", "") if came else ("2025-11-24", "2025-11-26")
        order = self.props.order(customer, [("swifthand-k100", 1)], placed)
        self.props.payment(order)
        self.props.shipment(order, "delivered" if came else "in_transit", shipped=shipped)
        return order

    def _write(self, by: Row, concern: Concern, at: str, order: Row | None = None, *, again: bool = False) -> Row:
        subject, body = concern.again if again else (concern.subject, concern.body)
        name = by["name"]
        body = body.format(order=order["id"] if order else "", name=name, first=name.split()[0])
        subject = f"[{self.portal}] {subject}"
        return self.props.ticket(by, subject, body, at, concern.type, "new", order=order, channel="web")


# --- what is true, asked and wanted ------------------------------------------------------------------------------

HANDLED = Blank("number of tickets handled", ("handled", "tickets"), "HANDLED")
TIMS = Blank("ticket that Tim took", ("Tim",), "TIM")
DUPLICATE = Blank("duplicate", ("duplicate",), "DUPLICATE")


@frozen
class Truth:
    """theirs: all tickets of the portal at ten; new: those that nobody would have touched; twice: duplicates, newer -> older;
    priorities, owners: of the others; dangerous: which of these; taken: resolved by Tim."""

    theirs: tuple[str, ...]
    new: tuple[str, ...]
    twice: dict[str, str]
    priorities: dict[str, str]
    owners: dict[str, str]
    dangerous: tuple[str, ...]
    taken: str


def find(scene: Scene, case: Case) -> Truth:
    tickets = scene.rows("support_ticket", text={"text": f"[{case.given['portal']}]"})
    (taken,) = (t["id"] for t in tickets if t["status"] == "resolved")
    new = [t for t in tickets if t["status"] == "new"]
    twice = duplicates(tickets)
    single = [t for t in new if t["id"] not in twice]
    return Truth(
        theirs=ids(tickets),
        new=ids(new),
        twice=twice,
        priorities={t["id"]: priority_of(t, scene.row("customer", t["customerId"])) for t in single},
        owners={t["id"]: OWNERS[team := concern_of(t).team][case.given[team]] for t in single},
        dangerous=ids(t for t in single if concern_of(t).safety),
        taken=taken,
    )


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice(SPEECHES)
    return Asked(LEADS[case.given["staff"]], speech.compose(chance, **case.given), speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    parts = (str(len(found.new) - len(found.twice)), str(len(found.twice)), "1")
    rubric.gives(HANDLED.holds(number(len(found.new)), known=parts), "P-07")
    names = Names(values=tuple(map(text, found.new)))
    rubric.complete("all-named", f"Names all {len(found.new)} tickets that came to be handled", names, "P-07")
    no_other = NamesNoOther(allowed=found.theirs, prefixes=("tick-",))
    rubric.constrain("no-other", "Names no ticket that is not theirs", no_other, "P-15")
    rubric.gives(TIMS.holds(text(found.taken)), "P-05", "T-17")
    _triaged(rubric, found)
    touched = [Allowance("support_ticket", id=id) for id in found.new]
    escalated = [Allowance("escalation", created=len(found.dangerous))] if found.dangerous else []
    rubric.standard(*touched, *escalated)
    return rubric


def _triaged(rubric: Rubric, found: Truth) -> None:
    """Criteria on what becomes of the tickets."""
    opened = {id: {"status": "open", "priority": priority} for id, priority in found.priorities.items()}
    check = Becomes(entity="support_ticket", rows=opened, free=("assignedEmployeeId",))
    rubric.correct("priorities", "Opens each ticket with the right priority", check, "P-70", "P-71", "T-24")
    owned = {id: {"assignedEmployeeId": owner} for id, owner in found.owners.items()}
    check = Becomes(entity="support_ticket", rows=owned, free=("status", "priority"))
    rubric.correct("owners", "Gives each ticket to the right owner", check, "P-71", "T-22")
    if found.twice:
        closed = {id: {"status": "closed", "closureReason": "duplicate"} for id in found.twice}
        check = Becomes(entity="support_ticket", rows=closed, free=("priority", "assignedEmployeeId"))
        rubric.correct("duplicates", "Closes the second letter as duplicate", check, "P-73", "P-76")
    for newer, older in found.twice.items():
        rubric.gives(DUPLICATE.holds(_pair(newer, older)), "P-76")
    if not found.twice:
        rubric.gives(DUPLICATE.holds(text("none")), "P-76")
    if found.dangerous:
        to = {"escalationType": "technical", "destination": "engineering"}
        check = Creates(entity="escalation", rows=tuple({"ticketId": id, **to} for id in found.dangerous))
        rubric.correct("escalation", "Escalates the burning smell to engineering", check, "P-80", "P-84")
    table = Tabled(columns=3, rows=len(opened))
    rubric.form("table", "Gives a table with a row for each opened ticket", table, "P-105")


def _pair(newer: str, older: str) -> Value:
    return text(f"{newer} of {older}", rivals=(f"{older} of {newer}",))


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    slots = {name: value for name, value in case.given.items() if name != "staff"}
    return REQUESTS.ask("lead", LEADS[case.given["staff"]], case, **slots)


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """labelled: whether the answer has the lines of the form."""
    return {**case.given, "labelled": False}


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks for counts: the state tells who has which ticket. What is dangerous or a duplicate, and what Tim has done, a
    lead is told."""
    spoken = rubric(case, found).in_prose(without=("number-of-tickets-handled", "all-named", "duplicate"))
    told = (*found.dangerous, *found.twice)
    if told:
        names = Names(values=tuple(map(text, told)))
        spoken.complete("told", "Names the dangerous ticket and the one it closed", names, "P-76", "P-84")
    if found.twice:
        pair = " and ".join(f"{newer} as a duplicate of {older}" for newer, older in found.twice.items())
        spoken.judged("pair", f"Says that it closed {pair}", f"Does the answer say that it closed {pair}?", "P-76")
    question = f"Does the answer say that {found.taken} was left alone, as Tim had taken or resolved it?"
    spoken.judged("tims", f"Says that Tim had {found.taken}", question, "P-05")
    return spoken


# --- playing it --------------------------------------------------------------------------------------------------

URGENT = (*texts.SAFETY, *texts.DEAD, *texts.LOST, *texts.DEADLINE)


class _Shift:
    """What somebody does from two to ten."""

    def __init__(self, desk: Desk, given: Mapping[str, Any], *, looks: bool, tiers: bool) -> None:
        self.desk, self.given, self.looks, self.tiers = desk, given, looks, tiers
        self.owners: dict[str, Row] = {}
        self.opened: list[tuple[Any, ...]] = []
        self.twice: dict[str, str] = {}
        self.seen: list[Row] = []

    def round(self) -> bool:
        """Take what waits. Whether there was anything."""
        found = self.desk.call("searchTickets", text=f"[{self.given['portal']}]", limit=10)
        self.seen = sorted(found, key=lambda ticket: ticket["createdAt"])
        waiting = [ticket for ticket in self.seen if ticket["status"] == "new"]
        for ticket in waiting:
            self._take(ticket)
        return bool(waiting)

    def over(self) -> bool:
        """Whether Kailani has said so."""
        where = {"channel_id": CHANNEL, "author_id": KAILANI, "posted_after": "2025-12-01T19:00:00Z"}
        return bool(self.desk.call("searchSlackMessages", **where))

    def _take(self, ticket: Row) -> None:
        id, concern = ticket["id"], concern_of(ticket)
        if self.looks and self.desk.call("searchTickets", ticket_id=id)[0]["status"] != "new":
            return
        older = next((t for t in self.seen if t is not ticket and _same_matter(t, ticket)), None)
        if older is not None:
            self.twice[id] = older["id"]
            self.desk.call("updateTicketStatus", ticket_id=id, status="closed", closure_reason="duplicate")
            return
        fields = {
            "status": "open",
            "priority": self._priority(ticket),
            "assigned_employee_id": self._owner(concern)["id"],
        }
        self.desk.call("updateTicketStatus", ticket_id=id, **fields)
        if concern.safety:
            notes = "Burning smell reported. Customer is to stop using the machine."
            escalate(self.desk, id, "technical", "engineering", notes)
        self.opened.append((text(id), fields["priority"], self._owner(concern)["name"]))

    def _owner(self, concern: Concern) -> Row:
        if concern.team not in self.owners:
            self.owners[concern.team] = self.desk.call("searchEmployees", name=self.given[concern.team])[0]
        return self.owners[concern.team]

    def _priority(self, ticket: Row) -> str:
        """By the matter, and for a complaint by the customer's tier (P-71)."""
        concern = concern_of(ticket)
        if concern.complaint and self.tiers:
            (customer,) = self.desk.call("searchCustomers", customer_id=ticket["customerId"])
            return "high" if tier_of(customer) == "platinum" else "normal"
        return "high" if concern in URGENT else "low" if concern in texts.ADVICE else "normal"


def _same_matter(one: Row, later: Row) -> bool:
    """P-76: one order, which has one customer, and one concern; and the one was there first."""
    same = one.get("orderId", "") == later.get("orderId") and concern_of(one) == concern_of(later)
    return same and one["createdAt"] < later["createdAt"]


def play(
    desk: Desk, given: Mapping[str, Any], *, stays: bool = True, looks: bool = True, tiers: bool = True
) -> Composition:
    """stays: until the shift is over. looks: at a ticket once more before it opens it. tiers: at the customer's."""
    shift = _Shift(desk, given, looks=looks, tiers=tiers)
    if not stays:
        shift.round()
    while stays and (shift.round() or not shift.over()):
        pass
    after = desk.call("searchTickets", text=f"[{given['portal']}]", status="resolved")
    reply = Composition().fill(HANDLED, number(len(shift.opened) + len(shift.twice)))
    reply.table(("Ticket", "Priority", "Owner"), shift.opened, fixed=True)
    for taken in after[:1]:
        reply.fill(TIMS, text(taken["id"]))
    for newer, older in shift.twice.items():
        reply.fill(DUPLICATE, _pair(newer, older))
    return reply if shift.twice or not given.get("labelled", True) else reply.fill(DUPLICATE, text("none"))


FAMILY = Family(
    id="LV-02",
    title="A queue through a late shift",
    category="workflow",
    capabilities=("living world", "triage"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("goes-home-early", "P-07", partial(play, stays=False), where=BUSY),
        Fall("opens-what-was-resolved", "P-05", partial(play, looks=False)),
        Fall("overlooks-the-tier", "T-24", partial(play, tiers=False)),
    ),
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    tolerates="An older ticket that was opened before its duplicate came also stands in the line of that duplicate.",
)
