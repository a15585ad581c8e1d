"""What all commands share: creating a row once (G-15), changing one (G-16), naming what is missing (G-20)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any, TypedDict

from ..engine.event import Change
from ..engine.genesis import Row
from ..engine.tool import Outcome, Rejected, fact, set_
from ..engine.world import World
from .profile import Profile
from .search import now_text


class Once(TypedDict, total=False):
    """Mixed into the reply of every creating command."""

    already_exists: bool
    """Present, and true, when an equal call came before: the row is that earlier one, unchanged."""


def create_once(
    world: World, profile: Profile, entity: str, row: Row, kind: str, *also: Change, **data: Any
) -> Outcome:
    """The outcome of a creation: the new row with a fact, or the row that already has its id and no fact; where the profile
    `repeats`, a further row with that id and a number.

    also: changes to other rows that belong to the same fact. data: what the fact says.
    """
    existing = world.get(entity, row["id"])
    if existing is not None and not profile.repeats:
        return Outcome({**existing, "already_exists": True})
    if existing is not None:
        row = {**row, "id": next(id for n in count(2) if world.get(entity, id := f"{row['id']}-{n}") is None)}
    return Outcome(row, (fact(kind, set_(entity, row["id"], **row), *also, **data),))


def changed(world: World, entity: str, row: Row, **fields: Any) -> tuple[Row, Change]:
    """The row with these fields and the clock as its updatedAt, for the reply, and the change to it, for the fact."""
    fields["updatedAt"] = now_text(world)
    return {**row, **fields}, set_(entity, row["id"], **fields)


def missing_products(world: World, ids: Iterable[str]) -> list[str]:
    """The ids no product has, each once, in the order given."""
    return [id for id in dict.fromkeys(ids) if world.get("product", id) is None]


def require_products(world: World, ids: Iterable[str]) -> None:
    """Rejects unless every id is a product's; the message lists all that are not."""
    if missing := missing_products(world, ids):
        raise Rejected(f"Products not found: {', '.join(missing)}")
