"""From trials to figures: every one a mean over tasks, with what it leaves open beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from attrs import frozen

from ..figures import Estimate, estimate, mean, pass_all, pass_at
from .entrants import Entrant, Trials
from .outcomes import Effort, Outcome

By = Literal["category", "family", "trap", "difficulty"]
BY: Sequence[By] = ("category", "difficulty", "family", "trap")

BINS = 10
"""Of a histogram of rewards: equal parts of 0 to 1, the last with 1 in it."""


@frozen
class Tally:
    """What became of the episodes planned: tasks times trials. waiting: scored ones of which a criterion waits for a judge so
    that `reward` is null. completeness: the share that is scored (0 to 1)."""

    tasks: int
    planned: int
    scored: int
    masked: int
    missing: int
    waiting: int
    completeness: float


@frozen
class Reading:
    """Figures by one reading of the grades: what code alone decides, or all criteria with a judge's verdicts.

    pass_at_1: what is undecided counts as not passed. undecided: episodes of which this reading cannot say yet whether they
    passed. reward: None while it is null for any episode, since a mean of the others would be of easier or harder ones.
    at_least, at_most: pass@1 over all that is planned if everything undecided, masked or missing had failed, or passed.
    """

    pass_at_1: Estimate | None
    reward: Estimate | None
    undecided: int
    at_least: float
    at_most: float


@frozen
class Score:
    """judged: None where no judge has spoken."""

    tally: Tally
    code: Reading
    judged: Reading | None


@frozen
class Point:
    """Of the curves over k, by code: at least one, or all, of k trials pass. Over the tasks with k scored trials or more."""

    k: int
    pass_at: Estimate | None
    pass_all: Estimate | None


@frozen
class Amount:
    """mean: over the episodes that record it. total: over all episodes, those that failed too."""

    mean: float
    total: float
    episodes: int


@frozen
class Lost:
    """A criterion. asked: scored episodes whose rubric holds it; lost: those in which it is not met."""

    criterion: str
    asked: int
    lost: int

    @property
    def share(self) -> float:
        return self.lost / self.asked


def score(tasks: Sequence[Trials], planned: int, *, judged: bool) -> Score:
    """tasks: at least one. planned: trials of each. judged: whether to read the grades with verdicts too."""
    scored, places = [outcome for task in tasks for outcome in task.scored], len(tasks) * planned
    tally = Tally(
        tasks=len(tasks),
        planned=places,
        scored=len(scored),
        masked=sum(task.masked for task in tasks),
        missing=sum(task.missing for task in tasks),
        waiting=sum(outcome.reward is None for outcome in scored),
        completeness=len(scored) / places,
    )
    code = _reading(tasks, planned, lambda outcome: outcome.code_passed, lambda outcome: outcome.code_reward)
    if not judged:
        return Score(tally, code, None)
    return Score(tally, code, _reading(tasks, planned, lambda outcome: outcome.passed, lambda outcome: outcome.reward))


def score_of(entrant: Entrant) -> Score:
    return score(entrant.tasks, entrant.planned, judged=bool(entrant.origin.judges))


def scores_by(entrant: Entrant, by: By) -> dict[str, Score]:
    """Value -> score of its tasks. A task with several traps counts for each, one without for none."""
    groups: dict[str, list[Trials]] = defaultdict(list)
    for task in entrant.tasks:
        for value in _values(task, by):
            groups[value].append(task)
    judged = bool(entrant.origin.judges)
    return {value: score(groups[value], entrant.planned, judged=judged) for value in sorted(groups)}


def curve(entrant: Entrant) -> list[Point]:
    """For k of 1, 2, 4, ... and as many trials as are planned; none where that is one."""
    if entrant.planned == 1:
        return []
    ks = sorted({2**n for n in range(entrant.planned.bit_length())} | {entrant.planned})
    return [Point(k, _over(entrant.tasks, k, pass_at), _over(entrant.tasks, k, pass_all)) for k in ks]


def efforts(entrant: Entrant) -> dict[str, Amount | None]:
    """Name of each field of `Effort` -> what it came to; None where nothing records it."""
    scored = [outcome.effort for outcome in entrant.scored]
    everything = [outcome.effort for outcome in entrant.outcomes]
    return {name: _amount(_recorded(scored, name), _recorded(everything, name)) for name in Effort.__match_args__}


def histogram(outcomes: Iterable[Outcome]) -> list[int]:
    """How many episodes have a code reward in each bin."""
    counts = [0] * BINS
    for outcome in outcomes:
        if outcome.code_reward is not None:
            counts[min(int(outcome.code_reward * BINS), BINS - 1)] += 1
    return counts


def lost(outcomes: Iterable[Outcome]) -> list[Lost]:
    """All criteria of these episodes, the most often lost first. One that waits is not lost."""
    asked: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        for criterion, passed in outcome.criteria.items():
            asked[criterion].append(passed is False)
    found = [Lost(criterion, len(each), sum(each)) for criterion, each in asked.items()]
    return sorted(found, key=lambda one: (-one.lost, one.criterion))


def came_of(outcomes: Iterable[Outcome]) -> Counter[str]:
    """Label -> the failed episodes that came of it; "" for those without a recorded diagnosis."""
    return Counter(outcome.failure for outcome in outcomes if outcome.code_passed is False)


def task_means(tasks: Iterable[Trials], value: Callable[[Outcome], float], *, by_id: bool = False) -> dict[str, float]:
    """Id and digest of each task with scored trials -> the mean over these. by_id: the id alone, the same in any form."""
    names = ((task.about.task[:1] if by_id else task.about.task, task) for task in tasks)
    return {" ".join(name): mean([value(one) for one in task.scored]) for name, task in names if task.scored}


# --- one reading -----------------------------------------------------------------------------------------------------


def _reading(
    tasks: Sequence[Trials],
    planned: int,
    passed: Callable[[Outcome], bool | None],
    reward: Callable[[Outcome], float | None],
) -> Reading:
    scored, places = [outcome for task in tasks for outcome in task.scored], len(tasks) * planned
    verdicts, settled = list(map(passed, scored)), None not in map(reward, scored)
    return Reading(
        pass_at_1=estimate(task_means(tasks, lambda outcome: passed(outcome) is True)),
        reward=estimate(task_means(tasks, lambda outcome: reward(outcome) or 0.0)) if settled else None,
        undecided=verdicts.count(None),
        at_least=verdicts.count(True) / places,
        at_most=1 - verdicts.count(False) / places,
    )


def _over(tasks: Iterable[Trials], k: int, chance: Callable[[int, int, int], float]) -> Estimate | None:
    return estimate(
        {
            " ".join(task.about.task): chance(k, len(task.scored), sum(one.code_passed is True for one in task.scored))
            for task in tasks
            if len(task.scored) >= k
        }
    )


def _values(task: Trials, by: By) -> Sequence[str]:
    if by == "trap":
        return task.about.traps
    return (str(getattr(task.about, by)),)


def _recorded(efforts: Iterable[Effort], name: str) -> list[float]:
    return [value for effort in efforts if (value := getattr(effort, name)) is not None]


def _amount(scored: Sequence[float], everything: Sequence[float]) -> Amount | None:
    return Amount(mean(scored), sum(everything), len(scored)) if scored else None
