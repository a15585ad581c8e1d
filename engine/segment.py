"""Segments as they are read: lines of one writer in order, whatever the number of episodes. See docs/format.md.

Two files hold lines, and whoever reads asks both the same (`Segment`): JSON lines as they are written (`LiveSegment`), and
Parquet once they are sealed (`sealed.SealedSegment`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple, Protocol, cast

import msgspec
from attrs import frozen

from .canonical import encode
from .errors import LogDamaged, TornTail
from .event import ANSWERED, CALLED, CLOSED, GENESIS_HASH, OPENED, RETURNED, VOIDED, Event, chain
from .files import open_regular, read
from .forms import check_form

HAS_BESIDE = b',"beside":'
"""In every line that keeps something beside its event, and in few others."""
_EPISODE_PREFIX = b'{"episode":"'


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a segment. `event` is the hashed bytes, untouched; everything else is outside the hash.

    more: how many lines of the same write follow; None in logs from before this was recorded.
    """

    episode: str
    wall_ms: int
    hash: str
    event: msgspec.Raw
    more: int | None = None
    beside: dict[str, Any] | None = None


_decode_line = msgspec.json.Decoder(Line).decode
_decode_event = msgspec.json.Decoder(Event).decode


@frozen
class Entry:
    """A line, undecoded, and where it stands: number counts from 1. `episode` is read off its beginning."""

    path: Path
    number: int
    episode: str
    raw: bytes


def line_bytes(episode: bytes, wall_ms: int, more: int, data: bytes, hash: bytes, beside: bytes = b"") -> bytes:
    """One line of a segment."""
    tail = b',"beside":' + beside if beside else b""
    return b'{"episode":"%b","wall_ms":%d,"more":%d,"hash":"%b","event":%b%b}\n' % (
        episode, wall_ms, more, hash.hex().encode(), data, tail,
    )  # fmt: skip


def scan(path: Path, raw: bytes, first: int = 1) -> Iterator[Entry | LogDamaged]:
    """The lines of a segment in order, without decoding them; a tail without a line end comes last, as TornTail.

    first: number of the line that raw begins with.
    """
    start = 0
    number = first - 1
    while start < len(raw):
        number += 1
        end = raw.find(b"\n", start) + 1
        if end == 0:
            yield TornTail(str(path), number, f"torn: {len(raw) - start} bytes without a line end")
            return
        quote = raw.find(b'"', start + len(_EPISODE_PREFIX), end)
        if quote < 0 or not raw.startswith(_EPISODE_PREFIX, start):
            yield LogDamaged(str(path), number, "not a log line")
        else:
            episode = raw[start + len(_EPISODE_PREFIX) : quote].decode("utf-8", "replace")
            yield Entry(path, number, episode, raw[start:end])
        start = end


def read_line(entry: Entry) -> tuple[Line, Event]:
    """Decode one line. Raises LogDamaged."""
    try:
        line = _decode_line(entry.raw)
        event = _decode_event(line.event)
        check_form(event.kind, event.data)
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


class Segment(Protocol):
    """The lines of one file as they were when it was read.

    damages: what belongs to no episode (foreign bytes, a torn tail, or that the whole file cannot be read).
    """

    @property
    def path(self) -> Path: ...

    @property
    def damages(self) -> Sequence[LogDamaged]: ...

    @property
    def episodes(self) -> Iterable[str]:
        """Whose lines it holds, in order of their first."""
        ...

    def lines(self, episode: str | None = None) -> Sequence[Entry]:
        """Those of one episode, or all, as they were written."""
        ...

    def hold(self, episodes: Collection[str], *, further: bool = False) -> None:
        """These are asked for next, beside what was held until now or in place of it."""
        ...


@frozen
class LiveSegment:
    """A segment in JSON lines. The tail of one that is being written is a write under way, and no damage."""

    path: Path
    _entries: Sequence[Entry]
    damages: Sequence[LogDamaged]

    @classmethod
    def read(cls, path: Path, size: int | None = None) -> LiveSegment:
        """size: of the file when all of its run were listed. What was written since is left out: it may go on from what
        was written meanwhile to a segment that has been read already. Raises FileNotFoundError."""
        busy = being_written(path)  # asked first: a writer that leaves after the read has left no torn tail
        try:
            raw = read(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            return cls.unreadable(path, error)
        if size is not None and len(raw) > size:
            raw = raw[: raw.rfind(b"\n", 0, size) + 1]
        entries: list[Entry] = []
        damages: list[LogDamaged] = []
        for item in scan(path, raw):
            if isinstance(item, Entry):
                entries.append(item)
            elif not isinstance(item, TornTail) or not (busy or being_written(path)):
                damages.append(item)
        return cls(path, entries, damages)

    @classmethod
    def unreadable(cls, path: Path, error: OSError) -> LiveSegment:
        return cls(path, (), (LogDamaged(str(path), 0, f"cannot be read: {error.strerror}"),))

    @cached_property
    def _by_episode(self) -> dict[str, list[Entry]]:
        return by_episode(self._entries)

    @property
    def episodes(self) -> Iterable[str]:
        return self._by_episode

    def lines(self, episode: str | None = None) -> Sequence[Entry]:
        return self._entries if episode is None else self._by_episode.get(episode, ())

    def hold(self, episodes: Collection[str], *, further: bool = False) -> None:
        """All is held."""


def by_episode(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.episode, []).append(entry)
    return found


class SparingSegment:
    """A segment in JSON lines of which only the places of its lines are held: a run may be larger than memory.

    What is sealed meanwhile is read from where it is then.
    """

    def __init__(self, path: Path, size: int | None, sealed: Callable[[], Segment]) -> None:
        """size: as of `LiveSegment.read`. sealed: the segment once it was sealed. Raises FileNotFoundError."""
        self.path = path
        self.damages: list[LogDamaged] = []
        self._sealed = sealed
        self._places: dict[str, list[_Place]] = {}
        self._held: dict[str, Sequence[Entry]] = {}
        busy = being_written(path)
        try:
            with open_regular(path) as file:
                for item, start in _numbered(path, file, size):
                    if isinstance(item, Entry):
                        self._note(item, start)
                    elif not isinstance(item, TornTail) or not (busy or being_written(path)):
                        self.damages.append(item)
        except FileNotFoundError:
            raise
        except OSError as error:
            self.damages.append(LogDamaged(str(path), 0, f"cannot be read: {error.strerror}"))

    @property
    def episodes(self) -> Iterable[str]:
        return self._places

    def lines(self, episode: str | None = None) -> Sequence[Entry]:
        """Raises LogDamaged for a file that is no longer what it was."""
        if episode in self._held:
            return self._held[episode]
        try:
            with open_regular(self.path) as file:
                if episode is not None:
                    return self._of(file, episode)
                found = (self._at(file, place, name) for name, places in self._places.items() for place in places)
                return sorted((entry for entries in found for entry in entries), key=lambda entry: entry.number)
        except FileNotFoundError:
            return self._sealed().lines(episode)
        except OSError as error:
            raise LogDamaged(str(self.path), 0, f"cannot be read: {error.strerror}") from None

    def hold(self, episodes: Collection[str], *, further: bool = False) -> None:
        """Read these at once: who goes through a run asks for each several times. What cannot be read is met when it is
        asked for."""
        if not further:
            self._held = {}
        with suppress(OSError), open_regular(self.path) as file:
            for episode in episodes:
                with suppress(LogDamaged):
                    self._held[episode] = self._of(file, episode)

    def _of(self, file: BinaryIO, episode: str) -> list[Entry]:
        return [entry for place in self._places.get(episode, ()) for entry in self._at(file, place, episode)]

    def _note(self, entry: Entry, start: int) -> None:
        """Lines that follow each other are one place: most writes are whole calls, and many whole episodes."""
        places = self._places.setdefault(entry.episode, [])
        if places and places[-1].start + places[-1].length == start:
            last = places.pop()
            places.append(_Place(last.number, last.start, last.length + len(entry.raw)))
        else:
            places.append(_Place(entry.number, start, len(entry.raw)))

    def _at(self, file: BinaryIO, place: _Place, episode: str) -> Iterator[Entry]:
        file.seek(place.start)
        raw = file.read(place.length)
        for item in scan(self.path, raw, place.number):
            if not isinstance(item, Entry) or item.episode != episode:
                raise LogDamaged(str(self.path), place.number, "it was altered since it was looked through")
            yield item


class _Place(NamedTuple):
    """Lines of one episode that follow each other: the number of the first, and where in the file they stand."""

    number: int
    start: int
    length: int


def _numbered(path: Path, file: BinaryIO, size: int | None) -> Iterator[tuple[Entry | LogDamaged, int]]:
    """What `scan` says of a file's lines, and where each begins, without holding them."""
    start = 0
    for number, raw in enumerate(file, 1):
        if size is not None and start + len(raw) > size:
            return
        yield next(scan(path, raw, number)), start
        start += len(raw)


def being_written(path: Path) -> bool:
    """Whether a live process holds this segment for writing."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def labels_of(opening: Line) -> dict[str, Any]:
    """Who played, as it stands beside an opening; empty where that says nothing of the kind."""
    labels = (opening.beside or {}).get("labels")
    return cast("dict[str, Any]", labels) if isinstance(labels, dict) else {}


class Head(msgspec.Struct, frozen=True):
    """How far an episode's line goes.

    events: counted through all ancestors. hash: of the last one. beside: the chain over what stands beside the line's
    own events, 32 zero bytes where nothing does.
    """

    events: int = 0
    hash: bytes = GENESIS_HASH
    beside: bytes = GENESIS_HASH

    def after(self, count: int, hash: bytes, beside: bytes) -> Head:
        """With `count` further events, and what stands beside the first of them (canonical bytes, or none)."""
        return Head(self.events + count, hash, chain(self.beside, beside) if beside else self.beside)


def intact(path: Path, earlier: Callable[[str], Head | None] = lambda _: None) -> tuple[int, dict[str, Head]]:
    """Bytes of a segment up to the last complete write, and how far each episode goes in them.

    Only a tail is torn: bytes without a line end, and whole lines before them of a write that did not come to its end.
    earlier: how far an episode went in what the writer has sealed.
    Raises LogDamaged for anything else.
    """
    raw = path.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    heads: dict[str, Head] = {}
    complete: dict[str, Head | None] = {}  # of episodes in the write that is being read: their heads before it
    end = keep = 0
    write = _Write()
    for item in scan(path, whole):
        if isinstance(item, LogDamaged):
            raise item
        end += len(item.raw)
        line, event = read_line(item)
        complete.setdefault(line.episode, heads.get(line.episode))
        head = heads.get(line.episode) or earlier(line.episode)
        heads[line.episode] = _after(head, item, line, event)
        if write.ends_with(line, event):
            keep = end
            complete.clear()
    for episode, before in complete.items():
        if before is None:
            del heads[episode]
        else:
            heads[episode] = before
    return keep, heads


def head_of(entries: Iterable[Entry]) -> Head | None:
    """How far an episode goes in these lines of it, which begin with its first; None where there are none.
    Raises LogDamaged."""
    head = None
    for entry in entries:
        head = _after(head, entry, *read_line(entry))
    return head


def _after(head: Head | None, entry: Entry, line: Line, event: Event) -> Head:
    """The head once this line follows it. Raises LogDamaged when it does not."""
    if head is None:
        parent = parent_of(entry, event)
        head = Head() if parent is None else Head(parent.seq + 1, parent.hash)
    hash = check_line(entry, line, event, head.events, head.hash)
    return head.after(1, hash, encode(line.beside) if line.beside else b"")


class _Write:
    """Follows the lines of a segment from one write to the next.

    Logs of before lines said how many more there are: a call goes on to its end, an answer to the close, and the
    opening of a fork to the end of what follows it.
    """

    _ENDS: ClassVar[dict[str, tuple[str, ...]]] = {CALLED: (RETURNED, VOIDED), ANSWERED: (CLOSED,)}

    def __init__(self) -> None:
        self._waits_for: tuple[str, ...] | None = None

    def ends_with(self, line: Line, event: Event) -> bool:
        """Whether this line, the next one, is the last of its write."""
        if line.more is not None:
            return line.more == 0
        if event.kind == OPENED and event.seq:
            self._waits_for = ()  # for whatever comes next
        elif event.kind in self._ENDS:
            self._waits_for = self._ENDS[event.kind]
        elif not self._waits_for or event.kind in self._waits_for:
            self._waits_for = None
            return True
        return False


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
        return Parent(named["episode"], named["seq"], bytes.fromhex(named["hash"]))
    except ValueError:
        reason = f"{entry.episode} names no parent that can be read"
        raise LogDamaged(str(entry.path), entry.number, reason, opened.seq) from None
