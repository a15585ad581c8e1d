"""What no reader sees is not said; what every reader reads past costs nothing."""

from __future__ import annotations

import pytest
from corecraft.scenarios.checks.values import matches, money
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.seen import seen
from corecraft.scenarios.reading.statements import Answer
from hypothesis import given
from hypothesis import strategies as st

CALENDAR = Calendar(2025, -5)


def gives(text: str) -> bool:
    return any(matches(money("19.99"), statement, CALENDAR) for statement in Answer(text).statements)


HIDDEN = [
    "<!-- {} -->", "<think>{}</think> Hello", "<thinking>\n{}\n</thinking>", "{}</think>Hello", "<div hidden>{}</div>",
    '<div style="display:none">{}</div>', '<span style="visibility: hidden">{}</span>',
    "<div hidden><div>x</div>{}</div>", "~~{}~~",
    "<del>{}</del>", "<s>{}</s>", "<strike>{}</strike>", "<details><summary>more</summary>{}</details>",
    "<script>{}</script>",
    "<template>{}</template>", "<!-- {}", "<think>{}", '<p style="font-size:0">{}</p>', "<DIV HIDDEN>{}</DIV>",
]  # fmt: skip
SHOWN = [
    "{}", "\ufeff{}", "\u200b{}", "\u2060{}\u200d", "\U0001f642 {}", "\u2705 {}", "\n\n\n{}", "<b>{}</b>",
    "<p>{}</p>", "&nbsp;{}",
    "<details open>{}</details>", "<think>hm</think>{}", "<!-- x -->{}", "hm</think>{}", "<div>{}</div>", "**{}**", "> {}",
    "[{}](https://example.com)", "x<br>{}", "\r\n{}\r\n", "~~old~~ {}", "<order> {}", "5 < 6 and {}", "\u202a{}\u202c",
]  # fmt: skip


@pytest.mark.parametrize("frame", HIDDEN)
def test_what_is_hidden_is_not_said(frame: str):
    assert not gives(frame.format("It is $19.99."))


@pytest.mark.parametrize("frame", SHOWN)
def test_what_is_shown_is_said(frame: str):
    assert gives(frame.format("It is $19.99."))


@pytest.mark.parametrize(
    "table",
    [
        "| Order | Price |\n|---|---|\n| ord-1 | $19.99 |",
        "> | Order | Price |\n> |---|---|\n> | ord-1 | $19.99 |",
        "| Order | Price |\n|---|---|\n| ord-1<br>(new) | $19.99<br>in all |",
        "<table><tr><th>Order</th><th>Price</th></tr><tr><td>ord-1</td><td>$19.99</td></tr></table>",
    ],
)
def test_tables_of_all_kinds(table: str):
    cells = [s for s in Answer(table).statements if matches(money("19.99"), s, CALENDAR)]
    assert any("price" in s.context or "price" in s.text for s in cells)


@given(st.text())
def test_any_text_can_be_seen_and_seeing_twice_changes_nothing_that_matters(text: str):
    once = seen(text)
    assert "\ufeff" not in once
    assert "\r" not in once


@given(st.text(alphabet="abc $19.\n"))
def test_plain_text_stays_as_it_is(text: str):
    assert seen(text) == text
