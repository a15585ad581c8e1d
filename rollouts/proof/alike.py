"""Texts that nearly repeat each other: more than so large a share of their 5-word runs is the same (Jaccard).

The runs of all texts are ordered from the rarest on. Two texts alike beyond the bound share one of their first few, so only
those are looked up: thousands of texts take seconds, and no text is compared with every other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import floor

from attrs import frozen

from ...scenarios.registry import TaskBook
from .wording import ALIKE, runs

LENGTH = 5
LEAST = 8
"""Words of the shortest text that is looked at: whoever says less says what everybody says."""

TEXTS = {
    "support_ticket": ("body", "description"),
    "slack_message": ("text",),
    "resolution": ("details",),
    "escalation": ("notes",),
    "warranty_claim": ("description", "denialReason"),
}
"""Fields that hold what people wrote."""

_WORD = re.compile(r"[\w'-]+")


@frozen
class Pair:
    """Two texts by their places, and the share of runs that they have in common."""

    one: int
    other: int
    share: float


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def pairs(texts: Sequence[str], above: float = ALIKE) -> Iterator[Pair]:
    """All pairs alike beyond `above`, each once."""
    found = [frozenset(runs(each, LENGTH)) if len(each := words(text)) >= LEAST else frozenset() for text in texts]
    spread = Counter(run for each in found for run in each)
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, each in enumerate(found):
        rarest = sorted(each, key=lambda run: (spread[run], run))[: len(each) - floor(above * len(each))]
        near = sorted({other for run in rarest for other in holders[run]})
        for run in rarest:
            holders[run].append(place)
        for other in near:
            common = len(each & found[other])
            share = common / (len(each) + len(found[other]) - common)
            if share > above:
                yield Pair(other, place, share)


def brought(book: TaskBook, ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """By type, what people wrote in rows that tasks bring with them, each with its task."""
    found: dict[str, list[tuple[str, str]]] = {entity: [] for entity in TEXTS}
    for id in ids:
        for change in book.find(id)[1].fixtures:
            if change.entity in TEXTS and book.world.get(change.entity, change.id) is None:
                texts = (change.set.get(field) for field in TEXTS[change.entity])
                found[change.entity] += [(id, text) for text in texts if text]
    return found


def repeated(found: Sequence[tuple[str, str]]) -> int:
    """Pairs of texts of different tasks that nearly repeat each other."""
    return sum(found[pair.one][0] != found[pair.other][0] for pair in pairs([text for _, text in found]))


def named(text: str, forms: Mapping[str, str]) -> str | None:
    """The key of the form letter that a text is, by the words that every copy of it has; None for any other text."""
    return next((key for key, phrase in forms.items() if phrase in text), None)
