"""`corecraft sql`: ask a run anything."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import duckdb

from ..analysis.database import MEMORY, TIMEOUT, connect, query
from ..engine.errors import CoreCraftError
from .output import emit_json, say, table_or_blocks

EPILOG = """\
views: episodes, events, line, messages, tool_calls, changes, criteria, damages; final_state, and of one row type
final_<type>, e.g. final_order, final_support_ticket
for one episode, after FROM: state_at('EPISODE', SEQ), its rows after an event; calls_of('EPISODE'); messages_of('EPISODE')

examples:
  corecraft sql runs/demo-1 "SELECT episode, code_reward, code_passed FROM episodes"
  corecraft sql runs/demo-1 "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY ALL ORDER BY calls DESC"
  corecraft sql runs/demo-1 "SELECT id, status FROM final_order WHERE episode = 'S-2.failing.0' LIMIT 5"
  corecraft sql runs/demo-1 "SELECT * FROM state_at('S-2.failing.0', 12) WHERE entity = 'order' LIMIT 3" --json
  corecraft sql runs/a --with runs/b "SELECT run, avg(code_reward) FROM episodes GROUP BY run"
"""

MAX_SECONDS = 86_400.0

MOST_ROWS = 1000
"""Rows printed of an answer; `--json` gives all."""


def add(commands: Any) -> None:
    sql = commands.add_parser(
        "sql", help="ask a run anything, in SQL", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sql.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    sql.add_argument("query", metavar="QUERY", help="one SELECT, in DuckDB's SQL")
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
        type=_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help="the longest it may take (default: %(default)g)",
    )
    sql.add_argument(
        "--memory", default=MEMORY, metavar="AMOUNT", help="the most it may take, e.g. 500MB (default: %(default)s)"
    )
    sql.add_argument("--json", action="store_true", help="all rows as a list of objects, floats in full")
    sql.set_defaults(handler=_sql)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= MAX_SECONDS:
        raise ValueError(text)
    return seconds


def _sql(arguments: argparse.Namespace) -> None:
    try:
        con = connect([arguments.run, *arguments.others], memory=arguments.memory)
        rows = query(con, arguments.query, timeout=arguments.timeout)
    except duckdb.Error as error:
        raise CoreCraftError(str(error).splitlines()[0]) from None
    if arguments.json:
        emit_json(rows)
    elif not rows:
        say("no rows")
    else:
        table_or_blocks(tuple(rows[0]), [tuple(row.values()) for row in rows[:MOST_ROWS]])
        if (more := len(rows) - MOST_ROWS) > 0:
            say(f"and {more:,} more rows: ask with --json, or LIMIT the query")
