"""`corecraft sql`: ask a run anything."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import duckdb

from ..analysis.database import connect, query
from ..engine.errors import CoreCraftError
from .output import console, emit_json, table

EPILOG = """\
views: episodes, events, line, messages, tool_calls, changes, criteria, final_state and one per row type;
state_at('EPISODE', SEQ) is the world of an episode after an event

examples:
  corecraft sql runs/demo "SELECT episode, reward, passed FROM episodes"
  corecraft sql runs/demo "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY ALL ORDER BY calls DESC"
  corecraft sql runs/demo "SELECT * FROM state_at('S-2.failing.0', 12) WHERE entity = 'order' LIMIT 3" --json
  corecraft sql runs/a --with runs/b "SELECT run, avg(reward) FROM episodes GROUP BY run"
"""


def add(commands: Any) -> None:
    sql = commands.add_parser(
        "sql", help="ask a run anything, in SQL", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sql.add_argument("run", type=Path)
    sql.add_argument("query", metavar="QUERY")
    sql.add_argument(
        "--with", dest="others", type=Path, action="append", default=[], metavar="RUN", help="further runs"
    )
    sql.add_argument("--json", action="store_true", help="a list of objects")
    sql.set_defaults(handler=_sql)


def _sql(arguments: argparse.Namespace) -> None:
    try:
        rows = query(connect([arguments.run, *arguments.others]), arguments.query)
    except duckdb.Error as error:
        raise CoreCraftError(str(error).splitlines()[0]) from None
    if arguments.json:
        emit_json(rows)
    elif not rows:
        console.print("no rows")
    else:
        table("", tuple(rows[0]), [tuple(row.values()) for row in rows])
