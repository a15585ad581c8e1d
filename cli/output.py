"""How the command speaks: readable tables on a terminal, plain text through a pipe, JSON where a script asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ..replay.view import plain

WIDE = 160
"""Columns assumed when the output is no terminal, so that a pipe does not wrap what a file should hold."""

DECIMALS = 4
"""Decimals shown of a float in a table; `--json` gives all."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would exit with 1; `main` knows that a reader who has seen enough is no failure


def _width() -> int | None:
    """What COLUMNS says, else the terminal's own width (None)."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    return None if sys.stdout.isatty() else WIDE


console = _Console(width=_width(), highlight=False, soft_wrap=False)
errors = Console(stderr=True, highlight=False)


def emit_json(value: Any) -> None:
    """Indented JSON on stdout, nothing else."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows. Cells are text, never markup or control characters: they may come from the world."""
    console.print(_grid(title, columns, rows))


def table_or_blocks(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table or, where that would be wider than the console, each as a block of `column  value` lines."""
    grid = _grid("", columns, rows)
    unbounded = console.options.update(max_width=1_000_000)
    if Measurement.get(console, unbounded, grid).maximum <= console.width:
        console.print(grid)
        return
    for number, row in enumerate(rows):
        block = Table.grid(padding=(0, 2))
        block.add_column(style="bold", no_wrap=True)
        block.add_column(overflow="fold")
        for column, value in zip(columns, row, strict=True):
            block.add_row(_cell(column), _cell(value))
        if number:
            console.print()
        console.print(block)


def _grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    grid = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        grid.add_column(_cell(column), overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(value) for value in row))
    return grid


def _cell(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, float):
        value = round(value, DECIMALS)
    return Text("" if value is None else plain(str(value)))


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
