"""`corecraft ui`: look at runs in a browser."""

from __future__ import annotations

import argparse
import secrets
import socket
import webbrowser
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from attrs import evolve

from ..analysis.viewer.app import Viewer
from ..analysis.viewer.guard import Codes
from ..analysis.viewer.publish import publish
from ..analysis.viewer.questions import SECONDS
from ..analysis.viewer.shelf import Shelf
from ..engine.errors import CoreCraftError
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..rollouts.loop import Rules
from ..scenarios.company import known_schema_of
from . import models
from .hands import LocalHands, Plays
from .histories import system_text
from .output import console, errors, progress, say
from .query import connected, seconds

EPILOG = """\
The page is served on this machine alone, to the browser that is opened, or with
--no-browser to whoever has the address that is printed. docs/viewer.md shows it.

examples:
  corecraft ui runs/mine
  corecraft ui runs/a runs/b --port 8765 --no-browser
  corecraft ui runs/mine --export pages             open pages/index.html, or put the folder on any web space
  corecraft ui runs/mine --agent openai:MODEL --base-url http://127.0.0.1:8080/v1     a model that can play forks on
"""

PORT = 8722
"""The same each time where it can be: what a browser keeps, it keeps by address."""


def add(commands: Any) -> None:
    ui = commands.add_parser(
        "ui", help="look at runs in a browser", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ui.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run folder, or several")
    ui.add_argument(
        "--port", type=int, metavar="N", help=f"on 127.0.0.1 (default: {PORT}, or where that is taken a free one)"
    )
    ui.add_argument(
        "--no-browser", action="store_true", help="only print the address, with the token that opens it in any browser"
    )
    ui.add_argument(
        "--timeout",
        type=seconds,
        default=SECONDS,
        metavar="SECONDS",
        help="the longest that a question in SQL may take (default: %(default)g)",
    )
    ui.add_argument("--export", type=Path, metavar="DIR", help="instead: write pages that need no server to a folder")
    ui.add_argument(
        "--limit", type=_above_zero, metavar="N", help="with --export: pages of the first N episodes of each run"
    )
    model = ui.add_argument_group("a model that can play forks on, beside the scripts")
    model.add_argument("--agent", metavar="NAME", help=f"{models.SCHEME}MODEL, behind any OpenAI-compatible endpoint")
    models.add_endpoint_options(model)
    ui.set_defaults(handler=_ui, concurrency=1)


def _ui(arguments: argparse.Namespace) -> None:
    import uvicorn

    if arguments.export:
        _export(Shelf.of(arguments.runs, known_schema_of, connected), arguments.export, arguments.limit)
        return
    shelf, hands = Shelf.of(arguments.runs, known_schema_of, connected), LocalHands(_players(arguments))
    viewer, token, codes = Viewer(shelf, hands, seconds=arguments.timeout), secrets.token_urlsafe(24), Codes()
    listening = _listening(arguments.port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    config = uvicorn.Config(viewer.app(token, codes), log_level="warning", access_log=False)
    say(f"looking at {', '.join(viewer.shelf.paths)}; Ctrl+C ends it")
    if arguments.no_browser or not webbrowser.open(f"{address}?code={codes.new()}"):
        address = f"{address}?token={token}"  # somebody has to paste it
    console.print(address, soft_wrap=True, style="bold", highlight=False)  # whole, so that it can be followed
    Thread(target=_read, args=(shelf,), daemon=True).start()  # while the browser starts
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        errors.show_cursor()  # which the display hides, and its thread ends with the process


def _read(shelf: Shelf) -> None:
    """What the first page needs, and how long it takes."""
    began = monotonic()
    with progress() as display, suppress(CoreCraftError):  # whoever asks for something is told
        display.add_task("reading what was recorded", total=None)
        shelf.connection()
    if (taken := monotonic() - began) > _TELLING:
        say(f"read in {taken:.0f} s", to=errors)


_TELLING = 2
"""Seconds of reading that are worth saying so."""
_SAMPLE = 20
"""Episodes after which an export says what all of them will take."""
_LONG = 30
"""Seconds that are worth saying so."""


def _export(shelf: Shelf, folder: Path, limit: int | None) -> None:
    began, last = monotonic(), None
    with progress() as display:
        task = display.add_task("pages", total=None)
        for last in publish(shelf, folder, limit):
            display.update(task, completed=last.done, total=last.total)
            if last.done == _SAMPLE:
                ahead = (monotonic() - began) * last.total / _SAMPLE
                if ahead > _LONG:
                    size = last.size * last.total / _SAMPLE / 1e6
                    say(
                        f"{last.total:,} episodes take about {ahead / 60:.0f} min and {size:,.0f} MB; --limit N writes fewer",
                        to=errors,
                    )
    written = (
        f"{last.done:,} episode{'' if last.done == 1 else 's'}, {last.size / 1e6:,.1f} MB" if last else "no episode"
    )
    say(f"wrote {folder / 'index.html'}: {written}")


def _above_zero(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _listening(port: int | None) -> socket.socket:
    """Raises CoreCraftError for a port that was asked for and cannot be had."""
    try:
        return socket.create_server(("127.0.0.1", PORT if port is None else port))
    except (OSError, OverflowError) as error:
        if port is not None:
            raise CoreCraftError(f"port {port} cannot be listened at: {error}; --port names another") from None
        return socket.create_server(("127.0.0.1", 0))


def _players(arguments: argparse.Namespace) -> dict[str, Plays]:
    """By the name that a reader chooses."""
    if not arguments.agent:
        return {}
    if not arguments.agent.startswith(models.SCHEME):
        raise CoreCraftError(
            f"--agent {models.SCHEME}MODEL names a model; reference and failing can always play a fork on"
        )
    agent = models.agent_of(arguments, "")  # a wrong option or address is told now, not at the first fork
    models.endpoint_at(arguments.base_url, arguments)

    def plays(run: Run, parent: Trajectory) -> models.ModelPlayer:
        told = agent if arguments.system else evolve(agent, system=system_text(run, parent) or "")
        return models.ModelPlayer(
            told, lambda: models.endpoint_at(arguments.base_url, arguments), Rules(turns=arguments.max_turns)
        )

    return {agent.name: plays}
