"""What a scripted agent sits at: it may call tools and think aloud, and nothing else."""

from __future__ import annotations

from typing import Any, Protocol


class Desk(Protocol):
    """An agent's view of an episode. Reference solutions read the world only through `call`."""

    def call(self, tool: str, **arguments: Any) -> Any:
        """The decoded reply. Raises CoreCraftError for a rejection: a solution does not run into errors unawares."""
        ...

    def attempt(self, tool: str, **arguments: Any) -> Any:
        """The decoded reply; a rejection is `{"error": ...}`: for a try that is expected to fail."""
        ...

    def say(self, text: str) -> None:
        """A model turn without a tool call: a thought that is kept in the history."""
        ...


def page_by_date(desk: Desk, tool: str, newest: str = "createdAt", **arguments: Any) -> list[dict[str, Any]]:
    """All rows of a capped search, newest first: `created_before` moves to the oldest row of each full page (T-01)."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        page = desk.call(tool, limit=10, **arguments)
        known = len(found)
        found |= {row["id"]: row for row in page}
        if len(page) < 10 or len(found) == known:
            return list(found.values())
        arguments["created_before"] = page[-1][newest]
