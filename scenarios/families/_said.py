"""What people wrote in Slack and in notes, put together from parts: since version 5 few of them are alike."""

from __future__ import annotations

from collections.abc import Sequence

from ...engine.chance import Chance
from ..world.talk import drawn_parts, joined


def in_parts(parts: Sequence[Sequence[str]], chance: Chance, **slots: object) -> str:
    """Of every part one alternative, or nothing where one is empty."""
    return joined(drawn_parts(parts, chance)).format(**slots)
