"""Who did what: an agent answers for what stands otherwise because of its calls, and for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.event import Change
from corecraft.engine.world import World
from corecraft.scenarios.checks import Allowance, Becomes, Creates, Evidence, NothingElse, Unchanged
from hypothesis import given
from hypothesis import strategies as st

from ..toy import episode, genesis

COLORS = ("red", "green", "blue")
RED = ("paint", "p1", "red")
GREEN = ("paint", "p1", "green")  # as p1 is from the start
BLUE = ("paint", "p1", "blue")
OUTSIDE = ("outside", "p1", "red")

Deed = tuple[str, str, str]


def done(deeds: Sequence[Deed]) -> Episode:
    e = episode()
    for kind, pot, color in deeds:
        if kind == "paint":
            e.call("paintPot", {"pot_id": pot, "color": color})
        else:
            e.record("weather.faded", {}, [Change("pot", pot, {"color": color})])
    e.submit("Done.")
    return e


def evidence(*deeds: Deed) -> Evidence:
    e = done(deeds)
    return Evidence(e.trajectory(), World(e.world.genesis))


@pytest.mark.parametrize(
    ("deeds", "changed"),
    [
        ([], False),
        ([RED], True),
        ([RED, GREEN], False),  # there and back again
        ([RED, BLUE, GREEN], False),
        ([GREEN], False),  # what it was already
        ([OUTSIDE], False),
        ([OUTSIDE, RED], False),  # it would be red all the same
        ([OUTSIDE, GREEN], True),  # it undid what happened
        ([RED, OUTSIDE], False),
        ([BLUE, OUTSIDE], False),  # overtaken: nothing is left of it
    ],
)
def test_only_what_stands_otherwise_is_a_change(deeds: list[Deed], changed: bool):
    seen = evidence(*deeds)
    assert bool(seen.touched) == changed
    assert Unchanged().verdict(seen).passed is not changed
    assert NothingElse(expected=(Allowance("pot", id="p2"),)).verdict(seen).passed is not changed


def test_a_row_may_pass_through_other_values_on_its_way():
    assert Becomes(entity="pot", rows={"p1": {"color": "red"}}).verdict(evidence(BLUE, RED)).passed
    assert not Becomes(entity="pot", rows={"p1": {"color": "red"}}).verdict(evidence(RED, BLUE)).passed
    assert Becomes(entity="pot", rows={"p1": {"color": "green"}}).verdict(evidence(RED, GREEN)).passed
    assert not Creates(entity="pot", rows=({"color": "red"},)).verdict(evidence(RED)).passed


@given(
    st.lists(
        st.tuples(st.sampled_from(("paint", "outside")), st.sampled_from(("p0", "p1", "p2")), st.sampled_from(COLORS))
    )
)
def test_touched_rows_are_those_that_differ_from_a_world_without_the_agent(deeds: list[Deed]):
    now: dict[str, Any] = {id: row["color"] for id, row in genesis().tables["pot"].items()}
    without = dict(now)
    for kind, pot, color in deeds:
        now[pot] = color
        if kind == "outside":
            without[pot] = color
    painted = {pot for kind, pot, _ in deeds if kind == "paint"}
    differing = {("pot", id): {"color": now[id]} for id in painted if now[id] != without[id]}
    assert {key: touched.fields for key, touched in evidence(*deeds).touched.items()} == differing
