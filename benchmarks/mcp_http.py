"""One MCP call over streamable HTTP: ours against the SDK's bare echo server.

Both are asked by the same client for the same echo, each in a process of its own. Ours validates the arguments, runs an
episode, writes the events to a run folder and returns structured content besides the text; the echo does none of it.

    python -m corecraft.benchmarks.mcp_http
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel import Server
from mcp.types import CallToolResult, ListToolsResult, TextContent

from ..engine.genesis import Genesis
from ..engine.run import Run
from ..engine.tool import query
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..engine.world import World
from ..rollouts.hosting import EpisodeHost, NotInCatalogue
from ..rollouts.opening import Opening
from ..rollouts.requests import OpenRequest
from ..rollouts.service import create_app, new_token, serve_http

TEXT = "The parcel has not arrived; where is it?"


def measure(calls: int = 600) -> dict[str, Any]:
    """Medians in milliseconds per protocol era, and their ratio: `{"modern": {"echo_ms", "ours_ms", "ratio"}, ...}`."""
    with tempfile.TemporaryDirectory() as folder, _server("echo") as echo, _server("ours", folder) as ours:
        return {era: asyncio.run(_compare(echo, ours, mode, calls)) for era, mode in _ERAS.items()}


_ERAS = {"modern": "auto", "handshake": "legacy"}


async def _compare(echo: str, ours: str, mode: str, calls: int) -> dict[str, float]:
    """The two take turns in short rounds, so that a busy moment of the machine meets both."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=30))
        clients: list[Client] = []
        for url in (echo, ours):
            client = Client(streamable_http_client(url, http_client=http), mode=mode)
            clients.append(await stack.enter_async_context(client))
        taken: list[list[float]] = [[], []]
        for turn in range(max(2, calls // 20)):
            for client, times in zip(clients, taken, strict=True):
                batch = await _timed(client, 20)
                times += batch if turn else []  # the first round warms up
    echo_ms, ours_ms = (statistics.median(times) * 1000 for times in taken)
    return {"echo_ms": _rounded(echo_ms), "ours_ms": _rounded(ours_ms), "ratio": _rounded(ours_ms / echo_ms)}


async def _timed(client: Client, calls: int) -> list[float]:
    times: list[float] = []
    for _ in range(calls):
        start = time.perf_counter()
        result = await client.call_tool("echo", {"text": TEXT})
        times.append(time.perf_counter() - start)
        assert not result.is_error
    return times


def _rounded(value: float) -> float:
    return round(value, 3)


@contextmanager
def _server(which: str, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "corecraft.benchmarks.mcp_http", which, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


# --- the SDK's echo ----------------------------------------------------------------------------------------------


_ECHO_TOOL = {
    "name": "echo",
    "description": "Say it again.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}


def _serve_echo() -> None:
    async def list_tools(ctx: Any, params: Any) -> ListToolsResult:
        return ListToolsResult.model_validate({"tools": [_ECHO_TOOL]})

    async def call_tool(ctx: Any, params: Any) -> CallToolResult:
        text = json.dumps({"text": params.arguments["text"]})
        return CallToolResult(content=[TextContent(type="text", text=text)])

    server = Server[Any]("echo", on_list_tools=list_tools, on_call_tool=call_tool)
    app = server.streamable_http_app(json_response=True)
    serve_http(app, port=0, started=lambda url: print(f"{url}/mcp", flush=True))


# --- ours --------------------------------------------------------------------------------------------------------


@query("echo")
def echo(world: World, *, text: str) -> dict[str, Any]:
    """Say it again.

    Args:
        text: What to say.
    """
    return {"text": text}


class _Echoes:
    def __init__(self) -> None:
        self._opening = Opening(World(Genesis({}, 0, {})), Toolset("echo", {"echo": echo}, None, {}))

    def open_task(self, task: str, toolset: str | None) -> Opening:
        raise NotInCatalogue("There are no tasks here")

    def open_bare(self, world: str, toolset: str | None) -> Opening:
        return self._opening

    def reopen(self, opened: Mapping[str, Any]) -> Opening:
        return self._opening

    def grade(self, trajectory: Trajectory, task: str) -> dict[str, Any]:
        return {}


def _serve_ours(folder: str) -> None:
    host = EpisodeHost(Run.create(Path(folder), {"what": "benchmark"}), _Echoes(), budget=None)
    key = asyncio.run(host.open(OpenRequest(world="echo"))).key
    app = create_app(host, control_token=new_token())
    serve_http(app, port=0, started=lambda url: print(f"{url}/episodes/{key}/mcp", flush=True))


if __name__ == "__main__":
    if sys.argv[1:2] == ["echo"]:
        _serve_echo()
    elif sys.argv[1:2] == ["ours"]:
        _serve_ours(sys.argv[2])
    else:
        print(json.dumps(measure(), indent=1))
