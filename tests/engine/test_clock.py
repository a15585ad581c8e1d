"""Instants: text and milliseconds, each from the other."""

from __future__ import annotations

import datetime

import pytest
from corecraft.engine.clock import DAY_MS, fixed_zone, local, to_ms, to_text
from hypothesis import given
from hypothesis import strategies as st

FIRST, LAST = to_ms("0001-01-01T00:00:00Z"), to_ms("9999-12-31T23:59:59.999Z")
EASTERN = fixed_zone(-5)


@given(st.integers(FIRST, LAST))
def test_text_and_milliseconds_are_each_others_inverse(ms: int):
    text = to_text(ms)
    assert to_ms(text) == ms
    assert len(text) == (24 if ms % 1000 else 20)


@given(st.integers(FIRST, LAST), st.integers(FIRST, LAST))
def test_text_sorts_as_its_instant_where_precision_is_equal(one: int, other: int):
    one, other = one // 1000 * 1000, other // 1000 * 1000
    assert (to_text(one) < to_text(other)) == (one < other)


def test_the_same_instant_in_three_spellings():
    assert to_ms("2025-12-01T19:00:00Z") == to_ms("2025-12-01T14:00:00-05:00") == to_ms("2025-12-01T14:00", EASTERN)
    assert to_text(to_ms("2025-12-01T14:00:00.25", EASTERN)) == "2025-12-01T19:00:00.250Z"


@given(st.text("0123456789", max_size=12))
def test_what_is_finer_than_a_millisecond_is_cut_off(digits: str):
    assert to_ms(f"2025-12-01T19:00:00.123{digits}Z") == to_ms("2025-12-01T19:00:00.123Z")


def test_a_date_alone_is_its_midnight_in_the_zone():
    assert to_ms("2025-12-02", EASTERN) - to_ms("2025-12-01", EASTERN) == DAY_MS
    assert to_text(to_ms("2025-12-01", EASTERN)) == "2025-12-01T05:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2025-13-01",
        "2025-12-01T25:00:00Z",
        "2025-12-01T24:00:00Z",
        "2025-12-01T00:00:00.Z",
        "12/01/2025",
        "NaN",
    ],
)
def test_anything_else_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        to_ms(text)


def test_local_reading_crosses_midnight():
    reading = local(to_ms("2025-12-02T03:00:00Z"), EASTERN)
    assert reading.date() == datetime.date(2025, 12, 1)
    assert reading.hour == 22
