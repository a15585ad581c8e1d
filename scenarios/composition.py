"""Answers of reference solutions as typed parts, so that they can be rendered in several ways, and spoilt in many.

    reply = Composition()
    reply.say("Delivered on {day}.", "It arrived on {day}.", day=day(delivered))
    reply.table(("Order", "Amount"), [(text(order["id"]), money(amount))])

The first wording is the reference's own; the others serve second routes. Mutants replace, drop or deny the values.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from attrs import define, evolve, field, frozen

from .checks import Blank, Value, text

Layout = Literal["table", "csv", "lines"]
Cell = Value | str


@frozen
class Style:
    """How values are written. wording: which of the given wordings; tables: as Markdown tables or as bullet lists."""

    wording: int = 0
    date: str = "%-d %B %Y"
    time: str = "%-d %B %Y, %H:%M {zone}"
    money: str = "${:,.2f}"
    tables: Literal["table", "list"] = "table"
    spelling: int = 0


REFERENCE = Style()
PARAPHRASES = (
    Style(1, "%B %-d, %Y", "%b %-d, %Y at %-I:%M %p {zone}", "{:,.2f} USD", "list", 1),
    Style(2, "%Y-%m-%d", "%Y-%m-%d %H:%M {zone}", "USD {:.2f}", "table", 2),
)
"""The styles of second routes."""


@frozen
class Sentence:
    """A sentence, or any lines of text, in one or more wordings, with values in its slots. plain: cannot be denied. key: of a
    line of a form, what it holds, in words."""

    wordings: tuple[str, ...]
    values: Mapping[str, Value]
    plain: bool = False
    key: str = ""


@frozen
class Grid:
    """Rows of values. fixed: the prompt asked for a table, so that no style makes a list of it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    layout: Layout = "table"
    fixed: bool = False


Block = Sentence | Grid
Swap = Callable[[Value], Value | None]
"""What to put in place of a value; None: that it is not known."""


@define
class Composition:
    """An answer under construction."""

    blocks: list[Block] = field(factory=list[Block])

    def say(self, *wordings: str, **values: Value) -> Composition:
        """A paragraph; every wording has all the slots."""
        self.blocks.append(Sentence(wordings, values))
        return self

    def fill(self, blank: Blank, value: Value) -> Composition:
        """A line of the form that was asked for: its label, and the value."""
        wordings = f"{blank.label}: {{value}}", f"- **{blank.label}:** {{value}}"
        self.blocks.append(Sentence(wordings, {"value": value}, key=blank.key))
        return self

    def decide(self, yes: bool, *wordings: str, words: tuple[str, str] = ("YES", "NO"), **values: Value) -> Composition:
        """The verdict, by itself or as `{verdict}` of other wordings."""
        right, wrong = words if yes else words[::-1]
        return self.say(*(wordings or ("{verdict}.",)), verdict=text(right, rivals=(wrong,)), **values)

    def line(self, *wordings: str, **values: Value) -> Composition:
        """Like `say`, for what is no claim: greetings, subject lines, headings, requests. Mutants never deny it."""
        self.blocks.append(Sentence(wordings, values, plain=True))
        return self

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, fixed: bool = False) -> Composition:
        """A table, which other styles write as a list. fixed: the prompt asks for a table."""
        self.blocks.append(Grid(tuple(columns), tuple(map(tuple, rows)), "table", fixed))
        return self

    def csv(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Composition:
        """Exact CSV: money without signs, dates ISO."""
        self.blocks.append(Grid(tuple(columns), tuple(map(tuple, rows)), "csv", True))
        return self

    def lines(self, rows: Iterable[Sequence[Cell]]) -> Composition:
        """One bullet a row, its cells joined by commas: for lists that the prompt asked for in no other form."""
        self.blocks.append(Grid((), tuple(map(tuple, rows)), "lines", True))
        return self

    # --- reading it ----------------------------------------------------------------------------------------------

    @property
    def values(self) -> list[Value]:
        """Every different value, in order."""
        return list(dict.fromkeys(value for block in self.blocks for value in _values(block)))

    def render(self, style: Style = REFERENCE) -> str:
        """The answer as text."""
        return "\n\n".join(filter(None, (_render(block, style) for block in self.blocks)))

    def in_prose(self) -> Composition:
        """The same without the form that a labelled prompt asks for: its lines as sentences, its CSV as a table."""
        return Composition(list(map(_in_prose, self.blocks)))

    # --- spoiling it ---------------------------------------------------------------------------------------------

    def swapped(self, swap: Swap) -> Composition:
        """With every value replaced."""
        return Composition([_swapped(block, swap) for block in self.blocks])

    def without(self, number: int) -> Composition:
        """Without one block."""
        return Composition([block for n, block in enumerate(self.blocks) if n != number])

    def with_block(self, block: Block) -> Composition:
        return Composition([*self.blocks, block])

    def denied(self) -> str:
        """The opposite of everything it claims, as text."""
        return "\n\n".join(_denied(block) for block in self.blocks)


_LABEL = re.compile(r"(?m)^(\W*)([A-Z]{3,}(?: [A-Z0-9]+)*)(?=:|\*\*:)")


def _in_prose(block: Block) -> Block:
    if isinstance(block, Grid):
        return evolve(block, layout="table", fixed=False) if block.layout == "csv" else evolve(block, fixed=False)
    if block.key:
        told = f"The {block.key} is {{value}}.", f"{block.key[:1].upper()}{block.key[1:]}: {{value}}."
        return evolve(block, wordings=told, key="")
    lowered = (_LABEL.sub(lambda at: at[1] + at[2].capitalize(), wording) for wording in block.wordings)
    return evolve(block, wordings=tuple(lowered))


UNKNOWN = "(not known)"


def _values(block: Block) -> list[Value]:
    if isinstance(block, Sentence):
        return list(block.values.values())
    return [cell for row in block.rows for cell in row if isinstance(cell, Value)]


def _swapped(block: Block, swap: Swap) -> Block:
    if isinstance(block, Sentence):
        values = {name: _or_unknown(swap(value)) for name, value in block.values.items()}
        return evolve(block, values=values)
    rows = tuple(tuple(_or_unknown(swap(c)) if isinstance(c, Value) else c for c in row) for row in block.rows)
    return Grid(block.columns, rows, block.layout, block.fixed)


def _or_unknown(value: Value | None) -> Value:
    return Value("text", UNKNOWN) if value is None else value


def _render(block: Block, style: Style) -> str:
    if isinstance(block, Sentence):
        wording = block.wordings[min(style.wording, len(block.wordings) - 1)]
        return wording.format(**{name: written(value, style) for name, value in block.values.items()})
    if block.layout == "csv":
        return _csv(block)
    cells = [[written(cell, style) if isinstance(cell, Value) else cell for cell in row] for row in block.rows]
    if block.layout == "lines":
        return "\n".join("- " + ", ".join(row) for row in cells)
    if style.tables == "list" and not block.fixed:
        named = [[f"{c.lower()} {v}" for c, v in zip(block.columns[1:], row[1:], strict=True)] for row in cells]
        return "\n".join(f"- {row[0]}: {', '.join(rest)}" for row, rest in zip(cells, named, strict=True))
    head = ["| " + " | ".join(block.columns) + " |", "|" + "---|" * len(block.columns)]
    return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in cells)])


def _csv(block: Grid) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(block.columns)
    writer.writerows([[cell.value if isinstance(cell, Value) else cell for cell in row] for row in block.rows])
    return out.getvalue().rstrip("\n")


def written(value: Value, style: Style = REFERENCE) -> str:
    """A value as text."""
    if value.kind == "money":
        return style.money.format(Decimal(value.value))
    if value.kind == "date":
        return date.fromisoformat(value.value).strftime(style.date)
    if value.kind == "time":
        return datetime.fromisoformat(value.value).strftime(style.time).format(zone=value.zone)
    return value.spellings[style.spelling % len(value.spellings)] if value.kind == "text" else value.value


def _denied(block: Block) -> str:
    if isinstance(block, Sentence):
        text = _render(block, REFERENCE)
        if block.plain:
            return text
        return "\n".join(
            f"It is not true that {line[:1].lower()}{line[1:]}" if line else "" for line in text.split("\n")
        )
    rows = [[f"not {written(c)}" if isinstance(c, Value) else c for c in row] for row in block.rows]
    return _render(Grid(block.columns, tuple(map(tuple, rows)), block.layout, block.fixed), REFERENCE)
