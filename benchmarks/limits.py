"""What this machine allows: for each row the least that any Python program would have to do for the same work.

A limit does the same byte work as the row (decode the arguments, build the events, encode and hash them, one write to a
file) or the same reads, and nothing else: no checks, no lookup by name, no head that moves. It is measured at scale 1,
in turn with the rows, and calls nothing of ours but the encoder and the event struct.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec

from ..engine.canonical import sorted_bytes
from ..engine.event import CALLED, OPENED, PROMPTED, RETURNED, Event
from ..engine.trajectory import Trajectory
from ..rollouts.agents import scripted
from ..rollouts.runner import play as play_task
from ..scenarios.reading.statements import plain
from .engine import CALLS
from .histories import bytes_each, recorded_day, recorded_tasks
from .rigs import Call, Rig, play
from .timing import Results, Sample, Work

COLUMN = "limit"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode

Step = tuple[bytes, tuple[Event, ...]]
"""What one call takes in and the events it brings about."""


def works(rig: Rig) -> list[Work]:
    """The limits of all timed rows."""
    file = os.open(rig.folder / "limit.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return [
        _reference(),
        *_forks(rig),
        *_opens(rig, file),
        *(_call(rig, row, file) for row in CALLS),
        *_hashes(rig),
        *_histories(rig),
        _episode(rig, file),
    ]


def _reference() -> Work:
    """The three steps every recorded event takes, on an event of 120 bytes: how fast this machine is just now."""
    data = {"tool": "getProduct", "arguments": {"product_id": "novachip-titan-14900k"}}

    def run(_: None) -> None:
        head = bytes(32)
        for seq in range(400):
            head = sha256(head + _encode(Event(seq, CALLED, 1764615600000, data, 0))).digest()

    return Work("reference", COLUMN, 400, run)


# --- engine --------------------------------------------------------------------------------------------------------


def _forks(rig: Rig) -> list[Work]:
    """A slotted object of ten fields, and a copy of the dict of changed rows, as a fork that shares nothing would need."""
    kinds = {"fork": {}, "fork-busy": rig.busy.world.overlay}

    def work(row: str, overlay: dict[str, dict[str, Any]]) -> Work:
        def run(_: None) -> None:
            for _ in range(400):
                _Head(1, 2, 3, 4, 5, 6, 7, 8, 9, {entity: dict(rows) for entity, rows in overlay.items()})

        return Work(row, COLUMN, 400, run)

    return [work(row, overlay) for row, overlay in kinds.items()]


class _Head:
    __slots__ = tuple("abcdefghij")

    def __init__(self, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, i: Any, j: Any) -> None:
        self.a, self.b, self.c, self.d, self.e = a, b, c, d, e
        self.f, self.g, self.h, self.i, self.j = f, g, h, i, j


def _opens(rig: Rig, file: int) -> list[Work]:
    """The same bytes, whether or not the events are there already."""
    episode = rig.stage.open(rig.task, "limit")
    opening = tuple(event for event in episode.trajectory().events if event.kind in (OPENED, PROMPTED))
    return [_bytes_work(row, [(b"{}", opening)] * 50, file) for row in ("open", "open-first")]


def _call(rig: Rig, row: str, file: int) -> Work:
    """The bytes of exactly the calls of a row."""
    return _bytes_work(row, _steps(rig, rig.calls[row]), file)


def _steps(rig: Rig, calls: Sequence[Call]) -> list[Step]:
    episode = rig.stage.open(rig.task, "limit")
    play(episode, calls)
    return [
        (arguments, (call.called, *call.facts, call.returned))
        for (_, arguments), call in zip(calls, episode.trajectory().calls(), strict=True)
    ]


def _bytes_work(row: str, steps: list[Step], file: int) -> Work:
    def run(_: None) -> None:
        head = bytes(32)
        for arguments, events in steps:
            head = write_events(file, arguments, events, head)

    return Work(row, COLUMN, len(steps), run)


def write_events(file: int, arguments: bytes, events: Sequence[Event], head: bytes) -> bytes:
    """Decode the arguments, build, encode and hash the events, and write their lines at once."""
    _decode(arguments)
    lines: list[bytes] = []
    for event in events:
        data = _encode(Event(event.seq, event.kind, event.at, event.data, event.cause, event.changes))
        head = sha256(head + data).digest()
        lines.append(b'{"episode":"limit","wall_ms":0,"hash":"%b","event":%b}\n' % (head.hex().encode(), data))
    os.write(file, b"".join(lines))
    return head


def _hashes(rig: Rig) -> list[Work]:
    """One row encoded with sorted keys and hashed."""
    rows = list(islice(rig.world.rows("support_ticket"), 50)) * 8

    def run(_: None) -> None:
        for row in rows:
            int.from_bytes(sha256(sorted_bytes(row)).digest()[:16])

    return [Work(row, COLUMN, len(rows), run) for row in ("hash", "hash-busy")]


# --- histories -----------------------------------------------------------------------------------------------------


def _histories(rig: Rig) -> list[Work]:
    day = recorded_day(rig)
    tasks = recorded_tasks(rig)
    return [
        _fold("fold", day.events, rig),
        _fold("fold-changes", [event for event in day.events if event.changes], rig),
        _verify("verify", [day]),
        _verify("verify-tasks", [trajectory for _, trajectory in tasks]),
        _verify("verify-load", [day], load=True),
        _grade([trajectory for _, trajectory in tasks]),
    ]


def _fold(row: str, events: Sequence[Event], rig: Rig) -> Work:
    """Walk the events and merge each change into one dict."""
    tables = rig.world.genesis.tables

    def run(_: None) -> None:
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for event in events:
            for change in event.changes:
                key = change.entity, change.id
                before = rows.get(key) or tables[change.entity].get(change.id) or {}
                rows[key] = {**before, **change.set}

    return Work(row, COLUMN, len(events), run)


def _verify(row: str, histories: list[Trajectory], *, load: bool = False) -> Work:
    """Encode and hash all events; from disk, decode them first."""
    decode = msgspec.json.Decoder(Event).decode
    stored = [_encode(event) for history in histories for event in history.events]
    live = [event for history in histories for event in history.events]

    def run(_: None) -> None:
        head = bytes(32)
        for event in map(decode, stored) if load else live:
            head = sha256(head + _encode(event)).digest()

    return Work(row, COLUMN, sum(1 for history in histories for _ in history.calls()), run)


def _grade(histories: list[Trajectory]) -> Work:
    """Bring the answer to plain text once and encode the grade."""
    graded = [(history.answer or "", history.grade) for history in histories]

    def run(_: None) -> None:
        for answer, grade in graded:
            plain(answer)
            _encode(grade)

    return Work("grade", COLUMN, len(graded), run)


def _episode(rig: Rig, file: int) -> Work:
    """The bytes of the scripted episode, one write per call."""
    episode, _ = play_task(rig.stage, rig.task, scripted(rig.task, "reference"))
    steps = _in_writes(episode.trajectory().events)

    def run(_: None) -> None:
        head = bytes(32)
        for _ in range(5):
            for arguments, events in steps:
                head = write_events(file, arguments, events, head)

    return Work("episode", COLUMN, 5, run)


def _in_writes(events: Sequence[Event]) -> list[Step]:
    """The events of a history, grouped by the write they went out with."""
    steps: list[Step] = []
    pending: list[Event] = []
    for event in events:
        pending.append(event)
        if pending[0].kind != CALLED or event.kind == RETURNED:
            steps.append((_encode(pending[0].data.get("arguments", {})), tuple(pending)))
            pending = []
    return steps


# --- memory --------------------------------------------------------------------------------------------------------


def memory(rig: Rig) -> Results:
    """The events themselves, rows shared, with a hash each and a list to hold them."""
    opened = rig.stage.open(rig.task, "limit").trajectory().events
    episode, _ = play_task(rig.stage, rig.task, scripted(rig.task, "reference"))
    sizes = {
        "memory-open": bytes_each(lambda: _bare_copies(opened)),
        "memory": bytes_each(lambda: _bare_copies(episode.trajectory().events)),
        "memory-fork": bytes_each(lambda: _Head(1, 2, 3, 4, 5, 6, 7, 8, 9, None)),
    }
    return {row: {COLUMN: Sample(size, size)} for row, size in sizes.items()}


def _bare_copies(events: Sequence[Event]) -> list[Any]:
    return [(Event(e.seq, e.kind, e.at, dict(e.data), e.cause, e.changes), bytes(bytearray(32))) for e in events]
