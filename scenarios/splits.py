"""Splits: which tasks a score was measured on, by name, version and digest.

`splits.json` pins them for the standard world: every task with its digest, every split with a digest over those. Scores on
equal split digests are scores on the same thing. `corecraft tasks pin` writes the file anew after tasks were changed on
purpose; raise `VERSION` then.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from ..engine.canonical import digest
from ..engine.errors import CoreCraftError
from .families import families
from .registry import TaskBook
from .task import Category

VERSION = 3

SHARES: Mapping[Category, float] = {
    "information_retrieval": 0.22,
    "communication": 0.22,
    "reasoning": 0.28,
    "workflow": 0.28,
}
SIZES = {"train": 1000, "heldout": 150}
FROM_HELD_OUT_FAMILY = 10
"""Tasks that a family without training tasks gives to the held-out split."""

SMOKE = (
    "S-1", "S-2", "S-3", "S-4", "IR-01-core", "IR-05-all-of-november-2025", "CM-05-000", "CM-09-000", "RS-03-001",
    "RS-07-000", "MW-02-core", "MW-06-002",
)  # fmt: skip
"""Twelve training tasks that take seconds."""


class Split(Struct, frozen=True):
    """Task ids with their digests, and the digest of them all."""

    digest: str
    tasks: dict[str, str]


class Splits(Struct, frozen=True):
    version: int
    world: str
    splits: dict[str, Split]


@cache
def pinned() -> Splits:
    """The splits as committed."""
    data = (files("corecraft.scenarios") / "splits.json").read_bytes()
    return msgspec.json.decode(data, type=Splits)


def task_ids(split: str) -> list[str]:
    """The ids of a split, in order. Raises CoreCraftError for a split that does not exist."""
    found = pinned().splits.get(split)
    if found is None:
        raise CoreCraftError(f"No split {split!r}. There are: {', '.join(pinned().splits)}")
    return list(found.tasks)


def draw(book: TaskBook) -> Splits:
    """The splits of a world, drawn anew from its families: as many of each family as its category's share asks for."""
    train = _train(book)
    taken = {row for id in train for row in own_rows(book, id)}
    chosen = {"train": train, "heldout": _held_out(book, taken), "smoke": list(SMOKE)}
    splits = {name: _pin({id: book[id].digest for id in ids}) for name, ids in chosen.items()}
    return Splits(VERSION, book.world.genesis.digest, splits)


def own_rows(book: TaskBook, id: str) -> set[str]:
    """The ids of the rows a task brings."""
    return {change.id for change in book.find(id)[1].fixtures if "id" in change.set}


def _pin(tasks: dict[str, str]) -> Split:
    return Split(digest("\n".join(f"{id} {each}" for id, each in tasks.items()).encode()), tasks)


def _train(book: TaskBook) -> list[str]:
    chosen: list[str] = []
    for category, share in SHARES.items():
        offers = {id: list(book.books[id].train) for id in _families(category) if not families()[id].held_out}
        chosen += _evenly(offers, round(SIZES["train"] * share))
    return chosen


def _held_out(book: TaskBook, taken: set[str]) -> list[str]:
    """Ten of every family that only stands here; the rest evenly from the others. None brings a row with a taken id."""
    chosen: list[str] = []
    for category, share in SHARES.items():
        free = {
            id: [task for task in book.books[id].held_out if not taken & own_rows(book, task)]
            for id in _families(category)
        }
        only = [task for id, tasks in free.items() if families()[id].held_out for task in tasks[:FROM_HELD_OUT_FAMILY]]
        others = {id: tasks for id, tasks in free.items() if not families()[id].held_out}
        chosen += only + _evenly(others, round(SIZES["heldout"] * share) - len(only))
    return chosen


def _families(category: Category) -> list[str]:
    return [family.id for family in families().values() if family.category == category]


def _evenly(offers: Mapping[str, list[str]], wanted: int) -> list[str]:
    """So many ids, as evenly over the families as what they have allows, each family's first ones first."""
    counts = dict.fromkeys(offers, 0)
    left = wanted
    while left:
        open_ones = [family for family in offers if counts[family] < len(offers[family])]
        if not open_ones:
            raise CoreCraftError(
                f"{wanted} tasks wanted of {', '.join(offers)}; they have {sum(map(len, offers.values()))}"
            )
        for family in sorted(open_ones, key=lambda family: counts[family])[:left]:
            counts[family] += 1
            left -= 1
    return [id for family, ids in offers.items() for id in ids[: counts[family]]]
