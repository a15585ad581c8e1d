"""The steps of a recorded line: what its agent did, each with the boundary it was done from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..engine.event import ANSWERED, CALLED, CLOSED, FAILED, OPENED, PROMPTED, RESPONDED, RETURNED, VOIDED, Event
from ..engine.trajectory import Trajectory, is_fact_of


class Step(Struct, frozen=True):
    """One act of an agent: a turn with its calls, a call without a turn, or the end: its answer, or its close.

    before: the event after which a fork has all before this step and nothing of it. first, last: its own events; between
    `before` and `first` nothing is the agent's. writes: whether a call of it changed something.
    """

    number: int
    before: int
    first: int
    last: int
    tools: tuple[str, ...] = ()
    writes: bool = False
    ends: bool = False

    @property
    def what(self) -> str:
        """In a few words."""
        return " + ".join(self.tools) or ("the answer" if self.ends else "a thought")


def steps(trajectory: Trajectory) -> list[Step]:
    """All steps of a line, those it inherited among them, up to its end.

    A thought belongs to the step that it leads to, and several calls of one turn are one step: whoever takes the line up in
    between would have to make the rest of them. An open line has no last step of ending.
    """
    return [_step(number, *part) for number, part in enumerate(_parts(trajectory.events))]


def course(trajectory: Trajectory) -> list[Step]:
    """The steps that may be taken otherwise on the same line, numbered anew: where a fork changed something, those since then,
    for before them it was another world."""
    changed = max(
        (n for n, event in enumerate(trajectory.events) if _changes_something(trajectory, n, event)), default=0
    )
    own = (step for step in steps(trajectory) if step.first > changed)
    return [replace(step, number=number) for number, step in enumerate(own)]


def beginning(trajectory: Trajectory) -> int:
    """The event after which a fork has nothing yet that the agent did on this line."""
    return next((step.before for step in course(trajectory)), trajectory.last_boundary())


def _changes_something(trajectory: Trajectory, seq: int, event: Event) -> bool:
    """Whether it opens a fork that has anything otherwise: rows, replies, tools, or what comes before its agent's first act."""
    if event.kind != OPENED or seq == 0:
        return False
    before = next(e for e in reversed(trajectory.events[:seq]) if e.kind == OPENED)
    following = next(iter(trajectory.events[seq + 1 : seq + 2]), None)
    return (
        bool(event.changes or event.data.get("replies"))
        or event.data["toolset"] != before.data["toolset"]
        or (following is not None and following.kind not in (OPENED, RESPONDED, CALLED, ANSWERED, CLOSED))
    )


def _step(number: int, events: Sequence[Event], writes: bool) -> Step:
    tools = tuple(str(event.data["tool"]) for event in events if event.kind == CALLED)
    first, last = events[0], events[-1]
    return Step(number, first.seq - 1, first.seq, last.seq, tools, writes, last.kind in (ANSWERED, CLOSED))


def _parts(events: Sequence[Event]) -> Iterator[tuple[Sequence[Event], bool]]:
    begun, writes = -1, False
    called: Event | None = None
    asked: set[str] = set()
    for event in events:
        if event.kind in (OPENED, PROMPTED, VOIDED, FAILED):
            # A fork in the middle of a turn, a word from outside, or a failure that is nobody's step.
            begun, called, writes, asked = -1, None, False, set()
        elif event.kind in (RESPONDED, CALLED, ANSWERED, CLOSED):
            begun = event.seq if begun < 0 else begun
            if event.kind == RESPONDED:
                asked = {str(call.get("id")) for call in event.data.get("tool_calls") or ()}
            elif event.kind == CALLED:
                called = event
                asked.discard(str(event.data.get("call_id")))
            else:
                yield events[begun : event.seq + 1], False
                return
        elif event.kind == RETURNED:
            called = None
            if not asked:
                yield events[begun : event.seq + 1], writes
                begun, writes = -1, False
        elif called is not None and is_fact_of(called, event):
            writes = True
