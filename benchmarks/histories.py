"""What is done to finished histories: fold, verify, grade; whole scripted episodes; memory of live ones.

Medians over batches that take turns with the machine limits. Memory is what the allocator of Python has handed out
(`tracemalloc`) for a hundred further episodes of the scripted twelve-call task, divided by a hundred; rows of the world
are shared and so not in it.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from ..engine.episode import Episode
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..engine.world import World
from ..replay.verify import verify
from ..rollouts.agents import scripted
from ..rollouts.bisecting import Policy, bisect
from ..rollouts.runner import play as play_task
from ..rollouts.runner import prepare_run
from ..rollouts.steps import steps
from ..scenarios.company import by_name
from ..scenarios.grading import grade
from ..scenarios.registry import NAMED
from ..scenarios.splits import task_ids
from ..scenarios.task import Task
from .rigs import Rig, day_of_calls, play
from .timing import Results, Sample, Work

LIVE = 100


def works(rig: Rig) -> list[Work]:
    """Everything of this module on one world, but memory."""
    day = recorded_day(rig)
    tasks = recorded_tasks(rig)
    return [
        *_folds(rig, day),
        _verify(rig, "verify", [day]),
        _verify(rig, "verify-tasks", [trajectory for _, trajectory in tasks]),
        _verify_from_disk(rig, day),
        _grade(rig, "grade", tasks),
        *(_grade(rig, "grade-splits", recorded_splits(rig)) for _ in range(rig.scale == 1)),
        _episode(rig),
        _bisect(rig),
    ]


def recorded_day(rig: Rig) -> Trajectory:
    """An episode of 320 calls, a quarter of them commands."""
    episode = rig.stage.open(rig.task, f"day-{rig.scale}")
    play(episode, day_of_calls(rig))
    return episode.trajectory()


def recorded_tasks(rig: Rig) -> list[tuple[Task, Trajectory]]:
    """Every task as played by both its scripted agents."""
    played = []
    for task in (rig.stage.tasks[id] for id in NAMED):
        for name in ("reference", "failing"):
            episode, _ = play_task(rig.stage, task, scripted(task, name))
            played.append((task, episode.trajectory()))
    return played


def recorded_splits(rig: Rig) -> list[tuple[Task, Trajectory]]:
    """Every training and held-out task as its reference plays it."""
    played = []
    for id in (*task_ids("train"), *task_ids("heldout")):
        task = rig.stage.tasks[id]
        episode, _ = play_task(rig.stage, task, scripted(task, "reference"))
        played.append((task, episode.trajectory()))
    return played


def _folds(rig: Rig, day: Trajectory) -> list[Work]:
    changing = [event for event in day.events if event.changes]

    def whole(_: None) -> World:
        return day.world_at(len(day) - 1, rig.world.genesis)

    def changes(_: None) -> World:
        return rig.world.fold(changing)

    return [
        Work("fold", rig.column, len(day), whole),
        Work("fold-changes", rig.column, len(changing), changes),
    ]


def _verify(rig: Rig, row: str, histories: list[Trajectory]) -> Work:
    toolsets = [by_name(history.opened.data["tools"]) for history in histories]

    def run(_: None) -> None:
        for history, toolset in zip(histories, toolsets, strict=True):
            verdict = verify(history, toolset, rig.world.genesis)
            assert verdict.ok, verdict

    calls = sum(sum(1 for _ in history.calls()) for history in histories)
    return Work(row, rig.column, calls, run)


def _verify_from_disk(rig: Rig, day: Trajectory) -> Work:
    """The day written to a run folder of its own; each batch reads, checks the chain, decodes and verifies."""
    run_folder = prepare_run(rig.folder / f"day-{rig.scale}", rig.stage, {"what": "benchmark"})
    log = run_folder.writer("bench", lambda: 0)
    episode = rig.stage.open(rig.task, "day", log)
    play(episode, day_of_calls(rig))
    log.close()
    toolset = by_name(rig.task.tools)

    def run(_: None) -> None:
        verdict = verify(Run(run_folder.path).trajectory("day"), toolset, rig.world.genesis)
        assert verdict.ok, verdict

    return Work("verify-load", rig.column, sum(1 for _ in day.calls()), run)


def _grade(rig: Rig, row: str, tasks: list[tuple[Task, Trajectory]]) -> Work:
    finished = [(task, _before_grade(trajectory)) for task, trajectory in tasks]

    def run(_: None) -> None:
        for task, trajectory in finished:
            grade(task, trajectory, rig.stage.world)

    return Work(row, rig.column, len(finished), run)


def _before_grade(trajectory: Trajectory) -> Trajectory:
    return Trajectory(trajectory.id, trajectory.events[:-1], trajectory.hashes[:-1], trajectory.inherited)


def _episode(rig: Rig) -> Work:
    """Open, play the reference solution, submit, grade, record the grade; all of it logged."""
    agent = scripted(rig.task, "reference")
    trials = count()

    def run(_: None) -> None:
        for _ in range(5):
            play_task(rig.stage, rig.task, agent, log=rig.log, trial=next(trials))

    return Work("episode", rig.column, 5, run)


def _bisect(rig: Rig) -> Work:
    """A binary search, by the reference, in an episode of 29 calls whose answer lost it; forks in memory."""
    episode = rig.stage.open(rig.task, f"bisected-{rig.scale}")
    play(episode, rig.calls["point"][:29])
    episode.submit("I cannot tell.")
    past = episode.trajectory()
    line = steps(past)
    assert len(line) == 30
    policy = Policy.script(scripted(rig.task, "reference"), partial(episode.fork, line[0].before))

    def run(_: None) -> None:
        found = bisect(past, rig.task, policy, episode.fork)
        assert found.lost_at == line[-1], found.lost_at

    return Work("bisect", rig.column, 1, run)


# --- memory --------------------------------------------------------------------------------------------------------


def memory(rig: Rig) -> Results:
    """Bytes per further live episode: just opened, after its calls, and forked off one that has made them."""
    agent = scripted(rig.task, "reference")
    numbers = count()

    def opened() -> Episode:
        return rig.stage.open(rig.task, f"memory-{rig.scale}-{next(numbers)}", rig.log)

    def played() -> Episode:
        episode = opened()
        agent.play(episode)
        return episode

    parent = played()
    makers: dict[str, Callable[[], Any]] = {"memory-open": opened, "memory": played, "memory-fork": parent.fork}
    return {row: {rig.column: Sample(size, size)} for row, size in ((r, bytes_each(m)) for r, m in makers.items())}


def bytes_each(make: Callable[[], Any]) -> float:
    """Allocated bytes that stay, per thing made."""
    make()
    tracemalloc.start()
    try:
        kept: list[Any] = [None] * LIVE
        before, _ = tracemalloc.get_traced_memory()
        for number in range(LIVE):
            kept[number] = make()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept)
