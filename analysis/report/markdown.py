"""A report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from ..markdown import as_text, table_lines
from .build import Report
from .scores import BY
from .tables import METHOD, Table, breakdown, digests, failures, measured, most_lost, overview


def markdown(report: Report) -> str:
    """The whole report, every breakdown in it. Names from runs are text, never markup."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "# CoreCraft report\n"
    if report.cautions:
        yield "**To be known first:**\n"
        yield from (f"- {as_text(caution)}" for caution in report.cautions)
        yield ""
    tables = [
        measured(report),
        *overview(report),
        *(breakdown(report, by) for by in BY),
        failures(report),
        most_lost(report),
        digests(report),
    ]
    for table in tables:
        if table.rows:
            yield from _table(table)
    yield as_text(METHOD)


def _table(table: Table) -> Iterator[str]:
    yield f"## {as_text(table.title)}\n"
    yield from table_lines(table.columns, table.rows)
    yield ""
