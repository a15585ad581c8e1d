"""What a family writes a task on: a world (with the case's own rows), the policy, and chance for the wording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve, frozen

from ..engine.agenda import Plan, played_out
from ..engine.chance import Chance
from ..engine.event import CLOCK_ADVANCED, PREPARED, Change, Event
from ..engine.genesis import Row
from ..engine.world import World
from .open_rules import IN_FORCE, OpenRules
from .world import VERSION


@frozen
class Scene:
    """A world under a policy. Truth functions take one. drawn, version: how the world was drawn, and its tasks are."""

    world: World
    rules: OpenRules = IN_FORCE
    drawn: type[Chance] = Chance
    version: int = VERSION

    @property
    def now(self) -> int:
        """The clock, epoch milliseconds."""
        return self.world.now

    def row(self, entity: str, id: str) -> Row:
        """A row that a task is built on, and that must be there."""
        found = self.world.get(entity, id)
        assert found is not None, f"the world has no {entity} {id}"
        return found

    def get(self, entity: str, id: str | None) -> Row | None:
        """A row, or None; also for no id."""
        return self.world.get(entity, id) if id else None

    def rows(self, entity: str, text: dict[str, str] | None = None, **where: str) -> list[Row]:
        """All rows with these field values, in the order the tools show them."""
        return list(self.world.rows(entity, where, text or {}))

    def chance(self, *purpose: object) -> Chance:
        """Draws for one purpose, e.g. a family and the key of a case."""
        return self.drawn(0, "/".join(("task", *map(str, purpose))))

    def under(self, rules: OpenRules) -> Scene:
        """The same under other open rules."""
        return evolve(self, rules=rules)

    def prepared(self, fixtures: Sequence[Change]) -> Scene:
        """With rows of a task's own added."""
        return evolve(self, world=prepare(self.world, fixtures)) if fixtures else self

    def at(self, now: int | None) -> Scene:
        """At another time, if one is given."""
        return self if now is None else evolve(self, world=self.world.fold([Event(0, CLOCK_ADVANCED, now, {})]))

    def passed(self, plan: Plan | None) -> Scene:
        """With all that a plan holds happened; in it the truth of a living world is found."""
        return evolve(self, world=played_out(plan, self.world)) if plan is not None else self


def prepare(world: World, fixtures: Iterable[Change]) -> World:
    """The world after the event that adds a task's rows."""
    return world.fold([Event(0, PREPARED, world.now, {}, None, tuple(fixtures))])


def ids(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(row["id"] for row in rows)
