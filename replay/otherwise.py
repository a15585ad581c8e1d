"""What a fork has otherwise than its parent, read off its line: rows, replies, tools, the clock, the plan, messages.

Rows, replies and tools stand in its opening; the others are events between that and the first thing its agent did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from ..engine.clock import to_text
from ..engine.event import ANSWERED, CALLED, CLOCK_ADVANCED, CLOSED, FAILED, OPENED, PLANNED, PROMPTED, RESPONDED, Event
from ..engine.trajectory import Trajectory
from .fields import shown
from .visible import one_line

BEGINNINGS = (CALLED, RESPONDED, ANSWERED, CLOSED, FAILED)
"""What an agent does: with the first of these a line is played on, and is no longer only edited."""


@frozen
class Otherwise:
    """rows: changes, as recorded. replies: `{"seq", "reply", "ok"}` each. tools: their name, "" where they are the same.
    described: of some tools, another text. clock: epoch milliseconds. messages: `{"role", "text"}` each."""

    rows: Sequence[Mapping[str, Any]] = ()
    replies: Sequence[Mapping[str, Any]] = ()
    tools: str = ""
    described: Mapping[str, str] = {}
    clock: int | None = None
    plan: Mapping[str, Any] | None = None
    messages: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, opened: Mapping[str, Any], before: Mapping[str, Any], own: Iterable[Event]) -> Otherwise:
        """opened, before: the data of its opening, and of the one whose tools its past had. own: its own events."""
        rows: list[Mapping[str, Any]] = []
        clock: int | None = None
        plan: Mapping[str, Any] | None = None
        messages: list[Mapping[str, Any]] = []
        for event in own:
            if event.kind in BEGINNINGS:
                break
            if event.kind == OPENED:
                rows = [{"entity": c.entity, "id": c.id, "set": c.set, "removed": c.removed} for c in event.changes]
            elif event.kind == CLOCK_ADVANCED:
                clock = event.at
            elif event.kind == PLANNED:
                plan = event.data
            elif event.kind == PROMPTED:
                messages.append(event.data)
        tools = opened.get("tools", "") if opened.get("tools") != before.get("tools") else ""
        had = before.get("described", {})
        described = {name: text for name, text in opened.get("described", {}).items() if had.get(name) != text}
        return cls(rows, opened.get("replies", ()), tools, described, clock, plan, messages)

    def words(self, rows: bool = True) -> list[str]:
        """Each edit on one line, as it is written for `corecraft fork --edit` where it can be. rows: those of rows too."""
        told = [_row(row) for row in self.rows] if rows else []
        told += [f"reply {reply.get('seq')}={shown(reply.get('reply'))}" for reply in self.replies]
        told += [f"tools={self.tools}"] if self.tools else []
        told += [f"describe {name}={text}" for name, text in self.described.items()]
        told += [f"clock={to_text(self.clock)}"] if self.clock is not None else []
        told += [f"plan: {', '.join(_planned(self.plan))}"] if self.plan is not None else []
        told += [
            f"{'say' if one.get('role') == 'user' else one.get('role')}={one.get('text', '')}" for one in self.messages
        ]
        return [one_line(each) for each in told]


def of_forks(trajectory: Trajectory) -> dict[int, Otherwise]:
    """What each fork of a history has otherwise, by the seq of its opening, the earliest first."""
    openings = [event.seq for event in trajectory.events if event.kind == OPENED]
    found: dict[int, Otherwise] = {}
    for before, place, end in zip(openings, openings[1:], [*openings[2:], len(trajectory)], strict=False):
        own = trajectory.events[place:end]
        found[place] = Otherwise.of(own[0].data, trajectory.events[before].data, own)
    return found


def edits_since(trajectory: Trajectory, seq: int, rows: bool = True) -> list[str]:
    """What forks of this history have otherwise that were made at this event or later."""
    return [word for place, one in of_forks(trajectory).items() if place >= seq for word in one.words(rows)]


def brief(words: Sequence[str], most: int = 3) -> str:
    """The first of them, and how many more there are."""
    left = len(words) - most
    return "; ".join(words[:most]) + (f" and {left} more" if left > 0 else "")


def _row(change: Mapping[str, Any]) -> str:
    fields = [f"{name}={shown(value)}" for name, value in (change.get("set") or {}).items()]
    fields += [f"without {name}" for name in change.get("removed") or ()]
    return f"{change.get('entity')}/{change.get('id')} {', '.join(fields)}"


def _planned(plan: Mapping[str, Any]) -> Iterator[str]:
    clock, faults, due = plan.get("clock"), plan.get("faults"), plan.get("due")
    if isinstance(clock, Mapping):
        yield f"clock {clock.get('mode', 'frozen')}"
    if due:
        yield f"{len(due)} due"
    if isinstance(faults, Mapping):
        yield f"a share of {shown(faults.get('rate'))} of the calls fails"
    if plan.get("respondent") is not None:
        yield "the requester answers"
