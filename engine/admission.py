"""What may come into a line from outside, and how it is taken in: copied, so that nobody else can change it, and refused where
whoever verifies the history would refuse it. Recording and verification ask the same questions here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve
from msgspec.structs import replace

from .agenda import Plan
from .canonical import faithful
from .edits import Edits
from .errors import InvalidInput
from .event import ANSWERED, CALLED, CLOCK_ADVANCED, FAILED, FAULTED, OPENED, PLANNED, PREPARED, RETURNED, Change, Event
from .forms import FORMS, check_form
from .toolset import Toolset
from .world import World

OWN_NAMESPACES = {kind.partition(".")[0] for kind in (OPENED, ANSWERED, CALLED, CLOCK_ADVANCED, PLANNED)}


def own_copy(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy nobody else can change. Raises InvalidInput for what is not JSON."""
    try:
        return faithful(dict(data))[1]
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{kind}: {error}") from None


def own_changes(world: World, toolset: Toolset, kind: str, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Changes from outside as nobody else can change them. Raises InvalidInput."""
    for change in changes:
        if not isinstance(change, Change):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput(f"a changed row is a Change(entity, id, {{field: value}}), not {change!r:.100}")
    own = tuple(Change(c.entity, c.id, own_copy(kind, c.set), tuple(c.removed)) for c in changes)
    fault = given_fault(world, toolset, kind, own) or (_edit_fault(toolset, own) if kind == OPENED else None)
    if fault is not None:
        raise InvalidInput(fault)
    return own


def own_edits(past: Sequence[Event], world: World, toolset: Toolset, edits: Edits) -> Edits:
    """Edits that nobody else can change. past: the events up to the fork. Raises InvalidInput."""
    if edits.toolset is not None and edits.toolset.tables.keys() != toolset.tables.keys():
        raise InvalidInput(f"{edits.toolset.name} has other types of rows than {toolset.name}")
    replies = tuple(replace(r, reply=own_copy("reply", {"reply": r.reply})["reply"]) for r in edits.replies)
    for reply in replies:
        if type(reply.ok) is not bool or type(reply.seq) is not int:
            raise InvalidInput(f"an edited reply names a seq, and whether it is ok: {reply!r:.100}")
        if fault := edited_reply_fault(past, reply.seq):
            raise InvalidInput(fault)
    changes = own_changes(world, edits.toolset or toolset, OPENED, edits.changes)
    return evolve(edits, changes=changes, replies=replies)


def edited_reply_fault(past: Sequence[Event], seq: int) -> str | None:
    """Why a fork of this past cannot be told another reply at seq, or None. Recording and verification both use this."""
    if 0 <= seq < len(past) and past[seq].kind == RETURNED:
        return None
    last = next((event.seq for event in reversed(past[: max(seq, 0)]) if event.kind == RETURNED), None)
    return f"event {seq} is no reply that was given before the fork" + (
        f"; the one before it is {last}" if last is not None else ""
    )


def _edit_fault(toolset: Toolset, edits: Sequence[Change]) -> str | None:
    """Why a field cannot be edited so. Not asked of what is recorded otherwise, nor of old logs: rows may be dirty."""
    for edit in edits:
        if (check := toolset.tables[edit.entity].value_fault) is not None:
            faults = ((name, check(name, value)) for name, value in edit.set.items())
            if found := next((f"{name}: {fault}" for name, fault in faults if fault), None):
                return f"{edit.entity} {edit.id}: {found}"
    return None


def own_data(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The same of an event's data. Raises InvalidInput also when it is not what its kind promises."""
    copy = own_copy(kind, data)
    try:
        check_form(kind, copy)
    except ValueError as error:
        raise InvalidInput(f"{kind}: {error}") from None
    return copy


def own_plan(plan: Plan, world: World, toolset: Toolset) -> dict[str, Any]:
    """The data of an `agenda.planned`, likewise. Raises InvalidInput also for what cannot be planned so in this world."""
    try:
        told = own_data(PLANNED, plan.recorded())
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{PLANNED}: {error}") from None
    if fault := plan_fault(plan, world, toolset):
        raise InvalidInput(fault)
    return told


def plan_fault(plan: Plan, world: World, toolset: Toolset) -> str | None:
    """Why nothing can be planned so in this world, or None. Recording and verification both use this."""
    for due in sorted(plan.due, key=lambda one: (one.at, one.priority)):
        if due.at < world.now:
            return f"{due.kind} is due at {due.at} ms, and the clock is at {world.now} ms"
        if due.kind in FORMS or due.kind in (PREPARED, FAILED, FAULTED, CLOCK_ADVANCED) or not due.kind.isprintable():
            return f"{due.kind!r} is recorded by the engine itself, or from outside, or no name for an event"
        if not due.kind or due.kind.partition(".")[0] in OWN_NAMESPACES:
            return f"{due.kind!r} is recorded by the engine itself, or no name for an event"
        if fault := given_fault(world, toolset, due.kind, due.changes):
            return fault
        if not due.when:  # what may never happen is not to be counted on
            world = world.fold((Event(0, due.kind, due.at, {}, None, due.changes),))
    return None


def given_fault(world: World, toolset: Toolset, kind: str, changes: Sequence[Change]) -> str | None:
    """Why an event of this kind with these changes cannot come from outside, or None. Recording and verification both
    use this."""
    if kind.partition(".")[0] in toolset.namespaces:
        return f"{kind!r} is what a tool of {toolset.name} makes true: call it"
    for change in changes:
        table = toolset.tables.get(change.entity)
        if table is None:
            return f"there are no rows of type {change.entity}; there are {', '.join(sorted(toolset.tables))}"
        if table.fields is not None and (strange := {*change.set, *change.removed} - table.fields):
            names = ", ".join(sorted(table.fields))
            return f"rows of type {change.entity} have no {', '.join(sorted(strange))}; they have {names}"
        new = world.get(change.entity, change.id) is None
        if new and "id" not in change.set:
            return f"there is no {change.entity} {change.id}; a new row sets all its fields, `id` among them"
        if change.set.get("id", change.id) != change.id or "id" in change.removed:
            return f"the {change.entity} {change.id} cannot have another id, or none"
    return None
