"""The log as it is written: whole calls or nothing.

All events of a call go out in one write; a torn tail (a kill or a full disk in the middle of a write) is found when the
segment is opened, reported and cut, and every acknowledged event survives.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from .canonical import encode
from .errors import Busy, NameTaken, StorageFailed
from .event import CLOSED, DIAGNOSED, GRADED, JUDGED, OPENED, VOIDED
from .manifest import Manifest
from .segment import Head, intact, line_bytes

_log = structlog.get_logger("corecraft.log")

_KIND_WITHIN = 60
"""Bytes of an event in which its kind begins and the engine's own kinds end."""
_OPENS = b'"kind":"%b"' % OPENED.encode()
_SIGNED_OFF = tuple(b'"kind":"%b"' % kind.encode() for kind in (CLOSED, VOIDED, JUDGED, GRADED, DIAGNOSED))


class SegmentWriter:
    """Appends to one segment. Takes the file for itself: a second writer is refused.

    wall_ms: epoch milliseconds of the wall clock, handed in because nothing in the engine may ask the machine.
    manifest: where ids are claimed and histories signed off; None for a segment that is no part of a run.
    new: the segment must not exist yet. durable: also wait for the disk, so that events survive a power failure and not
    only a killed process.
    """

    def __init__(
        self,
        path: Path,
        wall_ms: Callable[[], int],
        *,
        manifest: Manifest | None = None,
        new: bool = False,
        durable: bool = False,
    ) -> None:
        self.path = path
        self._wall_ms = wall_ms
        self._manifest = manifest
        self._durable = durable
        self._lock = Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | (os.O_EXCL if new else 0), 0o644)
        except FileExistsError:
            if new:
                raise
            raise StorageFailed(f"{path} cannot be written: File exists") from None
        except OSError as error:
            raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise Busy(f"{path} is being written by another process; use another writer name") from None
        self._heads: dict[str, Head] = {}
        try:
            self._size, self._heads = self._repaired()
            self._ids = set(self._heads)  # of the episodes here, and those claimed for here
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        return self.path.stem

    def claim(self, ids: Iterable[str]) -> str:
        """Take the first of these ids that nobody has taken, no thread and no process, for an episode opened here.

        Raises NameTaken when all are, or StorageFailed.
        """
        with self._lock:
            id = self._taken(ids)
        if id is None:
            raise NameTaken("there are episodes of all these names already; use another id")
        return id

    def append(
        self, episode: str, entries: Sequence[tuple[bytes, bytes]], beside: Mapping[str, Any] | None = None
    ) -> None:
        """Write all entries (canonical bytes, hash) in one write. Raises StorageFailed, leaving none of them, or
        NameTaken for a second line of the same name. Threads may share a writer."""
        first, last = entries[0][0], entries[-1][0]
        opens = first.find(_OPENS, 0, _KIND_WITHIN) > 0
        extra = encode(beside) if beside else b""
        block = _block(episode.encode(), self._wall_ms(), entries, extra)
        with self._lock:
            if opens and (episode in self._heads or not (episode in self._ids or self._taken([episode]))):
                raise NameTaken(f"{self.path} has an episode {episode} already; use another id")
            self._write(block)
            before = Head(_seq_of(first)) if opens else self._heads.get(episode, Head(_seq_of(first)))
            self._heads[episode] = before.after(len(entries), entries[-1][1], extra)
            if opens or any(last.find(kind, 0, _KIND_WITHIN) > 0 for kind in _SIGNED_OFF):
                self._sign([episode])

    def close(self) -> None:
        """Sign off what was written and let the file go. Twice is no error; an append afterwards is one."""
        file, self._file = self._file, -1  # the number may soon name another file
        if file < 0:
            return
        self._sign(self._heads)
        if self._manifest is not None:
            self._manifest.close()
        with suppress(OSError):
            os.close(file)

    def _taken(self, ids: Iterable[str]) -> str | None:
        """None when all are taken already."""
        free = (id for id in ids if id not in self._ids)
        id = next(free, None) if self._manifest is None else self._manifest.claim(free, self.name)
        if id is not None:
            self._ids.add(id)
        return id

    def _sign(self, episodes: Iterable[str]) -> None:
        """The events are on record already, so a manifest that has no room must not undo them: closing tries again."""
        if self._manifest is None:
            return
        try:
            self._manifest.sign(self.name, {id: self._heads[id] for id in episodes})
        except StorageFailed as error:
            _log.warning("not signed off", reason=str(error))

    def _write(self, block: bytes) -> None:
        if self._file < 0:
            raise StorageFailed(f"{self.path} was closed; nothing was recorded")
        try:
            written = os.write(self._file, block)
            if written != len(block):
                raise OSError(0, f"no room, only {written} of {len(block)} bytes could be written")
            if self._durable:
                os.fdatasync(self._file)
            self._size += len(block)
        except OSError as error:
            self._take_back()
            raise StorageFailed(f"{self.path}: {error.strerror}; nothing was recorded") from None
        except BaseException:  # an interrupt: what the caller never heard of must not stay
            self._take_back()
            raise

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self.close()  # nothing may follow a torn line; the next writer cuts it

    def _repaired(self) -> tuple[int, dict[str, Head]]:
        """The size after cutting a torn tail, and how far the episodes go that there are."""
        size = os.fstat(self._file).st_size
        keep, heads = intact(self.path)
        if keep < size:
            _log.warning("torn tail cut", path=str(self.path), bytes=size - keep)
            os.ftruncate(self._file, keep)
        return keep, heads


def _block(episode: bytes, wall_ms: int, entries: Sequence[tuple[bytes, bytes]], beside: bytes) -> bytes:
    """The lines of one write; what stands beside belongs to the first."""
    more = len(entries)
    lines: list[bytes] = []
    for data, hash in entries:
        more -= 1
        lines.append(line_bytes(episode, wall_ms, more, data, hash, beside))
        beside = b""
    return b"".join(lines)


def _seq_of(event: bytes) -> int:
    """The seq that canonical bytes begin with."""
    return int(event[len(b'{"seq":') : event.index(b",")])
