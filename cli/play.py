"""`corecraft run`: let an agent play a task and grade it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.text import Text

from ..engine.errors import CoreCraftError
from ..replay.view import criterion_line
from ..replay.visible import Passage
from ..rollouts.agents import NoSuchAgent, ScriptedAgent, scripted
from ..rollouts.batch import next_trial
from ..rollouts.runner import Stage, load, play, prepare_run, standard, wall_ms
from ..scenarios.grading import Grade
from ..scenarios.registry import named
from ..scenarios.splits import read, task_ids
from ..scenarios.task import Task
from .output import console, emit_json, errors, progress, say, table

EPILOG = """\
examples:
  corecraft run --task S-1 --agent reference --out runs/s1
  corecraft run --task S-2 --agent failing --out runs/s2 --json
  corecraft run --task S-4 --agent reference --trials 16 --out runs/group
  corecraft run --split smoke --agent reference --out runs/smoke
  corecraft run --split train --agent failing --out runs/mistakes     families without it are named and left out
"""


def add(commands: Any) -> None:
    run = commands.add_parser(
        "run", help="play a task with an agent and grade it", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    run.add_argument("--task", metavar="ID", help="a task, e.g. S-2")
    run.add_argument("--split", metavar="NAME", help="all tasks of a split: smoke, train or heldout")
    run.add_argument(
        "--splits", type=Path, metavar="FILE", help="a splits file of your own (default: the published splits)"
    )
    run.add_argument(
        "--agent", required=True, metavar="NAME", help="reference, or a known mistake: failing, or its name"
    )
    run.add_argument("--out", required=True, type=Path, metavar="DIR", help="run folder; made if new, added to if not")
    run.add_argument("--trials", type=int, default=1, metavar="N", help="how many episodes to play (default: 1)")
    run.add_argument("--world", type=Path, metavar="DIR", help="a saved world or bundle (default: the standard world)")
    run.add_argument("--json", action="store_true", help="the grades as one JSON object")
    run.set_defaults(handler=_run)


def load_stage(folder: Path | None) -> Stage:
    """The standard world, a saved one, or a bundle's."""
    return standard() if folder is None else load(folder)


def _run(arguments: argparse.Namespace) -> None:
    if arguments.trials < 1:
        raise CoreCraftError("--trials must be 1 or more")
    if bool(arguments.task) == bool(arguments.split):
        raise CoreCraftError("say what to play: --task ID or --split NAME")
    with progress(arguments.json) as bar:
        step = bar.add_task("preparing the world", total=None)
        stage = load_stage(arguments.world)
        ids = task_ids(arguments.split, read(arguments.splits)) if arguments.split else [arguments.task]
        cast, without = _cast([named(stage.tasks, id) for id in ids], arguments.agent)
        run = prepare_run(arguments.out, stage, {"agent": arguments.agent}, [task for task, _ in cast])
        grades: dict[str, Grade] = {}
        bar.update(step, description=f"playing {arguments.split or arguments.task}", total=len(cast) * arguments.trials)
        with closing(run.writer(arguments.agent, wall_ms, new=True)) as log:
            for task, agent in cast:
                for _ in range(arguments.trials):
                    trial = next_trial(log, task, agent)
                    episode, grades[episode.id] = play(stage, task, agent, log=log, trial=trial)
                    bar.advance(step)
    if without:
        families = ", ".join(dict.fromkeys(task.family for task in without))
        say(f"left out {len(without)} tasks that have no agent {arguments.agent}, of {families}", to=errors)
    if arguments.json:
        emit_json({"run": str(arguments.out), "episodes": [{"episode": id, **g.data()} for id, g in grades.items()]})
        return
    show_many(grades) if len(grades) > MANY else show_grades(grades)
    console.print()
    say(f"read it:    corecraft view {arguments.out}")
    say(f"verify it:  corecraft verify {arguments.out}")


def _cast(tasks: Sequence[Task], agent: str) -> tuple[list[tuple[Task, ScriptedAgent]], list[Task]]:
    """Who plays what, and the tasks that have no agent of this name. Raises NoSuchAgent when none has."""
    cast: list[tuple[Task, ScriptedAgent]] = []
    without: list[Task] = []
    for task in tasks:
        try:
            cast.append((task, scripted(task, agent)))
        except NoSuchAgent:
            without.append(task)
            if len(without) == len(tasks):
                raise
    return cast, without


MANY = 4
"""Episodes beyond which one line each is shown instead of every criterion."""


def show_many(grades: dict[str, Grade]) -> None:
    """One line an episode, and the mean."""
    rows = [
        (mark(g.code_passed), id, f"{g.code_reward or 0:.3f}", len(g.unjudged), ", ".join(g.unmet))
        for id, g in grades.items()
    ]
    table("", ("", "episode", "code reward", "unjudged", "lost"), rows)
    passed, mean = (
        sum(g.code_passed is True for g in grades.values()),
        sum(g.code_reward or 0 for g in grades.values()) / len(grades),
    )
    say(f"{passed} of {len(grades)} passed by code, mean code reward {mean:.3f}")


def show_grades(grades: dict[str, Grade]) -> None:
    """Of each episode which criteria were met, and why not."""
    for episode, grade in grades.items():
        say((episode, "bold"), "  ", outcome(grade), f"  {scored(grade)}")
        if console.is_terminal:
            for criterion in grade.data()["criteria"]:
                console.print(Passage(criterion_line(criterion), hang=2))
        else:
            rows = [(mark(c.passed), c.id, c.tag, c.text, c.reason) for c in grade.criteria]
            table("", ("", "criterion", "tag", "what", "reason"), rows)


def outcome(grade: Grade) -> Text:
    if grade.not_applicable:
        return Text("not applicable", style="bold yellow")
    if grade.code_passed is None:
        return Text("waits for a reader", style="bold yellow")
    return Text("passed", style="bold green") if grade.code_passed else Text("failed", style="bold red")


def scored(grade: Grade) -> str:
    """The reward; of a grade that waits for a judge, what code decided."""
    if grade.not_applicable:
        return grade.not_applicable
    if grade.reward is not None:
        return f"reward {grade.reward:.3f}"
    return f"code reward {grade.code_reward:.3f}, {len(grade.unjudged)} unjudged"


def mark(passed: bool | None) -> Text:
    if passed is None:
        return Text("·", style="dim")
    return Text("✓", style="green") if passed else Text("✗", style="red")
