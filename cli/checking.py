"""Verifying the episodes of a run with the tools there are, in this process or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from attrs import frozen

from ..engine.run import Run
from ..replay.causes import Checked, Group, check_run, portions, same_outcome
from ..replay.workers import in_processes
from ..rollouts.runner import regrader
from ..scenarios.company import known_schema_of, recorded
from ..tools.behaviours import explained

WORTH = 100
"""Episodes that a process must have to do before its start is worth while: that takes as long as verifying most of them."""

_OTHER_SEED = 1
_OTHERWISE = ("handler changed", "grader changed")


@frozen
class Checker:
    """Goes to each process as it is, the places of all lines included: no process looks through the log again."""

    run: Run

    def __call__(self) -> Callable[[Sequence[str]], list[Checked]]:
        genesis = cache(lambda digest: self.run.genesis(digest, known_schema_of))
        check = partial(check_run, self.run, recorded, genesis, regrade=regrader(self.run), explain=explained)
        return lambda episodes: list(check(episodes=episodes))


def checked(
    run: Run, episodes: Sequence[str], jobs: int, worth: int = WORTH, done: Callable[[int], object] = lambda _: None
) -> Iterator[Checked]:
    """What came of each episode, in this order, whatever the number of processes. jobs: at most so many of them.

    run: read sparingly, or every process would get a copy of it. done: is told whenever so many more are finished.
    Raises WorkerLost.
    """
    jobs = min(jobs, len(episodes) // worth)
    # By name: so sealed segments are sorted, whose blocks are then read once, and a fork mostly stands beside its parent.
    work = portions(sorted(episodes))
    results = map(Checker(run)(), work) if jobs <= 1 else in_processes(Checker(run), work, jobs)
    found: dict[str, Checked] = {}
    given = 0
    for some in results:
        done(len(some))
        found.update((one.episode, one) for one in some)
        while given < len(episodes) and episodes[given] in found:
            yield found.pop(episodes[given])
            given += 1


def undecided(run: Run, groups: Sequence[Group]) -> Iterator[Group]:
    """Of the groups that were executed twice with one outcome, those that have another one in another process: what hangs on
    the order of hashes is always the same in one."""
    firsts = [[group.first.episode] for group in groups if group.cause in _OTHERWISE]
    again = {one.episode: one for found in in_processes(Checker(run), firsts, 1, _OTHER_SEED) for one in found}
    for group in groups:
        if group.cause in _OTHERWISE and not same_outcome(group.first.found, again[group.first.episode].found):
            yield group
