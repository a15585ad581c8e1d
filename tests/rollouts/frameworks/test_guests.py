"""Episodes that others play, without any of the others: what a framework is told, and what is on record in the end."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.agents.turns import ToolCall, Turn
from corecraft.rollouts.frameworks import tested, trl_env
from corecraft.rollouts.frameworks.guests import House
from corecraft.rollouts.frameworks.remote import RemoteHouse, Service
from corecraft.rollouts.frameworks.trl_env import code_reward, environments
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.registry import UnknownTask

from .conftest import kinds, service, verified
from .reference import turns

TASK = "RS-03-006"


@pytest.fixture
def house(stage: Stage, tmp_path: Path) -> House:
    return House(tmp_path / "run", "a/b", stage)


def calling(*calls: tuple[str, str]) -> Turn:
    return Turn("I look.", tuple(ToolCall(f"c{n}", name, arguments) for n, (name, arguments) in enumerate(calls)))


def reference(stage: Stage) -> list[Turn]:
    spoken, answer = turns(stage, TASK)
    return [*(calling(*((name, json.dumps(given)) for name, given in calls)) for calls in spoken), Turn(answer)]


def test_a_turn_does_what_it_asks_for_and_the_last_one_is_the_answer(house: House, stage: Stage, tmp_path: Path):
    guest = house.guest(TASK, session="s1")
    assert guest.id == f"{TASK}.a-b.0"
    assert [message["role"] for message in guest.messages] == ["system", "user"]
    told = guest.hear(calling(("searchOrders", "{"), ("noSuchTool", "{}")))
    assert [message["tool_call_id"] for message in told] == ["c0", "c1"]
    assert "Invalid arguments" in told[0]["content"]
    *looked, last = reference(stage)
    for turn in looked:
        assert guest.hear(turn)
    assert guest.hear(last) == []
    grade = guest.finish(last.text)
    assert grade.code_reward == 1.0
    assert guest.finish("another") is grade
    assert guest.over
    assert json.loads(guest.call("searchOrders", {}).json) == {"error": "This episode has ended."}
    assert guest.hear(Turn("too late")) == []
    house.close()
    (past,) = verified(tmp_path / "run").values()
    assert past.answer == last.text


def test_what_is_shown_of_a_guest_tells_nothing_of_the_task_but_its_id(house: House):
    guest = house.guest(TASK)
    for shown in (repr(guest), repr(house.rehearsal(TASK)), json.dumps(guest.functions), json.dumps(guest.messages)):
        for criterion in guest.task.criteria:
            assert criterion.text not in shown


def test_the_requester_is_asked_back_where_the_task_lets_him_be(house: House, stage: Stage):
    (task, *_) = (task for task in stage.select(splits="live", split="heldout", family="LV-05") if asked(stage, task))
    guest, question = house.guest(task.id), asked(stage, task)
    (said,) = guest.hear(Turn(question))
    assert said["role"] == "user"
    assert said["content"]
    assert not guest.over


def asked(stage: Stage, task: Any) -> str:
    """What the reference asks, if it does."""
    episode = stage.open(task, "reference")
    scripted(task, "reference").play(episode)
    events = episode.trajectory().events
    answers = [event.data["answers"] for event in events if event.kind == "prompt.given" and "answers" in event.data]
    return events[answers[0]].data["text"] if answers else ""


def test_no_answer_and_no_end(house: House, tmp_path: Path):
    silent, lost = house.guest(TASK), house.guest(TASK)
    assert silent.finish(None).code_passed is False
    lost.fail(RuntimeError("529"))
    lost.fail(RuntimeError("and again"))
    house.close()
    first, second = verified(tmp_path / "run").values()
    assert kinds(first)[-2:] == ["episode.closed", "episode.graded"]
    assert kinds(second)[-2:] == ["agent.failed", "episode.closed"]


def test_threads_play_at_once_and_numbers_are_their_own(house: House, stage: Stage, tmp_path: Path):
    spoken = reference(stage)

    def play(_: int) -> str:
        guest = house.guest(TASK)
        for turn in spoken:
            guest.hear(turn)
        guest.finish(spoken[-1].text)
        return guest.id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(play, range(8)))
    house.close()
    assert ids == {f"{TASK}.a-b.{n}" for n in range(8)}
    assert len({past.head_hash for past in verified(tmp_path / "run").values()}) == 1


def test_an_unknown_task_is_one_line(house: House):
    for opened in (house.guest, house.rehearsal):
        with pytest.raises(UnknownTask, match="RS-03-999"):
            opened("RS-03-999")


def test_what_was_rehearsed_is_recorded_turn_by_turn(house: House, stage: Stage, tmp_path: Path):
    rehearsal, spoken = house.rehearsal(TASK), reference(stage)
    for call in [call for turn in spoken for call in turn.calls]:
        rehearsal.call(call.name, json.loads(call.arguments))
    broken = calling(("searchOrders", "{"))  # which the framework refused by itself
    guest = rehearsal.record([broken, *spoken])
    assert guest.finish(spoken[-1].text).code_reward == 1.0
    house.close()
    (past,) = verified(tmp_path / "run").values()
    assert kinds(past)[4:8] == ["model.responded", "model.responded", "tool.called", "tool.returned"]


def test_calls_that_no_turn_asked_for_are_refused(house: House, stage: Stage):
    rehearsal = house.rehearsal(TASK)
    rehearsal.call("searchOrders", {"limit": 1})
    with pytest.raises(CoreCraftError, match="searchOrders was called, and no turn asked for it"):
        rehearsal.record(reference(stage))


def test_a_version_that_was_not_tried_is_one_line(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(CoreCraftError, match="trl is not installed: pip install"):
        tested.check("trl")
    monkeypatch.setitem(tested.TESTED, "attrs", ("1.0", "2"))
    with pytest.raises(CoreCraftError, match="was not tried with CoreCraft: pip install"):
        tested.check("attrs")
    monkeypatch.setitem(tested.TESTED, "attrs", ("20.1", "9999"))
    tested.check("attrs")


def test_trls_class_has_tools_and_nothing_else_to_call(
    house: House, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trl_env, "check", lambda _: None)  # the class itself needs no TRL
    made = environments(house)()
    public = {name for name in dir(made) if not name.startswith("_")} - {"reset"}
    assert public == {tool["name"] for tool in stage.bare("corecraft/base/benchmark").toolset.definitions()}
    with pytest.raises(CoreCraftError, match="reset the environment"):
        made.searchOrders()
    made.reset(task=TASK, prompt="as TRL hands rows on")
    assert "Invalid limit" in made.searchOrders(limit="many")
    call = {"type": "function", "function": {"name": "searchOrders", "arguments": {"limit": "many"}}}
    said = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "content": ""},
        {"role": "assistant", "content": "No."},
    ]
    assert code_reward([said], [made]) == [0.0]
    house.close()
    (past,) = verified(tmp_path / "run").values()
    assert past.answer == "No."


@pytest.mark.slow
def test_a_remote_guest_is_one_of_the_service(stage: Stage, tmp_path: Path):
    with service(tmp_path / "served") as (url, known):
        desk = Service(url, known["CORECRAFT_CONTROL_TOKEN"])
        guest, silent, lost = (desk.guest(TASK, "mine") for _ in range(3))
        guest.turn(Turn("I think.", tokens={"ids": [1], "logprobs": [-1.0]}))
        assert guest.say("NO.") is None
        assert guest.finish("NO.").code_passed is False
        guest.turn(Turn("too late"))
        assert silent.finish(None).code_passed is False
        lost.fail(RuntimeError("529"))
        with pytest.raises(CoreCraftError, match="No task 'nothing'"):
            desk.guest("nothing", "mine")
        with pytest.raises(CoreCraftError, match="Authorization: Bearer"):
            Service(url, "").guest(TASK, "mine")
        assert known["CORECRAFT_CONTROL_TOKEN"] not in repr(guest)
    past = verified(tmp_path / "served")
    assert past[guest.id].answer == "NO."
    with pytest.raises(CoreCraftError, match="was not reached"):
        desk.guest(TASK, "mine")


@pytest.mark.slow
def test_a_remote_guest_plays_as_one_in_process_does(house: House, stage: Stage, tmp_path: Path):
    """The same turns, a broken call and one of no tool among them: the same is told, and the histories hold the same."""
    broken = calling(("searchOrders", "{"), ("noSuchTool", "{}"), ("searchOrders", '{"limit": "many"}'))
    spoken = [broken, *reference(stage)]
    with service(tmp_path / "served") as (url, known):
        meeting = RemoteHouse(Service(url, known["CORECRAFT_CONTROL_TOKEN"]), "mine", stage)
        here, there = house.guest(TASK), meeting.guest(TASK)
        assert there.messages == here.messages
        assert there.functions == here.functions
        for turn in spoken:
            mine, theirs = (
                guest.hear(evolve(turn, tokens={"ids": [7], "logprobs": [-0.5]})) for guest in (here, there)
            )
            assert [one["role"] for one in theirs] == [one["role"] for one in mine]
            assert theirs[1:] == mine[1:]  # the first is the broken call's, whose refusal says how it came
        assert there.over  # its service has the answer; in process it is handed in at the end
        assert here.finish(spoken[-1].text).code_reward == there.finish(None).code_reward == 1.0
        assert there.hear(calling(("searchOrders", "{}")))[0]["content"] == here.call("searchOrders", {}).json.decode()
        assert there.hear(Turn("too late")) == []
        rehearsal = meeting.rehearsal(TASK)
        for call in [call for turn in reference(stage) for call in turn.calls]:
            rehearsal.call(call.name, json.loads(call.arguments))
        assert rehearsal.record(reference(stage)).finish(reference(stage)[-1].text).code_reward == 1.0
        head = there.head_hash
    past = verified(tmp_path / "served")
    assert past[there.id].head_hash == head
    assert {"ids": [7], "logprobs": [-0.5]} in [event.data.get("tokens") for event in past[there.id].events]
    assert kinds(past[there.id]) == kinds(here.episode.trajectory())
