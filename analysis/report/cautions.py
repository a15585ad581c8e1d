"""What whoever reads the figures must know before he believes them, a sentence each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from .entrants import Entrant
from .outcomes import Task
from .scores import Score


def cautions(standings: Sequence[tuple[Entrant, Score]]) -> Iterator[str]:
    entrants = [entrant for entrant, _ in standings]
    for what, of in _FACTS.items():
        yield from _mixed(entrants, what, of)
        yield from _differing(entrants, what, of)
    yield from _tools(entrants)
    for sentence, of in _GAPS.items():
        if found := [f"{entrant.name} {gap}" for entrant, score in standings if (gap := of(entrant, score))]:
            yield f"{sentence}: {'; '.join(found)}"


def _split(entrant: Entrant) -> Sequence[str]:
    split = entrant.origin.split
    return [f"{split.name} {split.digest[:8]}" if split else "none"]


_FACTS: dict[str, Callable[[Entrant], Sequence[str]]] = {
    "forms of the tasks": lambda entrant: entrant.forms,
    "splits": _split,
    "worlds": lambda entrant: [world[:8] for world in entrant.origin.worlds],
    "engine versions": lambda entrant: entrant.origin.engines,
    "judges": lambda entrant: entrant.origin.judges or ["none"],
}


def _mixed(entrants: Sequence[Entrant], what: str, of: Callable[[Entrant], Sequence[str]]) -> Iterator[str]:
    for entrant in entrants:
        if len(of(entrant)) > 1:
            yield f"the figures of {entrant.name} mix {what}: {', '.join(of(entrant))}"


def _differing(entrants: Sequence[Entrant], what: str, of: Callable[[Entrant], Sequence[str]]) -> Iterator[str]:
    if len({tuple(of(entrant)) for entrant in entrants}) > 1:
        told = "; ".join(f"{entrant.name}: {', '.join(of(entrant))}" for entrant in entrants)
        yield f"the {what} differ, so these figures are not of the same thing ({told})"


def _tools(entrants: Sequence[Entrant]) -> Iterator[str]:
    """A split may hold tasks with several toolsets, but a task has one."""
    given: dict[Task, set[str]] = defaultdict(set)
    for entrant in entrants:
        for outcome in entrant.outcomes:
            given[outcome.task].add(outcome.toolset)
    if several := sum(len(toolsets) > 1 for toolsets in given.values()):
        yield f"{several:,} tasks were played with more than one toolset, so these figures are not of the same thing"


# --- what is not in the figures --------------------------------------------------------------------------------------


def _unplanned(entrant: Entrant, score: Score) -> str:
    split = entrant.origin.split
    fewer = len(split.tasks) - score.tally.tasks if split else 0
    return f"{fewer:,} of {len(split.tasks):,} of {split.name}" if split and fewer else ""


def _unscored(_: Entrant, score: Score) -> str:
    tally = score.tally
    gone = tally.masked + tally.missing
    return f"{gone:,} of {tally.planned:,} ({tally.masked:,} masked, {tally.missing:,} missing)" if gone else ""


def _waiting(_: Entrant, score: Score) -> str:
    return f"{score.tally.waiting:,}" if score.tally.waiting else ""


def _undecided(_: Entrant, score: Score) -> str:
    return f"{score.code.undecided:,}" if score.code.undecided else ""


def _left_out(entrant: Entrant, _: Score) -> str:
    return ", ".join(f"{number:,} {why}" for why, number in entrant.left_out.items())


_GAPS: dict[str, Callable[[Entrant, Score], str]] = {
    "tasks of the split that the run does not hold are in no figure; --split counts them as missing": _unplanned,
    "planned episodes that broke down (masked) or were not played and graded (missing) count neither way": _unscored,
    "episodes with criteria that wait for a judge, which figures by code leave out": _waiting,
    "episodes in which code fails nothing but could not tell all count as not passed": _undecided,
    "in no figure": _left_out,
}
"""Sentence -> what it says of an entrant, if anything."""
