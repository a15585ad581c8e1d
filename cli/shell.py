"""`corecraft shell`: a prompt inside the world of an episode, as it stood after one of its events. Nothing is written."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..engine.errors import CoreCraftError
from ..replay.scratch import Scratch
from ..scenarios.company import recorded
from .histories import genesis_of, locate
from .inside import HELP, Inside, Left
from .lines import history_file, lines
from .output import complain, console, say

EPILOG = """\
EPISODE is RUN/EPISODE, or a run folder that holds only one. Nothing is written: calls are made on a fork in memory. What they
change is there for what is typed next, until it is undone or one goes elsewhere. `help` lists what there is to type.

examples:
  corecraft shell runs/s2/S-2.failing.0 --at 12
  echo "order ord-251102-810" | corecraft shell runs/s2/S-2.failing.0 --at 12
  printf '%s\\n' 'call updateOrderStatus {"order_id": "ord-251102-810", "status": "cancelled"}' diff | \\
      corecraft shell runs/s2/S-2.failing.0 --at 12
  echo "SELECT status, count(*) FROM order_here() GROUP BY ALL" | corecraft shell runs/s2/S-2.failing.0 --at 12
"""


def add(commands: Any) -> None:
    shell = commands.add_parser(
        "shell",
        help="a prompt inside a world, at any event of an episode; nothing is written",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shell.add_argument("episode", metavar="EPISODE", help="RUN/EPISODE, or a run folder that holds only one")
    shell.add_argument("--at", type=int, metavar="SEQ", help="after this event (default: the last)")
    shell.set_defaults(handler=_shell)


def _shell(arguments: argparse.Namespace) -> int:
    place = locate(arguments.episode, sparing=True)
    history, damage = place.run.intact(place.one())
    at = len(history) - 1 if arguments.at is None else arguments.at
    inside = Inside(place.run.path, Scratch(history, genesis_of(place.run, history), recorded, at))
    if damage is not None:
        complain(f"only what stands before the damage is there: {damage}")
    typing = sys.stdin.isatty()
    if typing:
        say(
            f"{history.id} after event {at} of {len(history) - 1}; nothing is written. {HELP[-2][0]} lists what to type"
        )
    mistakes = _converse(inside)
    return 0 if typing or not mistakes else 2


def _converse(inside: Inside) -> int:
    """Returns how many lines could not be followed."""
    source = lines(inside.completions, console, echo=False, history=history_file("shell_history"))
    mistakes = 0
    while True:
        try:
            line = source.read(inside.prompt).strip()
            if line:
                source.remember(line)
                inside.do(line)
        except CoreCraftError as error:
            complain(str(error))
            mistakes += 1
        except KeyboardInterrupt:
            continue  # the line is given up, as in other shells
        except (EOFError, Left):
            return mistakes
