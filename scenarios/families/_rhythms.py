"""On which days a business buys: each in a rhythm of its own, so that no two histories look alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from ...engine.chance import Chance

Weigh = Callable[[Chance, int, int], float]


def _steady(_chance: Chance, _day: int, _days: int) -> float:
    return 1


def _growing(_chance: Chance, day: int, days: int) -> float:
    return 1 + 5 * day / days


def _fading(_chance: Chance, day: int, days: int) -> float:
    return 6 - 5 * day / days


def _in_bouts(chance: Chance, day: int, _days: int) -> float:
    """Much in one week and hardly anything in the next."""
    return (0.2, 1, 6)[chance.of("week", day // 5).integer(0, 2)]


_RHYTHMS: tuple[Weigh, ...] = (_steady, _growing, _fading, _in_bouts, _in_bouts)
_WEEKENDS = (1.0, 0.35, 0.05)
"""How much is ordered on a Saturday or Sunday beside other days: shops do, offices hardly ever."""


def ordering_days(chance: Chance, first: date, last: date, count: int) -> list[date]:
    """So many different days from first to last, the earliest first."""
    rhythm = _RHYTHMS[chance.of("rhythm").integer(0, len(_RHYTHMS) - 1)]
    weekends = chance.of("weekends").choice(_WEEKENDS)
    days = (last - first).days + 1
    weights: dict[date, float] = {}
    for day in range(days):
        on = first + timedelta(days=day)
        weights[on] = rhythm(chance, day, days) * (weekends if on.weekday() > 4 else 1)
    chosen: list[date] = []
    while len(chosen) < count:
        chosen.append(chance.of("day", len(chosen)).weighted(weights))
        del weights[chosen[-1]]
    return sorted(chosen)
