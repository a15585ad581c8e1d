"""Toolathlon's figures: Pass@1, Pass@3 and Pass^3 of a model, by the benchmark's own definition.

A task counts as passed in a run only where its evaluation says so. What ran out of time or turns, was not evaluated, or is
missing from a file counts as not passed: the benchmark divides by all of its tasks. (docs/toolathlon.md)
"""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum
from statistics import pstdev

from attrs import frozen

from ..engine.errors import CoreCraftError

RUNS = 3
"""So many runs a model has in the benchmark, and Pass@3 and Pass^3 are over."""


@frozen
class Outcome:
    """Of one task in one run of a model. passed: None where it was not evaluated."""

    model: str
    run: int
    task: str
    passed: bool | None


@frozen
class Score:
    """Of a model over `tasks` tasks. by_run: the share of tasks passed in each run. at_least_once, always: how many tasks were
    passed in any run, and in all of them. unevaluated, missing: how many trials count as not passed for want of a verdict, or
    of a record."""

    model: str
    tasks: int
    by_run: tuple[float, ...]
    at_least_once: int
    always: int
    unevaluated: int
    missing: int

    @property
    def pass_at_1(self) -> float:
        """The mean of the runs' shares."""
        return fsum(self.by_run) / len(self.by_run)

    @property
    def deviation(self) -> float:
        """What the leaderboard writes behind Pass@1: the standard deviation of these runs, as of a whole population."""
        return pstdev(self.by_run)

    @property
    def pass_at_3(self) -> float | None:
        """The share of tasks passed in one of three runs at least. None where there are not three."""
        return self.at_least_once / self.tasks if len(self.by_run) == RUNS else None

    @property
    def pass_all_3(self) -> float | None:
        """Pass^3: the share of tasks passed in all three runs. None where there are not three."""
        return self.always / self.tasks if len(self.by_run) == RUNS else None


def scores(outcomes: Iterable[Outcome], tasks: int | None = None) -> list[Score]:
    """Of each model, by name. tasks: how many the benchmark has; else all that any of these runs has.

    Raises CoreCraftError for a task that a run has twice, and for more tasks than there are said to be.
    """
    found: dict[str, dict[int, dict[str, bool | None]]] = {}
    for one in outcomes:
        run = found.setdefault(one.model, {}).setdefault(one.run, {})
        if one.task in run:
            raise CoreCraftError(f"run {one.run} of {one.model} has task {one.task} twice")
        run[one.task] = one.passed
    named = {task for runs in found.values() for run in runs.values() for task in run}
    if tasks is not None and len(named) > tasks:
        raise CoreCraftError(f"there are {len(named)} tasks in these files, and {tasks} are said to be all")
    return [_score(model, list(found[model].values()), named, tasks or len(named)) for model in sorted(found)]


def _score(model: str, runs: list[dict[str, bool | None]], named: set[str], tasks: int) -> Score:
    passes = {task: sum(run.get(task) is True for run in runs) for task in named}
    return Score(
        model,
        tasks,
        tuple(sum(passed is True for passed in run.values()) / tasks for run in runs),
        at_least_once=sum(number > 0 for number in passes.values()),
        always=sum(number == len(runs) for number in passes.values()),
        unevaluated=sum(passed is None for run in runs for passed in run.values()),
        missing=sum(tasks - len(run) for run in runs),
    )
