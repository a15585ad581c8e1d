"""JSON values as an outline that people read: no braces, texts with their own lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..replay.fields import shown

ONE_LINE = 76
"""Characters that what holds single values only may take to stand on one line."""


def outline(value: Any) -> Iterator[str]:
    """The lines of a value: `name: value` of an object, `- ` before each item of a list."""
    if (flat := _flat(value)) is not None:
        yield from flat.split("\n")
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _field(name, part)
    else:
        for item in value:
            first, *others = outline(item) if not isinstance(item, list) else [shown(item)]
            yield f"- {first}"
            yield from (f"  {line}" for line in others)


def _field(name: str, value: Any) -> Iterator[str]:
    flat = _flat(value) if not value or not isinstance(value, dict | list) else _short(value)
    if flat is not None and "\n" not in flat:
        yield f"{name}: {flat}"
    else:
        yield f"{name}:"
        yield from (f"  {line}" for line in outline(value))


def _short(value: Any) -> str | None:
    """What holds single values only, on one line where it has room."""
    parts = value.items() if isinstance(value, dict) else (("", one) for one in value)
    if any(isinstance(part, dict | list) for _, part in parts):
        return None
    return text if len(text := shown(value)) <= ONE_LINE else None


def _flat(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return shown(value) if not value or not isinstance(value, dict | list) else None
