"""`corecraft bisect` as people and scripts use it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from corecraft.engine.run import Run
from corecraft.rollouts.agents.scripted import scripted
from corecraft.rollouts.batch import play_many
from corecraft.rollouts.runner import Stage

from ..rollouts.endpoint import said, served
from .test_cli import answer, corecraft


@pytest.fixture
def lost(stage: Stage, tmp_path: Path) -> Path:
    """An episode whose second refund lost it."""
    task = stage.select(split="smoke", family="MW-02")[0]
    play_many(stage, [task], scripted(task, "refunds-twice"), out=tmp_path / "run")
    return tmp_path / "run"


def test_the_step_that_lost_it_with_what_it_did_and_what_that_cost(lost: Path):
    (id,) = Run(lost).episodes
    second = [call for call in Run(lost).trajectory(id).calls() if call.tool == "create_refund"][1]
    shown = corecraft("bisect", lost / id)
    assert shown.returncode == 0, shown.stderr
    assert f"create_refund, from event {second.seq} to {second.returned.seq}" in shown.stdout
    assert "+ refund refund_" in shown.stdout
    assert "saved; a sweep asks at" in shown.stdout

    kept = [fork for fork in Run(lost).episodes if fork != id]
    assert kept
    assert all(Run(lost).labels(fork)["bisect"] == id for fork in kept)
    assert answer("verify", lost, "--json")["ok"] is True  # pyright: ignore[reportIndexIssue]


def test_in_memory_the_run_is_left_as_it_is_and_json_holds_every_value(lost: Path, tmp_path: Path):
    (id,) = Run(lost).episodes
    curve = tmp_path / "curve.svg"
    found = answer("bisect", lost, "--no-keep", "--sweep", "--json", "--svg", curve)
    assert isinstance(found, dict)
    assert Run(lost).episodes == [id]
    assert len(found["values"]) == found["steps"]
    assert found["exact"] is True
    assert found["first_bad"]["what"] == "create_refund"
    assert found["last_good"]["seq"] < found["first_bad"]["first"]
    assert [value["passes"] for value in found["values"]] == sorted(
        (v["passes"] for v in found["values"]), reverse=True
    )
    assert found["saving"]["forks"] == len(found["tried"])
    drawn = ElementTree.parse(curve).getroot()
    assert drawn.tag.endswith("svg")
    assert "chance of passing" in "".join(drawn.itertext())


def test_a_model_is_asked_as_often_as_is_said_at_each_step(lost: Path):
    (id,) = Run(lost).episodes
    with served(lambda body, number: said("No.")) as (url, asked):
        options = ("--policy", "openai:m", "--base-url", url, "--samples", 3, "--concurrency", 2, "--by", "reward")
        found = answer("bisect", lost / id, *options, "--json")
    assert isinstance(found, dict)
    assert {value["samples"] for value in found["values"]} == {3}
    assert len(found["tried"]) == len(asked) == 3 * len(found["values"])
    assert {one["own"] for one in found["tried"]} == {1}
    assert all(body["messages"][0]["role"] == "system" for body in asked)


def test_what_cannot_be_bisected_is_one_line(lost: Path, stage: Stage, tmp_path: Path):
    (id,) = Run(lost).episodes
    for arguments, why in [
        ((lost / id, "--policy", "nobody"), "No agent 'nobody'"),
        ((lost / id, "--good", "2"), "--good"),
        ((lost / id, "--policy", "openai:m", "--base-url", "nowhere"), "nowhere"),
        ((lost / id, "--policy", "openai:m", "--base-url", "http://127.0.0.1:9/v1", "--samples", "0"), "samples"),
    ]:
        done = corecraft("bisect", *arguments)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert Run(lost).episodes == [id]
