"""`corecraft tasks`: what agents are asked to do, how it is graded, and the proof that it is graded rightly."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from ..engine.agenda import Plan
from ..engine.clock import to_text
from ..engine.errors import CoreCraftError
from ..engine.files import write_json, write_text
from ..replay.fields import shown
from ..replay.visible import one_line
from ..rollouts.agents import scripted
from ..rollouts.proof.card import card
from ..rollouts.proof.report import Report, prove_all
from ..rollouts.proof.telling import told
from ..rollouts.proof.vocabulary import words_of_business
from ..rollouts.runner import Stage, play
from ..scenarios import splits
from ..scenarios.checks import Check
from ..scenarios.company import OURS, company
from ..scenarios.grading import demands_of
from ..scenarios.kept import is_kept, keep
from ..scenarios.reading import words
from ..scenarios.registry import TaskBook, named
from ..scenarios.task import Task
from .output import emit_csv, emit_json, errors, framed, progress, say, table
from .play import add_stage_options

EPILOG = """\
examples:
  corecraft tasks list --split smoke
  corecraft tasks list --family MW-02
  corecraft tasks show S-2
  corecraft tasks check --split smoke
  corecraft tasks check --family RS-03 --json
  corecraft tasks pin --splits mine.json --family RS-03 --family MW-02
"""

MOST_UNPINNED = 200
"""Tasks taken of a family that no split holds."""

MOST_TOLD = 60
"""Different faults that are printed."""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    tasks = commands.add_parser("tasks", help="list, show and prove tasks", epilog=EPILOG, formatter_class=raw)
    verbs = tasks.add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="tasks by family, or those of a split or family")
    _add_choice(listing)
    shape = listing.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="all tasks as a list of objects, with digests")
    shape.add_argument("--csv", action="store_true", help="the same as CSV with a header")
    listing.set_defaults(handler=_list)
    show = verbs.add_parser("show", help="prompt, truth, plan and rubric of one task (not for agents)")
    show.add_argument("task", metavar="ID", help="a task, e.g. S-2 or MW-02-004")
    add_stage_options(show)
    show.add_argument("--json", action="store_true", help="the whole task as stored, checks included")
    show.set_defaults(handler=_show)
    check = verbs.add_parser(
        "check",
        help="prove tasks: solve, solve otherwise, spoil and attack each; exit 1 unless every gate holds",
        description="Without a choice, all tasks of the splits train and heldout: minutes on two cores.",
    )
    _add_choice(check)
    check.add_argument("--task", metavar="ID", action="append", default=[], help="this task; may be given again")
    check.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: one a core)"
    )
    check.add_argument("--json", action="store_true", help="summary, families, survivors and every task's figures")
    check.add_argument("--card", type=Path, metavar="FILE", help="also write the data card (Markdown)")
    check.add_argument("--report", type=Path, metavar="FILE", help="also write what --json prints")
    check.set_defaults(handler=_check)
    _add_pin(verbs)
    keeping = verbs.add_parser(
        "keep", help="write the published tasks whole, before they are changed",
        description="So that a version can be played when the families have moved on: corecraft run --splits VERSION.",
    )  # fmt: skip
    add_stage_options(keeping)
    keeping.set_defaults(handler=_keep)


def _add_pin(verbs: Any) -> None:
    pin = verbs.add_parser(
        "pin",
        help="write splits anew: the published ones, or a file of your own",
        description="Without --splits, writes scenarios/splits.json and the words of the business, after tasks were changed on "
        "purpose. What a version holds never changes: other tasks, or other content, take a new version.",
    )
    pin.add_argument("--splits", type=Path, metavar="FILE", help="a splits file of your own, made if new")
    pin.add_argument(
        "--family", metavar="ID", action="append", default=[],
        help="a family to take in besides those it holds; may be given again",
    )  # fmt: skip
    add_stage_options(pin)
    pin.add_argument("--version", type=int, metavar="N", help="the number of what is written, if anything changed")
    pin.set_defaults(handler=_pin)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", metavar="NAME", help="train, heldout or smoke")
    parser.add_argument("--family", metavar="ID", help="e.g. RS-03; of one that no split holds, all its tasks")
    parser.add_argument(
        "--splits", type=Path, metavar="FILE", help="a splits file of your own, or live (default: the published)"
    )
    add_stage_options(parser)


# --- list and show -----------------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace) -> None:
    book = _book(arguments)
    if not (arguments.json or arguments.csv or arguments.split or arguments.family):
        held = _held(arguments)
        _list_families(book, held, list(book.books) if arguments.splits is None else held.families)
        return
    tasks = [book[id] for id in _chosen(arguments, book)]
    if arguments.json or arguments.csv:
        lines = [_line(task) for task in tasks]
        emit_json(lines) if arguments.json else emit_csv(list(lines[0]), [list(line.values()) for line in lines])
        return
    rows = [(t.id, t.title, t.category, t.voice, t.difficulty, ", ".join(t.traps), len(t.criteria)) for t in tasks]
    table("", ("task", "title", "category", "voice", "difficulty", "traps", "criteria"), rows)


def _line(task: Task) -> dict[str, Any]:
    names = ("id", "title", "category", "family", "kind", "requester", "voice", "difficulty", "traps", "absent", "lure")
    return {**{name: getattr(task, name) for name in names}, "criteria": len(task.criteria), "digest": task.digest}


def _list_families(book: TaskBook, held: splits.Splits, shown: Sequence[str]) -> None:
    """These families with how many of their tasks each split holds."""
    counts = {name: Counter(map(splits.family_of, split.tasks)) for name, split in held.splits.items()}
    rows = [
        (
            id,
            b.family.title,
            b.family.category,
            b.family.tools,
            *(each[id] for each in counts.values()),
            len(b.family.falls),
        )
        for id, b in book.books.items()
        if id in shown
    ]
    table("", ("family", "title", "category", "tools", *counts, "named mistakes"), rows)
    for name, split in held.splits.items():
        say(f"{name}: {len(split.tasks)} tasks, version {held.version}, digest {split.digest[:16]}", style="dim")
    if further := [id for id in shown if id not in held.families]:
        say(f"in no split: {', '.join(further)}", style="dim")


def _show(arguments: argparse.Namespace) -> None:
    stage = Stage.build(form=arguments.form, company=arguments.company)
    task = named(stage.tasks, arguments.task)
    if arguments.json:
        emit_json({"digest": task.digest, **msgspec.to_builtins(task)})
        return
    say(f"{task.id}  {task.title}", style="bold")
    about = [
        task.category,
        f"asked by {task.requester}",
        f"voice {task.voice}",
        f"difficulty {task.difficulty}",
        task.tools,
    ]
    about += [f"traps {', '.join(task.traps)}"] if task.traps else []
    say(f"{', '.join(about)}; digest {task.digest[:16]}", style="dim")
    framed("prompt", task.prompt)
    if task.fixtures:
        say("its own rows: " + ", ".join(f"{c.entity} {c.id}" for c in task.fixtures), style="dim")
    if task.plan is not None:
        framed("meanwhile", "\n".join(_meanwhile(task.plan)))
    _show_plan(stage, task)
    demands = demands_of(task)
    rows = [
        (c.id, c.tag, c.text, _kind(c.check), "yes" if c.id in demands else "", ", ".join(c.basis))
        for c in task.criteria
    ]
    columns = ("criterion", "tag", "what", "check", "demand", "rules")
    table("rubric: a pass needs all; what is no demand earns by the share of the demands met", columns, rows)


def _kind(check: Check) -> str:
    return msgspec.json.decode(msgspec.json.encode(check))["check"]


def _meanwhile(plan: Plan) -> Iterator[str]:
    """How time passes, what happens and what the requester says when he is asked back, a line each."""
    if plan.clock is not None:
        each = f", {plan.clock.minutes} minutes a call" if plan.clock.mode == "stepped" else ""
        yield f"clock {plan.clock.mode}{each}"
    for due in sorted(plan.due, key=lambda one: (one.at, one.priority)):
        rows = ", ".join(f"{change.entity} {change.id}" for change in due.changes)
        yield f"{to_text(due.at)}  {due.kind}: {rows}"
    if plan.respondent is not None:
        yield from (f"asked about {', '.join(t.about[:3])}, ...: {t.says}" for t in plan.respondent.topics)


def _show_plan(stage: Stage, task: Task) -> None:
    """The calls and the answer of the reference solution; a bundle's own task has none."""
    try:
        agent = scripted(task, "reference")
    except CoreCraftError:
        return
    episode, _ = play(stage, task, agent)
    calls = list(episode.trajectory().calls())
    plan = [
        f"{c.tool}({', '.join(f'{k}={shown(v)}' for k, v in c.arguments.items())}){' *' if c.facts else ''}"
        for c in calls
    ]
    listed = plan if len(plan) <= 14 else [*plan[:10], f"... {len(plan) - 13} more ...", *plan[-3:]]
    framed(f"plan: {len(plan)} calls, * writes", "\n".join(map(one_line, listed)))
    framed("reference answer", episode.trajectory().answer or "")


# --- check and pin -----------------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    if arguments.jobs < 1:
        raise CoreCraftError("--jobs must be 1 or more")
    book, held = _book(arguments), _held(arguments)
    ids = arguments.task or _chosen(arguments, book)
    for id in arguments.task:
        named(book, id)
    part = ", ".join(arguments.task) or " of ".join(filter(None, (arguments.family, arguments.split)))
    with progress(arguments.json) as bar:
        step = bar.add_task("proving tasks", total=len(ids))
        proofs = prove_all(
            ids, min(arguments.jobs, len(ids)), lambda _: bar.advance(step), arguments.form, arguments.company
        )
    report = Report(part or str(arguments.splits or "train and heldout"), proofs, book, not (part or arguments.splits))
    faults = [*report.faults, *(() if part else _unpinned(book, held, arguments.splits))]
    data = {"summary": report.summary, "families": report.by_family(), "faults": faults,
            "survivors": report.survivors, "tasks": proofs}  # fmt: skip
    if arguments.card:
        write_text(arguments.card, card(report))
    if arguments.report:
        write_text(arguments.report, _by_line(data))
    if arguments.json:
        emit_json(data)
    else:
        _print(report, faults)
    return 1 if faults else 0


def _by_line(data: dict[str, Any]) -> str:
    """The report with one line a task, so that versions of it can be compared."""
    tasks = data["tasks"]
    head = msgspec.json.format(msgspec.json.encode({**data, "tasks": []}), indent=1).decode().removesuffix("[]\n}")
    lines = ",\n".join(msgspec.json.encode(proof).decode() for proof in tasks)
    return f"{head}[\n{lines}\n]}}\n"


def _unpinned(book: TaskBook, held: splits.Splits, file: Path | None) -> list[str]:
    """Tasks that are not what their splits file says. file: None for the published one."""
    pin = " ".join(["corecraft tasks pin", *([f"--splits {file}"] if file else []), f"--version {held.version + 1}"])
    return [
        f"{id}: not the task that split {name} pins; after an intended change: {pin}"
        for name, split in held.splits.items()
        for id, digest in split.tasks.items()
        if book[id].digest != digest
    ]


def _print(report: Report, faults: list[str]) -> None:
    lines = report.by_family()
    columns = (
        "family",
        "title",
        "tasks",
        "kinds",
        "criteria",
        "judged",
        "mutants",
        "killed",
        "dump earns",
        "mistakes",
        "faults",
    )
    table("", columns, [[line[column] for column in columns] for line in lines])
    summary = report.summary
    useless = summary.pop("useless agents")
    by_kind = summary.pop("mutants by kind")
    table("gates", ("figure", "value"), list(summary.items()))
    table("mutants", ("kind", "made", "killed"), [(kind, *counts) for kind, counts in by_kind.items()])
    table(
        "useless agents",
        ("agent", *next(iter(useless.values()))),
        [(name, *each.values()) for name, each in useless.items()],
    )
    for id, kind, what in report.survivors[:20]:
        say(f"survivor  {id}  {kind}: {what}", style="yellow")
    groups = list(told(faults, report.proofs))
    for fault, why in groups[:MOST_TOLD]:
        say(f"✗ {fault}", style="red")
        for line in why:
            say(f"    {line}")
    if len(groups) > MOST_TOLD:
        say(f"... {len(groups) - MOST_TOLD} more; --json lists all", style="red")
    if not faults:
        say("✓ every gate holds", style="green")


def _pin(arguments: argparse.Namespace) -> None:
    book, own = _book(arguments), arguments.splits
    if own is None and arguments.company != OURS:
        raise CoreCraftError(f"say where the splits of {arguments.company} are to stand: --splits FILE")
    if arguments.version is not None and arguments.version < 1:
        raise CoreCraftError("--version must be 1 or more")
    for family in arguments.family:
        _check_family(book, family)
    file = splits.place_of(own, book.form) if own else Path(splits.__file__).with_name(splits.FILES[book.form])
    before = splits.read(file, book.form) if file.exists() else None
    if own is None:
        drawn = splits.draw(book, arguments.family)
    else:
        drawn = splits.draw_own(book, (*(before.families if before else ()), *arguments.family))
    if not drawn.splits:
        raise CoreCraftError(f"{file} would hold no task; say of which families: --family ID")
    written = splits.renewed(before, drawn, arguments.version)
    if own is None and before is not None and written.version != before.version and not is_kept(before):
        raise CoreCraftError(
            f"the tasks of version {before.version} are not kept, and after this nobody could play them: check out what wrote "
            f"them, and say there: corecraft tasks keep --form {book.form}"
        )
    write_json(file, written)
    if own is None and book.form == "labelled":
        ids = [id for name in splits.SIZES for id in written.splits[name].tasks]
        known = file.parent / "reading" / words.FILE
        all_ = {*known.read_text("utf-8").split(), *words_of_business(book, ids)}  # what was known once stays known
        write_text(known, "\n".join(sorted(all_)) + "\n")
    for name, split in written.splits.items():
        say(f"{name}: {len(split.tasks)} tasks, version {written.version}, digest {split.digest[:16]}")
    if before == written:
        say(f"nothing changed; it stays version {written.version}")


def _keep(arguments: argparse.Namespace) -> None:
    """Tasks that are not what the splits pin are another version's, and are not kept under this one's number."""
    if arguments.company != OURS:
        raise CoreCraftError(f"only tasks of {OURS} are kept here; {arguments.company} keeps its own with its package")
    book, held = _book(arguments), splits.read(None, arguments.form, arguments.company)
    pins = {id: digest for split in held.splits.values() for id, digest in split.tasks.items()}
    if changed := [id for id, digest in pins.items() if book[id].digest != digest]:
        raise CoreCraftError(f"{len(changed)} tasks are not those of version {held.version}, e.g. {changed[0]}")
    file = keep((book[id] for id in pins), held, company(arguments.company).policy)
    say(f"kept {len(pins)} tasks of version {held.version} in {file.name}, {file.stat().st_size / 1e6:.1f} MB")


# --- what was chosen ---------------------------------------------------------------------------------------------


def _book(arguments: argparse.Namespace) -> TaskBook:
    book = Stage.build(form=arguments.form, company=arguments.company).tasks
    assert isinstance(book, TaskBook)
    return book


def _held(arguments: argparse.Namespace) -> splits.Splits:
    """The splits of a file, or the published ones of the company; none where it has none."""
    if arguments.splits is None and arguments.form not in company(arguments.company).splits:
        return splits.Splits(0, "", {}, arguments.form)
    return splits.read(arguments.splits, arguments.form, arguments.company)


def _check_family(book: TaskBook, id: str) -> None:
    if id not in book.books:
        raise CoreCraftError(f"No family {id!r}. There are: {', '.join(book.books)}")


def _chosen(arguments: argparse.Namespace, book: TaskBook) -> list[str]:
    """The ids of what was chosen, at least one. A family that no published split holds offers what it has."""
    held, family = _held(arguments), arguments.family
    if family:
        _check_family(book, family)
        if not arguments.split and arguments.splits is None and family not in held.families:
            return _unpublished(book, family)
    if not held.splits:
        raise CoreCraftError(
            f"{arguments.company} has no published splits of {arguments.form} tasks; choose a family: --family ID"
        )
    names = [arguments.split] if arguments.split else list(held.splits)
    ids = dict.fromkeys(id for name in names for id in splits.task_ids(name, held))
    chosen = [id for id in ids if not family or splits.family_of(id) == family]
    if not chosen:
        homes = [name for name, split in held.splits.items() if family in map(splits.family_of, split.tasks)]
        there = f"it has tasks in {', '.join(homes)}" if homes else "no split there holds any"
        raise CoreCraftError(f"There is no task of {family or 'any family'} in {', '.join(names)}; {there}")
    _check_known(book, chosen, arguments.splits)
    return chosen


def _unpublished(book: TaskBook, family: str) -> list[str]:
    """The first tasks of a family, and a word on it."""
    ids = list(islice(book.books[family], MOST_UNPINNED + 1))
    if not ids:
        raise CoreCraftError(f"{family} has no tasks: its `cases` yields none, or none with anchors of one side only")
    which = f"all its {len(ids)} tasks" if len(ids) <= MOST_UNPINNED else f"its first {MOST_UNPINNED} tasks"
    say(f"{family} is in no published split; taking {which}", style="dim", to=errors)
    return ids[:MOST_UNPINNED]


def _check_known(book: TaskBook, ids: Sequence[str], file: Path | None) -> None:
    """Raises CoreCraftError for a splits file that names a task nothing here writes."""
    for id in ids:
        try:
            book.find(id)
        except KeyError:
            raise CoreCraftError(
                f"{file or splits.FILES[book.form]} names {id}, and there is no such task here"
            ) from None
