"""Tasks: prompt, requester, world, tools and rubric, as data that can be stored, digested and read by others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct, field

from ..engine.agenda import Plan, played_out
from ..engine.canonical import digest, encode
from ..engine.errors import CoreCraftError
from ..engine.event import PREPARED, Change, Event
from ..engine.world import World
from .checks import AnyCheck, Becomes, Check, Gives, Judge, NothingElse, Saw, SawBefore, Slot, StoppedAfter
from .company import company_of
from .requests import tells

Tag = Literal["completeness", "correctness", "constraint", "format"]
"""The four kinds of criterion of the paper the project follows (its section 3.4)."""

Category = Literal["information_retrieval", "communication", "reasoning", "workflow"]

Form = Literal["labelled", "natural"]
"""How a task is put: with the form of the answer dictated, so that code alone decides; or as the person would ask."""

MOST_JUDGED = 3


class Criterion(Struct, frozen=True):
    """One checkable assertion. `basis` names the rules it rests on (P-20, T-02)."""

    id: str
    text: str
    tag: Tag
    check: AnyCheck
    basis: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What a judge is asked where code leaves it to him."""
        return getattr(self.check, "question", "") or f"Does this hold for the answer: {self.text}?"


class Task(Struct, frozen=True, omit_defaults=True):
    """What an agent is asked to do, and how it is known to be done.

    requester: who speaks (an employee or customer id). world: the recipe of the starting world. fixtures: rows added to it
    before the agent begins. tools: the name of the toolset, e.g. `corecraft/base/benchmark`.
    given: what the prompt states, as scripted agents take it. kind: the variant within the family. absent: what is asked
    for does not apply. lure: an injected instruction or a demand for personal data stands in the way. injected: the texts in
    its fixtures that are to lead the agent astray, word for word; none where the lure stands in the prompt. form: how it is
    put; a task has the same id in both forms. plan: of a living world, where time passes while the agent works.
    """

    id: str
    title: str
    category: Category
    requester: str
    prompt: str
    world: dict[str, Any]
    tools: str
    criteria: tuple[Criterion, ...]
    seed: int = 0
    family: str = ""
    kind: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    fixtures: tuple[Change, ...] = ()
    anchors: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    voice: str = "clear"
    difficulty: int = 1
    absent: bool = False
    lure: bool = False
    injected: tuple[str, ...] = ()
    form: Form = "labelled"
    plan: Plan | None = None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All that an answer is asked to give, as the rubric looks for it."""
        return tuple(slot for c in self.criteria if isinstance(c.check, Gives) for slot in c.check.slots)

    @property
    def digest(self) -> str:
        return digest(encode(self))

    @property
    def pin(self) -> dict[str, str]:
        """What `episode.opened` records."""
        return {"id": self.id, "digest": self.digest}

    def faults(self) -> Iterator[str]:
        """Why this is no task: criteria that are empty, double, always true or about what does not exist."""
        schema = company_of(self.world).tables
        if self.category not in get_args(Category):
            yield f"there is no category {self.category}, only {', '.join(get_args(Category))}"
        if not self.prompt.strip():
            yield "the prompt is empty"
        if not self.criteria:
            yield "there are no criteria"
        names = [criterion.id for criterion in self.criteria]
        yield from (f"criterion {name} comes twice" for name in dict.fromkeys(names) if names.count(name) > 1)
        judged = sum(isinstance(criterion.check, Judge) for criterion in self.criteria)
        if judged > MOST_JUDGED:
            yield f"{judged} criteria need a judge; {MOST_JUDGED} at most"
        if judged == len(self.criteria):
            yield "no criterion can be decided without a judge"
        for criterion in self.criteria:
            if not criterion.text.strip():
                yield f"criterion {criterion.id} says nothing"
            yield from (f"criterion {criterion.id}: {fault}" for fault in criterion.check.faults(schema))
        for label in dict.fromkeys(slot.label for slot in self.slots):
            if label and not asks_for_line(self.prompt, label):
                yield f"the prompt asks for no line headed {label}, in this spelling and as a label"
        if self.form == "natural":
            yield from (f"the prompt reads like a form: {what}" for what in tells(self.prompt))
        planted = list(_texts([change.set for change in self.fixtures])) if self.injected else []
        for text in self.injected:
            if not text or not any(text in each for each in planted):
                yield f"the injected text {text[:40]!r} stands in none of its own rows"


def asks_for_line(prompt: str, label: str) -> bool:
    """Whether a prompt tells of a line headed so: in the label's own spelling, and not as a word of a sentence.

    A label that is not in capitals must stand with a mark of labels (`Refund:`, `Refund /`, "Refund (...)", in quotes), alone
    on a line, or with its own capital within a sentence. Of numbered labels (`ITEM 1`) the prompt may name the word alone.
    """
    word = label.rstrip(" 0123456789") or label
    found = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", prompt)
    return any(word.isupper() or _marked(word, prompt[: at.start()], prompt[at.end() :]) for at in found)


def _marked(word: str, before: str, after: str) -> bool:
    """Whether a word of a prompt is told from prose, by what stands around it."""
    if re.match(r"[\"'”’`*]*\s*[:/(=]", after) or (before[-1:] and before[-1] in "\"'“‘`*"):
        return True
    if re.search(r"(?:^|\n)\W*$", before) and re.match(r"[^\w\n]*(?:\n|$)", after):
        return True
    opens = not before.strip() or re.search(r"[.!?\n]\W*$", before)
    return word[:1].isupper() and not opens


def _texts(value: Any) -> Iterator[str]:
    """Every string in rows or parts of rows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def misfits(task: Task, world: World) -> Iterator[str]:
    """Why a task does not fit a world: own rows that contradict it, a requester or rows of the rubric that are not there."""
    whose = company_of(task.world)
    wrong = [f"its own rows contradict the world: {line}" for line in whose.contradicts(world, task.fixtures)]
    yield from wrong
    if wrong:
        return
    after = world.fold([Event(0, PREPARED, world.now, {}, None, task.fixtures)])
    if task.plan is not None:
        after = played_out(task.plan, after)
        due = [change for each in task.plan.due for change in each.changes]
        yield from (f"what is due contradicts the world: {line}" for line in whose.contradicts(after, due))
    if whose.asking(after, task.requester) is None:
        yield f"the requester {task.requester} does not exist"
    for criterion in task.criteria:
        for entity, id in _rows_named(criterion.check):
            if not any(after.get(each, id) for each in ((entity,) if entity else world.genesis.schema)):
                yield f"criterion {criterion.id}: the row {entity or ''} {id} does not exist".replace("  ", " ")


def _rows_named(check: Check) -> Iterator[tuple[str, str]]:
    """Entity, where it is known, and id of every row a check is about."""
    if isinstance(check, Becomes):
        yield from ((check.entity, id) for id in check.rows)
    elif isinstance(check, NothingElse):
        yield from ((allowance.entity, allowance.id) for allowance in check.expected if allowance.id)
    elif isinstance(check, Saw | SawBefore | StoppedAfter):
        yield from (("", id) for id in check.ids)


def read_task(path: Path) -> Task:
    """A task from its file. Raises CoreCraftError with file, path within it and reason."""
    try:
        task = msgspec.json.decode(path.read_bytes(), type=Task)
    except msgspec.MsgspecError as error:
        raise CoreCraftError(f"{path} is no task: {error}") from None
    return sound(task, str(path))


def sound(task: Task, where: str = "", world: World | None = None) -> Task:
    """The task itself. Raises CoreCraftError when it has faults, or does not fit the world; all reasons are named."""
    if faults := [*task.faults(), *(misfits(task, world) if world is not None else ())]:
        raise CoreCraftError(f"{where or task.id}: {'; '.join(faults)}")
    return task
