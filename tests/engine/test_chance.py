"""Chance: a pure function of seed, purpose and number."""

from __future__ import annotations

from collections import Counter

import pytest
from corecraft.engine.chance import Chance, ChanceByPlace, draw, name_of
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


WORDINGS = st.lists(st.text(max_size=5), min_size=1, max_size=12)


@given(SEEDS, WORDINGS, st.text(max_size=5), st.data())
def test_a_further_item_moves_no_other(seed: int, items: list[str], further: str, data: st.DataObject):
    """Neither where it is chosen nor where it is not; and taking one away is the same the other way round."""
    place = data.draw(st.integers(0, len(items)))
    more = [*items[:place], further, *items[place:]]
    before, after = Chance(seed, "c").choice(items), Chance(seed, "c").choice(more)
    assert after in (before, further)
    order = [item for item in Chance(seed, "c").shuffled(more) if item != further]
    assert order == [item for item in Chance(seed, "c").shuffled(items) if item != further]


@given(SEEDS, WORDINGS)
def test_the_order_in_which_items_are_given_counts_for_nothing(seed: int, items: list[str]):
    assert Chance(seed, "c").choice(items) == Chance(seed, "c").choice(sorted(items))
    assert Chance(seed, "c").shuffled(items) == Chance(seed, "c").shuffled(items[::-1])


def test_a_choice_is_fair_and_what_stands_there_twice_is_chosen_twice_as_often():
    stream = Chance(5, "fair")
    counts = Counter(stream.choice(("a", "b", "b", "c")) for _ in range(8000))
    assert all(abs(counts[item] / 8000 - share) < 0.02 for item, share in {"a": 0.25, "b": 0.5, "c": 0.25}.items())
    firsts = Counter(stream.shuffled("abc")[0] for _ in range(6000))
    assert all(abs(count / 6000 - 1 / 3) < 0.03 for count in firsts.values())


def test_draws_of_both_versions_are_pinned_for_ever():
    new, old = Chance(7, "orders"), ChanceByPlace(7, "orders")
    assert [new.choice("abcdef") for _ in range(6)] == list("abfbaf")
    assert new.shuffled("abcdef") == list("bafdce")
    assert [old.choice("abcdef") for _ in range(6)] == list("eaaeda")
    assert old.shuffled("abcdef") == list("cebafd")
    assert type(old.of("x")) is ChanceByPlace


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("text", "text"),
        (7, "7"),
        (None, "None"),
        (("a", ("b", 1)), "a\x1fb\x1f1"),
        ({"id": "ord-1", "total": 3}, "ord-1"),
        ({"city": "Ghent", "a": 1}, '{"a":1,"city":"Ghent"}'),
    ],
)
def test_names(item: object, name: str):
    assert name_of(item) == name


def test_what_has_no_name_cannot_be_chosen():
    with pytest.raises(TypeError, match="object has neither id nor key"):
        Chance(1, "x").choice([object()])


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
