"""Instants of the generated company: epoch milliseconds, EST calendar days (UTC-5 all year, P-11) and business days.

All instants that decide a dated policy lie between 14:00Z and 23:00Z (entities 17 J), so that the UTC and the EST
calendar day agree and the day of an instant needs no time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ...engine.chance import Chance
from ...engine.clock import DAY_MS, to_ms, to_text

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = DAY_MS

NOW: Final = to_ms("2025-12-01T19:00:00Z")
"""The clock of every world: Monday, 1 December 2025, 14:00 EST."""

WINDOW: Final = (to_ms("2025-10-01T05:00:00Z"), to_ms("2025-12-01T05:00:00Z"))
"""The two months in which seed example 1 counts motherboards."""

YEAR_AGO: Final = to_ms("2024-12-01T05:00:00Z")
"""Start of "the last 12 months" on the clock's day (P-14)."""

SALE_HOURS: Final = {14: 5, 15: 6, 16: 5, 17: 3, 18: 3, 19: 3, 20: 3, 21: 2, 22: 1.5}
DESK_HOURS: Final = {10: 5, 11: 2, 12: 2, 13: 2, 14: 5, 15: 5, 16: 4, 17: 3, 18: 2.5, 19: 2, 20: 2, 21: 1.5, 22: 1}
DOCK_HOURS: Final = {14: 3, 15: 4, 16: 3, 17: 3, 18: 3, 19: 3, 20: 2, 21: 1}
DOOR_HOURS: Final = {14: 1, 15: 2, 16: 3, 17: 3, 18: 3, 19: 3, 20: 2, 21: 2, 22: 1}

_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""


def day_of(ms: int) -> int:
    """The EST calendar day of an instant, as a day number."""
    return (ms - 5 * HOUR) // DAY


def label(ms: int) -> str:
    """`YYMMDD`, the form in which ids carry a date."""
    return _label(ms // DAY)


@lru_cache(maxsize=1 << 12)
def _label(day: int) -> str:
    return to_text(day * DAY)[2:10].replace("-", "")


HOLIDAYS: Final = frozenset(
    to_ms(f"{date}T12:00:00Z") // DAY for date in ("2025-09-01", "2025-11-27", "2025-11-28", "2025-12-25")
)
"""Closed days (P-13)."""

_CARRIER_HOLIDAYS: Final = HOLIDAYS - {to_ms("2025-11-28T12:00:00Z") // DAY}


def weekday(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day + _EPOCH_WEEKDAY) % 7


def is_business_day(day: int) -> bool:
    return weekday(day) < 5 and day not in HOLIDAYS


def is_delivery_day(day: int) -> bool:
    """Carriers deliver Monday to Saturday."""
    return weekday(day) < 6 and day not in _CARRIER_HOLIDAYS


def business_days_after(day: int, count: int) -> int:
    """The count-th business day after `day`; for 0 the day itself or, if closed, the next open one."""
    while not is_business_day(day):
        day += 1
    for _ in range(count):
        day += 1
        while not is_business_day(day):
            day += 1
    return day


def delivery_days_after(day: int, count: int) -> int:
    for _ in range(count):
        day += 1
        while not is_delivery_day(day):
            day += 1
    return day


def at(chance: Chance, day: int, hours: Mapping[int, float]) -> int:
    """An instant of that day at a plausible hour; one in seven carries milliseconds (entities section 0)."""
    hour = chance.weighted(hours)
    # The last hour of the safe band ends early, so that a payment two minutes later is still inside it.
    second = chance.integer(0, 2399 if hour == 22 else 3599)
    milliseconds = chance.integer(1, 999) if chance.happens(0.15) else 0
    return day * DAY + hour * HOUR + second * 1000 + milliseconds


def within(chance: Chance, low: int, high: int, hours: Mapping[int, float] = DESK_HOURS) -> int:
    """An instant in [low, high], at a plausible hour where the span has room for one."""
    for _ in range(6):
        instant = at(chance, chance.integer(day_of(low), day_of(high)), hours)
        if low <= instant <= high:
            return instant
    return (low + chance.integer(0, max(0, high - low)) // 1000 * 1000) if high > low else low


def at_work(ms: int, mornings: int = 1) -> int:
    """The instant itself, or the same minute of the next working morning: colleagues do not post at night. mornings: of so many
    hours, over which what waited for them is spread."""
    day, rest = divmod(ms, DAY)
    later = rest // HOUR % mornings * HOUR
    if rest >= 23 * HOUR:
        day, rest = day + 1, 14 * HOUR + later + rest % HOUR
    elif rest < 13 * HOUR:
        rest = 13 * HOUR + later + rest % HOUR
    while not is_business_day(day):
        day += 1
    return day * DAY + rest
