"""CoreCraft, the retailer: its rows and tools stand in `tools/`, its world, families and texts here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..engine.world import World
from ..tools.tables import TABLES
from ..tools.toolset import TOOLSETS
from . import world as worlds
from .asides import ASIDES
from .company import OURS, Company
from .eastern import EST
from .families import families
from .family import SOUND
from .open_rules import ALTERNATIVES
from .policies import POLICIES, TOOL_FACTS
from .scene import Scene
from .traps import TRAPS
from .world.check import contradictions, violations

_HERE = files(__package__ or "")


def _scene(world: World, recipe: Mapping[str, Any]) -> Scene:
    return Scene(world, drawn=worlds.drawn_as(recipe), version=worlds.version_of(recipe))


COMPANY = Company(
    name=OURS,
    tables=TABLES,
    toolsets=TOOLSETS,
    zone=EST,
    policy=(_HERE / "prompts" / "system.md").read_text("utf-8"),
    signature="CoreCraft Support",
    families=families,
    people=("customer", "employee"),
    build=worlds.build,
    scene=_scene,
    contradicts=contradictions,
    violations=violations,
    splits={
        "labelled": Path(str(_HERE / "splits.json")),
        "natural": Path(str(_HERE / "splits.natural.json")),
    },
    about="CoreCraft, a retailer of PC parts",
    rules={**POLICIES, **TOOL_FACTS},
    traps=TRAPS,
    titled={"knowledge_base_article": "title", "product": "name", "build": "name"},
    alternatives=ALTERNATIVES,
    sound=SOUND,
    asides=ASIDES,
)
