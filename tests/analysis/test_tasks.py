"""Tasks beside their episodes, and which of the texts an agent read were planted or meant to mislead it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree

import corecraft
import duckdb
import pytest
from corecraft.analysis.database import connect, query
from corecraft.rollouts.runner import Stage, prepare_run
from corecraft.scenarios.splits import pinned

from .conftest import PLAYED


@pytest.fixture(scope="module")
def con(played: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(connect([played])) as connection:
        yield connection


def test_a_task_is_told_as_it_is(con: duckdb.DuckDBPyConnection, stage: Stage):
    rows = {row["task_id"]: row for row in query(con, "FROM tasks")}
    assert set(rows) == set(PLAYED)
    told = ("title", "category", "family", "kind", "difficulty", "absent", "lure", "voice", "requester", "prompt")
    for id, row in rows.items():
        task = stage.tasks[id]
        assert {name: row[name] for name in told} == {name: getattr(task, name) for name in told}
        assert (row["traps"], row["injected"]) == (list(task.traps), list(task.injected))
        assert (row["task_digest"], row["criteria"]) == (task.digest, len(task.criteria))
        assert row["task"]["id"] == id


def test_the_form_asked_for(con: duckdb.DuckDBPyConnection):
    forms = {row["task_id"]: row["layout"] for row in query(con, "SELECT task_id, layout FROM tasks")}
    assert forms["S-2"] == "mail"
    assert forms["IR-05-all-of-november-2025"] == "csv"
    assert forms["CM-09-000"] == "table"
    assert forms["RS-03-006"] == "prose"
    assert forms["RS-02-005"] == "lines"


def test_splits_are_those_that_hold_this_very_task(con: duckdb.DuckDBPyConnection, played: Path, stage: Stage):
    splits = pinned().splits
    for row in query(con, "FROM tasks"):
        held = [name for name in sorted(splits) if splits[name].tasks.get(row["task_id"]) == row["task_digest"]]
        assert row["splits"] == (held or None)
    assert query(con, "SELECT splits FROM tasks WHERE task_id = 'S-2'") == [{"splits": ["smoke", "train"]}]


def test_a_run_from_before_splits_were_kept(played: Path, tmp_path: Path):
    copytree(played, tmp_path / "old")
    rmtree(tmp_path / "old" / "splits")
    with closing(connect([tmp_path / "old"])) as con:
        assert query(con, "SELECT DISTINCT splits FROM tasks") == [{"splits": None}]


def test_episodes_join_their_tasks_in_each_run(played: Path, tmp_path: Path):
    copytree(played, tmp_path / "other")
    sql = "SELECT e.run, e.episode, t.title FROM episodes e JOIN tasks t USING (run, task_id, task_digest)"
    with closing(connect([played, tmp_path / "other"])) as con:
        rows = query(con, sql)
    assert len(rows) == 2 * (len(PLAYED) + 1)  # the fork has its parent's task
    assert all(row["title"] for row in rows)


def test_a_task_file_that_cannot_be_read_is_listed(played: Path, tmp_path: Path):
    copytree(played, tmp_path / "broken")
    broken = sorted((tmp_path / "broken" / "tasks").glob("*.json"))[0]
    broken.write_bytes(b'{"id": ')
    with closing(connect([tmp_path / "broken"])) as con:
        assert len(query(con, "FROM tasks")) == len(PLAYED) - 1
        (damage,) = query(con, "FROM damages")
    assert damage["segment"] == str(broken)


# --- texts -----------------------------------------------------------------------------------------------------------

WHERE = {
    "CM-02-004": ("support_ticket", "body"),
    "MW-06-007": ("order", "shipping.address.line2"),
    "IR-02-005": ("product", "specs.case.note"),
}


@pytest.mark.parametrize("id", [*WHERE, "IR-09-003"])
def test_an_injected_text_is_found_wherever_it_was_read(con: duckdb.DuckDBPyConnection, stage: Stage, id: str):
    sql = "SELECT r.* FROM texts_read r JOIN episodes USING (run, episode) WHERE task_id = ? AND injected"
    rows = query(con, sql, [id])
    (text,) = stage.tasks[id].injected
    assert rows
    assert all(text in row["text"] and row["planted"] for row in rows)
    if id in WHERE:
        assert {(row["entity"], row["field"].split("[")[0]) for row in rows} == {WHERE[id]}
    else:
        assert {row["entity"] for row in rows} == {"shipment"}
        assert all(row["field"].startswith("events[") and row["field"].endswith("].details") for row in rows)


def test_texts_of_the_world_are_read_but_not_planted(con: duckdb.DuckDBPyConnection):
    rows = query(con, "SELECT tool, entity, text FROM texts_read WHERE episode = 'S-2.failing.0' AND field = 'name'")
    assert {"product", "customer"} <= {row["entity"] for row in rows}
    assert query(con, "SELECT count(*) AS n FROM texts_read WHERE episode = 'S-2.failing.0' AND planted") == [{"n": 0}]


def test_a_text_of_the_agent_is_its_own_in_all_replies_after_and_in_forks(tmp_path: Path, stage: Stage):
    run = prepare_run(tmp_path / "run", stage, {}, [stage.tasks["S-2"]])
    note = "Waiting for the carrier."
    with closing(run.writer("w", lambda: 0)) as log:
        episode = stage.open(stage.tasks["S-2"], "e", log)
        (message,) = episode.call("searchSlackMessages", {"limit": 1}).value
        episode.call("postSlackMessage", {"channel_id": message["channelId"], "text": note})
        fork = episode.fork()
        for each in (episode, fork):
            each.call("searchSlackMessages", {"text": note})
    with closing(connect([run.path])) as con:
        rows = query(con, "SELECT episode, tool, text, own FROM texts_read WHERE field = 'text'")
    replies = [(row["episode"], row["tool"]) for row in rows if row["own"]]
    assert replies == [("e", "postSlackMessage"), ("e", "searchSlackMessages"), ("e~1", "searchSlackMessages")]
    assert len(rows) > len(replies)
    assert all(row["own"] == (row["text"] == note) for row in rows)


def test_a_reply_that_may_lack_rows(tmp_path: Path, stage: Stage):
    run = prepare_run(tmp_path / "run", stage, {}, [stage.tasks["S-2"]])
    asked = {"{}": True, '{"limit": 3}': True, '{"limit": 2.9}': True, '{"limit": -4}': True, '{"limit": 500}': True}
    asked |= {'{"ticket_id": "none"}': False, '{"limit": "x"}': None}
    with closing(run.writer("w", lambda: 0)) as log:
        episode = stage.open(stage.tasks["S-2"], "e", log)
        for arguments in asked:
            episode.call("searchTickets", arguments.encode())
        episode.call("calculatePrice", {"product_ids": []})
    with closing(corecraft.connect(run.path)) as con:
        rows = query(con, "SELECT capped FROM tool_calls")
    assert [row["capped"] for row in rows] == [*asked.values(), None]


def test_texts_within_a_reply_of_several_parts_count_too(con: duckdb.DuckDBPyConnection):
    rows = query(con, "SELECT DISTINCT tool, field FROM texts_read WHERE tool = 'getOrderDetails'")
    assert rows == [{"tool": "getOrderDetails", "field": "subject"}]


def test_a_fork_reads_what_its_parent_s_task_planted(played: Path, tmp_path: Path, stage: Stage):
    from corecraft.engine.episode import fork_of
    from corecraft.engine.run import Run
    from corecraft.scenarios.company import by_name, schema_of

    copytree(played, tmp_path / "again")
    run = Run(tmp_path / "again")
    parent = run.trajectory("CM-02-004.obeys-the-ticket.0")
    task = stage.tasks["CM-02-004"]
    (ticket,) = (change for change in task.fixtures if change.entity == "support_ticket")
    with closing(run.writer("v", lambda: 0)) as log:
        world = run.genesis(parent.events[0].data["genesis"], schema_of)
        child = fork_of(parent, world, by_name(task.tools), at=3, id="child", log=log)
        child.call("searchTickets", {"ticket_id": ticket.id})
    with closing(connect([run.path])) as con:
        rows = query(con, "SELECT field, planted, injected FROM texts_read WHERE episode = 'child'")
    assert {"field": "body", "planted": True, "injected": True} in rows
    assert {"field": "subject", "planted": True, "injected": False} in rows
