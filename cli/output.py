"""How the command speaks: tables on a terminal, tab-separated lines through a pipe, JSON and CSV where a script asks."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ..analysis.markdown import table_lines
from ..replay.visible import MARK, Passage, one_line, visible, visible_json

UNBOUNDED = 1_000_000
"""Columns assumed when the output is no terminal: what goes into a file or through a pipe is not wrapped."""

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
    return None if sys.stdout.isatty() else UNBOUNDED


console = _Console(width=_width(), soft_wrap=False)
errors = _Console(stderr=True, width=None if sys.stderr.isatty() else UNBOUNDED)

Part = str | Text | tuple[str, str]
"""Text, text as it is styled, or (text, style)."""


def emit_json(value: Any) -> None:
    """Indented JSON on stdout, nothing else. What a terminal would obey or hide in its strings is escaped."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    sys.stdout.buffer.write(visible_json(text).encode() + b"\n")
    sys.stdout.flush()


def emit_json_rows(rows: Iterable[Any]) -> None:
    """What `emit_json` prints of a list, each of its values as it comes."""
    between = b"[\n"
    for row in rows:
        lines = visible_json(msgspec.json.format(msgspec.json.encode(row), indent=2).decode()).splitlines()
        sys.stdout.buffer.write(between + "\n".join(f"  {line}" for line in lines).encode())
        between = b",\n"
    sys.stdout.buffer.write(b"[]\n" if between == b"[\n" else b"\n]\n")
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


def emit_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as CSV with a header. What a terminal would obey or hide is an escape; `emit_json` gives it exactly."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow([visible(column) for column in columns])
    out.writerows([visible(_plain(value)) for value in row] for row in rows)
    sys.stdout.flush()


def emit_markdown(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a table in Markdown, each on one line. No text of a cell becomes markup."""
    for line in table_lines(columns, ([_plain(value, DECIMALS) for value in row] for row in rows)):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], to: Console = console) -> None:
    """Print rows: as a table on a terminal or, where it finds no room without breaking words, each row by itself; through a
    pipe tab-separated under a header, whatever COLUMNS says.

    Cells are text, never markup or control characters: they may come from the world.
    """
    if title:
        to.print(Text(one_line(title), "bold"))
    if not to.is_terminal:
        _tab_separated(columns, rows, to)
        return
    cells = [[_cell(value) for value in row] for row in rows]
    widths = _widths([_heading(column) for column in columns], cells, to.width)
    if widths:
        _print_grid(columns, cells, widths, to)
    else:
        _print_one_by_one(columns, cells, to)


def framed(title: str, text: str, to: Console = console) -> None:
    """A longer text under a title, in a frame where there is a terminal."""
    if to.is_terminal:
        to.print(Panel(Text(visible(text)), title=Text(one_line(title)), title_align="left"))
    else:
        to.print(Passage(Text(f"{one_line(title)}:\n{visible(text)}")))


def heading(text: str | Text, to: Console = console) -> None:
    """What begins a new part of a longer output."""
    told = Text(one_line(text)) if isinstance(text, str) else text  # rich would read markup in what is no Text
    to.print()
    to.print(Rule(told, align="left", style="dim") if to.is_terminal else told)


def _tab_separated(columns: Sequence[str], rows: Iterable[Sequence[Any]], to: Console) -> None:
    for row in chain((columns,), rows):
        to.file.write("\t".join(one_line(_plain(value)) for value in row) + "\n")  # rich would expand the tabs


_GAP = 3
"""Columns between two cells."""
_NARROW = 22
"""Columns that a text is given at least, however short its words are."""


def _widths(headings: Sequence[Text], rows: Sequence[Sequence[Text]], width: int) -> list[int]:
    """How wide each column may be so that no word is broken; none where there is no room for that."""
    columns = list(zip(headings, *rows, strict=True))
    most = [max(cell_len(line) for cell in column for line in cell.plain.split("\n")) for column in columns]
    words = [max(_longest_word(cell) for cell in column) for column in columns]
    least = [min(whole, max(word + len(MARK), _NARROW)) for whole, word in zip(most, words, strict=True)]
    room = width - _GAP * (len(columns) - 1)
    if sum(least) > room:
        return []
    spare = room - sum(least)
    while spare > 0 and (short := [n for n in range(len(columns)) if least[n] < most[n]]):
        share = max(1, spare // len(short))
        for n in short:
            given = min(share, most[n] - least[n], spare)
            least[n] += given
            spare -= given
    return least


def _longest_word(cell: Text) -> int:
    return max(map(cell_len, cell.plain.split()), default=0)


def _print_grid(columns: Sequence[str], cells: Sequence[Sequence[Text]], widths: Sequence[int], to: Console) -> None:
    grid = Table(header_style="bold", box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        grid.add_column(_heading(column), width=width, overflow="fold")
    for row in cells:
        grid.add_row(*map(Passage, row))
    to.print(grid)


def _print_one_by_one(columns: Sequence[str], rows: Sequence[Sequence[Text]], to: Console) -> None:
    """Each row as a paragraph or, where there are long texts, as a block of `column  value` lines."""
    blocks = any(len(cell) > _LONG or "\n" in cell.plain for row in rows for cell in row)
    longest = max(map(len, columns))
    for number, row in enumerate(rows):
        if blocks:
            if number:
                to.print()
            for column, cell in zip(columns, row, strict=True):
                to.print(Passage(Text.assemble((f"{one_line(column):<{longest}}  ", "bold"), cell), hang=longest))
        else:
            said = [_named(*pair) for pair in zip(columns[1:], row[1:], strict=True)]
            to.print(Passage(Text("  ").join([row[0], *said]), hang=2))


_LONG = 160


def _named(column: str, cell: Text) -> Text:
    return Text.assemble((f"{one_line(column)}: " if column else "", "dim"), cell)


def _heading(name: str) -> Text:
    return Text(one_line(name))


def _cell(value: Any) -> Text:
    return value if isinstance(value, Text) else Text(visible(_plain(value, DECIMALS), None))


def _plain(value: Any, decimals: int | None = None) -> str:
    """A value as people write it: JSON for what is no text, nothing for null. decimals: of a float, at most."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Text):
        return value.plain
    if isinstance(value, float):
        return str(value if decimals is None else round(value, decimals))
    if isinstance(value, bool | int | list | tuple | dict):
        return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
    return str(value)


def progress(quiet: bool = False) -> Progress:
    """A progress display on stderr, for anything that may take over two seconds; none where stderr is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=quiet or not errors.is_terminal,
    )
