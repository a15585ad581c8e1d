"""Instants: ISO-8601 text and epoch milliseconds, compared as instants and never as strings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_HOUR = r"(?:[01]\d|2[0-3])"
_ISO = re.compile(rf"\d{{4}}-\d\d-\d\d(?:[T ]{_HOUR}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_TOO_FINE = re.compile(r"(\.\d{6})\d+")
"""What stands behind microseconds; Python's versions do not agree on it."""

DAY_MS = 86_400_000

EARLIEST_MS = -62_135_596_800_000
LATEST_MS = 253_402_300_799_999
"""Within these, the years 1 to 9999, an instant can be written as text."""


def fixed_zone(hours: int) -> timezone:
    """A zone that knows no daylight saving."""
    return timezone(timedelta(hours=hours))


@lru_cache(maxsize=1 << 16)
def to_ms(text: str, zone: timezone = UTC) -> int:
    """Epoch milliseconds of an ISO-8601 timestamp or date; `zone` is used where the text names none.

    A date alone is its midnight in `zone`; fractions of a second are cut to milliseconds, however many digits they
    have. ValueError for anything else.
    """
    if not _ISO.fullmatch(text):  # what `fromisoformat` takes beyond this differs between Python versions
        raise ValueError(f"not an ISO-8601 timestamp or date: {text!r}")
    instant = datetime.fromisoformat(_TOO_FINE.sub(r"\1", text))
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return (instant - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=1 << 12)
def to_text(ms: int) -> str:
    """An instant as rows hold it: `2025-12-01T19:00:00Z`, with milliseconds only where there are any."""
    day, rest = divmod(ms, DAY_MS)
    minute, rest = divmod(rest, 60_000)
    second, rest = divmod(rest, 1000)
    fraction = f".{rest:03d}" if rest else ""
    return f"{_date(day)}T{_time(minute)}:{second:02d}{fraction}Z"


@lru_cache(maxsize=1 << 14)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(day)).date().isoformat()


@lru_cache(maxsize=24 * 60)
def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def local(ms: int, zone: timezone) -> datetime:
    """The wall-clock reading at `ms` in `zone`, for calendar arithmetic."""
    return (_EPOCH + ms * _MILLISECOND).astimezone(zone)
