"""Two histories: where they part, and how the worlds they end in differ."""

from __future__ import annotations

import pytest
from corecraft.engine.errors import DigestMismatch
from corecraft.engine.event import Change
from corecraft.replay.diff import diff, render
from corecraft.replay.fields import ABSENT, differences, same

from ..toy import episode, genesis
from .test_view import text_of


def test_forks_part_after_their_common_past_and_their_end_worlds_are_compared():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    left, right = e.fork(id="left"), e.fork(id="right")
    left.call("paintPot", {"pot_id": "p1", "color": "blue"})
    left.record("fixture.given", {}, [Change("lid", "l1", {"id": "l1"}), Change("pot", "p2", {}, ("price",))])
    right.call("paintPot", {"pot_id": "p2", "color": "blue"})
    found = diff(left.trajectory(), right.trajectory(), genesis())
    # Both openings name the same past, so they too are the same event.
    assert found.common == 5
    assert [event.kind for event in found.right_events] == ["tool.called", "pot.painted", "tool.returned"]
    rows = {(row.entity, row.id): row for row in found.rows}
    assert rows["lid", "l1"].only == "left"
    assert [(f.name, f.left, f.right) for f in rows["pot", "p1"].fields] == [("color", "blue", "red")]
    assert [(f.name, f.left, f.right) for f in rows["pot", "p2"].fields] == [("price", ABSENT, 4)]
    shown = text_of(render(found))
    assert "left and right: the first 5 events are the same" in shown
    assert "lid l1  only in left" in shown
    assert "price absent | 4" in shown


def test_a_history_does_not_differ_from_itself():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    found = diff(e.trajectory(), e.trajectory(), genesis())
    assert found.empty
    assert not found.rows
    assert "are the same history" in text_of(render(found))


def test_different_ways_to_the_same_world_leave_no_row_different():
    left, right = episode("left"), episode("right")
    left.call("paintPot", {"pot_id": "p1", "color": "red"})
    right.call("paintPot", {"pot_id": "p1", "color": "blue"})
    right.call("paintPot", {"pot_id": "p1", "color": "red"})
    found = diff(left.trajectory(), right.trajectory(), genesis())
    assert found.common == 1
    assert not found.rows


def test_criteria_that_both_failed_are_shown_where_the_reasons_differ():
    left, right = episode("left"), episode("right")
    for line, why in ((left, "it is blue"), (right, "it is green")):
        line.submit("Done.")
        criteria = [
            {"id": "red", "text": "It is red", "passed": False, "reason": why},
            {"id": "told", "text": "Says so", "passed": False, "reason": "no word"},
            {"id": "kept", "text": "Keeps p2", "passed": True, "reason": why},
        ]
        line.record("episode.graded", {"reward": 0.0, "passed": False, "criteria": criteria})
    shown = text_of(render(diff(left.trajectory(), right.trajectory(), genesis())))
    assert "< ✗ red  It is red  it is blue" in shown
    assert "> ✗ red  It is red  it is green" in shown
    assert "= 2 criteria with the same outcome" in shown
    assert "< left, 1 event of its own" in shown


def test_histories_of_different_worlds_are_not_compared():
    with pytest.raises(DigestMismatch):
        diff(episode().trajectory(), episode(genesis=genesis(pots=3)).trajectory(), genesis())


def test_fields_are_compared_as_json():
    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same(1, True)
    assert not same(1, 1.0)
    assert not same(None, ABSENT)
    assert [f.name for f in differences({"a": None}, {})] == ["a"]
