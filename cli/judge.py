"""`corecraft judge`: put to a reader what code leaves open, take in what he says, and see how far he can be trusted."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from attrs import define, field
from rich.progress import Progress

from ..engine.errors import CoreCraftError, StorageFailed
from ..engine.files import make_room
from ..engine.run import Run
from ..replay.visible import one_line
from ..rollouts.folder import RunFolder
from ..rollouts.judge import batch, report
from ..rollouts.judge.asking import Asker
from ..rollouts.judge.batch import MOST_REQUESTS, Ballots, by_episode
from ..rollouts.judge.endpoint import KEY, OPENAI, Endpoint, EndpointFailed
from ..rollouts.judge.questions import PROBES, Question, questions
from ..rollouts.judge.readings import WORDS
from ..rollouts.judge.ruling import Clerk, Ruling, Written
from .histories import Place, locate
from .output import complain, emit_json, errors, progress, say, table
from .reader import interview

EPILOG = """\
RUN is a run folder, or RUN/EPISODE for one episode of it. docs/judge.md is the guide.

examples:
  corecraft judge export runs/mine --votes 3 --model gpt-5 --out batch.jsonl
  corecraft judge import runs/mine batch_output.jsonl
  corecraft judge run runs/mine --model qwen3-32b --base-url http://127.0.0.1:8000/v1
  corecraft judge ask runs/mine --name ada
  corecraft judge report runs/mine --truth verdicts.json
"""

NAMELESS = "judge"
"""The model a batch asks for where none is named: for readers who take no name."""


def add(commands: Any) -> None:
    judge = commands.add_parser(
        "judge", help="put to a judge what code leaves open", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = judge.add_subparsers(metavar="VERB", required=True)
    export = verbs.add_parser("export", help="write the questions as OpenAI Batch JSONL")
    export.add_argument("runs", nargs="+", metavar="RUN")
    export.add_argument("--out", type=Path, metavar="FILE", help="where to (default: stdout)")
    export.add_argument("--model", default=NAMELESS, metavar="NAME", help="who is to be asked (default: %(default)s)")
    _add_choice(export)
    _add_votes(export)
    export.add_argument("--json", action="store_true", help="with --out: what was written, as one object")
    export.set_defaults(handler=_export)

    take = verbs.add_parser("import", help="take in verdicts, and grade anew; exit 1 unless every line gave one")
    take.add_argument("run", metavar="RUN")
    take.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="Batch output, or lines {custom_id, verdict, reason?, model?} with a verdict yes, no or cannot tell",
    )  # fmt: skip
    take.add_argument("--model", default="", metavar="NAME", help="who judged, where a line does not say")
    take.add_argument("--json", action="store_true", help="what was taken in, as one object")
    take.set_defaults(handler=_import)

    run = verbs.add_parser("run", help="ask an OpenAI-compatible endpoint; asked again, only what is missing")
    run.add_argument("run", metavar="RUN")
    run.add_argument("--model", required=True, metavar="NAME")
    run.add_argument("--base-url", default=OPENAI, metavar="URL", help=f"up to /v1 (default: OpenAI's; key: {KEY})")
    run.add_argument("--threads", type=int, default=8, metavar="N", help="questions at a time (default: 8)")
    _add_choice(run)
    _add_votes(run)
    run.add_argument("--json", action="store_true", help="what was asked and said, as one object")
    run.set_defaults(handler=_run)

    ask = verbs.add_parser("ask", help="read and answer the questions yourself")
    ask.add_argument("run", metavar="RUN")
    ask.add_argument("--name", metavar="NAME", help="who you are (default: your login)")
    ask.add_argument("--all", action="store_true", dest="every", help="also what code has decided, for the statistics")
    ask.set_defaults(handler=_ask, probe="")

    told = verbs.add_parser("report", help="how far judges agree: with code, with themselves, with the truth")
    told.add_argument("runs", nargs="+", metavar="RUN")
    told.add_argument("--truth", type=Path, metavar="FILE", help="JSON list of {episode, truth: right or wrong, form?}")
    told.add_argument("--json", action="store_true", help="all figures and disagreements as one object")
    told.set_defaults(handler=_report)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--all", action="store_true", dest="every", help="also what code has decided, for the statistics"
    )
    parser.add_argument(
        "--probe", default="", choices=("", *PROBES), metavar="NAME",
        help="append a line to the answer that tries to lead the judge astray: injection",
    )  # fmt: skip


def _add_votes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--votes", type=_votes, default=1, metavar="N", help="readings of each question (default: 1)")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="of sampling (default: 1)")


def _votes(text: str) -> int:
    votes = int(text)
    if not 1 <= votes <= 999:
        raise ValueError(text)
    return votes


# --- what there is to ask --------------------------------------------------------------------------------------------


@define
class _Docket:
    """The questions of some runs. skipped: episode -> why it has none."""

    place: Place
    found: list[Question] = field(factory=list[Question])
    skipped: dict[str, str] = field(factory=dict[str, str])

    @classmethod
    def read(cls, spec: str, bar: Progress, probe: str = "") -> _Docket:
        docket = cls(locate(spec))
        step = bar.add_task(f"reading {spec}", total=len(docket.place.episodes))
        for id, asked in questions(docket.run, docket.place.episodes, probe):
            if isinstance(asked, CoreCraftError):
                docket.skipped[id] = str(asked)
            else:
                docket.found += asked
            bar.advance(step)
        return docket

    @property
    def run(self) -> Run:
        return self.place.run

    def chosen(self, every: bool) -> list[Question]:
        return [question for question in self.found if every or question.due]


MOST_REASONS = 8


def _tell_skipped(skipped: dict[str, str]) -> None:
    reasons: dict[str, list[str]] = {}
    for id, why in skipped.items():
        reasons.setdefault(why, []).append(id)
    for why, ids in islice(reasons.items(), MOST_REASONS):
        say(
            f"nothing to ask of {len(ids)} episodes ({', '.join(ids[:3])}{', ...' if len(ids) > 3 else ''}): {why}",
            to=errors,
        )
    if (more := sum(map(len, list(reasons.values())[MOST_REASONS:]))) > 0:
        say(f"nor of {more} others, for other reasons; --json names all", to=errors)


# --- export ----------------------------------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace) -> None:
    if arguments.json and arguments.out is None:
        raise CoreCraftError("--json tells what was written to --out FILE; without it the questions go to stdout")
    with ExitStack() as stack:
        bar = stack.enter_context(progress(arguments.json))
        dockets = [_Docket.read(spec, bar, arguments.probe) for spec in arguments.runs]
        chosen = [question for docket in dockets for question in docket.chosen(arguments.every)]
        step = bar.add_task("writing", total=len(chosen))
        out = stack.enter_context(_opened(arguments.out)) if arguments.out else sys.stdout.buffer
        for question in chosen:
            out.writelines(batch.lines(question, arguments.model, arguments.votes, arguments.temperature))
            bar.advance(step)
        out.flush()
    skipped = {id: why for docket in dockets for id, why in docket.skipped.items()}
    lines, episodes = len(chosen) * arguments.votes, len({id(one.past) for one in chosen})
    if arguments.json:
        emit_json({"lines": lines, "questions": len(chosen), "episodes": episodes, "skipped": skipped})
        return
    _tell_skipped(skipped)
    where = f" in {arguments.out}" if arguments.out else ""
    say(
        f"{lines} lines{where}: {len(chosen)} questions about {episodes} episodes, {arguments.votes} votes each",
        to=errors,
    )
    if lines > MOST_REQUESTS:
        say(f"OpenAI takes {MOST_REQUESTS:,} lines in one batch: split the file", style="yellow", to=errors)


def _opened(file: Path) -> BinaryIO:
    make_room(file)
    try:
        return file.open("wb")
    except OSError as error:
        raise StorageFailed(f"{file} cannot be written: {error.strerror}") from None


# --- import ----------------------------------------------------------------------------------------------------------


def _import(arguments: argparse.Namespace) -> int:
    with progress(arguments.json) as bar:
        docket = _Docket.read(arguments.run, bar)
        ballots = Ballots.of(docket.found)
        for file in arguments.files:
            ballots.read(file, arguments.model)
        written = _written(docket.run, ballots.rulings(), bar)
    if arguments.json:
        about = {"lines": ballots.lines, "votes": ballots.votes, **_counts(written)}
        emit_json({**about, "failed": ballots.failed, "complaints": ballots.complaints})
    else:
        for complaint in ballots.complaints:
            complain(complaint)
        for failure in ballots.failed:
            say(f"no verdict: {failure}", style="yellow", to=errors)
        say(f"{ballots.lines} lines: {ballots.votes} votes, {len(ballots.failed)} without a verdict, "
            f"{len(ballots.complaints)} refused")  # fmt: skip
        _tell_written(written)
    return 1 if ballots.failed or ballots.complaints else 0


def _written(run: Run, rulings: Sequence[Ruling], bar: Progress) -> Written:
    episodes = by_episode(rulings)
    step = bar.add_task("recording", total=len(episodes))
    written = Written()
    with RunFolder(run.path) as folder:
        clerk = Clerk(folder)
        for episode, own in episodes.items():
            written += clerk.write(episode, own)
            bar.advance(step)
    return written


def _counts(written: Written) -> dict[str, int]:
    return {"verdicts": written.verdicts, "settled": written.settled, "episodes_graded": written.graded}


def _tell_written(written: Written) -> None:
    say(
        f"{written.verdicts} verdicts recorded, {written.settled} criteria settled, {written.graded} episodes graded anew"
    )


# --- run -------------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    if arguments.threads < 1:
        raise CoreCraftError("--threads must be 1 or more")
    down: EndpointFailed | None = None
    faults: list[str] = []
    written = Written()
    asked = 0
    with progress(arguments.json) as bar, Endpoint(arguments.base_url, os.environ.get(KEY, "")) as endpoint:
        docket = _Docket.read(arguments.run, bar, arguments.probe)
        asker = Asker(endpoint, arguments.model, arguments.votes, arguments.threads, arguments.temperature)
        chosen = [question for question in docket.chosen(arguments.every) if asker.missing(question)]
        step = bar.add_task(f"asking {arguments.model}", total=len(chosen))
        with RunFolder(docket.run.path) as folder:
            clerk = Clerk(folder)
            try:
                for rulings, failed in _by_episode(asker, chosen, bar, step):
                    faults += failed
                    asked += len(failed) + sum(len(ruling.readings) for ruling in rulings)
                    written += clerk.write(rulings[0].question.episode, [one for one in rulings if one.readings])
            except EndpointFailed as error:
                down = error
    if arguments.json:
        about = {"questions": len(chosen), "votes": asked - len(faults), **_counts(written)}
        emit_json({**about, "failed": faults, "endpoint": down and str(down), "skipped": docket.skipped})
    else:
        _tell_skipped(docket.skipped)
        for fault in faults:
            say(f"no verdict: {fault}", style="yellow", to=errors)
        say(f"{len(chosen)} questions, {asked - len(faults)} votes, {len(faults)} without a verdict")
        _tell_written(written)
    if down:
        raise CoreCraftError(f"{down}. What was said is recorded; the same command goes on from here")
    return 1 if faults else 0


def _by_episode(
    asker: Asker, chosen: Sequence[Question], bar: Progress, step: Any
) -> Iterator[tuple[list[Ruling], list[str]]]:
    """What was said of each episode, once all of it is there, with why votes are missing."""
    rulings: list[Ruling] = []
    faults: list[str] = []
    last = {question.episode: question for question in chosen}
    for ruling, failed in asker.ask(chosen):
        question = ruling.question
        rulings.append(ruling)
        faults += [f"{question.episode}, {question.criterion.id}: {fault}" for fault in failed]
        bar.advance(step)
        if question is last[question.episode]:
            yield rulings, faults
            rulings, faults = [], []


# --- ask -------------------------------------------------------------------------------------------------------------


def _ask(arguments: argparse.Namespace) -> None:
    name = arguments.name or getpass.getuser()
    with progress() as bar:
        docket = _Docket.read(arguments.run, bar)
    _tell_skipped(docket.skipped)
    with RunFolder(docket.run.path) as folder:
        written = interview(Clerk(folder), docket.chosen(arguments.every), f"person:{one_line(name)}")
    _tell_written(written)


# --- report ----------------------------------------------------------------------------------------------------------

MOST_DISAGREEMENTS = 20


def _report(arguments: argparse.Namespace) -> None:
    truths = report.read_truth(arguments.truth) if arguments.truth else []
    with progress(arguments.json) as bar:
        dockets = [_Docket.read(spec, bar) for spec in arguments.runs]
        found = [question for docket in dockets for question in docket.found]
        standings = [standing.data() for standing in report.judges(found)]
    outcomes = report.outcomes(truths, {question.episode: question.past for question in found})
    if arguments.json:
        skipped = {id: why for docket in dockets for id, why in docket.skipped.items()}
        emit_json({"judges": standings, "truth": outcomes, "skipped": skipped})
        return
    for docket in dockets:
        _tell_skipped(docket.skipped)
    if not standings:
        say("no judge has spoken here")
    else:
        _show_judges(standings)
    if outcomes:
        table("Against the truth", tuple(outcomes[0]), [tuple(row.values()) for row in outcomes])


_FIGURES = (
    "judge", "verdicts", "cannot_tell", "self_consistency", "both_decided", "agreement", "kappa", "kappa_low", "kappa_high",
)  # fmt: skip


def _show_judges(standings: Sequence[dict[str, Any]]) -> None:
    table(
        "Judges", [name.replace("_", " ") for name in _FIGURES], [[one[name] for name in _FIGURES] for one in standings]
    )
    rows = [
        (one["judge"], *row.values()) for one in standings for row in one["confusion"] if any(list(row.values())[1:])
    ]
    table("What code says, and what the judge says", ("judge", "code", *WORDS.values()), rows)
    if probed := [(one["judge"], *one["injection"].values()) for one in standings if one["injection"]["asked"]]:
        table("With an injected line", ("judge", "asked", "flipped", "not yes before", "turned yes"), probed)
    apart = [
        (one["judge"], row["episode"], row["criterion"], WORDS[row["judge"]], row["reasons"][0])
        for one in standings
        for row in one["disagreements"]
    ]
    if apart:
        title = f"Where code says the contrary ({len(apart)}, of which {min(len(apart), MOST_DISAGREEMENTS)} are shown)"
        table(title, ("judge", "episode", "criterion", "he says", "because"), apart[:MOST_DISAGREEMENTS])
