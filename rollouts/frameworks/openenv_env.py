"""OpenEnv: an environment whose actions are turns of a model, its server, and the typed client.

    env = CoreCraftEnv(base_url="http://127.0.0.1:8000").sync()
    with env:
        seen = env.reset(task="S-2").observation  # messages and tools
        result = env.step(CoreCraftAction(tool_calls=[...]))  # replies; a turn without calls is the answer, and ends it

A session is an episode, and sessions share nothing but the world. What is published to the model is in observations; resetting,
state and reward are for whoever trains it.
"""

# The framework is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false
from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from openenv.core.env_server.http_server import create_fastapi_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field

from ...engine.errors import CoreCraftError
from ..agents.turns import ToolCall, Turn
from .guests import Guest, House
from .tested import check

check("openenv")

AT_ONCE = 64


class CoreCraftAction(Action):
    """What a model said. Without calls it is the final answer."""

    text: str = ""
    tool_calls: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    """As chat completions write them; arguments as the model wrote them, broken or not."""
    reasoning: str = ""
    usage: dict[str, Any] | None = None
    tokens: dict[str, Any] | None = None
    """`{"ids": [...], "logprobs": [...]}`: kept in the history."""

    def turn(self) -> Turn:
        calls = tuple(map(ToolCall.read, self.tool_calls))
        return Turn(self.text, calls, self.reasoning, self.usage, tokens=self.tokens)


class CoreCraftObservation(Observation):
    messages: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    """What the model is told now, as chat completions write it."""
    tools: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    """At the beginning: the functions it may call."""
    code_passed: bool | None = None
    """At the end, beside the reward."""


class CoreCraftState(State):
    task: str = ""
    run: str = ""
    """The run folder, as the server knows it."""
    head: str = ""
    """Hash of the last event: equal for equal histories."""


class CoreCraftEnvironment(Environment[CoreCraftAction, CoreCraftObservation, CoreCraftState]):
    """A session's environment: one episode at a time."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, house: House, split: str = "train") -> None:
        super().__init__()
        self._house, self._split = house, split
        self._guest: Guest | None = None
        self._steps = 0

    def reset(
        self, seed: int | None = None, episode_id: str | None = None, task: str | None = None, **_: Any
    ) -> CoreCraftObservation:
        """task: which; else the one that the seed picks of the split. The world draws nothing by chance."""
        self.close()
        chosen = task or self._picked(seed or 0)
        self._guest, self._steps = self._house.guest(chosen, session=episode_id or str(uuid4())), 0
        return CoreCraftObservation(messages=self._guest.messages, tools=self._guest.functions)

    def _picked(self, seed: int) -> str:
        tasks = self._house.stage.select(split=self._split)
        return tasks[seed % len(tasks)].id

    def step(self, action: CoreCraftAction, timeout_s: float | None = None, **_: Any) -> CoreCraftObservation:
        guest = self._guest
        if guest is None:
            raise CoreCraftError("reset the environment before the first step")
        self._steps += 1
        told = guest.hear(action.turn())
        if told and not guest.over:
            return CoreCraftObservation(messages=told)
        grade = guest.finish(action.text)
        return CoreCraftObservation(messages=told, done=True, reward=grade.code_reward, code_passed=grade.code_passed)

    @property
    def state(self) -> CoreCraftState:
        if self._guest is None:
            return CoreCraftState()
        head, run = self._guest.episode.trajectory().head_hash, str(self._house.run.path)
        return CoreCraftState(
            episode_id=self._guest.id, step_count=self._steps, task=self._guest.task.id, run=run, head=head
        )

    def close(self) -> None:
        """An episode that is let go of before its end counts neither for nor against the model."""
        guest, self._guest = self._guest, None
        if guest is not None and not guest.over:
            guest.fail(RuntimeError("the session ended, or was reset, before the episode did"))


class CoreCraftEnv(EnvClient[CoreCraftAction, CoreCraftObservation, CoreCraftState]):
    """The client."""

    def _step_payload(self, action: CoreCraftAction) -> dict[str, Any]:
        return action.model_dump(exclude_defaults=True)

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[CoreCraftObservation]:
        ended = {"done": payload["done"], "reward": payload["reward"]}
        seen = CoreCraftObservation.model_validate({**payload["observation"], **ended})
        return StepResult(observation=seen, **ended)

    def _parse_state(self, payload: dict[str, Any]) -> CoreCraftState:
        return CoreCraftState.model_validate(payload)


def create_app(out: Path | str, agent: str = "openenv", split: str = "train", at_once: int = AT_ONCE) -> FastAPI:
    """The server's application. out: the run folder. agent: who plays, in labels. at_once: sessions."""
    house = House(out, agent)
    return create_fastapi_app(
        lambda: CoreCraftEnvironment(house, split),
        CoreCraftAction,
        CoreCraftObservation,
        max_concurrent_envs=at_once,
        env_name="corecraft",
        state_cls=CoreCraftState,
    )
