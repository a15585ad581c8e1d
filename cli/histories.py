"""`corecraft view`, `fork` and `diff`: what is done to recorded histories."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from ..engine.errors import CoreCraftError, UnknownEpisode
from ..engine.event import PROMPTED
from ..engine.genesis import Genesis
from ..engine.run import Run
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..replay import diff as diffing
from ..replay import view as viewing
from ..rollouts import forking
from ..rollouts.folder import RunFolder
from ..scenarios.company import known_schema_of, recorded
from .output import console, emit_json, errors, say
from .play import show_grades

EPILOG = """\
EPISODE is a run folder, or RUN/EPISODE for one episode of it, e.g. runs/s2/S-2.failing.0

examples:
"""
EXAMPLES = {
    "view": """\
  corecraft view runs/s2                           every episode (of more than 8 only their tree)
  corecraft view runs/s2/S-2.failing.0 --full      all replies, as they came
  corecraft view runs/s2/S-2.failing.0 --system    and the policy that the agent was told
  corecraft view runs/s2 --tree
  corecraft view runs/s2 --json | jq '.[0].events[].kind'
""",
    "fork": """\
  corecraft fork runs/s2/S-2.failing.0 --at 18 --agent reference --continue
  corecraft fork runs/mine --answer answer.txt     finish what your own agent played, and grade it
  echo "It was delivered." | corecraft fork runs/s2/S-2.failing.0 --at 18 --answer -
  corecraft fork runs/s2/S-2.failing.0 --at 18 --id what-if
  corecraft fork runs/s2/S-2.failing.0 --at 2 --edit 'shipment/ship-251113-104 status="lost"' --agent reference
  corecraft fork runs/s2/S-2.failing.0 --at 18 --edit 'drop 18' --edit 'say=Never mind, she called.'
  corecraft fork runs/s2/S-2.failing.0 --at 18 --edit tools=extended/compat --edit clock=2025-12-02T09:00:00Z
""",
    "diff": """\
  corecraft diff runs/s2/S-2.failing.0 runs/s2/S-2.failing.0~1
  corecraft diff runs/s2/S-2.failing.0 runs/s2/S-2.failing.0~1 --full
""",
}


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
    def verb(name: str, help: str, handler: Any, json: str) -> argparse.ArgumentParser:
        raw = argparse.RawDescriptionHelpFormatter
        made = commands.add_parser(name, help=help, epilog=EPILOG + EXAMPLES[name], formatter_class=raw)
        made.set_defaults(handler=handler)
        made.add_argument("--json", action="store_true", help=json)
        return made

    view = verb("view", "read a history; nothing is run", _view, "one list, an object per episode with all its events")
    view.add_argument("episodes", nargs="+", metavar="EPISODE", help="a run folder, or RUN/EPISODE")
    view.add_argument(
        "--full", action="store_true", help="also replies, reasoning, usage and cost of turns, votes, all grades"
    )
    view.add_argument("--system", action="store_true", help="also the system text: the policy")
    view.add_argument("--tree", action="store_true", help="only which episode forked from which")

    about = "start a new line after a step; with --agent or --answer also take it to the end and grade it"
    fork = verb("fork", about, _fork, "the new episode and its grade as one object")
    fork.add_argument("episode", metavar="EPISODE", help="RUN/EPISODE, or a run folder that holds only one")
    fork.add_argument("--at", type=int, metavar="SEQ", help="fork after this event (default: the last before the end)")
    end = fork.add_mutually_exclusive_group()
    end.add_argument("--agent", metavar="NAME", help="who plays on: reference or failing")
    end.add_argument("--answer", metavar="FILE", help="submit this text as the final answer (-: what stands on stdin)")
    fork.add_argument(
        "--continue", action="store_true", dest="continues",
        help="with --agent: take up the calls made so far, where the agent's script can; else it starts over",
    )  # fmt: skip
    what = f"what is otherwise in the fork, as often as you like: {', '.join(forking.FORMS)}"
    fork.add_argument("--edit", "--set", metavar="EDIT", action="append", default=[], dest="edits", help=what)
    fork.add_argument("--id", metavar="NAME", help="name of the new episode (default: EPISODE~N)")

    diff = verb(
        "diff",
        "compare two histories: from where they part, their answers, grades, and rows that differ at the end",
        _diff,
        "both ends as one object",
    )
    diff.add_argument("left", metavar="EPISODE", help="RUN/EPISODE, or a run folder that holds only one")
    diff.add_argument("right", metavar="EPISODE", help="the same, of the other one")
    diff.add_argument("--full", action="store_true", help="also what both did, and every value in full")


def locate(spec: str, *, sparing: bool = False) -> Place:
    """A run folder, or RUN/EPISODE. sparing: see `Run`. Raises CoreCraftError saying what was looked for."""
    path = Path(spec)
    if (path / "run.json").exists():
        run = Run(path, sparing=sparing)
        return Place(run, run.episodes)
    if (path.parent / "run.json").exists():
        run = Run(path.parent, sparing=sparing)
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
    return run.genesis(trajectory.events[0].data["genesis"], known_schema_of)


def toolset_of(trajectory: Trajectory) -> Toolset:
    """The present toolset of the name the history gives; verify and fork compare its digest."""
    return recorded(trajectory.opened.data)


# --- view --------------------------------------------------------------------------------------------------------


def _view(arguments: argparse.Namespace) -> int:
    places = [locate(spec) for spec in arguments.episodes]
    to = errors if arguments.json else console  # stdout is one list then
    for place in places:
        for damage in place.run.damages:
            say(f"damaged: {damage}", style="bold red", to=to)
    if arguments.json:
        found = [_episode_data(place.run, episode) for place in places for episode in place.episodes]
        emit_json(found)
        return 1 if any(episode["damage"] for episode in found) else 0
    damaged = 0
    for place in places:
        if arguments.tree or len(place.episodes) > 8:
            from ..replay import lineage  # networkx takes a while to load

            console.print(lineage.render(lineage.lineage(place.run)))
            continue
        for episode in place.episodes:
            damaged += _view_one(place.run, episode, arguments.full, arguments.system)
    return 1 if damaged else 0


def _episode_data(run: Run, episode: str) -> dict[str, Any]:
    trajectory, damage = run.intact(episode)
    task, system = _task_data(run, trajectory), system_text(run, trajectory)
    about = {
        "episode": episode,
        "labels": run.labels(episode),
        "parent": trajectory.parent,
        "task": task,
        "system": system,
    }
    events = [msgspec.to_builtins(event) for event in trajectory.events]
    return {**about, "head": trajectory.head_hash, "damage": damage and str(damage), "events": events}


def _task_data(run: Run, trajectory: Trajectory) -> dict[str, Any] | None:
    """The task as it is stored in the run, rubric included; only its id and digest where that file is lost."""
    pin = trajectory.task
    try:
        return pin and {**msgspec.json.decode(run.task(pin["digest"])), **pin}
    except CoreCraftError:
        return pin


def system_text(run: Run, trajectory: Trajectory) -> str | None:
    """What the agent was told before anything else."""
    said = next((e.data for e in trajectory.events if e.kind == PROMPTED and e.data.get("role") == "system"), {})
    try:
        return said.get("text") or (run.text(said["digest"]) if "digest" in said else None)
    except CoreCraftError:
        return None


def _view_one(run: Run, episode: str, full: bool, system: bool) -> bool:
    trajectory, damage = run.intact(episode)
    genesis = genesis_of(run, trajectory)
    beside = run.beside(episode) if full else None
    shown = viewing.render(
        trajectory, run.labels(episode), genesis=genesis, full=full, system=system, texts=run.text, beside=beside
    )
    console.print(shown)
    if damage is not None:
        say(f"damaged from here on: {damage}", style="bold red")
    console.print()
    return damage is not None


# --- fork --------------------------------------------------------------------------------------------------------


def _fork(arguments: argparse.Namespace) -> None:
    place = locate(arguments.episode)
    run, parent = place.run, place.run.trajectory(place.one())
    if arguments.continues and (arguments.agent is None or arguments.edits):
        raise CoreCraftError(
            "--continue goes with --agent, and not with --edit: what was read before would no longer hold"
        )
    agent = None if arguments.agent is None else forking.script(run, parent, arguments.agent, arguments.continues)
    go_on = forking.way_to_the_end(run, parent, agent, _answer_from(arguments.answer))
    edits = forking.edits(arguments.edits, toolset_of(parent))
    labels = {"agent": arguments.agent} if arguments.agent else {}
    with RunFolder(run.path, writer="fork") as folder:
        child = folder.fork(parent.id, arguments.at, edits=edits, name=arguments.id, labels=labels)
        grade = go_on(child)
    name, origin = child.id, child.trajectory().parent
    assert origin is not None
    if arguments.json:
        about = {"episode": name, "parent": origin, "head": child.head_hash, "status": child.status}
        emit_json({**about, "grade": grade and grade.data()})
        return
    say(f"{name}: forked from {parent.id} after event {origin['seq']}")
    if agent is not None:
        say(f"{agent.name}: {_how_it_went_on(child.trajectory(), agent.continues)}", style="dim")
    if grade is not None:
        show_grades({name: grade})
    elif arguments.answer is not None:
        say("it was opened without a task, so there is no grade")


def _how_it_went_on(line: Trajectory, continued: bool) -> str:
    past = sum(call.seq < line.inherited for call in line.calls())
    own = sum(call.seq >= line.inherited for call in line.calls())
    if continued:
        return f"went on after {past} calls of the past, with {own} of its own"
    return f"started over with {own} calls, although {past} stood there already; --continue takes those up where it can"


def _answer_from(file: str | None) -> str | None:
    """The text a file or (`-`) stdin holds, as it stands."""
    if file is None:
        return None
    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode()
    except OSError as error:
        raise CoreCraftError(f"The answer {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CoreCraftError(f"The answer {file} is not UTF-8 text") from None


# --- diff --------------------------------------------------------------------------------------------------------


def _diff(arguments: argparse.Namespace) -> int:
    sides = [(place.run, place.run.trajectory(place.one())) for place in map(locate, (arguments.left, arguments.right))]
    (run, left), (other, right) = sides
    ancestor = _ancestor(run, left, right) if run.path.resolve() == other.path.resolve() else ""
    difference = diffing.diff(left, right, genesis_of(run, left), ancestor)
    if arguments.json:
        rows = [{"entity": row.entity, "id": row.id, "left": row.left, "right": row.right} for row in difference.rows]
        sides = {"left": left, "right": right}
        answers, grades = ({name: getattr(side, what) for name, side in sides.items()} for what in ("answer", "grade"))
        events = {f"{name}_events": list(side.events[difference.common :]) for name, side in sides.items()}
        edits = dict(zip(sides, difference.edits, strict=True))
        about = {"left": left.id, "right": right.id, "ancestor": ancestor or None, "common": difference.common}
        about |= {"edits": edits, "answers": answers, "grades": grades}
        emit_json({**about, **msgspec.to_builtins(events), "rows": rows})
    else:
        console.print(diffing.render(difference, full=arguments.full))
    return 0


def _ancestor(run: Run, left: Trajectory, right: Trajectory) -> str:
    """The episode that both descend from; "" where neither is a fork, so that nothing has to be read for it."""
    if left.parent is None and right.parent is None:
        return ""
    from ..replay import lineage  # networkx takes a while to load

    found = lineage.common_ancestor(lineage.lineage(run), left.id, right.id)
    return found[0] if found else ""
