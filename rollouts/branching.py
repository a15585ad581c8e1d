"""Values of the steps of a line, and advantages in a tree of lines. Pure functions: whoever plays is handed in.

The value of a boundary is what is to be expected when a policy plays on from there, estimated by episodes that it finishes: a
Monte-Carlo estimate, as in VinePPO (Kazemnejad et al. 2025, arXiv:2410.01679). The advantage of a step is by how much it raised
that value. In a tree of rollouts the lines that leave one node are a group, as in Tree-GRPO (Ji et al. 2025, arXiv:2509.21240);
the value of a node is the mean over its leaves, and the advantage of a branch is its value less that of the node it leaves.
So along any path the advantages add up to the leaf's reward less the root's value, and those of a group, weighted by leaves,
to nothing. `scaled` divides them by the spread of the group, as GRPO does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import fsum, log, sqrt
from statistics import NormalDist
from typing import Any, Protocol, TypeVar

from attrs import field, frozen
from msgspec import Struct

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..scenarios.grading import Grade

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2


_SETTLED = ("passed", "reward", "code_passed", "code_reward")


class Interval(Struct, frozen=True):
    low: float
    high: float


class Result(Struct, frozen=True):
    """What one finished episode came to. passed: None while a reader is still to speak, which counts as not passed."""

    passed: bool | None
    reward: float

    @classmethod
    def of(cls, grade: Grade | Result | None) -> Result | None:
        """What is settled, else what code alone decides. None where there is no grade: it counts neither way."""
        if grade is None or isinstance(grade, Result):
            return grade
        return cls.read({name: getattr(grade, name) for name in _SETTLED})

    @classmethod
    def read(cls, recorded: Mapping[str, Any]) -> Result | None:
        """The same of a grade as histories hold it."""
        passed, reward, code_passed, code_reward = (recorded.get(name) for name in _SETTLED)
        if code_reward is None:
            return None
        return cls(code_passed if passed is None else passed, code_reward if reward is None else reward)


Play = Callable[[Episode], Grade | Result | None]
"""Takes a fork to its end; None where nothing is to be learnt from it."""


A = TypeVar("A")
B = TypeVar("B")


class Each(Protocol):
    """Applies a function to many things and gives the results in their order: `map`, or that of a pool of threads."""

    def __call__(self, function: Callable[[A], B], many: Iterable[A], /) -> Iterable[B]: ...


class Value(Struct, frozen=True):
    """What is to be expected when a policy plays on after event `seq`.

    samples: finished episodes it rests on. undecided: those of them that wait for a reader. chance: of passing, which `passes`
    of them did (Wilson's interval). reward: an interval for the mean of any rewards in [0, 1]. Of a policy that always does the
    same, one sample is all there is to know, and both intervals are points.
    """

    seq: int
    samples: int
    passes: int
    mean_reward: float
    chance: Interval
    reward: Interval
    undecided: int = 0

    @property
    def share(self) -> float:
        return self.passes / self.samples if self.samples else 0.0


def value(seq: int, results: Sequence[Result], *, exact: bool = False) -> Value:
    """exact: the policy always does the same, so that there is nothing to estimate."""
    passes, rewards = sum(one.passed is True for one in results), [one.reward for one in results]
    mean = fsum(rewards) / len(rewards) if rewards else 0.0
    chance, reward = wilson(passes, len(results)), bounded(rewards)
    if exact and results:
        share = passes / len(results)
        chance, reward = Interval(share, share), Interval(mean, mean)
    undecided = sum(one.passed is None for one in results)
    return Value(seq, len(results), passes, mean, chance, reward, undecided)


def step_values(
    boundaries: Iterable[int],
    fork: Callable[[int], Episode],
    play: Play,
    samples: int = 1,
    *,
    exact: bool = False,
    each: Each = map,
) -> Iterator[Value]:
    """The value at each boundary: fork there, let the policy finish, as often as `samples` says.

    fork: a new line with the past up to an event. each: applies `play` to all forks of a boundary.
    """
    if samples < 1:
        raise CoreCraftError("samples must be 1 or more")
    for seq in boundaries:
        grades = each(play, [fork(seq) for _ in range(samples)])
        yield value(seq, [result for grade in grades if (result := Result.of(grade)) is not None], exact=exact)


def step_advantages(values: Sequence[float], outcome: float) -> list[float]:
    """By how much each step raised the value: `values` before each step, `outcome` after the last one."""
    return [after - before for before, after in zip(values, [*values[1:], outcome], strict=True)]


# --- intervals -------------------------------------------------------------------------------------------------------


def wilson(passes: int, samples: int) -> Interval:
    """Wilson's score interval at 95 % for a share."""
    if samples == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(1 - _TAIL)
    share, spread = passes / samples, z * z / samples
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return Interval(0.0 if passes == 0 else middle - half, 1.0 if passes == samples else middle + half)


def bounded(values: Sequence[float]) -> Interval:
    """An interval at 95 % for the mean of values in [0, 1], however they are spread and few as they are.

    All means m with n kl(mean, m) <= ln(2 / 0.05), by Chernoff's bound, which among such values is least for those that are
    0 or 1 (Hoeffding 1963, theorem 1). Unlike a bootstrap it needs no luck in what was drawn.
    """
    if not values:
        return Interval(0.0, 1.0)
    mean, far = fsum(values) / len(values), log(1 / _TAIL) / len(values)
    return Interval(_edge(mean, 0.0, far), _edge(mean, 1.0, far))


def _edge(mean: float, end: float, far: float) -> float:
    """The mean towards `end` that is just so far away."""
    near, beyond = mean, end
    for _ in range(60):
        middle = (near + beyond) / 2
        near, beyond = (middle, beyond) if _divergence(mean, middle) <= far else (near, middle)
    return end if _divergence(mean, end) <= far else beyond


def _divergence(mean: float, other: float) -> float:
    """Kullback and Leibler's, of two coins."""
    found = 0.0
    for one, two in ((mean, other), (1 - mean, 1 - other)):
        if one > 0:
            if two <= 0:
                return float("inf")
            found += one * log(one / two)
    return found


# --- trees of rollouts -----------------------------------------------------------------------------------------------


@frozen(slots=False)
class Node:
    """A place in a tree of rollouts. reward: of a leaf, where an episode has ended; elsewhere the children go on.

    name: of the stretch of history that leads here; see `tree`.
    """

    name: str
    children: tuple[Node, ...] = ()
    reward: float | None = field(default=None)

    def __attrs_post_init__(self) -> None:
        if (self.reward is None) == (not self.children):
            raise CoreCraftError(f"{self.name}: a node has either children or a reward")

    @cached_property
    def rewards(self) -> tuple[float, ...]:
        """Of its leaves."""
        if self.reward is not None:
            return (self.reward,)
        return tuple(reward for child in self.children for reward in child.rewards)

    @property
    def value(self) -> float:
        return fsum(self.rewards) / len(self.rewards)

    def walk(self) -> Iterator[Node]:
        """Itself and all below it, parents first."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def group_advantages(root: Node, *, scaled: bool = False) -> dict[str, float]:
    """Name of each node but the root -> its value less that of its parent. scaled: over the standard deviation of its group,
    its leaves counted; nothing where they are all worth the same."""
    found: dict[str, float] = {}
    for node in root.walk():
        spread = _spread(node) if scaled else 1.0
        for child in node.children:
            found[child.name] = (child.value - node.value) / spread if spread else 0.0
    return found


_SAME = 1e-9
"""Values that differ by less are one value, computed twice."""


def _spread(node: Node) -> float:
    values = [child.value for child in node.children]
    if not values or max(values) - min(values) < _SAME:
        return 0.0
    squares = (len(child.rewards) * (child.value - node.value) ** 2 for child in node.children)
    return sqrt(fsum(squares) / len(node.rewards))


class Branch(Struct, frozen=True):
    """A finished line as part of a tree. parent, at: what it was forked from, and after which event; none of the first one."""

    id: str
    reward: float
    parent: str | None = None
    at: int = -1


def tree(branches: Sequence[Branch]) -> Node:
    """The tree of lines that were forked from one another, the first one at its root.

    A node stands where lines part, and at each end. It is called `ID@SEQ`: line and event at which the stretch that leads to it
    begins; the root is called by the line alone. Raises CoreCraftError where lines do not hang together.
    """
    by_id = {branch.id: branch for branch in branches}
    first = [branch for branch in branches if branch.parent not in by_id]
    if len(first) != 1 or len(by_id) != len(branches):
        raise CoreCraftError(
            f"a tree has one first line, and each once; here {len(first)} of {len(branches)} hang on none"
        )
    order = _in_order(by_id)
    forks: dict[str, dict[int, list[Branch]]] = {}
    for branch in branches:
        if branch is not first[0]:
            line, at = _owner(branch, by_id)
            forks.setdefault(line, {}).setdefault(at, []).append(branch)
    top = _stretches(by_id, forks, order)[first[0].id, 0]
    return Node(first[0].id, top.children or (top,))


def _in_order(by_id: Mapping[str, Branch]) -> list[str]:
    """Lines, parents first. Raises CoreCraftError where one comes from itself."""
    depth: dict[str, int] = {}
    for id, line in by_id.items():
        depth[id] = 0
        while line.parent in by_id:
            depth[id], line = depth[id] + 1, by_id[line.parent or ""]
            if depth[id] > len(by_id):
                raise CoreCraftError(f"{id} was forked from itself")
    return sorted(by_id, key=depth.__getitem__)


def _owner(branch: Branch, by_id: Mapping[str, Branch]) -> tuple[str, int]:
    """The line to which the event belongs that a branch was forked after: a fork may start in what its parent inherited."""
    line, at = by_id[branch.parent or ""], branch.at
    while line.parent in by_id and at <= line.at:
        line = by_id[line.parent or ""]
    return line.id, at


def _stretches(
    by_id: Mapping[str, Branch], forks: Mapping[str, Mapping[int, Sequence[Branch]]], order: Sequence[str]
) -> dict[tuple[str, int], Node]:
    """Line and first event -> the node that this stretch leads to. forks: of each line, by the event they leave it after."""
    made: dict[tuple[str, int], Node] = {}
    for id in reversed(order):  # what hangs on a line comes before it
        line, places = by_id[id], sorted(forks.get(id, {}))
        starts = [line.at + 1, *(place + 1 for place in places)]
        node = made[id, starts[-1]] = Node(f"{id}@{starts[-1]}", (), line.reward)
        for start, place in zip(reversed(starts[:-1]), reversed(places), strict=True):
            others = [made[branch.id, branch.at + 1] for branch in forks[id][place]]
            node = made[id, start] = Node(f"{id}@{start}", (node, *others))
    return made
