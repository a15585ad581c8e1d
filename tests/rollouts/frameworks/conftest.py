"""Each framework has an environment of its own, which `make frameworks` sets up; what it records is verified from this one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from corecraft.engine.run import Run
from corecraft.engine.trajectory import Trajectory

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ROOT / ".venv-frameworks"
EXAMPLES = ROOT / "examples" / "frameworks"
HERE = Path(__file__).parent


@frozen
class Environment:
    """One framework's. Nothing of this process's packages is seen in it."""

    folder: Path

    @classmethod
    def of(cls, name: str) -> Environment:
        folder = ENVIRONMENTS / name
        if not (folder / "bin" / "python").exists():
            pytest.skip(f"{name} has no environment; make frameworks sets it up")
        return cls(folder)

    def command(self, program: str, *words: object) -> list[str]:
        return [str(self.folder / "bin" / program), *map(str, words)]

    def run(self, program: str, *words: object, timeout: int = 300, **known: str) -> str:
        """What it prints. Fails with its errors."""
        done = subprocess.run(
            self.command(program, *words), capture_output=True, text=True, timeout=timeout, env=surroundings(**known),
            cwd=EXAMPLES, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-2000:]
        return done.stdout


def surroundings(**known: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORECRAFT", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(EXAMPLES), "PYTHONUNBUFFERED": "1", **known}


def verified(folder: Path) -> dict[str, Trajectory]:
    """The episodes of a run, all of them played again and regraded here."""
    done = subprocess.run(
        [sys.executable, "-m", "corecraft.cli.main", "verify", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = Run(folder)
    return {id: run.trajectory(id) for id in run.episodes}


def kinds(past: Trajectory) -> list[str]:
    return [event.kind for event in past.events]


def graded(past: Trajectory) -> Any:
    assert past.grade is not None
    return past.grade["code_reward"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def serving(command: list[str], health: str, **known: str) -> Iterator[None]:
    """A server until the end of the block. health: what answers once it is up."""
    process = subprocess.Popen(command, env=surroundings(**known), cwd=EXAMPLES)
    try:
        for _ in range(240):
            assert process.poll() is None, "it did not start"
            try:
                urllib.request.urlopen(health, timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.25)
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """`corecraft serve --http` of this environment: its address, and what whoever controls it knows."""
    url, known = f"http://127.0.0.1:{free_port()}", {"CORECRAFT_CONTROL_TOKEN": "control-token-of-the-tests"}
    command = [sys.executable, "-m", "corecraft.cli.main", "serve", "--http", url.removeprefix("http://")]
    with serving([*command, "--out", str(folder)], f"{url}/healthz", **known):
        yield url, known
