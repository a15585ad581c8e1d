"""The tolerant reader: worlds of other makers, brought to the shape our handlers expect.

Applied once, when a world is imported, so that no handler needs a special case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..engine.canonical import decode
from ..engine.clock import to_ms
from ..engine.errors import InvalidWorld
from ..engine.genesis import Row
from .rows import stored_as_text

_KIND = stored_as_text()
_CLOCKS = ("__now", "now", "current_time", "currentTime")


def tables_of(raw: Mapping[str, Any]) -> dict[str, dict[str, Row]]:
    """The tables of a world as the reference stores it: type -> id -> row. Rows need not repeat their id, and what is
    no object, such as the clock, is no table."""
    return {
        entity: {id: _row(entity, id, row) for id, row in cast("dict[str, Any]", rows).items()}
        for entity, rows in raw.items()
        if isinstance(rows, dict)
    }


def clock_of(raw: Mapping[str, Any]) -> int:
    """The world's clock in epoch milliseconds: the first of its spellings that says something, else 1970 (G-14)."""
    return next((to_ms(raw[name]) for name in _CLOCKS if raw.get(name)), 0)


def normalised(entity: str, row: Row) -> Row:
    """The row with JSON text read as the list or object it holds; text that holds none stays as it is.

    Builds that list their parts as `productIds` only carry them as `componentIds` too (B-01).
    """
    row = {name: _read(value, _KIND[name]) if name in _KIND else value for name, value in row.items()}
    if entity == "build" and "productIds" in row and "componentIds" not in row:
        row["componentIds"] = row["productIds"]
    return row


def _row(entity: str, id: str, row: Any) -> Row:
    if not isinstance(row, dict):
        raise InvalidWorld(f"{entity} {id!r}: a row must be an object")
    return normalised(entity, {"id": id, **{name: value for name, value in cast("Row", row).items() if name != "id"}})


def _read(value: Any, kind: type) -> Any:
    if not isinstance(value, str):
        return value
    try:
        read = decode(value)
    except (ValueError, RecursionError):
        return value
    return read if isinstance(read, kind) else value
