"""All tasks by id. A task is written when it is asked for: there are many, and a command needs few of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib.resources import files
from itertools import islice
from threading import Lock
from typing import Any

from attrs import define, field, frozen

from ..engine.canonical import digest
from ..engine.errors import CoreCraftError
from ..engine.world import World
from .families import families
from .family import Case, Family, Posed
from .scene import Scene
from .task import Task, sound
from .world import drawn_as

HELD_OUT_SHARE = 7
"""One in so many anchors (a customer, a ticket, a parameter) belongs to the held-out split, for every family alike."""


_HELD_OUT = re.compile(r".*-h\d+")
_NUMBERED = re.compile(r"[A-Z]{2}-\d\d-h?\d{3,}")

NAMED = {"S-1": "RS-01", "S-2": "CM-02", "S-3": "IR-06", "S-4": "RS-02"}
"""The four tasks of the seeds, and the families they are the core cases of."""


def is_held_out(anchor: str) -> bool:
    """Which split a row that tasks are built on belongs to: the splits share none."""
    return int(digest(f"split|{anchor}".encode())[:8], 16) % HELD_OUT_SHARE == 0


@define(slots=False, eq=False)
class Casebook:
    """The cases of one family in a world, by task id, made as far as they are asked for.

    Tasks are numbered in the order of their cases, those of the held-out split apart. Named ones (S-1) belong to the training
    split; a case on anchors of both splits belongs to neither. Threads may share a casebook.
    """

    family: Family
    scene: Scene
    _made: dict[str, Case] = field(factory=dict[str, Case], init=False, repr=False)
    _ids: list[str] = field(factory=list[str], init=False, repr=False)
    """Of the cases made, in their order."""
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
            id, case = next(self._rest, ("", None))
            if case is None:
                return False
            self._made[id] = case
            self._ids.append(id)
            return True

    @cached_property
    def _rest(self) -> Iterator[tuple[str, Case]]:
        """The cases not made yet with their ids."""
        counts = {False: 0, True: 0}
        for case in self.family.cases(self.scene):
            sides = {is_held_out(anchor) for anchor in case.anchors}
            held_out = not case.id and sides == {True}
            if case.id or (len(sides) == 1 and (held_out or not self.family.held_out)):
                counts[held_out] += not case.id
                yield case.id or f"{self.family.id}-{'h' * held_out}{counts[held_out]:03d}", case

    @property
    def train(self) -> list[str]:
        return [id for id in self if not _HELD_OUT.fullmatch(id)]

    @property
    def held_out(self) -> list[str]:
        return [id for id in self if _HELD_OUT.fullmatch(id)]

    def posed(self, case: Case, scene: Scene | None = None) -> Posed:
        """A case put into words; scene: the same world under another policy."""
        return self.family.pose((scene or self.scene).prepared(case.fixtures), case)

    def task(self, id: str, case: Case, recipe: Mapping[str, Any]) -> Task:
        posed = self.posed(case)
        return sound(
            Task(
                id=id,
                title=self.family.title + (f": {case.kind}" if case.kind else ""),
                category=self.family.category,
                requester=posed.requester,
                prompt=posed.prompt,
                world=dict(recipe),
                tools=f"corecraft/{self.family.tools}/benchmark",
                criteria=posed.criteria,
                family=self.family.id,
                kind=case.kind,
                given=dict(case.given),
                fixtures=case.fixtures,
                anchors=case.anchors,
                traps=case.traps,
                capabilities=self.family.capabilities,
                voice=posed.voice,
                difficulty=case.difficulty,
                absent=case.absent,
                lure=case.lure,
            ),
            world=self.scene.world,
        )


@frozen(slots=False)
class TaskBook(Mapping[str, Task]):
    """Every task of a world by id, the truth of each derived from this world when it is asked for."""

    world: World
    recipe: Mapping[str, Any]
    _written: dict[str, Task] = field(factory=dict, repr=False, init=False, eq=False)

    @cached_property
    def books(self) -> dict[str, Casebook]:
        """By family."""
        scene = Scene(self.world, drawn=drawn_as(self.recipe))
        return {id: Casebook(family, scene) for id, family in families().items()}

    def __getitem__(self, id: str) -> Task:
        task = self._written.get(id)
        if task is None:
            book, case = self.find(id)
            task = self._written[id] = book.task(id, case, self.recipe)
        return task

    def find(self, id: str) -> tuple[Casebook, Case]:
        """A task's family and case. Raises KeyError; for what has not the form of an id at once."""
        if id not in NAMED and not _NUMBERED.fullmatch(id):
            raise KeyError(id)
        book = self.books[NAMED.get(id) or id.rpartition("-")[0]]
        return book, book.case(id)

    def __iter__(self) -> Iterator[str]:
        for book in self.books.values():
            yield from book

    def __len__(self) -> int:
        return sum(1 for _ in self)


def named(tasks: Mapping[str, Task], id: str) -> Task:
    """A task by id, or one clear line."""
    try:
        return tasks[id]
    except KeyError:
        family = tasks.books.get(id.rpartition("-")[0]) if isinstance(tasks, TaskBook) else None
        near = ", ".join(islice(family or tasks, 6))
        raise CoreCraftError(f"No task {id!r}. There are, for example, {near}; see: corecraft tasks list") from None


@cache
def system_prompt() -> str:
    """The company's policy, as the agent reads it."""
    return (files("corecraft.scenarios") / "prompts" / "system.md").read_text("utf-8")
