"""Simulation time, and what happens of itself while it passes.

A plan says how time passes, what is due when, which calls go wrong (`faults`), and what the requester answers when he is asked
back (`respondent`). It is recorded as `agenda.planned`, so that a history holds all that is to come, and whoever verifies it
makes what was due happen again:

Plan(Clock("stepped", minutes=5), (Due(at=ms, kind="world.parcel_scanned", changes=(...,)),))

| clock | what a call does to simulation time |
|---|---|
| frozen | nothing |
| stepped | moves it on by the minutes that the tool takes |
| scheduled | moves it on to the next thing that is due, if there is one |

What is due at one instant happens in order of priority, then of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from attrs import evolve, field, frozen
from msgspec import Meta, Struct, ValidationError, convert

from .canonical import decode, encode, sorted_bytes
from .clock import EARLIEST_MS, LATEST_MS
from .event import CLOCK_ADVANCED, PLANNED, Change, Event
from .faults import Faults
from .respondent import Respondent
from .world import World

_MINUTE = 60_000


Minutes = Annotated[int, Meta(ge=0, le=10_000_000)]


class Clock(Struct, frozen=True, omit_defaults=True):
    """minutes: that a call takes. tools: of some tools, by the names they are called by, other minutes."""

    mode: Literal["frozen", "stepped", "scheduled"] = "frozen"
    minutes: Minutes = 0
    tools: dict[str, Minutes] = {}


class Where(Struct, frozen=True, omit_defaults=True):
    """A condition on one field of one row; a row or field that is not there holds null."""

    entity: str
    id: str
    field: str
    value: Any = None
    differs: bool = False

    def holds(self, world: World) -> bool:
        row = world.get(self.entity, self.id) or {}
        return (sorted_bytes([row.get(self.field)]) == sorted_bytes([self.value])) != self.differs


class Due(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What happens at an instant, unless `when` does not hold then, or a row it would change is not there; it is gone in any
    case.

    at: simulation time, epoch milliseconds. kind, data, changes: of its event. priority: lower comes first.
    """

    at: Annotated[int, Meta(ge=EARLIEST_MS, le=LATEST_MS)]
    kind: str
    changes: tuple[Change, ...] = ()
    data: dict[str, Any] = {}
    priority: int = 0
    when: tuple[Where, ...] = ()

    def can_happen(self, world: World) -> bool:
        there = all("id" in one.set or world.get(one.entity, one.id) is not None for one in self.changes)
        return there and all(one.holds(world) for one in self.when)


class Plan(Struct, frozen=True, omit_defaults=True):
    """clock, faults, respondent: None leaves them as they are. instead: of all that was due before, rather than beside it."""

    clock: Clock | None = None
    due: tuple[Due, ...] = ()
    instead: bool = False
    faults: Faults | None = None
    respondent: Respondent | None = None

    @classmethod
    def read(cls, data: dict[str, Any]) -> Plan:
        """From the data of an `agenda.planned`. Raises ValueError."""
        try:
            return convert(data, cls)
        except ValidationError as error:
            raise ValueError(str(error)) from None

    def recorded(self) -> dict[str, Any]:
        """As the data of `agenda.planned`. Raises TypeError or ValueError for what is not JSON."""
        return decode(encode(self))


@frozen
class Agenda:
    """How time passes in a line, what is still to come, in its order, which calls go wrong, and who can be asked back."""

    clock: Clock = field(factory=Clock)
    pending: tuple[Due, ...] = ()
    faults: Faults | None = None
    respondent: Respondent | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> Agenda:
        """At the end of a history."""
        agenda = NOTHING_DUE
        for event in events:
            agenda = agenda.after(event)
        return agenda

    def after(self, event: Event) -> Agenda:
        if event.kind == CLOCK_ADVANCED and self.pending:
            return evolve(self, pending=tuple(due for due in self.pending if due.at > event.at))
        return self.planned(Plan.read(event.data)) if event.kind == PLANNED else self

    def planned(self, plan: Plan) -> Agenda:
        due = plan.due if plan.instead else (*self.pending, *plan.due)
        in_order = tuple(sorted(due, key=lambda one: (one.at, one.priority)))  # stable: the plan's own order comes last
        asked = plan.respondent or self.respondent
        return Agenda(plan.clock or self.clock, in_order, plan.faults or self.faults, asked)

    def during(self, world: World, called: Event) -> list[Event]:
        """What happens while a call is made: time passes, and with it comes what is due."""
        clock = self.clock
        if clock.mode == "frozen":
            return []
        to = called.at
        if clock.mode == "stepped":
            to = min(to + clock.tools.get(called.data["tool"], clock.minutes) * _MINUTE, LATEST_MS)
        elif self.pending:
            to = max(to, self.pending[0].at)
        passes = to > called.at or (self.pending and self.pending[0].at <= to)
        return self.passing(world, to, called.seq + 1, called.seq) if passes else []

    def passing(self, world: World, to: int, seq: int, cause: int | None) -> list[Event]:
        """The clock as it stops at every instant at which something is due, and there what happens, and then goes on to `to`.

        seq: of the first event. cause: of each move of the clock; what is due is caused by the move.
        """
        events: list[Event] = []
        for at in sorted({max(due.at, world.now) for due in self.pending if due.at <= to} | {to}):
            moved = [Event(seq + len(events), CLOCK_ADVANCED, at, {"from": world.now}, cause)]
            happened = self._happening(world.fold(moved), moved[0])
            if happened:
                moved[0].data["due"] = len(happened)
            world = world.fold((*moved, *happened))
            events += (*moved, *happened)
            self = evolve(self, pending=tuple(due for due in self.pending if due.at > at))
        return events

    def _happening(self, world: World, moved: Event) -> list[Event]:
        """What is due by now and can happen, each thing in the world that the one before left."""
        events: list[Event] = []
        for due in self.pending:
            if due.at > moved.at:
                break
            if due.can_happen(world):
                events.append(Event(moved.seq + 1 + len(events), due.kind, moved.at, due.data, moved.seq, due.changes))
                world = world.fold(events[-1:])
        return events


NOTHING_DUE = Agenda()


def played_out(plan: Plan, world: World) -> World:
    """The world once all that is planned has happened, if nobody does anything meanwhile."""
    if not plan.due:
        return world
    agenda = NOTHING_DUE.planned(plan)
    return world.fold(agenda.passing(world, agenda.pending[-1].at, 0, None))
