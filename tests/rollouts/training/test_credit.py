"""Which turn gets which advantage, worked out by hand; and what forks may cost."""

from __future__ import annotations

import pytest
from corecraft.rollouts.training.credit import Line, fresh, of_lines, planned

GOOD = Line("a", 1.0, (3, 6, 9), ((5, 2), (8, 1)))
BAD = Line("b", 0.0, (3, 6), ((5, 1),))


def fork(id: str, reward: float, turns: tuple[int, ...] = (11,), parent: str = "a", at: int = 5) -> Line:
    return Line(id, reward, turns, (), parent, at)


def test_plain_gives_every_turn_the_advantage_of_its_episode():
    assert of_lines([GOOD, BAD], [], "plain", scaled=True) == {"a": [1.0] * 3, "b": [-1.0] * 2}
    assert of_lines([GOOD, GOOD], [], "plain", scaled=True) is None


def test_steps_give_a_stretch_by_how_much_it_raised_the_value():
    """The beginning is worth 0.5, event 5 of the good one 0.25 (its forks earn 0.5 and 0), its end 1."""
    found = of_lines([GOOD, BAD], [fork("x", 0.5), fork("y", 0.0)], "steps", scaled=True)
    assert found == {"a": [-0.25, 0.75, 0.75], "b": [-0.5, -0.5]}
    assert sum({-0.25, 0.75}) == 1.0 - 0.5, "along a line they add up to its reward less the first value"


def test_a_tree_gives_a_branch_its_value_less_that_of_where_it_leaves():
    """a parts at event 5: one goes on to 1, its fork to 0. So a's stem is worth 0.5, the group (1 + 0 + 0) / 3."""
    found = of_lines([GOOD, BAD], [fork("x", 0.0)], "tree", scaled=False)
    assert found is not None
    assert found["a"] == pytest.approx([0.5 - 1 / 3, 0.5, 0.5])
    assert found["x"] == pytest.approx([-0.5])
    assert found["b"] == pytest.approx([-1 / 3] * 2)


def test_a_tree_whose_leaves_are_all_worth_the_same_teaches_nothing():
    assert of_lines([BAD, Line("c", 0.0, (3,), ())], [fork("x", 0.0, parent="b")], "tree", scaled=False) is None


@pytest.mark.parametrize("credit", ["steps", "tree"])
def test_forks_take_the_turns_that_fresh_rollouts_would(credit: str):
    lines = [GOOD, BAD]  # 2.5 turns each
    forks = planned(lines, 6, credit, "key")  # type: ignore[arg-type]
    costs = {("a", 5): 2, ("a", 8): 1, ("b", 5): 1}
    spent = sum(costs[one.line, one.at] for one in forks)
    assert 10 - 2 < spent <= 10, "as near to four further rollouts as whole forks come"
    assert planned(lines, 6, credit, "key") == forks  # type: ignore[arg-type]
    assert len({one.name for one in forks}) == len(forks)


def test_plain_groups_have_no_forks():
    assert (fresh(8, "plain"), fresh(8, "tree"), fresh(3, "steps")) == (8, 4, 2)
    assert planned([GOOD, BAD], 8, "plain", "key") == []
