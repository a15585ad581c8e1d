"""Models played on a local Ray cluster of two workers, each a process of its own. Needs the extra `ray`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from corecraft.cli.main import main
from corecraft.engine.run import Run
from corecraft.rollouts.runner import Stage

from .endpoint import refused, served
from .test_kills import by_heart, recorded, turns

with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'corecraft[ray]'")
COMMAND = [sys.executable, "-m", "corecraft.cli.main", "run", "--split", "smoke", "--agent", "openai:m", "--ray"]


def started(url: str, out: Path, *options: str) -> subprocess.Popen[str]:
    command = [*COMMAND, "--workers", "2", "--base-url", url, "--out", str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def workers(driver: int) -> list[int]:
    """Processes below this one that Ray has given the name of the task."""
    parents, named = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if (folder / "cmdline").read_bytes().startswith(b"ray::_work"):
                named.append(int(folder.name))
        except OSError:
            continue  # ended since

    def below(process: int) -> bool:
        return process == driver or (process in parents and below(parents[process]))

    return [process for process in named if below(process)]


@with_ray
@pytest.mark.slow
def test_one_of_two_workers_is_killed_and_all_is_played_once(stage: Stage, tmp_path: Path):
    with served(by_heart(stage, 0.05)) as (url, asked):
        driver = started(url, tmp_path, "--trials", "4", "--concurrency", "4")
        while len(asked) < 150:
            assert driver.poll() is None, driver.communicate()
            time.sleep(0.01)
        os.kill(workers(driver.pid)[0], signal.SIGKILL)
        out, err = driver.communicate(timeout=300)
        assert driver.returncode == 0, err
    assert "48 of 48 episodes graded" in out
    histories = recorded(tmp_path)
    assert len(asked) <= sum(map(turns, histories.values())) + 4, "only what the killed one waited for"
    places = Counter(entry.path.name for entry, _ in Run(tmp_path).lines())
    assert len(places) >= 2, "both have played"
    assert main(["verify", str(tmp_path)]) == 0


@with_ray
@pytest.mark.slow
def test_what_stops_one_worker_stops_all_in_one_line(tmp_path: Path):
    with served(lambda body, n: refused(401, "Incorrect API key provided")) as (url, asked):
        driver = started(url, tmp_path, "--concurrency", "3")
        out, err = driver.communicate(timeout=300)
    assert driver.returncode == 2
    assert "0 of 12 episodes graded; 12 not finished" in out
    assert "Incorrect API key provided" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert len(asked) <= 6


@with_ray
@pytest.mark.slow
def test_ctrl_c_lets_every_worker_stop_cleanly(stage: Stage, tmp_path: Path):
    with served(by_heart(stage, 0.05)) as (url, asked):
        driver = started(url, tmp_path, "--trials", "4")
        while len(asked) < 60:
            assert driver.poll() is None, driver.communicate()
            time.sleep(0.01)
        driver.send_signal(signal.SIGINT)
        out, err = driver.communicate(timeout=120)
    assert driver.returncode == 130, err
    assert "not finished: the same command goes on" in out
    assert "Traceback" not in err


@with_ray
def test_a_cluster_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    assert main([*COMMAND[3:], "--base-url", "http://127.0.0.1:9/v1", "--out", str(tmp_path)]) == 2
    assert "no Ray cluster answers at RAY_ADDRESS=127.0.0.1:9: [Errno 111]" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("ray") is not None, reason="ray is here")
def test_without_ray_it_says_how_to_install_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([*COMMAND[3:], "--base-url", "http://127.0.0.1:9/v1", "--out", str(tmp_path)]) == 2
    assert "ray is not installed: pip install 'corecraft[ray]'" in capsys.readouterr().err


def test_ray_is_for_models_behind_endpoints(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for agent in ("reference", "local"):
        assert main(["run", "--task", "S-2", "--agent", agent, "--ray", "--out", str(tmp_path / "run")]) == 2
        assert "--ray plays with --agent openai:MODEL" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
