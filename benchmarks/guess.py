"""Can a reader tell the tickets that tasks bring from those of the world? Makes a kit to read, and marks the answers.

    python -m corecraft.benchmarks.guess --count 60 --out DIR [--seed 0] [--version 5]
    python -m corecraft.benchmarks.guess --mark DIR/answers.txt --key DIR/key.json

The kit is `tickets.txt`: half of the tickets are of tasks, half of the world, mixed, without their ids. `key.json` says
which are which and is not for the reader. An answers file has one line a ticket: its number and `task` or `world`. Half of
the answers are right by chance; of sixty, 37 or more come by chance once in twenty times.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

from ..engine.genesis import Row
from ..rollouts.runner import Stage
from ..scenarios.registry import TaskBook
from ..scenarios.world import VERSION
from .rows_of_tasks import planted, task_ids

SHOWN = ("ticketType", "channel", "priority", "status", "createdAt", "updatedAt", "closureReason")
"""Fields that a reader sees; of others only whether they are there."""
_REFERENCES = ("orderId", "buildId", "assignedEmployeeId", "resolutionId")
_SAYS = re.compile(r"^\s*(\d+)\W+(task|world)\b", re.MULTILINE | re.IGNORECASE)


def ticket_text(number: int, row: Row) -> str:
    """A ticket as a reader sees it."""
    shown = [f"{field}: {row[field]}" for field in SHOWN if row.get(field)]
    named = [field.removesuffix("Id") for field in _REFERENCES if row.get(field)]
    head = f"=== {number} ===\n{' | '.join(shown)}\nnames: {', '.join(named) or 'nothing'}"
    return f"{head}\nSubject: {row['subject']}\n\n{row.get('body') or row.get('description') or ''}\n"


def kit(tasks: Iterable[Row], world: Iterable[Row], count: int, lot: Random) -> tuple[str, dict[int, str]]:
    """The text, and by number where each ticket is from."""
    drawn = [(row, "task") for row in lot.sample(list(tasks), count // 2)]
    drawn += [(row, "world") for row in lot.sample(list(world), count - count // 2)]
    lot.shuffle(drawn)
    texts = [ticket_text(number, row) for number, (row, _) in enumerate(drawn, 1)]
    return "\n".join(texts), {number: source for number, (_, source) in enumerate(drawn, 1)}


def marked(answers: str, key: dict[int, str]) -> tuple[int, int]:
    """How many answers are right, and how many there are."""
    said = {int(number): source.lower() for number, source in _SAYS.findall(answers)}
    return sum(key.get(number) == source for number, source in said.items()), len(said)


def make(out: Path, count: int, seed: int, version: int) -> None:
    stage = Stage.build(version=version)
    book = TaskBook(stage.world, stage.recipe)
    brought = planted(book, task_ids(book))["support_ticket"].values()
    text, key = kit((row for _, row in brought), map(dict, stage.world.rows("support_ticket")), count, Random(seed))
    out.mkdir(parents=True, exist_ok=True)
    (out / "tickets.txt").write_text(text, "utf-8")
    (out / "key.json").write_text(json.dumps(key, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="tickets in the kit")
    parser.add_argument("--out", type=Path, help="the folder for the kit")
    parser.add_argument("--seed", type=int, default=0, help="how the lot is drawn")
    parser.add_argument("--version", type=int, default=VERSION, help="how the world is drawn")
    parser.add_argument("--mark", type=Path, help="an answers file")
    parser.add_argument("--key", type=Path, help="the key of its kit")
    arguments = parser.parse_args()
    if arguments.mark and arguments.key:
        key = {int(number): source for number, source in json.loads(arguments.key.read_text("utf-8")).items()}
        right, given = marked(arguments.mark.read_text("utf-8"), key)
        print(f"{right} of {given} right ({right / max(1, given):.0%}); {len(key)} tickets in the kit")
    elif arguments.out:
        make(arguments.out, arguments.count, arguments.seed, arguments.version)
    else:
        parser.error("--out makes a kit; --mark and --key mark its answers")


if __name__ == "__main__":
    main()
