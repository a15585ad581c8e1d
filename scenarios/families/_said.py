"""What people wrote in Slack and in notes, put together from parts: since version 5 few of them are alike."""

from __future__ import annotations

from collections.abc import Sequence

from ...engine.chance import Chance


def in_parts(parts: Sequence[Sequence[str]], chance: Chance, **slots: object) -> str:
    """Of every part one alternative; an empty one is left out."""
    drawn = (chance.of("part", place).choice(part) for place, part in enumerate(parts))
    return " ".join(filter(None, drawn)).format(**slots)
