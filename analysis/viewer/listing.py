"""Runs, and the episodes of one: filtered, sorted and paged by DuckDB, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import evolve, frozen

from ..figures import Estimate, estimate
from .shelf import Shelf

PAGE = 100
"""Rows of the table at once."""
MOST_CHOICES = 60
"""Values offered of a filter; others are found by typing."""

COLUMNS: Mapping[str, tuple[str, str]] = {
    "episode": ("Episode", "episode"),
    "task": ("Task", "task_id"),
    "agent": ("Agent", "agent"),
    "score": ("Reward", "score"),
    "verdict": ("Verdict", "list_position(['', 'failed', 'waiting', 'passed'], standing)"),
    "calls": ("Calls", "calls"),
    "rejections": ("Rejected", "rejections"),
    "turns": ("Turns", "turns"),
    "tokens": ("Tokens", "tokens"),
    "cost": ("Cost", "cost_usd"),
    "status": ("Status", "status"),
    "began": ("Began", "began_wall_ms"),
}
"""Name in addresses -> heading, and what is sorted by."""

FILTERS: Mapping[str, tuple[str, str]] = {
    "family": ("Family", "family = ?"),
    "agent": ("Agent", "agent = ?"),
    "status": ("Status", "status = ?"),
    "category": ("Category", "category = ?"),
    "failure": ("Failure", "list_contains(failures, ?)"),
}
"""Name in addresses -> heading, and what it asks for."""

VERDICTS: Mapping[str, tuple[str, str]] = {
    "passed": ("passed", "standing = 'passed'"),
    "failed": ("failed", "standing = 'failed'"),
    "waiting": ("waits for a judge", "standing = 'waiting'"),
    "ungraded": ("not graded", "standing = ''"),
}
LINES: Mapping[str, tuple[str, str]] = {
    "roots": ("without forks", "parent IS NULL"),
    "forks": ("forks only", "parent IS NOT NULL"),
}


@frozen
class Choice:
    """What a reader asks of the table, as it stands in the address."""

    filters: Mapping[str, str] = {}
    verdict: str = ""
    lines: str = ""
    text: str = ""
    sort: str = "episode"
    down: bool = False
    page: int = 1
    size: int = PAGE

    @classmethod
    def of(cls, query: Mapping[str, str], size: int = PAGE) -> Choice:
        """From an address; what makes no sense is left out."""
        page = query.get("page", "1")
        return cls(
            filters={name: query[name] for name in FILTERS if query.get(name)},
            verdict=query.get("verdict", "") if query.get("verdict") in VERDICTS else "",
            lines=query.get("lines", "") if query.get("lines") in LINES else "",
            text=query.get("q", "")[:200],
            sort=query.get("sort", "") if query.get("sort") in COLUMNS else "episode",
            down=query.get("down") == "1",
            page=int(page) if page.isdecimal() and len(page) < 7 and int(page) else 1,
            size=size,
        )

    def address(self, **other: Any) -> str:
        """The query part of the address of this choice, or of one that differs."""
        choice = evolve(self, **other)
        parts = {**choice.filters, "verdict": choice.verdict, "lines": choice.lines, "q": choice.text}
        parts |= {"sort": choice.sort if choice.sort != "episode" else "", "down": "1" if choice.down else ""}
        parts["page"] = str(choice.page) if choice.page > 1 else ""
        return urlencode({name: value for name, value in parts.items() if value})

    def sorted_by(self, name: str) -> str:
        """The address of the same, sorted by a column: figures from the top, by the same column again the other way round."""
        down = not self.down if name == self.sort else name not in ("episode", "task", "agent")
        return self.address(sort=name, down=down, page=1)

    @property
    def conditions(self) -> tuple[str, list[Any]]:
        """WHERE, besides the run, and its values."""
        parts = [FILTERS[name][1] for name in self.filters]
        values: list[Any] = list(self.filters.values())
        parts += [VERDICTS[self.verdict][1]] if self.verdict else []
        parts += [LINES[self.lines][1]] if self.lines else []
        for word in self.text.lower().split():
            parts.append("contains(words, ?)")
            values.append(word)
        return "".join(f" AND {part}" for part in parts), values


@frozen
class Table:
    """A page of episodes. total: how many the choice leaves. pages: as many as they fill."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    choice: Choice

    @property
    def filled(self) -> set[str]:
        """The columns that say something of any of these rows."""
        always = {"episode", "verdict", "calls", "status", "began"}
        return always | {name for name, (_, column) in COLUMNS.items() if any(row.get(column) for row in self.rows)}

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.choice.size))


def table(shelf: Shelf, run: str, choice: Choice) -> Table:
    where, values = choice.conditions
    values = [shelf.column(run), *values]
    (counted,) = shelf.ask(f"SELECT count(*) AS total FROM parts.listing WHERE run = ?{where}", values)
    page = min(choice.page, max(1, -(-counted["total"] // choice.size)))
    order = f"{COLUMNS[choice.sort][1]} {'DESC' if choice.down else 'ASC'} NULLS LAST, episode"
    rows = shelf.ask(
        f"SELECT * EXCLUDE (answer, labels, words) FROM parts.listing WHERE run = ?{where} ORDER BY {order} "
        f"LIMIT {choice.size} OFFSET {(page - 1) * choice.size}",
        values,
    )
    return Table(rows, counted["total"], evolve(choice, page=page))


def choices(shelf: Shelf, run: str) -> dict[str, list[tuple[str, int]]]:
    """What there is to choose for each filter, with how many episodes have it."""
    column, found = shelf.column(run), {}
    for name in FILTERS:
        value = "unnest(failures)" if name == "failure" else name
        rows = shelf.ask(
            f"SELECT value, count(*) AS times FROM (SELECT {value} AS value FROM parts.listing WHERE run = ?) "
            f"WHERE value IS NOT NULL GROUP BY value ORDER BY value LIMIT {MOST_CHOICES}",
            [column],
        )
        found[name] = [(row["value"], row["times"]) for row in rows]
    return found


def neighbours(shelf: Shelf, run: str, episode: str, choice: Choice) -> tuple[str, str]:
    """The episodes before and after one, in the table that the reader came from; "" where there is none."""
    where, values = choice.conditions
    order = f"{COLUMNS[choice.sort][1]} {'DESC' if choice.down else 'ASC'} NULLS LAST, episode"
    rows = shelf.ask(
        f"SELECT before, after FROM (SELECT episode, lag(episode) OVER w AS before, lead(episode) OVER w AS after "
        f"FROM parts.listing WHERE run = ?{where} WINDOW w AS (ORDER BY {order})) WHERE episode = ?",
        [shelf.column(run), *values, episode],
    )
    return (rows[0]["before"] or "", rows[0]["after"] or "") if rows else ("", "")


# --- runs --------------------------------------------------------------------------------------------------------


@frozen
class Entrant:
    """One agent in one run, forks left out. Intervals are of 95 %, over tasks."""

    run: str
    agent: str
    episodes: int
    tasks: int
    passed: Estimate | None
    reward: Estimate | None
    waiting: int
    open: int
    tokens: int | None
    cost: float | None


def entrants(shelf: Shelf) -> list[Entrant]:
    """Every run with its agents. A run of many tasks has its figures over all of them."""
    counts = shelf.ask(
        "SELECT run, coalesce(agent, '') AS agent, count(*) AS episodes, count(DISTINCT task_id) AS tasks, "
        "sum(waiting)::BIGINT AS waiting, count(*) FILTER (status = 'open') AS open, sum(tokens)::BIGINT AS tokens, "
        "sum(cost_usd) AS cost FROM parts.listing WHERE parent IS NULL GROUP BY ALL ORDER BY run, agent"
    )
    scores = shelf.ask(
        "SELECT run, coalesce(agent, '') AS agent, concat_ws(' ', task_id, task_digest) AS task, avg(score) AS reward, "
        "avg(coalesce(verdict, false)::INT) AS passed FROM parts.listing WHERE parent IS NULL AND score IS NOT NULL "
        "AND task_id IS NOT NULL AND status NOT IN ('failed', 'voided') GROUP BY ALL"
    )
    own: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in scores:
        own.setdefault((row["run"], row["agent"]), []).append(row)
    return [_entrant(shelf, row, own.get((row["run"], row["agent"]), [])) for row in counts]


def _entrant(shelf: Shelf, row: Mapping[str, Any], scores: Sequence[Mapping[str, Any]]) -> Entrant:
    passed, reward = (estimate({one["task"]: one[what] for one in scores}) for what in ("passed", "reward"))
    return Entrant(
        shelf.name(row["run"]), row["agent"], row["episodes"], row["tasks"], passed, reward,
        row["waiting"] or 0, row["open"], row["tokens"], row["cost"],
    )  # fmt: skip
