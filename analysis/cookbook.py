"""Questions that researchers ask, with their SQL: cookbook.sql as data, and the page that shows them with their answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from attrs import frozen

from .database import fetch
from .markdown import table_lines

_FILE = Path(__file__).with_name("cookbook.sql")
_WIDEST = 100
"""Characters of a cell that the page shows."""


@frozen
class Question:
    """group: what it is about. says: how to read the answer. empty: why the recorded run has none; else nothing."""

    group: str
    title: str
    says: str
    empty: str
    sql: str


def questions() -> list[Question]:
    """All of them, in order."""
    found: list[Question] = []
    group = ""
    for block in re.split(r"\n{2,}", _FILE.read_text("utf-8").strip()):
        if block.startswith("-- ## "):
            group = block.removeprefix("-- ## ")
        elif block.startswith("-- # "):
            found.append(_question(group, block))
    return found


def _question(group: str, block: str) -> Question:
    lines = block.split("\n")
    told = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    says = [line for line in told[1:] if not line.startswith("empty: ")]
    empty = [line.removeprefix("empty: ") for line in told[1:] if line.startswith("empty: ")]
    sql = "\n".join(line for line in lines if not line.startswith("-- "))
    return Question(group, told[0].removeprefix("# "), " ".join(says), " ".join(empty), sql)


# --- the page --------------------------------------------------------------------------------------------------------

_OPENING = """\
# A cookbook

Questions that researchers ask of runs, each with its SQL and its answer on a recorded run: a frontier model that played
thirty-three tasks blind, one of each family, in three parts (`blind-a` to `blind-c`); then forks of each with a deliberately
wrong answer (`wrong`), and of some with one in free prose (`natural`). What the tables are is in [sql.md](sql.md).

```console
$ corecraft sql RUN "..."
```

Every query stands on its own and asks all runs it is given: add `WHERE agent = '...'` or `GROUP BY run` as you need.
"""


def page(con: duckdb.DuckDBPyConnection) -> str:
    """docs/cookbook.md: all questions, answered by what `con` is connected to."""
    return "\n".join(_lines(con))


def _lines(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    asked = questions()
    yield _OPENING
    for group in dict.fromkeys(question.group for question in asked):
        yield f"**{group}**\n"
        yield from (f"- [{each.title}](#{_anchor(each.title)})" for each in asked if each.group == group)
        yield ""
    for number, question in enumerate(asked):
        if number == 0 or asked[number - 1].group != question.group:
            yield f"## {question.group}\n"
        yield f"### {question.title}\n"
        if question.says:
            yield f"{question.says}\n"
        yield f"```sql\n{question.sql}\n```\n"
        yield from _answer(con, question)
        yield ""


def _answer(con: duckdb.DuckDBPyConnection, question: Question) -> Iterator[str]:
    with closing(con.cursor()) as cursor:
        columns, rows = fetch(cursor, question.sql)
    if rows:
        yield from table_lines(columns, [[_shown(value) for value in row] for row in rows])
    else:
        yield f"No rows: {question.empty}."


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _plain(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _plain(value: Any) -> str:
    if isinstance(value, bool | int | float | list | tuple | dict):
        return msgspec.json.encode(value).decode()
    return str(value)


def _anchor(title: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
