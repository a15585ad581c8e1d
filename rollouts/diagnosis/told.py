"""What a text of the agent says in a value's place, held against what it was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from ...scenarios.checks import Slot
from ...scenarios.checks.values import Value, claims, matches
from .case import Case
from .shown import one_step, rows_in


def of_another(case: Case, kind: str, value: str) -> bool:
    """Whether a value is held only by rows that have nothing to do with what the task is about."""
    holders = case.shown.holders(kind, value)
    return bool(holders) and not any(id.lower() in case.subjects for id in holders)


def of_one_more(case: Case, right: str, other: str) -> bool:
    """Whether two sums differ by what one record comes to: one was left out, or counted too."""
    off = abs(Decimal(right) - Decimal(other))
    sums = (row.get(name) for call in case.calls for row in rows_in(call.reply) for name in ("amount", "total"))
    return any(isinstance(each, int | float) and Decimal(str(each)) == off for each in sums)


def follows(case: Case, kind: str, value: str) -> bool:
    """Whether one step leads to a value from what the rows hold that the task is about: days or months on, a sum, a
    difference, a multiple."""
    held = {leaf for id, held in case.shown.rows.items() if id.lower() in case.subjects for leaf in held}
    return one_step(kind, value, held)


def made_up(case: Case, slot: Slot, of: str) -> str:
    """A day or an amount told where a slot belongs that was never shown and does not follow, or ""."""
    for statement in case.evidence.read(of).statements:
        if statement.concerns((*slot.terms, *slot.marks)):
            for kind in ("date", "money"):
                for one in claims(statement, kind, case.evidence.calendar):
                    value = str(one.value)
                    if not case.shown.holds(kind, value) and not follows(case, kind, value):
                        return value
    return ""


def spells(case: Case, value: Value, of: str) -> bool:
    """Whether a text holds a name in another spelling than the one that was asked for: ups_ground."""
    bare = _bare(value.value)
    return value.kind == "text" and len(bare) > 5 and bare in _bare(case.evidence.read(of).raw)


def mentions(case: Case, names: Sequence[str], of: str) -> bool:
    """Whether a text names a record at all."""
    text = case.evidence.read(of).raw.lower()
    return any(name.lower() in text for name in names)


def says(case: Case, value: Value, of: str) -> bool:
    """Whether a text asserts a value anywhere."""
    return any(matches(value, statement, case.evidence.calendar) for statement in case.evidence.read(of).statements)


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
