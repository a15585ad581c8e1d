"""A browser, and a viewer as `corecraft ui` serves it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.scenarios.company import schema_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def shelf(played: Path) -> Shelf:
    """The run of tests/analysis, for tests that only read it: making the tables takes longer than most of them."""
    return Shelf.of([played], schema_of)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, as it is installed on the machine. CI asks for it; elsewhere its tests are skipped where there is none.

    It ends with the module: as long as it is there, its event loop runs, and no other test could run one of its own.
    """
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CORECRAFT_BROWSER") == "required":
            pytest.fail("there is no Chromium here: make browser")
        pytest.skip("there is no Chromium here: make browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Callable[..., str]]:
    """Serves runs as a user would, and tells the address with its token."""
    with ExitStack() as stack:

        def serve(*runs: Path, options: tuple[str, ...] = ()) -> str:
            command = [sys.executable, "-m", "corecraft.cli.main", "ui", *map(str, runs), "--no-browser", *options]
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            )
            stack.callback(process.terminate)
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=\S+", line.strip()):
                    return found[0]
            raise AssertionError("it told no address")

        yield serve
