"""What a criterion asks for, in words that hold the truth: where code leaves it open a reader is asked by them, and must not
guess."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from .checks import Check, Gives, Names, NamesNoOther
from .composition import written
from .task import Criterion


def for_prose(criterion: Criterion) -> Criterion:
    """The criterion as it stands for an answer without a form: its slots leave to a reader what only he can tell, and its text
    holds the values it looks for, those that it does not name already."""
    if isinstance(criterion.check, Gives):
        slots = tuple(replace(slot, prose=True) for slot in criterion.check.slots)
        criterion = replace(criterion, check=replace(criterion.check, slots=slots))
    bare = _bare(criterion.text)
    missing = [told for told, sign in _looked_for(criterion.check) if _bare(sign) not in bare]
    return replace(criterion, text=f"{criterion.text} ({'; '.join(missing)})") if missing else criterion


def _looked_for(check: Check) -> Iterator[tuple[str, str]]:
    """Each value in words, and what shows that a text holds it."""
    if isinstance(check, Gives):
        for slot in check.slots:
            value = written(slot.value)
            several = len(check.slots) > 1
            of = slot.record[0] if slot.record else slot.key
            yield (
                f"{of}: {value}" if several or slot.record else value,
                f"{of}: {value}" if several and slot.record else value,
            )
    elif isinstance(check, Names):
        yield from ((value.value, value.value) for value in check.values)
    elif isinstance(check, NamesNoOther) and check.allowed:
        allowed = ", ".join(check.allowed)
        yield f"right ones: {allowed}", allowed


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text).lower()
