"""The package as pip installs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import HOME


@pytest.mark.slow
def test_installed_it_is_found_played_and_verified(tmp_path: Path):
    target = tmp_path / "target"
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target", str(target))
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(HOME), str(source)], check=True)  # building leaves a folder beside it
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)
    run = str(tmp_path / "run")
    for words, line in (
        (("tasks", "list", "--company", "library"), "heldout: 10 tasks"),
        (
            ("run", "--company", "library", "--split", "heldout", "--agent", "reference", "--out", run),
            "10 of 10 passed",
        ),
        (("verify", run), "10 of 10 episodes verified"),
    ):
        command = [sys.executable, "-m", "corecraft.cli.main", *words]
        environment = {**os.environ, "PYTHONPATH": str(target)}
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert line in done.stdout
