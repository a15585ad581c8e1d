"""How a line begins: with events that are the same for every episode of a task, and so are made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from . import FORMAT, VERSION
from .admission import own_changes, own_data, own_plan
from .agenda import Plan
from .errors import InvalidInput
from .event import GENESIS_HASH, OPENED, PLANNED, PREPARED, PROMPTED, Change, Event
from .genesis import Genesis
from .line import Entry, chained
from .toolset import Toolset
from .world import World


@frozen
class Beginning:
    """The first events of a line with their bytes and hashes, the world after them, and the tools.

    Any number of episodes may begin so: who plays, and under which id, stands beside the events, and nothing in them is ever
    written to.
    """

    toolset: Toolset
    events: list[Event]
    entries: list[Entry]
    world: World

    @classmethod
    def of(
        cls,
        world: World,
        toolset: Toolset,
        *,
        task: Mapping[str, Any] | None = None,
        seed: int = 0,
        prompts: Sequence[Mapping[str, Any]] = (),
        fixtures: Sequence[Change] = (),
        plan: Plan | None = None,
    ) -> Beginning:
        """Of an episode on `world`. The arguments and what is raised are those of `Episode.open`."""
        if seed != 0:
            raise InvalidInput("nothing in an episode is drawn by chance, so leave out the seed, or give 0")
        if world.overlay or world.now != world.genesis.now:
            raise InvalidInput("an episode opens on a genesis world; record what was changed as events")
        told = {"seed": seed, "task": dict(task) if task else None}
        events = [Event(0, OPENED, world.now, own_data(OPENED, {**pins(world.genesis, toolset), **told}))]
        events += [Event(n, PROMPTED, world.now, own_data(PROMPTED, p), 0) for n, p in enumerate(prompts, 1)]
        if fixtures:
            own = own_changes(world, toolset, PREPARED, fixtures)
            events.append(Event(len(events), PREPARED, world.now, {}, len(events) - 1, own))
        if plan is not None:
            planned = own_plan(plan, world.fold(events), toolset)
            events.append(Event(len(events), PLANNED, world.now, planned, len(events) - 1))
        return cls(toolset, events, chained(GENESIS_HASH, events), world.fold(events))

    @property
    def task(self) -> Mapping[str, Any] | None:
        """`{"id", "digest"}` of what is to be done."""
        return self.events[0].data["task"]


def pins(genesis: Genesis, toolset: Toolset) -> dict[str, Any]:
    """What every opening says of the world, the tools and the engine, so that none other is taken for them."""
    return {
        "format": FORMAT,
        "engine": VERSION,
        "genesis": genesis.digest,
        "toolset": toolset.digest,
        "tools": toolset.name,
        "behaviour": toolset.behaviour,
        **({"described": dict(sorted(toolset.described.items()))} if toolset.described else {}),
    }
