"""SQL over five million events, live and sealed, and sealing them; by the wall clock, since DuckDB uses all cores.

The run is that of `bigrun`. Beside each stands what DuckDB alone needs for the same bytes: of the queries, the kinds counted
and nothing else asked of a line; of the seal, the same columns of the same lines in one Parquet file, neither sorted nor read
back. Medians of two, in turns, those of queries after a round that warms up. The wall clock counts what else a machine does.
Processor time hardly does: the ratios are of it, and what two cores would take that have nothing else to do.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from attrs import frozen

from ..analysis.database import MEMORY, connect, query
from ..analysis.seal import ROW_GROUP, Sealed, copying, lines_of, seal
from ..analysis.text import identifier
from ..engine.run import Run
from ..engine.sealed import COLUMNS, SAID, VALUES
from . import viewer
from .bigrun import EVENTS, write_run
from .timing import ANY_SCALE, Results, Sample, sample

T = TypeVar("T")

BY_KIND = "SELECT kind, count(*) AS events FROM events GROUP BY kind"
BY_TOOL = "SELECT tool, count(*) AS calls FROM events WHERE kind = 'tool.called' GROUP BY ALL"


@frozen
class Spent:
    """Seconds by the wall clock, and of processor time over all threads."""

    wall: float
    processor: float

    def each(self, pieces: int) -> Spent:
        """For one of so many pieces of work."""
        return Spent(self.wall / pieces, self.processor / pieces)


def measure(folder: Path, events: int = EVENTS) -> Results:
    """All rows of this module, over about so many events in a run made in `folder`. Times of queries are for all of them."""
    write_run(folder, events)
    live = _queries(folder, _only_kinds(folder))
    done, sealing = _sealing(folder)
    asked = _queries(done, f"SELECT kind, count(*) FROM '{done}/segments/*.parquet' GROUP BY ALL")
    return {
        "sql-live": {ANY_SCALE: _walls(live["kinds"]), "limit": _walls(live["least"])},
        "sql-live-cores": {ANY_SCALE: _of_two_cores(live["kinds"]), "limit": _of_two_cores(live["least"])},
        "sql-live-ratio": {ANY_SCALE: _ratio(live["kinds"], live["least"])},
        "sql-live-tools": {ANY_SCALE: _walls(live["tools"])},
        "seal": {ANY_SCALE: _walls(sealing["seal"]), "limit": _walls(sealing["least"])},
        "seal-cores": {ANY_SCALE: _of_two_cores(sealing["seal"]), "limit": _of_two_cores(sealing["least"])},
        "seal-ratio": {ANY_SCALE: _ratio(sealing["seal"], sealing["least"])},
        "sql-sealed": {ANY_SCALE: _walls(asked["kinds"]), "limit": _walls(asked["least"])},
        "sql-sealed-ratio": {ANY_SCALE: _ratio(asked["kinds"], asked["least"])},
        "sql-sealed-tools": {ANY_SCALE: _walls(asked["tools"])},
        **viewer.measure(done),
    }


def _queries(folder: Path, least: str) -> dict[str, list[Spent]]:
    with connect([folder]) as con, duckdb.connect() as bare:
        return _taken(
            {
                "kinds": lambda: query(con, BY_KIND),
                "tools": lambda: query(con, BY_TOOL),
                "least": lambda: bare.execute(least).fetchall(),
            },
            3,
        )


def _sealing(folder: Path) -> tuple[Path, dict[str, list[Spent]]]:
    """A copy of the run that was sealed, and what one event took."""
    done = folder.with_name(f"{folder.name}-sealed")
    taken: dict[str, list[Spent]] = {"seal": [], "least": []}
    for _ in range(2):
        least, _ = _spent(lambda: _same_columns(folder))
        _link(folder, done)
        ours, events = _spent(lambda: sum(each.events for each in seal(Run(done), MEMORY) if isinstance(each, Sealed)))
        taken["seal"].append(ours.each(events))
        taken["least"].append(least.each(events))
    return done, taken


def _link(folder: Path, other: Path) -> None:
    """The same run under another path, to be sealed."""
    shutil.rmtree(other, ignore_errors=True)
    (other / "segments").mkdir(parents=True)
    for file in ("run.json", "manifest.jsonl", *(f"segments/{path.name}" for path in (folder / "segments").iterdir())):
        os.link(folder / file, other / file)


def plan(row: str, folder: Path) -> str | None:
    """How DuckDB does what a row measures: its operators with the seconds each took, summed over threads. Of the seal for one
    segment, in one thread; reading it back comes on top."""
    if row == "sql-live":
        with connect([folder]) as con:
            return _analyzed(con, BY_KIND)
    if row == "seal":
        aside = folder / "plan.parquet"
        with duckdb.connect(config={"threads": 1}) as con:
            told = _analyzed(con, copying(_segments(folder)[0], aside))
        aside.unlink()
        return told
    return None


def _analyzed(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    found = con.cursor().execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}").fetchall()
    return "\n".join(line for root in json.loads(found[0][1])["operator"] for line in _operators(root))


def _segments(folder: Path) -> list[Path]:
    return sorted((folder / "segments").glob("*.jsonl"))


# --- DuckDB --------------------------------------------------------------------------------------------------------


def _only_kinds(folder: Path) -> str:
    """The least DuckDB can do: lines as text, one value looked up in each. To read them as JSON takes a little longer."""
    lines = " UNION ALL ".join(f"FROM {lines_of(path)}" for path in _segments(folder))
    return f"SELECT line->>'$.event.kind', count(*) FROM ({lines}) GROUP BY ALL"


def _same_columns(folder: Path) -> None:
    """The least a seal can do: every line as it is and what it says, compressed, in one file."""
    aside = folder / "bare.parquet"
    lines = " UNION ALL ".join(f"FROM {lines_of(path)}" for path in _segments(folder))
    columns = ", ".join(f"{VALUES[name]} AS {identifier(name)}" for name in COLUMNS if name != "number")
    form = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP}"
    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False}) as con:
        con.execute(f"COPY (SELECT {columns} FROM (SELECT line, {SAID} AS said FROM ({lines}))) TO '{aside}' ({form})")
    aside.unlink()


def _spent(act: Callable[[], T]) -> tuple[Spent, T]:
    """What it took, and what it found."""
    wall, processor = time.perf_counter(), time.process_time()
    found = act()
    return Spent(time.perf_counter() - wall, time.process_time() - processor), found


def _walls(spent: Sequence[Spent]) -> Sample:
    return sample([each.wall for each in spent])


def _of_two_cores(spent: Sequence[Spent]) -> Sample:
    return sample([each.processor / 2 for each in spent])


def _ratio(ours: Sequence[Spent], least: Sequence[Spent]) -> Sample:
    return sample([one.processor / other.processor for one, other in zip(ours, least, strict=True)])


def _taken(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[Spent]]:
    """What each took, in turns; the first round warms up."""
    taken: dict[str, list[Spent]] = {name: [] for name in works}
    for turn in range(rounds):
        for name, run in works.items():
            spent, _ = _spent(run)
            if turn:
                taken[name].append(spent)
    return taken


def _operators(node: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """One line per operator, children indented."""
    yield f"{'  ' * depth}{node['type']}  {node['timing']:.3f} s  {node['intermediate_rows']:,} rows"
    for child in node.get("children", ()):
        yield from _operators(child, depth + 1)
