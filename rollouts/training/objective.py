"""What a group of episodes says of its turns, and how far a step may go. Plain numbers: `loss` has the same on tensors.

A group is what was played of one task from one starting world. The advantage of an episode is its reward less the mean of its
group, over the group's standard deviation (GRPO: Shao et al. 2024, arXiv:2402.03300), or not (`scaled=False`: Liu et al. 2025,
arXiv:2503.20783). Where all rewards are the same nothing is to be learnt, and the group is dropped and counted, as DAPO does
(Yu et al. 2025, arXiv:2503.14476).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from typing import Literal

from msgspec import Struct

Clipping = Literal["symmetric", "clip-higher", "adaptive"]

SAME = 1e-9
"""Rewards that differ by less are the same one, computed twice."""


class Clip(Struct, frozen=True):
    """How far the ratio of new to old probability of a token may go before its gradient stops: from 1 - low to 1 + high."""

    low: float
    high: float


CLIPS: dict[Clipping, Clip] = {
    "symmetric": Clip(0.2, 0.2),
    "clip-higher": Clip(0.2, 0.28),
    "adaptive": Clip(0.2, 0.28),
}
"""symmetric: PPO and GRPO. clip-higher: DAPO. adaptive: where the CoreCraft paper starts from; see `adapted`."""

ADAPTS_BY, HIGHEST = 1.1, 0.5


def adapted(clip: Clip, entropy: float, first: float) -> Clip:
    """The bounds of the next step. The paper (arXiv:2602.16179, 4.3) names adaptive clipping, credits it to DAPO against the
    collapse of entropy, and gives neither formula nor values. This is our reading: the upper bound, which holds back what is
    still unlikely, opens by a tenth after a step whose entropy was below that of the first, and closes by as much after one
    whose entropy was above; never below the lower bound, nor above HIGHEST."""
    high = clip.high * ADAPTS_BY if entropy < first else clip.high / ADAPTS_BY
    return Clip(clip.low, min(max(high, clip.low), HIGHEST))


def advantages(rewards: Sequence[float], *, scaled: bool = True) -> list[float] | None:
    """Of each episode of a group; None for a group without variance, also one of fewer than two."""
    if len(rewards) < 2 or max(rewards) - min(rewards) < SAME:
        return None
    mean = fsum(rewards) / len(rewards)
    spread = sqrt(fsum((reward - mean) ** 2 for reward in rewards) / len(rewards)) if scaled else 1.0
    return [(reward - mean) / spread for reward in rewards]
