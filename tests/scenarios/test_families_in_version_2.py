"""Every family still poses tasks in a world of version 2, whose rows of tasks are made by hand: they are solved by the
reference, and every mistake costs something. What is posed in worlds of today, `corecraft tasks check` proves."""

from __future__ import annotations

import pytest
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios.families import families
from corecraft.scenarios.registry import TaskBook
from corecraft.scenarios.task import Task

ENDS = 3
"""Of each family so many first and so many last tasks."""


@pytest.fixture(scope="session")
def second() -> Stage:
    return Stage.build(version=2)


def lost(stage: Stage, task: Task, agent: str) -> list[str]:
    return play(stage, task, scripted(task, agent))[1].failed


@pytest.mark.slow
@pytest.mark.parametrize("family", list(families()))
def test_the_reference_passes_and_every_mistake_fails(second: Stage, family: str):
    assert isinstance(second.tasks, TaskBook)
    ids = list(second.tasks.books[family])
    found: list[str] = []
    for task in (second.tasks[id] for id in dict.fromkeys((*ids[:ENDS], *ids[-ENDS:]))):
        found += [f"{task.id} ({task.kind}): the reference fails {name}" for name in lost(second, task, "reference")]
        falls = [fall.name for fall in families()[family].falls if not fall.where or task.kind in fall.where]
        found += [f"{task.id} ({task.kind}): {name} costs nothing" for name in falls if not lost(second, task, name)]
    assert not found, "\n".join(found)
