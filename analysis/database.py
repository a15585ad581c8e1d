"""Runs as tables: DuckDB reads the segments where they lie, the log stays the record.

    con = connect([Path("runs/demo")])
    query(con, "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY tool")

The tables stand in views.sql. Segments are read when a query asks, so a query sees what a live run has written by then;
which segments there are is settled when connecting. A line that cannot be read, or is only half there, is left out and
listed in `damages`. What a live process is still writing is no damage: of its segments those found when connecting are
listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from os import SEEK_END
from pathlib import Path
from sys import getsizeof
from threading import Event, Timer
from typing import Any

import duckdb
from attrs import frozen

from ..engine.canonical import decode
from ..engine.clock import EARLIEST_MS, LATEST_MS
from ..engine.errors import CoreCraftError
from ..engine.files import open_regular, read
from ..engine.run import Run
from ..engine.segment import Segment, being_written

_VIEWS = Path(__file__).with_name("views.sql")

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
    event.cause AS cause, event.data AS data, event.changes AS changes, hash, wall_ms, beside"""

_SCALARS = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SAMPLE = 500
"""Rows of a type looked at to type its columns."""

MEMORY = "4GB"
TIMEOUT = 60.0
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT])(i?)B", re.IGNORECASE)
_BLOCK = 10_000
"""The most rows fetched at once."""
_USUAL_LINE = 16 << 20
"""DuckDB refuses a file with a longer line, unless it is told before."""


class QueryFailed(CoreCraftError):
    """SQL that DuckDB refuses, or that is not a query."""


@frozen
class _Source:
    """The files of one run. `name` is what the column `run` says."""

    name: str
    segments: tuple[Path, ...]
    entities: tuple[Path, ...]
    texts: tuple[Path, ...]
    broken: tuple[tuple[Path, str], ...]
    """Files that are left out, with the reason."""

    @property
    def files(self) -> tuple[Path, ...]:
        return self.segments + self.entities + self.texts


def connect(run_paths: Sequence[Path], *, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """Open run folders as tables (see views.sql). Closing the connection is all the cleaning up there is.

    No file but those of the runs can be read through it, none is written, and no setting changed. Statements that write
    are refused by `query`; whoever executes on the connection itself must be trusted with the runs.
    memory: the most DuckDB may take, and the most the rows of an answer may, e.g. "500MB".
    Raises CoreCraftError when a path is not a run folder or memory is no amount.
    """
    if not _bytes(memory):
        raise CoreCraftError(f"{memory!r} is no amount of memory; give, for example, 500MB or 8GB")
    sources = _sources(run_paths)
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory,
            "temp_directory": "",  # what finds no room is refused, or a query could fill the disk
        }
    )
    try:
        con.execute("SET preserve_insertion_order = false")
        _create_damaged_files(con, sources)
        _create_events(con, sources)
        _create_genesis_rows(con, sources)
        _create_texts(con, sources)
        con.execute(_VIEWS.read_text("utf-8"))
        _create_final_views(con, [path for source in sources for path in source.entities])
        _lock(con, [path for source in sources for path in source.files])
    except duckdb.OutOfMemoryException:
        con.close()
        raise QueryFailed(f"These runs need more than {memory}: {_MORE_MEMORY}") from None
    return con


def query(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = (), *, timeout: float = TIMEOUT
) -> list[dict[str, Any]]:
    """The rows of one SELECT as dicts, JSON columns decoded. A column name that comes twice gets a number: seq, seq_2.

    timeout: seconds.
    Raises QueryFailed, with one line, for anything DuckDB refuses, for statements other than SELECT (a COPY could
    overwrite the log), and for what takes longer or more memory than it may.
    """
    cursor = con.cursor()
    late = Event()
    timer = Timer(timeout, lambda: (late.set(), cursor.interrupt()))
    timer.daemon = True
    timer.start()
    try:
        statements = con.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryFailed("Only one SELECT at a time: the log is the record, and SQL reads it")
        cursor.execute("BEGIN TRANSACTION READ ONLY")  # a SELECT may still begin with a DELETE
        cursor.execute(statements[0], list(parameters))
        names = _distinct([column[0] for column in cursor.description or ()])
        decoded = [str(column[1]) == "JSON" for column in cursor.description or ()]
        rows = [row for block in _blocks(cursor, _bytes(_setting(con, "memory_limit")), late) for row in block]
    except duckdb.InterruptException:
        raise QueryFailed(_too_slow(timeout)) from None
    except duckdb.OutOfMemoryException:
        raise QueryFailed(f"The query needs more than {_setting(con, 'memory_limit')}: {_MORE_MEMORY}") from None
    except duckdb.Error as error:
        raise QueryFailed(_one_line(error)) from None
    finally:
        timer.cancel()
        cursor.close()
    if late.is_set():
        raise QueryFailed(_too_slow(timeout))
    return [
        {
            name: decode(value) if json and value is not None else value
            for name, json, value in zip(names, decoded, row, strict=True)
        }
        for row in rows
    ]


def _blocks(cursor: duckdb.DuckDBPyConnection, most: float, late: Event) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of an answer, as long as there is time and all of them together take no more than `most` bytes."""
    fetched, size, wanted = 0, 0, 1
    while not late.is_set() and (block := cursor.fetchmany(wanted)):
        yield block
        fetched += len(block)
        size += sum(getsizeof(row) + sum(map(getsizeof, row)) for row in block)
        if size > most:
            raise duckdb.OutOfMemoryException
        wanted = max(1, min(_BLOCK, int((most - size) / size * fetched)))  # as far as rows like these have room


_MORE_MEMORY = "ask for less, or allow more with --memory"


def _too_slow(timeout: float) -> str:
    return f"The query took longer than {timeout:g} s: ask for less, or allow more with --timeout"


def _setting(con: duckdb.DuckDBPyConnection, name: str) -> str:
    (found,) = con.cursor().execute("SELECT current_setting(?)", [name]).fetchall()
    return str(found[0])


def _bytes(amount: str) -> float:
    """How many bytes "500MB" or "3.7 GiB" is; 0 for what is no amount."""
    found = _AMOUNT.fullmatch(amount)
    if found is None:
        return 0
    return float(found[1]) * (1024 if found[3] else 1000) ** (1 + "KMGT".index(found[2].upper()))


# --- files -----------------------------------------------------------------------------------------------------------


def _sources(run_paths: Sequence[Path]) -> list[_Source]:
    paths = [Path(path).resolve() for path in run_paths]
    if len(set(paths)) != len(paths):
        raise CoreCraftError("A run was named twice")
    names = [path.name for path in paths]
    return [_source(path, path.name if names.count(path.name) == 1 else str(path)) for path in paths]


def _source(path: Path, name: str) -> _Source:
    run = Run(path)  # says so when it is no run folder, or of another format
    worlds = sorted((path / "genesis").glob("*/genesis.json"))  # written last, so the world is whole
    entities = [file for world in worlds for file in sorted((world.parent / "entities").glob("*.json"))]
    texts = sorted((path / "texts").glob("*.md"))
    broken = {file: reason for file in (*run.segments, *texts) if (reason := _unreadable(file, _any_bytes))}
    broken |= {file: reason for file in entities if (reason := _unreadable(file, _decode_rows))}
    segments, entities, texts = (
        tuple(file for file in files if file not in broken) for files in (run.segments, entities, texts)
    )
    return _Source(name, segments, entities, texts, tuple(broken.items()))


def _unreadable(path: Path, check: Callable[[Path], Any]) -> str | None:
    """Why DuckDB must not be given this file, or None. A pipe would be waited for; one bad file fails every query."""
    try:
        check(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        return f"cannot be read: {error}"
    return None


def _any_bytes(path: Path) -> None:
    open_regular(path).close()


def _decode_rows(path: Path) -> dict[str, dict[str, Any]]:
    return decode(read(path), type=dict[str, dict[str, Any]])


def _longest_line(path: Path) -> int:
    """In bytes; short of _USUAL_LINE it is not looked for."""
    if path.stat().st_size <= _USUAL_LINE:
        return 0
    with path.open("rb") as file:
        return max(map(len, file))


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


# --- relations -------------------------------------------------------------------------------------------------------


def _create_events(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    events, unreadable = [], []
    torn = [row[0] for row in con.execute("SELECT hash FROM torn_tails WHERE hash IS NOT NULL").fetchall()]
    whole = f" AND hash NOT IN ({', '.join(map(_quoted, torn))})" if torn else ""
    for source in sources:
        if source.segments:
            run, lines = _quoted(source.name), _lines(source.segments)
            events.append(f"SELECT {run} AS run, {_EVENT} FROM {lines} WHERE {_READABLE}{whole}")
            unreadable.append(f"SELECT {run} AS run, filename AS segment FROM {lines} WHERE ({_READABLE}) IS NOT TRUE")
    events = events or [f"SELECT '' AS run, {_EVENT} FROM ({_nothing(_LINE)}) WHERE false"]
    unreadable = unreadable or [_nothing({"run": "VARCHAR", "segment": "VARCHAR"})]
    con.execute("CREATE VIEW events AS " + " UNION ALL ".join(events))
    con.execute("CREATE VIEW unreadable AS " + " UNION ALL ".join(unreadable))


def _lines(segments: Sequence[Path]) -> str:
    """The lines of segments as a relation. What is no line of ours comes out as nulls, so that `unreadable` can count it
    and a half-written tail breaks no query."""
    columns = ", ".join(f"{name}: {_quoted(type)}" for name, type in _LINE.items())
    longest = max(_USUAL_LINE, *(_longest_line(path) + 1 for path in segments))
    return (
        f"read_json({_list(segments)}, format='newline_delimited', columns={{{columns}}}, "
        f"maximum_object_size={longest}, ignore_errors=true, filename=true)"
    )


def _create_damaged_files(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    """What can be said of files when connecting. Of a live segment all that will be said: its last line may be half
    there at any time, and its forks may stand where a look at their parents' segment was a moment too early."""
    con.execute("CREATE TABLE torn_tails (run VARCHAR, segment VARCHAR, reason VARCHAR, hash VARCHAR)")
    con.execute("CREATE TABLE broken_files (run VARCHAR, file VARCHAR, reason VARCHAR)")
    con.execute("CREATE TABLE live_segments (run VARCHAR, segment VARCHAR)")
    for source in sources:
        _insert(con, "broken_files", [(source.name, str(path), reason) for path, reason in source.broken])
        for path in source.segments:
            if being_written(path):
                _insert(con, "live_segments", [(source.name, str(path))])
                found = Segment.read(path).damages
                _insert(con, "broken_files", [(source.name, str(path), str(damage.reason)) for damage in found])
            elif tail := _torn_tail(path):
                reason = f"torn: {len(tail)} bytes without a line end"
                _insert(con, "torn_tails", [(source.name, str(path), reason, _hash_of(tail))])


def _create_genesis_rows(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    files = [
        (str(path), source.name, path.parents[1].name, path.stem) for source in sources for path in source.entities
    ]
    con.execute("CREATE TABLE genesis_files (filename VARCHAR, run VARCHAR, genesis VARCHAR, entity VARCHAR)")
    if not files:
        columns = {"run": "VARCHAR", "genesis": "VARCHAR", "entity": "VARCHAR", "id": "VARCHAR", "row": "JSON"}
        con.execute(f"CREATE VIEW genesis_rows AS {_nothing(columns)}")
        return
    _insert(con, "genesis_files", files)
    con.execute(
        "CREATE VIEW genesis_rows AS SELECT f.run, f.genesis, f.entity, r.key AS id, r.value AS row "
        f"FROM genesis_files f JOIN read_text({_list([file[0] for file in files])}) t USING (filename), "
        "json_each(t.content) r"
    )


def _create_texts(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    con.execute("CREATE TABLE texts (run VARCHAR, digest VARCHAR, text VARCHAR)")
    rows = [(source.name, path.stem, path.read_text("utf-8", "replace")) for source in sources for path in source.texts]
    _insert(con, "texts", rows)


def _create_final_views(con: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    """`final_<type>` for every type a genesis names: its rows with their plain fields as columns.

    Names that SQL takes for the same (it knows no case) give one view or column: the first.
    """
    columns: dict[str, dict[str, str | None]] = {}
    for path in files:
        _note_columns(columns.setdefault(path.stem, {}), path)
    for entity, types in columns.items():
        typed = "".join(
            f", TRY_CAST(row->>{_quoted('$.' + name)} AS {type}) AS {_identifier(name)}"
            for name, type in types.items()
            if type is not None
        )
        con.execute(
            f"CREATE VIEW IF NOT EXISTS {_identifier('final_' + entity)} AS SELECT run, episode, id{typed}, row "
            f"FROM final_state WHERE entity = {_quoted(entity)}"
        )


def _note_columns(types: dict[str, str | None], path: Path) -> None:
    """Widen `types` by the fields of the first rows of a file. None: not one plain value, so not a column."""
    rows = _decode_rows(path)
    taken = {"run", "episode", "id", "row", *map(str.lower, types)}
    for row in islice(rows.values(), _SAMPLE):
        for name, value in row.items():
            if value is None or not _PLAIN_NAME.fullmatch(name):
                continue
            if name not in types:
                if name.lower() in taken:
                    continue
                taken.add(name.lower())
            found = _SCALARS.get(type(value))
            known = types.setdefault(name, found)
            if known != found:
                types[name] = "DOUBLE" if {known, found} == {"BIGINT", "DOUBLE"} else None


def _lock(con: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    con.execute(f"SET allowed_paths = {_list(files)}")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


# --- SQL text --------------------------------------------------------------------------------------------------------


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str | None, ...]]) -> None:
    if rows:
        con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _nothing(columns: dict[str, str]) -> str:
    """A relation of these columns without rows."""
    return "SELECT " + ", ".join(f"NULL::{type} AS {name}" for name, type in columns.items()) + " WHERE false"


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(items: Iterable[object]) -> str:
    return "[" + ", ".join(map(_quoted, items)) + "]"


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found.append(unique)
    return found


def _one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).split("\n\n")[0].split())
