"""Grading other people's words: a regression set, not a measure of how well grading generalises.

A reviewer who had not seen the checks wrote most of `answers.json`; the checks were then improved against these very
answers, and left out are those it still judges wrongly (dangerous advice among correct S-3 steps, a second addressee in
S-2) or arguably (two right answers). On answers it was not improved against it does far worse: see the README. The
reference's calls are made before each answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.grading import grade

ANSWERS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "answers.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def worked(stage: Stage) -> dict[str, Episode]:
    """An episode of each task in which the reference's calls have been made and nothing has been answered."""
    episodes = {id: stage.open(task, f"{id}.worked") for id, task in stage.tasks.items()}
    for id, episode in episodes.items():
        scripted(id, "reference").play(episode)
    return episodes


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{case['task']}: {case['what']}")
def test_an_answer_is_judged_by_what_it_says(stage: Stage, worked: dict[str, Episode], case: dict[str, Any]):
    episode = worked[case["task"]].fork()
    episode.submit(case["answer"])
    result = grade(stage.tasks[case["task"]], episode.trajectory())
    assert result.passed is case["good"], [(c.id, c.reason) for c in result.criteria if not c.passed]


@pytest.mark.parametrize(
    "answer", ["", " \n", "\u200b", "No.", "x" * 1_000_000, "1 november 2025 " * 5_000, "$1,111" * 5_000]
)
@pytest.mark.parametrize("task", ["S-1", "S-2", "S-3", "S-4"])
def test_nothing_and_noise_pass_nothing(stage: Stage, worked: dict[str, Episode], task: str, answer: str):
    episode = worked[task].fork()
    episode.submit(answer)
    result = grade(stage.tasks[task], episode.trajectory())
    assert not result.passed
    if not answer.strip():
        assert result.reward == 0
