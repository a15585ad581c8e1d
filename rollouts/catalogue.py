"""What the service can open: CoreCraft's tasks, and bare worlds."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from ..engine.errors import CoreCraftError, DigestMismatch
from ..engine.trajectory import Trajectory
from ..scenarios.grading import grade
from ..scenarios.registry import named
from .hosting import NotInCatalogue
from .opening import Opening
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
        with _known():
            return stage.opening(named(stage.tasks, task), toolset)

    def open_bare(self, world: str, toolset: str | None) -> Opening:
        if world not in self.stages:
            raise NotInCatalogue(f"No world {world}. There are: {', '.join(self.stages)}")
        with _known():
            return self.stages[world].bare(toolset or self.tools)

    def reopen(self, opened: Mapping[str, Any]) -> Opening:
        for stage in self.stages.values():
            if stage.world.genesis.digest == opened["genesis"]:
                with _known():
                    return stage.bare(opened["tools"])
        raise NotInCatalogue(f"its world {opened['genesis'][:16]} is none of those served; serve it with --world")

    def grade(self, trajectory: Trajectory, task: str) -> dict[str, Any]:
        """Raises DigestMismatch when the task is no longer what the episode was opened on."""
        stage = self.stages[STANDARD]
        chosen = stage.tasks[task]
        recorded, present = trajectory.events[0].data["task"]["digest"], stage.pin(chosen)["digest"]
        if recorded != present:
            raise DigestMismatch("task", recorded, present)
        return grade(chosen, trajectory).data()


@contextmanager
def _known() -> Generator[None]:
    try:
        yield
    except CoreCraftError as error:
        raise NotInCatalogue(str(error)) from None
