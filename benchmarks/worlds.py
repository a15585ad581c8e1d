"""A large world: built, and opened by another process. Each in a process of its own, whose start is not counted; what counts
is processor time, and the wall clock is kept beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ..engine.run import save_genesis
from ..rollouts.runner import Stage
from ..scenarios.world import build
from .timing import ANY_SCALE, Results, Sample, Timed, sample

SCALE = 85
"""About 250,000 rows."""


def measure(folder: Path, rounds: int) -> Results:
    """Build once, load a few times."""
    built = _apart(_build, folder)
    loaded = [_apart(_load, folder) for _ in range(rounds)]
    return {"world-build": {ANY_SCALE: _sample([built])}, "world-load": {ANY_SCALE: _sample(loaded)}}


def _sample(times: list[Timed]) -> Sample:
    spent = sorted(times)
    return sample([each for each, _ in spent], sorted(wall for _, wall in spent)[len(spent) // 2])


def _apart(work: Callable[[Path], Timed], folder: Path) -> Timed:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(work, folder).result()


def _build(folder: Path) -> Timed:
    wall, spent = time.perf_counter(), time.process_time()
    built = build(0, SCALE)
    timed = time.process_time() - spent, time.perf_counter() - wall
    save_genesis(built.genesis, folder, built.recipe)
    return timed


def _load(folder: Path) -> Timed:
    wall, spent = time.perf_counter(), time.process_time()
    Stage.load(folder)
    return time.process_time() - spent, time.perf_counter() - wall
