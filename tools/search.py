"""What all search tools share: dates in, bounds, paging, not-found wording (G-06..G-13, G-20)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import timezone
from functools import cache
from itertools import chain, islice
from typing import Any, Final, TypeVar

from msgspec import Struct

from ..engine.clock import fixed_zone, to_ms, to_text
from ..engine.errors import Undeclared
from ..engine.genesis import Row, SortKey
from ..engine.tool import Rejected
from ..engine.world import World
from .profile import Profile
from .tables import stored_ms

T = TypeVar("T")

EST = fixed_zone(-5)
"""The policy zone: UTC-5 all year (P-11)."""

_NOTHING: Final[dict[str, Any]] = {}


def given(**filters: T | None) -> dict[str, T]:
    """The filters that were given (G-06)."""
    return {name: value for name, value in filters.items() if value is not None}


def instant(name: str, text: str | None, zone: timezone = EST) -> int | None:
    """Epoch milliseconds of a date argument, or None when not given (G-08).

    A date alone is its midnight in the zone of the company; so is a date-time without offset. Anything else is rejected.
    """
    if text is None:
        return None
    try:
        return to_ms(text, zone)
    except ValueError:
        raise Rejected(
            f"Invalid {name}: '{text}'. Expected an ISO-8601 date or timestamp with timezone, "
            "such as 2025-11-09 or 2025-11-09T14:00:00Z"
        ) from None


class Window(Struct, frozen=True):
    """A span of time in epoch milliseconds, both bounds inclusive; None is open."""

    after: int | None
    before: int | None

    @property
    def open(self) -> bool:
        """Whether every instant lies within."""
        return self.after is None and self.before is None

    def keep(self, rows: Iterable[Row], field: str, *, undated: bool = True) -> Iterable[Row]:
        """Rows whose `field` lies within. `undated`: whether rows without it pass when a bound is given (G-10)."""
        return rows if self.open else (row for row in rows if self._holds(stored_ms(row, field), undated))

    def spans(self, band: SortKey) -> tuple[tuple[SortKey, SortKey], ...]:
        """Where in `tables.newest_first`, after `band`, the rows within stand, and those without a date (G-10)."""
        start = (0,) if self.before is None else (0, -self.before)
        stop = (1,) if self.after is None else (0, 1 - self.after)
        return ((*band, *start), (*band, *stop)), ((*band, 1), (*band, 2))

    def _holds(self, ms: int | None, undated: bool) -> bool:
        if ms is None:
            return undated
        return (self.after is None or ms >= self.after) and (self.before is None or ms <= self.before)


ALWAYS: Final = Window(None, None)


def window(prefix: str, after: str | None, before: str | None, zone: timezone = EST) -> Window:
    """The span between the arguments `<prefix>_after` and `<prefix>_before`, both inclusive in every tool (G-09). zone: of the
    company, for what is told without one."""
    if after is None and before is None:
        return ALWAYS
    return Window(instant(f"{prefix}_after", after, zone), instant(f"{prefix}_before", before, zone))


def newest(
    world: World,
    entity: str,
    within: Window,
    where: Mapping[str, Hashable] = _NOTHING,
    text: Mapping[str, str] = _NOTHING,
    bands: Iterable[SortKey] = ((),),
) -> Iterator[Row]:
    """Rows of a table sorted by `tables.newest_first`, within the span of its date, then those without one (G-10). Of a table
    in another order, or by another date, take `Window.keep(world.rows(entity, where), field)`.

    bands: how sort keys begin before that, in order (tickets stand by priority first).
    """
    if (table := world.genesis.schema.get(entity)) is None:
        raise Undeclared(f"newest() needs a line of {entity} in tools/tables.py; there is none")
    if not _newest_first(table.sort_key):
        raise TypeError(f"newest() needs rows listed newest first; the order of {entity} in tools/tables.py is another")
    if within.open:
        return world.rows(entity, where, text)
    return chain.from_iterable(
        world.rows(entity, where, text, start, stop) for band in bands for start, stop in within.spans(band)
    )


@cache
def _newest_first(order: Callable[[Row], SortKey]) -> bool:
    """Whether an order ends as `tables.newest_first` does, told by where it puts a row without a date."""
    return order({"id": ""})[-3:-1] == (1, 0)


def page(rows: Iterable[Row], limit: float | None, profile: Profile) -> list[Any]:
    """The first rows, as many as limit and cap allow (G-11): fractions are cut, 0 is the default, the rest clamped."""
    asked = int(limit) if limit else 0
    size = profile.default_limit if asked == 0 else max(1, min(asked, profile.max_limit))
    return list(islice(rows, size))


def shown(world: World, entity: str, label: str, id: str) -> Row:
    """The row a query asks for, or else a rejection (G-20): "Order not found: o-9" for the label "Order"."""
    row = world.get(entity, id)
    if row is None:
        raise Rejected(f"{label} not found: {id}")
    return row


def found(world: World, entity: str, label: str, id: str) -> Row:
    """The row a command names, or else a rejection (G-20): "Order o-9 not found" for the label "Order"."""
    row = world.get(entity, id)
    if row is None:
        if not world.has(entity):
            raise Rejected(f"{label} table not found in data")
        raise Rejected(f"{label} {id} not found")
    return row


def now_text(world: World) -> str:
    """The world's clock as it is stored in rows."""
    return to_text(world.now)
