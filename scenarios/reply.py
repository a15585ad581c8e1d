"""Answers of reference solutions as typed parts, so that they can be rendered in several ways, and spoilt in many.

    reply = Reply()
    reply.say("Delivered on {day}.", "It arrived on {day}.", day=day(delivered))
    reply.table(("Order", "Amount"), [(text(order["id"]), money(amount))])

The first wording is the reference's own; the others serve second routes. Mutants replace, drop or deny the facts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from attrs import define, field, frozen

from .checks import Fact

Layout = Literal["table", "csv", "lines"]
Cell = Fact | str


@frozen
class Style:
    """How facts are written. wording: which of the given wordings; tables: as Markdown tables or as bullet lists."""

    wording: int = 0
    date: str = "%-d %B %Y"
    time: str = "%-d %B %Y, %H:%M EST"
    money: str = "${:,.2f}"
    tables: Literal["table", "list"] = "table"
    spelling: int = 0


REFERENCE = Style()
PARAPHRASES = (
    Style(1, "%B %-d, %Y", "%b %-d, %Y at %-I:%M %p EST", "{:,.2f} USD", "list", 1),
    Style(2, "%Y-%m-%d", "%Y-%m-%d %H:%M EST", "USD {:.2f}", "table", 2),
)
"""The styles of second routes."""


@frozen
class Sentence:
    """A sentence, or any lines of text, in one or more wordings, with facts in its slots. plain: cannot be denied."""

    wordings: tuple[str, ...]
    facts: Mapping[str, Fact]
    plain: bool = False


@frozen
class Table:
    """Rows of facts. fixed: the prompt asked for a table, so that no style makes a list of it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    layout: Layout = "table"
    fixed: bool = False


Block = Sentence | Table
Swap = Callable[[Fact], Fact | None]
"""What to put in place of a fact; None: that it is not known."""


@define
class Reply:
    """An answer under construction."""

    blocks: list[Block] = field(factory=list[Block])

    def say(self, *wordings: str, **facts: Fact) -> Reply:
        """A paragraph; every wording has all the slots."""
        self.blocks.append(Sentence(wordings, facts))
        return self

    def line(self, *wordings: str, **facts: Fact) -> Reply:
        """Like `say`, for what is no claim: greetings, subject lines, headings, requests. Mutants never deny it."""
        self.blocks.append(Sentence(wordings, facts, plain=True))
        return self

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, fixed: bool = False) -> Reply:
        self.blocks.append(Table(tuple(columns), tuple(map(tuple, rows)), "table", fixed))
        return self

    def csv(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Reply:
        """Exact CSV: money without signs, dates ISO."""
        self.blocks.append(Table(tuple(columns), tuple(map(tuple, rows)), "csv", True))
        return self

    def lines(self, rows: Iterable[Sequence[Cell]]) -> Reply:
        """One bullet a row, its cells joined by commas: for lists that the prompt asked for in no other form."""
        self.blocks.append(Table((), tuple(map(tuple, rows)), "lines", True))
        return self

    # --- reading it ----------------------------------------------------------------------------------------------

    @property
    def facts(self) -> list[Fact]:
        """Every different fact, in order."""
        return list(dict.fromkeys(fact for block in self.blocks for fact in _facts(block)))

    def render(self, style: Style = REFERENCE) -> str:
        """The answer as text."""
        return "\n\n".join(filter(None, (_render(block, style) for block in self.blocks)))

    # --- spoiling it ---------------------------------------------------------------------------------------------

    def swapped(self, swap: Swap) -> Reply:
        """With every fact replaced."""
        return Reply([_swapped(block, swap) for block in self.blocks])

    def without(self, number: int) -> Reply:
        """Without one block."""
        return Reply([block for n, block in enumerate(self.blocks) if n != number])

    def with_block(self, block: Block) -> Reply:
        return Reply([*self.blocks, block])

    def denied(self) -> str:
        """The opposite of everything it claims, as text."""
        return "\n\n".join(_denied(block) for block in self.blocks)


UNKNOWN = "(not known)"


def _facts(block: Block) -> list[Fact]:
    if isinstance(block, Sentence):
        return list(block.facts.values())
    return [cell for row in block.rows for cell in row if isinstance(cell, Fact)]


def _swapped(block: Block, swap: Swap) -> Block:
    if isinstance(block, Sentence):
        facts = {name: _or_unknown(swap(fact)) for name, fact in block.facts.items()}
        return Sentence(block.wordings, facts, block.plain)
    rows = tuple(tuple(_or_unknown(swap(c)) if isinstance(c, Fact) else c for c in row) for row in block.rows)
    return Table(block.columns, rows, block.layout, block.fixed)


def _or_unknown(fact: Fact | None) -> Fact:
    return Fact("text", UNKNOWN) if fact is None else fact


def _render(block: Block, style: Style) -> str:
    if isinstance(block, Sentence):
        wording = block.wordings[min(style.wording, len(block.wordings) - 1)]
        return wording.format(**{name: written(fact, style) for name, fact in block.facts.items()})
    if block.layout == "csv":
        return _csv(block)
    cells = [[written(cell, style) if isinstance(cell, Fact) else cell for cell in row] for row in block.rows]
    if block.layout == "lines":
        return "\n".join("- " + ", ".join(row) for row in cells)
    if style.tables == "list" and not block.fixed:
        named = [[f"{c.lower()} {v}" for c, v in zip(block.columns[1:], row[1:], strict=True)] for row in cells]
        return "\n".join(f"- {row[0]}: {', '.join(rest)}" for row, rest in zip(cells, named, strict=True))
    head = ["| " + " | ".join(block.columns) + " |", "|" + "---|" * len(block.columns)]
    return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in cells)])


def _csv(block: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(block.columns)
    writer.writerows([[cell.value if isinstance(cell, Fact) else cell for cell in row] for row in block.rows])
    return out.getvalue().rstrip("\n")


def written(fact: Fact, style: Style = REFERENCE) -> str:
    """A fact as text."""
    if fact.kind == "money":
        return style.money.format(Decimal(fact.value))
    if fact.kind == "date":
        return date.fromisoformat(fact.value).strftime(style.date)
    if fact.kind == "time":
        return datetime.fromisoformat(fact.value).strftime(style.time)
    return fact.spellings[style.spelling % len(fact.spellings)] if fact.kind == "text" else fact.value


def _denied(block: Block) -> str:
    if isinstance(block, Sentence):
        text = _render(block, REFERENCE)
        if block.plain:
            return text
        return "\n".join(
            f"It is not true that {line[:1].lower()}{line[1:]}" if line else "" for line in text.split("\n")
        )
    rows = [[f"not {written(c)}" if isinstance(c, Fact) else c for c in row] for row in block.rows]
    return _render(Table(block.columns, tuple(map(tuple, rows)), block.layout, block.fixed), REFERENCE)
