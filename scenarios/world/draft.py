"""Rows while they are being written, those of a world or of one task: rows so far, ids in use, the noise manifest, and what is
known about a customer or an order beyond its row. Every maker of rows takes a draft, so that both come from one generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from attrs import define, field

from ...engine.chance import Chance, ChanceByPlace, Pool
from ...engine.clock import to_text
from ...engine.genesis import Row
from ...tools.rows import ROW_TYPES
from .noise import Noise
from .pools import Pools
from .times import DAY, NOW, label

T = TypeVar("T")

FEES = {"standard": 999, "express": 1999, "overnight": 3999}
"""Shipping fee in cents by service (P-90)."""

RATES = {"none": 0, "silver": 5, "gold": 10, "platinum": 15}
"""Discount on goods in percent by tier (P-50)."""


@define(eq=False)
class Person:
    """A customer. `tier` and `since` are known from the start for the cast only; others get them from their orders."""

    id: str
    name: str
    email: str
    addresses: list[dict[str, str]]
    phone: str | None = None
    company: bool = False
    cast: bool = False
    tier: str | None = None
    since: int | None = None
    sales: list[Sale] = field(factory=list, repr=False)

    @property
    def first(self) -> str:
        """How the customer is addressed and signs."""
        return self.name if self.company else self.name.split()[0]


@define(eq=False)
class Parcel:
    """A shipment and the two instants that matter."""

    row: Row
    label: int
    delivered: int | None


@define(eq=False)
class Sale:
    """An order with what happened around it. Instants in epoch ms, money in cents."""

    id: str
    person: Person = field(repr=False)
    created: int
    lines: list[dict[str, Any]]
    status: str
    service: str
    paid_by: str
    """How it was paid: captured, failed, pending, none, retry, split, double or voided."""
    address: dict[str, str] = field(factory=dict)
    has_block: bool = True
    build_id: str | None = None
    planned: bool = False
    """A fixture: nothing that happens later may change it."""
    label_at: int | None = None
    delivered_at: int | None = None
    fate: str = "normal"
    """What the parcel meets: normal, exception, stuck, lost or none (no shipment row at all)."""
    changed: int = 0
    row: Row = field(factory=dict, repr=False)
    payments: list[Row] = field(factory=list, repr=False)
    parcels: list[Parcel] = field(factory=list, repr=False)
    refunds: list[Row] = field(factory=list, repr=False)
    pinned: dict[str, str] = field(factory=dict)
    """Fixed values of a fixture: `shipment`, `payment`, `tracking`."""

    @property
    def label(self) -> int | None:
        return self.parcels[0].label if self.parcels else None

    @property
    def delivered(self) -> int | None:
        """When the last parcel arrived; None while any but a lost one is missing (P-21)."""
        last: int | None = None
        for parcel in self.parcels:
            if parcel.row["status"] == "lost":
                continue
            if parcel.delivered is None:
                return None
            last = parcel.delivered if last is None else max(last, parcel.delivered)
        return last

    @property
    def captured(self) -> Row | None:
        """The payment from which a refund would be made."""
        for payment in reversed(self.payments):
            if payment["status"] == "captured":
                return payment
        return None

    def touch(self, instant: int) -> None:
        """The order row was last written at `instant`, unless something later did."""
        self.changed = max(self.changed, instant)
        if self.row:
            self.row["updatedAt"] = to_text(self.changed)


@define
class Draft:
    """The rows of a world, or those that a task adds to one.

    version: how worlds are drawn, see `build`. purpose: what all its streams of chance are for. before: ids and other unique
    values that are taken already, by the world to which rows are added.
    """

    seed: int
    pools: Pools
    tables: dict[str, dict[str, Row]] = field(factory=dict)
    manifest: list[Noise] = field(factory=list)
    drawn: type[Chance] = Chance
    version: int = 2
    purpose: tuple[object, ...] = ("world",)
    before: frozenset[str] = frozenset()
    _overflow: dict[tuple[str, str], int] = field(factory=dict)
    _used: set[str] = field(factory=set)

    def chance(self, *purpose: object) -> Chance:
        """The stream of draws for one purpose, usually one row: no other row can disturb it."""
        return self.drawn(self.seed, "/".join(map(str, (*self.purpose, *purpose))))

    def note(self, kind: str, entity: str, row: str, field_name: str, what: str) -> None:
        self.manifest.append(Noise(kind, entity, row, field_name, what))

    def put(self, entity: str, row: Row) -> Row:
        """Add a row, its keys in the order of its TypedDict. The row returned may still be completed."""
        self.tables.setdefault(entity, {})[row["id"]] = row
        return row

    def rows(self, entity: str) -> dict[str, Row]:
        return self.tables.setdefault(entity, {})

    # --- ids -----------------------------------------------------------------------------------------------------

    def take(self, id: str) -> bool:
        """Claim an id or any other value that must be unique; False when it is gone."""
        if id in self._used or id in self.before:
            return False
        self._used.add(id)
        return True

    def dated_id(self, prefix: str, date: str, chance: Chance, wanted: str | None = None) -> str:
        """`prefix-YYMMDD-NNN`, unique. Days with more rows than three digits can number continue with four."""
        suffix = wanted or f"{chance.integer(1, 999):03d}"
        for _ in range(4):
            if self.take(f"{prefix}-{date}-{suffix}"):
                return f"{prefix}-{date}-{suffix}"
            suffix = f"{chance.integer(1, 999):03d}"
        while True:
            number = self._overflow[prefix, date] = self._overflow.get((prefix, date), 1000) + 1
            if self.take(f"{prefix}-{date}-{number}"):
                return f"{prefix}-{date}-{number}"

    def finish(self) -> dict[str, dict[str, Row]]:
        """All tables with every row's keys in the order of its TypedDict."""
        keys = {entity: tuple(ROW_TYPES[entity].__annotations__) for entity in self.tables}
        return {
            entity: {id: _ordered(row, keys[entity]) for id, row in rows.items()}
            for entity, rows in self.tables.items()
        }


def _ordered(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names if name in row}


def candidates(chance: Chance, items: Sequence[T], count: int) -> Iterator[T]:
    """Up to `count` items in random order. In worlds of version 1 a few of a long list may come twice."""
    if isinstance(chance, ChanceByPlace) and len(items) > count:
        yield from (chance.choice(items) for _ in range(count))
    else:
        yield from chance.in_turn(items, count)


_EITHER_WAY = Pool((-1, 1))


def off_label(draft: Draft, chance: Chance, created: int) -> str:
    """A date label that is not the day of `created` (N-01): some days to either side, since version 3 never in the future."""
    days = chance.choice(_EITHER_WAY) * chance.integer(1, 19)
    if draft.version >= 3 and created + days * DAY > NOW:
        days = -days
    return label(created + days * DAY)


def cents_to_money(cents: int) -> float:
    return cents / 100
