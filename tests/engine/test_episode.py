"""One episode of the toy domain, from the opening to the end."""

from __future__ import annotations

import pytest
from corecraft.engine.errors import EpisodeEnded, EpisodeVoided, NotAtBoundary

from ..toy import episode


def test_a_command_records_call_fact_and_reply():
    e = episode()
    reply = e.call("paintPot", {"pot_id": "p1", "color": "red"})
    assert reply.ok
    assert reply.value["color"] == "red"
    kinds = [event.kind for event in e.trajectory().events]
    assert kinds == ["episode.opened", "tool.called", "pot.painted", "tool.returned"]
    assert e.world.get("pot", "p1")["color"] == "red"


def test_a_rejection_is_recorded_and_changes_nothing():
    e = episode()
    before = e.world
    reply = e.call("paintPot", {"pot_id": "p77", "color": "red"})
    assert not reply.ok
    assert reply.value == {"error": "Pot p77 not found"}
    assert e.world is before


def test_a_bug_in_a_handler_voids_the_episode():
    e = episode()
    with pytest.raises(EpisodeVoided, match="breakPot failed with ZeroDivisionError"):
        e.call("breakPot", {"pot_id": "p1"})
    assert e.status == "voided"
    assert e.trajectory().events[-1].kind == "episode.voided"
    with pytest.raises(EpisodeEnded):
        e.call("listPots", {})
    assert e.fork().call("listPots", {}).ok


def test_forks_share_the_past_and_never_see_each_other():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    left, right = e.fork(), e.fork()
    left.call("paintPot", {"pot_id": "p1", "color": "blue"})
    assert right.world.get("pot", "p1")["color"] == "red"
    assert e.world.get("pot", "p1")["color"] == "red"
    assert left.trajectory().events[: len(e.trajectory())] == e.trajectory().events


def test_a_fork_inside_a_call_is_refused_with_the_places_to_fork_at():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    with pytest.raises(NotAtBoundary, match="inside the call at 1; fork at 0 or 3"):
        e.fork(at=2)
