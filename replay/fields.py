"""What differs between two versions of a row, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import zip_longest
from typing import Any

from attrs import frozen
from msgspec.json import format

from ..engine.canonical import encode, sorted_bytes
from ..engine.genesis import Row


class NoValue(Enum):
    """Why there is no value to show. A field that holds null has a value: None."""

    ABSENT = "absent"
    UNKNOWN = "unknown"
    """The field stands in the starting world, which was not at hand."""


ABSENT = NoValue.ABSENT
UNKNOWN = NoValue.UNKNOWN


@frozen
class FieldDifference:
    """One field in two versions of a row: old and new, or left and right. ABSENT where a version lacks it."""

    name: str
    left: Any
    right: Any


def differences(left: Row | None, right: Row | None) -> tuple[FieldDifference, ...]:
    """The fields that differ, in the order of `left`, then those only `right` has. A missing row has no fields."""
    left, right = left or {}, right or {}
    names = [*left, *(name for name in right if name not in left)]
    pairs = ((name, left.get(name, ABSENT), right.get(name, ABSENT)) for name in names)
    return tuple(FieldDifference(name, a, b) for name, a, b in pairs if not same(a, b))


DEEPEST = 40
"""Levels down to which fields are told apart; what differs further inside is shown whole."""


def deep_differences(left: Any, right: Any, name: str = "", depth: int = DEEPEST) -> Iterator[FieldDifference]:
    """The innermost fields in which two values differ, by the way to them: `data.reply.items[2].status`."""
    if depth and isinstance(left, dict) and isinstance(right, dict):
        for field in dict.fromkeys([*left, *right]):
            path = f"{name}.{field}" if name else str(field)
            yield from deep_differences(left.get(field, ABSENT), right.get(field, ABSENT), path, depth - 1)
    elif depth and isinstance(left, list) and isinstance(right, list):
        for place, (one, other) in enumerate(zip_longest(left, right, fillvalue=ABSENT)):
            yield from deep_differences(one, other, f"{name}[{place}]", depth - 1)
    elif not same(left, right):
        yield FieldDifference(name, left, right)


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON, key order aside. Python's == would take 1, 1.0 and true for one another."""
    if left is right:
        return True
    if isinstance(left, NoValue) or isinstance(right, NoValue):
        return False
    return sorted_bytes(left) == sorted_bytes(right)


def shown(value: Any) -> str:
    """A value as JSON text that wraps between its parts, or the word for why there is none."""
    return value.value if isinstance(value, NoValue) else format(encode(value), indent=0).decode()


AROUND = 100
"""Characters shown of a value that differs."""


def around(left: Any, right: Any, most: int = AROUND) -> tuple[str, str]:
    """Two values as text, each cut to some characters around the first one in which they differ."""
    texts = shown(left), shown(right)
    if max(map(len, texts)) <= most:
        return texts
    first = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = max(0, min(first - most // 3, max(map(len, texts)) - most))
    return _cut(texts[0], start, most), _cut(texts[1], start, most)


def _cut(text: str, start: int, most: int) -> str:
    before = "..." if start else ""
    after = "..." if len(text) > start + most else ""
    return f"{before}{text[start : start + most]}{after}"
