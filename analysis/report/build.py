"""A report over one or several runs: who was measured on what, with which figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from ..caveats import damage
from ..database import connect, run_names
from ..figures import Estimate
from .borne import Borne, borne
from .cautions import cautions
from .comparison import Comparison, compare, named
from .entrants import Entrant, entrants
from .outcomes import read
from .scores import BY, Amount, By, Point, Score, came_of, curve, efforts, lost, score_of, scores_by


@frozen
class Standing:
    """One entrant with its figures over all of its tasks."""

    entrant: Entrant
    score: Score
    curve: Sequence[Point]
    efforts: Mapping[str, Amount | None]
    borne: Borne | None = None
    """How calls that failed were borne; None where none did."""


@frozen
class Report:
    """standings: the best pass@1 by code first. cautions: what must be known before the figures are believed."""

    standings: Sequence[Standing]
    comparison: Comparison | None
    cautions: Sequence[str]

    def rows(self, by: By | None = None) -> list[dict[str, Any]]:
        """A dict an entrant, or an entrant and value of `by`: plain figures, None where there are none."""
        if by is None:
            return [
                {**_about(each), **_figures(each.score), **_means(each.efforts), **_faults(each.borne)}
                for each in self.standings
            ]
        return [
            {**_about(each), by: value, **_figures(score)}
            for each in self.standings
            for value, score in scores_by(each.entrant, by).items()
        ]

    def data(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        return {
            "standings": [_data(each) for each in self.standings],
            "comparison": asdict(self.comparison) if self.comparison else None,
            "cautions": list(self.cautions),
        }


def report(
    *runs: Path | str, split: str | None = None, trials: int | None = None, compared: tuple[str, str] | None = None
) -> Report:
    """Figures of everybody who played in these run folders (docs/report.md).

    split: a published split whose tasks are planned, instead of all that a run stores. trials: how many are planned a task,
    instead of the highest number played. compared: two entrants, by name, run or agent.
    Raises CoreCraftError for what is no run, runs without episodes, and a comparison that would mean nothing.
    """
    paths = [Path(run) for run in runs]
    with closing(connect(paths)) as con:
        players = entrants(read(con, list(run_names(paths))), split, trials)
        damaged, failed = list(damage(con, paths)), borne(con)
    standings = [
        Standing(each, score_of(each), curve(each), efforts(each), failed.get((each.run, each.agent)))
        for each in players
    ]
    comparison = compare(named(players, compared[0]), named(players, compared[1])) if compared else None
    known = [*damaged, *cautions([(each.entrant, each.score) for each in standings])]
    return Report(sorted(standings, key=_rank), comparison, known)


def _rank(standing: Standing) -> tuple[float, float, str]:
    code = standing.score.code
    return -_value(code.pass_at_1), -_value(code.reward), standing.entrant.name


def _value(estimate: Estimate | None) -> float:
    return estimate.value if estimate else -1.0


# --- as plain data ---------------------------------------------------------------------------------------------------


def _about(standing: Standing) -> dict[str, Any]:
    entrant, origin = standing.entrant, standing.entrant.origin
    return {
        "entrant": entrant.name,
        "run": entrant.run,
        "agent": entrant.agent,
        "split": origin.split.name if origin.split else None,
        "split_digest": origin.split.digest if origin.split else None,
        "worlds": list(origin.worlds),
        "toolsets": list(origin.toolsets),
        "engines": list(origin.engines),
        "judges": list(origin.judges),
        "trials": entrant.planned,
    }


def _figures(score: Score) -> dict[str, Any]:
    figures = asdict(score.tally)
    for name, reading in (("code", score.code), ("judged", score.judged)):
        figures |= _spread(f"{name}_pass_at_1", reading and reading.pass_at_1)
        figures |= _spread(f"{name}_reward", reading and reading.reward)
        figures[f"{name}_undecided"] = reading and reading.undecided
    return figures


def _spread(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    parts = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), parts, strict=True))


def _faults(borne: Borne | None) -> dict[str, float | None]:
    return {"faults": borne.faults if borne else 0, "recovery": borne and borne.recovery}


def _means(efforts: Mapping[str, Amount | None]) -> dict[str, float | None]:
    return {name: amount and amount.mean for name, amount in efforts.items()}


def _data(standing: Standing) -> dict[str, Any]:
    return {
        **_about(standing),
        "score": asdict(standing.score),
        "curve": [asdict(point) for point in standing.curve],
        "efforts": {name: amount and asdict(amount) for name, amount in standing.efforts.items()},
        "borne": standing.borne and {**asdict(standing.borne), **_faults(standing.borne)},
        "by": {by: {value: asdict(score) for value, score in scores_by(standing.entrant, by).items()} for by in BY},
        "lost": [asdict(one) for one in lost(standing.entrant.scored)],
        "failures": dict(came_of(standing.entrant.scored)),
    }
