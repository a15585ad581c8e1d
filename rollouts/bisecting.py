"""Where did it go wrong? The step of a recorded episode after which a policy that plays on wins no more.

With a script as policy every value is exact: it does the same each time, so that one fork tells all. With the reference
solution it says from where the task could still be won, given what had been written. It takes up the calls made so far; or it
starts over on the world as it stands; or it does what it would have done had nothing been written: whichever wins shows that it
can be won. With a model the values are estimates with intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from attrs import define, evolve, field, frozen
from msgspec import Struct

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.trajectory import Trajectory
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from .agents import Player, ScriptedAgent
from .agents.rehearsed import Rehearsed
from .branching import Each, Interval, Result, Value, step_advantages, step_values
from .endpoints import EndpointUnusable
from .runner import finish, record_failure
from .steps import Step, course, steps

Measure = Literal["chance", "reward"]
"""What a value is judged by: the chance of passing, or the mean reward."""

UNPLAYABLE = (CoreCraftError, LookupError, ValueError, TypeError, ArithmeticError, AttributeError, StopIteration)
"""What a script raises that cannot go on where it stands."""


@frozen
class Policy:
    """Who plays forks to their end. ways: tried in turn, each in a fork of its own, until one wins; of a model there is one.
    exact: it always does the same."""

    name: str
    ways: Sequence[tuple[str, Player]]
    exact: bool

    @classmethod
    def script(cls, agent: ScriptedAgent, untouched: Callable[[], Episode]) -> Policy:
        """untouched: a new episode at the beginning of the line, which is not kept."""
        again = evolve(agent, continues=False)
        ways = (
            ("goes on", evolve(agent, continues=True)),
            ("starts over", again),
            ("does its part", Rehearsed(again, untouched)),
        )
        return cls(agent.name, ways, exact=True)

    @classmethod
    def model(cls, player: Player) -> Policy:
        return cls(player.name, (("goes on", player),), exact=False)


class Tried(Struct, frozen=True):
    """One fork. before: the number of the step it stands in place of. own: steps it took of its own. result: None where it
    taught nothing, since its agent failed."""

    episode: str
    before: int
    way: str
    own: int
    result: Result | None
    error: str = ""


@define
class Prober:
    """The value before any step of a line, by forks. fork: a new line that shares the past up to an event."""

    line: Sequence[Step]
    task: Task
    policy: Policy
    fork: Callable[[int], Episode]
    samples: int = 1
    each: Each = map
    tried: list[Tried] = field(factory=list[Tried], init=False)

    def __call__(self, number: int) -> Value:
        best: Value | None = None
        for way, player in self.policy.ways:
            found = self._value(self.line[number], way, player)
            best = found if best is None else max(best, found, key=lambda one: (one.passes, one.mean_reward))
            if best.passes:
                break
        assert best is not None
        return best

    def _value(self, step: Step, way: str, player: Player) -> Value:
        play, exact = partial(self._play, step, way, player), self.policy.exact
        return next(
            step_values([step.before], self.fork, play, 1 if exact else self.samples, exact=exact, each=self.each)
        )

    def _play(self, step: Step, way: str, player: Player, child: Episode) -> Result | None:
        result, error = None, ""
        try:
            result = Result.of(finish(self.task, player, child))
        except EndpointUnusable:
            raise  # nor for any other fork
        except UNPLAYABLE as stumbled:
            error = f"{type(stumbled).__name__}: {stumbled}"
            record_failure(child, stumbled)
            if self.policy.exact:  # no sample that went missing: this way leads nowhere
                result = Result(False, 0.0)
        own = sum(one.first > step.before for one in steps(child.trajectory()))
        self.tried.append(Tried(child.id, step.number, way, own, result, error))
        return result


# --- the search ------------------------------------------------------------------------------------------------------


class Found(Struct, frozen=True):
    """What a search came to. values: number of a step -> the value before it, of all that were asked for.

    good: from this share on a value counts as good. last_good: the last step before which it was good, so that it is that step
    that lost it; None where nothing was lost. drops: all steps that lost it, where it was won back in between. rise: two steps
    between which the value rises by more than chance explains, so that it does not only ever fall.
    """

    values: dict[int, Value]
    good: float
    last_good: int | None
    drops: tuple[int, ...]
    rise: tuple[int, int] | None


def sweep(
    count: int,
    value_at: Callable[[int], Value],
    by: Measure = "chance",
    good: float | None = None,
    *,
    won: bool = False,
) -> Found:
    """The value before each of so many steps. good: see `threshold`. won: whether the line itself was."""
    values = {number: value_at(number) for number in range(count)}
    good = threshold(values[0], by) if good is None else good
    fine = [measured(values[number], by) >= good for number in range(count)]
    drops = tuple(number for number, here in enumerate(fine) if here and not [*fine, won][number + 1])
    return Found(values, good, drops[-1] if drops and not won else None, drops, _rise(values, by))


def halve(count: int, value_at: Callable[[int], Value], by: Measure = "chance", good: float | None = None) -> Found:
    """Binary search for the step that lost it, assuming that what is lost is never won back. The line itself was lost.

    One more value on either side of the step found, half-way to the beginning and to the end, is a witness to the assumption;
    `rise` says where it is broken, and then only a sweep tells.
    """
    values = {0: value_at(0)}
    good = threshold(values[0], by) if good is None else good
    low, high = (0, count) if measured(values[0], by) >= good else (-1, 0)
    while high - low > 1:
        middle = (low + high) // 2
        values[middle] = value_at(middle)
        low, high = (middle, high) if measured(values[middle], by) >= good else (low, middle)
    for witness in sorted({max(low, 0) // 2, (high + count) // 2} - values.keys() - {count}):
        values[witness] = value_at(witness)
    values = {number: values[number] for number in sorted(values)}
    return Found(values, good, low if low >= 0 else None, (low,) if low >= 0 else (), _rise(values, by))


def threshold(first: Value, by: Measure) -> float:
    """Half of what is to be expected at the beginning; where that is nothing, anything at all is good."""
    return measured(first, by) / 2 or 1e-9


def measured(value: Value, by: Measure) -> float:
    return value.share if by == "chance" else value.mean_reward


def interval(value: Value, by: Measure) -> Interval:
    return value.chance if by == "chance" else value.reward


def _rise(values: Mapping[int, Value], by: Measure) -> tuple[int, int] | None:
    """The first two values that rise by more than chance explains."""
    for number, later in values.items():
        for before in values:
            if before < number and interval(values[before], by).high < interval(later, by).low:
                return before, number
    return None


# --- the whole -------------------------------------------------------------------------------------------------------


class Saving(Struct, frozen=True):
    """What forks cost, in steps. played: by the forks. shared: of the past, which full restarts would have had to play again
    for every one of them."""

    forks: int
    played: int
    shared: int

    @property
    def share(self) -> float:
        """Of all steps of full restarts, those that were saved."""
        return self.shared / (self.played + self.shared) if self.shared else 0.0


class Bisection(Struct, frozen=True):
    """An episode, searched. outcome: what it came to itself, if it is graded."""

    episode: str
    policy: str
    exact: bool
    by: Measure
    steps: tuple[Step, ...]
    outcome: Result | None
    found: Found
    tried: tuple[Tried, ...]

    @property
    def passed(self) -> bool:
        return self.outcome is not None and self.outcome.passed is True

    @property
    def lost_at(self) -> Step | None:
        """The first bad step; None where the policy was never good, or nothing was lost."""
        return None if self.found.last_good is None else self.steps[self.found.last_good]

    @property
    def last_good(self) -> Value | None:
        return None if self.found.last_good is None else self.found.values[self.found.last_good]

    @property
    def advantages(self) -> list[float]:
        """By how much each step raised what is to be expected, after a sweep. Raises CoreCraftError without one, or a grade."""
        values = [measured(value, self.by) for value in self.found.values.values()]
        if len(values) < len(self.steps) or self.outcome is None:
            raise CoreCraftError("what each step is worth takes a sweep, and an episode that is graded")
        ended = float(self.passed) if self.by == "chance" else self.outcome.reward
        return step_advantages(values, ended)

    @property
    def saving(self) -> Saving:
        own, shared = sum(one.own for one in self.tried), sum(one.before for one in self.tried)
        return Saving(len(self.tried), own, shared)

    def data(self) -> dict[str, Any]:
        """For JSON."""
        step, saving = self.lost_at, self.saving
        return {
            "episode": self.episode, "policy": self.policy, "exact": self.exact, "by": self.by, "outcome": self.outcome,
            "steps": len(self.steps), "good": self.found.good, "last_good": self.last_good,
            "first_bad": step and {"number": step.number, "first": step.first, "last": step.last, "what": step.what},
            "drops": [self.steps[number].first for number in self.found.drops],
            "rise": self.found.rise and [self.found.values[number].seq for number in self.found.rise],
            "values": list(self.found.values.values()), "tried": self.tried,
            "saving": {"forks": saving.forks, "played": saving.played, "shared": saving.shared, "share": saving.share},
        }  # fmt: skip


def bisect(
    past: Trajectory,
    task: Task,
    policy: Policy,
    fork: Callable[[int], Episode],
    *,
    samples: int = 1,
    by: Measure = "chance",
    full: bool = False,
    good: float | None = None,
    each: Each = map,
    outcome: Grade | Result | None = None,
    told: Callable[[Value], None] = lambda _: None,
) -> Bisection:
    """Find the step of a finished episode that lost it.

    fork: a new line with its past up to an event. full: a sweep in place of a binary search. good: see `threshold`. told: each
    value as it is known.
    """
    line = course(past)
    if not line or not line[-1].ends:
        raise CoreCraftError(f"{past.id} is {past.status}; only an episode that has ended can have lost anything")
    if samples < 1:
        raise CoreCraftError("samples must be 1 or more")
    prober = Prober(line, task, policy, fork, samples, each)

    def value_at(number: int) -> Value:
        found = prober(number)
        told(found)
        return found

    ended = Result.of(outcome)
    won = ended is not None and ended.passed is True
    found = sweep(len(line), value_at, by, good, won=won) if full or won else halve(len(line), value_at, by, good)
    return Bisection(past.id, policy.name, policy.exact, by, tuple(line), ended, found, tuple(prober.tried))
