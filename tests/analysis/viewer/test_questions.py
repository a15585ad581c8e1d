"""SQL as a page: what is answered, what is refused, what ends, and what is drawn."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.database import QueryFailed
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.questions import MOST, Desk, Plot, plot
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.engine.canonical import decode
from corecraft.engine.errors import CoreCraftError
from corecraft.scenarios.company import schema_of
from starlette.testclient import TestClient

ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"


@pytest.fixture(scope="module")
def client(shelf: Shelf) -> TestClient:
    app = Viewer(shelf, seconds=5).app("t")
    return TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})


@pytest.fixture(scope="module")
def desk(shelf: Shelf) -> Desk:
    return Desk(shelf, 5)


def words(desk: Desk, sql: str) -> list[list[str]]:
    return [[cell.shown.text for cell in row] for row in desk.answer(sql).rows]


# --- answers ---------------------------------------------------------------------------------------------------------


def test_cells_are_values_as_people_read_them(desk: Desk):
    assert words(desk, "SELECT 1, 2.50::DECIMAL(9, 2), 0.1 + 0.2, true, NULL, DATE '2025-11-03', 'a\x1bb'") == [
        ["1", "2.5", "0.3", "true", "null", "2025-11-03", "a\\x1bb"]
    ]
    (row,) = desk.answer("SELECT {'a': 1.5::DECIMAL(4, 1), 'b': [DATE '2025-11-03']} AS both, 7 AS seven").rows
    assert row[0].shown.names == ["a", "b"]
    assert [cell.number for cell in row] == [False, True]


def test_a_long_cell_is_opened_on_demand(desk: Desk):
    ((cell,),) = desk.answer("SELECT repeat('ab ', 300)").rows
    assert cell.shown.text.endswith("...")
    assert len(cell.shown.text) < 300
    assert cell.whole == "ab " * 300


def test_ids_of_episodes_lead_to_their_pages(desk: Desk, played: Path):
    (row,) = desk.answer("SELECT episode, seq, tool FROM tool_calls WHERE episode = 'S-2.failing.0' LIMIT 1").rows
    assert row[0].to == (played.name, "S-2.failing.0", int(row[1].shown.text))
    assert [cell.to for cell in row[1:]] == [None, None]
    (fork,) = desk.answer("SELECT parent, parent_seq, episode AS other FROM episodes WHERE parent IS NOT NULL").rows
    assert fork[0].to == (played.name, fork[0].shown.text, int(fork[1].shown.text))
    assert fork[2].to == (played.name, fork[2].shown.text, None)


def test_an_id_that_two_runs_have_leads_where_the_row_says(played: Path, tmp_path: Path):
    other = shutil.copytree(played, tmp_path / "other")
    desk = Desk(Shelf.of([played, other], schema_of), 5)
    assert {cell.to for (cell,) in desk.answer("SELECT episode FROM episodes").rows} == {None}
    for row in desk.answer("SELECT run, episode FROM episodes").rows:
        assert row[1].to == (row[0].shown.text, row[1].shown.text, None)


def test_of_a_million_rows_few_are_shown_and_all_are_counted(desk: Desk):
    answer = desk.answer("SELECT range AS n FROM range(3000000) ORDER BY n DESC; -- all")
    assert (len(answer.rows), answer.rows[0][0].shown.text) == (MOST, "2999999")
    assert answer.total == 3_000_000


def test_fewer_rows_of_very_much_text(desk: Desk):
    answer = desk.answer("SELECT repeat('x', 9000) FROM range(900)")
    assert 100 < len(answer.rows) < 300
    assert answer.total == 900


def test_of_rows_of_megabytes_few_are_held_and_all_are_counted(desk: Desk):
    answer = desk.answer("SELECT repeat('x', 1_000_000) FROM range(300)")
    assert len(answer.rows) < 30
    assert answer.total == 300


def test_what_is_asked_of_the_desk_ends(shelf: Shelf):
    with pytest.raises(QueryFailed, match=r"longer than 0.3 s"):
        Desk(shelf, 0.3).answer(ENDLESS)
    for nothing in ("", "  \n"):
        with pytest.raises(CoreCraftError, match="Nothing is asked"):
            Desk(shelf).answer(nothing)
    with pytest.raises(CoreCraftError, match="longer than 20,000 characters"):
        Desk(shelf).answer("SELECT 1 -- " + "x" * 20_000)


def test_the_catalogue_and_the_cookbook(desk: Desk):
    groups = desk.catalogue()
    assert list(groups)[:2] == ["Tables", "Of one episode"]
    assert groups is desk.catalogue()
    assert {"episodes", "tool_calls"} <= {view.name for view in groups["Tables"]}
    assert all(view.name.startswith("final_") for view in groups["Rows at the end"])
    assert "How did it go" in desk.cookbook


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_has_the_query_as_text(client: TestClient):
    page = client.get("/sql", params={"q": "SELECT '</textarea><b>'"})
    assert page.status_code == 200
    assert "SELECT &#39;&lt;/textarea&gt;&lt;b&gt;&#39;</textarea>" in page.text
    assert "Who did best" in page.text


def test_the_answer_is_a_part(client: TestClient):
    page = client.get(
        "/sql/answer", params={"q": "SELECT episode, seq, '<i>' AS said FROM tool_calls ORDER BY seq LIMIT 3"}
    )
    assert page.status_code == 200
    assert "3 rows" in page.text
    assert "&lt;i&gt;" in page.text
    assert 'href="/runs/' in page.text
    assert "#s" in page.text
    assert "<html" not in page.text
    assert "Nothing is like that" in client.get("/sql/answer", params={"q": "FROM episodes WHERE false"}).text
    assert "<code>WHERE parent IS NULL</code>" in client.get("/sql/catalogue").text


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('http://127.0.0.1:1/')",
        "ATTACH 'x.db'",
        "COPY (SELECT 1) TO 'x'",
        "PRAGMA version",
        "SET threads = 1",
        "INSTALL httpfs",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1) LIMIT 1; SELECT (1",
        "WITH x AS (DELETE FROM parts.listing RETURNING *) SELECT * FROM x",
        "SELECT nope FROM episodes",
        "SELECT",
        "\x00",
    ],
)
@pytest.mark.parametrize("at", ["/sql/answer", "/sql/answer.csv"])
def test_what_is_refused_is_told_in_one_line(client: TestClient, sql: str, at: str):
    page = client.get(at, params={"q": sql}, headers={"HX-Request": "true"})
    assert page.status_code == 400
    assert page.text.count("\n") <= 1
    assert page.text.startswith('<p class="mistake" role="alert">')
    assert "Traceback" not in page.text


def test_a_mistake_says_where_it_is(client: TestClient):
    page = client.get("/sql/answer", params={"q": "SELECT 1,\n nope FROM episodes"}, headers={"HX-Request": "true"})
    assert "(line 2, column 2)" in page.text


def test_downloads(client: TestClient, shelf: Shelf):
    sql = {"q": "SELECT episode, seq FROM tool_calls ORDER BY ALL"}
    csv = client.get("/sql/answer.csv", params=sql)
    assert csv.headers["content-disposition"] == 'attachment; filename="answer.csv"'
    assert csv.text.startswith("episode,seq\n")
    rows = decode(client.get("/sql/answer.json", params=sql).content)
    assert len(rows) == csv.text.count("\n") - 1
    assert client.get("/sql/answer.parquet", params=sql).content.startswith(b"PAR1")
    assert client.get("/sql/answer.xlsx", params=sql).status_code == 400
    assert list(shelf.output.parent.iterdir()) == []  # nothing stays behind


def test_a_question_is_cancelled(shelf: Shelf):
    app = Viewer(shelf, seconds=30).app("t")
    client = TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client.get("/sql/answer", params={"q": ENDLESS, "ticket": "one"}))

    asking = threading.Thread(target=ask)
    asking.start()
    while client.post("/sql/stop", params={"ticket": "one"}).status_code == 404 and asking.is_alive():
        time.sleep(0.05)
    asking.join(20)
    assert not asking.is_alive()
    assert "The query was cancelled" in answers[0].text
    assert client.post("/sql/stop", params={"ticket": "one"}).status_code == 404
    assert client.get("/sql/stop").status_code == 405


# --- plots -----------------------------------------------------------------------------------------------------------


def drawn(names: str, *rows: tuple[Any, ...]) -> tuple[Any, ...] | None:
    made = plot(names.split(), rows)
    if made is None:
        return None
    return made.kind, *(made.columns[at].name if at >= 0 else "" for at in (made.x, made.y, made.by))


def test_what_is_drawn_of_which_columns():
    assert drawn("agent calls", ("a", 1), ("b", 2)) == ("bars", "agent", "calls", "")
    assert drawn("agent episodes reward", ("a", 3, 0.5), ("b", 2, 1)) == ("bars", "agent", "reward", "")
    assert drawn("tool agent calls", ("x", "a", 1), ("x", "b", 2)) == ("bars", "tool", "calls", "agent")
    assert drawn("calls reward", (3, 0.5), (1, 0.25), (3, 1.0)) == ("points", "calls", "reward", "")
    assert drawn("turn tokens", (1, 10), (2, 30), (3, 20)) == ("line", "turn", "tokens", "")
    two = ((1, 10, "a"), (2, 30, "a"), (1, 10, "b"), (2, 5, "b"))
    assert drawn("turn tokens agent", *two) == ("line", "turn", "tokens", "agent")
    assert drawn("day calls", (date(2025, 11, 3), 1), (date(2025, 11, 4), 2)) == ("line", "day", "calls", "")
    assert drawn("episode day calls", ("a", "2025-11-03", 1), ("b", "2025-11-04", 2)) == (
        "points",
        "day",
        "calls",
        "episode",
    )


def test_what_is_not_drawn():
    assert drawn("agent calls", ("a", 1)) is None  # one row is read
    assert drawn("agent tool", ("a", "b"), ("c", "d")) is None
    assert drawn("n", (1,), (2,)) is None
    assert drawn("n m", (None, None), (None, None)) is None
    assert drawn("text n", ("x" * 500, 1), ("y" * 500, 2)) is None


def test_values_that_are_drawn():
    def values(*column: Any) -> Any:
        made = plot(["x", "y"], [(value, n) for n, value in enumerate(column)])
        assert isinstance(made, Plot)
        return made.columns[0].kind, list(made.columns[0].values)

    assert values(Decimal("1.50"), None, float("nan"), float("inf")) == ("number", [1.5, None, None, None])
    assert values("2025-11-03T10:00:00Z", "2025-11-03") == ("time", [1762164000.0, 1762128000.0])
    assert values(datetime(2025, 11, 3, 10), None) == ("time", [1762164000.0, None])
    assert values(True, False, None) == ("text", ["true", "false", None])
    assert values("2025-99-99", "a\x1b") == ("text", ["2025-99-99", "a\\x1b"])
    made = plot(["began_wall_ms", "n"], [(1762164000000, 1), (1762164001000, 2)])
    assert made is not None
    assert made.columns[0].kind == "time"
