"""Values in any notation: right when right, and wrong when wrong."""

from __future__ import annotations

from datetime import datetime

import pytest
from corecraft.scenarios.checks.values import Value, day, matches, mentions, moment, money, number
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.statements import Answer

CALENDAR = Calendar(2025, -5)


def gives(fact: Value, text: str) -> bool:
    return any(matches(fact, statement, CALENDAR) for statement in Answer(text).statements)


AMOUNTS = {
    "19.99": [
        "$19.99", "US$19.99", "US$ 19.99", "19.99 USD", "USD 19.99", "$ 19.99", "19.99 US dollars", "19,99 USD",
        "19.99 dollars",
        "It is $19.99.", "(19.99)", "**$19.99**", "nineteen dollars and ninety-nine cents", "nineteen dollars, 99 cents",
        "&#36;19.99", "<b>$19.99</b>", "$\u200b19.99",
    ],
    "1234.5": [
        "$1,234.50", "1 234,50 USD", "1\u00a0234,50 USD", "1\u202f234.50", "1.234,50 USD", "1'234.50 USD",
        "1\u2019234.50 USD",
        "$1234.5", "USD 1 234.50",
    ],
    "5": ["$5", "five dollars", "5 dollars", "5 bucks", "$5.00", "5.00"],
    "2500": ["$2.5k", "$2.5 thousand", "2.5 thousand dollars", "$2,500"],
    "19990000": ["$19.99 million", "19.99 mio USD"],
    "21": ["twenty-one dollars", "twenty one dollars", "21 US dollars"],
}  # fmt: skip
"""Amount in dollars -> how it may be written."""

OTHER_AMOUNTS = [
    "$19.99 million", "$19.99k", "\u20ac19.99", "EUR 19.99", "19.99 euros", "\u00a319.99", "19.99%", "19.99 %",
    "19.99 percent",
    "CAD 19.99", "C$19.99", "$119.99", "$19.991", "$19,990", "$1,919.99", "not $19.99", "19.99.2025", "19/99",
]  # fmt: skip


@pytest.mark.parametrize(("amount", "text"), [(amount, text) for amount, texts in AMOUNTS.items() for text in texts])
def test_an_amount(amount: str, text: str):
    assert gives(money(amount), text)


@pytest.mark.parametrize("text", OTHER_AMOUNTS)
def test_another_amount(text: str):
    assert not gives(money("19.99"), text)


@pytest.mark.parametrize(
    ("value", "text", "given"),
    [
        ("15", "15 %", True),
        ("15", "fifteen percent", True),
        ("3", "three orders", True),
        ("3", "3 orders", True),
        ("3", "\u20ac3", False),
        ("240", "240 mm", True),
        ("1440", "1440p", True),
        ("12", "twelve", True),
        ("1200", "1,200", True),
        ("1200", "1.2 thousand", True),
        ("1.2", "1,200", False),
        ("0", "not a single one", True),
        ("0", "we are not short of a single unit", True),
        ("0", "without a single scratch", True),
        ("0", "open from 9:00 to 18:00", False),
        ("20", "at 3:20 pm", False),
        ("20", "seen 2025-11-24T03:20:53Z", False),
        ("5", "at 5 pm", False),
        ("5", "5 parts, at 5 pm", True),
    ],
)
def test_a_number(value: str, text: str, given: bool):
    assert gives(number(value), text) is given


DAY = [
    "2025-11-13", "2025/11/13", "2025.11.13", "20251113", "13.11.2025", "13.11.25", "11/13/2025", "11/13/25",
    "11/13", "13/11/2025",
    "13-11-2025", "13-Nov-2025", "13-nov-25", "13 Nov 2025", "13 November", "13th of November", "the 13th of November 2025",
    "November 13 of 2025", "November 13, 2025", "Nov. 13", "Nov the 13th", "November 13 '25", "Nov 13, '25",
    "2025-11-13T18:41:00Z", "2025-11-13 18:41", "Thursday, 13 November 2025 (a Thursday)",
]  # fmt: skip
OTHER_DAY = [
    "2019/11/13", "2019-11-13", "13.11.2024", "13-Nov-2019", "November 13 of 2024", "Nov 13, '24", "20241113",
    "2025-13-11", "31.11.2025",
    "12 November 2025", "13 October 2025", "1.13.2025", "113.11.2025", "13.11.20255", "ord-20251113-4",
    "version 13.11", "not on 13 November",
]  # fmt: skip


@pytest.mark.parametrize("text", DAY)
def test_a_day(text: str):
    assert gives(day("2025-11-13"), text)


@pytest.mark.parametrize("text", OTHER_DAY)
def test_another_day(text: str):
    assert not gives(day("2025-11-13"), text)


@pytest.mark.parametrize("text", ["3/11/2025", "03/11", "3-11-2025"])
def test_figures_are_read_as_here_and_left_open_where_others_read_the_right_day(text: str):
    (statement,) = Answer(f"it came on {text}").statements
    assert gives(day("2025-03-11"), text)
    assert not gives(day("2025-11-03"), text)
    assert [one.stance.value for one in mentions(day("2025-11-03"), statement, CALENDAR)] == ["unresolved"]


MOMENT = [
    "13 November 2025 at 22:40", "13 November 2025, 22:40 EST", "2025-11-13 10:40 pm", "2025-11-13 10:40 p.m. ET",
    "Nov 13, 10:40pm",
    "2025-11-14T03:40:00Z", "2025-11-14 03:40 UTC", "2025-11-14 03:40 GMT", "2025-11-13T22:40:00-05:00",
    "2025-11-14T04:40:00+01:00",
    "14 November 2025, 04:40 CET", "13 November 2025, 19:40 PST", "22:40 on 13 November 2025", "13 Nov 22h40",
]  # fmt: skip
OTHER_MOMENT = [
    "13 November 2025 at 10:40", "13 November 2025 at 22:40 UTC", "13 November 2025 at 22:40 PST",
    "14 November 2025 at 22:40",
    "13 November 2025 at 22:41", "13 November 2024 at 22:40", "13 November 2025", "22:40",
]  # fmt: skip


@pytest.mark.parametrize("text", MOMENT)
def test_a_moment(text: str):
    assert gives(Value("time", "2025-11-13T22:40"), text)


@pytest.mark.parametrize("text", OTHER_MOMENT)
def test_another_moment(text: str):
    assert not gives(Value("time", "2025-11-13T22:40"), text)


@pytest.mark.parametrize(
    ("text", "hour"), [("13 Nov, 10 pm", "22"), ("13 Nov at 9 a.m.", "09"), ("13 Nov at noon", "12")]
)
def test_a_time_without_minutes(text: str, hour: str):
    assert gives(Value("time", f"2025-11-13T{hour}:00"), text)


@pytest.mark.parametrize("text", ["9999-12-31 23:50 UTC-9", "1 January 0001, 00:10 +05:00", "9999-12-31 at 11 pm pst"])
def test_an_instant_that_no_calendar_has_here_is_none(text: str):
    assert not gives(day("2025-11-13"), f"due {text}")
    assert not gives(moment(datetime(2025, 11, 13, 18, 41)), f"due {text}")
