"""SQL as text: names and values of users only ever get into it through these."""

from __future__ import annotations

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
