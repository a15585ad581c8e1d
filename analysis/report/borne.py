"""How entrants bore calls that were made to fail (docs/faults.md)."""

from __future__ import annotations

import duckdb
from attrs import frozen

from ..database import fetch


@frozen
class Borne:
    """Faults of an entrant's episodes by what became of them."""

    recovered: int
    doubled: int
    lost: int

    @property
    def faults(self) -> int:
        return self.recovered + self.doubled + self.lost

    @property
    def recovery(self) -> float:
        """The share that was recovered."""
        return self.recovered / self.faults


def borne(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Borne]:
    """By run and agent, forks left out; nobody of whom no call failed."""
    _, rows = fetch(
        con,
        "SELECT run, coalesce(agent, '') AS agent, count(*) FILTER (fate = 'recovered'), count(*) FILTER (fate = 'doubled'), "
        "count(*) FILTER (fate = 'lost') FROM faults JOIN episodes USING (run, episode) WHERE parent IS NULL GROUP BY ALL",
    )
    return {(run, agent): Borne(*counts) for run, agent, *counts in rows}
