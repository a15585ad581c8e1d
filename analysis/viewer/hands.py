"""What a viewer may do rather than show. `analysis` knows neither tools nor graders: `cli/ui.py` brings these hands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen


@frozen
class Put:
    """One question to a judge: a criterion of a closed episode that waits for a reader.

    cited: seqs that the grade names for it. asked: what the judge is to say yes or no to. said: what this reader has said
    already, "yes", "no", "cannot tell" or "".
    """

    episode: str
    criterion: str
    tag: str
    asked: str
    text: str
    cited: tuple[int, ...]
    said: str = ""


class Hands(Protocol):
    """Every method raises CoreCraftError with a line for the reader."""

    def agents(self) -> Sequence[str]:
        """Who can play a fork on."""
        ...

    def fork(self, run: Path, episode: str, at: int, *, agent: str, answer: str, edit: str) -> str:
        """Start a line after this event and return its id; whoever plays it goes on in the background.

        agent: who, or "" for nobody. answer: a final answer instead. edit: `ENTITY/ID FIELD=JSON`, or "".
        """
        ...

    def questions(self, run: Path, episode: str, reader: str) -> Sequence[Put]:
        """What an episode waits for."""
        ...

    def vote(self, run: Path, question: Put, verdict: bool | None, reader: str) -> None:
        """Record what this reader says, and grade anew. verdict: None for "cannot tell"."""
        ...


def nothing(_: Any = None) -> tuple[()]:
    return ()
