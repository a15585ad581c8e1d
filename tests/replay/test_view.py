"""A view runs nothing, shows what was recorded, and never lets world text act."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.errors import CoreCraftError, DigestMismatch, EpisodeVoided
from corecraft.engine.event import Change
from corecraft.replay.fields import ABSENT, UNKNOWN
from corecraft.replay.view import render, steps, summary
from rich.console import Console

from ..toy import episode, genesis
from .test_verify import exploding, played


def text_of(renderable: Any, width: int = 200) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(renderable)
    return console.export_text()


def test_steps_are_prompts_turns_calls_clock_answer_and_grade():
    kinds = [step.kind for step in steps(played().trajectory())]
    expected = ["opened", "prompt", "turn", *["call"] * 5, "clock", "call", "answer", "closed", "grade"]
    assert kinds == expected


def test_a_call_shows_its_reply_and_the_old_and_new_value_of_each_field():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    call = steps(e.trajectory(), genesis())[1]
    assert call.call is not None
    assert call.call.reply["color"] == "red"
    (change,) = call.changes
    (field,) = change.fields
    assert (change.entity, change.id, change.created) == ("pot", "p1", False)
    assert (field.name, field.left, field.right) == ("color", "green", "red")


def test_without_the_starting_world_a_first_old_value_is_unknown_and_later_ones_are_not():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    e.call("paintPot", {"pot_id": "p1", "color": "blue"})
    first, second = (step.changes[0].fields[0] for step in steps(e.trajectory())[1:])
    assert (first.left, first.right) == (UNKNOWN, "red")
    assert (second.left, second.right) == ("red", "blue")


def test_new_rows_removed_fields_nulls_and_two_changes_in_one_event():
    e = episode()
    changes = [
        Change("lid", "l1", {"id": "l1", "note": None, "size": 3}),
        Change("lid", "l1", {"id": "l1", "note": 1}, ("size",)),
        Change("pot", "p1", {}, ("price",)),
    ]
    e.record("fixture.given", {}, changes)
    made, altered, cut = steps(e.trajectory(), genesis())[1].changes
    assert made.created
    assert [(f.name, f.left, f.right) for f in made.fields] == [
        ("id", ABSENT, "l1"),
        ("note", ABSENT, None),
        ("size", ABSENT, 3),
    ]
    assert not altered.created
    assert [(f.name, f.left, f.right) for f in altered.fields] == [("note", None, 1), ("size", 3, ABSENT)]
    assert [(f.name, f.left, f.right) for f in cut.fields] == [("price", 2, ABSENT)]


def test_the_wrong_world_is_refused():
    with pytest.raises(DigestMismatch):
        steps(played().trajectory(), genesis(pots=2))


def test_no_handler_is_run(monkeypatch: pytest.MonkeyPatch):
    line = played().trajectory()
    monkeypatch.setattr("corecraft.engine.toolset.Toolset.handle", exploding("listPots").handler)
    monkeypatch.setattr("corecraft.engine.tool.Tool.call", exploding("listPots").handler)
    assert "paintPot" in text_of(render(line, genesis=genesis()))


def test_the_rendering_reads_well():
    e = played(labels={"agent": "scripted"})
    red = {"id": "red", "text": "It is red", "passed": False, "reason": "it is green", "evidence": [6]}
    e.record("episode.graded", {"reward": 0.5, "passed": False, "criteria": [red]})
    shown = text_of(render(e.trajectory(), {"agent": "scripted"}, genesis=genesis()))
    assert "toy  agent=scripted  22 events, closed" in shown
    assert "    1  user: Paint it red." in shown
    assert '    3  listPots(color="red")  -> 3 rows: p0, p3, p6' in shown
    assert '~ pot p1  color "green" -> "red"' in shown
    assert '(pot_id="p99", color="red")  -> ✗ Pot p99 not found' in shown
    assert "refused, 10 bytes" in shown
    assert "clock moved to 2025-12-01T19:00:01Z" in shown
    assert "answer: Done." in shown
    assert "not passed, reward 0.500" in shown
    assert "✗ red  It is red  it is green  [6]" in shown


def test_full_replies_are_an_option():
    line = played().trajectory()
    assert '"name": "Pot 0"' not in text_of(render(line))
    assert '"name": "Pot 0"' in text_of(render(line, full=True))


def test_voided_unfinished_and_inherited_steps_are_told():
    e = episode()
    with pytest.raises(EpisodeVoided):
        e.call("breakPot", {"pot_id": "p1"})
    assert "voided: ZeroDivisionError" in text_of(render(e.trajectory()))
    child = e.fork()
    child.call("listPots", {})
    shown = text_of(render(child.trajectory()))
    assert "fork of toy after 0" in shown
    assert "    0  ^ episode.opened" in shown


@pytest.mark.parametrize("evil", ["[red]x[/red]", "[/]", "\x1b[2J", "\u202egnp", "\x00", "\ud800", "[link=x]"])
def test_world_text_is_never_markup_or_an_escape_sequence(evil: str):
    e = episode()
    e.record("model.responded", {"text": evil.encode("utf-8", "replace").decode()})
    e.call("paintPot", {"pot_id": evil.encode("utf-8", "replace").decode(), "color": "red"})
    shown = text_of(render(e.trajectory(), {"agent": evil}))
    assert not set("\x1b\x00\u202e\ud800") & set(shown)
    if evil.startswith("["):
        assert f"assistant: {evil}" in shown


def test_summaries_count_rows_and_name_ids():
    assert summary([{"id": f"p{n}"} for n in range(9)]) == "9 rows: p0, p1, p2, p3, p4, p5, ..."
    assert summary([{"id": "p1", "color": "red"}]) == "1 row: p1, color: red"
    assert summary([]) == "0 rows"
    assert summary({"id": "p1", "a": 1, "lines": [{}, {}]}) == "p1, a: 1, lines: 2 items"
    assert summary({"is_under_warranty": False, "ends": "2025-08-19"}) == "is_under_warranty: false, ends: 2025-08-19"
    assert summary({"pot": {"id": "p1", "a": 1}, "far": {"a": 1, "b": None}}) == "pot: p1, far: 2 fields"
    assert summary({"body": "x" * 99}) == f"body: {'x' * 45}..."
    assert summary(None) == "null"


def test_a_long_prompt_kept_by_digest_is_named():
    e: Episode = episode(prompts=[{"role": "user", "digest": "ab" * 32}])
    assert f"user: (text {'ab' * 32})" in text_of(render(e.trajectory()))


def test_a_long_prompt_is_shown_where_it_can_be_looked_up():
    line = episode(prompts=[{"role": "user", "digest": "ab" * 32}]).trajectory()
    texts = {"ab" * 32: "Be\x1b kind."}.__getitem__
    assert "user: Be\\x1b kind." in text_of(render(line, texts=texts))

    def lost(digest: str) -> str:
        raise CoreCraftError("it is not there")

    assert "it is not there)" in text_of(render(line, texts=lost))


CALL = {"id": "c1", "type": "function", "function": {"name": "paintPot", "arguments": "{}"}}


def test_a_turn_without_text_says_what_it_calls_and_full_what_is_known_of_it():
    e = episode()
    e.record("model.responded", {"tool_calls": [CALL, {"name": "listPots", "input": {}}], "reasoning": "Red\nit is."})
    e.record(
        "model.responded", {"text": "Well.", "usage": {"prompt_tokens": 7}, "finish_reason": "stop", "model": "m-1"}
    )
    e.record("model.responded", {"text": ""})
    line = e.trajectory()
    short, full = text_of(render(line)), text_of(render(line, full=True, beside={2: {"cost_usd": 0.002}}))
    assert (
        "    1  assistant: calls paintPot, listPots\n    2  assistant: Well.\n    3  assistant: (says nothing)" in short
    )
    assert "       reasoning: Red\n         ┆ it is.\n" in full
    for told in ('"prompt_tokens": 7', "finish_reason: stop", "model: m-1", '"arguments": "{}"', '"cost_usd": 0.002'):
        assert told in full
        assert told not in short


def test_full_shows_the_votes_of_a_verdict_and_short_only_the_last_grade_criterion_by_criterion():
    e = played()
    said = {"criterion": "red", "question": "ab", "verdict": True, "model": "reader-1", "votes": [True, None]}
    readings = [{"vote": 0, "evidence": [6], "reason": "it is red"}, {"vote": 1, "evidence": [], "reason": ""}]
    for passed in (False, True):
        red = {"id": "red", "text": "It is red", "passed": passed, "reason": f"it was {passed}"}
        e.record("episode.graded", {"reward": 0.0, "passed": passed, "criteria": [red]})
        e.record("criterion.judged", {**said, "readings": readings})
    short, full = text_of(render(e.trajectory())), text_of(render(e.trajectory(), full=True))
    assert "reader-1 of red: yes" in short
    assert "vote:" not in short
    assert "vote: yes  it is red  [6]\n       vote: cannot tell\n" in full
    assert "it was False" not in short
    assert "it was True" in short
    assert "it was False" in full


def test_a_tasks_own_rows_are_counted_in_short_and_shown_in_full():
    rows = [Change("lid", f"l{n}", {"id": f"l{n}"}) for n in range(3)]
    line = episode(fixtures=[*rows, Change("pot", "p1", {"price": 9})]).trajectory()
    assert "world.prepared  the task's own rows: 3 lid, 1 pot\n" in text_of(render(line))
    assert "lid l1" not in text_of(render(line))
    assert "lid l1" in text_of(render(line, full=True))


def test_a_fork_says_where_it_began_and_what_failed_is_called_so():
    e = episode()
    child = e.fork()
    child.record("agent.failed", {"error": "Timeout", "message": "529"})
    child.close("agent_failed")
    shown = text_of(render(child.trajectory()))
    assert "    1  forked here, after 0 of toy, tools toy\n" in shown
    assert "4 events, failed\n" in shown
    assert repr(child.trajectory()) == "Trajectory(toy~1, 4 events, closed)"
    assert not child.fork().trajectory().failed


def test_the_policy_is_shown_to_who_asks_for_it():
    line = episode(prompts=[{"role": "system", "digest": "ab" * 32}]).trajectory()
    texts = {"ab" * 32: "Be kind."}.__getitem__
    assert "Be kind." not in text_of(render(line, full=True, texts=texts))
    assert "system: Be kind." in text_of(render(line, system=True, texts=texts))
