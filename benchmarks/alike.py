"""Texts of the world and of the published tasks' own rows that nearly repeat each other. One line a type, then pairs.

    python -m corecraft.benchmarks.alike [--version 4] [--shown 10]

Nearly: more than 60 % of their runs of 5 words are the same (Jaccard), of texts of 8 words and more, names and ids left as they
are. Form letters, which may, stand in `scenarios/world/data/form_letters.json`: a key, and words that every copy has.
`together` are pairs that somebody who plays one task could see: both of the world, or one or both of the same task.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from ..rollouts.proof.alike import TEXTS, Pair, named, pairs
from ..rollouts.runner import Stage
from ..scenarios.registry import TaskBook
from ..scenarios.world import VERSION
from ..scenarios.world.pools import form_letters
from .rows_of_tasks import planted, task_ids

WORLD = "world"


@frozen
class Text:
    """What somebody wrote. of: the task that brings it, or the world."""

    of: str
    said: str


def texts(book: TaskBook, ids: list[str]) -> dict[str, list[Text]]:
    """All texts by the type of their rows."""
    own = planted(book, ids)
    found: dict[str, list[Text]] = {}
    for entity, fields in TEXTS.items():
        rows = [*own.get(entity, {}).values(), *((WORLD, dict(row)) for row in book.world.rows(entity))]
        found[entity] = [Text(of, row[field]) for of, row in rows for field in fields if row.get(field)]
    return found


def seen_together(one: Text, other: Text) -> bool:
    return one.of == other.of or WORLD in (one.of, other.of)


def report(entity: str, found: Sequence[Text], forms: Mapping[str, str], shown: int) -> int:
    """Prints what is alike among the texts of a type; how many pairs there are besides form letters."""
    letters = Counter(named(text.said, forms) for text in found)
    free = [text for text in found if named(text.said, forms) is None]
    alike = sorted(pairs([text.said for text in free]), key=lambda pair: (-pair.share, pair.one, pair.other))
    together = sum(seen_together(free[pair.one], free[pair.other]) for pair in alike)
    touched = {place for pair in alike for place in (pair.one, pair.other)}
    kept = ", ".join(f"{key} {count}" for key, count in letters.items() if key) or "none"
    print(f"{entity:<16}{len(found):>7}{len(alike):>7}{together:>10}{len(touched):>7}  {kept}", flush=True)
    for pair in alike[:shown]:
        _show(pair, free)
    return len(alike)


def _show(pair: Pair, free: Sequence[Text]) -> None:
    for place in (pair.one, pair.other):
        print(f"    {pair.share:.2f}  {free[place].of:<14}{' '.join(free[place].said.split())[:96]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", type=int, default=VERSION, help="how the world is drawn")
    parser.add_argument("--shown", type=int, default=5, help="how many pairs of a type to show")
    arguments = parser.parse_args()
    stage = Stage.build(version=arguments.version)
    book = TaskBook(stage.world, stage.recipe)
    print(f"{'type':<16}{'texts':>7}{'pairs':>7}{'together':>10}{'alike':>7}  form letters")
    for entity, found in texts(book, task_ids(book)).items():
        report(entity, found, form_letters(), arguments.shown)


if __name__ == "__main__":
    main()
