"""Playing tau2's tasks: open, let an agent work, submit, grade, all of it recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...engine.episode import Episode, Log
from ...engine.run import Run
from ..agents import Player
from ..opening import in_id, wall_ms
from .grading import Tau2Grade, record_grade
from .tasks import Tau2Stage


def play(stage: Tau2Stage, task: Any, agent: Player, *, log: Log | None = None) -> tuple[Episode, Tau2Grade]:
    """One whole episode."""
    episode = stage.open(task, in_id(f"{task.id}.{agent.name}"), log, {"agent": agent.name, "trial": 0})
    answer = agent.play(episode)
    if episode.status == "open":
        episode.submit(answer)
    return episode, record_grade(task, episode)


def play_all(out: Path, stage: Tau2Stage, tasks: Iterable[Any], agent: Callable[[Any], Player]) -> Run:
    """A run folder with an episode of each task. agent: who plays a task, such as `GoldPlan.of`."""
    run = Run.create(out, {"created_ms": wall_ms(), "tau2": stage.toolset.domain.name})
    run.add_text(stage.toolset.domain.policy)
    log = run.writer("played", wall_ms)
    try:
        for task in tasks:
            stage.opening(task).store(run)
            play(stage, task, agent(task), log=log)
    finally:
        log.close()
    return Run(out)
