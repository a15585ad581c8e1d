"""What a model run shows while it plays: a small table on a terminal, a line now and then through a pipe.

Each finished episode and each answer of the model is looked at once; drawing does not depend on how many there were.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from math import sqrt
from types import TracebackType

from attrs import define, field, frozen
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..rollouts.agents.turns import Ask, Completion
from ..rollouts.batch import Played
from ..rollouts.endpoints import TOKENS, Price, tokens
from ..rollouts.loop import Endpoint
from ..rollouts.schedule import Schedule
from .output import errors, say

FAMILIES = 6
"""Up to so many families have a line each; of more their categories have."""
REFRESHES = 4
"""A second."""
EVERY = 10.0
"""Seconds from one line to the next through a pipe."""


@define
class Tally:
    """How far some of the jobs are."""

    planned: int = 0
    done: int = 0
    graded: int = 0
    passed: int = 0
    reward: float = 0.0

    def add(self, one: Played) -> None:
        self.done += 1
        if one.grade is not None:
            self.graded += 1
            self.passed += one.grade.code_passed is True
            self.reward += one.grade.code_reward or 0

    @property
    def rate(self) -> str:
        """Passed of the graded, with its 95 % interval."""
        if not self.graded:
            return "-"
        low, high = interval(self.passed, self.graded)
        return f"{self.passed / self.graded:.0%} ({low:.0%} to {high:.0%})"

    @property
    def mean(self) -> str:
        return f"{self.reward / self.graded:.3f}" if self.graded else "-"


@define
class Watch:
    """What is known of a schedule while it plays. A context manager: it shows that, unless it is to be quiet."""

    what: str
    schedule: Schedule
    price: Price | None = None
    quiet: bool = False
    all: Tally = field(init=False)
    parts: dict[str, Tally] = field(init=False)
    """By family or category."""
    here: int = field(default=0, init=False)
    """Episodes that ended since it began; the others of `all.done` were there already."""
    lost: Counter[str] = field(factory=Counter, init=False)
    """Episodes that failed or were voided, by status."""
    usage: Counter[str] = field(factory=Counter, init=False)
    """Tokens of all answers since it began, by TOKENS; the run puts its schedule's here where others ask for us."""
    retried: int = field(default=0, init=False)
    """How often the endpoint had to be asked again."""
    began: float = field(factory=time.monotonic, init=False)
    _part: str = field(init=False)
    _told: float = field(factory=time.monotonic, init=False)
    _live: Live = field(init=False)

    def __attrs_post_init__(self) -> None:
        jobs = self.schedule.jobs
        self._part = "family" if len({job.task.family for job in jobs}) <= FAMILIES else "category"
        planned = Counter[str](getattr(job.task, self._part) for job in jobs)
        self.all = Tally(len(jobs))
        self.parts = {part: Tally(number) for part, number in sorted(planned.items())}
        self._live = Live(get_renderable=self._drawn, console=errors, refresh_per_second=REFRESHES, transient=True)

    def __enter__(self) -> Watch:
        if errors.is_terminal and not self.quiet:
            self._live.start(refresh=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()
        self._look()
        if self.here:
            self._tell(time.monotonic())

    def done(self, _: Played) -> None:
        """An episode has ended."""
        self.here += 1
        self._look()
        if (now := time.monotonic()) - self._told >= EVERY:
            self._tell(now)

    def answered(self, completion: Completion) -> None:
        """The model has answered."""
        self._look()
        self.retried += completion.beside.get("retries", 0)
        self.usage.update(tokens(completion.body.get("usage")))

    def _look(self) -> None:
        """At what is finished and was not seen yet; a dict keeps the order in which they ended."""
        played = self.schedule.played
        for one in islice(reversed(played.values()), len(played) - self.all.done):
            self.all.add(one)
            self.parts[getattr(one.task, self._part)].add(one)
            if one.grade is None:
                self.lost[one.status] += 1

    # --- what is shown -----------------------------------------------------------------------------------------------

    def _tell(self, now: float) -> None:
        self._told = now
        if not self.quiet and not errors.is_terminal:
            figures = (
                f"{self.all.done} of {self.all.planned}",
                f"passed {self.all.rate}",
                f"mean reward {self.all.mean}",
            )
            say(f"{self.what}: {', '.join((*figures, *self._spent(), *self._state(), self._time()))}", to=errors)

    def _drawn(self) -> Group:
        table = Table(header_style="bold", box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        table.add_column(Text(self.what), no_wrap=True)
        for column in ("done", "passed (95 %)", "mean reward"):
            table.add_column(column, justify="right", no_wrap=True)
        for part, tally in self.parts.items() if len(self.parts) > 1 else ():
            table.add_row(Text(part), *_cells(tally))
        table.add_row(Text("all", "bold"), *_cells(self.all))
        return Group(table, Text(", ".join((*self._spent(), *self._state()))), Text(self._time()))

    def _spent(self) -> list[str]:
        read, written = (self.usage[name] / 1e6 for name in TOKENS)
        parts = [f"{read:.2f}M tokens in, {written:.2f}M out"] if self.usage else []
        return parts if self.price is None else [*parts, f"${self.price.of(self.usage):.2f}"]

    def _state(self) -> list[str]:
        counts = {"open": len(self.schedule.open), "elsewhere": len(self.schedule.elsewhere), **self.lost,
                  "asked again": self.retried}  # fmt: skip
        return [f"{number} {what}" for what, number in counts.items() if number]

    def _time(self) -> str:
        elapsed = time.monotonic() - self.began
        left = self.all.planned - self.all.done - len(self.schedule.elsewhere)
        parts = [_clock(elapsed)]
        if self.here and left > 0:
            parts.append(f"about {_clock(elapsed / self.here * left)} left")
        return ", ".join(parts)


@frozen
class Metered:
    """An endpoint whose answers a watch counts."""

    endpoint: Endpoint
    watch: Watch

    async def complete(self, ask: Ask) -> Completion:
        completion = await self.endpoint.complete(ask)
        self.watch.answered(completion)
        return completion


def _cells(tally: Tally) -> Sequence[str]:
    return f"{tally.done} of {tally.planned}", tally.rate, tally.mean


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


def interval(passed: int, graded: int) -> tuple[float, float]:
    """Where the share lies at 95 % (Wilson)."""
    z, p = 1.96, passed / graded
    middle = (p + z * z / (2 * graded)) / (1 + z * z / graded)
    half = z / (1 + z * z / graded) * sqrt(p * (1 - p) / graded + z * z / (4 * graded * graded))
    return max(0, middle - half), min(1, middle + half)
