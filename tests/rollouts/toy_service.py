"""The service on the toy domain, for the tests beside it: a catalogue, a server in a subprocess, a control client.

python -m tests.rollouts.toy_service RUN_FOLDER      # prints the base URL, serves until SIGTERM
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from corecraft.engine.canonical import digest, encode
from corecraft.engine.episode import Budget
from corecraft.engine.event import JUDGED
from corecraft.engine.run import Run
from corecraft.engine.trajectory import Trajectory
from corecraft.engine.world import World
from corecraft.rollouts.guard import Patience
from corecraft.rollouts.hosting import EpisodeHost, NotInCatalogue
from corecraft.rollouts.opening import Opening
from corecraft.rollouts.service import create_app, serve_http
from corecraft.scenarios.checks import Judge
from corecraft.scenarios.task import Criterion
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from ..toy import genesis, toolset

CONTROL = "control-token-of-the-tests"
AGENT = "agent-token-of-the-tests"
ROOT = Path(__file__).parents[2]
JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


class Toys:
    """One world of pots, one task: paint p1 red, and a warm red, if a judge says something of it."""

    def __init__(self) -> None:
        self._genesis = genesis(400)
        self._toolset = toolset()

    def open_task(self, task: str, toolset: str | None) -> Opening:
        if task != "red":
            raise NotInCatalogue(f"No task {task}")
        prompts = [{"role": "system", "text": "You paint."}, {"role": "user", "text": "Paint p1 red."}]
        stored = {"id": task, "text": prompts[1]["text"]}
        pin = {"id": task, "digest": digest(encode(stored))}
        return Opening(World(self._genesis), self._toolset, prompts, pin, system="You paint.", stored_task=stored)

    def open_bare(self, world: str, toolset: str | None) -> Opening:
        if (world, toolset) not in (("pots", None), ("pots", "toy")):
            raise NotInCatalogue(f"No world {world} with toolset {toolset}")
        return Opening(World(self._genesis), self._toolset)

    def reopen(self, opened: Mapping[str, Any]) -> Opening:
        return Opening(World(self._genesis), self._toolset, system="You paint.")

    def grade(self, trajectory: Trajectory, task: bytes) -> dict[str, Any]:
        pot = trajectory.world_at(len(trajectory) - 1, self._genesis).get("pot", "p1")
        passed = pot is not None and pot["color"] == "red" and trajectory.answer is not None
        said = [event.data["verdict"] for event in trajectory.events if event.kind == JUDGED]
        passed = passed and said[-1:] != [False]
        return {"reward": float(passed), "passed": passed}

    def criterion(self, trajectory: Trajectory, task: bytes, id: str) -> Criterion:
        if id != "shade":
            raise NotInCatalogue(f"No criterion {id}")
        return Criterion(id, "Is a warm red.", "correctness", Judge("Is the red warm?"))


def started(folder: Path, *options: str, before: Sequence[str] = ()) -> tuple[subprocess.Popen[str], str]:
    """A real server in a subprocess, and its base URL. options: see `main`; before: a command that runs it."""
    command = [*before, sys.executable, "-m", __name__, str(folder), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@contextmanager
def serving(folder: Path, *options: str, before: Sequence[str] = ()) -> Iterator[str]:
    """The same, until the end of the block."""
    process, base = started(folder, *options, before=before)
    with process:
        try:
            yield base
        finally:
            process.terminate()
            process.wait(60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Experimenter:
    """The control API's client."""

    def __init__(self, base: str, token: str = CONTROL) -> None:
        self.http = httpx2.Client(base_url=base + "/control", headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def open(self, **request: Any) -> dict[str, Any]:
        answer = self.http.post("/episodes", json={"world": "pots", **request} if "task" not in request else request)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def post(self, path: str, **request: Any) -> httpx2.Response:
        return self.http.post(path, json=request)

    def get(self, path: str) -> Any:
        return self.http.get(path).json()


def agent(url: str, http: httpx2.AsyncClient | None = None, mode: str = "auto") -> Client:
    """The official client on an agent's URL."""
    return Client(streamable_http_client(url, http_client=http), mode=mode)


def rpc(url: str, body: bytes, **headers: str) -> httpx2.Response:
    """One raw request, for what the official client would not send."""
    return httpx2.post(url, content=body, headers={**JSON_HEADERS, **headers}, timeout=60)


def main(folder: str, *options: str) -> None:
    """options: names and values of `port`, `steps`, `agent-token`, and `patience` (seconds, of everything)."""
    given = dict(zip(options[::2], options[1::2], strict=True))
    run = Run.create(Path(folder), {"what": "service test"})
    host = EpisodeHost(run, Toys(), budget=Budget(calls=int(given.get("steps", 1000))))
    app = create_app(host, control_token=CONTROL, agent_token=given.get("agent-token"))
    patience = Patience(*[float(given["patience"])] * 4) if "patience" in given else Patience()
    serve_http(app, port=int(given.get("port", 0)), patience=patience, started=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
