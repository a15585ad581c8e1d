"""The log as it is written: whole calls or nothing.

All events of a call go out in one write; a torn tail (a kill or a full disk in the middle of a write) is found when the
segment is opened, reported and cut, and every acknowledged event survives.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from .canonical import encode
from .errors import Busy, NameTaken, StorageFailed
from .event import CLOSED, DIAGNOSED, GRADED, JUDGED, OPENED, VOIDED
from .files import is_at
from .manifest import Manifest
from .parts import is_sealed, open_part, parts_of, writer_of
from .segment import Head, Segment, head_of, intact, line_bytes

_log = structlog.get_logger("corecraft.log")

_OPENS = OPENED.encode()
_SIGNED_OFF = frozenset(kind.encode() for kind in (CLOSED, VOIDED, JUDGED, GRADED, DIAGNOSED))
"""After which kinds of events the manifest learns how far an episode goes."""


class SegmentWriter:
    """Appends to one segment. Takes the file for itself: a second writer is refused.

    path: of the segment's first part; what is appended goes to the part after all that are sealed.
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
        self._first = path
        self._wall_ms = wall_ms
        self._manifest = manifest
        self._durable = durable
        self._lock = Lock()
        self.path, self._file = _taken_over(path, new)
        self._heads: dict[str, Head] = {}
        try:
            self._size, self._heads = self._repaired()
            self._ids = {*self._heads, *self._sealed}  # of the episodes here, and those claimed for here
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        return writer_of(self.path)

    @cached_property
    def _sealed(self) -> Mapping[str, list[Segment]]:
        """Episode -> what is sealed of it."""
        found: dict[str, list[Segment]] = {}
        for part in parts_of(self._first):
            if part != self.path:
                from .sealed import SealedSegment  # takes DuckDB: who has sealed nothing must not wait for it

                segment = SealedSegment.read(part)
                for damage in segment.damages:
                    raise damage
                for episode in segment.episodes:
                    found.setdefault(episode, []).append(segment)
        return found

    def _sealed_head(self, episode: str) -> Head | None:
        """How far an episode goes in what is sealed. Raises LogDamaged."""
        return head_of(entry for segment in self._sealed.get(episode, ()) for entry in segment.lines(episode))

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
        opens = _kind_of(first) == _OPENS
        extra = encode(beside) if beside else b""
        block = _block(episode.encode(), self._wall_ms(), entries, extra)
        with self._lock:
            before = self._heads.get(episode) or self._sealed_head(episode)
            if opens and (before or not (episode in self._ids or self._taken([episode]))):
                raise NameTaken(f"{self.path} has an episode {episode} already; use another id")
            self._write(block)
            before = before or Head(_seq_of(first))
            self._heads[episode] = before.after(len(entries), entries[-1][1], extra)
            if opens or _kind_of(last) in _SIGNED_OFF:
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
        keep, heads = intact(self.path, self._sealed_head)
        if keep < size:
            _log.warning("torn tail cut", path=str(self.path), bytes=size - keep)
            os.ftruncate(self._file, keep)
        return keep, heads


def _taken_over(first: Path, new: bool) -> tuple[Path, int]:
    """The part to append to and its file, locked. Raises StorageFailed, or FileExistsError where it must be new and is not."""
    while True:
        path = first if new else open_part(first)
        if new and is_sealed(path):
            raise FileExistsError(path)
        file = _opened(path, new)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise Busy(f"{path} is being written by another process; use another writer name") from None
        if is_at(file, path) and not is_sealed(path):
            return path, file
        os.close(file)  # it was sealed between the look and the lock, so nobody would read what is written there


def _opened(path: Path, new: bool) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | (os.O_EXCL if new else 0), 0o644)
    except FileExistsError:
        if new:
            raise
        raise StorageFailed(f"{path} cannot be written: File exists") from None
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None


def _block(episode: bytes, wall_ms: int, entries: Sequence[tuple[bytes, bytes]], beside: bytes) -> bytes:
    """The lines of one write; what stands beside belongs to the first."""
    more = len(entries)
    lines: list[bytes] = []
    for data, hash in entries:
        more -= 1
        lines.append(line_bytes(episode, wall_ms, more, data, hash, beside))
        beside = b""
    return b"".join(lines)


def _kind_of(event: bytes) -> bytes:
    """The kind in canonical bytes, as it is written there; no kind of the engine's own is written otherwise."""
    start = event.index(b'"kind":"') + len(b'"kind":"')
    return event[start : event.index(b'"', start)]


def _seq_of(event: bytes) -> int:
    """The seq that canonical bytes begin with."""
    return int(event[len(b'{"seq":') : event.index(b",")])
