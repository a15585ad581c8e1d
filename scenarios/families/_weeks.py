"""In which of the last four weeks a case lies."""

from __future__ import annotations

from ...engine.chance import Chance
from ..scene import Scene

_LATELY = {0: 5, 1: 4, 2: 1, 3: 0.5}
"""Weeks back in worlds since version 4: what is talked of is mostly new."""


def weeks_back(scene: Scene, chance: Chance) -> int:
    return chance.integer(0, 3) if scene.version < 4 else chance.weighted(_LATELY)
