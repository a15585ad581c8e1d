"""The rows that published tasks bring, beside those of the world: what measures of both begin with."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from ..engine.genesis import Row
from ..scenarios import splits
from ..scenarios.registry import TaskBook


def brought(book: TaskBook, ids: list[str]) -> dict[str, dict[str, tuple[str, Row]]]:
    """By type and id: the task that brings the row, and the row."""
    found: dict[str, dict[str, tuple[str, Row]]] = {}
    for id in ids:
        for change in book.find(id)[1].fixtures:
            if book.world.get(change.entity, change.id) is None:
                found.setdefault(change.entity, {})[change.id] = id, {"id": change.id, **change.set}
    return found


def task_ids(book: TaskBook) -> list[str]:
    """The published splits, or as many first tasks of each family in another world."""
    published = [*splits.task_ids("train"), *splits.task_ids("heldout")]
    if splits.pinned().world == book.world.genesis.digest:
        return published
    counts = Counter(map(splits.family_of, published))
    return [id for family, count in counts.items() for id in islice(book.books[family], count)]
