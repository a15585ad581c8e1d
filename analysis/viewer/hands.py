"""What a viewer may do rather than show. `analysis` knows neither tools nor graders: `cli/hands.py` brings these hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from attrs import frozen

from ...engine.trajectory import Trajectory

Said = Literal["yes", "no", "cannot tell"]
"""What a reader says of a question."""


@frozen
class Fate:
    """What is being done about an episode: who plays it on or, where nobody does any more, why he could not go on."""

    line: str
    playing: bool


@frozen
class Put:
    """One question to a reader: a criterion of a closed episode that waits for one, or that he has answered already.

    cited: seqs that the grade names for it. asked: what the reader is to say yes or no to. waits: no verdict has settled it.
    said, why: what this reader said of it last; None where he has said nothing.
    """

    past: Trajectory
    criterion: str
    tag: str
    asked: str
    cited: tuple[int, ...]
    waits: bool
    said: Said | None = None
    why: str = ""


class Hands(Protocol):
    """Every method raises CoreCraftError with a line for the reader. Threads may share them."""

    def agents(self) -> Sequence[str]:
        """Who can play a fork on."""
        ...

    def fork(self, run: Path, episode: str, at: int, *, agent: str, continues: bool, answer: str, edits: str) -> str:
        """Start a line after this event and return its id; whoever plays it goes on in the background.

        agent: who, or "" for nobody. continues: he takes up what was read so far. answer: a final answer instead. edits: what
        it has otherwise, one a line, each in one of the `forms`.
        """
        ...

    def forms(self) -> Mapping[str, str]:
        """How an edit is written -> what it makes otherwise."""
        ...

    def fate(self, run: Path, episode: str) -> Fate | None:
        """What these hands are doing about an episode; None where that is nothing."""
        ...

    def rules(self) -> Sequence[str]:
        """How to judge."""
        ...

    def questions(self, run: Path, episode: str, reader: str) -> Sequence[Put]:
        """What an episode waits for, and what this reader has said of it."""
        ...

    def vote(self, run: Path, episode: str, criterion: str, said: Said, why: str, reader: str) -> bool:
        """Record what this reader says, and grade anew. Returns whether the criterion is settled now."""
        ...
