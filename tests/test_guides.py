"""Whoever follows a guide to the letter gets what it says: its files are written and its commands typed, in a copy.

A block headed `file=PATH` is that file, or with `diff` an edit of it. Of a console block every command is run, and every line
of output that is shown must come out, in that order. Any other block is only to be read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from corecraft.cli.pages import PAGES

ROOT = Path(__file__).parents[1]
ROOMS = ("engine", "tools", "scenarios", "replay", "rollouts", "analysis", "cli")
PROGRAMS = {
    "corecraft": [sys.executable, "-m", "corecraft.cli.main"],
    ".venv/bin/python -m pytest": [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider"],
    "make docs": [sys.executable, "-m", "corecraft.cli.pages"],
    "pip": [sys.executable, "-m", "pip", "--quiet"],
}
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
"""For pip: with what is installed alone. Its 0 means that there is no isolation."""


@frozen
class Block:
    """A fenced block. kind: `python`, `diff` or `console`; file: what it is headed by."""

    kind: str
    file: str
    text: str


def blocks(guide: str) -> Iterator[Block]:
    text = (ROOT / "docs" / guide).read_text("utf-8")
    for kind, file, body in re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if file or kind == "console":
            yield Block(kind, file, body)


@frozen
class Checkout:
    """A copy of the project, installed as `corecraft` for the processes started in it."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Checkout:
        skipped = shutil.ignore_patterns("__pycache__")
        for name in (*ROOMS, "api", "tests", "docs"):
            shutil.copytree(ROOT / name, folder / name, ignore=skipped)
        for name in ("pyproject.toml", "Makefile"):
            shutil.copy(ROOT / name, folder / name)
        package = folder / "site" / "corecraft"
        package.mkdir(parents=True)
        for room in (*ROOMS, "tests"):  # whose recorded run the cookbook's page is made of
            (package / room).symlink_to(folder / room)
        (package / "__init__.py").symlink_to(folder / "api" / "__init__.py")
        return cls(folder)

    def write(self, block: Block) -> None:
        path = self.folder / block.file
        if block.kind != "diff":
            assert not path.exists(), f"{block.file} is there already"
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text)
            return
        lines = block.text.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines)
        assert path.read_text().count(before) == 1, f"{block.file} holds this not once:\n{before}"
        path.write_text(path.read_text().replace(before, after))

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        program = next(program for program in PROGRAMS if f"{command} ".startswith(f"{program} "))
        site = str(self.folder / "site")
        return subprocess.run(
            f"{' '.join(PROGRAMS[program])} {command.removeprefix(program)}",
            shell=True,
            cwd=self.folder,
            env={**os.environ, **OFFLINE, "PYTHONPATH": site, "PIP_TARGET": site, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )


def follow(guide: str, checkout: Checkout) -> None:
    for block in blocks(guide):
        if block.kind != "console":
            checkout.write(block)
            continue
        for session in block.text.split("$ ")[1:]:
            command, *shown = session.strip().splitlines()
            done = checkout.type(command)
            whole = f"{command}\n{done.stdout}\n{done.stderr}"
            assert done.returncode == (2 if any(line.startswith("error:") for line in shown) else 0), whole
            rest = plain(done.stdout + done.stderr)
            for line in map(plain, shown):
                _, found, rest = rest.partition(line)
                assert found, f"{line!r} does not come out, or not there\n{whole}"


def plain(text: str) -> str:
    """Words in one line, without the rules of tables."""
    return " ".join(re.sub(r"[│┃┆]", " ", text).split())


SLOW = {"docs/screens.md"}
"""A process a screen; `tests/cli/test_screens.py` looks at screens one by one."""


@pytest.mark.parametrize("page", [pytest.param(page, marks=[pytest.mark.slow] * (page in SLOW)) for page in PAGES])
def test_a_generated_page_is_what_is_generated(page: str):
    assert (ROOT / page).read_text("utf-8") == PAGES[page](), "write it anew: make docs"


@pytest.mark.slow
@pytest.mark.parametrize("guide", ["authoring-tools.md", "authoring-tasks.md"])
def test_a_guide_is_followed_to_the_letter(guide: str, tmp_path: Path):
    follow(guide, Checkout.make(tmp_path))
