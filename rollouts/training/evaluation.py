"""How a policy does on tasks: played like any agent, into a run, and read from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from ...scenarios.task import Task
from ..batch import Played
from ..branching import Result
from ..local import local_agent
from ..loop import Rules
from ..runner import Stage
from ..schedule import Schedule, jobs
from .playing import play_together
from .policy import Policy
from .sampler import Sampler


@frozen
class Manner:
    """How it is played. temperature: 0 for the likeliest. trials: of each task."""

    temperature: float = 0.0
    trials: int = 1
    rows: int = 32
    room: int = 4096
    turn: int = 300
    turns: int = 16
    seed: int = 0


@frozen
class Score:
    """By task: the mean reward of its trials, and the share of them that passed. What failed counts in neither."""

    reward: dict[str, float]
    passed: dict[str, float]


def evaluate(
    stage: Stage,
    tasks: Sequence[Task],
    policy: Policy,
    out: Path,
    name: str,
    manner: Manner,
    told: Callable[[Played], None],
) -> Score:
    """Plays what the run at `out` does not have yet of this agent. name: whom the run calls it."""
    wanted = jobs(tasks, name, manner.trials)
    labels = {"model": name, "parameters": {"temperature": manner.temperature, "max_tokens": manner.turn}}
    policy.model.eval()
    sampler = Sampler(
        policy.model, policy.tokenizer.end_ids[-1], rows=manner.rows, room=manner.room, most=manner.turn,
        temperature=manner.temperature, seed=manner.seed, device=policy.device,
    )  # fmt: skip
    with Schedule(out, stage, wanted, name, labels) as schedule:
        play_together(
            schedule.begun(), local_agent(name), policy.tokenizer, sampler, Rules(turns=manner.turns, empty=1),
            lambda job, episode: told(schedule.ended(job, episode)), schedule.failed,
        )  # fmt: skip
        return _score(schedule.in_order)


def _score(played: Sequence[Played]) -> Score:
    found: dict[str, list[Result]] = {}
    for one in played:
        if (result := Result.of(one.grade)) is not None:
            found.setdefault(one.task.id, []).append(result)
    reward = {task: sum(each.reward for each in results) / len(results) for task, results in found.items()}
    passed = {task: sum(each.passed is True for each in results) / len(results) for task, results in found.items()}
    return Score(reward, passed)
