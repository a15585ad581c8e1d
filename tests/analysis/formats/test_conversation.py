"""How a history becomes a conversation, whoever recorded it and however it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.formats.conversation import (
    Call,
    Conversation,
    Said,
    conversation_of,
    reply_of,
    reply_text,
)
from corecraft.engine.episode import Budget, Episode
from corecraft.engine.errors import EpisodeEnded, EpisodeVoided
from corecraft.engine.event import RESPONDED
from corecraft.engine.run import Run
from corecraft.engine.world import World
from hypothesis import given
from hypothesis import strategies as st

from tests import toy

from .conversations import JSON


def told(folder: Path, play: Callable[[Episode], object], **options: Any) -> Conversation:
    """What is told of an episode that was played so; of the last one that was opened."""
    run = Run.create(folder, {})
    with_prompt = {"prompts": [{"role": "user", "text": "Paint."}], **options}
    log = run.writer("w", lambda: 7)
    play(Episode.open("e", World(toy.genesis()), toy.toolset(), log=log, **with_prompt))
    log.close()
    run = Run(folder)
    return conversation_of(run, run.episodes[-1])


def shape(conversation: Conversation) -> list[Any]:
    """Roles, and of turns their text, whether a script's, and of each call id and whether it was replied to."""
    found: list[Any] = []
    for message in conversation.messages:
        if isinstance(message, Said):
            found.append(message.role)
        else:
            found.append((message.text, message.scripted, [(call.id, call.replied) for call in message.calls]))
    return found


def asked(*names: str, **more: Any) -> dict[str, Any]:
    calls = [{"id": id, "type": "function", "function": {"name": "listPots", "arguments": "{}"}} for id in names]
    return {"tool_calls": calls, **more}


def test_calls_of_a_script_are_turns_of_their_own(tmp_path: Path):
    def play(episode: Episode) -> None:
        episode.call("listPots", {})
        episode.call("listPots", {"color": "red"}, call_id="mine")
        episode.submit("Nine.")

    found = told(tmp_path, play)
    assert shape(found) == ["user", ("", True, [("call_2", True)]), ("", True, [("mine", True)]), ("Nine.", True, [])]
    assert (found.answer, found.closed) == ("Nine.", "answered")


def test_replies_find_the_call_that_asked(tmp_path: Path):
    def play(episode: Episode) -> None:
        episode.record(RESPONDED, asked("a", "b", "a"))
        for id in ("b", "a", "a"):
            episode.call("listPots", {"color": {"a": "red", "b": "blue"}[id]}, call_id=id)
        episode.record(RESPONDED, {"text": "Nine."})
        episode.submit("Nine.")

    found = told(tmp_path, play)
    assert shape(found) == ["user", ("", False, [("a", True), ("b", True), ("a", True)]), ("Nine.", False, [])]
    assert [{pot["color"] for pot in call.reply} for call in found.turns[0].calls] == [{"red"}, {"blue"}, {"red"}]


def test_calls_over_mcp_without_ids_are_known_by_what_they_say(tmp_path: Path):
    def play(episode: Episode) -> None:
        episode.record(RESPONDED, asked("a", text="Look."))
        episode.call("listPots", {})
        episode.call("listPots", {"color": "red"})  # nobody said so
        episode.record(RESPONDED, {"text": "And then paint."})  # without its calls
        episode.call("paintPot", {"pot_id": "p1", "color": "red"})

    assert shape(told(tmp_path, play)) == [
        "user", ("Look.", False, [("a", True)]), ("", True, [("call_5", True)]), ("And then paint.", False, [("call_8", True)]),
    ]  # fmt: skip


def test_what_ended_otherwise(tmp_path: Path):
    def void(episode: Episode) -> None:
        with pytest.raises(EpisodeVoided):
            episode.call("breakPot", {"pot_id": "p1"})

    def overdraw(episode: Episode) -> None:
        episode.record(RESPONDED, asked("a", "b"))
        episode.call("listPots", {}, call_id="a")
        with pytest.raises(EpisodeEnded):
            episode.call("listPots", {}, call_id="b")

    voided = told(tmp_path / "void", void)
    assert shape(voided) == ["user", ("", True, [("call_2", False)])]
    assert (voided.closed, voided.about["status"]) == (None, "voided")
    overdrawn = told(tmp_path / "over", overdraw, budget=Budget(calls=1))
    assert shape(overdrawn) == ["user", ("", False, [("a", True), ("b", False)])]
    assert (overdrawn.answer, overdrawn.closed) == (None, "budget_exhausted")


def test_a_fork_between_two_calls_of_a_turn(tmp_path: Path):
    def play(episode: Episode) -> None:
        episode.record(RESPONDED, asked("a", "b"))
        reply = episode.call("listPots", {}, call_id="a")
        episode.call("listPots", {}, call_id="b")
        episode.submit("Nine.")
        child = episode.fork(reply.seq)
        child.submit("Ten.")

    found = told(tmp_path, play)
    assert shape(found) == ["user", ("", False, [("a", True), ("b", False)]), ("Ten.", True, [])]
    assert ([message.copied for message in found.messages], found.answer) == ([True, True, False], "Ten.")


@given(JSON)
def test_a_reply_is_what_its_text_says(reply: Any):
    assert reply_of(reply_text(reply)) == reply


@given(st.text())
def test_a_foreign_text_stays_as_it_is_unless_it_is_json(text: str):
    value = reply_of(text)
    assert value == text or not isinstance(value, str) or text.strip().startswith('"')
    if value == text:
        assert reply_text(value) == text


def test_arguments_are_an_object_or_nothing():
    read = [Call("a", "x", text).read for text in ('{"a": 1}', "", "[1]", "{", '{"a": NaN}')]
    assert read == [{"a": 1}, {}, None, None, None]
