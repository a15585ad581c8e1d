"""82 tasks answered in free prose, one right and one wrong answer each, by writers who saw request and truth only.

They are graded by the tasks as they were when they were answered, version 5 of the splits: what is tried is how answers are
read, and rows of tasks move on. Half of them were read while the reader was mended (November 2026): these are regressions, and
the README has the first figures.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from corecraft.rollouts.proof.bench import Bench
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.checks import Csv, Mail, Tabled
from corecraft.scenarios.families import families
from corecraft.scenarios.grading import Grade

VERSION = "5"
ANSWERS: list[dict[str, str]] = json.loads((Path(__file__).parent / "prose.json").read_text("utf-8"))


def graded(stage: Stage, case: dict[str, str], which: str) -> Grade:
    task = stage.tasks[case["id"]]
    return Bench.of(stage, task, families()[task.family]).answered(case[which])


def refused_for_what_it_says(stage: Stage, grade: Grade) -> bool:
    """Not only because a table, a mail or CSV was asked for."""
    checks: dict[str, Any] = {criterion.id: criterion.check for criterion in stage.tasks[grade.task].criteria}
    return any(not isinstance(checks[id], Csv | Mail | Tabled) for id in grade.failed)


@pytest.fixture(scope="module")
def outcomes() -> Counter[str]:
    stage = Stage.of_version(VERSION)
    found: Counter[str] = Counter()
    for case in ANSWERS:
        right, wrong = graded(stage, case, "right"), graded(stage, case, "wrong")
        found["right, refused"] += refused_for_what_it_says(stage, right)
        found["right, accepted"] += right.code_passed is True
        found["wrong, accepted"] += wrong.code_passed is True
        found["abstained"] += sum(criterion.abstained for criterion in right.criteria)
        found["criteria"] += len(right.criteria) - len(right.unjudged)
    return found


def test_few_right_answers_are_refused_for_what_they_say(outcomes: Counter[str]):
    assert outcomes["right, refused"] <= 3


def test_hardly_a_wrong_answer_is_accepted(outcomes: Counter[str]):
    assert outcomes["wrong, accepted"] <= 1


def test_code_can_tell_most_of_the_time(outcomes: Counter[str]):
    assert outcomes["right, accepted"] >= 15
    assert outcomes["abstained"] <= 0.19 * outcomes["criteria"]
