"""What is answered to odd requests, and of runs that change or go while they are open."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.scenarios.company import schema_of
from starlette.testclient import TestClient


def asking(*runs: Path, **headers: str) -> TestClient:
    return reading(Shelf.of(runs, schema_of), **headers)


def reading(shelf: Shelf, **headers: str) -> TestClient:
    app = Viewer(shelf).app("t")
    return TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": "Bearer t", **headers})


def test_of_two_runs_with_one_name_one_is_deleted_and_the_other_can_be_read(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("corecraft.analysis.viewer.shelf._SWIFT", math.inf)  # however slow this is, it looks again
    for name in ("a", "b"):
        shutil.copytree(played, tmp_path / name / "same")
    ask = asking(tmp_path / "a" / "same", tmp_path / "b" / "same")
    assert ask.get("/?wait=1").text.count('href="/runs/same-2"') > 0
    shutil.rmtree(tmp_path / "b")
    first = ask.get("/")
    assert first.status_code == 200
    assert "same-2 was deleted while it was open" in first.text
    assert ask.get("/runs/same").status_code == 200
    gone = ask.get("/runs/same-2")
    assert gone.status_code == 400
    assert "deleted while it was open" in gone.text


@pytest.mark.parametrize(
    "path",
    [
        f"?page={'1' * 5000}",
        "?page=-1",
        "?sort=nothing&down=7&verdict=x&lines=y",
        "?q=" + "%00" * 50,
        "?family=%27%3B%20DROP%20TABLE%20x",
    ],
)
def test_an_odd_address_is_answered(shelf: Shelf, played: Path, path: str):
    assert reading(shelf).get(f"/runs/{played.name}{path}").status_code == 200


def test_what_is_not_there_is_told_in_one_line(shelf: Shelf, played: Path):
    ask = reading(shelf)
    for path in ("/runs/none", f"/runs/{played.name}/none", f"/runs/{played.name}/none/tree", "/compare?left=x/y"):
        answer = ask.get(path)
        assert answer.status_code in (400, 404), path
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://[bad", "null", "https://127.0.0.1"])
def test_what_another_site_asks_for_is_refused(shelf: Shelf, origin: str):
    assert reading(shelf, Origin=origin).post("/sql/stop?ticket=1").status_code == 403


def test_who_brings_no_token_or_names_another_host_sees_nothing(shelf: Shelf):
    ask = reading(shelf)
    assert ask.get("/", headers={"Authorization": "Bearer x"}).status_code == 401
    assert ask.get("/", headers={"Host": "elsewhere.example"}).status_code == 403
    assert ask.get("/?token=t", headers={"Authorization": ""}, follow_redirects=False).headers["location"] == "/"
    away = ask.get("//elsewhere.example/?token=t", headers={"Authorization": ""}, follow_redirects=False)
    assert not away.headers.get("location", "/").startswith("//")


def test_verdicts_of_the_table_are_those_of_its_filters(shelf: Shelf, played: Path):
    ask: Any = reading(shelf)
    for name in ("passed", "failed", "waiting"):
        (counted,) = shelf.ask("SELECT count(*) AS n FROM parts.listing WHERE standing = ?", [name])
        page = ask.get(f"/runs/{played.name}?verdict={name}").text
        assert page.count(f'class="verdict {name}"') == counted["n"]
