"""Runners that are killed, again and again: nothing is lost or played twice, and it ends as if nobody had been there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corecraft.cli.main import main
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.run import Run
from corecraft.engine.trajectory import Trajectory
from corecraft.rollouts.agents import NoSuchAgent, scripted
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios.splits import read, task_ids
from corecraft.scenarios.task import Task

from .endpoint import Reply, Script, replies, said, served

CONCURRENCY = 4


def arguments(url: str, out: Path, trials: int) -> list[str]:
    counts = ["--trials", str(trials), "--concurrency", str(CONCURRENCY)]
    return ["run", "--split", "smoke", "--agent", "openai:m", "--base-url", url, "--out", str(out), *counts]


def started(command: list[str]) -> subprocess.Popen[str]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "corecraft.cli.main", *command], **quiet)


def by_heart(stage: Stage, seconds: float, most: int | None = None) -> Script:
    """A model that was told what to call, at most so often, and to say, every other time a mistake. seconds: for a turn."""
    known: dict[str, tuple[list[Any], str | None]] = {}
    for number, id in enumerate(task_ids("smoke", read(None))):
        past = play(stage, task := stage.tasks[id], actor(task, number % 2 == 0))[0].trajectory()
        known[task.prompt] = [(call.tool, call.called.data["arguments"]) for call in past.calls()][:most], past.answer

    def script(body: dict[str, Any], _: int) -> Reply:
        time.sleep(seconds)
        calls, answer = known[body["messages"][1]["content"]]
        made = replies(body)
        return said(None, calls[made]) if made < len(calls) else said(answer)

    return script


def actor(task: Task, good: bool) -> Any:
    try:
        return scripted(task, "reference" if good else "failing")
    except NoSuchAgent:
        return scripted(task, "reference")


def recorded(folder: Path) -> dict[str, Trajectory]:
    """Nothing where a kill came before there was a folder."""
    try:
        run = Run(folder)
    except CoreCraftError:
        return {}
    return {id: run.trajectory(id) for id in run.episodes}


class Killer:
    """Starts the same command and kills it, and knows after each kill what must never change again."""

    def __init__(self, folder: Path, command: list[str], asked: list[Any]) -> None:
        self.folder, self.command, self.asked = folder, command, asked
        self.graded: dict[str, str] = {}
        """Head of each finished episode."""
        self.fell: Counter[str] = Counter()
        """When the kills fell."""
        self.taken_up = 0
        """Events that were read again, of episodes a kill left open."""

    def kill(self, ready: Callable[[], bool], episodes: int) -> None:
        """Let it live until it is ready to die; one that ended by itself before is no kill."""
        before, process = len(self.asked), started(self.command)
        while not ready() and process.poll() is None:
            time.sleep(0.002)
        ended = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        errors = process.communicate()[1]
        if ended:
            assert process.returncode == 0, errors
            return
        everything = len(self.graded) == episodes
        self.fell[
            "after the last turn" if everything else "in play" if len(self.asked) > before else "before play"
        ] += 1
        self.check()

    def check(self) -> None:
        present = recorded(self.folder)
        graded = {id: past.head_hash for id, past in present.items() if past.grade}
        assert self.graded.items() <= graded.items(), "a finished episode is as it was"
        self.graded = graded
        self.taken_up += sum(len(past) for past in present.values() if past.status == "open")


def turns(past: Trajectory) -> int:
    return sum(event.kind == "model.responded" for event in past.events)


@pytest.mark.usefixtures("built_once")
def test_kills_lose_nothing_and_play_nothing_twice(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with served(by_heart(stage, 0.01, most=3)) as (url, asked):
        command = arguments(url, tmp_path / "run", trials=1)
        killer = Killer(tmp_path / "run", command, asked)
        for _ in range(2):
            enough = len(asked) + 14
            killer.kill(lambda enough=enough: len(asked) >= enough, episodes=12)
        assert main(command) == 0
    killer.check()
    assert "12 of 12 episodes graded" in capsys.readouterr().out
    assert len(asked) <= sum(map(turns, recorded(tmp_path / "run").values())) + 2 * CONCURRENCY, "what was waited for"
    assert main(["verify", str(tmp_path / "run")]) == 0


@pytest.mark.slow
def test_fifty_kills_at_any_moment_and_the_run_is_as_if_there_had_been_none(stage: Stage, tmp_path: Path):
    trials, kills, chance = 10, 50, random.Random(50)
    with served(by_heart(stage, 0.05)) as (url, asked):
        calm, began = started(arguments(url, tmp_path / "calm", trials)), time.monotonic()
        while not asked:
            time.sleep(0.002)
        start = time.monotonic() - began
        assert calm.wait(600) == 0
        needed = len(asked)
        asked.clear()

        def moment() -> Callable[[], bool]:
            """Some time while it starts or, more often, so many turns later: the whole run takes about forty lives."""
            if chance.random() < 0.2:
                due = time.monotonic() + chance.uniform(0, 1.5 * start)
                return lambda: time.monotonic() >= due
            enough, further = len(asked) + chance.randint(1, 2 * needed // 35), chance.uniform(0, 0.05)
            return lambda: len(asked) >= enough and not time.sleep(further)

        command, began = arguments(url, tmp_path / "run", trials), time.monotonic()
        killer = Killer(tmp_path / "run", command, asked)
        while killer.fell.total() < kills:
            killer.kill(moment(), 12 * trials)
        assert started(command).wait(600) == 0
        seconds = time.monotonic() - began
    killer.check()
    expected, found = recorded(tmp_path / "calm"), recorded(tmp_path / "run")
    assert {id: past.hashes for id, past in found.items()} == {id: past.hashes for id, past in expected.items()}
    assert {id: past.grade for id, past in found.items()} == {id: past.grade for id, past in expected.items()}
    assert needed == sum(map(turns, found.values()))
    assert len(asked) <= needed + kills * CONCURRENCY, "only the turns that were waited for are asked for again"
    assert main(["verify", str(tmp_path / "run")]) == 0
    print(f"\n{kills} kills in {seconds:.0f} s: {dict(killer.fell)}; {len(found)} episodes, {needed} turns, "
          f"{len(asked) - needed} asked for again, {killer.taken_up} events of open episodes read again")  # fmt: skip
