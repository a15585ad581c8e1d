"""Agents: whatever, given an episode with its prompts, calls tools and comes back with a final answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import frozen

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.event import RESPONDED
from ..scenarios.families import families
from ..scenarios.family import Family, Play
from ..scenarios.task import Task


class Agent(Protocol):
    @property
    def name(self) -> str:
        """What runs are labelled with."""
        ...

    def play(self, episode: Episode) -> str:
        """Work on an open episode and return the final answer; the runner submits it."""
        ...


class UnexpectedRejection(CoreCraftError):
    """A scripted agent ran into an error it did not expect."""


@frozen
class ScriptedAgent:
    """Plays a script of a task family: the reference solution, or a described mistake."""

    name: str
    script: Play
    given: Mapping[str, Any]

    def play(self, episode: Episode) -> str:
        return self.script(EpisodeDesk(episode), self.given).render()


@frozen
class EpisodeDesk:
    """A desk at an episode."""

    episode: Episode

    def call(self, tool: str, **arguments: Any) -> Any:
        reply = self.episode.call(tool, arguments)
        if not reply.ok:
            raise UnexpectedRejection(f"{self.episode.id}: {tool} said {reply.value}")
        return reply.value

    def attempt(self, tool: str, **arguments: Any) -> Any:
        return self.episode.call(tool, arguments).value

    def say(self, text: str) -> None:
        self.episode.record(RESPONDED, {"text": text})


def scripted(task: Task, name: str) -> ScriptedAgent:
    """A scripted agent of a task: `reference`, the name of a mistake, or `failing` for the family's first one.

    A bundle's own tasks have none.
    """
    family = families().get(task.family)
    if family is None:
        raise CoreCraftError(
            f"Task {task.id} has no scripted agents; let an agent play it over MCP: corecraft serve --stdio --task {task.id}"
        )
    return ScriptedAgent(name, _script(family, task, name), task.given)


def _script(family: Family, task: Task, name: str) -> Play:
    falls = {fall.name: fall.play for fall in family.falls if not fall.where or task.kind in fall.where}
    scripts = {"reference": family.play, **falls}
    if falls:
        scripts["failing"] = next(iter(falls.values()))
    if name not in scripts:
        raise CoreCraftError(f"No agent {name!r} for {task.id}. Scripted agents: {', '.join(scripts)}")
    return scripts[name]
