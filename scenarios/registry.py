"""All tasks by id. A task is written when it is asked for: there are many, and a command needs few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from attrs import field, frozen

from ..engine.canonical import digest
from ..engine.errors import CoreCraftError
from ..engine.world import World
from .families import families
from .family import Case, Family, Posed
from .scene import Scene
from .task import Task, sound

HELD_OUT_SHARE = 7
"""One in so many anchors (a customer, a ticket, a parameter) belongs to the held-out split, for every family alike."""


NAMED = {"S-1": "RS-01", "S-2": "CM-02", "S-3": "IR-06", "S-4": "RS-02"}
"""The four tasks of the seeds, and the families they are the core cases of."""


def is_held_out(anchor: str) -> bool:
    """Which split a row that tasks are built on belongs to: the splits share none."""
    return int(digest(f"split|{anchor}".encode())[:8], 16) % HELD_OUT_SHARE == 0


@frozen(slots=False)
class Casebook:
    """The cases of one family in a world, by task id. Cases on anchors of both splits are left out."""

    family: Family
    scene: Scene

    @cached_property
    def train(self) -> dict[str, Case]:
        return {} if self.family.held_out else self._named(False, "")

    @cached_property
    def held_out(self) -> dict[str, Case]:
        return self._named(True, "h")

    def _named(self, held_out: bool, letter: str) -> dict[str, Case]:
        """Tasks are numbered in the order of their cases; named ones (S-1) belong to the training split."""
        found: dict[str, Case] = {}
        for case in self._cases:
            if case.id and not held_out:
                found[case.id] = case
            elif not case.id and all(is_held_out(anchor) == held_out for anchor in case.anchors):
                found[f"{self.family.id}-{letter}{len(found) + 1:03d}"] = case
        return found

    @cached_property
    def _cases(self) -> list[Case]:
        return list(self.family.cases(self.scene))

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
        scene = Scene(self.world)
        return {id: Casebook(family, scene) for id, family in families().items()}

    def __getitem__(self, id: str) -> Task:
        task = self._written.get(id)
        if task is None:
            book, case = self.find(id)
            task = self._written[id] = book.task(id, case, self.recipe)
        return task

    def find(self, id: str) -> tuple[Casebook, Case]:
        """A task's family and case. Raises KeyError."""
        book = self.books[NAMED.get(id) or id.rpartition("-")[0]]
        held_out = id.rpartition("-")[2].startswith("h")
        return book, (book.held_out if held_out else book.train)[id]

    def __iter__(self) -> Iterator[str]:
        for book in self.books.values():
            yield from book.train
            yield from book.held_out

    def __len__(self) -> int:
        return sum(1 for _ in self)


def named(tasks: Mapping[str, Task], id: str) -> Task:
    """A task by id, or one clear line."""
    try:
        return tasks[id]
    except KeyError:
        near = [name for name in tasks if name.startswith(id.split("-")[0])][:6] or list(tasks)[:6]
        raise CoreCraftError(
            f"No task {id!r}. There are {len(tasks)}, e.g. {', '.join(near)}; see: corecraft tasks list"
        ) from None


@cache
def system_prompt() -> str:
    """The company's policy, as the agent reads it."""
    return (files("corecraft.scenarios") / "prompts" / "system.md").read_text("utf-8")
