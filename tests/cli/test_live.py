"""What a model run shows while it plays: a table on a terminal, plain lines through a pipe, nothing with --json."""

from __future__ import annotations

import re
import time
from collections import Counter
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from corecraft.cli.live import EVERY, Watch, interval
from corecraft.rollouts.agents.turns import Completion
from corecraft.rollouts.endpoints import Price
from rich.console import Console

from ..rollouts.endpoint import AT_ONCE, Reply, refused, replies, said, served
from .terminal import terminal


def jobs(*families: str) -> list[Any]:
    """Of category `c` or `d`, by the first letter."""
    return [SimpleNamespace(task=SimpleNamespace(family=family, category=family[0])) for family in families]


def ended(job: Any, reward: float | None) -> Any:
    grade = None if reward is None else SimpleNamespace(code_reward=reward, code_passed=reward == 1)
    return SimpleNamespace(task=job.task, grade=grade, status="graded" if grade else "failed")


def watched(families: list[str], rewards: list[float | None], **options: Any) -> Watch:
    """What is known when so many of the jobs have ended, the first of them before the watch began."""
    schedule: Any = SimpleNamespace(jobs=jobs(*families), played={}, open=[], elsewhere=[], usage=Counter())
    watch = Watch("heldout, m", schedule, **options)
    for number, (job, reward) in enumerate(zip(schedule.jobs, rewards, strict=False)):
        schedule.played[number] = ended(job, reward)
        if number:
            watch.done(schedule.played[number])
    schedule.open.append(schedule.jobs[-1])
    return watch


def drawn(watch: Watch) -> list[list[str]]:
    out = Console(file=StringIO(), width=80)
    out.print(watch._drawn())
    return [re.split(r"\s{2,}", line.strip()) for line in out.file.getvalue().splitlines()]  # pyright: ignore


def test_few_families_have_a_line_each_and_many_are_told_by_category():
    few = drawn(watched(["c1", "c2", "c1", "d1"], [1, 0.5, 0, None]))
    assert few[2:6] == [
        ["c1", "2 of 2", "50% (9% to 91%)", "0.500"],
        ["c2", "1 of 1", "0% (0% to 79%)", "0.500"],
        ["d1", "1 of 1", "-", "-"],
        ["all", "4 of 4", "33% (6% to 79%)", "0.500"],
    ]
    assert few[6] == ["1 open, 1 failed"]
    many = drawn(watched([f"c{n}" for n in range(6)] + ["d1"], [1]))
    assert [line[0] for line in many[2:5]] == ["c", "d", "all"]
    assert [line[0] for line in drawn(watched(["c1"], []))[2:4]] == ["all", "1 open"]


def test_tokens_cost_and_retries_are_those_of_every_answer():
    watch = watched(["c1", "c1"], [], price=Price(1, 10))
    usage = {"prompt_tokens": 1_500_000, "completion_tokens": 20_000}
    for body, beside in (({"usage": usage}, {"retries": 2}), ({"usage": None}, {}), ({}, {})):
        watch.answered(Completion(body, beside))
    assert drawn(watch)[-2] == ["1.50M tokens in, 0.02M out, $1.70, 1 open, 2 asked again"]
    watch.schedule.usage.update({"prompt_tokens": 4_000_000})  # of what was begun before, too
    assert drawn(watch)[-2][0].startswith("1.50M tokens in, 0.02M out, $1.70")
    watch.answered(Completion({"usage": {"prompt_tokens": "12", "completion_tokens": [3]}}))
    assert drawn(watch)[-2][0].startswith("1.50M tokens in, 0.02M out, $1.70")


def test_the_time_left_is_by_what_ended_here(monkeypatch: pytest.MonkeyPatch):
    watch = watched(["c1"] * 5, [1, 1, 1])
    watch.began = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: 1060.0)
    assert drawn(watch)[-1] == ["0:01:00, about 0:01:00 left"]


def test_through_a_pipe_there_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for quiet in (False, True):
        now = 0.0
        with watched(["c1"] * 4, [1], quiet=quiet) as watch:
            watch.began = watch._told = now
            for number in (1, 2, 3):
                now = number * EVERY * 0.6
                watch.schedule.played[str(number)] = one = ended(watch.schedule.jobs[number], 0)
                watch.done(one)
        told = capsys.readouterr().err.splitlines()
        assert len(told) == (0 if quiet else 2)
        if told:
            first = "heldout, m: 3 of 4, passed 33% (6% to 79%), mean reward 0.333, 1 open, 0:00:12, about 0:00:06 left"
            assert told[0] == first
            assert told[1].startswith("heldout, m: 4 of 4, ")


@pytest.mark.parametrize(
    ("passed", "graded", "low", "high"), [(0, 10, 0, 0.278), (10, 10, 0.722, 1), (5, 10, 0.237, 0.763)]
)
def test_the_interval_of_a_share(passed: int, graded: int, low: float, high: float):
    assert interval(passed, graded) == pytest.approx((low, high), abs=0.001)


def test_a_terminal_has_a_table_while_it_plays(tmp_path: Path):
    def script(body: dict[str, Any], n: int) -> Reply:
        time.sleep(0.1)
        if n == 2:
            return refused(429, "slow down", **AT_ONCE)
        return said(None, ("searchCustomers", {"name": "x"})) if replies(body) == 0 else said("I do not know.")

    with served(script) as (url, _):
        command = ("run", "--split", "smoke", "--agent", "openai:m", "--base-url", url, "--out", tmp_path / "run")
        with terminal(*command, "--concurrency", "3", "--price", "1", "1") as sitting:
            sitting.expect("passed (95 %)")
            sitting.expect("communication")
            sitting.expect("1 asked again")
            sitting.expect("left")
            sitting.expect("12 of 12 episodes graded")
            assert sitting.end() == 0
