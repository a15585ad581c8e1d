"""What a format is: how conversations are written and, of some, read. One module each; `formats.FORMATS` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attrs import frozen

from ...engine.errors import CoreCraftError
from .conversation import Conversation


@frozen
class Source:
    """The run that is exported: its name, and when it was made (epoch milliseconds of the wall clock, 0 if it does not say)."""

    name: str
    created_ms: int


Write = Callable[[Path, Source, Iterable[Conversation]], None]
"""Write to a path where nothing is, taking one conversation after the other and keeping none."""
Read = Callable[[Path], Iterator[Conversation]]
"""The conversations of a file, one after the other. Raises Malformed."""


@frozen
class Format:
    """name: of `--format`. what: it in a few words. suffix: of a file name; empty for a folder.

    write: None for one that only comes in.
    """

    name: str
    what: str
    suffix: str
    write: Write | None
    read: Read | None = None


class Malformed(CoreCraftError):
    """A file that breaks its own format: where, and in what."""

    def __init__(self, path: Path, place: str, reason: str) -> None:
        super().__init__(f"{path}, {place}: {reason}" if place else f"{path}: {reason}")
        self._given = path, place, reason

    def __reduce__(self) -> tuple[type[Malformed], tuple[Path, str, str]]:
        return type(self), self._given
