"""`corecraft report`: figures of runs that can be published."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from ..analysis.report.build import Report, report
from ..analysis.report.markdown import markdown
from ..analysis.report.page import page
from ..analysis.report.scores import By
from ..analysis.report.tables import METHOD, Table, breakdown, failures, measured, overview
from ..engine.files import write_text
from .output import console, emit_json, errors, heading, say, table

EPILOG = """\
What the figures are, and what is masked: docs/report.md

examples:
  corecraft report runs/mine
  corecraft report runs/a runs/b --split heldout --trials 4 --compare a b
  corecraft report runs/a runs/b --by family
  corecraft report runs/a runs/b --html leaderboard.html --markdown leaderboard.md
  corecraft report runs/mine --json > figures.json
"""


def add(commands: Any) -> None:
    asked = commands.add_parser(
        "report", help="figures of runs, with intervals", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    asked.add_argument(
        "runs", type=Path, nargs="+", metavar="RUN", help="run folders; each agent of each is an entrant"
    )
    asked.add_argument(
        "--by",
        choices=("agent", *get_args(By)),
        default="category",
        help="what to break the figures down by (default: category)",
    )
    asked.add_argument(
        "--compare", nargs=2, metavar=("A", "B"), help="paired on the tasks they share: entrants, by name, run or agent"
    )
    asked.add_argument(
        "--split", metavar="NAME", help="the split that was to be played (default: the tasks that the run holds)"
    )
    asked.add_argument(
        "--trials", type=int, metavar="N", help="trials planned a task (default: the highest number that was played)"
    )
    asked.add_argument("--markdown", type=Path, metavar="FILE", help="write all of it as Markdown")
    asked.add_argument("--html", type=Path, metavar="FILE", help="write all of it, with plots, as one page")
    asked.add_argument("--json", action="store_true", help="all figures in full")
    asked.set_defaults(handler=_report)


def _report(arguments: argparse.Namespace) -> None:
    compared = tuple(arguments.compare) if arguments.compare else None
    found = report(*arguments.runs, split=arguments.split, trials=arguments.trials, compared=compared)
    for file, write in ((arguments.markdown, markdown), (arguments.html, page)):
        if file is not None:
            write_text(file, write(found))
            say(f"wrote {file}", to=errors)
    if arguments.json:
        emit_json(found.data())
    else:
        _show(found, arguments.by)


def _show(found: Report, by: Any) -> None:
    for caution in found.cautions:
        say(("! ", "bold yellow"), caution)
    tables = [measured(found), *overview(found), *filter(lambda table: table.rows, [failures(found)])]
    for each in tables if by == "agent" else [*tables, breakdown(found, by)]:
        _show_table(each)
    console.print()
    say(METHOD, style="dim")


def _show_table(each: Table) -> None:
    heading(each.title)
    table("", each.columns, each.rows)
