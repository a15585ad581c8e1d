"""Four times the text takes about four times as long to read, whatever stands in it; a square would take sixteen times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import process_time

import pytest
from corecraft.scenarios.checks import Gives, Names, NamesNoOther, Private, Slot, day, money, text
from corecraft.scenarios.checks.base import Check
from corecraft.scenarios.checks.owners import Part, owned
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.stance import frames
from corecraft.scenarios.reading.statements import Answer

CHECKS: tuple[Check, ...] = (
    Gives(slots=(Slot("cost", money(5), record=("ord-251101-101",), terms=("cost",)),), others=("ord-251101-102",)),
    Gives(
        slots=(
            Slot("cost", money(5), record=("ord-251101-101",)),
            Slot("day", day("2025-05-05"), record=("ord-251101-101",)),
            Slot("cost", money(6), record=("ord-251101-102",)),
        )
    ),
    Gives(
        slots=(Slot("total", money(5), label="TOTAL", terms=("in all",)), Slot("day", day("2025-05-05"), label="DAY"))
    ),
    Names(values=(text("ord-251101-101"),)),
    NamesNoOther(allowed=("ord-251101-101",), prefixes=("ord-",)),
    Private(values=("5551234567",)),
)

TEXTS: dict[str, Callable[[int], str]] = {
    "comments that never end": lambda n: "<!--" * (n // 4),
    "comments": lambda n: "<!-- x -->" * (n // 10),
    "strikes": lambda n: "~~x" * (n // 3),
    "hidden elements": lambda n: "<div hidden>" * (n // 12),
    "line breaks": lambda n: "<br>" * (n // 4),
    "half tags": lambda n: "<a " * (n // 3),
    "ends of thoughts": lambda n: "</think>" * (n // 8),
    "brackets": lambda n: "[" * n,
    "links": lambda n: "[a](" * (n // 4),
    "a label with many bullets": lambda n: "Label:\n" + "- a 5 May 2025 $5\n" * (n // 18),
    "bullets in bullets": lambda n: "\n".join(" " * min(i, 200) + "- item $5.00" for i in range(n // 200)),
    "pipes": lambda n: "| " * (n // 2),
    "a long table": lambda n: "| a | b |\n|---|---|\n" + "| ord-251101-101 | $5.00 |\n" * (n // 27),
    "one sentence": lambda n: "ord-251101-101 costs $5 on 5 May 2025 and " * (n // 41),
    "ids": lambda n: "\n".join(f"ord-251101-{i}: $5.00" for i in range(n // 22)),
    "digits": lambda n: "1" * n,
    "groups": lambda n: "1,234," * (n // 6),
    "cues": lambda n: "i think that if it is not so, " * (n // 29),
    "quotes": lambda n: '"' * n,
    "csv": lambda n: "a,b\n" + "1,2\n" * (n // 4),
    "remarks": lambda n: "x is 5.\nNone of this is true.\n" * (n // 30),
    "emoji": lambda n: "\U0001f600" * n,
    "dates": lambda n: "1 Nov " * (n // 6),
}


class Read:
    """What checks need of an episode."""

    calendar, answered_at = Calendar(2025, -5), (1,)

    def __init__(self, raw: str) -> None:
        self.answer = Answer(raw, lambda _: False)

    def read(self, _: str) -> Answer:
        return self.answer

    def asked(self, _: str) -> tuple[Slot, ...]:
        return ()

    def owned(self, of: str, records: Sequence[Sequence[str]], others: Sequence[str] = ()) -> list[list[Part]]:
        return owned(self.read(of), records, others)

    def seqs_of(self, _: str) -> tuple[int, ...]:
        return (1,)


def seconds(raw: str) -> float:
    """Of this process, the least of three: others on the machine do not count."""
    spent: list[float] = []
    for _ in range(3):
        frames.cache_clear()
        begin = process_time()
        evidence = Read(raw)
        for check in CHECKS:
            check.verdict(evidence)  # pyright: ignore[reportArgumentType]
        spent.append(process_time() - begin)
    return min(spent)


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS)
def test_reading_is_linear(make: Callable[[int], str]):
    short, long = seconds(make(5_000)), seconds(make(20_000))
    assert long < 10 * max(short, 0.002)
