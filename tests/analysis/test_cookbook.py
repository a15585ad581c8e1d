"""The cookbook's page holds what its queries find (tests/test_guides.py runs them); here, that it keeps its word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from corecraft.analysis.cookbook import Question, questions
from corecraft.cli.pages import RECORDED
from corecraft.engine.run import Run
from corecraft.replay.inventory import losses

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"


def sections() -> dict[str, str]:
    return dict(part.split("\n", 1) for part in PAGE.read_text("utf-8").split("\n### ")[1:])


def test_each_question_is_asked_once_and_answered():
    asked = questions()
    assert len(asked) >= 40
    assert list(sections()) == [question.title for question in asked]
    assert len({question.sql for question in asked}) == len(asked)


def test_where_there_is_no_answer_the_page_says_why():
    shown = sections()
    for question in questions():
        reason = f"No rows: {question.empty}."
        assert (reason in shown[question.title]) == bool(question.empty), question.title
        assert "No rows: .\n" not in shown[question.title], question.title
    assert sum(bool(question.empty) for question in questions()) < 12


def test_the_recorded_run_is_whole_and_sealed():
    run = Run(RECORDED)
    assert [path.suffix for path in run.segments] == [".parquet"]
    assert list(losses(run)) == []
    for id in run.episodes[:20]:
        assert run.trajectory(id).id == id


CHANCE = re.compile(r"\b(?:mode|any_value|first|last|list|array_agg|string_agg)\((?![^)]*ORDER BY)[^)]*\)")
"""Aggregates whose value may turn on the order in which threads bring the rows."""


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.title)
def test_an_answer_is_the_same_every_time(question: Question):
    shown = question.sql.replace("string_agg(reply::VARCHAR, ' ') AS text", "")  # read by contains() alone
    assert not CHANCE.search(shown), "of equals, say which: mode(x ORDER BY x), min(x)"
    assert "LIMIT" not in shown or "ORDER BY" in shown
