"""Values as people write them: numbers with their unit, days, times with their zone. In plain text (see statements.py).

`US$1,234.56` = `1 234,56 USD` = 1234.56 dollars; 13 Nov = November 13, 2025 = 13.11.2025 = 20251113; twenty-one = 21;
10:40 pm EST = 03:40 UTC of the day after. A unit makes another value of it: `$19.99 million`, `19.99 %`, `€19.99`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from attrs import frozen

_DIGIT = re.compile(r"\d")

# --- numbers ---------------------------------------------------------------------------------------------------------


@frozen
class Number:
    """A number where it stands. unit: "usd", another currency, "%", or "" for all else (pieces, millimetres, nothing)."""

    at: int
    end: int
    value: Decimal
    unit: str = ""


_CURRENCIES = {
    "$": "usd", "us$": "usd", "usd": "usd", "us dollars": "usd", "us dollar": "usd", "dollars": "usd", "dollar": "usd",
    "bucks": "usd", "€": "eur", "eur": "eur", "euro": "eur", "euros": "eur", "£": "gbp", "gbp": "gbp", "pounds sterling": "gbp",
    "¥": "jpy", "jpy": "jpy", "yen": "jpy", "cad": "cad", "c$": "cad", "ca$": "cad", "aud": "aud", "a$": "aud", "chf": "chf",
    "₹": "inr", "inr": "inr",
}  # fmt: skip
_FACTORS = {
    "hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "mn": 10**6, "mio": 10**6, "billion": 10**9, "bn": 10**9,
}  # fmt: skip
_SIGNS = r"(?:us\$|ca\$|c\$|a\$|\$|€|£|¥|₹|usd|eur|gbp|cad|aud|chf|jpy|inr)"
_BODY = (
    r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)"  # 1.234,50
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d{2})(?!\d)"  # 1 234,50
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|\d+,\d{2}(?![\d,])"  # 19,99
    r"|\d+(?:\.\d+)?"
)
_NUMBER = re.compile(
    rf"(?<![\w.,/])(?<![\w.,/]-)(?<![\w.,/-]\$)({_SIGNS}\s?)?({_BODY})(?![\d/]|-\d|,\d{{3}}|\.\d)"
    r"(?:(?:\s|-)?(hundred|thousand|million|mn|mio|billion|bn)\b|(k)\b)?"
    r"(\s?(?:%|percent\b|per cent\b|us dollars?\b|dollars?\b|bucks\b|usd\b|euros?\b|eur\b|€|£|¥|pounds sterling\b|gbp\b|cad\b|"
    r"aud\b|chf\b|jpy\b|yen\b|inr\b|\$(?!\d)))?"
)
_UNITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SMALL = ("zero", *_UNITS[1:])
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: 10 + n for n, word in enumerate(_TEENS)} | {
    (f"{ten}-{unit}" if unit else ten): 20 + 10 * n + m for n, ten in enumerate(_TENS) for m, unit in enumerate(_UNITS)
}
NUMBER_WORDS = (*_SMALL, *_TEENS, *_TENS, "hundred", "thousand", "million", "dollars", "cents", "percent")
_STEMS = ("ten", "eleven", "twelve", "teen", *_TENS)
_ANY_WORD = "|".join(sorted(_WORDS, key=len, reverse=True)).replace("-", "[- ]")
_WORD = re.compile(rf"\b(?:{_ANY_WORD})\b(?:[ -](hundred|thousand|million)\b)?")
_SMALL_WORD = re.compile(rf"(?<![\w-])(?:{'|'.join(_SMALL)})(?![\w-])")
_NOT_ONE = re.compile(r"\b(?:not|without)(?: [\w-]+){0,3} a single\b")
_DOLLARS = re.compile(
    rf"\b({_ANY_WORD}|{'|'.join(_SMALL)})\b(?:[ -](hundred|thousand|million))?[ -](?:us )?dollars?\b"
    rf"(?:,? (?:and )?({_ANY_WORD}|{'|'.join(_SMALL)}|\d{{1,2}}) cents?\b)?"
)


def numbers(text: str) -> list[Number]:
    """All but small ones in words (see `small_words`), those that are parts of dates included."""
    found: list[Number] = []
    if _DIGIT.search(text):
        found += map(_written, _NUMBER.finditer(text))
    if "dollar" in text:
        found += _worded_dollars(text)
    if any(stem in text for stem in _STEMS):  # far cheaper than the pattern
        taken = {number.at for number in found}
        for m in _WORD.finditer(text):
            if m.start() not in taken:
                word = m[0].removesuffix(m[1] or "").rstrip(" -")
                found.append(
                    Number(m.start(), m.end(), Decimal(_WORDS[word.replace(" ", "-")]) * _FACTORS.get(m[1] or "", 1))
                )
    return found


def small_words(text: str) -> Iterator[Number]:
    """Zero to nine in words, which are as often articles and pronouns."""
    for m in _SMALL_WORD.finditer(text):
        yield Number(m.start(), m.end(), Decimal(_SMALL.index(m[0])))
    for m in _NOT_ONE.finditer(text):  # "not short of a single unit"
        yield Number(m.start(), m.end(), Decimal(0))


def _written(m: re.Match[str]) -> Number:
    sign, body, factor, suffix = (m[1] or "").strip(), m[2], m[3] or m[4], (m[5] or "").strip()
    if re.search(r",\d{1,2}$", body) and not re.fullmatch(r"\d{1,3}(?:,\d{3})+", body):
        body = body.replace(".", "").replace(",", ".")
    value = Decimal(body.replace(",", "").replace(" ", ""))
    unit = "%" if suffix in ("%", "percent", "per cent") else _CURRENCIES.get(sign) or _CURRENCIES.get(suffix, "")
    return Number(m.start(), m.end(), value * _FACTORS.get(factor or "", 1), unit)


def _worded_dollars(text: str) -> Iterator[Number]:
    for m in _DOLLARS.finditer(text):
        cents = 0 if m[3] is None else int(m[3]) if m[3].isdecimal() else _word_value(m[3])
        yield Number(m.start(), m.end(), _word_value(m[1]) * _FACTORS.get(m[2] or "", 1) + Decimal(cents) / 100, "usd")


def _word_value(word: str) -> int:
    return _SMALL.index(word) if word in _SMALL else _WORDS[word.replace(" ", "-")]


# --- days ------------------------------------------------------------------------------------------------------------


@frozen
class Day:
    """A date as written. year: if named. other: month and day as read elsewhere, where that is another date: 3/11."""

    at: int
    end: int
    year: int | None
    month: int
    day: int
    other: tuple[int, int] | None = None

    def on(self, year: int) -> date | None:
        """The date, of this year where it names none; None for 31 November."""
        with suppress(ValueError):
            return date(self.year or year, self.month, self.day)
        return None

    def elsewhere(self, year: int) -> date | None:
        with suppress(ValueError):
            return date(self.year or year, *self.other) if self.other else None
        return None


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:,?(?:\s+of)?\s+(\d{4}|'\d{2})(?!\d|:\d))?"
_FREE = r"(?<![\w.,/-])"
_ISO = re.compile(rf"{_FREE}(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?!\d)")
_COMPACT = re.compile(rf"{_FREE}((?:19|20)\d{{2}})(\d{{2}})(\d{{2}})(?=t\d|\b)(?![\w-]*\w-)")
_SLASHED = re.compile(rf"{_FREE}(\d{{1,2}})/(\d{{1,2}})(?:/(\d{{4}}|'?\d{{2}}))?(?![\d/])")
_DOTTED = re.compile(rf"{_FREE}(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}|\d{{2}}(?!\d))?(?!\d|\.\d)")
_DASHED = re.compile(rf"{_FREE}(\d{{1,2}})-(\d{{1,2}})-(\d{{4}})(?![\d-])")
_NAMED = re.compile(rf"{_FREE}(\d{{1,2}})-{_MONTH}-(\d{{4}}|\d{{2}})\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}{_YEAR}")
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
_RANGE = re.compile(
    rf"{_FREE}{_ORDINAL}(?: ?- ?| to | and | through | until )(?=\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}{_YEAR})"
)
"""The first day of "8 to 12 December 2025", whose month and year stand at the second."""
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}")


def days(text: str) -> list[Day]:
    """Every date, in no order; what no calendar has is left to `Day.on`."""
    if not _DIGIT.search(text):
        return []
    found = [Day(m.start(), m.end(), int(m[1]), int(m[3]), int(m[4])) for m in _ISO.finditer(text)]
    found += [Day(m.start(), m.end(), int(m[1]), int(m[2]), int(m[3])) for m in _COMPACT.finditer(text)]
    if "/" in text:
        found += [_either(m, int(m[1]), int(m[2]), m[3]) for m in _SLASHED.finditer(text)]
    found += [_either(m, int(m[2]), int(m[1]), m[3]) for m in _DOTTED.finditer(text) if m[3]]
    found += [_either(m, int(m[1]), int(m[2]), m[3]) for m in _DASHED.finditer(text)]
    found += [Day(m.start(), m.end(), _year(m[3]), _month(m[2]), int(m[1])) for m in _NAMED.finditer(text)]
    found += [Day(m.start(), m.end(1), _year(m[3]), _month(m[2]), int(m[1])) for m in _RANGE.finditer(text)]
    first = list(_DAY_FIRST.finditer(text))
    taken = {m.start(2) for m in first}  # "until 17 November 27 tickets" has one date
    found += [Day(m.start(), m.end(), _year(m[3]), _month(m[2]), int(m[1])) for m in first]
    months = (m for m in _MONTH_FIRST.finditer(text) if m.start(1) not in taken)
    return [*found, *(Day(m.start(), m.end(), _year(m[3]), _month(m[1]), int(m[2])) for m in months)]


def _either(m: re.Match[str], month: int, day: int, year: str | None) -> Day:
    """A date in figures: as this company writes it, or the other way round where only that is a date."""
    if month > 12 >= day:
        month, day = day, month
    other = (day, month) if day <= 12 and day != month else None
    return Day(m.start(), m.end(), _year(year), month, day, other)


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    figures = text.lstrip("'")
    return int(figures) if len(figures) == 4 else 2000 + int(figures)


def _month(name: str) -> int:
    return MONTHS.index(name[:3]) + 1


# --- instants --------------------------------------------------------------------------------------------------------


class Calendar(NamedTuple):
    """How dates without a year and times without a zone are meant. offset: of the zone, hours from UTC."""

    year: int
    offset: float

    @classmethod
    def at(cls, now: datetime) -> Calendar:
        """That of a clock on the wall."""
        ahead = now.utcoffset()
        assert ahead is not None
        return cls(now.year, ahead.total_seconds() / 3600)


_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "et": -5, "eastern": -5, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "pt": -8, "cet": 1, "cest": 2,
}  # fmt: skip
_TIME = re.compile(
    r"(?<![\d:.,/])(?:(\d{1,2})[:h](\d{2})(?::\d{2}(?:\.\d+)?)?(?!\d)\s*([ap]\.?m\b\.?)?|(\d{1,2})\s*([ap]\.?m\b\.?)|(noon|midnight)\b)"
    r"\s*(?:hours|hrs|h|o'clock)?\s*\(?(z\b|(?:utc|gmt)\s?[+-]\d{1,2}(?::?\d{2})?|utc\b|gmt\b|[+-]\d{2}:?\d{2}\b|"
    r"est\b|edt\b|et\b|eastern\b|cst\b|cdt\b|mst\b|mdt\b|pst\b|pdt\b|pt\b|cet\b|cest\b)?"
)
_MAY_TELL_TIME = re.compile(r"\d[:hapHAP ]")
_APART = 20
"""Characters between a date and its time: "13 November 2025, no later than 22:40"."""


@frozen
class Instant:
    """A day with a time beside it, in the zone of the calendar. moved: it was written in another one."""

    at: int
    end: int
    value: datetime
    moved: bool


def times(text: str) -> list[range]:
    """Where times of the day stand; `2h30` may as well be how long something took."""
    found = _TIME.finditer(text) if _MAY_TELL_TIME.search(text) else ()
    return [range(m.start(), m.end()) for m in found if ":" in m[0] or m[3] or m[5]]


def instants(text: str, written: list[Day], calendar: Calendar) -> list[Instant]:
    found: list[Instant] = []
    if not written or not (":" in text or "m" in text or "noon" in text or "h" in text):
        return found
    for m in _TIME.finditer(text):
        hour, minute = _clock(m)
        if hour is None:
            continue
        beside = [(max(m.start() - day.end, day.at - m.end()), day.at, day) for day in written]
        close = [one for one in beside if one[0] <= _APART and one[2].on(calendar.year)]
        if not close:
            continue
        day = min(close, key=lambda one: one[:2])[2]
        on = day.on(calendar.year)
        assert on is not None
        offset = calendar.offset if m[7] is None else _offset(m[7])
        try:
            value = datetime(on.year, on.month, on.day, hour, minute) + timedelta(hours=calendar.offset - offset)
        except OverflowError:  # in another year than the calendar has
            continue
        found.append(Instant(min(day.at, m.start()), max(day.end, m.end()), value, offset != calendar.offset))
    return found


def _clock(m: re.Match[str]) -> tuple[int | None, int]:
    if m[6]:
        return (12 if m[6] == "noon" else 0), 0
    hour, minute, half = int(m[1] or m[4]), int(m[2] or 0), m[3] or m[5]
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return (hour, minute) if hour < 24 and minute < 60 else (None, 0)


def _offset(zone: str) -> float:
    """Hours from UTC."""
    if zone in _ZONES:
        return _ZONES[zone]
    m = re.fullmatch(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?", zone)
    assert m is not None
    return (int(m[2]) + int(m[3] or 0) / 60) * (1 if m[1] == "+" else -1)
