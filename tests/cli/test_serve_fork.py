"""Recorded episodes, played on by MCP clients from any event."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from corecraft.cli.main import main
from corecraft.engine.run import Run
from corecraft.replay.otherwise import edits_since
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

pytestmark = pytest.mark.usefixtures("built_once")

COMMAND = [sys.executable, "-m", "corecraft.cli.main", "serve"]
PARENT = "S-2.failing.0"
ORDER = "ord-251102-810"
TOKEN = "the-control-token-of-this-test"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    assert main(["run", "--task", "S-2", "--agent", "failing", "--out", str(tmp_path / "run"), "--json"]) == 0
    return tmp_path / "run"


def test_over_stdio_a_client_is_told_the_past_and_plays_on(run: Path):
    edits = ["--edit", f'order/{ORDER} status="backorder"', "--edit", "drop 18", "--edit", "say=She called."]

    async def play() -> tuple[str, str]:
        server = StdioServerParameters(
            command=COMMAND[0], args=[*COMMAND[1:], "--stdio", "--fork", f"{run / PARENT}@18", *edits]
        )
        async with Client(stdio_client(server), mode="legacy") as client:
            found = await client.call_tool("searchOrders", {"order_id": ORDER})
            return client.instructions or "", found.content[0].text  # type: ignore[union-attr]

    instructions, found = anyio.run(play)
    assert "Operations Handbook" in instructions
    told = [json.loads(line) for line in instructions.splitlines() if line.startswith("{")]
    assert told[-1] == {"role": "user", "content": "She called."}
    assert json.loads(told[-2]["content"]) == {"error": "The tool did not answer in time."}
    assert json.loads(found)[0]["status"] == "backorder"
    history = Run(run).trajectory(f"{PARENT}~1")
    assert (history.inherited, history.status) == (19, "closed")
    assert [call.tool for call in history.calls()][-1] == "searchOrders"
    assert len(edits_since(history, 19)) == 3
    assert main(["verify", str(run)]) == 0
    assert main(["fork", f"{run}/{PARENT}~1", "--answer", os.devnull]) == 0, "its answer is handed in afterwards"


@contextmanager
def served(*options: str) -> Iterator[dict[str, str]]:
    """What a service says at its start."""
    environment = {**os.environ, "CORECRAFT_CONTROL_TOKEN": TOKEN, "COLUMNS": "200"}
    command = [*COMMAND, "--http", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            said: dict[str, str] = {}
            while "mcp" not in said:
                name, _, value = process.stderr.readline().strip().partition(" ")
                said[name] = value.strip()
            yield said
        finally:
            process.terminate()
            process.wait(30)


def test_over_http_its_address_is_printed_and_the_control_api_serves_it(run: Path):
    with served("--fork", f"{run / PARENT}@18", "--edit", "say=She called.") as said:
        child = said["fork"]
        assert child == f"{PARENT}~1"

        async def play() -> str:
            async with Client(streamable_http_client(said["mcp"])) as client:
                found = await client.call_tool("searchOrders", {"order_id": ORDER})
                return found.content[0].text  # type: ignore[union-attr]

        assert json.loads(anyio.run(play))[0]["id"] == ORDER
        (base,) = re.findall(r"http://\S+", said["serving"])
        with httpx2.Client(
            base_url=f"{base}/control/episodes/{child}", headers={"Authorization": f"Bearer {TOKEN}"}
        ) as at:
            prompt = at.get("/prompt").json()
            assert prompt["prompt"] == "She called."
            assert "Operations Handbook" in prompt["system"]
            assert at.post("/answer", json={"text": "No."}).status_code == 200
            assert at.post("/grade").json()["code_passed"] is False
            assert at.get(f"{base}/control/episodes/{child}").json()["parent"] == {"episode": PARENT, "seq": 18}
    assert main(["verify", str(run)]) == 0


def test_what_cannot_be_played_on_is_told_in_a_line(run: Path, capsys: pytest.CaptureFixture[str]):
    for options, line in (
        (["--fork", f"{run / PARENT}@3"], "lies inside the call"),
        (["--fork", f"{run / 'nobody'}@4"], "No episode nobody"),
        (["--fork", f"{run / PARENT}@18", "--task", "S-2"], "leave out --task"),
        (["--fork", f"{run / PARENT}@18", "--edit", "burn it"], "is no edit"),
        (["--edit", "say=Hello."], "--edit goes with --fork"),
    ):
        assert main(["serve", "--stdio", *options]) == 2
        assert line in capsys.readouterr().err
