"""What the harness costs beside the model: a model that answers at once, asked in this process and over real HTTP.

    python -m corecraft.benchmarks.models

Every episode has twenty turns of one tool call and an answer; it is recorded in a run folder and graded, as in `corecraft run`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
from rich.console import Console
from rich.table import Table

from ..rollouts.agents.model import ModelAgent
from ..rollouts.agents.turns import Ask, Completion
from ..rollouts.endpoints import ChatEndpoint
from ..rollouts.runner import Stage
from ..rollouts.schedule import Schedule, jobs, play_model

TURNS = 20
CONCURRENCIES = (1, 16, 64, 256)


def reply(body: dict[str, object]) -> dict[str, object]:
    """A call, twenty times, each another one; then an answer."""
    messages = body["messages"]
    assert isinstance(messages, list)
    made = sum(message["role"] == "tool" for message in messages)
    message: dict[str, object] = {"role": "assistant", "content": "Delivered on 13 November 2025."}
    if made < TURNS:
        function = {"name": "searchShipments", "arguments": json.dumps({"order_id": f"ord-251102-{800 + made}"})}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "a", "type": "function", "function": function}],
        }
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    return {"model": "instant", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


class Instant:
    """An endpoint without a wire."""

    async def __aenter__(self) -> Instant:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def complete(self, ask: Ask) -> Completion:
        await anyio.lowlevel.checkpoint()
        return Completion(reply(dict(ask.body)))


def measure(stage: Stage, endpoint: Instant | ChatEndpoint, concurrency: int, episodes: int) -> tuple[float, float]:
    """Episodes a second, and milliseconds of the harness a turn."""
    agent = ModelAgent("instant", "instant", stage.system_text)
    with tempfile.TemporaryDirectory() as folder:
        wanted = jobs([stage.tasks["S-2"]], agent.name, episodes)
        with Schedule(Path(folder) / "run", stage, wanted, agent.name, {}) as schedule:
            began = time.perf_counter()
            anyio.run(_play, schedule, agent, endpoint, concurrency)
            spent = time.perf_counter() - began
    return episodes / spent, 1000 * spent / (episodes * (TURNS + 1))


async def _play(schedule: Schedule, agent: ModelAgent, endpoint: Instant | ChatEndpoint, concurrency: int) -> None:
    async with endpoint:
        await play_model(schedule, agent, endpoint, lambda _: None, concurrency=concurrency)


def main() -> None:
    console, stage = Console(), Stage.build()
    table = Table("concurrency", "wire", "episodes/s", "ms a turn")
    with _server() as url:
        for concurrency in CONCURRENCIES:
            episodes = max(concurrency, 64)
            for wire in ("none", "HTTP"):
                endpoint = Instant() if wire == "none" else ChatEndpoint(url, retries=0)
                rate, turn = measure(stage, endpoint, concurrency, episodes)
                table.add_row(str(concurrency), wire, f"{rate:.1f}", f"{turn:.2f}")
    console.print(table)
    console.print(
        f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


# --- a server that answers at once -----------------------------------------------------------------------------------


@contextmanager
def _server() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "--serve"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


async def _serve() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            fields = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(fields["content-length"]))
            content = json.dumps(reply(json.loads(body))).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
                + content
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    if parser.parse_args().serve:
        asyncio.run(_serve())
    else:
        main()
