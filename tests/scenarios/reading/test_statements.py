"""Reading answers: the same fact in any format, and never a denied one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from corecraft.scenarios.checks.values import claims, spelled
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.statements import Answer

CALENDAR = Calendar(2025, -5)


def numbers(text: str) -> set[Decimal]:
    return {
        one.value for s in Answer(text).statements for kind in ("money", "number") for one in claims(s, kind, CALENDAR)
    }


def dates(text: str) -> set[date]:
    return {one.value for statement in Answer(text).statements for one in claims(statement, "date", CALENDAR)}


@pytest.mark.parametrize(
    "text",
    [
        "$1,234.56",
        "1234.56 USD",
        "**$1,234.56**",
        "a total of 1,234.56.",
        "(1,234.56)",
        "| x | 1234.56 |",
        "discount: -$1,234.56",
        "discount: $-1,234.56",
        "discount: −1234.56",
    ],
)
def test_an_amount_is_read_in_any_format(text):
    assert Decimal("1234.56") in numbers(f"| a | b |\n{text}" if text.startswith("|") else text)


@pytest.mark.parametrize("text", ["12,345.6", "1,234.567", "1234.5", "ord-1234.56", "11,234.56"])
def test_a_near_miss_is_another_number(text):
    assert Decimal("1234.56") not in numbers(text)


@pytest.mark.parametrize(
    "text",
    ["2025-11-13", "2025-11-13T18:41:00Z", "11/13/2025", "13 November 2025", "13 Nov", "Nov 13", "November 13th, 2025",
     "the 13th of November", "Thursday, Nov. 13, 2025"],
)  # fmt: skip
def test_a_day_is_read_in_any_format(text):
    assert date(2025, 11, 13) in dates(text)


@pytest.mark.parametrize("text", ["13 October 2025", "13 November 2024", "2025-13-11", "31 November"])
def test_another_or_impossible_day_is_not_that_day(text):
    assert date(2025, 11, 13) not in dates(text)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("It is eligible for a return.", True),
        ("It is not eligible for a return.", False),
        ("It is no longer eligible for a return.", False),
        ("It isn't eligible for a return.", False),
        ("Not a refund but eligible for a return.", True),
        ("ELIGIBLE   for a\treturn", True),
        ("ineligible for a returnable", False),
    ],
)
def test_a_denied_phrase_is_not_stated(text, stated):
    assert any(spelled(s, ("eligible for a return",)) for s in Answer(text).statements) is stated


def test_a_denied_date_is_not_given_but_its_correction_is():
    assert dates("It was delivered not on 5 November but on 13 November.") == {date(2025, 11, 13)}


def test_a_table_cell_is_read_with_its_row_and_column():
    answer = Answer("## Boards\n| Role | Board |\n|---|---|\n| Current | X670E |\n| Dearest | V9980SE |")
    assert any(s.text == "dearest | board | v9980se" and "boards" in s.context for s in answer.statements)


def test_a_label_line_is_the_context_of_what_follows():
    answer = Answer("Delivery date:\n13 November 2025")
    assert any(s.concerns(("delivery",)) and s.days for s in answer.statements)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "|",
        "||\n||",
        "| a |\n| - |\n| b |",
        "\u202e\ud83d".encode("utf-8", "replace").decode(),
        "x" * 1_000_000,
        "中文 " * 1000,
    ],
)
def test_any_text_can_be_read(text):
    """And what is found in it lies in it."""
    for statement in Answer(text).statements:
        assert all(0 <= one.at < one.end <= len(statement.text) for one in (*statement.numbers, *statement.days))
        spelled(statement, ("x",))


def test_csv_is_read_like_a_table_and_prose_with_commas_is_not():
    answer = Answer("```csv\nid,amount\nord-1,77.46\nord-2,8.50\n```")
    assert [s.text for s in answer.statements if "77.46" in s.text] == ["ord-1 | 77.46", "ord-1 | amount | 77.46"]
    assert [s.text for s in Answer("Hi Tim, all fine, thanks\nYes, it is, really.").statements] == [
        "hi tim, all fine, thanks",
        "yes, it is, really.",
    ]
