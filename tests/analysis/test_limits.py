"""Nothing a query asks for takes for ever, takes all memory or writes; a long line is a line like others."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from corecraft.analysis.database import QueryFailed, connect, query
from corecraft.engine.canonical import decode, encode
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.run import Run

from .test_tables import column, make_run


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return make_run(tmp_path / "demo")


# --- time and memory -------------------------------------------------------------------------------------------------

ENDLESS = (
    "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3",
    "SELECT a.range, b.range FROM range(1000000000) a, range(1000000) b",  # goes on while rows are fetched
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n",
)


@pytest.mark.parametrize("sql", ENDLESS)
def test_a_query_without_end_is_ended(demo: Path, sql: str):
    con = connect([demo])
    began = time.monotonic()
    with pytest.raises(QueryFailed, match=r"longer than 0.5 s.*--timeout"):
        query(con, sql, timeout=0.5)
    assert time.monotonic() - began < 30  # not a budget: it is ended at all
    assert query(con, "SELECT 1 AS one") == [{"one": 1}]  # the connection goes on


GREEDY = (
    "SELECT list(range ORDER BY random()) FROM range(100000000)",  # within DuckDB
    "SELECT * FROM range(100000000)",  # as rows of the answer
    "SELECT repeat('x', 1000000) FROM range(1000)",
)


@pytest.mark.parametrize("sql", GREEDY)
def test_a_query_takes_no_more_memory_than_it_may(demo: Path, sql: str):
    con = connect([demo], memory="100MB")
    with pytest.raises(QueryFailed, match=r"needs more than .* MiB: .*--memory"):
        query(con, sql)
    assert query(con, "SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("memory", ["", "lots", "-1GB", "0GB", "10", "80%", "1e3GB", "nan", "1 GB 2"])
def test_what_is_no_amount_of_memory(demo: Path, memory: str):
    with pytest.raises(CoreCraftError, match="is no amount of memory; give, for example, 500MB"):
        connect([demo], memory=memory)


@pytest.mark.parametrize("memory", ["300MB", "0.5GiB", "1 gb", "1.5GB"])
def test_amounts_of_memory(demo: Path, memory: str):
    assert query(connect([demo], memory=memory), "SELECT 1 AS one") == [{"one": 1}]


# --- the log is only read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "WITH x AS (DELETE FROM parts.texts RETURNING *) SELECT * FROM x",
        "WITH x AS (INSERT INTO parts.torn_tails VALUES ('a', 'b', 'c', 'd') RETURNING *) SELECT * FROM x",
        "WITH x AS (UPDATE parts.entities_files SET run = '' RETURNING *) SELECT * FROM x",
        "WITH a AS (SELECT 1), x AS (DELETE FROM parts.entities_files RETURNING *) SELECT * FROM a, x",
        "SELECT nextval('none')",
        "EXPLAIN ANALYZE DELETE FROM parts.texts",
    ],
)
def test_a_select_that_writes_is_refused(demo: Path, sql: str):
    con = connect([demo])
    tables = ("parts.texts", "parts.torn_tails", "parts.entities_files")
    before = [query(con, f"SELECT * FROM {table} ORDER BY ALL") for table in tables]
    with pytest.raises(QueryFailed):
        query(con, sql)
    assert [query(con, f"SELECT * FROM {table} ORDER BY ALL") for table in tables] == before


# --- long lines ------------------------------------------------------------------------------------------------------


def lengthened(path: Path, size: int) -> None:
    """Give the last line of a segment so many bytes more, all of them in something that stands beside it."""
    *lines, last = path.read_bytes().splitlines()
    line = decode(last)
    line["beside"] = {"note": "x" * size}
    path.write_bytes(b"\n".join([*lines, encode(line), b""]))


@pytest.mark.parametrize("megabytes", [17, 40])
def test_a_line_beyond_16_megabytes_is_read_with_the_others(demo: Path, megabytes: int):
    whole = column(connect([demo]), "SELECT count(*) FROM events")
    lengthened(demo / "segments" / "w.jsonl", megabytes << 20)
    con = connect([demo])
    assert column(con, "SELECT count(*) FROM events") == whole
    assert column(con, "SELECT max(length(beside->>'note')) FROM events") == [megabytes << 20]
    assert query(con, "FROM damages") == []


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_foreign_line_beyond_16_megabytes_is_listed(demo: Path, end: bytes):
    whole = column(connect([demo]), "SELECT count(*) FROM events")
    with (demo / "segments" / "w.jsonl").open("ab") as file:
        file.write(b"x" * (20 << 20) + end)
    con = connect([demo])
    assert column(con, "SELECT count(*) FROM events") == whole
    assert len(query(con, "FROM damages")) == 1


def test_a_line_that_memory_does_not_hold_is_told(demo: Path):
    lengthened(demo / "segments" / "w.jsonl", 100 << 20)
    with pytest.raises(QueryFailed, match=r"--memory"):
        query(connect([demo], memory="50MB"), "SELECT count(*) FROM events")


# --- live runs -------------------------------------------------------------------------------------------------------

WRITER = """
import sys, time
from pathlib import Path
from corecraft.engine.episode import fork_of
from corecraft.engine.run import Run
from tests.toy import episode, genesis, toolset
folder, name, other = sys.argv[1:]
run = Run(Path(folder))
mine = run.writer(name, lambda: 7)
for number in range(100_000):
    played = episode(log=mine, id=f"{name}-{number}")
    for turn in range(4):
        played.call("paintPot", {"pot_id": "p1", "color": "green" * 3000})
        time.sleep(0.002)
    run.reload()
    for latest in [id for id in run.episodes if id.startswith(other)][-1:]:
        child = fork_of(run.trajectory(latest), genesis(), toolset(), id=f"{name}-{number}-fork", log=mine)
        child.call("listPots", {})
"""


def test_a_healthy_run_that_is_being_written_has_no_damages(tmp_path: Path):
    run = Run.create(tmp_path / "live", {})
    command = [sys.executable, "-c", WRITER, str(run.path)]
    writers = [subprocess.Popen([*command, *names]) for names in (("a", "b"), ("b", "a"))]
    try:
        seen = 0
        while seen < 40:
            assert all(writer.poll() is None for writer in writers)
            seen = len(Run(run.path).episodes)
            con = connect([run.path])
            for _ in range(3):
                assert query(con, "FROM damages") == []
            found = Run(run.path)
            assert found.damages == []
            assert all(found.trajectory(id).id == id for id in found.episodes[-10:])
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert all("torn" in row["reason"] for row in query(connect([run.path]), "FROM damages"))
