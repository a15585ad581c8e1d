"""What scripted models say in every framework: the reference of a task, its first two calls in one turn.

For drivers too, which run in environments that have CoreCraft and a framework and nothing else.
"""

from __future__ import annotations

from typing import Any

from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage


def turns(stage: Stage, id: str) -> tuple[list[list[tuple[str, dict[str, Any]]]], str]:
    """The calls of each turn, and the answer."""
    episode, task = stage.open(stage.tasks[id], "reference"), stage.tasks[id]
    answer = scripted(task, "reference").play(episode)
    calls = [(call.tool, dict(call.arguments)) for call in episode.trajectory().calls()]
    return [calls[:2], *([call] for call in calls[2:])], answer


def said(stage: Stage, id: str, replies: int) -> list[tuple[str, dict[str, Any]]] | str:
    """What comes after so many replies: calls, or the answer."""
    spoken, answer = turns(stage, id)
    for calls in spoken:
        if replies == 0:
            return calls
        replies -= len(calls)
    return answer
