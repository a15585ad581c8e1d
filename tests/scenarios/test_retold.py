"""Letters told otherwise: the files are sound, and no two tellings of a letter are nearly the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from corecraft.engine.chance import Chance
from corecraft.rollouts.proof.alike import pairs
from corecraft.scenarios import retold
from corecraft.scenarios.retold import deck, tellings
from corecraft.scenarios.wordings import BadWords, wordings
from corecraft.scenarios.world.pools import load

FOLDER = Path(retold.__file__).parent / "wordings" / "retold"
FILES = sorted(file.stem for file in FOLDER.glob("*.toml"))


def keyed(value: Any) -> Iterator[tuple[str, str]]:
    """Every two texts that follow one another, which subject and body do."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from keyed(part)
    elif isinstance(value, tuple):
        yield from ((a, b) for a, b in pairwise(value) if isinstance(a, str) and isinstance(b, str))
        for part in value:
            yield from keyed(part)


def letters(name: str) -> dict[str, str]:
    """Bodies by key, of the file that is told otherwise."""
    if name == "spare":
        return {one["key"]: one["body"] for one in load().spare_tickets}
    words = wordings(name)
    said = (words.say(key) for key, entry in words.entries.items() if isinstance(entry, Mapping))
    return {key: body for each in said for key, body in keyed(each)}


def slots(texts: Iterable[str]) -> set[str]:
    return {slot for text in texts for _, slot, _, _ in Formatter().parse(text) if slot}


@pytest.mark.parametrize("name", FILES)
def test_tellings_are_of_letters_with_their_slots_and_not_alike(name: str):
    known = letters(name)
    for key in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")):
        told = tellings(name, key, known[key])
        assert len(told) > 1, key
        assert [told[pair.one] for pair in pairs(told)] == [], key
        assert slots(told) <= slots(known.values()) | {"name", "first", "city"}, key


def test_a_joint_that_a_letter_lacks_is_named():
    with pytest.raises(BadWords, match=r"retold/mw08\.toml, Box never came"):
        tellings("mw08", "Box never came", "Something else altogether.")


def test_a_deck_tells_every_letter_once_before_it_tells_one_again():
    cards = deck("abc", lambda letter: [f"{letter}{n}" for n in (1, 2)], Chance(7, "letters"))
    first, second = cards.hand(3), cards.hand(3)
    assert sorted(first) == ["a1", "b1", "c1"]
    assert [letter[0] for letter in first] == [letter[0] for letter in second]
    assert cards.hand(6) == [*first, *second]
