"""From a base model to a table, in stages that each go on where they were stopped: the reference plays, the base is measured,
warmed up on what the reference did, measured, trained by GRPO, and measured, on the same held-out tasks every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ...scenarios.splits import family_of, pinned
from ...scenarios.task import Task
from ..agents import scripted
from ..batch import Played
from ..branching import Result
from ..runner import Stage
from ..schedule import Schedule, jobs, play_scripts
from .evaluation import Manner, Score, evaluate
from .grpo import Grpo, GrpoSettings
from .policy import Base, Policy
from .selection import TRAIN, parted, select
from .sft import SftSettings, examples, fitting, train

REFERENCE, WARM, GRPO, EVAL = "reference", "warm-up", "grpo", "eval"
STAGES = ("base", WARM, GRPO)
HELD = 0.1
"""Share of the training tasks that the warm-up measures its loss on."""


class Recipe(Struct, frozen=True):
    """families: whose training tasks are learnt; () for all. tasks: of each family at most so many. held: families of which
    held-out tasks are played; () for all. each: of each of these at most so many. apart: of each family that is learnt so many
    more of its training tasks, which are played beside the held-out ones and not learnt from: of few families few tasks are
    held out. trials: at temperature 1, besides greedy."""

    warm: SftSettings
    grpo: GrpoSettings
    families: tuple[str, ...] = ()
    tasks: int | None = None
    held: tuple[str, ...] = ()
    each: int | None = None
    apart: int = 0
    trials: int = 4

    def changed(self, *, steps: int | None, epochs: float | None, tasks: int | None, seed: int) -> Recipe:
        """None leaves as it is."""
        warm = replace(self.warm, seed=seed, epochs=epochs or self.warm.epochs)
        grpo = replace(self.grpo, seed=seed, steps=steps or self.grpo.steps)
        return replace(self, warm=warm, grpo=grpo, tasks=tasks or self.tasks)


MINI_FAMILIES = ("RS-03", "CM-01", "RS-07")
"""The three whose episodes are shortest, about 570 to 1,150 tokens."""

FULL = Recipe(
    SftSettings(epochs=6, learning_rate=2e-3, batch=8, batch_tokens=32768, context=3796, rank=32),
    GrpoSettings(steps=30, tasks=16, group=16, passes=2, learning_rate=2e-5, rows=128, batch_tokens=32768),
)
"""For one accelerator: the settings of the warm-up are those that the adapter in circulation was trained with."""
MINI = Recipe(
    SftSettings(epochs=3, learning_rate=2e-3, batch=4, batch_tokens=2048, context=1536, rank=16),
    GrpoSettings(
        steps=5, tasks=2, group=6, passes=2, learning_rate=1e-4, rows=12, room=2048, turns=8, batch_tokens=2048, rank=16
    ),
    families=MINI_FAMILIES,
    tasks=20,
    held=MINI_FAMILIES,
    apart=8,
    trials=0,
)
"""For two cores, in the background."""


def run(
    recipe: Recipe, stage: Stage, base: Base, device: str, out: Path, told: Callable[[str], None]
) -> Mapping[str, Score]:
    """Stage, greedily or (`STAGE at temperature 1`) not -> how it did."""
    learnt = tasks_of(stage, TRAIN, recipe.families, recipe.tasks)
    apart = tasks_of(stage, TRAIN, recipe.families, recipe.apart, after=recipe.tasks) if recipe.tasks else []
    held = tasks_of(stage, "heldout", recipe.held, recipe.each) + apart
    told(f"{len(learnt)} tasks to learn from, {len(held)} to be played ({len(apart)} of them kept apart)")
    _reference(stage, learnt, out / REFERENCE)
    found: dict[str, Score] = {}
    for name, adapter in _adapters(recipe, stage, learnt, base, device, out, told):
        policy = Policy.load(base, adapter, device, rank=recipe.warm.rank)
        for label, manner in _manners(recipe):
            agent = f"{name}{label and '-sampled'}"
            told(f"{name}{label}: {len(held)} tasks")
            found[f"{name}{label}"] = evaluate(
                stage, held, policy, out / EVAL, agent, manner, lambda one: told(_line(one))
            )
    return found


def tasks_of(stage: Stage, split: str, families: Sequence[str], most: int | None, after: int = 0) -> list[Task]:
    """Of a split the first ones of each family, or those that come after so many."""
    by_family: dict[str, list[str]] = {}
    for id in pinned(stage.form).splits[split].tasks:
        if not families or family_of(id) in families:
            by_family.setdefault(family_of(id), []).append(id)
    return [stage.tasks[id] for ids in by_family.values() for id in ids[after:][:most]]


def _reference(stage: Stage, tasks: Sequence[Task], out: Path) -> None:
    with Schedule(out, stage, jobs(tasks, REFERENCE, 1), REFERENCE, {}) as schedule:
        play_scripts(schedule, {task.id: scripted(task, REFERENCE) for task in tasks}, lambda _: None)


def _adapters(
    recipe: Recipe, stage: Stage, tasks: Sequence[Task], base: Base, device: str, out: Path, told: Callable[[str], None]
) -> Iterator[tuple[str, Path | None]]:
    """The adapter of each stage, once it is trained; what is asked for next is trained then."""
    yield "base", None
    warm = out / WARM / "adapter"
    if not (warm / "adapter_config.json").exists():
        tokenizer = base.tokenizer()
        sides = [examples(side, tokenizer) for side in parted(select([out / REFERENCE]).chosen, HELD)]
        train_on, measure_on = (fitting(side, recipe.warm.context) for side in sides)
        told(f"{WARM}: {len(train_on)} episodes of {recipe.warm.context} tokens at most")
        train(base, None, device, train_on, measure_on, recipe.warm, out / WARM, lambda row: told(_figures(row)))
    yield WARM, warm
    Grpo.begin(stage, tasks, base, warm, device, recipe.grpo, out / GRPO, lambda row: told(_figures(row))).run()
    yield GRPO, out / GRPO / "adapter"


def _manners(recipe: Recipe) -> Iterable[tuple[str, Manner]]:
    grpo = recipe.grpo
    greedy = Manner(rows=grpo.rows, room=grpo.room, turn=grpo.turn, turns=grpo.turns, seed=grpo.seed)
    yield "", greedy
    if recipe.trials:
        yield " at temperature 1", Manner(1.0, recipe.trials, grpo.rows, grpo.room, grpo.turn, grpo.turns, grpo.seed)


def _line(one: Played) -> str:
    reward = Result.of(one.grade)
    return f"{one.episode}: {one.status if reward is None else f'{reward.reward:.2f}'}"


def _figures(row: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
    )
