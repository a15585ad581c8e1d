"""Playing episodes: open on a task, let an agent work, submit, grade, record the grade."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec
from attrs import evolve, field, frozen

from ..engine.canonical import digest
from ..engine.episode import Episode, Log
from ..engine.errors import CoreCraftError, DigestMismatch, EpisodeEnded, OtherVersion
from ..engine.event import FAILED, GRADED, JUDGED
from ..engine.genesis import Genesis
from ..engine.run import Run, genesis_recipe, load_genesis
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..engine.world import World
from ..scenarios import bundle
from ..scenarios.checks import question_digest
from ..scenarios.company import OURS, Company, by_name, company_behind, company_of, schema_of
from ..scenarios.company import company as company_named
from ..scenarios.grading import Grade, grade
from ..scenarios.kept import kept
from ..scenarios.registry import TaskBook, Tasks, as_graded
from ..scenarios.splits import Splits, read, task_ids
from ..scenarios.task import Criterion, Form, Task
from ..tools.tau2 import domain_of
from .agents import Player
from .opening import Opening, in_id, store_task, wall_ms

AGENT_FAILED = "agent_failed"
"""Why an episode was closed whose agent raised something."""


@frozen(slots=False)
class Stage:
    """What all episodes of a process share: a starting world with its tasks."""

    world: World
    recipe: Mapping[str, Any]
    tasks: Mapping[str, Task] = field(repr=False)
    """By id; those of the company are written when they are asked for."""
    system: Mapping[str, str] = field(repr=False)
    """The prompt that names the system text by digest (`Run.add_text` holds the text)."""
    system_text: str = field(repr=False)
    """What agents are told before anything else: the company's policy, or a bundle's own."""
    splits: Splits | None = field(default=None, repr=False)
    """Those of an earlier version, if its tasks are played."""
    _pins: dict[str, dict[str, str]] = field(factory=dict, repr=False, init=False, eq=False)
    """Task id -> what `episode.opened` records of it; a digest takes longer than an opening."""
    _openings: dict[tuple[str, str], Opening] = field(factory=dict, repr=False, init=False, eq=False)
    """By task id and tools: every trial of a task begins with the same events."""

    @classmethod
    def build(
        cls,
        seed: int = 0,
        scale: int = 1,
        version: int | None = None,
        form: Form = "labelled",
        company: str = OURS,
    ) -> Stage:
        """The generated world of a company; seed 0 at scale 1 is the standard one.

        version: how it is drawn, if not as today. form: how its tasks are put.
        """
        built = company_named(company).build(seed, scale, *(() if version is None else (version,)))
        return cls.on(built.genesis, built.recipe, form=form)

    @classmethod
    def load(cls, folder: Path, form: Form = "labelled") -> Stage:
        """A world saved by `corecraft world build` or stored in a run."""
        return cls.on(load_genesis(folder, schema_of), genesis_recipe(folder), form=form)

    @classmethod
    def from_bundle(cls, folder: Path) -> Stage:
        """A bundle's world with the tasks and the system text it brings."""
        genesis, recipe, tasks = bundle.load(folder)
        return cls.on(genesis, recipe, tasks, bundle.system_text(folder))

    @classmethod
    def of_version(cls, which: str, form: Form = "labelled") -> Stage:
        """The tasks of an earlier published version, by its number or the digest of one of its splits, with the system text of
        then. Raises CoreCraftError for one that is not kept."""
        old = kept(which, form)
        recipe = next(iter(old.tasks.values())).world
        built = company_of(recipe).build(recipe["seed"], recipe["scale"], recipe.get("version", 1))
        if built.genesis.digest != old.about.splits.world:
            raise DigestMismatch("world", old.about.splits.world, built.genesis.digest)
        stage = cls.on(built.genesis, built.recipe, old.tasks, old.about.system)
        return evolve(stage, splits=old.about.splits)

    @classmethod
    def on(
        cls,
        genesis: Genesis,
        recipe: Mapping[str, Any],
        tasks: Mapping[str, Task] | None = None,
        system_text: str | None = None,
        form: Form = "labelled",
    ) -> Stage:
        world = World(genesis)
        system_text = company_behind(recipe).policy if system_text is None else system_text
        tasks = (
            TaskBook(world, recipe, form) if tasks is None else tasks if isinstance(tasks, TaskBook) else Tasks(tasks)
        )
        system = {"role": "system", "digest": digest(system_text.encode())}
        stage = cls(world, recipe, tasks, system, system_text)
        _freeze()
        return stage

    @cached_property
    def company(self) -> Company:
        """Whose world it is."""
        return company_behind(self.recipe)

    @property
    def form(self) -> Form:
        """How its tasks are put; a bundle's are what they are."""
        if self.splits is not None:
            return self.splits.form
        return self.tasks.form if isinstance(self.tasks, TaskBook) else "labelled"

    def select(
        self, *, split: str | None = None, splits: Path | str | None = None, limit: int | None = None, **fields: Any
    ) -> list[Task]:
        """Tasks by split ("train", "heldout", "smoke") and fields, e.g. category="workflow", family="MW-02", difficulty=2.

        Without a split all tasks there are: thousands in the standard world, each written when it is asked for.
        splits: a splits file of one's own, instead of the published splits. limit: only so many of them, drawn evenly over
        categories and families, the same each time.
        Raises CoreCraftError for a split or a field that does not exist.
        """
        unknown = set(fields) - set(Task.__struct_fields__)
        if unknown:
            raise CoreCraftError(
                f"tasks have no {', '.join(sorted(unknown))}; they have {', '.join(Task.__struct_fields__)}"
            )
        held = self.splits if splits is None and self.splits is not None else None
        ids = self.tasks if split is None else task_ids(split, held or read(splits, self.form, self.company.name))
        chosen = (self.tasks[id] for id in ids)
        found = [task for task in chosen if all(getattr(task, name) == value for name, value in fields.items())]
        return found if limit is None else _evenly(found, limit)

    def grade(self, episode: Episode) -> Grade:
        """Grade a closed episode of one of these tasks, and write the grade into its history."""
        return record_grade(self._task(episode), episode)

    def _task(self, episode: Episode) -> Task:
        """The task it was opened on, if it is still the same one."""
        pin = episode.trajectory().task
        if pin is None or pin["id"] not in self.tasks:
            raise CoreCraftError(f"{episode.id} was opened on no task of this stage")
        task = self.tasks[pin["id"]]
        if self.pin(task)["digest"] != pin["digest"]:
            raise DigestMismatch("task", pin["digest"], self.pin(task)["digest"])
        return task

    def verdict(
        self, episode: Episode, criterion: str, verdict: bool | None, *, model: str, votes: Sequence[bool | None] = ()
    ) -> int:
        """Record what a judge says of a criterion, by its id, as `record_verdict` does; the next `grade` reads it."""
        task, start = self._task(episode), World(episode.world.genesis)
        asked = criterion_of(task, episode.trajectory(), start, criterion)
        return record_verdict(episode, asked, verdict, model=model, votes=votes)

    def prompts(self, task: Task) -> list[dict[str, Any]]:
        """What the agent is told, in full: the system text, then the request."""
        return [{"role": "system", "text": self.system_text}, self._request(task)]

    def _request(self, task: Task) -> dict[str, Any]:
        return {"role": "user", "text": task.prompt, "from": task.requester}

    def opening(self, task: Task, tools: str | None = None) -> Opening:
        """What an episode of a task starts from. tools: name of another toolset than the task's own."""
        key = task.id, tools or task.tools
        known = self._openings.get(key)
        if known is None or known.stored_task is not task:
            known = self._openings[key] = self._opening(task, by_name(key[1]))
        return known

    def _opening(self, task: Task, toolset: Toolset) -> Opening:
        return Opening(
            self.world,
            toolset,
            [dict(self.system), self._request(task)],
            self.pin(task),
            task.seed,
            self.system_text,
            self.recipe,
            task,
            task.fixtures,
            task.plan,
        )

    def bare(self, tools: str) -> Opening:
        """What an episode without a task starts from."""
        return Opening(self.world, by_name(tools), system=self.system_text, recipe=self.recipe)

    def open(self, task: Task, id: str, log: Log | None = None, labels: Mapping[str, Any] | None = None) -> Episode:
        """An episode of a task at its beginning."""
        return self.opening(task).begin(id, log, labels)

    def pin(self, task: Task) -> dict[str, str]:
        """What `episode.opened` records of a task of this stage."""
        pin = self._pins.get(task.id)
        if pin is None:
            pin = self._pins[task.id] = task.pin
        return pin


def _evenly(tasks: Sequence[Task], limit: int) -> list[Task]:
    """So many, at equal distances: splits list one family after the other."""
    if limit < 1:
        raise CoreCraftError("limit must be 1 or more")
    wanted = min(limit, len(tasks))
    return [tasks[place * len(tasks) // wanted] for place in range(wanted)]


def standard(seed: int = 0, scale: int = 1, form: Form = "labelled", company: str = OURS) -> Stage:
    """The standard world with its tasks. seed, scale: another one, drawn likewise; scale 10 has ten times the customers. form:
    `labelled`, where the prompt dictates the form of the answer, or `natural`, where people ask as they would. company: another
    one than CoreCraft, of a package that is installed."""
    return Stage.build(seed, scale, form=form, company=company)


def load(folder: Path | str, form: Form = "labelled") -> Stage:
    """A world saved by `corecraft world build`, or a bundle with tasks of its own, which come in the form they have."""
    folder = Path(folder)
    if not (folder / "bundle.json").exists():
        return Stage.load(folder, form)
    if form != "labelled":
        raise CoreCraftError(
            f"{folder} is a bundle, whose tasks are asked as it says; --form is for the tasks of a world"
        )
    return Stage.from_bundle(folder)


def _freeze() -> None:
    """Keep the collector from walking a world that outlives every episode; at exit things are collected as ever."""
    gc.freeze()
    atexit.register(gc.unfreeze)


def prepare_run(folder: Path, stage: Stage, info: Mapping[str, Any], tasks: Iterable[Task] = ()) -> Run:
    """A run folder that holds the stage's world and system text, and the tasks that will be played."""
    run = Run.create(folder, {"created_ms": wall_ms(), **info})
    run.add_genesis(stage.world.genesis, stage.recipe)
    run.add_text(stage.system_text)
    for task in tasks:
        store_task(run, task, stage.pin(task), stage.splits)
    return run


def stored_task(run: Run, trajectory: Trajectory) -> Task | None:
    """The task an episode was opened on, as it was then; None for a bare world. One of tau2's is its own object, which nothing
    but `record_grade` takes.

    Raises DigestMismatch when its file was altered.
    """
    pin = trajectory.task
    if pin and domain_of(trajectory.opened.data["tools"]) is not None:
        from .tau2.tasks import stored  # takes tau2, which is an extra

        return stored(run, pin)
    return task_from(run.task(pin["digest"])) if pin else None


def task_from(stored: bytes) -> Task:
    """A task as a run keeps it. Raises OtherVersion for a rubric that this version does not read."""
    try:
        return msgspec.json.decode(stored, type=Task)
    except msgspec.MsgspecError as error:
        id = msgspec.json.decode(stored).get("id")
        raise OtherVersion(f"another version wrote the rubric of {id}, and this one cannot read it: {error}") from None


def regrader(run: Run) -> Callable[[Trajectory], dict[str, Any]]:
    """Grades a history of this run by the rubric it was opened with, for comparison with the recorded grade."""

    world = cache(lambda digest: World(run.genesis(digest, schema_of)))

    def regrade(trajectory: Trajectory) -> dict[str, Any]:
        if domain_of(trajectory.opened.data["tools"]) is not None:
            from .tau2.grading import regrade as by_tau2

            return by_tau2(run, trajectory, world(trajectory.events[0].data["genesis"]))
        task = stored_task(run, trajectory)
        if task is None:
            raise CoreCraftError(f"{trajectory.id} was graded without a task")
        return grade(task, trajectory, world(trajectory.events[0].data["genesis"])).data()

    return regrade


def episode_id(task: Task, agent: Player, trial: int) -> str:
    """How `play` names episodes: `S-2.failing.0`."""
    return f"{task.id}.{in_id(agent.name)}.{trial}"


def play(stage: Stage, task: Task, agent: Player, *, log: Log | None = None, trial: int = 0) -> tuple[Episode, Grade]:
    """One whole episode."""
    labels = {"agent": agent.name, "trial": trial}
    episode = stage.open(task, episode_id(task, agent, trial), log, labels)
    return episode, finish(task, agent, episode)


def finish(task: Task, agent: Player, episode: Episode) -> Grade:
    """Let an agent play an open episode to its end, e.g. a fork of another agent's."""
    with suppress(EpisodeEnded):  # its budget is used up: it is graded as it stands, without an answer
        answer = agent.play(episode)
        if episode.status == "open":  # a model's conversation ends it by itself
            episode.submit(answer)
    return record_grade(task, episode)


def record_failure(episode: Episode, error: Exception) -> None:
    """Close what an agent could not go on with, with what it ran into: it counts neither for nor against it."""
    if episode.status == "open":
        episode.record(FAILED, {"error": type(error).__name__, "message": str(error)[:1000]})
        episode.close(AGENT_FAILED)


def criterion_of(task: Task, trajectory: Trajectory, start: World, id: str) -> Criterion:
    """That of the rubric which `grade` would use: of an edited fork, as its task is posed on its own world.

    Raises CoreCraftError where it has none of that id.
    """
    posed = as_graded(task, start, trajectory)
    criteria = {criterion.id: criterion for criterion in posed.criteria} if posed else {}
    if id not in criteria:
        raise CoreCraftError(f"{trajectory.id} is not graded on {id!r}, but on: {', '.join(criteria) or 'nothing'}")
    return criteria[id]


def record_verdict(
    episode: Episode, criterion: Criterion, verdict: bool | None, *, model: str, votes: Sequence[bool | None] = ()
) -> int:
    """Write what a judge says of one criterion into a closed episode's history; the next grade reads it.

    Where code has decided, it is kept and changes nothing. verdict: None, where he could not tell. votes: those of his single
    readings. Returns the event's seq. Raises EpisodeEnded for an open one.
    """
    question = question_digest(criterion.question)
    said = {"criterion": criterion.id, "question": question, "verdict": verdict, "model": model}
    return episode.record(JUDGED, {**said, "votes": list(votes)})


def record_grade(task: Task, episode: Episode) -> Grade:
    """Grade a closed episode and write the grade into its history."""
    if domain_of(episode.toolset.name) is not None:
        from .tau2.grading import record_grade as by_tau2

        return by_tau2(task, episode)
    result = grade(task, episode.trajectory(), World(episode.world.genesis))
    episode.record(GRADED, result.data())
    return result
