"""Real commands at the same time on one run folder: nobody's episodes are lost, and the run verifies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from corecraft.engine.run import Run

COMMAND = [sys.executable, "-m", "corecraft.cli.main"]


def at_once(*commands: list[str]) -> list[dict]:
    """What each says in JSON; all must exit with 0."""
    started = [
        subprocess.Popen([*COMMAND, *command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for command in commands
    ]
    ended = [(process.communicate(), process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * len(commands), [errors for (_, errors), _ in ended]
    return [json.loads(out) for (out, _), _ in ended]


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
