"""Published tasks of earlier versions, whole: what a score was measured on can be played again when families have moved on.

`corecraft tasks keep` writes those of the version at hand to `kept/`, before they are changed; `pin` goes to no new version
without it. A version is taken by its number, or by the digest of one of its splits.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

import msgspec
from attrs import frozen
from msgspec import Struct

from ..engine.canonical import encode
from ..engine.errors import CoreCraftError
from .company import companies
from .splits import BESIDE, Split, Splits, pinned, place_of, published, read
from .task import Form, Task

_FOLDER = "kept"
_SHORTEST = 8
"""Hex digits that name a digest."""


class About(Struct, frozen=True):
    """The first line of a file. system: what agents were told before anything else."""

    splits: Splits
    system: str


@frozen
class Kept:
    """A version, and its tasks by id, as they were."""

    about: About
    tasks: dict[str, Task]


def keep(tasks: Iterable[Task], splits: Splits, system: str) -> Path:
    """Write a version's tasks, and what they are part of before them. Returns the file."""
    folder = Path(str(files("corecraft.scenarios") / _FOLDER))
    folder.mkdir(exist_ok=True)
    lines = (encode(About(splits, system)), *(encode(task) for task in tasks))
    (file := folder / _name(splits.version, splits.form)).write_bytes(lzma.compress(b"\n".join(lines), preset=9))
    return file


def is_kept(splits: Splits) -> bool:
    return (files("corecraft.scenarios") / _FOLDER / _name(splits.version, splits.form)).is_file()


def kept(which: str, form: Form = "labelled") -> Kept:
    """The version of this number, or that has a split of this digest. Raises CoreCraftError where none is kept."""
    for name in _names():
        splits = _about(name).splits
        digests = [split.digest for split in splits.splits.values()]
        by_digest = len(which) >= _SHORTEST and any(digest.startswith(which) for digest in digests)
        if form == splits.form and (by_digest or which == str(splits.version)):
            return _read(name)
    versions = [_about(name).splits for name in _names()]
    there = ", ".join(f"{splits.version} ({splits.form})" for splits in versions) or "none"
    raise CoreCraftError(
        f"no earlier version {which} of {form} tasks is kept; there are: {there}. Now is {pinned(form).version}"
    )


def holding(id: str, digest: str, form: Form = "labelled", version: Splits | None = None) -> Mapping[str, Split]:
    """The published splits that hold exactly this task, by name: those of today of its company, or of the version it is of, or
    those published beside (`live-heldout`). version: the one that is played, where it is known."""
    today = (published(whose, form) for whose in companies().values() if form in whose.splits)
    for splits in (version,) if version else chain(today, (_about(name).splits for name in _names())):
        if found := _holders(splits, id, digest):
            return found
    for name in BESIDE:
        if place_of(name, form).is_file() and (found := _holders(read(name, form), id, digest)):
            return {f"{name}-{split}": each for split, each in found.items()}
    return {}


def _holders(splits: Splits, id: str, digest: str) -> dict[str, Split]:
    return {name: split for name, split in splits.splits.items() if split.tasks.get(id) == digest}


def _names() -> list[str]:
    folder = files("corecraft.scenarios") / _FOLDER
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".xz")) if folder.is_dir() else []


@cache
def _about(name: str) -> About:
    """Its first line alone: most who ask want to know which tasks it holds, and to read a thousand of them takes a second."""
    with (files("corecraft.scenarios") / _FOLDER / name).open("rb") as packed, lzma.open(packed) as lines:
        return msgspec.json.decode(lines.readline(), type=About)


@cache
def _read(name: str) -> Kept:
    with (files("corecraft.scenarios") / _FOLDER / name).open("rb") as packed, lzma.open(packed) as lines:
        _, *tasks = [line for line in lines if line.strip()]
    found = [msgspec.json.decode(line, type=Task) for line in tasks]
    return Kept(_about(name), {task.id: task for task in found})


def _name(version: int, form: Form) -> str:
    return f"{version}.{form}.xz"
