"""Chance without state from outside: the n-th draw for a purpose is a pure function of (seed, purpose, n)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache
from hashlib import blake2b, sha256
from heapq import heapify, heappop
from operator import attrgetter, neg
from struct import Struct as Layout
from typing import Any, TypeVar

from msgspec import Struct

from .canonical import sorted_bytes

T = TypeVar("T")

_LOW = (1 << 64) - 1
_STEP = 2.0**-53
_EIGHT = Layout(">8Q").unpack


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

    def in_turn(self, items: Sequence[T], count: int) -> Iterator[T]:
        """A `sample`, one by one, for whoever mostly needs the first few."""
        yield from self.sample(items, count)

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


class Pool(tuple[T, ...]):
    """Items that are chosen from again and again: what their names give is worked out once."""

    @cached_property
    def numbers(self) -> list[int]:
        """One for each item, all different."""
        return numbers_of(self)

    def times(self, factor: int) -> tuple[int, ...]:
        """Each number times the factor, modulo 2**64. All are multiplied at once, in half the time: they stand in one long
        number, each in 128 bits, so that no product reaches into the next."""
        return self._low_halves((self._in_one * factor).to_bytes(16 * len(self), "little"))

    @cached_property
    def _in_one(self) -> int:
        return int.from_bytes(b"".join(number.to_bytes(16, "little") for number in self.numbers), "little")

    @cached_property
    def _low_halves(self) -> Callable[[bytes], tuple[int, ...]]:
        return Layout("<" + "Q8x" * len(self)).unpack


class ChanceByNumber(Chance):
    """How worlds since version 5 are drawn: like `Chance`, several times faster, since a name is hashed once and not
    for every draw, and one hash of the stream gives eight draws.

    Each item has a number of 64 bits by its name, and the one is chosen whose number, times the draw, leaves most modulo
    2**64. The draw is made odd, so that different numbers leave different remainders: there are no ties.
    """

    __slots__ = ("_left",)

    def __init__(self, seed: int, purpose: str) -> None:
        self.seed, self.purpose, self.number = seed, purpose, 0
        self._left: list[int] = []

    def bits(self) -> int:
        left = self._left
        if not left:
            self.number += 1
            left += _EIGHT(blake2b(f"{self.seed}|{self.purpose}|{self.number}".encode()).digest())
        return left.pop()

    def unit(self) -> float:
        return ((self._left.pop() if self._left else self.bits()) >> 11) * _STEP

    def choice(self, items: Sequence[T]) -> T:
        drawn = self._drawn(items)
        return items[drawn.index(max(drawn))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return self.sample(items, len(items))

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        drawn = dict(zip(self._drawn(items), items, strict=True))
        return [drawn[one] for one in sorted(drawn, reverse=True)[:count]]

    def in_turn(self, items: Sequence[T], count: int) -> Iterator[T]:
        drawn = dict(zip(map(neg, self._drawn(items)), items, strict=True))
        left = list(drawn)
        heapify(left)
        for _ in range(min(count, len(left))):
            yield drawn[heappop(left)]

    def _drawn(self, items: Sequence[T]) -> Sequence[int]:
        factor = self.bits() | 1
        if isinstance(items, Pool):
            return items.times(factor)
        return [number * factor & _LOW for number in numbers_of(items)]


def numbers_of(items: Sequence[object]) -> list[int]:
    """A number for each item by its name; one that stands there twice has two, and is as likely twice."""
    names = _names(items)
    numbers = list(map(_number, names))
    return numbers if len(set(numbers)) == len(numbers) else _apart(names)


def _names(items: Sequence[object]) -> list[str]:
    """Items are mostly of one class, so that how they are named is asked once."""
    kinds = set(map(type, items))
    return list(map(_naming(kinds.pop()) if len(kinds) == 1 else name_of, items))


def _apart(names: list[str]) -> list[int]:
    seen: Counter[str] = Counter()
    numbers: list[int] = []
    for name in names:
        numbers.append(_number(name, seen[name]))
        seen[name] += 1
    return numbers


@lru_cache(maxsize=1 << 17)
def _number(name: str, again: int = 0) -> int:
    return int.from_bytes(blake2b(f"{again}|{name}".encode(), digest_size=8).digest())


def name_of(item: object) -> str:
    """What an item that can be chosen is known by: itself if it is plain, its parts, or its `id` or `key`."""
    return _naming(type(item))(item)


@cache
def _naming(kind: type[object]) -> Callable[[Any], str]:
    """How items of one class are named."""
    if issubclass(kind, (str, type(None), bool, int, float, date)):
        return str
    if issubclass(kind, (tuple, list)):
        return _joined
    if issubclass(kind, Mapping):
        return _name_of_row
    if issubclass(kind, Struct):
        return _encoded
    return attrgetter("id") if hasattr(kind, "id") and not hasattr(kind, "key") else _own_name


def _joined(items: Sequence[object]) -> str:
    return "\x1f".join(map(name_of, items))


def _name_of_row(row: Mapping[str, object]) -> str:
    return str(row["id"]) if "id" in row else _encoded(row)


def _encoded(item: object) -> str:
    return sorted_bytes(item).decode()


def _own_name(item: object) -> str:
    name = getattr(item, "id", None) or getattr(item, "key", None)
    if not isinstance(name, str):
        raise TypeError(f"{type(item).__name__} has neither id nor key to be chosen by")
    return name
