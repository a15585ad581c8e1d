"""An episode while it is played: what came since the reader's page was made, and when to look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from attrs import frozen

from . import history
from .hands import Fate
from .history import Item, Page
from .shelf import Shelf

SOONEST, LATEST = 1_000, 15_000
"""Milliseconds until the page looks again: soon after something came, later and later where nothing does."""
_REST = 10
"""A look comes at least so many times later as it took: reading a big run again must not keep the machine busy."""


@frozen
class Live:
    """What the page asks next. after: the last event that it has. wait: in how many milliseconds. line: who plays."""

    after: int
    wait: int
    line: str


@frozen
class Tail:
    """What is new. said: for those who do not see it come."""

    page: Page
    items: Sequence[Item]
    live: Live | None
    said: str


def live(page: Page, fate: Fate | None, wait: int = SOONEST) -> Live | None:
    """None for an episode of which nothing more is to come."""
    playing = fate is not None and fate.playing
    grading = page.status == "closed" and not page.grade and page.task and wait < LATEST
    if not (page.status == "open" or playing or grading):
        return None
    line = (
        fate.line if fate and playing else "closed, and not graded yet" if grading else "open: what comes is shown here"
    )
    return Live(len(page.trajectory) - 1, wait, line)


def tail(shelf: Shelf, run: str, episode: str, query: Mapping[str, str], fate: Fate | None) -> Tail:
    """query: as `Live` gave it to the page. Raises CoreCraftError."""
    began = monotonic()
    after, wait = (_number(query.get(name, "")) for name in ("after", "wait"))
    page = history.page(shelf, run, episode)
    items = [item for item in page.items if item.seq > after]
    took = int((monotonic() - began) * 1000)
    wait = max(SOONEST if items else min(LATEST, wait * 3 // 2), min(_REST * took, LATEST))
    on = live(page, fate, max(SOONEST, wait))
    return Tail(page, items, on, _said(page, items, on))


def _said(page: Page, items: Sequence[Item], on: Live | None) -> str:
    if on is None:
        verdict = {"waiting": ", and waits for a judge"}.get(page.verdict, f", {page.verdict}" if page.verdict else "")
        return f"The episode is {page.status}{verdict}"
    return f"{len(items)} new step{'' if len(items) == 1 else 's'}, up to event {on.after}" if items else ""


def _number(text: Any) -> int:
    return int(text) if text.isdecimal() and len(text) < 12 else 0
