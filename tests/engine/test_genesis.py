"""The starting world: identified by its rows, however they were given."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from corecraft.engine.errors import InvalidWorld
from corecraft.engine.genesis import Genesis, Listing, Table, row_hash
from hypothesis import given
from hypothesis import strategies as st

from ..toy import START, TABLES, genesis


def rows(*ids: str) -> dict[str, dict[str, Any]]:
    return {id: {"id": id, "name": id.upper(), "price": len(id), "color": "red"} for id in ids}


@given(st.permutations(["a", "b", "cc", "d"]))
def test_the_order_in_which_rows_were_given_does_not_count(order: list[str]):
    plain = Genesis({"pot": rows("a", "b", "cc", "d")}, START, TABLES)
    assert Genesis({"pot": rows(*order)}, START, TABLES).digest == plain.digest


def test_every_row_id_type_and_the_clock_count():
    base = genesis()
    others = [
        Genesis(base.tables, START + 1, TABLES),
        Genesis({"cup": base.tables["pot"]}, START, TABLES),
        genesis(8),
        Genesis({"pot": {**base.tables["pot"], "p1": {**base.tables["pot"]["p1"], "price": 99}}}, START, TABLES),
    ]
    digests = {world.digest for world in (base, *others)}
    assert len(digests) == 5
    assert genesis().digest == base.digest


def test_empty_types_do_not_count():
    assert Genesis({"pot": rows("a"), "cup": {}}, 0, {}).digest == Genesis({"pot": rows("a")}, 0, TABLES).digest
    assert Genesis({}, 0, TABLES).counts() == {"lid": 0, "pot": 0}


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        "p1",
        {},
        {"id": "p2"},
        {"id": None},
        {"id": "p1", "at": datetime.date(2025, 1, 1)},
        {"id": "p1", "price": float("nan")},
        {"id": "p1", "size": (1, 2)},
        {"id": "p1", "name": "\ud800"},
    ],
)
def test_a_row_must_be_a_json_object_under_its_own_id(row: Any):
    with pytest.raises(InvalidWorld, match="pot 'p1': "):
        Genesis({"pot": {"p1": row}}, START, TABLES)


def test_the_state_hash_is_the_sum_over_rows_and_ignores_key_order():
    one = {"id": "a", "x": {"k": 1, "l": 2}}
    other = {"x": {"l": 2, "k": 1}, "id": "a"}
    assert row_hash("pot", one) == row_hash("pot", other)
    assert row_hash("pot", one) != row_hash("cup", one)
    assert Genesis({"pot": {"a": one}}, 0, {}).state_hash == row_hash("pot", one)
    assert Genesis({}, 0, TABLES).state_hash == 0


def test_a_listing_finds_rows_by_position():
    table = Table(
        lambda row: (row["price"], row["id"]), {"color": lambda row: (row["color"], row["color"])}, TABLES["pot"].texts
    )
    listing = Listing(table, rows("bb", "a", "c"))
    assert [row["id"] for row in listing.rows] == ["a", "c", "bb"]
    assert listing.postings("color") == {"red": [0, 1, 2]}
    assert listing.text("name").texts == ["a", "c", "bb"]
    assert listing.span((1, "b"), (2,)) == range(1, 2)
