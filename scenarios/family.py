"""The one shape of all task families. `docs/authoring-tasks.md` shows how to write one.

A family is a module of `families/` with a `FAMILY`. It says which situations there are (`cases`), what is asked and what is
true in one (`pose`), how it is solved by calls alone (`solve`), and which mistakes agents make in it (`falls`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from ..engine.event import Change
from .checks import Allowance, Becomes, Check, Judge, NothingElse, Readable, Unchanged
from .desk import Desk
from .reply import Reply
from .scene import Scene
from .task import Category, Criterion, Tag
from .voices import Voice


@frozen
class Case:
    """A situation a task can be posed in.

    key: names it within the family, for good: wording and ids hang on it. given: what the prompt will state, as the scripts
    take it; each string stands in the prompt. anchors: rows that no task of the other split may be built on.
    fixtures: rows of its own. kind: the variant ("open", "already refunded"). traps: those this case sets, beyond none.
    absent: the precondition of what is asked does not hold, so that the right answer is no, or not needed.
    """

    key: str
    given: Mapping[str, Any]
    anchors: tuple[str, ...]
    fixtures: tuple[Change, ...] = ()
    kind: str = ""
    traps: tuple[str, ...] = ()
    difficulty: int = 1
    absent: bool = False
    lure: bool = False
    """An injected instruction or a demand for personal data stands in the way."""
    id: str = ""
    """Of a named task, such as S-1; others are numbered."""
    notes: Mapping[str, Any] = field(factory=dict[str, Any])
    """What `pose` needs to know of the case beyond what the prompt states; scripts never see it."""


@frozen
class Posed:
    """A case put into words: who asks what, and what an answer must hold."""

    requester: str
    prompt: str
    voice: Voice
    criteria: tuple[Criterion, ...]


Solve = Callable[[Desk, Mapping[str, Any]], Reply]
"""Plays a task by calls alone. It is given what the prompt states, and answers from what the calls return."""


@frozen
class Fall:
    """A mistake that models make, as an agent. trap: the one it falls into (T-02). where: the kinds of case it shows in.

    It must lose at least one criterion in every such case, and stay clear of errors of its own.
    """

    name: str
    trap: str
    play: Solve
    where: tuple[str, ...] = ()


@frozen
class Family:
    """A task family. tools: `base` or `extended`. held_out: it has no training tasks. routes: further right solutions.

    tolerates: which wrong statements its rubrics let pass, and why; the proof wants a reason where mutants survive.
    """

    id: str
    title: str
    category: Category
    capabilities: tuple[str, ...]
    cases: Callable[[Scene], Iterator[Case]]
    pose: Callable[[Scene, Case], Posed]
    solve: Solve
    falls: tuple[Fall, ...] = ()
    routes: tuple[Solve, ...] = ()
    tools: str = "base"
    held_out: bool = False
    tolerates: str = ""


WRITABLE = {
    "order": ("status",),
    "payment": ("status", "failureReason"),
    "support_ticket": ("status", "priority", "assignedEmployeeId", "closureReason"),
    "build": ("name", "componentIds"),
}
"""Fields that commands set in existing rows."""


def before(scene: Scene, entity: str, id: str) -> dict[str, Any]:
    """What the writable fields of a row hold at the start; a missing one holds null."""
    row = scene.row(entity, id)
    return {name: row.get(name) for name in WRITABLE[entity]}


def becoming(scene: Scene, entity: str, id: str, *, free: tuple[str, ...] = (), **fields: Any) -> Becomes:
    """The check that a row ends with these fields; setting others to what they were is no change."""
    return Becomes(entity=entity, id=id, fields=fields, before=before(scene, entity, id), free=free)


class Rubric:
    """The criteria of a task in the making. Standard criteria come last (`standard`)."""

    def __init__(self) -> None:
        self._criteria: list[Criterion] = []

    def complete(self, id: str, text: str, check: Check, *policy: str) -> None:
        """The answer holds what was asked for."""
        self._add(id, text, "completeness", check, policy)

    def correct(self, id: str, text: str, check: Check, *policy: str) -> None:
        """What it holds is right."""
        self._add(id, text, "correctness", check, policy)

    def constrain(self, id: str, text: str, check: Check, *policy: str) -> None:
        """A rule is kept."""
        self._add(id, text, "constraint", check, policy)

    def form(self, id: str, text: str, check: Check, *policy: str) -> None:
        """The answer has the form asked for."""
        self._add(id, text, "format", check, policy)

    def judged(self, id: str, text: str, question: str, *policy: str, tag: Tag = "correctness") -> None:
        """What only a model can tell; at most 3 a task."""
        self._add(id, text, tag, Judge(question=question), policy)

    def standard(self, *expected: Allowance) -> None:
        """What holds in every task: nothing is touched but the expected rows (U1), and the answer is written for a reader."""
        if expected:
            self.constrain(
                "nothing-else", "Changes nothing beyond what the task calls for", NothingElse(expected=expected), "P-05"
            )
        else:
            self.constrain("nothing-changed", "Changes nothing", Unchanged(), "P-05")
        self.form("readable", "Is written for a reader, not a dump of records", Readable(), "P-105")

    def _add(self, id: str, text: str, tag: Tag, check: Check, policy: Sequence[str]) -> None:
        self._criteria.append(Criterion(id, text, tag, check, tuple(policy)))  # pyright: ignore[reportArgumentType]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(self._criteria)
