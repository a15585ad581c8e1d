"""Calls that go wrong as planned, and go wrong again when replayed."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.agenda import Plan
from corecraft.engine.episode import Episode
from corecraft.engine.errors import InvalidInput
from corecraft.engine.event import FAULTED
from corecraft.engine.faults import KINDS, Fault, Faults
from corecraft.replay.verify import verify
from hypothesis import given
from hypothesis import strategies as st

from ..toy import episode, genesis, toolset

PAINT = ("paintPot", {"pot_id": "p1", "color": "red"})
LIST = ("listPots", {})
UNKNOWN = "No answer came in time. Whether the request was carried out is unknown."


def failing(*kinds: Fault, rate: float = 1.0) -> Episode:
    return episode(plan=Plan(faults=Faults(1, rate, kinds)))


def color(e: Episode) -> str:
    return (e.world.get("pot", "p1") or {})["color"]


@pytest.mark.parametrize(
    ("fault", "said", "left"),
    [
        ("error", "Internal error. The request was not carried out.", "green"),
        ("rate_limit", "Too many requests. Try again later.", "green"),
        ("timeout", UNKNOWN, "green"),
        ("lost", UNKNOWN, "red"),
    ],
)
def test_what_a_failing_command_says_and_leaves(fault: Fault, said: str, left: str):
    e = failing(fault)
    reply = e.call(*PAINT)
    assert (reply.ok, reply.value, color(e)) == (False, {"error": said}, left)
    assert verify(e.trajectory(), toolset(), genesis()).ok


def test_a_duplicate_does_it_twice_and_tells_once():
    e = failing("duplicate")
    assert e.call(*PAINT).ok
    assert [event.kind for event in e.trajectory().events[-4:]] == [
        FAULTED,
        "pot.painted",
        "pot.painted",
        "tool.returned",
    ]
    (call,) = e.trajectory().calls()
    assert len(call.facts) == 2
    assert verify(e.trajectory(), toolset(), genesis()).ok


def test_a_stale_reply_is_that_of_before_the_last_change():
    e = failing("stale")
    e.call(*PAINT)
    red = [pot["id"] for pot in e.call("listPots", {"color": "red"}).value]
    assert "p1" not in red
    assert color(e) == "red"
    child = e.fork()
    assert [pot["id"] for pot in child.call("listPots", {"color": "red"}).value] == red
    for line in (e, child):
        assert verify(line.trajectory(), toolset(), genesis()).ok


def test_a_reply_that_is_cut_off_says_so():
    whole = episode().call(*LIST).json.decode()
    told = failing("truncated").call(*LIST).value
    assert told["error"] == "The reply was cut off."
    assert whole.startswith(told["partial"])
    assert len(told["partial"]) == len(whole) // 2


def test_faults_of_commands_never_strike_a_query():
    e = failing("lost", "duplicate")
    assert e.call(*LIST).ok
    assert not any(event.kind == FAULTED for event in e.trajectory().events)


@given(st.integers(0, 9), st.floats(0, 1), st.lists(st.sampled_from([PAINT, LIST, ("melt", {})]), max_size=12))
def test_whatever_goes_wrong_goes_wrong_again(seed: int, rate: float, calls: list[Any]):
    plan = Plan(faults=Faults(seed, rate))
    e, again = episode(plan=plan), episode(plan=plan)
    for line in (e, again):
        for call in calls:
            line.call(*call)
    assert e.head_hash == again.head_hash
    past = e.trajectory()
    assert verify(past, toolset(), genesis()).ok
    taken_up = Episode.resume(past, genesis(), toolset())
    assert len({line.call(*LIST).json for line in (taken_up, e, again)}) == 1
    assert taken_up.head_hash == e.head_hash == again.head_hash


def test_so_many_calls_fail_as_the_rate_says():
    faults = Faults(3, 0.2)
    struck = [faults.strikes(seq, "command") for seq in range(5000)]
    assert 0.18 < sum(one is not None for one in struck) / 5000 < 0.22
    assert set(struck) - {None} == set(KINDS) - {"stale", "truncated"}


def test_a_rate_beyond_one_is_refused():
    with pytest.raises(InvalidInput, match="Expected `float` <= 1"):
        failing(rate=1.5)
