"""CoreCraft in Python: everything a script needs, under names that stay. `docs/python.md` shows it.

    import corecraft

    stage = corecraft.standard()
    results = corecraft.play_many(stage, stage.select(split="smoke"), my_agent, trials=4, out="runs/mine")
    print(results)

What is not named here may change with any version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corecraft.analysis.database import query as query
    from corecraft.analysis.report.build import Report as Report
    from corecraft.analysis.report.build import report as report
    from corecraft.engine import VERSION as __version__  # noqa: N811
    from corecraft.engine.agenda import Clock as Clock
    from corecraft.engine.agenda import Due as Due
    from corecraft.engine.agenda import Plan as Plan
    from corecraft.engine.agenda import Where as Where
    from corecraft.engine.edits import ClockSet as ClockSet
    from corecraft.engine.edits import EditedReply as EditedReply
    from corecraft.engine.edits import OtherTools as OtherTools
    from corecraft.engine.edits import Told as Told
    from corecraft.engine.episode import Episode as Episode
    from corecraft.engine.episode import Reply as Reply
    from corecraft.engine.errors import CoreCraftError as CoreCraftError
    from corecraft.engine.errors import EpisodeEnded as EpisodeEnded
    from corecraft.engine.event import Change as Change
    from corecraft.engine.faults import Faults as Faults
    from corecraft.engine.trajectory import Trajectory as Trajectory
    from corecraft.rollouts.agents import scripted as scripted
    from corecraft.rollouts.batch import Played as Played
    from corecraft.rollouts.batch import Results as Results
    from corecraft.rollouts.batch import play_many as play_many
    from corecraft.rollouts.bisecting import Bisection as Bisection
    from corecraft.rollouts.branching import Node as Node
    from corecraft.rollouts.branching import Value as Value
    from corecraft.rollouts.branching import group_advantages as group_advantages
    from corecraft.rollouts.branching import step_advantages as step_advantages
    from corecraft.rollouts.branching import step_values as step_values
    from corecraft.rollouts.folder import RunFolder as RunFolder
    from corecraft.rollouts.folder import open_run as open_run
    from corecraft.rollouts.recovery import Recovery as Recovery
    from corecraft.rollouts.recovery import recovery as recovery
    from corecraft.rollouts.runner import Stage as Stage
    from corecraft.rollouts.runner import load as load
    from corecraft.rollouts.runner import record_verdict as record_verdict
    from corecraft.rollouts.runner import standard as standard
    from corecraft.scenarios.grading import Grade as Grade
    from corecraft.scenarios.task import Task as Task

_HOMES = {
    "standard": "rollouts.runner", "load": "rollouts.runner", "Stage": "rollouts.runner",
    "record_verdict": "rollouts.runner", "scripted": "rollouts.agents",
    "play_many": "rollouts.batch", "Played": "rollouts.batch", "Results": "rollouts.batch",
    "step_values": "rollouts.branching", "step_advantages": "rollouts.branching", "group_advantages": "rollouts.branching",
    "Value": "rollouts.branching", "Node": "rollouts.branching", "Bisection": "rollouts.bisecting",
    "open_run": "rollouts.folder", "RunFolder": "rollouts.folder",
    "query": "analysis.database", "report": "analysis.report.build", "Report": "analysis.report.build",
    "Task": "scenarios.task", "Grade": "scenarios.grading",
    "Episode": "engine.episode", "Reply": "engine.episode", "Trajectory": "engine.trajectory", "Change": "engine.event",
    "EditedReply": "engine.edits", "OtherTools": "engine.edits", "ClockSet": "engine.edits", "Told": "engine.edits",
    "Plan": "engine.agenda", "Clock": "engine.agenda", "Due": "engine.agenda", "Where": "engine.agenda",
    "Faults": "engine.faults", "recovery": "rollouts.recovery", "Recovery": "rollouts.recovery",
    "CoreCraftError": "engine.errors", "EpisodeEnded": "engine.errors",
}  # fmt: skip
"""Name -> where it lives. Loaded when it is asked for: a command needs few of them, and should not wait for the rest."""

__all__ = ["__version__", "connect", *_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]


def connect(*runs: Any, memory: str = "4GB") -> Any:
    """A DuckDB connection on run folders, read-only: `episodes`, `tasks`, `tool_calls` and more (docs/sql.md)."""
    from pathlib import Path

    from corecraft.analysis.database import connect
    from corecraft.scenarios.company import columns, toolsets

    return connect([Path(run) for run in runs], memory=memory, fields=columns(), toolsets=toolsets().values())


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("corecraft.engine").VERSION
    if name not in _HOMES:
        raise AttributeError(f"module 'corecraft' has no attribute {name!r}; it offers {', '.join(sorted(__all__))}")
    value = getattr(import_module(f"corecraft.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
