"""Chance without state from outside: the n-th draw for a purpose is a pure function of (seed, purpose, n)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import TypeVar, cast

from msgspec import Struct

from .canonical import sorted_bytes

T = TypeVar("T")


def draw(seed: int, purpose: str, number: int) -> int:
    """64 bits, the same on every machine. `number` is a counter, for events their seq."""
    return int.from_bytes(sha256(f"{seed}|{purpose}|{number}".encode()).digest()[:8])


class Chance:
    """A stream of draws for one purpose. Streams of different purposes never disturb one another,
    so adding a draw in one place leaves every other place as it was."""

    __slots__ = ("number", "purpose", "seed")

    def __init__(self, seed: int, purpose: str) -> None:
        self.seed = seed
        self.purpose = purpose
        self.number = 0

    def of(self, *purpose: object) -> Chance:
        """The stream of a finer purpose, e.g. one row."""
        return type(self)(self.seed, "/".join((self.purpose, *map(str, purpose))))

    def bits(self) -> int:
        """The next 64 bits."""
        self.number += 1
        return draw(self.seed, self.purpose, self.number)

    def unit(self) -> float:
        """A number in [0, 1), exact in binary."""
        return (self.bits() >> 11) / (1 << 53)

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self.unit() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.bits() % (high - low + 1)

    def choice(self, items: Sequence[T]) -> T:
        """The item whose name draws the highest number. Adding or removing another one changes nothing unless it is
        the one chosen: a further wording, or a further row, leaves all earlier choices as they were."""
        return max(self._numbered(items))[-1]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """A key with probability in proportion to its weight."""
        left = self.unit() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return list(weights)[-1]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A shuffled copy. A further item stands somewhere between the others, and leaves their order as it was."""
        return [item for *_, item in sorted(self._numbered(items), reverse=True)]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in random order."""
        return self.shuffled(items)[:count]

    def _numbered(self, items: Sequence[T]) -> list[tuple[bytes, int, T]]:
        """Each item with its number and its place, so that no two compare by the items themselves."""
        self.number += 1
        drawn = sha256(f"{self.seed}|{self.purpose}|{self.number}|".encode())
        seen: dict[str, int] = {}
        numbered: list[tuple[bytes, int, T]] = []
        for place, item in enumerate(items):
            name = name_of(item)
            seen[name] = again = seen.get(name, -1) + 1  # one that stands there twice is as likely twice
            own = drawn.copy()
            own.update(f"{again}|{name}".encode())
            numbered.append((own.digest(), -place, item))
        return numbered


class ChanceByPlace(Chance):
    """How worlds of version 1 were drawn: an item is chosen by its place, so every further one moves all the others."""

    __slots__ = ()

    def choice(self, items: Sequence[T]) -> T:
        return items[self.bits() % len(items)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.bits() % (last + 1)
            result[last], result[other] = result[other], result[last]
        return result


def name_of(item: object) -> str:
    """What an item that can be chosen is known by: itself if it is plain, its parts, or its `id` or `key`."""
    if isinstance(item, str):
        return item
    if item is None or isinstance(item, (bool, int, float, date)):
        return str(item)
    if isinstance(item, (tuple, list)):
        return "\x1f".join(map(name_of, cast("Sequence[object]", item)))
    if isinstance(item, Mapping):
        row = cast("Mapping[str, object]", item)
        return str(row["id"]) if "id" in row else sorted_bytes(row).decode()
    if isinstance(item, Struct):
        return sorted_bytes(item).decode()
    name = getattr(item, "id", None) or getattr(item, "key", None)
    if not isinstance(name, str):
        raise TypeError(f"{type(item).__name__} has neither id nor key to be chosen by")
    return name
