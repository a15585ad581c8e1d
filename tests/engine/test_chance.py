"""Chance: a pure function of seed, purpose and number."""

from __future__ import annotations

from collections import Counter

from corecraft.engine.chance import Chance, draw
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(-(2**63), 2**63)


def test_draws_are_pinned_for_ever():
    """Recorded worlds depend on these numbers: they are part of the format."""
    assert draw(7, "orders", 1) == 4359679864034077936
    row = Chance(7, "orders").of("o-1")
    assert [row.integer(1, 6) for _ in range(4)] == [2, 5, 6, 6]


@given(SEEDS, st.text(max_size=8), st.integers(1, 50))
def test_the_nth_draw_does_not_depend_on_the_way_there(seed: int, purpose: str, count: int):
    stream = Chance(seed, purpose)
    drawn = [stream.bits() for _ in range(count)]
    assert drawn == [draw(seed, purpose, number) for number in range(1, count + 1)]


@given(SEEDS)
def test_streams_never_disturb_one_another(seed: int):
    alone = [Chance(seed, "a").bits() for _ in range(1)]
    parent = Chance(seed, "a")
    parent.of("row", 1).shuffled(range(20))
    Chance(seed, "b").unit()
    assert [parent.bits()] == alone


@given(SEEDS, st.integers(-1000, 1000), st.integers(0, 1000))
def test_integers_stay_within_both_bounds(seed: int, low: int, width: int):
    stream = Chance(seed, "range")
    assert all(low <= stream.integer(low, low + width) <= low + width for _ in range(20))


@given(SEEDS, st.lists(st.integers(), max_size=30), st.integers(0, 30))
def test_shuffling_and_sampling_keep_the_items(seed: int, items: list[int], count: int):
    before = list(items)
    assert Counter(Chance(seed, "s").shuffled(items)) == Counter(items)
    sample = Chance(seed, "s").sample(items, count)
    assert len(sample) == min(count, len(items))
    assert not Counter(sample) - Counter(items)
    assert items == before


@given(SEEDS)
def test_certain_and_impossible(seed: int):
    stream = Chance(seed, "p")
    assert not any(stream.happens(0) for _ in range(20))
    assert all(stream.happens(1) for _ in range(20))
    assert all(0 <= stream.unit() < 1 for _ in range(20))
    assert {stream.weighted({"never": 0, "always": 2}) for _ in range(20)} == {"always"}


def test_weights_are_kept_in_proportion():
    stream = Chance(1, "weights")
    counts = Counter(stream.weighted({"a": 1, "b": 3}) for _ in range(4000))
    assert 0.70 < counts["b"] / 4000 < 0.80
    assert {stream.choice("xyz") for _ in range(100)} == set("xyz")
