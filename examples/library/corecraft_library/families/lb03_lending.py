"""LB-03: a book is lent, or the handbook says no. The mistake: lending without a look at the card and what is out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import frozen
from corecraft.engine.chance import Chance
from corecraft.scenarios.checks import Allowance, Blank, Creates, Saw, number, text
from corecraft.scenarios.composition import Composition
from corecraft.scenarios.desk import Desk
from corecraft.scenarios.family import Asked, Case, Fall, Family, Rubric
from corecraft.scenarios.scene import Scene
from corecraft.scenarios.voices import Speech

from .. import desk as at_desk
from .. import truth
from ..fixtures import Rows

FREE, EXPIRED, FIVE, KEPT = "may be lent", "card has run out", "five are out", "the last copy is waited for"
UNTIL = {EXPIRED: "2025-11-30"}
"""Kind -> the last day of the card, where it is not far off."""
OUT = {FIVE: 5, FREE: 2}
"""Kind -> loans that the member has out; one in others."""
REASONS = ("none", "card", "full", "copy")


def cases(scene: Scene) -> Iterator[Case]:
    for place in range(24):
        key, kind = f"{place:03d}", (FREE, EXPIRED, FREE, FIVE, FREE, KEPT)[place % 6]
        rows = Rows(scene, "LB-03", key)
        member, book = rows.member(UNTIL.get(kind, "2026-08-31")), rows.book(copies=1)
        for back in range(OUT.get(kind, 1)):
            rows.loan(member, rows.book(), f"{truth.today(scene) - timedelta(3 + back)}T14:05:00")
        if kind == KEPT:
            rows.hold(rows.member(), book)
        yield Case(
            key=key,
            given={"member": member["id"], "book": book["title"]},
            anchors=(member["id"],),
            fixtures=rows.changes,
            kind=kind,
            traps=("LT-02",) if kind == KEPT else ("LT-04",),
            absent=kind != FREE,
            notes={"member": member["id"], "book": book["id"]},
        )


@frozen
class Truth:
    reason: str
    out: int
    """Loans the member has then."""

    @property
    def due(self) -> bool:
        return self.reason == "none"


def find(scene: Scene, case: Case) -> Truth:
    member, book = scene.row("member", case.notes["member"]), scene.row("book", case.notes["book"])
    reason = truth.not_lent(scene, member, book)
    return Truth(reason, len(scene.rows("loan", memberId=member["id"], status="out")) + (reason == "none"))


REASON = Blank("reason against it", ("reason", "because"), label="REASON")
LOANS = Blank("number of loans", ("loans", "out", "books"), label="OUT")

SPEECH = Speech(
    "clear",
    opening=(
        "Ruth from the front desk.",
        "Ruth here, a member is waiting.",
        "Hi, it is Ruth.",
        "This is Ruth at the desk again.",
    ),
    asks=(
        (
            "Please lend {book} to {member}, if that may be.",
            "{member} would like {book}: lend it, if our rules let you.",
        ),
        ("Answer YES or NO first, whether you lent it.", "First word YES if it is lent now, NO if not."),
        (
            "Then a line REASON: NONE, CARD, FULL or COPY, and a line OUT: with how many loans {member} has out then.",
            "Below it REASON: (what was against it: CARD, FULL, COPY, or NONE) and OUT: (loans the member has out after this).",
        ),
    ),
    closing=("", "Thank you!"),
)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    return Asked("ruth-adler", SPEECH.compose(chance, **case.given), SPEECH.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    rubric.decides(found.due, "L-04")
    rubric.gives(REASON.holds(text(found.reason, rivals=[r for r in REASONS if r != found.reason])), "L-04")
    rubric.gives(LOANS.holds(number(found.out)), "L-04")
    rubric.complete(
        "card", "Looked at the card", Saw(ids=(case.notes["member"],), field="cardValidUntil"), "L-04", "LT-04"
    )
    if found.due:
        loan = {"memberId": case.notes["member"], "bookId": case.notes["book"], "status": "out"}
        rubric.correct("lent", "The book is lent", Creates(entity="loan", rows=(loan,)), "L-04")
        rubric.standard(Allowance("loan", created=1))
    else:
        rubric.standard()
    return rubric


def play(desk: Desk, given: Mapping[str, Any], *, blindly: bool = False) -> Composition:
    """blindly: lends what is asked for."""
    book = at_desk.book_called(desk, given["book"])
    member = desk.call("getMember", member_id=given["member"])
    out = len(desk.call("searchLoans", member_id=given["member"], status="out"))
    reason = "none" if blindly else _against(member, out, book)
    if reason == "none":
        desk.call("lendBook", member_id=given["member"], book_id=book["id"])
        out += 1
    rivals = [other for other in REASONS if other != reason]
    reply = Composition().decide(reason == "none").fill(REASON, text(reason, rivals=rivals))
    return reply.fill(LOANS, number(out))


def _against(member: Mapping[str, Any], out: int, book: Mapping[str, Any]) -> str:
    if date.fromisoformat(member["cardValidUntil"]) < at_desk.TODAY:
        return "card"
    if out >= 5:
        return "full"
    return "none" if book["copies"] > book["lentOut"] + book["waiting"] else "copy"


FAMILY = Family(
    id="LB-03",
    title="A book lent where it may be",
    category="workflow",
    capabilities=("writes", "refusals"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(Fall("lends-blindly", "LT-04", partial(play, blindly=True), where=(EXPIRED, FIVE, KEPT)),),
)
