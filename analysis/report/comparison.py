"""Two entrants on the tasks they share: paired, so that a hard task is hard for both.

The two forms of a split have the same tasks in other words: they are paired by id, and the difference is the effect of form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from ...engine.errors import CoreCraftError
from ..figures import Difference, difference
from .entrants import Entrant
from .outcomes import Outcome
from .scores import task_means


@frozen
class Comparison:
    """First minus second. tasks: scored for both; left_out: planned for either, and not scored for both. judged: pass@1 with
    the verdicts of one and the same judge; None without. On what is undecided see `Reading`. forms: where they were asked in
    two forms, those of first and second."""

    first: str
    second: str
    tasks: int
    left_out: int
    pass_at_1: Difference
    reward: Difference
    judged: Difference | None
    forms: tuple[str, str] | None = None


def compare(first: Entrant, second: Entrant) -> Comparison:
    """Raises CoreCraftError where they were measured on different splits or worlds, or share no scored task."""
    _check(first, second)
    passes = _paired(first, second, lambda one: one.code_passed is True)
    rewards = _paired(first, second, lambda one: one.code_reward or 0.0)
    if passes is None or rewards is None:
        raise CoreCraftError(f"{first.name} and {second.name} share no task on which both are scored")
    judged = None
    if first.origin.judges and first.origin.judges == second.origin.judges:
        judged = _paired(first, second, lambda one: one.passed is True)
    forms = _two_forms(first, second)
    planned = {task.about.task[:1] if forms else task.about.task for each in (first, second) for task in each.tasks}
    left_out = len(planned) - passes.tasks
    return Comparison(first.name, second.name, passes.tasks, left_out, passes, rewards, judged, forms)


def _two_forms(first: Entrant, second: Entrant) -> tuple[str, str] | None:
    """That of each, where all tasks of one are put in one form, and all of the other in another."""
    if len(first.forms) != 1 or len(second.forms) != 1 or first.forms == second.forms:
        return None
    return first.forms[0], second.forms[0]


def _paired(first: Entrant, second: Entrant, value: Callable[[Outcome], float]) -> Difference | None:
    by_id = _two_forms(first, second) is not None
    return difference(task_means(first.tasks, value, by_id=by_id), task_means(second.tasks, value, by_id=by_id))


def named(entrants: Sequence[Entrant], name: str) -> Entrant:
    """The entrant of that name, or the only one of that run or agent. Raises CoreCraftError for none or several."""
    found = [each for each in entrants if each.name == name] or [
        each for each in entrants if name in (each.run, Path(each.run).name, each.agent)
    ]
    if len(found) != 1:
        names = ", ".join(each.name for each in found or entrants)
        raise CoreCraftError(
            f"{name} is {'several' if found else 'nobody'} here; there {_are(found or entrants)} {names}"
        )
    return found[0]


def _are(entrants: Sequence[Entrant]) -> str:
    return "is" if len(entrants) == 1 else "are"


def _check(first: Entrant, second: Entrant) -> None:
    if first is second:
        raise CoreCraftError(f"{first.name} is not compared with itself")
    splits = [each.origin.split and (each.origin.split.name, each.origin.split.digest[:8]) for each in (first, second)]
    names = [each.origin.split.name if each.origin.split else "" for each in (first, second)]
    same = names[0] == names[1] if _two_forms(first, second) else splits[0] == splits[1]
    if not same:
        told = " and ".join(" ".join(split) if split else "no split" for split in splits)
        raise CoreCraftError(
            f"{first.name} and {second.name} were measured on different splits ({told}), so no difference means anything; "
            "--split NAME takes one that both runs hold"
        )
    if first.origin.worlds != second.origin.worlds:
        told = " and ".join("/".join(world[:8] for world in each.origin.worlds) for each in (first, second))
        raise CoreCraftError(
            f"{first.name} and {second.name} played in different worlds ({told}): they cannot be compared"
        )
