"""`corecraft sql`: what there is to ask, where a query comes from, and what is said beside an answer."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from shutil import copytree

import duckdb
import pytest
from corecraft.cli.screens import plain

from .terminal import terminal
from .test_cli import answer, corecraft
from .warm import on_terminal


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "s2"
    assert corecraft("run", "--task", "S-2", "--agent", "failing", "--out", folder).returncode == 0
    return folder


def test_the_schema_as_data(run: Path):
    views = {view["name"]: view for view in answer("sql", run, "--schema", "--json")}
    assert {"episodes", "tasks", "final_state", "state_at"} <= set(views)
    assert not any(name.startswith("final_") for name in views if name != "final_state")
    assert views["state_at"]["parameters"] == ["ep", "upto_seq", "of_run"]
    (reward,) = (column for column in views["episodes"]["columns"] if column["name"] == "reward")
    assert (reward["type"], reward["unit"]) == ("DOUBLE", "0 to 1")
    assert answer("sql", run, views["tasks"]["example"], "--json")


def test_the_schema_of_one_view(run: Path):
    (view,) = answer("sql", run, "--schema", "final_escalation", "--json")
    assert {"ticketId": "VARCHAR", "row": "JSON"}.items() <= {c["name"]: c["type"] for c in view["columns"]}.items()
    shown = corecraft("sql", run, "--schema", "tasks")
    assert "task_digest" in shown.stdout
    assert "closed_because" not in shown.stdout
    wrong = corecraft("sql", run, "--schema", "tusks")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: There is no view tusks. There are: events, ")


def test_the_schema_on_a_terminal_is_a_list_of_views(run: Path):
    shown = plain(on_terminal(80, "sql", run, "--schema"))
    assert len(shown.splitlines()) < 66
    assert "line_calls" in shown
    assert "closed_because" not in shown
    assert "corecraft sql RUN --schema VIEW" in shown
    assert "closed_because" in plain(on_terminal(80, "sql", run, "--schema", "all"))
    assert answer("sql", run, "--schema", "all", "--json") == answer("sql", run, "--schema", "--json")


def test_several_runs_at_once(run: Path, tmp_path: Path):
    other = copytree(run, tmp_path / "other")
    rows = [{"run": "other"}, {"run": "s2"}]
    assert answer("sql", run, other, "SELECT run FROM runs", "--json") == rows
    (tmp_path / "q.sql").write_text("SELECT run FROM runs")
    assert answer("sql", run, other, "-f", tmp_path / "q.sql", "--json") == rows
    assert answer("sql", run, other, "--schema", "runs", "--json")[0]["name"] == "runs"


def test_help_keeps_to_eighty_columns():
    assert max(map(len, plain(on_terminal(80, "sql", "--help")).splitlines())) <= 80


def test_a_query_from_a_file_and_from_stdin(run: Path, tmp_path: Path):
    (tmp_path / "q.sql").write_text("-- how many\nSELECT count(*) AS n\nFROM episodes;\n")
    assert answer("sql", run, "-f", tmp_path / "q.sql", "--json") == [{"n": 1}]
    done = corecraft("sql", run, "-f", "-", "--json", stdin="SELECT 2 AS two")
    assert json.loads(done.stdout) == [{"two": 2}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "QUERY"),
        (("SELECT 1", "--schema"), "give one of QUERY, -f FILE and --schema"),
        (("SELECT 1", "-f", "-"), "give one of QUERY, -f FILE and --schema"),
        (("-f", "nowhere.sql"), "nowhere.sql cannot be read: No such file"),
        (("SELECT 1", "--json", "--csv"), "not allowed with"),
    ],
)
def test_what_is_no_question_is_one_line(run: Path, arguments: tuple[str, ...], said: str):
    done = corecraft("sql", run, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_csv_holds_all_rows_and_floats_in_full(run: Path):
    sql = "SELECT range AS n, range / 3 AS third, 'a, \"b\"' AS text, [1, 2] AS list, NULL AS none FROM range(1500)"
    rows = list(csv.reader(StringIO(corecraft("sql", run, sql, "--csv").stdout)))
    assert rows[0] == ["n", "third", "text", "list", "none"]
    assert len(rows) == 1501
    assert rows[2][0] == "1"
    assert float(rows[2][1]) == 1 / 3
    assert rows[2][2] == 'a, "b"'
    assert json.loads(rows[2][3]) == [1, 2]
    assert rows[2][4] == ""


def test_through_a_pipe_rows_are_lines_of_tabs(run: Path):
    lines = corecraft("sql", run, "SELECT range AS n, 'x y' AS text FROM range(1500)").stdout.splitlines()
    assert lines[:2] == ["n\ttext", "0\tx y"]
    assert len(lines) == 1501


def test_an_answer_larger_than_the_memory_it_may_take_is_written(run: Path):
    sql = "SELECT range AS n, repeat('x', 20_000) AS text FROM range(3_000)"
    done = corecraft("sql", run, sql, "--memory", "50MB", "--csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 60_000_000
    assert "\n2999,x" in done.stdout[-21_000:]


def test_rows_as_json_stand_as_a_list_of_them_would(run: Path):
    done = corecraft("sql", run, "SELECT 'a\nb' AS text, [1, {'b': 2}.b] AS list UNION ALL SELECT '\x1b', []", "--json")
    rows = json.loads(done.stdout)
    assert done.stdout == json.dumps(rows, indent=2, ensure_ascii=True) + "\n"
    assert corecraft("sql", run, "SELECT 1 AS one WHERE false", "--json").stdout == "[]\n"


def test_no_rows_are_a_header(run: Path):
    for form, header in (((), "one\ttwo\n"), (("--csv",), "one,two\n")):
        done = corecraft("sql", run, "SELECT 1 AS one, 2 AS two WHERE false", *form)
        assert (done.returncode, done.stdout, done.stderr) == (0, header, "")


def test_a_warning_stands_on_stderr_and_the_answer_on_stdout(run: Path, tmp_path: Path):
    other = copytree(run, tmp_path / "other")
    (segment,) = (other / "segments").glob("*.jsonl")
    segment.write_bytes(segment.read_bytes() + b"{torn")
    done = corecraft("sql", run, "--with", other, "SELECT run FROM episodes", "--json")
    assert json.loads(done.stdout) == [{"run": "other"}, {"run": "s2"}]
    damaged, shared = done.stderr.splitlines()
    assert damaged.startswith(f"warning: {other} is damaged")
    assert shared.startswith("warning: 1 episode ids, such as S-2.failing.0, are in more than one of these runs")
    assert corecraft("sql", run, "SELECT 1 AS one").stderr == ""


def test_types_without_rows_have_their_columns(tmp_path: Path, run: Path):
    bare = copytree(run, tmp_path / "bare")
    (refunds,) = (bare / "genesis").glob("*/entities/refund.json")
    refunds.write_text("{}")
    assert answer("sql", bare, "SELECT amount + 1 AS more FROM final_refund", "--json") == []
    (view,) = answer("sql", bare, "--schema", "final_refund", "--json")
    assert {"amount": "DOUBLE", "status": "VARCHAR"}.items() <= {c["name"]: c["type"] for c in view["columns"]}.items()


def test_an_answer_as_markdown_and_as_parquet(run: Path, tmp_path: Path):
    shown = corecraft("sql", run, "SELECT 1 AS a, '|*b*' AS b, NULL AS c", "--md").stdout
    assert shown == "| a | b | c |\n|---|---|---|\n| 1 | &#124;&#42;b&#42; |  |\n"
    target = tmp_path / "answer.parquet"
    assert corecraft("sql", run, "SELECT episode, calls FROM episodes", "--parquet", target).returncode == 0
    assert duckdb.sql(f"SELECT typeof(calls) FROM '{target}'").fetchall() == [("BIGINT",)]
    inside = corecraft("sql", run, "SELECT 1", "--parquet", run / "segments" / "x.parquet")
    assert inside.returncode == 2
    assert "is part of a run" in inside.stderr


def test_asked_and_answered_in_turn(run: Path, tmp_path: Path):
    with terminal("sql", run, XDG_STATE_HOME=str(tmp_path)) as at:
        at.expect("sql> ")
        at.type("SELECT count(*) AS n\nFROM forks\t;\n")
        assert "0" in at.expect("sql> ")
        at.type("SELEC 1;\n")
        assert "syntax error" in at.expect("sql> ")
        at.type(".schema votes\n")
        assert "single reading" in at.expect("sql> ")
        at.type(".quit\n")
        assert at.end() == 0
    assert "SELEC 1;" in (tmp_path / "corecraft" / "sql_history").read_text()


def test_a_run_is_sealed_and_asked_as_before(run: Path, tmp_path: Path):
    copy = copytree(run, tmp_path / "copy")
    before = answer("sql", copy, "SELECT kind, hash FROM events", "--json")
    (told,) = answer("seal", copy, "--json")
    assert (told["sealed"], told["events"]) == (True, len(before))
    assert answer("sql", copy, "SELECT kind, hash FROM events", "--json") == before
    assert "nothing to seal" in corecraft("seal", copy).stdout
    assert corecraft("verify", copy).returncode == 0
    assert corecraft("seal", tmp_path).returncode == 2
    garbled = copytree(run, tmp_path / "garbled")
    with next((garbled / "segments").iterdir()).open("ab") as file:
        file.write(b"garbage\n")
    left = corecraft("seal", garbled)
    assert left.returncode == 1
    assert left.stdout.startswith("left ")
