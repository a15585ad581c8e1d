"""A toy domain: a paint shop of forty lines, enough to prove the engine without any company."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from corecraft.engine.episode import Episode
from corecraft.engine.event import GENESIS_HASH, Event, chain, event_bytes
from corecraft.engine.genesis import Genesis, Table
from corecraft.engine.tool import Outcome, Rejected, command, fact, query, set_
from corecraft.engine.toolset import Toolset
from corecraft.engine.trajectory import Trajectory
from corecraft.engine.world import World

Color = Literal["red", "green", "blue"]
START = 1_764_615_600_000  # 2025-12-01T19:00:00Z
TABLES = {
    "pot": Table(
        sort_key=lambda row: (row["price"], row["id"]),
        indexes={"color": lambda row: (row["color"],)},
        texts={"name": lambda row: row["name"]},
    ),
    "lid": Table(),
}


@query("listPots")
def list_pots(world: World, *, color: Color | None = None, name: str | None = None) -> list[dict[str, Any]]:
    """List pots, cheapest first.

    Args:
        color: Exact color.
        name: Substring of the name.
    """
    return list(world.rows("pot", {"color": color} if color else {}, {"name": name} if name else {}))


@command("paintPot", makes="pot.painted", destructive=True)
def paint_pot(world: World, *, pot_id: str, color: Color) -> Annotated[Outcome, dict[str, Any]]:
    """Paint a pot.

    Args:
        pot_id: The pot.
        color: Its new color.
    """
    pot = world.get("pot", pot_id)
    if pot is None:
        raise Rejected(f"Pot {pot_id} not found")
    changed = {**pot, "color": color}
    return Outcome(changed, (fact("pot.painted", set_("pot", pot_id, color=color), pot_id=pot_id),))


@command("breakPot", makes="pot.broken")
def break_pot(world: World, *, pot_id: str) -> Annotated[Outcome, dict[str, Any]]:
    """A handler with a bug.

    Args:
        pot_id: The pot.
    """
    return Outcome({"id": pot_id}, (fact("pot.broken", set_("pot", pot_id, weight=1 // 0)),))


def genesis(pots: int = 9) -> Genesis:
    colors = ("red", "green", "blue")
    rows = {
        f"p{n}": {"id": f"p{n}", "name": f"Pot {n}", "color": colors[n % 3], "price": n * 7 % 5} for n in range(pots)
    }
    return Genesis({"pot": rows}, START, TABLES)


def toolset(*further: str) -> Toolset:
    """further: more types of rows than the shop has."""
    tables = {**TABLES, **{entity: Table() for entity in further}}
    return Toolset("toy", {tool.name: tool for tool in (list_pots, paint_pot, break_pot)}, None, tables)


def episode(id: str = "toy", **options: Any) -> Episode:
    tools = toolset(*options.pop("further", ()))
    return Episode.open(id, World(options.pop("genesis", None) or genesis()), tools, **options)


# --- an order whose chances are known --------------------------------------------------------------------------------


def paint_on(episode: Episode, luck: int, pots: int) -> int:
    """Go on with an order that all pots be red: the next one gets the colour that the next digit of `luck`, in threes, says.

    So of the 3**left lucks there are, one wins where none is spoilt yet: from there the chance is 3**-left, else nothing.
    Returns what is left of the luck.
    """
    done = sum(call.tool == "paintPot" for call in episode.trajectory().calls())
    for number in range(done, pots):
        luck, color = divmod(luck, 3)
        episode.call("paintPot", {"pot_id": f"p{number}", "color": ("red", "green", "blue")[color]})
    return luck


def share_of_red(episode: Episode, pots: int) -> float:
    """What an order comes to: the share of its pots that are red now."""
    rows = [episode.world.get("pot", f"p{number}") or {} for number in range(pots)]
    return sum(row.get("color") == "red" for row in rows) / pots


def rechained(trajectory: Trajectory, place: int, /, **changed: Any) -> Trajectory:
    """The history with one event altered and every hash made to fit: what a careful forger leaves."""
    events = list(trajectory.events)
    events[place] = msgspec.structs.replace(events[place], **changed)
    return with_hashes(trajectory, events)


def with_hashes(trajectory: Trajectory, events: list[Event]) -> Trajectory:
    head, hashes = GENESIS_HASH, []
    for event in events:
        head = chain(head, event_bytes(event))
        hashes.append(head)
    return Trajectory(trajectory.id, events, hashes, trajectory.inherited)
