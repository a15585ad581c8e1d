"""Faults as people read them: equal ones of many tasks as one, and below it why, by the example of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .gates import Lost, TaskProof

MOST_LINES = 20
"""Lines that are shown of an answer."""


def told(faults: Sequence[str], proofs: Sequence[TaskProof]) -> Iterator[tuple[str, list[str]]]:
    """Each different fault, and what there is to say of it."""
    known = {proof.id: proof for proof in proofs}
    groups: dict[str, list[TaskProof]] = {}
    for fault in faults:
        id, _, what = fault.partition(": ")
        if id in known:
            groups.setdefault(what, []).append(known[id])
        else:
            groups[fault] = []
    for what, of in groups.items():
        yield _headed(what, of), _why(what, of[0]) if of else []


def _headed(what: str, of: Sequence[TaskProof]) -> str:
    if len(of) < 2:
        return f"{of[0].id}: {what}" if of else what
    return f"{len(of)} tasks: {what}, e.g. {of[0].id}"


def _why(fault: str, proof: TaskProof) -> list[str]:
    """The reasons and the answer behind a failing reference or route."""
    return next((_shown(lost) for who, lost in proof.lost.items() if fault.startswith(f"{who} fails ")), [])


def _shown(lost: Lost) -> list[str]:
    answer = lost.answer.splitlines()
    more = [f"... {len(answer) - MOST_LINES} more lines; --json has all"] if len(answer) > MOST_LINES else []
    return [
        *(f"{id}: {why}" for id, why in lost.reasons.items()),
        *(f"| {line}" for line in answer[:MOST_LINES]),
        *more,
    ]
