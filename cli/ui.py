"""`corecraft ui`: look at runs in a browser."""

from __future__ import annotations

import argparse
import secrets
import webbrowser
from pathlib import Path
from typing import Any

from attrs import evolve

from ..analysis.viewer.app import Viewer
from ..analysis.viewer.shelf import Shelf
from ..engine.errors import CoreCraftError
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..rollouts.loop import Rules
from ..tools.tables import TABLES
from . import models
from .hands import LocalHands, Plays
from .histories import system_text
from .output import say
from .query import connected

EPILOG = """\
The page is served on this machine alone, to whoever has the address that is printed. docs/viewer.md shows it.

examples:
  corecraft ui runs/mine
  corecraft ui runs/a runs/b --port 8765 --no-browser
  corecraft ui runs/mine --agent openai:MODEL --base-url http://127.0.0.1:8080/v1     a model that can play forks on
"""


def add(commands: Any) -> None:
    ui = commands.add_parser(
        "ui", help="look at runs in a browser", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ui.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run folder, or several")
    ui.add_argument("--port", type=int, default=0, metavar="N", help="on 127.0.0.1 (default: a free one)")
    ui.add_argument("--no-browser", action="store_true", help="only print the address")
    model = ui.add_argument_group("a model that can play forks on, beside the scripts")
    model.add_argument("--agent", metavar="NAME", help=f"{models.SCHEME}MODEL, behind any OpenAI-compatible endpoint")
    models.add_endpoint_options(model)
    ui.set_defaults(handler=_ui, concurrency=1)


def _ui(arguments: argparse.Namespace) -> None:
    import socket

    import uvicorn

    shelf, hands = Shelf.of(arguments.runs, TABLES, connected), LocalHands(_players(arguments))
    viewer, token = Viewer(shelf, hands), secrets.token_urlsafe(24)
    listening = socket.create_server(("127.0.0.1", arguments.port))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/?token={token}"
    config = uvicorn.Config(viewer.app(token), log_level="warning", access_log=False)
    say(f"looking at {', '.join(viewer.shelf.paths)}: {address}")
    if not arguments.no_browser:
        webbrowser.open(address)
    uvicorn.Server(config).run(sockets=[listening])


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
