"""The world at a point of an episode: the rows that were touched by then, any row one asks for, and what had been read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from ...engine.clock import to_text
from ...engine.event import CALLED
from ...engine.genesis import Genesis, Row
from ...engine.trajectory import Trajectory
from ...engine.world import World
from ...replay.fields import FieldDifference, differences
from ...replay.view import RowChange, Step
from ...replay.visible import visible
from .shelf import Shelf
from .values import Shown, show

MOST_FOUND = 200
"""Passages shown of what an agent had read."""
_AROUND = 120


@frozen
class Touched:
    """A row that stands otherwise than where the agent began. fields: what differs. by: seqs of the events."""

    entity: str
    id: str
    created: bool
    fields: Sequence[FieldDifference]
    by: Sequence[int]


@frozen
class Moment:
    """seq: after this event. at: simulation time."""

    seq: int
    at: str
    touched: Sequence[Touched]
    prepared: Sequence[tuple[str, str]]
    """Rows that the task brought: type and id."""


@frozen
class Looked:
    """A row that somebody asked to see. changes: all of its history, with the event of each."""

    entity: str
    id: str
    row: Shown
    raw: Row
    changes: Sequence[RowChange]


@frozen
class Passage:
    """A text that a reply showed: where, and the words around what was looked for."""

    seq: int
    tool: str
    path: str
    before: str
    found: str
    after: str


def moment(shelf: Shelf, run: str, trajectory: Trajectory, seq: int) -> Moment:
    genesis, begins = _genesis(shelf, run, trajectory), _begun(trajectory)
    world, begun = (World(genesis).fold(trajectory.events[: upto + 1]) for upto in (seq, begins))
    by: dict[tuple[str, str], list[int]] = {}
    for event in trajectory.events[begins + 1 : seq + 1]:
        for change in event.changes:
            by.setdefault((change.entity, change.id), []).append(event.seq)
    touched: list[Touched] = []
    for (entity, id), seqs in by.items():
        old, new = begun.get(entity, id), world.get(entity, id)
        if fields := differences(old, new):
            touched.append(Touched(entity, id, old is None, fields, list(dict.fromkeys(seqs))))
    brought = [(c.entity, c.id) for e in trajectory.events[: begins + 1] for c in e.changes]
    return Moment(seq, to_text(trajectory.events[seq].at), touched, list(dict.fromkeys(brought)))


def look(shelf: Shelf, run: str, trajectory: Trajectory, seq: int, id: str, told: Sequence[Step]) -> list[Looked]:
    """The rows of this id at that point; none where there are none."""
    world = World(_genesis(shelf, run, trajectory)).fold(trajectory.events[: seq + 1])
    return [
        Looked(
            entity, id, show(row), row, [c for step in told for c in step.changes if (c.entity, c.id) == (entity, id)]
        )
        for entity, row in _rows(world, id)
    ]


def _rows(world: World, id: str) -> Iterator[tuple[str, Row]]:
    for entity in dict.fromkeys((*world.genesis.tables, *world.overlay)):
        row = world.get(entity, id)
        if row is not None:
            yield entity, row


def read(trajectory: Trajectory, seq: int, words: str) -> list[Passage]:
    """Where the replies by then, and the prompts, held these words; without words, every text of some length."""
    wanted = words.lower()
    found: list[Passage] = []
    for call in trajectory.calls():
        if call.returned.seq > seq:
            break
        for path, text in _texts(call.reply):
            place = text.lower().find(wanted) if wanted else 0 if " " in text else -1
            if place >= 0:
                found.append(_passage(call.seq, call.tool, path, text, place, len(words)))
                if len(found) >= MOST_FOUND:
                    return found
    return found


def _passage(seq: int, tool: str, path: str, text: str, place: int, length: int) -> Passage:
    start, end = max(0, place - _AROUND), place + length + _AROUND
    before = ("… " if start else "") + text[start:place]
    after = text[place + length : end] + (" …" if end < len(text) else "")
    return Passage(
        seq, visible(tool), visible(path), visible(before), visible(text[place : place + length]), visible(after)
    )


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")


def _begun(trajectory: Trajectory) -> int:
    """The last event before the agent's first call: what a task brought stands by then."""
    first = next((event.seq for event in trajectory.events if event.kind == CALLED), len(trajectory.events))
    return first - 1


def _genesis(shelf: Shelf, run: str, trajectory: Trajectory) -> Genesis:
    """Where the files of the world are lost, an empty one: then only rows that were set whole are known."""
    known = shelf.genesis(run, trajectory)
    return known or Genesis({}, trajectory.events[0].at, {})
