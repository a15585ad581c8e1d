"""How far two who say why episodes failed agree: on what it came of first, where, and on every label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from ..judge.agreement import kappa as kappa_of_two
from .labels import LABELS

Findings = Sequence[Mapping[str, Any]]
"""What one says of one episode: label and seq, the first decisive one first."""


@frozen
class Agreement:
    """Two who read the same episodes: episode -> what each says."""

    one: str
    other: str
    pairs: Mapping[str, tuple[Findings, Findings]]

    @property
    def confusion(self) -> Counter[tuple[str, str]]:
        """(what one says first, what the other does) -> episodes."""
        return Counter((_first(mine), _first(yours)) for mine, yours in self.pairs.values())

    @property
    def same_first(self) -> float:
        """The share of episodes that came of the same by both."""
        return self._share(lambda mine, yours: _first(mine) == _first(yours))

    @property
    def first_known(self) -> float:
        """The share in which what one says first is among all that the other says."""
        return self._share(lambda mine, yours: _first(mine) in _labels(yours))

    @property
    def same_event(self) -> float:
        """The share in which both name the same event first."""
        return self._share(lambda mine, yours: _at(mine) == _at(yours))

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of what each says first; None where chance alone would agree."""
        cells, total = self.confusion, len(self.pairs)
        rows, columns = Counter[str](), Counter[str]()
        for (mine, yours), count in cells.items():
            rows[mine] += count
            columns[yours] += count
        expected = sum(rows[label] * columns[label] for label in rows) / total**2
        return None if expected == 1 else (self.same_first - expected) / (1 - expected)

    def by_label(self) -> list[dict[str, Any]]:
        """Of each label how often both, only one, and only the other gave it at all, with kappa."""
        rows: list[dict[str, Any]] = []
        for label in LABELS:
            cells = dict.fromkeys(((True, True), (True, False), (False, True), (False, False)), 0)
            for mine, yours in self.pairs.values():
                cells[label in _labels(mine), label in _labels(yours)] += 1
            both, mine_only, yours_only = cells[True, True], cells[True, False], cells[False, True]
            if both + mine_only + yours_only:
                only = {"only_one": mine_only, "only_other": yours_only}
                rows.append({"label": label, "both": both, **only, "kappa": kappa_of_two(cells)})
        return rows

    def data(self) -> dict[str, Any]:
        figures = {"episodes": len(self.pairs), "same_first": self.same_first, "first_known": self.first_known}
        figures |= {"same_event": self.same_event, "kappa": self.kappa}
        confusion = [{"one": mine, "other": yours, "episodes": n} for (mine, yours), n in self.confusion.most_common()]
        return {"one": self.one, "other": self.other, **figures, "confusion": confusion, "labels": self.by_label()}

    def _share(self, holds: Any) -> float:
        return sum(holds(mine, yours) for mine, yours in self.pairs.values()) / len(self.pairs)


def agreements(read: Mapping[str, Mapping[str, Findings]]) -> list[Agreement]:
    """Of every two who read an episode in common. read: by episode and by whom."""
    who = sorted({by for said in read.values() for by in said})
    found: list[Agreement] = []
    for number, one in enumerate(who):
        for other in who[number + 1 :]:
            pairs = {id: (said[one], said[other]) for id, said in read.items() if one in said and other in said}
            if pairs:
                found.append(Agreement(one, other, pairs))
    return found


NOTHING = "(nothing)"


def _first(findings: Findings) -> str:
    return findings[0]["label"] if findings else NOTHING


def _at(findings: Findings) -> int:
    return findings[0]["at"] if findings else -1


def _labels(findings: Findings) -> set[str]:
    return {one["label"] for one in findings} or {NOTHING}
