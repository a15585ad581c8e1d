"""Chance: a pure function of seed, purpose and number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from corecraft.engine.chance import Chance, ChanceByNumber, ChanceByPlace, Pool, draw, name_of, numbers_of
from hypothesis import given
from hypothesis import strategies as st

KINDS = pytest.mark.parametrize("kind", [Chance, ChanceByNumber])
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


@KINDS
@given(seed=SEEDS)
def test_streams_never_disturb_one_another(kind: type[Chance], seed: int):
    stream = kind(seed, "a")
    alone = [stream.bits() for _ in range(20)]
    parent, found = kind(seed, "a"), list[int]()
    for number in range(20):
        parent.of("row", number).shuffled(range(20))
        kind(seed, "b").unit()
        found.append(parent.bits())
    assert found == alone


@KINDS
@given(seed=SEEDS, low=st.integers(-1000, 1000), width=st.integers(0, 1000))
def test_integers_stay_within_both_bounds(kind: type[Chance], seed: int, low: int, width: int):
    stream = kind(seed, "range")
    assert all(low <= stream.integer(low, low + width) <= low + width for _ in range(20))


@KINDS
@given(seed=SEEDS, items=st.lists(st.integers(), max_size=30), count=st.integers(0, 30))
def test_shuffling_and_sampling_keep_the_items(kind: type[Chance], seed: int, items: list[int], count: int):
    before = list(items)
    assert Counter(kind(seed, "s").shuffled(items)) == Counter(items)
    sample = kind(seed, "s").sample(items, count)
    assert len(sample) == min(count, len(items))
    assert not Counter(sample) - Counter(items)
    assert items == before


WORDINGS = st.lists(st.text(max_size=5), min_size=1, max_size=12)


@KINDS
@given(seed=SEEDS, items=WORDINGS, further=st.text(max_size=5), data=st.data())
def test_a_further_item_moves_no_other(
    kind: type[Chance], seed: int, items: list[str], further: str, data: st.DataObject
):
    """Neither where it is chosen nor where it is not; and taking one away is the same the other way round."""
    place = data.draw(st.integers(0, len(items)))
    more = [*items[:place], further, *items[place:]]
    before, after = kind(seed, "c").choice(items), kind(seed, "c").choice(more)
    assert after in (before, further)
    order = [item for item in kind(seed, "c").shuffled(more) if item != further]
    assert order == [item for item in kind(seed, "c").shuffled(items) if item != further]


@KINDS
@given(seed=SEEDS, items=WORDINGS)
def test_the_order_in_which_items_are_given_counts_for_nothing(kind: type[Chance], seed: int, items: list[str]):
    assert kind(seed, "c").choice(items) == kind(seed, "c").choice(sorted(items))
    assert kind(seed, "c").shuffled(items) == kind(seed, "c").shuffled(items[::-1])


@given(SEEDS, st.lists(st.text(max_size=3), min_size=1, max_size=12), st.integers(0, 12))
def test_a_pool_is_drawn_from_as_its_items_are(seed: int, items: list[str], count: int):
    assert ChanceByNumber(seed, "p").choice(Pool(items)) == ChanceByNumber(seed, "p").choice(items)
    assert ChanceByNumber(seed, "p").sample(Pool(items), count) == ChanceByNumber(seed, "p").sample(items, count)


@KINDS
@given(seed=SEEDS, items=st.lists(st.text(max_size=3), max_size=12), count=st.integers(0, 12))
def test_those_drawn_in_turn_are_a_sample(kind: type[Chance], seed: int, items: list[str], count: int):
    one, other = kind(seed, "p"), kind(seed, "p")
    assert list(one.in_turn(items, count)) == other.sample(items, count)
    assert one.bits() == other.bits()


@given(st.lists(st.text(max_size=3)), st.integers(0, 2**64 - 1))
def test_the_numbers_of_a_pool_are_multiplied_as_one_by_one(items: list[str], factor: int):
    assert list(Pool(items).times(factor)) == [number * factor % 2**64 for number in numbers_of(items)]


@given(st.lists(st.text(max_size=3)))
def test_numbers_are_all_different_and_those_of_equal_items_too(items: list[str]):
    assert len(set(numbers_of(items))) == len(items)


@KINDS
def test_a_choice_is_fair_and_what_stands_there_twice_is_chosen_twice_as_often(kind: type[Chance]):
    stream = kind(5, "fair")
    counts = Counter(stream.choice(("a", "b", "b", "c")) for _ in range(8000))
    assert all(abs(counts[item] / 8000 - share) < 0.02 for item, share in {"a": 0.25, "b": 0.5, "c": 0.25}.items())
    firsts = Counter(stream.shuffled("abc")[0] for _ in range(6000))
    assert all(abs(count / 6000 - 1 / 3) < 0.03 for count in firsts.values())


def chi_square(found: Iterable[object], kinds: int) -> float:
    """How far the counts are from equal ones, in standard deviations of what fair draws give (Wilson and Hilferty)."""
    counts = Counter(found)
    fair, free = counts.total() / kinds, kinds - 1
    missing = (kinds - len(counts)) * fair
    ratio = (missing + sum((count - fair) ** 2 for count in counts.values()) / fair) / free
    return (ratio ** (1 / 3) - (1 - 2 / (9 * free))) / (2 / (9 * free)) ** 0.5


@KINDS
@pytest.mark.parametrize("size", [2, 3, 7, 12])
def test_choices_are_uniform_and_successive_ones_independent(kind: type[Chance], size: int):
    """Of one stream one after the other, and of the first draws of many streams, as rows are drawn."""
    items = [f"wording {number}" for number in range(size)]
    stream = kind(3, "fair")
    drawn = [stream.choice(items) for _ in range(6000)]
    assert abs(chi_square(drawn, size)) < 3
    assert abs(chi_square(zip(drawn[::2], drawn[1::2], strict=True), size**2)) < 3
    rows = [kind(3, "world").of("row", number) for number in range(3000)]
    assert abs(chi_square([(row.choice(items), row.choice(items)) for row in rows], size**2)) < 3


@KINDS
def test_all_orders_are_as_likely_also_those_of_any_few_of_many(kind: type[Chance]):
    items = [f"item {number}" for number in range(60)]
    stream = kind(4, "orders")
    shuffles = [stream.shuffled(items) for _ in range(1500)]
    for few in (items[:4], items[20:24], items[::17]):
        assert abs(chi_square([tuple(item for item in one if item in few) for one in shuffles], 24)) < 3
    assert abs(chi_square([one.index("item 31") for one in shuffles], 60)) < 3


@KINDS
def test_successive_numbers_are_uniform_and_independent(kind: type[Chance]):
    stream = kind(6, "bits")
    drawn = [stream.bits() for _ in range(8000)]
    for shift in (0, 30, 60):
        digits = [number >> shift & 15 for number in drawn]
        assert abs(chi_square(digits, 16)) < 3
        assert abs(chi_square(zip(digits[::2], digits[1::2], strict=True), 256)) < 3


def test_draws_of_all_versions_are_pinned_for_ever():
    latest = ChanceByNumber(7, "orders")
    assert [latest.bits() for _ in range(9)][::4] == [11779177470821404181, 8381779412328230679, 13304019226692778978]
    assert [latest.choice("abcdef") for _ in range(6)] == list("eacfcd")
    assert latest.shuffled("abcdef") == list("ebafcd")
    assert type(latest.of("x")) is ChanceByNumber
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


@KINDS
def test_what_has_no_name_cannot_be_chosen(kind: type[Chance]):
    with pytest.raises(TypeError, match="object has neither id nor key"):
        kind(1, "x").choice([object()])


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
