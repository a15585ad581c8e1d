"""A report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...replay.visible import one_line
from .build import Report
from .scores import BY
from .tables import METHOD, Table, breakdown, digests, failures, measured, most_lost, overview

_ACTS = re.compile(r"[\\`*_~<>&|#]|\](?=[(\[:])|://|(?<=www)\.|(?<!\w)@")


def markdown(report: Report) -> str:
    """The whole report, every breakdown in it. Names from runs are text, never markup."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "# CoreCraft report\n"
    if report.cautions:
        yield "**To be known first:**\n"
        yield from (f"- {_text(caution)}" for caution in report.cautions)
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
    yield _text(METHOD)


def _table(table: Table) -> Iterator[str]:
    yield f"## {_text(table.title)}\n"
    yield f"| {' | '.join(map(_text, table.columns))} |"
    yield "|" + "---|" * len(table.columns)
    yield from (f"| {' | '.join(map(_text, row))} |" for row in table.rows)
    yield ""


def _text(text: str) -> str:
    """What Markdown would read as a sign, a link or a mention is an entity."""
    return _ACTS.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", one_line(text))
