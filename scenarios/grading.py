"""Grading: a finished episode against a task's rubric. Reward = satisfied / all; pass = all.

Two rules keep the reward honest. Rules kept by doing nothing earn nothing: constraint and format criteria, and the toss of a
yes or no, count only once something else that was asked for is there. And a criterion that needs a judge stays `unjudged`
until one has spoken: it is left out of `code_reward` and `code_passed`, and `reward` and `passed` wait for it unless code alone
has settled them.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..engine.canonical import decode, encode
from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from .checks import Decides, Evidence, Judge, Verdict
from .task import Criterion, Tag, Task


class CriterionGrade(Struct, frozen=True):
    """A criterion's verdict; `passed` None: unjudged. `evidence`: seqs of the events behind it."""

    id: str
    tag: Tag
    text: str
    passed: bool | None
    reason: str
    evidence: tuple[int, ...]


class Grade(Struct, frozen=True):
    """All verdicts. Rewards lie in [0, 1].

    reward, passed: over all criteria; None while unjudged ones could still change them (a failed criterion settles
    `passed`, never `reward`). code_reward, code_passed: over the criteria that code decides. Without unjudged criteria the
    two pairs are the same.
    """

    task: str
    reward: float | None
    passed: bool | None
    code_reward: float
    code_passed: bool
    criteria: tuple[CriterionGrade, ...]

    @property
    def failed(self) -> list[str]:
        """Ids of the criteria that are not met."""
        return [criterion.id for criterion in self.criteria if criterion.passed is False]

    @property
    def unjudged(self) -> list[str]:
        """Ids of the criteria that wait for a judge."""
        return [criterion.id for criterion in self.criteria if criterion.passed is None]

    def data(self) -> dict[str, Any]:
        """As recorded in `episode.graded`."""
        return decode(encode(self))


_NO_ANSWER = Verdict(False, "there is no answer")
_NOTHING_DONE = Verdict(False, "nothing that was asked for is there, so no rule was kept")


def grade(task: Task, trajectory: Trajectory) -> Grade:
    """Judge a closed episode. A voided one has no grade: that is our failure and not the agent's."""
    if trajectory.status != "closed":
        raise CoreCraftError(f"{trajectory.id} is {trajectory.status}; only a closed episode can be graded")
    evidence = Evidence(trajectory)
    answered = bool(evidence.answer.text)
    verdicts = {c.id: c.check.judge(evidence) if answered else _NO_ANSWER for c in task.criteria}
    if answered and not any(verdicts[c.id].passed for c in task.criteria if _is_demand(c)):
        verdicts = {c.id: verdicts[c.id] if _is_demand(c) else _NOTHING_DONE for c in task.criteria}
    return _summed(task, verdicts)


def _is_demand(criterion: Criterion) -> bool:
    """Whether it asks for something that takes work: a rule is kept by doing nothing, and one word of two is a coin toss."""
    return criterion.tag in ("completeness", "correctness") and not isinstance(criterion.check, Judge | Decides)


def _summed(task: Task, verdicts: dict[str, Verdict]) -> Grade:
    grades = tuple(
        CriterionGrade(c.id, c.tag, c.text, verdicts[c.id].passed, verdicts[c.id].reason, verdicts[c.id].evidence)
        for c in task.criteria
    )
    decided = [one for one in grades if one.passed is not None]
    satisfied = sum(bool(one.passed) for one in decided)
    code_reward, code_passed = satisfied / len(decided), satisfied == len(decided)
    if len(decided) == len(grades):
        return Grade(task.id, code_reward, code_passed, code_reward, code_passed, grades)
    return Grade(task.id, None, None if code_passed else False, code_reward, code_passed, grades)
