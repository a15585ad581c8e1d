"""What a fork records before anybody plays it: its opening, and what its edits bring about after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from .admission import own_data, own_plan
from .agenda import Agenda
from .beginning import pins
from .clock import LATEST_MS
from .edits import Edits
from .errors import InvalidInput
from .event import OPENED, PLANNED, PROMPTED, Event
from .line import last_move
from .toolset import Toolset
from .world import World

Origin = tuple[int, str, Mapping[str, Any] | None, Edits]
"""Where a fork that has not been written yet comes from: seq, parent id, labels, and what is edited. (Named fields would cost
as much as the rest of a fork.)"""


def fork_opening(
    origin: Origin, task: Mapping[str, Any] | None, world: World, toolset: Toolset, parent_hash: bytes
) -> Event:
    """The opening of a fork, in the world and with the tools that it goes on with."""
    at, parent, _, edits = origin
    named = {"episode": parent, "seq": at, "hash": parent_hash.hex()}
    data = {**pins(world.genesis, toolset), "task": task, "parent": named}
    if edits.replies:
        data["replies"] = [to_builtins(reply) for reply in edits.replies]
    return Event(at + 1, OPENED, world.now, data, changes=edits.changes)


def after_opening(id: str, edits: Edits, opening: int, world: World, agenda: Agenda, toolset: Toolset) -> list[Event]:
    """What of a fork's edits comes after its opening: the plan first, since what it holds may be due by the new time.

    id: of the fork. opening: its seq. world, agenda: after it.
    """
    events: list[Event] = []
    seq, cause = opening + 1, opening
    if edits.plan is not None:
        events.append(Event(seq, PLANNED, world.now, own_plan(edits.plan, world, toolset), cause))
        agenda, cause = agenda.after(events[-1]), seq
    if edits.clock is not None:
        check_clock(id, world, edits.clock)
        events += agenda.passing(world, edits.clock, seq + len(events), cause)
        world, cause = world.fold(events), last_move(events)
    for told in edits.messages:
        data = own_data(PROMPTED, {"role": told.role, "text": told.text})
        events.append(Event(seq + len(events), PROMPTED, world.now, data, cause))
        cause = events[-1].seq
    return events


def check_clock(id: str, world: World, to_ms: int) -> None:
    """Raises InvalidInput where the clock of an episode cannot go there."""
    if not world.now <= to_ms <= LATEST_MS:
        raise InvalidInput(f"the clock of {id} is at {world.now} ms and cannot go to {to_ms} ms")
