"""TRL: an `environment_factory` whose methods are the tools, and the reward function that goes with it.

    house = House("runs/trl", "smollm2")
    GRPOTrainer(model, reward_funcs=[code_reward], environment_factory=environments(house), train_dataset=dataset(house, tasks))

`RemoteHouse(Service(url), "smollm2")` in its place records at a service, where all ranks of a training meet.

TRL tells a tool nothing of the turn that calls it, and an environment nothing of the answer. So calls are made in memory, and
the episode is recorded when the reward is asked for, turn by turn. A model reaches tools alone: TRL keeps `reset` to itself,
and there is no other method.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from ...engine.errors import CoreCraftError, EpisodeVoided
from ...scenarios.task import Task
from ..agents.turns import ToolCall, Turn
from .guests import Host, Rehearsal
from .tested import check

_TYPES = {"string": str, "integer": int, "number": float, "boolean": bool, "object": dict}


def dataset(house: Host, tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """Rows for `datasets.Dataset.from_list`: prompt, and the task's id, which `reset` is given."""
    system = {"role": "system", "content": house.stage.system_text}
    return [{"prompt": [system, {"role": "user", "content": task.prompt}], "task": task.id} for task in tasks]


def environments(house: Host, toolset: str = "corecraft/base/benchmark") -> Callable[[], Any]:
    """The factory: a class with a method for each published tool, made for TRL's way of reading schemas off methods."""
    check("trl")
    tools = {tool["name"]: method(tool) for tool in house.stage.bare(toolset).toolset.definitions()}
    made = type("CoreCraft", (_Environment,), tools)
    return lambda: made(house)


def code_reward(completions: list[Any], environments: list[Any], **_: Any) -> list[float | None]:
    """A reward function: the grade of each episode, with the last words of its completion as the answer. None, which TRL leaves
    out, where the simulation failed."""
    pairs = zip(environments, completions, strict=True)
    return [environment._graded(completion) for environment, completion in pairs]


class _Environment:
    """One rollout at a time, as TRL reuses it."""

    def __init__(self, house: Host) -> None:
        self._house = house
        self._rehearsal: Rehearsal | None = None

    def reset(self, *, task: str, **_: Any) -> None:
        """TRL's own: a row of the dataset. The prompt has all there is to say."""
        self._rehearsal = self._house.rehearsal(task)

    def _call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        if self._rehearsal is None:
            raise CoreCraftError("reset the environment before the first call")
        return self._rehearsal.call(tool, dict(arguments)).json.decode()

    def _graded(self, completion: list[dict[str, Any]]) -> float | None:
        if self._rehearsal is None:
            raise CoreCraftError("reset the environment before its reward is asked for")
        turns = [turn_of(message) for message in completion if message["role"] == "assistant"]
        answered = bool(turns) and not turns[-1].calls
        try:
            guest = self._rehearsal.record(turns)
            return guest.finish(turns[-1].text if answered else None).code_reward
        except EpisodeVoided:
            return None


def turn_of(message: Mapping[str, Any]) -> Turn:
    calls = [
        ToolCall(f"call-{number}", one["function"]["name"], json.dumps(one["function"]["arguments"]))
        for number, one in enumerate(message.get("tool_calls") or ())
    ]
    return Turn(message.get("content") or "", tuple(calls), message.get("reasoning_content") or "")


def method(tool: Mapping[str, Any]) -> Callable[..., str]:
    """A tool as a method that `transformers.utils.get_json_schema` reads its schema off: types, choices and texts, no bounds.

    It takes whatever it is given: what is wrong with it is the tool's to say, and on record.
    """
    schema = tool["inputSchema"]
    required = schema.get("required", ())

    def call(self: _Environment, **arguments: Any) -> str:
        return self._call(tool["name"], arguments)

    own = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if name in required else None,
            annotation=annotation(about) if name in required else annotation(about) | None,
        )
        for name, about in schema["properties"].items()
    ]
    first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    call.__name__ = tool["name"]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in own} | {"return": str}
    call.__signature__ = inspect.Signature([first, *own], return_annotation=str)  # pyright: ignore[reportFunctionMemberAccess]
    told = "".join(f"\n        {name}: {about['description']}" for name, about in schema["properties"].items())
    call.__doc__ = f"{tool['description']}\n\n    Args:{told}\n\n    Returns:\n        The reply, as JSON.\n    "
    return call


def annotation(about: Mapping[str, Any]) -> Any:
    if "enum" in about:
        return Literal[tuple(about["enum"])]
    if about.get("type") == "array":
        return list[annotation(about["items"])]
    return _TYPES.get(about.get("type", ""), Any)
