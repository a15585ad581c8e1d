"""One command prints every budget with what was measured, this machine's limit and the public peer beside it.

python -m corecraft.benchmarks [--scale 1 10 100] [--json FILE] [--quick] [--no-peer] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, field
from rich.console import Console

from ..engine.errors import CoreCraftError
from . import engine, forks, histories, limits, mcp, peer, runs, sql, worlds
from .budgets import ROWS
from .rigs import Rig
from .table import render, shown, verdict
from .timing import ANY_SCALE, Results, Work, measure, profile

console = Console(width=None if sys.stdout.isatty() else 190, highlight=False)
progress = Console(stderr=True, highlight=False)


@define
class Bench:
    """What one run measures, and what it has found so far."""

    scales: list[int]
    only: list[str]
    quick: bool
    folder: Path
    began: float = field(factory=time.perf_counter)
    results: Results = field(factory=dict)
    works: list[Work] = field(factory=list)
    notes: list[str] = field(factory=list)

    @property
    def columns(self) -> list[str]:
        return [str(scale) for scale in self.scales]

    def wants(self, group: str) -> bool:
        """Whether any row of the group was asked for."""
        if group == "sql" and self.quick and not self.only:
            return False
        return any(row.group == group and self.wanted(row.key) for row in ROWS if row.key != "reference")

    def wanted(self, key: str) -> bool:
        row = next(row for row in ROWS if row.key == key)
        return not self.only or key == "reference" or any(name in (row.key, row.group) for name in self.only)

    def add(self, found: Results) -> None:
        first = self.columns[0]
        for key, columns in found.items():
            if self.wanted(key):
                named = {first if name == ANY_SCALE else name: sample for name, sample in columns.items()}
                self.results.setdefault(key, {}).update(named)

    def say(self, text: str) -> None:
        progress.print(f"[dim]{time.perf_counter() - self.began:5.0f} s[/dim]  {text}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. The exit code does not depend on budgets: they are reported, not asserted."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="corecraft-bench-") as folder:
        bench = Bench(options.scale, options.only, options.quick, Path(folder))
        columns = _measure(bench, with_peer=not options.no_peer)
        console.print(render(bench.results, bench.columns, columns))
        _print_notes(bench)
        _print_misses(bench)
        if options.json:
            options.json.write_bytes(msgspec.json.format(msgspec.json.encode(_as_data(bench)), indent=1) + b"\n")
    bench.say("done")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m corecraft.benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=int, nargs="+", metavar="N", help="sizes of the world (default: 1 10 100)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all samples to a file")
    parser.add_argument("--quick", action="store_true", help="scale 1, fewer rounds, no SQL unless asked for by --only")
    parser.add_argument("--no-peer", action="store_true", help="leave the public peer out")
    names = sorted({row.key for row in ROWS} | {row.group for row in ROWS})
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", choices=names, help=f"of: {', '.join(names)}")
    options = parser.parse_args(arguments)
    options.scale = sorted(options.scale or ([1] if options.quick else [1, 10, 100]))
    return options


# --- measuring -----------------------------------------------------------------------------------------------------


def _measure(bench: Bench, *, with_peer: bool) -> list[str]:
    """Fill `bench.results`; returns the peer's columns, none when there is no peer."""
    columns = _measure_peer(bench) if with_peer else []
    if bench.wants("sql"):
        bench.say("SQL: writing a big run, asking it, sealing it, asking again")
        bench.add(sql.measure(bench.folder / "sql"))
    if bench.wants("runs"):
        bench.say("verifying a run, in one process and in two")
        bench.add(runs.measure(bench.folder / "runs", rounds=1 if bench.quick else 3))
    if bench.wants("worlds"):
        bench.say("building a world of 250,000 rows, and loading it")
        bench.add(worlds.measure(bench.folder / "world", rounds=1 if bench.quick else 3))
    if bench.wants("mcp"):
        bench.say("MCP over HTTP")
        bench.add(mcp.ratios(100 if bench.quick else 600))
    if any(map(bench.wants, ("engine", "histories", "memory", "forks"))):
        rigs = [_build(bench, scale) for scale in bench.scales]
        bench.works = [work for work in _works(bench, rigs) if bench.wanted(work.row) or work.row == "reference"]
        bench.say(f"timing {len(bench.works)} works in turn")
        bench.add(measure(bench.works, 8 if bench.quick else 60) if bench.works else {})
        if bench.wants("forks"):
            bench.say("100,000 live forks")
            bench.add(forks.live(rigs[0]))
        if bench.wants("memory"):
            bench.say("memory of live episodes")
            for rig in rigs:
                bench.add(histories.memory(rig))
            bench.add(limits.memory(rigs[0]))
    return columns


def _measure_peer(bench: Bench) -> list[str]:
    bench.say(f"peer: {peer.PEER}" + ("" if (peer.FOLDER / "ready").exists() else " (installing it first)"))
    try:
        bench.add(peer.measure(1 if bench.quick else 10))
    except peer.PeerUnavailable as reason:
        bench.notes.append(f"No peer: {reason}")
        return []
    return list(peer.MODES.values())


def _build(bench: Bench, scale: int) -> Rig:
    begin = time.perf_counter()
    rig = Rig.build(scale, bench.folder)
    rows = sum(rig.world.genesis.counts().values())
    bench.say(f"world x{scale}: {rows:,} rows in {time.perf_counter() - begin:.1f} s")
    return rig


def _works(bench: Bench, rigs: list[Rig]) -> list[Work]:
    works = limits.works(rigs[0])
    if bench.wants("forks"):
        bench.say("preparing histories to fork")
        works += forks.works(rigs[0])
    for rig in rigs if bench.wants("engine") or bench.wants("histories") else ():
        bench.say(f"preparing histories x{rig.scale}")
        works += engine.works(rig) + histories.works(rig)
    return works


# --- reporting -----------------------------------------------------------------------------------------------------


_PEER_NOTE = (
    "Peer: its own 1,550 rows, through its own interface, without any log; open = load from disk; search = its scan over "
    "users; verify = replay gold actions and hash, per action; episode = gold actions and grade; "
    "grades of splits = its evaluator on 8 of its gold plans, evenly drawn."
)


def _print_notes(bench: Bench) -> None:
    notes = [
        "Medians. Times of engine and histories are processor time of the thread; SQL and MCP go by the wall clock. The log is "
        "written, not synced. The limit is the least a Python program must do for the same work, in the same run.",
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}; wall clock against processor time: {_waiting(bench):.2f}x. The budgets were set where one "
        "small event took 0.85 µs to build, encode and hash; a loaded machine is slower even in processor time.",
    ]
    if any(name in columns for columns in bench.results.values() for name in peer.MODES.values()):
        notes.append(_PEER_NOTE)
    for note in notes + bench.notes:
        console.print(note, style="dim", soft_wrap=True)


def _waiting(bench: Bench) -> float:
    """How busy the machine was with other work while ours was timed."""
    samples = [bench.results[work.row][work.column] for work in bench.works]
    ratios = [sample.wall / sample.median for sample in samples if sample.wall]
    return statistics.median(ratios) if ratios else 1.0


def _print_misses(bench: Bench) -> None:
    """Every missed budget, with a profile of that very work at the scale that misses most."""
    for row in ROWS:
        columns = bench.results.get(row.key, {})
        found = verdict(row, columns, bench.columns)
        if found is None or found.met:
            continue
        measured = {name: sample for name, sample in columns.items() if name in bench.columns}
        worst = max(measured, key=lambda name: measured[name].median, default="")
        console.print(f"\n[bold red]{row.work}[/]: {found.text}" + (f"; profile at x{worst}" if worst else ""))
        console.print(_profile(bench, row.key, worst), markup=False, soft_wrap=True)


def _profile(bench: Bench, key: str, column: str) -> str:
    if told := sql.plan(key, bench.folder / "sql"):
        return told
    work = next((work for work in bench.works if (work.row, work.column) == (key, column)), None)
    return profile(work) if work is not None else "no profile: DuckDB, another process, or bytes"


def _as_data(bench: Bench) -> dict[str, Any]:
    """All samples, with what a reader needs to compare runs."""
    rows: dict[str, Any] = {}
    for row in ROWS:
        if row.key in bench.results:
            columns = bench.results[row.key]
            found = verdict(row, columns, bench.columns)
            rows[row.key] = {
                "work": row.work, "kind": row.kind, "budget": row.budget, "verdict": found.text if found else None,
                "shown": {name: shown(row, sample) for name, sample in columns.items()}, "samples": columns,
            }  # fmt: skip
    return {
        "python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0],
        "wall_to_processor": _waiting(bench), "scales": bench.scales, "quick": bench.quick, "rows": rows,
    }  # fmt: skip


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CoreCraftError as error:
        progress.print(f"[red]{error}[/]")
        sys.exit(2)
    finally:
        gc.unfreeze()
