"""Texts that nearly repeat each other are found, all of them, without comparing every two."""

from __future__ import annotations

from itertools import combinations

import pytest
from corecraft.engine.chance import Chance
from corecraft.rollouts.proof.alike import LEAST, Pair, named, pairs, words
from corecraft.rollouts.proof.wording import runs
from corecraft.scenarios.world.pools import form_letters


def compared(texts: list[str], above: float) -> set[Pair]:
    """The same by comparing every two."""
    sets = [frozenset(runs(words(text), 5)) if len(words(text)) >= LEAST else frozenset() for text in texts]
    shares = {
        (n, m): len(sets[n] & sets[m]) / max(1, len(sets[n] | sets[m])) for n, m in combinations(range(len(sets)), 2)
    }
    return {Pair(n, m, share) for (n, m), share in shares.items() if share > above}


@pytest.mark.parametrize("above", [0.3, 0.5, 0.6, 0.8])
def test_the_index_finds_what_a_comparison_of_all_finds(above: float) -> None:
    chance = Chance(0, "texts")
    texts = [
        " ".join(chance.choice("abc") * chance.integer(1, 2) for _ in range(chance.integer(5, 40))) for _ in range(120)
    ]
    texts += [f"{text} z" for text in texts[:40]]
    assert set(pairs(texts, above)) == compared(texts, above) != set()


def test_short_texts_are_left_alone() -> None:
    assert list(pairs(["on it, thanks a lot", "on it, thanks a lot"])) == []
    assert list(pairs(["one two three four five six seven eight"] * 2)) == [Pair(0, 1, 1.0)]


def test_form_letters_are_few_and_known_by_their_words() -> None:
    assert named("Dear all, this is the form.", {"form": "this is the form"}) == "form"
    assert named("Dear all", {"form": "this is the form"}) is None
    assert len(form_letters()) <= 5
