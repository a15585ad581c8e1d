"""tau2's tasks as episodes: the policy is the system text, what the user is to want is the request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import frozen

from ...engine.canonical import decode, digest, encode
from ...engine.episode import Episode, Log
from ...engine.errors import CoreCraftError
from ...engine.event import Change
from ...engine.run import Run
from ...engine.world import World
from ...tools.tau2 import by_domain
from ...tools.tau2.package import DISTRIBUTION, installed, part
from ...tools.tau2.toolset import Tau2Toolset
from ..opening import Opening
from .messages import tell


@frozen(eq=False)
class Tau2Stage:
    """A domain with its world and its tasks: tau2's own objects, by id."""

    toolset: Tau2Toolset
    world: World
    tasks: Mapping[str, Any]

    @property
    def recipe(self) -> dict[str, Any]:
        return {"tau2": self.toolset.domain.name, "package": DISTRIBUTION, "version": installed()}

    def opening(
        self,
        task: Any,
        request: str | None = None,
        policy: str | None = None,
        fixtures: tuple[Change, ...] | None = None,
    ) -> Opening:
        """What an episode of a task starts from. request: what the user says first (default: all that he is told to want);
        empty where he says it himself, later. policy: another system text than the domain's. fixtures: the initial state of the
        task, where it is made already."""
        policy = self.toolset.domain.policy if policy is None else policy
        asked = str(task.user_scenario) if request is None else request
        prompts = [{"role": "system", "digest": digest(policy.encode())}]
        prompts += [{"role": "user", "text": asked}] if asked else []
        stored = self.stored(task)
        return Opening(
            self.world,
            self.toolset,
            prompts,
            {"id": task.id, "digest": digest(encode(stored))},
            system=policy,
            recipe=self.recipe,
            stored_task=stored,
            fixtures=prepared(self.toolset, self.world, task) if fixtures is None else fixtures,
        )

    def stored(self, task: Any) -> dict[str, Any]:
        """A task as a run keeps it."""
        return decode(encode({"tau2": self.toolset.domain.name, **task.model_dump(mode="json")}))

    def open(self, task: Any, id: str, log: Log | None = None, labels: Mapping[str, Any] | None = None) -> Episode:
        """An episode at the beginning of a task, what was said before it included."""
        episode = self.opening(task).begin(id, log, labels)
        for message in history(task):
            for _ in tell(episode, message):
                pass
        return episode


@cache
def stage(domain: str) -> Tau2Stage:
    """A domain by name, such as `retail`. Raises CoreCraftError where tau2 or the domain is missing."""
    tools = by_domain(domain)
    return Tau2Stage(tools, World(tools.domain.genesis), tools.domain.tasks())


def read_task(data: Mapping[str, Any]) -> Any:
    """tau2's own object of a task as a run, or a file of tau2's, has it. Raises CoreCraftError."""
    try:
        return part("data_model.tasks").Task.model_validate(dict(data))
    except ValueError as error:
        raise CoreCraftError(f"task {data.get('id')} is none of tau2's: {str(error).splitlines()[0]}") from None


def stored(run: Run, pin: Mapping[str, Any]) -> Any:
    """The task that an episode was opened on, as a run keeps it."""
    return read_task(decode(run.task(pin["digest"])))


def history(task: Any) -> list[Any]:
    """What was said and done before the agent comes in."""
    return list((task.initial_state and task.initial_state.message_history) or ())


def prepared(tools: Tau2Toolset, world: World, task: Any) -> tuple[Change, ...]:
    """What the initial state of a task has otherwise than the domain's world. CoreCraftError where tau2 cannot make it."""
    state = task.initial_state
    if state is None or not (state.initialization_data or state.initialization_actions):
        return ()
    try:
        return tools.desk.prepare(world, state.initialization_data, state.initialization_actions)
    except Exception as error:
        raise CoreCraftError(f"tau2 cannot make the initial state of task {task.id}: {error}") from error
