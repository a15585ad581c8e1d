"""An episode as tokens: what was told, which of it is the model's own, and that playing and training read the same."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.agents.turns import Turn
from corecraft.rollouts.local import CUT, SYSTEM, local_agent
from corecraft.rollouts.runner import Stage, play
from corecraft.rollouts.training.dialogue import chat_of, pieces, tokens, told

from .conftest import Bytes

TASK = "RS-03-000"


@pytest.fixture(scope="module")
def chat(stage: Stage) -> Any:
    task = stage.tasks[TASK]
    episode, _ = play(stage, task, scripted(task, "reference"))
    return chat_of(local_agent("learner"), told(episode.trajectory()))


def test_a_script_is_told_as_the_model_would_have_done_it(chat: Any, stage: Stage):
    assert [message["role"] for message in chat[:2]] == ["system", "user"]
    assert chat[0]["content"] == SYSTEM
    assert chat[1]["content"] == stage.tasks[TASK].prompt
    assert [message["role"] for message in chat[2:]] == ["assistant", "tool"] * (len(chat[2:]) // 2) + ["assistant"]
    assert chat[2]["content"].startswith('{"name": "')
    assert '", "arguments": {"' in chat[2]["content"]
    assert all(len(message["content"]) <= CUT for message in chat if message["role"] == "tool")


def test_what_is_learnt_is_what_the_model_says_and_how_it_ends(chat: Any):
    tokenizer = Bytes()
    found = tokens(chat, tokenizer)
    said = [bytes(id for id in found.ids[start : end - 1]).decode() for start, end in found.turns]
    assert said == [message["content"] for message in chat if message["role"] == "assistant"]
    assert {found.ids[end - 1] for _, end in found.turns} == {256}
    whole = tokenizer.encode(tokenizer.render(chat, False))
    assert list(found.ids) == whole[:-1], "all but the line break after the last turn"


def test_a_turn_keeps_the_ids_it_was_sampled_as(chat: Any):
    odd = (65, 66, 256)
    found = tokens(chat, Bytes(), [odd])
    start, end = found.turns[0]
    assert found.ids[start:end] == odd
    assert tokens(chat, Bytes()).ids[:start] == found.ids[:start]
    cut = tokens(chat, Bytes(), [(65, 66)])
    start, end = cut.turns[0]
    assert (end - start, cut.ids[end]) == (2, 256), "it did not end itself: that token is told, and not learnt"


def test_the_prompt_of_a_turn_is_what_is_learnt_before_it(chat: Any):
    """A turn is sampled after the ids that training puts before it."""
    whole = tokens(chat, Bytes())
    for place, (message, (start, _)) in enumerate(
        zip([m for m in chat if m["role"] == "assistant"], whole.turns, strict=True)
    ):
        before = list(chat[: chat.index(message)])
        assert tokens(before, Bytes()).ids == whole.ids[:start], place


def test_a_template_that_tells_turns_otherwise_is_refused():
    class Trimming(Bytes):
        def render(self, chat: Any, generation: bool) -> str:
            return super().render([{**message, "content": message["content"].strip()} for message in chat], generation)

    with pytest.raises(CoreCraftError, match="does not repeat a turn"):
        list(pieces([{"role": "assistant", "content": " Yes. "}], Trimming()))


def test_two_calls_of_one_turn_are_learnt_one_after_the_other(stage: Stage):
    episode = stage.open(stage.tasks[TASK], "e")
    call = {"type": "function", "function": {"name": "searchOrders", "arguments": '{"limit":1}'}}
    calls = [{**call, "id": "one"}, {**call, "id": "two"}]
    episode.record("model.responded", {"text": "Let me see.", "tool_calls": calls})
    for each in calls:
        episode.call("searchOrders", {"limit": 1}, call_id=each["id"])
    episode.submit("Done.")
    chat = chat_of(local_agent("learner"), told(episode.trajectory()))
    wanted = '{"name": "searchOrders", "arguments": {"limit": 1}}'
    assert [m["content"] for m in chat if m["role"] == "assistant"] == [wanted, wanted, "Done."]
    assert [m["role"] for m in chat[2:]] == ["assistant", "tool", "assistant", "tool", "assistant"]
    assert isinstance(told(episode.trajectory())[-1], Turn)
