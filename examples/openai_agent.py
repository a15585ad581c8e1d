"""A complete agent over HTTP: an OpenAI-compatible endpoint plays tasks through the service, and the history keeps its turns.

    corecraft serve --http 127.0.0.1:8765 --out runs/served          # prints the control token
    export CORECRAFT_CONTROL_TOKEN=... MODEL_URL=http://127.0.0.1:8080/v1 MODEL=my-model MODEL_KEY=...
    python examples/openai_agent.py http://127.0.0.1:8765 S-2 RS-03-001

It needs what CoreCraft itself is installed with: the MCP client, and the HTTP client that comes with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

MOST_TURNS = 50


async def main(service: str, *tasks: str) -> None:
    control = {"Authorization": f"Bearer {os.environ['CORECRAFT_CONTROL_TOKEN']}"}
    model = {"Authorization": f"Bearer {os.environ.get('MODEL_KEY', 'none')}"}
    async with (
        httpx2.AsyncClient(base_url=f"{service}/control", headers=control, timeout=120) as experiment,
        httpx2.AsyncClient(base_url=os.environ["MODEL_URL"], headers=model, timeout=600) as endpoint,
    ):
        for task in tasks:
            grade = await play(experiment, endpoint, task)
            figures = {name: grade.get(name) for name in ("code_reward", "code_passed", "reward", "passed")}
            print(task, figures)


async def play(experiment: httpx2.AsyncClient, endpoint: httpx2.AsyncClient, task: str) -> dict[str, Any]:
    """One episode from opening to grade."""
    opened = await posted(experiment, "/episodes", {"task": task, "agent": os.environ["MODEL"]})
    path = f"/episodes/{opened['episode']}"
    told = (await experiment.get(f"{path}/prompt")).raise_for_status().json()
    messages = [{"role": "system", "content": told["system"]}, {"role": "user", "content": told["prompt"]}]
    async with Client(streamable_http_client(opened["mcp_url"])) as tools:
        offered = [
            {
                "type": "function",
                "function": {"name": t.name, "description": t.description, "parameters": t.input_schema},
            }
            for t in (await tools.list_tools()).tools
        ]
        for _ in range(MOST_TURNS):
            said = await turn(endpoint, messages, offered)
            message = said["choices"][0]["message"]
            await posted(experiment, f"{path}/turn", recorded(said))
            if not message.get("tool_calls"):
                await posted(experiment, f"{path}/answer", {"text": message.get("content") or ""})
                break
            messages.append(message)
            for call in message["tool_calls"]:
                result = await tools.call_tool(
                    call["function"]["name"], json.loads(call["function"]["arguments"] or "{}")
                )
                reply = "".join(part.text for part in result.content if part.type == "text")
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": reply})
        else:
            await posted(experiment, f"{path}/close", {"reason": "step limit"})
    return await posted(experiment, f"{path}/grade", {})


async def turn(endpoint: httpx2.AsyncClient, messages: list[Any], offered: list[Any]) -> dict[str, Any]:
    """What the model says next."""
    return await posted(
        endpoint, "/chat/completions", {"model": os.environ["MODEL"], "messages": messages, "tools": offered}
    )


def recorded(said: dict[str, Any]) -> dict[str, Any]:
    """A reply of the endpoint as the history keeps it."""
    choice = said["choices"][0]
    message = choice["message"]
    told = {
        "text": message.get("content"), "reasoning": message.get("reasoning_content"), "usage": said.get("usage"),
        "tool_calls": message.get("tool_calls"), "finish_reason": choice.get("finish_reason"), "model": said.get("model"),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value} or {"finish_reason": "stop"}


async def posted(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = await client.post(path, json=body)
    if reply.is_error:
        raise SystemExit(f"{path}: {reply.status_code} {reply.text}")
    return reply.json()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
