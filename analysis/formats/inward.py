"""Import: conversations of others as a run without a world, which can be read, asked and looked at like any other.

What they called is not done again: a call gets the reply that the file has. So such a run is viewed and queried, but there is
nothing to verify it by, and nothing to fork it on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, count, takewhile
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from ...engine.canonical import digest, encode, printable
from ...engine.episode import Episode
from ...engine.errors import CoreCraftError, InvalidInput, StorageFailed
from ...engine.event import GRADED, RESPONDED
from ...engine.forms import check_form
from ...engine.genesis import Genesis
from ...engine.log import SegmentWriter
from ...engine.run import Run
from ...engine.tool import Outcome
from ...engine.toolset import IMPORTED as IMPORTED_TOOLS
from ...engine.toolset import Handled, Request, Toolset, clipped
from ...engine.world import World
from .conversation import IMPORTED, Call, Conversation, Said, Turn, is_rejection
from .outward import remove
from .table import Format, Malformed

NOWHERE = Genesis({}, 0, {})
"""The world of what was made elsewhere: empty, and at the beginning of time, since nobody says what it was."""


def bring_in(
    files: Sequence[Path],
    format: Format,
    out: Path,
    created_ms: int,
    done: Callable[[], None] = lambda: None,
) -> Run:
    """A new run with the conversations of these files. done: called after each one.

    Raises Malformed for a file that breaks its own format, and leaves nothing then; CoreCraftError where `out` is taken.
    """
    if format.read is None:
        raise CoreCraftError(f"{format.name} is written only")
    if out.exists() or out.is_symlink():
        raise CoreCraftError(f"{out} is there already: choose another --out, or remove it")
    aside = out.with_name(out.name + ".part")
    try:
        remove(aside)
        run = Run.create(aside, {"created_ms": created_ms, "imported": format.name})
        run.add_genesis(NOWHERE)
        wall = _Wall()
        log = run.writer("import", wall)
        try:
            desk = _Desk(run, log, wall, format.name)
            for file in files:
                for conversation in _read(format, file):
                    desk.write(file, conversation)
                    done()
        finally:
            log.close()
        if not desk.taken:
            raise CoreCraftError(f"{', '.join(map(str, files))}: there is no conversation in it")
        aside.rename(out)
    except OSError as error:
        raise StorageFailed(f"{out} cannot be written: {error.strerror or error}") from None
    finally:
        remove(aside)
    return Run(out, sparing=True)


def _read(format: Format, file: Path) -> Iterator[Conversation]:
    assert format.read is not None
    try:
        yield from format.read(file)
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise Malformed(file, "", "nested too deep") from None


@define
class _Wall:
    """The clock of a log that is written after the fact: what the file says, or 0 where it says nothing."""

    ms: int = 0

    def __call__(self) -> int:
        return self.ms


class Recorded(Toolset):
    """The tools of a foreign conversation: known by what the file says of them, they answer what it has."""

    def __init__(self, name: str, definitions: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(name, {}, None, {})
        self._definitions = [dict(one) for one in definitions]
        self.reply: Any = None

    def definitions(self) -> list[dict[str, Any]]:
        return self._definitions

    def handle(self, world: World, name: str, request: Request) -> Handled:
        return Handled(Outcome(self.reply), ok=not is_rejection(self.reply))

    def stored(self) -> str:
        """As a run keeps it: a text whose digest is that of the tools."""
        return encode({"definitions": self._definitions, "profile": None}).decode()


@define
class _Desk:
    """Writes conversations into a run, under names of which each is free."""

    run: Run
    log: SegmentWriter
    wall: _Wall
    format: str
    taken: set[str] = field(factory=set[str])

    def write(self, file: Path, conversation: Conversation) -> None:
        try:
            self._write(file, evolve(conversation, id=self._name(conversation.id)))
        except InvalidInput as error:
            raise Malformed(file, conversation.id, str(error)) from None

    def _name(self, id: str) -> str:
        name = re.sub(r"[^A-Za-z0-9._~@:-]+", "-", id).lstrip("._~@:-")[:180] or "unnamed"
        free = next(one for one in chain([name], (f"{name}-{n}" for n in count(2))) if one not in self.taken)
        self.taken.add(free)
        return free

    def _write(self, file: Path, conversation: Conversation) -> None:
        tools = Recorded(IMPORTED_TOOLS + self.format, conversation.tools or ())
        if conversation.tools is not None:
            self.run.add_text(tools.stored())
        messages = conversation.messages
        told = list(takewhile(lambda message: isinstance(message, Said), messages))
        self._at(next((said for said in told if said.wall_ms is not None), told[0] if told else messages[0]))
        episode = Episode.open(
            conversation.id, World(NOWHERE), tools, task=self._task(conversation), labels=conversation.labels, log=self.log,
            prompts=[self._prompt(said) for said in told if isinstance(said, Said)],
        )  # fmt: skip
        source = {name: value for name, value in conversation.about.items() if name not in ("labels", "grade")}
        episode.record(IMPORTED, {"format": self.format, "file": printable(file.name), "source": source})
        for message in messages[len(told) :]:
            self._at(message)
            if isinstance(message, Said):
                episode.record("prompt.given", self._prompt(message))
            else:
                self._turn(episode, tools, message)
        self._end(episode, conversation)

    def _at(self, message: Said | Turn) -> None:
        self.wall.ms = message.wall_ms or 0

    def _prompt(self, said: Said) -> dict[str, Any]:
        """The system's text is kept once a run: many episodes begin with the same."""
        text = {"digest": self.run.add_text(said.text)} if said.role == "system" else {"text": said.text}
        more = {"from": said.sender, "copied": said.copied}
        return {"role": said.role, **text, **{name: value for name, value in more.items() if value}}

    def _turn(self, episode: Episode, tools: Recorded, turn: Turn) -> None:
        calls = [evolve(call, id=clipped(call.id) or f"call_{n}") for n, call in enumerate(turn.calls)]
        data = {
            "text": turn.text, "reasoning": turn.reasoning, "tool_calls": [_asked(call) for call in calls], "usage": turn.usage,
            "finish_reason": turn.finish_reason, "model": turn.model, "tokens": turn.tokens, "copied": turn.copied,
            "scripted": turn.scripted,
        }  # fmt: skip
        told = {name: value for name, value in data.items() if value} or {"text": ""}
        episode.record(RESPONDED, told, beside=turn.beside or None)
        for call in calls:
            if call.replied:
                tools.reply = call.reply
                episode.call(call.name, call.arguments.encode() or b"{}", call_id=call.id)

    def _end(self, episode: Episode, conversation: Conversation) -> None:
        if conversation.answer is not None:
            episode.submit(conversation.answer)
        elif conversation.closed is not None:
            episode.close(conversation.closed)
        if episode.status == "closed" and (grade := _grade(conversation)):
            episode.record(GRADED, grade)

    def _task(self, conversation: Conversation) -> Mapping[str, str] | None:
        """What it was to do, as far as the file says: an id and the request. It is graded nowhere, and has no rubric."""
        if not conversation.task:
            return None
        asked = (message for message in conversation.messages if isinstance(message, Said) and message.role == "user")
        task = {"id": conversation.task, "prompt": next((said.text for said in asked), "")}
        pin = digest(encode(task))
        self.run.add_task(task, pin)
        return {"id": conversation.task, "digest": pin}


def _asked(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _grade(conversation: Conversation) -> dict[str, Any] | None:
    """The grade the file has: whole, as ours do, or a reward alone. None for what is no grade."""
    grade = dict(conversation.grade)
    reward = conversation.about.get("reward")
    if not grade and isinstance(reward, int | float) and not isinstance(reward, bool):
        passed = conversation.about.get("passed")
        passed = passed if isinstance(passed, bool) else reward >= 1
        grade = {"reward": float(reward), "passed": passed, "code_reward": float(reward), "code_passed": passed}
    try:
        check_form(GRADED, grade)
    except ValueError:
        return None
    return grade or None
