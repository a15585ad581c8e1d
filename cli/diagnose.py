"""`corecraft diagnose`: why episodes failed, by code and by readers, and how far the two agree."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import define, field
from rich.progress import Progress

from ..engine.canonical import decode, encode
from ..engine.errors import CoreCraftError
from ..engine.files import write
from ..replay.view import counted
from ..rollouts.diagnosis.agreement import Agreement, agreements
from ..rollouts.diagnosis.failures import Failure, failures, instructions, shown
from ..rollouts.diagnosis.labels import LABELS
from ..rollouts.diagnosis.readers import CODE, read, record, said
from ..rollouts.folder import RunFolder
from .histories import Place, locate
from .output import emit_json, errors, progress, say, table

EPILOG = """\
RUN is a run folder, or RUN/EPISODE for one episode of it. docs/diagnosis.md lists the labels.

examples:
  corecraft diagnose show runs/mine                      how many episodes came of what, by agent
  corecraft diagnose show runs/mine/S-2.failing.0        what went wrong in one, the first decisive event first
  corecraft diagnose record runs/mine                    write it into the log, for SQL (failures) and the report
  corecraft diagnose export runs/mine --out cases.jsonl  failed episodes for a reader, with what he is to do
  corecraft diagnose import runs/mine read.jsonl --by ada
  corecraft diagnose agree runs/mine                     code against readers, and they against each other
"""


def add(commands: Any) -> None:
    diagnose = commands.add_parser(
        "diagnose", help="why episodes failed", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = diagnose.add_subparsers(metavar="VERB", required=True)
    for name, help, handler in (
        ("show", "what failed episodes came of; writes nothing", _show),
        ("record", "write that into the log of each failed episode, once", _record),
        ("agree", "how far those agree who have said why: code and readers", _agree),
    ):
        verb = verbs.add_parser(name, help=help)
        verb.add_argument("runs", nargs="+", metavar="RUN")
        verb.add_argument("--json", action="store_true", help="all of it as one object")
        verb.set_defaults(handler=handler)
    export = verbs.add_parser("export", help="write failed episodes for a reader, one line each")
    export.add_argument("run", metavar="RUN")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(handler=_export)
    take = verbs.add_parser("import", help="take in what a reader says")
    take.add_argument("run", metavar="RUN")
    take.add_argument("file", type=Path, metavar="FILE", help="lines {episode, findings: [{label, at, why}]}")
    take.add_argument("--by", required=True, metavar="NAME", help="who read them")
    take.set_defaults(handler=_import)


MOST_REASONS = 5


@define
class _Read:
    """The failed episodes of some runs. left_out: why -> how many could not be read. graded: all that could."""

    found: list[tuple[Place, Failure]] = field(factory=list[tuple[Place, Failure]])
    left_out: Counter[str] = field(factory=Counter[str])
    graded: int = 0

    @classmethod
    def of(cls, places: Sequence[Place], bar: Progress) -> _Read:
        read = cls()
        step = bar.add_task("reading", total=sum(len(place.episodes) for place in places))
        for place in places:
            for _, found in failures(place.run, place.episodes):
                bar.advance(step)
                if isinstance(found, CoreCraftError):
                    read.left_out[str(found)] += 1
                else:
                    read.graded += 1
                if isinstance(found, Failure):
                    read.found.append((place, found))
        return read

    def tell_left_out(self) -> None:
        for why, number in self.left_out.most_common(MOST_REASONS):
            say(f"{counted(number, 'episode')} left out: {why}", to=errors)
        if more := sum(number for _, number in self.left_out.most_common()[MOST_REASONS:]):
            say(f"{counted(more, 'episode')} left out for other reasons; --json names all", to=errors)


# --- by code ---------------------------------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace) -> None:
    places = [locate(spec) for spec in arguments.runs]
    with progress(arguments.json) as bar:
        read = _Read.of(places, bar)
    if arguments.json:
        rows = [{"run": str(p.run.path), "episode": f.episode, "findings": _findings(f)} for p, f in read.found]
        emit_json({"failed": rows, "left_out": dict(read.left_out)})
        return
    read.tell_left_out()
    if len(read.found) == 1:
        _show_one(read.found[0][1])
    elif read.found:
        _show_many(read.found)
    else:
        say(f"none of {counted(read.graded, 'graded episode')} has lost a criterion")


def _findings(failure: Failure) -> list[dict[str, Any]]:
    return decode(encode(failure.diagnosis.findings))


def _show_one(failure: Failure) -> None:
    rows = [
        (one.at, one.label, one.why, ", ".join(one.criteria), ", ".join(one.rules))
        for one in failure.diagnosis.findings
    ]
    table(f"Why {failure.episode} failed", ("seq", "label", "why", "criteria", "rules"), rows)
    if not rows:
        say("code finds no reason in its log")


def _show_many(found: Sequence[tuple[Place, Failure]]) -> None:
    """A line a label: how many episodes came of it, by agent, and in how many it shows at all."""
    first: dict[str, Counter[str]] = defaultdict(Counter)
    anywhere: Counter[str] = Counter()
    for place, failure in found:
        agent = str(place.run.labels(failure.episode).get("agent", "(no name)"))
        labels = failure.diagnosis.labels
        first[agent][labels[0] if labels else ""] += 1
        anywhere.update(labels)
    agents = sorted(first)
    rows = [
        (label or "(nothing found)", *(first[agent][label] or "" for agent in agents), anywhere[label])
        for label in (*LABELS, "")
        if anywhere[label] or any(first[agent][label] for agent in agents)
    ]
    table("What failed episodes came of", ("label", *agents, "shows in"), rows)
    say(f"{counted(len(found), 'failed episode')}; each counts once under its agent, by its first decisive event")


def _record(arguments: argparse.Namespace) -> None:
    places = [locate(spec) for spec in arguments.runs]
    written = 0
    with progress(arguments.json) as bar:
        read = _Read.of(places, bar)
        step = bar.add_task("recording", total=len(read.found))
        for place in places:
            with RunFolder(place.run.path) as folder:
                for failure in (failure for own, failure in read.found if own is place):
                    written += record(folder, failure.episode, CODE, failure.diagnosis.findings)
                    bar.advance(step)
    failed = len(read.found)
    if arguments.json:
        emit_json({"failed": failed, "recorded": written, "left_out": dict(read.left_out)})
        return
    read.tell_left_out()
    say(f"{counted(failed, 'failed episode')}: {written} now recorded, {failed - written} were there")


# --- by readers ------------------------------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace) -> None:
    with progress() as bar:
        read = _Read.of([locate(arguments.run)], bar)
        told = [failure for _, failure in read.found]
    cases = ({"episode": one.episode, "instructions": instructions(one.about), "case": shown(one)} for one in told)
    lines = (encode(case) + b"\n" for case in cases)
    write(arguments.out, b"".join(lines))
    read.tell_left_out()
    say(f"{counted(len(told), 'failed episode')} in {arguments.out}; a reader answers with lines {{episode, findings}}")


def _import(arguments: argparse.Namespace) -> None:
    if arguments.by.strip() in ("", CODE):
        raise CoreCraftError(f"--by names the reader; {arguments.by!r} names none")
    with progress() as bar:
        found = _Read.of([place := locate(arguments.run)], bar).found
    readings = read(arguments.file, {failure.episode: failure for _, failure in found})
    with RunFolder(place.run.path) as folder:
        written = sum(record(folder, one.episode, arguments.by, one.findings) for one in readings)
    say(
        f"{counted(len(readings), 'episode')} read by {arguments.by}: {written} recorded, {len(readings) - written} were there"
    )


def _agree(arguments: argparse.Namespace) -> None:
    with progress(arguments.json) as bar:
        read = _Read.of([locate(spec) for spec in arguments.runs], bar)
    pairs = agreements(
        {f"{place.run.path}/{one.episode}": {**said(one.past), CODE: _findings(one)} for place, one in read.found}
    )
    if arguments.json:
        emit_json([pair.data() for pair in pairs])
        return
    read.tell_left_out()
    if not pairs:
        say("nobody but code has said why: corecraft diagnose export writes the episodes for a reader")
    for pair in pairs:
        _show_agreement(pair)


def _show_agreement(pair: Agreement) -> None:
    data = pair.data()
    figures = ("episodes", "same_first", "kappa", "first_known", "same_event")
    table(
        f"{pair.one} and {pair.other}", [name.replace("_", " ") for name in figures], [[data[name] for name in figures]]
    )
    heads = (f"{pair.one}", f"{pair.other}", "episodes")
    table("What each says first", heads, [tuple(row.values()) for row in data["confusion"]])
    heads = ("label", "both", f"only {pair.one}", f"only {pair.other}", "kappa")
    table("All that each says", heads, [tuple(row.values()) for row in data["labels"]])
