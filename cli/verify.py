"""`corecraft verify`: whether runs are what the tools make of them, and all that was signed off."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, field, frozen

from ..engine.errors import CoreCraftError, NotAsSigned
from ..engine.files import read
from ..engine.manifest import Entry as Signature
from ..engine.run import Run
from ..replay.inventory import losses
from ..replay.verify import Verification, verify_run
from ..rollouts.runner import regrader
from ..tools.tables import TABLES
from ..tools.toolset import by_name
from .histories import Place, locate
from .output import emit_json, progress, say

EPILOG = """\
EPISODE is a run folder, or RUN/EPISODE for one episode of it, e.g. runs/s2/S-2.failing.0

Every call is made again and every byte compared, and the run must still hold all that its manifest signed off. Whoever can
write to the run can rewrite its manifest too: keep heads elsewhere, and compare with them.

examples:
  corecraft verify runs/s2
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
    verify.add_argument("--json", action="store_true", help="one object with a verdict and the head of every episode")
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


@frozen
class _Result:
    run: Path
    episode: str
    found: Verification | CoreCraftError

    @property
    def ok(self) -> bool:
        return isinstance(self.found, Verification) and self.found.ok


@define
class _Report:
    """What was found in all runs. damages: what is wrong with a run as a whole. notes: what is not, but good to know."""

    results: list[_Result] = field(factory=list[_Result])
    damages: list[str] = field(factory=list[str])
    notes: list[str] = field(factory=list[str])

    @property
    def ok(self) -> bool:
        return not self.damages and all(result.ok for result in self.results)


def _verify(arguments: argparse.Namespace) -> int:
    places = [locate(spec) for spec in arguments.episodes]
    if arguments.heads is not None and len(places) != 1:
        raise CoreCraftError("--heads compares one run, or one episode, at a time")
    heads = None if arguments.heads is None else _heads(arguments.heads)
    report = _Report()
    with progress(arguments.json) as bar:
        for spec, place in zip(arguments.episodes, places, strict=True):
            step = bar.add_task(f"verifying {spec}", total=len(place.episodes))
            for result in _results(place):
                report.results.append(result)
                bar.advance(step)
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


def _results(place: Place) -> Iterable[_Result]:
    run = place.run
    verdicts = verify_run(
        run,
        by_name,
        lambda digest: run.genesis(digest, TABLES),
        regrade=regrader(run),
        episodes=place.episodes,
    )
    return (_Result(run.path, episode, found) for episode, found in verdicts)


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
    for result in report.results:
        sign = ("✓ ", "bold green") if result.ok else ("✗ ", "bold red")
        said = str(result.found)
        text = said if isinstance(result.found, Verification) else f"{result.episode}: {said}"
        say(sign, text)
    for damage in report.damages:
        say(f"damaged: {damage}", style="bold red")
    for note in report.notes:
        say(f"note: {note}", style="yellow")
    calls = sum(result.found.calls for result in report.results if isinstance(result.found, Verification))
    verified = sum(result.ok for result in report.results)
    say(f"{verified} of {len(report.results)} episodes verified, {calls} calls re-executed")


def _data(report: _Report) -> dict[str, Any]:
    episodes = [_result_data(result) for result in report.results]
    return {"ok": report.ok, "episodes": episodes, "damages": report.damages, "notes": report.notes}


def _result_data(result: _Result) -> dict[str, Any]:
    found, about = result.found, {"run": str(result.run), "episode": result.episode}
    if isinstance(found, CoreCraftError):
        return {**about, "ok": False, "error": str(found)}
    divergence = None
    if found.divergence is not None:
        sides = {"recorded": found.divergence.recorded, "produced": found.divergence.produced}
        said = {name: getattr(found.divergence, name) for name in ("seq", "kind", "reason")}
        divergence = {**said, **msgspec.to_builtins(sides)}
    counts = {name: getattr(found, name) for name in ("calls", "events", "head", "beside")}
    return {**about, "ok": found.ok, **counts, "divergence": divergence, "not_regraded": found.not_regraded}
