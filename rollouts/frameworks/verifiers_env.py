"""verifiers: a taskset whose tasks are episodes, and a harness that plays them in process.

    vf-eval --env.taskset.id corecraft-verifiers --env.taskset.split smoke --env.taskset.task.out runs/verifiers \\
        --env.agent.runtime.type subprocess --model MODEL --client.base-url URL --client.api-key-var KEY --no-push

The harness asks the model through verifiers' interception, so that its traces (token ids and all) are what it trains on, and
makes the calls on the episode itself: no tool server, no process and no container an episode. A task and its harness find the
episode by the id of the trace.
"""

# The framework is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import verifiers.v1 as vf
from pydantic import Field

from ..agents.turns import ToolCall, Turn
from ..runner import Stage, standard
from .guests import Guest, House
from .remote import RemoteGuest, Service
from .tested import check

check("verifiers")

TURNS = 50
_SEATS: dict[str, Guest | RemoteGuest] = {}
"""By the id of a trace, while it is played."""


@cache
def _stage() -> Stage:
    return standard()


@cache
def _house(out: str, model: str) -> House:
    return House(out, model, _stage())


class CoreCraftTaskConfig(vf.TaskConfig):
    out: str = "runs/verifiers"
    """The run folder."""
    service: str = ""
    """The address of a service that has the run, where workers of many machines play (token: CORECRAFT_CONTROL_TOKEN)."""


class CoreCraftConfig(vf.TasksetConfig):
    split: str = "smoke"
    tasks: list[str] = Field(default_factory=list[str])
    """Ids, instead of a split."""
    task: CoreCraftTaskConfig = CoreCraftTaskConfig()


class CoreCraftData(vf.TaskData):
    id: str
    """Of CoreCraft's task. Neither rubric nor truth is in the data, which harnesses may show."""


class CoreCraftTask(vf.Task[CoreCraftData, vf.State, CoreCraftTaskConfig]):
    """An episode of a task: opened before the harness comes in, graded when it is done."""

    @property
    def key(self) -> str:
        return self.data.id

    async def setup(self, trace: vf.Trace) -> None:
        model = trace.agent.config.model if trace.agent else None
        _SEATS[trace.id] = await asyncio.to_thread(self._seat, model or "verifiers", trace.id)

    def _seat(self, model: str, trace: str) -> Guest | RemoteGuest:
        if self.config.service:
            return Service(self.config.service).guest(self.data.id, model)
        return _house(self.config.out, model).guest(self.data.id, trace=trace)

    @vf.reward(weight=1.0)
    async def code_reward(self, trace: vf.Trace) -> float:
        guest = _SEATS[trace.id]
        grade = await asyncio.to_thread(guest.finish, trace.last_reply or None)
        trace.info["corecraft"] = {"episode": guest.id, "head": guest.head_hash}
        trace.record_metric("code_passed", float(grade.code_passed is True))
        assert grade.code_reward is not None  # only a fork's task may not fit its world
        return grade.code_reward


class CoreCraftTaskset(vf.Taskset[CoreCraftTask, CoreCraftConfig]):
    def load(self) -> Iterator[CoreCraftTask]:
        stage, wanted = _stage(), self.config.tasks
        for task in map(stage.tasks.__getitem__, wanted) if wanted else stage.select(split=self.config.split):
            told: dict[str, Any] = {"id": task.id, "name": task.id, "prompt": task.prompt}
            yield CoreCraftTask(CoreCraftData(**told, system_prompt=stage.system_text), self.config.task)


class CoreCraftHarnessConfig(vf.HarnessConfig):
    turns: int = TURNS


class CoreCraftHarness(vf.Harness[CoreCraftHarnessConfig]):
    """Asks the model, makes its calls in order, until it answers; the requester too, where the task lets him be asked back."""

    APPENDS_SYSTEM_PROMPT = True
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(
        self,
        ctx: vf.ModelContext,
        trace: vf.Trace,
        runtime: vf.Runtime,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: vf.TaskData,
    ) -> vf.ProgramResult:
        guest = _SEATS[trace.id]
        system, prompt = self.resolve_prompt(data)
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": system}, {"role": "user", "content": prompt}]  # fmt: skip
        body = {"model": ctx.model, "messages": messages, "tools": guest.functions}
        async with httpx.AsyncClient(timeout=None, headers={"Authorization": f"Bearer {secret}"}) as client:
            for _ in range(self.config.turns):
                reply = await client.post(f"{endpoint}/chat/completions", json=body)
                if reply.is_error:
                    return vf.ProgramResult(1, "", reply.text)
                completion = reply.json()
                told = await asyncio.to_thread(guest.hear, turn_of(completion, trace))
                if not told:
                    break
                messages += [completion["choices"][0]["message"], *told]
        return vf.ProgramResult(0, trace.last_reply, "")

    async def cleanup(self, trace: vf.Trace, runtime: vf.Runtime) -> None:
        """An episode that was not scored, since verifiers could not go on, counts neither for nor against the model."""
        guest = _SEATS.pop(trace.id, None)
        if guest is not None:
            guest.fail(RuntimeError("verifiers ended the rollout before it was scored"))


def turn_of(completion: dict[str, Any], trace: vf.Trace) -> Turn:
    choice = completion["choices"][0]
    message = choice["message"]
    calls = tuple(map(ToolCall.read, message.get("tool_calls") or ()))
    text, thought, reason = message.get("content"), message.get("reasoning_content"), choice.get("finish_reason")
    model = completion.get("model")
    return Turn(text or "", calls, thought or "", completion.get("usage"), reason or "", model or "", sampled(trace))


def sampled(trace: vf.Trace) -> dict[str, Any] | None:
    """Ids and logprobs of the tokens that the last turn sampled, where the client tells them."""
    node = trace.nodes[-1] if trace.nodes else None
    if node is None or not node.sampled or not any(node.mask):
        return None
    ids = [id for id, own in zip(node.token_ids, node.mask, strict=True) if own]
    return {"ids": ids, "logprobs": list(node.logprobs)}


__all__ = ["CoreCraftHarness", "CoreCraftTaskset"]
