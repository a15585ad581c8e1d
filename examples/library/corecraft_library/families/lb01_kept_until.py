"""LB-01: until when a book may be kept. The mistakes: the day in UTC, and renewals that are not counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen
from corecraft.engine.chance import Chance
from corecraft.scenarios.checks import Blank, Saw, Value, day, number
from corecraft.scenarios.composition import Composition
from corecraft.scenarios.desk import Desk
from corecraft.scenarios.family import Asked, Case, Fall, Family, Natural, Rubric
from corecraft.scenarios.requests import requests
from corecraft.scenarios.scene import Scene
from corecraft.scenarios.voices import Speech

from .. import desk as at_desk
from .. import truth
from ..clocks import moment
from ..fixtures import Rows

NIGHT, RENEWED, LATE = "lent at night", "renewed", "late"
KINDS = {NIGHT: ("00:20", 0, 5), RENEWED: ("15:10", 1, 16), LATE: ("11:45", 0, -3)}
"""Kind -> hour it was lent at, renewals, and days left in the first case."""


def cases(scene: Scene) -> Iterator[Case]:
    for place in range(24):
        key, kind = f"{place:03d}", [*KINDS][place % 3]
        hour, renewals, left = KINDS[kind]
        left += place // 3 * (-1 if kind == LATE else 1)
        lent = truth.today(scene) + timedelta(left - 28 - 14 * renewals)
        rows = Rows(scene, "LB-01", key)
        member, book, another = rows.member(), rows.book(), rows.book()
        loan = rows.loan(member, book, f"{lent}T{hour}:00", renewals)
        rows.loan(member, another, f"{truth.today(scene) - timedelta(4)}T12:00:00")
        yield Case(
            key=key,
            given={"member": member["id"], "book": book["title"]},
            anchors=(member["id"],),
            fixtures=rows.changes,
            kind=kind,
            traps={NIGHT: ("LT-01",), RENEWED: ("LT-03",)}.get(kind, ()),
            absent=kind == LATE,
            notes={"loan": loan["id"]},
        )


@frozen
class Truth:
    lent: Value
    last: date
    left: int

    @property
    def in_time(self) -> bool:
        return self.left >= 0


def find(scene: Scene, case: Case) -> Truth:
    loan = scene.row("loan", case.notes["loan"])
    last = truth.last_day(loan)
    return Truth(moment(loan["lentAt"]), last, (last - truth.today(scene)).days)


LENT = Blank("time it was lent", ("lent", "borrowed", "taken out"), label="LENT")
LAST = Blank("last day", ("last day", "keep", "kept", "until", "due"), label="LAST DAY")
DAYS = Blank("number of days", ("days", "left", "late"), label="DAYS")

SPEECH = Speech(
    "clear",
    opening=(
        "Jana from the front desk.",
        "Jana here, with a question about a loan.",
        "Hi, Jana again.",
        "This is Jana, I have a member on the phone.",
    ),
    asks=(
        (
            "May {member} still keep {book}? YES or NO first.",
            "First word YES or NO: is {book}, which {member} has, still within its time?",
        ),
        (
            "Then LENT: with day and time it was lent at, a line LAST DAY:, and a line DAYS: with the days left, or late.",
            "Below it LENT: (day and time), LAST DAY: (until when it may be kept) and DAYS: (so many left or so many late).",
        ),
    ),
    closing=("", "Thanks.", "All by our own clocks, please."),
)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    return Asked("jana-weiss", SPEECH.compose(chance, **case.given), SPEECH.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    rubric.decides(found.in_time, "L-02")
    rubric.gives(LENT.holds(found.lent), "L-01")
    rubric.gives(LAST.holds(day(found.last)), "L-02", *case.traps)
    rubric.gives(DAYS.holds(number(abs(found.left))), "L-02")
    rubric.complete("looked", "Looked at the loan", Saw(ids=(case.notes["loan"],), field="lentAt"), "P-02")
    rubric.standard()
    return rubric


REQUESTS = requests(Path(__file__).with_suffix(".toml"))


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    return REQUESTS.ask("member", case.given["member"], case, book=case.given["book"])


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    state = "can still be kept" if found.in_time else "is late"
    return rubric(case, found).in_prose(
        without=("time-it-was-lent",),
        verdict={"verdict": f"Does the answer say that {case.given['book']} {state} today?"},
    )


def play(desk: Desk, given: Mapping[str, Any], *, utc: bool = False, counts: bool = True) -> Composition:
    """utc: takes the day in UTC for ours. counts: the renewals."""
    _, loan = at_desk.loan_of(desk, given)
    last = at_desk.kept_until(loan, utc=utc, renewals=None if counts else 0)
    left = (last - at_desk.TODAY).days
    reply = Composition().decide(left >= 0).fill(LENT, moment(loan["lentAt"]))
    return reply.fill(LAST, day(last)).fill(DAYS, number(abs(left)))


FAMILY = Family(
    id="LB-01",
    title="Until when a book may be kept",
    category="information_retrieval",
    capabilities=("dates",),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("utc-days", "LT-01", partial(play, utc=True), where=(NIGHT,)),
        Fall("forgets-renewals", "LT-03", partial(play, counts=False), where=(RENEWED,)),
    ),
    natural=Natural(ask_naturally, rubric_in_prose),
)
