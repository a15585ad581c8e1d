"""Checks of the final state: a diff of rows. Everything that is not expected is a violation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, field

from ...engine.canonical import sorted_bytes
from ...tools.rows import ROW_TYPES
from .base import BOOKKEEPING, Check, Evidence, Touched, Verdict


class Unchanged(Check, frozen=True, tag="unchanged"):
    """No row of the world was changed."""

    def judge(self, evidence: Evidence) -> Verdict:
        touched = evidence.touched.values()
        if not touched:
            return Verdict(True, "no row was changed")
        seqs = sorted({seq for each in touched for seq in each.seqs})
        return Verdict(False, f"changed: {', '.join(sorted(map(str, touched)))}", tuple(seqs))


class Becomes(Check, frozen=True, tag="becomes"):
    """An existing row ends with these values in these fields, and no other field of it was changed.

    before: values it had; to set one of them again is no change. free: further fields that may end with any value.
    `family.becoming` fills `before` from the world.
    """

    entity: str
    id: str
    fields: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    free: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        return _become(evidence, self.entity, self.id, self.fields, self.before, self.free)

    def faults(self) -> Iterator[str]:
        if not self.fields:
            yield "no field is asked for"
        yield from unknown_fields(self.entity, (*self.fields, *self.free))


class BecomeEach(Check, frozen=True, tag="become_each"):
    """`Becomes` for each of these existing rows: id -> fields, and id -> what they were before."""

    entity: str
    rows: dict[str, dict[str, Any]]
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    free: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        verdicts = [
            _become(evidence, self.entity, id, fields, self.before.get(id, {}), self.free)
            for id, fields in self.rows.items()
        ]
        wrong = next((verdict for verdict in verdicts if not verdict.passed), None)
        if wrong is not None:
            return wrong
        seqs = sorted({seq for verdict in verdicts for seq in verdict.evidence})
        return Verdict(True, f"all {len(self.rows)} as expected", tuple(seqs))

    def faults(self) -> Iterator[str]:
        if not self.rows or not all(self.rows.values()):
            yield "no row, or a row of which nothing is asked"
        for fields in self.rows.values():
            yield from unknown_fields(self.entity, (*fields, *self.free))


def _become(
    evidence: Evidence, entity: str, id: str, fields: dict[str, Any], before: dict[str, Any], free: tuple[str, ...]
) -> Verdict:
    touched = evidence.touched.get((entity, id)) or Touched(entity, id, {}, False, ())
    after = {**before, **touched.fields}
    for name, value in fields.items():
        if not _equal(after.get(name), value):
            if not touched.fields:
                return Verdict(False, f"{touched} was not changed")
            return Verdict(False, f"{touched}: {name} is {after.get(name)!r}, not {value!r}", touched.seqs)
    others = set(touched.fields) - set(fields) - set(free) - BOOKKEEPING
    strange = sorted(name for name in others if name not in before or not _equal(after[name], before[name]))
    if strange:
        return Verdict(False, f"{touched}: {', '.join(strange)} should not have been changed", touched.seqs)
    return Verdict(True, f"{touched} as expected", touched.seqs)


class Creates(Check, frozen=True, tag="creates"):
    """Each of these rows was created: equal in all the fields named; other fields are free text, ids and times.

    A row that was created serves one of them only. What was created beyond them is `NothingElse`'s to find.
    """

    entity: str
    rows: tuple[dict[str, Any], ...]

    def judge(self, evidence: Evidence) -> Verdict:
        left = [t for t in evidence.touched.values() if t.entity == self.entity and t.created]
        if not left:
            return Verdict(False, f"no {self.entity} was created")
        seqs = tuple(sorted({seq for each in left for seq in each.seqs}))
        for row in self.rows:
            match = next((t for t in left if all(_equal(t.fields.get(k), v) for k, v in row.items())), None)
            if match is None:
                return Verdict(False, f"no {self.entity} with {_differing(row, left)}", seqs)
            left.remove(match)
        return Verdict(True, f"{len(self.rows)} created as expected", seqs)

    def faults(self) -> Iterator[str]:
        if not self.rows or not all(self.rows):
            yield "no row, or a row without fields: it always holds"
        for row in self.rows:
            yield from unknown_fields(self.entity, tuple(row))


def _differing(row: dict[str, Any], created: list[Touched]) -> str:
    """What is missing: of a single candidate only the fields that differ."""
    if len(created) == 1:
        have = created[0].fields
        return ", ".join(f"{k} {v!r} (it is {have.get(k)!r})" for k, v in row.items() if not _equal(have.get(k), v))
    return ", ".join(f"{name} {value!r}" for name, value in row.items())


class Allowance(Struct, frozen=True, omit_defaults=True):
    """Rows a task may touch: one by id, or a number of new ones of a type."""

    entity: str
    id: str = ""
    created: int = 0


class NothingElse(Check, frozen=True, tag="nothing_else"):
    """No row was touched but these, and no more were created than these."""

    expected: tuple[Allowance, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        known = {(a.entity, a.id) for a in self.expected if a.id}
        room: dict[str, int] = {}
        for allowance in self.expected:
            room[allowance.entity] = room.get(allowance.entity, 0) + allowance.created
        strange: list[Touched] = []
        for key, touched in evidence.touched.items():
            if touched.created and room.get(touched.entity, 0) > 0:
                room[touched.entity] -= 1
            elif touched.created or key not in known:
                strange.append(touched)
        if not strange:
            return Verdict(True, "nothing else was touched")
        seqs = sorted({seq for each in strange for seq in each.seqs})
        return Verdict(False, f"also touched: {', '.join(map(str, strange))}", tuple(seqs))

    def faults(self) -> Iterator[str]:
        for allowance in self.expected:
            yield from unknown_fields(allowance.entity, ())
            if bool(allowance.id) == bool(allowance.created):
                yield f"{allowance.entity}: an allowance names a row or a number of new ones"


def unknown_fields(entity: str | None, names: tuple[str, ...]) -> Iterator[str]:
    """Why these are no fields of the entity; of any entity for None."""
    if entity is not None and entity not in ROW_TYPES:
        yield f"unknown entity {entity}"
        return
    types = [ROW_TYPES[entity]] if entity else list(ROW_TYPES.values())
    known = {name for each in types for name in each.__annotations__} | {"id"}
    yield from (f"{entity or 'no entity'} has no field {name}" for name in names if name not in known)


def _equal(one: Any, other: Any) -> bool:
    """As JSON values; 1 and 1.0 are the same number, True is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, _sorted(one), _sorted(other)))
    return one == other


def _sorted(values: Sequence[Any]) -> list[Any]:
    """No list in a row has an order that matters: lines of an order, parts of a build."""
    return sorted(values, key=lambda value: sorted_bytes(value))
