"""A domain of tau2: where its worlds begin, what its tools are called, and what pins both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import define

from ...engine.clock import to_ms
from ...engine.genesis import Genesis, Row, Schema, Table
from .ids import DerivedIds, derive_ids
from .package import check_repeatable, domain_module, source_digest
from .records import Collection, Side, collections, dumped, row_of

CLOCKS: Mapping[str, str] = {
    "airline": "2024-05-15T15:00:00-05:00",
    "telecom": "2025-02-25T12:08:00-05:00",
}
"""The present of domains that have one, as their code and policies give it. No call moves it."""


@define(slots=False, eq=False)
class Domain:
    """A loaded domain. collections: what its databases hold. ids: what it draws at random, derived instead."""

    name: str
    module: Any
    collections: list[Collection]
    ids: DerivedIds

    @classmethod
    def load(cls, name: str) -> Domain:
        """Raises CoreCraftError where tau2 or the domain is missing, or cannot be replayed."""
        module = domain_module(name)
        check_repeatable(name)
        ids = derive_ids(name)
        pristine = module.get_environment()
        held = [one for side, kit in toolkits(pristine).items() for one in collections(kit.db, side)]
        return cls(name, module, held, ids)

    def environment(self) -> Any:
        """tau2's own, at the beginning."""
        return self.module.get_environment()

    @cached_property
    def tables(self) -> Schema:
        return {one.entity: Table(sort_key=_by_position) for one in self.collections}

    @cached_property
    def genesis(self) -> Genesis:
        """The world that the package comes with."""
        kits = toolkits(self.environment())
        tables: dict[str, dict[str, Row]] = {}
        for one in self.collections:
            records = one.records(kits[one.side].db)
            tables[one.entity] = {id: row_of(id, place, dumped(record)) for place, (id, record) in enumerate(records)}
        clock = CLOCKS.get(self.name)
        return Genesis(tables, 0 if clock is None else to_ms(clock), self.tables)

    @cached_property
    def policy(self) -> str:
        """What agents are told before anything else."""
        return self.environment().get_policy()

    @cached_property
    def source(self) -> str:
        return source_digest(self.name)

    def tasks(self) -> dict[str, Any]:
        """The tasks that the package comes with, by id: its own objects."""
        return {task.id: task for task in self.module.get_tasks(None)}


def toolkits(environment: Any) -> dict[Side, Any]:
    """The tools of the agent and, where it has some, of the user."""
    sides: dict[Side, Any] = {"assistant": environment.tools, "user": environment.user_tools}
    return {side: kit for side, kit in sides.items() if kit is not None and kit.db is not None}


def _by_position(row: Row) -> tuple[Any, ...]:
    """Where tau2 has it; what is no longer there comes last."""
    place = row.get("position")
    return (place is None, place or 0, row["id"])
