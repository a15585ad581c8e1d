"""Scripted agents: the reference solution of a task, and the mistakes its family describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, frozen

from ...engine.canonical import encode, sorted_bytes
from ...engine.episode import Episode, Reply
from ...engine.errors import CoreCraftError
from ...engine.event import PROMPTED, RESPONDED
from ...engine.trajectory import Call
from ...scenarios import unsigned
from ...scenarios.company import company_of
from ...scenarios.family import Family, Play
from ...scenarios.task import Task
from . import careful


class UnexpectedRejection(CoreCraftError):
    """A scripted agent ran into an error it did not expect."""


_PUZZLED = (UnexpectedRejection, LookupError, TypeError, ValueError, StopIteration)
"""What a script raises that is shown what cannot be, as stale replies do."""


class NoSuchAgent(CoreCraftError):
    """A task has no scripted agent of this name."""


class CannotGoOn(CoreCraftError):
    """A script cannot take up a history that holds writes which are not its own."""


@frozen
class ScriptedAgent:
    """Plays a script of a task family: the reference solution, or a described mistake.

    prose: answers in sentences instead of the form of a labelled prompt. continues: takes up what the episode's past holds of
    its calls, instead of making all of them (again).
    """

    name: str
    script: Play
    given: Mapping[str, Any]
    prose: bool = False
    continues: bool = False

    def play(self, episode: Episode) -> str:
        """Where calls fail, it asks again (`careful`); where that does not help it ends the episode without an answer."""
        desk = ContinuingDesk.at(episode) if self.continues else EpisodeDesk(episode)
        try:
            reply = self.script(desk, self.given)
        except (careful.Stuck, *_PUZZLED):
            if not careful.failing(episode):
                raise
            episode.close(careful.GAVE_UP)
            return ""
        return (reply.in_prose() if self.prose else reply).render()


@frozen
class EpisodeDesk:
    """A desk at an episode."""

    episode: Episode

    def call(self, tool: str, **arguments: Any) -> Any:
        reply = careful.call(self.episode, tool, arguments)
        if not reply.ok:
            raise UnexpectedRejection(f"{self.episode.id}: {tool} said {reply.value}")
        return reply.value

    def attempt(self, tool: str, **arguments: Any) -> Any:
        return careful.call(self.episode, tool, arguments).value

    def say(self, text: str) -> None:
        self.episode.record(RESPONDED, {"text": text})

    def ask(self, text: str) -> str:
        return self.episode.say(text) or ""


@define
class ContinuingDesk:
    """A desk in the middle of an episode: what a script asks first is answered from the record.

    A recorded reply holds as long as nothing was written since; where the script would leave out a write of the past, or has
    written itself, there is nothing to take up any more. Thoughts are told from its first own call on.
    """

    desk: EpisodeDesk
    past: list[Call]
    """Calls of the past that it may still take up."""
    begun: bool = False
    """Whether it has made calls of its own."""

    @classmethod
    def at(cls, episode: Episode) -> ContinuingDesk:
        return cls(EpisodeDesk(episode), list(episode.trajectory().calls()))

    def call(self, tool: str, **arguments: Any) -> Any:
        reply = self._reply(tool, arguments)
        if not reply.ok:
            raise UnexpectedRejection(f"{self.desk.episode.id}: {tool} said {reply.value}")
        return reply.value

    def attempt(self, tool: str, **arguments: Any) -> Any:
        return self._reply(tool, arguments).value

    def say(self, text: str) -> None:
        if self.begun or not self.past:
            self.desk.say(text)

    def ask(self, text: str) -> str:
        """What was asked in the past is not asked again."""
        events = self.desk.episode.trajectory().events
        answers = (e for e in events if e.kind == PROMPTED and "answers" in e.data)
        asked = (e for e in answers if events[e.data["answers"]].data.get("text") == text)
        return next((str(e.data["text"]) for e in asked), None) or self.desk.ask(text)

    def _reply(self, tool: str, arguments: Mapping[str, Any]) -> Reply:
        asked, failed = sorted_bytes([tool, arguments]), None
        for number, call in enumerate(self.past):
            if sorted_bytes([call.tool, call.arguments]) == asked:
                if careful.told_of(call) is None:
                    del self.past[: number + 1]
                    return Reply(encode(call.reply), call.ok, call.returned.seq)
                failed = call
            elif call.facts and failed is None:
                raise CannotGoOn(
                    f"{self.desk.episode.id}: the script would call {tool} where {call.tool} of event {call.seq} stands, which "
                    "wrote; let it start over instead"
                )
            if call.facts:
                break
        if failed is not None:
            del self.past[: self.past.index(failed) + 1]
        self.begun = True
        world = self.desk.episode.world
        reply = careful.call(self.desk.episode, tool, arguments, failed)
        if self.desk.episode.world is not world:  # it wrote: what was read before no longer holds
            self.past.clear()
        return reply


def scripted(task: Task, name: str) -> ScriptedAgent:
    """A scripted agent of a task: `reference`, the name of a mistake, or `failing` for the family's first one.

    A bundle's own tasks have none, nor have those of others.
    """
    found = company_of(task.world).families().get(task.family) if isinstance(task, Task) else None
    if found is None:
        raise CoreCraftError(
            f"Task {task.id} has no scripted agents; let an agent play it over MCP: corecraft serve --stdio --task {task.id}"
        )
    family = unsigned.played_so(found, task.kind)
    return ScriptedAgent(name, _script(family, task, name), task.given, prose=task.form == "natural")


def _script(family: Family, task: Task, name: str) -> Play:
    falls = {fall.name: fall.play for fall in family.falls if not fall.where or task.kind in fall.where}
    scripts = {"reference": family.play, **falls}
    if falls:
        scripts["failing"] = next(iter(falls.values()))
    if name not in scripts:
        raise NoSuchAgent(f"No agent {name!r} for {task.id}. Scripted agents: {', '.join(scripts)}")
    return scripts[name]
