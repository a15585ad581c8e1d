"""`corecraft seal`: compact what is finished of a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..analysis.database import MEMORY
from ..analysis.seal import Left, Sealed, seal
from ..engine.run import Run
from .output import emit_json, say

EPILOG = """\
A sealed run is viewed, verified, forked, queried and gone on with as before; it
takes a fraction of the room, and SQL reads it many times faster. Segments that
a process is writing are left for the next time.

examples:
  corecraft seal runs/mine
  corecraft seal runs/a runs/b --json
"""


def add(commands: Any) -> None:
    command = commands.add_parser(
        "seal",
        help="compact the finished segments of a run",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run folder, or several in a row")
    command.add_argument(
        "--memory", default=MEMORY, metavar="AMOUNT", help="the most it may take, e.g. 500MB (default: %(default)s)"
    )
    command.add_argument("--json", action="store_true", help="what became of each segment, as JSON")
    command.set_defaults(handler=_seal)


def _seal(arguments: argparse.Namespace) -> int:
    """1 where a segment is damaged, and was left for that reason."""
    found: list[Sealed | Left] = []
    for path in arguments.runs:
        for each in seal(Run(path), arguments.memory):
            found.append(each)
            if not arguments.json:
                _tell(each)
    if arguments.json:
        emit_json([_as_data(each) for each in found])
    elif not found:
        say("nothing to seal")
    return int(any(isinstance(each, Left) and not each.live for each in found))


def _tell(each: Sealed | Left) -> None:
    if isinstance(each, Left):
        say(f"left {each.path}: {each.reason}", style="" if each.live else "yellow")
    else:
        say(f"sealed {each.path}: {each.events:,} events, {_size(each.before)} -> {_size(each.after)}")


def _as_data(each: Sealed | Left) -> dict[str, Any]:
    if isinstance(each, Left):
        return {"segment": str(each.path), "sealed": False, "reason": each.reason, "live": each.live}
    sizes = {"bytes_before": each.before, "bytes_after": each.after}
    return {"segment": str(each.path), "sealed": True, "events": each.events, **sizes}


def _size(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"
