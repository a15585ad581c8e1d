"""`corecraft what-if` as people and scripts use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.run import Run
from corecraft.rollouts.agents.scripted import scripted
from corecraft.rollouts.batch import play_many
from corecraft.rollouts.runner import Stage, play

from ..rollouts.endpoint import Reply, said, served
from .test_cli import answer, corecraft


@pytest.fixture
def run(stage: Stage, tmp_path: Path) -> Path:
    """Two tasks, played badly."""
    tasks = [stage.tasks[id] for id in ("S-1", "S-2")]
    play_many(stage, tasks, lambda episode: "No.", out=tmp_path / "run", name="guesser")
    return tmp_path / "run"


def test_a_changed_line_of_the_policy_is_told_on_one_side_and_its_effect_is_paired(stage: Stage, run: Path):
    right = {id: play(stage, stage.tasks[id], scripted(stage.tasks[id], "reference"))[0] for id in ("S-1", "S-2")}
    answers = {(episode.prompt or "")[:60]: episode.trajectory().answer for episode in right.values()}
    line = next(
        line for line in stage.system_text.splitlines() if len(line) > 40 and stage.system_text.count(line) == 1
    )

    def script(body: dict[str, Any], number: int) -> Reply:
        system, user = (message["content"] for message in body["messages"])
        return said(answers[user[:60]] if "Be exact." in system else "No.")

    with served(script) as (url, asked):
        options = ("--policy", "openai:m", "--base-url", url, "--trials", 2, "--json")
        found = answer("what-if", run, "--edit", f"policy {line} => Be exact.", *options)
    assert isinstance(found, dict)
    assert (found["pairs"], found["tasks"], found["left_out"]) == (4, 2, {})
    assert len(asked) == 8
    effect = found["effect"]["reward"]
    assert effect["value"] > 0
    assert effect["low"] <= effect["value"] <= effect["high"]
    assert (effect["n"], effect["better"], effect["worse"]) == (2, 2, 0)
    assert effect["p"] == 0.5
    changed = Run(run).trajectory(found["played"][0]["episodes"][1])
    assert any("Be exact." in event.data.get("text", "") for event in changed.events if event.kind == "prompt.given")
    assert {Run(run).labels(id)["what_if"] for id in found["played"][0]["episodes"]} == {"as it was", "changed"}
    assert answer("verify", run, "--json")["ok"] is True  # pyright: ignore[reportIndexIssue]


def test_where_nothing_hangs_on_what_is_changed_there_is_no_effect(run: Path):
    before = Run(run).episodes
    shown = corecraft("what-if", run, "--edit", "tools=extended/compat", "--no-keep")
    assert shown.returncode == 0, shown.stderr
    assert "reference plays on, 2 pairs of 2 tasks" in shown.stdout
    assert "+0.000" in shown.stdout
    assert Run(run).episodes == before


def test_tasks_without_the_agent_are_left_out_and_named(run: Path):
    found = answer(
        "what-if", run, "--edit", "tools=extended/compat", "--policy", "stops-at-the-cap", "--no-keep", "--json"
    )
    assert isinstance(found, dict)
    assert found["pairs"] == 1
    assert "No agent" in found["left_out"]["S-2"]


def test_what_cannot_be_changed_is_one_line(run: Path):
    id = Run(run).episodes[0]
    for arguments, why in [
        ((run, "--edit", "huh"), "no edit"),
        ((run, "--edit", "policy a => b"), "script"),
        ((run, "--edit", "drop 5"), "RUN/EPISODE"),
        ((run / id, "--edit", "drop 1"), "no reply"),
        ((run, "--edit", "clock=noon"), "clock"),
        ((run, "--edit", "tools=extended/compat", "--at", "3"), "RUN/EPISODE"),
        ((run, "--edit", "tools=extended/compat", "--trials", "0"), "trials"),
        (
            (
                run,
                "--edit",
                "policy nowhere to be found => b",
                "--policy",
                "openai:m",
                "--base-url",
                "http://127.0.0.1:9/v1",
            ),
            "0 times",
        ),
    ]:
        done = corecraft("what-if", *arguments)
        assert (done.returncode, why in done.stderr) == (2, True), (arguments, done.stderr, done.stdout)
        assert len(done.stderr.strip().splitlines()) == 1
    assert len(Run(run).episodes) == 2
