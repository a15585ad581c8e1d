"""A fork, and how it comes to its end: an agent plays it on, or an answer stands in place of the one that was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import msgspec
from attrs import evolve

from ..engine.edits import ClockSet, Edit, EditedReply, OtherTools, Told
from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.event import Change
from ..engine.run import Run
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..scenarios.company import by_name, recorded
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from .agents import Player, ScriptedAgent, scripted
from .runner import finish, record_grade, stored_task

GoOn = Callable[[Episode], Grade | None]
"""Takes an open fork to its end; a grade where there is a task to grade it by."""

FORMS: Mapping[str, str] = {
    "ENTITY/ID FIELD=JSON": "a field of a row",
    "reply SEQ=JSON": "the reply recorded at that event, as it reads it",
    "drop SEQ": "that reply never came",
    "clock=TIME": "the time it goes on at, such as 2025-12-02T09:00:00Z",
    "tools=SET/PROFILE": "other tools from here on, such as extended/compat",
    "describe TOOL=TEXT": "how one tool is described",
    "say=TEXT": "what a user says now",
}
"""How an edit of a fork is written, and what it makes otherwise."""

_EDIT = re.compile(
    r"(?P<entity>\w+)/(?P<id>\S+) (?P<field>\w+)=(?P<value>.+)|reply (?P<seq>\d+)=(?P<reply>.+)|drop (?P<dropped>\d+)"
    r"|clock=(?P<clock>\S+)|tools=(?P<tools>\S+)|describe (?P<tool>\w+)=(?P<text>.+)|say=(?P<say>.+)",
    re.DOTALL,
)
_DROPPED = {"error": "The tool did not answer in time."}
"""What an agent reads in place of a reply that was dropped: models refuse a call without one."""


def edits(texts: Iterable[str], tools: Toolset) -> list[Edit]:
    """Edits of a fork as they are written on the command line (`FORMS`). tools: those of the parent. Raises CoreCraftError."""
    found: list[Edit] = []
    whose = tools.name.partition("/")[0]
    described: dict[str, str] = {}
    for text in texts:
        match = _EDIT.fullmatch(text.strip())
        if match is None:
            raise CoreCraftError(f"{text!r} is no edit; write one of: {', '.join(FORMS)}")
        if match["tools"] is not None:
            tools = by_name(match["tools"] if match["tools"].count("/") == 2 else f"{whose}/{match['tools']}")
            found.append(OtherTools(tools))
        elif match["tool"] is not None:
            described[match["tool"]] = match["text"]
        else:
            found.append(_edit(text, match))
    if described:
        found = [one for one in found if not isinstance(one, OtherTools)]
        found.append(OtherTools(tools.describing(described)))
    return found


def _edit(text: str, match: re.Match[str]) -> Edit:
    if match["dropped"] is not None:
        return EditedReply(int(match["dropped"]), dict(_DROPPED), ok=False)
    if match["clock"] is not None:
        return ClockSet.read(match["clock"])
    if match["say"] is not None:
        return Told(match["say"])
    try:
        if match["seq"] is not None:
            reply = msgspec.json.decode(match["reply"])
            return EditedReply(int(match["seq"]), reply, ok=not (isinstance(reply, dict) and "error" in reply))
        return Change(match["entity"], match["id"], {match["field"]: msgspec.json.decode(match["value"])})
    except (msgspec.DecodeError, RecursionError):
        raise CoreCraftError(
            f"{text!r}: what stands after = is no JSON; write for example 'order/ord-1 status=\"paid\"'"
        ) from None


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
    recorded(parent.opened.data)  # first: nothing goes on from what was imported, which has no rubric either
    return stored_task(run, parent)


def _answered(task: Task | None, answer: str, child: Episode) -> Grade | None:
    child.submit(answer)
    return None if task is None else record_grade(task, child)
