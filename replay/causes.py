"""Causes: why a history does not verify, and which episodes fail for the same one.

A divergence says where a history and its re-execution part. What that comes of is asked here: whether the log was damaged,
or what it was made with is no longer the same, and, by executing it once more, whether the handlers answer twice alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Literal, get_args

from attrs import define, field, frozen

from ..engine.canonical import decode
from ..engine.errors import (
    ContentLost,
    CoreCraftError,
    DigestMismatch,
    InvalidWorld,
    LogDamaged,
    NotAsSigned,
    NotExecutable,
    UnknownToolset,
)
from ..engine.event import OPENED, event_bytes
from ..engine.genesis import Genesis
from ..engine.run import Run
from .fields import FieldDifference, deep_differences
from .verify import Difference, Divergence, Regrade, ToolsetFor, Verification, verify_run

Cause = Literal[
    "log damaged",
    "genesis changed",
    "tools changed",
    "handler changed",
    "nondeterminism",
    "grader changed",
    "not executable",
    "unclear",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
MEANINGS: Mapping[Cause, str] = {
    "log damaged": "what was recorded is no longer there as it was written",
    "genesis changed": "the starting world at hand is not the one the history was made on",
    "tools changed": "the tools at hand are not those the history was made with",
    "handler changed": "executed twice it comes out the same, and otherwise than recorded; the tools say they are as then",
    "nondeterminism": "executed twice it comes out in two ways: something in it asks the machine, or hangs on an order",
    "grader changed": "the history is the same; its grade comes out otherwise than recorded",
    "not executable": "it was made elsewhere, and there is nothing to execute it with",
    "unclear": "none of the known ones",
}

PORTION = 32
"""Episodes whose lines are read at once, with those of their ancestors."""

_OF_THE_LOG: tuple[Difference, ...] = ("form", "hash", "unfinished", "call")
_OF_ERRORS: Sequence[tuple[type[CoreCraftError], Cause, str]] = (
    (LogDamaged, "log damaged", "line"),
    (NotAsSigned, "log damaged", "manifest"),
    (ContentLost, "log damaged", "file"),
    (InvalidWorld, "genesis changed", "world"),
    (UnknownToolset, "tools changed", "toolset"),
    (NotExecutable, "not executable", "toolset"),
)
_DAMAGED: Cause = "log damaged"
_OF_DIGESTS: Mapping[str, Cause] = {"world": "genesis changed", "toolset": "tools changed"}

Explain = Callable[[Mapping[str, Any]], Sequence[str]]
"""What the changelog says of all that has come to be otherwise since an episode was opened with this data."""


@frozen
class Checked:
    """What came of verifying an episode, and of what. explained: lines of the changelog that tell why."""

    episode: str
    found: Verification | CoreCraftError
    cause: Cause | None = None
    explained: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.cause is None

    @property
    def divergence(self) -> Divergence | None:
        return self.found.divergence if isinstance(self.found, Verification) else None

    @property
    def what(self) -> str:
        """What it failed by: the kind of difference, or what of the run is not in order."""
        if self.divergence is not None:
            return self.divergence.kind
        if isinstance(self.found, DigestMismatch):
            return self.found.what
        return next((what for kind, _, what in _OF_ERRORS if isinstance(self.found, kind)), "")

    @property
    def tool(self) -> str | None:
        """The tool whose call it was."""
        return self.divergence.tool if self.divergence else None

    @property
    def reason(self) -> str:
        """In a line."""
        if isinstance(self.found, CoreCraftError):
            return str(self.found)
        return f"seq {self.divergence.seq}: {self.divergence.reason}" if self.divergence else ""


def event_differences(divergence: Divergence) -> list[FieldDifference]:
    """The fields in which the recorded event (left) and the one produced differ; all fields where one of them is missing."""
    left, right = (
        {} if event is None else decode(event_bytes(event)) for event in (divergence.recorded, divergence.produced)
    )
    if found := list(deep_differences(left, right)):
        return found
    return [FieldDifference("(the order of its fields)", left, right)] if divergence.produced is not None else []


@define
class Group:
    """Episodes that fail alike: for one cause, at one tool, by one kind of difference."""

    cause: Cause
    tool: str | None
    what: str
    first: Checked
    episodes: int = 0
    explained: list[str] = field(factory=list[str])

    def add(self, one: Checked) -> None:
        self.episodes += 1
        self.explained += [line for line in one.explained if line not in self.explained]


def grouped(checked: Iterable[Checked]) -> list[Group]:
    """Those that failed, by what they have in common, the largest group of each cause first."""
    groups: dict[tuple[Any, ...], Group] = {}
    for one in checked:
        if one.cause is not None:
            key = one.cause, one.tool, one.what
            groups.setdefault(key, Group(*key, first=one)).add(one)
    return sorted(groups.values(), key=lambda group: (CAUSES.index(group.cause), -group.episodes))


def check_run(
    run: Run,
    toolset_for: ToolsetFor,
    genesis_for: Callable[[str], Genesis],
    *,
    episodes: Iterable[str] | None = None,
    regrade: Regrade | None = None,
    explain: Explain = lambda _: (),
) -> Iterator[Checked]:
    """Verify episodes of a run as `verify_run` does, and tell the cause of each that fails. Those whose re-execution parts
    from the record are executed once more. A run that is read sparingly holds no more than some episodes at a time."""
    genesis_for = cache(genesis_for)

    def verified(some: Iterable[str]) -> Iterator[tuple[str, Verification | CoreCraftError]]:
        return verify_run(run, toolset_for, genesis_for, episodes=some, regrade=regrade)

    for portion in portions(run.episodes if episodes is None else list(episodes)):
        with suppress(LogDamaged):  # told of the episodes that it meets
            run.hold(portion)
        for episode, found in verified(portion):
            cause = cause_of(found, lambda episode=episode: next(iter(verified([episode])))[1])
            explained = _explained(run, episode, explain) if cause == "tools changed" else ()
            yield Checked(episode, _bare(found), cause, explained)


def portions(episodes: Sequence[str]) -> list[Sequence[str]]:
    """As many at once as `check_run` reads."""
    return [episodes[start : start + PORTION] for start in range(0, len(episodes), PORTION)]


def cause_of(found: Verification | CoreCraftError, again: Callable[[], Verification | CoreCraftError]) -> Cause | None:
    """Why a history does not verify; None where it does. again: verifies it once more."""
    if isinstance(found, CoreCraftError):
        return _cause_of_error(found)
    if found.divergence is None:
        return None
    if found.divergence.kind in _OF_THE_LOG:
        return "log damaged"
    if not same_outcome(found, again()):
        return "nondeterminism"
    return "grader changed" if found.divergence.kind == "grade" else "handler changed"


def same_outcome(left: Verification | CoreCraftError, right: Verification | CoreCraftError) -> bool:
    """Whether two executions of a history went the same way."""
    if not isinstance(left, Verification) or not isinstance(right, Verification):
        return type(left) is type(right) and str(left) == str(right)
    return _outcome(left.divergence) == _outcome(right.divergence)


def _outcome(divergence: Divergence | None) -> tuple[int, bytes] | None:
    if divergence is None:
        return None
    return divergence.seq, event_bytes(divergence.produced) if divergence.produced else b""


def _cause_of_error(error: CoreCraftError) -> Cause:
    if isinstance(error, DigestMismatch):
        return _OF_DIGESTS.get(error.what, _DAMAGED)
    for kind, cause, _ in _OF_ERRORS:
        if isinstance(error, kind):
            return cause
    return "unclear"


def _explained(run: Run, episode: str, explain: Explain) -> tuple[str, ...]:
    openings = (event.data for event in run.trajectory(episode).events if event.kind == OPENED)
    return tuple(dict.fromkeys(line for opened in openings for line in explain(opened)))


def _bare(found: Verification | CoreCraftError) -> Verification | CoreCraftError:
    """Without the history that stands before a damage: it would be kept as long as the verdict."""
    if isinstance(found, LogDamaged):
        found.intact = None
    return found
