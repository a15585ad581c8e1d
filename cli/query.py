"""`corecraft sql`: ask a run anything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from os.path import isfile, join
from pathlib import Path
from typing import Any

import duckdb
from attrs import asdict
from rich.text import Text

from ..analysis.catalogue import View, describe
from ..analysis.caveats import caveats
from ..analysis.database import MEMORY, TIMEOUT, connect, save, stream
from ..engine.errors import CoreCraftError
from ..replay.visible import one_line
from ..scenarios.company import columns, toolsets
from .output import console, emit_csv, emit_json, emit_json_rows, emit_markdown, errors, say, table

EPILOG = """\
What there is to ask: corecraft sql RUN --schema, or docs/sql.md.
Forks are episodes too: WHERE parent IS NULL leaves them out, and line_calls,
line_changes and line_messages have what they inherited.

examples:
  corecraft sql runs/demo-1 --schema
  corecraft sql runs/demo-1 --schema tasks
  corecraft sql runs/demo-1 \\
      "SELECT episode, code_reward, code_passed FROM episodes"
  corecraft sql runs/demo-1 \\
      "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY tool"
  corecraft sql runs/demo-1 \\
      "SELECT id, status FROM final_order WHERE episode = 'S-2.failing.0'"
  corecraft sql runs/demo-1 \\
      "FROM state_at('S-2.failing.0', 12) WHERE entity = 'order'" --json
  corecraft sql runs/a runs/b "SELECT run, reward, passed, graded FROM runs"
  corecraft sql runs/demo-1 --md "FROM runs"
  corecraft sql runs/demo-1 -f question.sql --csv > answer.csv
  corecraft sql runs/demo-1              asks and answers, on a terminal
"""

MAX_SECONDS = 86_400.0

MOST_ROWS = 1000
"""Rows shown of an answer on a terminal; a pipe, `--csv` and `--json` get all."""


def add(commands: Any) -> None:
    sql = commands.add_parser(
        "sql", help="ask a run anything, in SQL", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sql.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run folder, or several in a row")
    asked = sql.add_argument("query", metavar="QUERY", help="one SELECT, in DuckDB's SQL")
    asked.required = False  # as an optional argument it could not follow other options

    sql.add_argument("-f", "--file", metavar="FILE", help="instead of QUERY: read it from a file, or stdin (-)")
    sql.add_argument(
        "--schema",
        nargs="?",
        const="",
        metavar="VIEW",
        help="instead of QUERY: what there is to ask; with all columns of one view, or of all",
    )
    sql.add_argument(
        "--with",
        dest="others",
        type=Path,
        action="append",
        default=[],
        metavar="RUN",
        help="a further run to ask; may be repeated",
    )
    sql.add_argument(
        "--timeout",
        type=seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help="the longest it may take (default: %(default)g)",
    )
    sql.add_argument(
        "--memory", default=MEMORY, metavar="AMOUNT", help="the most it may take, e.g. 500MB (default: %(default)s)"
    )
    form = sql.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all rows as a list of objects, floats in full")
    form.add_argument("--csv", action="store_true", help="all rows as CSV with a header, floats in full")
    form.add_argument("--md", action="store_true", help="all rows as a table in Markdown")
    form.add_argument("--parquet", type=Path, metavar="FILE", help="write all rows to a Parquet file, with their types")
    sql.set_defaults(handler=_sql)


def seconds(text: str) -> float:
    """A time that a question may take, as an option has it."""
    given = float(text)
    if not 0 < given <= MAX_SECONDS:
        raise ValueError(text)
    return given


def _sql(arguments: argparse.Namespace) -> None:
    runs, query = [*arguments.runs, *arguments.others], arguments.query
    if query is not None and isfile(join(query, "run.json")):  # the last of several runs, without a query
        runs, query = [*runs, Path(query)], None
    given = sum(asked is not None for asked in (query, arguments.file, arguments.schema))
    if given > 1 or not (given or _at_terminal()):
        raise CoreCraftError("give one of QUERY, -f FILE and --schema; on a terminal, none to ask and answer in turn")
    try:
        con = connected(runs, arguments.memory, arguments.parquet and arguments.parquet.resolve())
        if arguments.schema is not None:
            _show_schema(_chosen(describe(con), arguments.schema), arguments)
            return
        for caveat in caveats(con, runs):
            errors.print(Text.assemble(("warning: ", "bold yellow"), one_line(caveat)), soft_wrap=True)
        if given:
            _answer(con, _read(arguments.file) if query is None else query, arguments)
        else:
            _converse(con, arguments)
    except duckdb.Error as error:
        raise CoreCraftError(str(error).splitlines()[0]) from None


def connected(runs: Sequence[Path], memory: str = MEMORY, output: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Runs as tables, with all that is known of rows and tools. output: as of `connect`."""
    if output and any(output.is_relative_to(run.resolve()) for run in runs):
        raise CoreCraftError(f"{output} is part of a run: write the answer elsewhere")
    return connect(runs, memory=memory, fields=columns(), toolsets=toolsets().values(), output=output)


def _at_terminal() -> bool:
    return sys.stdin.isatty() and console.is_terminal


def _converse(con: duckdb.DuckDBPyConnection, arguments: argparse.Namespace) -> None:
    from .prompt import converse  # takes readline, which nothing else needs

    views = describe(con)

    def schema(name: str) -> None:
        _show_schema(_chosen(views, name), argparse.Namespace(**{**vars(arguments), "schema": name}))

    names = [view.title if view.parameters is not None else view.name for view in views]
    names += [column.name for view in views for column in view.columns]
    converse(lambda sql: _answer(con, sql, arguments), schema, names)


def _answer(con: duckdb.DuckDBPyConnection, sql: str, arguments: argparse.Namespace) -> None:
    if arguments.parquet:
        save(con, sql, arguments.parquet.resolve(), timeout=arguments.timeout)
        say(f"wrote {arguments.parquet}", to=errors)
    else:
        with stream(con, sql, timeout=arguments.timeout) as (columns, blocks):
            _show_rows(columns, chain.from_iterable(blocks), arguments)


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CoreCraftError(f"{file} is no text in UTF-8") from None


def _show_rows(columns: Sequence[str], rows: Iterator[Sequence[Any]], arguments: argparse.Namespace) -> None:
    if arguments.json:
        emit_json_rows(dict(zip(columns, row, strict=True)) for row in rows)
    elif arguments.csv:
        emit_csv(columns, rows)
    elif arguments.md:
        emit_markdown(columns, rows)
    elif not console.is_terminal:
        table("", columns, rows)
    elif shown := list(islice(rows, MOST_ROWS)):
        table("", columns, shown)
        if more := sum(1 for _ in rows):
            say(f"and {more:,} more rows: ask with --csv or --json, or LIMIT the query")
    else:
        say("no rows")


# --- what there is to ask --------------------------------------------------------------------------------------------

ALL = "all"
"""Stands for every view."""


def _chosen(views: Sequence[View], name: str) -> list[View]:
    """The view of that name; for all or none, all but those for one type of row or one tool."""
    if name in ("", ALL):
        return [view for view in views if not view.typed]
    found = [view for view in views if view.name == name]
    if not found:
        raise CoreCraftError(f"There is no view {name}. There are: {', '.join(view.name for view in views)}")
    return found


def _show_schema(views: Sequence[View], arguments: argparse.Namespace) -> None:
    columns = ("view", "column", "type", "unit", "meaning")
    cells = [(view.title, each.name, each.type, each.unit, each.meaning) for view in views for each in view.columns]
    if arguments.json:
        emit_json([asdict(view) for view in views])
    elif arguments.csv:
        emit_csv(columns, cells)
    elif not console.is_terminal:
        table("", columns, cells)
    elif not arguments.schema:
        table("", ("view", "what it has"), [(view.title, view.brief) for view in views])
        say("and final_<type> and <type>_at for each type of row, such as final_order; call_<tool>() for each tool")
        say(f"columns and an example: corecraft sql RUN --schema VIEW, or --schema {ALL}")
    else:
        for view in views:
            say((view.title, "bold"), f": {view.says}")
            table("", columns[1:], [cell[1:] for cell in cells if cell[0] == view.title])
            say("for example: ", view.example)
            console.print()
