"""What checks judge and what they say: `Evidence` in, `Verdict` out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from attrs import field, frozen
from msgspec import Struct

from ...engine.canonical import encode
from ...engine.clock import fixed_zone, local
from ...engine.event import ANSWERED, CALLED, PROMPTED, RETURNED
from ...engine.trajectory import Call, Trajectory
from ..reading.statements import Answer
from ..reading.words import in_log

BOOKKEEPING = frozenset({"updatedAt"})
"""Fields that every command sets and no rubric asks for."""


@frozen
class Verdict:
    """Whether a criterion is met, why, and the seqs of the events it rests on. `passed` None: only a judge can tell."""

    passed: bool | None
    reason: str
    evidence: tuple[int, ...] = ()


@frozen
class Touched:
    """What an episode did to one row, net: fields set, whether it was created, and the seqs of the events."""

    entity: str
    id: str
    fields: dict[str, Any]
    created: bool
    seqs: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.entity} {self.id}"


@frozen(slots=False)
class Evidence:
    """What a finished episode offers to checks."""

    trajectory: Trajectory
    _read: dict[str, Answer] = field(factory=dict, repr=False, init=False)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self.trajectory.calls())

    @cached_property
    def answer(self) -> Answer:
        return Answer(self.trajectory.answer or "", in_log(self._log()))

    def _log(self) -> Iterator[str]:
        """All the agent was told."""
        for event in self.trajectory.events:
            if event.kind in (PROMPTED, RETURNED):
                yield encode(event.data).decode()

    @cached_property
    def answered_at(self) -> tuple[int, ...]:
        """Seq of the answer."""
        return tuple(e.seq for e in self.trajectory.events if e.kind == ANSWERED)[-1:]

    @cached_property
    def year(self) -> int:
        """The year of the simulation clock, for dates written without one."""
        return local(self.trajectory.events[0].at, fixed_zone(-5)).year

    @cached_property
    def touched(self) -> dict[tuple[str, str], Touched]:
        """Every row the agent's calls changed, by entity and id."""
        fields: dict[tuple[str, str], dict[str, Any]] = {}
        seqs: dict[tuple[str, str], list[int]] = {}
        created: set[tuple[str, str]] = set()
        calls = {event.seq for event in self.trajectory.events if event.kind == CALLED}
        for event in self.trajectory.events:
            if event.cause not in calls:
                continue  # the task's own rows, and what happened outside, are nobody's doing
            for change in event.changes:
                key = (change.entity, change.id)
                fields.setdefault(key, {}).update(change.set)
                fields[key].update(dict.fromkeys(change.removed))
                seqs.setdefault(key, []).append(event.seq)
                if "id" in change.set:
                    created.add(key)
        return {key: Touched(*key, fields[key], key in created, tuple(seqs[key])) for key in fields}

    def read(self, of: str) -> Answer:
        """The text a check is about: `answer`, or `entity.field` for that field of all rows the agent created."""
        if of == "answer":
            return self.answer
        found = self._read.get(of)
        if found is None:
            entity, name = of.split(".")
            texts = [str(t.fields.get(name) or "") for t in self.touched.values() if t.created and t.entity == entity]
            found = self._read[of] = Answer("\n\n".join(texts))
        return found

    def seqs_of(self, of: str) -> tuple[int, ...]:
        """Where that text was written."""
        if of == "answer":
            return self.answered_at
        entity = of.split(".")[0]
        return tuple(seq for t in self.touched.values() if t.created and t.entity == entity for seq in t.seqs)

    def seen(self, field: str) -> dict[str, int]:
        """Row id -> seq of the first reply that showed the row with this field, at any depth."""
        first: dict[str, int] = {}
        for call in self.calls:
            for row in _rows(call.reply):
                if field in row:
                    first.setdefault(row["id"], call.returned.seq)
        return first


def _rows(reply: Any) -> Iterator[dict[str, Any]]:
    """The rows of a reply: of a list, a row itself, or the parts of a composed answer."""
    parts = [reply]
    if isinstance(reply, dict):
        parts += reply.values()
    for part in parts:
        for row in part if isinstance(part, list) else (part,):
            if isinstance(row, dict) and isinstance(row.get("id"), str):
                yield row


class Check(Struct, frozen=True, tag_field="check", kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all checks."""

    def judge(self, evidence: Evidence) -> Verdict:
        """Whether the finished episode meets it."""
        raise NotImplementedError

    def faults(self) -> Iterator[str]:
        """Why this check could never fail, never hold, or names what does not exist; nothing for a sound one."""
        yield from ()
