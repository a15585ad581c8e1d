"""What is typed inside a world: `corecraft shell`, line by line."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
from attrs import define, field
from rich.text import Text

from ..analysis.database import fetch
from ..analysis.here import create_here
from ..engine.canonical import decode
from ..engine.clock import to_text
from ..engine.errors import CoreCraftError, NotAtBoundary
from ..engine.genesis import Row
from ..replay.diff import row_differences
from ..replay.fields import shown
from ..replay.scratch import Scratch
from ..replay.view import Shows, counted, head_line, steps
from ..replay.visible import Passage, visible
from . import typed
from .outline import outline
from .output import console, say, table
from .query import connected
from .tools import show_tool

HELP = (
    ("TYPE [ID]", "rows of a type, or one of them: order, order ord-251102-810"),
    ("rows TYPE FIELD=VALUE ...", "those whose fields have these values: rows order status=paid"),
    ("call TOOL NAME=VALUE ...", "what the tool answers here; also with one JSON object: call getProduct {...}"),
    ("undo", "take the last call back"),
    ("diff", "what the calls changed"),
    ("events [N]", "the last N events up to here (20)"),
    ("at SEQ", "go to another event; the calls are left behind"),
    ("tools [NAME]", "the tools of here, or one with its arguments"),
    ("SELECT ..., FROM ...", "SQL: order_here(), state_here(), calls_here(), events_here(), and all of docs/sql.md"),
    ("help", "this list"),
    ("quit", "leave; so does Ctrl-D"),
)
SQL = ("SELECT", "FROM", "WITH", "DESCRIBE", "SUMMARIZE")
"""What a line begins with that is asked of the database."""
SHOWN = 20
"""Rows or events that are shown at once."""
_OFFERED = 50
"""Ids that Tab offers at once."""


class Left(Exception):
    """Enough was seen."""


@define
class Inside:
    """A world, and what was tried in it."""

    run: Path
    scratch: Scratch
    _asked: duckdb.DuckDBPyConnection | None = field(default=None, init=False)
    _stands: Any = field(default=None, init=False)
    """Where the database was told that one stands."""

    @property
    def prompt(self) -> str:
        tries = f"+{self.scratch.tries}" if self.scratch.tries else ""
        return f"{visible(self.scratch.history.id)}@{self.scratch.at}{tries}> "

    def do(self, line: str) -> None:
        """Follow a line. Raises CoreCraftError for what cannot be followed, Left at the end."""
        word, _, rest = line.partition(" ")
        if word.upper() in SQL:
            self._sql(line.rstrip("; "))
        elif word in _DOES:
            _DOES[word](self, rest.strip())
        elif word in self._types():
            self._type(word, rest.strip())
        else:
            near = get_close_matches(word, [*_DOES, *self._types()], 3, 0.6)
            raise CoreCraftError(
                f"no {word} here" + (f"; near it: {', '.join(near)}" if near else "; help lists what is")
            )

    # --- rows --------------------------------------------------------------------------------------------------------

    def _types(self) -> list[str]:
        return sorted({*self.scratch.world.genesis.tables, *self.scratch.world.overlay})

    def _rows_of(self, entity: str) -> Iterator[Row]:
        if entity not in self._types():
            raise CoreCraftError(f"no rows of type {entity!r}; there are: {', '.join(self._types())}")
        return self.scratch.world.rows(entity)

    def _type(self, entity: str, id: str) -> None:
        if not id:
            self._show_rows(entity, list(self._rows_of(entity)))
            return
        row = self.scratch.world.get(entity, id)
        if row is None:
            near = get_close_matches(id, (str(row["id"]) for row in self._rows_of(entity)), 3, 0.6)
            raise CoreCraftError(f"no {entity} {id} here" + (f"; near it: {', '.join(near)}" if near else ""))
        console.print(Passage(Text(visible("\n".join([f"{entity} {id}", *outline(row)])))))

    def _rows(self, asked: str) -> None:
        try:
            entity, *conditions = shlex.split(asked)
        except ValueError:
            raise CoreCraftError("write rows TYPE FIELD=VALUE ..., and quotes in pairs") from None
        rows = list(self._rows_of(entity))
        for condition in conditions:
            name, equals, value = condition.partition("=")
            if not equals or not any(name in row for row in rows):
                raise CoreCraftError(f"no {entity} has a field {name!r}; write rows {entity} FIELD=VALUE ...")
            rows = [row for row in rows if name in row and value in (row[name], shown(row[name]))]
            if not rows:
                break
        self._show_rows(entity, rows)

    def _show_rows(self, entity: str, rows: list[Row]) -> None:
        names = list(dict.fromkeys(name for row in rows[:SHOWN] for name in row))
        plain = [name for name in names if not any(isinstance(row.get(name), dict | list) for row in rows[:SHOWN])]
        if rows:
            table("", plain, [[row.get(name) for name in plain] for row in rows[:SHOWN]])
        more = f", of which {SHOWN} are shown" if len(rows) > SHOWN else ""
        say(f"{counted(len(rows), 'row')} of type {entity}{more}", style="dim")

    # --- calls -------------------------------------------------------------------------------------------------------

    def _tools_here(self) -> typed.Tools:
        return {tool["name"]: tool for tool in self.scratch.toolset.definitions()}

    def _call(self, line: str) -> None:
        name, arguments = typed.call(line, self._tools_here())
        try:
            reply = self.scratch.call(name, arguments.encode())
        except NotAtBoundary as error:
            raise CoreCraftError(f"{error} (`at SEQ` goes there)") from None
        sign = Text("✓ ", "green") if reply.ok else Text("✗ ", "bold red")
        console.print(Passage(sign.append(visible("\n".join([name, *outline(decode(reply.json))])), "default")))
        changed = len(list(self.scratch.changes()))
        say(f"nothing is written; {counted(changed, 'row')} changed so far in this scratch world", style="dim")

    def _undo(self, _: str) -> None:
        call = self.scratch.undo()
        if call is None:
            raise CoreCraftError("nothing was called here that could be undone")
        say(f"{call.tool} is undone")

    def _diff(self, _: str) -> None:
        rows = [
            (found.entity, found.id, each.name, each.left if found.left else None, shown(each.right))
            for found in self.scratch.changes()
            for each in found.fields
        ]
        if rows:
            table("", ("type", "id", "field", "before", "after"), [(*row[:3], _plain(row[3]), row[4]) for row in rows])
        else:
            say("the calls changed nothing" if self.scratch.tries else "nothing was called here yet")

    def _tools(self, name: str) -> None:
        tools = self._tools_here()
        if not name:
            table("", ("tool", "what it does"), [(n, tool["description"].split(". ")[0]) for n, tool in tools.items()])
        elif name in tools:
            show_tool(tools[name])
        else:
            raise CoreCraftError(f"no tool {name} here; tools lists them")

    # --- where one stands --------------------------------------------------------------------------------------------

    def _events(self, number: str) -> None:
        if number and not number.isdecimal():
            raise CoreCraftError("write events, or events N")
        found = [step for step in steps(self.scratch.history) if step.seq <= self.scratch.at]
        for step in found[-int(number or SHOWN) :]:
            console.print(Passage(head_line(step, Shows()), hang=8))
        say(f"after event {self.scratch.at}, {to_text(self.scratch.world.now)}", style="dim")

    def _at(self, seq: str) -> None:
        if not seq.isdecimal():
            raise CoreCraftError(f"write at SEQ, from 0 to {len(self.scratch.history) - 1}")
        left, before = self.scratch.tries, self.scratch.start
        self.scratch.move(int(seq))
        changed = len(list(row_differences(before, self.scratch.start)))
        told = f"; {counted(left, 'call')} left behind" if left else ""
        say(f"after event {seq}: {counted(changed, 'row')} otherwise than where you stood{told}")

    # --- SQL ---------------------------------------------------------------------------------------------------------

    def _sql(self, query: str) -> None:
        names, rows = fetch(self._database(), query)
        table("", names, rows)

    def _database(self) -> duckdb.DuckDBPyConnection:
        """The run as tables, told where one stands and what was tried."""
        if self._asked is None:
            self._asked = connected([self.run])
        stands = self.scratch.at, self.scratch.world
        if self._stands != stands:
            tried = [(found.entity, found.id, found.right) for found in self.scratch.changes() if found.right]
            create_here(self._asked, self.scratch.history.id, self.scratch.at, tried)
            self._stands = stands
        return self._asked

    # --- help --------------------------------------------------------------------------------------------------------

    def _help(self, _: str) -> None:
        table("", ("what you type", "what it does"), HELP)
        say(f"types: {', '.join(self._types())}", style="dim")

    def _quit(self, _: str) -> None:
        raise Left

    def completions(self, before: str, word: str) -> list[str]:
        """What may stand in place of `word`, which is being typed after `before`."""
        first, _, given = before.lstrip().partition(" ")
        if not first:
            return [f"{name} " for name in _beginning(word, [*_DOES, *self._types()])]
        if first == "call":
            return typed.completions(given, word, self._tools_here(), ())
        if first == "tools":
            return _beginning(word, self._tools_here())
        if first == "rows":
            return self._fields(given, word)
        ids = (str(row["id"]) for row in self._rows_of(first)) if first in self._types() else ()
        return list(islice((id for id in ids if id.startswith(word)), _OFFERED))

    def _fields(self, given: str, word: str) -> list[str]:
        entity, _, _ = given.partition(" ")
        if not entity:
            return [f"{name} " for name in _beginning(word, self._types())]
        names = {name: None for row in islice(self._rows_of(entity), _OFFERED) for name in row}
        return [f"{name}=" for name in _beginning(word, names)]


_DOES: Mapping[str, Callable[[Inside, str], None]] = {
    word: getattr(Inside, f"_{word}")
    for word in ("rows", "call", "undo", "diff", "events", "at", "tools", "help", "quit")
}


def _beginning(word: str, names: Any) -> list[str]:
    return [name for name in names if name.startswith(word)]


def _plain(value: Any) -> str:
    return "" if value is None else shown(value)
