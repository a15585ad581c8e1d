"""All tasks by id, with the scripted agents that play them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Any

from attrs import frozen

from ..engine.errors import CoreCraftError
from ..engine.world import World
from .desk import Desk
from .seeds import s1_popularity, s2_delivery_date, s3_search_terms, s4_tier_branch
from .task import Task

Script = Callable[[Desk], str]


@frozen
class Scripted:
    """How a task is played by script: `reference` earns every criterion, `failing` loses exactly `failing_loses`."""

    reference: Script
    failing: Script
    failing_loses: tuple[str, ...]

    def by_name(self, agent: str) -> Script:
        scripts: Mapping[str, Script] = {"reference": self.reference, "failing": self.failing}
        if agent not in scripts:
            raise CoreCraftError(f"No agent {agent!r}. Scripted agents: {', '.join(scripts)}")
        return scripts[agent]


_MODULES: tuple[ModuleType, ...] = (s1_popularity, s2_delivery_date, s3_search_terms, s4_tier_branch)

SCRIPTS: Mapping[str, Scripted] = {
    module.ID: Scripted(module.reference, module.failing, module.FAILING_LOSES) for module in _MODULES
}


def load_tasks(world: World, recipe: dict[str, Any]) -> dict[str, Task]:
    """Every task, its truth derived from this world."""
    return {module.ID: module.task(world, recipe) for module in _MODULES}


def named(tasks: Mapping[str, Task], id: str) -> Task:
    """A task by id, or one clear line."""
    if id not in tasks:
        raise CoreCraftError(f"No task {id!r}. There are: {', '.join(tasks)}")
    return tasks[id]


@cache
def system_prompt() -> str:
    """The company's policy, as the agent reads it."""
    return (files("corecraft.scenarios") / "prompts" / "system.md").read_text("utf-8")
