"""The `corecraft` command: composition only. Exit codes: 0 done, 1 it did not hold (verify, checks), 2 a user's mistake."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..engine import VERSION
from ..engine.errors import CoreCraftError
from . import demo, histories, play, query, serve, tools, worlds
from .output import errors

EPILOG = """\
first steps:
  corecraft demo                                     the whole story in under a minute
  corecraft run --task S-2 --agent failing --out runs/s2
  corecraft view runs/s2                             read what happened; nothing is run
  corecraft verify runs/s2                           re-execute every call and compare every byte
  corecraft fork runs/s2/S-2.failing.0 --at 18 --agent reference
  corecraft sql runs/s2 "SELECT tool, count(*) FROM tool_calls GROUP BY ALL"
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="corecraft",
        description="An event-sourced company simulation for tool-using agents: exact replay, free forks, SQL over behaviour.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"corecraft {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (demo, worlds, tools, play, histories, query, serve):
        module.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. A user's mistake is one line on stderr; a bug of ours is a traceback."""
    arguments = parser().parse_args(argv)
    try:
        return arguments.handler(arguments) or 0
    except CoreCraftError as error:
        errors.print(f"[bold red]error:[/] {_escaped(str(error))}", soft_wrap=True)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our pipe has seen enough
        return 0
    except KeyboardInterrupt:
        return 130


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


if __name__ == "__main__":
    sys.exit(main())
