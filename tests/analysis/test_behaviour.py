"""What agents did, beside one another: turns and what they cost, repeated calls, states by other routes, where lines part."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corecraft.analysis.database import QueryFailed, connect, query, save
from corecraft.engine.run import Run

from ..toy import episode, genesis, toolset
from .test_tables import column, make_run, one

RED, BLUE, GREEN = ({"pot_id": "p1", "color": color} for color in ("red", "blue", "green"))


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory):
    """`left` and `right` say the same and call the same at first; `around` ends where `left` does, by another way."""
    run = Run.create(tmp_path_factory.mktemp("runs") / "run", {})
    world = genesis()
    run.add_genesis(world)
    log = run.writer("w", lambda: 7)
    lines = {id: episode(id, genesis=world, log=log, labels={"agent": "m"}) for id in ("left", "right", "around")}
    for id, e in lines.items():
        usage = {"prompt_tokens": 100, "completion_tokens": 10}
        e.record("model.responded", {"text": "So.", "usage": usage, "tool_calls": [{}]}, beside={"cost_usd": 0.25})
        e.call("listPots", {"color": "red"})
        if id == "around":
            e.call("paintPot", BLUE)
        e.call("paintPot", GREEN if id == "right" else RED)
    left = lines["left"]
    left.call("listPots", {"color": "red"})
    fork = left.fork(id="undone")
    fork.call("paintPot", GREEN)
    left.submit("Done.")
    readings = [{"vote": 2, "evidence": [3], "reason": "it is red"}]
    judged = {"criterion": "a", "question": "0" * 64, "verdict": None, "votes": [True, None], "model": "j"}
    left.record("criterion.judged", {**judged, "readings": readings})
    for reward in (0.0, 1.0):
        left.record("episode.graded", {"code_reward": reward, "code_passed": reward == 1, "criteria": [{"id": "a"}]})
    log.close()
    with closing(connect([run.path], toolsets=[toolset()])) as connection:
        yield connection


Con = duckdb.DuckDBPyConnection


def test_turns_and_costs(con: Con):
    turn = one(con, "FROM turns WHERE episode = 'left'")
    assert (turn["text"], turn["calls"], turn["prompt_tokens"], turn["cost_usd"]) == ("So.", 1, 100, 0.25)
    costs = one(con, "FROM costs WHERE episode = 'left'")
    assert (costs["turns"], costs["completion_tokens"], costs["cost_usd"], costs["longest_context"]) == (
        1,
        10,
        0.25,
        110,
    )
    assert one(con, "SELECT turns, cost_usd FROM costs WHERE episode = 'undone'") == {"turns": 0, "cost_usd": None}


def test_calls_that_were_made_before_and_what_came_next(con: Con):
    rows = query(con, "SELECT tool, repeated, next_tool FROM tool_calls WHERE episode = 'left' ORDER BY seq")
    assert [tuple(row.values()) for row in rows] == [
        ("listPots", False, "paintPot"), ("paintPot", False, "listPots"), ("listPots", True, None)
    ]  # fmt: skip


def test_arguments_as_rows_and_as_columns(con: Con):
    assert column(con, "SELECT value FROM arguments WHERE episode = 'right' AND argument = 'color'") == ["red", "green"]
    assert query(con, "SELECT pot_id, color, ok FROM call_paintPot() WHERE episode = 'right'") == [
        {**GREEN, "ok": True}
    ]


def test_equal_rows_are_equal_states_by_whatever_route(con: Con):
    last = "SELECT arg_max(state, seq) FROM states WHERE episode = '{}'"
    left, around, right = (column(con, last.format(id))[0] for id in ("left", "around", "right"))
    assert left == around != right
    assert column(con, "SELECT as_at_start FROM states WHERE episode = 'undone' ORDER BY seq") == [False, True]


def test_there_and_back_again_is_no_difference(con: Con):
    rows = query(con, "SELECT episode, id, field, at_start, at_end, times FROM diffs ORDER BY episode")
    assert [tuple(row.values()) for row in rows] == [
        ("around", "p1", "color", "green", "red", 2), ("left", "p1", "color", "green", "red", 1)
    ]  # fmt: skip


def test_where_two_histories_part(con: Con):
    found = one(con, "FROM divergence('left', 'right')")
    assert (found["shared_seq"], found["kind"], found["position"]) == (3, "tool.called", 2)
    assert (found["arguments"], found["other_arguments"]) == (RED, GREEN)
    fork = one(con, "FROM divergence('left', 'undone')")
    assert (fork["kind"], fork["other_kind"]) == ("answer.submitted", "episode.opened")
    assert (fork["tool"], fork["other_tool"]) == (None, "paintPot")
    assert one(con, "FROM divergence('left', 'left')")["position"] is None
    with pytest.raises(QueryFailed, match="There is no episode nobody"):
        query(con, "FROM divergence('left', 'nobody')")


def test_forks_and_their_whole_history(con: Con):
    fork = one(con, "FROM forks")
    assert (fork["parent"], fork["root"], fork["depth"], fork["after_kind"]) == ("left", "left", 1, "tool.returned")
    assert (fork["edits"], fork["parent_code_reward"]) == (0, 1.0)
    whole = query(con, "FROM trajectory('undone')")
    assert whole == query(con, "FROM line WHERE episode = 'undone'")
    assert [row["inherited"] for row in whole] == [True] * (fork["parent_seq"] + 1) + [False] * 4


def test_grades_and_votes(con: Con):
    assert column(con, "SELECT last FROM grades ORDER BY position") == [False, True]
    rows = query(con, "SELECT position, vote, evidence, reason FROM votes")
    assert [tuple(row.values()) for row in rows] == [(1, True, None, None), (2, None, [3], "it is red")]


def test_one_type_of_row_at_an_event(con: Con):
    rows = query(con, "SELECT seq, color FROM range(-1, 8) s(seq), pot_at('left', s.seq) WHERE id = 'p1' ORDER BY seq")
    assert [row["color"] for row in rows] == ["green"] * 6 + ["red"] * 3


def test_an_answer_is_saved_with_its_types_and_nothing_else_is_written(tmp_path: Path):
    path, target = make_run(tmp_path / "run"), tmp_path / "answer.parquet"
    with closing(connect([path], output=target)) as con:
        for _ in range(2):  # over the first one
            save(con, "SELECT episode, calls, labels FROM episodes -- all of them", target)
        for sql in (f"COPY (SELECT 1) TO '{target}'", "SELECT 1; SELECT 2", "SELECT 1) TO 'x' --"):
            with pytest.raises(QueryFailed):
                save(con, sql, target)
        with pytest.raises(QueryFailed):
            save(con, "SELECT 1", tmp_path / "other.parquet")
    types: dict[str, Any] = {name: type for name, type, *_ in duckdb.sql(f"DESCRIBE FROM '{target}'").fetchall()}
    assert types == {"episode": "VARCHAR", "calls": "BIGINT", "labels": "JSON"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.parquet", "run"]
