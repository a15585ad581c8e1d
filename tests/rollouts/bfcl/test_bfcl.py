"""BFCL on recorded answers: every case is right or wrong as its own runner says, for the same reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..frameworks.conftest import Environment

HERE = Path(__file__).parent
pytestmark = pytest.mark.slow
MODULE = ("-m", "corecraft.rollouts.bfcl")


def test_scores_are_those_of_its_own_runner(tmp_path: Path):
    bfcl = Environment.of("bfcl")
    told = json.loads(bfcl.run("python", HERE / "driver.py", tmp_path, 77).splitlines()[-1])
    assert told["ours"] == told["theirs"]
    assert told["ours"].keys() == {"simple_python", "parallel", "multiple"}
    for one in told["ours"].values():
        assert 0.4 < one["accuracy"] < 0.7
        assert len(set(one["wrong"].values())) > 2
    printed = bfcl.run("python", *MODULE, "--out", tmp_path, "--category", "parallel", "--limit", "77", "--json")
    (scored,) = json.loads(printed)
    assert scored["accuracy"] == told["theirs"]["parallel"]["accuracy"]


def test_who_has_no_answers_is_told_in_one_line(tmp_path: Path):
    with pytest.raises(AssertionError, match="error: there is no answer to score; --model plays"):
        Environment.of("bfcl").run("python", *MODULE, "--out", tmp_path, "--limit", "2")
