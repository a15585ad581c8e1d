"""Values as people read them: a reply, a row or arguments as a table, a record or a word. JSON on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import frozen
from msgspec.json import format

from ...engine.canonical import encode
from ...replay.fields import NoValue, shown
from ...replay.visible import visible

WIDEST = 14
"""Columns of a table; a list of rows with more fields is shown row by row."""
MOST_ROWS = 60
_FIRST = ("id", "name", "sku", "status", "subject", "title")
"""What a row is known by stands first."""


@frozen
class Shown:
    """How a value is shown. word: as text. record: names with values. table: names, and rows of values. items: a list.

    left: rows that are left out.
    """

    kind: Literal["word", "record", "table", "items"]
    text: str = ""
    none: bool = False
    names: Sequence[str] = ()
    values: Sequence[Shown] = ()
    rows: Sequence[Sequence[Shown]] = ()
    left: int = 0


def show(value: Any) -> Shown:
    if isinstance(value, Mapping) and value:
        return Shown(
            "record", names=[visible(str(name)) for name in value], values=[show(one) for one in value.values()]
        )
    if isinstance(value, list) and value:
        return _listed(value)
    if isinstance(value, NoValue) or value is None or value in ([], {}, ""):
        return Shown("word", shown(value), none=True)
    return Shown("word", visible(value) if isinstance(value, str) else shown(value))


def _listed(values: list[Any]) -> Shown:
    most, left = values[:MOST_ROWS], max(0, len(values) - MOST_ROWS)
    if all(isinstance(one, Mapping) for one in values):
        names = dict.fromkeys(name for one in most for name in one)
        ordered = sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        if len(ordered) <= WIDEST:
            rows = [[show(one[name]) if name in one else Shown("word") for name in ordered] for one in most]
            return Shown("table", names=[visible(str(name)) for name in ordered], rows=rows, left=left)
    return Shown("items", values=[show(one) for one in most], left=left)


def pretty(value: Any) -> str:
    """As indented JSON."""
    return visible(format(encode(value), indent=2).decode())
