"""How far two readers agree beyond chance: Cohen's kappa, with an interval from resampled episodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from ...engine.chance import Chance

RESAMPLES = 1_000

Pair = tuple[bool, bool]
"""What code says, what the judge says."""
Counts = Mapping[Pair, int]

CELLS: Sequence[Pair] = ((True, True), (True, False), (False, True), (False, False))


@frozen
class Agreement:
    """pairs: criteria that both decided. kappa: None where both always say the same. low, high: its 95 % interval."""

    pairs: int
    share: float | None
    kappa: float | None
    low: float | None
    high: float | None


def agreement(pairs: Iterable[tuple[str, Pair]], purpose: str) -> Agreement:
    """pairs: each with the episode it is of. Criteria of one episode hang together, so whole episodes are resampled; the draws
    are a function of `purpose`, and so is the result."""
    episodes: dict[str, dict[Pair, int]] = {}
    for episode, pair in pairs:
        counts = episodes.setdefault(episode, dict.fromkeys(CELLS, 0))
        counts[pair] += 1
    tables = list(episodes.values())
    whole = _summed(tables)
    total = sum(whole.values())
    if not total:
        return Agreement(0, None, None, None, None)
    low, high = _interval(tables, Chance(0, f"judge/agreement/{purpose}"))
    return Agreement(total, (whole[True, True] + whole[False, False]) / total, kappa(whole), low, high)


def kappa(counts: Counts) -> float | None:
    """(observed - expected) / (1 - expected), of a table of two by two; None where all agreement is to be expected."""
    total = sum(counts.values())
    observed = (counts[True, True] + counts[False, False]) / total
    code = (counts[True, True] + counts[True, False]) / total
    judge = (counts[True, True] + counts[False, True]) / total
    expected = code * judge + (1 - code) * (1 - judge)
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _interval(tables: Sequence[Counts], chance: Chance) -> tuple[float | None, float | None]:
    drawn = (kappa(_summed(_resampled(tables, chance))) for _ in range(RESAMPLES))
    found = sorted(value for value in drawn if value is not None)
    if not found:
        return None, None
    return found[len(found) * 25 // 1000], found[len(found) * 975 // 1000]


def _resampled(tables: Sequence[Counts], chance: Chance) -> list[Counts]:
    return [tables[chance.integer(0, len(tables) - 1)] for _ in tables]


def _summed(tables: Iterable[Counts]) -> dict[Pair, int]:
    whole = dict.fromkeys(CELLS, 0)
    for counts in tables:
        for pair in CELLS:
            whole[pair] += counts[pair]
    return whole
