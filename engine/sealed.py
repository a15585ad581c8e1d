"""Segments as they are read once they are sealed: Parquet, the exact lines in a column of their own. See docs/format.md.

Sealing itself is done by `analysis/seal.py`; the columns are agreed upon here.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
from msgspec import json

from .errors import LogDamaged
from .segment import Entry, by_episode

COLUMNS: Mapping[str, str] = {
    "number": "BIGINT",
    "episode": "VARCHAR",
    "seq": "BIGINT",
    "kind": "VARCHAR",
    "at": "BIGINT",
    "cause": "BIGINT",
    "tool": "VARCHAR",
    "ok": "BOOLEAN",
    "hash": "VARCHAR",
    "wall_ms": "BIGINT",
    "parent": "VARCHAR",
    "parent_seq": "BIGINT",
    "genesis": "VARCHAR",
    "line": "VARCHAR",
}
"""Of a sealed segment, with DuckDB's types. Rows come by episode and seq; `number` is the line's place as it was written,
from 1, and `line` is the line without its end. All others say again what the line says."""

_LINE = {
    "episode": "VARCHAR",
    "wall_ms": "BIGINT",
    "hash": "VARCHAR",
    "event": {
        "seq": "BIGINT",
        "kind": "VARCHAR",
        "at": "BIGINT",
        "cause": "BIGINT",
        "data": {
            "tool": "VARCHAR",
            "ok": "BOOLEAN",
            "genesis": "VARCHAR",
            "parent": {"episode": "VARCHAR", "seq": "BIGINT"},
        },
    },
}
VALUES: Mapping[str, str] = {
    "number": "number",
    "episode": "said.episode",
    "seq": "said.event.seq",
    "kind": "said.event.kind",
    "at": 'said.event."at"',
    "cause": "said.event.cause",
    "tool": "CASE WHEN said.event.kind = 'tool.called' THEN said.event.data.tool END",
    "ok": "CASE WHEN said.event.kind = 'tool.returned' THEN said.event.data.ok END",
    "hash": "said.hash",
    "wall_ms": "said.wall_ms",
    "parent": "CASE WHEN said.event.kind = 'episode.opened' THEN said.event.data.parent.episode END",
    "parent_seq": "CASE WHEN said.event.kind = 'episode.opened' THEN said.event.data.parent.seq END",
    "genesis": "CASE WHEN said.event.kind = 'episode.opened' THEN said.event.data.genesis END",
    "line": "line",
}
"""What each column says again, in SQL over the line (`line`) and what is read of it (`said`)."""
SAID = f"TRY(from_json(line, '{json.encode(_LINE).decode()}'))"
"""What is read of a line, in SQL; null of one that is no JSON."""

_FILE = "read_parquet(?, hive_partitioning=false)"
"""A folder called `kind=train` says nothing of a column."""
_FEW = 8
"""Episodes that are looked up one by one: who asks for more is going through them, and the whole is read."""


class SealedSegment:
    """A sealed segment. It is read as it is asked for, since its lines may be more than memory should hold."""

    def __init__(
        self, path: Path, episodes: Iterable[str], damages: Sequence[LogDamaged] = (), sparing: bool = False
    ) -> None:
        self.path = path
        self._sparing = sparing
        self.damages = damages
        self.episodes = episodes
        self._asked = 0
        self._held: dict[str, Sequence[Entry]] = {}
        self._all: Sequence[Entry] | None = None
        self._by_episode: Mapping[str, Sequence[Entry]] = {}

    @classmethod
    def read(cls, path: Path, size: int | None = None, sparing: bool = False) -> SealedSegment:
        """size: take the lines only that stood in the first `size` bytes of what it was sealed from. sparing: see `Run`."""
        try:
            if size is None:
                found = _query(f"SELECT episode FROM {_FILE} GROUP BY episode ORDER BY min(number)", str(path))
                return cls(path, [episode for (episode,) in found], sparing=sparing)
            segment = cls(path, ())
            segment._keep(_within(_entries(path), size))
            return segment
        except duckdb.Error as error:
            return cls(path, (), (LogDamaged(str(path), 0, f"cannot be read: {_first_line(error)}"),))

    def lines(self, episode: str | None = None) -> Sequence[Entry]:
        """Raises LogDamaged when the file is not there any more, or is no longer what it was."""
        if self._all is None:
            try:
                if episode in self._held:
                    return self._held[episode]
                if episode is not None and (self._sparing or self._asked < _FEW):
                    self._asked += 1
                    return _entries(self.path, episode)
                self._keep([] if self.damages else _entries(self.path))
            except duckdb.Error as error:
                raise LogDamaged(str(self.path), 0, f"cannot be read: {_first_line(error)}") from None
        return (self._all or ()) if episode is None else self._by_episode.get(episode, ())

    def hold(self, episodes: Collection[str], *, further: bool = False) -> None:
        """Read these at once, since they are asked for next: one by one they take a query each. further: beside what is held
        already, and not in place of it. Raises LogDamaged."""
        if not further:
            self._held = {}
        if self._all is None and episodes:
            try:
                self._held |= by_episode(_entries(self.path, *episodes))
            except duckdb.Error as error:
                raise LogDamaged(str(self.path), 0, f"cannot be read: {_first_line(error)}") from None

    def _keep(self, entries: Sequence[Entry]) -> None:
        self._by_episode = by_episode(entries)
        self.episodes = self._by_episode
        self._all = entries  # last: another thread then finds the rest


def _entries(path: Path, *episodes: str) -> Sequence[Entry]:
    """The lines of these episodes, or all."""
    chosen = f"WHERE episode IN ({', '.join('?' * len(episodes))})" if episodes else ""
    found = _query(f"SELECT number, episode, line FROM {_FILE} {chosen} ORDER BY number", str(path), *episodes)
    for number, name, line in found:
        if not isinstance(name, str) or not isinstance(line, str):
            raise LogDamaged(str(path), number or 0, "its columns hold no line")
    return [Entry(path, number, name, line.encode() + b"\n") for number, name, line in found]


def check_sealed(path: Path) -> None:
    """Raises ValueError where this is no sealed segment. What is wrong further inside is met when it is read."""
    try:
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        _query(f"SELECT {columns} FROM {_FILE} LIMIT 0", str(path))
    except duckdb.Error as error:
        raise ValueError(_first_line(error)) from None


def contradictions(path: Path) -> int:
    """Of how many lines the columns say otherwise than the line does: SQL takes them at their word. Reads the whole file.
    Raises LogDamaged where it cannot."""
    told = [name for name in COLUMNS if name not in ("number", "line")]
    said = ", ".join(f'({VALUES[name]})::{COLUMNS[name]} AS "{name} said"' for name in told)
    otherwise = " OR ".join(f'"{name}" IS DISTINCT FROM "{name} said"' for name in told)
    # The values stand in a projection of their own: within the condition each would have the line read again.
    lines = f"SELECT *, {said} FROM (SELECT *, {SAID} AS said FROM {_FILE})"
    try:
        ((found,),) = _query(f"SELECT count(*) FILTER ({otherwise}) FROM ({lines})", str(path))
    except duckdb.Error as error:
        raise LogDamaged(str(path), 0, f"cannot be read: {_first_line(error)}") from None
    return found


def _within(entries: Sequence[Entry], size: int) -> Sequence[Entry]:
    ends = accumulate(len(entry.raw) for entry in entries)
    return [entry for entry, end in zip(entries, ends, strict=True) if end <= size]


def _query(sql: str, *values: str) -> list[tuple[Any, ...]]:
    return _connection(os.getpid()).cursor().execute(sql, values).fetchall()


@cache
def _connection(process: int) -> duckdb.DuckDBPyConnection:
    """One for each process: a child must not use its parent's, and a new one for each file would cost more than reading."""
    return duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
