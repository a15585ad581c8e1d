"""Every family poses tasks in a world of version 3 too, whose rows of tasks are drawn like the world's: they are solved by the
reference, and every mistake costs something."""

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
def third() -> Stage:
    return Stage.build(version=3)


def lost(stage: Stage, task: Task, agent: str) -> list[str]:
    return play(stage, task, scripted(task, agent))[1].failed


@pytest.mark.slow
@pytest.mark.parametrize("family", list(families()))
def test_the_reference_passes_and_every_mistake_fails(third: Stage, family: str):
    assert isinstance(third.tasks, TaskBook)
    ids = list(third.tasks.books[family])
    found: list[str] = []
    for task in (third.tasks[id] for id in dict.fromkeys((*ids[:ENDS], *ids[-ENDS:]))):
        found += [f"{task.id} ({task.kind}): the reference fails {name}" for name in lost(third, task, "reference")]
        falls = [fall.name for fall in families()[family].falls if not fall.where or task.kind in fall.where]
        found += [f"{task.id} ({task.kind}): {name} costs nothing" for name in falls if not lost(third, task, name)]
    assert not found, "\n".join(found)
