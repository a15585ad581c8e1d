"""Chance without state from outside: the n-th draw for a purpose is a pure function of (seed, purpose, n)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

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
        return Chance(self.seed, "/".join((self.purpose, *map(str, purpose))))

    def bits(self) -> int:
        """The next 64 bits."""
        self.number += 1
        return draw(self.seed, self.purpose, self.number)

    def unit(self) -> float:
        """A number in [0, 1), exact in binary."""
        return (self.bits() >> 11) / (1 << 53)

    def happens(self, probability: float) -> bool:
        return self.unit() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.bits() % (high - low + 1)

    def choice(self, items: Sequence[T]) -> T:
        return items[self.bits() % len(items)]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """A key with probability in proportion to its weight."""
        left = self.unit() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return list(weights)[-1]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A shuffled copy (Fisher-Yates)."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.bits() % (last + 1)
            result[last], result[other] = result[other], result[last]
        return result

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in random order."""
        return self.shuffled(items)[:count]
