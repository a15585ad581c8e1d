"""What the harness costs beside the model: a model that answers at once, asked in this process and over real HTTP.

    python -m corecraft.benchmarks.models [--peer PYTHON]

Every episode has twenty turns of one tool call and an answer; it is recorded in a run folder and graded, as in `corecraft run`.
Beside it stands Inspect AI with its mock model, where PYTHON (by default this one) has it: the same turns, without a wire.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
from attrs import frozen
from rich.console import Console
from rich.table import Table

from ..engine.canonical import encode
from ..rollouts.agents.model import ModelAgent
from ..rollouts.agents.turns import Ask, Completion
from ..rollouts.endpoints import ChatEndpoint
from ..rollouts.loop import converse
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


@frozen
class Cost:
    """Seconds for so many episodes: by the wall clock, and of the processor."""

    episodes: int
    wall: float
    processor: float

    @property
    def rate(self) -> float:
        return self.episodes / self.wall

    @property
    def turn(self) -> float:
        """Milliseconds a turn."""
        return 1000 * self.wall / (self.episodes * (TURNS + 1))

    @property
    def processor_turn(self) -> float:
        return 1000 * self.processor / (self.episodes * (TURNS + 1))

    def row(self) -> tuple[str, ...]:
        return f"{self.rate:.1f}", f"{self.turn:.2f}", f"{self.processor_turn:.2f}"


def measure(stage: Stage, endpoint: Instant | ChatEndpoint, concurrency: int, episodes: int) -> Cost:
    """The harness and, where there is a wire, the client."""
    agent = ModelAgent("instant", "instant", stage.system_text)
    with tempfile.TemporaryDirectory() as folder:
        wanted = jobs([stage.tasks["S-2"]], agent.name, episodes)
        with Schedule(Path(folder) / "run", stage, wanted, agent.name, {}) as schedule:
            wall, processor = time.perf_counter(), time.process_time()
            anyio.run(_play, schedule, agent, endpoint, concurrency)
            return Cost(episodes, time.perf_counter() - wall, time.process_time() - processor)


async def _play(schedule: Schedule, agent: ModelAgent, endpoint: Instant | ChatEndpoint, concurrency: int) -> None:
    async with endpoint:
        await play_model(schedule, agent, endpoint, lambda _: None, concurrency=concurrency)


def main(peer: str) -> None:
    console, stage = Console(), Stage.build()
    before = _memory()
    table = Table("concurrency", "wire", *COSTS)
    with _server() as url:
        for concurrency in CONCURRENCIES:
            episodes = max(concurrency, 64)
            for wire in ("none", "HTTP"):
                endpoint = Instant() if wire == "none" else ChatEndpoint(url, retries=0)
                table.add_row(str(concurrency), wire, *measure(stage, endpoint, concurrency, episodes).row())
        console.print(table)
        console.print(f"memory: {before:.0f} MiB before, {_memory():.0f} MiB with {CONCURRENCIES[-1]} live episodes")
        console.print(_where(stage, ChatEndpoint(url, retries=0)))
    _beside(console, stage, peer)


def _memory() -> float:
    """The most that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


ROOMS = ("engine", "tools", "scenarios", "rollouts")
CLIENT = ("openai", "httpx", "httpcore", "h11", "anyio", "asyncio", "pydantic", "selectors", "ssl")


def _where(stage: Stage, endpoint: ChatEndpoint) -> Table:
    """Whose functions the processor was in, over HTTP; the profiler makes small ones look dearer than they are."""
    profiler = cProfile.Profile()
    profiler.enable()
    measure(stage, endpoint, PAIRED, PAIRED)
    profiler.disable()
    spent = Counter[str]()
    for (file, _, name), (_, _, own, *_) in pstats.Stats(profiler).stats.items():  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
        spent[_whose(str(file), str(name))] += own
    table = Table(f"where the time goes, {PAIRED} at a time over HTTP", "share")
    for whose, seconds in spent.most_common():
        table.add_row(whose, f"{seconds / spent.total():.0%}")
    return table


def _whose(file: str, name: str) -> str:
    here = Path(__file__).parents[1]
    parts = Path(file).parts
    if Path(file).is_relative_to(here) and ".venv" not in parts:
        return next((f"ours, {room}" for room in ROOMS if room in parts[len(here.parts) :][:1]), "ours, the rest")
    if "poll" in name or "select" in name:
        return "waiting for the model"
    return next(
        ("the client: openai, httpx, asyncio" for package in CLIENT if package in file), "Python and what is built in"
    )


COSTS = ("episodes/s", "ms a turn", "of the processor")


# --- the public peer -------------------------------------------------------------------------------------------------

HOW = (
    "In an environment of its own: python -m venv .venv-inspect && .venv-inspect/bin/pip install inspect-ai; then "
    "--peer .venv-inspect/bin/python"
)
PAIRED = 64
"""Episodes of a pair, all at a time."""
ROUNDS = 3
"""Pairs; the middle one counts, as both meet the same busy moments of the machine."""


def _beside(console: Console, stage: Stage, python: str) -> None:
    """Ours and the peer's in turn."""
    if subprocess.run([python, "-I", "-c", "import inspect_ai"], stderr=subprocess.DEVNULL, check=False).returncode:
        console.print(f"No peer: {python} has no inspect_ai. {HOW}", soft_wrap=True)
        return
    work = json.dumps(_work(stage)).encode()
    worker = [python, "-I", str(Path(__file__).with_name("models_peer.py"))]
    rounds: list[dict[str, Cost]] = []
    for _ in range(ROUNDS):
        ours = measure(stage, Instant(), PAIRED, PAIRED)
        told = json.loads(subprocess.run(worker, input=work, stdout=subprocess.PIPE, check=True).stdout)
        rounds.append({"ours": ours} | {f"Inspect AI, {name}": Cost(PAIRED, *spent) for name, spent in told.items()})
    table = Table(f"{PAIRED} at a time, no wire", *COSTS, "x ours", "x ours, of the processor")
    for name in rounds[0]:
        middle = sorted((each[name] for each in rounds), key=lambda cost: cost.processor)[ROUNDS // 2]
        wall = statistics.median(each[name].wall / each["ours"].wall for each in rounds)
        processor = statistics.median(each[name].processor / each["ours"].processor for each in rounds)
        table.add_row(name, *middle.row(), f"{wall:.1f}", f"{processor:.1f}")
    console.print(table)


def _work(stage: Stage) -> dict[str, object]:
    """The conversation of one episode, with the very bytes of our replies, for the peer's tool to return."""
    task, agent = stage.tasks["S-2"], ModelAgent("instant", "instant", stage.system_text)
    episode = stage.open(task, "once")
    anyio.run(converse, agent, episode, Instant())
    calls = list(episode.trajectory().calls())
    return {
        "system": stage.system_text,
        "prompt": task.prompt,
        "tool": calls[0].tool,
        "asked": [call.called.data["arguments"]["order_id"] for call in calls],
        "replies": [encode(call.reply).decode() for call in calls],
        "answer": episode.trajectory().answer,
        "episodes": PAIRED,
        "concurrency": PAIRED,
    }


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
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--peer", default=sys.executable, metavar="PYTHON", help="an interpreter that has inspect_ai")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve())
    else:
        main(options.peer)
