"""The rows of one type that an episode changed, and how they are found among each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Final

from .genesis import Row, Table

_NO_ROWS: Final[list[Row]] = []

_Index = dict[Hashable, list[Row]]
"""Key -> rows, in no order."""

_KeysOf = Callable[[Row], Iterable[Hashable]]


class Changed(dict[str, Row]):
    """Rows that differ from genesis, by id. Written to only while it is made, as a copy of what was changed before.

    Indexes are built at first use, and what follows takes them over with the rows that are new: a search after a hundred
    changes need not look at each of them again.
    """

    __slots__ = ("_indexed", "_indexes")

    def __init__(self, before: Changed | None = None) -> None:
        super().__init__(before or ())
        self._indexes: dict[str, _Index] = {}
        self._indexed: Changed | None = None
        """The nearest ancestor with indexes, until they are taken over."""
        if before is not None:
            self._indexed = before if before._indexes else before._indexed

    def candidates(self, table: Table, where: Mapping[str, Hashable]) -> Collection[Row]:
        """The rows under the rarest of these keys: no others can hold all of them."""
        found = (self._index(table, index).get(key, _NO_ROWS) for index, key in where.items())
        return min(found, key=len, default=self.values())

    def _index(self, table: Table, name: str) -> _Index:
        if self._indexed is not None:  # kept only when whole, since another thread may be reading
            self._indexes = self._taken_over(table, self._indexed)
            self._indexed = None
        found = self._indexes.get(name)
        if found is None:
            found = self._indexes[name] = _built(self.values(), table.indexes[name])
        return found

    def _taken_over(self, table: Table, before: Changed) -> dict[str, _Index]:
        """The indexes of an ancestor, with the rows as they are here; none where most rows are new."""
        fresh = [(before.get(id), row) for id, row in self.items() if before.get(id) is not row]
        if len(fresh) > len(before):
            return {}
        return {name: _replaced(index, fresh, table.indexes[name]) for name, index in before._indexes.items()}


def _built(rows: Iterable[Row], keys_of: _KeysOf) -> _Index:
    index: _Index = {}
    for row in rows:
        for key in dict.fromkeys(keys_of(row)):
            index.setdefault(key, []).append(row)
    return index


def _replaced(index: _Index, rows: Iterable[tuple[Row | None, Row]], keys_of: _KeysOf) -> _Index:
    """A copy with some rows in place of those they were before. Lists are shared, so none is written to."""
    index = dict(index)
    for before, row in rows:
        if before is not None:
            for key in keys_of(before):
                index[key] = [other for other in index[key] if other is not before]
        for key in dict.fromkeys(keys_of(row)):
            index[key] = [*index.get(key, _NO_ROWS), row]
    return index
