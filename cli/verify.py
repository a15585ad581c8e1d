"""`corecraft verify`: whether runs are what the tools make of them, and all that was signed off."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, field

from ..engine.errors import CoreCraftError, NotAsSigned
from ..engine.files import read
from ..engine.manifest import Entry as Signature
from ..engine.run import Run
from ..replay.inventory import losses
from ..replay.verify import Verification
from ..replay.workers import processors
from .checking import WORTH, checked, undecided
from .histories import Place, locate
from .output import emit_json, progress, say
from .verdicts import Verdicts, groups_data, show_groups, show_verdicts, verdicts_data

EPILOG = """\
EPISODE is a run folder, or RUN/EPISODE for one episode of it, e.g. runs/s2/S-2.failing.0

Every call is made again and every byte compared, and the run must still hold all that its manifest signed off. Whoever can
write to the run can rewrite its manifest too: keep heads elsewhere, and compare with them.

What does not verify is grouped by its cause (docs/replay.md), with the first event that differs, field by field.

examples:
  corecraft verify runs/s2
  corecraft verify runs/train --jobs 4
  corecraft verify runs/train --json | jq '.groups[] | {cause, tool, episodes}'
  corecraft verify runs/s2/S-2.failing.0 runs/s1
  corecraft verify runs/s2 --json > heads.json
  corecraft verify runs/s2 --heads heads.json
"""


def add(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="re-execute every call and compare every byte; exit 1 on a divergence",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("episodes", nargs="+", metavar="EPISODE", help="a run folder, or RUN/EPISODE")
    verify.add_argument(
        "--heads", type=Path, metavar="FILE", help="also compare one run with what --json said of it earlier"
    )
    verify.add_argument(
        "--jobs", type=int, default=processors(), metavar="N",
        help=f"processes, at most, one for {WORTH} episodes each (default: one a processor; 1: none but this one)",
    )  # fmt: skip
    verify.add_argument(
        "--json", action="store_true", help="one object with a verdict, a cause and the head of every episode"
    )
    verify.set_defaults(handler=_verify)


class _Kept(msgspec.Struct):
    """An episode as an earlier `verify --json` told it."""

    episode: str
    ok: bool
    head: str = ""
    events: int = 0
    beside: str = ""


class _Heads(msgspec.Struct):
    episodes: list[_Kept]


@define
class _Report:
    """What was found in all runs. damages: what is wrong with a run as a whole. notes: what is not, but good to know."""

    verdicts: list[Verdicts] = field(factory=list[Verdicts])
    damages: list[str] = field(factory=list[str])
    notes: list[str] = field(factory=list[str])

    @property
    def ok(self) -> bool:
        return not self.damages and all(verdicts.ok for verdicts in self.verdicts)


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.jobs < 1:
        raise CoreCraftError("--jobs must be 1 or more")
    places = [locate(spec, sparing=True) for spec in arguments.episodes]
    if arguments.heads is not None and len(places) != 1:
        raise CoreCraftError("--heads compares one run, or one episode, at a time")
    heads = None if arguments.heads is None else _heads(arguments.heads)
    report = _Report()
    with progress(arguments.json) as bar:
        for spec, place in zip(arguments.episodes, places, strict=True):
            step = bar.add_task(f"verifying {spec}", total=len(place.episodes))
            verdicts = Verdicts(place.run.path)
            for one in checked(place.run, place.episodes, arguments.jobs, done=partial(bar.advance, step)):
                verdicts.add(one)
            for group in undecided(place.run, verdicts.groups):
                verdicts.overrule(group, "nondeterminism")
            report.verdicts.append(verdicts)
    for run in {place.run.path: place.run for place in places}.values():
        report.damages += losses(run)
        if not run.has_manifest:
            report.notes.append(f"{run.path} was made without a manifest: what was deleted from it cannot be noticed")
    if heads is not None:
        _compare(report, places[0], heads)
    if arguments.json:
        emit_json(_data(report))
    else:
        _show(report)
    return 0 if report.ok else 1


# --- heads kept elsewhere --------------------------------------------------------------------------------------------


def _heads(file: Path) -> list[_Kept]:
    try:
        kept = msgspec.json.decode(read(file), type=_Heads).episodes
    except (OSError, ValueError, RecursionError) as error:
        raise CoreCraftError(f"{file} is not what corecraft verify --json wrote: {error}") from None
    if failed := [one.episode for one in kept if not one.ok]:
        raise CoreCraftError(f"{file} tells of a run that did not verify then: {', '.join(failed[:5])}")
    return kept


def _compare(report: _Report, place: Place, heads: list[_Kept]) -> None:
    whole = place.episodes == place.run.episodes
    kept = {one.episode: one for one in heads}
    for id, one in kept.items():
        if id in place.episodes:
            _compare_one(report, place.run, one)
        elif whole:
            report.damages.append(f"{id} is missing: its head after {one.events} events is on record")
    if new := [id for id in place.episodes if id not in kept]:
        report.notes.append(f"{len(new)} episodes had no head then: {', '.join(new[:5])}")


def _compare_one(report: _Report, run: Run, kept: _Kept) -> None:
    try:
        trajectory = run.trajectory(kept.episode)
        run.check_against(trajectory, Signature(kept.episode, "", kept.events, kept.head, kept.beside))
    except NotAsSigned as difference:
        report.damages.append(f"not as its head says: {difference}")
    except CoreCraftError:
        pass  # its verdict says so already
    else:
        if further := len(trajectory) - kept.events:
            report.notes.append(f"{kept.episode} has gone on for {further} events since then")


# --- what is shown ---------------------------------------------------------------------------------------------------


def _show(report: _Report) -> None:
    for verdicts in report.verdicts:
        show_verdicts(verdicts)
    for damage in report.damages:
        say(f"damaged: {damage}", style="bold red")
    for note in report.notes:
        say(f"note: {note}", style="yellow")
    for verdicts in report.verdicts:
        show_groups(verdicts, several=len(report.verdicts) > 1)
    found = [one for verdicts in report.verdicts for one in verdicts.checked]
    calls = sum(one.found.calls for one in found if isinstance(one.found, Verification))
    say(f"{sum(one.ok for one in found)} of {len(found)} episodes verified, {calls} calls re-executed")


def _data(report: _Report) -> dict[str, Any]:
    episodes = [one for verdicts in report.verdicts for one in verdicts_data(verdicts)]
    groups = [one for verdicts in report.verdicts for one in groups_data(verdicts)]
    return {
        "ok": report.ok,
        "episodes": episodes,
        "groups": groups,
        "damages": report.damages,
        "notes": report.notes,
    }
