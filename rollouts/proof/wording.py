"""How the requests of tasks read: how long they are, and how much of one stands in the others of its family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median

from attrs import frozen

from ...scenarios.company import company_of
from ...scenarios.task import Task
from .names import skeleton

ALIKE = 0.6
"""The share of 5-word runs that two texts have in common from which they are the same text in other words (Jaccard)."""


@frozen
class Wording:
    """Of the requests of many tasks. words: the median. shared: of the 4-word runs of a request, names and figures taken out,
    the mean share that another request of its family has as well. alike: requests that another of its family nearly repeats."""

    requests: int
    words: float
    shared: float
    alike: int


def wording(tasks: Iterable[Task]) -> Wording:
    families: dict[str, list[list[str]]] = {}
    lengths: list[int] = []
    for task in tasks:
        text = request(task)
        lengths.append(len(text.split()))
        families.setdefault(task.family, []).append(skeleton(text, company_of(task.world).name).split())
    shares = [share for texts in families.values() for share in _shared([runs(text, 4) for text in texts])]
    alike = sum(_alike([runs(text, 5) for text in texts]) for texts in families.values())
    return Wording(len(lengths), median(lengths), mean(shares), alike)


def request(task: Task) -> str:
    """What a task's requester wrote, without what the channel shows of him."""
    head, _, text = task.prompt.partition("\n\n")
    return text if task.form == "natural" and head.startswith(("[", "From: ")) else task.prompt


def runs(words: Sequence[str], length: int) -> frozenset[tuple[str, ...]]:
    """Every run of so many words."""
    return frozenset(tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def _shared(texts: Sequence[frozenset[tuple[str, ...]]]) -> Iterable[float]:
    counts: Mapping[tuple[str, ...], int] = Counter(run for text in texts for run in text)
    return (sum(counts[run] > 1 for run in text) / len(text) for text in texts if text)


def _alike(texts: Sequence[frozenset[tuple[str, ...]]]) -> int:
    return sum(
        any(n != m and len(one & other) > ALIKE * len(one | other) for m, other in enumerate(texts))
        for n, one in enumerate(texts)
        if one
    )
