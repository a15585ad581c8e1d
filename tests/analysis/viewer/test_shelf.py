"""The runs that are open: what is listed of them, when, and that many readers may ask at once."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from corecraft.analysis.database import connect, query
from corecraft.analysis.seal import seal
from corecraft.analysis.viewer import app
from corecraft.analysis.viewer import shelf as shelves
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.hands import LocalHands
from corecraft.engine.once import once
from corecraft.engine.run import Run
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play, prepare_run
from corecraft.scenarios.company import schema_of
from starlette.testclient import TestClient

MANY = 16
"""Threads."""


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns as often as they can: what may come between two steps does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(act: Callable[[int], Any], threads: int = MANY) -> list[Any]:
    """What each of so many threads got that began together."""
    start = Barrier(threads)

    def begin(number: int) -> Any:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def asking(viewer: Viewer) -> TestClient:
    return TestClient(viewer.app("t"), base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})


# --- what is listed --------------------------------------------------------------------------------------------------


def test_the_listing_says_what_the_views_say(shelf: Shelf):
    listed = shelf.ask(
        "SELECT episode, turns, tokens, cost_usd, waiting, code_reward FROM parts.listing ORDER BY episode"
    )
    told = shelf.ask(
        "SELECT e.episode, c.turns, c.prompt_tokens + c.completion_tokens AS tokens, c.cost_usd, w.waiting, e.code_reward "
        "FROM episodes e JOIN costs c USING (run, episode) LEFT JOIN (SELECT run, episode, count(*) AS waiting "
        "FROM criteria WHERE passed IS NULL GROUP BY ALL) w USING (run, episode) ORDER BY e.episode"
    )
    assert listed == told
    assert {row["turns"] for row in listed} == {0, 1}


def test_what_forks_have_otherwise_is_found_out_when_a_tree_is_drawn(played: Path):
    shelf = Shelf.of([played], schema_of)
    asked = "SELECT count(*) AS n FROM duckdb_tables() WHERE table_name = 'edits'"
    assert asking(Viewer(shelf)).get("/?wait=1").status_code == 200
    assert shelf.ask(asked) == [{"n": 0}]
    assert "Fork trees" in asking(Viewer(shelf)).get(f"/forks/{played.name}").text
    assert shelf.ask(asked) == [{"n": 1}]


def test_the_first_page_does_not_wait_for_a_log_that_takes_long(played: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app, "PATIENCE", 0.01)
    read = Event()

    def slowly(*paths: Any, **more: Any) -> Any:
        read.wait()
        return connect(*paths, **more)

    shelf = Shelf.of([played], schema_of, slowly)
    client = asking(Viewer(shelf))
    first = client.get("/").text
    assert f'<a href="/runs/{played.name}">' in first
    assert 'hx-get="/?wait=1" hx-trigger="load"' in first
    read.set()
    assert 'class="grid runs"' in client.get("/?wait=1").text
    assert 'class="grid runs"' in client.get("/").text


def test_a_run_that_cannot_be_read_is_told_on_the_first_page_too(played: Path, tmp_path: Path):
    copy = shutil.copytree(played, tmp_path / "copy")
    shelf = Shelf.of([copy], schema_of)
    shutil.rmtree(copy)
    answer = asking(Viewer(shelf)).get("/")
    assert (answer.status_code, "None of these runs is there any more" in answer.text) == (400, True)


# --- many readers ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("restless")
def test_what_is_found_out_once_is_one_thing_for_all_threads():
    class Slow:
        @once
        def found(self) -> object:
            calls.append(1)
            return object()

    for _ in range(50):
        calls, one = list[int](), Slow()
        assert len({id(each) for each in at_once(lambda _, one=one: one.found)}) == len(calls) == 1


@pytest.mark.usefixtures("restless")
def test_a_run_is_read_once_for_all_threads(played: Path, monkeypatch: pytest.MonkeyPatch):
    read = Counter[str]()
    names = ("_segments", "_index", "signatures", "_claimed")
    for name in names:
        found = Run.__dict__[name]
        monkeypatch.setattr(found, "func", lambda run, name=name, of=found.func: (read.update([name]), of(run))[1])
    for _ in range(5):
        read.clear()
        run = Run(played, sparing=True)
        lines = at_once(lambda number, run=run: run.trajectory(run.episodes[number % 3]).head_hash)
        assert len(set(lines)) == 3
        assert read["_segments"] == read["_index"] == read["signatures"] == 1


@pytest.mark.usefixtures("restless")
def test_one_viewer_serves_many_readers_from_its_first_request_on(played: Path, tmp_path: Path):
    """While what they look at is sealed."""
    copy = shutil.copytree(played, tmp_path / "copy")
    client = asking(Viewer(Shelf.of([copy], schema_of), LocalHands()))
    base = "/runs/copy/S-2.failing.0"
    paths = (
        "/?wait=1", "/runs/copy", base, f"{base}/tree", f"{base}/world?at=9", f"{base}/read?at=9", "/forks/copy",
        "/compare?left=copy/S-2.failing.0", "/sql", "/sql/answer?q=FROM+episodes", "/sql/answer.csv?q=FROM+tool_calls",
        "/judge", f"{base}/step?at=4", f"{base}/tail?after=3&wait=1000", "/sql/catalogue", "/runs/copy?sort=score",
    )  # fmt: skip

    def read(number: int) -> list[tuple[str, int]]:
        if number == 0:
            list(seal(Run(copy), "1GB"))
            return []
        asked = [paths[(number + turn) % len(paths)] for turn in range(3)]
        return [(path, client.get(path).status_code) for path in asked]

    answers = [answer for found in at_once(read) for answer in found]
    assert [answer for answer in answers if answer[1] != 200] == []
    assert len(answers) == 3 * (MANY - 1)


@pytest.mark.usefixtures("restless")
def test_a_segment_that_is_sealed_under_many_questions_fails_none(played: Path, tmp_path: Path):
    copy = shutil.copytree(played, tmp_path / "copy")
    con = connect([copy])
    (before,) = query(con, "SELECT count(*) AS n, sum(seq)::BIGINT AS s FROM events")

    def ask(number: int) -> Any:
        if number == 0:
            list(seal(Run(copy), "1GB"))
        return [query(con, "SELECT count(*) AS n, sum(seq)::BIGINT AS s FROM events")[0] for _ in range(5)]

    with closing(con):
        assert all(row == before for rows in at_once(ask, 8) for row in rows)


def test_readers_of_what_is_listed_do_not_wait_for_a_newer_listing(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shelves, "_REST", 0)
    task = stage.tasks["S-2"]
    made = prepare_run(tmp_path / "run", stage, {}, [task])
    under_way, go_on = Event(), Event()
    times = list[int]()

    def second_slowly(*paths: Any, **more: Any) -> Any:
        times.append(1)
        if len(times) == 2:
            under_way.set()
            go_on.wait()
        return connect(*paths, **more)

    shelf = Shelf.of([made.path], schema_of, second_slowly)
    first = shelf.connection()
    with closing(made.writer("w", lambda: 0)) as log, ThreadPoolExecutor(1) as pool:
        play(stage, task, scripted(task, "failing"), log=log)
        newer = pool.submit(shelf.connection)
        under_way.wait()
        assert shelf.connection() is first
        assert shelf.run("run").episodes == ["S-2.failing.0"]
        go_on.set()
        assert newer.result() is not first
        assert shelf.connection() is newer.result()
