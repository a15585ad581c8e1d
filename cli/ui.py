"""`corecraft ui`: look at runs in a browser."""

from __future__ import annotations

import argparse
import secrets
import webbrowser
from pathlib import Path
from typing import Any

from ..analysis.viewer.app import Viewer
from ..analysis.viewer.shelf import Shelf
from ..tools.tables import TABLES
from .output import say
from .query import connected

EPILOG = """\
The page is served on this machine alone, to whoever has the address that is printed. docs/viewer.md shows it.

examples:
  corecraft ui runs/mine
  corecraft ui runs/a runs/b --port 8765 --no-browser
"""


def add(commands: Any) -> None:
    ui = commands.add_parser(
        "ui", help="look at runs in a browser", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ui.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run folder, or several")
    ui.add_argument("--port", type=int, default=0, metavar="N", help="on 127.0.0.1 (default: a free one)")
    ui.add_argument("--no-browser", action="store_true", help="only print the address")
    ui.set_defaults(handler=_ui)


def _ui(arguments: argparse.Namespace) -> None:
    import socket

    import uvicorn

    viewer, token = Viewer(Shelf.of(arguments.runs, TABLES, connected)), secrets.token_urlsafe(24)
    listening = socket.create_server(("127.0.0.1", arguments.port))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/?token={token}"
    config = uvicorn.Config(viewer.app(token), log_level="warning", access_log=False)
    say(f"looking at {', '.join(viewer.shelf.paths)}: {address}")
    if not arguments.no_browser:
        webbrowser.open(address)
    uvicorn.Server(config).run(sockets=[listening])
