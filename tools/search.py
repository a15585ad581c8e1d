"""What all search tools share: dates in, bounds, paging, not-found wording (G-06..G-13, G-20)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from ..engine.clock import fixed_zone, to_ms, to_text
from ..engine.genesis import Row
from ..engine.tool import Rejected
from ..engine.world import World
from .profile import Profile
from .tables import stored_ms

EST = fixed_zone(-5)
"""The policy zone: UTC-5 all year (P-11)."""


def given(**filters: Hashable | None) -> dict[str, Hashable]:
    """The filters that were given (G-06)."""
    return {name: value for name, value in filters.items() if value is not None}


def instant(name: str, text: str | None) -> int | None:
    """Epoch milliseconds of a date argument, or None when not given (G-08).

    A date alone is its midnight in EST; a date-time without offset is EST too. Anything else is rejected.
    """
    if text is None:
        return None
    try:
        return to_ms(text, EST)
    except ValueError:
        raise Rejected(
            f"Invalid {name}: '{text}'. Expected an ISO-8601 date or timestamp with timezone, "
            "such as 2025-11-09 or 2025-11-09T14:00:00Z"
        ) from None


def page(rows: Iterable[Row], limit: float | None, profile: Profile) -> list[Row]:
    """The first rows, as many as limit and cap allow (G-11): 0 is the default, fractions are cut, the rest clamped."""
    asked = int(limit) if limit else 0
    size = profile.default_limit if asked == 0 else max(1, min(asked, profile.max_limit))
    return list(islice(rows, size))


def newest(
    world: World,
    entity: str,
    after: int | None,
    before: int | None,
    where: Mapping[str, Hashable] | None = None,
    text: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """Rows of a table sorted by `tables.newest_first`, within [after, before], then those without a date (G-10)."""
    where, text = where or {}, text or {}
    if after is None and before is None:
        return world.rows(entity, where, text)
    start = (0,) if before is None else (0, -before)
    stop = (1,) if after is None else (0, 1 - after)
    return chain(world.rows(entity, where, text, start, stop), world.rows(entity, where, text, (1,)))


def within(
    row: Mapping[str, Any],
    field: str,
    after: int | None,
    before: int | None,
    *,
    undated: bool,
    exclusive: bool = False,
) -> bool:
    """Whether a stored instant lies within the bounds. `undated`: what to say of a row without it (G-10).
    `exclusive`: the upper bound itself is out (G-09)."""
    if after is None and before is None:
        return True
    ms = stored_ms(row, field)
    if ms is None:
        return undated
    if after is not None and ms < after:
        return False
    return before is None or (ms < before if exclusive else ms <= before)


def found(world: World, entity: str, label: str, id: str) -> Row:
    """The row a command names. Rejects in the words of G-20."""
    row = world.get(entity, id)
    if row is None:
        if not world.has(entity):
            raise Rejected(f"{label} table not found in data")
        raise Rejected(f"{label} {id} not found")
    return row


def now_text(world: World) -> str:
    """The world's clock as it is stored in rows."""
    return to_text(world.now)
