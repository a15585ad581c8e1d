"""Asking and answering in turn: what `corecraft sql` does when it is given no query."""

from __future__ import annotations

import readline
from collections.abc import Callable, Sequence
from contextlib import suppress

from ..engine.errors import CoreCraftError
from .lines import REMEMBERED, history_file
from .output import complain, say

HELP = (
    "One SELECT at a time; it may take several lines, and ends with a semicolon.",
    ".schema [VIEW]: what there is to ask. .quit or Ctrl-D: the end.",
)

_KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "LEFT JOIN", "USING", "count(*)", "FILTER", "HAVING",
    "DISTINCT", "DESCRIBE", "SUMMARIZE", "IS NULL", "IS NOT NULL", "GROUP BY ALL",
)  # fmt: skip


def converse(ask: Callable[[str], None], schema: Callable[[str], None], names: Sequence[str]) -> None:
    """Read queries until there are no more. ask, schema: what to do with a query, and with the name of a view.
    names: of views and columns, to be completed."""
    _prepare(names)
    _help()
    try:
        while (text := _read()) is not None:
            with suppress(KeyboardInterrupt):
                _answer(text, ask, schema)
    except EOFError:
        pass
    finally:
        _remember()


def _help() -> None:
    for line in HELP:
        say(line, style="dim")


def _answer(text: str, ask: Callable[[str], None], schema: Callable[[str], None]) -> None:
    try:
        command, _, rest = text.partition(" ")
        if command == ".schema":
            schema(rest.strip())
        elif text.startswith("."):
            _help()
        elif text:
            ask(text)
    except CoreCraftError as error:
        complain(str(error))


def _read() -> str | None:
    """The next query or command, without its semicolon. None when there are to be no more; raises EOFError at the end."""
    lines: list[str] = []
    while True:
        try:
            lines.append(input("... " if lines else "sql> "))
        except KeyboardInterrupt:
            print()
            return ""
        text = "\n".join(lines).strip()
        if text in (".quit", ".exit"):
            return None
        if not text or text.startswith(".") or text.endswith(";"):
            return text.rstrip(";")


# --- history and completion ------------------------------------------------------------------------------------------


def _prepare(names: Sequence[str]) -> None:
    words = sorted({*names, *_KEYWORDS})

    def complete(begun: str, number: int) -> str | None:
        found = [word for word in words if word.lower().startswith(begun.lower())]
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,()=<>;")
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
    readline.set_history_length(REMEMBERED)
    with suppress(OSError):
        readline.read_history_file(history_file("sql_history"))


def _remember() -> None:
    with suppress(OSError):
        history_file("sql_history").parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(history_file("sql_history"))
