"""Grading: a finished episode against a task's rubric. Pass = all criteria met; reward = their share, in which a rule counts as
far as there is work that it was kept in.

Four rules keep the reward honest. Demands are what takes work: a fact to be told, a row to be changed. All else, rules of
conduct and form, what was looked at, the toss of a yes or no, is kept by doing nothing, and so counts by the share of the
demands that are met. Who claims an act that the log does not hold is believed in nothing he says. A criterion that needs a
judge stays `unjudged` until one has spoken: it is left out of `code_reward` and `code_passed`, and `reward` and `passed` wait
for it unless code alone has settled them. And where code reads something but cannot tell whether it is asserted, or of what,
it abstains: the criterion waits for a reader, and until then counts as not met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from ..engine.canonical import decode, encode
from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from .checks import (
    Called,
    Check,
    Csv,
    Decides,
    Evidence,
    Gives,
    Judge,
    Names,
    Ordered,
    Records,
    Replied,
    Saw,
    SawBefore,
    StoppedAfter,
    Verdict,
)  # fmt: skip
from .checks.acts import undone
from .task import Criterion, Tag, Task


class CriterionGrade(Struct, frozen=True, omit_defaults=True):
    """A criterion's verdict; `passed` None: unjudged, or `abstained`, where code could not tell. `evidence`: seqs of the events
    behind it."""

    id: str
    tag: Tag
    text: str
    passed: bool | None
    reason: str
    evidence: tuple[int, ...]
    abstained: bool = False


class Grade(Struct, frozen=True):
    """All verdicts. Rewards lie in [0, 1].

    reward, passed: over all criteria; None while unjudged ones could still change them (a failed criterion settles
    `passed`, never `reward`). code_reward, code_passed: over the criteria that are for code to decide; `code_passed` None: it
    fails none, but abstained. Without unjudged and abstained criteria the two pairs are the same.
    """

    task: str
    reward: float | None
    passed: bool | None
    code_reward: float
    code_passed: bool | None
    criteria: tuple[CriterionGrade, ...]

    @property
    def failed(self) -> list[str]:
        """Ids of the criteria that are not met."""
        return [criterion.id for criterion in self.criteria if criterion.passed is False]

    @property
    def unmet(self) -> list[str]:
        """Ids of the criteria that code does not find met: those it fails, and those it abstains from."""
        return [criterion.id for criterion in self.criteria if criterion.passed is False or criterion.abstained]

    @property
    def disbelieved(self) -> list[str]:
        """Ids of the criteria that fail only because the answer claims an act that the log does not hold."""
        return [criterion.id for criterion in self.criteria if criterion.reason.startswith(_DISBELIEVED)]

    @property
    def unjudged(self) -> list[str]:
        """Ids of the criteria that wait for a judge."""
        return [criterion.id for criterion in self.criteria if criterion.passed is None and not criterion.abstained]

    def data(self) -> dict[str, Any]:
        """As recorded in `episode.graded`."""
        return decode(encode(self))


MAX_ANSWER = 100_000
"""Characters of an answer; a longer one is not read, and earns nothing."""

_TOO_LONG = Verdict(False, f"the answer is longer than {MAX_ANSWER:,} characters, and was not read")
_NO_ANSWER = Verdict(False, "there is no answer")
_DISBELIEVED = "not believed: "


def grade(task: Task, trajectory: Trajectory) -> Grade:
    """Judge a closed episode. A voided one has no grade: that is our failure and not the agent's."""
    if trajectory.status != "closed":
        raise CoreCraftError(f"{trajectory.id} is {trajectory.status}; only a closed episode can be graded")
    evidence = Evidence(trajectory)
    if len(trajectory.answer or "") > MAX_ANSWER:
        return _summed(task, {c.id: _TOO_LONG for c in task.criteria})
    if not evidence.answer.text:
        return _summed(task, {c.id: _NO_ANSWER for c in task.criteria})
    verdicts = {c.id: c.check.judge(evidence) for c in task.criteria}
    if lie := undone(evidence, [c.check for c in task.criteria if verdicts[c.id].passed is False]):
        disbelieved = Verdict(False, _DISBELIEVED + lie, evidence.answered_at)
        verdicts |= {
            c.id: disbelieved for c in task.criteria if _is_told(c.check) and verdicts[c.id].passed is not False
        }
    return _summed(task, verdicts)


def _demands(task: Task) -> set[str]:
    """The criteria that ask for something that takes work, in the world or in the answer; where there is nothing to be told,
    it is the looking."""
    wanted = [c for c in task.criteria if c.tag in ("completeness", "correctness") and not isinstance(c.check, Judge)]
    demands = {
        c.id for c in wanted if not isinstance(c.check, Decides | Saw | SawBefore | Called | Replied | StoppedAfter)
    }
    return demands or {c.id for c in task.criteria if isinstance(c.check, Csv | Saw | SawBefore | Called | Replied)}


def _is_told(check: Check) -> bool:
    """Whether it asks what the final answer says."""
    return isinstance(check, Decides | Ordered) or (isinstance(check, Gives | Records | Names) and check.of == "answer")


def _graded(criterion: Criterion, verdict: Verdict) -> CriterionGrade:
    abstained = verdict.passed is None and not isinstance(criterion.check, Judge)
    about = (criterion.id, criterion.tag, criterion.text)
    return CriterionGrade(*about, verdict.passed, verdict.reason, verdict.evidence, abstained)


def _summed(task: Task, verdicts: dict[str, Verdict]) -> Grade:
    grades = tuple(_graded(criterion, verdicts[criterion.id]) for criterion in task.criteria)
    judged = {c.id for c in task.criteria if isinstance(c.check, Judge)}
    for_code = [one for one in grades if one.id not in judged]
    demands = _demands(task)
    failed = any(one.passed is False for one in grades)
    code_reward = _reward(for_code, demands)
    code_passed = _passed(for_code)
    waits = any(one.passed is None for one in grades)
    hopeless = all(one.passed is False for one in grades if one.id in demands)  # whatever the rest turns out to be
    reward = 0.0 if hopeless and failed else None if waits else _reward(grades, demands)
    return Grade(task.id, reward, _passed(grades), code_reward, code_passed, grades)


def _passed(grades: Sequence[CriterionGrade]) -> bool | None:
    """Whether all are met; None while that is open."""
    if any(one.passed is False for one in grades):
        return False
    return None if any(one.passed is None for one in grades) else True


def _reward(grades: Sequence[CriterionGrade], demands: set[str]) -> float:
    """The share that is met; what is no demand by the share of the demands."""
    asked = [one.passed is True for one in grades if one.id in demands]
    others = [one.passed is True for one in grades if one.id not in demands]
    share = sum(asked) / len(asked) if asked else 1.0
    return (sum(asked) + share * sum(others)) / len(grades)
