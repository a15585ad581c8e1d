"""The `corecraft` command: composition only. Exit codes: 0 done, 1 it did not hold (verify, checks), 2 a user's mistake."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from traceback import format_exception
from types import TracebackType
from typing import NoReturn

from ..engine import VERSION
from ..engine.errors import CoreCraftError
from ..replay.visible import one_line, visible
from .output import complain

EPILOG = """\
first steps:
  corecraft demo                                     the whole story in under a minute
  corecraft run --task S-2 --agent failing --out runs/s2
  corecraft view runs/s2                             read what happened; nothing is run
  corecraft diagnose show runs/s2                    why it failed, and at which event
  corecraft verify runs/s2                           re-execute every call and compare every byte
  corecraft shell runs/s2/S-2.failing.0 --at 12      look around in the world as it was then
  corecraft fork runs/s2/S-2.failing.0 --at 18 --agent reference
  corecraft tree runs/s2                             what was forked from what
  corecraft sql runs/s2 "SELECT tool, count(*) FROM tool_calls GROUP BY ALL"
"""


COMMANDS = {
    "demo": {"demo": "the whole story in under a minute"},
    "worlds": {"world": "build, inspect, export and import worlds"},
    "tools": {"tools": "list the tools, show one"},
    "tasks": {"tasks": "list, show and prove tasks"},
    "play": {"run": "play a task with an agent and grade it"},
    "histories": {
        "view": "read a history; nothing is run",
        "fork": "start a new line after a step",
        "diff": "compare two histories",
    },
    "tree": {"tree": "which episode was forked from which"},
    "verify": {"verify": "re-execute every call and compare every byte"},
    "shell": {"shell": "a prompt inside a world, at any event of an episode"},
    "judge": {"judge": "put to a judge what code leaves open"},
    "diagnose": {"diagnose": "why episodes failed"},
    "bisect": {"bisect": "at which step an episode was lost"},
    "what_if": {"what-if": "play episodes with one thing changed, and compare"},
    "query": {"sql": "ask a run anything, in SQL"},
    "ui": {"ui": "look at runs in a browser"},
    "seal": {"seal": "compact the finished segments of a run"},
    "formats": {
        "export": "write episodes in a format of other programs",
        "import": "read trajectories of others as a run",
    },
    "tau2_play": {"tau2": "play tau2's tasks with an agent: pass^k"},
    "train": {"train": "train a model on episodes, or by playing"},
    "report": {"report": "figures of runs, with intervals"},
    "serve": {"serve": "serve episodes to agents over MCP"},
}
"""Module -> its commands with their short help."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))  # it quotes what was typed


def parser(wanted: str | None) -> argparse.ArgumentParser:
    """The command line. Only the module of the wanted command is loaded: the others' libraries take seconds."""
    top = _Parser(
        prog="corecraft",
        description="An event-sourced company simulation for tool-using agents: exact replay, free forks, SQL over behaviour.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"corecraft {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module, helps in COMMANDS.items():
        if wanted in helps:
            import_module(f".{module}", __package__).add(commands)
            continue
        for name, text in helps.items():
            commands.add_parser(name, help=text)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. A user's mistake is one line on stderr; a bug of ours is a traceback."""
    sys.excepthook = _tell_bug
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        arguments = parser(given[0] if given else None).parse_args(given)
        return arguments.handler(arguments) or 0
    except CoreCraftError as error:
        complain(str(error))
        return 2
    except BrokenPipeError:
        _discard_output()  # the reader of our pipe has seen enough
        return 0
    except OSError as error:
        # Run folders say StorageFailed, so it is the output that found no room; all else is a bug of ours.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        _discard_output()
        complain(f"the output cannot be written: {error.strerror}")
        return 2
    except KeyboardInterrupt:
        return 130


def _tell_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(visible("".join(format_exception(kind, bug, trace))))


def _discard_output() -> None:
    """Let what is still buffered go nowhere, or Python would complain when it flushes at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
