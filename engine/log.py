"""Segments: one file of lines per writer process, whatever the number of episodes. See docs/format.md.

A line is complete or it is not there. All events of a call go out in one write; a torn tail (a kill or a full disk in
the middle of a write) is found when the segment is opened, reported and cut, and every acknowledged event survives.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import structlog
from attrs import frozen

from .canonical import encode
from .errors import InvalidInput, LogDamaged, StorageFailed
from .event import ANSWERED, CALLED, CLOSED, GENESIS_HASH, OPENED, RETURNED, VOIDED, Event, chain

_log = structlog.get_logger("corecraft.log")

_EPISODE_PREFIX = b'{"episode":"'
_OPENING = b'"kind":"episode.opened"'
_OPENING_WITHIN = 50  # after the seq
_ENDS = {CALLED: (RETURNED, VOIDED), ANSWERED: (CLOSED,)}  # what is written together with its end


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a segment. `event` is the hashed bytes, untouched; `wall_ms` and `beside` are outside the hash."""

    episode: str
    wall_ms: int
    hash: str
    event: msgspec.Raw
    beside: dict[str, Any] | None = None


_decode_line = msgspec.json.Decoder(Line).decode
_decode_event = msgspec.json.Decoder(Event).decode


@frozen
class Entry:
    """Where a line is: number counts from 1, offsets are bytes. `episode` is read off the line's beginning."""

    path: Path
    number: int
    start: int
    end: int
    episode: str


def line_bytes(episode: bytes, wall_ms: int, data: bytes, hash: bytes, beside: bytes = b"") -> bytes:
    """One line of a segment."""
    tail = b',"beside":' + beside if beside else b""
    return b'{"episode":"%b","wall_ms":%d,"hash":"%b","event":%b%b}\n' % (
        episode, wall_ms, hash.hex().encode(), data, tail,
    )  # fmt: skip


def scan(path: Path, raw: bytes) -> Iterator[Entry | LogDamaged]:
    """The lines of a segment in order, without decoding them; a tail without a line end comes last, as LogDamaged."""
    start = 0
    number = 0
    while start < len(raw):
        number += 1
        end = raw.find(b"\n", start) + 1
        if end == 0:
            yield LogDamaged(str(path), number, f"torn: {len(raw) - start} bytes without a line end")
            return
        quote = raw.find(b'"', start + len(_EPISODE_PREFIX), end)
        if quote < 0 or not raw.startswith(_EPISODE_PREFIX, start):
            yield LogDamaged(str(path), number, "not a log line")
        else:
            yield Entry(path, number, start, end, raw[start + len(_EPISODE_PREFIX) : quote].decode("utf-8", "replace"))
        start = end


def read_line(entry: Entry, raw: bytes) -> tuple[Line, Event]:
    """Decode one line. Raises LogDamaged."""
    try:
        line = _decode_line(raw)
        event = _decode_event(line.event)
    except (ValueError, RecursionError) as error:
        raise LogDamaged(str(entry.path), entry.number, f"unreadable: {error}") from None
    if line.episode != entry.episode:
        raise LogDamaged(str(entry.path), entry.number, f"names both {entry.episode} and {line.episode}", event.seq)
    return line, event


def check_line(entry: Entry, line: Line, event: Event, seq: int, previous: bytes) -> bytes:
    """The hash of an event that must be number `seq` after `previous`. Raises LogDamaged."""
    place = str(entry.path), entry.number
    if event.seq != seq:
        raise LogDamaged(*place, f"expected event {seq} of {line.episode}", event.seq)
    hash = chain(previous, bytes(line.event))
    if hash.hex() != line.hash:
        raise LogDamaged(*place, f"the hash chain of {line.episode} breaks here: event or hash was altered", event.seq)
    return hash


class SegmentWriter:
    """Appends to one segment. Takes the file for itself: a second writer is refused.

    wall_ms: epoch milliseconds of the wall clock, handed in because nothing in the engine may ask the machine.
    durable: also wait for the disk, so that events survive a power failure and not only a killed process.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int], *, durable: bool = False) -> None:
        self.path = path
        self._wall_ms = wall_ms
        self._durable = durable
        self._lock = Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise StorageFailed(f"{path} is being written by another process; use another writer name") from None
        try:
            self._size, self._episodes = self._repaired()
        except BaseException:
            self.close()
            raise

    def append(
        self, episode: str, entries: Sequence[tuple[bytes, bytes]], beside: Mapping[str, Any] | None = None
    ) -> None:
        """Write all entries (canonical bytes, hash) in one write. Raises StorageFailed, leaving none of them, or
        InvalidInput for a second line of the same name. Threads may share a writer."""
        opens = entries[0][0].find(_OPENING, 0, _OPENING_WITHIN) > 0
        name, wall_ms = episode.encode(), self._wall_ms()
        extra = encode(beside) if beside else b""
        lines: list[bytes] = []
        for data, hash in entries:
            lines.append(line_bytes(name, wall_ms, data, hash, extra))
            extra = b""
        block = b"".join(lines)
        with self._lock:
            if opens and episode in self._episodes:
                raise InvalidInput(f"{self.path} has an episode {episode} already; use another id")
            self._write(block)
            if opens:
                self._episodes.add(episode)

    def close(self) -> None:
        """Let the file go. Twice is no error; an append afterwards is one."""
        file, self._file = self._file, -1  # the number may soon name another file
        if file >= 0:
            with suppress(OSError):
                os.close(file)

    def _write(self, block: bytes) -> None:
        if self._file < 0:
            raise StorageFailed(f"{self.path} was closed; nothing was recorded")
        try:
            written = os.write(self._file, block)
            if written != len(block):
                raise OSError(0, f"only {written} of {len(block)} bytes could be written")
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

    def _repaired(self) -> tuple[int, set[str]]:
        """The size after cutting a torn tail, and the episodes there are."""
        size = os.fstat(self._file).st_size
        keep, episodes = intact(self.path)
        if keep < size:
            _log.warning("torn tail cut", path=str(self.path), bytes=size - keep)
            os.ftruncate(self._file, keep)
        return keep, episodes


def intact(path: Path) -> tuple[int, set[str]]:
    """Bytes of a segment up to the last complete call, and the episodes in it.

    Only a tail is torn: bytes without a line end, and whole lines before them of what was to be written at once (a
    call, an answer with its close, the opening of a fork with what follows). Raises LogDamaged for anything else.
    """
    raw = path.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    heads: dict[str, tuple[int, bytes]] = {}
    begun: int | None = None
    ends: tuple[str, ...] | None = None
    for item in scan(path, whole):
        if isinstance(item, LogDamaged):
            raise item
        line, event = read_line(item, whole[item.start : item.end])
        head = heads.get(line.episode)
        if head is None:
            parent = parent_of(item, event)
            head = (0, GENESIS_HASH) if parent is None else (parent.seq + 1, parent.hash)
        heads[line.episode] = head[0] + 1, check_line(item, line, event, *head)
        if event.kind in _ENDS or (event.kind == OPENED and event.seq):
            begun = item.start if begun is None else begun
            ends = _ENDS.get(event.kind)
        elif ends is None or event.kind in ends:
            begun = ends = None
    if begun is None:
        return len(whole), set(heads)
    remaining = (item.episode for item in scan(path, whole[:begun]) if isinstance(item, Entry))
    return begun, set(remaining)


@frozen
class Parent:
    """What a fork says of its origin."""

    episode: str
    seq: int
    hash: bytes


def parent_of(entry: Entry, opened: Event) -> Parent | None:
    """The origin named by the first event of a line. Raises LogDamaged when that is no opening."""
    if opened.kind != OPENED:
        reason = f"{entry.episode} does not begin with its opening"
        raise LogDamaged(str(entry.path), entry.number, reason, opened.seq)
    named = opened.data.get("parent")
    if named is None:
        return None
    try:
        return Parent(str(named["episode"]), int(named["seq"]), bytes.fromhex(named["hash"]))
    except (LookupError, TypeError, ValueError):
        reason = f"{entry.episode} names no parent that can be read"
        raise LogDamaged(str(entry.path), entry.number, reason, opened.seq) from None
