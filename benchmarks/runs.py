"""Verifying whole runs: 1,000 episodes as `corecraft verify` does it, with grades, in one process and in two.

What is waited for is the wall clock; how much more two processes cost than one is processor time, with that of the children.
"""

from __future__ import annotations

import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

from attrs import frozen

from ..cli.checking import checked
from ..engine.run import Run
from ..rollouts.agents import scripted
from ..rollouts.runner import Stage, play, prepare_run
from .timing import ANY_SCALE, Results, Sample

EPISODES = 1_000
JOBS = (1, 2)


@frozen
class _Spent:
    wall: float
    processor: float


def measure(folder: Path, episodes: int = EPISODES, rounds: int = 3) -> Results:
    """Rows of this module: seconds for one episode."""
    write_run(folder, episodes)
    spent: dict[int, list[_Spent]] = {jobs: [] for jobs in JOBS}
    for _ in range(rounds):
        for jobs in JOBS:
            spent[jobs].append(_verified(folder, jobs))
    rows: Results = {f"verify-run-{jobs}": {ANY_SCALE: _per_episode(taken, episodes)} for jobs, taken in spent.items()}
    least = [min(one.processor for one in spent[jobs]) for jobs in JOBS]
    return {**rows, "verify-run-cost": {ANY_SCALE: Sample(least[1] / least[0], least[1] / least[0], rounds)}}


def write_run(folder: Path, episodes: int) -> None:
    """The training tasks as their reference plays them, as often as it takes."""
    stage = Stage.build()
    tasks = stage.select(split="train")
    run = prepare_run(folder, stage, {"what": "benchmark"}, tasks)
    log = run.writer("bench", lambda: 0)
    for number in range(episodes):
        task = tasks[number % len(tasks)]
        play(stage, task, scripted(task, "reference"), log=log, trial=number // len(tasks))
    log.close()


def _verified(folder: Path, jobs: int) -> _Spent:
    wall, processor = time.perf_counter(), _processor()
    run = Run(folder, sparing=True)
    failed = [one.episode for one in checked(run, run.episodes, jobs) if not one.ok]
    assert not failed, failed
    return _Spent(time.perf_counter() - wall, _processor() - processor)


def _processor() -> float:
    used = (getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _per_episode(taken: list[_Spent], episodes: int) -> Sample:
    walls = [one.wall / episodes for one in taken]
    return Sample(median(walls), min(walls), len(walls))
