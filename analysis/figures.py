"""Statistics of scores: pure functions. Every figure is a mean over tasks of one value a task (docs/report.md: the formulas).

Nothing here asks the machine: the draws of an interval are seeded by the ids of the tasks it is over, so that equal data have
equal intervals everywhere, and all figures over the same tasks share their resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from math import comb, fsum, sqrt
from operator import itemgetter
from random import Random
from statistics import NormalDist, stdev
from typing import Any

from attrs import frozen

RESAMPLES = 2000
CONFIDENCE = 0.95
POWER = 0.8
_TAIL = (1 - CONFIDENCE) / 2


@frozen
class Estimate:
    """A mean over tasks with its interval at 95 %. tasks: how many it is over."""

    value: float
    low: float
    high: float
    tasks: int


@frozen
class Difference:
    """Of two sides on the same tasks: the mean of first minus second, with its interval.

    better, worse, equal: tasks on which the first does so. detectable: the smallest true difference that this many tasks would
    show at 5 % with a power of 80 %; None where no two differences differ, so that nothing is known of their spread.
    """

    value: float
    low: float
    high: float
    tasks: int
    better: int
    worse: int
    equal: int
    detectable: float | None


def pass_at(k: int, trials: int, passed: int) -> float:
    """The chance that at least one of k trials passes: the share of k-subsets of the trials that hold a passed one."""
    return 1 - comb(trials - passed, k) / comb(trials, k)


def pass_all(k: int, trials: int, passed: int) -> float:
    """The chance that all of k trials pass (pass^k): the share of k-subsets that hold only passed ones."""
    return comb(passed, k) / comb(trials, k)


def mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def estimate(values: Mapping[str, float]) -> Estimate | None:
    """values: by id of the task, each in [0, 1]. None where there are none."""
    if not values:
        return None
    low, high = interval(values, least=0.0)
    return Estimate(mean(list(values.values())), low, high, len(values))


def difference(first: Mapping[str, float], second: Mapping[str, float]) -> Difference | None:
    """Of two sides on the tasks that both have; None where they share none."""
    gaps = {task: first[task] - second[task] for task in first if task in second}
    if not gaps:
        return None
    low, high = interval(gaps, least=-1.0)
    values = list(gaps.values())
    better, worse = sum(gap > 0 for gap in values), sum(gap < 0 for gap in values)
    counts = (len(values), better, worse, len(values) - better - worse)
    return Difference(mean(values), low, high, *counts, detectable(values))


def sign_test(better: int, worse: int) -> float:
    """How likely it is that so many or more of the pairs that differ do so on one side, were either side as likely: exact and
    two-sided. Of passes it is McNemar's test."""
    n, fewer = better + worse, min(better, worse)
    return min(1.0, 2 * sum(comb(n, k) for k in range(fewer + 1)) / 2**n)


def standard_error(values: Sequence[float]) -> float | None:
    """Of the mean, tasks being drawn and not trials; None for fewer than two."""
    return stdev(values) / sqrt(len(values)) if len(values) > 1 else None


def detectable(differences: Sequence[float]) -> float | None:
    """The smallest true mean difference that is found at 5 %, two-sided, four times out of five."""
    error = standard_error(differences)
    normal = NormalDist()
    return (normal.inv_cdf(1 - _TAIL) + normal.inv_cdf(POWER)) * error if error else None


def interval(values: Mapping[str, float], *, least: float, most: float = 1.0) -> tuple[float, float]:
    """Percentiles of the means of resampled tasks. least, most: between which every value lies by its nature.

    Where all values are equal a resample can show no spread, so the interval is what is left to the unseen: with the same
    confidence, other values have at most the share 1 - 0.025^(1/n), and they could all be `least`, or all `most`.
    """
    ordered = [values[task] for task in sorted(values)]
    if min(ordered) == max(ordered):
        seen = _TAIL ** (1 / len(ordered))
        return ordered[0] * seen + least * (1 - seen), ordered[0] * seen + most * (1 - seen)
    means = sorted(fsum(draw(ordered)) / len(ordered) for draw in _draws(tuple(sorted(values))))
    return _quantile(means, _TAIL), _quantile(means, 1 - _TAIL)


@lru_cache(maxsize=128)
def _draws(tasks: tuple[str, ...]) -> list[Callable[[Sequence[float]], tuple[float, ...]]]:
    """Each takes as many values as there are tasks, at least two, and gives as many, drawn with replacement."""
    chance = Random(int(sha256("\n".join(("bootstrap 1", *tasks)).encode()).hexdigest(), 16))
    places = range(len(tasks))
    draws: list[Any] = [itemgetter(*chance.choices(places, k=len(tasks))) for _ in range(RESAMPLES)]
    return draws


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest values in proportion, as NumPy does it by default."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
