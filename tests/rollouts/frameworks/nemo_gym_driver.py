"""Played with NeMo Gym's own agent, over HTTP between its servers: RUN [TASK...]. The model's server is scripted.

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
from corecraft.rollouts.runner import standard
from fastapi import FastAPI, Request
from nemo_gym.config_types import BaseServerConfig
from nemo_gym.server_utils import ServerClient
from omegaconf import OmegaConf
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


def called(number: int, name: str, arguments: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": f"c{number}", "name": name, "arguments": arguments, "id": f"fc{number}"}


def model() -> FastAPI:
    """Looks an order up, twice otherwise than it should, and answers; it says which tokens it drew."""
    app = FastAPI()

    @app.post("/v1/responses")
    async def respond(request: Request) -> dict[str, Any]:
        body = await request.json()
        if not any(item.get("type") == "function_call_output" for item in body["input"]):
            output = [
                called(1, "searchOrders", '{"order_id": "ord-251102-810"}'),
                called(2, "searchOrders", '{"order_id": '),
                called(3, "searchOrder", "{}"),
            ]
        else:
            text = {"type": "output_text", "text": "Delivered: 13 November 2025", "annotations": []}
            message = {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
            tokens = {"prompt_token_ids": [1], "generation_token_ids": [5, 6], "generation_log_probs": [-0.5, -0.25]}
            output = [{**message, **tokens}]
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
    ours = CoreCraftResourcesServer(config=config, server_client=client)
    agent = SimpleAgent(config=agent_config, server_client=client)
    apps = {
        "corecraft": ours.setup_webserver(), "corecraft_simple_agent": agent.setup_webserver(), "policy_model": model(),
    }  # fmt: skip
    serving = [await serve(app, ports[name]) for name, app in apps.items()]
    stage = standard()

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
        outputs = [item["output"] for item in verified["response"]["output"] if item["type"] == "function_call_output"]
        print(json.dumps({"episode": verified["corecraft_episode"], "reward": verified["reward"], "outputs": outputs}))


if __name__ == "__main__":
    main(*sys.argv[1:])
