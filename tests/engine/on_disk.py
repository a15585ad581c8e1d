"""A run folder for the toy domain, and the bytes of its segment."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corecraft.engine.episode import Episode
from corecraft.engine.log import SegmentWriter
from corecraft.engine.run import Run

from ..toy import episode


def wall_ms() -> int:
    return 1_790_000_000_000


def new_run(folder: Path) -> tuple[Run, SegmentWriter]:
    run = Run.create(folder / "run", {"made_by": "tests"})
    return run, run.writer("w", wall_ms)


def segment(run: Run, writer: str = "w") -> Path:
    return run.path / "segments" / f"{writer}.jsonl"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond `size`: the kernel writes what fits and refuses the rest, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Boundaries:
    """A log that notes the size of the segment after every append: the places where a cut loses nothing."""

    def __init__(self, writer: SegmentWriter) -> None:
        self.writer = writer
        self.sizes = [0]

    def append(
        self, episode: str, entries: Sequence[tuple[bytes, bytes]], beside: Mapping[str, Any] | None = None
    ) -> None:
        self.writer.append(episode, entries, beside)
        self.sizes.append(os.path.getsize(self.writer.path))


def two_lines_and_a_fork(log: Any) -> list[Episode]:
    """Interleaved calls of `a` and `b`, a fork of `a`, an outside record and a submitted answer."""
    a, b = episode("a", log=log, labels={"agent": "left"}), episode("b", log=log)
    a.call("paintPot", {"pot_id": "p1", "color": "red"})
    b.call("paintPot", {"pot_id": "p1", "color": "blue"})
    fork = a.fork()
    b.record("model.responded", {"text": "listing now"}, beside={"cost": 3})
    fork.call("paintPot", {"pot_id": "p2", "color": "red"})
    b.call("listPots", {"color": "green", "name": "POT 4"})
    a.submit("done")
    return [a, b, fork]


def same(left: Any, right: Any) -> bool:
    """Whether two trajectories are the same history."""
    return (left.id, list(left.events), list(left.hashes), left.inherited) == (
        right.id, list(right.events), list(right.hashes), right.inherited,
    )  # fmt: skip


def refused_by(error: type[Exception], act: Callable[[], Any]) -> str:
    """The message of the error that `act` must raise: one line."""
    try:
        act()
    except error as caught:
        text = str(caught)
        assert "\n" not in text
        return text
    raise AssertionError(f"{error.__name__} was not raised")
