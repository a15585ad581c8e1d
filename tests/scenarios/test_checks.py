"""Each check says yes and no, and why."""

from __future__ import annotations

import pytest
from corecraft.scenarios.checks import (
    Asked,
    Assigns,
    Compares,
    Evidence,
    Item,
    Lacks,
    LacksDate,
    LacksNumber,
    Saw,
    States,
    StatesDate,
    StatesNumber,
    StoppedAfter,
    Unchanged,
)

from ..toy import episode


def judged(check, answer="", *calls):
    e = episode()
    for tool, arguments in calls:
        e.call(tool, arguments)
    e.submit(answer)
    return check.judge(Evidence(e.trajectory()))


PAINT = ("paintPot", {"pot_id": "p1", "color": "red"})
LIST_RED = ("listPots", {"color": "red"})

TABLE = [
    (States(groups=(("open", "valid"),)), "It is still open.", "It is not open."),
    (States(groups=(("open",), ("refund",))), "Open; a refund is due.", "It is open."),
    (States(groups=(("active",),), with_words=("warranty",)), "The warranty is active.", "The sale is active."),
    (Lacks(phrases=("aisha",)), "Here is the count.", "Ask Aisha."),
    (Lacks(phrases=("aisha",)), "No need to ask Aisha.", "Aisha knows."),
    (StatesNumber(value="21", with_words=("orders",)), "21 orders", "21 days; 20 orders"),
    (StatesNumber(value="12083.17"), "$12,083.17", "$12,083.71"),
    (LacksNumber(value="0", with_words=("missing",)), "Nothing is missing.", "The missing amount is $0.00."),
    (StatesDate(day="2025-11-13", with_words=("delivered",)), "Delivered on 13 Nov.", "Delivered 5 Nov, written 13 Nov 2024."),
    (LacksDate(days=("2025-11-05",), with_words=("delivered",)), "Delivered 13 Nov, label of 5 Dec.", "Delivered 5 Nov."),
    (Assigns(role=("most popular",), names=("B550M",), rivals=("X670E",)), "Most popular: B550M", "Most popular: X670E"),
    (Assigns(role=("most popular",), names=("B550M",), rivals=("X670E",)),
     "| Role | Board |\n|-|-|\n| Most popular | B550M |", "The B550M and the X670E; the X670E is the most popular."),
    (Assigns(role=("most expensive",), names=("V99",), rivals=("Z790",), unless=("next most expensive",)),
     "Next most expensive: Z790. Most expensive: V99.", "Most expensive: Z790. Next most expensive: V99."),
    (Compares(items=(Item(("X670E",), (("AM5",), ("DDR5",))), Item(("Z790",), (("LGA1700",),)))),
     "| | X670E | Z790 |\n|-|-|-|\n| Socket | AM5 | LGA1700 |\n| Memory | DDR5 | DDR5 |", "X670E: AM5, DDR4. Z790: LGA1700."),
]  # fmt: skip


@pytest.mark.parametrize(("check", "right", "wrong"), TABLE)
def test_a_check_of_the_answer(check, right, wrong):
    assert judged(check, right).passed, judged(check, right).reason
    assert not judged(check, wrong).passed, judged(check, wrong).reason
    assert judged(check, wrong).reason


@pytest.mark.parametrize("check", [row[0] for row in TABLE if not isinstance(row[0], Lacks | LacksDate | LacksNumber)])
def test_an_empty_answer_states_nothing(check):
    assert not judged(check, "").passed


def test_unchanged_names_the_rows_and_the_events():
    assert judged(Unchanged(), "", LIST_RED).passed
    verdict = judged(Unchanged(), "", PAINT)
    assert not verdict.passed
    assert verdict.reason == "changed: pot p1"
    assert verdict.evidence == (2,)


def test_saw_takes_any_route_that_showed_the_rows():
    assert judged(Saw(ids=("p0", "p3")), "", LIST_RED).passed
    assert judged(Saw(ids=("p0", "p3")), "", ("listPots", {"name": "Pot 0"}), ("listPots", {"name": "Pot 3"})).passed
    assert not judged(Saw(ids=("p0", "p1")), "", LIST_RED).passed


def test_asked_counts_words():
    check = Asked(tool="listPots", argument="name", max_words=1)
    assert judged(check, "", ("listPots", {"name": "pot"})).passed
    assert not judged(check, "", ("listPots", {"name": "the pot"})).passed


def test_stopped_after_looks_only_at_what_came_later():
    check = StoppedAfter(ids=("p0",), tools=("paintPot",))
    assert judged(check, "", PAINT, LIST_RED).passed
    assert not judged(check, "", LIST_RED, PAINT).passed
    assert not judged(check, "").passed


def test_an_unknown_check_is_refused_when_a_task_is_read():
    import msgspec
    from corecraft.scenarios.task import Criterion

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id":"a","text":"b","tag":"format","check":{"check":"always"}}', type=Criterion)
