"""Where a person's lines come from: on a terminal with completion by Tab and a history, from a pipe as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.text import Text

try:
    import readline
except ModuleNotFoundError:  # Python on Windows has none
    readline = None

from ..replay.visible import one_line

Complete = Callable[[str, str], list[str]]
"""What may stand in place of a word, by what stands before it and what is there of it."""


class Lines(Protocol):
    def read(self, prompt: str) -> str:
        """The next line. Raises EOFError at the end, KeyboardInterrupt at Ctrl-C."""
        ...

    def remember(self, line: str) -> None:
        """Offer a line again, with the arrow up."""
        ...


REMEMBERED = 2000
"""Lines that are kept from one session to the next."""


def history_file(name: str) -> Path:
    """Where such lines are kept."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return Path(home if Path(home).is_absolute() else Path.home() / ".local" / "state") / "corecraft" / name


def lines(complete: Complete, out: Console, *, echo: bool = True, history: Path | None = None) -> Lines:
    """out: where prompts and, of a pipe, with `echo` the lines themselves are shown. history: a file that keeps the lines."""
    sys.stdin.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    if readline is not None and sys.stdin.isatty() and sys.stdout.isatty() and out.is_terminal:
        return _Edited(complete, history)
    return _Plain(out, echo)


class _Plain:
    def __init__(self, out: Console, echo: bool) -> None:
        self._out = out
        self._echo = echo

    def read(self, prompt: str) -> str:
        typed = sys.stdin.isatty()
        if typed:
            self._out.print(Text(prompt), end="")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        if not typed and self._echo:
            self._out.print(Text(prompt + one_line(line.removesuffix("\n"))), soft_wrap=True)
        return line.removesuffix("\n")

    def remember(self, line: str) -> None:
        pass


class _Edited:
    """Through readline: GNU's, or libedit, which macOS has in its place."""

    def __init__(self, complete: Complete, history: Path | None) -> None:
        assert readline is not None
        self._complete = complete
        self._history = history
        self._found: list[str] = []
        self._pasted: list[str] = []
        readline.set_completer(self._candidate)
        readline.set_completer_delims(" \t\n=")
        readline.set_auto_history(False)
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I rl_complete")
        else:
            for setting in ("tab: complete", "set show-all-if-ambiguous on", "set completion-ignore-case on"):
                readline.parse_and_bind(setting)
        if history is not None:
            readline.set_history_length(REMEMBERED)
            with suppress(OSError):
                readline.read_history_file(history)

    def read(self, prompt: str) -> str:
        """Of several lines that were pasted at once, one after the other."""
        if not self._pasted:
            try:
                self._pasted = input(prompt).split("\n")
            except (EOFError, KeyboardInterrupt):
                print()  # the cursor stands behind the prompt
                raise
        return self._pasted.pop(0)

    def remember(self, line: str) -> None:
        assert readline is not None
        readline.add_history(line)
        if self._history is not None:
            with suppress(OSError):
                self._history.parent.mkdir(parents=True, exist_ok=True)
                readline.write_history_file(self._history)

    def _candidate(self, word: str, number: int) -> str | None:
        """readline asks for one after the other, until there is none."""
        assert readline is not None
        if number == 0:
            self._found = self._complete(readline.get_line_buffer()[: readline.get_begidx()], word)
        return self._found[number] if number < len(self._found) else None
