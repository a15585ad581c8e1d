"""The terminal as an agent: a person reads the request, calls tools by typing, and answers. The loop is that of all agents."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, evolve, field, frozen
from rich.console import Console
from rich.text import Text

from ..engine.canonical import decode
from ..engine.episode import Episode
from ..engine.event import CLOSED, PROMPTED
from ..replay.view import counted, summary
from ..replay.visible import Passage, one_line, visible
from ..rollouts.agents.turns import Replied, ToolCall, Turn, View
from ..rollouts.loop import Rules, conversation
from . import typed
from .lines import Lines, lines
from .outline import outline
from .output import framed, heading, say, table
from .tools import show_tool

HUMAN = "human"
"""As an agent's name: whoever sits at the terminal."""

PROMPT, MORE = "> ", "| "
SHOWN = 40
"""Lines of a reply; `/more` shows all of it."""
BRIEF = 100
"""Characters of a reply in the list of calls."""

HELP = (
    (
        "TOOL NAME=VALUE ...",
        "a call, e.g. searchOrders order_id=ord-251102-810 limit=3; Tab completes names and values",
    ),
    ("TOOL {...}", "a call with its arguments as one JSON object; a VALUE in quotes is JSON too"),
    ("/tools [NAME]", "all tools, or one with its arguments"),
    ("/task", "the request again"),
    ("/policy", "the company's handbook"),
    ("/think TEXT", "think aloud: goes on record with the next call"),
    ("/history", "the calls so far"),
    ("/more [N]", "the last reply, or that of call N, in whole"),
    ("/answer", "the final answer: lines, and then a line with a single dot (or /cancel)"),
    ("/edit", "the final answer, written in $EDITOR"),
    ("/quit", "leave; the same command goes on here. So do Ctrl-D and Ctrl-C"),
)
COMMANDS = (*(usage.split()[0] for usage, _ in HELP if usage.startswith("/")), "/help")


class Left(Exception):
    """The person wants to go on another time."""


@frozen
class Human:
    """A `Player`: plays an open episode to its end with whoever sits at the terminal.

    system: the policy. Raises Left, EOFError or KeyboardInterrupt where the person leaves; the episode stays open.
    """

    name: str
    system: str
    out: Console
    rules: Rules

    def play(self, episode: Episode) -> str:
        """Returns the answer, which the loop has handed in already."""
        heading(Text(episode.id, "bold"), to=self.out)
        session = _Session(self.name, self.system, self.out, _request(episode))
        for _ in conversation(session, episode, self.rules):
            raise AssertionError("a person is asked nothing that a model is asked")
        _tell_end(episode, self.out)
        return episode.trajectory().answer or ""


@define
class _Session:
    """One episode at the terminal: the `Agent` that the loop asks for turns."""

    name: str
    system: str
    out: Console
    request: tuple[str, str]
    """Who asks, and what."""
    lines: Lines = field(init=False)
    tools: typed.Tools = field(factory=dict, init=False)
    thoughts: list[str] = field(factory=list, init=False)
    view: View = field(init=False)

    def step(self, view: View) -> Turn:
        """The next turn: a call, or the answer."""
        if not self.tools:
            self._begin(view)
        elif isinstance(last := view.messages[-1], Replied):
            self._tell_reply(last, SHOWN)
        asked = time.monotonic()
        while True:
            if (turn := self._turn(self.lines.read(PROMPT).strip())) is not None:
                beside = {"latency_ms": round((time.monotonic() - asked) * 1000)}
                return evolve(turn, beside=beside)

    def _begin(self, view: View) -> None:
        self.view = view
        self.tools = {tool["name"]: tool for tool in view.tools}
        self.lines = lines(lambda before, word: typed.completions(before, word, self.tools, COMMANDS), self.out)
        self._task("")
        if before := list(self._made()):
            say(f"taken up after {counted(len(before), 'call')}", to=self.out)
            self._history("")
            for call, _ in before:
                self.lines.remember(f"{call.name} {call.arguments}")
        say(f"{counted(len(self.tools), 'tool')}: /tools lists them, /help tells how to call and answer", to=self.out)

    def _turn(self, line: str) -> Turn | None:
        """What a line amounts to, if it is a turn; else it was a question or a mistake, and is dealt with."""
        if not line:
            return None
        self.lines.remember(line)
        word, _, rest = line.partition(" ")
        try:
            if word in _DOES:
                return _DOES[word](self, rest.strip())
            if word.startswith("/"):
                raise typed.Mistyped(f"no command {word}; /help lists them")
            return self._call(line)
        except typed.Mistyped as mistake:
            say(one_line(str(mistake)), style="yellow", to=self.out)
            return None

    def _call(self, line: str) -> Turn:
        name, arguments = typed.call(line, self.tools)
        return Turn(self._thought(), (ToolCall(f"call_{len(list(self._made()))}", name, arguments),))

    def _final(self, text: str) -> Turn:
        """The turn that ends an episode: text without calls, so that thoughts have another place."""
        if not text.strip():
            raise typed.Mistyped("nothing was written, so there is no answer yet")
        return Turn(text, reasoning=self._thought())

    def _thought(self) -> str:
        said = "\n".join(self.thoughts)
        self.thoughts.clear()
        return said

    # --- commands ----------------------------------------------------------------------------------------------------

    def _help(self, _: str) -> None:
        table("", ("what you type", "what it does"), HELP, to=self.out)

    def _tools(self, name: str) -> None:
        if name:
            if name not in self.tools:
                raise typed.Mistyped(f"no tool {name}; /tools lists them")
            show_tool(self.tools[name], to=self.out)
            return
        rows = [(tool["name"], tool["description"].split(". ")[0]) for tool in self.tools.values()]
        table("", ("tool", "what it does"), rows, to=self.out)

    def _task(self, _: str) -> None:
        who, what = self.request
        framed(f"{one_line(who)} asks", what, to=self.out)

    def _policy(self, _: str) -> None:
        self.out.print(Passage(Text(visible(self.system))))

    def _think(self, text: str) -> None:
        if text:
            self.thoughts.append(text)

    def _history(self, _: str) -> None:
        for number, (call, reply) in enumerate(self._made(), 1):
            said = visible(summary(decode(reply.json.encode())), BRIEF)
            told = Text.assemble(f"{number:>3}  ", (visible(call.name), "bold"), f" {one_line(call.arguments)}  ")
            self.out.print(Passage(told + _sign(reply) + Text(said), hang=5))

    def _more(self, number: str) -> None:
        replies = [reply for _, reply in self._made()]
        if not replies:
            raise typed.Mistyped("nothing was called yet")
        if number and not (number.isdecimal() and 0 < int(number) <= len(replies)):
            raise typed.Mistyped(f"there are replies 1 to {len(replies)}")
        self._tell_reply(replies[int(number or len(replies)) - 1], None)

    def _answer(self, first: str) -> Turn | None:
        say("write the answer; a line with a single dot ends it, /cancel forgets it", to=self.out)
        written = [first] if first else []
        while (line := self.lines.read(MORE)).strip() != ".":
            if line.strip() == "/cancel":
                return None
            written.append(line)
        return self._final("\n".join(written))

    def _edit(self, _: str) -> Turn | None:
        return self._final(_edited())

    def _quit(self, _: str) -> None:
        raise Left

    # --- what is shown -----------------------------------------------------------------------------------------------

    def _made(self) -> Iterator[tuple[ToolCall, Replied]]:
        """Calls with their replies, in order."""
        calls = [call for message in self.view.messages if isinstance(message, Turn) for call in message.calls]
        replies = [message for message in self.view.messages if isinstance(message, Replied)]
        yield from zip(calls, replies, strict=False)

    def _tell_reply(self, reply: Replied, most: int | None) -> None:
        value = decode(reply.json.encode())
        told = _sign(reply).append(visible(reply.name), "bold")
        if isinstance(value, dict) and set(value) == {"error"}:
            self.out.print(Passage(told.append(f" refused: {visible(str(value['error']))}", "red")))
            return
        if isinstance(value, list):
            told.append(f": {counted(len(value), 'row')}", "bold")
        found = list(outline(value)) if value else []
        told.append(visible("".join(f"\n{line}" for line in found[:most])), "default")
        self.out.print(Passage(told))
        if most is not None and len(found) > most:
            say(f"... {counted(len(found) - most, 'more line')}: /more shows all", style="dim", to=self.out)


_DOES: Mapping[str, Callable[[_Session, str], Turn | None]] = {
    command: getattr(_Session, f"_{command[1:]}") for command in COMMANDS
}


def _request(episode: Episode) -> tuple[str, str]:
    """Who asks, by id, and what."""
    asked = next(
        event.data
        for event in reversed(episode.trajectory().events)
        if event.kind == PROMPTED and event.data.get("role") == "user"
    )
    return str(asked.get("from", "somebody")), str(asked["text"])


def _tell_end(episode: Episode, out: Console) -> None:
    """Why it is over, where that is not the person's own doing."""
    reason = next((event.data.get("reason") for event in episode.trajectory().events if event.kind == CLOSED), None)
    if reason != "answered":
        say(f"the episode is closed: {reason}", style="yellow", to=out)


def _sign(reply: Replied) -> Text:
    return Text("✓ ", "green") if reply.ok else Text("✗ ", "bold red")


def _edited() -> str:
    """What is written in the editor that the environment names. Raises Mistyped where that is none."""
    named = next((told for name in ("VISUAL", "EDITOR") if (told := os.environ.get(name, "").strip())), "vi")
    try:
        editor = shlex.split(named)
    except ValueError as error:
        raise typed.Mistyped(f"the editor {named} cannot be read: {error}; set EDITOR, or use /answer") from None
    with TemporaryDirectory() as folder:
        file = Path(folder) / "answer.txt"
        file.touch()
        try:
            done = subprocess.run([*editor, str(file)], check=False)
        except OSError as error:
            raise typed.Mistyped(
                f"{editor[0]} cannot be started: {error.strerror}; set EDITOR, or use /answer"
            ) from None
        if done.returncode:
            raise typed.Mistyped(f"{editor[0]} ended with {done.returncode}, so there is no answer yet")
        try:
            return file.read_text("utf-8", "replace").rstrip("\n")
        except OSError as error:
            raise typed.Mistyped(f"{editor[0]} left no answer: {error.strerror}") from None
