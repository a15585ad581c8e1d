"""The one shape of all task families. `docs/authoring-tasks.md` shows how to write one.

A family is a module of `families/` with a `FAMILY`. It says which situations there are (`cases`), what is asked and what is
true in one (`pose`), how it is solved by calls alone (`solve`), and which mistakes agents make in it (`falls`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Literal, Protocol, TypeVar

from attrs import frozen
from msgspec.structs import replace

from ..engine.chance import Chance
from .asked import Asked
from .cases import Case
from .checks import (
    Allowance,
    Becomes,
    Check,
    Csv,
    Decides,
    Gives,
    Judge,
    NothingElse,
    Readable,
    Slot,
    Tabled,
    TellsNoOther,
    Unchanged,
    Words,
    day,
    money,
    number,
)
from .composition import Composition, written
from .desk import Desk
from .scene import Scene
from .task import Category, Criterion, Tag
from .truths import for_prose

T = TypeVar("T")
"""What a family finds to be true in a case."""

_NO_QUESTIONS: Mapping[str, str] = {}


class Play(Protocol):
    """Plays a task by calls alone. It is given what the prompt states, and answers from what the calls return."""

    def __call__(self, desk: Desk, given: Mapping[str, Any], /) -> Composition: ...


@frozen
class Fall:
    """A mistake that models make, as an agent.

    name: as `corecraft run --agent` takes it. trap: the one it falls into (T-02), or where none fits the policy that it breaks
    (P-05). play: how it plays. where: the kinds of case it shows in, all if empty.

    It must lose at least one criterion in every such case, and stay clear of errors of its own.
    """

    name: str
    trap: str
    play: Play
    where: tuple[str, ...] = ()


MOST_JUDGED = 3
"""Questions for a reader in one task."""
SOUND = (
    "The facts: {facts}. What an answer leaves out is no matter here, and what follows from these figures, or rules, addresses "
    "and hours of the shop that nothing contradicts, may be told. Does the answer keep to the facts and to what the calls "
    "show: nothing that they contradict, no amount, figure, day or product that is made up, no act told as done that was not "
    "done, and no promise of a payment, refund, replacement, day or decision that is not on record?"
)
SOUND_TEXT = "Tells nothing beside it that is not so, and promises nothing beyond what is on record"


class Rubric:
    """The criteria of a task in the making. Standard criteria come last (`standard`)."""

    def __init__(self) -> None:
        self._criteria: list[Criterion] = []

    def complete(self, id: str, text: str, check: Check, *basis: str) -> None:
        """The answer holds what was asked for."""
        self._add(id, text, "completeness", check, basis)

    def correct(self, id: str, text: str, check: Check, *basis: str) -> None:
        """What it holds is right."""
        self._add(id, text, "correctness", check, basis)

    def constrain(self, id: str, text: str, check: Check, *basis: str) -> None:
        """A rule is kept."""
        self._add(id, text, "constraint", check, basis)

    def form(self, id: str, text: str, check: Check, *basis: str) -> None:
        """The answer has the form asked for."""
        self._add(id, text, "format", check, basis)

    def gives(
        self,
        *what: Slot | str,
        id: str = "",
        text: str = "",
        tag: Tag = "correctness",
        others: Sequence[str] = (),
        of: str = "answer",
    ) -> None:
        """The answer gives these slots; after them, the rules behind it. id, text: by default of the first slot."""
        slots = tuple(each for each in what if isinstance(each, Slot))
        basis = [each for each in what if isinstance(each, str)]
        first = slots[0]
        said = written(first.value) if len(slots) == 1 else f"of each of {len(slots)}"
        text = text or (
            f"{first.label} is {said}" if first.label and len(slots) == 1 else f"Gives the {first.key}: {said}"
        )
        check = Gives(slots=slots, others=tuple(others), of=of)
        self._add(id or first.key.lower().replace(" ", "-"), text, tag, check, basis)

    def decides(self, yes: bool, *basis: str, id: str = "verdict", words: tuple[str, str] = ("yes", "no")) -> None:
        """The answer opens with the right one of two words, that for yes or that for no."""
        right, wrong = words if yes else words[::-1]
        self._add(id, f"Opens with {right.upper()}", "correctness", Decides(right=(right,), wrong=(wrong,)), basis)

    def judged(self, id: str, text: str, question: str, *basis: str, tag: Tag = "correctness") -> None:
        """What only a model can tell; at most 3 a task."""
        self._add(id, text, tag, Judge(question=question), basis)

    def be_sound(
        self,
        facts: str,
        *basis: str,
        amounts: Iterable[Decimal | float | str] = (),
        days: Iterable[date | str] = (),
        numbers: Iterable[str] = (),
        asked: str = "",
    ) -> None:
        """Nothing wrong stands beside what was asked for: an answer in prose may tell more than that, if it is so.

        Every natural rubric is sound that leaves a reader room for the question: without more of its own, by what its
        criteria say is so.
        facts: what is true of the case, for the reader, who is asked in any case. amounts, days, numbers: all that may be told;
        another one is seen by code, and waits for him. asked: what he is
        asked, as `Company.sound` has it; by default as CoreCraft does.
        """
        question = (asked or SOUND).format(facts=facts.strip().removesuffix("."))
        self._no_other("amount", "money", [money(each).value for each in amounts], question)
        self._no_other("day", "date", [day(each).value for each in days], question)
        self._no_other("number", "number", [number(each).value for each in numbers], question)
        self.judged("sound", SOUND_TEXT, question, *(basis or ("P-02", "P-05")), tag="constraint")

    def be_sound_anyhow(self, asked: str = "") -> None:
        """As `be_sound`, by the texts of the criteria with the values that they look for, where a reader is asked fewer than
        three questions and not this one."""
        judged = [criterion.id for criterion in self._criteria if isinstance(criterion.check, Judge)]
        if "sound" not in judged and len(judged) < MOST_JUDGED:
            told = [each for each in self._criteria if each.tag in ("correctness", "completeness")]
            self.be_sound("; ".join(for_prose(each).text for each in told), asked=asked)

    def _no_other(
        self, name: str, kind: Literal["money", "date", "number"], values: Sequence[str], question: str
    ) -> None:
        if values:
            check = TellsNoOther(kind=kind, allowed=tuple(sorted(set(values))), question=question)
            self.constrain(f"no-other-{name}", f"Tells no {name} that is not on record", check, "P-02")

    def standard(self, *expected: Allowance, optional: Sequence[Allowance] = ()) -> None:
        """What holds in every task: nothing is touched but the expected rows (U1), and the answer is written for a reader.

        optional: rows that may be touched besides the expected ones."""
        if expected or optional:
            check = NothingElse(expected=expected, optional=tuple(optional))
            self.constrain("nothing-else", "Changes nothing beyond what the task calls for", check, "P-05")
        else:
            self.constrain("nothing-changed", "Changes nothing", Unchanged(), "P-05")
        self.form("readable", "Is written for a reader, not a dump of records", Readable(), "P-105")

    def _add(self, id: str, text: str, tag: Tag, check: Check, basis: Sequence[str]) -> None:
        self._criteria.append(Criterion(id, text, tag, check, tuple(basis)))  # pyright: ignore[reportArgumentType]

    def in_prose(
        self,
        *,
        without: Sequence[str] = (),
        verdict: Mapping[str, str] = _NO_QUESTIONS,
        judged: Mapping[str, str] = _NO_QUESTIONS,
    ) -> Rubric:
        """The rubric of the labelled form as it stands for an answer to the natural one: no table, CSV or number of words, and
        no label; what stood in a line of a form may stand anywhere.

        without: ids of further criteria that only the form asked for. verdict: criterion -> the question, with the truth in it,
        that its word answered, where the request asks so that the same word answers it; code takes an answer that opens with
        it, and a reader is asked about any other. judged: criterion -> a question that only a reader can tell.
        """
        kept = [c for c in self._criteria if c.id not in without and not isinstance(c.check, Csv | Tabled | Words)]
        if strange := {*without, *verdict, *judged} - {c.id for c in self._criteria}:
            raise ValueError(f"no criterion is called {', '.join(sorted(strange))}")
        spoken = Rubric()
        spoken._criteria = [_in_prose(c, verdict.get(c.id, ""), judged.get(c.id, "")) for c in kept]
        return spoken

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All so far."""
        return tuple(self._criteria)


def _in_prose(criterion: Criterion, verdict: str, judged: str) -> Criterion:
    """verdict, judged: the question a reader is asked, if any; see `Rubric.in_prose`."""
    check = criterion.check
    if judged:
        return replace(criterion, text=_told(judged), check=Judge(question=judged))
    if isinstance(check, Decides):
        if not verdict:
            raise ValueError(
                f"{criterion.id} is told by an opening word, which no natural request dictates: ask a question"
            )
        return replace(criterion, text=_told(verdict), check=replace(check, question=verdict))
    if not isinstance(check, Gives):
        return criterion
    slots = tuple(replace(slot, label="", shared=False) for slot in check.slots)
    said = f"Gives the {slots[0].key}: {written(slots[0].value)}"
    one_line = len(slots) == 1 and check.slots[0].label
    return replace(criterion, text=said if one_line else criterion.text, check=replace(check, slots=slots))


def _told(question: str) -> str:
    """What a criterion asks for, from the question whether it holds: "Does the answer say that ...?"."""
    said = question.removeprefix("Does the answer ").removesuffix("?")
    return re.sub(r"^\w+", lambda verb: f"{verb[0].capitalize()}s", said)


@frozen
class Natural(Generic[T]):
    """The natural form of a family: the same cases, asked as the person would ask.

    ask: its words (requests.py). rubric: what an answer and an end state must hold, as a rule `Rubric.in_prose` of the labelled
    one. given: what the prompt states, where that is not the case's own `given`; scripts are given it in its place. unsigned:
    of which cases there are texts that say neither who writes nor which order it is (unsigned.py); `ask` takes those for a case
    of that kind.
    """

    ask: Callable[[Case, T, Chance], Asked]
    rubric: Callable[[Case, T], Rubric]
    given: Callable[[Case, T], Mapping[str, Any]] | None = None
    unsigned: Callable[[Case], bool] | None = None


@frozen
class Family(Generic[T]):
    """A task family. Three readings of a case that never meet: what is true in it, how it is asked, how it is solved.

    id: of the archetype, two capitals and two digits. title: what its tasks are about. category: the part of the splits it
    belongs to. capabilities: labels of what it asks of an agent, for filters. cases: the situations there are. truth: what
    holds in one, by the policy executed on the scene. ask: its words; chance: for the choice among wordings. rubric: what an
    answer and an end state must hold, from the truth alone. play: the reference solution. falls: mistakes that models make in
    it. routes: further right solutions. natural: the natural form; a family without one has labelled tasks only. tools: the
    set of tools, `base`, `extended` or another of tools/toolset.py. held_out: it has no training tasks. tolerates: which
    wrong statements its rubrics let pass, and why; the proof wants a reason where mutants survive.
    """

    id: str
    title: str
    category: Category
    capabilities: tuple[str, ...]
    cases: Callable[[Scene], Iterator[Case]]
    truth: Callable[[Scene, Case], T]
    ask: Callable[[Case, T, Chance], Asked]
    rubric: Callable[[Case, T], Rubric]
    play: Play
    falls: tuple[Fall, ...] = ()
    routes: tuple[Play, ...] = ()
    natural: Natural[T] | None = None
    tools: str = "base"
    held_out: bool = False
    tolerates: str = ""


def becoming(
    entity: str, id: str, *, free: tuple[str, ...] = (), among: Mapping[str, Sequence[str]] = {}, **fields: Any
) -> Becomes:
    """The check that an existing row ends with these fields, and with all others as they were but `updatedAt`. free: further
    fields that may end with any value. among: further ones that end with one of several."""
    one_of = {name: tuple(values) for name, values in among.items()}
    return Becomes(entity=entity, rows={id: fields}, free=free, among=one_of)
