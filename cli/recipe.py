"""`corecraft train recipe`: from a base model to a table, by one command that goes on where it was stopped."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..analysis.figures import difference, estimate, sign_test
from ..analysis.markdown import table_lines
from ..engine.errors import CoreCraftError
from ..engine.files import write_text
from ..rollouts import local
from ..rollouts.runner import standard
from ..rollouts.training.curves import Curves
from ..scenarios.families import families
from ..scenarios.splits import family_of
from .curves import PLAYED, TUNED, draw
from .output import console, emit_json, errors, say, table

EPILOG = """\
Plays the reference on training tasks, warms the model up on that (sft), trains it by playing (grpo), and plays the same
held-out tasks before, between and after. The same command goes on where it was stopped, so it may be given little time:
timeout 540 corecraft train recipe smollm --out models/smollm

examples:
  corecraft train recipe smollm --out models/smollm             without an accelerator: three short families (--mini)
  corecraft train recipe smollm --mini --threads 1 --out models/mini
"""
RECIPES = ("smollm",)
COLUMNS = ("stage", "tasks", "mean reward, seen families", "passed, seen families", "mean reward, unseen families")
PAIRED = ("paired, later less earlier", "tasks", "mean reward", "better", "worse", "p", "passed")


def add(ways: Any) -> None:
    parser = ways.add_parser(
        "recipe",
        help="warm-up, GRPO, and what they changed",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", choices=RECIPES, help="of SmolLM2-135M, or another --base of its kind")
    parser.add_argument("--mini", action="store_true", help="three short families (the default without an accelerator)")
    parser.add_argument("--grpo-steps", type=int, metavar="N", help="other than the recipe's number of steps")
    parser.add_argument("--warm-epochs", type=float, metavar="N", help="other than the recipe's number of epochs")
    parser.add_argument("--per-family", type=int, metavar="N", help="training tasks of each family, at most")
    parser.add_argument(
        "--base", type=Path, metavar="MODEL", help="a model folder, or a GGUF file (default: SmolLM2-135M)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where everything goes")
    parser.add_argument("--device", default="auto", metavar="NAME", help="cpu, cuda, or auto (default)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the processor (default: torch's choice)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="(default: 0)")
    parser.add_argument("--json", action="store_true", help="the scores by task, as one JSON object")
    parser.set_defaults(handler=_recipe)


def _recipe(arguments: argparse.Namespace) -> None:
    for name in ("grpo_steps", "warm_epochs", "per_family"):
        if getattr(arguments, name) is not None and getattr(arguments, name) <= 0:
            raise CoreCraftError(f"--{name.replace('_', '-')} must be more than 0")
    from ..rollouts.training import recipe
    from ..rollouts.training.libraries import need
    from ..rollouts.training.policy import Base, device_of, ready

    need(("torch",))
    device = device_of(arguments.device)
    chosen = recipe.MINI if arguments.mini or device == "cpu" else recipe.FULL
    chosen = chosen.changed(
        steps=arguments.grpo_steps, epochs=arguments.warm_epochs, tasks=arguments.per_family, seed=arguments.seed
    )
    base = Base(arguments.base or local.base_model())
    kept = chosen.grpo.rows * chosen.grpo.room
    most = max(chosen.warm.batch_tokens, chosen.grpo.batch_tokens)
    ready(base, device, rank=chosen.warm.rank, tokens=most, kept=kept, threads=arguments.threads, extra=("trl",))
    scores = recipe.run(chosen, standard(), base, device, arguments.out, lambda line: say(line, to=errors))
    stages, pairs = list(_stages(scores)), list(_pairs(scores))
    text = [*table_lines(COLUMNS, stages), "", *table_lines(PAIRED, pairs), ""]
    write_text(arguments.out / "table.md", "\n".join(text))
    draw(arguments.out / recipe.WARM, "Warm-up", Curves(arguments.out / recipe.WARM), TUNED)
    draw(arguments.out / recipe.GRPO, "GRPO", Curves(arguments.out / recipe.GRPO), PLAYED)
    if arguments.json:
        emit_json({name: {"reward": each.reward, "passed": each.passed} for name, each in scores.items()})
        return
    table("", COLUMNS, stages)
    console.print()
    table("", PAIRED, pairs)
    say(f"wrote {arguments.out}: table.md, and what each stage made", to=errors)


def _stages(scores: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for name, each in scores.items():
        unseen = {task: reward for task, reward in each.reward.items() if families()[family_of(task)].held_out}
        seen = {task: reward for task, reward in each.reward.items() if task not in unseen}
        passed = {task: share for task, share in each.passed.items() if task in seen}
        figures = map(_interval, map(estimate, (seen, passed, unseen)))
        yield name, str(len(each.reward)), *figures


def _pairs(scores: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """Each stage against the one before that was played the same way."""
    names = list(scores)
    for name in names:
        manner = name.partition(" ")[2]
        before = [other for other in names[: names.index(name)] if other.partition(" ")[2] == manner]
        if not before or (found := difference(scores[name].reward, scores[before[-1]].reward)) is None:
            continue
        passes = difference(scores[name].passed, scores[before[-1]].passed)
        chance = f"{sign_test(found.better, found.worse):.3g}"
        tasks, better, worse = map(str, (found.tasks, found.better, found.worse))
        yield f"{name} less {before[-1]}", tasks, _interval(found), better, worse, chance, _interval(passes)


def _interval(found: Any) -> str:
    """Clustered by task: it is tasks that are drawn again."""
    return "" if found is None else f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
