"""Calls and forks, through the engine's public interface: JSON bytes in, events hashed and appended to a real segment.

Every number is the median over up to 60 batches of 50 to 400 pieces of work; all rows, scales and machine limits take
turns. The log is not synced to disk. A batch of calls is played on a fresh fork, whose opening is written untimed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from attrs import evolve

from ..engine.episode import Episode
from ..engine.event import Event
from ..engine.world import World
from ..rollouts.opening import Opening
from .rigs import Call, Rig
from .timing import Work

CALLS = {
    "point": "quiet",
    "details": "quiet",
    "details-busy": "busy",
    "search": "quiet",
    "search-busy": "busy",
    "search-two": "quiet",
    "search-span": "quiet",
    "text": "quiet",
    "command": "quiet",
    "command-busy": "busy",
    "kb": "quiet",
    "kb-broad": "quiet",
}
"""Rows that time a call, and the episode it is made in."""


def works(rig: Rig) -> list[Work]:
    """Everything of this module on one world."""
    return [*_forks(rig), *_opens(rig), *_calls(rig), *_hashes(rig)]


# --- forks and openings --------------------------------------------------------------------------------------------


def _forks(rig: Rig) -> list[Work]:
    """A fork nobody plays: a new head over the shared past."""

    def run(episode: Episode) -> None:
        fork = episode.fork
        for _ in range(400):
            fork()

    return [
        Work("fork", rig.column, 400, run, lambda: rig.opened),
        Work("fork-busy", rig.column, 400, run, lambda: rig.busy),
    ]


def _opens(rig: Rig) -> list[Work]:
    """The opening with both prompts and the labels, written to the log. The first of a task makes the events that its further
    episodes share."""
    numbers = count()
    labels = {"agent": "bench", "trial": 0}
    shared = rig.stage.opening(rig.task)

    def work(row: str, opening: Callable[[], Opening]) -> Work:
        def run(_: None) -> None:
            for _ in range(50):
                opening().begin(f"open-{rig.scale}-{next(numbers)}", rig.log, labels)

        return Work(row, rig.column, 50, run)

    return [work("open", lambda: rig.stage.opening(rig.task)), work("open-first", lambda: evolve(shared))]


# --- calls ---------------------------------------------------------------------------------------------------------


def _calls(rig: Rig) -> list[Work]:
    return [_timed_calls(rig, row, rig.calls[row]) for row in CALLS]


def _timed_calls(rig: Rig, row: str, calls: Sequence[Call]) -> Work:
    def run(episode: Episode) -> None:
        call = episode.call
        for tool, arguments in calls:
            call(tool, arguments)

    return Work(row, rig.column, len(calls), run, lambda: _fresh(rig, CALLS[row]))


def _fresh(rig: Rig, which: str) -> Episode:
    """A fork whose opening is in the log, so that only the calls are timed."""
    episode = (rig.busy if which == "busy" else rig.opened).fork()
    tool, arguments = rig.calls["point"][0]
    episode.call(tool, arguments)
    return episode


# --- state hash ----------------------------------------------------------------------------------------------------


def _hashes(rig: Rig) -> list[Work]:
    return [_hash(rig, "hash", rig.world), _hash(rig, "hash-busy", rig.busy.world)]


def _hash(rig: Rig, row: str, before: World) -> Work:
    """The hash of a world that differs by one change from one whose hash is known; the fold is not timed."""
    changing = _changing_events(rig)

    def prepare() -> list[World]:
        assert before.state_hash
        return [before.fold((event,)) for event in changing]

    def run(worlds: list[World]) -> Any:
        return [world.state_hash for world in worlds]

    return Work(row, rig.column, len(changing), run, prepare)


def _changing_events(rig: Rig) -> list[Event]:
    """Ticket changes, each to be applied on its own."""
    return [event for event in rig.busy.trajectory().events if event.kind == "ticket.updated"] * 8
