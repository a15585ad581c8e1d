"""The library's clocks: UTC+1 all year."""

from __future__ import annotations

from datetime import date

from corecraft.engine.clock import fixed_zone, local, to_ms
from corecraft.scenarios.checks import Value, values

ZONE = fixed_zone(1)
NOW = to_ms("2025-12-02T10:00:00", ZONE)


def day_of(instant: str | int) -> date:
    """The calendar day of a stored instant."""
    return local(to_ms(instant) if isinstance(instant, str) else instant, ZONE).date()


def moment(instant: str) -> Value:
    """A stored instant as an answer tells it, to the minute."""
    return values.moment(local(to_ms(instant), ZONE), "UTC+1")
