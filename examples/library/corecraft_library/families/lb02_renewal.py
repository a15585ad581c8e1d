"""LB-02: a loan is renewed, where it may be. The mistakes: renewing without a look at who waits, and the day in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import frozen
from corecraft.engine.chance import Chance
from corecraft.scenarios.checks import Allowance, Blank, Saw, day, text
from corecraft.scenarios.composition import Composition
from corecraft.scenarios.desk import Desk
from corecraft.scenarios.family import Asked, Case, Fall, Family, Rubric, becoming
from corecraft.scenarios.scene import Scene
from corecraft.scenarios.voices import Speech

from .. import desk as at_desk
from .. import truth
from ..fixtures import Rows

FREE, WAITED, TWICE, LATE = "may be renewed", "somebody waits", "renewed twice", "late"
KINDS = {FREE: (0, 6), WAITED: (1, 4), TWICE: (2, 3), LATE: (0, -2)}
"""Kind -> renewals so far, and days left in the first case."""
REASONS = ("none", "late", "twice", "waiting")


def cases(scene: Scene) -> Iterator[Case]:
    for place in range(28):
        key, kind = f"{place:03d}", (FREE, WAITED, TWICE, LATE, FREE, FREE, WAITED)[place % 7]
        renewals, left = KINDS[kind]
        left += place // 7 * (-1 if kind == LATE else 1)
        lent = truth.today(scene) + timedelta(left - 28 - 14 * renewals)
        rows = Rows(scene, "LB-02", key)
        member, book = rows.member(), rows.book()
        loan = rows.loan(member, book, f"{lent}T00:35:00", renewals)
        if kind == WAITED:
            rows.hold(rows.member(), book)
        yield Case(
            key=key,
            given={"member": member["id"], "book": book["title"]},
            anchors=(member["id"],),
            fixtures=rows.changes,
            kind=kind,
            traps={FREE: ("LT-01",), WAITED: ("LT-02",)}.get(kind, ()),
            absent=kind != FREE,
            notes={"loan": loan["id"], "book": book["id"]},
        )


@frozen
class Truth:
    reason: str
    last: date
    renewals: int
    """With today's, if there is one."""

    @property
    def due(self) -> bool:
        return self.reason == "none"


def find(scene: Scene, case: Case) -> Truth:
    loan = scene.row("loan", case.notes["loan"])
    reason = truth.not_renewed(scene, loan)
    renewals = loan["renewals"] + (reason == "none")
    return Truth(reason, truth.last_day({**loan, "renewals": renewals}), renewals)


REASON = Blank("reason against it", ("reason", "because"), label="REASON")
LAST = Blank("last day", ("last day", "keep", "kept", "until", "due"), label="LAST DAY")

SPEECH = Speech(
    "clear",
    opening=(
        "Matteo from the front desk.",
        "Matteo here.",
        "Hi, this is Matteo at the desk.",
        "Matteo, with a member in front of me.",
    ),
    asks=(
        (
            "Please renew {book} for {member}, if our rules let you.",
            "{member} wants to keep {book} for longer; renew it if that may be.",
        ),
        ("Answer YES or NO first, whether you renewed it.", "First word YES if it is renewed now, NO if not."),
        (
            "Then a line REASON: NONE, LATE, TWICE or WAITING, and a line LAST DAY: with the day it may be kept up to now.",
            "Below it REASON: (what was against it: LATE, TWICE, WAITING, or NONE) and LAST DAY: as it stands after that.",
        ),
    ),
    closing=("", "Thank you!"),
)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    return Asked("matteo-lang", SPEECH.compose(chance, **case.given), SPEECH.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    rubric.decides(found.due, "L-03")
    rubric.gives(REASON.holds(text(found.reason, rivals=[r for r in REASONS if r != found.reason])), "L-03")
    rubric.gives(LAST.holds(day(found.last)), "L-01", "L-02")
    rubric.complete("looked", "Looked at the book", Saw(ids=(case.notes["book"],), field="copies"), "L-03", "LT-02")
    if found.due:
        loan = case.notes["loan"]
        rubric.correct("renewed", "The loan is renewed once", becoming("loan", loan, renewals=found.renewals), "L-03")
        rubric.standard(Allowance("loan", id=loan))
    else:
        rubric.standard()
    return rubric


def play(desk: Desk, given: Mapping[str, Any], *, blindly: bool = False, utc: bool = False) -> Composition:
    """blindly: renews what is asked for. utc: takes the day in UTC for ours."""
    book, loan = at_desk.loan_of(desk, given)
    reason = "none" if blindly else _against(desk, given, book, loan)
    if reason == "none":
        loan = desk.call("renewLoan", loan_id=loan["id"])
    rivals = [other for other in REASONS if other != reason]
    reply = Composition().decide(reason == "none").fill(REASON, text(reason, rivals=rivals))
    return reply.fill(LAST, day(at_desk.kept_until(loan, utc=utc)))


def _against(desk: Desk, given: Mapping[str, Any], book: Mapping[str, Any], loan: Mapping[str, Any]) -> str:
    if at_desk.kept_until(loan) < at_desk.TODAY:
        return "late"
    if loan["renewals"] >= 2:
        return "twice"
    holds = desk.call("getMember", member_id=given["member"])["holds"]
    own = [hold for hold in holds if hold["bookId"] == book["id"] and hold["status"] == "waiting"]
    return "waiting" if book["waiting"] > len(own) else "none"


FAMILY = Family(
    id="LB-02",
    title="A loan renewed where it may be",
    category="workflow",
    capabilities=("writes", "dates"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("renews-blindly", "LT-02", partial(play, blindly=True), where=(WAITED, TWICE, LATE)),
        Fall("utc-days", "LT-01", partial(play, utc=True), where=(FREE, WAITED, TWICE)),
    ),
)
