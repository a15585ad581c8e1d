"""The files of a log: which there are, and whose lines they hold.

segments/<writer>.jsonl     lines as their writer appends them
segments/<writer>.parquet   the same lines, sealed
segments/<writer>+1.jsonl   what that writer appended afterwards; sealed in its turn, <writer>+1.parquet; and so on

A part has one form at a time. Sealing makes the second before it takes the first away, so where both are there the
sealed one holds every line, and the other is what a seal that was killed left behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from .errors import StorageFailed

LIVE, SEALED = ".jsonl", ".parquet"
_NEXT = "+"
"""Between a writer and the number of a part. No writer's name has it."""


def parts(folder: Path) -> list[Path]:
    """Every part of every writer, each in its valid form, a writer's own in order."""
    seen = _listed(folder)
    while (again := _listed(folder)) != seen:  # a part that changes its form while it is looked for may show neither
        seen = again
    return [folder / name for name in sorted(seen.values(), key=_order)]


def parts_of(first: Path) -> Iterator[Path]:
    """The parts of one writer, in order: `first` is the path of its first one, unsealed."""
    for number in _numbers(first):
        part = _part(first, number)
        yield sealed(part) if is_sealed(part) else part


def open_part(first: Path) -> Path:
    """The part of a writer that goes on: the one after all that are sealed. It need not exist. Raises StorageFailed where one
    before it is gone, since nobody could read what went on after it."""
    done = [number for number in _numbers(first) if is_sealed(_part(first, number))]
    if done != list(range(len(done))):
        lost = next(number for number in count() if number not in done)
        raise StorageFailed(f"{sealed(_part(first, lost))} is missing; nothing can be added after what it held")
    return _part(first, len(done))


def _numbers(first: Path) -> list[int]:
    """Of the parts that a writer has."""
    return sorted(
        _order(name)[1] for stem, name in _listed(first.parent).items() if writer_of(Path(stem)) == first.stem
    )


def writer_of(part: Path) -> str:
    return part.stem.partition(_NEXT)[0]


def sealed(part: Path) -> Path:
    return part.with_suffix(SEALED)


def is_sealed(part: Path) -> bool:
    return sealed(part).exists()


def _part(first: Path, number: int) -> Path:
    return first.with_name(f"{first.stem}{_NEXT}{number}{LIVE}") if number else first


def _listed(folder: Path) -> dict[str, str]:
    """Stem of a part -> name of the file that is its valid form."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    # SEALED comes after LIVE, and wins
    return {Path(name).stem: name for form in (LIVE, SEALED) for name in names if name.endswith(form)}


def _order(name: str) -> tuple[str, int]:
    writer, _, number = Path(name).stem.partition(_NEXT)
    return writer, int(number) if number.isdecimal() else 0
