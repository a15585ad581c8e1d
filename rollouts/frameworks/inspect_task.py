"""Inspect: a task whose samples are episodes, tools on them, and a scorer that is our grader.

    inspect eval inspect_corecraft.py -T split=smoke -T out=runs/inspect --model openai/gpt-5

`setup` opens the episode and gives the solver its messages and tools, so that any solver that uses the tools of its state plays
it. Tools are calls in this process or, with a service, Inspect's own MCP client. What the model says is taken off Inspect's
transcript.
"""

# The framework is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false
from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from anyio import to_thread
from attrs import define, field
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ContentReasoning, ModelOutput, execute_tools, get_model
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolCall as Asked
from inspect_ai.tool import ToolDef, ToolError, ToolParams, mcp_server_http

from ...scenarios.grading import Grade
from ..agents.turns import ToolCall, Turn
from ..runner import Stage, standard
from .guests import Guest, House
from .remote import RemoteGuest, Service
from .tested import check

check("inspect-ai")

_SEATS: dict[str, Seat] = {}
"""By the uuid of a sample, while it is played. An episode cannot stand in Inspect's store, which is written to its log."""


def corecraft_task(
    out: Path | str, ids: Sequence[str] = (), stage: Stage | None = None, service: str = "", **select: Any
) -> Task:
    """Inspect's task. out: the run folder. ids: tasks, or `select` as `Stage.select` has it: split, limit, category.
    service: address of one that runs, with its token in the environment; tools are then over MCP, and the run is its own."""
    stage = stage or standard()
    tasks = [stage.tasks[id] for id in ids] if ids else stage.select(**select)
    house = cache(lambda model: House(out, model, stage))
    return Task(
        name="corecraft",
        dataset=[Sample(id=task.id, input=task.prompt, metadata={"category": task.category}) for task in tasks],
        setup=opened_at(Service(service)) if service else opened(house),
        solver=talk(),
        scorer=graded(),
        cleanup=_let_go,
    )


@define
class Seat:
    """An episode in a sample."""

    guest: Guest | RemoteGuest
    heard: int = 0
    """Of the transcript's events, how many were looked at."""
    asked: list[Asked] = field(factory=list)
    """Calls of the last turn that were not made yet."""

    def listen(self) -> None:
        """Record what models have said since."""
        events = transcript().events
        for event in events[self.heard :]:
            if isinstance(event, ModelEvent) and event.output.choices:
                self.guest.turn(turn_of(event.output))
                self.asked = list(event.output.message.tool_calls or ())
        self.heard = len(events)

    def id_of(self, tool: str, arguments: dict[str, Any]) -> str | None:
        """What the model named the call that is being made."""
        asked = next((one for one in self.asked if (one.function, one.arguments) == (tool, arguments)), None)
        if asked is None:
            return None
        self.asked.remove(asked)
        return asked.id


@solver
def opened(house: Any) -> Solver:
    """Open the sample's episode, by the model that is evaluated."""

    async def open_it(state: TaskState, generate: Generate) -> TaskState:
        guest: Guest = house(str(get_model())).guest(str(state.sample_id), epoch=state.epoch)
        seat = _seated(state, guest)
        state.tools = [tool_of(seat, guest, definition).as_tool() for definition in guest.tools]
        return state

    return open_it


@solver
def opened_at(service: Service) -> Solver:
    """Open it at a service; its tools are those of its MCP address."""

    async def open_it(state: TaskState, generate: Generate) -> TaskState:
        guest = await to_thread.run_sync(service.guest, str(state.sample_id), str(get_model()))
        _seated(state, guest)
        state.tools = list(await mcp_server_http(name="corecraft", url=guest.mcp_url).tools())
        return state

    return open_it


def _seated(state: TaskState, guest: Guest | RemoteGuest) -> Seat:
    state.messages = [ChatMessageSystem(content=guest.system), ChatMessageUser(content=guest.prompt)]
    state.metadata["episode"] = guest.id
    seat = _SEATS[state.uuid] = Seat(guest)
    return seat


@solver
def talk() -> Solver:
    """The model, its tools, and the requester where the task lets him be asked back."""

    async def play(state: TaskState, generate: Generate) -> TaskState:
        seat = _SEATS[state.uuid]
        while not state.completed:
            state = await generate(state, tool_calls="none")
            seat.listen()
            if state.output.message.tool_calls:
                made = await execute_tools(state.messages, state.tools, max_output=0)
                state.messages.extend(made.messages)
            elif (said := seat.guest.say(state.output.completion)) is None:
                break
            else:
                state.messages.append(ChatMessageUser(content=said))
        return state

    return play


@scorer(metrics={"reward": [mean(), stderr()], "passed": [mean(), stderr()]})
def graded() -> Scorer:
    """The grade of the episode, with the model's last words as its answer."""

    async def score(state: TaskState, target: Target) -> Score:
        seat = _SEATS[state.uuid]
        seat.listen()
        answer = None if state.output.message.tool_calls else state.output.completion
        return score_of(seat.guest, await to_thread.run_sync(seat.guest.finish, answer), answer)

    return score


def score_of(guest: Guest | RemoteGuest, grade: Grade, answer: str | None) -> Score:
    value = {"reward": grade.code_reward, "passed": grade.code_passed is True}
    lost = [criterion.text for criterion in grade.criteria if criterion.passed is False]
    return Score(value=value, answer=answer, explanation="\n".join(lost), metadata={"episode": guest.id})


async def _let_go(state: TaskState) -> None:
    """An episode that was not scored, since Inspect could not go on, counts neither for nor against the model."""
    seat = _SEATS.pop(state.uuid, None)
    if seat is not None:
        seat.guest.fail(RuntimeError("Inspect ended the sample before it was scored"))


def tool_of(seat: Seat, guest: Guest, definition: Any) -> ToolDef:
    """One of our tools as Inspect's, made in order and with its whole reply."""
    name = definition["name"]

    async def execute(**arguments: Any) -> str:
        seat.listen()
        reply = guest.call(name, arguments, seat.id_of(name, arguments))
        if not reply.ok:
            raise ToolError(reply.json.decode())
        return reply.json.decode()

    parameters = ToolParams.model_validate(definition["inputSchema"])
    return ToolDef(execute, name, definition["description"], parameters, parallel=False, max_output=0)


def turn_of(output: ModelOutput) -> Turn:
    message = output.message
    calls = [ToolCall(one.id, one.function, json.dumps(one.arguments)) for one in message.tool_calls or ()]
    parts = [] if isinstance(message.content, str) else message.content
    thought = "\n".join(part.reasoning for part in parts if isinstance(part, ContentReasoning))
    usage = None
    if output.usage is not None:
        usage = {"prompt_tokens": output.usage.input_tokens, "completion_tokens": output.usage.output_tokens}
    return Turn(message.text, tuple(calls), thought, usage, output.stop_reason, output.model)
