"""SQL over five million events, by the wall clock, since DuckDB uses all cores.

The segments are written directly, line by line in the stored format (about 250 bytes a line), without running episodes:
their hashes are hexadecimal noise and form no chain, which SQL does not look at. `live` is the product: `analysis.connect`
and `query` over the segments as they lie. The product cannot seal yet, so the rows about sealed runs time DuckDB alone: a
COPY of the product's `events` view to Parquet with zstd, and the group-by over that file. Medians of two, in turns; the
seal once, after a first one that warms up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from ..analysis.database import connect, query
from ..engine.canonical import digest
from ..engine.run import Run
from .timing import ANY_SCALE, Results, Sample, sample

EVENTS = 5_000_000
WRITERS = 4
PER_EPISODE = 50

BY_KIND = "SELECT kind, count(*) AS events FROM events GROUP BY kind"
BY_TOOL = "SELECT data->>'$.tool' AS tool, count(*) AS calls FROM events WHERE kind = 'tool.called' GROUP BY ALL"


def measure(folder: Path, events: int = EVENTS) -> Results:
    """All rows of this module, over `events` events in a run made in `folder`. Times of queries are for that many."""
    write_run(folder, events)
    parquet = folder / "events.parquet"
    with connect([folder]) as con, duckdb.connect() as bare:
        bare.execute(_events_view(con))
        seal = _taken({"seal": lambda: bare.execute(_seal(parquet)).fetchall()}, 2)["seal"]
        found = _taken(
            {
                "live": lambda: query(con, BY_KIND),
                "tools": lambda: query(con, BY_TOOL),
                "least": lambda: bare.execute(_only_kinds(folder)).fetchall(),
                "sealed": lambda: bare.execute(BY_KIND.replace("events GROUP", f"'{parquet}' GROUP")).fetchall(),
            },
            3,
        )
    return {
        "sql-live": {ANY_SCALE: found["live"], "limit": found["least"]},
        "sql-tools": {ANY_SCALE: found["tools"]},
        "sql-sealed": {"limit": found["sealed"]},
        "seal": {"limit": Sample(seal.median / events, seal.best / events, seal.batches)},
    }


def plan(folder: Path) -> str:
    """How DuckDB answers the live group-by: its operators with the seconds each took, summed over threads."""
    with connect([folder]) as con:
        found = con.cursor().execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {BY_KIND}").fetchall()
    return "\n".join(line for root in json.loads(found[0][1])["operator"] for line in _operators(root))


# --- the run -------------------------------------------------------------------------------------------------------


def write_run(folder: Path, events: int) -> None:
    """A run folder with `events` events over four segments; does nothing when it stands already."""
    if (folder / "segments").exists():
        return
    Run.create(folder, {"what": "benchmark"})
    (folder / "segments").mkdir(parents=True)
    shape = _episode_shape()
    episodes = events // PER_EPISODE
    for writer in range(WRITERS):
        with (folder / "segments" / f"bench-{writer}.jsonl").open("wb") as file:
            for number in range(writer, episodes, WRITERS):
                file.write(shape.replace(b"EPISODE", b"S-1.bench.%d" % number))


def line_size(folder: Path) -> float:
    """Bytes per line of the first segment."""
    path = folder / "segments" / "bench-0.jsonl"
    with path.open("rb") as file:
        head = file.read(1 << 20)
    return len(head) / head.count(b"\n")


def _episode_shape() -> bytes:
    """The lines of one episode, its name left open: calls and replies, every third call a command."""
    return b"".join(
        b'{"episode":"EPISODE","wall_ms":1764615600000,"hash":"%b","event":%b}\n' % (digest(data).encode(), data)
        for data in _episode_events()
    )


def _episode_events() -> Iterator[bytes]:
    seq = 0
    opened = {"format": 1, "seed": 0, "task": {"id": "S-1"}}
    yield _event(seq, "episode.opened", opened, None)
    while seq < PER_EPISODE - 2:
        called, seq = seq + 1, seq + 1
        if called % 3:
            yield _event(seq, "tool.called", {"tool": "searchOrders", "arguments": {"customer_id": "maya-herrera"}}, 0)
        else:
            arguments = {"ticket_id": "tick-251120-001", "status": "open"}
            yield _event(seq, "tool.called", {"tool": "updateTicketStatus", "arguments": arguments}, 0)
        seq += 1
        yield _event(seq, "tool.returned", {"ok": True, "reply": [{"id": "ord-251102-810"}]}, called)
    yield _event(seq + 1, "episode.closed", {"reason": "answered"}, seq)


def _event(seq: int, kind: str, data: dict[str, Any], cause: int | None) -> bytes:
    event = {"seq": seq, "kind": kind, "at": 1764615600000, "data": data}
    return json.dumps(event if cause is None else {**event, "cause": cause}, separators=(",", ":")).encode()


# --- DuckDB --------------------------------------------------------------------------------------------------------


def _only_kinds(folder: Path) -> str:
    """The least DuckDB can do: one column of one struct, read from the same files."""
    files = ", ".join(f"'{path}'" for path in sorted((folder / "segments").glob("*.jsonl")))
    columns = "{event: 'STRUCT(kind VARCHAR)'}"
    source = f"read_json([{files}], format='newline_delimited', columns={columns}, ignore_errors=true)"
    return f"SELECT event.kind, count(*) FROM {source} GROUP BY ALL"


def _events_view(con: duckdb.DuckDBPyConnection) -> str:
    """The product's own definition of `events`, to be used where writing a file is allowed."""
    found = con.cursor().execute("SELECT sql FROM duckdb_views() WHERE view_name = 'events'").fetchone()
    assert found is not None
    return str(found[0])


def _seal(path: Path) -> str:
    return f"COPY (FROM events) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"


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
