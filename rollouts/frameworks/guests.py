"""Episodes that somebody else's loop plays: a framework opens one, calls its tools, hands in the answer, and is told a reward.

They are episodes like any other: of a task as published, recorded in a run folder, with the grade in their history. A framework
holds a `Guest`; its model is given prompts, tools and replies of it, and nothing else.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from attrs import define, field

from ...engine.canonical import encode, parsed
from ...engine.episode import Episode, Reply
from ...engine.errors import CoreCraftError, EpisodeEnded
from ...engine.event import RESPONDED
from ...scenarios.grading import Grade
from ...scenarios.registry import named
from ...scenarios.task import Task
from ..agents.turns import Turn
from ..opening import in_id, store_task, wall_ms
from ..runner import Stage, prepare_run, record_failure, record_grade, standard

ENDED = encode({"error": "This episode has ended."})
"""What is told to whoever calls a tool after the end, as over MCP."""


def functions(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tools, which MCP publishes as name, description and inputSchema, as chat completions want them."""
    return [
        {"type": "function", "function": {
            "name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]}}
        for tool in tools
    ]  # fmt: skip


def replies(turn: Turn, call: Callable[[str, str, str], Reply]) -> list[dict[str, str]]:
    """Make the calls of a turn, in order: what the model is told of them, as chat completions write it."""
    made = [(one.id, call(one.name, one.arguments, one.id)) for one in turn.calls]
    return [{"role": "tool", "tool_call_id": id, "content": reply.json.decode()} for id, reply in made]


class Recorder(Protocol):
    """What turns and calls are recorded in: an episode here, or one at a service."""

    def turn(self, turn: Turn) -> None: ...

    def call(self, tool: str, arguments: str, call_id: str | None = None) -> Reply: ...


class Hearing(Recorder, Protocol):
    """A guest: its requester can be spoken to."""

    def say(self, text: str) -> str | None: ...


def heard(guest: Hearing, turn: Turn) -> list[dict[str, str]]:
    """Record a turn and do what it asks: what the model is told then, as chat completions write it. None of it where the turn
    was the answer."""
    guest.turn(turn)
    if turn.calls:
        return replies(turn, guest.call)
    said = guest.say(turn.text)
    return [] if said is None else [{"role": "user", "content": said}]


@define(eq=False)
class Guest:
    """One episode, with its task. Threads may share it: calls are made one after the other."""

    task: Task = field(repr=lambda task: task.id)
    episode: Episode = field(repr=lambda episode: episode.id)
    system: str = field(repr=False)
    """What the model is told before the request."""
    _lock: Lock = field(factory=Lock, repr=False)
    _grade: Grade | None = field(default=None, repr=False)

    @property
    def prompt(self) -> str:
        return self.task.prompt

    @property
    def messages(self) -> list[dict[str, str]]:
        """What the model is told first, as chat completions write it."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.prompt}]

    @property
    def id(self) -> str:
        return self.episode.id

    @property
    def head_hash(self) -> str:
        """Of the history up to now: what pins it."""
        return self.episode.trajectory().head_hash

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """As MCP publishes them: name, description, inputSchema."""
        return self.episode.toolset.definitions()

    @property
    def functions(self) -> list[dict[str, Any]]:
        """The tools as chat completions want them."""
        return functions(self.tools)

    def call(self, tool: str, arguments: str | bytes | Mapping[str, Any] | None, call_id: str | None = None) -> Reply:
        """A mistake of the model's, broken JSON too, is a reply that says so. Raises EpisodeVoided, StorageFailed."""
        given = arguments.encode("utf-8", "surrogatepass") or b"{}" if isinstance(arguments, str) else arguments
        with self._lock:
            try:
                return self.episode.call(tool, given, call_id=call_id)
            except EpisodeEnded:  # its budget is used up, perhaps just now
                return Reply(ENDED, False, -1)

    def turn(self, turn: Turn) -> None:
        """Keep what the model said, so that the history holds what it thought. After the end there is nothing to keep it in."""
        with self._lock, suppress(EpisodeEnded):
            self.episode.record(RESPONDED, turn.recorded(), beside=turn.beside)

    def say(self, text: str) -> str | None:
        """Say something to the requester: what he answers, if the task lets him be asked back. None: it was the answer."""
        with self._lock, suppress(EpisodeEnded):
            return self.episode.say(text)

    def hear(self, turn: Turn) -> list[dict[str, str]]:
        """Record a turn and do what it asks, see `heard`."""
        return heard(self, turn)

    def finish(self, answer: str | None) -> Grade:
        """Hand in the final answer (None: there is none) and grade; asked again, the same grade."""
        with self._lock:
            if self._grade is None:
                self._end(answer)
                self._grade = record_grade(self.task, self.episode)
            return self._grade

    def _end(self, answer: str | None) -> None:
        if self.episode.status != "open":  # its budget is used up: it is graded as it stands
            return
        if answer is None:
            self.episode.close("no answer")
        else:
            self.episode.submit(answer)

    @property
    def over(self) -> bool:
        return self.episode.status != "open"

    def fail(self, error: Exception) -> None:
        """The framework could not go on, its model's endpoint say: it counts neither for nor against the model."""
        with self._lock:
            record_failure(self.episode, error)


class House:
    """Where a framework's episodes are recorded: one run folder, one stage, any number of episodes at a time."""

    def __init__(self, out: Path | str, agent: str, stage: Stage | None = None) -> None:
        """agent: who plays, in labels and ids. stage: the standard one unless given."""
        self.stage, self.agent = stage or standard(), agent
        self.run = prepare_run(Path(out), self.stage, {"agent": agent})
        self._log = self.run.writer(in_id(agent), wall_ms, new=True)
        self._stored: set[str] = set()
        self._lock = Lock()
        atexit.register(self.close)  # frameworks have no place to say that it is over

    def guest(self, task: str, **labels: Any) -> Guest:
        """A new episode of a task, `TASK.AGENT.0` or the next number that is free. Raises UnknownTask."""
        asked = self._task(task, store=True)
        id = self._log.claim(f"{asked.id}.{in_id(self.agent)}.{n}" for n in count())
        told = {"agent": self.agent, "trial": int(id.rpartition(".")[2]), **labels}
        return Guest(asked, self.stage.open(asked, id, self._log, told), self.stage.system_text)

    def rehearsal(self, task: str) -> Rehearsal:
        """For loops that tell tools nothing of the turn that calls them. Raises UnknownTask."""
        asked = self._task(task)
        return Rehearsal(self, asked, Guest(asked, self.stage.open(asked, "rehearsal"), self.stage.system_text))

    def _task(self, id: str, store: bool = False) -> Task:
        """One at a time: a task is written when it is first asked for, and threads ask at once."""
        with self._lock:
            task = named(self.stage.tasks, id)
            if store and id not in self._stored:
                store_task(self.run, task, self.stage.pin(task), self.stage.splits)
                self._stored.add(id)
            return task

    def close(self) -> None:
        """Let the run go; what is open stays open in it."""
        self._log.close()


class Recording(Recorder, Protocol):
    """An episode that a rehearsed model plays."""

    @property
    def id(self) -> str: ...

    def finish(self, answer: str | None) -> Grade: ...


class Host(Protocol):
    """Who opens episodes: a `House`, or a service's."""

    @property
    def stage(self) -> Stage: ...

    def guest(self, task: str, **labels: Any) -> Recording: ...

    def rehearsal(self, task: str) -> Rehearsal: ...


@define(eq=False)
class Rehearsal:
    """An episode in memory, whose calls are played again into the run once the turns that asked for them are known.

    What is recorded has every turn before its calls, as everywhere; each reply must be the same bytes the second time.
    """

    house: Host = field(repr=False)
    task: Task = field(repr=lambda task: task.id)
    guest: Guest
    _made: list[tuple[str, Any, Reply]] = field(factory=list[tuple[str, Any, Reply]], repr=False)

    def call(self, tool: str, arguments: Any) -> Reply:
        reply = self.guest.call(tool, arguments if isinstance(arguments, dict) else encode(arguments))
        self._made.append((tool, arguments, reply))
        return reply

    def record(self, turns: Sequence[Turn], **labels: Any) -> Recording:
        """The episode, recorded up to its last turn. Calls that never arrived here, since the framework refused them, stand in
        their turns alone. Raises CoreCraftError where calls were made that no turn asked for."""
        guest, made = self.house.guest(self.task.id, **labels), iter(self._made)
        tool, arguments, before = next(made, _NONE)
        for turn in turns:
            guest.turn(turn)
            for call in turn.calls:
                if (call.name, _parsed(call.arguments)) == (tool, arguments):
                    if guest.call(call.name, call.arguments, call.id).json != before.json:
                        raise CoreCraftError(f"{guest.id}: {call.name} replied otherwise the second time")
                    tool, arguments, before = next(made, _NONE)
        if tool is not None:
            raise CoreCraftError(f"{guest.id}: {tool} was called, and no turn asked for it")
        return guest


_NONE: tuple[None, None, Reply] = (None, None, Reply(b"", False, -1))


def _parsed(arguments: str) -> Any:
    try:
        return parsed(arguments.encode("utf-8", "surrogatepass") or b"{}", surrogates=True)
    except ValueError:
        return None
