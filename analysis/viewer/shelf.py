"""The runs that are open: read again when their files have grown, so that a live run is seen as it is played."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from time import monotonic
from typing import Any

import duckdb
from attrs import define, field

from ...engine.errors import CoreCraftError, LogDamaged, UnknownEpisode
from ...engine.genesis import Genesis
from ...engine.run import Run, SchemaOf
from ...engine.trajectory import Trajectory
from ...replay.visible import one_line
from ..database import QueryFailed, connect, fetch, run_names
from ..segments import settled

_LISTING = """
CREATE OR REPLACE TABLE parts.listing AS
WITH told AS ( -- what `costs` and `criteria` say, in one pass: each costs a second for a million events
    SELECT run, episode, count(*) FILTER (kind = 'model.responded') AS turns,
        sum(TRY_CAST(data->>'$.usage.prompt_tokens' AS BIGINT)) FILTER (kind = 'model.responded')::BIGINT
            + sum(TRY_CAST(data->>'$.usage.completion_tokens' AS BIGINT)) FILTER (kind = 'model.responded')::BIGINT AS tokens,
        sum(TRY_CAST(beside->>'$.cost_usd' AS DOUBLE)) FILTER (kind = 'model.responded') AS cost_usd,
        len(list_filter(
            arg_max(CASE WHEN kind = 'episode.graded' THEN CAST(data->'$.criteria' AS JSON[]) END, seq)
                FILTER (kind = 'episode.graded'),
            lambda one: TRY_CAST(one->>'$.passed' AS BOOLEAN) IS NULL
        )) AS waiting
    FROM events WHERE kind IN ('model.responded', 'episode.graded') GROUP BY run, episode
)
SELECT e.*, coalesce(e.reward, e.code_reward) AS score, coalesce(e.passed, e.code_passed) AS verdict,
    CASE WHEN score IS NULL THEN '' WHEN e.passed IS NULL AND c.waiting > 0 AND verdict IS DISTINCT FROM false THEN 'waiting'
         WHEN verdict THEN 'passed' ELSE 'failed' END AS standing,
    coalesce(nullif(regexp_extract(e.task_id, '^[A-Z]{2}-\\d\\d'), ''), e.task_id) AS family,
    t.title, t.category, t.difficulty, t.voice,
    c.tokens, c.cost_usd, coalesce(c.turns, 0) AS turns, f.labels AS failures, nullif(c.waiting, 0) AS waiting,
    lower(concat_ws(' ', e.episode, e.task_id, e.agent, t.title)) AS words
FROM episodes e
LEFT JOIN (SELECT DISTINCT ON (task_digest) task_digest, title, category, difficulty, voice FROM tasks) t USING (task_digest)
LEFT JOIN told c USING (run, episode)
LEFT JOIN (SELECT run, episode, list(DISTINCT label ORDER BY label) AS labels FROM failures GROUP BY ALL) f USING (run, episode)
"""
"""One row per episode with all that the table shows and asks for; made once for each state of the files."""

_EDITS = """
CREATE OR REPLACE TABLE parts.edits AS
SELECT run, episode, to_json({
    'rows': rows, 'replies': replies, 'tools': tools, 'described': described, 'clock': clock, 'plan': plan, 'messages': messages
}) AS edits FROM parts.otherwise
"""
"""What forks have otherwise. It takes as long as the listing, and only trees show it."""

_SWIFT = 1.0
"""Seconds; what is made within is made anew whenever anything was written."""
_REST = 10
"""A listing is made anew after at least so many times the time that it took: a live run must not keep us reading."""


@define(eq=False)
class Shelf:
    """Runs by the name they have in addresses. Threads may share it.

    schema_of: of a world by its recipe, for the fold. connected: opens run folders as tables (`database.connect`).
    """

    paths: Mapping[str, Path]
    schema_of: SchemaOf
    connected: Callable[..., duckdb.DuckDBPyConnection] = connect
    _reading: Lock = field(factory=Lock, init=False, repr=False)
    _connecting: Lock = field(factory=Lock, init=False, repr=False)
    """Apart: a history is read while the listing is made, which may take long."""
    _folder: TemporaryDirectory[str] = field(
        factory=lambda: TemporaryDirectory(prefix="corecraft-"), init=False, repr=False
    )
    _runs: dict[str, tuple[Any, Run]] = field(factory=dict[str, Any], init=False, repr=False)
    _con: duckdb.DuckDBPyConnection | None = field(default=None, init=False, repr=False)
    _columns: Mapping[str, Path] = field(factory=dict[str, Path], init=False, repr=False)
    """What the column `run` calls the runs that are connected."""
    _state: Any = field(default=None, init=False, repr=False)
    _wait_until: float = field(default=0.0, init=False, repr=False)
    _edited: duckdb.DuckDBPyConnection | None = field(default=None, init=False, repr=False)
    """The connection that has `parts.edits`."""
    _editing: Lock = field(factory=Lock, init=False, repr=False)

    @classmethod
    def of(
        cls, paths: Sequence[Path], schema_of: SchemaOf, connected: Callable[..., duckdb.DuckDBPyConnection] = connect
    ) -> Shelf:
        """Raises CoreCraftError for what is no run folder, and where one is named twice."""
        run_names(paths)
        names: dict[str, Path] = {}
        for path in paths:
            Run(path)
            stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name) or "run"
            name = next(n for k in range(1, len(paths) + 1) if (n := stem if k == 1 else f"{stem}-{k}") not in names)
            names[name] = path
        return cls(names, schema_of, connected)

    # --- histories -----------------------------------------------------------------------------------------------

    def run(self, name: str) -> Run:
        """As its files are now. Raises CoreCraftError, also for a run that was deleted while it was open."""
        path = self._path(name)
        with self._reading:
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

    def edits(self, run: str, episodes: Sequence[str]) -> dict[str, Any]:
        """What these have otherwise than the past they share, as `parts.otherwise` has it; nothing of what is no fork."""
        con = self.connection()
        with self._editing:
            if self._edited is not con:
                settled(con, lambda: con.cursor().execute(_EDITS))
                self._edited = con
        rows = self.ask(
            "SELECT episode, edits FROM parts.edits WHERE run = ? AND episode IN (SELECT unnest(?::VARCHAR[]))",
            [self.column(run), list(episodes)],
        )
        return {row["episode"]: row["edits"] for row in rows}

    @property
    def output(self) -> Path:
        """The one file that DuckDB may write: an answer on its way to the reader."""
        return Path(self._folder.name).resolve() / "answer"

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Connected to the segments there are now. Raises CoreCraftError."""
        before = self._con
        if not self._connecting.acquire(blocking=before is None):
            assert before is not None
            return before  # another thread makes a new one: nobody has to wait for what is only newer
        try:
            state = [_state(path) for path in self.paths.values()]
            if self._con is None or (state != self._state and monotonic() > self._wait_until):
                began = monotonic()
                self._con = self._connected()  # a question under way keeps the one before
                self._state = state
                taken = monotonic() - began
                self._wait_until = monotonic() + (_REST * taken if taken > _SWIFT else 0)
            return self._con
        finally:
            self._connecting.release()

    def _connected(self) -> duckdb.DuckDBPyConnection:
        present = [path for path in self.paths.values() if (path / "run.json").exists()]
        if not present:
            raise CoreCraftError("None of these runs is there any more")
        con = self.connected(present, output=self.output)
        try:
            settled(con, lambda: con.execute(_LISTING))
        except duckdb.Error as error:
            raise QueryFailed(f"The episodes cannot be listed: {one_line(str(error))}") from None
        self._columns = run_names(present)
        return con

    def ready(self, patience: float) -> bool:
        """Whether the tables are there, or come to be within so many seconds; they come to be in any case."""
        if self._con is not None:
            return True
        opening = Thread(target=self._open, daemon=True)
        opening.start()
        opening.join(patience)
        return not opening.is_alive()

    def _open(self) -> None:
        with suppress(CoreCraftError):  # whoever asks for something is told
            self.connection()

    def missing(self) -> Iterator[str]:
        """Runs that were deleted while they were open."""
        return (name for name, path in self.paths.items() if not (path / "run.json").exists())


@lru_cache(maxsize=8)
def _genesis(path: Path, digest: str, shelf: Shelf) -> Genesis | None:
    try:
        return Run(path).genesis(digest, shelf.schema_of)
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
