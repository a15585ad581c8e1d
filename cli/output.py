"""How the command speaks: readable tables on a terminal, plain text through a pipe, JSON where a script asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ..replay.visible import Passage, one_line, visible, visible_json

WIDE = 160
"""Columns assumed when the output is no terminal, so that a pipe does not wrap what a file should hold."""

DECIMALS = 4
"""Decimals shown of a float in a table; `--json` gives all."""


class _Console(Console):
    """Reads no markup, and whatever comes to it, nothing hidden goes out: see replay/visible.py."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else visible(text), style, control)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would exit with 1; `main` knows that a reader who has seen enough is no failure


def _width() -> int | None:
    """What COLUMNS says, else the terminal's own width (None)."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    return None if sys.stdout.isatty() else WIDE


console = _Console(width=_width(), soft_wrap=False)
errors = _Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)

Part = str | Text | tuple[str, str]
"""Text, text as it is styled, or (text, style)."""


def emit_json(value: Any) -> None:
    """Indented JSON on stdout, nothing else. What a terminal would obey or hide in its strings is escaped."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    sys.stdout.buffer.write(visible_json(text).encode() + b"\n")
    sys.stdout.flush()


def say(*parts: Part, style: str = "", to: Console = console) -> None:
    """Print one statement. Where it takes several lines, all but the first are marked."""
    to.print(Passage(Text.assemble(*map(_visible, parts), style=style)))


def _visible(part: Part) -> Part:
    if isinstance(part, Text):
        return part
    text, style = part if isinstance(part, tuple) else (part, "")
    return visible(text), style


def complain(what: str) -> None:
    """A user's mistake: one line on stderr, whatever stands in it."""
    line = Text.assemble(("error: ", "bold red"), one_line(what))
    if errors.is_terminal:
        errors.print(Passage(line))
    else:
        errors.print(line, soft_wrap=True)


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
            block.add_row(_heading(column), _cell(value))
        if number:
            console.print()
        console.print(block)


def _grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    grid = Table(
        title=Text(one_line(title)) if title else None, title_justify="left", title_style="bold", header_style="bold"
    )
    for column in columns:
        grid.add_column(_heading(column), overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(value) for value in row))
    return grid


def _heading(name: str) -> Text:
    return Text(one_line(name))


def _cell(value: Any) -> RenderableType:
    if isinstance(value, Text):
        return value
    if isinstance(value, float):
        value = round(value, DECIMALS)
    return Passage(Text("" if value is None else visible(str(value))))


def progress(quiet: bool = False) -> Progress:
    """A progress display on stderr, for anything that may take over two seconds."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=quiet,
    )
