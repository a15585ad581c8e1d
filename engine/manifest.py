"""The manifest of a run: which episodes there are, who writes them, and how far each was signed off.

One file for all processes, `manifest.jsonl`, only ever appended to, each time under a lock. An id is claimed there before
its episode is opened, so no two processes take the same; a history is signed off when it opens, when it ends and when its
writer leaves, so what is later taken away from it, or from what stands beside it, is missed. See docs/format.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from attrs import field, frozen

from .errors import LogDamaged, StorageFailed
from .files import read
from .segment import Head


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line: a claim of an id by the writer of a segment or, with all fields, a sign-off.

    events: counted through all ancestors. head: hash of the last one. beside: see `segment.Head`. Hashes as hex digits.
    """

    episode: str
    writer: str
    events: int | None = None
    head: str | None = None
    beside: str | None = None


_decode = msgspec.json.Decoder(Entry).decode


class Manifest:
    """Appends to a manifest. One thread at a time; any number of processes.

    known: episode -> writer, asked for once where the file does not exist yet: what a run of before manifests holds.
    Raises StorageFailed.
    """

    def __init__(self, path: Path, known: Callable[[], Mapping[str, str]] = dict, *, durable: bool = False) -> None:
        self.path = path
        self._durable = durable
        self._last: dict[str, Entry] = {}
        self._read = 0
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None
        with self._locked():
            if self._read == 0:
                self._append(Entry(episode, writer) for episode, writer in known().items())

    def claim(self, ids: Iterable[str], writer: str) -> str | None:
        """Take the first id that is free, or that this writer has claimed before; None when all are others'."""
        with self._locked():
            for id in ids:
                holder = self._last.get(id)
                if holder is None:
                    self._append([Entry(id, writer)])
                if holder is None or holder.writer == writer:
                    return id
        return None

    def sign(self, writer: str, heads: Mapping[str, Head]) -> None:
        """Note how far these histories go, where the last sign-off says otherwise."""
        present = [signature(id, writer, head) for id, head in heads.items()]
        with self._locked():
            self._append(entry for entry in present if self._last.get(entry.episode) != entry)

    def close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            with suppress(OSError):
                os.close(file)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Alone with the file, and knowing all that stands in it."""
        if self._file < 0:
            raise StorageFailed(f"{self.path} was closed; nothing was recorded")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._catch_up()
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        except OSError as error:
            raise StorageFailed(f"{self.path}: {error.strerror}; nothing was recorded") from None

    def _catch_up(self) -> None:
        """Read what others have appended; a line that somebody was killed within is cut off."""
        size = os.fstat(self._file).st_size
        raw = os.pread(self._file, size - self._read, self._read) if size > self._read else b""
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):
            os.ftruncate(self._file, self._read + len(whole))
        for line in whole.splitlines():
            with suppress(ValueError):  # readers report it
                entry = _decode(line)
                self._last[entry.episode] = entry
        self._read += len(whole)

    def _append(self, entries: Iterable[Entry]) -> None:
        entries = list(entries)
        block = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
        if os.write(self._file, block) != len(block):
            os.ftruncate(self._file, self._read)
            raise OSError(0, "no room for a whole line")
        if self._durable:
            os.fdatasync(self._file)
        self._read += len(block)
        self._last.update({entry.episode: entry for entry in entries})


def signature(episode: str, writer: str, head: Head) -> Entry:
    """The sign-off of a history as far as it goes."""
    return Entry(episode, writer, head.events, head.hash.hex(), head.beside.hex())


@frozen
class Signatures:
    """A manifest as it was when it was read: the last sign-off of each episode, who claimed which, and what is no line."""

    signed: Mapping[str, Entry] = field(factory=dict[str, Entry])
    claimed: Mapping[str, str] = field(factory=dict[str, str])
    damages: tuple[LogDamaged, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Signatures:
        """Bytes without a line end are passed over: a sign-off under way, or one that was cut off."""
        try:
            raw = read(path)
        except OSError as error:
            return cls(damages=(LogDamaged(str(path), 0, f"cannot be read: {error.strerror}"),))
        signed: dict[str, Entry] = {}
        claimed: dict[str, str] = {}
        damages: list[LogDamaged] = []
        for number, line in enumerate(raw[: raw.rfind(b"\n") + 1].split(b"\n")[:-1], 1):
            try:
                entry = _decode(line)
            except ValueError as error:
                damages.append(LogDamaged(str(path), number, f"unreadable: {error}"))
                continue
            claimed[entry.episode] = entry.writer
            if entry.events is not None:
                signed[entry.episode] = entry
        return cls(signed, claimed, tuple(damages))
