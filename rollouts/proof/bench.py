"""Where a task is tried: its reference solution once, and from it any number of other endings and other pasts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from attrs import frozen
from msgspec.structs import replace

from ...engine.episode import Episode
from ...engine.errors import CoreCraftError
from ...engine.event import PROMPTED, RESPONDED
from ...engine.trajectory import Call, Trajectory
from ...scenarios import unsigned
from ...scenarios.checks import Check, Decides, Gives, Names, Value
from ...scenarios.company import by_name
from ...scenarios.composition import Composition
from ...scenarios.family import Family, Play
from ...scenarios.grading import Grade, grade
from ...scenarios.task import Task
from ..agents.scripted import EpisodeDesk
from ..runner import Stage


@cache
def definitions(toolset: str) -> list[dict[str, Any]]:
    """The tools of a task as MCP publishes them; making them anew takes as long as many episodes."""
    return by_name(toolset).definitions()


UNPLAYABLE = (
    CoreCraftError, LookupError, ValueError, TypeError, ArithmeticError, AttributeError, StopIteration, AssertionError,
)  # fmt: skip
"""What a script raises when it cannot be played: a call that was refused, or a mistake in it."""

Asked = tuple[str, Mapping[str, Any]]
"""A call to make: tool and arguments."""


def why(task: Task, error: BaseException) -> str:
    """What kept a script from being played, without the name of the episode: equal ones of many tasks are told as one."""
    said = re.sub(rf"^{re.escape(task.id)}\.\w+: ", "", str(error))
    return f"{type(error).__name__}: {said}"[:300]


def _values_of(check: Check) -> Sequence[Value]:
    if isinstance(check, Gives):
        return [slot.value for slot in check.slots]
    return check.values if isinstance(check, Names) else ()


def _reply(task: Task, script: Play, episode: Episode) -> Composition:
    reply = script(EpisodeDesk(episode), task.given)
    return reply.in_prose() if task.form == "natural" else reply


@frozen(slots=False)
class Bench:
    """A task with its reference solution played up to the answer."""

    stage: Stage
    task: Task
    family: Family[Any]
    reply: Composition
    worked: Episode
    """Still open: forks of it are answered in other ways."""
    calls: tuple[Call, ...]
    questions: tuple[str, ...] = ()
    """What the solution asks back; other calls that are played in its place ask the same before the first of them."""

    @classmethod
    def of(cls, stage: Stage, task: Task, family: Family[Any]) -> Bench:
        """Raises UnexpectedRejection when the solution runs into an error it did not expect."""
        episode = stage.open(task, f"{task.id}.proof")
        family = unsigned.played_so(family, task.kind)
        reply = _reply(task, family.play, episode)
        history = episode.trajectory()
        return cls(stage, task, family, reply, episode, tuple(history.calls()), tuple(_asked_back(history)))

    @property
    def answer(self) -> str:
        return self.reply.render()

    @property
    def asked(self) -> list[Asked]:
        """The calls of the reference."""
        return [(call.tool, call.arguments) for call in self.calls]

    @property
    def first_write(self) -> int:
        """The number of the first call that changed something; past the end when none did."""
        return next((n for n, call in enumerate(self.calls) if call.facts), len(self.calls))

    @cached_property
    def demanded(self) -> list[Value]:
        """Every value the rubric wants in the answer."""
        checks = (c.check for c in self.task.criteria if c.tag in ("completeness", "correctness"))
        values = (_values_of(check) for check in checks if getattr(check, "of", "answer") == "answer")
        return list(dict.fromkeys(value for each in values for value in each))

    def wants(self, fact: Value) -> bool:
        """Whether code looks for a fact of the answer. A labelled rubric does for all of them; of a natural one some are only
        told because the form would want them, and some are for a judge."""
        if self.task.form == "labelled":
            return True
        words = [word for c in self.task.criteria if isinstance(c.check, Decides) for word in c.check.right]
        wanted = ((value.kind, value.value) for value in self.demanded)
        return (fact.kind, fact.value) in wanted or fact.value.lower() in words

    def answered(self, text: str) -> Grade:
        """The grade when the reference's calls end in this answer."""
        child = self.worked.fork(id=f"{self.task.id}.answered")
        child.submit(text)
        return grade(self.task, child.trajectory(), self.stage.world)

    def replayed(
        self, asked: Sequence[Asked], answer: str | None = None, questions: Sequence[str] | None = None
    ) -> Grade:
        """The grade when these calls are made instead; they may be rejected. questions: by default those of the reference."""
        episode = self.stage.open(self.task, f"{self.task.id}.replayed")
        for question in self.questions if questions is None else questions:
            episode.say(question)
        for tool, arguments in asked:
            episode.call(tool, arguments)
        episode.submit(self.answer if answer is None else answer)
        return grade(self.task, episode.trajectory(), self.stage.world)

    def changes(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        """Whether this call would change anything after the reference's: an equal creation is only told of."""
        episode = self.worked.fork(id=f"{self.task.id}.tried")
        before = episode.world.overlay
        episode.call(tool, arguments)
        return episode.world.overlay is not before

    def played(self, script: Play) -> tuple[str, Grade]:
        """What another script answers, and its grade. Raises what it raises, see UNPLAYABLE."""
        episode = self.stage.open(self.task, f"{self.task.id}.played")
        answer = _reply(self.task, script, episode).render()
        episode.submit(answer)
        return answer, grade(self.task, episode.trajectory(), self.stage.world)

    def unnoticed(self) -> Grade | None:
        """The grade of who works as if nothing happened meanwhile: the calls and the answer are those of a world in which
        nothing does. None where that comes to the same, or cannot be played."""
        plan = self.task.plan
        if plan is None or not plan.due:
            return None
        still = self.stage.open(replace(self.task, plan=replace(plan, due=())), f"{self.task.id}.still")
        try:
            answer = _reply(self.task, self.family.play, still).render()
        except UNPLAYABLE:
            return None
        history = still.trajectory()
        calls = list(history.calls())
        if answer == self.answer and _writes(calls) == _writes(self.calls):
            return None
        return self.replayed([(c.tool, c.arguments) for c in calls], answer, tuple(_asked_back(history)))


def _writes(calls: Sequence[Call]) -> list[Asked]:
    return [(call.tool, call.arguments) for call in calls if call.facts]


def _asked_back(history: Trajectory) -> Iterator[str]:
    """What was asked of whoever asked, and answered."""
    events = history.events
    for event in events:
        if event.kind == PROMPTED and event.cause is not None and events[event.cause].kind == RESPONDED:
            yield events[event.cause].data["text"]


@frozen
class SlowDesk:
    """A desk of somebody who takes his time: before each call he looks at something that has nothing to do with it."""

    desk: EpisodeDesk
    aside: Asked

    def call(self, tool: str, **arguments: Any) -> Any:
        self._dawdle()
        return self.desk.call(tool, **arguments)

    def attempt(self, tool: str, **arguments: Any) -> Any:
        self._dawdle()
        return self.desk.attempt(tool, **arguments)

    def say(self, text: str) -> None:
        self.desk.say(text)

    def ask(self, text: str) -> str:
        return self.desk.ask(text)

    def _dawdle(self) -> None:
        self.desk.episode.call(*self.aside)


def slowly(script: Play, aside: Asked) -> Play:
    """The script, played with this call before each of its own: where time passes, it takes twice as long."""

    def play(desk: Any, given: Mapping[str, Any]) -> Composition:
        return script(SlowDesk(desk, aside), given)

    return play
