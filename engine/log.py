"""Segments: one file of lines per writer process, whatever the number of episodes. See docs/format.md.

A line is complete or it is not there. All events of a call go out in one write; a torn tail (a kill or a full disk in
the middle of a write) is found when the segment is opened, reported and cut, and every acknowledged event survives.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
from attrs import frozen

from .canonical import encode
from .errors import LogDamaged, StorageFailed
from .event import CALLED, GENESIS_HASH, OPENED, RETURNED, VOIDED, Event, chain

_log = structlog.get_logger("corecraft.log")

_EPISODE_PREFIX = b'{"episode":"'


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
        return line, _decode_event(line.event)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LogDamaged(str(entry.path), entry.number, f"unreadable: {error}") from None


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
        self._size = os.fstat(self._file).st_size
        if self._size:
            self._repair()

    def append(
        self, episode: str, entries: Sequence[tuple[bytes, bytes]], beside: Mapping[str, Any] | None = None
    ) -> None:
        """Write all entries (canonical bytes, hash) in one write. Raises StorageFailed, leaving none of them."""
        name, wall_ms = episode.encode(), self._wall_ms()
        extra = encode(beside) if beside else b""
        lines: list[bytes] = []
        for data, hash in entries:
            lines.append(line_bytes(name, wall_ms, data, hash, extra))
            extra = b""
        block = b"".join(lines)
        try:
            written = os.write(self._file, block)
            if written != len(block):
                raise OSError(0, f"only {written} of {len(block)} bytes could be written")
            if self._durable:
                os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._size)
            raise StorageFailed(f"{self.path}: {error.strerror}; nothing was recorded") from None
        self._size += len(block)

    def close(self) -> None:
        os.close(self._file)

    def _repair(self) -> None:
        keep = intact_size(self.path)
        if keep < self._size:
            _log.warning("torn tail cut", path=str(self.path), bytes=self._size - keep)
            os.ftruncate(self._file, keep)
            self._size = keep


def intact_size(path: Path) -> int:
    """Bytes of a segment up to the last complete call.

    Raises LogDamaged when the damage is not at the tail: then something other than a torn write happened.
    """
    raw = path.read_bytes()
    heads: dict[str, tuple[int, bytes]] = {}
    call_start: int | None = None
    for item in scan(path, raw):
        try:
            if isinstance(item, LogDamaged):
                raise item
            line, event = read_line(item, raw[item.start : item.end])
            seq, previous = heads.get(line.episode) or origin(event)
            heads[line.episode] = seq + 1, check_line(item, line, event, seq, previous)
        except LogDamaged as damage:
            start = item.start if isinstance(item, Entry) else raw.rfind(b"\n") + 1
            if raw.find(b"\n", start) not in (-1, len(raw) - 1):
                raise damage from None
            return start if call_start is None else call_start
        if event.kind == CALLED:
            call_start = item.start
        elif event.kind in (RETURNED, VOIDED):
            call_start = None
    return len(raw) if call_start is None else call_start


def origin(event: Event) -> tuple[int, bytes]:
    """Seq and previous hash that the first event of a line must have: its own word for a fork, zero otherwise."""
    parent = event.data.get("parent") if event.kind == OPENED else None
    if parent is None:
        return 0, GENESIS_HASH
    return parent["seq"] + 1, bytes.fromhex(parent["hash"])
