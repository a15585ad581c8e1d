"""The one encoding: what is accepted comes back equal, everything else is refused."""

from __future__ import annotations

import datetime
from hashlib import sha256
from typing import Any

import pytest
from corecraft.engine.canonical import (
    MAX_DEPTH,
    check_depth,
    decode,
    derived_id,
    encode,
    faithful,
    printable,
    sorted_bytes,
)
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> dict[str, Any]:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    return cycle


@given(JSON)
def test_json_comes_back_equal_and_encodes_the_same_again(value: Any):
    data, copy = faithful(value)
    assert copy == value
    assert decode(data) == value
    assert encode(decode(data)) == data


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        [float("inf")],
        {"a": float("-inf")},
        (1, 2),
        {"a": (1,)},
        {1: "a"},
        {None: 1},
        {"a": {1, 2}},
        b"bytes",
        datetime.date(2025, 12, 1),
        datetime.datetime(2025, 12, 1),
        "\ud800",
        {"\udfff": 1},
        nested(MAX_DEPTH + 1),
        nested(5000),
        cyclic(),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_change_on_the_way_is_refused(value: Any):
    with pytest.raises(ValueError, match=r"not JSON|nested deeper than 64 levels"):
        faithful(value)


def test_depth_is_refused_with_the_same_words_whoever_calls():
    """Python's own limit depends on the stack of the caller; the words must not."""

    def from_depth(frames: int, value: Any) -> str:
        if frames:
            return from_depth(frames - 1, value)
        with pytest.raises(ValueError) as error:
            faithful(value)
        return str(error.value)

    words = {from_depth(frames, value) for frames in (0, 300) for value in (nested(65), nested(800), cyclic())}
    assert words == {"nested deeper than 64 levels"}


def test_brackets_within_strings_are_not_depth():
    text = '[{"\\"' * 500
    assert check_depth(faithful({"a": text, "b": [text]})[0])
    assert check_depth(encode(nested(MAX_DEPTH)))
    with pytest.raises(ValueError, match="64 levels"):
        check_depth(encode(nested(MAX_DEPTH + 1)))


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=5))
def test_key_order_counts_for_canonical_bytes_and_not_for_sorted_bytes(row: dict[str, Any]):
    turned = dict(reversed(row.items()))
    assert sorted_bytes(row) == sorted_bytes(turned)
    if list(row) != list(turned):
        assert encode(row) != encode(turned)


def test_an_id_is_its_prefix_and_twelve_digits_of_the_joined_inputs():
    assert derived_id("ref_", "pay-1", 250, "USD") == "ref_" + sha256(b"pay-1|250|USD").hexdigest()[:12]


def test_lone_surrogates_become_printable():
    assert printable("a\ud800b") == "a?b"
    assert printable("plain 🙂") == "plain 🙂"
