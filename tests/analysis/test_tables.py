"""What each table says, on one small run: a played episode, its fork, a voided one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corecraft.analysis.database import QueryFailed, connect, query
from corecraft.engine.errors import CoreCraftError, EpisodeVoided
from corecraft.engine.event import Change
from corecraft.engine.run import Run

from ..toy import START, episode, genesis, toolset

ATTACK = "'); DROP VIEW events; --"


def make_run(path: Path) -> Path:
    run = Run.create(path, {})
    world = genesis()
    run.add_genesis(world)
    system = run.add_text("You paint pots.\n")
    log = run.writer("w", lambda: 7)
    e = episode(
        "main",
        genesis=world,
        log=log,
        task={"id": "t-1", "digest": "x"},
        prompts=[{"role": "system", "digest": system}, {"role": "user", "text": "Paint."}],
        labels={"agent": "scripted", "trial": 2},
    )
    e.record("model.responded", {"text": "I look.", "tool_calls": [{"name": "listPots"}]}, beside={"cost": 0.5})
    e.call("listPots", {"color": "red"}, call_id="c-1")
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    child = e.fork()
    e.call("paintPot", {"pot_id": ATTACK, "color": "red"})
    e.call("listPots", b"[")
    e.submit("Done.")
    e.record("episode.graded", {"reward": 0.0, "passed": False, "criteria": [{"id": "old", "passed": False}]})
    criteria = [{"id": "a", "tag": "format", "text": "Is red", "passed": True, "reason": "it is", "evidence": [7]}]
    criteria.append({"id": "b", "passed": False})
    e.record("episode.graded", {"reward": 0.5, "passed": False, "criteria": criteria})
    child.call("paintPot", {"pot_id": "p1", "color": "blue"})
    voided = episode("voided", genesis=world, log=log)
    with pytest.raises(EpisodeVoided):
        voided.call("breakPot", {"pot_id": "p1"})
    log.close()
    return path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("tables") / "demo")


@pytest.fixture(scope="module")
def con(demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """For tests that only ask: connecting takes longer than most of them."""
    with closing(connect([demo])) as connection:
        yield connection


Con = duckdb.DuckDBPyConnection


def one(con: Con, sql: str, *parameters: Any) -> dict[str, Any]:
    (row,) = query(con, sql, parameters)
    return row


def column(con: Con, sql: str, *parameters: Any) -> list[Any]:
    return [next(iter(row.values())) for row in query(con, sql, parameters)]


def test_events_are_the_lines_of_the_log(con: Con):
    row = one(con, "FROM events WHERE episode = 'main' AND seq = 3")
    assert row["run"] == "demo"
    assert (row["kind"], row["at_ms"], row["cause"], row["wall_ms"]) == ("model.responded", START, 2, 7)
    assert row["time"] == datetime(2025, 12, 1, 19)
    assert row["data"]["text"] == "I look."
    assert row["beside"] == {"cost": 0.5}
    assert len(row["hash"]) == 64
    assert column(con, "SELECT count(*) FROM events WHERE episode = 'main~1'") == [4]


def test_line_includes_what_a_fork_inherited(con: Con):
    rows = query(con, "SELECT seq, origin, inherited FROM line WHERE episode = 'main~1' ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(13))
    assert [row["origin"] for row in rows] == ["main"] * 9 + ["main~1"] * 4
    assert [row["inherited"] for row in rows] == [True] * 9 + [False] * 4


def test_episodes(con: Con):
    main, fork, voided = query(con, "FROM episodes ORDER BY episode")
    assert (main["task_id"], main["agent"], main["trial"]) == ("t-1", "scripted", 2)
    assert (main["status"], main["closed_because"], main["answer"]) == ("closed", "answered", "Done.")
    assert (main["events"], main["calls"], main["rejections"]) == (17, 4, 2)
    assert (main["reward"], main["passed"]) == (0.5, False)
    assert main["genesis"] == genesis().digest
    assert (fork["parent"], fork["parent_seq"], fork["task_id"], fork["status"]) == ("main", 8, "t-1", "open")
    assert (fork["events"], fork["calls"], fork["reward"]) == (4, 1, None)
    assert (voided["status"], voided["task_id"], voided["reward"]) == ("voided", None, None)


def test_tool_calls(con: Con):
    listed, painted, rejected, refused = query(con, "FROM tool_calls WHERE episode = 'main' ORDER BY position")
    assert (listed["tool"], listed["arguments"], listed["ok"]) == ("listPots", {"color": "red"}, True)
    assert (listed["rows"], listed["changes"], listed["call_id"], listed["error"]) == (3, 0, "c-1", None)
    assert [row["id"] for row in listed["reply"]] == ["p0", "p3", "p6"]
    assert (painted["seq"], painted["returned_seq"], painted["changes"], painted["rows"]) == (6, 8, 1, None)
    assert (rejected["ok"], rejected["error"]) == (False, f"Pot {ATTACK} not found")
    assert refused["arguments"] is None
    assert refused["error"].startswith("Invalid arguments")
    (broken,) = query(con, "FROM tool_calls WHERE episode = 'voided'")
    assert (broken["ok"], broken["reply"]) == (None, None)
    assert broken["error"].startswith("ZeroDivisionError")


def test_calls_and_messages_of_a_fork_with_its_past(con: Con):
    calls = query(con, "SELECT position, tool, origin FROM calls_of('main~1')")
    assert [(row["position"], row["origin"]) for row in calls] == [(1, "main"), (2, "main"), (3, "main~1")]
    said = query(con, "SELECT role, text FROM messages_of('main~1')")
    assert [row["role"] for row in said] == ["system", "user", "assistant"]


def test_whole_histories_are_views_too(con: Con):
    calls = query(con, "SELECT position, tool, origin, inherited FROM line_calls WHERE episode = 'main~1'")
    assert [tuple(row.values()) for row in calls] == [
        (1, "listPots", "main", True), (2, "paintPot", "main", True), (3, "paintPot", "main~1", False)
    ]  # fmt: skip
    assert column(con, "SELECT inherited FROM line_messages WHERE episode = 'main~1'") == [True] * 3
    for view in ("calls", "messages"):
        lateral = f"SELECT o.* FROM episodes e, {view}_of(e.episode, e.run) o ORDER BY run, episode, seq"
        assert query(con, lateral) == query(con, f"FROM line_{view}")


@pytest.mark.parametrize("macro", ["state_at('nonesuch', 3)", "calls_of('nonesuch')", "messages_of('nonesuch')"])
def test_an_episode_that_is_not_there_is_an_error(con: Con, macro: str):
    for select in ("*", "count(*)"):
        with pytest.raises(QueryFailed, match=r"^There is no episode nonesuch$"):
            query(con, f"SELECT {select} FROM {macro}")
    with pytest.raises(QueryFailed, match=r"^There is no episode main in elsewhere$"):
        query(con, "FROM calls_of('main', 'elsewhere')")


def test_what_tools_are_known_to_be(tmp_path: Path):
    con = connect([make_run(tmp_path / "demo")], toolsets=[toolset()])
    rows = query(con, "SELECT tool, writes, capped, wall_ms FROM tool_calls WHERE episode = 'main'")
    assert [tuple(row.values()) for row in rows] == [
        ("listPots", False, None, 7), ("paintPot", True, None, 7), ("paintPot", True, None, 7), ("listPots", False, None, 7)
    ]  # fmt: skip
    assert column(connect([tmp_path / "demo"]), "SELECT DISTINCT writes FROM tool_calls") == [None]


def test_equal_arguments_have_equal_keys(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    world = genesis()
    run.add_genesis(world)
    e = episode(genesis=world, log=run.writer("w", lambda: 7))
    for given in (
        b'{"a": {"y": [{"q": 1, "p": 2}], "x": null}, "b": 1}',
        b'{"b":1,"a":{"x":null,"y":[{"p":2,"q":1}]}}',
        b"{}",
    ):
        e.call("listPots", given)
    first, second, none = column(connect([run.path]), "SELECT arguments_key FROM tool_calls")
    assert first == second == '{"a":{"x":null,"y":[{"p":2,"q":1}]},"b":1}'
    assert none == "{}"


def test_an_agent_that_failed(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    world = genesis()
    run.add_genesis(world)
    e = episode("e", genesis=world, log=run.writer("w", lambda: 7))
    e.record("agent.failed", {"error": "Timeout"})
    e.close("agent_failed")
    found = one(connect([run.path]), "FROM episodes")
    assert (found["status"], found["closed_because"]) == ("failed", "agent_failed")


def test_runs_count_forks_apart(con: Con):
    found = one(con, "FROM runs")
    assert (found["episodes"], found["forks"], found["graded"]) == (2, 1, 0)


def test_messages_in_order_with_long_prompts_filled_in(con: Con):
    rows = query(con, "SELECT role, text, tool_calls FROM messages WHERE episode = 'main' ORDER BY seq")
    assert [row["text"] for row in rows] == ["You paint pots.\n", "Paint.", "I look.", "Done."]
    assert rows[2]["tool_calls"] == [{"name": "listPots"}]


def test_changes_and_the_criteria_of_the_last_grade(con: Con):
    change = one(con, "FROM changes WHERE episode = 'main'")
    assert (change["entity"], change["id"], change["set"], change["removed"]) == ("pot", "p1", {"color": "red"}, [])
    rows = query(
        con, "SELECT id, criterion, passed, text, tag, reason, evidence, detail FROM criteria ORDER BY position"
    )
    told = [(row["id"], row["criterion"], row["passed"], row["evidence"]) for row in rows]
    assert told == [("a", "a", True, [7]), ("b", "b", False, [])]
    assert (rows[0]["tag"], rows[0]["text"], rows[0]["reason"]) == ("format", "Is red", "it is")
    assert rows[0]["detail"]["evidence"] == [7]


def test_a_view_for_each_row_type_with_plain_columns(con: Con):
    row = one(con, "FROM final_pot WHERE episode = 'main~1' AND id = 'p1'")
    assert (row["color"], row["price"], row["name"]) == ("blue", 2, "Pot 1")
    assert row["row"] == {"id": "p1", "name": "Pot 1", "color": "blue", "price": 2}
    assert column(con, "SELECT color FROM final_pot WHERE episode = 'main' AND id = 'p1'") == ["red"]


def test_a_type_without_rows_has_its_view_and_the_columns_it_is_known_to_have(tmp_path: Path):
    fields = {"lid": {"size": float, "round": bool, "SIZE": str}, "pot": {"price": str}}
    con = connect([make_run(tmp_path / "demo")], fields=fields)
    types = {row["column_name"]: row["column_type"] for row in query(con, "DESCRIBE final_lid")}
    assert types == {
        "run": "VARCHAR", "episode": "VARCHAR", "id": "VARCHAR", "size": "DOUBLE", "round": "BOOLEAN", "row": "JSON"
    }  # fmt: skip
    assert query(con, "FROM final_lid") == []
    assert one(con, "SELECT price FROM final_pot WHERE episode = 'main' AND id = 'p1'") == {"price": "2"}
    assert "final_lid" in {row["view_name"] for row in query(connect([tmp_path / "demo"]), "FROM duckdb_views()")}


def test_two_runs_at_once_are_told_apart(tmp_path: Path):
    con = connect([make_run(tmp_path / "one"), make_run(tmp_path / "two")])
    assert column(con, "SELECT run FROM episodes WHERE episode = 'main' ORDER BY run") == ["one", "two"]
    assert len(query(con, "FROM state_at('main', 3, of_run := 'two')")) == 9
    assert len(query(con, "FROM calls_of('main', 'two')")) == 4
    for macro in ("state_at('main', 3)", "calls_of('main')", "messages_of('main')"):
        with pytest.raises(QueryFailed, match=r"^2 runs have an episode main; name one: of_run := 'one'$"):
            query(con, f"FROM {macro}")
    assert column(con, "SELECT count(*) FROM line") == [2 * (17 + 13 + 3)]


def test_runs_of_one_name_are_told_apart_by_their_path(tmp_path: Path):
    paths = [make_run(tmp_path / "a" / "demo"), make_run(tmp_path / "b" / "demo")]
    con = connect(paths)
    assert column(con, "SELECT DISTINCT run FROM events ORDER BY run") == [str(path) for path in paths]
    with pytest.raises(CoreCraftError, match="twice"):
        connect([paths[0], paths[0]])


def test_a_run_without_events_has_empty_tables(tmp_path: Path):
    Run.create(tmp_path / "new", {})
    con = connect([tmp_path / "new"])
    tables = ["events", "episodes", "line", "messages", "tool_calls", "changes", "criteria", "final_state", "damages"]
    assert [query(con, f"FROM {table}") for table in tables] == [[]] * len(tables)


def test_what_is_no_run_folder_is_refused(tmp_path: Path):
    with pytest.raises(CoreCraftError, match="not a run folder"):
        connect([tmp_path])


def test_strange_paths_types_and_fields_stay_data(tmp_path: Path):
    path = tmp_path / 'it\'s "quoted" [x] {y} * ?'
    run = Run.create(path, {})
    world = genesis()
    run.add_genesis(world)
    e = episode(genesis=world, log=run.writer("w", lambda: 0), further=[ATTACK])
    row = {"id": ATTACK, ATTACK: ATTACK, 'a"b': None}
    e.record("fixture.given", {}, [Change(ATTACK, ATTACK, row), Change("pot", "p1", {"id": "p1", "Name": 1, "row": 2})])
    con = connect([path])
    assert one(con, "SELECT row FROM final_state WHERE entity = ?", ATTACK)["row"] == row
    assert one(con, "SELECT row FROM final_pot WHERE id = 'p1'")["row"]["Name"] == 1
    assert column(con, "SELECT count(*) FROM events") == [2]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a INT)",
        "DROP VIEW events",
        "COPY (SELECT 1) TO 'x'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO 'x'",
        "SELECT 1; SELECT 2",
        "",
        "SET threads = 1",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SELECT nonsense",
        "SELEC 1",
        "EXPLAIN SELECT 1",
        "PIVOT episodes ON agent USING count(*)",
    ],
)
def test_whatever_is_not_one_select_fails_in_one_line(con: Con, sql: str):
    with pytest.raises(QueryFailed) as failure:
        query(con, sql)
    assert "\n" not in str(failure.value)


def test_sql_reads_no_file_but_those_of_the_run(con: Con, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    for source in (f"read_text('{secret}')", f"'{secret}'", "read_csv('/etc/passwd')", "glob('/*')"):
        with pytest.raises(QueryFailed):
            query(con, f"SELECT * FROM {source}")
    with pytest.raises(duckdb.Error, match="locked"):
        con.execute("SET enable_external_access = true")


def test_the_log_cannot_be_written_through_a_query(con: Con, demo: Path):
    segment = demo / "segments" / "w.jsonl"
    before = segment.read_bytes()
    for prefix in ("", "EXPLAIN ANALYZE ", "SELECT 1; "):
        with pytest.raises(QueryFailed):
            query(con, f"{prefix}COPY (SELECT 1) TO '{segment}' (USE_TMP_FILE false)")
    assert segment.read_bytes() == before


def test_what_else_is_a_select(con: Con):
    assert len(query(con, "FROM episodes")) == 3
    assert "status" in column(con, "DESCRIBE episodes")
    assert "status" in column(con, "SUMMARIZE episodes")


def test_columns_of_one_name_are_numbered(con: Con):
    assert one(con, "SELECT 1 AS a, 2 AS a, '[1]'::JSON AS j") == {"a": 1, "a_2": 2, "j": [1]}
