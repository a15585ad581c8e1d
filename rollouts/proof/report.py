"""The proof over many tasks: what holds for each, what holds for all together, and the report of both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from attrs import field, frozen

from ...engine.canonical import encode
from ...scenarios.company import OURS, Company, company_of
from ...scenarios.family import Fall, Family
from ...scenarios.registry import TaskBook, is_held_out
from ...scenarios.task import Form
from ..runner import Stage
from .gates import NO_RULE, TaskProof, prove
from .names import skeleton
from .useless import USELESS

LEAST_KILLED = 0.98
LEFT_TO_READERS: Mapping[Form, frozenset[str]] = {"labelled": frozenset(), "natural": frozenset({"contradicted"})}
"""Kinds of mutants that need not be killed. In prose another value beside the right one may be about something else, and only a
reader can tell."""
MOST_ALIKE = 4
"""Tasks of a family and split whose prompts have the same wording once names and figures are taken out."""


# --- running it --------------------------------------------------------------------------------------------------

_stage: Stage | None = None


def _prepare(form: Form, whose: str) -> None:
    global _stage
    _stage = Stage.build(form=form, company=whose)


def _prove(id: str) -> TaskProof:
    assert _stage is not None
    return prove(_stage, id)


def prove_all(
    ids: Sequence[str],
    jobs: int,
    done: Callable[[TaskProof], None] = lambda _: None,
    form: Form = "labelled",
    company: str = OURS,
) -> list[TaskProof]:
    """Prove tasks of a company's standard world on so many processes, in the order given. `done` is told of each."""
    if jobs == 1:
        _prepare(form, company)
        found = map(_prove, ids)
        return [_told(proof, done) for proof in found]
    with ProcessPoolExecutor(jobs, get_context("spawn"), _prepare, (form, company)) as pool:
        return [_told(proof, done) for proof in pool.map(_prove, ids, chunksize=8)]


def _told(proof: TaskProof, done: Callable[[TaskProof], None]) -> TaskProof:
    done(proof)
    return proof


# --- what holds over all -----------------------------------------------------------------------------------------


@frozen
class Report:
    """The gates over a set of tasks."""

    name: str
    proofs: Sequence[TaskProof]
    book: TaskBook = field(repr=False)
    whole: bool = True
    """Whether the set is meant to cover every trap and hold every share; a sample is not."""

    @property
    def whose(self) -> Company:
        return company_of(self.book.recipe)

    @property
    def faults(self) -> list[str]:
        """Every gate that does not hold, task by task and then over all."""
        found = [f"{proof.id}: {fault}" for proof in self.proofs for fault in proof.faults()]
        return [*found, *self._over_all()]

    def _over_all(self) -> Iterator[str]:
        mutants, killed = self.mutants
        if mutants and killed / mutants < LEAST_KILLED:
            beyond = ", ".join(sorted(LEFT_TO_READERS[self.book.form]))
            yield f"{killed} of {mutants} mutants killed, {LEAST_KILLED:.0%} wanted" + (
                f" of those not {beyond}" if beyond else ""
            )
        yield from (f"{count} prompts of {family} are worded alike: {text[:80]}" for family, text, count in self.alike)
        spared = LEFT_TO_READERS[self.book.form]
        surviving = dict.fromkeys(p.family for p in self.proofs if any(s.kind not in spared for s in p.survivors))
        yield from (
            f"mutants of {id} survive without a reason" for id in surviving if not self.book.books[id].family.tolerates
        )
        yield from self._shared_rows()
        yield from self._named()
        if self.whole:
            for name, agent in USELESS.items():
                if (mean := self._useless(name)["mean reward"]) > agent.mean:
                    yield f"an agent that {name} earns {mean:.2f} on average, {agent.mean:.2f} at most"
            yield from (f"no agent falls into {trap}" for trap in self.whose.traps if trap not in self.trapped)

    def _named(self) -> Iterator[str]:
        """Mistakes of the families at hand that name a trap or kinds there are not, whatever the tasks at hand are about."""
        for id in dict.fromkeys(proof.family for proof in self.proofs):
            for fall in self.book.books[id].family.falls:
                yield from (
                    f"the mistake {fall.name!r} of {id} names {trap}, {NO_RULE}"
                    for trap in self.whose.unknown(fall.trap)
                )
                if fall.where and f"{id} {fall.name}" in self._unplayed():
                    yield from self._about_nothing(id, fall)

    def _about_nothing(self, id: str, fall: Fall) -> Iterator[str]:
        book = self.book.books[id]
        kinds = dict.fromkeys(book.case(task).kind for task in book)
        if not set(kinds) & set(fall.where):
            where, there = (", ".join(map(repr, each)) for each in (fall.where, kinds))
            yield f"the mistake {fall.name!r} of {id} shows in no case: none is {where}, they are {there}"

    @property
    def mutants(self) -> tuple[int, int]:
        """All that are to be killed, and those that are."""
        spared = LEFT_TO_READERS[self.book.form]
        counts = [count for proof in self.proofs for kind, count in proof.mutants.items() if kind not in spared]
        return sum(n for n, _ in counts), sum(k for _, k in counts)

    @property
    def trapped(self) -> dict[str, list[str]]:
        """Trap -> the named agents that fall into it and lose by it."""
        lost = {(proof.family, name) for proof in self.proofs for name, criteria in proof.falls.items() if criteria}
        found: dict[str, list[str]] = defaultdict(list)
        for family in (book.family for book in self.book.books.values()):
            for fall in family.falls:
                if (family.id, fall.name) in lost:
                    found[fall.trap].append(f"{family.id} {fall.name}")
        return dict(sorted(found.items()))

    @property
    def alike(self) -> list[tuple[str, str, int]]:
        """Wordings that come too often: family, skeleton, count."""
        counts = Counter(
            (p.family, p.id in self.book.books[p.family].held_out, skeleton(self.book[p.id].prompt, self.whose.name))
            for p in self.proofs
        )
        return [(family, text, count) for (family, _, text), count in counts.items() if count > MOST_ALIKE]

    def _shared_rows(self) -> Iterator[str]:
        """Rows of their own, and rows they are built on, that a training and a held-out task have in common. Ids of three
        digits a day meet by chance: other rows under one id are not the same."""
        owners: dict[tuple[str, bytes], set[bool]] = defaultdict(set)
        for proof in self.proofs:
            task = self.book[proof.id]
            held_out = all(is_held_out(anchor) for anchor in task.anchors) and not task.id.startswith("S-")
            new = ((c.id, encode(c.set)) for c in task.fixtures if "id" in c.set)
            for row in {*((anchor, b"") for anchor in task.anchors), *new}:
                owners[row].add(held_out)
        yield from (f"{id} stands in both splits" for (id, _), splits in owners.items() if len(splits) > 1)

    # --- as data -------------------------------------------------------------------------------------------------

    @property
    def summary(self) -> dict[str, Any]:
        """The figures behind the gates."""
        proofs = self.proofs
        mutants, killed = self.mutants
        routes = [lost for proof in proofs for lost in proof.routes.values()]
        return {
            "chosen": self.name,
            "tasks": len(proofs),
            "families": len({proof.family for proof in proofs}),
            "criteria": sum(proof.criteria for proof in proofs),
            "judged criteria (unjudged here)": sum(proof.unjudged for proof in proofs),
            "references that pass": sum(not proof.reference and not proof.error for proof in proofs),
            "undeclared tool errors": sum(bool(proof.error) for proof in proofs),
            "second routes": len(routes),
            "second routes that pass": sum(not lost for lost in routes),
            "useless agents": {name: self._useless(name) for name in USELESS},
            "mutants": mutants,
            "mutants killed": killed,
            "mutants by kind": self._by_kind(),
            "criteria never failing alone": sum(len(proof.never_alone) for proof in proofs),
            "criteria that hold whatever they ask for": sum(len(proof.blind) for proof in proofs),
            "criteria turned by injected text": sum(len(proof.flips) for proof in proofs),
            "tasks that hang on an OPEN rule, all stated in the prompt": sum(
                bool(proof.open_rules) for proof in proofs
            ),
            "OPEN rules not stated": sum(len(proof.unstated) for proof in proofs),
            "leaks": sum(len(proof.leaks) for proof in proofs),
            "named mistakes played": sum(len(proof.falls) for proof in proofs),
            "named mistakes that cost nothing": sum(not lost for proof in proofs for lost in proof.falls.values()),
            "traps with an agent that falls into them": sum(trap in self.whose.traps for trap in self.trapped),
            "named mistakes that no chosen task is about": len(self._unplayed()),
            "faults": len(self.faults),
        }

    def _unplayed(self) -> list[str]:
        """Mistakes of the families at hand that show in none of these tasks."""
        played = {(proof.family, name) for proof in self.proofs for name in (*proof.falls, *proof.stumbled)}
        chosen = dict.fromkeys(proof.family for proof in self.proofs)
        return [
            f"{id} {fall.name}"
            for id in chosen
            for fall in self.book.books[id].family.falls
            if (id, fall.name) not in played
        ]

    def _useless(self, name: str) -> dict[str, float]:
        played = [proof.useless[name] for proof in self.proofs if name in proof.useless]
        rewards = [reward for _, reward in played]
        mean = round(sum(rewards) / max(1, len(rewards)), 4)
        figures = {"passes": sum(passed for passed, _ in played), "mean reward": mean,
                   "most": round(max(rewards, default=0), 4), "allowed at most": USELESS[name].most}  # fmt: skip
        return figures | ({"on average": USELESS[name].mean} if self.whole else {})  # which binds whole sets alone

    def _by_kind(self) -> dict[str, list[int]]:
        totals: dict[str, list[int]] = {}
        for proof in self.proofs:
            for kind, (count, killed) in proof.mutants.items():
                total = totals.setdefault(kind, [0, 0])
                total[0] += count
                total[1] += killed
        return dict(sorted(totals.items()))

    @property
    def survivors(self) -> list[tuple[str, str, str]]:
        """Task, kind and what was changed, of every mutant that passed."""
        return [(proof.id, one.kind, one.what) for proof in self.proofs for one in proof.survivors]

    def by_family(self) -> list[dict[str, Any]]:
        """One line of figures a family."""
        groups: dict[str, list[TaskProof]] = defaultdict(list)
        for proof in self.proofs:
            groups[proof.family].append(proof)
        return [_family_line(self.book.books[id].family, proofs) for id, proofs in groups.items()]


def _family_line(family: Family, proofs: Sequence[TaskProof]) -> dict[str, Any]:
    counts = [count for proof in proofs for count in proof.mutants.values()]
    dumped = [proof.useless["dumps all it read"][1] for proof in proofs if proof.useless]
    return {
        "family": family.id,
        "title": family.title,
        "category": family.category,
        "tasks": len(proofs),
        "kinds": len({proof.kind for proof in proofs}),
        "criteria": round(sum(proof.criteria for proof in proofs) / len(proofs), 1),
        "judged": round(sum(proof.unjudged for proof in proofs) / len(proofs), 1),
        "mutants": sum(n for n, _ in counts),
        "killed": sum(k for _, k in counts),
        "dump earns": round(max(dumped, default=0.0), 2),
        "mistakes": len({name for proof in proofs for name in proof.falls}),
        "open rules": sorted({rule for proof in proofs for rule in proof.open_rules}),
        "faults": sum(1 for proof in proofs for _ in proof.faults()),
    }


def shares(proofs: Iterable[TaskProof]) -> dict[str, dict[str, int]]:
    """How the tasks spread over what a data card lists."""
    proofs = list(proofs)
    return {
        "category": dict(Counter(proof.category for proof in proofs)),
        "voice": dict(Counter(proof.voice for proof in proofs)),
        "difficulty": {str(k): v for k, v in sorted(Counter(proof.difficulty for proof in proofs).items())},
        "traps set": {str(k): v for k, v in sorted(Counter(len(proof.traps) for proof in proofs).items())},
        "right answer is no, or not needed": {"yes": sum(proof.absent for proof in proofs)},
        "injection or privacy lure": {"yes": sum(proof.lure for proof in proofs)},
    }
