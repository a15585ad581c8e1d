"""What the README tells a newcomer to type does what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .cli import warm

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


PYTHON = (ROOT / "docs" / "python.md").read_text("utf-8")


def test_the_python_example_runs_and_is_short(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("80 graded\n")
    assert "pass@1 0.00" in done.stdout
    assert done.stdout.count("pass@1") == 5  # four categories, and all


@pytest.mark.usefixtures("built_once")  # each example makes the standard world
def test_the_examples_of_the_python_page_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    exec("\n".join(re.findall(r"```python\n(.*?)```", PYTHON, re.DOTALL)), {})
    shown = capsys.readouterr().out
    assert "True delivered" in shown
    assert "1 graded" in shown
    assert "'episodes': 49" in shown


@pytest.mark.slow
def test_the_python_page_runs_in_an_interpreter_of_its_own(tmp_path: Path):
    page = "\n".join(re.findall(r"```python\n(.*?)```", PYTHON, re.DOTALL))
    done = subprocess.run([sys.executable, "-c", page], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "True delivered" in done.stdout


def test_the_shell_example_runs(tmp_path: Path):
    (block,) = re.findall(r"activate`\):\n\n```console\n(.*?)```", README, re.DOTALL)
    commands = [line.removeprefix("$ ").split("#")[0].strip() for line in block.splitlines() if line.startswith("$ ")]
    assert len(commands) == 7
    for number, command in enumerate(commands):
        assert command.startswith("corecraft ")
        asked = command.removeprefix("corecraft ")
        if number == 0:  # one is started as a newcomer starts it
            run = f"{sys.executable} -m corecraft.cli.main {asked}"
            done = subprocess.run(run, shell=True, capture_output=True, text=True, cwd=tmp_path, check=False)
        else:
            done = warm.run(shlex.split(asked), environment=os.environ, cwd=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_every_linked_file_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
