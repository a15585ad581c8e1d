"""What a recipe learns from, and what it is measured on."""

from __future__ import annotations

from corecraft.rollouts.runner import Stage
from corecraft.rollouts.training.recipe import MINI, tasks_of
from corecraft.rollouts.training.selection import TRAIN


def test_tasks_that_are_kept_apart_are_none_that_are_learnt_from(stage: Stage):
    learnt = tasks_of(stage, TRAIN, MINI.families, MINI.tasks)
    apart = tasks_of(stage, TRAIN, MINI.families, MINI.apart, after=MINI.tasks or 0)
    assert len(learnt) == 60
    assert apart
    assert not {task.id for task in learnt} & {task.id for task in apart}
    assert {task.id.rpartition("-")[0] for task in apart} == set(MINI.families)
