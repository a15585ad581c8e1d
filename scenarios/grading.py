"""Grading: a finished episode against a task's rubric. Pass = all criteria met; reward = their share, in which a rule counts as
far as there is work that it was kept in.

`docs/authoring-tasks.md` says what that means for whoever writes a rubric ("What a rubric pays").

Four rules keep the reward honest. Demands are what takes work: a fact to be told, a row to be changed. All else, rules of
conduct and form, what was looked at, the toss of a yes or no, is kept by doing nothing, and so counts by the share of the
demands that are met. Who claims an act that the log does not hold is believed in nothing he says. A criterion that needs a
judge stays `unjudged` until one has spoken: it is left out of `code_reward` and `code_passed`, and `reward` and `passed` wait
for it unless code alone has settled them. And where code reads something but cannot tell whether it is asserted, or of what,
it abstains: the criterion waits for a reader, and until then counts as not met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ..engine.canonical import decode, encode
from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from ..engine.world import World
from .checks import (
    AskedBack,
    Called,
    Check,
    Csv,
    Decides,
    Evidence,
    Gives,
    Judge,
    Names,
    Ordered,
    Replied,
    Saw,
    SawBefore,
    StoppedAfter,
    Verdict,
)  # fmt: skip
from .checks.acts import undone
from .checks.judged import told
from .registry import as_graded
from .task import Criterion, Tag, Task


class CriterionGrade(Struct, frozen=True, omit_defaults=True):
    """A criterion's verdict. passed: None while it waits for a judge. abstained: code could not tell, whatever a judge said
    since. evidence: seqs of the events behind it."""

    id: str
    tag: Tag
    text: str
    passed: bool | None
    reason: str
    evidence: tuple[int, ...]
    abstained: bool = False

    @property
    def by_code(self) -> bool | None:
        """What code alone makes of it."""
        return None if self.abstained else self.passed


class Grade(Struct, frozen=True):
    """All verdicts. Rewards lie in [0, 1].

    reward, passed: over all criteria; None while those that wait for a judge could still change them (a failed criterion
    settles `passed`, never `reward`). code_reward, code_passed: over the criteria that are for code to decide; `code_passed`
    None: it fails none, but abstained. Without unjudged and abstained criteria the two pairs are the same.
    not_applicable: why there is no grade at all: the world of the episode is one that its task does not fit.
    """

    task: str
    reward: float | None
    passed: bool | None
    code_reward: float | None
    code_passed: bool | None
    criteria: tuple[CriterionGrade, ...]
    not_applicable: str = ""

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
        return [criterion.id for criterion in self.criteria if disbelieves(criterion.reason)]

    @property
    def unjudged(self) -> list[str]:
        """Ids of the criteria that are for a judge alone, and wait for him."""
        return [criterion.id for criterion in self.criteria if criterion.passed is None and not criterion.abstained]

    def data(self) -> dict[str, Any]:
        """As recorded in `episode.graded`."""
        return decode(encode(self))


MAX_ANSWER = 100_000
"""Characters of an answer; a longer one is not read, and earns nothing."""

_TOO_LONG = Verdict(False, f"the answer is longer than {MAX_ANSWER:,} characters, and was not read")
_NO_ANSWER = Verdict(False, "there is no answer")
_DISBELIEVED = "not believed: "
_NONE: Mapping[str, Verdict] = {}


def grade(task: Task, trajectory: Trajectory, start: World) -> Grade:
    """Judge a closed episode. A voided one has no grade: that is our failure and not the agent's.

    start: the world the history began on, at its genesis.
    """
    if trajectory.status != "closed":
        raise CoreCraftError(f"{trajectory.id} is {trajectory.status}; only a closed episode can be graded")
    posed = as_graded(task, start, trajectory)
    if posed is None:
        reason = (
            "the fork changed the world, or when things happen in it, and the task cannot be posed on what it became"
        )
        return Grade(task.id, None, None, None, None, (), reason)
    task = posed
    evidence = Evidence(trajectory, start, [criterion.check for criterion in task.criteria])
    if len(trajectory.answer or "") > MAX_ANSWER:
        return _summed(task, {c.id: _TOO_LONG for c in task.criteria})
    if not any(map(str.isalnum, evidence.answer.text)):
        return _summed(task, {c.id: _NO_ANSWER for c in task.criteria})
    verdicts = {c.id: c.check.verdict(evidence) for c in task.criteria}
    if lie := undone(evidence, [c.check for c in task.criteria if verdicts[c.id].passed is False]):
        disbelieved = Verdict(False, _DISBELIEVED + lie, evidence.answered_at)
        verdicts |= {
            c.id: disbelieved for c in task.criteria if _is_told(c.check) and verdicts[c.id].passed is not False
        }
    settled = {
        c.id: said for c in task.criteria if verdicts[c.id].passed is None and (said := told(evidence, c.question))
    }
    return _summed(task, verdicts, settled)


def disbelieves(reason: str) -> bool:
    """Whether a criterion is lost only because the answer claims an act that the log does not hold."""
    return reason.startswith(_DISBELIEVED)


def demands_of(task: Task) -> set[str]:
    """The criteria that ask for something that takes work, in the world or in the answer; where there is nothing to be told,
    it is the looking."""
    wanted = [c for c in task.criteria if c.tag in ("completeness", "correctness") and not isinstance(c.check, Judge)]
    demands = {
        c.id
        for c in wanted
        if not isinstance(c.check, Decides | Saw | SawBefore | AskedBack | Called | Replied | StoppedAfter)
    }
    return demands or {c.id for c in task.criteria if isinstance(c.check, Csv | Saw | SawBefore | Called | Replied)}


def _is_told(check: Check) -> bool:
    """Whether it asks what the final answer says."""
    return isinstance(check, Decides | Ordered) or (isinstance(check, Gives | Names) and check.of == "answer")


def _graded(criterion: Criterion, by_code: Verdict, settled: Verdict | None) -> CriterionGrade:
    abstained = by_code.passed is None and not isinstance(criterion.check, Judge)
    verdict = settled or by_code
    about = (criterion.id, criterion.tag, criterion.text)
    return CriterionGrade(*about, verdict.passed, verdict.reason, verdict.evidence, abstained)


def _summed(task: Task, verdicts: Mapping[str, Verdict], settled: Mapping[str, Verdict] = _NONE) -> Grade:
    """settled: what a judge said of the criteria that code leaves open."""
    grades = tuple(_graded(c, verdicts[c.id], settled.get(c.id)) for c in task.criteria)
    judged = {c.id for c in task.criteria if isinstance(c.check, Judge)}
    for_code = [one for one in grades if one.id not in judged]
    demands = demands_of(task)
    failed = any(one.passed is False for one in grades)
    code_reward = _reward([(one.id, one.by_code) for one in for_code], demands)
    code_passed = _passed([one.by_code for one in for_code])
    waits = any(one.passed is None for one in grades)
    hopeless = all(one.passed is False for one in grades if one.id in demands)  # whatever the rest turns out to be
    reward = (
        0.0 if hopeless and failed else None if waits else _reward([(one.id, one.passed) for one in grades], demands)
    )
    return Grade(task.id, reward, _passed([one.passed for one in grades]), code_reward, code_passed, grades)


def _passed(verdicts: Sequence[bool | None]) -> bool | None:
    """Whether all are met; None while that is open."""
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _reward(verdicts: Sequence[tuple[str, bool | None]], demands: set[str]) -> float:
    """The share that is met; what is no demand by the share of the demands."""
    asked = [passed is True for id, passed in verdicts if id in demands]
    others = [passed is True for id, passed in verdicts if id not in demands]
    share = sum(asked) / len(asked) if asked else 1.0
    return (sum(asked) + share * sum(others)) / len(verdicts)
