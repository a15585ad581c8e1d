"""`corecraft serve --fork`: a recorded episode that MCP clients play on from any of its events."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from ..engine.canonical import encode
from ..engine.edits import Edit
from ..engine.errors import CoreCraftError
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..rollouts import forking
from ..rollouts.runner import Stage
from .histories import Place, locate, system_text, toolset_of

FORK = "RUN/EPISODE@SEQ"


@frozen
class Origin:
    """Where a fork comes from, and what is otherwise in it. at: None for the last event before the end."""

    run: Run
    past: Trajectory
    at: int | None
    edits: Sequence[Edit]

    @property
    def system(self) -> str:
        """What the agent of the past was told before anything else."""
        return system_text(self.run, self.past) or ""

    def stage(self, given: Stage) -> Stage:
        """The one that is given if it is of the same world, else the world that the run keeps."""
        digest = self.past.events[0].data["genesis"]
        return given if given.world.genesis.digest == digest else Stage.load(self.run.path / "genesis" / digest)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fork", metavar=FORK,
        help="play on a recorded episode after this event (without @SEQ: the last before its end), in its run",
    )  # fmt: skip
    what = f"with --fork, what is otherwise in it, as often as you like: {', '.join(forking.FORMS)}"
    parser.add_argument("--edit", metavar="EDIT", action="append", default=[], dest="edits", help=what)


def origin(arguments: argparse.Namespace) -> Origin:
    """What --fork and --edit name. Raises CoreCraftError."""
    for option in ("out", "task", "world"):
        if getattr(arguments, option):
            raise CoreCraftError(f"--fork plays on in the run, task and world of its parent; leave out --{option}")
    place, at = _named(arguments.fork)
    past = place.run.trajectory(place.one())
    return Origin(place.run, past, at, forking.edits(arguments.edits, toolset_of(past)))


def _named(spec: str) -> tuple[Place, int | None]:
    """An id may itself end like a place, so what is there by the whole name is meant."""
    match = re.fullmatch(r"(.+)@(\d{1,12})", spec, re.DOTALL)
    if match is None:
        return locate(spec), None
    try:
        return locate(spec), None
    except CoreCraftError:
        return locate(match[1]), int(match[2])


def instructions(messages: Sequence[Mapping[str, Any]], system: str) -> str:
    """What a client is told that was not there before: the policy, and all that was said and done, a message a line."""
    told = (encode({name: value for name, value in one.items() if value}).decode() for one in messages)
    return f"{system}\n\n---\n\nSo far, as chat messages, one a line; go on from here:\n\n" + "\n".join(told)
