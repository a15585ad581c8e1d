"""Which turn of an episode gets which advantage: all the same, or by what forks say of its steps.

plain: an episode's advantage in its group (GRPO). steps: by how much each stretch between two forked steps raised the value,
which is the mean reward of the forks played on from there (VinePPO). tree: forks are rollouts like any other, and a stretch has
the advantage of the branch it leads to (Tree-GRPO). Forks cost what fresh rollouts would: `planned` spends as many turns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import fsum
from random import Random
from typing import Literal

from attrs import frozen
from msgspec import Struct

from ...engine.trajectory import Trajectory
from ..branching import Branch, Node, group_advantages, step_advantages, tree
from ..steps import course
from .objective import SAME, advantages

Credit = Literal["plain", "steps", "tree"]


class Line(Struct, frozen=True):
    """A finished rollout. turns: the events of its own turns. boundaries: where it may be forked, after which event, each with
    the turns that follow there; its beginning is none."""

    id: str
    reward: float
    turns: tuple[int, ...]
    boundaries: tuple[tuple[int, int], ...]
    parent: str | None = None
    at: int = -1

    @classmethod
    def of(cls, past: Trajectory, turns: Sequence[int], reward: float) -> Line:
        steps = course(past)
        left = tuple((step.before, len(steps) - step.number) for step in steps[1:] if step.before >= past.inherited)
        parent = past.parent or {"episode": None, "seq": -1}
        return cls(past.id, reward, tuple(turns), left, parent["episode"], parent["seq"])


@frozen
class Fork:
    """One to be played. name: of the new line."""

    line: str
    at: int
    name: str


def fresh(group: int, credit: Credit) -> int:
    """How many of a group's rollouts begin at the beginning; forks take the turns of the others."""
    return group if credit == "plain" else max(2, group // 2)


def planned(lines: Sequence[Line], group: int, credit: Credit, key: str) -> list[Fork]:
    """Forks for the turns that are left of the budget: those that `group` fresh rollouts would take. The same ones for the same
    lines and key, so that a run that was stopped goes on with them."""
    if credit == "plain" or not lines:
        return []
    left = (group - len(lines)) * fsum(len(line.turns) for line in lines) / len(lines)
    places = [(line.id, at, turns) for line in lines for at, turns in line.boundaries]
    Random(key).shuffle(places)
    found: list[Fork] = []
    for number, (line, at, turns) in enumerate(places * max(1, group)):
        if turns > left:
            break
        left -= turns
        found.append(Fork(line, at, f"{line}~{at}.{number}"))
    return found


def of_lines(
    lines: Sequence[Line], forks: Sequence[Line], credit: Credit, *, scaled: bool
) -> dict[str, list[float]] | None:
    """Id of each line that is trained on -> the advantage of each of its turns; None where nothing is to be learnt."""
    if credit == "tree":
        return _of_tree(lines, forks, scaled=scaled)
    if credit == "steps":
        return _of_steps(lines, forks)
    found = advantages([line.reward for line in lines], scaled=scaled)
    if found is None:
        return None
    return {line.id: [value] * len(line.turns) for line, value in zip(lines, found, strict=True)}


def _of_steps(lines: Sequence[Line], forks: Sequence[Line]) -> dict[str, list[float]] | None:
    start = fsum(line.reward for line in lines) / len(lines)
    found = {line.id: _stretches(line, start, [fork for fork in forks if fork.parent == line.id]) for line in lines}
    return found if any(abs(value) > SAME for values in found.values() for value in values) else None


def _stretches(line: Line, start: float, forks: Sequence[Line]) -> list[float]:
    """start: the value of the beginning, which all lines of the group share."""
    rewards: dict[int, list[float]] = {-1: [start]}
    for fork in forks:
        rewards.setdefault(fork.at, []).append(fork.reward)
    places = sorted(rewards)
    values = [fsum(rewards[place]) / len(rewards[place]) for place in places]
    raised = step_advantages(values, line.reward)
    return [raised[bisect_right(places, turn - 1) - 1] for turn in line.turns]


def _of_tree(lines: Sequence[Line], forks: Sequence[Line], *, scaled: bool) -> dict[str, list[float]] | None:
    by_node = group_advantages(_forest(lines, forks), scaled=scaled)
    if not any(abs(value) > SAME for value in by_node.values()):
        return None
    return {line.id: _by_turn(line, by_node) for line in (*lines, *forks)}


def _by_turn(line: Line, by_node: Mapping[str, float]) -> list[float]:
    starts = sorted(int(name.rpartition("@")[2]) for name in by_node if name.rpartition("@")[0] == line.id)
    return [by_node[f"{line.id}@{starts[bisect_right(starts, turn) - 1]}"] for turn in line.turns]


def _forest(lines: Sequence[Line], forks: Sequence[Line]) -> Node:
    """One root, from which all fresh rollouts part: they share the starting world."""
    stems: list[Node] = []
    for line in lines:
        hanging = [fork for fork in forks if fork.parent == line.id]
        found = tree([Branch(each.id, each.reward, each.parent, each.at) for each in (line, *hanging)])
        first = f"{line.id}@0"
        stems.append(found.children[0] if found.children[0].name == first else Node(first, found.children))
    return Node("group", tuple(stems))
