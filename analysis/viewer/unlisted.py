"""Lines that the listing does not know yet. It is made anew only now and then, and who has just forked looks at the fork at
once: at its tree, and at what it may be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import asdict

from ...replay.otherwise import Otherwise, of_forks
from . import history
from .shelf import Shelf

Values = Mapping[str, Any]


def unlisted(shelf: Shelf, run: str, episode: str) -> list[Values]:
    """Rows, such as the listing and its edits have them, of a line that it does not know and of such ancestors; none of one
    that it knows. Raises UnknownEpisode."""
    found: list[Values] = []
    name: str | None = episode
    while name is not None and not shelf.ask(
        "SELECT 1 FROM parts.listing WHERE run = ? AND episode = ?", [shelf.column(run), name]
    ):
        its = history.page(shelf, run, name)
        line, parent = its.trajectory, its.trajectory.parent or {}
        found.append({
            "run": shelf.column(run), "episode": name, "parent": parent.get("episode"), "parent_seq": parent.get("seq"),
            "first_seq": line.inherited, "events": len(line) - line.inherited, "agent": its.labels.get("agent"),
            "status": its.status, "standing": its.verdict, "score": its.reward, "task_id": its.task.get("id"),
            "task_digest": its.task.get("digest"), "edits": asdict(of_forks(line).get(line.inherited, Otherwise())),
        })  # fmt: skip
        name = parent.get("episode")
    return found
