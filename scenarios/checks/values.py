"""Values in answers: what a rubric asks for, and where an answer gives one.

A `Value` has a kind. It is recognised in any usual notation (reading/notation.py), and claimed only where the writer asserts it
(reading/stance.py): "not on 5 November but on the 13th" gives one day. Times are those of the company's zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen
from msgspec import Struct

from ..reading.notation import Calendar, Number, small_words
from ..reading.stance import Stance
from ..reading.statements import Statement, plain_phrase

Kind = Literal["money", "number", "date", "time", "text"]


class Value(Struct, frozen=True, omit_defaults=True):
    """A value an answer may have to give.

    value: `1234.56`, `23`, `2025-11-13`, `2025-11-10T22:40` (by its clocks) or a text. also: further spellings of a text.
    rivals: what a wrong answer would say in its place; none of it may stand where the fact belongs.
    within: how far a number may be off, a decimal literal. zone: of a time, how it is told beside it.
    """

    kind: Kind
    value: str
    also: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    within: str = ""
    zone: str = "EST"

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.value, *self.also, *STATUS_WORDS.get(self.value, ()))


STATUS_WORDS: Mapping[str, tuple[str, ...]] = {
    "fulfilled": ("shipped, not delivered", "shipped but not delivered", "shipped, but not delivered", "has shipped"),
    "in_transit": ("on its way", "on the way", "under way", "still moving"),
    "label_created": ("not handed over yet", "only a label", "not yet with the carrier"),
    "pending_review": ("waiting for review", "awaiting review", "under review"),
    "partially_refunded": ("refunded in part", "partly refunded"),
    "refund_requested": ("refund has been requested", "refund was requested"),
}
"""What people say for a status of the world."""


def money(amount: Decimal | float | str) -> Value:
    """An amount in dollars, to the cent."""
    return Value("money", f"{Decimal(str(amount)):.2f}")


def number(value: Decimal | float | str, within: str = "") -> Value:
    """A count or a measure."""
    return Value("number", f"{Decimal(str(value)).normalize():f}", within=within)


def day(value: date | str) -> Value:
    """A calendar day."""
    return Value("date", value if isinstance(value, str) else value.isoformat())


def moment(at: datetime, zone: str = "EST") -> Value:
    """A day with the time, to the minute: `local(ms, zone)` is what the company's clocks show. zone: how they are told."""
    return Value("time", at.strftime("%Y-%m-%dT%H:%M"), zone=zone)


def text(value: str, *also: str, rivals: Iterable[str] = ()) -> Value:
    """An id, a name or a fixed word, with other spellings of it. Underscores may be written as spaces or hyphens."""
    spellings = [form for each in (value, *also) for form in (each, *_loosened(each))]
    return Value("text", value, tuple(dict.fromkeys(spellings[1:])), tuple(rivals))


def _loosened(word: str) -> tuple[str, ...]:
    return (word.replace("_", " "), word.replace("_", "-")) if "_" in word else ()


@frozen
class Claim:
    """A value where it stands in a statement, and how the writer stands to it."""

    start: int
    end: int
    value: Any
    stance: Stance


def claims(statement: Statement, kind: Kind, calendar: Calendar) -> list[Claim]:
    """The values of a kind that a statement asserts; of texts, see `spelled`.

    Money is what is written as dollars or with two decimals, a number what is not marked as money.
    """
    return [one for one in _values_in(statement, kind, calendar) if one.stance is Stance.ASSERTED]


def left_standing(statement: Statement, kind: Kind, calendar: Calendar) -> list[Claim]:
    """The values of a kind that a statement tells and does not deny: asserted, doubtful or somebody else's."""
    return [one for one in _values_in(statement, kind, calendar) if not one.stance.unsaid]


def _values_in(statement: Statement, kind: Kind, calendar: Calendar) -> list[Claim]:
    return [_stood(statement, *one) for one in _FOUND[kind](statement, calendar)]


def spelled(statement: Statement, spellings: Iterable[str]) -> list[Claim]:
    """Where a text stands as whole words, asserted."""
    return [one for one in _spelled(statement, spellings) if one.stance is Stance.ASSERTED]


def named(statement: Statement, spellings: Iterable[str]) -> list[Claim]:
    """Where a text stands as a name, in any stance. Only "not X" itself denies it: "does not fit X" still names X."""
    return list(_spelled(statement, spellings, as_name=True))


def matches(fact: Value, statement: Statement, calendar: Calendar) -> list[Claim]:
    """Where a statement asserts the fact."""
    return [one for one in mentions(fact, statement, calendar) if one.stance is Stance.ASSERTED]


def mentions(fact: Value, statement: Statement, calendar: Calendar) -> list[Claim]:
    """Where the fact stands at all, asserted or not. A date that reads as the fact only elsewhere (3/11), or that names the day
    alone ("Wednesday, the 26th"), is unresolved."""
    if fact.kind == "text":
        return list(_spelled(statement, fact.spellings))
    if fact.kind in ("money", "number"):
        wanted, off = Decimal(fact.value), Decimal(fact.within or 0)
        units = ("usd", "") if fact.kind == "money" else ("", "%", "usd")
        numbers = [*statement.numbers, *(small_words(statement.text) if fact.kind == "number" else ())]
        found = [n for n in numbers if n.unit in units and abs(n.value - wanted) <= off]
        return [_stood(statement, n.at, n.end, n.value) for n in found]
    if fact.kind == "time":
        at = datetime.fromisoformat(fact.value)
        return [_stood(statement, *one) for one in _times(statement, calendar) if one[2] == at]
    on = date.fromisoformat(fact.value)
    found = [_stood(statement, *one) for one in _dates(statement, calendar) if one[2] == on]
    either = [(day.at, day.end) for day in statement.days if day.elsewhere(calendar.year) == on]
    bare = [m.span() for m in _BARE_DAY.finditer(statement.text) if int(m[1]) == on.day]
    return [*found, *(Claim(start, end, on, Stance.UNRESOLVED) for start, end in (*either, *bare))]


_BARE_DAY = re.compile(
    r"\b(?:\w*day,?|on|by|until|till|since|from|before|after|to|through|and) the (\d{1,2})(?:st|nd|rd|th)\b"
    r"(?! (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)


def same(fact: Value, value: Any) -> bool:
    """Whether a value found by `given` is the fact's."""
    if fact.kind in ("money", "number"):
        return abs(value - Decimal(fact.value)) <= Decimal(fact.within or 0)
    return value.isoformat()[: len(fact.value)] == fact.value


def _stood(statement: Statement, start: int, end: int, value: Any, *, as_name: bool = False) -> Claim:
    if denied(statement.text, start, end, as_name=as_name):
        return Claim(start, end, value, Stance.DENIED)
    return Claim(start, end, value, statement.stance(start, end))


def _spelled(statement: Statement, spellings: Iterable[str], as_name: bool = False) -> Iterator[Claim]:
    for spelling in spellings:
        for at in statement.places(spelling):
            yield _stood(statement, at, at + len(plain_phrase(spelling)), spelling, as_name=as_name)


# --- finding -----------------------------------------------------------------------------------------------------

_Found = tuple[int, int, Any]


def _money(statement: Statement, calendar: Calendar) -> list[_Found]:
    return [(n.at, n.end, n.value) for n in statement.numbers if n.unit == "usd" or _in_cents(n)]


def _counts(statement: Statement, calendar: Calendar) -> list[_Found]:
    return [(n.at, n.end, n.value) for n in statement.numbers if n.unit in ("", "%") and not _in_cents(n)]


def _in_cents(number: Number) -> bool:
    return number.unit == "" and number.value.as_tuple().exponent == -2


def _times(statement: Statement, calendar: Calendar) -> list[_Found]:
    return [(found.at, found.end, found.value) for found in statement.instants(calendar)]


def _dates(statement: Statement, calendar: Calendar) -> list[_Found]:
    """Days; one written with a time of another zone is the day of that instant in the company's."""
    moved = [found for found in statement.instants(calendar) if found.moved]
    found: list[_Found] = []
    for day in statement.days:
        if (on := day.on(calendar.year)) is not None:
            here = next((one.value.date() for one in moved if one.at <= day.at and day.end <= one.end), on)
            found.append((day.at, day.end, here))
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
    r"|^[\"')\]*]* *(?:is|are|was|were|has been|have been) (?:wrong|incorrect|false|untrue|superseded|outdated|replaced by)\b"
    r"|^[\"')\]*]* *no longer (?:holds?|stands?|applies|apply|valid)\b|^ ?\((?:wrong|incorrect|false)\b"
)


def denied(text: str, start: int, end: int, *, as_name: bool = False) -> bool:
    """Whether the value at [start, end) of a plain text is denied: just before or just after.

    "not after 4 December" and "no more than $500" deny neither. as_name: see `spelled`.
    """
    before = _BREAK.split(text[max(0, start - 60) : start])[-1]
    if (_NOT_NAMED if as_name else _NOT_BEFORE).search(before) and not _NO_DENIAL.search(before):
        return True
    if text[max(0, start - 20) : start].rstrip().endswith("anything but"):
        return True
    return bool(_NOT_AFTER.match(text[end : end + 40]))


def value_faults(value: Value) -> Iterator[str]:
    """Why a value could not be looked for."""
    if not value.value or not all(value.spellings):
        yield "an empty value"
    if value.value in value.rivals:
        yield f"{value.value} is its own rival"
