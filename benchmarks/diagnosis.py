"""How well code says why an episode failed: every named mistake of every task, against what a reader of its script says.

    python -m corecraft.benchmarks.diagnosis [--split NAME ...] [--markdown FILE]

`mistakes.json` holds that reader's labels: of each mistake what it comes of first and what else is true of it, from the source
of the family alone, written before and without the code that diagnoses.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
from attrs import frozen
from msgspec import Struct

from ..engine.world import World
from ..rollouts.agents.scripted import ScriptedAgent
from ..rollouts.diagnosis.diagnose import diagnose
from ..rollouts.diagnosis.labels import LABELS
from ..rollouts.runner import Stage, play, standard
from ..scenarios.families import families
from ..scenarios.splits import task_ids

NOTHING = "(nothing)"


class Read(Struct):
    """What a reader says of a mistake."""

    first: str
    also: list[str]
    why: str


@frozen
class Said:
    """One mistake played in one task. code: all labels of its diagnosis, the first decisive one first."""

    task: str
    mistake: str
    reader: Read
    code: Sequence[str]

    @property
    def first(self) -> str:
        return self.code[0] if self.code else NOTHING

    @property
    def known(self) -> bool:
        """Whether what code says first is true by the reader."""
        return self.first in (self.reader.first, *self.reader.also)


def labels() -> Mapping[str, Read]:
    """`FAMILY name` -> what a reader says of that mistake."""
    return msgspec.json.decode((files("corecraft.benchmarks") / "mistakes.json").read_bytes(), type=dict[str, Read])


def said(stage: Stage, tasks: Sequence[str]) -> Iterator[Said]:
    """Every mistake of these tasks, played and diagnosed."""
    read = labels()
    for task in (stage.tasks[id] for id in tasks):
        family = families()[task.family]
        for fall in family.falls:
            if not fall.where or task.kind in fall.where:
                episode, _ = play(stage, task, ScriptedAgent(fall.name, fall.play, task.given))
                found = diagnose(task, episode.trajectory(), World(episode.world.genesis))
                yield Said(task.id, fall.name, read[f"{family.id} {fall.name}"], found.labels)


def figures(found: Sequence[Said]) -> str:
    total = len(found)
    same = sum(one.first == one.reader.first for one in found) / total
    known = sum(one.known for one in found) / total
    there = sum(one.reader.first in one.code for one in found) / total
    return (
        f"{total:,} episodes: code and reader say the same first in {same:.1%}; what code says first is among all that the "
        f"reader says in {known:.1%}, and what the reader says first among all that code says in {there:.1%}."
    )


def matrix(found: Sequence[Said]) -> str:
    """The reader's first label by the code's, as Markdown."""
    cells = Counter((one.reader.first, one.first) for one in found)
    rows = [label for label in LABELS if any(reader == label for reader, _ in cells)]
    columns = [label for label in (*LABELS, NOTHING) if any(code == label for _, code in cells)]
    lines = [f"| reader ↓, code → | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {row} | {' | '.join(str(cells[row, column] or '') for column in columns)} |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m corecraft.benchmarks.diagnosis", description="Code against a reader."
    )
    parser.add_argument("--split", nargs="+", default=["train", "heldout"], metavar="NAME")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write figures and matrix there as well")
    arguments = parser.parse_args()
    found = list(said(standard(), [id for split in arguments.split for id in task_ids(split)]))
    text = f"{figures(found)}\n\n{matrix(found)}\n"
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
