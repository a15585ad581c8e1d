"""33 tasks worked blind by a frontier model, each with a right and a wrong answer, 11 also in free prose; see the README.

They were played in the world of version 1, and are graded by its tasks as `first_tasks.xz` keeps them, read as answers are read
today.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.checks import Judge
from corecraft.scenarios.grading import Grade, grade

RUN: list[dict[str, Any]] = json.loads((Path(__file__).parent / "blind_run.json").read_text("utf-8"))
FORMAT_LOST = ("CM-07-h002-c29eca2f~2",)
"""Prose where the request wants a table."""


def of(form: str, truth: str) -> list[dict[str, Any]]:
    return [case for case in RUN if (case["form"], case["truth"]) == (form, truth)]


def graded(stage: Stage, case: dict[str, Any], answer: str | None = None) -> Grade:
    episode = stage.open(stage.tasks[case["task"]], "blind")
    for tool, arguments in case["calls"]:
        episode.call(tool, arguments)
    episode.submit(case["answer"] if answer is None else answer)
    return grade(stage.tasks[case["task"]], episode.trajectory(), stage.world)


def name(case: dict[str, Any]) -> str:
    return case["episode"]


@pytest.mark.parametrize("case", of("as asked", "right"), ids=name)
def test_a_right_answer_in_the_form_asked_for_passes(first_stage: Stage, case: dict[str, Any]):
    result = graded(first_stage, case)
    assert result.code_passed, result.unmet


@pytest.mark.parametrize("case", of("as asked", "wrong"), ids=name)
def test_a_wrong_answer_fails(first_stage: Stage, case: dict[str, Any]):
    assert graded(first_stage, case).code_passed is False


@pytest.mark.parametrize("case", of("free prose", "right"), ids=name)
def test_a_right_answer_in_free_prose_is_accepted_or_waits_for_a_reader(first_stage: Stage, case: dict[str, Any]):
    result = graded(first_stage, case)
    assert result.failed == (["table"] if case["episode"] in FORMAT_LOST else [])


def test_code_abstains_rarely(first_stage: Stage):
    for form, most in (("as asked", 0.02), ("free prose", 0.15)):
        grades = [graded(first_stage, case) for case in of(form, "right")]
        criteria = [c for g in grades for c, own in zip(g.criteria, first_stage.tasks[g.task].criteria, strict=True)
                    if not isinstance(own.check, Judge)]  # fmt: skip
        assert sum(c.abstained for c in criteria) <= most * len(criteria)


PREFIXES = (
    "The customer says that ",
    "I could not confirm whether ",
    "It would be different if ",
    "It is not true that ",
)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("case", of("as asked", "right"), ids=name)
def test_a_prefix_before_every_sentence_leaves_nothing_passing(first_stage: Stage, case: dict[str, Any], prefix: str):
    lines = [prefix + line if line.strip() and not line.lstrip().startswith(("|", "#")) else line
             for line in case["answer"].replace(". ", f". {prefix}").split("\n")]  # fmt: skip
    assert graded(first_stage, case, "\n".join(lines)).code_passed is not True
