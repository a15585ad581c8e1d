"""Why an episode failed, read from its log by code alone: `diagnose`. `docs/diagnosis.md` lists the labels."""

from __future__ import annotations

from msgspec.structs import replace

from ...engine.trajectory import Trajectory
from ...engine.world import World
from ...scenarios.checks import Evidence
from ...scenarios.grading import grade
from ...scenarios.task import Task
from . import course, outcome
from .case import Case
from .injection import obeyed
from .labels import LABELS, Diagnosis, Finding, in_order


def diagnose(task: Task, trajectory: Trajectory, start: World) -> Diagnosis:
    """What went wrong in a closed episode, the first decisive event first; nothing where every criterion that code can tell is
    met. task: as it is graded by, of an edited fork posed on its own world. start: the world at its genesis."""
    graded = grade(task, trajectory, start)
    checks = {criterion.id: criterion.check for criterion in task.criteria}
    lost = [(one, checks[one.id]) for one in graded.criteria if one.passed is False]
    if not lost:
        return Diagnosis(())
    case = Case(task, Evidence(trajectory, start, list(checks.values())), lost)
    found = [*course.findings(case), *course.ending(case)]
    if trajectory.answer is None or any(one.label == "gave_up" for one in found):
        found = [one for one in found if one.label not in KEPT_FROM]  # it took nothing for all there is
    if trajectory.answer is not None:  # without one all else follows
        case.kept_from = any(one.label in KEPT_FROM for one in found)
        found += outcome.findings(case)
    found = [replace(one, rules=one.rules or case.rules_of(one.criteria)) for one in (*obeyed(case, found), *found)]
    return Diagnosis(in_order(sorted(found, key=_explains)))


KEPT_FROM = frozenset({"stopped_at_cap", "narrow_search"})
"""What keeps rows from an agent, so that what it tells wrongly comes of that."""

_RANK = {label: number for number, label in enumerate(LABELS)}


def _explains(finding: Finding) -> float:
    """What an agent did not look at, or did not do, comes before what it therefore tells."""
    if finding.label == "missing_step" and finding.instead == outcome.NOTHING:
        return _RANK["wrong_row"] - 0.5
    return _RANK[finding.label]
