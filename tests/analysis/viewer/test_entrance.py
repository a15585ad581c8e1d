"""Who gets in and how, and that every address is that of one page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from corecraft.analysis.viewer import guard
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.guard import COOKIE, Codes
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.hands import LocalHands
from corecraft.rollouts.runner import Stage, prepare_run
from corecraft.scenarios.company import schema_of
from starlette.routing import Route
from starlette.testclient import TestClient

# --- addresses -------------------------------------------------------------------------------------------------------


def test_episodes_and_runs_may_be_called_like_any_part_of_an_address(stage: Stage, tmp_path: Path):
    run = prepare_run(tmp_path / "forks", stage, {}, [task := stage.tasks["S-2"]])
    app = Viewer(Shelf.of([run.path], schema_of), LocalHands()).app("t")
    words = {
        word for route in app.routes if isinstance(route, Route) for word in re.findall(r"/(\w+)(?=/|$)", route.path)
    }
    assert {"forks", "tree", "runs", "answer"} <= words
    with closing(run.writer("w", lambda: 0)) as log:
        for word in words:
            stage.open(task, word, log)
    client = TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})
    for word in words:
        assert f"<dt>episode</dt><dd>{word}</dd>" in client.get(f"/runs/forks/{word}").text
    assert client.get("/runs/forks/tree/tree").status_code == 200
    assert "<h1>Fork trees</h1>" in client.get("/forks/forks").text


# --- token and codes -------------------------------------------------------------------------------------------------


@pytest.fixture
def codes() -> Codes:
    return Codes()


@pytest.fixture
def visitor(shelf: Shelf, codes: Codes) -> TestClient:
    app = Viewer(shelf).app("secret", codes)
    return TestClient(app, base_url="http://127.0.0.1:9", follow_redirects=False)


def test_a_code_opens_one_browser_once_and_leaves_a_clean_address(visitor: TestClient, codes: Codes):
    code = codes.new()
    answer = visitor.get(f"/sql?q=SELECT+1&code={code}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sql?q=SELECT+1")
    assert answer.headers["set-cookie"] == f"{COOKIE}-9=secret; HttpOnly; Path=/; SameSite=strict"
    assert visitor.get("/").status_code == 200
    assert visitor.get(f"/?code={code}").headers["location"] == "/", "who is known goes on, to a clean address"
    visitor.cookies.clear()
    assert visitor.get(f"/?code={code}").status_code == 401


def test_a_code_that_nobody_came_with_is_worth_nothing(
    visitor: TestClient, codes: Codes, monkeypatch: pytest.MonkeyPatch
):
    code = codes.new()
    for wrong in ("", code[:-1], "é"):
        assert visitor.get("/", params={"code": wrong}).status_code == 401
    now = guard.monotonic()
    monkeypatch.setattr(guard, "monotonic", lambda: now + guard.LIFETIME + 1)
    assert visitor.get("/", params={"code": code}).status_code == 401


def test_a_token_in_an_address_goes_from_it_also_where_it_is_known(visitor: TestClient):
    for _ in range(2):
        assert visitor.get("/runs/x?sort=calls&token=secret").headers["location"] == "/runs/x?sort=calls"
    told = visitor.get("http://127.0.0.1:9//else.where/%0d%0aX:1?token=secret").headers["location"]
    assert told == "/else.where/%0D%0AX%3A1".replace("%3A", ":")
    visitor.cookies.clear()
    assert visitor.post("/sql/stop?token=secret").status_code == 401, "an address alone does nothing"


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def started(played: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`corecraft ui` with a browser that notes what it is started with."""
    noted = tmp_path / "noted"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {noted}.part && mv {noted}.part {noted}\n')
    browser.chmod(0o755)
    command = [sys.executable, "-m", "corecraft.cli.main", "ui", str(played)]
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        yield process, noted
        process.terminate()


def test_the_token_is_neither_printed_nor_on_the_command_line_of_the_browser(
    started: tuple[subprocess.Popen[str], Path],
):
    process, noted = started
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(2)]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", told[1])
    address = noted.read_text().strip()
    assert address.startswith(f"{told[1].strip()}?code=")
    with httpx2.Client() as client:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        (token,) = client.cookies.values()
        assert client.get(told[1].strip()).status_code == 200
    assert httpx2.get(address).status_code == 401
    process.terminate()
    said = "".join(told) + process.stdout.read()
    assert token not in said + address
    assert address.partition("code=")[2] not in said
