"""All that users see is described, the page says what there is, and what it shows can be run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
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
    with closing(connect([played])) as con:
        empty = [sql for sql in examples if not query(con, sql)]
        types = {row["entity"] for row in query(con, "SELECT DISTINCT entity FROM final_state")}
        views = [view for view in describe(con) if view.name.removeprefix("final_") in types]
        empty += [view.example for view in views if not query(con, view.example)]
    assert [sql.strip() for sql in empty] == ["SELECT run, segment, episode, reason FROM damages"]


@pytest.mark.parametrize("name", ["final_refund", "final_escalation"])
def test_views_of_one_type_of_row_are_described(played: Path, name: str):
    with closing(connect([played])) as con:
        (found,) = (view for view in describe(con) if view.name == name)
    columns = {column.name: column for column in found.columns}
    assert columns["createdAt"].meaning.startswith("the field of the row")
    assert columns["episode"].meaning == "id of the episode; two runs may have the same"
