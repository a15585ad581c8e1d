"""How an episode begins: one way, whoever plays it and however they reach it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from ..engine.agenda import Plan
from ..engine.beginning import Beginning
from ..engine.episode import Budget, Episode, Log
from ..engine.event import Change
from ..engine.run import Run
from ..engine.toolset import Toolset
from ..engine.world import World
from ..scenarios.kept import holding
from ..scenarios.splits import Splits

BUDGET = Budget()
"""What an agent may use of an episode unless somebody says otherwise: more than any honest one needs."""


def wall_ms() -> int:
    """Wall-clock time, epoch milliseconds, for what is kept beside events."""
    return time.time_ns() // 1_000_000


def in_id(name: str) -> str:
    """A name as it can stand in the id of an episode, or name a segment."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "-", name).strip("-._@")[:100] or "unnamed"


@frozen
class Opening:
    """What an episode starts from.

    world: at its genesis. prompts: `{"role", "text"}` each, recorded as they are. task: its `id` and `digest`.
    system: the whole text an agent is to be given as its system prompt, also where `prompts` only name its digest.
    recipe: how the world was made, stored beside it. stored_task: the whole task, kept in the run under its digest.
    fixtures: rows added to the world before the agent begins. plan: how time passes in it, and what happens of itself.
    """

    world: World
    toolset: Toolset
    prompts: Sequence[Mapping[str, Any]] = ()
    task: Mapping[str, Any] | None = None
    seed: int = 0
    system: str = ""
    recipe: Mapping[str, Any] | None = None
    stored_task: Any = None
    fixtures: Sequence[Change] = ()
    plan: Plan | None = None

    def begin(
        self, id: str, log: Log | None = None, labels: Mapping[str, Any] | None = None, budget: Budget | None = BUDGET
    ) -> Episode:
        """An episode at its beginning, its own rows already there. Raises what `Episode.open` raises."""
        return Episode.begin(id, self._beginning, labels=labels, log=log, budget=budget)

    @cached_property
    def _beginning(self) -> Beginning:
        return Beginning.of(
            self.world,
            self.toolset,
            task=self.task,
            seed=self.seed,
            prompts=self.prompts,
            fixtures=self.fixtures,
            plan=self.plan,
        )

    def store(self, run: Run) -> None:
        """Keep in a run what its history names by digest only: the world, and the task."""
        run.add_genesis(self.world.genesis, self.recipe)
        if self.task and self.stored_task is not None:
            store_task(run, self.stored_task, self.task)


def store_task(run: Run, task: Any, pin: Mapping[str, Any], version: Splits | None = None) -> None:
    """Keep a task in a run, and the published splits that hold it: what a score was measured on. version: see `holding`."""
    run.add_task(task, pin["digest"])
    for name, split in holding(pin["id"], pin["digest"], getattr(task, "form", "labelled"), version).items():
        run.add_split(name, split.tasks, split.digest)
