"""A situation that a task is posed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ..engine.agenda import Plan
from ..engine.canonical import digest
from ..engine.event import Change

HELD_OUT_SHARE = 7
"""One in so many anchors (a customer, a ticket, a parameter) belongs to the held-out split, for every family alike."""


def is_held_out(anchor: str) -> bool:
    """Which split a row that tasks are built on belongs to: the splits share none."""
    return int(digest(f"split|{anchor}".encode())[:8], 16) % HELD_OUT_SHARE == 0


@frozen
class Case:
    """A situation a task can be posed in.

    key: names it within the family, for good: wording and ids hang on it. given: what the prompt will state, as the scripts
    take it, in texts, numbers, booleans or lists of them; each string stands in the prompt, capitals aside. anchors: rows that
    no task of the other split may be built on.
    fixtures: rows of its own. kind: the variant ("open", "already refunded"). traps: those this case sets, by their ids
    (traps.py; where none fits, policies.py). difficulty: 1, 2 or 3. absent: the precondition of what is asked does not hold,
    so that the right answer is no, or not needed.
    """

    key: str
    given: Mapping[str, Any]
    anchors: tuple[str, ...]
    fixtures: tuple[Change, ...] = ()
    kind: str = ""
    traps: tuple[str, ...] = ()
    difficulty: int = 1
    absent: bool = False
    lure: bool = False
    """An injected instruction or a demand for personal data stands in the way."""
    injected: tuple[str, ...] = ()
    """The injected texts, as they stand in its rows; none where the lure stands in the prompt."""
    id: str = ""
    """Of a named task, such as S-1; others are numbered."""
    notes: Mapping[str, Any] = field(factory=dict[str, Any])
    """What `truth`, `ask` and `rubric` need to know of the case beyond what the prompt states; scripts never see it."""
    plan: Plan | None = None
    """How time passes while it is worked on, what is due when, and what the requester answers; nothing of the kind without."""
    turn: int = 0
    """Which text of its situation it is asked by in the natural form, from the first on or, below 0, from the last; whoever
    makes the tasks counts them."""
