"""SQL over five million events, live and sealed, and sealing them; by the wall clock, since DuckDB uses all cores.

The run is that of `bigrun`. Beside each stands what DuckDB needs for the same bytes and nothing else: the kinds alone, counted;
the bare lines, written to Parquet. Medians of two, in turns, after a first round that warms up; the seal once.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from ..analysis.database import MEMORY, connect, query
from ..analysis.seal import Sealed, seal
from ..engine.run import Run
from . import viewer
from .bigrun import EVENTS, write_run
from .timing import ANY_SCALE, Results, Sample, sample

BY_KIND = "SELECT kind, count(*) AS events FROM events GROUP BY kind"
BY_TOOL = "SELECT tool, count(*) AS calls FROM events WHERE kind = 'tool.called' GROUP BY ALL"


def measure(folder: Path, events: int = EVENTS) -> Results:
    """All rows of this module, over about so many events in a run made in `folder`. Times of queries are for all of them."""
    write_run(folder, events)
    live = _queries(folder, _only_kinds(folder))
    lines = _seconds(lambda: _bare_lines(folder))
    done = _linked(folder)
    began = time.perf_counter()
    sealed = [each for each in seal(Run(done), MEMORY) if isinstance(each, Sealed)]
    taken = time.perf_counter() - began
    asked = _queries(done, f"SELECT kind, count(*) FROM '{done}/segments/*.parquet' GROUP BY ALL")
    count = sum(each.events for each in sealed)
    return {
        "sql-live": {ANY_SCALE: live["kinds"], "limit": live["least"]},
        "sql-live-tools": {ANY_SCALE: live["tools"]},
        "seal": {ANY_SCALE: sample([taken / count]), "limit": sample([lines / count])},
        "sql-sealed": {ANY_SCALE: asked["kinds"], "limit": asked["least"]},
        "sql-sealed-tools": {ANY_SCALE: asked["tools"]},
        **viewer.measure(done),
    }


def _queries(folder: Path, least: str) -> dict[str, Sample]:
    with connect([folder]) as con, duckdb.connect() as bare:
        return _taken(
            {
                "kinds": lambda: query(con, BY_KIND),
                "tools": lambda: query(con, BY_TOOL),
                "least": lambda: bare.execute(least).fetchall(),
            },
            3,
        )


def _linked(folder: Path) -> Path:
    """The same run under another path, to be sealed."""
    other = folder.with_name(f"{folder.name}-sealed")
    shutil.rmtree(other, ignore_errors=True)
    (other / "segments").mkdir(parents=True)
    for file in ("run.json", "manifest.jsonl", *(f"segments/{path.name}" for path in (folder / "segments").iterdir())):
        os.link(folder / file, other / file)
    return other


def plan(folder: Path) -> str:
    """How DuckDB answers the live group-by: its operators with the seconds each took, summed over threads."""
    with connect([folder]) as con:
        found = con.cursor().execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {BY_KIND}").fetchall()
    return "\n".join(line for root in json.loads(found[0][1])["operator"] for line in _operators(root))


# --- DuckDB --------------------------------------------------------------------------------------------------------


def _only_kinds(folder: Path) -> str:
    """The least DuckDB can do: one column of one struct, read from the same files."""
    files = ", ".join(f"'{path}'" for path in sorted((folder / "segments").glob("*.jsonl")))
    columns = "{event: 'STRUCT(kind VARCHAR)'}"
    source = f"read_json([{files}], format='newline_delimited', columns={columns}, ignore_errors=true)"
    return f"SELECT event.kind, count(*) FROM {source} GROUP BY ALL"


def _bare_lines(folder: Path) -> None:
    """The least a seal can do: the lines as they are, compressed, each segment to a file of its own."""
    aside = folder / "bare.parquet"
    for path in sorted((folder / "segments").glob("*.jsonl")):
        with duckdb.connect() as con:
            lines = f"SELECT json::VARCHAR AS line FROM read_ndjson_objects('{path}')"
            con.execute(f"COPY ({lines}) TO '{aside}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
    aside.unlink()


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _taken(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, Sample]:
    """Wall-clock seconds of each, in turns; the first round warms up."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds):
        for name, run in works.items():
            begin = time.perf_counter()
            run()
            if turn:
                taken[name].append(time.perf_counter() - begin)
    return {name: sample(times) for name, times in taken.items()}


def _operators(node: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """One line per operator, children indented."""
    yield f"{'  ' * depth}{node['type']}  {node['timing']:.3f} s  {node['intermediate_rows']:,} rows"
    for child in node.get("children", ()):
        yield from _operators(child, depth + 1)
