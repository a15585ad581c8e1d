"""Whatever is acknowledged survives SIGKILL, and no half call is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.episode import fork_of
from corecraft.engine.errors import LogDamaged
from corecraft.engine.event import ANSWERED, CALLED, CLOSED, RETURNED
from corecraft.engine.run import Run

from ..toy import episode, genesis, toolset

ROOT = Path(__file__).parents[2]


def lives(folder: Path, count: int, seed: int) -> list[tuple[str, str, int, str]]:
    command = [sys.executable, "-m", "tests.simulation.lives", str(folder), str(count), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["lives"] == count
    return [tuple(word) for word in told["acknowledged"]]


def check(folder: Path, acknowledged: list[tuple[str, str, int, str]]) -> None:
    heard: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for name, id, seq, hash in acknowledged:
        heard.setdefault((name, id), []).append((seq, hash))
    for path in sorted(folder.iterdir()):
        run = Run(path)
        run.writer("w", lambda: 0).close()  # the next open repairs the tail
        run.reload()
        assert run.damages == []
        for id in run.episodes:
            past = run.trajectory(id)
            kinds = [event.kind for event in past.events]
            assert kinds.count(CALLED) == kinds.count(RETURNED)
            assert kinds.count(ANSWERED) == kinds.count(CLOSED)
            for seq, hash in heard.pop((path.name, id), []):
                assert past.hashes[seq].hex() == hash
    assert heard == {}


def test_two_hundred_lives_ended_by_a_kill(tmp_path: Path):
    acknowledged = lives(tmp_path, 200, seed=1)
    assert len(acknowledged) > 2000
    check(tmp_path, acknowledged)


@pytest.mark.slow
def test_three_thousand_lives_ended_by_a_kill(tmp_path: Path):
    check(tmp_path, lives(tmp_path, 3000, seed=2))


def test_the_check_itself_notices_a_lost_event(tmp_path: Path):
    acknowledged = lives(tmp_path, 2, seed=3)
    segment = tmp_path / "run0" / "segments" / "w.jsonl"
    whole = segment.read_bytes()
    last_heard = next(word for word in reversed(acknowledged))
    lost = max(n for n, line in enumerate(whole.splitlines()) if last_heard[3].encode() in line)
    segment.write_bytes(b"".join(whole.splitlines(keepends=True)[:lost]))
    with pytest.raises((AssertionError, IndexError, LogDamaged)):
        check(tmp_path, acknowledged)


def test_what_survived_is_forked_and_goes_on(tmp_path: Path):
    lives(tmp_path, 3, seed=4)
    run = Run(tmp_path / "run0")
    writer = run.writer("after", lambda: 0)
    for id in run.episodes:
        fork = fork_of(run.trajectory(id), genesis(), toolset(), id=f"{id}.again", log=writer)
        assert fork.call("listPots", {}).ok
        assert len(Run(run.path).trajectory(fork.id)) == len(fork.trajectory())
    assert episode("fresh", log=writer).call("listPots", {}).ok
