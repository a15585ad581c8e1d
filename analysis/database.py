"""Runs as tables: DuckDB reads the segments where they lie, the log stays the record.

    con = connect([Path("runs/demo")])
    query(con, "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY tool")

The tables stand in views.sql, each with its description; docs/sql.md shows them. Segments are read when a query asks, so a
query sees what a live run has written by then; which segments there are is settled when connecting. A line that cannot be read,
or is only half there, is left out and listed in `damages`. What a live process is still writing is no damage: of its segments
those found when connecting are listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from os import SEEK_END
from pathlib import Path
from sys import getsizeof
from threading import Event, Timer
from typing import Any

import duckdb
from attrs import frozen
from msgspec import Raw

from ..engine.canonical import decode
from ..engine.clock import EARLIEST_MS, LATEST_MS
from ..engine.errors import CoreCraftError
from ..engine.files import open_regular, read
from ..engine.run import Run
from ..engine.segment import Segment, being_written
from ..engine.toolset import Toolset

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

_LINE_HEAD = {
    **_LINE,
    "event": 'STRUCT(seq BIGINT, kind VARCHAR, "at" BIGINT, data STRUCT(parent JSON, genesis JSON))',
}
"""Enough of a line to tell where it belongs: what is not decoded costs little."""
_HEAD = f"""({_READABLE}) IS TRUE AS readable, event.seq AS seq, event.kind AS kind,
    CASE WHEN readable THEN episode END AS episode,
    CASE WHEN kind = 'episode.opened' THEN event.data.parent->>'$.episode' END AS parent,
    TRY_CAST(event.data.parent->>'$.seq' AS BIGINT) AS parent_seq, event.data.genesis->>'$' AS genesis"""

_SCALARS: Mapping[type, str] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
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
    tasks: tuple[Path, ...]
    splits: tuple[Path, ...]
    broken: tuple[tuple[Path, str], ...]
    """Files that are left out, with the reason."""

    @property
    def files(self) -> tuple[Path, ...]:
        return self.segments + self.entities + self.texts + self.tasks + self.splits


def connect(
    run_paths: Sequence[Path],
    *,
    memory: str = MEMORY,
    fields: Mapping[str, Mapping[str, type]] | None = None,
    toolsets: Iterable[Toolset] = (),
) -> duckdb.DuckDBPyConnection:
    """Open run folders as tables (docs/sql.md). Closing the connection is all the cleaning up there is.

    No file but those of the runs can be read through it, none is written, and no setting changed. Statements that write
    are refused by `query`; whoever executes on the connection itself must be trusted with the runs.
    memory: the most DuckDB may take, and the most the rows of an answer may, e.g. "500MB". fields: by type of row, the fields
    that hold one plain value (bool, int, float or str), as columns of `final_<type>`; others are found in the starting worlds.
    toolsets: those that `tool_calls` is to know, so that it tells which tools write and which replies are capped.
    Raises CoreCraftError when a path is not a run folder or memory is no amount.
    """
    if not _bytes(memory):
        raise CoreCraftError(f"{memory!r} is no amount of memory; give, for example, 500MB or 8GB")
    columns: dict[str, _Columns] = {}
    sources = [_source(path, name, fields or {}, columns) for name, path in run_names(run_paths).items()]
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory,
            "temp_directory": "",  # what finds no room is refused, or a query could fill the disk
        }
    )
    try:
        con.execute("CREATE SCHEMA parts")
        _create_damaged_files(con, sources)
        _create_events(con, sources)
        _create_contents(con, "entities", [(s, file, file.parents[1].name) for s in sources for file in s.entities])
        _create_contents(con, "tasks", [(s, file, file.stem) for s in sources for file in s.tasks])
        _create_contents(con, "splits", [(s, file, file.stem) for s in sources for file in s.splits])
        _create_texts(con, sources)
        _create_tools(con, toolsets)
        _create_views(con)
        _create_final_views(con, columns)
        _lock(con, [path for source in sources for path in source.files])
    except duckdb.OutOfMemoryException:
        con.close()
        raise QueryFailed(f"These runs need more than {memory}: {_MORE_MEMORY}") from None
    return con


def annotate(con: duckdb.DuckDBPyConnection) -> None:
    """Give views and columns their descriptions as comments. Apart, since they take a quarter of the time of connecting."""
    for statement in con.extract_statements(_VIEWS.read_text("utf-8")):
        if statement.type is duckdb.StatementType.ALTER:
            con.execute(statement)


def query(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = (), *, timeout: float = TIMEOUT
) -> list[dict[str, Any]]:
    """The rows of one SELECT as dicts; see `fetch`."""
    names, rows = fetch(con, sql, parameters, timeout=timeout)
    return [dict(zip(names, row, strict=True)) for row in rows]


def fetch(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = (), *, timeout: float = TIMEOUT
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and the rows of one SELECT, JSON columns decoded. A name that comes twice gets a number: seq, seq_2.

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
    return names, [
        tuple(decode(value) if json and value is not None else value for json, value in zip(decoded, row, strict=True))
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


def run_names(run_paths: Sequence[Path]) -> dict[str, Path]:
    """What the column `run` calls each run -> its folder. Raises CoreCraftError when one is named twice."""
    paths = [Path(path).resolve() for path in run_paths]
    if len(set(paths)) != len(paths):
        raise CoreCraftError("A run was named twice")
    names = [path.name for path in paths]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in paths}


def _source(path: Path, name: str, fields: Mapping[str, Mapping[str, type]], columns: dict[str, _Columns]) -> _Source:
    """columns: by type of row; learns those of this run."""

    def learn(file: Path) -> None:
        rows = decode(read(file), type=dict[str, dict[str, Any]])
        columns.setdefault(file.stem, _Columns(fields.get(file.stem, {}))).learn(rows)

    run = Run(path)  # says so when it is no run folder, or of another format
    worlds = sorted((path / "genesis").glob("*/genesis.json"))  # written last, so the world is whole
    entities = [file for world in worlds for file in sorted((world.parent / "entities").glob("*.json"))]
    texts = sorted((path / "texts").glob("*.md"))
    tasks, splits = sorted((path / "tasks").glob("*.json")), sorted((path / "splits").glob("*.json"))
    broken = {file: reason for file in (*run.segments, *texts) if (reason := _unreadable(file, _any_bytes))}
    broken |= {file: reason for file in entities if (reason := _unreadable(file, learn))}
    broken |= {file: reason for file in (*tasks, *splits) if (reason := _unreadable(file, _check_object))}

    def whole(files: Iterable[Path]) -> tuple[Path, ...]:
        return tuple(file for file in files if file not in broken)

    return _Source(
        name, whole(run.segments), whole(entities), whole(texts), whole(tasks), whole(splits), tuple(broken.items())
    )


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


def _check_object(path: Path) -> None:
    decode(read(path), type=dict[str, Raw])


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
    """`events`, and `parts.lines`: every line of a segment, nulls where it cannot be read."""
    events, heads = [], []
    torn = [row[0] for row in con.execute("SELECT hash FROM parts.torn_tails WHERE hash IS NOT NULL").fetchall()]
    cut = f"hash IN ({', '.join(map(_quoted, torn))})" if torn else "false"
    for source in sources:
        if source.segments:
            run = f"SELECT {_quoted(source.name)} AS run"
            events.append(f"{run}, {_EVENT} FROM {_lines(source.segments, _LINE)} WHERE {_READABLE} AND NOT {cut}")
            heads.append(
                f"{run}, filename AS segment, {_HEAD} FROM {_lines(source.segments, _LINE_HEAD)} WHERE ({cut}) IS NOT TRUE"
            )
    events = events or [f"SELECT '' AS run, {_EVENT} FROM ({_nothing(_LINE)}) WHERE false"]
    heads = heads or [f"SELECT '' AS run, '' AS segment, {_HEAD} FROM ({_nothing(_LINE_HEAD)}) WHERE false"]
    con.execute("CREATE VIEW events AS " + " UNION ALL ".join(events))
    con.execute("CREATE VIEW parts.lines AS " + " UNION ALL ".join(heads))


def _lines(segments: Sequence[Path], line: Mapping[str, str]) -> str:
    """The lines of segments as a relation with these columns. What is no line of ours comes out as nulls, so that it can be
    counted and a half-written tail breaks no query."""
    columns = ", ".join(f"{name}: {_quoted(type)}" for name, type in line.items())
    longest = max(_USUAL_LINE, *(_longest_line(path) + 1 for path in segments))
    return (
        f"read_json({_list(segments)}, format='newline_delimited', columns={{{columns}}}, "
        f"maximum_object_size={longest}, ignore_errors=true, filename=true)"
    )


def _create_damaged_files(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    """What can be said of files when connecting. Of a live segment all that will be said: its last line may be half
    there at any time, and its forks may stand where a look at their parents' segment was a moment too early."""
    con.execute("CREATE TABLE parts.torn_tails (run VARCHAR, segment VARCHAR, reason VARCHAR, hash VARCHAR)")
    con.execute("CREATE TABLE parts.broken_files (run VARCHAR, file VARCHAR, reason VARCHAR)")
    con.execute("CREATE TABLE parts.live_segments (run VARCHAR, segment VARCHAR)")
    for source in sources:
        _insert(con, "parts.broken_files", [(source.name, str(path), reason) for path, reason in source.broken])
        for path in source.segments:
            if being_written(path):
                _insert(con, "parts.live_segments", [(source.name, str(path))])
                found = Segment.read(path).damages
                _insert(con, "parts.broken_files", [(source.name, str(path), str(damage.reason)) for damage in found])
            elif tail := _torn_tail(path):
                reason = f"torn: {len(tail)} bytes without a line end"
                _insert(con, "parts.torn_tails", [(source.name, str(path), reason, _hash_of(tail))])


def _create_contents(con: duckdb.DuckDBPyConnection, what: str, files: Sequence[tuple[_Source, Path, str]]) -> None:
    """`parts.<what>`: the contents of JSON files, each with its run, a digest and its name, read when a query asks."""
    if not files:
        columns = {"run": "VARCHAR", "digest": "VARCHAR", "name": "VARCHAR", "content": "JSON"}
        con.execute(f"CREATE VIEW parts.{what} AS {_nothing(columns)}")
        return
    con.execute(f"CREATE TABLE parts.{what}_files (filename VARCHAR, run VARCHAR, digest VARCHAR, name VARCHAR)")
    rows = [(str(path), source.name, digest, path.stem) for source, path, digest in files]
    _insert(con, f"parts.{what}_files", rows)
    con.execute(
        f"CREATE VIEW parts.{what} AS SELECT f.run, f.digest, f.name, t.content::JSON AS content "
        f"FROM parts.{what}_files f JOIN read_text({_list([row[0] for row in rows])}) t USING (filename)"
    )


def _create_texts(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    con.execute("CREATE TABLE parts.texts (run VARCHAR, digest VARCHAR, text VARCHAR)")
    rows = [(source.name, path.stem, path.read_text("utf-8", "replace")) for source in sources for path in source.texts]
    _insert(con, "parts.texts", rows)


def _create_tools(con: duckdb.DuckDBPyConnection, toolsets: Iterable[Toolset]) -> None:
    """By the names they are called by. usual, most: rows of a reply without `limit`, and with any; null where there is none."""
    con.execute("CREATE TABLE parts.tools (toolset VARCHAR, tool VARCHAR, writes BOOLEAN, usual BIGINT, most BIGINT)")
    rows: list[tuple[str | None, ...]] = []
    for each in toolsets:
        for name, tool in {**each.tools, **{alias: each.tools[name] for alias, name in each.aliases.items()}}.items():
            sizes = (each.profile.default_limit, each.profile.max_limit) if "limit" in tool.parameters else (None, None)
            rows.append((each.name, name, str(tool.kind == "command"), *(size and str(size) for size in sizes)))
    _insert(con, "parts.tools", rows)


def _create_views(con: duckdb.DuckDBPyConnection) -> None:
    for statement in con.extract_statements(_VIEWS.read_text("utf-8")):
        if statement.type is not duckdb.StatementType.ALTER:  # a comment: see `annotate`
            con.execute(statement)


def _create_final_views(con: duckdb.DuckDBPyConnection, columns: Mapping[str, _Columns]) -> None:
    """`final_<type>` for every type a genesis names, of which there may be no rows yet: its plain fields as columns.

    Names that SQL takes for the same (it knows no case) give one view or column: the first.
    """
    for entity, known in columns.items():
        typed = "".join(
            f", TRY_CAST(row->>{_quoted('$.' + name)} AS {type}) AS {_identifier(name)}"
            for name, type in known.types.items()
            if type is not None
        )
        con.execute(
            f"CREATE VIEW IF NOT EXISTS {_identifier('final_' + entity)} AS SELECT run, episode, id{typed}, row "
            f"FROM parts.folded(NULL, NULL, NULL, {_quoted(entity)}) ORDER BY run, episode, id"
        )


class _Columns:
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


def _lock(con: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    con.execute(f"SET allowed_paths = {_list(files)}")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


# --- SQL text --------------------------------------------------------------------------------------------------------


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str | None, ...]]) -> None:
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?::VARCHAR[])'] * len(columns))}", columns)


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
    said = str(error).removeprefix("Invalid Input Error: ")  # what views.sql itself has to say begins so
    return " ".join(said.split("\n\n")[0].split())
