"""The runs that are open: read again when their files have grown, so that a live run is seen as it is played."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from time import monotonic
from typing import Any

import duckdb
from attrs import define, field

from ...engine.errors import CoreCraftError, LogDamaged, UnknownEpisode
from ...engine.genesis import Genesis, Schema
from ...engine.run import Run
from ...engine.trajectory import Trajectory
from ...replay.visible import one_line
from ..database import QueryFailed, connect, fetch, run_names
from ..segments import settled

_LISTING = """
CREATE OR REPLACE TABLE parts.listing AS
SELECT e.*, coalesce(e.reward, e.code_reward) AS score, coalesce(e.passed, e.code_passed) AS verdict,
    CASE WHEN score IS NULL THEN '' WHEN e.passed IS NULL AND w.waiting > 0 AND verdict IS DISTINCT FROM false THEN 'waiting'
         WHEN verdict THEN 'passed' ELSE 'failed' END AS standing,
    coalesce(nullif(regexp_extract(e.task_id, '^[A-Z]{2}-\\d\\d'), ''), e.task_id) AS family,
    t.title, t.category, t.difficulty, t.voice, o.edits,
    c.prompt_tokens + c.completion_tokens AS tokens, c.cost_usd, c.turns, f.labels AS failures, w.waiting,
    lower(concat_ws(' ', e.episode, e.task_id, e.agent, t.title)) AS words
FROM episodes e
LEFT JOIN (SELECT DISTINCT ON (task_digest) task_digest, title, category, difficulty, voice FROM tasks) t USING (task_digest)
LEFT JOIN costs c USING (run, episode)
LEFT JOIN (SELECT run, episode, list(DISTINCT label ORDER BY label) AS labels FROM failures GROUP BY ALL) f USING (run, episode)
LEFT JOIN (
    SELECT run, episode, to_json({
        'rows': rows, 'replies': replies, 'tools': tools, 'described': described, 'clock': clock, 'plan': plan,
        'messages': messages
    }) AS edits FROM parts.otherwise
) o USING (run, episode)
LEFT JOIN (
    SELECT run, episode, count(*) AS waiting FROM criteria WHERE passed IS NULL GROUP BY ALL
) w USING (run, episode)
"""
"""One row per episode with all that the table shows and asks for; made once for each state of the files."""

_SWIFT = 1.0
"""Seconds; what is made within is made anew whenever anything was written."""
_REST = 10
"""A listing is made anew after at least so many times the time that it took: a live run must not keep us reading."""


@define(eq=False)
class Shelf:
    """Runs by the name they have in addresses. Threads may share it.

    schema: of the worlds, for the fold. connected: opens run folders as tables (`database.connect`).
    """

    paths: Mapping[str, Path]
    schema: Schema
    connected: Callable[..., duckdb.DuckDBPyConnection] = connect
    _lock: RLock = field(factory=RLock, init=False, repr=False)
    _folder: TemporaryDirectory[str] = field(
        factory=lambda: TemporaryDirectory(prefix="corecraft-"), init=False, repr=False
    )
    _runs: dict[str, tuple[Any, Run]] = field(factory=dict[str, Any], init=False, repr=False)
    _con: duckdb.DuckDBPyConnection | None = field(default=None, init=False, repr=False)
    _columns: Mapping[str, Path] = field(factory=dict[str, Path], init=False, repr=False)
    """What the column `run` calls the runs that are connected."""
    _state: Any = field(default=None, init=False, repr=False)
    _wait_until: float = field(default=0.0, init=False, repr=False)

    @classmethod
    def of(
        cls, paths: Sequence[Path], schema: Schema, connected: Callable[..., duckdb.DuckDBPyConnection] = connect
    ) -> Shelf:
        """Raises CoreCraftError for what is no run folder, and where one is named twice."""
        run_names(paths)
        names: dict[str, Path] = {}
        for path in paths:
            Run(path)
            stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name) or "run"
            name = next(n for k in range(1, len(paths) + 1) if (n := stem if k == 1 else f"{stem}-{k}") not in names)
            names[name] = path
        return cls(names, schema, connected)

    # --- histories -----------------------------------------------------------------------------------------------

    def run(self, name: str) -> Run:
        """As its files are now. Raises CoreCraftError, also for a run that was deleted while it was open."""
        path = self._path(name)
        with self._lock:
            state = _state(path)
            held = self._runs.get(name)
            if held is None or held[0] != state:
                held = self._runs[name] = (state, Run(path, sparing=True))
            return held[1]

    def trajectory(self, name: str, episode: str) -> tuple[Trajectory, LogDamaged | None]:
        """The history as far as it can be read, and what stands in the way of the rest. Raises CoreCraftError."""
        return self.run(name).intact(episode)

    def genesis(self, name: str, trajectory: Trajectory) -> Genesis | None:
        """The world it began in; None where its files are lost or altered: the history can be read without."""
        return _genesis(self._path(name), trajectory.events[0].data["genesis"], self)

    def _path(self, name: str) -> Path:
        if name not in self.paths:
            raise UnknownEpisode(f"No run {name} is open here. There are: {', '.join(self.paths)}")
        return self.paths[name]

    # --- tables --------------------------------------------------------------------------------------------------

    def column(self, name: str) -> str:
        """What the column `run` calls a run. Raises CoreCraftError for one that is not there any more."""
        path = self._path(name).resolve()
        self.connection()
        try:
            return next(column for column, its in self._columns.items() if its == path)
        except StopIteration:
            raise CoreCraftError(f"{name} was deleted while it was open") from None

    def name(self, column: str) -> str:
        """The name in addresses of what the column `run` says."""
        return next((name for name in self.paths if self.paths[name].resolve() == self._columns.get(column)), column)

    def ask(self, sql: str, parameters: Sequence[Any] = (), **more: Any) -> list[dict[str, Any]]:
        """The rows of one SELECT over all runs and their `parts.listing`. Raises QueryFailed."""
        names, rows = fetch(self.connection(), sql, parameters, **more)
        return [dict(zip(names, row, strict=True)) for row in rows]

    @property
    def output(self) -> Path:
        """The one file that DuckDB may write: an answer on its way to the reader."""
        return Path(self._folder.name).resolve() / "answer"

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Connected to the segments there are now. Raises CoreCraftError."""
        with self._lock:
            state = [_state(path) for path in self.paths.values()]
            if self._con is None or (state != self._state and monotonic() > self._wait_until):
                began = monotonic()
                present = [path for path in self.paths.values() if (path / "run.json").exists()]
                if not present:
                    raise CoreCraftError("None of these runs is there any more")
                con = self.connected(present, output=self.output)
                try:
                    settled(con, lambda: con.execute(_LISTING))
                except duckdb.Error as error:
                    raise QueryFailed(f"The episodes cannot be listed: {one_line(str(error))}") from None
                self._con, self._state = con, state  # a question under way keeps the one before
                self._columns = run_names(present)
                taken = monotonic() - began
                self._wait_until = monotonic() + (_REST * taken if taken > _SWIFT else 0)
            return self._con

    def missing(self) -> Iterator[str]:
        """Runs that were deleted while they were open."""
        return (name for name, path in self.paths.items() if not (path / "run.json").exists())


@lru_cache(maxsize=8)
def _genesis(path: Path, digest: str, shelf: Shelf) -> Genesis | None:
    try:
        return Run(path).genesis(digest, shelf.schema)
    except CoreCraftError:
        return None


def _state(path: Path) -> Any:
    """What changes whenever something was written."""
    try:
        files = [path / "manifest.jsonl", *sorted((path / "segments").iterdir())]
        return [
            (file.name, stat.st_size, stat.st_mtime_ns) for file in files if file.exists() and (stat := file.stat())
        ]
    except OSError:
        return None
