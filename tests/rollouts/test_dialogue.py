"""Asking back: a requester who is scripted, or a model in his place, and what becomes of it in every way of playing."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from corecraft.engine.agenda import Plan
from corecraft.engine.episode import Episode
from corecraft.engine.event import PROMPTED, RESPONDED
from corecraft.engine.respondent import Respondent, Topic
from corecraft.replay.verify import verify
from corecraft.rollouts.agents.model import ModelAgent
from corecraft.rollouts.agents.scripted import ContinuingDesk, EpisodeDesk
from corecraft.rollouts.agents.turns import Answer, Ask, Completion, Turn, View
from corecraft.rollouts.loop import converse

from ..toy import episode, genesis, rechained, toolset

WHICH = "Which pot do you mean?"
PLAN = Plan(respondent=Respondent((Topic(("which", "what pot"), "The one by the door, p3."),), patience=2))


def asked(plan: Plan | None = PLAN) -> Episode:
    return episode(plan=plan, prompts=[{"role": "user", "text": "Paint my pot red."}])


class Says:
    """An agent that says these turns, one after the other."""

    name = "says"

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.seen: list[Any] = []

    def step(self, view: View) -> Turn | Answer | Ask:
        self.seen = list(view.messages)
        return Turn(self.texts.pop(0))


class NoEndpoint:
    async def complete(self, ask: Ask) -> Completion:
        raise AssertionError(f"nobody asks a model here: {ask}")


def play(agent: Any, e: Episode, user: Any = None, endpoint: Any = None) -> None:
    async def talk() -> None:
        await converse(agent, e, endpoint or NoEndpoint(), user=user)

    anyio.run(talk)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (WHICH, "The one by the door, p3."),
        ("Sure. WHICH ONE is it, and by when?", "The one by the door, p3."),
        ("I do not know which.", None),
        ("Anything else?", None),
        ("Painted. Which was the one by the door.", None),
    ],
)
def test_he_answers_questions_about_what_he_knows(text: str, answer: str | None):
    e = asked()
    before = len(e.trajectory())
    assert e.say(text) == answer
    kinds = [event.kind for event in e.trajectory().events[before:]]
    assert kinds == ([RESPONDED, PROMPTED] if answer else [])


def test_he_answers_as_often_as_he_has_patience():
    e = asked()
    assert [e.say(WHICH) is None for _ in range(3)] == [False, False, True]
    assert asked(plan=None).say(WHICH) is None


def test_a_turn_that_asks_him_is_told_and_any_other_is_the_answer():
    e, agent = asked(), Says(WHICH, "It is red now.")
    play(agent, e)
    past = e.trajectory()
    assert past.answer == "It is red now."
    assert [type(message).__name__ for message in agent.seen] == ["Prompt", "Turn", "Prompt"]
    assert agent.seen[-1].text == "The one by the door, p3."
    assert verify(past, toolset(), genesis()).ok


def test_a_conversation_that_was_stopped_at_a_question_goes_on_with_his_answer():
    whole, stopped = asked(), asked()
    play(Says(WHICH, "Done."), whole)
    stopped.record(RESPONDED, {"text": WHICH})
    play(Says("Done."), stopped)
    assert stopped.head_hash == whole.head_hash


def test_words_put_into_his_mouth_are_found():
    e = asked()
    e.say(WHICH)
    past = e.trajectory()
    assert verify(past, toolset(), genesis()).ok
    forged = rechained(past, len(past) - 1, data={**past.events[-1].data, "text": "Paint them all."})
    found = verify(forged, toolset(), genesis()).divergence
    assert found is not None
    assert "does not say this" in found.reason


def test_only_his_answers_use_up_his_patience_and_none_is_the_request():
    e = asked()
    e.record(RESPONDED, {"text": "Hm."})
    e.record(PROMPTED, {"role": "user", "text": "Hurry."})
    assert [e.say(WHICH) is None for _ in range(3)] == [False, False, True]
    assert e.prompt == "Hurry."
    assert asked().say("Is it the packet?") is None


def test_a_model_in_his_place_sees_words_alone_and_ends_with_done():
    e = asked()
    bodies: list[Any] = []

    class Endpoint:
        async def complete(self, ask: Ask) -> Completion:
            bodies.append(ask.body)
            said = "The one by the door." if len(bodies) == 1 else "DONE"
            return Completion({"choices": [{"message": {"content": said}, "finish_reason": "stop"}]})

    e.call("listPots", {})
    play(
        Says(WHICH, "It is red now."),
        e,
        ModelAgent("user", "m", "You want a red pot.", "text", tools=False),
        Endpoint(),
    )
    assert e.trajectory().answer == "It is red now."
    assert [message["role"] for message in bodies[1]["messages"]] == [
        "system",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert bodies[1]["messages"][-1]["content"] == "It is red now."
    assert not any("p1" in str(body) for body in bodies)


def test_a_script_asks_at_its_desk_and_does_not_ask_again_what_the_past_holds():
    e = asked()
    assert EpisodeDesk(e).ask(WHICH) == "The one by the door, p3."
    events = len(e.trajectory())
    child = e.fork()
    assert ContinuingDesk.at(child).ask(WHICH) == "The one by the door, p3."
    assert len(child.trajectory()) == events + 1
    assert ContinuingDesk.at(child).ask("Anything else?") == ""
