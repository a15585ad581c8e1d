"""Forks with any combination of edits in SQL: what they have otherwise, and replies as their agents read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corecraft.analysis.database import connect, query
from corecraft.engine.agenda import Clock, Plan
from corecraft.engine.edits import ClockSet, EditedReply, OtherTools, Told
from corecraft.engine.event import Change
from corecraft.engine.run import Run

from ..toy import START, episode, genesis, toolset

READ = [{"id": "p1", "name": "no pot at all"}]


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis())
    log = run.writer("w", lambda: 0)
    parent = episode("parent", log=log)
    parent.call("listPots", {})
    parent.call("paintPot", {"pot_id": "p1", "color": "red"})
    edits = [
        Change("pot", "p1", {"price": 0}),
        EditedReply(2, READ),
        EditedReply(5, {"error": "timed out"}, ok=False),
        OtherTools(toolset().describing({"listPots": "Lists pots."})),
        ClockSet(START + 60_000),
        Told("Never mind."),
    ]
    child = parent.fork(id="child", edits=edits)
    child.call("listPots", {})
    child.record("prompt.given", {"role": "user", "text": "Later."})
    child.fork(id="plain").call("listPots", {})
    child.fork(id="late", at=5, edits=[EditedReply(2, []), Plan(Clock("stepped", 5))]).call("listPots", {})
    log.close()
    with closing(connect([run.path])) as found:
        yield found


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in query(con, sql)]


def test_what_a_fork_has_otherwise_stands_in_columns(con: duckdb.DuckDBPyConnection):
    told = "SELECT episode, edits, replies, tools, described, epoch_ms(clock), planned, messages FROM forks"
    assert rows(con, told) == [
        ("child", 1, 2, None, ["listPots"], START + 60_000, False, 1),
        ("late", 0, 1, None, ["listPots"], None, True, 0),
        ("plain", 0, 0, None, [], None, False, 0),
    ]


def test_replies_are_those_that_the_agent_of_the_line_read(con: duckdb.DuckDBPyConnection):
    told = "SELECT position, ok, error, rows, edited FROM line_calls WHERE episode = '{}' AND position < 3"
    assert rows(con, told.format("parent")) == [(1, True, None, 9, False), (2, True, None, None, False)]
    assert rows(con, told.format("child")) == [(1, True, None, 1, True), (2, False, "timed out", None, True)]
    assert rows(con, told.format("plain")) == rows(con, told.format("child"))
    assert rows(con, told.format("late"))[0] == (1, True, None, 0, True), "the latest edit of each counts"
    event = "SELECT ok, data->'$.reply' AS reply, edited FROM trajectory('{}') WHERE seq = 2"
    assert rows(con, event.format("child")) == [(True, READ, True)]
    assert rows(con, event.format("parent"))[0][2] is False
    assert rows(con, "SELECT count(DISTINCT hash) FROM line WHERE seq = 2") == [(1,)], "it is the same event"


def test_a_text_in_an_edited_reply_is_read_by_the_fork(con: duckdb.DuckDBPyConnection):
    read = "SELECT episode, seq, tool, text FROM texts_read WHERE text = 'no pot at all'"
    assert rows(con, read) == [("child", 1, "listPots", "no pot at all")]
