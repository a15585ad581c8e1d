"""Timing: short batches of every work, taken in turn, so that a busy moment of the machine meets all of them alike.

What counts is processor time of the thread: the works compute and write to the page cache, so on an idle machine it
equals the wall clock, and on a busy one it leaves out the waiting for a core. The wall clock is kept beside it.
"""

from __future__ import annotations

import cProfile
import gc
import io
import pstats
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

FEWEST_ROUNDS, MOST_ROUNDS = 5, 60


def _nothing() -> None:
    return None


@frozen
class Work:
    """Something to be timed. `row` and `column` say where in the table the result stands.

    run: does it `count` times in one batch; it gets what `prepare`, untimed, has made for this batch.
    """

    row: str
    column: str
    count: int
    run: Callable[[Any], object]
    prepare: Callable[[], Any] = _nothing


@frozen
class Sample:
    """What was measured: median and best over so many batches. Times are seconds for one piece of work.

    wall: the median by the wall clock, where processor time was measured.
    """

    median: float
    best: float
    batches: int = 1
    wall: float | None = None


ANY_SCALE = "any"
"""The column of what does not depend on the world; it is shown under the first scale."""

Results = dict[str, dict[str, Sample]]
"""Row -> column -> sample."""


def measure(works: Sequence[Work], seconds: float) -> Results:
    """Time all works in rounds until the time is up; the first round only warms up.

    The collector is on, as in production; what was built beforehand is frozen, as `Stage` freezes the world.
    """
    for work in works:
        work.run(work.prepare())
    gc.collect()
    gc.freeze()
    taken: list[list[Timed]] = [[] for _ in works]
    end = time.perf_counter() + seconds
    while len(taken[0]) < FEWEST_ROUNDS or (time.perf_counter() < end and len(taken[0]) < MOST_ROUNDS):
        for work, times in zip(works, taken, strict=True):
            times.append(_batch(work))
    results: Results = {}
    for work, times in zip(works, taken, strict=True):
        wall = statistics.median(wall for _, wall in times)
        results.setdefault(work.row, {})[work.column] = sample([spent for spent, _ in times], wall)
    return results


def sample(values: Sequence[float], wall: float | None = None) -> Sample:
    """Median and least of what was measured."""
    return Sample(statistics.median(values), min(values), len(values), wall)


Timed = tuple[float, float]
"""Processor and wall-clock seconds for one piece of work."""


def _batch(work: Work) -> Timed:
    state = work.prepare()
    wall, spent = time.perf_counter(), time.thread_time()
    work.run(state)
    return (time.thread_time() - spent) / work.count, (time.perf_counter() - wall) / work.count


def profile(work: Work, top: int = 12, batches: int = 10) -> str:
    """Where the time of a work goes: the functions with most time of their own, without the folders they lie in.

    The profiler makes every call dearer, small functions above all: read it for the order, not for the microseconds.
    """
    profiler = cProfile.Profile()
    for _ in range(batches):
        state = work.prepare()
        profiler.enable()
        work.run(state)
        profiler.disable()
    text = io.StringIO()
    stats = pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime")
    stats.print_stats(top)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    start = next((number for number, line in enumerate(lines) if line.lstrip().startswith("ncalls")), 0)
    head = f"{work.count * batches} times"
    return "\n".join([head, *(line for line in lines[start:] if line)])
