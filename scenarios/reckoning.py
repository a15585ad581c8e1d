"""Calendar and money as someone at a desk works them out from the policy: for solutions, which never touch `truth`.

Written apart from `truth.py` and by other ways (running totals instead of day by day, whole cents instead of rounding), so that
an error in one is no error in the other; `tests/scenarios/test_reckoning.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

EST: Final = timezone(timedelta(hours=-5))
"""P-11: the company's clock, all year."""

FEES: Final = {"standard": Decimal("9.99"), "express": Decimal("19.99"), "overnight": Decimal("39.99")}
"""P-46."""

OFF: Final = ((2025, 9, 1), (2025, 11, 27), (2025, 11, 28), (2025, 12, 25), (2026, 1, 1))
"""P-12: year, month and day of the holidays."""

MONEY_TAKEN: Final = {"captured", "partially_refunded"}
"""Statuses of a payment that went through."""
MONEY_BACK: Final = {"approved", "processed"}
"""Statuses of a refund that counts as given (P-53)."""


# --- calendar ----------------------------------------------------------------------------------------------------


def instant(moment: str | int) -> datetime:
    """EST; of ISO text (a day alone is its first moment in UTC) or epoch milliseconds."""
    if isinstance(moment, int):
        return datetime.fromtimestamp(moment / 1000, EST)
    read = datetime.fromisoformat(moment)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(EST)


def day_of(moment: str | int) -> date:
    """The calendar day of an instant (P-11)."""
    return instant(moment).date()


def midnight(day: date) -> int:
    """Epoch milliseconds at which a day begins."""
    return round(datetime.combine(day, time(), EST).timestamp()) * 1000


def last_return_day(delivered: date) -> date:
    """P-20: day 21 is still inside."""
    return delivered + timedelta(weeks=3)


def months_on(day: date, months: int) -> date:
    """The same number of the month so many months on (back, if negative), or the last there is (P-14)."""
    month = day.replace(day=1)
    for _ in range(abs(months)):
        month = (
            (month + timedelta(days=32)).replace(day=1) if months > 0 else (month - timedelta(days=1)).replace(day=1)
        )
    length = ((month + timedelta(days=32)).replace(day=1) - month).days
    return month.replace(day=min(day.day, length))


def working_day(day: date) -> bool:
    """Monday to Friday, no holiday (P-12)."""
    return day.isoweekday() <= 5 and (day.year, day.month, day.day) not in OFF


def _worked(moment: datetime) -> int:
    """Minutes of business time since the beginning of 2020, a Wednesday."""
    days = (moment.date() - date(2020, 1, 1)).days
    weeks, rest = divmod(days, 7)
    full = weeks * 5 + sum((2 + n) % 7 < 5 for n in range(rest))
    full -= sum(date(*off) < moment.date() and date(*off).isoweekday() <= 5 for off in OFF)
    today = min(max(moment.hour * 60 + moment.minute - 540, 0), 540) if working_day(moment.date()) else 0
    return full * 540 + today


def business_minutes(start: int, end: int) -> int:
    """Minutes of business time between two instants in epoch milliseconds, 540 to a business day (P-13)."""
    return max(0, _worked(instant(end)) - _worked(instant(start)))


def business_target(start: int, minutes: int) -> int:
    """When so many minutes of business time, at least one, have passed; epoch milliseconds (P-13)."""
    due = _worked(instant(start)) + minutes
    low, high = start // 60_000, start // 60_000 + (minutes // 540 + 5) * 3 * 1440
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _worked(instant(middle * 60_000)) >= due else (middle + 1, high)
    return low * 60_000


# --- money -------------------------------------------------------------------------------------------------------


def dollars(amount: float | str) -> Decimal:
    """A price of a reply as the decimal it was written as."""
    return Decimal(f"{amount}")


def to_the_cent(amount: Decimal) -> Decimal:
    """Half a cent is a cent; for amounts of zero and more."""
    return (amount * 100 + Decimal("0.5")).to_integral_value(ROUND_FLOOR) / Decimal(100) + Decimal("0.00")


def tier_of(customer: Mapping[str, Any]) -> str:
    """Without one on file it is none."""
    return customer.get("loyaltyTier", "none") or "none"


def term_of(product: Mapping[str, Any]) -> int:
    """Months of warranty; twelve unless the product says otherwise (P-61)."""
    return product.get("warrantyMonths", 0) or 12
