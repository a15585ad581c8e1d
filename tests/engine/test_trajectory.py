"""The recorded history of one episode."""

from __future__ import annotations

import pickle

import pytest
from corecraft.engine.errors import DigestMismatch, EpisodeVoided, LogDamaged, NotAtBoundary
from corecraft.engine.event import chain, event_bytes
from corecraft.engine.trajectory import Trajectory

from ..toy import START, episode, genesis


def played() -> Trajectory:
    """0 opened, 1 prompt, 2-4 painted, 5-6 rejected, 7 clock, 8 answered, 9 closed, 10 graded."""
    e = episode(prompts=[{"role": "system", "text": "Be kind."}])
    e.call("paintPot", {"pot_id": "p1", "color": "blue"})
    e.call("paintPot", {"pot_id": "p99", "color": "blue"})
    e.advance_clock(START + 9)
    e.submit("blue")
    e.record("episode.graded", {"reward": 1.0})
    return e.trajectory()


def test_calls_with_their_facts():
    painted, rejected = played().calls()
    assert (painted.seq, painted.tool, painted.arguments, painted.ok) == (
        2,
        "paintPot",
        {"pot_id": "p1", "color": "blue"},
        True,
    )
    assert [fact.kind for fact in painted.facts] == ["pot.painted"]
    assert painted.reply["color"] == "blue"
    assert (rejected.facts, rejected.ok, rejected.reply) == ((), False, {"error": "Pot p99 not found"})


def test_a_call_whose_arguments_could_not_be_read_has_none():
    e = episode()
    e.call("listPots", b"[")
    (call,) = e.trajectory().calls()
    assert (call.arguments, call.ok) == ({}, False)


def test_a_failed_call_is_no_completed_call():
    e = episode()
    e.call("listPots", {})
    with pytest.raises(EpisodeVoided):
        e.call("breakPot", {"pot_id": "p1"})
    assert [call.tool for call in e.trajectory().calls()] == ["listPots"]
    assert e.trajectory().status == "voided"


def test_prompt_answer_grade_and_status():
    past = played()
    assert (past.prompt, past.answer, past.grade, past.status) == (None, "blue", {"reward": 1.0}, "closed")
    fresh = episode().trajectory()
    assert (fresh.answer, fresh.grade, fresh.status, fresh.parent) == (None, None, "open", None)


def test_the_world_at_every_event():
    past = played()
    worlds = [past.world_at(seq, genesis()) for seq in range(-1, len(past))]
    assert [world.get("pot", "p1")["color"] for world in worlds] == ["green"] * 4 + ["blue"] * 8
    assert [world.now - START for world in worlds] == [0] * 8 + [9] * 4
    for seq in (-2, len(past)):
        with pytest.raises(NotAtBoundary, match=f"has no event {seq}"):
            past.world_at(seq, genesis())
    with pytest.raises(DigestMismatch):
        past.world_at(0, genesis(3))


def test_every_place_is_a_boundary_or_names_the_nearest_ones():
    past = played()
    refused = {}
    for seq in range(len(past)):
        try:
            past.check_boundary(seq)
        except NotAtBoundary as error:
            refused[seq] = str(error).rpartition("; ")[2]
    assert refused == {
        2: "fork at 1 or 4",
        3: "fork at 1 or 4",
        5: "fork at 4 or 6",
        8: "fork at 7 or earlier",
        9: "fork at 7 or earlier",
        10: "fork at 7 or earlier",
    }
    assert past.last_boundary() == 7


def test_a_history_torn_within_a_call_is_forked_before_that_call():
    past = played()
    torn = Trajectory("torn", past.events[:4], past.hashes[:4])
    assert torn.last_boundary() == 1
    assert [call.seq for call in torn.calls()] == []
    with pytest.raises(NotAtBoundary, match=r"inside the call at 2; fork at 1$"):
        torn.check_boundary(3)


def test_every_hash_covers_all_that_came_before():
    past = played()
    head = bytes(32)
    for event, hash in zip(past.events, past.hashes, strict=True):
        head = chain(head, event_bytes(event))
        assert head == hash
    assert past.head_hash == head.hex()


def test_a_grade_belongs_to_the_line_that_was_graded():
    e = episode()
    fork = e.fork()
    fork.close("limit")
    fork.record("episode.graded", {"reward": 0.0})
    assert e.trajectory().grade is None
    assert fork.trajectory().grade == {"reward": 0.0}


def test_errors_can_be_handed_to_another_process():
    damage = LogDamaged("w.jsonl", 3, "torn", 7)
    damage.intact = played()
    for error in (damage, DigestMismatch("world", "a", "b")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (type(error), str(error))
    assert pickle.loads(pickle.dumps(damage)).intact == damage.intact
