"""SQL as text: names and values of users only ever get into it through these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import duckdb


def quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def listed(items: Iterable[object]) -> str:
    return "[" + ", ".join(map(quoted, items)) + "]"


def nothing(columns: Mapping[str, str]) -> str:
    """A relation of these columns without rows."""
    return "SELECT " + ", ".join(f"NULL::{type} AS {name}" for name, type in columns.items()) + " WHERE false"


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str | None, ...]]) -> None:
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?::VARCHAR[])'] * len(columns))}", columns)


def one_line(error: duckdb.Error) -> str:
    said = str(error).removeprefix("Invalid Input Error: ")  # what views.sql itself has to say begins so
    return " ".join(said.split("\n\n")[0].split())


_PLACE = re.compile(r"^LINE (\d+): (.*)\n( *)\^", re.MULTILINE)


def place(error: duckdb.Error, sql: str, above: int = 0) -> str:
    """Where in the query it is, as ` (line 2, column 8)`, or "". above: lines that stood over the query as DuckDB saw it."""
    found = _PLACE.search(str(error))
    number = int(found[1]) - above if found else 0
    lines = sql.split("\n")
    if found is None or not 0 < number <= len(lines):
        return ""
    cut = found[2].startswith("...")  # of a long line DuckDB shows a part
    excerpt = found[2].removeprefix("...").removesuffix("...")
    column = lines[number - 1].find(excerpt) + len(found[3]) - len(f"LINE {found[1]}: ") - 3 * cut + 1
    return f" (line {number}, column {column})" if excerpt in lines[number - 1] else ""
