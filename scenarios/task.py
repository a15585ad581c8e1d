"""Tasks: prompt, requester, world, tools and rubric, as data that can be stored, digested and read by others."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from ..engine.canonical import digest, encode
from .checks import AnyCheck

Tag = Literal["completeness", "correctness", "constraint", "format"]
"""The four kinds of criterion of the paper the project follows (its section 3.4)."""

Category = Literal["information_retrieval", "communication", "reasoning", "workflow"]


class Criterion(Struct, frozen=True):
    """One checkable assertion. `policy` names the rules it rests on (P-20, T-02)."""

    id: str
    text: str
    tag: Tag
    check: AnyCheck
    policy: tuple[str, ...] = ()


class Task(Struct, frozen=True):
    """What an agent is asked to do, and how it is known to be done.

    requester: who speaks (an employee or customer id). world: the recipe of the starting world.
    tools: the name of the toolset, e.g. `corecraft/base/benchmark`.
    """

    id: str
    title: str
    category: Category
    requester: str
    prompt: str
    world: dict[str, Any]
    tools: str
    criteria: tuple[Criterion, ...]
    seed: int = 0

    @property
    def digest(self) -> str:
        return digest(encode(self))

    @property
    def pin(self) -> dict[str, str]:
        """What `episode.opened` records."""
        return {"id": self.id, "digest": self.digest}
