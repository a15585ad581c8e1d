"""The one JSON encoding that is hashed and stored, and the ids derived from content.

Keys keep their order: handlers build rows and replies in a fixed order, so equal histories are equal bytes.
Only `sorted_bytes` ignores key order; state hashes use it, since two routes may set fields in different order.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from itertools import accumulate
from math import nan
from typing import Any, cast

import msgspec

_encoder = msgspec.json.Encoder()
_sorting_encoder = msgspec.json.Encoder(order="sorted")

MAX_DEPTH = 64
"""Deepest nesting accepted from outside. A fixed bound, since Python's own depends on who is calling."""

_MAX_DIGITS = 4300
"""Of an integer; the sign counts as one."""

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_TOO_MANY = MAX_DEPTH.__lt__

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_LONE_SURROGATE = "not JSON: a lone surrogate"

encode = _encoder.encode
sorted_bytes = _sorting_encoder.encode
decode = msgspec.json.decode


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return sha256(data).hexdigest()


def derived_id(prefix: str, *parts: object) -> str:
    """`prefix` + the first 12 hex digits of SHA-256 over the parts joined by `|` (G-15)."""
    return prefix + sha256("|".join(map(str, parts)).encode()).hexdigest()[:12]


def parsed(data: bytes, *, surrogates: bool = False) -> Any:
    """The value of JSON that came from outside; of a key given twice, the last.

    surrogates: text may hold lone ones, as what models write does; the caller refuses them or makes them `printable`.
    Raises ValueError for what is no JSON or cannot be kept as it is, in the words `faithful` has for the same value.
    """
    check_depth(data)
    try:
        return decode(data)
    except ValueError:
        value, fault = _lenient(data)
    if surrogates and fault == _LONE_SURROGATE:
        return value
    raise ValueError(fault)


def faithful(value: Any) -> tuple[bytes, Any]:
    """`value` as JSON bytes, and the equal value they decode to, which nobody else can change.

    Raises ValueError for whatever would silently change on the way: NaN, infinities, non-string keys, sets, dates,
    tuples, lone surrogates, cycles, nesting deeper than MAX_DEPTH.
    """
    try:
        data = encode(value)
        copy = decode(data)
        same: bool = copy == value
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except (TypeError, ValueError, OverflowError):
        raise ValueError(_fault(value)) from None
    if not same:
        raise ValueError(_fault(value))
    return check_depth(data), copy


def _lenient(data: bytes) -> tuple[Any, str]:
    """What Python's own reader makes of bytes that were refused, and why they were."""
    try:
        value = json.loads(data.decode(), parse_int=_integer)
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except ValueError:
        return None, "not JSON"
    return value, _fault(value)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else nan


def _fault(value: Any) -> str:
    """Why a value cannot be kept as it is. In our own words: they are recorded, and a library's change with it.

    Level by level, since the value may be nested deeper than calls of Python go.
    """
    found = None
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for node in level:
            if isinstance(node, list):
                inner += cast("list[Any]", node)
            elif isinstance(node, dict):
                row = cast("dict[Any, Any]", node)
                inner += row.values()
                found = found or next(filter(None, map(_key_fault, row)), None)
            else:
                found = found or _leaf_fault(node)
        if not inner:
            return found or "not JSON"
        level = inner
    return _TOO_DEEP


def _key_fault(key: Any) -> str | None:
    return _leaf_fault(key) if type(key) is str else "not JSON: a key that is no string"


def _leaf_fault(leaf: Any) -> str | None:
    try:
        if decode(encode(leaf)) == leaf:
            return None
    except (TypeError, ValueError, OverflowError):
        pass
    if type(leaf) is str:
        return _LONE_SURROGATE
    if type(leaf) in (int, float):
        return "not JSON: a number out of range"
    return f"not JSON: a value of type {type(leaf).__name__}"


def check_depth(data: bytes) -> bytes:
    """`data` itself, or ValueError when it nests deeper than MAX_DEPTH."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return data
    steps = map(_STEPS.__getitem__, _STRINGS.sub(b"", data).translate(None, _NO_BRACKETS))
    if any(map(_TOO_MANY, accumulate(steps))):
        raise ValueError(_TOO_DEEP)
    return data


def printable(text: str) -> str:
    """`text` with lone surrogates replaced, so that it can be written as UTF-8. Model output may hold them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
