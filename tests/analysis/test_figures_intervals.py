"""Intervals, differences and power against SciPy 1.17.1 and inspect-ai 0.3.285, whose answers stand here with the call."""

from __future__ import annotations

import subprocess
import sys
from math import isclose
from random import Random

import pytest
from corecraft.analysis.figures import detectable, difference, estimate, interval, mean, sign_test, standard_error

REWARDS = [
    0.809, 0.801, 0.154, 0.762, 0.72, 0.449, 0.999, 0.79, 0.71, 0.384, 0.2, 0.952, 0.38, 0.876, 0.896, 0.845, 0.919, 0.502,
    0.906, 0.845, 0.563, 0.405, 0.153, 0.886, 0.863, 0.402, 0.707, 0.79, 0.864, 0.479, 0.919, 0.163, 0.74, 0.774, 0.254, 0.847,
    0.967, 0.906, 0.457, 0.503,
]  # fmt: skip
TRIALS = ["111", "101", "000", "110", "111", "010", "111", "001", "111", "111", "000", "101"]
"""Of twelve tasks: which of three trials passed."""
SHARES = [trials.count("1") / 3 for trials in TRIALS]
GAPS = [0.25, -0.5, 0, 0.75, 0.25, 0, 0, 0.5, -0.25, 1, 0.25, 0]


def tasks(values: list[float]) -> dict[str, float]:
    return {f"task-{n:03}": value for n, value in enumerate(values)}


def test_the_interval_is_the_percentile_bootstrap():
    # scipy.stats.bootstrap((rewards,), np.mean, n_resamples=200_000, method="percentile", rng=1)
    low, high = interval(tasks(REWARDS), least=0.0)
    assert isclose(low, 0.58287, abs_tol=0.006)
    assert isclose(high, 0.74093, abs_tol=0.006)


def test_tasks_are_the_clusters():
    # inspect_ai.scorer stderr(cluster="task") over the 36 trials, and scipy.stats.sem over the twelve shares: both this.
    error = standard_error(SHARES)
    assert error is not None
    assert isclose(error, 0.11205407945623125, rel_tol=1e-12)
    # scipy.stats.bootstrap((shares,), np.mean, n_resamples=200_000, method="percentile", rng=1)
    low, high = interval(tasks(SHARES), least=0.0)
    assert isclose(low, 0.41667, abs_tol=0.03)
    assert isclose(high, 0.83333, abs_tol=0.03)


def test_where_all_are_equal_the_interval_is_not_empty():
    # scipy.stats.binomtest(12, 12).proportion_ci(method="exact"), and of (0, 30)
    assert interval(tasks([1.0] * 12), least=0.0) == (pytest.approx(0.7353515306029488), 1.0)
    assert interval(tasks([0.0] * 30), least=0.0) == (0.0, pytest.approx(0.11570330822202743))
    low, high = interval(tasks([0.5] * 12), least=0.0)
    assert low < 0.5 < high
    low, high = interval(tasks([0.0] * 12), least=-1.0)
    assert isclose(low, -high)


def test_detectable_is_found_four_times_out_of_five():
    # se = scipy.stats.sem(gaps); scipy.optimize.brentq(lambda d: norm.sf(norm.ppf(0.975) - d / se) - 0.8, 0, 5)
    found = detectable(GAPS)
    assert found is not None
    assert isclose(found, 0.3352892040638369, rel_tol=1e-9)
    assert detectable([0.5, 0.5]) is None
    assert detectable([0.5]) is None


def test_a_difference_is_of_shared_tasks_only():
    first = {"a": 1.0, "b": 0.5, "c": 0.25, "only": 1.0}
    second = {"a": 0.5, "b": 0.5, "c": 0.5, "other": 0.0}
    found = difference(first, second)
    assert found is not None
    assert (found.tasks, found.better, found.worse, found.equal) == (3, 1, 1, 1)
    assert isclose(found.value, mean([0.5, 0.0, -0.25]))
    assert found.low <= found.value <= found.high
    assert difference({"a": 1.0}, {"b": 1.0}) is None
    assert estimate({}) is None


def test_pairing_is_narrower_than_the_entrants_are_apart():
    """Where both find the same tasks hard, the interval of the difference is that of what differs."""
    hard = tasks([n / 40 for n in range(40)])
    easier = {task: value + (0.02 if n % 2 else 0.0) for n, (task, value) in enumerate(hard.items())}
    found, alone = difference(easier, hard), estimate(hard)
    assert found is not None
    assert alone is not None
    assert found.low > 0
    assert found.high - found.low < (alone.high - alone.low) / 10


def test_equal_data_have_equal_intervals_in_any_order_and_process():
    values = tasks(REWARDS)
    backwards = dict(reversed(values.items()))
    assert interval(values, least=0.0) == interval(backwards, least=0.0)
    code = f"from corecraft.analysis.figures import interval\nprint(repr(interval({values!r}, least=0.0)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(interval(values, least=0.0))


def test_the_interval_holds_the_truth_nearly_as_often_as_it_says():
    """300 runs on 40 tasks that pass with a chance of their own, three trials each; 0.95 is promised."""
    chance, held = Random(11), 0
    for _ in range(300):
        easy = [chance.betavariate(1.2, 0.8) for _ in range(40)]
        shares = [sum(chance.random() < each for _ in range(3)) / 3 for each in easy]
        low, high = interval(tasks(shares), least=0.0)
        held += low <= 0.6 <= high
    assert 0.91 <= held / 300 <= 0.98


def test_the_sign_test_is_the_exact_binomial_one():
    # scipy.stats.binomtest(better, better + worse).pvalue
    for better, worse, p in [(5, 0, 0.0625), (0, 5, 0.0625), (9, 2, 0.065429688), (3, 3, 1.0), (0, 0, 1.0)]:
        assert isclose(sign_test(better, worse), p, abs_tol=1e-9)
