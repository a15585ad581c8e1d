"""What a fork has otherwise than its parent. Each edit stands in the child's own line, so that whoever replays it meets it too.

episode.fork(at=18, edits=[Change("order", "ord-1", {"status": "paid"})])    a row
episode.fork(at=18, edits=[EditedReply(17, {"error": "timed out"}, ok=False)])    what the agent was told
episode.fork(at=18, edits=[OtherTools(toolset), ClockSet(ms), Told("Never mind, she called.")])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from attrs import frozen
from msgspec import Struct

from .agenda import Plan
from .clock import to_ms
from .errors import InvalidInput
from .event import Change
from .toolset import Toolset


class EditedReply(Struct, frozen=True):
    """The reply recorded at `seq`, a `tool.returned` of the past, as the child's agent and grader read it. What the call did to
    the world stays."""

    seq: int
    reply: Any
    ok: bool = True


@frozen
class OtherTools:
    """The tools from here on: another set or profile, or other descriptions, over the same types of rows."""

    toolset: Toolset


@frozen
class ClockSet:
    """Simulation time, epoch milliseconds, not before the parent's."""

    to: int

    @classmethod
    def read(cls, text: str) -> ClockSet:
        """From an ISO-8601 instant. Raises InvalidInput."""
        try:
            return cls(to_ms(text))
        except ValueError as error:
            raise InvalidInput(f"clock: {error}") from None


@frozen
class Told:
    """A message that the agent finds after the past."""

    text: str
    role: Literal["user", "system"] = "user"


Edit = Change | EditedReply | OtherTools | ClockSet | Plan | Told


@frozen
class Edits:
    """The edits of one fork by where they are recorded: rows, replies and tools in its opening, the clock, the plan and
    messages as events of their own after it."""

    changes: tuple[Change, ...] = ()
    replies: tuple[EditedReply, ...] = ()
    toolset: Toolset | None = None
    clock: int | None = None
    plan: Plan | None = None
    messages: tuple[Told, ...] = ()

    @classmethod
    def of(cls, edits: Sequence[Edit]) -> Edits:
        """Raises InvalidInput for what is no edit, and for two clocks or toolsets."""
        for edit in edits:
            if not isinstance(edit, Edit):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidInput(
                    f"an edit is a Change, EditedReply, OtherTools, ClockSet, Plan or Told, not {edit!r:.100}"
                )
        clocks = {edit.to for edit in edits if isinstance(edit, ClockSet)}
        toolsets = {edit.toolset.digest: edit.toolset for edit in edits if isinstance(edit, OtherTools)}
        plans = [edit for edit in edits if isinstance(edit, Plan)]
        seqs = [edit.seq for edit in edits if isinstance(edit, EditedReply)]
        if len(clocks) > 1 or len(toolsets) > 1 or len(plans) > 1 or len(set(seqs)) < len(seqs):
            raise InvalidInput("a fork has one clock, one plan, one set of tools, and one edit of a reply")
        return cls(
            tuple(edit for edit in edits if isinstance(edit, Change)),
            tuple(edit for edit in edits if isinstance(edit, EditedReply)),
            next(iter(toolsets.values()), None),
            next(iter(clocks), None),
            next(iter(plans), None),
            tuple(edit for edit in edits if isinstance(edit, Told)),
        )

    @property
    def open_otherwise(self) -> bool:
        """Whether the child's opening differs from that of a plain fork."""
        return bool(self.changes or self.replies or self.toolset)


NONE = Edits()
