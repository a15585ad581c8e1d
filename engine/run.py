"""A run: one folder with everything needed to view, verify and fork its episodes.

run.json                    what it is
segments/<writer>.jsonl     the log; <writer>.parquet once it is sealed
manifest.jsonl              which episodes there are, and how far each was signed off
genesis/<digest>/           each starting world, once
texts/<digest>.md           long prompts that many episodes share
tasks/<digest>.json         what episodes were asked to do
splits/<digest>.json        the splits that hold these tasks
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from . import FORMAT
from .canonical import decode, digest, encode
from .collector import resting
from .errors import ContentLost, CoreCraftError, DigestMismatch, LogDamaged, NotAsSigned, StorageFailed, UnknownEpisode
from .event import GENESIS_HASH, Event, chain, check_episode_id
from .files import make_room, read, write, write_json
from .genesis import Genesis, Row, Schema
from .log import SegmentWriter
from .manifest import Entry as Signature
from .manifest import Manifest, Signatures, signature
from .once import once
from .parts import SEALED, is_sealed, parts, parts_of, sealed, writer_of
from .segment import (
    HAS_BESIDE,
    Entry,
    Head,
    LiveSegment,
    Parent,
    Segment,
    SparingSegment,
    check_line,
    labels_of,
    parent_of,
    read_line,
)
from .trajectory import Trajectory

SchemaOf = Callable[[Mapping[str, Any]], Schema]
"""How the rows of a world are listed and found, by its recipe."""
MANIFEST = "manifest.jsonl"

_SUFFIXES = {"text": ".md", "task": ".json"}
_UNREADABLE = (OSError, ValueError, RecursionError)
"""What reading and decoding a file that somebody has altered may raise."""


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None  # reading it will say why


class Run:
    """A run folder. Reading sees what was there when the object was made; `reload` looks again.

    sparing: never more is held than the episodes asked for, and of what is not sealed the places of its lines; otherwise a
    segment is read whole, a sealed one as soon as many are asked of it, which is faster for whoever goes through all of them.
    Threads may read it, unless one of them looks again or holds episodes.
    """

    def __init__(self, path: Path, *, sparing: bool = False) -> None:
        self.path = path
        self._sparing = sparing
        try:
            self.info = decode(read(path / "run.json"), type=dict[str, Any])
        except FileNotFoundError:
            raise CoreCraftError(f"{path} is not a run folder: it has no run.json") from None
        except _UNREADABLE as error:
            raise CoreCraftError(f"{path / 'run.json'} cannot be read: {error}") from None
        if self.info.get("format") != FORMAT:
            raise CoreCraftError(f"{path} has format {self.info.get('format')}; this version reads format {FORMAT}")

    @classmethod
    def create(cls, path: Path, info: Mapping[str, Any]) -> Run:
        """Make the folder, or open it if it is a run already."""
        if not (path / "run.json").exists():
            make_room(path / "run.json")
            Manifest(path / MANIFEST).close()  # first, since a run that says it has one is damaged without
            write_json(path / "run.json", {"format": FORMAT, "manifest": MANIFEST, **info})
        return cls(path)

    def writer(
        self, name: str, wall_ms: Callable[[], int], *, new: bool = False, durable: bool = False
    ) -> SegmentWriter:
        """A segment of this run to append to: that of this name or, if it must be `new`, the first `<name>-<n>` that
        no process has made yet. Raises StorageFailed, also when another process is writing it."""
        check_episode_id(name)
        if self.has_manifest and not (self.path / MANIFEST).exists():
            raise StorageFailed(f"{self.path / MANIFEST} is missing; nothing can be added to a run that has lost it")
        for stem in (f"{name}-{n}" for n in count(1)) if new else (name,):
            manifest = Manifest(self.path / MANIFEST, self._writers, durable=durable)
            try:
                return SegmentWriter(self._first_part(stem), wall_ms, manifest=manifest, new=new, durable=durable)
            except FileExistsError:
                manifest.close()
        raise AssertionError("there is always a further number")

    def _writers(self) -> dict[str, str]:
        """Episode -> name of the segment it stands in."""
        return {id: writer_of(held[0].path) for id, held in Run(self.path)._index.items()}

    # --- worlds and texts ----------------------------------------------------------------------------------------

    def add_genesis(self, genesis: Genesis, recipe: Mapping[str, Any] | None = None) -> None:
        """Store a starting world, once."""
        folder = self.path / "genesis" / genesis.digest
        if not (folder / "genesis.json").exists():
            save_genesis(genesis, folder, recipe)

    def genesis(self, genesis_digest: str, schema_of: SchemaOf) -> Genesis:
        """Load a stored world. Raises DigestMismatch when its files were altered."""
        return load_genesis(self.path / "genesis" / genesis_digest, schema_of, genesis_digest)

    def add_text(self, text: str) -> str:
        """Store a text under its digest, which is returned."""
        data = text.encode()
        path = self.content_path("text", digest(data))
        if not path.exists():
            write(path, data)
        return path.stem

    def add_task(self, task: Any, task_digest: str) -> None:
        """Store what an episode was asked to do under the digest that its `episode.opened` records."""
        path = self.content_path("task", task_digest)
        if not path.exists():
            write_json(path, task)

    def add_split(self, name: str, tasks: Mapping[str, str], split_digest: str) -> None:
        """Store a split that holds tasks of this run: its name, and the digests of its tasks by id."""
        path = self.path / "splits" / f"{split_digest}.json"
        if not path.exists():
            write_json(path, {"name": name, "tasks": tasks})

    def text(self, text_digest: str) -> str:
        """The text as it was added, line ends included. Raises DigestMismatch when its file was altered."""
        return self._content("text", text_digest).decode("utf-8", "replace")

    def task(self, task_digest: str) -> bytes:
        """What `add_task` was given, as JSON. Raises DigestMismatch when its file was altered."""
        return self._content("task", task_digest)

    def contents(self) -> Iterator[tuple[str, str]]:
        """What is kept here under its digest: ("text" or "task", digest)."""
        for what, suffix in _SUFFIXES.items():
            for path in sorted((self.path / f"{what}s").glob(f"*{suffix}")):
                yield what, path.stem

    def check_content(self, what: str, expected: str) -> None:
        """Raises CoreCraftError when a "text" or "task" is missing, or not what its digest says."""
        self._content(what, expected)

    def content_path(self, what: str, expected: str) -> Path:
        """Where a "text" or "task" of that digest is kept."""
        return self.path / f"{what}s" / (expected + _SUFFIXES[what])

    def _content(self, what: str, expected: str) -> bytes:
        path = self.content_path(what, expected)
        try:
            data = read(path)
            # of a task over the bytes: decoding would drop what this version does not know
            present = digest(data if what == "text" else msgspec.json.format(data, indent=-1))
        except FileNotFoundError:
            raise ContentLost(f"{self.path} does not hold {what} {expected[:16]}") from None
        except _UNREADABLE as error:
            raise ContentLost(f"{path} cannot be read: {error}") from None
        if present != expected:
            raise DigestMismatch(what, expected, present)
        return data

    # --- episodes ------------------------------------------------------------------------------------------------

    @property
    def segments(self) -> list[Path]:
        """The files that hold the log, live and sealed."""
        return parts(self.path / "segments")

    def segments_of(self, writer: str) -> list[Path]:
        """Those with the lines of one writer, in order."""
        return list(parts_of(self._first_part(writer)))

    def _first_part(self, writer: str) -> Path:
        return self.path / "segments" / f"{writer}.jsonl"

    @property
    def has_manifest(self) -> bool:
        """Whether it was made with one: runs of before are complete without."""
        return self.info.get("manifest") is not None

    def reload(self) -> None:
        for name in ("_segments", "_index", "_claimed", "signatures"):
            self.__dict__.pop(name, None)

    @once
    def _segments(self) -> dict[Path, Segment]:
        _ = self.signatures  # read first: what is signed off by then stands in the segments
        sizes = {path: _size(path) for path in self.segments}
        return {path: _read_segment(path, size, self._sparing) for path, size in sizes.items()}

    @once
    def _claimed(self) -> Mapping[str, str]:
        """Episode -> the writer that took its id. Read last: an id is claimed before its episode opens."""
        _ = self._segments
        return self._signatures().claimed

    @once
    def _index(self) -> dict[str, list[Segment]]:
        """Episode -> the segments with lines of it."""
        found: dict[str, list[Segment]] = {}
        for segment in self._segments.values():
            for episode in segment.episodes:
                found.setdefault(episode, []).append(segment)
        return found

    def hold(self, episodes: Iterable[str]) -> None:
        """Read these episodes, with those they were forked from, at once, and let go of what was held before: for whoever goes
        through a run that is read sparingly, some at a time."""
        held: set[str] = set()
        wanted = set(episodes)
        while wanted:
            for segment in self._segments.values():
                segment.hold([name for name in wanted if segment in self._index.get(name, ())], further=bool(held))
            held |= wanted
            wanted = {parent.episode for name in wanted if (parent := self._parent(name))} - held

    def _parent(self, episode: str) -> Parent | None:
        """The origin of a fork; None also where its opening cannot be read, which is met when it is."""
        try:
            first = self._entries(episode)[0]
            return parent_of(first, read_line(first)[1])
        except CoreCraftError:
            return None

    def lines(self) -> Iterator[Entry]:
        """Every line of the log that names an episode, undecoded."""
        for segment in self._segments.values():
            yield from segment.lines()

    @property
    def episodes(self) -> list[str]:
        """Ids in order of first appearance."""
        return list(self._index)

    @property
    def damages(self) -> list[LogDamaged]:
        """Lines that belong to no episode: torn tails and foreign bytes, in segments and in the manifest."""
        found = [damage for segment in self._segments.values() for damage in segment.damages]
        return [*found, *self.signatures.damages]

    @once
    def signatures(self) -> Signatures:
        """What the manifest says; nothing for a run that was made without one."""
        return self._signatures()

    def _signatures(self) -> Signatures:
        path = self.path / MANIFEST
        return Signatures.read(path) if self.has_manifest or path.exists() else Signatures()

    def signature(self, trajectory: Trajectory) -> Signature:
        """What a sign-off of this history would say, whole as it is."""
        return self._signature(trajectory, len(trajectory))

    def check_signed(self, trajectory: Trajectory) -> None:
        """Raises NotAsSigned unless the history, and what stands beside it, is what was signed off, or goes on from it."""
        signed = self.signatures.signed.get(trajectory.id)
        if signed is None:
            if self.has_manifest and trajectory.id not in self._claimed:
                raise NotAsSigned(f"{trajectory.id} is not in the manifest: nobody claimed its id")
            return
        self.check_against(trajectory, signed)

    def check_against(self, trajectory: Trajectory, signed: Signature) -> None:
        """Raises NotAsSigned unless the history is the signed one, or goes on from it."""
        events = signed.events or 0
        if len(trajectory) < events:
            raise NotAsSigned(f"{trajectory.id} ends after {len(trajectory)} events; {events} were signed off")
        present = self._signature(trajectory, events)
        if present.head != signed.head:
            raise NotAsSigned(f"{trajectory.id} is another history than was signed off after {events} events")
        if present.beside != signed.beside:
            raise NotAsSigned(f"{trajectory.id}: what stands beside its events (labels, cost) was altered")

    def _signature(self, trajectory: Trajectory, events: int) -> Signature:
        entries = self._entries(trajectory.id)
        beside = GENESIS_HASH
        for entry in entries[: events - trajectory.inherited]:
            if HAS_BESIDE in entry.raw:
                line, _ = read_line(entry)
                beside = chain(beside, encode(line.beside)) if line.beside else beside
        head = Head(events, trajectory.hashes[events - 1], beside)
        return signature(trajectory.id, writer_of(entries[0].path), head)

    def labels(self, episode: str) -> dict[str, Any]:
        """Who played: what stands beside the episode's first event."""
        line, _ = read_line(self._entries(episode)[0])
        return labels_of(line)

    def beside(self, episode: str) -> dict[int, dict[str, Any]]:
        """What stands beside the episode's own events, by seq: labels, cost, latency. An unreadable line has nothing."""
        return {seq: beside for seq, _, beside in self.asides(episode) if beside}

    def asides(self, episode: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Of the episode's own events: seq, when it was written (epoch milliseconds of the wall clock), and what stands beside
        it. An unreadable line is passed over."""
        for entry in self._entries(episode):
            with suppress(LogDamaged):
                line, event = read_line(entry)
                yield event.seq, line.wall_ms, line.beside or {}

    def trajectory(self, episode: str) -> Trajectory:
        """Load a line through its parents, checking the hash chain.

        Raises UnknownEpisode, or LogDamaged whose `intact` is the history before the damage. What happened to a
        parent after the fork does not matter.
        """
        events: list[Event] = []
        hashes: list[bytes] = []
        inherited = 0
        for stage in reversed(self._stages(episode)):
            inherited = len(events)
            try:
                self._read_stage(stage, events, hashes)
            except LogDamaged as damage:
                if len(events) > inherited:
                    damage.intact = Trajectory(stage.episode, events, hashes, inherited)
                raise
        return Trajectory(episode, events, hashes, inherited)

    def intact(self, episode: str) -> tuple[Trajectory, LogDamaged | None]:
        """The history as far as it can be read, and what stands in the way of the rest. Raises as `trajectory` does where
        nothing can be."""
        try:
            return self.trajectory(episode), None
        except LogDamaged as error:
            if error.intact is None:
                raise
            return error.intact, error

    def _stages(self, episode: str) -> list[_Stage]:
        """The line and its ancestors, nearest first. A loop: forks of forks may go deeper than calls of Python do."""
        entries = self._entries(episode)
        stages: list[_Stage] = []
        seen = {episode}
        stop: int | None = None
        while True:
            first = entries[0]
            line, opened = read_line(first)
            parent = parent_of(first, opened)
            start = 0 if parent is None else parent.seq + 1
            if stop is None or start < stop:
                stages.append(_Stage(line.episode, entries[: None if stop is None else stop - start], parent))
            if parent is None:
                return stages
            entries = self._lines_of(parent.episode)
            if not entries or start < 1 or parent.episode in seen:
                reason = f"the parent {parent.episode} of {first.episode} is not in this run"
                raise LogDamaged(str(first.path), first.number, reason, opened.seq)
            seen.add(parent.episode)
            stop = start if stop is None else min(stop, start)

    def _read_stage(self, stage: _Stage, events: list[Event], hashes: list[bytes]) -> None:
        """Add the events of one line to those it inherits, checked against its own word about its parent."""
        parent, first = stage.parent, stage.entries[0]
        if parent is not None and (len(events) != parent.seq + 1 or hashes[-1] != parent.hash):
            reason = f"{stage.episode} names a parent history that {parent.episode} does not have"
            raise LogDamaged(str(first.path), first.number, reason, parent.seq + 1)
        for entry in stage.entries:
            line, event = read_line(entry)
            if writer_of(entry.path) != writer_of(first.path):
                reason = f"{stage.episode} was begun in {first.path.name}; two episodes have this id"
                raise LogDamaged(str(entry.path), entry.number, reason, event.seq)
            hash = check_line(entry, line, event, len(events), hashes[-1] if hashes else GENESIS_HASH)
            events.append(event)
            hashes.append(hash)

    def _entries(self, episode: str) -> list[Entry]:
        entries = self._lines_of(episode)
        if not entries:
            known = ", ".join(self.episodes[:5]) + (", ..." if len(self.episodes) > 5 else "")
            raise UnknownEpisode(f"No episode {episode} in {self.path}. It has: {known or 'none'}")
        return entries

    def _lines_of(self, episode: str) -> list[Entry]:
        return [entry for segment in self._index.get(episode, ()) for entry in segment.lines(episode)]


def _read_segment(path: Path, size: int | None, sparing: bool) -> Segment:
    """A segment as it was when it had that size, whether or not it was sealed since."""
    if path.suffix == SEALED:
        return _read_sealed(path, sparing=sparing)
    try:
        if sparing:
            return SparingSegment(path, size, partial(_read_sealed, sealed(path), size))
        return LiveSegment.read(path, size)
    except FileNotFoundError as error:
        return _read_sealed(sealed(path), size) if is_sealed(path) else LiveSegment.unreadable(path, error)


def _read_sealed(path: Path, size: int | None = None, sparing: bool = False) -> Segment:
    from .sealed import SealedSegment  # takes DuckDB: who has sealed nothing must not wait until that is loaded

    return SealedSegment.read(path, size, sparing)


@frozen
class _Stage:
    """One line of a lineage: as many of its entries as belong to the history that is read."""

    episode: str
    entries: list[Entry]
    parent: Parent | None


def save_genesis(genesis: Genesis, folder: Path, recipe: Mapping[str, Any] | None = None) -> None:
    """`genesis.json` and one `entities/<type>.json` per type, keyed by id.

    `genesis.json` comes last: a folder without it is unfinished.
    """
    for entity, rows in genesis.tables.items():
        write_json(folder / "entities" / f"{entity}.json", rows)
    about = {"format": FORMAT, "digest": genesis.digest, "now": genesis.now, "recipe": recipe, "rows": genesis.counts()}
    write_json(folder / "genesis.json", about)


def load_genesis(folder: Path, schema_of: SchemaOf, expected: str | None = None) -> Genesis:
    """Read what `save_genesis` wrote. Raises DigestMismatch when it is not what its digest (or `expected`) says."""
    about = _about(folder)
    with resting():
        genesis = Genesis(_tables(folder), about.now, schema_of(about.recipe or {}))
        wanted = expected or about.digest
        if genesis.digest != wanted:
            raise DigestMismatch("world", wanted, genesis.digest)
    return genesis


def _tables(folder: Path) -> dict[str, dict[str, Row]]:
    tables: dict[str, dict[str, Row]] = {}
    for path in sorted((folder / "entities").glob("*.json")):
        try:
            tables[path.stem] = decode(read(path), type=dict[str, dict[str, Any]])
        except _UNREADABLE as error:
            raise ContentLost(f"{folder} is not a world: {path.name} cannot be read: {error}") from None
    return tables


def genesis_recipe(folder: Path) -> dict[str, Any]:
    """How a saved world was made, as told to `save_genesis`; empty when it was not told."""
    return _about(folder).recipe or {}


class _About(msgspec.Struct):
    """What `genesis.json` must say."""

    digest: str
    now: int
    recipe: dict[str, Any] | None = None


def _about(folder: Path) -> _About:
    try:
        return decode(read(folder / "genesis.json"), type=_About)
    except FileNotFoundError:
        raise ContentLost(f"{folder} is not a world: it has no genesis.json") from None
    except _UNREADABLE as error:
        raise ContentLost(f"{folder} is not a world: genesis.json cannot be read: {error}") from None
