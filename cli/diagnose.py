"""`corecraft diagnose`: why episodes failed, by code and by readers, and how far the two agree."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.progress import Progress

from ..engine.canonical import decode, encode
from ..engine.errors import CoreCraftError, StorageFailed
from ..engine.files import make_room
from ..rollouts.diagnosis.agreement import Agreement, agreements
from ..rollouts.diagnosis.labels import LABELS
from ..rollouts.diagnosis.reading import CODE, Failure, failures, instructions, read, record, said, shown
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
    export.add_argument("runs", nargs="+", metavar="RUN")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(handler=_export)
    take = verbs.add_parser("import", help="take in what a reader says")
    take.add_argument("run", metavar="RUN")
    take.add_argument("file", type=Path, metavar="FILE", help="lines {episode, findings: [{label, at, why}]}")
    take.add_argument("--by", required=True, metavar="NAME", help="who read them")
    take.set_defaults(handler=_import)


def _read(places: Sequence[Place], bar: Progress) -> Iterator[tuple[Place, Failure]]:
    """The failed episodes; why others could not be read is told on stderr."""
    step = bar.add_task("reading", total=sum(len(place.episodes) for place in places))
    untold: Counter[str] = Counter()
    for place in places:
        for _, found in failures(place.run, place.episodes):
            bar.advance(step)
            if isinstance(found, Failure):
                yield place, found
            elif found is not None:
                untold[str(found)] += 1
    for why, number in untold.most_common(5):
        say(f"{number} episodes left out: {why}", to=errors)


# --- by code ---------------------------------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace) -> None:
    places = [locate(spec) for spec in arguments.runs]
    with progress(arguments.json) as bar:
        found = list(_read(places, bar))
    if arguments.json:
        emit_json(
            [{"run": str(place.run.path), "episode": failure.episode, **_data(failure)} for place, failure in found]
        )
    elif len(found) == 1:
        _show_one(found[0][1])
    elif found:
        _show_many(found)
    else:
        say("no episode has lost a criterion")


def _data(failure: Failure) -> dict[str, Any]:
    return {"findings": decode(encode(failure.diagnosis.findings))}


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
    say(f"{len(found)} failed episodes; each is counted once under an agent, by its first decisive event")


def _record(arguments: argparse.Namespace) -> None:
    places = [locate(spec) for spec in arguments.runs]
    written = 0
    with progress(arguments.json) as bar:
        found = list(_read(places, bar))
        step = bar.add_task("recording", total=len(found))
        for place in places:
            with RunFolder(place.run.path) as folder:
                for failure in (failure for own, failure in found if own is place):
                    written += record(folder, failure.episode, CODE, failure.diagnosis.findings)
                    bar.advance(step)
    if arguments.json:
        emit_json({"failed": len(found), "recorded": written})
    else:
        say(f"{len(found)} failed episodes: {written} diagnoses recorded, {len(found) - written} were there")


# --- by readers ------------------------------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace) -> None:
    places = [locate(spec) for spec in arguments.runs]
    make_room(arguments.out)
    with progress() as bar:
        lines = [
            encode({"episode": failure.episode, "instructions": instructions(), "case": shown(failure)}) + b"\n"
            for _, failure in _read(places, bar)
        ]
    try:
        arguments.out.write_bytes(b"".join(lines))
    except OSError as error:
        raise StorageFailed(f"{arguments.out} cannot be written: {error.strerror}") from None
    say(f"{len(lines)} failed episodes in {arguments.out}; a reader answers with lines {{episode, findings}}")


def _import(arguments: argparse.Namespace) -> None:
    place = locate(arguments.run)
    readings = read(arguments.file)
    known = set(place.episodes)
    if unknown := next((one.episode for one in readings if one.episode not in known), None):
        raise CoreCraftError(f"{arguments.file} speaks of {unknown}, which {place.run.path} does not hold")
    if arguments.by == CODE:
        raise CoreCraftError(f"--by {CODE} is what code itself is called; name the reader")
    with RunFolder(place.run.path) as folder:
        written = sum(record(folder, one.episode, arguments.by, one.findings) for one in readings)
    say(f"{len(readings)} read by {arguments.by}: {written} recorded, {len(readings) - written} were there")


def _agree(arguments: argparse.Namespace) -> None:
    with progress(arguments.json) as bar:
        found = list(_read([locate(spec) for spec in arguments.runs], bar))
    read = {failure.episode: {**said(failure.past), CODE: _data(failure)["findings"]} for _, failure in found}
    pairs = agreements(read)
    if arguments.json:
        emit_json([pair.data() for pair in pairs])
    elif not pairs:
        say("nobody but code has said why: corecraft diagnose export writes the episodes for a reader")
    for pair in () if arguments.json else pairs:
        _show_agreement(pair)


def _show_agreement(pair: Agreement) -> None:
    data = pair.data()
    figures = ("episodes", "same_first", "kappa", "first_known", "same_event")
    table(
        f"{pair.one} and {pair.other}", [name.replace("_", " ") for name in figures], [[data[name] for name in figures]]
    )
    table(
        "What each says first", (pair.one, pair.other, "episodes"), [tuple(row.values()) for row in data["confusion"]]
    )
    table("All that each says", ("label", "both", f"only {pair.one}", f"only {pair.other}", "kappa"),
          [tuple(row.values()) for row in data["labels"]])  # fmt: skip
