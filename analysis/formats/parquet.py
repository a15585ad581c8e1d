"""Parquet: a row an episode, with the conversation as chat JSONL has it in typed columns, for whoever loads data sets so.

(Events, calls, criteria and all other tables as Parquet: `corecraft sql RUN QUERY --parquet FILE`.)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from ...engine.canonical import encode
from ...engine.errors import StorageFailed
from ..text import one_line, quoted
from .chat import row
from .conversation import Conversation
from .table import Format, Source

_CALL = "STRUCT(id VARCHAR, type VARCHAR, function STRUCT(name VARCHAR, arguments VARCHAR))"
_MESSAGE = (
    f"STRUCT(role VARCHAR, content VARCHAR, reasoning_content VARCHAR, tool_calls {_CALL}[], tool_call_id VARCHAR, "
    "name VARCHAR, weight TINYINT)"
)
COLUMNS = {
    "episode": "VARCHAR",
    "task": "VARCHAR",
    "agent": "VARCHAR",
    "parent": "VARCHAR",
    "reward": "DOUBLE",
    "passed": "BOOLEAN",
    "closed": "VARCHAR",
    "answer": "VARCHAR",
    "messages": f"{_MESSAGE}[]",
    "tools": "VARCHAR",
    "metadata": "VARCHAR",
}
"""tools and metadata are JSON: what they hold has no one type."""


def line(conversation: Conversation) -> dict[str, Any]:
    told = row(conversation)
    return {
        "episode": conversation.id,
        "task": conversation.task or None,
        "agent": conversation.agent or None,
        "parent": conversation.parent or None,
        "reward": conversation.reward,
        "passed": conversation.passed,
        "closed": conversation.closed,
        "answer": conversation.answer,
        "messages": told["messages"],
        "tools": None if "tools" not in told else encode(told["tools"]).decode(),
        "metadata": encode(told["metadata"]).decode(),
    }


def write(path: Path, source: Source, conversations: Iterable[Conversation]) -> None:
    """By way of JSON lines, which DuckDB reads without holding them all."""
    lines = path.with_name(path.name + ".lines")
    longest = 0
    try:
        with lines.open("wb") as file:
            for conversation in conversations:
                data = encode(line(conversation)) + b"\n"
                longest = max(longest, len(data))
                file.write(data)
        columns = ", ".join(f"{name}: {quoted(kind)}" for name, kind in COLUMNS.items())
        with duckdb.connect(config={"autoinstall_known_extensions": False, "threads": 1}) as con:
            con.execute(
                f"COPY (FROM read_json({quoted(lines)}, format='newline_delimited', columns={{{columns}}}, "
                f"maximum_object_size={max(longest, 1 << 20)})) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd, "
                "ROW_GROUP_SIZE 2048)"
            )
    except duckdb.IOException as error:
        raise StorageFailed(f"{path} cannot be written: {one_line(error)}") from None
    finally:
        lines.unlink(missing_ok=True)


FORMAT = Format("parquet", "Parquet, a row an episode: the columns of chat JSONL, and its reward", ".parquet", write)
