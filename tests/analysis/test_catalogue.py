"""All that users see is described, the page says what there is, and what it shows can be run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import corecraft
from corecraft.analysis.catalogue import describe, page
from corecraft.analysis.database import annotate, connect, query

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"


def test_every_view_and_every_column_is_described():
    with closing(connect([])) as con:
        views = describe(con)
    assert {"episodes", "tasks", "texts_read", "changes", "state_at"} <= {view.name for view in views}
    assert [view.name for view in views if not view.says or not view.example] == []
    assert [(view.name, column.name) for view in views for column in view.columns if not column.meaning] == []


def test_a_reward_says_what_an_average_of_it_hides():
    with closing(connect([])) as con:
        (episodes,) = (view for view in describe(con) if view.name == "episodes")
    (reward,) = (column for column in episodes.columns if column.name == "reward")
    assert "null until a judge" in reward.meaning
    assert "code_reward" in reward.meaning
    assert reward.unit == "0 to 1"


def test_descriptions_can_be_asked_of_duckdb_too():
    with closing(connect([])) as con:
        annotate(con)
        rows = query(con, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'tool_calls'")
    comments = {row["column_name"]: row["comment"] for row in rows}
    assert comments["ok"].startswith("false for a rejection")


def test_the_page_is_the_one_that_is_generated():
    assert PAGE.read_text("utf-8") == page(), "python -m corecraft.analysis.catalogue > docs/sql.md"


def test_every_query_of_the_page_runs_and_finds_something(played: Path):
    examples = [part.split("```")[0] for part in PAGE.read_text("utf-8").split("```sql\n")[1:]]
    assert len(examples) > 15
    with closing(corecraft.connect(played)) as con:
        empty = [sql for sql in examples if not query(con, sql)]
        types = {row["entity"] for row in query(con, "SELECT DISTINCT entity FROM final_state")}
        called = {row["tool"] for row in query(con, "SELECT DISTINCT tool FROM tool_calls")}
        names = (
            {f"final_{type}" for type in types} | {f"{type}_at" for type in types} | {f"call_{tool}" for tool in called}
        )
        views = [view for view in describe(con) if view.name in names]
        assert len(views) > 30
        empty += [view.example for view in views if not query(con, view.example)]
    assert [sql.strip() for sql in empty] == ["SELECT run, segment, episode, reason FROM damages"]


def test_views_of_one_type_of_row_or_one_tool_are_described(played: Path):
    with closing(corecraft.connect(played)) as con:
        views = {view.name: {column.name: column for column in view.columns} for view in describe(con)}
    for name in ("final_refund", "final_escalation", "order_at"):
        assert views[name]["createdAt"].meaning.startswith("the field of the row")
    assert views["final_refund"]["episode"].meaning == "id of the episode; two runs may have the same"
    searched = views["call_searchOrders"]
    assert [searched[name].type for name in ("limit", "status", "capped")] == ["DOUBLE", "VARCHAR", "BOOLEAN"]
    assert searched["status"].meaning.startswith("what the call gave for it")
