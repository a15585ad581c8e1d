"""A run: one folder with everything needed to view, verify and fork its episodes.

run.json                    what it is
segments/<writer>.jsonl     the log
genesis/<digest>/           each starting world, once
texts/<digest>.md           long prompts that many episodes share
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from threading import get_ident
from typing import Any

import msgspec
from attrs import frozen

from . import FORMAT
from .canonical import decode, digest
from .errors import CoreCraftError, DigestMismatch, LogDamaged, StorageFailed, UnknownEpisode
from .event import GENESIS_HASH, Event, check_episode_id
from .genesis import Genesis, Row, Schema
from .log import Entry, Parent, SegmentWriter, check_line, parent_of, read_line, scan
from .trajectory import Trajectory

__all__ = ["Run", "check_episode_id", "load_genesis", "save_genesis"]


class Run:
    """A run folder. Reading sees what was there when the object was made; `reload` looks again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.info = decode((path / "run.json").read_bytes(), type=dict[str, Any])
        except FileNotFoundError:
            raise CoreCraftError(f"{path} is not a run folder: it has no run.json") from None
        except (msgspec.MsgspecError, OSError) as error:
            raise CoreCraftError(f"{path / 'run.json'} cannot be read: {error}") from None
        if self.info.get("format") != FORMAT:
            raise CoreCraftError(f"{path} has format {self.info.get('format')}; this version reads format {FORMAT}")
        self._raw: dict[Path, bytes] = {}

    @classmethod
    def create(cls, path: Path, info: Mapping[str, Any]) -> Run:
        """Make the folder, or open it if it is a run already."""
        if not (path / "run.json").exists():
            write_json(path / "run.json", {"format": FORMAT, **info})
        return cls(path)

    def writer(self, name: str, wall_ms: Callable[[], int], *, durable: bool = False) -> SegmentWriter:
        """A segment of this run to append to."""
        return SegmentWriter(self.path / "segments" / f"{check_episode_id(name)}.jsonl", wall_ms, durable=durable)

    # --- worlds and texts ----------------------------------------------------------------------------------------

    def add_genesis(self, genesis: Genesis, recipe: Mapping[str, Any] | None = None) -> None:
        """Store a starting world, once."""
        folder = self.path / "genesis" / genesis.digest
        if not (folder / "genesis.json").exists():
            save_genesis(genesis, folder, recipe)

    def genesis(self, genesis_digest: str, schema: Schema) -> Genesis:
        """Load a stored world. Raises DigestMismatch when its files were altered."""
        return load_genesis(self.path / "genesis" / genesis_digest, schema, genesis_digest)

    def add_text(self, text: str) -> str:
        """Store a text under its digest, which is returned."""
        data = text.encode()
        path = self.path / "texts" / f"{digest(data)}.md"
        if not path.exists():
            _write(path, data)
        return path.stem

    def add_task(self, task: Any, task_digest: str) -> None:
        """Store what an episode was asked to do under the digest that its `episode.opened` records."""
        path = self.path / "tasks" / f"{task_digest}.json"
        if not path.exists():
            write_json(path, task)

    def text(self, text_digest: str) -> str:
        """The text as it was added, line ends included. Raises DigestMismatch when its file was altered."""
        try:
            data = (self.path / "texts" / f"{text_digest}.md").read_bytes()
        except FileNotFoundError:
            raise CoreCraftError(f"{self.path} does not hold text {text_digest[:16]}") from None
        if (present := digest(data)) != text_digest:
            raise DigestMismatch("text", text_digest, present)
        return data.decode()

    # --- episodes ------------------------------------------------------------------------------------------------

    @property
    def segments(self) -> list[Path]:
        return sorted((self.path / "segments").glob("*.jsonl"))

    def reload(self) -> None:
        self._raw.clear()
        self.__dict__.pop("_index", None)

    @cached_property
    def _index(self) -> tuple[dict[str, list[Entry]], list[LogDamaged]]:
        entries: dict[str, list[Entry]] = {}
        damages: list[LogDamaged] = []
        for path in self.segments:
            raw = self._raw[path] = path.read_bytes()
            for item in scan(path, raw):
                if isinstance(item, LogDamaged):
                    damages.append(item)
                else:
                    entries.setdefault(item.episode, []).append(item)
        return entries, damages

    @property
    def episodes(self) -> list[str]:
        """Ids in order of first appearance."""
        return list(self._index[0])

    @property
    def damages(self) -> list[LogDamaged]:
        """Lines that belong to no episode: torn tails and foreign bytes."""
        return self._index[1]

    def labels(self, episode: str) -> dict[str, Any]:
        """Who played: what stands beside the episode's first event."""
        entry = self._entries(episode)[0]
        line, _ = read_line(entry, self._line(entry))
        return (line.beside or {}).get("labels", {})

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

    def _stages(self, episode: str) -> list[_Stage]:
        """The line and its ancestors, nearest first. A loop: forks of forks may go deeper than calls of Python do."""
        entries = self._entries(episode)
        stages: list[_Stage] = []
        seen = {episode}
        stop: int | None = None
        while True:
            first = entries[0]
            line, opened = read_line(first, self._line(first))
            parent = parent_of(first, opened)
            start = 0 if parent is None else parent.seq + 1
            if stop is None or start < stop:
                stages.append(_Stage(line.episode, entries[: None if stop is None else stop - start], parent))
            if parent is None:
                return stages
            entries = self._index[0].get(parent.episode, [])
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
            line, event = read_line(entry, self._line(entry))
            if entry.path != first.path:
                reason = f"{stage.episode} was begun in {first.path.name}; two episodes have this id"
                raise LogDamaged(str(entry.path), entry.number, reason, event.seq)
            hash = check_line(entry, line, event, len(events), hashes[-1] if hashes else GENESIS_HASH)
            events.append(event)
            hashes.append(hash)

    def _entries(self, episode: str) -> list[Entry]:
        entries = self._index[0].get(episode)
        if entries is None:
            known = ", ".join(self.episodes[:5]) + (", ..." if len(self.episodes) > 5 else "")
            raise UnknownEpisode(f"No episode {episode} in {self.path}. It has: {known or 'none'}")
        return entries

    def _line(self, entry: Entry) -> bytes:
        return self._raw[entry.path][entry.start : entry.end]


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


def load_genesis(folder: Path, schema: Schema, expected: str | None = None) -> Genesis:
    """Read what `save_genesis` wrote. Raises DigestMismatch when it is not what its digest (or `expected`) says."""
    try:
        about = decode((folder / "genesis.json").read_bytes())
        tables: dict[str, dict[str, Row]] = {}
        for path in sorted((folder / "entities").glob("*.json")):
            tables[path.stem] = decode(path.read_bytes())
    except FileNotFoundError as error:
        raise CoreCraftError(f"{folder} is not a world: {error.filename} is missing") from None
    except msgspec.MsgspecError as error:
        raise CoreCraftError(f"{folder} is not a world: {error}") from None
    genesis = Genesis(tables, about["now"], schema)
    wanted = expected or about["digest"]
    if genesis.digest != wanted:
        raise DigestMismatch("world", wanted, genesis.digest)
    return genesis


def genesis_recipe(folder: Path) -> dict[str, Any]:
    """How a saved world was made, as told to `save_genesis`; empty when it was not told."""
    try:
        return decode((folder / "genesis.json").read_bytes()).get("recipe") or {}
    except FileNotFoundError:
        raise CoreCraftError(f"{folder} is not a world: it has no genesis.json") from None


def write_json(path: Path, value: Any) -> None:
    """Write an indented JSON file that appears whole or not at all."""
    _write(path, _pretty(value))


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file that appears whole or not at all."""
    _write(path, text.encode())


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _write(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f"{path.suffix}.{os.getpid()}-{get_ident()}.part")  # others may write the same
        temporary.write_bytes(data)
        temporary.rename(path)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None
