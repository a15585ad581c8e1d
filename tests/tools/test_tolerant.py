"""The tolerant reader of worlds stored by others."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.errors import InvalidWorld
from corecraft.tools.tolerant import clock_of, normalised, tables_of


@pytest.mark.parametrize(
    ("field", "stored", "read"),
    [
        *((field, '[{"a": 1}]', [{"a": 1}]) for field in ("addresses", "lineItems", "events")),
        *((field, '["a"]', ["a"]) for field in ("permissions", "componentIds", "tags", "productsMentioned")),
        *((field, '{"a": 1}', {"a": 1}) for field in ("shipping", "inventory", "specs")),
        ("tags", "[]", []),
        ("tags", "returns", "returns"),
        ("tags", "42", "42"),
        ("tags", '{"a": 1}', '{"a": 1}'),
        ("specs", "{oops", "{oops"),
        ("specs", "null", "null"),
        ("specs", "[" * 100_000, "[" * 100_000),
        ("specs", None, None),
        ("specs", {"a": "[1]"}, {"a": "[1]"}),
        ("name", "[1]", "[1]"),
        ("body", '{"a": 1}', '{"a": 1}'),
    ],
)
def test_text_is_read_where_json_is_expected(field: str, stored: Any, read: Any):
    assert normalised("any", {"id": "x", field: stored}) == {"id": "x", field: read}


def test_builds_of_product_ids_carry_component_ids_too():
    row = normalised("build", {"id": "b", "productIds": '["p", "p"]'})
    assert row == {"id": "b", "productIds": ["p", "p"], "componentIds": ["p", "p"]}
    both = {"id": "b", "productIds": ["p"], "componentIds": ["q"]}
    assert normalised("build", both) == both
    assert normalised("order", {"id": "o", "productIds": ["p"]}) == {"id": "o", "productIds": ["p"]}


def test_a_row_is_left_as_it_was():
    row = {"id": "x", "tags": "[]"}
    normalised("knowledge_base_article", row)
    assert row == {"id": "x", "tags": "[]"}


def test_tables_take_ids_from_keys_and_put_them_first():
    raw = {"current_time": "2025-01-01T00:00:00Z", "order": {"o1": {"status": "paid"}, "o2": {"a": 1, "id": "other"}}}
    tables = tables_of(raw)
    assert tables == {"order": {"o1": {"id": "o1", "status": "paid"}, "o2": {"id": "o2", "a": 1}}}
    assert [next(iter(row)) for row in tables["order"].values()] == ["id", "id"]


def test_a_row_must_be_an_object():
    with pytest.raises(InvalidWorld, match="order 'o1': a row must be an object"):
        tables_of({"order": {"o1": 7}})


@pytest.mark.parametrize(
    ("raw", "ms"),
    [
        ({}, 0),
        ({"current_time": ""}, 0),
        ({"current_time": "1970-01-01T00:00:01Z"}, 1000),
        ({"currentTime": "1970-01-01T00:00:04Z", "current_time": "1970-01-01T00:00:03Z"}, 3000),
        ({"now": "1970-01-01T00:00:02Z", "current_time": "1970-01-01T00:00:03Z"}, 2000),
        ({"now": "1970-01-01T00:00:02Z", "__now": "1970-01-01T00:00:01Z"}, 1000),
        ({"now": None, "currentTime": "1970-01-01T00:00:04.5Z"}, 4500),
    ],
)
def test_the_clock_has_four_names(raw: dict[str, Any], ms: int):
    assert clock_of(raw) == ms
