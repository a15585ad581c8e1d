"""The world: genesis and overlay together are one list of rows, and the fold is the only way to change it."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.errors import Undeclared
from corecraft.engine.event import Change, Event
from corecraft.engine.genesis import Genesis, Table
from corecraft.engine.world import World
from hypothesis import given
from hypothesis import strategies as st

TABLE = Table(
    sort_key=lambda row: (row.get("rank", 0), row["id"]),
    indexes={"color": lambda row: (row.get("color"),), "tag": lambda row: row.get("tags", ())},
    texts={"name": lambda row: row.get("name", "")},
)
IDS = ["a", "b", "c", "d", "e", "f"]
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "rank": st.integers(-2, 2),
    "color": st.sampled_from(["red", "blue", None]),
    "tags": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
    "name": st.sampled_from(["Pot", "potter", "otter spot", "İstanbul", "", "STRASSE", "straße"]),
}
SETS = st.fixed_dictionaries({}, optional=FIELDS)
REMOVED = st.lists(st.sampled_from(list(FIELDS)), max_size=2, unique=True).map(tuple)
TABLES = st.dictionaries(st.sampled_from(IDS[:4]), SETS, max_size=4)
CHANGES = st.lists(st.tuples(st.sampled_from(IDS), SETS, REMOVED), max_size=8)
KEYS = st.none() | st.tuples(st.integers(-2, 2)) | st.tuples(st.integers(-2, 2), st.sampled_from(IDS))
WHERE = st.fixed_dictionaries(
    {}, optional={"color": st.sampled_from(["red", "blue", "green", None]), "tag": st.sampled_from("xyz")}
)
TEXT = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(
            ["po", "POT", "potte", "tter", "ttt", "ss", "TRASSE", "i", "", "ß", "\u0307s", "\u0307sta"]
        )
    },
)

Rows = dict[str, dict[str, Any]]


def with_ids(rows: Rows) -> Rows:
    return {id: {"id": id, **row} for id, row in rows.items()}


def genesis_of(rows: Rows) -> Genesis:
    return Genesis({"pot": rows}, 0, {"pot": TABLE})


def events_of(changes: list[Any]) -> list[Event]:
    return [
        Event(seq, "pot.changed", seq, {}, None, (Change("pot", id, {**fields, "id": id}, removed),))
        for seq, (id, fields, removed) in enumerate(changes)
    ]


def changed(rows: Rows, changes: list[Any]) -> Rows:
    """The plain model of the fold."""
    rows = dict(rows)
    for id, fields, removed in changes:
        row = {**rows.get(id, {}), **fields, "id": id}
        rows[id] = {name: value for name, value in row.items() if name not in removed}
    return rows


def listed(rows: Rows, where: Any, text: Any, start: Any, stop: Any) -> list[dict[str, Any]]:
    """The plain model of a listing: filter, then sort."""
    found = [
        row
        for row in rows.values()
        if ("color" not in where or row.get("color") == where["color"])
        and ("tag" not in where or where["tag"] in row.get("tags", ()))
        and ("name" not in text or text["name"].lower() in row.get("name", "").lower())
        and (start is None or TABLE.sort_key(row) >= start)
        and (stop is None or TABLE.sort_key(row) < stop)
    ]
    return sorted(found, key=TABLE.sort_key)


@given(TABLES, CHANGES, st.lists(st.tuples(WHERE, TEXT, KEYS, KEYS), min_size=1, max_size=3))
def test_listing_equals_filter_and_sort_over_plain_rows(rows: Rows, changes: list[Any], questions: list[Any]):
    rows = with_ids(rows)
    world = World(genesis_of(rows)).fold(events_of(changes))
    model = changed(rows, changes)
    assert {id: world.get("pot", id) for id in IDS} == {id: model.get(id) for id in IDS}
    for where, text, start, stop in questions:
        assert list(world.rows("pot", where, text, start, stop)) == listed(model, where, text, start, stop)
    assert world.has("pot") == bool(model)


@given(TABLES, st.lists(st.tuples(CHANGES, WHERE), max_size=6))
def test_what_was_searched_before_a_change_is_searched_as_well_after_it(rows: Rows, rounds: list[Any]):
    model = with_ids(rows)
    world = World(genesis_of(model))
    for changes, where in rounds:
        earlier, found = world, list(world.rows("pot", where))
        world, model = world.fold(events_of(changes)), changed(model, changes)
        assert list(world.rows("pot", where)) == listed(model, where, {}, None, None)
        assert list(earlier.rows("pot", where)) == found


@given(TABLES, CHANGES)
def test_folding_at_once_equals_folding_one_by_one_and_leaves_the_past_alone(rows: Rows, changes: list[Any]):
    events = events_of(changes)
    start = World(genesis_of(with_ids(rows)))
    before = list(start.rows("pot"))
    at_once = start.fold(events)
    worlds = [start]
    for event in events:
        worlds.append(worlds[-1].fold([event]))
    assert worlds[-1].overlay == at_once.overlay
    assert worlds[-1].now == at_once.now
    assert worlds[-1].state_hash == at_once.state_hash
    assert list(start.rows("pot")) == before
    assert start.overlay == {}
    for count, world in enumerate(worlds):
        assert list(world.rows("pot")) == listed(changed(with_ids(rows), changes[:count]), {}, {}, None, None)


@given(TABLES, CHANGES, st.sets(st.integers(0, 8)))
def test_the_state_hash_equals_one_computed_from_scratch(rows: Rows, changes: list[Any], asked: set[int]):
    """Whenever it was asked for on the way: it is kept up from the last one known."""
    rows = with_ids(rows)
    world = World(genesis_of(rows))
    for number, event in enumerate(events_of(changes)):
        if number in asked:
            _ = world.state_hash
        world = world.fold([event])
    assert world.state_hash == genesis_of(changed(rows, changes)).state_hash


@given(TABLES, CHANGES, SETS)
def test_the_state_hash_changes_exactly_when_a_row_does(rows: Rows, changes: list[Any], last: dict[str, Any]):
    world = World(genesis_of(with_ids(rows))).fold(events_of(changes))
    after = world.fold(events_of([("a", last, ())]))
    assert (after.state_hash == world.state_hash) == (after.get("pot", "a") == world.get("pot", "a"))


@given(st.permutations([("a", {"rank": 1}, ()), ("b", {"color": "red"}, ()), ("c", {"name": "Pot"}, ("rank",))]))
def test_the_route_does_not_count(changes: list[Any]):
    rows = with_ids({"a": {}, "b": {"color": "blue"}})
    assert World(genesis_of(rows)).fold(events_of(changes)).state_hash == World(genesis_of(rows)).fold(
        events_of(sorted(changes, key=lambda change: change[0]))
    ).state_hash  # fmt: skip


def test_there_and_back_again_is_the_genesis_state():
    genesis = genesis_of({"a": {"id": "a", "color": "red"}})
    there = World(genesis).fold(events_of([("a", {"color": "blue"}, ())]))
    back = there.fold(events_of([("a", {"color": "red"}, ())]))
    assert there.state_hash != genesis.state_hash == back.state_hash


def test_events_without_changes_share_the_rows():
    world = World(genesis_of({}))
    assert world.fold([Event(1, "prompt.given", 0, {})]) is world
    later = world.fold([Event(1, "clock.advanced", 5, {})])
    assert later.now == 5
    assert later.overlay is world.overlay


def test_types_that_an_event_does_not_touch_are_shared():
    first = World(genesis_of({})).fold([Event(0, "x", 0, {}, None, (Change("cup", "c", {"id": "c"}),))])
    second = first.fold(events_of([("a", {}, ())]))
    assert second.overlay["cup"] is first.overlay["cup"]


def test_a_type_that_only_events_brought_in_is_listed_by_id():
    cups = [Change("cup", id, {"id": id}) for id in ("z", "y")]
    world = World(genesis_of({})).fold([Event(0, "cups.given", 0, {}, None, tuple(cups))])
    assert [row["id"] for row in world.rows("cup")] == ["y", "z"]
    assert world.get("cup", "z") == {"id": "z"}
    assert world.has("cup")
    assert list(world.rows("plate")) == []
    assert not world.has("plate")


def test_an_undeclared_index_is_a_mistake_of_ours():
    world = World(genesis_of({"a": {"id": "a"}}))
    with pytest.raises(Undeclared, match=r"the line of pot in the tables has no key size, only color, tag"):
        world.rows("pot", {"size": 1})
    with pytest.raises(Undeclared, match=r"has no text title, only name"):
        world.rows("pot", text={"title": "x"})


@pytest.mark.parametrize("there", [True, False])
def test_a_type_without_a_table_is_listed_and_found_by_nothing(there: bool):
    world = World(genesis_of({"a": {"id": "a"}}))
    if there:
        world = world.fold([Event(0, "lid.made", 0, {}, None, (Change("lid", "b", {"id": "b"}),))])
    assert [row["id"] for row in world.rows("lid")] == ["b"] * there
    with pytest.raises(Undeclared, match=r"lid has no line in the tables, so its rows have no key size"):
        world.rows("lid", {"size": 1})
