"""The world: genesis plus the changes so far. Immutable, so forking it costs nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping
from heapq import merge
from typing import Any, Final

from .changed import Changed
from .event import Event
from .genesis import UNDECLARED, Genesis, Listing, Row, SortKey, Table, row_hash

_NOTHING: Final[dict[Any, Any]] = {}
_NOWHERE: Final[list[int]] = []
_HASH_MODULUS = 1 << 128

_Since = tuple["_Since | None", list[tuple[str, str]]]
"""What folds changed, type and id of each row, the latest first: (earlier folds, this one's)."""


class World:
    """Rows as they stand at one moment.

    `overlay` holds the rows that differ from genesis, by type and id. Types that an event does not touch are shared
    between worlds; nothing reachable from a World is ever written to.
    """

    __slots__ = ("_anchor", "_row_hashes", "_since", "_state_hash", "genesis", "now", "overlay")

    def __init__(self, genesis: Genesis, now: int | None = None, overlay: dict[str, Changed] = _NOTHING) -> None:
        self.genesis = genesis
        self.now = genesis.now if now is None else now
        self.overlay = overlay
        # For the state hash: the nearest ancestor that knows its own, what changed since, and once this world knows
        # its hash, that of every changed row.
        self._anchor: World | None = None
        self._since: _Since | None = None
        self._state_hash: int | None = None
        self._row_hashes: dict[tuple[str, str], int] = _NOTHING

    def __repr__(self) -> str:
        return f"World({self.genesis!r} + {sum(map(len, self.overlay.values()))} changed rows)"

    # --- reading -------------------------------------------------------------------------------------------------

    def get(self, entity: str, id: str) -> Row | None:
        """The row, or None."""
        row = self.overlay.get(entity, _NOTHING).get(id)
        return self.genesis.tables.get(entity, _NOTHING).get(id) if row is None else row

    def has(self, entity: str) -> bool:
        """Whether there is any row of this type."""
        return bool(self.genesis.tables.get(entity) or self.overlay.get(entity))

    def rows(
        self,
        entity: str,
        where: Mapping[str, Hashable] = _NOTHING,
        text: Mapping[str, str] = _NOTHING,
        start: SortKey | None = None,
        stop: SortKey | None = None,
    ) -> Iterator[Row]:
        """Rows of a type in its sort order, lazily.

        where: declared index -> key, all must hold. text: declared text -> substring, case-insensitive, all must hold.
        start, stop: bounds on the sort key, [start, stop). Raises Undeclared for an index or a text that the table lacks.
        """
        listing = self.genesis.listings.get(entity)
        if listing is None:
            if entity not in self.overlay and not where and not text:
                return iter(())
            listing = Listing(UNDECLARED, _NOTHING, entity)  # a type that only events brought in, or nobody
        needles = {name: needle.lower() for name, needle in text.items()} if text else _NOTHING
        base = _base_rows(listing, where, needles, start, stop)
        changed = self.overlay.get(entity)
        if not changed:
            return base
        table = listing.table
        kept = (row for row in base if row["id"] not in changed)
        own = [row for row in changed.candidates(table, where) if _matches(table, row, where, needles, start, stop)]
        if not own:
            return kept
        own.sort(key=table.sort_key)
        return merge(kept, own, key=table.sort_key)

    # --- folding -------------------------------------------------------------------------------------------------

    def fold(self, events: Iterable[Event]) -> World:
        """This world after the events. The only fold there is."""
        now = self.now
        overlay = self.overlay
        fresh: dict[str, Changed] | None = None
        changed: list[tuple[str, str]] = []
        for event in events:
            now = event.at
            for change in event.changes:
                if fresh is None:
                    fresh, overlay = {}, dict(overlay)
                entity = change.entity
                rows = fresh.get(entity)
                if rows is None:
                    rows = fresh[entity] = overlay[entity] = Changed(overlay.get(entity))
                before = rows.get(change.id)
                if before is None:
                    before = self.genesis.tables.get(entity, _NOTHING).get(change.id)
                row = change.set if before is None else {**before, **change.set}
                if change.removed:
                    row = {name: value for name, value in row.items() if name not in change.removed}
                rows[change.id] = row
                changed.append((entity, change.id))
        if fresh is None and now == self.now:
            return self
        world = World(self.genesis, now, overlay)
        hashed = self._state_hash is not None
        world._anchor = self if hashed else self._anchor
        earlier = None if hashed else self._since
        world._since = (earlier, changed) if changed else earlier
        return world

    # --- identity ------------------------------------------------------------------------------------------------

    @property
    def state_hash(self) -> int:
        """A hash of all rows: equal rows, equal hash, whatever the route and key order. The clock does not count.

        Kept up from the nearest ancestor whose hash is known, so it costs in proportion to what changed since.
        """
        if self._state_hash is None:
            anchor = self._anchor
            total = self.genesis.state_hash if anchor is None else anchor.state_hash
            hashes = {} if anchor is None else dict(anchor._row_hashes)
            for key in self._changed_since():
                entity, id = key
                before = hashes.get(key)
                if before is None:
                    before = self.genesis.row_hashes.get(entity, _NOTHING).get(id, 0)
                after = hashes[key] = row_hash(entity, self.overlay[entity][id])
                total += after - before
            self._row_hashes = hashes
            self._state_hash = total % _HASH_MODULUS
            self._anchor = self._since = None
        return self._state_hash

    def _changed_since(self) -> Iterable[tuple[str, str]]:
        """Type and id of each row changed since the anchor."""
        link = self._since
        if link is not None and link[0] is None:  # one fold, of which no row counts twice: its hash is known by then
            return link[1]
        keys: dict[tuple[str, str], None] = {}
        while link is not None:
            link, changed = link
            keys.update(dict.fromkeys(changed))
        return keys


def _base_rows(
    listing: Listing,
    where: Mapping[str, Hashable],
    needles: Mapping[str, str],
    start: SortKey | None,
    stop: SortKey | None,
) -> Iterator[Row]:
    """Genesis rows that match, in order. The shortest list of candidates leads; the other conditions test each of it."""
    rows = listing.rows
    if len(where) == 1 and not needles and start is None and stop is None:  # a foreign key: the most common question
        ((index, key),) = where.items()
        return map(rows.__getitem__, listing.postings(index).get(key, _NOWHERE))
    span = listing.span(start, stop)
    keyed = [listing.postings(index).get(key, _NOWHERE) for index, key in where.items()]
    hinted = [listing.text(name).candidates(needle) for name, needle in needles.items()]
    lists = [*keyed, *(hint for hint in hinted if hint is not None)]
    positions: Iterable[int] = span
    if lists:
        shortest = min(lists, key=len)
        positions = shortest
        if start is not None or stop is not None:
            low, high = bisect_left(shortest, span.start), bisect_left(shortest, span.stop)
            positions = map(shortest.__getitem__, range(low, high))
        for others in keyed:
            if others is not shortest:
                positions = _among(positions, others)
    for name, needle in needles.items():
        positions = _containing(positions, listing.text(name).texts, needle)
    return map(rows.__getitem__, positions)


def _among(positions: Iterable[int], others: list[int]) -> Iterator[int]:
    """Those of the positions that stand in an ascending list."""
    for position in positions:
        place = bisect_left(others, position)
        if place < len(others) and others[place] == position:
            yield position


def _containing(positions: Iterable[int], texts: list[str], needle: str) -> Iterator[int]:
    return (position for position in positions if needle in texts[position])


def _matches(
    table: Table,
    row: Row,
    where: Mapping[str, Hashable],
    needles: Mapping[str, str],
    start: SortKey | None,
    stop: SortKey | None,
) -> bool:
    """The same test as `_base_rows`, for one changed row."""
    for index, wanted in where.items():  # first what is cheap and excludes most
        if wanted not in tuple(table.indexes[index](row)):
            return False
    if start is not None or stop is not None:
        key = table.sort_key(row)
        if (start is not None and key < start) or (stop is not None and key >= stop):
            return False
    return all(needle in table.texts[name](row).lower() for name, needle in needles.items())
