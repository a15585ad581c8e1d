"""The starting world: rows of all types with the indexes and sort orders declared for them, shared by every episode."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar

from attrs import field, frozen

from .canonical import digest, encode, faithful, sorted_bytes
from .clock import EARLIEST_MS, LATEST_MS
from .errors import InvalidWorld, Undeclared

Row = dict[str, Any]
"""A JSON object with an `id`. It may lack fields, hold nulls or be dirty: that is the simulation. Never mutated."""

SortKey = tuple[Any, ...]

_HASH_MODULUS = 1 << 128
_NOWHERE: list[int] = []


@frozen
class Table:
    """How rows of one type are listed and found.

    sort_key: the order in which rows are listed; its last part must be the id, so that it is total.
    indexes: name -> the keys under which a row is found.
    texts: name -> the text in which a substring is looked for (lower-cased once).
    fields: those a row may have; None for any.
    value_fault: why a field cannot be edited to hold a value, or None; rows themselves may be dirty.
    acts: what people call that which is done to such a row, as alternatives of a regular expression.
    shape: what a row may hold, as a TypedDict; None for anything.
    """

    sort_key: Callable[[Row], SortKey] = field(default=lambda row: (row["id"],))
    indexes: Mapping[str, Callable[[Row], Iterable[Hashable]]] = field(factory=dict[str, Any])
    texts: Mapping[str, Callable[[Row], str]] = field(factory=dict[str, Any])
    fields: frozenset[str] | None = None
    value_fault: Callable[[str, Any], str | None] | None = None
    acts: str = ""
    shape: Any = None


Schema = Mapping[str, Table]
Part = TypeVar("Part")


def row_hash(entity: str, row: Row) -> int:
    """A row's share in the state hash. Key order does not count."""
    return int.from_bytes(sha256(entity.encode() + b"\0" + sorted_bytes(row)).digest()[:16])


class TextIndex:
    """One searchable text per row, lower-cased, with the positions at which each three characters occur."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._grams: dict[str, list[int]] = {}
        for position, text in enumerate(texts):
            for gram in {text[start : start + 3] for start in range(len(text) - 2)}:
                self._grams.setdefault(gram, []).append(position)

    def candidates(self, needle: str) -> list[int] | None:
        """Ascending positions outside which the needle cannot stand; None when it is too short to tell."""
        if len(needle) < 3:
            return None
        grams = (self._grams.get(needle[start : start + 3], _NOWHERE) for start in range(len(needle) - 2))
        return min(grams, key=len)


UNDECLARED = Table()
"""Of a type that nobody declared: its rows are listed by id, and found by nothing else."""


class Listing:
    """The rows of one type in their sort order. Positions in that order are what the indexes hold.

    The order and the indexes are made at first use and kept only when they are whole, since another thread may be reading.
    """

    def __init__(self, table: Table, rows: Mapping[str, Row], entity: str = "") -> None:
        self.entity = entity
        self.table = table
        self._by_id = rows
        self._postings: dict[str, dict[Hashable, list[int]]] = {}
        self._texts: dict[str, TextIndex] = {}

    @cached_property
    def _order(self) -> tuple[list[SortKey], list[Row]]:
        keyed = sorted((self.table.sort_key(row), id) for id, row in self._by_id.items())
        return [key for key, _ in keyed], [self._by_id[id] for _, id in keyed]

    @cached_property
    def keys(self) -> list[SortKey]:
        return self._order[0]

    @cached_property
    def rows(self) -> list[Row]:
        return self._order[1]

    def postings(self, index: str) -> dict[Hashable, list[int]]:
        """Key -> ascending positions."""
        found = self._postings.get(index)
        if found is None:
            found = dict[Hashable, list[int]]()
            keys_of = self._declared("key", self.table.indexes, index)
            for position, row in enumerate(self.rows):
                for key in dict.fromkeys(keys_of(row)):
                    found.setdefault(key, []).append(position)
            self._postings[index] = found
        return found

    def text(self, name: str) -> TextIndex:
        """The index of a declared text."""
        found = self._texts.get(name)
        if found is None:
            text_of = self._declared("text", self.table.texts, name)
            found = self._texts[name] = TextIndex([text_of(row).lower() for row in self.rows])
        return found

    def _declared(self, what: str, parts: Mapping[str, Part], name: str) -> Part:
        """The key or text (`what`) of this name. Raises Undeclared, and says what to do."""
        if (found := parts.get(name)) is not None:
            return found
        if self.table is UNDECLARED:
            raise Undeclared(f"{self.entity} has no line in the tables, so its rows have no {what} {name}")
        known = ", ".join(parts) or "none"
        raise Undeclared(f"the line of {self.entity} in the tables has no {what} {name}, only {known}: add it there")

    def span(self, start: SortKey | None, stop: SortKey | None) -> range:
        """Positions whose sort key lies in [start, stop)."""
        low = 0 if start is None else bisect_left(self.keys, start)
        high = len(self.keys) if stop is None else bisect_left(self.keys, stop)
        return range(low, high)


class Genesis:
    """Immutable rows by type and id, with listings by declared order. Identified by its digest.

    `now` is the simulation time at the start, epoch milliseconds.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, Row]], now: int, schema: Schema) -> None:
        self.tables = {entity: dict(tables.get(entity, {})) for entity in sorted({*schema, *tables})}
        self.now = now
        self.schema = schema
        if type(now) is not int or not EARLIEST_MS <= now <= LATEST_MS:
            raise InvalidWorld(f"now is {now!r}; a world needs the time at its start, in epoch milliseconds")
        for entity, rows in self.tables.items():
            _check(entity, rows)

    def __repr__(self) -> str:
        return f"Genesis({sum(map(len, self.tables.values()))} rows, {self.digest[:12]})"

    @cached_property
    def listings(self) -> dict[str, Listing]:
        return {
            entity: Listing(self.schema.get(entity, UNDECLARED), rows, entity) for entity, rows in self.tables.items()
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 over clock, types, ids and rows in canonical bytes, whatever the order in which rows were given."""
        ordered = {entity: sorted(rows.items()) for entity, rows in self.tables.items() if rows}
        return digest(encode({"now": self.now, "tables": ordered}))

    @cached_property
    def row_hashes(self) -> dict[str, dict[str, int]]:
        return {entity: {id: row_hash(entity, row) for id, row in rows.items()} for entity, rows in self.tables.items()}

    @cached_property
    def state_hash(self) -> int:
        """Sum of all row hashes modulo 2^128."""
        return sum(sum(hashes.values()) for hashes in self.row_hashes.values()) % _HASH_MODULUS

    def counts(self) -> dict[str, int]:
        """Rows by type."""
        return {entity: len(rows) for entity, rows in self.tables.items()}


def _check(entity: str, rows: Mapping[str, Any]) -> None:
    for id, row in rows.items():
        if not isinstance(row, dict) or row.get("id") != id:  # pyright: ignore[reportUnknownMemberType]
            raise InvalidWorld(f"{entity} {id!r}: a row must be an object whose id equals its key")
        try:
            faithful(row)
        except ValueError as error:
            raise InvalidWorld(f"{entity} {id!r}: {error}") from None
