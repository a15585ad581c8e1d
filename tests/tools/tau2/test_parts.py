"""What of tau2's domains needs no tau2: replies without a loss, tables that know what they hand out, code that asks for chance,
and what is said where the package is missing."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec

import pytest
from corecraft.engine.canonical import decode, encode
from corecraft.engine.errors import CoreCraftError
from corecraft.scenarios.company import by_name
from corecraft.tools.tau2.package import asks
from corecraft.tools.tau2.replies import content_of, reply_of, same_content
from corecraft.tools.tau2.tracked import Tracked
from hypothesis import example, given
from hypothesis import strategies as st

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(VALUES.map(json.dumps) | st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
@example("12.50", False)
@example('"3.5"', False)
@example("NaN", False)
@example('{"a": 1}', True)
@example("99999999999999999999999999", False)
def test_a_message_comes_back_as_it_was_character_by_character(content: str, error: bool):
    recorded = decode(encode(reply_of(content, error)))
    assert content_of(recorded, ok=not error) == content


def test_json_is_recorded_as_what_it_says_and_an_error_in_the_words_it_has():
    assert reply_of('{"status": "pending"}', error=False) == {"status": "pending"}
    assert reply_of("Transfer successful", error=False) == "Transfer successful"
    assert reply_of("Error: Order not found", error=True) == {"error": "Error: Order not found"}


def test_messages_are_compared_as_tau2_compares_them():
    assert same_content('{"a": 1, "b": [2]}', '{"b":[2],"a":1}')
    assert not same_content("sara_doe_496", "sara_doe_497")


def test_a_table_knows_which_records_it_handed_out():
    table = Tracked({"a": 1, "b": 2, "c": 3})
    assert next(value for key, value in table.items() if key == "b") == 2
    assert (list(table.scanned), list(table.reached)) == (["a", "b"], [])
    assert table.get("c") == table["c"] == 3
    assert "a" in table
    assert len(table.values()) == 3
    assert list(table.reached) == ["c"]


@pytest.mark.parametrize(
    "write",
    [
        lambda table: table.update(a=5),
        lambda table: table.pop("a"),
        lambda table: table.setdefault("a", 5),
        lambda table: table.__delitem__("a"),
        lambda table: table.clear(),
        lambda table: table.popitem(),
    ],
)
def test_a_record_that_is_written_was_reached(write):
    table = Tracked({"a": 1})
    write(table)
    assert list(table.reached) == ["a"]
    table.forget()
    assert not table.reached


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import random", ["random"]),
        ("from time import time", ["time"]),
        ("from datetime import date\ntoday = date.today()", ["date.today"]),
        ("import datetime\nnow = datetime.datetime.now()", ["datetime.now"]),
        ("import uuid\nid = uuid.uuid1()", ["uuid.uuid1"]),
        ("import uuid\nid = uuid.uuid4()", []),  # is made to ask the world
        ("from .utils import get_now\nnow = get_now()", []),
    ],
)
def test_code_that_asks_the_machine_is_found(source: str, found: list[str]):
    assert [what for _, what in asks(ast.parse(source))] == found


@pytest.mark.skipif(find_spec("tau2") is not None, reason="tau2 is installed here")
def test_where_tau2_is_missing_one_line_says_what_to_do():
    with pytest.raises(CoreCraftError, match=r"^this needs tau2: pip install 'corecraft\[tau2\]'[^\n]*$"):
        by_name("tau2/retail")
