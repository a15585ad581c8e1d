"""Agents: whatever, given an episode with its prompts, calls tools and comes back with a final answer."""

from __future__ import annotations

from typing import Any, Protocol

from attrs import frozen

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.event import RESPONDED
from ..scenarios.registry import SCRIPTS, Script


class Agent(Protocol):
    @property
    def name(self) -> str:
        """What runs are labelled with."""
        ...

    def play(self, episode: Episode) -> str:
        """Work on an open episode and return the final answer; the runner submits it."""
        ...


@frozen
class ScriptedAgent:
    """Plays a script of `scenarios`: the reference solution of a task, or its described mistake."""

    name: str
    script: Script

    def play(self, episode: Episode) -> str:
        return self.script(_EpisodeDesk(episode))


@frozen
class _EpisodeDesk:
    episode: Episode

    def call(self, tool: str, **arguments: Any) -> Any:
        return self.episode.call(tool, arguments).value

    def say(self, text: str) -> None:
        self.episode.record(RESPONDED, {"text": text})


def scripted(task_id: str, name: str) -> ScriptedAgent:
    """The scripted agent `reference` or `failing` of a task. A bundle's own tasks have none."""
    if task_id not in SCRIPTS:
        raise CoreCraftError(
            f"Task {task_id} has no scripted agents ({', '.join(SCRIPTS)} have); "
            f"let an agent play it over MCP: corecraft serve --stdio --task {task_id}"
        )
    return ScriptedAgent(name, SCRIPTS[task_id].by_name(name))
