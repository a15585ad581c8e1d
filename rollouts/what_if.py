"""What if one thing were otherwise? Episodes that are played twice from one place, as it was and with one thing changed.

Both sides of a pair start from the same history and are played by the same policy, so that what tasks differ in cancels out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen
from msgspec import Struct

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..scenarios.task import Task
from .agents import Player
from .branching import Each, Result
from .endpoints import EndpointUnusable
from .runner import finish, record_failure


@frozen
class Side:
    """One of two ways to play. fork: opens an episode; player: takes it to its end."""

    fork: Callable[[], Episode]
    player: Player


@frozen
class Unit:
    """Where pairs are played: a task, or one episode of it. All pairs of a unit start from the same history."""

    name: str
    task: Task
    as_it_was: Side
    changed: Side


class Pair(Struct, frozen=True):
    """Two episodes. A result is None where its agent failed, or where the task cannot be posed on the edited world; such a
    pair counts neither way."""

    unit: str
    trial: int
    episodes: tuple[str, str]
    as_it_was: Result | None
    changed: Result | None
    errors: tuple[str, str] = ("", "")

    @property
    def whole(self) -> bool:
        return self.as_it_was is not None and self.changed is not None


class _Half(Struct, frozen=True):
    episode: str
    result: Result | None
    error: str


_Job = tuple[Task, Player, Episode]


def what_if(
    units: Sequence[Unit], trials: int = 1, *, each: Each = map, told: Callable[[], None] = lambda: None
) -> list[Pair]:
    """Play every unit so many times on both sides. told: as each episode ends."""
    if trials < 1:
        raise CoreCraftError("trials must be 1 or more")
    places = [(unit, trial) for unit in units for trial in range(trials)]
    jobs = [(unit.task, side.player, side.fork()) for unit, _ in places for side in (unit.as_it_was, unit.changed)]
    halves: list[_Half] = []
    for half in each(_played, jobs):
        halves.append(half)
        told()
    pairs = zip(places, halves[::2], halves[1::2], strict=True)
    return [_pair(unit, trial, one, other) for (unit, trial), one, other in pairs]


def _pair(unit: Unit, trial: int, one: _Half, other: _Half) -> Pair:
    errors = (one.error, other.error)
    return Pair(unit.name, trial, (one.episode, other.episode), one.result, other.result, errors)


def _played(job: _Job) -> _Half:
    task, player, episode = job
    try:
        grade = finish(task, player, episode)
        return _Half(episode.id, Result.of(grade), grade.not_applicable)
    except EndpointUnusable:
        raise  # nor for any other episode
    except CoreCraftError as error:
        record_failure(episode, error)
        return _Half(episode.id, None, str(error))


def by_unit(pairs: Iterable[Pair], of: Callable[[Result], float]) -> tuple[dict[str, float], dict[str, float]]:
    """The means of both sides by what was drawn: by unit or, where there is only one, by its trials."""
    whole = [(pair, pair.as_it_was, pair.changed) for pair in pairs]
    several = len({pair.unit for pair, _, _ in whole}) > 1
    values: dict[str, list[tuple[float, float]]] = {}
    for pair, was, now in whole:
        if was is not None and now is not None:
            key = pair.unit if several else f"{pair.unit} {pair.trial}"
            values.setdefault(key, []).append((of(was), of(now)))
    means = {key: [sum(side) / len(side) for side in zip(*both, strict=True)] for key, both in values.items()}
    return {key: was for key, (was, _) in means.items()}, {key: now for key, (_, now) in means.items()}
