"""Scratch: a world at some event of a history, and what is tried there. Nothing of it is written anywhere.

Each try is a fork in memory of the one before, so that any can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field

from ..engine.episode import Episode, Reply, fork_of
from ..engine.errors import CoreCraftError, EpisodeVoided
from ..engine.event import OPENED
from ..engine.genesis import Genesis
from ..engine.toolset import Toolset
from ..engine.trajectory import Call, Trajectory
from ..engine.world import World
from .diff import RowDifference, row_differences
from .verify import ToolsetFor

_ID = "scratch"


@define
class Scratch:
    """at: the event after which one stands; `move` goes elsewhere, and leaves the tries behind."""

    history: Trajectory
    genesis: Genesis
    toolset_for: ToolsetFor
    at: int
    start: World = field(init=False)
    """The world there, before any try."""
    _tries: list[Episode] = field(factory=list[Episode], init=False)

    def __attrs_post_init__(self) -> None:
        self.move(self.at)

    def move(self, at: int) -> None:
        """Raises NotAtBoundary for an event that the history does not have."""
        self.start = self.history.world_at(at, self.genesis)
        self.at = at
        self._tries = []

    @property
    def world(self) -> World:
        """As it stands after the tries."""
        return self._tries[-1].world if self._tries else self.start

    @property
    def toolset(self) -> Toolset:
        """The tools that were there at this event. Raises CoreCraftError where they are no longer at hand."""
        opened = self._past(self.at).opened.data
        found = self.toolset_for(opened)
        found.check(opened)
        return found

    @property
    def tries(self) -> int:
        return len(self._tries)

    def calls(self) -> list[Call]:
        """The tries with what came of them."""
        return list(self._tries[-1].trajectory().calls())[-len(self._tries) :] if self._tries else []

    def call(self, tool: str, arguments: bytes | Mapping[str, Any]) -> Reply:
        """What the tool would have answered here; later tries find what it did. Raises CoreCraftError where no call can be
        made: in the midst of one, without the tools of then, and where the handler fails."""
        head = self._tries[-1].fork(id=_ID) if self._tries else self._begun()
        try:
            reply = head.call(tool, arguments)
        except EpisodeVoided as bug:
            raise CoreCraftError(
                f"{tool} fails here with {bug.__cause__!r}: an error of ours, and nothing was changed"
            ) from bug
        self._tries.append(head)
        return reply

    def undo(self) -> Call | None:
        """Take the last try back; None where there is none."""
        if not self._tries:
            return None
        last = self.calls()[-1]
        self._tries.pop()
        return last

    def changes(self) -> Iterator[RowDifference]:
        """What the tries changed."""
        return row_differences(self.start, self.world)

    def _begun(self) -> Episode:
        at = self.at
        if self.history.status != "open":  # after the end the world is what it was before the answer
            at = min(at, self.history.last_boundary())
        self.history.check_boundary(at)
        return fork_of(self._past(at), self.genesis, self.toolset, at=at, id=_ID)

    def _past(self, at: int) -> Trajectory:
        """The history up to an event, as that of the line which was open then: forks may have gone on with other tools."""
        events, hashes = self.history.events[: at + 1], self.history.hashes[: at + 1]
        opened = next(event.seq for event in reversed(events) if event.kind == OPENED)
        return Trajectory(self.history.id, events, hashes, opened)
