"""A table of tau2's database that knows which of its records were handed out: no other one can have been changed."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any


class Tracked(dict[str, Any]):
    """reached: keys that were asked for or written, in order. scanned: those whose records were come by in a loop."""

    def __init__(self, records: Mapping[str, Any]) -> None:
        super().__init__(records)
        self.reached: dict[str, None] = {}
        self.scanned: dict[str, None] = {}

    def forget(self) -> None:
        """Begin anew: nothing was handed out."""
        self.reached, self.scanned = {}, {}

    # --- without handing anything out ------------------------------------------------------------------------------

    def records(self) -> ItemsView[str, Any]:
        return super().items()

    def look(self, key: str) -> Any:
        """The record; None where there is none."""
        return super().get(key)

    def put(self, key: str, record: Any) -> None:
        super().__setitem__(key, record)

    # --- as tau2 uses it -------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        self.reached[key] = None
        return super().__getitem__(key)

    def __setitem__(self, key: str, record: Any) -> None:
        self.reached[key] = None
        super().__setitem__(key, record)

    def __delitem__(self, key: str) -> None:
        self.reached[key] = None
        super().__delitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.reached[key] = None
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        self.reached[key] = None
        return super().pop(key, *default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        self.reached[key] = None
        return super().setdefault(key, default)

    def popitem(self) -> tuple[str, Any]:
        self._reach_all()
        return super().popitem()

    def clear(self) -> None:
        self._reach_all()
        super().clear()

    def update(self, *others: Any, **more: Any) -> None:
        for key, record in dict(*others, **more).items():
            self[key] = record

    def values(self) -> ValuesView[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Values(self)

    def items(self) -> ItemsView[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Items(self)

    def _reach_all(self) -> None:
        self.reached.update(dict.fromkeys(self))


class _Values(ValuesView[Any]):
    def __init__(self, table: Tracked) -> None:
        super().__init__(table)
        self._table = table

    def __iter__(self) -> Iterator[Any]:
        return (record for _, record in _Items(self._table))


class _Items(ItemsView[str, Any]):
    def __init__(self, table: Tracked) -> None:
        super().__init__(table)
        self._table = table

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        scanned = self._table.scanned
        for key, record in self._table.records():
            scanned[key] = None
            yield key, record
