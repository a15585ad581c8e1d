"""The log as relations: live segments and sealed ones, read where they lie.

`events` and `parts.lines` are made here, of whichever form each segment has. A segment that is sealed while a connection is
open changes its form under it: a query then fails, and `settle` makes the relations anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from mmap import ACCESS_READ, mmap
from os import SEEK_END
from pathlib import Path
from threading import Lock
from typing import TypeVar

import duckdb

from ..engine.canonical import decode
from ..engine.clock import EARLIEST_MS, LATEST_MS
from ..engine.parts import LIVE, is_sealed, sealed
from ..engine.segment import LiveSegment, being_written
from .text import insert, listed, nothing, quoted

T = TypeVar("T")

_LINE = {
    "episode": "VARCHAR",
    "wall_ms": "BIGINT",
    "hash": "VARCHAR",
    "event": 'STRUCT(seq BIGINT, kind VARCHAR, "at" BIGINT, data JSON, cause BIGINT, changes JSON)',
    "beside": "JSON",
}
_READABLE = (
    "episode IS NOT NULL AND event.seq IS NOT NULL AND event.kind IS NOT NULL "
    f"AND event.at BETWEEN {EARLIEST_MS} AND {LATEST_MS}"
)
_EVENT = """episode, event.seq AS seq, event.kind AS kind, event.at AS at_ms, make_timestamp(event.at * 1000) AS time,
    event.cause AS cause, CASE WHEN event.kind = 'tool.called' THEN event.data->>'$.tool' END AS tool,
    CASE WHEN event.kind = 'tool.returned' THEN TRY_CAST(event.data->>'$.ok' AS BOOLEAN) END AS ok,
    event.data AS data, event.changes AS changes, hash, wall_ms, beside"""
_SEALED_EVENT = """episode, seq, kind, "at" AS at_ms, make_timestamp("at" * 1000) AS time, cause, tool, ok,
    json_extract(line, '$.event.data') AS data, json_extract(line, '$.event.changes') AS changes, hash, wall_ms,
    json_extract(line, '$.beside') AS beside"""

_LINE_HEAD = {
    **_LINE,
    "event": 'STRUCT(seq BIGINT, kind VARCHAR, "at" BIGINT, data STRUCT(parent JSON, genesis JSON))',
}
"""Enough of a line to tell where it belongs: what is not decoded costs little."""
_HEAD = f"""({_READABLE}) IS TRUE AS readable, event.seq AS seq, event.kind AS kind,
    CASE WHEN readable THEN episode END AS episode,
    CASE WHEN kind = 'episode.opened' THEN event.data.parent->>'$.episode' END AS parent,
    TRY_CAST(event.data.parent->>'$.seq' AS BIGINT) AS parent_seq, event.data.genesis->>'$' AS genesis"""
_SEALED_HEAD = "true AS readable, seq, kind, episode, parent, parent_seq, genesis"

FILE_GONE = (duckdb.IOException, duckdb.PermissionException)
"""What DuckDB raises where a file has gone; of permission, since it then takes the path for a folder's."""

USUAL_LINE = 16 << 20
"""DuckDB refuses a file with a longer line, unless it is told before."""


def create_segments(con: duckdb.DuckDBPyConnection, segments: Sequence[tuple[str, Path]]) -> None:
    """`events`, and `parts.lines`: every line of a segment, nulls where it cannot be read. segments: each with its run.

    Both are empty until `settle`: whoever makes a view is spared what finding the files each time would cost."""
    con.execute("CREATE TABLE parts.segments (run VARCHAR, live VARCHAR, form VARCHAR)")
    insert(con, "parts.segments", [(run, str(path.with_suffix(LIVE)), None) for run, path in segments])
    _define(con, [])


def settled(con: duckdb.DuckDBPyConnection, act: Callable[[], T]) -> T:
    """Do what reads the log. Where a file has gone, its segment was sealed: do it again, with what there is now."""
    while True:
        before = _segments(con)
        try:
            return act()
        except FILE_GONE:
            settle(con)
            if _segments(con) == before:
                raise


_SETTLING = Lock()
"""Of two threads that define the same at once, DuckDB lets one fail."""


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Define the relations by the form that each segment has now."""
    with _SETTLING:
        _settle(con.cursor(), con)


def _settle(cursor: duckdb.DuckDBPyConnection, con: duckdb.DuckDBPyConnection) -> None:
    while (now := _now(before := _segments(con))) != before:
        cursor.execute("BEGIN")
        try:
            cursor.execute("DELETE FROM parts.segments")
            insert(cursor, "parts.segments", now)
            _define(cursor, [(run, Path(live), done == _SEALED) for run, live, done in now])
            cursor.execute("COMMIT")
        except FILE_GONE:
            cursor.execute("ROLLBACK")
            if _now(now) == now:
                raise


_LIVE, _SEALED = "live", "sealed"


def _segments(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Run, path of the live form, and the form that the relations are defined by."""
    return con.cursor().execute("FROM parts.segments ORDER BY rowid").fetchall()


def _now(segments: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [(run, live, _SEALED if is_sealed(Path(live)) else _LIVE) for run, live, _ in segments]


def forms(segment: Path) -> tuple[Path, Path]:
    """The files that a segment may be in, now or later."""
    return segment.with_suffix(LIVE), sealed(segment)


def _define(con: duckdb.DuckDBPyConnection, segments: Sequence[tuple[str, Path, bool]]) -> None:
    torn = [row[0] for row in con.execute("SELECT hash FROM parts.torn_tails WHERE hash IS NOT NULL").fetchall()]
    cut = f"hash IN ({', '.join(map(quoted, torn))})" if torn else "false"
    events: list[str] = []
    heads: list[str] = []
    for run in dict.fromkeys(run for run, _, _ in segments):
        live = [path for name, path, done in segments if name == run and not done]
        done = [sealed(path) for name, path, done in segments if name == run and done]
        chosen = f"SELECT {quoted(run)} AS run"
        if live:
            size = max(USUAL_LINE, *(longest_line(path) + 1 for path in live))
            events.append(f"{chosen}, {_EVENT} FROM {_lines(live, _LINE, size)} WHERE {_READABLE} AND NOT {cut}")
            heads.append(
                f"{chosen}, filename AS segment, {_HEAD} FROM {_lines(live, _LINE_HEAD, size)} WHERE ({cut}) IS NOT TRUE"
            )
        if done:
            source = f"read_parquet({listed(done)}, filename=true, hive_partitioning=false)"
            events.append(f"{chosen}, {_SEALED_EVENT} FROM {source}")
            heads.append(f"{chosen}, filename AS segment, {_SEALED_HEAD} FROM {source}")
    events = events or [f"SELECT '' AS run, {_EVENT} FROM ({nothing(_LINE)}) WHERE false"]
    heads = heads or [f"SELECT '' AS run, '' AS segment, {_HEAD} FROM ({nothing(_LINE_HEAD)}) WHERE false"]
    con.execute("CREATE OR REPLACE VIEW events AS " + " UNION ALL ".join(events))
    con.execute("CREATE OR REPLACE VIEW parts.lines AS " + " UNION ALL ".join(heads))


def _lines(segments: Sequence[Path], line: Mapping[str, str], longest: int) -> str:
    """The lines of live segments as a relation with these columns. What is no line of ours comes out as nulls, so that it can
    be counted and a half-written tail breaks no query. longest: bytes of a line."""
    columns = ", ".join(f"{name}: {quoted(type)}" for name, type in line.items())
    return (
        f"read_json({listed(segments)}, format='newline_delimited', hive_partitioning=false, columns={{{columns}}}, "
        f"maximum_object_size={longest}, ignore_errors=true, filename=true)"
    )


def longest_line(path: Path) -> int:
    """In bytes; 0 where no line is beyond USUAL_LINE."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, SEEK_END)
            if size <= USUAL_LINE:
                return 0
            with closing(mmap(file.fileno(), 0, access=ACCESS_READ)) as raw:
                start = 0
                while start + USUAL_LINE < size:  # from line end to line end, as far apart as they may be
                    end = raw.rfind(b"\n", start, start + USUAL_LINE)
                    if end < 0:
                        file.seek(0)
                        return max(map(len, file))
                    start = end + 1
    except FileNotFoundError:
        pass
    return 0


# --- damage ----------------------------------------------------------------------------------------------------------


def create_damaged_files(
    con: duckdb.DuckDBPyConnection, segments: Iterable[tuple[str, Path]], broken: Sequence[tuple[str, Path, str]]
) -> None:
    """What can be said of files when connecting. Of a live segment all that will be said: its last line may be half
    there at any time, and its forks may stand where a look at their parents' segment was a moment too early."""
    con.execute("CREATE TABLE parts.torn_tails (run VARCHAR, segment VARCHAR, reason VARCHAR, hash VARCHAR)")
    con.execute("CREATE TABLE parts.broken_files (run VARCHAR, file VARCHAR, reason VARCHAR)")
    con.execute("CREATE TABLE parts.live_segments (run VARCHAR, segment VARCHAR)")
    insert(con, "parts.broken_files", [(run, str(path), reason) for run, path, reason in broken])
    for run, path in segments:
        with suppress(FileNotFoundError):  # it was sealed since, so nobody writes it, and it is whole
            if path.suffix == LIVE:
                _look_at_tail(con, run, path)


def _look_at_tail(con: duckdb.DuckDBPyConnection, run: str, path: Path) -> None:
    if being_written(path):
        insert(con, "parts.live_segments", [(run, str(path))])
        found = LiveSegment.read(path).damages
        insert(con, "parts.broken_files", [(run, str(path), str(damage.reason)) for damage in found])
    elif tail := _torn_tail(path):
        reason = f"torn: {len(tail)} bytes without a line end"
        insert(con, "parts.torn_tails", [(run, str(path), reason, _hash_of(tail))])


def _torn_tail(path: Path) -> bytes:
    """The bytes at the end without a line end: a write that is under way, or was cut off."""
    with path.open("rb") as file:
        position = file.seek(0, SEEK_END)
        tail = b""
        while position > 0:
            step = min(1 << 20, position)
            position = file.seek(position - step)
            block = file.read(step)
            end = block.rfind(b"\n")
            if end >= 0:
                return block[end + 1 :] + tail
            tail = block + tail
    return tail


def _hash_of(tail: bytes) -> str | None:
    """The hash in a torn tail that lacks nothing but its line end. The engine will cut it, so it is no event."""
    try:
        return str(decode(tail)["hash"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
