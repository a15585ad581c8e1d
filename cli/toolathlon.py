"""`corecraft import toolathlon`: trajectories of Toolathlon as a run, with the figures that its leaderboard has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import evolve

from ..analysis.formats.conversation import Conversation
from ..analysis.formats.inward import bring_in as written
from ..analysis.formats.toolathlon import FORMAT, outcome, read
from ..analysis.toolathlon import Outcome, Score, scores
from ..engine.errors import CoreCraftError
from ..replay.view import counted
from ..rollouts.opening import wall_ms
from .output import emit_json, progress, say, table


def bring_in(files: list[Path], out: Path | None, tasks: int | None, json: bool) -> int:
    if out is None:
        raise CoreCraftError("say where to, with --out RUN")
    outcomes: list[Outcome] = []

    def reading(path: Path) -> Iterator[Conversation]:
        for conversation in read(path):
            outcomes.append(outcome(conversation))
            yield conversation
        scores(outcomes, tasks)  # raises while nothing is written yet under its name

    with progress(json) as bar:
        step = bar.add_task(f"reading {counted(len(files), 'file')}", total=None)
        run = written(files, evolve(FORMAT, read=reading), out, wall_ms(), lambda: bar.advance(step))
    listed = scores(outcomes, tasks)
    if json:
        emit_json({"run": str(run.path), "episodes": len(run.episodes), "models": [told(one) for one in listed]})
    else:
        say(f"wrote {run.path}: {len(run.episodes):,} episodes")
        _tell(listed)
    return 0


def told(score: Score) -> dict[str, Any]:
    """As `--json` tells it."""
    return {
        "model": score.model,
        "tasks": score.tasks,
        "runs": len(score.by_run),
        "pass_at_1": score.pass_at_1,
        "deviation": score.deviation,
        "pass_at_3": score.pass_at_3,
        "pass_all_3": score.pass_all_3,
        "unevaluated": score.unevaluated,
        "missing": score.missing,
    }


def _tell(listed: list[Score]) -> None:
    headings = ["model", "tasks", "runs", "Pass@1", "Pass@3", "Pass^3", "not evaluated", "missing"]
    table("", headings, [_row(one) for one in listed])


def _row(score: Score) -> list[Any]:
    first = f"{score.pass_at_1:.1%} ± {100 * score.deviation:.1f}"
    over = ["—" if share is None else f"{share:.1%}" for share in (score.pass_at_3, score.pass_all_3)]
    runs = len(score.by_run)
    return [score.model, score.tasks, runs, first, *over, score.unevaluated, score.missing]
