"""Played with NeMo Gym's own agent, over HTTP between its servers: RUN [TASK...]. The model's server plays references.

Ray, the head server and an environment for each server, which `ng_run` makes, are left out: what they start is the same.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from typing import Any

import uvicorn
from corecraft.rollouts.frameworks.nemo_gym_server import CoreCraftConfig, CoreCraftResourcesServer, rows
from corecraft.rollouts.runner import Stage, standard
from fastapi import FastAPI, Request
from nemo_gym.config_types import BaseServerConfig
from nemo_gym.server_utils import ServerClient
from omegaconf import OmegaConf
from reference import said
from responses_api_agents.simple_agent.app import SimpleAgent, SimpleAgentConfig


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


async def serve(app: FastAPI, port: int) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    """In this loop, since NeMo Gym keeps one HTTP client a process."""
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    return server, task


def called(id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": id, "name": name, "arguments": arguments, "id": f"fc-{id}"}


def model(stage: Stage, ids: list[str]) -> FastAPI:
    """Plays references, after a turn of broken calls; of its answer it says which tokens it drew."""
    app = FastAPI()

    @app.post("/v1/responses")
    async def respond(request: Request) -> dict[str, Any]:
        asked = (await request.json())["input"]
        id = next(id for id in ids if stage.tasks[id].prompt == asked[1]["content"])
        replies = sum(item.get("type") == "function_call_output" for item in asked)
        spoken = said(stage, id, replies - 2) if replies else ""
        if replies == 0:
            output = [called("b0", "searchOrders", '{"order_id": '), called("b1", "noSuchTool", "{}")]
        elif isinstance(spoken, str):
            text = {"type": "output_text", "text": spoken, "annotations": []}
            message = {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
            tokens = {"prompt_token_ids": [1], "generation_token_ids": [5, 6], "generation_log_probs": [-0.5, -0.25]}
            output = [{**message, **tokens}]
        else:
            made = enumerate(spoken)
            output = [called(f"c{replies}.{n}", name, json.dumps(arguments)) for n, (name, arguments) in made]
        return {
            "id": "r1", "created_at": 1.0, "model": "toy", "object": "response", "output": output, "tools": [],
            "parallel_tool_calls": True, "tool_choice": "auto",
        }  # fmt: skip

    return app


async def play(out: str, ids: list[str]) -> list[Any]:
    ports = {name: free_port() for name in ("corecraft", "corecraft_simple_agent", "policy_model")}
    kinds = {"corecraft": "resources_servers", "corecraft_simple_agent": "responses_api_agents",
             "policy_model": "responses_api_models"}  # fmt: skip
    told = {name: {kinds[name]: {name: {"host": "127.0.0.1", "port": port}}} for name, port in ports.items()}
    os.environ["NEMO_GYM_CONFIG_DICT"] = json.dumps(told)  # as its servers are told
    client = ServerClient(
        head_server_config=BaseServerConfig(host="127.0.0.1", port=1), global_config_dict=OmegaConf.create(told)
    )
    common = {name: {"host": "127.0.0.1", "port": port, "entrypoint": "", "name": name} for name, port in ports.items()}
    config = CoreCraftConfig(**common["corecraft"], domain="agent", out=out)
    agent_config = SimpleAgentConfig(
        **common["corecraft_simple_agent"],
        resources_server={"type": "resources_servers", "name": "corecraft"},
        model_server={"type": "responses_api_models", "name": "policy_model"},
    )
    stage = standard()
    ours = CoreCraftResourcesServer(config=config, server_client=client)
    agent = SimpleAgent(config=agent_config, server_client=client)
    apps = (ours.setup_webserver(), agent.setup_webserver(), model(stage, ids))
    serving = [await serve(app, port) for app, port in zip(apps, ports.values(), strict=True)]

    async def one(row: dict[str, Any]) -> Any:
        reply = await client.post("corecraft_simple_agent", "/run", json=row)
        return json.loads(await reply.read())

    played = await asyncio.gather(*map(one, rows(stage, [stage.tasks[id] for id in ids])))
    for server, task in serving:
        server.should_exit = True
        await task
    return played


def main(out: str, *ids: str) -> None:
    for verified in asyncio.run(play(out, list(ids))):
        print(json.dumps({"episode": verified["corecraft_episode"], "reward": verified["reward"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
