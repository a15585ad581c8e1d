"""How the command speaks: readable tables on a terminal, plain text through a pipe, JSON where a script asks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDE = 160
"""Columns assumed when the output is no terminal, so that a pipe does not wrap what a file should hold."""

console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False, soft_wrap=False)
errors = Console(stderr=True, highlight=False)


def emit_json(value: Any) -> None:
    """Indented JSON on stdout, nothing else."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows. Cells are text, never markup: they may come from the world."""
    grid = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(value) for value in row))
    console.print(grid)


def _cell(value: Any) -> Any:
    from rich.text import Text

    if isinstance(value, Text):
        return value
    return Text("" if value is None else str(value))


def progress(quiet: bool = False) -> Progress:
    """A progress display on stderr, for anything that may take over two seconds."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=quiet,
    )
