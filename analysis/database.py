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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from sys import getsizeof
from threading import Event, Lock, Timer
from time import monotonic, sleep
from typing import Any, TypeVar

import duckdb
from attrs import frozen
from msgspec import Raw

from ..engine.canonical import decode
from ..engine.errors import CoreCraftError
from ..engine.files import open_regular, read
from ..engine.parts import SEALED, is_sealed, sealed
from ..engine.run import Run
from ..engine.sealed import check_sealed
from ..engine.toolset import Toolset
from .segments import FILE_GONE, create_damaged_files, create_segments, forms, settle, settled
from .text import insert, listed, nothing, one_line, place, quoted
from .typed import Columns, create_call_macros, create_typed_views

_VIEWS = Path(__file__).with_name("views.sql")

T = TypeVar("T")

MEMORY = "4GB"
TIMEOUT = 60.0
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT])(i?)B", re.IGNORECASE)
_BLOCK = 10_000
"""The most rows fetched at once."""
_HELD = 8_000_000
"""Bytes of the rows that are held of an answer which is taken block by block."""


class QueryFailed(CoreCraftError):
    """SQL that DuckDB refuses, or that is not a query."""


class Stop:
    """Ends a query that another thread has asked: given to `fetch` or `save`, and called. One serves for one query."""

    def __init__(self) -> None:
        self.asked = Event()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._lock = Lock()

    def __call__(self) -> None:
        """Returns when the query has ended. One interruption would be lost between two statements."""
        self.asked.set()
        while self._interrupted():
            sleep(0.02)

    def _interrupted(self) -> bool:
        with self._lock:  # a cursor that is closed meanwhile would complain
            if self._cursor is not None:
                self._cursor.interrupt()
            return self._cursor is not None

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        self._cursor = cursor
        try:
            yield
        finally:
            with self._lock:
                self._cursor = None


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
        segments = tuple(file for segment in self.segments for file in forms(segment))
        return segments + self.entities + self.texts + self.tasks + self.splits


def connect(
    run_paths: Sequence[Path],
    *,
    memory: str = MEMORY,
    fields: Mapping[str, Mapping[str, type]] | None = None,
    toolsets: Iterable[Toolset] = (),
    output: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open run folders as tables (docs/sql.md). Closing the connection is all the cleaning up there is.

    No file but those of the runs can be read through it, none is written, and no setting changed. Statements that write
    are refused by `query`; whoever executes on the connection itself must be trusted with the runs.
    memory: the most DuckDB may take, and the most the rows of an answer may, e.g. "500MB". fields: by type of row, the fields
    that hold one plain value (bool, int, float or str), as columns of `final_<type>`; others are found in the starting worlds.
    toolsets: those that `tool_calls` is to know, so that it tells which tools write and which replies are capped.
    output: a file that `save` may write.
    Raises CoreCraftError when a path is not a run folder or memory is no amount.
    """
    bytes_of(memory)
    toolsets = tuple(toolsets)
    columns: dict[str, Columns] = {}
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
        segments = [(source.name, path) for source in sources for path in source.segments]
        broken = [(source.name, path, reason) for source in sources for path, reason in source.broken]
        create_damaged_files(con, segments, broken)
        create_segments(con, segments)
        _create_contents(con, "entities", [(s, file, file.parents[1].name) for s in sources for file in s.entities])
        _create_contents(con, "tasks", [(s, file, file.stem) for s in sources for file in s.tasks])
        _create_contents(con, "splits", [(s, file, file.stem) for s in sources for file in s.splits])
        _create_texts(con, sources)
        _create_tools(con, toolsets)
        for statement in _views(con):
            con.execute(statement)
        create_typed_views(con, columns)
        settle(con)
        create_call_macros(con, toolsets)
        _lock(con, [*(path for source in sources for path in source.files), *_written(output)])
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
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] = (),
    *,
    timeout: float = TIMEOUT,
    most: int | None = None,
    stop: Stop | None = None,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and the rows of one SELECT, JSON columns decoded. A name that comes twice gets a number: seq, seq_2.

    timeout: seconds. most: rows, of which DuckDB makes no more. stop: ends it from another thread.
    Raises QueryFailed, with one line, for anything DuckDB refuses, for statements other than SELECT (a COPY could
    overwrite the log), and for what takes longer or more memory than it may.
    """

    def rows(cursor: duckdb.DuckDBPyConnection, ended: Event) -> tuple[list[str], list[bool], list[tuple[Any, ...]]]:
        cursor.execute(sql if most is None else f"FROM {within(sql)} LIMIT {most}", list(parameters))
        blocks = _blocks(cursor, bytes_of(_setting(con, "memory_limit")), ended)
        return *_columns(cursor), [row for block in blocks for row in block]

    names, decoded, found = _ask(con, sql, timeout, rows, stop, above=0 if most is None else 1)
    return names, _decoded(found, decoded)


def _columns(cursor: duckdb.DuckDBPyConnection) -> tuple[list[str], list[bool]]:
    """Names, and which of them hold JSON."""
    described = cursor.description or ()
    return _distinct([column[0] for column in described]), [str(column[1]) == "JSON" for column in described]


def _decoded(rows: Iterable[Sequence[Any]], decoded: Sequence[bool]) -> list[tuple[Any, ...]]:
    return [
        tuple(decode(value) if json and value is not None else value for json, value in zip(decoded, row, strict=True))
        for row in rows
    ]


@contextmanager
def stream(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] = (),
    *,
    timeout: float = TIMEOUT,
    most: int | None = None,
    stop: Stop | None = None,
) -> Iterator[tuple[list[str], Iterator[list[tuple[Any, ...]]]]]:
    """What `fetch` gives, in blocks of rows as they are asked for, of which no more than one is held: for answers that no
    memory should hold whole. Time counts only while a block is waited for. A segment that is sealed after the first row may
    fail it."""
    stop = stop or Stop()
    with ExitStack() as stack:

        def begun() -> tuple[duckdb.DuckDBPyConnection, _Clock, list[tuple[Any, ...]]]:
            with ExitStack() as own:
                cursor, clock = own.enter_context(_asked(con, sql, timeout, stop, above=0 if most is None else 1))
                with clock.running():
                    cursor.execute(sql if most is None else f"FROM {within(sql)} LIMIT {most}", list(parameters))
                    first = cursor.fetchmany(1)
                stack.enter_context(own.pop_all())
            return cursor, clock, first

        try:
            cursor, clock, first = settled(con, begun)
            names, decoded = _columns(cursor)
            blocks = _as_taken(cursor, first, min(_HELD, bytes_of(_setting(con, "memory_limit"))), stop, clock)
            yield names, (_decoded(block, decoded) for block in blocks)
        except FILE_GONE as error:
            raise QueryFailed(one_line(error)) from None


def _as_taken(
    cursor: duckdb.DuckDBPyConnection, block: list[tuple[Any, ...]], most: float, stop: Stop, clock: _Clock
) -> Iterator[list[tuple[Any, ...]]]:
    """most: bytes of a block, as far as rows are like those before."""
    while block:
        wanted = max(1, min(_BLOCK, int(most / _size(block) * len(block)), 8 * len(block)))
        yield block
        with clock.running():
            block = [] if stop.asked.is_set() else cursor.fetchmany(wanted)
    if stop.asked.is_set():
        raise QueryFailed(_ended(clock))


FORMS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER", "json": "FORMAT json, ARRAY"}
"""Kinds of file that `save` writes."""


def save(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    path: Path,
    *,
    timeout: float = TIMEOUT,
    form: str = "parquet",
    stop: Stop | None = None,
) -> None:
    """Write the rows of one SELECT to a file, which `connect` must have been told of. form: of FORMS. Raises QueryFailed,
    as `fetch` does."""

    def copy(cursor: duckdb.DuckDBPyConnection, _: Event) -> None:
        cursor.execute(f"COPY {within(sql)} TO {quoted(path)} ({FORMS[form]})")

    _ask(con, sql, timeout, copy, stop, above=1)


def within(sql: str) -> str:
    """A SELECT as part of another, one line further down."""
    text = sql.encode()
    words = [at for at, kind in duckdb.tokenize(sql) if kind is not duckdb.token_type.comment]
    while words and text[words[-1] :].startswith(b";"):
        text = text[: words.pop()]
    return f"(\n{text.decode()}\n)"


Take = Callable[[duckdb.DuckDBPyConnection, Event], T]


def _ask(con: duckdb.DuckDBPyConnection, sql: str, timeout: float, take: Take[T], stop: Stop | None, above: int) -> T:
    """Let `take` run a SELECT, within its time, and with what there is by now of segments that were sealed.

    above: lines that it sets above the query.
    """
    try:
        return settled(con, lambda: _bounded(con, sql, timeout, take, stop or Stop(), above))
    except FILE_GONE as error:
        raise QueryFailed(one_line(error)) from None


def _bounded(con: duckdb.DuckDBPyConnection, sql: str, timeout: float, take: Take[T], stop: Stop, above: int) -> T:
    with _asked(con, sql, timeout, stop, above) as (cursor, clock):
        with clock.running():
            taken = take(cursor, stop.asked)
        if stop.asked.is_set():
            raise QueryFailed(_ended(clock))
    return taken


class _Clock:
    """The time that a query may take. It stands while nobody waits for the query."""

    def __init__(self, seconds: float, stop: Stop) -> None:
        self.seconds, self._left, self._stop = seconds, seconds, stop
        self.late = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        timer = Timer(self._left, lambda: (self.late.set(), self._stop()))
        timer.daemon = True
        timer.start()
        began = monotonic()
        try:
            yield
        finally:
            timer.cancel()
            self._left = max(0.0, self._left - (monotonic() - began))


@contextmanager
def _asked(
    con: duckdb.DuckDBPyConnection, sql: str, timeout: float, stop: Stop, above: int
) -> Iterator[tuple[duckdb.DuckDBPyConnection, _Clock]]:
    """A cursor on which a SELECT may be asked; what DuckDB says of it in the meantime is one line."""
    cursor, clock, read = con.cursor(), _Clock(timeout, stop), False
    try:
        with stop.over(cursor):
            statements = cursor.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise QueryFailed("Only one SELECT at a time: the log is the record, and SQL reads it")
            read = True
            cursor.execute("BEGIN TRANSACTION READ ONLY")  # a SELECT may still begin with a DELETE
            if stop.asked.is_set():
                raise QueryFailed(_ended(clock))
            yield cursor, clock
    except duckdb.InterruptException:
        raise QueryFailed(_ended(clock)) from None
    except duckdb.OutOfMemoryException:
        raise QueryFailed(f"The query needs more than {_setting(con, 'memory_limit')}: {_MORE_MEMORY}") from None
    except FILE_GONE:
        raise
    except duckdb.Error as error:
        raise QueryFailed(one_line(error) + place(error, sql, above if read else 0)) from None
    finally:
        cursor.close()


def _blocks(cursor: duckdb.DuckDBPyConnection, most: float, ended: Event) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of an answer, as long as nobody ends it and all of them together take no more than `most` bytes."""
    fetched, size, wanted = 0, 0, 1
    while not ended.is_set() and (block := cursor.fetchmany(wanted)):
        yield block
        fetched += len(block)
        size += _size(block)
        if size > most:
            raise duckdb.OutOfMemoryException
        wanted = max(1, min(_BLOCK, int((most - size) / size * fetched)))  # as far as rows like these have room


def _size(block: Sequence[Sequence[Any]]) -> int:
    return sum(getsizeof(row) + sum(map(getsizeof, row)) for row in block)


_MORE_MEMORY = "ask for less, or allow more with --memory"


def _ended(clock: _Clock) -> str:
    if clock.late.is_set():
        return f"The query took longer than {clock.seconds:g} s: ask for less, or allow more with --timeout"
    return "The query was cancelled"


def _setting(con: duckdb.DuckDBPyConnection, name: str) -> str:
    (found,) = con.cursor().execute("SELECT current_setting(?)", [name]).fetchall()
    return str(found[0])


def bytes_of(amount: str) -> float:
    """How many bytes "500MB" or "3.7 GiB" is. Raises CoreCraftError for what is no amount of memory."""
    found = _AMOUNT.fullmatch(amount)
    if found is None or not float(found[1]):
        raise CoreCraftError(f"{amount!r} is no amount of memory; give, for example, 500MB or 8GB")
    return float(found[1]) * (1024 if found[3] else 1000) ** (1 + "KMGT".index(found[2].upper()))


# --- files -----------------------------------------------------------------------------------------------------------


def run_names(run_paths: Sequence[Path]) -> dict[str, Path]:
    """What the column `run` calls each run -> its folder. Raises CoreCraftError when one is named twice."""
    paths = [Path(path).resolve() for path in run_paths]
    if len(set(paths)) != len(paths):
        raise CoreCraftError("A run was named twice")
    names = [path.name for path in paths]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in paths}


def _source(path: Path, name: str, fields: Mapping[str, Mapping[str, type]], columns: dict[str, Columns]) -> _Source:
    """columns: by type of row; learns those of this run."""

    def learn(file: Path) -> None:
        rows = decode(read(file), type=dict[str, dict[str, Any]])
        columns.setdefault(file.stem, Columns(fields.get(file.stem, {}))).learn(rows)

    segments = Run(path).segments  # says so when it is no run folder, or of another format
    worlds = sorted((path / "genesis").glob("*/genesis.json"))  # written last, so the world is whole
    entities = [file for world in worlds for file in sorted((world.parent / "entities").glob("*.json"))]
    texts = sorted((path / "texts").glob("*.md"))
    tasks, splits = sorted((path / "tasks").glob("*.json")), sorted((path / "splits").glob("*.json"))
    broken = {file: reason for file in segments if (reason := _unreadable(file, _check_segment))}
    broken |= {file: reason for file in texts if (reason := _unreadable(file, _any_bytes))}
    broken |= {file: reason for file in entities if (reason := _unreadable(file, learn))}
    broken |= {file: reason for file in (*tasks, *splits) if (reason := _unreadable(file, _check_object))}

    def whole(files: Iterable[Path]) -> tuple[Path, ...]:
        return tuple(file for file in files if file not in broken)

    return _Source(
        name, whole(segments), whole(entities), whole(texts), whole(tasks), whole(splits), tuple(broken.items())
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


def _check_segment(path: Path) -> None:
    try:
        _any_bytes(path)
    except FileNotFoundError:
        if path.suffix == SEALED or not is_sealed(path):
            raise
        path = sealed(path)  # which it has become since it was listed
    if path.suffix == SEALED:
        check_sealed(path)


def _check_object(path: Path) -> None:
    decode(read(path), type=dict[str, Raw])


# --- relations -------------------------------------------------------------------------------------------------------


def _create_contents(con: duckdb.DuckDBPyConnection, what: str, files: Sequence[tuple[_Source, Path, str]]) -> None:
    """`parts.<what>`: the contents of JSON files, each with its run, a digest and its name, read when a query asks."""
    if not files:
        columns = {"run": "VARCHAR", "digest": "VARCHAR", "name": "VARCHAR", "content": "JSON"}
        con.execute(f"CREATE VIEW parts.{what} AS {nothing(columns)}")
        return
    con.execute(f"CREATE TABLE parts.{what}_files (filename VARCHAR, run VARCHAR, digest VARCHAR, name VARCHAR)")
    rows = [(str(path), source.name, digest, path.stem) for source, path, digest in files]
    insert(con, f"parts.{what}_files", rows)
    con.execute(
        f"CREATE VIEW parts.{what} AS SELECT f.run, f.digest, f.name, t.content::JSON AS content "
        f"FROM parts.{what}_files f JOIN read_text({listed([row[0] for row in rows])}) t USING (filename)"
    )


def _create_texts(con: duckdb.DuckDBPyConnection, sources: Iterable[_Source]) -> None:
    con.execute("CREATE TABLE parts.texts (run VARCHAR, digest VARCHAR, text VARCHAR)")
    rows = [(source.name, path.stem, path.read_text("utf-8", "replace")) for source in sources for path in source.texts]
    insert(con, "parts.texts", rows)


def _create_tools(con: duckdb.DuckDBPyConnection, toolsets: Iterable[Toolset]) -> None:
    """By the names they are called by. usual, most: rows of a reply without `limit`, and with any; null where there is none."""
    con.execute("CREATE TABLE parts.tools (toolset VARCHAR, tool VARCHAR, writes BOOLEAN, usual BIGINT, most BIGINT)")
    rows: list[tuple[str | None, ...]] = []
    for each in toolsets:
        for name, tool in {**each.tools, **{alias: each.tools[name] for alias, name in each.aliases.items()}}.items():
            sizes = (each.profile.default_limit, each.profile.max_limit) if "limit" in tool.parameters else (None, None)
            rows.append((each.name, name, str(tool.kind == "command"), *(size and str(size) for size in sizes)))
    insert(con, "parts.tools", rows)


def _views(con: duckdb.DuckDBPyConnection) -> list[duckdb.Statement]:
    """Without their descriptions: see `annotate`."""
    found = con.extract_statements(_VIEWS.read_text("utf-8"))
    return [statement for statement in found if statement.type is not duckdb.StatementType.ALTER]


def _written(output: Path | None) -> tuple[Path, ...]:
    """The files that DuckDB makes to write one: where it is there already, another one first."""
    return () if output is None else (output, output.with_name(f"tmp_{output.name}"))


def _lock(con: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    con.execute(f"SET allowed_paths = {listed(files)}")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


# --- SQL text --------------------------------------------------------------------------------------------------------


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found.append(unique)
    return found
