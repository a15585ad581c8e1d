"""Runs in which calls fail: a plan of faults beside the task's own, and tools that keep nobody from doing a thing twice."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from msgspec.structs import replace

from ..engine.agenda import Plan
from ..engine.chance import draw
from ..engine.faults import KINDS, Faults
from ..engine.toolset import Toolset
from ..scenarios.company import toolsets
from ..scenarios.task import Task
from ..tools.profile import UNGUARDED
from .opening import Opening


def failing(opening: Opening, faults: Faults) -> Opening:
    """The same, but that calls fail so. Tools without such a profile stay as they are."""
    plan = replace(opening.plan or Plan(), faults=faults)
    return evolve(opening, plan=plan, toolset=_unguarded(opening.toolset))


def of_trial(faults: Faults, task: Task, trial: int) -> Faults:
    """The faults of one episode: others in every task and trial, the same for every agent."""
    return replace(faults, seed=draw(faults.seed, f"faults of {task.id}", trial) >> 12)  # as JSON has numbers, exactly


def in_name(faults: Faults) -> str:
    """What ids of such episodes have after the agent's name, so that another rate or seed in the same run is another job."""
    kinds = "" if faults.kinds == KINDS else "-" + "-".join(faults.kinds)
    return f"-faults-{faults.rate:g}-{faults.seed}{kinds}"


def labels(faults: Faults) -> dict[str, Any]:
    return {"faults": faults.rate, "fault_seed": faults.seed, "fault_kinds": ",".join(faults.kinds)}


def _unguarded(toolset: Toolset) -> Toolset:
    return toolsets().get(f"{toolset.name.rpartition('/')[0]}/{UNGUARDED.name}", toolset)
