"""Which episodes a model is to learn from: of training tasks only, good enough, the best of each task.

A task counts as one to train on if a `train` split holds exactly it, and no held-out split does: what no split knows is left
out too, since nobody can say which side it is on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from attrs import field, frozen

from ...engine.canonical import digest
from ...engine.errors import CoreCraftError
from ...engine.run import Run
from ...engine.trajectory import Trajectory
from ...scenarios.kept import holding
from ...scenarios.splits import Splits, pinned
from ..branching import Result

TRAIN, HELD_OUT = "train", "heldout"


@frozen
class Chosen:
    """An episode to learn from."""

    run: Path
    task: str
    reward: float
    trajectory: Trajectory = field(repr=False)


@frozen
class Selection:
    """What is learnt from, and what was left out, by reason."""

    chosen: tuple[Chosen, ...]
    left_out: Counter[str]

    @property
    def digest(self) -> str:
        """Of the histories: equal digests are equal data."""
        return digest("\n".join(sorted(one.trajectory.head_hash for one in self.chosen)).encode())

    @property
    def tasks(self) -> list[str]:
        return sorted({one.task for one in self.chosen})


def select(
    folders: Sequence[Path],
    *,
    agent: str | None = None,
    families: Sequence[str] = (),
    least: float | None = None,
    best: int | None = None,
    splits: Splits | None = None,
) -> Selection:
    """least: reward an episode must have. best: of each task so many with the highest reward (rejection sampling), the first
    ones where they are equal. splits: in place of those published. Raises CoreCraftError where nothing is left."""
    left_out: Counter[str] = Counter()
    found: dict[str, list[Chosen]] = defaultdict(list)
    for folder in folders:
        run = Run(folder)
        for id in run.episodes:
            if agent is not None and run.labels(id).get("agent") != agent:
                left_out["of another agent"] += 1
                continue
            one = run.trajectory(id)
            reason = _unfit(run, one, splits) or _poor(one, families, least)
            if reason:
                left_out[reason] += 1
            else:
                chosen = _chosen(folder, one)
                found[chosen.task].append(chosen)
    ranked = {task: sorted(each, key=lambda one: -one.reward) for task, each in found.items()}
    kept = [one for each in ranked.values() for one in each[:best]]
    if over := sum(map(len, ranked.values())) - len(kept):
        left_out["not among the best of its task"] = over
    if not kept:
        told = ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "there is none"
        raise CoreCraftError(f"no episode to learn from in {', '.join(map(str, folders))}: {told}")
    return Selection(tuple(kept), left_out)


def check_trainable(tasks: Iterable[str], among: Splits | None = None) -> None:
    """Raises CoreCraftError for tasks, by id, that are not in the training split."""
    allowed = (among or pinned()).splits[TRAIN].tasks
    wrong = [task for task in tasks if task not in allowed]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise CoreCraftError(
            f"{', '.join(wrong[:3])}{more}: not of the training split, so not trained on; --splits FILE names another"
        )


def parted(chosen: Sequence[Chosen], share: float) -> tuple[list[Chosen], list[Chosen]]:
    """To learn from, and to measure the loss on: no task stands on both sides. share: of the tasks, about, on the second."""
    held = {one.task for one in chosen if int(sha256(one.task.encode()).hexdigest()[:8], 16) < share * 2**32}
    return [one for one in chosen if one.task not in held], [one for one in chosen if one.task in held]


def _unfit(run: Run, one: Trajectory, splits: Splits | None) -> str | None:
    """Why nobody may learn from it."""
    task = one.task
    if task is None:
        return "without a task"
    names = set(_splits_of(run, task["id"], task["digest"], splits))
    if any(name.endswith(HELD_OUT) for name in names) or task["id"] in pinned().splits[HELD_OUT].tasks:
        return "held out"
    if not any(name.endswith(TRAIN) for name in names):
        return "of no training split"
    if one.status != "closed" or one.failed or one.answer is None:
        return "without an answer"
    return None if one.grade and Result.read(one.grade) else "not graded"


def _splits_of(run: Run, id: str, digest: str, splits: Splits | None) -> Iterator[str]:
    """Names of the splits that hold this task. Its form is told by the run, which keeps it."""
    if splits is not None:
        yield from (name for name, split in splits.splits.items() if split.tasks.get(id) == digest)
    else:
        yield from holding(id, digest, msgspec.json.decode(run.task(digest)).get("form", "labelled"))


def _poor(one: Trajectory, families: Sequence[str], least: float | None) -> str | None:
    grade, task = one.grade, one.task
    assert grade is not None
    assert task is not None
    if families and not task["id"].startswith(tuple(families)):
        return "of another family"
    result = Result.read(grade)
    assert result is not None
    return "below the reward asked for" if least is not None and result.reward < least else None


def _chosen(folder: Path, one: Trajectory) -> Chosen:
    result, task = Result.read(one.grade or {}), one.task
    assert result is not None
    assert task is not None
    return Chosen(folder, task["id"], result.reward, one)
