"""Nothing a query asks for takes for ever, takes all memory or writes; a long line is a line like others."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Timer

import duckdb
import pytest
from corecraft.analysis.database import QueryFailed, Stop, connect, fetch, query, save, stream
from corecraft.engine.canonical import decode, encode
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.run import Run

from .test_tables import Con, column, make_run


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return make_run(tmp_path / "demo")


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Of such a run, for tests that only ask: connecting takes longer than most of them."""
    with closing(connect([make_run(tmp_path_factory.mktemp("limits") / "demo")])) as connection:
        yield connection


# --- time and memory -------------------------------------------------------------------------------------------------

ENDLESS = (
    "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3",
    "SELECT a.range, b.range FROM range(1000000000) a, range(1000000) b",  # goes on while rows are fetched
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n",
)


@pytest.mark.parametrize("sql", ENDLESS)
def test_a_query_without_end_is_ended(con: Con, sql: str):
    began = time.monotonic()
    with pytest.raises(QueryFailed, match=r"longer than 0.2 s.*--timeout"):
        query(con, sql, timeout=0.2)
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


def test_an_answer_of_any_size_is_taken_block_by_block(demo: Path):
    con = connect([demo], memory="50MB")
    wide = "SELECT range AS n, repeat('x', 10_000) AS text FROM range(20_000)"
    with pytest.raises(QueryFailed, match="needs more than"):
        query(con, wide)
    with stream(con, wide) as (names, blocks):
        sizes = [len(block) for block in blocks]
    assert (names, sum(sizes)) == (["n", "text"], 20_000)
    assert max(sizes) < 1_000  # by their bytes, not by their number
    with stream(con, "FROM range(2_000_000_000)") as (_, blocks):
        assert sum(len(block) for block, _ in zip(blocks, range(3), strict=False)) < 100
    with stream(con, "SELECT range AS n, {'a': range}::JSON AS data FROM range(3)", most=2) as (_, blocks):
        assert [row for block in blocks for row in block] == [(0, {"a": 0}), (1, {"a": 1})]
    assert query(con, "SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize(("sql", "said"), [
    ("COPY events TO 'x'", "Only one SELECT"), ("SELECT nope FROM events", "line 1, column 8"), ("", "Only one"),
    ("SELECT error('later') FROM range(9)", "later"), (ENDLESS[1], "longer than 0.3 s"), (ENDLESS[0], "longer than 0.3 s"),
])  # fmt: skip
def test_what_cannot_be_answered_is_told_of_blocks_too(con: Con, sql: str, said: str):
    with pytest.raises(QueryFailed, match=said), stream(con, sql, timeout=0.3) as (_, blocks):
        assert all(blocks)
    assert query(con, "SELECT 1 AS one") == [{"one": 1}]


def test_time_is_not_counted_while_rows_are_written(con: Con):
    stop = Stop()
    with stream(con, "FROM range(20_000)", timeout=1.5, stop=stop) as (_, blocks):
        next(blocks)
        assert not stop.asked.wait(1.6)
        assert sum(map(len, blocks)) == 19_999


def test_blocks_end_where_another_thread_ends_them(con: Con):
    stop = Stop()
    with ExitStack() as stack:
        _, blocks = stack.enter_context(stream(con, ENDLESS[1], stop=stop))
        next(blocks)
        stopping = Timer(0, stop)
        stopping.start()
        stop.asked.wait()
        with pytest.raises(QueryFailed, match="was cancelled"):
            all(blocks)
    stopping.join()


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
def test_a_select_that_writes_is_refused(con: Con, sql: str):
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
from threading import Timer
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


# --- ended from outside, and where a mistake is ---------------------------------------------------------------------


@pytest.mark.parametrize("sql", ENDLESS)
def test_a_query_is_cancelled_by_another_thread(con: Con, sql: str):
    stop = Stop()
    timer = Timer(0.3, stop)
    timer.start()
    with pytest.raises(QueryFailed, match="was cancelled"):
        fetch(con, sql, stop=stop)
    timer.join(10)  # the call returns, once the query has ended
    assert not timer.is_alive()
    with pytest.raises(QueryFailed, match="was cancelled"):
        fetch(con, "SELECT 1", stop=stop)  # as one is that is cancelled before it begins
    assert query(con, "SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("sql", ["FROM range(2000000000)", "FROM range(9) ;; -- all; of it", "DESCRIBE events"])
def test_no_more_rows_than_asked_for(con: Con, sql: str):
    assert len(fetch(con, sql, most=3)[1]) == 3


def test_names_and_order_of_a_part(con: Con):
    names, rows = fetch(con, "SELECT range AS n, 'é' AS é FROM range(9) ORDER BY n DESC;", most=2)
    assert (names, rows) == (["n", "é"], [(8, "é"), (7, "é")])


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("SELECT *\nFORM events", r"\(line 2, column 6\)"),
        ("SELECT\n  nope FROM events", r"\(line 2, column 3\)"),
        ("SELECT 1,\n 1 + 'a'::INT", r"\(line 2, column 9\)"),
        ("SELECT " + "1, " * 60 + "nope FROM events", r"\(line 1, column 188\)"),
        ("SELECT nothing_like_it(1)", r"\(line 1, column 8\)"),
    ],
)
@pytest.mark.parametrize("most", [None, 5])
def test_a_mistake_says_where_it_is(con: Con, sql: str, where: str, most: int | None):
    with pytest.raises(QueryFailed, match=where) as caught:
        fetch(con, sql, most=most)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "sql", ["COPY events TO 'x'", "PRAGMA version", "SELECT 1) TO 'x'; SELECT (1", "SET threads = 1"]
)
def test_a_part_is_of_one_select_too(con: Con, sql: str):
    with pytest.raises(QueryFailed):
        fetch(con, sql, most=5)


def test_rows_are_saved_in_several_forms(demo: Path, tmp_path: Path):
    target = tmp_path / "answer"
    con = connect([demo], output=target)
    sql = "SELECT 1 AS a, 'x' AS b, [1, 2] AS c;"
    save(con, sql, target, form="csv")
    assert target.read_text() == 'a,b,c\n1,x,"[1, 2]"\n'
    save(con, sql, target, form="json")
    assert decode(target.read_bytes()) == [{"a": 1, "b": "x", "c": [1, 2]}]
    save(con, sql, target)
    assert target.read_bytes().startswith(b"PAR1")
    with pytest.raises(QueryFailed):
        save(con, sql, tmp_path / "elsewhere", form="csv")
    with pytest.raises(QueryFailed, match=r"\(line 1, column 8\)"):
        save(con, "SELECT nope FROM events", target)
