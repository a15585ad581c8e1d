"""A line of events: what it holds, how its events are hashed, and what causes the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from .answering import returned_bytes
from .event import AFTERWARDS, ANSWERED, CLOCK_ADVANCED, RETURNED, VOIDED, Event, chain, event_bytes

Entry = tuple[bytes, bytes]
"""Canonical bytes and hash of an event."""


class Line(Struct):
    """The events of one line: what it inherits from its parent, by reference, and its own."""

    parent: Line | None = None
    inherited: int = 0
    events: list[Event] = []
    hashes: list[bytes] = []

    def flat(self, upto: int | None = None) -> tuple[list[Event], list[bytes]]:
        """Events and hashes with seq < upto."""
        lines: list[tuple[Line, int | None]] = []
        line: Line | None = self
        while line is not None:  # a loop, since forks of forks may go deeper than calls of Python do
            lines.append((line, None if upto is None else max(0, upto - line.inherited)))
            upto = line.inherited if upto is None else min(upto, line.inherited)
            line = line.parent
        events = [event for line, own in reversed(lines) for event in line.events[:own]]
        return events, [hash for line, own in reversed(lines) for hash in line.hashes[:own]]


def chained(head: bytes, events: Iterable[Event], reply: bytes | None = None) -> list[Entry]:
    """Bytes and hashes of the events that follow the one whose hash is `head`.

    reply: of a call, the reply's own bytes, which need not be made a second time.
    """
    entries: list[Entry] = []
    for event in events:
        data = event_bytes(event) if reply is None or event.kind != RETURNED else returned_bytes(event, reply)
        head = chain(head, data)
        entries.append((data, head))
    return entries


def cause_after(events: Sequence[Event]) -> int | None:
    """What the next event of a line will be caused by: a call and a grade leave that as they found it."""
    last = events[-1]
    if last.kind in (RETURNED, VOIDED) and last.cause is not None:
        return events[last.cause].cause
    if last.cause is not None and _fell_due(last, events[last.cause]):
        return last.cause
    return last.cause if last.kind in AFTERWARDS or events[last.seq - 1].kind == ANSWERED else last.seq


def last_move(events: Sequence[Event]) -> int:
    """Seq of the last move of the clock, which is what causes what comes next."""
    return next(event.seq for event in reversed(events) if event.kind == CLOCK_ADVANCED)


def _fell_due(event: Event, moved: Event) -> bool:
    """Whether an event is what was due when its cause moved the clock."""
    return moved.kind == CLOCK_ADVANCED and event.seq <= moved.seq + moved.data.get("due", 0)
