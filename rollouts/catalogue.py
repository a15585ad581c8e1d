"""What the service can open: CoreCraft's tasks, and bare worlds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ..engine.errors import CoreCraftError
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..scenarios.grading import grade
from ..scenarios.registry import named
from ..tools.toolset import by_name
from .hosting import NotInCatalogue, Opening
from .runner import Stage

STANDARD = "standard"


@frozen
class StageCatalogue:
    """A `Catalogue` over stages by name: tasks come from the standard one, a bare world from any.

    tools: the toolset of bare worlds, unless a request names another.
    """

    stages: Mapping[str, Stage]
    tools: str

    def open_task(self, task: str, toolset: str | None) -> Opening:
        stage = self.stages[STANDARD]
        try:
            chosen = named(stage.tasks, task)
        except CoreCraftError as error:
            raise NotInCatalogue(str(error)) from None
        return Opening(
            stage.world,
            _toolset(toolset or chosen.tools),
            stage.prompts(chosen),
            stage.pin(chosen),
            stage.system_text,
            stage.recipe,
            chosen,
            chosen.fixtures,
        )

    def open_bare(self, world: str, toolset: str | None) -> Opening:
        if world not in self.stages:
            raise NotInCatalogue(f"No world {world}. There are: {', '.join(self.stages)}")
        stage = self.stages[world]
        return Opening(stage.world, _toolset(toolset or self.tools), system=stage.system_text, recipe=stage.recipe)

    def grade(self, trajectory: Trajectory, task: str) -> dict[str, Any]:
        return grade(self.stages[STANDARD].tasks[task], trajectory).data()


def _toolset(name: str) -> Toolset:
    try:
        return by_name(name)
    except CoreCraftError as error:
        raise NotInCatalogue(str(error)) from None
