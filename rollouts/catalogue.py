"""What the service can open: the tasks of a company, and bare worlds."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import evolve, frozen

from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from ..engine.world import World
from ..scenarios.company import recorded
from ..scenarios.grading import grade
from ..scenarios.task import Criterion
from .hosting import NotInCatalogue
from .opening import Opening
from .runner import Stage, criterion_of, task_from

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
            return stage.opening(stage.tasks[task], toolset)

    def open_bare(self, world: str, toolset: str | None) -> Opening:
        if world not in self.stages:
            raise NotInCatalogue(f"No world {world}. There are: {', '.join(self.stages)}")
        with _known():
            return self.stages[world].bare(toolset or self.tools)

    def reopen(self, opened: Mapping[str, Any]) -> Opening:
        with _known():
            return evolve(self._stage_of(opened).bare(opened["tools"]), toolset=recorded(opened))

    def _stage_of(self, opened: Mapping[str, Any]) -> Stage:
        for stage in self.stages.values():
            if stage.world.genesis.digest == opened["genesis"]:
                return stage
        raise NotInCatalogue(f"its world {opened['genesis'][:16]} is none of those served; serve it with --world")

    def grade(self, trajectory: Trajectory, task: bytes) -> dict[str, Any]:
        """Raises CoreCraftError for a task that another version wrote."""
        return grade(task_from(task), trajectory, self._world_of(trajectory)).data()

    def criterion(self, trajectory: Trajectory, task: bytes, id: str) -> Criterion:
        stored = task_from(task)
        with _known():
            return criterion_of(stored, trajectory, self._world_of(trajectory), id)

    def _world_of(self, trajectory: Trajectory) -> World:
        return self._stage_of(trajectory.events[0].data).world


@contextmanager
def _known() -> Generator[None]:
    try:
        yield
    except CoreCraftError as error:
        raise NotInCatalogue(str(error)) from None
