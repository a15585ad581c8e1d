"""Agents: whoever, given an episode with its prompts, calls tools and comes back with a final answer.

A `Player` works on an open episode by itself: scripts, functions, people. An agent of `turns.py` does no I/O: it is shown what
was said so far and says its next turn, or what a model is to be asked for it; `loop.py` drives it, one or many at a time.
"""

from __future__ import annotations

from typing import Protocol

from ...engine.episode import Episode
from .scripted import NoSuchAgent, ScriptedAgent, scripted


class Player(Protocol):
    @property
    def name(self) -> str:
        """What runs are labelled with."""
        ...

    def play(self, episode: Episode) -> str:
        """Work on an open episode and return the final answer; the runner submits it."""
        ...


__all__ = ["NoSuchAgent", "Player", "ScriptedAgent", "scripted"]
