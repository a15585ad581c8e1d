"""Values in answers: what a rubric asks for, and where an answer gives one.

A `Fact` is a value with its kind. It is recognised in any usual notation (see `facts`), and never where it is denied:
"not on 5 November but on the 13th" gives one day. Times are EST; an instant marked UTC is converted first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen
from msgspec import Struct

from ...engine.clock import fixed_zone, local
from ..facts import Statement, plain_phrase

Kind = Literal["money", "number", "date", "time", "text"]
EST = fixed_zone(-5)


class Fact(Struct, frozen=True, omit_defaults=True):
    """A value an answer may have to give.

    value: `1234.56`, `23`, `2025-11-13`, `2025-11-10T22:40` (EST) or a text. also: further spellings of a text.
    rivals: what a wrong answer would say in its place; none of it may stand where the fact belongs.
    within: how far a number may be off, a decimal literal.
    """

    kind: Kind
    value: str
    also: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    within: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.value, *self.also)


def money(amount: Decimal | float | str) -> Fact:
    """An amount in dollars, to the cent."""
    return Fact("money", f"{Decimal(str(amount)):.2f}")


def number(value: Decimal | float | str, within: str = "") -> Fact:
    """A count or a measure."""
    return Fact("number", f"{Decimal(str(value)).normalize():f}", within=within)


def day(value: date | str) -> Fact:
    """A calendar day, EST."""
    return Fact("date", value if isinstance(value, str) else value.isoformat())


def moment(ms: int) -> Fact:
    """A day with the time, EST, to the minute."""
    return Fact("time", local(ms, EST).strftime("%Y-%m-%dT%H:%M"))


def text(value: str, *also: str, rivals: Iterable[str] = ()) -> Fact:
    """An id, a name or a fixed word, with other spellings of it. Underscores may be written as spaces or hyphens."""
    spellings = [form for each in (value, *also) for form in (each, *_loosened(each))]
    return Fact("text", value, tuple(dict.fromkeys(spellings[1:])), tuple(rivals))


def _loosened(word: str) -> tuple[str, ...]:
    return (word.replace("_", " "), word.replace("_", "-")) if "_" in word else ()


@frozen
class Given:
    """A value where it stands in a statement."""

    start: int
    end: int
    value: Any


def given(statement: Statement, kind: Kind, year: int) -> list[Given]:
    """The values of a kind that a statement gives, undenied; of texts, see `spelled`.

    Money is what is written as money or with two decimals, a number what is not marked as money.
    """
    found = _FOUND[kind](statement, year)
    return [one for one in found if not denied(statement.text, one.start, one.end)]


def spelled(statement: Statement, spellings: Iterable[str], *, as_name: bool = False) -> list[Given]:
    """Where a text stands as whole words, undenied.

    as_name: only "not X" itself denies it; "does not fit X" still names X.
    """
    found = [Given(at, at + len(plain_phrase(s)), s) for s in spellings for at in statement.places(s)]
    return [one for one in found if not denied(statement.text, one.start, one.end, as_name=as_name)]


def matches(fact: Fact, statement: Statement, year: int) -> list[Given]:
    """Where a statement gives the fact."""
    if fact.kind == "text":
        return spelled(statement, fact.spellings)
    if fact.kind in ("money", "number"):
        wanted, off = Decimal(fact.value), Decimal(fact.within or 0)
        numbers = [*_numbers(statement, year), *(_small_words(statement) if fact.kind == "number" else ())]
        found = [one for one in numbers if abs(one.value - wanted) <= off]
        return [one for one in found if not denied(statement.text, one.start, one.end)]
    wanted_at = date.fromisoformat(fact.value) if fact.kind == "date" else datetime.fromisoformat(fact.value)
    return [one for one in given(statement, fact.kind, year) if one.value == wanted_at]


def same(fact: Fact, value: Any) -> bool:
    """Whether a value found by `given` is the fact's."""
    if fact.kind in ("money", "number"):
        return abs(value - Decimal(fact.value)) <= Decimal(fact.within or 0)
    return value.isoformat()[: len(fact.value)] == fact.value


# --- finding -----------------------------------------------------------------------------------------------------


def _numbers(statement: Statement, year: int) -> list[Given]:
    return [Given(n.at, n.end, n.value) for n in statement.numbers]


def _money(statement: Statement, year: int) -> list[Given]:
    return [Given(n.at, n.end, n.value) for n in statement.numbers if n.money or n.value.as_tuple().exponent == -2]


def _counts(statement: Statement, year: int) -> list[Given]:
    return [Given(n.at, n.end, n.value) for n in statement.numbers if not n.money and n.value.as_tuple().exponent != -2]


_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SMALL_WORD = re.compile(rf"(?<![\w-])(?:{'|'.join(_SMALL)})(?![\w-])")


def _small_words(statement: Statement) -> Iterator[Given]:
    for m in _SMALL_WORD.finditer(statement.text):
        yield Given(m.start(), m.end(), Decimal(_SMALL.index(m[0])))


_TIME = re.compile(
    r"(?<![\d:])(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?!\d)\s*(a\.?m\b\.?|p\.?m\b\.?)?\s*(z\b|utc\b|gmt\b|\+00:00)?"
)
_APART = 14
"""Characters between a date and its time: "13 November 2025 at about 22:40"."""


def _moments(statement: Statement, year: int) -> list[tuple[int, int, datetime, bool]]:
    """Start, end, instant in EST and whether it was written as UTC, of every date with a time beside it."""
    times = list(_TIME.finditer(statement.text))
    if not times:
        return []
    dates = list(statement.dates(year))
    found: list[tuple[int, int, datetime, bool]] = []
    for m in times:
        hour, minute = int(m[1]), int(m[2])
        if m[3]:
            hour = hour % 12 + (12 if m[3].startswith("p") else 0)
        if hour > 23 or minute > 59:
            continue
        beside = [(max(m.start() - end, start - m.end()), start, end, day) for start, end, day in dates]
        close = [one for one in beside if one[0] <= _APART]
        if not close:
            continue
        _, start, end, day = min(close)
        at = datetime(day.year, day.month, day.day, hour, minute)
        if m[4]:
            at -= timedelta(hours=5)
        found.append((min(start, m.start()), max(end, m.end()), at, bool(m[4])))
    return found


def _times(statement: Statement, year: int) -> list[Given]:
    return [Given(start, end, at) for start, end, at, _ in _moments(statement, year)]


def _dates(statement: Statement, year: int) -> list[Given]:
    """Days; one written with a UTC time is the EST day of that instant."""
    utc = [(start, end, at.date()) for start, end, at, is_utc in _moments(statement, year) if is_utc]
    found: list[Given] = []
    for start, end, day in statement.dates(year):
        moved = next((est for low, high, est in utc if low <= start and end <= high), day)
        found.append(Given(start, end, moved))
    return found


_FOUND = {"money": _money, "number": _counts, "date": _dates, "time": _times}

# --- denial ------------------------------------------------------------------------------------------------------

_BREAK = re.compile(r"[,;:|()]| but | and | - ")
_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|no|without|instead of|rather than|cannot|false that|wrong that|far from|doubt)|n't)"
    r"(?: +[\w$'./]+){0,4} *$"
)
_NOT_NAMED = re.compile(
    r"\b(?:not|neither|nor|no|without|instead of|rather than)(?: +(?:the|a|an|our|order|ticket|product|customer))* *$"
)
_NO_DENIAL = re.compile(
    r"\b(?:not only|after|before|beyond|past|until|till|by|than|since|over|under|below|above|exceed|exceeding|within)"
    r"(?: +(?:on|the|a|about|midnight|of|end))* *$"
)
_NOT_AFTER = re.compile(
    r"^[\"')\]*]* *(?:is|are|was|were)(?: not|n't)(?: +(?:the|correct|right|true|what|his|her|their|our|my|one)\b| *[.!]|$)"
    r"|^[\"')\]*]* *(?:is|are|was|were) (?:wrong|incorrect|false|untrue)\b|^ ?\((?:wrong|incorrect|false)\b"
)
_FALSE_SENTENCE = re.compile(
    r"^(?:- )?(?:(?:it|that|this) (?:is not|isn't) (?:true|the case|correct|right|so)|"
    r"(?:it|that|this) (?:is|would be) (?:false|wrong|untrue|incorrect)|not true|false)\b"
)


def denied(text: str, start: int, end: int, *, as_name: bool = False) -> bool:
    """Whether the value at [start, end) of a plain text is denied: just before, just after, or with its whole sentence.

    "not after 4 December" and "no more than $500" deny neither. as_name: see `spelled`.
    """
    before = _BREAK.split(text[max(0, start - 60) : start])[-1]
    if (_NOT_NAMED if as_name else _NOT_BEFORE).search(before) and not _NO_DENIAL.search(before):
        return True
    if text[:start].rstrip().endswith("anything but"):
        return True
    return bool(_NOT_AFTER.match(text[end : end + 40]) or _FALSE_SENTENCE.match(text))
