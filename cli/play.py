"""`corecraft run`: let an agent play a task and grade it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import anyio
from attrs import evolve
from rich.text import Text

from ..engine.errors import CoreCraftError
from ..replay.view import criterion_line
from ..replay.visible import Passage, one_line
from ..rollouts.agents import NoSuchAgent, ScriptedAgent, scripted
from ..rollouts.batch import Played
from ..rollouts.cluster import play_on_ray
from ..rollouts.endpoints import EndpointUnusable
from ..rollouts.loop import Rules
from ..rollouts.runner import Stage, load, standard
from ..rollouts.schedule import GaveUp, Schedule, jobs, play_model, play_scripts
from ..scenarios.company import OURS
from ..scenarios.grading import Grade
from ..scenarios.splits import family_of, pinned, read, task_ids
from ..scenarios.task import Form, Task
from . import faults, models
from .companies import add_company_option
from .human import HUMAN, Human, Left
from .live import Metered, Watch
from .output import console, emit_json, errors, progress, say, table

EPILOG = """\
examples:
  corecraft run --task S-1 --agent reference --out runs/s1
  corecraft run --task S-2 --agent failing --out runs/s2 --json
  corecraft run --task S-4 --agent reference --trials 16 --out runs/group
  corecraft run --split smoke --agent reference --out runs/smoke
  corecraft run --split heldout --per-family 2 --agent reference --out runs/even
  corecraft run --split train --agent failing --out runs/mistakes     families without it are named and left out
  corecraft run --split heldout --agent openai:MODEL --base-url http://127.0.0.1:8080/v1 --trials 4 --out runs/mine
  corecraft run --task S-2 --agent human --out runs/me                 you, at this terminal; /help says how
  corecraft run --split smoke --agent local --adapter lora.gguf --concurrency 2 --out runs/local
  corecraft run --split smoke --agent reference --faults 0.2 --out runs/failing      calls fail as those of real systems do

The same command again goes on where a run was stopped or killed; with more --trials it plays those.
"""


_Outcome = tuple[Schedule, BaseException | None]
"""What was played, and what stopped it before its end."""
_Way = Callable[[argparse.Namespace, Stage, Sequence[Task]], _Outcome]


def add(commands: Any) -> None:
    run = commands.add_parser(
        "run", help="play a task with an agent and grade it", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    run.add_argument("--task", metavar="ID", help="a task, e.g. S-2")
    run.add_argument("--split", metavar="NAME", help="all tasks of a split: smoke, train or heldout")
    run.add_argument("--per-family", type=int, metavar="N", help="of the split, the first N tasks of each family")
    run.add_argument(
        "--splits", metavar="FILE",
        help="a splits file of your own, live, or an earlier version by number or digest of a split (default: the published)",
    )  # fmt: skip
    run.add_argument(
        "--agent",
        required=True,
        metavar="NAME",
        help="reference, a known mistake (failing, or its name), openai:MODEL, local, or human: you, at this terminal",
    )
    run.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="run folder; made if new, gone on with if not"
    )
    run.add_argument(
        "--trials",
        type=int,
        default=1,
        metavar="N",
        help="episodes a task; what the run has is not played again (default: 1)",
    )
    run.add_argument("--world", type=Path, metavar="DIR", help="a saved world or bundle (default: the standard world)")
    add_stage_options(run)
    run.add_argument("--json", action="store_true", help="the grades as one JSON object")
    faults.add_options(run)
    models.add_options(run)
    run.set_defaults(handler=_run)


def add_stage_options(parser: argparse.ArgumentParser) -> None:
    """`--company` and `--form`."""
    add_company_option(parser)
    parser.add_argument(
        "--form", choices=get_args(Form), default="labelled",
        help="how tasks are asked: with the form of the answer dictated, or as people ask (default: labelled)",
    )  # fmt: skip


def load_stage(folder: Path | None, form: Form = "labelled", company: str = OURS) -> Stage:
    """A company's standard world, a saved one, or a bundle's."""
    if folder is None:
        return standard(form=form, company=company)
    stage = load(folder, form)
    if company not in (OURS, stage.company.name):
        raise CoreCraftError(f"{folder} is a world of {stage.company.name}, not of {company}; leave out --company")
    return stage


def _run(arguments: argparse.Namespace) -> int:
    if arguments.trials < 1:
        raise CoreCraftError("--trials must be 1 or more")
    if bool(arguments.task) == bool(arguments.split):
        raise CoreCraftError("say what to play: --task ID or --split NAME")
    if arguments.per_family is not None and (arguments.per_family < 1 or not arguments.split):
        raise CoreCraftError("--per-family N takes the first N tasks of each family of a --split; N is 1 or more")
    faults.faults_of(arguments)  # a mistake in it is told before the world is made
    if arguments.ray and not arguments.agent.startswith(models.SCHEME):
        raise CoreCraftError(f"--ray plays with --agent {models.SCHEME}MODEL, whose endpoint all machines reach")
    if arguments.workers is not None and (arguments.workers < 1 or not arguments.ray):
        raise CoreCraftError("--workers N says how many play with --ray; N is 1 or more")
    with progress(arguments.json) as bar:
        bar.add_task("preparing the world", total=None)
        stage = _stage(arguments)
        tasks = [stage.tasks[id] for id in _task_ids(arguments, stage)]
    schedule, stopped = _way_of(arguments.agent)(arguments, stage, tasks)
    _show(arguments, schedule)
    if stopped:
        errors.print(f"stopped: {one_line(str(stopped)) or 'by Ctrl-C'}", style="bold yellow", soft_wrap=True)
        return 130 if isinstance(stopped, KeyboardInterrupt) else 2
    return 0


def _way_of(agent: str) -> _Way:
    if agent == HUMAN:
        return _play_human
    return _play_model if models.is_model(agent) else _play_script


def _stage(arguments: argparse.Namespace) -> Stage:
    """Where it is played: on the tasks of today, or those of an earlier version."""
    version = _version(arguments)
    if version is None:
        if arguments.task and arguments.splits:
            raise CoreCraftError("--splits FILE goes with --split; a task is the same in every file")
        return load_stage(arguments.world, arguments.form, arguments.company)
    if arguments.company != OURS:
        raise CoreCraftError(f"{arguments.company} has no earlier version {version}; leave out --splits, or --company")
    if arguments.world:
        raise CoreCraftError(f"--splits {version} brings its own world; leave out --world")
    return Stage.of_version(version, arguments.form)


def _names_version(which: str) -> bool:
    """Whether it is the number of a version or the digest of a split, and no file."""
    return re.fullmatch(r"\d{1,4}|[0-9a-f]{8,64}", which) is not None and not Path(which).is_file()


def _version(arguments: argparse.Namespace) -> str | None:
    """The earlier version that is asked for, by number or digest; None for a file, and for the version of today."""
    which, now = arguments.splits, pinned(arguments.form)
    if which is None or not _names_version(which):
        return None
    today = which == str(now.version) or any(split.digest.startswith(which) for split in now.splits.values())
    return None if today else which


def _task_ids(arguments: argparse.Namespace, stage: Stage) -> list[str]:
    """The one task named, or those of the split: all, or as many of each family as asked for."""
    if not arguments.split:
        return [arguments.task]
    own = None if arguments.splits is None or _names_version(arguments.splits) else arguments.splits
    ids = task_ids(arguments.split, stage.splits or read(own, arguments.form, stage.company.name))
    families: dict[str, list[str]] = {}
    for id in ids:
        families.setdefault(family_of(id), []).append(id)
    return [id for own in families.values() for id in own[: arguments.per_family]]


def _play_script(arguments: argparse.Namespace, stage: Stage, tasks: Sequence[Task]) -> _Outcome:
    cast, without = _cast(tasks, arguments.agent)
    if without:
        families = ", ".join(dict.fromkeys(task.family for task in without))
        say(f"left out {len(without)} tasks that have no agent {arguments.agent}, of {families}", to=errors)
    players = {task.id: agent for task, agent in cast}
    failing = faults.faults_of(arguments)
    wanted = jobs([task for task, _ in cast], arguments.agent, arguments.trials, failing)
    with (
        progress(arguments.json) as bar,
        Schedule(arguments.out, stage, wanted, arguments.agent, {}, failing) as schedule,
    ):
        step = bar.add_task(f"playing {_what(arguments)}", total=len(wanted))
        play_scripts(schedule, players, lambda _: bar.update(step, completed=len(schedule.played)))
    return schedule, None


def _play_human(arguments: argparse.Namespace, stage: Stage, tasks: Sequence[Task]) -> _Outcome:
    """With --json the conversation goes to stderr."""
    screen = errors if arguments.json else console
    human = Human(arguments.name or HUMAN, stage.system_text, screen, Rules(turns=arguments.max_turns))
    failing = faults.faults_of(arguments)
    wanted = jobs(tasks, human.name, arguments.trials, failing)
    with Schedule(arguments.out, stage, wanted, human.name, {"player": HUMAN}, failing) as schedule:

        def done(played: Played) -> None:
            if played.grade and len(wanted) > 1:
                say(outcome(played.grade), f"  {scored(played.grade)}", to=screen)

        try:
            play_scripts(schedule, dict.fromkeys((task.id for task in tasks), human), done)
        except (Left, EOFError, KeyboardInterrupt) as leaving:
            why = "the input has ended: " if isinstance(leaving, EOFError) else ""
            for job in schedule.open:
                say(f"{why}{job.id} stays open, and the same command goes on there", to=screen)
    return schedule, None


def _play_model(arguments: argparse.Namespace, stage: Stage, tasks: Sequence[Task]) -> _Outcome:
    agent, rules = models.agent_of(arguments, stage.system_text), Rules(turns=arguments.max_turns)
    failing, labels = faults.faults_of(arguments), models.labels_of(agent)
    wanted = jobs(tasks, agent.name, arguments.trials, failing)
    with ExitStack() as stack:
        with progress(arguments.json) as bar:
            bar.add_task("preparing the model", total=None)
            endpoint = stack.enter_context(models.endpoint_of(arguments))
        schedule = stack.enter_context(Schedule(arguments.out, stage, wanted, agent.name, labels, failing))
        watch = Watch(f"{_what(arguments)}, {agent.name}", schedule, endpoint.price, quiet=arguments.json)

        async def play() -> None:
            async with endpoint:
                asked = Metered(endpoint, watch)
                await play_model(schedule, agent, asked, watch.done, concurrency=arguments.concurrency, rules=rules)

        try:
            with watch:
                if arguments.ray:
                    part = models.part_of(arguments, tasks, agent, endpoint, rules, _version(arguments))
                    part = evolve(part, faults=failing)
                    watch.usage = schedule.usage  # what the workers tell of; their answers do not come by here
                    play_on_ray(schedule, part, watch.done, arguments.workers)
                else:
                    anyio.run(play)
        except (KeyboardInterrupt, EndpointUnusable, GaveUp) as stop:
            return schedule, stop
    return schedule, None


def _what(arguments: argparse.Namespace) -> str:
    return arguments.split or arguments.task


def _show(arguments: argparse.Namespace, schedule: Schedule) -> None:
    played, borne = schedule.in_order, schedule.recovery()
    if arguments.json:
        rows = [{"episode": one.episode, "status": one.status, **(one.grade.data() if one.grade else {"error": one.error}),
                 **({"recovery": borne[one.episode].data()} if one.episode in borne else {})}
                for one in played]  # fmt: skip
        emit_json({"run": str(arguments.out), "planned": len(schedule.jobs), "episodes": rows})
        return
    grades = {one.episode: one.grade for one in played if one.grade is not None}
    show_many(grades) if len(grades) > MANY else show_grades(grades)
    for one in played:
        if one.grade is None:
            say(f"✗ {one.episode} {one.status}: {one.error}", style="yellow")
    console.print()
    say(models.completeness(schedule))
    if borne:
        say(faults.told(borne))
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
    if not grades:
        return
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
