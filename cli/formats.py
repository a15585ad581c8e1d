"""`corecraft export` and `corecraft import`: runs in the formats of other programs, and theirs as runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from ..analysis.formats import FORMATS, READ_ONLY
from ..analysis.formats.conversation import Conversation, Tools, conversation_of
from ..analysis.formats.inward import bring_in
from ..analysis.formats.outward import Exported, export
from ..engine.episode import Episode
from ..engine.errors import CoreCraftError, UnknownEpisode
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..replay.fields import around, differences, same
from ..replay.view import counted
from ..replay.visible import one_line
from ..rollouts.opening import wall_ms
from ..rollouts.runner import Stage
from ..scenarios.company import recorded
from . import tau2, toolathlon
from .output import emit_json, errors, progress, say
from .play import add_stage_options, load_stage

_LISTED = "\n".join(f"  {format.name:<9}{format.what}" for format in FORMATS.values())
_READ = {format.name: format.what for format in (*FORMATS.values(), *READ_ONLY.values()) if format.read is not None}
_READ |= {"tau2": tau2.WHAT}
_COMES_IN = "\n".join(f"  {name:<12}{what}" for name, what in _READ.items())

EXPORT_EPILOG = f"""\
formats:
{_LISTED}

EPISODE is a run folder, or RUN/EPISODE for one episode of it; several must be of
one run. A fork comes with the past it inherited. docs/formats.md says what each
format keeps and loses.

examples:
  corecraft export runs/mine --format atif --out mine.atif
  corecraft export runs/mine --format inspect            writes mine.eval
  corecraft export runs/mine/S-2.failing.0 --format chat --out s2.jsonl
  corecraft export runs/mine --format otel --json
"""
IMPORT_EPILOG = f"""\
formats:
{_COMES_IN}

What is imported is a run without a world: it is viewed, asked in SQL and looked
at like any other, but there is nothing to verify it by. With --replay its calls
are made again in the world of a task, and what replies otherwise is listed.
Simulations of tau2's come with their world: they are verified and forked too,
and what differs from the recorded replies and grades is listed (docs/tau2.md).
Toolathlon's are scored as its leaderboard scores them (docs/toolathlon.md).

examples:
  corecraft import trajectory.json --format atif --out runs/theirs
  corecraft import a.jsonl b.jsonl --format chat --out runs/theirs
  corecraft view runs/theirs
  corecraft import mine.jsonl --format chat --out runs/again --replay
  corecraft import theirs.json --format atif --out runs/theirs --replay S-2
  corecraft import tau2 results.json --out runs/tau2     a format's name may come first
  corecraft import toolathlon gpt-5_1.jsonl gpt-5_2.jsonl gpt-5_3.jsonl --out runs/gpt-5 --tasks 108
"""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    out = commands.add_parser(
        "export", help="write episodes in a format of other programs", epilog=EXPORT_EPILOG, formatter_class=raw
    )
    out.add_argument("episodes", nargs="+", metavar="EPISODE", help="a run folder, or RUN/EPISODE")
    out.add_argument("--format", required=True, choices=list(FORMATS), help="one of those below")
    out.add_argument("--out", type=Path, metavar="PATH", help="where to (default: here, by the name of the run)")
    out.add_argument("--json", action="store_true", help="what was written, as one JSON object")
    out.set_defaults(handler=_export)

    into = commands.add_parser(
        "import", help="read trajectories of other programs as a run", epilog=IMPORT_EPILOG, formatter_class=raw
    )
    into.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="what to read; of ATIF and Toolathlon also a folder"
    )
    into.add_argument("--format", choices=list(_READ), help="what the files are, unless that stands before them")
    into.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="run folder, which must be new (default, of tau2: here, by the file's name)",
    )
    into.add_argument(
        "--replay", nargs="?", const="", metavar="TASK",
        help="make the calls again in the world of this task, or of the one that each file names; exit 1 on a difference",
    )  # fmt: skip
    into.add_argument(
        "--tasks", type=int, metavar="N", help="of toolathlon: how many tasks there are, where the files lack some"
    )
    into.add_argument("--world", type=Path, metavar="DIR", help="of --replay: a saved world or bundle")
    add_stage_options(into)
    into.add_argument("--json", action="store_true", help="what was read, and how it replayed, as one JSON object")
    into.set_defaults(handler=_import)


# --- export ----------------------------------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace) -> int:
    """1 where an episode is damaged, and was left out for that reason."""
    run, episodes = _chosen(arguments.episodes)
    format = FORMATS[arguments.format]
    path = arguments.out or Path(run.path.resolve().name + (format.suffix or f".{format.name}"))
    if path.resolve().is_relative_to(run.path.resolve()):
        raise CoreCraftError(f"{path} is part of the run: write it elsewhere, with --out")
    with progress(arguments.json) as bar:
        step = bar.add_task(f"writing {path}", total=len(episodes))
        told = export(run, episodes, format, path, tools_of, lambda: bar.advance(step))
    for damage in run.damages:
        say(f"damaged: {damage}", style="bold red", to=errors)
    if arguments.json:
        emit_json(_exported(run, arguments.format, path, told))
    else:
        _tell(path, told)
    return int(bool(told.damaged))


def _chosen(specs: list[str]) -> tuple[Run, list[str]]:
    """The run that is meant, read so that never more of it is held than an episode, and the episodes of it."""
    folders = [path if (path / "run.json").exists() else path.parent for path in map(Path, specs)]
    if len({folder.resolve() for folder in folders}) > 1:
        raise CoreCraftError("these are episodes of several runs: export one run at a time")
    if not (folders[0] / "run.json").exists():
        raise CoreCraftError(f"{specs[0]} is neither a run folder nor RUN/EPISODE: there is no run.json")
    run = Run(folders[0], sparing=True)
    names = [Path(spec).name for spec, folder in zip(specs, folders, strict=True) if Path(spec) != folder]
    known = set(run.episodes)
    for name in names:
        if name not in known:
            raise UnknownEpisode(f"No episode {name} in {run.path}. It has: {', '.join(run.episodes[:6]) or 'none'}")
    return run, sorted(set(names) if len(names) == len(specs) else run.episodes)


def tools_of(trajectory: Trajectory) -> Tools | None:
    """The tools of a history, if they are those of today: what others were like is on record only as a digest."""
    try:
        tools = recorded(trajectory.opened.data)
    except CoreCraftError:
        return None
    return tools.definitions() if tools.digest == trajectory.opened.data["toolset"] else None


def _exported(run: Run, format: str, path: Path, told: Exported) -> dict[str, Any]:
    return {
        "run": str(run.path),
        "format": format,
        "out": str(path),
        "bytes": _size(path),
        "episodes": told.episodes,
        "messages": told.messages,
        "without_tools": told.untooled,
        "empty": told.empty,
        "damaged": told.damaged,
    }


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def _tell(path: Path, told: Exported) -> None:
    say(f"wrote {path}: {told.episodes:,} episodes, {told.messages:,} messages, {_size(path):,} bytes")
    if told.untooled:
        say(
            f"{told.untooled:,} without the tools they were given: they are others than today's, or nobody says which",
            style="yellow",
        )
    if told.empty:
        say(f"left out {len(told.empty):,} in which nothing was said yet: {_few(told.empty)}")
    for episode, reason in told.damaged.items():
        say(f"left out {episode}: {reason}", style="bold red", to=errors)


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


# --- import ----------------------------------------------------------------------------------------------------------


def _import(arguments: argparse.Namespace) -> int:
    """1 where a reply differs."""
    _take_format(arguments)
    if arguments.format == "tau2":
        if arguments.replay is not None or arguments.world:
            raise CoreCraftError("tau2's calls are made again in any case, in the world of their domain")
        return tau2.bring_in(arguments.files, arguments.out, arguments.json)
    if arguments.tasks is not None and arguments.format != "toolathlon":
        raise CoreCraftError("--tasks goes with toolathlon")
    if arguments.format == "toolathlon":
        if arguments.replay is not None or arguments.world:
            raise CoreCraftError("Toolathlon's calls are not made again: its servers and accounts are not here")
        return toolathlon.bring_in(arguments.files, arguments.out, arguments.tasks, arguments.json)
    if arguments.out is None:
        raise CoreCraftError("say where to, with --out RUN")
    if arguments.world and arguments.replay is None:
        raise CoreCraftError("--world goes with --replay: what is imported has no world of its own")
    task: str = arguments.replay or ""
    stage = None if arguments.replay is None else load_stage(arguments.world, arguments.form, arguments.company)
    if stage is not None and task and task not in stage.tasks:
        raise CoreCraftError(f"there is no task {one_line(task)}; corecraft tasks list names them")
    with progress(arguments.json) as bar:
        step = bar.add_task(f"reading {len(arguments.files)} files", total=None)
        run = bring_in(arguments.files, FORMATS[arguments.format], arguments.out, wall_ms(), lambda: bar.advance(step))
    replays: list[_Replayed] = []
    if stage is not None:
        with progress(arguments.json) as bar:
            step = bar.add_task("calling again", total=len(run.episodes))
            for episode in run.episodes:
                replays.append(_replayed(stage, conversation_of(run, episode), task))
                bar.advance(step)
    if arguments.json:
        about = {"run": str(run.path), "format": arguments.format, "episodes": run.episodes}
        emit_json({**about, **({} if stage is None else {"replays": [one.data() for one in replays]})})
    else:
        say(f"wrote {run.path}: {len(run.episodes):,} episodes")
        for replayed in replays:
            _tell_replay(replayed)
    return int(any(replayed.differing or replayed.fault for replayed in replays))


def _take_format(arguments: argparse.Namespace) -> None:
    """The format, which may stand before the files."""
    if arguments.format is None and str(arguments.files[0]) in _READ and len(arguments.files) > 1:
        arguments.format = str(arguments.files.pop(0))
    if arguments.format is None:
        raise CoreCraftError(f"say what the files are, with --format: {', '.join(_READ)}")


@frozen
class _Differing:
    """A reply that is another one here. number: of the call, from 1."""

    number: int
    tool: str
    recorded: Any
    here: Any

    def data(self) -> dict[str, Any]:
        return {"call": self.number, "tool": self.tool, "recorded": self.recorded, "here": self.here}


@frozen
class _Replayed:
    """fault: why it could not be done at all; else empty."""

    episode: str
    task: str
    calls: int
    differing: tuple[_Differing, ...] = ()
    fault: str = ""

    def data(self) -> dict[str, Any]:
        told = {"episode": self.episode, "task": self.task, "calls": self.calls, "fault": self.fault}
        return {**told, "differing": [one.data() for one in self.differing]}


def _replayed(stage: Stage, conversation: Conversation, task: str) -> _Replayed:
    """Its calls made again in the world of a task: the one given, or the one it names itself."""
    id = task or conversation.task
    calls = [call for turn in conversation.turns for call in turn.calls if call.replied]
    if not id:
        return _Replayed(conversation.id, "", len(calls), fault="it names no task: say which, with --replay TASK")
    if id not in stage.tasks:
        return _Replayed(conversation.id, id, len(calls), fault=f"there is no task {id}")
    episode = stage.opening(stage.tasks[id]).begin("replayed", budget=None)
    ours = episode.toolset.tools
    if calls and not any(call.name in ours for call in calls):
        return _Replayed(conversation.id, id, len(calls), fault="none of the tools it calls is one of ours")
    return _Replayed(conversation.id, id, len(calls), tuple(_differing(episode, conversation)))


def _differing(episode: Episode, conversation: Conversation) -> Iterator[_Differing]:
    calls = (call for turn in conversation.turns for call in turn.calls if call.replied)
    for number, call in enumerate(calls, 1):
        here = episode.call(call.name, call.arguments.encode() or b"{}").value
        if not same(call.reply, here):
            yield _Differing(number, call.name, call.reply, here)


def _tell_replay(replayed: _Replayed) -> None:
    if replayed.fault:
        say(("✗ ", "bold red"), f"{replayed.episode}: {replayed.fault}")
        return
    sign = ("✗ ", "bold red") if replayed.differing else ("✓ ", "bold green")
    number = len(replayed.differing)
    found = f"{counted(replayed.calls, 'call')}, " + (f"{number} replied otherwise" if number else "the same replies")
    say(sign, f"{replayed.episode} on {replayed.task}: {found}")
    for one in replayed.differing:
        left, right = _sides(one)
        say(f"  call {one.number} {one.tool}: recorded {left}, here {right}")


def _sides(one: _Differing) -> tuple[str, str]:
    """Of two objects the first field that differs; of anything else what stands around the first difference."""
    if isinstance(one.recorded, dict) and isinstance(one.here, dict):
        first = differences(one.recorded, one.here)[0]
        left, right = around(first.left, first.right)
        return one_line(f"{first.name} {left}"), one_line(right)
    left, right = around(one.recorded, one.here)
    return one_line(left), one_line(right)
