"""What `corecraft ui` lets a reader do, beside whoever else works on the run."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from corecraft.cli import hands as module
from corecraft.cli import ui
from corecraft.cli.hands import LocalHands
from corecraft.cli.main import parser
from corecraft.engine.errors import Busy, CoreCraftError
from corecraft.engine.run import Run
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play, prepare_run

from ..rollouts.endpoint import Reply, said, served
from ..rollouts.judge.rig import HEDGED, judged_run, verified


@pytest.fixture
def judged(stage: Stage, tmp_path: Path) -> Path:
    return judged_run(tmp_path / "run", stage, {"a": HEDGED, "b": HEDGED})


def vote(hands: LocalHands, run: Path, episode: str, reader: str, said: Any = "yes") -> bool:
    (first, *_) = hands.questions(run, episode, reader)
    return hands.vote(run, episode, first.criterion, said, "", reader)


def test_two_viewers_judge_one_run(judged: Path):
    one, other = LocalHands(), LocalHands()
    assert vote(one, judged, "a", "ada") is True
    began = time.monotonic()
    assert vote(other, judged, "b", "bob", "cannot tell") is False
    assert time.monotonic() - began < module.PATIENCE + 2
    assert [put.said for put in one.questions(judged, "a", "ada") if put.said] == ["yes"]
    assert verified(judged)


def test_a_segment_that_is_being_written_is_waited_for_and_then_named(judged: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    hands = LocalHands()
    with closing(Run(judged).writer("w", lambda: 0)), pytest.raises(Busy, match="which is writing w"):
        vote(hands, judged, "a", "ada")
    assert vote(hands, judged, "a", "ada") is True


def test_what_others_settled_waits_no_more(judged: Path):
    one, other = LocalHands(), LocalHands()
    before = len(one.questions(judged, "a", "ada"))
    vote(other, judged, "a", "bob")
    one._desk(judged)._look_again = 0.0
    assert len(one.questions(judged, "a", "ada")) == before - 1


@pytest.fixture
def played(stage: Stage, tmp_path: Path) -> Path:
    task = stage.tasks["S-2"]
    run = prepare_run(tmp_path / "run", stage, {}, [task])
    run.add_text(stage.system_text)
    with closing(run.writer("w", lambda: 0)) as log:
        play(stage, task, scripted(task, "failing"), log=log)
    return run.path


EPISODE = "S-2.failing.0"


def fork(hands: LocalHands, run: Path, at: int, agent: str) -> str:
    child = hands.fork(run, EPISODE, at, agent=agent, continues=False, answer="", edits="")
    until = time.monotonic() + 30
    while (fate := hands.fate(run, child)) and fate.playing and time.monotonic() < until:
        time.sleep(0.02)
    return child


def test_a_model_plays_a_fork_on_and_is_told_what_a_script_had_done(played: Path):
    def script(body: dict[str, Any], _: int) -> Reply:
        return said("All is well.")

    with served(script) as (url, asked):
        arguments = options("--agent", "openai:some/model", "--base-url", url, "--retries", "0")
        hands = LocalHands(ui._players(arguments))
        assert list(hands.agents()) == ["reference", "failing", "model"]
        child = fork(hands, played, 6, "model")
    past = Run(played).trajectory(child)
    assert (past.answer, past.status) == ("All is well.", "closed")
    assert past.grade is not None
    system, user, call, reply, *_ = asked[0]["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert len(system["content"]) > 1000
    assert call["tool_calls"][0]["id"] == reply["tool_call_id"]
    assert call["tool_calls"][0]["function"]["name"] == next(past.calls()).tool
    assert verified(played)


def test_an_endpoint_that_is_gone_fails_the_fork_and_says_so(played: Path):
    arguments = options("--agent", "openai:m", "--base-url", "http://127.0.0.1:1/v1", "--retries", "0")
    child = fork(LocalHands(ui._players(arguments)), played, 6, "m")
    past = Run(played).trajectory(child)
    assert past.failed
    assert "127.0.0.1:1" in next(e.data["message"] for e in past.events if e.kind == "agent.failed")
    assert verified(played)


def test_words_of_a_script_are_not_taken_for_a_models_answer(played: Path):
    thought = next(e.seq for e in Run(played).trajectory(EPISODE).events if e.kind == "model.responded")
    hands = LocalHands({"m": lambda run, parent: pytest.fail("it is asked for nobody")})
    with pytest.raises(CoreCraftError, match="fork one step earlier or later"):
        fork(hands, played, thought, "m")


def test_only_a_model_is_named_with_agent():
    with pytest.raises(CoreCraftError, match="reference and failing can always"):
        ui._players(options("--agent", "reference"))
    with pytest.raises(CoreCraftError, match="no address"):
        ui._players(options("--agent", "openai:m", "--base-url", "nowhere"))
    assert ui._players(options()) == {}


def options(*more: str) -> argparse.Namespace:
    return parser("ui").parse_args(["ui", "run", *more])
