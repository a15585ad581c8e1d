"""Each check says yes and no, and why. Right answers are worded as people and models word them."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest
from corecraft.engine.world import World
from corecraft.scenarios.checks import (
    Allowance,
    Avoids,
    Becomes,
    Called,
    Creates,
    Csv,
    Decides,
    Evidence,
    Gives,
    Judge,
    Mail,
    Names,
    NamesNoOther,
    NothingElse,
    Ordered,
    Private,
    Readable,
    Replied,
    Saw,
    SawBefore,
    Slot,
    StoppedAfter,
    Tabled,
    TellsNoOther,
    Unchanged,
    Value,
    Words,
    day,
    money,
    number,
    text,
)
from corecraft.scenarios.checks.base import Touched, same_json
from corecraft.scenarios.eastern import moment
from corecraft.scenarios.task import Criterion
from corecraft.tools.tables import TABLES

from ..toy import episode


def judged(check, answer="", *calls):
    e = episode()
    for tool, arguments in calls:
        e.call(tool, arguments)
    e.submit(answer)
    return check.verdict(Evidence(e.trajectory(), World(e.world.genesis), (check,)))


def gives(value, others=(), **about):
    return Gives(slots=(Slot("thing", value, **about),), others=others)


def listed(records):
    return Gives(slots=tuple(Slot("thing", v, record=(name,)) for name, values in records.items() for v in values))


# --- what an answer says -----------------------------------------------------------------------------------------

TOTAL = gives(money("1234.56"), terms=("total",), known=("1000",))
COUNT = gives(number(23), terms=("orders",))
FEW = gives(number(4), terms=("tickets",))
LATE = gives(number("3.5", within="0.1"), terms=("hours late",))
DELIVERED = gives(day("2025-11-13"), terms=("delivered", "delivery"), known=("2025-12-04",))
NIGHT = gives(moment(1762831200000), terms=("scan",))  # 2025-11-11T03:20:00Z, 10 Nov 22:20 EST
STATUS = gives(text("in_transit", rivals=("delivered", "fulfilled")), record=("ord-1",), others=("ord-2",))
AMOUNT = gives(money(5), record=("ord-1",), others=("ord-2",))
WHO = gives(text("Aisha Khan", rivals=("Ruth Gallagher",)))

GIVES = [
    (TOTAL, "The total is $1,234.56.", "The total is $1,234.65."),
    (TOTAL, "It all comes to 1234.56 USD.", "It all comes to nothing."),
    (TOTAL, "Total: $1,234.56 (of $1,000.00 planned)", "Total: $1,234.56. In all a total of $1,300.00."),
    (TOTAL, "| what | sum |\n|-|-|\n| Total | 1,234.56 |", "The total isn't $1,234.56."),
    (TOTAL, "The total is not $1,300 but $1,234.56.", "It is not true that the total is $1,234.56."),
    (TOTAL, "**Total charged:** USD 1,234.56", "$1,234.56 is not the total."),
    (COUNT, "She placed 23 orders in 2025, 5 of them cancelled.", "She placed 23 orders. Counted again: 24 orders."),
    (COUNT, "Twenty-three orders.", "Twenty-two orders."),
    (COUNT, "Orders: 23", "Orders: 23\n\nOrders: 22"),
    (FEW, "four tickets in 30 days", "five tickets in 30 days"),
    (FEW, "She wrote 4 tickets (threshold 4).", "She wrote 3 tickets."),
    (LATE, "3.4 hours late", "3.0 hours late"),
    (DELIVERED, "It reached her on Nov. 13, and can go back until December 4.", "It was delivered on 5 November."),
    (DELIVERED, "Delivery: 2025-11-13T18:41:00Z", "Delivery: 2025-11-13. Delivery on 14 Nov."),
    (DELIVERED, "Delivered 11/13/2025, no later than any other.", "It was never delivered on 13 November."),
    (NIGHT, "Last scan 10 November 2025, 22:20 EST", "Last scan 10 November 2025, 22:50 EST"),
    (NIGHT, "Last scan at 10:20 PM on Nov 10", "Last scan at 10:20 AM on Nov 10"),
    (NIGHT, "scan: 2025-11-11T03:20:00Z (UTC)", "scan: 2025-11-11T03:20 EST"),
    (STATUS, "ord-1 is in transit; ord-2 was delivered.", "ord-1 was delivered, ord-2 is in transit."),
    (STATUS, "| order | status |\n|-|-|\n| ord-1 | in_transit |\n| ord-2 | delivered |",
     "| order | status |\n|-|-|\n| ord-1 | delivered |\n| ord-2 | in_transit |"),
    (STATUS, "### ord-1\nIn transit.\n\n### ord-2\nDelivered.", "### ord-1\nDelivered.\n\n### ord-2\nIn transit."),
    (STATUS, "- ord-1\n  - status: in-transit\n- ord-2\n  - status: delivered", "- ord-2: in transit"),
    (STATUS, "ord-1 left on Monday. It is in transit. ord-2 was delivered.", "ord-1 left on Monday. ord-2 is in transit."),
    (STATUS, "ord-1 is in transit, expected to be delivered on Monday.", "ord-1 is in transit, then delivered."),
    (AMOUNT, "$5 for ord-1, $7 for ord-2", "$7 for ord-1, $5 for ord-2"),
    (AMOUNT, "| | ord-1 | ord-2 |\n|-|-|-|\n| amount | $5.00 | $7.00 |",
     "| | ord-1 | ord-2 |\n|-|-|-|\n| amount | $7.00 | $5.00 |"),
    (TOTAL, "It is exactly $1,234.56.", "It is anything but $1,234.56."),
    (TOTAL, "The total is $1,234.56 (all in).", "The total is $1,234.56 (wrong!)."),
    (TOTAL, "The total is $1,234.56. <!-- checked -->", "<!-- The total is $1,234.56. --> I do not know."),
    (TOTAL, "~~$1,300.00~~ The total is $1,234.56.", "The total is $1,234.56. On reflection I got all of this wrong."),
    (Decides(right=("yes",), wrong=("no",)), "Yes, no fee applies.", "YES or NO, hard to say."),
    (WHO, "Please ask Aisha Khan.", "Please ask Ruth Gallagher, not Aisha Khan."),
    (Avoids(values=(day("2025-11-26"),)), "The window is open until 4 December.", "The window closed on 26 November."),
    (Avoids(values=(day("2025-11-26"),)), "Not on 26 November, as she thinks.", "Nov 26 it is."),
    (Avoids(values=(money(30),), terms=("refund",)), "The refund is $20. The cable cost $30.", "The refund is $30."),
    (Names(values=(text("ord-1"), text("ord-2"))), "ord-1, ord-2", "ord-1. Left out: ord-2."),
    (NamesNoOther(allowed=("ord-251101-101",), prefixes=("ord-",)), "ord-251101-101", "ord-251101-101 and ord-251101-102"),
    (NamesNoOther(allowed=("ord-251101-101",), prefixes=("ord-",)), "Skipped: ord-251101-102", "- ord-251101-102"),
    (NamesNoOther(allowed=("pay-251104-428-failed",), prefixes=("pay-",)), "pay-251104-428-failed", "pay-251104-429"),
    (Names(values=(text("Z790"),)), "The processor does not fit the Z790.", "Not the Z790 but the X670E."),
    (NamesNoOther(others=("Z790",)), "Not included: Z790, too long.", "Z790 fits as well."),
    (NamesNoOther(allowed=("ord-251101-101",), prefixes=("ord-",), left_out=True),
     "ord-251101-101, not ord-251101-102", "Left out: ord-251101-102"),
    (TellsNoOther(kind="money", allowed=("5.00",), question="Is it $5?"), "$5 on 3 May", "$5, or $6.50 from May on"),
    (TellsNoOther(kind="number", allowed=("20",), question="Is it 20 mm?"), "20mm, as of May 3, 2025", "20 mm, on AM5 40 mm"),
    (TellsNoOther(kind="date", allowed=("2025-11-13",), question="Is it the 13th?"),
     "It came on 13 November, not on 14 November.", "It came on 13 November and may go back until December 5."),
    (Private(values=("(502) 555-0148",)), "Call the shop.", "Call 502.555.0148."),
    (Decides(right=("yes",), wrong=("no",)), "Yes, it can.", "No, it cannot."),
    (Decides(right=("yes",), wrong=("no",)), "Hi Tim,\n\n**YES**\n\nNo restocking fee applies.", "Yes.\n\nNo."),
    (Decides(right=("no",), wrong=("yes",)), "NO - closed since 1 Dec.", "It depends."),
    (Decides(right=("not returnable",), wrong=("returnable",)), "Verdict: Not returnable.", "Returnable."),
    (Ordered(names=(("b",), ("a",))), "- b\n- a", "a, b"),
    (listed({"ord-1": (day("2025-11-13"), money(5)), "ord-2": (day("2025-11-14"), money(7))}),
     "| order | day | amount |\n|-|-|-|\n| ord-1 | 13 Nov | $5.00 |\n| ord-2 | 14 Nov | $7.00 |",
     "| order | day | amount |\n|-|-|-|\n| ord-1 | 13 Nov | $7.00 |\n| ord-2 | 14 Nov | $5.00 |"),
    (listed({"ord-1": (money(5),), "ord-2": (money(7),)}),
     "- ord-1: $5.00\n- ord-2: $7.00", "- ord-1: $5.00\n- ord-2: $7.00\n\nord-2 came to $8.00"),
]  # fmt: skip

FORM = [
    (Words(limit=4), "one two three four", "one two three four five"),
    (Tabled(columns=2), "| a | b |\n|---|---|\n| 1 | 2 |", "a: 1, b: 2"),
    (Csv(header=("id", "amount")), "id,amount\nord-1,5.00", "Here it is:\nid,amount\nord-1,5.00"),
    (Csv(header=("id", "amount")), "```csv\nID, amount\nord-1, 5.00\n```", "id;amount\nord-1;5.00"),
    (Mail(to=("Ann",)), "Subject: x\n\nDear Ann,\n\nFine.\n\nCoreCraft Support", "Dear Ann, fine. CoreCraft Support"),
    (Mail(to=("Ann",)), "**Subject:** x\n\nHi Ann!\n\nCoreCraft Support", "Subject: x\n\nHi Bob,\n\nCoreCraft Support"),
    (Readable(), "The order ord-1 (status: fulfilled) is fine.", '{"id": 1, "customerId": 2, "createdAt": 3, "x": 4}'),
    (Readable(limit=10), "short", "much too long for that"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "right", "wrong"), [*GIVES, *FORM])
def test_a_check_of_the_answer(check, right, wrong):
    assert judged(check, right).passed, judged(check, right).reason
    assert not judged(check, wrong).passed, judged(check, wrong).reason
    assert judged(check, wrong).reason


@pytest.mark.parametrize(
    "check",
    [
        row[0]
        for row in [*GIVES, *FORM]
        if not isinstance(row[0], Avoids | NamesNoOther | TellsNoOther | Private | Words | Readable)
    ],
)
def test_an_empty_answer_gives_nothing(check):
    assert not judged(check, "").passed


@pytest.mark.parametrize(
    "noise", ["x" * 1_000_000, "中文，没有答案。", "\u202e\u0000🙂" * 1000, "| " * 5000, "1 Nov " * 5000]
)
@pytest.mark.parametrize("check", [TOTAL, STATUS, NIGHT, WHO, Names(values=(text("ord-1"),)), FORM[1][0], FORM[2][0]])
def test_noise_meets_nothing(check, noise):
    assert judged(check, noise).passed is not True


# --- what happened -----------------------------------------------------------------------------------------------

PAINT = ("paintPot", {"pot_id": "p1", "color": "red"})
AGAIN = ("paintPot", {"pot_id": "p2", "color": "red"})
LIST_RED = ("listPots", {"color": "red"})
BECOMES = Becomes(entity="pot", rows={"p1": {"color": "red"}})

STATE = [
    (Unchanged(), [LIST_RED], [PAINT]),
    (BECOMES, [PAINT], [AGAIN]),
    (BECOMES, [PAINT, LIST_RED], [("paintPot", {"pot_id": "p1", "color": "blue"})]),
    (Becomes(entity="pot", rows={"p1": {"price": 1}}, free=("color",)), None, [PAINT]),
    (
        Becomes(entity="pot", rows={"p1": {}}, among={"color": ("red", "green")}),
        [PAINT],
        [("paintPot", {"pot_id": "p1", "color": "blue"})],
    ),
    (Becomes(entity="pot", rows={"p1": {"color": "red"}, "p2": {"color": "red"}}), [PAINT, AGAIN], [PAINT]),
    (NothingElse(expected=(Allowance("pot", id="p1"),)), [PAINT], [PAINT, AGAIN]),
    (Creates(entity="pot", rows=({"color": "red"},)), None, [PAINT]),
    (Saw(ids=("p0", "p3"), field="color"), [LIST_RED], [("listPots", {"name": "Pot 0"})]),
    (Saw(ids=("p0", "p3", "p1"), field="color", least=2), [LIST_RED], [("listPots", {"name": "Pot 0"})]),
    (SawBefore(ids=("p0",), field="color", tools=("paintPot",)), [LIST_RED, PAINT], [PAINT, LIST_RED]),
    (SawBefore(ids=("p0",), field="color", tools=("paintPot",)), None, [LIST_RED]),
    (Called(tools=("paintPot",)), [PAINT], [("paintPot", {"pot_id": "p99", "color": "red"})]),
    (Called(tools=("paintPot",), arguments={"pot_id": "p1"}), [PAINT], [AGAIN]),
    (Replied(tool="paintPot", reply={"color": "red"}), [PAINT], [("paintPot", {"pot_id": "p1", "color": "blue"})]),
    (StoppedAfter(ids=("p0",), field="color", tools=("paintPot",)), [PAINT, LIST_RED], [LIST_RED, PAINT]),
]


@pytest.mark.parametrize(("check", "right", "wrong"), STATE)
def test_a_check_of_what_happened(check, right, wrong):
    if right is not None:
        assert judged(check, "done", *right).passed
    verdict = judged(check, "done", *wrong)
    assert not verdict.passed
    assert verdict.reason


def test_a_verdict_names_the_rows_and_the_events():
    verdict = judged(Unchanged(), "", PAINT)
    assert verdict.reason == "changed: pot p1"
    assert verdict.evidence == (2,)


def test_lists_in_rows_are_compared_in_any_order():
    assert same_json(
        [{"productId": "a", "qty": 1}, {"productId": "b", "qty": 2}],
        [{"productId": "b", "qty": 2.0}, {"productId": "a", "qty": 1}],
    )
    assert not same_json([1, 1], [1, 2])
    assert not same_json(True, 1)


def test_a_judge_leaves_the_verdict_open():
    assert judged(Judge(question="Is it polite?"), "Hello").passed is None


# --- what is refused when a task is read -------------------------------------------------------------------------

FAULTY = [
    gives(Value("money", "")),
    gives(text("yes", rivals=("yes",))),
    Names(values=()),
    NamesNoOther(allowed=("x",)),
    TellsNoOther(kind="date", allowed=(), question="Is it?"),
    TellsNoOther(kind="date", allowed=("2025-11-13",), question="It is."),
    Avoids(values=()),
    Private(values=()),
    Private(values=("12",)),
    Decides(right=("yes",), wrong=()),
    Ordered(names=(("a",),)),
    Gives(slots=()),
    gives(money(1), label="TOTAL", record=("ord-1",)),
    gives(money(1), label="TOTAL", shared=True),
    Saw(ids=(), field="status"),
    Saw(ids=("a",), field="status", least=2),
    Saw(ids=("a",), field="colour"),
    Called(tools=("makeCoffee",)),
    Becomes(entity="order", rows={"x": {"colour": "red"}}),
    Becomes(entity="teapot", rows={"x": {"status": "red"}}),
    Creates(entity="refund", rows=({},)),
    NothingElse(expected=(Allowance("refund"),)),
    StoppedAfter(ids=(), field="status", tools=("getProduct",)),
    Judge(question="It is polite."),
    Mail(to=()),
]  # fmt: skip


COUNTED = """Two are late.

- **NUMBER:** 2

| Device | Days late |
|---|---|
| loan-000-001 | 3 |
| loan-000-002 | 5 |
"""


@pytest.mark.parametrize(
    ("about", "right", "doubled"),
    [
        ({}, False, False),
        ({"known": ("3", "5")}, True, True),
        ({"others": ("loan-000-001", "loan-000-002")}, True, False),
    ],
)
def test_a_table_below_a_count_belongs_to_it_unless_its_rows_have_owners(about, right, doubled):
    """As docs/authoring-tasks.md tells `known` and `others` apart."""
    check = gives(number(2), label="NUMBER", **about)
    assert judged(check, COUNTED).passed is right
    assert judged(check, COUNTED.replace("2\n", "2, or 3\n", 1)).passed is doubled


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ([], "no slack_message was created"),
        (["a"], "1 of 2 created as expected; missing: slack_message with channelId 'b'"),
        (["c", "a"], "1 of 2 created as expected; missing: slack_message with channelId 'b' (it is 'c')"),
        (["c", "d"], "0 of 2 created as expected; missing: slack_message with channelId 'a'"),
        (["b", "a"], "2 created as expected"),
    ],
)
def test_of_several_rows_it_is_said_how_many_there_are_and_which_is_missing(made, reason):
    rows = {id: Touched("slack_message", id, {"channelId": id, "text": "Hi"}, True, (n,)) for n, id in enumerate(made)}
    check = Creates(entity="slack_message", rows=({"channelId": "a"}, {"channelId": "b"}))
    assert check.verdict(SimpleNamespace(touched=rows)).reason == reason


@pytest.mark.parametrize("check", FAULTY, ids=lambda check: type(check).__name__)
def test_an_empty_or_always_true_check_has_a_fault(check):
    assert list(check.faults(TABLES))


@pytest.mark.parametrize("check", [row[0] for row in GIVES], ids=lambda check: type(check).__name__)
def test_a_sound_check_has_none(check):
    assert list(check.faults(TABLES)) == []


def test_an_unknown_check_is_refused_when_a_task_is_read():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id":"a","text":"b","tag":"format","check":{"check":"always"}}', type=Criterion)
