"""What an agent had before it: the text of all replies, and the rows in them with the values each holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import date, timezone
from decimal import Decimal
from functools import cached_property
from typing import Any

from attrs import frozen

from ...engine.canonical import encode
from ...engine.clock import local, to_ms
from ...engine.trajectory import Call

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", re.ASCII)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_TERMS = frozenset({1, 2, 3, 5, 7, 10, 14, 15, 20, 21, 22, 30, 31, 45, 60, 90, 365})
"""Days that rules and people count by."""


@frozen(slots=False)
class Shown:
    """The prompt and the replies of an episode. zone: in which days are told."""

    prompt: str
    calls: tuple[Call, ...]
    zone: timezone

    @cached_property
    def replies(self) -> str:
        """All replies, in lower case."""
        return "\n".join(encode(call.reply).decode() for call in self.calls).lower()

    @cached_property
    def text(self) -> str:
        """All of it, in lower case."""
        return f"{self.prompt.lower()}\n{self.replies}"

    @cached_property
    def rows(self) -> Mapping[str, frozenset[str]]:
        """Row id -> all it was shown to hold, as `forms` writes values; of a row in a row both hold the inner one's."""
        held: dict[str, frozenset[str]] = {}
        for call in self.calls:
            for row in rows_in(call.reply):
                id = row["id"]
                held[id] = held.get(id, frozenset()) | frozenset(_leaves(row, self.zone))
        return held

    def holds(self, kind: str, value: str) -> bool:
        """Whether a value stands anywhere in what was told."""
        if kind == "text":
            return value.lower() in self.text
        return bool(forms(kind, value) & self._values)

    def holders(self, kind: str, value: str) -> set[str]:
        """The rows that hold it."""
        wanted = forms(kind, value)
        return {id for id, held in self.rows.items() if wanted & held}

    @cached_property
    def _values(self) -> frozenset[str]:
        return frozenset(_of_text(self.text, self.zone))


def one_step(kind: str, value: str, held: Collection[str]) -> bool:
    """Whether a day is some days of a usual term or whole months from one that is held; an amount the sum, the difference or a
    small multiple of amounts that are."""
    if kind in ("date", "time"):
        day = date.fromisoformat(value[:10])
        days = {found for each in held if (found := _day(each)) is not None}
        return any(abs((day - each).days) in _TERMS or (day != each and day.day == each.day) for each in days)
    if kind != "money":
        return False
    amount = Decimal(value)
    amounts = {Decimal(each) for each in held if _PLAIN.fullmatch(each)}
    return any(
        amount - each in amounts or each - amount in amounts or amount in (each * n for n in range(2, 6))
        for each in amounts
    )


def _day(text: str) -> date | None:
    """A calendar day, of a text that an agent or a customer may have written in any way."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def forms(kind: str, value: str) -> frozenset[str]:
    """How a value of a rubric is written among the leaves of rows."""
    if kind in ("money", "number"):
        return frozenset({_plain(Decimal(value))})
    return frozenset({value[:10] if kind in ("date", "time") else value.lower()})


def rows_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every row at any depth."""
    parts: Collection[Any] = ()
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value
        parts = value.values()
    elif isinstance(value, list):
        parts = value
    for part in parts:
        yield from rows_in(part)


def _leaves(value: Any, zone: timezone) -> Iterator[str]:
    if isinstance(value, str):
        yield value.lower()
        yield from _of_text(value, zone)
    elif isinstance(value, bool) or value is None:
        yield str(value).lower()
    elif isinstance(value, int | float):
        yield _plain(Decimal(str(value)))
    else:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part, zone)


def _of_text(text: str, zone: timezone) -> Iterator[str]:
    """The days, by the digits and in the zone, and the numbers that stand in a text."""
    yield from _DAY.findall(text)
    for instant in _INSTANT.findall(text.upper()):
        with suppress(ValueError, OverflowError):  # the 45th of a 13th month, in somebody's text
            yield local(to_ms(instant), zone).strftime("%Y-%m-%d")
    for number in _NUMBER.findall(text):
        yield _plain(Decimal(number.replace(",", "")))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
