"""Letters told otherwise: whoever trains on all tasks should not meet the same letter in two of them.

A file of `wordings/retold/` has, by a letter's key, where its second half begins and further tellings of it, in which a bar
stands there. Any first half goes with any second one, so that three tellings make nine letters; a letter without halves is
told whole. Worlds have the letters as they stand in their own files, and tasks come to those last.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Generic, TypeVar

from attrs import define, evolve

from ..engine.chance import Chance
from ..engine.genesis import Row
from .scene import Scene
from .wordings import BadWords
from .world.pools import load

T = TypeVar("T")

BAR = "|"


def tellings(name: str, key: str, body: str) -> tuple[str, ...]:
    """Every way in which a letter of this key is told, its own words last. Raises BadWords."""
    joint, *further = _retold(name).get(key, ("",))
    if not joint:
        return (*further, body)
    place = body.find(joint)
    halves = [(body[:place], body[place:]), *(tuple(each.split(BAR)) for each in further)]
    if place < 1 or any(len(each) != 2 for each in halves):
        raise BadWords(
            f"retold/{name}.toml, {key}: the letter and each telling have two halves, parted at {joint!r} or a bar"
        )
    own, *mixed = (first + second for first, _ in halves for _, second in halves)
    return (*mixed, own)


def ways(name: str, letter: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A letter that ends with subject and body, in all its tellings."""
    *head, subject, body = letter
    return [(*head, subject, told) for told in tellings(name, subject, body)]


@cache
def _retold(name: str) -> Mapping[str, Sequence[str]]:
    file = files("corecraft.scenarios.wordings") / "retold" / f"{name}.toml"
    return tomllib.loads(file.read_text("utf-8"))


@define
class Deck(Generic[T]):
    """Cards dealt to one case after the other, and all over again when none is left. A copy is dealt from apart."""

    cards: Sequence[T]
    dealt: int = 0

    def next(self) -> T:
        self.dealt += 1
        return self.cards[(self.dealt - 1) % len(self.cards)]

    def hand(self, count: int) -> list[T]:
        return [self.next() for _ in range(count)]


def deck(letters: Sequence[T], told: Callable[[T], Sequence[T]], chance: Chance) -> Deck[T]:
    """Of all letters one telling, then of all the next one: a case that takes fewer than there are has none twice."""
    ways = [told(letter) for letter in chance.shuffled(letters)]
    return Deck([way[turn] for turn in range(max(map(len, ways))) for way in ways if turn < len(way)])


# --- letters that hang on no order -------------------------------------------------------------------------------

Letters = Mapping[str, Deck[Row]]
"""By type of ticket, what private customers write where it does not matter what."""


def spare_letters(scene: Scene, *, backwards: bool = False) -> Letters:
    """Those of data/spare_tickets.json. Two families deal from them: one begins with the last tellings."""
    chance = scene.chance("spare letters")
    groups: dict[str, list[Row]] = {}
    for one in load().spare_tickets:
        if one["order"] == "none" and not one.get("business", False):
            groups.setdefault(one["ticketType"], []).append(one)

    def told(one: Row) -> list[Row]:
        *new, own = ({**one, "body": body} for body in tellings("spare", one["key"], one["body"]))
        return [*(reversed(new) if backwards else new), own]

    return {type: deck(group, told, chance.of(type)) for type, group in groups.items()}


def copied(letters: Letters) -> Letters:
    return {type: evolve(each) for type, each in letters.items()}
