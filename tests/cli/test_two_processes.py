"""Real commands at the same time on one run folder: nobody's episodes are lost, and the run verifies."""

from __future__ import annotations

import json
import os
from pathlib import Path

from corecraft.engine.run import Run

from . import warm


def at_once(*commands: list[str]) -> list[dict]:
    """What each says in JSON; all must exit with 0."""
    ended = warm.at_once(*([*command, "--json"] for command in commands), environment=os.environ)
    assert [done.returncode for done in ended] == [0] * len(commands), [done.stderr for done in ended]
    return [json.loads(done.stdout) for done in ended]


def test_runs_and_forks_at_the_same_time_never_meet(tmp_path: Path):
    path = str(tmp_path / "run")
    play = ["run", "--task", "S-2", "--agent", "failing", "--out", path, "--trials"]
    at_once(*([*play, "12"] for _ in range(4)))
    assert sorted(Run(Path(path)).episodes) == sorted(f"S-2.failing.{trial}" for trial in range(12)), "each once"
    fork = ["fork", f"{path}/S-2.failing.0", "--at", "18", "--agent", "reference"]
    forked = [told["episode"] for told in at_once(fork, fork, fork, [*play, "15"])[:3]]
    assert sorted(forked) == [f"S-2.failing.0~{n}" for n in (1, 2, 3)]
    (verified,) = at_once(["verify", path])
    assert verified["ok"] is True
    assert {one["episode"] for one in verified["episodes"]} == {*forked, *(f"S-2.failing.{n}" for n in range(15))}
