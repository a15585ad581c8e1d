"""One episode at one event, as relations that end in `_here`: what `corecraft shell` asks in SQL.

    order_here()    rows of a type, as `order_at(episode, seq)` has them      state_here()   rows of all types
    calls_here()    the calls up to there                                     events_here()  the events up to there

Rows that were tried out, and stand in no log, come in place of those of the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb

from ..engine.canonical import encode
from .text import identifier, quoted

Tried = tuple[str, str, dict[str, Any]]
"""Type, id and row."""

_UP_TO_HERE = {"calls": "calls_of", "events": "trajectory"}


def create_here(con: duckdb.DuckDBPyConnection, episode: str, seq: int, tried: Iterable[Tried] = ()) -> None:
    """Make the relations, or have them stand elsewhere. Macros, as those of calls are: views would be bound at once."""
    con.execute("CREATE OR REPLACE TABLE parts.tried (entity VARCHAR, id VARCHAR, row JSON)")
    rows = [(entity, id, encode(row).decode()) for entity, id, row in tried]
    if rows:
        con.executemany("INSERT INTO parts.tried VALUES (?, ?, ?)", rows)
    place = f"{quoted(episode)}, {seq}"
    _create(
        con,
        "state",
        f"SELECT * FROM state_at({place}) ANTI JOIN parts.tried USING (entity, id) "
        "UNION ALL SELECT entity, id, row FROM parts.tried ORDER BY entity, id",
    )
    for entity in _types(con):
        typed = ", ".join(_columns(con, entity))
        known = f"SELECT * FROM {identifier(entity + '_at')}({place})"
        told = f"(FROM parts.tried WHERE entity = {quoted(entity)})"
        _create(con, entity, f"{known} ANTI JOIN {told} USING (id) UNION ALL SELECT {typed} FROM {told} ORDER BY id")
    for name, macro in _UP_TO_HERE.items():
        _create(con, name, f"FROM {macro}({quoted(episode)}) WHERE seq <= {seq}")


def _create(con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    con.execute(f"CREATE OR REPLACE MACRO {identifier(name + '_here')}() AS TABLE {query}")


def _types(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Types of rows that have a relation of their own."""
    found = con.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE function_type = 'table_macro' AND parameters[1:2] = ['ep', 'upto_seq'] ORDER BY ALL"
    ).fetchall()
    return [name.removesuffix("_at") for (name,) in found if name.endswith("_at") and name != "state_at"]


def _columns(con: duckdb.DuckDBPyConnection, entity: str) -> list[str]:
    """The columns of `<type>_at`, in SQL over a row."""
    described = con.execute(f"DESCRIBE FROM {identifier(entity + '_at')}(NULL, -1)").fetchall()
    return [
        name if name in ("id", "row") else f"TRY_CAST(row->>{quoted('$.' + name)} AS {type}) AS {identifier(name)}"
        for name, type, *_ in described
    ]
