"""`corecraft tasks`: what agents are asked to do, how it is graded, and the proof that it is graded rightly."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from rich.panel import Panel
from rich.text import Text

from ..engine.errors import CoreCraftError
from ..engine.files import write_json, write_text
from ..replay.visible import one_line, visible
from ..rollouts.agents import scripted
from ..rollouts.proof.card import card
from ..rollouts.proof.report import Report, prove_all
from ..rollouts.proof.vocabulary import words_of_business
from ..rollouts.runner import Stage, play
from ..scenarios import splits
from ..scenarios.checks import Check
from ..scenarios.reading import words
from ..scenarios.registry import TaskBook, named
from ..scenarios.task import Task
from .output import console, emit_json, progress, say, table

EPILOG = """\
examples:
  corecraft tasks list --split smoke
  corecraft tasks list --family MW-02
  corecraft tasks show S-2
  corecraft tasks check --split smoke
  corecraft tasks check --family RS-03 --json
"""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    tasks = commands.add_parser("tasks", help="list, show and prove tasks", epilog=EPILOG, formatter_class=raw)
    verbs = tasks.add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="tasks by family, or those of a split or family")
    _add_choice(listing)
    listing.add_argument("--json", action="store_true", help="a list of objects, with digests")
    listing.set_defaults(handler=_list)
    show = verbs.add_parser("show", help="prompt, truth, plan and rubric of one task (not for agents)")
    show.add_argument("task", metavar="ID", help="a task, e.g. S-2 or MW-02-001")
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
    pin = verbs.add_parser("pin", help="write scenarios/splits.json anew, after tasks were changed on purpose")
    pin.set_defaults(handler=_pin)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", metavar="NAME", help="train, heldout or smoke")
    parser.add_argument("--family", metavar="ID", help="e.g. RS-03")


# --- list and show -----------------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace) -> None:
    book = _book()
    if not arguments.json and not arguments.split and not arguments.family:
        _list_families(book)
        return
    tasks = [book[id] for id in _chosen(arguments, book)]
    if arguments.json:
        emit_json([_line(task) for task in tasks])
        return
    rows = [(t.id, t.title, t.category, t.voice, t.difficulty, ", ".join(t.traps), len(t.criteria)) for t in tasks]
    table("", ("task", "title", "category", "voice", "difficulty", "traps", "criteria"), rows)


def _line(task: Task) -> dict[str, Any]:
    names = ("id", "title", "category", "family", "kind", "requester", "voice", "difficulty", "traps", "absent", "lure")
    return {**{name: getattr(task, name) for name in names}, "criteria": len(task.criteria), "digest": task.digest}


def _list_families(book: TaskBook) -> None:
    counts = {
        name: Counter(book.find(id)[0].family.id for id in splits.task_ids(name)) for name in ("train", "heldout")
    }
    rows = [
        (
            id,
            b.family.title,
            b.family.category,
            b.family.tools,
            counts["train"][id],
            counts["heldout"][id],
            len(b.family.falls),
        )
        for id, b in book.books.items()
    ]
    table("", ("family", "title", "category", "tools", "train", "held out", "named mistakes"), rows)
    for name, split in splits.pinned().splits.items():
        say(f"{name}: {len(split.tasks)} tasks, version {splits.VERSION}, digest {split.digest[:16]}", style="dim")


def _show(arguments: argparse.Namespace) -> None:
    stage = Stage.build()
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
    _panel("prompt", task.prompt)
    if task.fixtures:
        say("its own rows: " + ", ".join(f"{c.entity} {c.id}" for c in task.fixtures), style="dim")
    _show_plan(stage, task)
    rows = [(c.id, c.tag, c.text, _kind(c.check), ", ".join(c.basis)) for c in task.criteria]
    table("rubric: reward is the share met, a pass needs all", ("criterion", "tag", "what", "check", "rules"), rows)


def _kind(check: Check) -> str:
    return msgspec.json.decode(msgspec.json.encode(check))["check"]


def _show_plan(stage: Stage, task: Task) -> None:
    """The calls and the answer of the reference solution; a bundle's own task has none."""
    try:
        agent = scripted(task, "reference")
    except CoreCraftError:
        return
    episode, _ = play(stage, task, agent)
    calls = list(episode.trajectory().calls())
    plan = [
        f"{c.tool}({', '.join(f'{k}={v!r}' for k, v in c.arguments.items())}){' *' if c.facts else ''}" for c in calls
    ]
    shown = plan if len(plan) <= 14 else [*plan[:10], f"... {len(plan) - 13} more ...", *plan[-3:]]
    _panel(f"plan: {len(plan)} calls, * writes", "\n".join(map(one_line, shown)))
    _panel("reference answer", episode.trajectory().answer or "")


def _panel(title: str, text: str) -> None:
    console.print(Panel(Text(visible(text)), title=title, title_align="left"))


# --- check and pin -----------------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    if arguments.jobs < 1:
        raise CoreCraftError("--jobs must be 1 or more")
    book = _book()
    ids = arguments.task or _chosen(arguments, book)
    for id in arguments.task:
        named(book, id)
    name = arguments.split or arguments.family or (", ".join(arguments.task) if arguments.task else "train and heldout")
    with progress(arguments.json) as bar:
        step = bar.add_task("proving tasks", total=len(ids))
        proofs = prove_all(ids, min(arguments.jobs, len(ids)), lambda _: bar.advance(step))
    whole = not (arguments.task or arguments.family or arguments.split)
    report = Report(name, proofs, book, whole)
    faults = [*report.faults, *(_unpinned(book) if whole else ())]
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


def _unpinned(book: TaskBook) -> list[str]:
    """Tasks that are not what splits.json says."""
    pinned = splits.pinned()
    return [
        f"{id}: not the task that split {name} pins; after an intended change: corecraft tasks pin"
        for name, split in pinned.splits.items()
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
    for fault in faults[:60]:
        say(f"✗ {fault}", style="red")
    if len(faults) > 60:
        say(f"... {len(faults) - 60} more; --json lists all", style="red")
    if not faults:
        say("✓ every gate holds", style="green")


def _pin(arguments: argparse.Namespace) -> None:
    book = _book()
    drawn = splits.draw(book)
    folder = Path(splits.__file__).parent
    write_json(folder / "splits.json", drawn)
    ids = [id for name in splits.SIZES for id in drawn.splits[name].tasks]
    write_text(folder / "reading" / words.FILE, "\n".join(words_of_business(book, ids)) + "\n")
    for name, split in drawn.splits.items():
        say(f"{name}: {len(split.tasks)} tasks, digest {split.digest[:16]}")


def _book() -> TaskBook:
    book = Stage.build().tasks
    assert isinstance(book, TaskBook)
    return book


def _chosen(arguments: argparse.Namespace, book: TaskBook) -> list[str]:
    if arguments.family and arguments.family not in book.books:
        raise CoreCraftError(f"No family {arguments.family!r}. There are: {', '.join(book.books)}")
    if arguments.split:
        ids = splits.task_ids(arguments.split)
    else:
        ids = [id for name in ("train", "heldout") for id in splits.task_ids(name)]
    return [id for id in ids if not arguments.family or book.find(id)[0].family.id == arguments.family]
