"""Answers by models that saw no rubric: prompt, policy and tools only. A regression set: the checks have since learnt from it.

Each task was worked with its tools, answered rightly, and then wrongly on purpose (`mistake`). The README says how many were
judged rightly when they were new. They were played in the world of version 1, whose tasks `first_tasks.xz` keeps. `missed`:
wrong answers that still pass, because what they get wrong is no criterion.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.world import World
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.grading import Grade, grade

BLIND: list[dict[str, Any]] = json.loads((Path(__file__).parent / "blind.json").read_text("utf-8"))


def graded(stage: Stage, case: dict[str, Any], answer: str) -> Grade:
    task = stage.tasks[case["task"]]
    episode = stage.open(task, "blind")
    for tool, arguments in case["calls"]:
        episode.call(tool, arguments)
    episode.submit(answer)
    return grade(task, episode.trajectory(), World(episode.world.genesis))


@pytest.mark.parametrize("case", BLIND, ids=lambda case: case["task"])
def test_a_right_answer_passes(first_stage: Stage, case: dict[str, Any]):
    result = graded(first_stage, case, case["right"])
    assert result.code_passed is not False, [(c.id, c.reason) for c in result.criteria if c.passed is False]


def test_few_right_answers_wait_for_a_reader(first_stage: Stage):
    passed = sum(graded(first_stage, case, case["right"]).code_passed is True for case in BLIND)
    assert passed >= 0.92 * len(BLIND)


@pytest.mark.parametrize("case", BLIND, ids=lambda case: f"{case['task']}: {case['mistake'][:60]}")
def test_a_wrong_answer_fails(first_stage: Stage, case: dict[str, Any]):
    assert graded(first_stage, case, case["wrong"]).code_passed is ("missed" in case)
