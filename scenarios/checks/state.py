"""Checks of the final state: a diff of rows. Everything that is not expected is a violation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from ...engine.genesis import Schema
from .base import Check, Evidence, Touched, Verdict, same_json


class Unchanged(Check, frozen=True, tag="unchanged"):
    """No row of the world was changed."""

    def verdict(self, evidence: Evidence) -> Verdict:
        touched = evidence.touched.values()
        if not touched:
            return Verdict(True, "no row was changed")
        seqs = sorted({seq for each in touched for seq in each.seqs})
        return Verdict(False, f"changed: {', '.join(sorted(map(str, touched)))}", tuple(seqs))


class Becomes(Check, frozen=True, tag="becomes"):
    """Existing rows end with these values: id -> fields. No other field of them was changed; `updatedAt` is not looked at.

    free: further fields that may end with any value. among: further ones that end with one of several. To set a field to what
    it was is no change.
    """

    entity: str
    rows: dict[str, dict[str, Any]]
    free: tuple[str, ...] = ()
    among: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def verdict(self, evidence: Evidence) -> Verdict:
        seqs: set[int] = set()
        for id, fields in self.rows.items():
            touched = evidence.touched.get((self.entity, id)) or Touched(self.entity, id, {}, False, ())
            if reason := self._wrong(fields, evidence.ended.get(self.entity, id) or {}, touched):
                return Verdict(False, reason, touched.seqs)
            seqs |= set(touched.seqs)
        return Verdict(True, f"{', '.join(list(self.rows)[:4])} as expected", tuple(sorted(seqs)))

    def _wrong(self, fields: dict[str, Any], row: Mapping[str, Any], touched: Touched) -> str:
        for name, value in fields.items():
            if not same_json(row.get(name), value):
                if not touched.fields:
                    return f"{touched} was not changed"
                return f"{touched}: {name} is {row.get(name)!r}, not {value!r}"
        for name, values in self.among.items():
            if row.get(name) not in values:
                return f"{touched}: {name} is {row.get(name)!r}, none of {', '.join(values)}"
        strange = sorted(set(touched.fields) - set(fields) - set(self.free) - set(self.among))
        return f"{touched}: {', '.join(strange)} should not have been changed" if strange else ""

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.rows or not (self.among or all(self.rows.values())):
            yield "no row, or a row of which nothing is asked"
        for fields in self.rows.values():
            yield from unknown_fields(schema, self.entity, (*fields, *self.free, *self.among))


class Creates(Check, frozen=True, tag="creates"):
    """Each of these rows was created: equal in all the fields named; other fields are free text, ids and times.

    A row that was created serves one of them only. What was created beyond them is `NothingElse`'s to find.
    """

    entity: str
    rows: tuple[dict[str, Any], ...]

    def verdict(self, evidence: Evidence) -> Verdict:
        left = [t for t in evidence.touched.values() if t.entity == self.entity and t.created]
        if not left:
            return Verdict(False, f"no {self.entity} was created")
        seqs = tuple(sorted({seq for each in left for seq in each.seqs}))
        missing: list[dict[str, Any]] = []
        for row in self.rows:
            match = next((t for t in left if all(same_json(t.fields.get(k), v) for k, v in row.items())), None)
            if match is None:
                missing.append(row)
            else:
                left.remove(match)
        if missing:
            return Verdict(False, self._lacking(missing, left), seqs)
        return Verdict(True, f"{len(self.rows)} created as expected", seqs)

    def _lacking(self, missing: list[dict[str, Any]], left: list[Touched]) -> str:
        """Of several rows how many are there; and the first that is not."""
        what = f"{self.entity} with {_differing(missing[0], left)}"
        if len(self.rows) == 1:
            return f"no {what}"
        return f"{len(self.rows) - len(missing)} of {len(self.rows)} created as expected; missing: {what}"

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.rows or not all(self.rows):
            yield "no row, or a row without fields: it always holds"
        for row in self.rows:
            yield from unknown_fields(schema, self.entity, tuple(row))


def _differing(row: dict[str, Any], created: list[Touched]) -> str:
    """What is missing: of a single candidate only the fields that differ."""
    if len(created) == 1:
        have = created[0].fields
        return ", ".join(f"{k} {v!r} (it is {have.get(k)!r})" for k, v in row.items() if not same_json(have.get(k), v))
    return ", ".join(f"{name} {value!r}" for name, value in row.items())


class Allowance(Struct, frozen=True, omit_defaults=True):
    """Rows a task may touch: one by id, or a number of new ones of a type.

    entity: the type. id: of the one row. created: how many new ones. having: fields that each new one must hold, with the value
    or those that will do.
    """

    entity: str
    id: str = ""
    created: int = 0
    having: Mapping[str, str | tuple[str, ...]] = {}


class NothingElse(Check, frozen=True, tag="nothing_else"):
    """No row was touched but these, and no more were created than these.

    optional: what may be touched as well, though nothing asks for it.
    """

    expected: tuple[Allowance, ...]
    optional: tuple[Allowance, ...] = ()

    def verdict(self, evidence: Evidence) -> Verdict:
        strange = self.strange(evidence)
        if not strange:
            return Verdict(True, "nothing else was touched")
        seqs = sorted({seq for each in strange for seq in each.seqs})
        return Verdict(False, f"also touched: {', '.join(map(str, strange))}", tuple(seqs))

    def strange(self, evidence: Evidence) -> list[Touched]:
        """What was touched beyond them."""
        allowed = (*self.expected, *self.optional)
        known = {(a.entity, a.id) for a in allowed if a.id}
        room = [allowance for allowance in allowed for _ in range(allowance.created)]
        strange: list[Touched] = []
        for key, touched in evidence.touched.items():
            if touched.created and (place := next((each for each in room if _is_one(touched, each)), None)):
                room.remove(place)
            elif touched.created or key not in known:
                strange.append(touched)
        return strange

    def faults(self, schema: Schema) -> Iterator[str]:
        for allowance in self.expected:
            yield from unknown_fields(schema, allowance.entity, ())
            if bool(allowance.id) == bool(allowance.created):
                yield f"{allowance.entity}: an allowance names a row or a number of new ones"


def _is_one(touched: Touched, allowance: Allowance) -> bool:
    wanted = ((name, (value,) if isinstance(value, str) else value) for name, value in allowance.having.items())
    holds = all(touched.fields.get(name) in values for name, values in wanted)
    return touched.entity == allowance.entity and holds


def unknown_fields(schema: Schema, entity: str | None, names: tuple[str, ...]) -> Iterator[str]:
    """Why these are no fields of the entity; of any entity for None."""
    if entity is not None and entity not in schema:
        yield f"unknown entity {entity}"
        return
    tables = [schema[entity]] if entity else list(schema.values())
    if any(table.fields is None for table in tables):
        return  # whose rows may have any
    known = {name for table in tables for name in table.fields or ()}
    yield from (f"{entity or 'no entity'} has no field {name}" for name in names if name not in known)
