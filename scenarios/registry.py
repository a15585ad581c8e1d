"""All tasks by id. A task is written when it is asked for: there are many, and a command needs few of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import Any

from attrs import define, evolve, field, frozen
from msgspec.structs import replace

from ..engine.canonical import digest
from ..engine.errors import CoreCraftError
from ..engine.event import Change
from ..engine.trajectory import Trajectory
from ..engine.world import World
from . import unsigned
from .asked import one_and_the_same
from .briefing import briefed
from .cases import is_held_out
from .company import OURS, Company, company_of
from .family import Asked, Case, Family, Natural
from .requests import BadRequests, headed
from .scene import Scene
from .task import Criterion, Form, Task, sound
from .truths import for_prose

_ID = re.compile(r"[A-Z]{2}-\d\d-[a-z0-9-]{1,30}")
_LONGEST_SLUG = 20

NAMED = {"S-1": "RS-01", "S-2": "CM-02", "S-3": "IR-06", "S-4": "RS-02"}
"""The four tasks of the seeds, and the families they are the core cases of."""


class NoNaturalForm(CoreCraftError):
    """A family has labelled tasks only."""


UNPOSABLE = (AssertionError, LookupError, ValueError, ArithmeticError, StopIteration, NoNaturalForm, BadRequests)
"""What is raised where a case cannot be posed, on a world that has no such rows, or in a form without texts for it."""


class UnknownTask(CoreCraftError, KeyError):
    """There is no task of that id. Says which are near it, and looks for them only when it is read."""

    def __init__(self, id: str, tasks: Mapping[str, Task]) -> None:
        super().__init__(id)
        self._tasks = tasks

    def __str__(self) -> str:
        id = str(self.args[0])
        near = ", ".join(_near(id, self._tasks)) or "none"
        return f"No task {id[:100]!r}. Near it: {near}; see: corecraft tasks list{_of_whom(self._tasks)}"

    def __reduce__(self) -> tuple[Any, ...]:
        return CoreCraftError, (str(self),)


def _near(id: str, tasks: Mapping[str, Task]) -> list[str]:
    """Ids that look like it, or a few. Of a world's own tasks those of the splits and of the family, or some: all would take a
    while."""
    known = list(tasks) if not isinstance(tasks, TaskBook) else [*_published(tasks), *tasks.books.get(id[:5], ())]
    known = known or [*islice(tasks, 6)]
    return get_close_matches(id, dict.fromkeys(known), 6, 0.5) or known[:6]


def _of_whom(tasks: Mapping[str, Task]) -> str:
    """What the command needs to list these tasks."""
    name = company_of(tasks.recipe).name if isinstance(tasks, TaskBook) else OURS
    return "" if name == OURS else f" --company {name}"


def _published(book: TaskBook) -> list[str]:
    from .splits import published  # which draws them from the casebooks here

    whose = company_of(book.recipe)
    held = published(whose, book.form).splits if book.form in whose.splits else {}
    few_first = sorted(held.values(), key=lambda split: len(split.tasks))
    return list(dict.fromkeys(id for split in few_first for id in split.tasks))


def _slug(key: str) -> str:
    """A case's key as part of an id; a long one by its digest."""
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    return slug if len(slug) <= _LONGEST_SLUG else digest(key.encode())[:8]


@define(slots=False, eq=False)
class Casebook:
    """The cases of one family in a world, by task id, made as far as they are asked for.

    A task's id comes from its case's key, so that a new case disturbs none; an `h` marks those of the held-out split. Named
    ones (S-1) belong to the training split; a case on anchors of both splits belongs to neither. Threads may share a casebook.
    numbered: ids count the cases of each split, as they did for worlds of version 1. form: how its tasks are put.
    """

    family: Family[Any]
    scene: Scene
    whose: Company
    numbered: bool = False
    form: Form = field(default="labelled", converter=one_and_the_same)
    _made: dict[str, Case] = field(factory=dict[str, Case], init=False, repr=False)
    _ids: list[str] = field(factory=list[str], init=False, repr=False)
    """Of the cases made, in their order."""
    _held_out: set[str] = field(factory=set[str], init=False, repr=False)
    _turns: dict[str, int] = field(factory=dict[str, int], init=False, repr=False)
    """Key of a case -> its turn in its situation; of the natural form, as far as they are counted."""
    _asked: Counter[tuple[str, bool]] = field(factory=Counter[tuple[str, bool]], init=False, repr=False)
    """How many so far were asked in each situation, of either split."""
    _counted: int = field(default=0, init=False, repr=False)
    """How many cases those are."""
    _counting: Lock = field(factory=Lock, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def case(self, id: str) -> Case:
        """Raises KeyError."""
        while id not in self._made and self._makes(len(self._ids)):
            pass
        return self._made[id]

    def __iter__(self) -> Iterator[str]:
        """The ids of all its tasks, of both splits."""
        place = 0
        while self._makes(place):
            yield self._ids[place]
            place += 1

    def _makes(self, place: int) -> bool:
        """Whether there is a case at this place, which is made now if it was not."""
        with self._lock:
            if place < len(self._ids):
                return True
            id, case, held_out = next(self._rest, ("", None, False))
            if case is None:
                return False
            assert id not in self._made, f"two cases of {self.family.id} are called {id}"
            self._made[id] = case
            if held_out:
                self._held_out.add(id)
            self._ids.append(id)
            return True

    @cached_property
    def _rest(self) -> Iterator[tuple[str, Case, bool]]:
        """The cases not made yet with their ids, and whether they are held out."""
        counts = {False: 0, True: 0}
        for case in self.family.cases(self.scene):
            sides = {is_held_out(anchor) for anchor in case.anchors}
            held_out = not case.id and sides == {True}
            if case.id or (len(sides) == 1 and (held_out or not self.family.held_out)):
                counts[held_out] += not case.id
                name = f"{counts[held_out]:03d}" if self.numbered else _slug(case.key)
                yield case.id or f"{self.family.id}-{'h' * held_out}{name}", case, held_out

    @property
    def train(self) -> list[str]:
        return [id for id in self if id not in self._held_out]

    @property
    def held_out(self) -> list[str]:
        return [id for id in self if id in self._held_out]

    def posed(
        self, case: Case, scene: Scene | None = None, edits: Sequence[Change] = (), now: int | None = None
    ) -> tuple[Asked, tuple[Criterion, ...]]:
        """A case put into words, and its rubric. scene: the same world under other rules; edits, now: what was changed in it
        afterwards."""
        scene, family = self._at_the_end(case, scene, edits).at(now), self.family
        truth = family.truth(scene, case)
        chance = scene.chance(family.id, case.key, "wording")
        if self.form == "labelled":
            return briefed(family.ask(case, truth, chance), case.plan), family.rubric(case, truth).criteria
        if family.natural is None:
            raise NoNaturalForm(f"{family.id} has no natural form")
        put = self.put(case)
        asked = family.natural.ask(evolve(put, turn=self._turn(case)), truth, chance)
        by = self.whose.asking(scene.world, asked.requester)
        assert by is not None, f"the world has nobody of the id {asked.requester}"
        rubric = unsigned.rubric() if put.kind == unsigned.KIND else family.natural.rubric(case, truth)
        rubric.be_sound_anyhow(self.whose.sound)
        asked = briefed(evolve(asked, prompt=headed(asked, by)), case.plan)
        return asked, tuple(map(for_prose, rubric.criteria))

    def _at_the_end(self, case: Case, scene: Scene | None = None, edits: Sequence[Change] = ()) -> Scene:
        """Where the truth of a case is found: with its own rows, and with what its plan holds happened."""
        return (scene or self.scene).prepared((*case.fixtures, *edits)).passed(case.plan)

    def _turn(self, case: Case) -> int:
        """How many cases of its split and situation come before it; of the held-out split counted from the last text on, so
        that the splits share no text where there are enough."""
        natural = self.family.natural
        assert natural is not None
        with self._counting:
            while case.key not in self._turns and self._makes(self._counted):
                id = self._ids[self._counted]
                self._counted += 1
                with suppress(*UNPOSABLE):  # that case has no task, and takes no text
                    self._count(natural, self._made[id], id in self._held_out)
        return self._turns.get(case.key, 0)

    def _count(self, natural: Natural[Any], case: Case, held_out: bool) -> None:
        truth = self.family.truth(self._at_the_end(case), case)
        chance = self.scene.chance(self.family.id, case.key, "wording")
        entry = natural.ask(self.put(case), truth, chance).entry
        turn = self._asked[entry, held_out]
        self._turns[case.key] = -1 - turn if held_out else turn
        self._asked[entry, held_out] += 1

    def put(self, case: Case) -> Case:
        """The case as this form puts it, with what its prompt states."""
        natural = self.family.natural
        if self.form == "labelled" or natural is None:
            return case
        put = unsigned.put(self.family, case, self.scene.chance(self.family.id, case.key, "who asks"))
        if put.kind == unsigned.KIND or natural.given is None:
            return put
        return evolve(case, given=natural.given(case, self.family.truth(self._at_the_end(case), case)))

    def task(self, id: str, case: Case, recipe: Mapping[str, Any]) -> Task:
        asked, criteria = self.posed(case)
        case = self.put(case)
        return sound(
            Task(
                id=id,
                title=self.family.title + (f": {case.kind}" if case.kind else ""),
                category=self.family.category,
                requester=asked.requester,
                prompt=asked.prompt,
                world=dict(recipe),
                tools=self.whose.usual(self.family.tools),
                criteria=criteria,
                family=self.family.id,
                kind=case.kind,
                given=dict(case.given),
                fixtures=case.fixtures,
                anchors=case.anchors,
                traps=case.traps,
                capabilities=self.family.capabilities,
                voice=asked.voice,
                difficulty=case.difficulty,
                absent=case.absent,
                lure=case.lure,
                injected=case.injected,
                form=self.form,
                plan=case.plan,
            ),
            world=self.scene.world,
        )


@frozen(slots=False)
class TaskBook(Mapping[str, Task]):
    """Every task of a world by id, the truth of each derived from this world when it is asked for. form: how they are put.

    Raises UnknownTask, and NoNaturalForm for a family that has none.
    """

    world: World
    recipe: Mapping[str, Any]
    form: Form = field(default="labelled", converter=one_and_the_same)
    _written: dict[str, Task] = field(factory=dict, repr=False, init=False, eq=False)

    @cached_property
    def books(self) -> dict[str, Casebook]:
        """By family."""
        whose = company_of(self.recipe)
        scene = whose.scene(self.world, self.recipe)
        return {
            id: Casebook(family, scene, whose, scene.version == 1, self.form) for id, family in whose.families().items()
        }

    def __getitem__(self, id: str) -> Task:
        task = self._written.get(id)
        if task is None:
            try:
                book, case = self.find(id)
            except KeyError:
                raise UnknownTask(id, self) from None
            task = self._written[id] = book.task(id, case, self.recipe)
        return task

    def find(self, id: str) -> tuple[Casebook, Case]:
        """A task's family and case. Raises KeyError; for what has not the form of an id at once."""
        if id not in NAMED and not _ID.fullmatch(id):
            raise KeyError(id)
        book = self.books[NAMED.get(id) or id[:5]]
        return book, book.case(id)

    def __iter__(self) -> Iterator[str]:
        for book in self.books.values():
            yield from book

    def __len__(self) -> int:
        return sum(1 for _ in self)


@frozen
class Tasks(Mapping[str, Task]):
    """Tasks that are written already, such as a bundle's, by id. Raises UnknownTask."""

    written: Mapping[str, Task]

    def __getitem__(self, id: str) -> Task:
        try:
            return self.written[id]
        except KeyError:
            raise UnknownTask(id, self) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.written)

    def __len__(self) -> int:
        return len(self.written)


def as_graded(task: Task, start: World, past: Trajectory) -> Task | None:
    """The task as a line is graded by: where rows or the clock were changed from outside, posed on what the world became.

    None where that cannot be: in a living world, whose truth hangs on when things happen, or as `posed_again` says. What a
    fork's agent was told otherwise, or is told besides, changes no truth.
    """
    edits, now, own = past.edits, past.clock_set, 1 if task.plan and task.plan.due else 0
    if len(past.plans) > own or (own and (edits or now is not None)):
        return None
    return posed_again(task, start, edits, now) if edits or now is not None else task


def posed_again(task: Task, start: World, edits: Sequence[Change], now: int | None = None) -> Task | None:
    """The same task on a world with these changes, and at another time if one is given, its truth found anew.

    None where that cannot be: nothing writes this version of the task here, the changed world has no such case, or it would
    have been asked in other words.
    """
    book = TaskBook(start, task.world, task.form)
    try:
        casebook, case = book.find(task.id)
        if book[task.id].digest != task.digest:
            return None
        asked, criteria = casebook.posed(case, edits=edits, now=now)
    except UNPOSABLE:
        return None
    return None if asked.prompt != task.prompt else replace(task, criteria=criteria)


def named(tasks: Mapping[str, Task], id: str) -> Task:
    """A task by id. Raises UnknownTask."""
    return tasks[id]
