"""The one JSON encoding that is hashed and stored, and the ids derived from content.

Keys keep their order: handlers build rows and replies in a fixed order, so equal histories are equal bytes.
Only `sorted_bytes` ignores key order; state hashes use it, since two routes may set fields in different order.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_sorting_encoder = msgspec.json.Encoder(order="sorted")

MAX_DEPTH = 64
"""Deepest nesting accepted from outside. A fixed bound, since Python's own depends on who is calling."""

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

encode = _encoder.encode
sorted_bytes = _sorting_encoder.encode
decode = msgspec.json.decode


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return sha256(data).hexdigest()


def derived_id(prefix: str, *parts: object) -> str:
    """`prefix` + the first 12 hex digits of SHA-256 over the parts joined by `|` (G-15)."""
    return prefix + sha256("|".join(map(str, parts)).encode()).hexdigest()[:12]


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
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not same:
        raise ValueError("not JSON: only null, booleans, finite numbers, strings, arrays and objects with string keys")
    return check_depth(data), copy


def check_depth(data: bytes) -> bytes:
    """`data` itself, or ValueError when it nests deeper than MAX_DEPTH."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return data
    depth = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(_TOO_DEEP)
        elif byte in b"]}":
            depth -= 1
    return data


def printable(text: str) -> str:
    """`text` with lone surrogates replaced, so that it can be written as UTF-8. Model output may hold them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
