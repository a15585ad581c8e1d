"""`corecraft serve`: agents over MCP, by stdio or HTTP."""

from __future__ import annotations

import argparse
import errno
import os
import socket
import time
from itertools import count
from pathlib import Path
from typing import Any

import anyio

from ..engine.episode import Budget
from ..engine.errors import CoreCraftError
from ..replay.visible import one_line
from ..rollouts.catalogue import STANDARD, StageCatalogue
from ..rollouts.folder import RunFolder
from ..rollouts.hosting import EpisodeHost
from ..rollouts.opening import BUDGET
from ..rollouts.routes import mcp_address
from ..rollouts.runner import Stage, prepare_run, wall_ms
from ..rollouts.secret import Secret
from ..rollouts.service import create_app, log_to_stderr, serve_http
from ..scenarios.registry import named
from ..tools.mcp_server import serve_stdio
from . import played_on
from .output import errors
from .play import add_stage_options, load_stage
from .played_on import Origin
from .tools import add_toolset_options, chosen_toolset

CONTROL_VARIABLE = "CORECRAFT_CONTROL_TOKEN"
AGENT_VARIABLE = "CORECRAFT_AGENT_TOKEN"

EPILOG = f"""\
With --stdio one episode is played by whoever speaks on stdin; without --task it is a bare standard world. Its history is
in the run folder of --out. The protocol has no place for a final answer: hand it in afterwards with `corecraft fork --answer`,
which submits it at the end of that history and grades it.
With --http many episodes are opened through the control API: POST /control/episodes with the bearer token printed on stderr
at the start (or set in {CONTROL_VARIABLE}, 16 characters or more); each answer holds the agent's own MCP address
(docs/http.md has every request).
With --fork a recorded episode is played on: the fork stands in the run of its parent. Over stdio the client is told all that
was said and done so far; over HTTP the fork's id and MCP address are printed on stderr at the start, and the control API serves
it like any other (its prompt and its events tell the past).
Served again with the same --out after a stop, a crash or a kill, everything goes on where it stood: open episodes under the
same addresses, the same control token. Both are made from the file `secret` of the run folder: keep it to yourself.

examples:
  corecraft serve --stdio
  corecraft serve --stdio --task S-2 --out runs/mine
  corecraft fork runs/mine --answer answer.txt       then: submit its answer and grade it
  corecraft serve --stdio --fork runs/s2/S-2.failing.0@18
  corecraft serve --http 127.0.0.1:8765 --out runs/served
  corecraft serve --http 127.0.0.1:8765 --fork runs/s2/S-2.failing.0@18 --edit 'say=Never mind, she called.'
  curl -s -H "Authorization: Bearer $TOKEN" -d '{{"task": "S-2"}}' http://127.0.0.1:8765/control/episodes
"""


def add(commands: Any) -> None:
    serve = commands.add_parser(
        "serve", help="serve episodes to agents over MCP", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    way = serve.add_mutually_exclusive_group(required=True)
    way.add_argument("--stdio", action="store_true", help="one episode on stdin and stdout")
    way.add_argument("--http", metavar="HOST:PORT", help="many episodes over streamable HTTP, e.g. 127.0.0.1:8765")
    serve.add_argument("--task", metavar="ID", help="with --stdio: play this task (default: a bare world)")
    serve.add_argument(
        "--world", type=Path, metavar="DIR", help="a saved world or bundle (default: the standard world)"
    )
    add_stage_options(serve)
    serve.add_argument("--out", type=Path, metavar="DIR", help="run folder (stdio: none kept without it)")
    serve.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="further names it is reached by"
    )
    serve.add_argument(
        "--max-steps", type=_above_zero, default=BUDGET.calls, metavar="N",
        help=f"tool calls an episode may make; the next one closes it (default: {BUDGET.calls})",
    )  # fmt: skip
    serve.add_argument(
        "--max-mb", type=_above_zero, default=BUDGET.bytes >> 20, metavar="N",
        help=f"megabytes of history it may record (default: {BUDGET.bytes >> 20})",
    )  # fmt: skip
    played_on.add_options(serve)
    add_toolset_options(serve)
    serve.set_defaults(handler=_serve)


def _above_zero(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, not {text!r}")
    return int(text)


def _budget(arguments: argparse.Namespace) -> Budget:
    return Budget(calls=arguments.max_steps, bytes=arguments.max_mb << 20)


def _serve(arguments: argparse.Namespace) -> None:
    log_to_stderr()  # stdout may be the protocol's
    if arguments.edits and not arguments.fork:
        raise CoreCraftError("--edit goes with --fork, which says what is played on")
    origin = played_on.origin(arguments) if arguments.fork else None
    if origin is not None and arguments.stdio:
        _stdio_fork(origin, arguments)
        return
    stage = load_stage(arguments.world, arguments.form, arguments.company)
    if arguments.stdio:
        _stdio(stage, arguments)
    else:
        _http(stage, arguments, origin)


def _stdio(stage: Stage, arguments: argparse.Namespace) -> None:
    tools = chosen_toolset(arguments, stage.company).name
    task = named(stage.tasks, arguments.task) if arguments.task else None
    opening = stage.opening(task, tools) if task else stage.bare(tools)
    log = None
    if arguments.out:
        run = prepare_run(arguments.out, stage, {"agent": "stdio"}, (task,) if task else ())
        log = run.writer("stdio", wall_ms, new=True)
    names = (f"{task.id if task else 'bare'}.stdio.{n}" for n in count())
    id = log.claim(names) if log else next(names)
    episode = opening.begin(id, log, {"agent": "stdio"}, _budget(arguments))
    prompt = f"\n\n---\n\n{task.prompt}" if task else ""
    anyio.run(lambda: serve_stdio(episode, instructions=stage.system_text + prompt))
    if episode.status == "open":
        episode.close("the client went away")
    if log is not None:
        log.close()


def _stdio_fork(origin: Origin, arguments: argparse.Namespace) -> None:
    with RunFolder(origin.run.path, writer="stdio") as folder:
        episode = folder.fork(
            origin.past.id, origin.at, edits=origin.edits, labels={"agent": "stdio"}, budget=_budget(arguments)
        )
        past = [message for message in episode.messages if message["role"] != "system"]
        anyio.run(lambda: serve_stdio(episode, instructions=played_on.instructions(past, origin.system)))
        if episode.status == "open":
            episode.close("the client went away")


def _http(stage: Stage, arguments: argparse.Namespace, origin: Origin | None) -> None:
    if arguments.task:
        raise CoreCraftError("--task goes with --stdio; over HTTP open tasks with POST /control/episodes")
    name, port = _address(arguments.http)
    _check_free(name, port)
    tools = chosen_toolset(arguments, stage.company).name
    if origin is not None:
        out, run, stage = origin.run.path, origin.run, origin.stage(stage)
    else:
        out = arguments.out or Path("runs") / time.strftime("served-%Y%m%d-%H%M%S")
        run = prepare_run(out, stage, {"agent": "service"})
    catalogue = StageCatalogue({STANDARD: stage}, tools)
    host = EpisodeHost(run, catalogue, budget=_budget(arguments))
    fork = origin and host.play_on(origin.past.id, origin.at, origin.edits, origin.system)
    given = os.environ.get(CONTROL_VARIABLE)
    token = given or Secret.of(out).derive("control")
    app = create_app(
        host,
        control_token=token,
        agent_token=os.environ.get(AGENT_VARIABLE),
        allowed_hosts=("127.0.0.1", "localhost", "[::1]", *arguments.allow_host),
    )
    going_on = sum(hosted.live is not None and hosted is not fork for hosted in host.hosted())
    shown = f"(the value of {CONTROL_VARIABLE})" if given else token

    def started(url: str) -> None:
        said = [f"serving   {url}", f"run       {out}", f"control   Authorization: Bearer {shown}"]
        if going_on:
            said.append(f"going on  {going_on} episode{'s' * (going_on > 1)} of before, under the same addresses")
        if fork is not None:
            said += [f"fork      {fork.id}", f"mcp       {mcp_address(url, fork)}"]
        for line in said:
            errors.print(one_line(line), soft_wrap=True)

    serve_http(app, name, port, started=started)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise CoreCraftError(f"--http wants HOST:PORT, e.g. 127.0.0.1:8765, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)


def _check_free(host: str, port: int) -> None:
    """Bind for a moment: an address that cannot be had must not leave a run folder behind."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for number, (family, *_, address) in enumerate(addresses, 1):
            try:
                socket.create_server(address, family=family).close()
            except OSError as error:
                # localhost may have an address, ::1, that this machine has not; the server passes over it too.
                if error.errno in (errno.EADDRINUSE, errno.EACCES) or number == len(addresses) == 1:
                    raise
    except OSError as error:
        raise CoreCraftError(f"{host}:{port} cannot be listened on: {error.strerror}") from None
