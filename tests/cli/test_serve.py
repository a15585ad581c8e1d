"""The real tasks over the real protocol: `corecraft serve` in a process of its own, agents by the SDK's official client."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.task import Task
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from .test_cli import corecraft

COMMAND = [sys.executable, "-m", "corecraft.cli.main", "serve"]
TOKEN = "the-control-token-of-this-test"
ERAS = ("auto", "legacy")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("served") / "run"
    environment = {**os.environ, "CORECRAFT_CONTROL_TOKEN": TOKEN, "COLUMNS": "200"}
    command = [*COMMAND, "--http", "127.0.0.1:0", "--out", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if line.startswith("serving"))
            yield re.findall(r"http://\S+", line)[0], folder
        finally:
            process.terminate()
            process.wait(30)


class McpDesk:
    """What a scripted agent sits at when its tools are at the other end of MCP."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal, self._client = portal, client

    def call(self, tool: str, **arguments: Any) -> Any:
        result = self._portal.call(self._client.call_tool, tool, arguments)
        return json.loads(result.content[0].text)

    attempt = call

    def say(self, text: str) -> None:
        """Nobody listens."""


@contextmanager
def desk(url: str, mode: str) -> Iterator[McpDesk]:
    with start_blocking_portal() as portal:
        client = Client(streamable_http_client(url), mode=mode)  # type: ignore[arg-type]
        with portal.wrap_async_context_manager(client) as connected:
            yield McpDesk(portal, connected)


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("id", ["S-1", "S-2", "S-3", "S-4", "RS-03-002", "MW-02-005"])
def test_a_task_is_played_over_mcp_and_graded_over_control(stage: Stage, served: tuple[str, Path], id: str, mode: str):
    base, folder = served
    task = stage.tasks[id]
    with httpx2.Client(base_url=f"{base}/control", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as control:
        for agent in ("reference", "failing"):
            opened = control.post("/episodes", json={"task": id, "agent": agent}).json()
            prompt = control.get(f"/episodes/{opened['episode']}/prompt").json()
            assert "Operations Handbook" in prompt["system"]
            assert prompt["prompt"]
            control.post(
                f"/episodes/{opened['episode']}/answer", json={"text": played(opened["mcp_url"], mode, task, agent)}
            )
            grade = control.post(f"/episodes/{opened['episode']}/grade").json()
            assert grade["code_passed"] is (agent == "reference")
            assert grade["code_reward"] == 1 if agent == "reference" else grade["code_reward"] < 1
    verified = corecraft("verify", folder)
    assert verified.returncode == 0, verified.stdout


def played(url: str, mode: str, task: Task, agent: str) -> str:
    chosen = scripted(task, agent)
    with desk(url, mode) as at:
        return chosen.script(at, chosen.given).render()


@pytest.mark.parametrize("mode", ERAS)
def test_stdio_without_a_task_is_a_bare_standard_world(mode: str):
    async def ask() -> tuple[list[str], Any, Any, Any]:
        server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "--stdio"])
        async with Client(stdio_client(server), mode=mode) as client:  # type: ignore[arg-type]
            tools = await client.list_tools()
            product = await client.call_tool("getProduct", {"product_id": "skyforge-x670e-pro"})
            page = await client.call_tool("searchOrders", {"limit": 200})
            wrong = await client.call_tool("getProduct", {"product_id": "nothing"})
            return [tool.name for tool in tools.tools], product, page, wrong

    names, product, page, wrong = anyio.run(ask)
    assert len(names) == 23
    row = json.loads(product.content[0].text)
    assert row["id"] == "skyforge-x670e-pro"
    assert row["price"] == 349.99
    assert product.structured_content == row
    assert len(json.loads(page.content[0].text)) == 10, "base set, benchmark profile: ten rows at most"
    assert wrong.is_error
    assert json.loads(wrong.content[0].text) == {"error": "Product not found: nothing"}


def test_agents_find_nothing_but_their_tools(served: tuple[str, Path]):
    base, _ = served
    for path in (
        "/",
        "/control/episodes",
        "/tasks",
        "/episodes",
        "/episodes/S-1/mcp",
        "/manifest",
        "/docs",
        "/openapi.json",
    ):
        for answer in (httpx2.get(base + path), httpx2.post(base + path, json={})):
            assert answer.status_code in (401, 404, 405), path
            assert "Traceback" not in answer.text
