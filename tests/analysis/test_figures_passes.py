"""pass@k and pass^k are what counting all k-subsets of the trials gives."""

from __future__ import annotations

from itertools import combinations, product
from math import isclose

import pytest
from corecraft.analysis.figures import pass_all, pass_at

COUNTS = [(k, n, c) for n in range(1, 8) for c, k in product(range(n + 1), range(1, n + 1))]


@pytest.mark.parametrize(("k", "trials", "passed"), COUNTS)
def test_every_subset_counted(k: int, trials: int, passed: int):
    outcomes = [True] * passed + [False] * (trials - passed)
    drawn = list(combinations(outcomes, k))
    assert isclose(pass_at(k, trials, passed), sum(map(any, drawn)) / len(drawn), abs_tol=1e-12)
    assert isclose(pass_all(k, trials, passed), sum(map(all, drawn)) / len(drawn), abs_tol=1e-12)


@pytest.mark.parametrize(("chance", "k"), [(0.3, 1), (0.3, 3), (0.8, 4), (0.5, 5)])
def test_without_bias_for_any_chance_of_passing(chance: float, k: int):
    """Over all outcomes of five trials, weighed by how likely they are, they come to 1 - (1 - p)^k and p^k."""
    some = every = 0.0
    for outcomes in product((True, False), repeat=5):
        passed = sum(outcomes)
        weight = chance**passed * (1 - chance) ** (5 - passed)
        some += weight * pass_at(k, 5, passed)
        every += weight * pass_all(k, 5, passed)
    assert isclose(some, 1 - (1 - chance) ** k)
    assert isclose(every, chance**k)


def test_as_inspect_ai_reduces_epochs():
    # inspect-ai 0.3.285: pass_at(k)(scores) and pass_k(k)(scores) of ten epochs, four of them passed.
    assert isclose(pass_at(3, 10, 4), INSPECT_PASS_AT_3, rel_tol=1e-12)
    assert isclose(pass_all(3, 10, 4), INSPECT_PASS_K_3, rel_tol=1e-12)


INSPECT_PASS_AT_3 = 0.8333333333333334
INSPECT_PASS_K_3 = 0.03333333333333333
