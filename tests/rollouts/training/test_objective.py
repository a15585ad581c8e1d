"""Advantages of groups and bounds of clipping, worked out by hand."""

from __future__ import annotations

import pytest
from corecraft.rollouts.training.objective import CLIPS, HIGHEST, Clip, adapted, advantages


def test_an_advantage_is_the_distance_from_the_mean_in_standard_deviations():
    assert advantages([1.0, 0.0, 0.0, 1.0]) == [1.0, -1.0, -1.0, 1.0]
    assert advantages([0.9, 0.3], scaled=False) == pytest.approx([0.3, -0.3])


@pytest.mark.parametrize("rewards", [[], [0.5], [0.5, 0.5], [0.1 + 0.2, 0.3]])
def test_a_group_without_variance_teaches_nothing(rewards: list[float]):
    assert advantages(rewards) is None


def test_variants_are_those_of_their_sources():
    assert CLIPS["symmetric"] == Clip(0.2, 0.2)
    assert CLIPS["clip-higher"] == Clip(0.2, 0.28)


def test_the_upper_bound_opens_while_entropy_is_low_and_closes_while_it_is_high():
    start = CLIPS["adaptive"]
    assert adapted(start, entropy=0.5, first=1.0) == Clip(0.2, pytest.approx(0.308))
    assert adapted(start, entropy=1.5, first=1.0) == Clip(0.2, pytest.approx(0.28 / 1.1))
    for _ in range(20):
        start = adapted(start, entropy=0.5, first=1.0)
    assert start == Clip(0.2, HIGHEST)
    for _ in range(20):
        start = adapted(start, entropy=1.5, first=1.0)
    assert start == Clip(0.2, 0.2), "never narrower upwards than downwards"
