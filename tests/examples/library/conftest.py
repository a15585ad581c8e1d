"""The second company as an installed package is found: its folder on the path, and what names its entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corecraft.cli.main import main
from corecraft.rollouts.runner import Stage
from corecraft.scenarios import company as companies_

HOME = Path(__file__).parents[3] / "examples" / "library"

Command = Callable[..., str]


def offering(folder: Path, value: str, name: str = "library", group: str = companies_.GROUP) -> Path:
    """A folder that, on the path, is an installed package with this entry point."""
    about = folder / f"{name}_offered-0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-offered\nVersion: 0\n", "utf-8")
    (about / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n", "utf-8")
    return folder


def forget() -> None:
    """What was found of companies so far."""
    for known in (companies_.companies, companies_.columns, companies_.toolsets, companies_._described):
        known.cache_clear()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What PYTHONPATH has to hold for others; here it is so already."""
    found = [str(offering(tmp_path_factory.mktemp("site"), "corecraft_library.company:COMPANY")), str(HOME)]
    sys.path[:0] = found
    forget()
    yield os.pathsep.join(found)
    sys.path[:] = [each for each in sys.path if each not in found]
    forget()


@pytest.fixture(scope="module")
def library(path: str) -> Stage:
    return Stage.build(company="library")


@pytest.fixture
def command(path: str, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that must succeed, or of which a given exit is expected; gives what it printed."""

    def run(*arguments: object, exits: int = 0) -> str:
        capsys.readouterr()
        code = main([*map(str, arguments)])
        said = capsys.readouterr()
        assert code == exits, said
        return said.out if exits == 0 else said.err

    return run
