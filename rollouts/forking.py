"""A fork, and how it comes to its end: an agent plays it on, or an answer stands in place of the one that was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import msgspec
from attrs import evolve

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.event import Change
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from ..tools.toolset import by_name
from .agents import Player, ScriptedAgent, scripted
from .runner import finish, record_grade, stored_task

GoOn = Callable[[Episode], Grade | None]
"""Takes an open fork to its end; a grade where there is a task to grade it by."""

_EDIT = re.compile(r"(\w+)/(\S+) (\w+)=(.+)", re.DOTALL)


def edit(text: str) -> Change:
    """`ENTITY/ID FIELD=JSON`: one field of one row. Raises CoreCraftError."""
    try:
        if match := _EDIT.fullmatch(text):
            return Change(match[1], match[2], {match[3]: msgspec.json.decode(match[4])})
    except (msgspec.DecodeError, RecursionError):
        pass
    raise CoreCraftError(f"{text!r} is no edit; write for example 'order/ord-1 status=\"paid\"'")


def script(run: Run, parent: Trajectory, name: str, continues: bool) -> ScriptedAgent:
    """The scripted agent of this name who plays a fork on. continues: takes up the calls made so far.

    Raises CoreCraftError where the parent's task has none.
    """
    task = _task(run, parent)
    if task is None:
        raise CoreCraftError(f"{parent.id} has no task, so no scripted agent can play it on")
    return evolve(scripted(task, name), continues=continues)


def way_to_the_end(run: Run, parent: Trajectory, player: Player | None, answer: str | None) -> GoOn:
    """What becomes of a fork: player plays it on or, without one, it ends with that answer; without either it stays open.

    Raises CoreCraftError for a task that cannot be read, before anything is written.
    """
    if player is None and answer is None:
        return lambda _: None
    task = _task(run, parent)
    if player is None:
        return partial(_answered, task, answer or "")
    if task is None:
        raise CoreCraftError(f"{parent.id} has no task, so there is nothing for {player.name} to do")
    return partial(finish, task, player)


def _task(run: Run, parent: Trajectory) -> Task | None:
    by_name(parent.opened.data["tools"])  # first: nothing goes on from what was imported, which has no rubric either
    return stored_task(run, parent)


def _answered(task: Task | None, answer: str, child: Episode) -> Grade | None:
    child.submit(answer)
    return None if task is None else record_grade(task, child)
