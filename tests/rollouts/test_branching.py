"""Values of steps and advantages in trees, on a paint shop whose chances are known in closed form."""

from __future__ import annotations

from itertools import count
from math import comb, fsum

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.branching import (
    Branch,
    Node,
    Result,
    bounded,
    group_advantages,
    step_advantages,
    step_values,
    tree,
    value,
    wilson,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ..toy import episode, paint_on, share_of_red

POTS = 4
CLOSE = 1e-9

colors = st.lists(st.sampled_from(["red", "green", "blue"]), max_size=POTS)
rewards = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def painted(*colors: str) -> Episode:
    """An order of POTS pots, of which the first have been painted so."""
    order = episode(further=())
    for number, color in enumerate(colors):
        order.call("paintPot", {"pot_id": f"p{number}", "color": color})
    return order


def every_luck(order: Episode, done: int) -> tuple[int, object]:
    """How many ways there are to go on, and who takes each of them in turn."""
    lucks = count()

    def play(child: Episode) -> Result:
        paint_on(child, next(lucks), POTS)
        red = share_of_red(child, POTS)
        return Result(red == 1, red)

    return 3 ** (POTS - done), play


@settings(max_examples=30, deadline=None)
@given(colors)
def test_over_all_that_may_happen_a_value_is_the_chance_in_closed_form(past: list[str]):
    order, left = painted(*past), POTS - len(past)
    samples, play = every_luck(order, len(past))
    head = len(order.trajectory()) - 1
    (found,) = step_values([head], order.fork, play, samples)  # pyright: ignore[reportArgumentType]
    spoilt = any(color != "red" for color in past)
    assert (found.seq, found.samples) == (head, samples)
    assert found.passes / found.samples == pytest.approx(0 if spoilt else 3**-left)
    assert found.mean_reward == pytest.approx((past.count("red") + left / 3) / POTS)
    assert found.chance.low <= found.share <= found.chance.high
    assert found.reward.low <= found.mean_reward <= found.reward.high


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["red", "green"]), min_size=POTS, max_size=POTS))
def test_each_step_is_worth_what_it_added_to_the_chance(past: list[str]):
    order = painted(*past)
    boundaries = [0, *(call.returned.seq for call in order.trajectory().calls())][:POTS]
    values = []
    for done, seq in enumerate(boundaries):
        samples, play = every_luck(order, done)
        values += step_values([seq], order.fork, play, samples)  # pyright: ignore[reportArgumentType]
    won = float(all(color == "red" for color in past))
    advantages = step_advantages([one.share for one in values], won)
    assert fsum(advantages) == pytest.approx(won - 3**-POTS)
    first = next((n for n, color in enumerate(past) if color != "red"), POTS)
    expected = [3.0 ** -(POTS - n - 1) - 3.0 ** -(POTS - n) for n in range(first)]
    assert advantages[:first] == pytest.approx(expected)
    if first < POTS:
        assert advantages[first] == pytest.approx(-(3.0 ** -(POTS - first)))
        assert advantages[first + 1 :] == pytest.approx([0] * (POTS - first - 1))


def test_the_parent_is_left_alone_and_samples_must_be_some():
    order = painted("red")
    before = order.head_hash
    list(step_values([0], order.fork, every_luck(order, 0)[1], 3))  # pyright: ignore[reportArgumentType]
    assert order.head_hash == before
    with pytest.raises(CoreCraftError, match="samples"):
        list(step_values([0], order.fork, lambda child: None, 0))


def test_what_teaches_nothing_is_no_sample_and_what_waits_for_a_reader_is_no_pass():
    order = painted()
    results = iter([None, Result(None, 0.5), Result(True, 1.0)])
    (found,) = step_values([0], order.fork, lambda child: next(results), 3)
    assert (found.samples, found.passes, found.undecided, found.mean_reward) == (2, 1, 1, 0.75)


# --- intervals -------------------------------------------------------------------------------------------------------


def test_wilsons_interval_is_that_of_the_books():
    low_high = wilson(8, 10)
    assert (low_high.low, low_high.high) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert (wilson(0, 4).low, wilson(4, 4).high) == (0.0, 1.0)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_the_interval_of_a_mean_misses_it_at_most_one_time_in_twenty(n: int, chance: float):
    """Summed over all that can be drawn, not sampled: coins are the worst there is for a bound on means in [0, 1]."""
    missed = 0.0
    for passes in range(n + 1):
        within = bounded([1.0] * passes + [0.0] * (n - passes))
        if not within.low <= chance <= within.high:
            missed += comb(n, passes) * chance**passes * (1 - chance) ** (n - passes)
    assert missed <= 0.05 + CLOSE


@given(rewards)
def test_the_interval_of_a_mean_lies_in_bounds_around_it_and_narrows(values: list[float]):
    within, mean = bounded(values), fsum(values) / len(values)
    assert 0 <= within.low <= mean + CLOSE
    assert mean - CLOSE <= within.high <= 1
    narrower = bounded(values * 4)
    assert within.low <= narrower.low + CLOSE
    assert narrower.high <= within.high + CLOSE


@given(st.booleans(), st.floats(0, 1))
def test_of_a_policy_that_always_does_the_same_one_sample_is_all(passed: bool, reward: float):
    found = value(7, [Result(passed, reward)], exact=True)
    assert (found.chance.low, found.chance.high) == (passed, passed)
    assert found.reward.low == found.reward.high == reward


# --- trees -----------------------------------------------------------------------------------------------------------


def nodes(depth: int = 3) -> st.SearchStrategy[Node]:
    """Trees, with names of their own for all nodes."""
    shapes = st.recursive(st.floats(0, 1), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12)

    def made(shape: object, name: str) -> Node:
        if isinstance(shape, list):
            return Node(name, tuple(made(part, f"{name}.{n}") for n, part in enumerate(shape)))
        return Node(name, reward=float(shape))  # pyright: ignore[reportArgumentType]

    return shapes.map(lambda shape: made(shape, "root"))


def paths(node: Node, above: tuple[Node, ...] = ()) -> list[tuple[Node, ...]]:
    if not node.children:
        return [(*above, node)]
    return [path for child in node.children for path in paths(child, (*above, node))]


@given(nodes())
def test_along_a_path_advantages_add_up_to_what_the_leaf_is_worth_more_than_the_root(root: Node):
    found = group_advantages(root)
    for path in paths(root):
        assert fsum(found[node.name] for node in path[1:]) == pytest.approx(path[-1].value - root.value, abs=CLOSE)


@given(nodes())
def test_in_a_group_advantages_add_up_to_nothing_by_leaves(root: Node):
    for scaled in (False, True):
        found = group_advantages(root, scaled=scaled)
        for node in root.walk():
            if node.children:
                weighted = (len(child.rewards) * found[child.name] for child in node.children)
                assert fsum(weighted) == pytest.approx(0, abs=1e-6)


@given(nodes())
def test_who_has_no_sibling_has_no_advantage(root: Node):
    found = group_advantages(root)
    alone = [node.children[0].name for node in root.walk() if len(node.children) == 1]
    assert all(found[name] == pytest.approx(0, abs=CLOSE) for name in alone)


def test_one_group_of_leaves_is_grpo():
    root = Node("root", tuple(Node(f"{n}", reward=reward) for n, reward in enumerate([1, 0, 0, 1])))
    assert group_advantages(root, scaled=True) == pytest.approx({"0": 1, "1": -1, "2": -1, "3": 1})
    same = Node("root", (Node("a", reward=0.3), Node("b", reward=0.3)))
    assert group_advantages(same, scaled=True) == {"a": 0, "b": 0}


def test_lines_forked_from_one_another_are_a_tree():
    """first: 0 ... 9; a and b leave it after 4, c leaves a after 6, and d leaves a after 2, which a has from first."""
    lines = [
        Branch("first", 1.0), Branch("a", 0.0, "first", 4), Branch("b", 0.5, "first", 4), Branch("c", 1.0, "a", 6),
        Branch("d", 0.0, "a", 2),
    ]  # fmt: skip
    root = tree(lines)
    assert [node.name for node in root.walk()] == [
        "first", "first@3", "first@5", "a@5", "a@7", "c@7", "b@5", "d@3"
    ]  # fmt: skip
    assert root.value == pytest.approx(0.5)
    found = group_advantages(root)
    assert found["first@3"] == pytest.approx(2.5 / 4 - 0.5)
    assert found["a@5"] == pytest.approx(0.5 - 2.5 / 4)
    assert found["c@7"] == pytest.approx(0.5)
    assert group_advantages(tree([Branch("first", 1.0)])) == {"first@0": 0.0}


@pytest.mark.parametrize(
    "lines",
    [
        [Branch("a", 1.0), Branch("b", 1.0)],
        [Branch("a", 1.0), Branch("a", 1.0)],
        [Branch("a", 1.0), Branch("b", 1.0, "c", 3), Branch("c", 1.0, "b", 3)],
        [],
    ],
)
def test_lines_that_do_not_hang_together_are_no_tree(lines: list[Branch]):
    with pytest.raises(CoreCraftError):
        tree(lines)
