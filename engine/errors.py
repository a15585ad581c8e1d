"""Errors that reach a user. Each message is one line that says what to do.

An agent's mistake is not here: it is data (`tool.Rejected` becomes a recorded reply). A bug of ours is an ordinary
exception.
"""

from __future__ import annotations

from typing import Any


class CoreCraftError(Exception):
    """A mistake a user can mend."""


class InvalidWorld(CoreCraftError):
    """Rows that cannot be a genesis: not JSON objects, an id that differs from its key, an undeclared type."""


class Undeclared(CoreCraftError, LookupError):
    """Rows were asked for by what their table does not declare. An author's mistake, not an agent's."""


class InvalidInput(CoreCraftError):
    """Something handed to the engine that cannot be recorded: a bad episode id, a value that is not JSON."""


class NameTaken(InvalidInput):
    """There is an episode of that name already."""


class DigestMismatch(CoreCraftError):
    """What is at hand is not what the history was made with. `what`: "world", "toolset", "text", "task"."""

    def __init__(self, what: str, recorded: str, present: str) -> None:
        self.what = what
        super().__init__(
            f"{what} differs: the history was made with {recorded[:16]}, at hand is {present[:16]}. "
            f"Use the {what} it names, or fork it onto the present one."
        )
        self._given = what, recorded, present

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._given  # a worker process hands it to its parent


class ContentLost(CoreCraftError):
    """A file that histories name (a text, a task, a world) is missing, cannot be read, or is not what it was."""


class UnknownToolset(CoreCraftError):
    """There are no tools of the name that a history gives."""


class NotExecutable(CoreCraftError):
    """A history that was made elsewhere: there are no tools to execute it with."""


class WorkerLost(CoreCraftError):
    """A process that did part of the work ended before its time, e.g. killed for its memory."""


class UnknownEpisode(CoreCraftError):
    """No episode of that name in the run."""


class NotAtBoundary(CoreCraftError):
    """A fork was asked for at a place where a call is still in progress."""


class EpisodeEnded(CoreCraftError):
    """The episode is closed or voided; its history cannot grow."""


class EpisodeVoided(CoreCraftError):
    """A tool handler failed with something other than a rejection: our bug. The episode counts for nothing."""


class StorageFailed(CoreCraftError):
    """The log could not be written. The head has not moved; the call did not happen."""


class Busy(StorageFailed):
    """Another process is writing there."""


class LogDamaged(CoreCraftError):
    """A line of a log is torn, tampered with or out of place.

    `intact` is the history before the damage, a `Trajectory`, when the damage was met while loading one episode.
    """

    def __init__(self, path: str, line: int, reason: str, seq: int | None = None) -> None:
        where = f"{path}, line {line}" + ("" if seq is None else f", seq {seq}")
        super().__init__(f"{where}: {reason}")
        self.path, self.line, self.seq, self.reason = path, line, seq, reason
        self.intact: Any = None  # not typed closer: errors stand below everything else

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.line, self.reason, self.seq), {"intact": self.intact}


class TornTail(LogDamaged):
    """Bytes at the end of a segment without a line end: a write that was cut off."""


class OtherVersion(CoreCraftError):
    """What was recorded is sound, but of a version that this one cannot do it again by."""


class NotAsSigned(CoreCraftError):
    """A history is missing, or is not the one that was signed off in the run's manifest."""
