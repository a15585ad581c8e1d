"""What whoever reads an answer should know of the runs it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from ..engine.run import Run
from .database import query, run_names

_LOOKED_THROUGH = 64 << 20
"""Bytes of log that are read to the end for damage with every query. Of more, that would take a third of a query's time."""


def caveats(con: duckdb.DuckDBPyConnection, run_paths: Sequence[Path]) -> Iterator[str]:
    """A sentence for each run that is damaged, and one where an episode's id names several."""
    yield from damage(con, run_paths)
    times = Counter(id for path in run_names(run_paths).values() for id in Run(path).signatures.claimed)
    if shared := [id for id, count in times.items() if count > 1]:
        yield (
            f"{len(shared):,} episode ids, such as {shared[0]}, are in more than one of these runs. A query by episode alone "
            "mixes them; use run as well"
        )


def damage(con: duckdb.DuckDBPyConnection, run_paths: Sequence[Path]) -> Iterator[str]:
    """A sentence for each run that is damaged."""
    runs = run_names(run_paths)
    for run in _damaged(con, runs.values()):
        yield (
            f"{runs[run]} is damaged, and what cannot be read is left out. See: SELECT * FROM damages, and "
            f"corecraft verify {runs[run]}"
        )


def _damaged(con: duckdb.DuckDBPyConnection, paths: Iterable[Path]) -> list[str]:
    segments = [segment for path in paths for segment in Run(path).segments]
    size = sum(map(_size, segments))
    at_once = "(SELECT run FROM parts.torn_tails UNION ALL SELECT run FROM parts.broken_files)"
    source = "damages" if size <= _LOOKED_THROUGH else at_once
    return [row["run"] for row in query(con, f"SELECT DISTINCT run FROM {source} ORDER BY run")]


def _size(segment: Path) -> int:
    try:
        return segment.stat().st_size
    except OSError:  # it was sealed since it was listed, or is damaged, which is told
        return 0
