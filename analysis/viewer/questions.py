"""SQL as a page: an answer as a table with links to episodes, what of it can be plotted, and what there is to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from sys import getsizeof
from threading import Lock
from time import monotonic
from typing import Any, Literal
from uuid import uuid4

import msgspec
from attrs import define, field, frozen

from ...engine.errors import CoreCraftError
from ...engine.once import once
from ...replay.fields import shown
from ...replay.visible import visible
from .. import cookbook
from ..catalogue import CALL, FINAL, View, describe
from ..database import FORMS, QueryFailed, Stop, fetch, save, stream, within
from .shelf import Shelf
from .values import Shown, show

MOST = 1_000
"""Rows of an answer that are shown; a download has all."""
SECONDS = 30.0
LONGEST = 20_000
"""Characters of a question: it stands in an address."""
_COUNTING = 1.0
"""Seconds that a true count may take."""
_LONG, _LONGEST_CELL, _MOST_TEXT = 240, 10_000, 2_000_000
"""Characters of a cell that are shown at once, and when it is opened; and of all cells together."""

_MOST_HELD = 16_000_000
"""Bytes of rows after which no more are taken, however few they are."""

Target = tuple[str, str, int | None]
"""Where a cell leads: run, episode, event."""


@frozen
class Cell:
    """whole: all of a long text, of which `shown` is the beginning. number: whether it stands to the right."""

    shown: Shown
    whole: str = ""
    number: bool = False
    to: Target | None = None


@frozen
class Answer:
    """total: how many rows there are, None where counting them took too long. plot: what can be drawn of it, as JSON."""

    names: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: int | None
    seconds: float
    plot: str = ""


@define(slots=False, eq=False)
class Desk:
    """Where questions are asked. seconds: the longest that one may take. Threads may share it."""

    shelf: Shelf
    seconds: float = SECONDS
    _running: dict[str, Stop] = field(factory=dict[str, Stop], init=False)
    _saving: Lock = field(factory=Lock, init=False)
    _describing: Lock = field(factory=Lock, init=False)
    _described: Mapping[str, Sequence[View]] = field(factory=dict[str, Sequence[View]], init=False)

    def answer(self, sql: str, ticket: str = "") -> Answer:
        """ticket: a name for it, by which it can be cancelled. Raises QueryFailed."""
        _check(sql)
        stop = self._running[ticket] = Stop()
        try:
            con, began = self.shelf.connection(), monotonic()
            with stream(con, sql, timeout=self.seconds, most=MOST + 1, stop=stop) as (names, blocks):
                rows, whole = _first(blocks)
            seconds = monotonic() - began
            total = len(rows) if whole else self._count(sql)
        finally:
            self._running.pop(ticket, None)
        chart = plot(names, rows)
        text = msgspec.json.encode(chart).decode() if chart else ""
        return Answer([visible(name) for name in names], self._cells(names, rows), total, seconds, text)

    def _count(self, sql: str) -> int | None:
        try:
            _, rows = fetch(self.shelf.connection(), f"SELECT count(*) FROM {within(sql)}", timeout=_COUNTING)
        except QueryFailed:
            return None
        return rows[0][0]

    def stop(self, ticket: str) -> bool:
        """Cancel a question, and wait until it has ended. Whether there was one."""
        stop = self._running.get(ticket)
        if stop is not None:
            stop()
        return stop is not None

    def saved(self, sql: str, form: str) -> Path:
        """A new file with all rows, for the caller to remove. form: of FORMS. Raises QueryFailed."""
        _check(sql)
        if form not in FORMS:
            raise CoreCraftError(f"An answer can be had as {', '.join(FORMS)}")
        with self._saving:  # DuckDB may write to one file only
            save(self.shelf.connection(), sql, self.shelf.output, timeout=self.seconds, form=form)
            return self.shelf.output.rename(self.shelf.output.with_name(uuid4().hex))

    def catalogue(self) -> Mapping[str, Sequence[View]]:
        """Views with their columns, by group; found out once, since it takes seconds."""
        with self._describing:
            self._described = self._described or _grouped(describe(self.shelf.connection().cursor()))
            return self._described

    @once
    def cookbook(self) -> Mapping[str, Sequence[cookbook.Question]]:
        """Group -> its questions."""
        found: dict[str, list[cookbook.Question]] = {}
        for question in cookbook.questions():
            found.setdefault(question.group, []).append(question)
        return found

    # --- cells ---------------------------------------------------------------------------------------------------

    def _cells(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[Cell]]:
        """Fewer rows where they hold very much text."""
        places, found, size = self._places(rows), list[list[Cell]](), 0
        for row in rows:
            if size > _MOST_TEXT:
                break
            values = dict(zip(names, row, strict=True))
            cells = [_cell(value, _target(name, value, values, places)) for name, value in values.items()]
            size += sum(len(cell.whole) + len(cell.shown.text) for cell in cells)
            found.append(cells)
        return found

    def _places(self, rows: Sequence[Sequence[Any]]) -> dict[str, dict[str, str]]:
        """Ids of episodes in these rows -> what the column `run` calls the runs that have one -> those runs' names."""
        words = {value for row in rows for value in row if isinstance(value, str) and 0 < len(value) <= 200}
        known = self.shelf.ask(
            "SELECT episode, list(DISTINCT run) AS runs FROM parts.listing WHERE episode IN (SELECT unnest(?::VARCHAR[])) "
            "GROUP BY episode",
            [list(words)],
        )
        return {row["episode"]: {run: self.shelf.name(run) for run in row["runs"]} for row in known}


def _first(blocks: Iterator[list[tuple[Any, ...]]]) -> tuple[list[tuple[Any, ...]], bool]:
    """As many rows as are shown, and whether they are all."""
    rows, size = list[tuple[Any, ...]](), 0
    for block in blocks:
        for row in block:
            if len(rows) == MOST or size > _MOST_HELD:
                return rows, False
            rows.append(row)
            size += sum(map(getsizeof, row))
    return rows, True


_GROUPS = ("Tables", "Of one episode", "Rows at the end", "Rows at a point", "Calls of one tool")


def _grouped(views: Sequence[View]) -> dict[str, list[View]]:
    found: dict[str, list[View]] = {group: [] for group in _GROUPS}
    for view in views:
        if not view.typed:
            group = "Tables" if view.parameters is None else "Of one episode"
        elif view.name.startswith(CALL):
            group = "Calls of one tool"
        else:
            group = "Rows at the end" if view.name.startswith(FINAL) else "Rows at a point"
        found[group].append(view)
    return {group: own for group, own in found.items() if own}


def _check(sql: str) -> None:
    if not sql.strip():
        raise CoreCraftError("Nothing is asked")
    if len(sql) > LONGEST:
        raise CoreCraftError(f"This is longer than {LONGEST:,} characters: ask it with `corecraft sql RUN -f FILE`")


_SEQ = {"episode": "seq", "parent": "parent_seq"}
"""Column with an episode -> the column that says which event of it is meant."""


def _target(name: str, value: Any, row: Mapping[str, Any], places: Mapping[str, Mapping[str, str]]) -> Target | None:
    """The episode that a cell names, where it is clear of which run."""
    runs = places.get(value, {}) if isinstance(value, str) else {}
    run = runs.get(row["run"]) if isinstance(row.get("run"), str) else None
    if run is None and len(runs) == 1:
        (run,) = runs.values()
    if run is None:
        return None
    seq = row.get(_SEQ.get(name, ""))
    return run, value, seq if isinstance(seq, int) and seq >= 0 else None


def _cell(value: Any, to: Target | None) -> Cell:
    plain = _plain(value)
    number = isinstance(plain, int | float) and not isinstance(plain, bool)
    if isinstance(plain, float):
        return Cell(Shown("word", _rounded(plain)), number=True)
    if not isinstance(plain, str | list | dict):
        return Cell(show(plain), number=number, to=to)
    text = plain if isinstance(plain, str) else shown(plain)
    if len(text) <= _LONG:
        return Cell(show(plain), to=to)
    whole = visible(text, _LONGEST_CELL)
    return Cell(Shown("word", visible(text, _LONG)), whole=whole, to=to)


def _rounded(value: float) -> str:
    """As far as one reads figures; downloads have them in full."""
    return str(round(value, 4) if abs(value) >= 1 else float(f"{value:.4g}"))


def _plain(value: Any) -> Any:
    """What DuckDB gives, as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


# --- plots -----------------------------------------------------------------------------------------------------------

Kind = Literal["number", "time", "text"]
_WORD = 80
"""Characters of a text that still names something in a plot."""
_MOST_COLUMNS = 16
_MOST_SERIES = 6
_TELLING = ("reward", "pass_rate", "share")
"""Of several figures these are what a question was about."""
_YEAR_2000_MS = 946_684_800_000


@frozen
class Series:
    """A column that can be drawn. values: figures, seconds since 1970 in UTC, or names; None where there is none."""

    name: str
    kind: Kind
    values: Sequence[Any]


@frozen
class Plot:
    """What a reader sees first; he may choose other columns. x, y, by: columns; by: -1 where there is one line."""

    kind: Literal["bars", "line", "points"]
    x: int
    y: int
    by: int
    columns: Sequence[Series]


def plot(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Plot | None:
    """What suits the columns best, None where nothing does."""
    columns = [made for at, name in enumerate(names) if (made := _series(name, [row[at] for row in rows]))]
    columns = columns[:_MOST_COLUMNS]
    texts, times, numbers = (
        [at for at, column in enumerate(columns) if column.kind == kind] for kind in ("text", "time", "number")
    )
    if len(rows) < 2 or not numbers:
        return None
    telling = [at for at in numbers if columns[at].name.lower() in _TELLING]
    by = next((at for at in texts if 1 < len(set(columns[at].values)) <= _MOST_SERIES), -1)
    single = any(len(set(columns[at].values)) == len(rows) for at in texts)  # each row is one thing, such as an episode
    if times:
        kind = "line" if not single and _rises(columns, times[0], by) else "points"
        return Plot(kind, times[0], (telling or numbers)[0], by, columns)
    if texts and (len(numbers) == 1 or _tells_apart([columns[at] for at in texts[:2]], len(rows))):
        return Plot("bars", texts[0], (telling or numbers)[0], texts[1] if len(texts) > 1 else -1, columns)
    if len(numbers) == 1:
        return None
    x = numbers[0]
    y = next(at for at in [*telling, *numbers] if at != x)
    return Plot("line" if not single and _rises(columns, x, by) else "points", x, y, by, columns)


def _tells_apart(texts: Sequence[Series], rows: int) -> bool:
    return len(set(zip(*(text.values for text in texts), strict=True))) == rows


def _rises(columns: Sequence[Series], x: int, by: int) -> bool:
    """Whether a line through the rows goes from left to right, each series for itself."""
    last: dict[Any, Any] = {}
    for at, value in enumerate(columns[x].values):
        series = columns[by].values[at] if by >= 0 else None
        if value is None or (series in last and value <= last[series]):
            return False
        last[series] = value
    return True


def _series(name: str, values: Sequence[Any]) -> Series | None:
    told = [value for value in values if value is not None]
    if not told:
        return None
    if all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in told):
        if name.endswith("_ms") and all(value > _YEAR_2000_MS for value in told):
            return Series(visible(name), "time", [None if value is None else value / 1000 for value in values])
        return Series(visible(name), "number", [_figure(value) for value in values])
    if all(isinstance(value, date) for value in told) or all(map(_is_time, told)):
        return Series(visible(name), "time", [None if value is None else _instant(value) for value in values])
    if all(isinstance(value, str | bool) and len(str(value)) <= _WORD for value in told):
        return Series(
            visible(name),
            "text",
            [
                None if value is None else visible(shown(value) if isinstance(value, bool) else value)
                for value in values
            ],
        )
    return None


def _figure(value: Any) -> float | int | None:
    """JSON has no infinity."""
    plain = _plain(value)
    return plain if isinstance(plain, int) or (plain is not None and abs(plain) < float("inf")) else None


_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?")


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and _ISO.fullmatch(value) is not None and _instant(value) is not None


def _instant(value: Any) -> float | None:
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
