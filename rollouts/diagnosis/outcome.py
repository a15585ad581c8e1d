"""What went wrong in the end: each criterion that is not met, read as what the agent did or told in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

from msgspec.structs import replace

from ...scenarios.checks import (
    AskedBack,
    Asks,
    Avoids,
    Becomes,
    Called,
    Check,
    Creates,
    Csv,
    Decides,
    Gives,
    Judge,
    Mail,
    Names,
    NamesNoOther,
    NothingElse,
    Ordered,
    Private,
    Readable,
    Replied,
    Saw,
    SawBefore,
    Slot,
    StoppedAfter,
    Tabled,
    TellsNoOther,
    Unchanged,
    Value,
    Words,
)  # fmt: skip
from ...scenarios.checks.base import Touched, same_json
from ...scenarios.grading import disbelieves
from ...tools.shapes import references
from . import told
from .case import Case
from .labels import Finding, Label

COURSES = frozenset({"outcome", "type", "destination", "closureReason"})
"""Fields of rows that hold a decision."""
ROUTING = frozenset({"assignedEmployeeId", "resolvedById", "authorId", "requestedById"})
"""Fields that name who is to act: no record taken for another."""
NOTHING = "nothing"
"""What was done in place of a lookup or a change that was left out."""


def findings(case: Case) -> Iterator[Finding]:
    """What each lost criterion comes down to, with its id."""
    for graded, check in case.lost:
        read = [_untrue(case, graded.reason)] if disbelieves(graded.reason) else reading(check, case)
        for found in read:
            yield replace(found, criteria=(graded.id,))


def _untrue(case: Case, reason: str) -> Finding:
    return Finding("ungrounded", case.end, reason)


@singledispatch
def reading(check: Check, case: Case) -> Iterator[Finding]:
    """What was done or told in place of what a check asks for."""
    raise NotImplementedError(type(check).__name__)


# --- the state of the world ------------------------------------------------------------------------------------------


@reading.register
def _(check: Unchanged, case: Case) -> Iterator[Finding]:
    for touched in case.evidence.touched.values():
        yield _unasked(case, touched)


@reading.register
def _(check: NothingElse, case: Case) -> Iterator[Finding]:
    for touched in check.strange(case.evidence):
        yield _unasked(case, touched)


def _unasked(case: Case, touched: Touched) -> Finding:
    seqs = sorted({case.call_of(seq) for seq in touched.seqs})
    what = "created" if touched.created else f"changed {', '.join(touched.fields)} of"
    return Finding("extra_write", seqs[0], f"{what} {touched}, which nobody asked for", evidence=tuple(seqs[1:]))


@reading.register
def _(check: Becomes, case: Case) -> Iterator[Finding]:
    others = [
        t
        for t in case.evidence.touched.values()
        if t.entity == check.entity and t.id not in check.rows and not t.created
    ]
    for id, fields in check.rows.items():
        row = case.evidence.ended.get(check.entity, id) or {}
        wrong = {name: row.get(name) for name, value in fields.items() if not same_json(row.get(name), value)}
        touched = case.evidence.touched.get((check.entity, id))
        if touched is not None:
            yield from _wrong_fields(case, touched, wrong)
            if strange := sorted(set(touched.fields) - set(fields) - set(check.free)):
                yield Finding(
                    "extra_write", case.call_of(touched.seqs[0]), f"changed {', '.join(strange)} of {touched} too"
                )
        elif wrong and others:
            at = case.call_of(others[0].seqs[0])
            yield Finding("wrong_row", at, f"changed {others[0]}, and not {check.entity} {id}")
        elif wrong:
            yield Finding(
                "missing_step", case.end, f"{check.entity} {id} was not changed: {', '.join(wrong)}", instead=NOTHING
            )


@reading.register
def _(check: Creates, case: Case) -> Iterator[Finding]:
    left = [t for t in case.evidence.touched.values() if t.entity == check.entity and t.created]
    wanted: list[Mapping[str, Any]] = []
    for row in check.rows:
        match = next((t for t in left if not _differing(t, row)), None)
        left.remove(match) if match is not None else wanted.append(row)
    for row in wanted:
        if not left:
            yield Finding("missing_step", case.end, f"no {check.entity} was created for {_brief(row)}", instead=NOTHING)
            continue
        nearest = min(left, key=lambda touched: len(_differing(touched, row)))
        left.remove(nearest)
        yield from _wrong_fields(case, nearest, _differing(nearest, row))


def _differing(touched: Touched, row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: touched.fields.get(k) for k, v in row.items() if not same_json(touched.fields.get(k), v)}


def _wrong_fields(case: Case, touched: Touched, wrong: Mapping[str, Any]) -> Iterator[Finding]:
    """Fields of a row that the agent wrote otherwise than asked."""
    by_label: dict[Label, list[str]] = {}
    for name, value in wrong.items():
        by_label.setdefault(_of_field(case, touched, name, value), []).append(f"{name} {value!r}")
    at = case.call_of(touched.seqs[-1])
    for label, fields in by_label.items():
        yield Finding(label, at, f"{touched} has {', '.join(fields)}"[:200], instead=", ".join(fields))


def _of_field(case: Case, touched: Touched, name: str, value: Any) -> Label:
    """Another record, another course, a state that only others may give a new row, or another value; or it was left empty."""
    if value is None:
        return "missing_step"
    table = case.toolset.tables.get(touched.entity)
    if table is not None and table.shape is not None and name in references(table.shape) and name not in ROUTING:
        return "wrong_row"
    if name in COURSES:
        return "wrong_branch"
    return "policy_breach" if name == "status" and touched.created else "wrong_value"


def _brief(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in row.items())[:100]


# --- what was looked at ----------------------------------------------------------------------------------------------


@reading.register
def _(check: Saw, case: Case) -> Iterator[Finding]:
    seen = case.evidence.seen(check.field)
    missing = [id for id in check.ids if id not in seen]
    if case.kept_from and any(id.lower() not in case.shown.text for id in missing):
        return  # of a search that was cut off or too narrow, as the course tells
    yield Finding(
        "missing_step", case.end, f"never looked at {check.field} of {', '.join(missing[:3])}", instead=NOTHING
    )


@reading.register
def _(check: SawBefore, case: Case) -> Iterator[Finding]:
    writes = [call for call in case.calls if call.facts and call.tool in check.tools]
    if writes:
        why = f"{writes[0].tool} before {check.field} of {check.ids[0]} was looked at"
        yield Finding("missing_step", writes[0].seq, why, instead=NOTHING)
    else:
        yield Finding("missing_step", case.end, f"{' / '.join(check.tools)} changed nothing", instead=NOTHING)


@reading.register
def _(check: AskedBack, case: Case) -> Iterator[Finding]:
    writes = [call.seq for call in case.calls if call.facts]
    why = "whoever asked was not asked back about what only he knows"
    yield Finding("missing_step", writes[0] if writes else case.end, why, instead=NOTHING)


@reading.register
def _(check: Called, case: Case) -> Iterator[Finding]:
    yield Finding(
        "missing_step", case.end, f"{' / '.join(check.tools)} was not called as it had to be", instead=NOTHING
    )


@reading.register
def _(check: Replied, case: Case) -> Iterator[Finding]:
    calls = [call for call in case.calls if call.tool == check.tool and call.ok]
    why = f"{check.tool} was not asked about what the answer rests on"
    yield Finding("missing_step", case.end, why, evidence=tuple(call.seq for call in calls), instead=NOTHING)


@reading.register
def _(check: StoppedAfter, case: Case) -> Iterator[Finding]:
    seen = case.evidence.seen(check.field)
    if all(id in seen for id in check.ids):
        known_at = max(seen[id] for id in check.ids)
        later = [call for call in case.calls if call.seq > known_at and call.tool in check.tools]
        yield Finding("wrong_branch", later[0].seq, f"{later[0].tool} after the question was settled")
    else:
        yield Finding("missing_step", case.end, f"never looked at {check.field} of {check.ids[0]}", instead=NOTHING)


# --- what was said ---------------------------------------------------------------------------------------------------


@reading.register
def _(check: Gives, case: Case) -> Iterator[Finding]:
    at = _written(case, check.of)
    for slot, others in check.told(case.evidence):
        for label, why in _instead(case, slot, others, check.of):
            yield Finding(label, at, why, instead=", ".join(others[:3]) or (slot.record[0] if slot.record else ""))


def _instead(case: Case, slot: Slot, others: list[str], of: str) -> Iterator[tuple[Label, str]]:
    """What it is to give other values in a slot's place, or none. Nothing where a search explains it."""
    what = f"{slot.key} of {slot.record[0]}" if slot.record else slot.key
    if not others:
        yield from _silent(case, slot, what, of)
    elif not case.kept_from:
        why = f"{what} is told as {others[0][:60]}, and is {slot.value.value}"
        for label in _otherwise(case, slot.value, others[0]):
            yield label, f"{why}; nothing it was shown says so" if label == "ungrounded" else why


def _silent(case: Case, slot: Slot, what: str, of: str) -> Iterator[tuple[Label, str]]:
    """Nothing of the kind stands in the slot's place."""
    value = slot.value
    if (slot.label and told.says(case, value, of)) or told.spells(case, value, of):
        yield "format", f"{what}: {value.value} is said, not where or as it was asked for"
    elif case.kept_from:
        return
    elif value.kind == "text" and (made_up := told.made_up(case, slot, of)):
        yield "ungrounded", f"{what} is not told, but {made_up}, which nothing it was shown holds"
    elif (
        case.looked
        and slot.record
        and slot.record[0].lower() in case.shown.text
        and not told.mentions(case, slot.record, of)
    ):
        yield "wrong_row", f"leaves out {slot.record[0]}, which it had seen"
    else:
        yield "missing_step", f"{what} is not told"


def _otherwise(case: Case, value: Value, other: str) -> Iterator[Label]:
    """Another value stands in the place of the right one: another record's, a decision, misread, or nowhere to be found."""
    shown = case.shown
    if not shown.rows:
        yield "ungrounded"
    elif value.kind == "text":
        if other.lower() in case.row_names:
            yield "wrong_row"
        elif value.rivals and value.value.lower() not in shown.replies:
            yield "wrong_branch"  # a word of a choice that no record holds
        else:
            yield "wrong_value"
    elif value.kind == "number":
        yield "wrong_value"
    elif shown.holds(value.kind, other):
        yield "wrong_row" if told.of_another(case, value.kind, other) else "wrong_value"
    else:
        if case.looked:
            yield "wrong_row" if value.kind == "money" and told.of_one_more(case, value.value, other) else "wrong_value"
        if not told.follows(case, value.kind, other):
            yield "ungrounded"


@reading.register
def _(check: Names, case: Case) -> Iterator[Finding]:
    missing = [value.value for value in check.missing(case.evidence)]
    seen = [name for name in missing if name.lower() in case.shown.text]
    at = _written(case, check.of)
    if seen and len(missing) < len(check.values):
        yield Finding("wrong_row", at, f"leaves out {', '.join(seen[:3])}, which it had seen", instead=", ".join(seen))
    elif seen or not case.kept_from:
        yield Finding("missing_step", at, f"does not name {', '.join(missing[:3])}")


@reading.register
def _(check: NamesNoOther, case: Case) -> Iterator[Finding]:
    strange = check.strange(case.evidence)
    made_up = [name for name in strange if name.lower() not in case.shown.text]
    at = _written(case, check.of)
    if made_up:
        yield Finding("ungrounded", at, f"names {', '.join(made_up[:3])}, which nothing it was shown holds")
    if len(strange) > len(made_up):
        others = [name for name in strange if name not in made_up]
        yield Finding(
            "wrong_row", at, f"also names {', '.join(others[:3])}, which does not belong", instead=", ".join(others)
        )


@reading.register
def _(check: TellsNoOther, case: Case) -> Iterator[Finding]:
    why = check.verdict(case.evidence).reason
    yield Finding("ungrounded", _written(case, check.of), why, instead=why)


@reading.register
def _(check: Avoids, case: Case) -> Iterator[Finding]:
    why = check.verdict(case.evidence).reason
    yield Finding("policy_breach", _written(case, check.of), why, instead=why)


@reading.register
def _(check: Private, case: Case) -> Iterator[Finding]:
    yield Finding("pii_leak", _written(case, check.of), check.verdict(case.evidence).reason)


@reading.register
def _(check: Decides, case: Case) -> Iterator[Finding]:
    yield Finding("wrong_branch", case.end, check.verdict(case.evidence).reason)


@reading.register
def _(check: Asks, case: Case) -> Iterator[Finding]:
    yield Finding("missing_step", case.end, check.verdict(case.evidence).reason)


@reading.register
def _(check: Judge, case: Case) -> Iterator[Finding]:
    yield Finding("missing_step", case.end, f"a judge says no: {check.question}")


@reading.register(Csv | Mail | Ordered | Readable | Tabled | Words)
def _(check: Csv | Mail | Ordered | Readable | Tabled | Words, case: Case) -> Iterator[Finding]:
    of = check.of if isinstance(check, Mail) else "answer"
    yield Finding("format", _written(case, of), check.verdict(case.evidence).reason)


def _written(case: Case, of: str) -> int:
    """Seq at which a text was written; that of the end, where it never was."""
    seqs = case.evidence.seqs_of(of)
    return case.end if of == "answer" or not seqs else case.call_of(seqs[0])
