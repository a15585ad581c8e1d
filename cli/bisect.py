"""`corecraft bisect`: at which step an episode was lost."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, get_args

from rich.text import Text

from ..analysis.figures import Estimate
from ..analysis.report import plots
from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..replay import view as viewing
from ..rollouts.bisecting import Bisection, Measure, bisect, interval, measured
from ..rollouts.branching import Result, Value
from ..rollouts.folder import RunFolder
from ..rollouts.runner import regrader, stored_task
from ..rollouts.steps import beginning, course
from . import policies
from .histories import genesis_of, locate
from .output import console, emit_json, errors, progress, say, table

EPILOG = """\
EPISODE is RUN/EPISODE, or a run folder that holds only one. It is forked before each step that is asked for, and the policy
plays on from there. With the reference (default) every value is exact: could the task still be won from there, given what
had been written? With a model it is a share of --samples episodes, with an interval.

examples:
  corecraft bisect runs/s2/S-2.failing.0
  corecraft bisect runs/s2/S-2.failing.0 --sweep --svg curve.svg
  corecraft bisect runs/s2/S-2.failing.0 --no-keep --json
  corecraft bisect runs/mine/MW-02-001.mine.0 --policy openai:MODEL --base-url http://127.0.0.1:8080/v1 --samples 8
  corecraft bisect runs/local/CM-04-h001.local.0 --policy local --adapter lora.gguf --samples 4 --by reward

docs/branching.md says what is estimated, and how.
"""


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "bisect", help="at which step an episode was lost", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("episode", metavar="EPISODE", help="RUN/EPISODE, or a run folder that holds only one")
    parser.add_argument(
        "--samples",
        type=int,
        default=4,
        metavar="N",
        help="of a model, from each step (default: 4); a script needs one",
    )
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="every step, in place of a binary search, which takes what is lost for lost",
    )
    parser.add_argument(
        "--by", choices=get_args(Measure), default="chance", help="the chance of passing (default), or the mean reward"
    )
    parser.add_argument(
        "--good",
        type=float,
        metavar="SHARE",
        help="from here on a value counts as good (default: half of the first one)",
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the values as a plot")
    parser.add_argument("--no-keep", action="store_true", help="leave the run as it is: forks are played in memory")
    parser.add_argument("--json", action="store_true", help="all values and forks as one object")
    policies.add_options(parser)
    parser.set_defaults(handler=_bisect)


def _bisect(arguments: argparse.Namespace) -> None:
    place = locate(arguments.episode)
    run, past = place.run, place.run.trajectory(place.one())
    if arguments.good is not None and not 0 < arguments.good <= 1:
        raise CoreCraftError("--good SHARE lies above 0 and is at most 1")
    found = _found(arguments, run, past)
    if arguments.svg:
        _write(arguments.svg, plots.alone(_curve(found)))
    if arguments.json:
        emit_json(found.data())
        return
    _show(run, past, found)
    if arguments.svg:
        say(f"wrote {arguments.svg}", style="dim", to=errors)


def _found(arguments: argparse.Namespace, run: Run, past: Trajectory) -> Bisection:
    task = stored_task(run, past)
    if task is None:
        raise CoreCraftError(f"{past.id} has no task, so nothing can be lost in it")
    outcome = Result.read(past.grade or regrader(run)(past))
    with ExitStack() as stack:
        cast, each = stack.enter_context(policies.policies(arguments))
        folder = stack.enter_context(RunFolder(run.path, writer="bisect"))
        apart = partial(folder.apart, past.id)
        policy = cast(run, past, partial(apart, beginning(past)))
        fork = apart if arguments.no_keep else partial(_kept, folder, past.id, policy.name)
        bar = stack.enter_context(progress(arguments.json))
        step = bar.add_task(f"{policy.name} plays on from the steps of {past.id}", total=len(course(past)))
        return bisect(
            past, task, policy, fork, samples=arguments.samples, by=arguments.by, full=arguments.sweep, good=arguments.good,
            each=each, outcome=outcome, told=lambda _: bar.advance(step),
        )  # fmt: skip


def _kept(folder: RunFolder, episode: str, policy: str, at: int) -> Episode:
    """A fork in the run, labelled."""
    return folder.fork(episode, at, labels={"agent": policy, "bisect": episode})


# --- what it came to -------------------------------------------------------------------------------------------------


def _show(run: Run, past: Trajectory, found: Bisection) -> None:
    exact = "exact" if found.exact else "95% intervals"
    say((past.id, "bold"), f"  {_outcome(found.outcome)}; {found.policy} plays on, {exact}")
    rows = [_row(found, number, value) for number, value in found.found.values.items()]
    curve = ("",) if console.is_terminal else ()
    known = ("the policy wins as it",) if found.exact else ("interval", "passed")
    table("", ("step", "event", "what it does", *curve, found.by, *known, "mean reward"), rows)
    console.print()
    _tell_step(run, past, found)
    if found.found.rise:
        low, high = (found.steps[number] for number in found.found.rise)
        say(
            f"what was lost is won back: the value rises from event {low.before} to event {high.before}"
            + (
                "" if len(found.found.values) == len(found.steps) else "; a binary search misses that, --sweep does not"
            ),
            style="yellow",
        )
    saving = found.saving
    say(
        f"{saving.forks} forks played {saving.played} steps; full restarts would have played {saving.played + saving.shared}: "
        f"{saving.share:.0%} saved"
        + ("" if len(found.found.values) == len(found.steps) else f"; a sweep asks at {len(found.steps)} steps"),
        style="dim",
    )


def _tell_step(run: Run, past: Trajectory, found: Bisection) -> None:
    step, good = found.lost_at, found.last_good
    if step is None or good is None:
        never = not any(measured(value, found.by) >= found.found.good for value in found.found.values.values())
        say(
            f"{found.policy} does not win from the beginning: it is no step that lost it"
            if never
            else "nothing was lost"
        )
        return
    say(("last good  ", "green"), f"after event {good.seq}: {_figure(good, found.by)}")
    say(("first bad  ", "red"), f"step {step.number}, {step.what}, from event {step.first} to {step.last}")
    console.print(viewing.part(past, step.first, step.last, genesis=genesis_of(run, past)))
    if len(found.found.drops) > 1:
        earlier = ", ".join(str(found.steps[number].first) for number in found.found.drops[:-1])
        say(f"lost before, and won back: {earlier}", style="yellow")


def _row(found: Bisection, number: int, value: Value) -> tuple[Any, ...]:
    step, within = found.steps[number], interval(value, found.by)
    bar = (_bar(found, value),) if console.is_terminal else ()
    known = (_how(found, number),) if found.exact else (f"{within.low:.2f} to {within.high:.2f}", _passed(value))
    return (number, value.seq, step.what, *bar, f"{measured(value, found.by):.2f}", *known, f"{value.mean_reward:.3f}")


def _passed(value: Value) -> str:
    waiting = f", {value.undecided} undecided" if value.undecided else ""
    return f"{value.passes} of {value.samples}{waiting}"


def _how(found: Bisection, number: int) -> str:
    won = (one.way for one in found.tried if one.before == number and one.result is not None and one.result.passed)
    return next(won, "")


_CELLS = 16


def _bar(found: Bisection, value: Value) -> Text:
    """The value on a line from 0 to 1, with its interval."""
    within = interval(value, found.by)
    low, middle, high = (round(x * (_CELLS - 1)) for x in (within.low, measured(value, found.by), within.high))
    cells = ["●" if n == middle else "─" if low <= n <= high else "·" for n in range(_CELLS)]
    fine = measured(value, found.by) >= found.found.good
    return Text("".join(cells), "green" if fine else "red")


def _curve(found: Bisection) -> str:
    points = [
        (value.seq, Estimate(measured(value, found.by), within.low, within.high, value.samples))
        for value in found.found.values.values()
        for within in [interval(value, found.by)]
    ]
    what = "chance of passing" if found.by == "chance" else "mean reward"
    title = f"{found.episode}: {what} when {found.policy} plays on after an event"
    return plots.lines("values", title, [plots.Line(found.policy, 0, points)], axis="")


def _figure(value: Value, by: str) -> str:
    return f"{_passed(value)} passed" if by == "chance" else f"mean reward {value.mean_reward:.3f}"


def _outcome(outcome: Result | None) -> str:
    if outcome is None:
        return "not graded"
    said = {True: "passed", False: "failed", None: "undecided"}[outcome.passed]
    return f"{said} with reward {outcome.reward:.3f}"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be written: {error.strerror}") from None
