"""What is to be played: tasks times trials in a run folder, each once. Whoever comes later, or again after a stop or a kill,
plays what is left: finished episodes are read, open ones go on where they stand, those of a living process are left to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import msgspec
from attrs import frozen

from ..engine.episode import Episode
from ..engine.errors import Busy, CoreCraftError, EpisodeVoided, NameTaken, StorageFailed
from ..engine.event import RESPONDED
from ..engine.faults import Faults
from ..engine.trajectory import Trajectory
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from . import faulty
from .agents import Player
from .agents.turns import Agent
from .batch import Played
from .endpoints import EndpointUnusable, tokens
from .folder import RunFolder
from .loop import RULES, Endpoint, Rules, converse
from .recovery import Recovery, recovery
from .runner import Stage, prepare_run, record_failure, record_grade

FAILURES_IN_A_ROW = 25
"""Episodes that may fail one after the other before the rest is not even tried."""


class GaveUp(CoreCraftError):
    """Something else than the agent is wrong: so many episodes failed one after the other, or there is no room to record."""


@frozen
class Job:
    """One episode that is to be there in the end."""

    task: Task
    trial: int
    id: str


def jobs(tasks: Iterable[Task], agent: str, trials: int, faults: Faults | None = None) -> list[Job]:
    """Every task so many times; trials of a task start from the same world, and are named S-2.AGENT.0, S-2.AGENT.1, ..., with
    what fails in them after the agent."""
    agent += faulty.in_name(faults) if faults else ""
    return [Job(task, trial, f"{task.id}.{agent}.{trial}") for task in tasks for trial in range(trials)]


class Schedule:
    """The jobs of one agent in a run folder, and what became of them. A context manager: it lets the run go at the end."""

    def __init__(
        self,
        out: Path,
        stage: Stage,
        jobs: Sequence[Job],
        agent: str,
        labels: Mapping[str, Any],
        faults: Faults | None = None,
    ) -> None:
        """labels: kept beside the opening of each episode, such as the model and how it is sampled. faults: calls fail so."""
        run = prepare_run(out, stage, {"agent": agent}, {job.task.id: job.task for job in jobs}.values())
        self.folder = RunFolder(run.path, writer=agent)
        self._stage, self._faults = stage, faults
        self._labels = {"agent": agent, **labels, **(faulty.labels(faults) if faults else {})}
        self.jobs = jobs
        self.played: dict[str, Played] = {}
        """By episode, what is finished."""
        self.elsewhere: list[Job] = []
        """Jobs that another process plays."""
        self.open: list[Job] = []
        """Jobs begun here and not finished."""
        self.usage = Counter[str]()
        """Tokens that the models of what ended here have read and written, by `endpoints.TOKENS`."""

    def __enter__(self) -> Schedule:
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.close()

    @property
    def in_order(self) -> list[Played]:
        """What is finished, in the order of the jobs."""
        return [self.played[job.id] for job in self.jobs if job.id in self.played]

    def begun(self) -> Iterator[tuple[Job, Episode]]:
        """What is left to play, one after the other: each is open, newly or again, when it comes out."""
        self.folder.reload()
        recorded = set(self.folder.episodes)
        for job in self.jobs:
            try:
                if job.id not in recorded:
                    episode = self._new(job)
                elif (past := self.folder.trajectory(job.id)).status != "open":
                    self._finish(job, past)
                    continue
                elif (episode := self.folder.take_up(job.id)).status != "open":  # ended since, by whoever had it
                    self._finish(job, episode.trajectory())
                    continue
            except (NameTaken, Busy):
                self.elsewhere.append(job)
                continue
            self.open.append(job)
            yield job, episode

    def look(self) -> None:
        """Note what is finished, whoever played it. Nothing is written, so no segment is kept from those who play."""
        for job, past in self._ended_since():
            self._noted(job, past)

    def settle(self) -> None:
        """Look, and grade what was closed by one who was killed before it could; for when nobody plays any more."""
        for job, past in self._ended_since():
            with suppress(StorageFailed):  # somebody writes it after all, or there is no room: the next run does it
                self._finish(job, past)

    def _ended_since(self) -> Iterator[tuple[Job, Trajectory]]:
        """What has ended and is not noted yet."""
        self.folder.reload()
        recorded = set(self.folder.episodes)
        for job in self.jobs:
            if job.id in recorded and job.id not in self.played:
                past = self.folder.trajectory(job.id)
                if past.status != "open":
                    yield job, past

    def _new(self, job: Job) -> Episode:
        opening = self._stage.opening(job.task)
        if self._faults is not None:
            opening = faulty.failing(opening, faulty.of_trial(self._faults, job.task, job.trial))
        return self.folder.begin(opening, job.id, {**self._labels, "trial": job.trial})

    def recovery(self) -> dict[str, Recovery]:
        """How the faults of what is finished were borne, by episode; nothing where no call was to fail."""
        if self._faults is None:
            return {}
        self.folder.reload()
        return {one.episode: recovery(self.folder.trajectory(one.episode)) for one in self.in_order}

    def ended(self, job: Job, episode: Episode) -> Played:
        """Grade what was played, and note it."""
        self.open.remove(job)
        self.played[job.id] = played = Played(job.id, job.task, job.trial, "graded", record_grade(job.task, episode))
        for turn in (event.data for event in episode.trajectory().events if event.kind == RESPONDED):
            self.usage.update(tokens(turn.get("usage")))
        return played

    def failed(self, job: Job, episode: Episode, error: Exception) -> Played:
        """Close what an agent could not go on with: it counts neither for nor against it."""
        self.open.remove(job)
        record_failure(episode, error)
        status = "voided" if isinstance(error, EpisodeVoided) else "failed"
        said = f"{type(error).__name__}: {error}"
        self.played[job.id] = played = Played(job.id, job.task, job.trial, status, error=said)
        return played

    def _finish(self, job: Job, past: Trajectory) -> None:
        """Note what was finished before; what was closed and not graded yet is graded now."""
        if self._noted(job, past):
            return
        episode = self.folder.take_up(job.id)
        if not self._noted(job, episode.trajectory()):  # by the process that had it until now
            self.open.append(job)
            self.ended(job, episode)

    def _noted(self, job: Job, past: Trajectory) -> bool:
        """Note what has ended, unless it is to be graded still."""
        failure = _failure(past)
        if past.status == "voided" or failure is not None:
            status = "voided" if past.status == "voided" else "failed"
            self.played[job.id] = Played(job.id, job.task, job.trial, status, error=failure or "")
        elif past.grade is not None:
            self.played[job.id] = Played(job.id, job.task, job.trial, "graded", msgspec.convert(past.grade, Grade))
        return job.id in self.played


def _failure(past: Trajectory) -> str | None:
    return next((str(e.data.get("message", "")) for e in past.events if e.kind == "agent.failed"), None)


def play_scripts(schedule: Schedule, players: Mapping[str, Player], done: Callable[[Played], None]) -> None:
    """Play by functions and scripts, one after the other. players: by task."""
    for job, episode in schedule.begun():
        answer = players[job.task.id].play(episode)
        if episode.status == "open":
            episode.submit(answer)
        done(schedule.ended(job, episode))


async def play_model(
    schedule: Schedule,
    agent: Agent,
    endpoint: Endpoint,
    done: Callable[[Played], None],
    *,
    concurrency: int = 16,
    rules: Rules = RULES,
) -> None:
    """Play with a model, so many episodes at a time. An endpoint that gives no answer for one fails that one; one that is
    unusable, or fails for FAILURES_IN_A_ROW, stops all, and so does a full disk. What is open then, or when it is cancelled,
    stays open in the run."""
    begun = schedule.begun()
    in_a_row = 0

    async def worker() -> None:
        nonlocal in_a_row
        for job, episode in begun:
            try:
                await converse(agent, episode, endpoint, rules)
            except (EndpointUnusable, StorageFailed):
                raise
            except CoreCraftError as error:
                in_a_row += 1
                if in_a_row >= FAILURES_IN_A_ROW:
                    raise GaveUp(f"{in_a_row} episodes failed one after the other, the last one so: {error}") from None
                done(schedule.failed(job, episode, error))
                continue
            in_a_row = 0
            done(schedule.ended(job, episode))
            await anyio.lowlevel.checkpoint()

    try:
        async with anyio.create_task_group() as group:
            for _ in range(concurrency):
                group.start_soon(worker)
    except BaseExceptionGroup as failures:
        first = failures.exceptions[0]  # it stops all others
        raise (GaveUp(str(first)) if isinstance(first, StorageFailed) else first) from None
