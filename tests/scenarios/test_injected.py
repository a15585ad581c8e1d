"""Injected texts are told word for word: where there is an instruction in a task's rows, and only there."""

from __future__ import annotations

from corecraft.rollouts.runner import Stage
from corecraft.scenarios.splits import task_ids
from msgspec.structs import replace


def test_a_task_tells_its_injected_texts_if_data_is_to_mislead(stage: Stage):
    tasks = [stage.tasks[id] for id in task_ids("heldout")]
    assert len([task for task in tasks if task.injected]) > 10
    assert [task.id for task in tasks if ("T-18" in task.traps) != bool(task.injected)] == []
    assert all(task.lure for task in tasks if task.injected)


def test_an_injected_text_stands_in_the_task_s_own_rows(stage: Stage):
    task = stage.tasks["CM-02-004"]
    assert list(task.faults()) == []
    (text,) = task.injected
    for wrong in ("", text + "!", task.prompt):
        (fault,) = replace(task, injected=(text, wrong)).faults()
        assert "stands in none of its own rows" in fault
