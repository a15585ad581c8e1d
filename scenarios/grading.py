"""Grading: a finished episode against a task's rubric. Reward = satisfied / all; pass = all."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..engine.canonical import decode, encode
from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from .checks import Evidence, Verdict
from .task import Criterion, Tag, Task


class CriterionGrade(Struct, frozen=True):
    """A criterion's verdict. `evidence`: seqs of the events behind it."""

    id: str
    tag: Tag
    text: str
    passed: bool
    reason: str
    evidence: tuple[int, ...]


class Grade(Struct, frozen=True):
    """All verdicts; `reward` lies in [0, 1]."""

    task: str
    reward: float
    passed: bool
    criteria: tuple[CriterionGrade, ...]

    @property
    def failed(self) -> list[str]:
        """Ids of the criteria that are not met."""
        return [criterion.id for criterion in self.criteria if not criterion.passed]

    def data(self) -> dict[str, Any]:
        """As recorded in `episode.graded`."""
        return decode(encode(self))


def grade(task: Task, trajectory: Trajectory) -> Grade:
    """Judge a closed episode. A voided one has no grade: that is our failure and not the agent's."""
    if trajectory.status != "closed":
        raise CoreCraftError(f"{trajectory.id} is {trajectory.status}; only a closed episode can be graded")
    evidence = Evidence(trajectory)
    verdicts = [(criterion, _judged(criterion, evidence)) for criterion in task.criteria]
    grades = tuple(
        CriterionGrade(c.id, c.tag, c.text, verdict.passed, verdict.reason, verdict.evidence) for c, verdict in verdicts
    )
    satisfied = sum(one.passed for one in grades)
    return Grade(task.id, satisfied / len(grades), satisfied == len(grades), grades)


def _judged(criterion: Criterion, evidence: Evidence) -> Verdict:
    """An agent that says nothing keeps no rule either: an empty answer earns nothing."""
    return criterion.check.judge(evidence) if evidence.answer.text else Verdict(False, "there is no answer")
