"""What a scripted agent sits at: it may call tools and think aloud, and nothing else."""

from __future__ import annotations

from typing import Any, Protocol


class Desk(Protocol):
    """An agent's view of an episode. Reference solutions read the world only through `call`."""

    def call(self, tool: str, **arguments: Any) -> Any:
        """The decoded reply; a rejection is `{"error": ...}`."""
        ...

    def say(self, text: str) -> None:
        """A model turn without a tool call: a thought that is kept in the history."""
        ...
