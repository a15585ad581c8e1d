"""`corecraft view`, `verify`, `fork` and `diff`: what is done to recorded histories."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen
from rich.text import Text

from ..engine.episode import fork_of
from ..engine.errors import CoreCraftError, LogDamaged, UnknownEpisode
from ..engine.genesis import Genesis
from ..engine.run import Run
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..replay import diff as diffing
from ..replay import view as viewing
from ..replay.verify import Verdict, verify_run
from ..rollouts.agents import scripted
from ..rollouts.runner import finish, regrader, stored_task, wall_ms
from ..tools.tables import TABLES
from ..tools.toolset import by_name
from .output import console, emit_json, progress
from .play import free_writer, show_grades

EPILOG = """\
EPISODE is a run folder, or RUN/EPISODE for one episode of it, e.g. runs/s2/S-2.failing.0

examples:
  corecraft view runs/s2                                       every episode (for many: their tree)
  corecraft view runs/s2/S-2.failing.0 --full
  corecraft verify runs/s2
  corecraft fork runs/s2/S-2.failing.0 --at 18 --agent reference
  corecraft diff runs/s2/S-2.failing.0 runs/s2/S-2.failing.0~1
"""


@frozen
class Place:
    """A run and the episodes of it that were named."""

    run: Run
    episodes: list[str]

    def one(self) -> str:
        """The single episode meant, or one clear line."""
        if len(self.episodes) != 1:
            known = ", ".join(self.run.episodes[:6])
            raise CoreCraftError(f"{self.run.path} has {len(self.episodes)} episodes; name one: {known}")
        return self.episodes[0]


def add(commands: Any) -> None:
    def verb(name: str, help: str, handler: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
        made.set_defaults(handler=handler)
        made.add_argument("--json", action="store_true")
        return made

    view = verb("view", "read a history; nothing is run", _view)
    view.add_argument("episodes", nargs="+", metavar="EPISODE")
    view.add_argument("--full", action="store_true", help="replies and texts in full")
    view.add_argument("--tree", action="store_true", help="only which episode forked from which")

    verify = verb("verify", "re-execute every call and compare every byte; exit 1 on a divergence", _verify)
    verify.add_argument("episodes", nargs="+", metavar="EPISODE")

    fork = verb("fork", "start a new line after a step; with --agent also play it to the end", _fork)
    fork.add_argument("episode", metavar="EPISODE")
    fork.add_argument("--at", type=int, metavar="SEQ", help="fork after this event (default: the last before the end)")
    fork.add_argument("--agent", metavar="NAME", help="who plays on: reference or failing")
    fork.add_argument("--id", help="name of the new episode (default: EPISODE~N)")

    diff = verb("diff", "compare two histories: events after the split, and rows that differ at the end", _diff)
    diff.add_argument("left", metavar="EPISODE")
    diff.add_argument("right", metavar="EPISODE")


def locate(spec: str) -> Place:
    """A run folder, or RUN/EPISODE. Raises CoreCraftError saying what was looked for."""
    path = Path(spec)
    if (path / "run.json").exists():
        run = Run(path)
        return Place(run, run.episodes)
    if (path.parent / "run.json").exists():
        run = Run(path.parent)
        if path.name not in run.episodes:
            raise UnknownEpisode(
                f"No episode {path.name} in {run.path}. It has: {', '.join(run.episodes[:6]) or 'none'}"
            )
        return Place(run, [path.name])
    raise CoreCraftError(
        f"{spec} is neither a run folder nor RUN/EPISODE: there is no run.json in {path} or {path.parent}"
    )


def genesis_of(run: Run, trajectory: Trajectory) -> Genesis:
    """The world a history was made on, from its run."""
    return run.genesis(trajectory.events[0].data["genesis"], TABLES)


def toolset_of(trajectory: Trajectory) -> Toolset:
    """The present toolset of the name the history gives; verify and fork compare its digest."""
    return by_name(trajectory.opened.data["tools"])


# --- view --------------------------------------------------------------------------------------------------------


def _view(arguments: argparse.Namespace) -> int:
    damaged = 0
    for spec in arguments.episodes:
        place = locate(spec)
        for damage in place.run.damages:
            console.print(Text(f"damaged: {damage}", style="bold red"))
        if arguments.tree or (len(place.episodes) > 8 and not arguments.json):
            from ..replay import lineage  # networkx takes a while to load

            console.print(lineage.render(lineage.lineage(place.run)))
            continue
        for episode in place.episodes:
            damaged += _view_one(place.run, episode, arguments)
    return 1 if damaged else 0


def _view_one(run: Run, episode: str, arguments: argparse.Namespace) -> int:
    damage: LogDamaged | None = None
    try:
        trajectory = run.trajectory(episode)
    except LogDamaged as error:
        if error.intact is None:
            raise
        damage, trajectory = error, error.intact
    if arguments.json:
        events = [msgspec.to_builtins(event) for event in trajectory.events]
        emit_json(
            {"episode": episode, "head": trajectory.head_hash, "damage": damage and str(damage), "events": events}
        )
    else:
        genesis = genesis_of(run, trajectory)
        console.print(viewing.render(trajectory, run.labels(episode), genesis=genesis, full=arguments.full))
        if damage is not None:
            console.print(Text(f"damaged from here on: {damage}", style="bold red"))
        console.print()
    return damage is not None


# --- verify ------------------------------------------------------------------------------------------------------


def _verify(arguments: argparse.Namespace) -> int:
    results: list[tuple[str, Verdict | CoreCraftError]] = []
    damages: list[LogDamaged] = []
    with progress(arguments.json) as bar:
        for spec in arguments.episodes:
            place = locate(spec)
            damages += place.run.damages
            step = bar.add_task(f"verifying {spec}", total=len(place.episodes))
            verdicts = verify_run(
                place.run,
                by_name,
                lambda digest, run=place.run: run.genesis(digest, TABLES),
                regrade=regrader(place.run),
                episodes=place.episodes,
            )
            for result in verdicts:
                results.append(result)
                bar.advance(step)
    failed = [result for _, result in results if isinstance(result, CoreCraftError) or not result.ok]
    if arguments.json:
        emit_json({"ok": not failed and not damages, "episodes": [_verdict_data(*result) for result in results],
                   "damages": [str(damage) for damage in damages]})  # fmt: skip
    else:
        for episode, result in results:
            console.print(_verdict_text(episode, result))
        for damage in damages:
            console.print(Text(f"damaged: {damage}", style="bold red"))
        calls = sum(result.calls for _, result in results if isinstance(result, Verdict))
        console.print(f"{len(results) - len(failed)} of {len(results)} episodes verified, {calls} calls re-executed")
    return 1 if failed or damages else 0


def _verdict_data(episode: str, result: Verdict | CoreCraftError) -> dict[str, Any]:
    if isinstance(result, CoreCraftError):
        return {"episode": episode, "ok": False, "error": str(result)}
    found = result.divergence
    divergence = None
    if found is not None:
        sides = {"recorded": found.recorded, "produced": found.produced}
        divergence = {"seq": found.seq, "kind": found.kind, "reason": found.reason, **msgspec.to_builtins(sides)}
    return {
        "episode": episode,
        "ok": result.ok,
        "calls": result.calls,
        "events": result.events,
        "divergence": divergence,
    }


def _verdict_text(episode: str, result: Verdict | CoreCraftError) -> Text:
    if isinstance(result, CoreCraftError):
        return Text.assemble(("✗ ", "bold red"), f"{episode}: {result}")
    sign = ("✓ ", "bold green") if result.ok else ("✗ ", "bold red")
    return Text.assemble(sign, viewing.plain(str(result)))


# --- fork --------------------------------------------------------------------------------------------------------


def _fork(arguments: argparse.Namespace) -> None:
    place = locate(arguments.episode)
    run, parent = place.run, place.run.trajectory(place.one())
    name = arguments.id or free_fork(run, parent.id)
    if name in run.episodes:
        raise CoreCraftError(f"There is an episode {name} already; choose another --id")
    log = run.writer(free_writer(run, "fork"), wall_ms)
    labels = {**run.labels(parent.id), **({"agent": arguments.agent} if arguments.agent else {})}
    child = fork_of(
        parent, genesis_of(run, parent), toolset_of(parent), at=arguments.at, id=name, labels=labels, log=log
    )
    grades = {}
    if arguments.agent:
        task = stored_task(run, parent)
        if task is None:
            raise CoreCraftError(f"{parent.id} has no task, so no scripted agent can play it on")
        grades[name] = finish(task, scripted(task.id, arguments.agent), child)
    else:
        child.record("fork.kept", {"by": "corecraft fork"})  # a fork nobody plays would leave no trace
    log.close()
    origin = child.trajectory().parent
    assert origin is not None
    if arguments.json:
        data = {id: grade.data() for id, grade in grades.items()}
        emit_json(
            {
                "episode": name,
                "parent": origin,
                "head": child.head_hash,
                "status": child.status,
                "grade": data.get(name),
            }
        )
        return
    console.print(f"{name}: forked from {parent.id} after event {origin['seq']}", markup=False)
    show_grades(grades)


def free_fork(run: Run, parent: str) -> str:
    """The first name EPISODE~N that the run does not have."""
    taken = set(run.episodes)
    return next(name for n in range(1, len(taken) + 2) if (name := f"{parent}~{n}") not in taken)


# --- diff --------------------------------------------------------------------------------------------------------


def _diff(arguments: argparse.Namespace) -> int:
    sides = [(place.run, place.run.trajectory(place.one())) for place in map(locate, (arguments.left, arguments.right))]
    (run, left), (_, right) = sides
    difference = diffing.diff(left, right, genesis_of(run, left))
    if arguments.json:
        rows = [{"entity": row.entity, "id": row.id, "left": row.left, "right": row.right} for row in difference.rows]
        data = msgspec.to_builtins({"left_events": difference.left_events, "right_events": difference.right_events})
        emit_json({"left": left.id, "right": right.id, "common": difference.common, **data, "rows": rows})
    else:
        console.print(diffing.render(difference))
    return 0
