"""Who is scored, on what, and what became of every episode that was planned.

An entrant is one agent in one run: figures of two runs are never pooled. Planned are its tasks times its trials; each of these
places is scored, masked (all that stands there broke down) or missing. Only scored ones make figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from ...engine.errors import CoreCraftError
from .outcomes import About, Contents, Outcome, Split, Task


@frozen
class Trials:
    """Of one task. scored: those that count, at most as many as are planned. masked, missing: places without one."""

    about: About
    scored: Sequence[Outcome]
    masked: int
    missing: int


@frozen
class Origin:
    """What figures rest on. All but the split may be several, which `cautions` warns of. split: None where no published split
    holds all the tasks."""

    split: Split | None
    worlds: Sequence[str]
    toolsets: Sequence[str]
    engines: Sequence[str]
    judges: Sequence[str]


@frozen
class Entrant:
    """name: how the report calls it. planned: trials a task. outcomes: all of its episodes on these tasks. left_out: why ->
    episodes of its run, or of its own, that make no figure."""

    name: str
    run: str
    agent: str
    planned: int
    tasks: Sequence[Trials]
    outcomes: Sequence[Outcome]
    origin: Origin
    left_out: Mapping[str, int]

    @property
    def forms(self) -> Sequence[str]:
        """How its tasks are put: labelled, natural."""
        return _each(task.about.form for task in self.tasks)

    @property
    def scored(self) -> Iterator[Outcome]:
        return (outcome for task in self.tasks for outcome in task.scored)


def entrants(runs: Mapping[str, Contents], split: str | None = None, trials: int | None = None) -> list[Entrant]:
    """Everybody who played in these runs, in order of run and agent.

    split: the published split whose tasks are planned, instead of those that a run stores. trials: how many are planned a task,
    instead of the highest number played. Raises CoreCraftError where a run holds no such split, or nobody's episodes.
    """
    if trials is not None and trials < 1:
        raise CoreCraftError("trials must be 1 or more")
    known = {task: about for run in runs.values() for task, about in run.tasks.items()}
    players = [(run, agent) for run, held in runs.items() for agent in _agents(run, held)]
    times = Counter(agent for _, agent in players)
    return [
        _entrant(
            run, agent, agent if times[agent] == 1 else f"{agent} ({Path(run).name})", runs[run], known, split, trials
        )
        for run, agent in players
    ]


def _agents(run: str, held: Contents) -> list[str]:
    agents = sorted({outcome.agent for outcome in held.outcomes})
    if not agents:
        raise CoreCraftError(f"{run} holds no episode of a task, so there is nothing to report")
    return agents


def _entrant(
    run: str,
    agent: str,
    name: str,
    held: Contents,
    known: Mapping[Task, About],
    wanted: str | None,
    trials: int | None,
) -> Entrant:
    split = _split(run, held, wanted)
    tasks = held.tasks if wanted is None or split is None else split.tasks
    played: dict[Task, list[Outcome]] = defaultdict(list)
    left_out = Counter(held.left_out)
    for outcome in held.outcomes:
        if outcome.agent == agent:
            if outcome.task in tasks:
                played[outcome.task].append(outcome)
            else:
                left_out[f"episodes outside {wanted}"] += 1
    planned = trials or max((_highest(each) for each in played.values()), default=1)
    accounts = [_account(known.get(task, About(task)), played[task], planned) for task in sorted(tasks)]
    own = [outcome for each in accounts for outcome in played[each.about.task]]
    if further := sum(outcome.ended == "scored" for outcome in own) - sum(len(each.scored) for each in accounts):
        left_out[f"episodes beyond {planned} trials a task"] += further
    return Entrant(name, run, agent, planned, accounts, own, _origin(split, own), left_out)


def _highest(outcomes: Sequence[Outcome]) -> int:
    """How many trials there are by their numbers, or by their count where numbers are missing."""
    return max(len(outcomes), *(outcome.trial + 1 for outcome in outcomes))


def _account(about: About, outcomes: Sequence[Outcome], planned: int) -> Trials:
    scored = [outcome for outcome in outcomes if outcome.ended == "scored"][:planned]
    masked = min(planned - len(scored), sum(outcome.ended == "masked" for outcome in outcomes))
    return Trials(about, scored, masked, planned - len(scored) - masked)


def _split(run: str, held: Contents, wanted: str | None) -> Split | None:
    """The one asked for, or the smallest that holds all the tasks there are."""
    if wanted is None:
        fitting = [split for split in held.splits if split.tasks >= held.tasks.keys()]
        return min(fitting, key=lambda split: len(split.tasks), default=None)
    found = [split for split in held.splits if split.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise CoreCraftError(f"{run} holds {len(found)} versions of the split {wanted}; report it without --split")
    there = ", ".join(sorted({split.name for split in held.splits})) or "none"
    raise CoreCraftError(f"{run} holds no split {wanted}. It holds: {there}")


def _origin(split: Split | None, outcomes: Sequence[Outcome]) -> Origin:
    return Origin(
        split,
        _each(outcome.world for outcome in outcomes),
        _each(f"{outcome.toolset} ({outcome.tools})" for outcome in outcomes),
        _each(outcome.engine for outcome in outcomes),
        _each(judge for outcome in outcomes for judge in outcome.judges),
    )


def _each(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
