"""Lines that a prompt asks for by label ("SPENT: $1,234.00"), as facts of rubrics. Shared by the RS families that use them."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks import Fact, Gives


def label(name: str) -> tuple[str, ...]:
    """How a labelled line may begin: the bare word would be found in remarks as well."""
    return tuple(f"{name}{mark}" for mark in (":", " |", " -", " ="))


def labels_beside(name: str, lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(mark for other in lines if other != name for mark in label(other))


def on_line(fact: Fact, name: str, lines: Sequence[str], known: Sequence[str] = ()) -> Gives:
    """A fact that belongs on the line of this name. lines: all labels of the answer."""
    return Gives(fact=fact, about=label(name), beside=labels_beside(name, lines), known=tuple(known))
