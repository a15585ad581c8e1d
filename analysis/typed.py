"""Relations whose columns depend on what a run holds: rows by their type, and calls by their tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import duckdb

from ..engine.tool import Parameter
from ..engine.toolset import Toolset
from .text import identifier, quoted

_SCALARS: Mapping[type, str] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
_SCHEMA_SCALARS = {"boolean": "BOOLEAN", "integer": "BIGINT", "number": "DOUBLE", "string": "VARCHAR"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SAMPLE = 500
"""Rows of a type looked at to type its columns."""
_OF_A_CALL = ("run", "episode", "seq", "position")
_OF_ITS_REPLY = ("ok", "error", "rows", "capped", "repeated", "changes", "next_tool", "arguments", "reply")


def create_typed_views(con: duckdb.DuckDBPyConnection, columns: Mapping[str, Columns]) -> None:
    """`final_<type>` and `<type>_at` for every type a genesis names, of which there may be no rows yet: its plain fields as
    columns.

    Names that SQL takes for the same (it knows no case) give one view or column: the first.
    """
    for entity, known in columns.items():
        typed = "".join(
            f", TRY_CAST(row->>{quoted('$.' + name)} AS {type}) AS {identifier(name)}"
            for name, type in known.types.items()
            if type is not None
        )
        con.execute(
            f"CREATE VIEW IF NOT EXISTS {identifier('final_' + entity)} AS SELECT run, episode, id{typed}, row "
            f"FROM parts.folded(NULL, NULL, NULL, {quoted(entity)}) ORDER BY run, episode, id"
        )
        con.execute(
            f"CREATE MACRO IF NOT EXISTS {identifier(entity + '_at')}(ep, upto_seq, of_run := NULL) AS TABLE "
            f"SELECT id{typed}, row FROM parts.folded(ep, upto_seq, of_run, {quoted(entity)}) ORDER BY id"
        )


def create_call_macros(con: duckdb.DuckDBPyConnection, toolsets: Iterable[Toolset]) -> None:
    """`call_<tool>()` for every tool: its calls, with its arguments as columns of their types. Macros, since a view is bound
    when it is made, and thirty of those would take longer than most queries. Toolsets have most tools in common: the first
    gives the macro."""
    made = set[str]()
    for toolset in toolsets:
        for name, tool in toolset.tools.items():
            if name.lower() in made:  # SQL knows no case
                continue
            made.add(name.lower())
            names = [name, *(alias for alias, of in toolset.aliases.items() if of == name)]
            given = "".join(_argument(parameter) for parameter in tool.parameters.values())
            con.execute(
                f"CREATE MACRO {identifier('call_' + name)}() AS TABLE "
                f"SELECT {', '.join(_OF_A_CALL)}{given}, {', '.join(_OF_ITS_REPLY)} FROM tool_calls "
                f"WHERE tool IN ({', '.join(map(quoted, names))}) ORDER BY {', '.join(_OF_A_CALL)}"
            )


def _argument(parameter: Parameter) -> str:
    """As a column, unless another one has its name: `arguments` has all."""
    if parameter.name in (*_OF_A_CALL, *_OF_ITS_REPLY):
        return ""
    path = quoted("$." + parameter.name)
    type = _SCHEMA_SCALARS.get(str(parameter.schema.get("type")))
    value = f"TRY_CAST(arguments->>{path} AS {type})" if type else f"arguments->{path}"
    return f", {value} AS {identifier(parameter.name)}"


class Columns:
    """The columns of a type of rows: those known beforehand, and what its first rows hold besides."""

    def __init__(self, fields: Mapping[str, type]) -> None:
        self.types: dict[str, str | None] = {"id": None}
        """SQL types; None: not one plain value, so not a column."""
        self._taken = {"run", "episode", "id", "row"}
        for name, type in fields.items():
            if self._take(name):
                self.types[name] = _SCALARS[type]
        self._fixed = frozenset(self.types)

    def learn(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        for row in islice(rows.values(), _SAMPLE):
            for name, value in row.items():
                if value is None or name in self._fixed:
                    continue
                found = _SCALARS.get(type(value))
                if name not in self.types:
                    if self._take(name):
                        self.types[name] = found
                elif (known := self.types[name]) != found:
                    self.types[name] = "DOUBLE" if {known, found} == {"BIGINT", "DOUBLE"} else None

    def _take(self, name: str) -> bool:
        """Whether it can name a column, and no other does."""
        if not _PLAIN_NAME.fullmatch(name) or name.lower() in self._taken:
            return False
        self._taken.add(name.lower())
        return True
