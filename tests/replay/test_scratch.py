"""A scratch world answers as the world of the history would have, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.errors import CoreCraftError, DigestMismatch, NotAtBoundary
from corecraft.engine.trajectory import Trajectory
from corecraft.replay.scratch import Scratch
from hypothesis import given, settings
from hypothesis import strategies as st

from ..golden.expected import having
from ..toy import episode, genesis, toolset


def history() -> Trajectory:
    e = episode(prompts=[{"role": "user", "text": "Paint."}])
    e.call("listPots", {})
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    e.submit("Done.")
    return e.trajectory()


HISTORY = history()


def scratch(at: int, of: Trajectory = HISTORY, tools: Any = None) -> Scratch:
    return Scratch(of, genesis(), lambda _: tools or toolset(), at)


def color(world: Scratch, pot: str = "p1") -> str:
    row = world.world.get("pot", pot)
    assert row
    return row["color"]


def test_what_is_tried_is_there_for_later_tries_and_goes_with_undo():
    s = scratch(3)
    assert color(s) == "green"
    assert s.call("paintPot", {"pot_id": "p1", "color": "blue"}).ok
    assert [row["id"] for row in s.call("listPots", b'{"color": "blue"}').value].count("p1") == 1
    (change,) = s.changes()
    assert [(field.name, field.left, field.right) for field in change.fields] == [("color", "green", "blue")]
    assert [call.tool for call in s.calls()] == ["paintPot", "listPots"]
    assert (undone := s.undo()) is not None
    assert undone.tool == "listPots"
    s.undo()
    assert (color(s), s.tries, list(s.changes())) == ("green", 0, [])
    assert s.undo() is None


def test_a_rejection_is_an_answer_and_a_broken_handler_changes_nothing():
    s = scratch(3)
    assert s.call("paintPot", {"pot_id": "p99", "color": "red"}).value == {"error": "Pot p99 not found"}
    with pytest.raises(CoreCraftError, match="breakPot fails here with ZeroDivisionError"):
        s.call("breakPot", {"pot_id": "p1"})
    assert s.tries == 1


def test_calls_can_be_tried_after_the_end_but_not_inside_a_call():
    s = scratch(len(HISTORY) - 1)
    assert color(s) == "red"
    assert s.call("paintPot", {"pot_id": "p1", "color": "blue"}).ok
    assert [call.tool for call in s.calls()] == ["paintPot"]
    s.move(5)
    assert (s.tries, color(s)) == (0, "red")
    with pytest.raises(NotAtBoundary, match="lies inside the call at 4"):
        s.call("listPots", {})
    with pytest.raises(NotAtBoundary, match="has no event 99"):
        s.move(99)
    assert s.at == 5


def test_without_the_tools_of_then_one_can_still_look():
    s = scratch(3, tools=having(behaviour=2))
    assert color(s) == "green"
    with pytest.raises(DigestMismatch, match="toolset differs"):
        s.call("listPots", {})


@given(
    st.sampled_from([1, 3, 6, len(HISTORY) - 1]),
    st.lists(st.tuples(st.sampled_from(["p0", "p1", "p9"]), st.sampled_from(["red", "blue", "pink"]))),
)
@settings(max_examples=40, deadline=None)
def test_taking_back_all_tries_gives_the_world_of_the_history(at: int, tries: list[tuple[str, str]]):
    s = scratch(at)
    states = [s.world.state_hash]
    for pot, paint in tries:
        s.call("paintPot", {"pot_id": pot, "color": paint})
        states.append(s.world.state_hash)
    while s.tries:
        assert s.world.state_hash == states.pop()
        s.undo()
    assert [s.world.state_hash] == states == [HISTORY.world_at(at, genesis()).state_hash]
