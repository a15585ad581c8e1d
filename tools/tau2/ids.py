"""Ids that tau2 draws at random, derived from the call and the world instead, so that a replay gives them again."""

from __future__ import annotations

import uuid  # noqa: TID251 - nothing is drawn: its type is what tau2 expects
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from ...engine.canonical import encode
from ...engine.world import World
from .package import modules, part


class DerivedIds:
    """Stands in for the module `uuid` in the modules of one domain."""

    def __init__(self) -> None:
        self._seed: Callable[[], bytes] = bytes
        self._drawn = 0

    def begin(self, world: World, *call: Any) -> None:
        """What the ids of the next call are derived from. Worked out only if one is drawn, which is rare."""
        self._seed = lambda: encode([world.state_hash.to_bytes(16).hex(), *call])
        self._drawn = 0

    def uuid4(self) -> Any:
        self._drawn += 1
        made = sha256(self._seed() + self._drawn.to_bytes(4)).digest()[:16]
        return uuid.UUID(bytes=made, version=4)


def derive_ids(domain: str) -> DerivedIds:
    """Replace `uuid` in the modules of a domain."""
    ids = DerivedIds()
    for module in map(part, modules(domain)):
        if getattr(module, "uuid", None) is uuid:
            module.uuid = ids
    return ids
