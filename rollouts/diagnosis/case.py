"""A failed episode as the readings of it take it: its task, what it was shown, what it lost, and the rows it had to find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, get_args

from attrs import define

from ...engine.event import CLOSED, PROMPTED
from ...engine.genesis import Schema
from ...engine.tool import Tool
from ...engine.toolset import Toolset
from ...engine.trajectory import Call
from ...scenarios.checks import Becomes, Check, Evidence, Gives, Names, Saw, SawBefore, StoppedAfter
from ...scenarios.company import recorded
from ...scenarios.grading import CriterionGrade
from ...scenarios.task import Task
from .shown import Shown, rows_in


@define(slots=False, eq=False)
class Case:
    """task: as it was graded by. lost: the criteria that are not met, with the checks behind them. kept_from: whether a search
    that was cut off or too narrow kept rows from the agent, so that what it tells wrongly comes of that; known once its course
    has been read."""

    task: Task
    evidence: Evidence
    lost: Sequence[tuple[CriterionGrade, Check]]
    kept_from: bool = False

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.evidence.calls

    @cached_property
    def shown(self) -> Shown:
        prompts = [e.data.get("text") or "" for e in self.evidence.trajectory.events if e.kind == PROMPTED]
        return Shown("\n".join(prompts), self.calls, self.evidence.company.zone)

    @cached_property
    def end(self) -> int:
        """Seq of the answer or, where there is none, of the close."""
        events = self.evidence.trajectory.events
        return (self.evidence.answered_at or [e.seq for e in events if e.kind == CLOSED])[-1]

    @cached_property
    def toolset(self) -> Toolset:
        return recorded(self.evidence.trajectory.opened.data)

    @property
    def tools(self) -> Mapping[str, Tool]:
        return self.toolset.tools

    @cached_property
    def unseen(self) -> Mapping[str, frozenset[str]]:
        """Type of row -> ids that a lost criterion names and no reply showed."""
        found: dict[str, set[str]] = {}
        for _, check in self.lost:
            for id in _ids(check):
                entity = self.entity_of(id)
                if entity and id.lower() not in self.shown.text:
                    found.setdefault(entity, set()).add(id)
        return {entity: frozenset(ids) for entity, ids in found.items()}

    @cached_property
    def names_rows(self) -> bool:
        """Whether the lost criteria say at all which rows an agent had to find."""
        return any(self.entity_of(id) for _, check in self.lost for id in _ids(check))

    def entity_of(self, name: str) -> str | None:
        """The type of the row of this id, or of this title or name."""
        ended = self.evidence.ended
        return next((entity for entity in ended.genesis.schema if ended.get(entity, name)), None) or self._titles.get(
            name
        )

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        ended = self.evidence.ended
        return {
            str(row[field]): entity
            for entity, field in self.evidence.company.titled.items()
            for row in ended.rows(entity)
            if row.get(field)
        }

    @cached_property
    def looked(self) -> bool:
        """Whether the rows that its rubric wants looked at were shown, or as many of them as will do."""
        wanted = [check for check in self.evidence.checks if isinstance(check, Saw)]
        shown = [sum(id.lower() in self.shown.text for id in check.ids) for check in wanted]
        return all(n >= (check.least or len(check.ids)) for n, check in zip(shown, wanted, strict=True))

    @cached_property
    def row_names(self) -> frozenset[str]:
        """Ids and names of the rows it was shown, in lower case."""
        names = {
            str(row[field]).lower()
            for call in self.calls
            for row in rows_in(call.reply)
            for field in ("id", "name")
            if row.get(field)
        }
        return frozenset(names)

    @cached_property
    def subjects(self) -> frozenset[str]:
        """What the task is about, in lower case: the ids its request states, those its rubric names, and the rows that hold one
        of them."""
        prompt = self.shown.prompt.lower()
        stated = {id for held in self.shown.rows.values() for id in held if _ID.fullmatch(id) and id in prompt}
        named = stated | {id.lower() for check in self.evidence.checks for id in _ids(check)}
        return frozenset(named | {id.lower() for id, held in self.shown.rows.items() if named & held})

    def rules_of(self, criteria: Sequence[str]) -> tuple[str, ...]:
        """The rules of the company that these criteria rest on."""
        basis = {one.id: one.basis for one in self.task.criteria}
        rules = (rule for id in criteria for rule in basis[id] if self.evidence.company.is_rule(rule))
        return tuple(dict.fromkeys(rules))

    def finders(self, entity: str) -> list[Call]:
        """The calls that could have shown rows of a type."""
        return [
            call
            for call in self.calls
            if call.tool in self.tools and entity in _entities(self.tools[call.tool], self.toolset.tables)
        ]

    def call_of(self, seq: int) -> int:
        """Seq of the call that an event came of."""
        return next((c.seq for c in reversed(self.calls) if c.seq <= seq), seq)


_ID = re.compile(r"[a-z]+[\w-]*-[\w-]+")


def _ids(check: Check) -> Iterator[str]:
    """Ids of rows that have to be found for a check to hold."""
    if isinstance(check, Saw | SawBefore | StoppedAfter):
        yield from check.ids
    elif isinstance(check, Becomes):
        yield from check.rows
    elif isinstance(check, Names):
        yield from (value.value for value in check.values if value.kind == "text")
    elif isinstance(check, Gives):
        for slot in check.slots:
            yield from slot.record
            if slot.value.kind == "text":
                yield slot.value.value


def _entities(tool: Tool, schema: Schema) -> set[str]:
    """The types of the rows that a tool replies with."""
    parts = _parts(tool.returns)
    return {entity for entity, table in schema.items() if table.shape is not None and table.shape in parts}


def _parts(hint: Any) -> list[Any]:
    return [hint, *(part for each in get_args(hint) for part in _parts(each))]
