"""Each check says yes and no, and why."""

from __future__ import annotations

import pytest
from corecraft.scenarios.checks import (
    Affirms,
    Assigns,
    Called,
    Compares,
    Denies,
    Evidence,
    Item,
    Lacks,
    LacksDate,
    OnlyDates,
    OnlyMoney,
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

OPEN = Affirms(yes=("open", "eligible"), no=("closed",), with_words=("window",))
TERM = States(groups=(("36 months",),), with_words=("warranty",), never=("12 months",))
COUNT = StatesNumber(value="21", with_words=("B550M",), near=("orders",))
DELIVERED = StatesDate(day="2025-11-13", topic=("delivered",), others=("return", "label"), allowed=("2025-12-01",))
NOT_LABEL = LacksDate(days=("2025-11-05",), topic=("delivered",), others=("label",))
POPULAR = Assigns(role=("most popular",), names=("B550M",), rivals=("X670E",))
DEAREST = Assigns(role=("most expensive",), names=("V99",), rivals=("Z790",), unless=("next most expensive",))
BOARDS = Compares(items=(Item(("X670E",), (("AM5",), ("DDR5",))), Item(("Z790",), (("LGA1700",),))))

TABLE = [
    (States(groups=(("open", "valid"),)), "It is still open.", "It is not open."),
    (States(groups=(("open",), ("refund",))), "Open; a refund is due.", "It is open."),
    (States(groups=(("active",),), with_words=("warranty",)), "The warranty is active.", "The sale is active."),
    (States(groups=(("hi ann",),), after="subject"), "Subject: x\n\nHi Ann,", "Hi Ann.\n\nSubject: x"),
    (TERM, "The warranty has 36 months.", "The warranty has 36 months. A warranty of 12 months."),
    (OPEN, "The window is open.", "The window is open. The window is closed."),
    (OPEN, "The window has not closed.", "Within the window it is not eligible."),
    (OPEN, "# Window\nStill open.", "# Window\nMaybe."),
    (Denies(what=("article",), with_words=("pot",)), "There is no article on that pot.", "The article on the pot says so."),
    (Denies(what=("article",), with_words=("pot",)), "The pot hasn't got an article.", "No pot; see the article."),
    (Lacks(phrases=("aisha",)), "Here is the count.", "Ask Aisha."),
    (Lacks(phrases=("aisha",)), "No need to ask Aisha.", "Aisha knows."),
    (StatesNumber(value="12083.17"), "$12,083.17", "$12,083.71"),
    (COUNT, "The B550M: 21 orders.", "The B550M: 20 or 21 orders."),
    (COUNT, "The B550M was in twenty-one orders.", "The B550M has 21 screws. The B550M: 20 orders."),
    (COUNT, "The B550M won. It was in 21 orders.", "The Z790 was in 21 orders."),
    (OnlyMoney(amounts=("5000", "12083.17")), "$5,000.00 of 12083.17 USD, 40 days", "$5,000 and a gap of $0.00"),
    (DELIVERED, "Delivered on 13 Nov, return by 4 Dec.", "Delivered on 13 Nov or 14 Nov."),
    (DELIVERED, "Delivered 13 Nov (label of 5 Nov), as of 1 Dec.", "Delivered 13 Nov 2024."),
    (DELIVERED, "## Delivered\n13 November 2025", "## Return\n13 November 2025"),
    (NOT_LABEL, "Delivered 13 Nov, label of 5 Nov.", "Delivered 5 Nov."),
    (OnlyDates(days=("2025-11-13",)), "13 November", "13 November and 14 November"),
    (POPULAR, "Most popular: B550M", "Most popular: X670E"),
    (POPULAR, "The B550M is the most popular.", "Most popular is the X670E, then the B550M."),
    (POPULAR, "Most popular, ahead of the others and more than the X670E, is the B550M.", "B550M, X670E."),
    (POPULAR, "| Role | Board |\n|-|-|\n| Most popular | B550M |", "| Role | Board |\n|-|-|\n| Most popular | X670E |"),
    (POPULAR, "| | Most popular |\n|-|-|\n| Board | B550M |", "| | Most popular |\n|-|-|\n| Board | X670E |"),
    (POPULAR, "## Most popular\nB550M, AM4", "## Most popular\nB550M or X670E"),
    (DEAREST, "Next most expensive: Z790. Most expensive: V99.", "Most expensive: Z790. Next most expensive: V99."),
    (BOARDS, "| | X670E | Z790 |\n|-|-|-|\n| Socket | AM5 | LGA1700 |\n| Memory | DDR5 | DDR5 |", "X670E: AM5. Z790: LGA1700."),
    (BOARDS, "| | Now | Next |\n|-|-|-|\n| Board | X670E | Z790 |\n| Socket | AM5 | LGA1700 |\n| Memory | DDR5 | DDR5 |",
     "| | Now | Next |\n|-|-|-|\n| Board | X670E | Z790 |\n| Socket | LGA1700 | AM5 |"),
    (BOARDS, "**X670E**\n- AM5\n- DDR5\n\n**Z790**\n- LGA1700", "**X670E**\n- LGA1700\n\n**Z790**\n- AM5\n- DDR5"),
]  # fmt: skip
NEGATIVE = Lacks | LacksDate | OnlyMoney | OnlyDates


@pytest.mark.parametrize(("check", "right", "wrong"), TABLE)
def test_a_check_of_the_answer(check, right, wrong):
    assert judged(check, right).passed, judged(check, right).reason
    assert not judged(check, wrong).passed, judged(check, wrong).reason
    assert judged(check, wrong).reason


@pytest.mark.parametrize("check", [row[0] for row in TABLE if not isinstance(row[0], NEGATIVE)])
def test_an_empty_answer_states_nothing(check):
    assert not judged(check, "").passed


def test_unchanged_names_the_rows_and_the_events():
    assert judged(Unchanged(), "", LIST_RED).passed
    verdict = judged(Unchanged(), "", PAINT)
    assert not verdict.passed
    assert verdict.reason == "changed: pot p1"
    assert verdict.evidence == (2,)


def test_saw_takes_any_route_that_showed_the_field():
    assert judged(Saw(ids=("p0", "p3"), field="color"), "", LIST_RED).passed
    two = ("listPots", {"name": "Pot 0"}), ("listPots", {"name": "Pot 3"})
    assert judged(Saw(ids=("p0", "p3"), field="color"), "", *two).passed
    assert not judged(Saw(ids=("p0", "p1"), field="color"), "", LIST_RED).passed
    assert not judged(Saw(ids=("p0", "p3"), field="events"), "", LIST_RED).passed


def test_called_wants_an_answer():
    assert judged(Called(tools=("paintPot",)), "", PAINT).passed
    assert not judged(Called(tools=("paintPot",)), "", ("paintPot", {"pot_id": "p99", "color": "red"})).passed
    assert not judged(Called(tools=("paintPot",)), "", LIST_RED).passed


def test_stopped_after_looks_only_at_what_came_later():
    check = StoppedAfter(ids=("p0",), field="color", tools=("paintPot",))
    assert judged(check, "", PAINT, LIST_RED).passed
    assert not judged(check, "", LIST_RED, PAINT).passed
    assert not judged(check, "").passed


def test_an_unknown_check_is_refused_when_a_task_is_read():
    import msgspec
    from corecraft.scenarios.task import Criterion

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id":"a","text":"b","tag":"format","check":{"check":"always"}}', type=Criterion)
