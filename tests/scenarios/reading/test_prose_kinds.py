"""What people write in free prose, by kind: each was found in an answer that was read wrongly."""

from __future__ import annotations

import pytest
from corecraft.scenarios.checks import Value, day, money
from corecraft.scenarios.checks.owners import owned
from corecraft.scenarios.checks.values import mentions
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.statements import Answer

CALENDAR = Calendar(2025, -5)

FEE = money("19.99")


def stances(text: str, value: Value) -> list[str]:
    return [found.stance.name for s in Answer(text).statements for found in mentions(value, s, CALENDAR)]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("We expect it 8-12 December.", "2025-12-08"),
        ("It comes between 8 and 12 December 2025.", "2025-12-08"),
        ("From 8 to 12 December.", "2025-12-12"),
        ("August 12, 2024: delivered", "2024-08-12"),
        ("The warranty ended on 12 August 2024: it is over.", "2024-08-12"),
        ("The window closed on 25 November, so we can't take it back as a return.", "2025-11-25"),
        ("It closed on 25 November. We cannot take it back.", "2025-11-25"),
        ("It closed on 25 November. I'll take a look at the rest.", "2025-11-25"),
        ("**Not delivered yet.** Here's what I see:\n- It left on 25 November", "2025-11-25"),
    ],
)
def test_days_that_are_told(text: str, on: str):
    assert stances(text, day(on)) == ["ASSERTED"]


@pytest.mark.parametrize(
    ("text", "on", "stance"),
    [
        ("It closed on 25 November. I take that back.", "2025-11-25", "WITHDRAWN"),
        ("It closed on 25 November; sorry, taking that back", "2025-11-25", "WITHDRAWN"),
        ("The week of 24 November was superseded.", "2025-11-24", "DENIED"),
        ("It arrived on Wednesday, the 26th.", "2025-11-26", "UNRESOLVED"),
    ],
)
def test_days_that_are_not(text: str, on: str, stance: str):
    assert stances(text, day(on)) == [stance]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("Between 11 and 17 November 27 tickets came in.", "2025-11-27"),
        ("It is the 26th row.", "2025-11-26"),
        ("It came on the 26th of October.", "2025-11-26"),
    ],
)
def test_what_is_no_such_day(text: str, on: str):
    assert stances(text, day(on)) == []


@pytest.mark.parametrize(
    "text",
    [
        "no later than 12:45 p.m. EST on 20 November",
        "20 November 2025, no later than 12:45",
        "by 12:45 PM EST on 20 November",
    ],
)
def test_a_time_beside_its_day(text: str):
    assert stances(text, Value("time", "2025-11-20T12:45")) == ["ASSERTED"]


def test_what_follows_a_denial_and_a_colon_is_left_open():
    assert stances("It is not a double charge: $19.99 failed and was tried again.", FEE) == ["DOUBTFUL"]


@pytest.mark.parametrize(
    "text",
    [
        "I could not verify that: the figures below are as told.\n\nThe customer claims:\n- fee: $19.99",
        "It is not true that:\n- the fee is $19.99",
    ],
)
def test_a_label_still_makes_of_its_lines_what_it_says(text: str):
    (found,) = [(s, one) for s in Answer(text).statements for one in mentions(FEE, s, CALENDAR)]
    statement, one = found
    assert statement.stance(one.start, one.end).name != "ASSERTED" or one.stance.name != "ASSERTED"


def owners(text: str) -> list[list[str]]:
    parts = owned(Answer(text), [("ord-251101-101",), ("ord-251101-102",)], ())
    return [[part.statement.text for part in each] for each in parts]


def test_items_go_on_about_the_record_that_one_before_names_alone():
    first, second = owners(
        "- Order: ord-251101-101\n- Placed: 3 November\n- Charged: $19.99\n\nThen:\n- ord-251101-102: $5"
    )
    assert first == ["order: ord-251101-101", "placed: 3 november", "charged: $19.99"]
    assert second == ["ord-251101-102: $5"]


def test_a_sum_and_two_names_are_no_record_of_their_own():
    assert owners("- ord-251101-101\n- Everything together: $14")[0] == ["ord-251101-101"]
    first, second = owners("- ord-251101-101 costs $5 more than ord-251101-102\n- Shipping: $3")
    assert "shipping: $3" not in [*first, *second]


def test_a_short_line_is_the_title_of_the_table_below():
    text = "New, none has an owner (2)\n| Ticket | Day |\n|---|---|\n| tick-1 | 3 May |\n| tick-2 | 4 May |"
    assert all("owner" in s.context for s in Answer(text).statements if s.listed)
