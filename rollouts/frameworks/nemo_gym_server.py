"""NeMo Gym: a resource server. A session is an episode, a tool is an endpoint, `/verify` is the grade.

Its agents post a call without the turn it comes of, and hand in the whole response at the end. So calls are made in memory, and
the episode is recorded when it is to be verified, turn by turn, with the ids and logprobs of tokens where the model's server
gives them.
"""

# The framework is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false
from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from nemo_gym.base_resources_server import (
    BaseResourcesServerConfig,
    BaseSeedSessionRequest,
    BaseSeedSessionResponse,
    BaseVerifyRequest,
    BaseVerifyResponse,
    SimpleResourcesServer,
)
from nemo_gym.server_utils import SESSION_ID_KEY
from pydantic import PrivateAttr

from ...engine.canonical import parsed
from ...engine.errors import CoreCraftError
from ...scenarios.task import Task
from ..agents.turns import ToolCall, Turn
from ..runner import Stage
from .guests import House, Rehearsal
from .tested import check

check("nemo-gym")


class CoreCraftConfig(BaseResourcesServerConfig):
    out: str = "runs/nemo-gym"
    """The run folder."""
    agent: str = "nemo-gym"
    """Who plays, in labels and ids."""


class CoreCraftSeedRequest(BaseSeedSessionRequest):
    corecraft_task: str


class CoreCraftVerifyRequest(BaseVerifyRequest):
    corecraft_task: str


class CoreCraftVerifyResponse(BaseVerifyResponse):
    corecraft_task: str
    corecraft_episode: str
    code_passed: bool


class CoreCraftResourcesServer(SimpleResourcesServer):
    """One run, and any number of sessions."""

    config: CoreCraftConfig
    _house: House = PrivateAttr()
    _sessions: dict[str, Rehearsal] = PrivateAttr(default_factory=dict[str, Rehearsal])

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        self._house = House(self.config.out, self.config.agent)

    def setup_webserver(self) -> FastAPI:
        app = super().setup_webserver()
        app.post("/{tool}")(self.call)  # after those of the server itself
        return app

    async def seed_session(self, request: Request, body: CoreCraftSeedRequest) -> BaseSeedSessionResponse:
        session = request.session[SESSION_ID_KEY]
        if session in self._sessions:  # an agent posts to whatever its model calls, and may not begin anew
            raise HTTPException(409, "this session has an episode already")
        self._sessions[session] = self._house.rehearsal(body.corecraft_task)
        return BaseSeedSessionResponse()

    async def call(self, tool: str, request: Request) -> Response:
        rehearsal = self._of(request)
        try:
            arguments = parsed(await request.body() or b"{}", surrogates=True)
        except ValueError as error:
            return Response(json.dumps({"error": str(error)}), 400, media_type="application/json")
        reply = rehearsal.call(tool, arguments)
        return Response(reply.json, 200 if reply.ok else 422, media_type="application/json")

    async def verify(self, request: Request, body: CoreCraftVerifyRequest) -> CoreCraftVerifyResponse:
        turns = turns_of([item.model_dump() for item in body.response.output], body.response.model)
        try:
            guest = self._of(request).record(turns)
        except CoreCraftError as error:
            raise HTTPException(409, str(error)) from None
        del self._sessions[request.session[SESSION_ID_KEY]]
        answered = bool(turns) and not turns[-1].calls
        grade = await asyncio.to_thread(guest.finish, turns[-1].text if answered else None)
        told = {"corecraft_episode": guest.id, "code_passed": grade.code_passed is True}
        return CoreCraftVerifyResponse(**body.model_dump(), **told, reward=grade.code_reward or 0.0)

    def _of(self, request: Request) -> Rehearsal:
        rehearsal = self._sessions.get(request.session[SESSION_ID_KEY])
        if rehearsal is None:
            raise HTTPException(409, "this session has no episode: seed_session opens one, and verify ends it")
        return rehearsal


def turns_of(output: Iterable[dict[str, Any]], model: str = "") -> list[Turn]:
    """The turns of a response that holds them all: what stands between the outputs of calls."""
    turns: list[list[dict[str, Any]]] = [[]]
    for item in output:
        if item["type"] != "function_call_output":
            turns[-1].append(item)
        elif turns[-1]:
            turns.append([])
    return [_turn(items, model) for items in turns if items]


def _turn(items: list[dict[str, Any]], model: str) -> Turn:
    said = [part["text"] for item in items if item["type"] == "message" for part in item["content"] if part.get("text")]
    thought = [part["text"] for item in items if item["type"] == "reasoning" for part in item["summary"]]
    calls = [ToolCall(i["call_id"], i["name"], i["arguments"]) for i in items if i["type"] == "function_call"]
    ids, logprobs = items[-1].get("generation_token_ids"), items[-1].get("generation_log_probs")
    tokens = {"ids": ids, "logprobs": logprobs} if ids else None
    return Turn("\n".join(said), tuple(calls), "\n".join(thought), model=model, tokens=tokens)


def rows(stage: Stage, tasks: Iterable[Task], agent: str = "corecraft_simple_agent") -> list[dict[str, Any]]:
    """A data set for NeMo Gym, one row a task: what the model is asked, and which task it is. Neither rubric nor truth."""
    return [
        {
            "responses_create_params": {
                "input": [{"role": "system", "content": stage.system_text}, {"role": "user", "content": task.prompt}],
                "tools": [
                    {"type": "function", "name": tool["name"], "description": tool["description"],
                     "parameters": tool["inputSchema"], "strict": False}
                    for tool in stage.opening(task).toolset.definitions()
                ],
                "parallel_tool_calls": True,
            },
            "corecraft_task": task.id,
            "agent_ref": {"type": "responses_api_agents", "name": agent},
        }
        for task in tasks
    ]  # fmt: skip


def write_rows(path: Path, stage: Stage, tasks: Iterable[Task]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(stage, tasks)))
