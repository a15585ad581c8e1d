"""python -m corecraft.benchmarks.tau2 [RESULTS.json ...] [--every N] [--seconds S] [--domains ...]

Prints docs/tau2.md's tables: agreement of gold plans and of bent ones with tau2's own environment and evaluator, agreement of
recorded simulations, and what copying, replaying and grading take, tau2's and ours in the same run.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...cli.tau2 import totals
from ...rollouts.tau2.recorded import bring_in
from ...rollouts.tau2.tasks import Tau2Stage, stage
from .agreement import HEADINGS, agreement, perturbations
from .speed import measured

DOMAINS = ("mock", "retail", "airline", "telecom")
SMALL = 20
"""Of telecom's 2,285 tasks, how many are played unless all are asked for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="*", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only each Nth task")
    parser.add_argument("--seconds", type=float, default=10, help="for the timings; 0: none")
    parser.add_argument("--domains", nargs="*", default=DOMAINS)
    arguments = parser.parse_args()
    for domain in arguments.domains:
        _plans(domain, arguments.every)
    if arguments.results:
        _recorded(arguments.results)
    if arguments.seconds:
        _print(("", "tau2", "ours", "times as fast"), measured(stage("retail"), arguments.seconds))


def _plans(domain: str, every: int) -> None:
    desk = stage(domain)
    faults: list[str] = []
    rows: list[list[str]] = []
    for name, perturb in perturbations(desk).items():
        found, wrong = agreement(desk, _some(desk, every), perturb)
        if found.episodes:
            rows.append([f"{domain}: {name}", *found.row()])
        faults += wrong
    _print(("plans", *HEADINGS), rows)
    print("\n".join(f"* {fault}" for fault in faults))


def _some(desk: Tau2Stage, every: int) -> list[Any]:
    tasks = list(desk.tasks.values())
    return tasks[:: max(every, len(tasks) // SMALL if desk.toolset.domain.name == "telecom" else 1)]


def _recorded(files: Sequence[Path]) -> None:
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(files):
            imported = bring_in(file, Path(folder) / str(number), 0)
            told = totals(imported)
            rows.append([imported.domain, str(len(imported.simulations)), *map(str, told.values())])
    _print(("recorded", "simulations", *(name.replace("_", " ") for name in told)), rows)


def _print(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("\n| " + " | ".join(headings) + " |\n|" + "---|" * len(headings))
    for row in rows:
        print("| " + " | ".join(row) + " |")


main()
