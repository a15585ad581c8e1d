"""Figures of agreement, against values worked out elsewhere, and the table against a truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.judge.agreement import agreement, kappa
from corecraft.rollouts.judge.report import judges, outcomes, read_truth
from corecraft.rollouts.runner import Stage

from .rig import HEDGED, asked, judged_run, line, taken_in


def test_kappa_is_cohens():
    # Wikipedia's example: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no
    table = {(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15}
    assert kappa(table) == pytest.approx(0.4)
    assert kappa({(True, True): 9, (True, False): 0, (False, True): 0, (False, False): 0}) is None
    opposite = {(True, True): 0, (True, False): 5, (False, True): 5, (False, False): 0}
    assert kappa(opposite) == pytest.approx(-1)


def test_the_interval_holds_the_estimate_and_is_the_same_every_time():
    pairs = [(str(n % 40), (n % 3 > 0, n % 3 > 0 or n % 7 == 0)) for n in range(400)]
    found = agreement(pairs, "reader-1")
    assert found == agreement(pairs, "reader-1")
    assert found.pairs == 400
    assert found.low is not None
    assert found.low < found.kappa < found.high < 1
    assert found.high - found.low < 0.3
    alone = agreement([("one", (True, False))] * 9, "x")
    assert (alone.share, alone.kappa) == (0, 0)
    assert agreement([], "x").kappa is None


def test_a_report_counts_agreement_consistency_and_silence(stage: Stage, tmp_path: Path):
    run = judged_run(tmp_path / "run", stage, {"sure": ("", ""), "hedged": HEDGED})
    every = asked(run, every=True)
    said = {key: "no" if key == ("sure", "condition") else "yes" for key in every}
    decided = [key for key, q in every.items() if q.by_code is True]
    said[decided[0]], said[decided[1]] = "no", "cannot tell"
    votes = [line(q, said[key], vote) for key, q in every.items() for vote in range(2)]
    taken_in(run, *votes, line(every[decided[0]], "yes", 2))
    (standing,) = judges(asked(run, every=True).values())
    data = standing.data()
    assert (data["verdicts"], data["cannot_tell"]) == (len(every), 1)
    assert data["both_decided"] == len(decided) - 1
    assert data["agreement"] == pytest.approx((len(decided) - 2) / (len(decided) - 1))
    assert data["self_consistency"] == pytest.approx(1 - 1 / (2 * len(every) + 1))
    (apart,) = data["disagreements"]
    assert (apart["episode"], apart["criterion"], apart["judge"]) == (*decided[0], False)
    met = data["confusion"][0]
    assert met == {"code": "met", "yes": len(decided) - 2, "no": 1, "cannot tell": 1}


def test_answers_are_counted_against_a_truth(stage: Stage, tmp_path: Path):
    run = judged_run(tmp_path / "run", stage, {"right": ("", ""), "prose": HEDGED, "wrong": ("2025", "2024")})
    file = tmp_path / "truth.json"
    truths = [("right", "right", "as asked"), ("prose", "right", "free prose"), ("wrong", "wrong", "as asked"),
              ("elsewhere", "wrong", "as asked")]  # fmt: skip
    file.write_text(json.dumps([{"episode": e, "truth": t, "form": f, "task": "x", "what": "y"} for e, t, f in truths]))
    taken_in(run, *(line(q, "yes") for q in asked(run).values()))
    graded = {q.episode: q.past for q in asked(run, every=True).values()}
    found = {tuple(row.values())[:3]: tuple(row.values())[3:] for row in outcomes(read_truth(file), graded)}
    assert found == {
        ("as asked", "right", "code"): (1, 0, 0),
        ("as asked", "right", "code and judge"): (1, 0, 0),
        ("free prose", "right", "code"): (0, 1, 0),
        ("free prose", "right", "code and judge"): (1, 0, 0),
        ("as asked", "wrong", "code"): (0, 0, 1),
        ("as asked", "wrong", "code and judge"): (0, 0, 1),
    }
    for text in ("{", "[1]", '[{"episode": "x", "truth": "maybe"}]'):
        file.write_text(text)
        with pytest.raises(CoreCraftError, match="is no list of"):
            read_truth(file)
