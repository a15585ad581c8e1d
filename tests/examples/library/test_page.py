"""docs/new-company.md shows what stands in the files, and what the commands say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from .conftest import Command

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "new-company.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("file", "shown"), [(file, body) for _, file, body in BLOCKS if file])
def test_a_block_stands_in_its_file(file: str, shown: str):
    assert shown in (ROOT / file).read_text("utf-8")


def test_the_commands_say_what_is_shown(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for kind, _, body in BLOCKS:
        for typed in re.split(r"^\$ corecraft ", body, flags=re.MULTILINE)[1:] if kind == "console" else ():
            line, *shown = typed.splitlines()
            told = " ".join(command(*shlex.split(line)).split())
            for wanted in shown:
                assert wanted in told, (line, told)


def test_every_file_of_the_package_is_told_of():
    package = ROOT / "examples" / "library" / "corecraft_library"
    names = {file.name for file in package.iterdir() if file.suffix in (".py", ".md")} - {"__init__.py", "pools.py"}
    assert [name for name in names if f"`{name}`" not in PAGE] == []
