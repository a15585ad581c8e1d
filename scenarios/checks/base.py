"""What checks judge and what they say: `Evidence` in, `Verdict` out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import field, frozen
from msgspec import Struct

from ...engine.canonical import encode, sorted_bytes
from ...engine.clock import local
from ...engine.event import ANSWERED, CALLED, JUDGED, PROMPTED, RETURNED, Event
from ...engine.genesis import Schema
from ...engine.trajectory import Call, Trajectory
from ...engine.world import World
from ..company import Company, company_with
from ..reading.notation import Calendar
from ..reading.statements import Answer
from ..reading.words import in_log
from .owners import Part, owned

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
    """What an episode did to one row, net: the fields that stand otherwise than they would without the agent's calls, whether
    the row was created, and the seqs of the events."""

    entity: str
    id: str
    fields: dict[str, Any]
    created: bool
    seqs: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.entity} {self.id}"


@frozen(slots=False)
class Evidence:
    """What a finished episode offers to checks. start: the world at its genesis. checks: all those of the rubric."""

    trajectory: Trajectory
    start: World
    checks: Sequence[Check] = ()
    _read: dict[str, Answer] = field(factory=dict, repr=False, init=False)
    _owned: dict[Any, list[list[Part]]] = field(factory=dict, repr=False, init=False)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self.trajectory.calls())

    @cached_property
    def answer(self) -> Answer:
        return Answer(self.trajectory.answer or "", in_log(self._log(), self.company.words))

    def _log(self) -> Iterator[str]:
        """All the agent was told."""
        for event in self.trajectory.as_told():
            if event.kind in (PROMPTED, RETURNED):
                yield encode(event.data).decode()

    @cached_property
    def answered_at(self) -> tuple[int, ...]:
        """Seq of the answer."""
        return tuple(e.seq for e in self.trajectory.events if e.kind == ANSWERED)[-1:]

    @cached_property
    def company(self) -> Company:
        """Whose tools the episode was played with."""
        return company_with(self.trajectory.opened.data["tools"])

    @cached_property
    def calendar(self) -> Calendar:
        """The year of the simulation clock, for dates written without one, and the company's zone."""
        return Calendar.at(local(self.trajectory.events[0].at, self.company.zone))

    @cached_property
    def judged(self) -> dict[str, Event]:
        """Digest of a question -> what a judge last said of it."""
        return {e.data["question"]: e for e in self.trajectory.events if e.kind == JUDGED}

    @cached_property
    def touched(self) -> dict[tuple[str, str], Touched]:
        """Every row that stands otherwise than it would without the agent's calls, by entity and id.

        What the agent undid again is no change, and the task's own rows and what happened outside are nobody's doing.
        """
        events = self.trajectory.events
        calls = {event.seq for event in events if event.kind == CALLED}
        seqs: dict[tuple[str, str], list[int]] = {}
        for event in events:
            if event.cause in calls:
                for change in event.changes:
                    seqs.setdefault((change.entity, change.id), []).append(event.seq)
        if not seqs:
            return {}
        without = self.start.fold(event for event in events if event.cause not in calls)
        found: dict[tuple[str, str], Touched] = {}
        for key, at in seqs.items():
            before, after = without.get(*key), self.ended.get(*key) or {}
            if fields := _differing(before, after):
                found[key] = Touched(*key, fields, before is None, tuple(at))
        return found

    @cached_property
    def ended(self) -> World:
        """The world as the episode left it."""
        return self.start.fold(self.trajectory.events)

    def asked(self, of: str) -> tuple[Any, ...]:
        """The slots that the rubric asks for in a text."""
        return tuple(slot for c in self.checks if getattr(c, "of", "") == of for slot in getattr(c, "slots", ()))

    def owned(self, of: str, records: Sequence[Sequence[str]], others: Sequence[str] = ()) -> list[list[Part]]:
        """`owners.owned` of a text, once for all checks that ask alike."""
        key = (of, tuple(records), tuple(others))
        if key not in self._owned:
            self._owned[key] = owned(self.read(of), records, others)
        return self._owned[key]

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


def _differing(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in which a row differs from what it was, with what they hold now; of a new row all."""
    if before is None:
        return dict(after)
    names = dict.fromkeys((*after, *before))
    return {n: after.get(n) for n in names if n not in BOOKKEEPING and not same_json(after.get(n), before.get(n))}


def same_json(one: Any, other: Any) -> bool:
    """Equal as JSON values, the order of lists left out of account; 1 and 1.0 are the same number, True is not 1.

    No list in a row has an order that matters: lines of an order, parts of a build.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        in_order = zip(sorted(one, key=sorted_bytes), sorted(other, key=sorted_bytes), strict=False)
        return len(one) == len(other) and all(same_json(a, b) for a, b in in_order)
    return one == other


class Check(Struct, frozen=True, tag_field="check", kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all checks."""

    def verdict(self, evidence: Evidence) -> Verdict:
        """Whether the finished episode meets it."""
        raise NotImplementedError

    def faults(self, schema: Schema) -> Iterator[str]:
        """Why this check could never fail, never hold, or names what does not exist; nothing for a sound one."""
        yield from ()
