"""Forks by the length of the history: at its head and at random steps of its past, and many of them alive at once.

A fork at the head shares the past and costs the same however long it is. One in the past folds the world anew from the
start, so it costs in proportion to the events before it.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from itertools import cycle, islice

from ..engine.chance import Chance
from ..engine.episode import Budget, Episode
from ..engine.event import RETURNED
from .rigs import Rig, day_of_calls, play
from .timing import Results, Sample, Work

LENGTHS = (10, 100, 1_000, 10_000)
LIVE = 100_000


def works(rig: Rig) -> list[Work]:
    """Forks nobody plays, of a history of each length."""
    return [work for length in LENGTHS for work in _of(rig, length)]


def history(rig: Rig, length: int) -> Episode:
    """A day of calls, again and again, until there are so many events."""
    episode = rig.stage.opening(rig.task).begin(f"forked-{length}", budget=Budget(calls=length))
    calls = cycle(day_of_calls(rig))
    while len(episode.trajectory()) < length:
        play(episode, islice(calls, max(1, (length - len(episode.trajectory())) // 3)))
    return episode


def _of(rig: Rig, length: int) -> list[Work]:
    episode = history(rig, length)
    ends = [event.seq for event in episode.trajectory().events if event.kind == RETURNED]
    chance = Chance(0, f"bench/forks/{length}")
    steps = [chance.choice(ends) for _ in range(max(5, 1_000 // length))]

    def at_head(_nothing: None) -> None:
        for _ in range(400):
            episode.fork()

    def in_the_past(_nothing: None) -> None:
        for at in steps:
            episode.fork(at)

    return [
        Work(f"fork-head-{length}", rig.column, 400, at_head),
        Work(f"fork-past-{length}", rig.column, len(steps), in_the_past),
    ]


def live(rig: Rig) -> Results:
    """Time and memory of each of many forks that all stay, off a history of 100 events."""
    episode = history(rig, 100)
    episode.fork()
    gc.collect()
    spent = time.process_time()
    kept = [episode.fork() for _ in range(LIVE)]
    each = (time.process_time() - spent) / LIVE
    del kept
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [episode.fork() for _ in range(LIVE)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = (after - before) / len(kept)
    return {"forks-live": {rig.column: Sample(each, each)}, "forks-live-memory": {rig.column: Sample(size, size)}}
