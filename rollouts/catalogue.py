"""What the service can open: CoreCraft's tasks, and bare worlds."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from attrs import frozen

from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from ..engine.world import World
from ..scenarios.grading import grade
from ..scenarios.registry import NAMED, TaskBook, posed_again
from ..scenarios.splits import task_ids
from ..scenarios.task import Criterion, Task
from .hosting import NotInCatalogue
from .opening import Opening
from .runner import Stage, task_from

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
            found = stage.tasks[task]
        except KeyError:
            raise NotInCatalogue(f"No task {task[:100]!r}. Near it: {', '.join(_near(task, stage.tasks))}") from None
        with _known():
            return stage.opening(found, toolset)

    def open_bare(self, world: str, toolset: str | None) -> Opening:
        if world not in self.stages:
            raise NotInCatalogue(f"No world {world}. There are: {', '.join(self.stages)}")
        with _known():
            return self.stages[world].bare(toolset or self.tools)

    def reopen(self, opened: Mapping[str, Any]) -> Opening:
        with _known():
            return self._stage_of(opened).bare(opened["tools"])

    def _stage_of(self, opened: Mapping[str, Any]) -> Stage:
        for stage in self.stages.values():
            if stage.world.genesis.digest == opened["genesis"]:
                return stage
        raise NotInCatalogue(f"its world {opened['genesis'][:16]} is none of those served; serve it with --world")

    def grade(self, trajectory: Trajectory, task: bytes) -> dict[str, Any]:
        """Raises CoreCraftError for a task that another version wrote."""
        return grade(task_from(task), trajectory, self._world_of(trajectory)).data()

    def criterion(self, trajectory: Trajectory, task: bytes, id: str) -> Criterion:
        """Of an edited fork, that of its task as it is posed on its own world: it may ask something else."""
        posed = task_from(task)
        if trajectory.edits:
            posed = posed_again(posed, self._world_of(trajectory), trajectory.edits)
        criteria = {criterion.id: criterion for criterion in posed.criteria} if posed else {}
        if id not in criteria:
            raise NotInCatalogue(f"{trajectory.id} is not graded on {id!r}, but on: {', '.join(criteria) or 'nothing'}")
        return criteria[id]

    def _world_of(self, trajectory: Trajectory) -> World:
        return self._stage_of(trajectory.events[0].data).world


def _near(id: str, tasks: Mapping[str, Task]) -> list[str]:
    """Ids that look like it, or a few. Of the standard tasks those of the splits: to list all takes a while."""
    known = [*NAMED, *task_ids("train"), *task_ids("heldout")] if isinstance(tasks, TaskBook) else list(tasks)
    return get_close_matches(id, known, 6, 0.5) or known[:6]


@contextmanager
def _known() -> Generator[None]:
    try:
        yield
    except CoreCraftError as error:
        raise NotInCatalogue(str(error)) from None
