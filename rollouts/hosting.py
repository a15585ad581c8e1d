"""Episodes that are being played in this process, whatever protocol their agents speak.

An `EpisodeHost` opens them on what a `Catalogue` knows, finds them by id (for whoever runs the experiment) or by key
(for the agent, who knows nothing else), ends, grades and forks them, and lets go of those that are over: their history
is in the run folder. A process that takes over the same segment goes on where the one before stopped, under the same keys.
What agents do is plain synchronous Python on one event loop; what takes longer is done aside, in a thread.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from inspect import isawaitable
from itertools import count
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread
import structlog
from attrs import Factory, define, evolve, field

from ..engine.edits import Edit
from ..engine.episode import Budget, Episode, Log, Reply, fork_of
from ..engine.errors import Busy, CoreCraftError, EpisodeEnded, InvalidInput, NameTaken, StorageFailed, UnknownEpisode
from ..engine.event import CLOSED, GRADED, JUDGED, PROMPTED, RESPONDED, Event, Status, check_episode_id
from ..engine.genesis import Genesis
from ..engine.log import SegmentWriter
from ..engine.run import Run
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..scenarios.task import Criterion
from .faulty import failing
from .faulty import labels as faults_told
from .opening import BUDGET, Opening, in_id, wall_ms
from .requests import ForkRequest, OpenRequest, VerdictRequest
from .runner import record_verdict
from .secret import Secret

_log = structlog.get_logger("corecraft.service")

_T = TypeVar("_T")
_RELEASED = "released"
"""Why an episode was closed that nobody wanted any longer."""
_KEPT_SECONDS = 30
_ANOTHERS = "another process began it, not this service; fork, judge or grade it from Python (corecraft.open_run)"
"""Of an episode that stands in another segment of the run."""


class NotInCatalogue(CoreCraftError):
    """No task, world or toolset of that name."""


class Conflict(CoreCraftError):
    """The episode is not in a state in which that can be done."""


class Catalogue(Protocol):
    """What can be played, and how it is graded.

    All but `reopen` are called in a worker thread, one at a time: they may take their time. Only `grade` may return an
    awaitable, for a judge that has to be waited for.
    `toolset` None means the usual one. Raises NotInCatalogue for names it does not know.
    """

    def open_task(self, task: str, toolset: str | None) -> Opening: ...

    def open_bare(self, world: str, toolset: str | None) -> Opening: ...

    def reopen(self, opened: Mapping[str, Any]) -> Opening:
        """World, toolset and system text of an episode that was opened with this data; nothing else is asked of it."""
        ...

    def grade(self, trajectory: Trajectory, task: bytes) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        """task: as it was when the episode was opened, from the run by its digest."""
        ...

    def criterion(self, trajectory: Trajectory, task: bytes, id: str) -> Criterion:
        """That of the rubric which `grade` would use. Raises NotInCatalogue where it has none of that id."""
        ...


class ClaimingLog(Log, Protocol):
    """What an `EpisodeHost` writes to: a `SegmentWriter`."""

    def claim(self, ids: Iterable[str]) -> str: ...

    def close(self) -> None: ...


@define(eq=False)
class Hosted:
    """An episode of this process. `live` is None while it is not in memory; `last` is then what is known of it."""

    id: str
    key: str = field(repr=False)
    toolset: Toolset
    genesis: Genesis
    live: Episode | None
    labels: dict[str, Any]
    prompts: tuple[Mapping[str, Any], ...]
    system: str
    task: str | None = None
    last: dict[str, Any] = field(factory=dict)
    grading: anyio.Lock = Factory(anyio.Lock)

    def call(self, tool: str, arguments: bytes | Mapping[str, Any], *, call_id: str | None = None) -> Reply:
        """The agent's side. Raises what `Episode.call` raises."""
        if self.live is None:
            raise EpisodeEnded(f"{self.id} has ended")
        try:
            return self.live.call(tool, arguments, call_id=call_id)
        except EpisodeEnded:  # its budget is used up, perhaps just now
            self.ended()
            raise

    @property
    def status(self) -> Status:
        return self.last["status"] if self.live is None else self.live.status

    def ended(self) -> None:
        """Over; kept in memory only when there is a grade to come."""
        if self.task is None:
            self.release()

    def release(self, live: Episode | None = None) -> None:
        """live: the episode, where something was added to it while it was not kept here."""
        self.live = live or self.live
        self.last = self.info()
        self.live = None

    def info(self) -> dict[str, Any]:
        """Plain data; no key."""
        if self.live is None:
            return self.last
        return {**_summary(self.live.trajectory()), **self.labels}


def _summary(trajectory: Trajectory) -> dict[str, Any]:
    opened = trajectory.events[0].data
    return {
        "episode": trajectory.id,
        "status": trajectory.status,
        "reason": next((e.data["reason"] for e in reversed(trajectory.events) if e.kind == CLOSED), None),
        "task": (trajectory.task or {}).get("id"),
        "seed": opened.get("seed", 0),
        "toolset": trajectory.opened.data["tools"],
        "parent": trajectory.parent and {name: trajectory.parent[name] for name in ("episode", "seq")},
        "events": len(trajectory),
        "calls": sum(1 for _ in trajectory.calls()),
        "answer": trajectory.answer,
        "grade": None if _judged_since(trajectory) else trajectory.grade,
        "head": trajectory.head_hash,
    }


def _judged_since(trajectory: Trajectory) -> bool:
    """Whether a verdict came after the last grade, which wants another."""
    last = next((event.kind for event in reversed(trajectory.events) if event.kind in (GRADED, JUDGED)), GRADED)
    return last == JUDGED


class EpisodeHost:
    """All episodes of one process and one run, those of its earlier lives included.

    writer: name of the segment this process appends to; what it holds already goes on where it stands. budget: what an
    agent may use of an episode. log: written to instead, in tests.
    """

    def __init__(
        self,
        run: Run,
        catalogue: Catalogue,
        *,
        writer: str = "service",
        durable: bool = False,
        budget: Budget | None = BUDGET,
        log: ClaimingLog | None = None,
    ) -> None:
        self._run = run
        self._catalogue = catalogue
        self._budget = budget
        self._log = log or _segment(run, writer, durable)
        self._secret = Secret.of(run.path)
        self._slow = anyio.CapacityLimiter(1)
        self._seen: Run | None = None
        """The run as it was when something that had left memory was last read from it."""
        self._forgetting: asyncio.TimerHandle | None = None
        self._by_id: dict[str, Hosted] = {}
        self._by_key: dict[str, Hosted] = {}
        self.apart: dict[str, str] = {}
        """Episodes of the run that are not played here, and why."""
        try:
            self._take_up(_read(run), writer)
        except BaseException:
            self._log.close()
            raise

    # --- finding -------------------------------------------------------------------------------------------------

    def by_key(self, key: str) -> Hosted | None:
        """The agent's way in. Keys are 256 bits that nobody can guess, found by hash: time tells nothing about them."""
        return self._by_key.get(key)

    def get(self, id: str) -> Hosted:
        """Raises UnknownEpisode, or Conflict for one of the run that is not played here."""
        hosted = self._by_id.get(id)
        if hosted is None and id in self.apart:
            raise Conflict(f"{id} can only be read here: {self.apart[id]}")
        if hosted is None:
            raise UnknownEpisode(f"No episode {id}")
        return hosted

    def hosted(self) -> list[Hosted]:
        """In order of opening."""
        return list(self._by_id.values())

    async def info(self, id: str) -> dict[str, Any]:
        """What is known of an episode, also of one that is not played here. Raises UnknownEpisode."""
        if id in self._by_id or id not in self.apart:
            return self.get(id).info()
        return await self._aside(_recorded_info, self._run, id)

    async def events(self, id: str) -> Sequence[Event]:
        """The history so far, also of an episode that is not played here. Raises UnknownEpisode."""
        return (await self._past(id)).events

    async def _past(self, id: str) -> Trajectory:
        hosted = None if id in self.apart else self.get(id)
        if hosted is not None and hosted.live is not None:
            return hosted.live.trajectory()
        past = await self._aside(self._recorded, id, hosted and hosted.last["head"])
        self._forget_later()
        return past

    def _forget_later(self) -> None:
        """A run that was read takes as much memory as its log: it is kept no longer than it is asked for."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._forget)

    def _forget(self) -> None:
        self._seen = None

    def _recorded(self, id: str, head: str | None) -> Trajectory:
        """From the run, which is read again only for what has been written since. head: where the history ends."""
        if head is not None and self._seen is not None and id in self._seen.episodes:
            past = self._seen.trajectory(id)
            if past.head_hash == head:
                return past
        self._seen = _read(self._run)
        return self._seen.trajectory(id)

    # --- the life of an episode ----------------------------------------------------------------------------------

    async def open(self, request: OpenRequest) -> Hosted:
        """Raises NotInCatalogue, InvalidInput, Conflict (the id is taken) or StorageFailed."""
        if request.episode is not None:
            self._check_free(request.episode)
        opening = await self._aside(self._opening, request)
        labels = _labels(request.agent, request.trial)
        labels |= faults_told(request.faults.faults()) if request.faults else {}
        id = request.episode or self._log.claim(_random_ids(request.task or request.world or ""))
        with _free(id):
            live = opening.begin(id, self._log, labels, self._budget)
        return self._take(live.trajectory(), opening.toolset, opening.world.genesis, opening.system, labels, live)

    def turn(self, id: str, said: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> int:
        """Keep in the history what the model of an outside agent said; returns the event's seq. Raises EpisodeEnded."""
        return _playing(self.get(id)).record(RESPONDED, said, beside=beside)

    def say(self, id: str, text: str) -> str | None:
        """What the requester says to it, if the task lets him be asked back. Raises EpisodeEnded."""
        return _playing(self.get(id)).say(text)

    def submit(self, id: str, answer: str) -> Hosted:
        """Record the final answer. Raises EpisodeEnded."""
        hosted = self.get(id)
        _playing(hosted).submit(answer)
        hosted.ended()
        return hosted

    def close(self, id: str, reason: str) -> Hosted:
        """End without an answer. Raises EpisodeEnded."""
        hosted = self.get(id)
        _playing(hosted).close(reason)
        hosted.ended()
        return hosted

    def release(self, id: str) -> Hosted:
        """Let go of an episode, closing it when it is open. One that is over stays as it is; twice is no error."""
        hosted = self.get(id)
        if hosted.live is not None:
            if hosted.live.status == "open":
                hosted.live.close(_RELEASED)
            hosted.release()
        return hosted

    async def grade(self, id: str) -> dict[str, Any]:
        """Grade, record and release; where nothing was said since the last grade, that one.

        Raises Conflict for an episode that is open, voided or without a task.
        """
        hosted = self.get(id)
        async with hosted.grading:
            if (grade := hosted.info()["grade"]) is not None:
                return grade
            live = await self._over(hosted)
            grade = await self._aside(self._graded, live.trajectory())
            if isawaitable(grade):
                grade = await grade
            live.record(GRADED, grade)
            hosted.release(live)
            return grade

    async def verdict(self, id: str, said: VerdictRequest) -> int:
        """Record what a judge says of a criterion, which the next grade counts; returns the event's seq.

        Raises Conflict as `grade` does, NotInCatalogue for a criterion that the rubric has not.
        """
        hosted = self.get(id)
        async with hosted.grading:  # none may come between the reading of a history and the grade of it
            live = await self._over(hosted)
            criterion = await self._aside(self._criterion, live.trajectory(), said.criterion)
            seq = record_verdict(live, criterion, said.verdict, model=said.model, votes=said.votes)
            hosted.live = live
            return seq

    async def _over(self, hosted: Hosted) -> Episode:
        """A closed episode to which verdicts and grades can be added, from the run where it has left memory."""
        _check_gradable(hosted)
        if hosted.live is not None:
            return hosted.live
        past = await self._past(hosted.id)
        return Episode.resume(past, hosted.genesis, hosted.toolset, log=self._log, budget=self._budget)

    def _graded(self, past: Trajectory) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        return self._catalogue.grade(past, self._task(past))

    def _criterion(self, past: Trajectory, id: str) -> Criterion:
        return self._catalogue.criterion(past, self._task(past), id)

    def _task(self, past: Trajectory) -> bytes:
        assert past.task is not None
        return self._run.task(past.task["digest"])

    async def fork(self, id: str, request: ForkRequest) -> Hosted:
        """A new episode that shares this one's past, on disk when this returns.

        Raises NotAtBoundary, InvalidInput, Conflict, StorageFailed.
        """
        parent = self.get(id)
        if request.episode is not None:
            self._check_free(request.episode)
        past = await self._past(id)
        at = _place(past, request)
        labels = {**parent.labels, **_labels(request.agent, request.trial)}
        edits = request.all_edits(partial(self._tools, past))
        fork_of(past, parent.genesis, parent.toolset, at=at, id="tried", edits=edits)  # a mistake must not use up an id
        child_id = request.episode or self._log.claim(check_episode_id(f"{id}~{n}") for n in count(1))
        with _free(child_id):
            live = self._forked(parent, past, at, child_id, labels, edits)
            live.keep()
        return self._take(live.trajectory(), live.toolset, parent.genesis, parent.system, labels, live)

    def play_on(self, id: str, at: int | None, edits: Sequence[Edit], system: str) -> Hosted:
        """A fork of any recorded episode of the run, whoever wrote it, to be played here. For before the service is up.

        system: what its agent is told before anything else. Raises NotAtBoundary, InvalidInput, DigestMismatch, StorageFailed.
        """
        run = _read(self._run)
        past = run.trajectory(id)
        opening = self._catalogue.reopen(past.opened.data)
        genesis, toolset, labels = opening.world.genesis, opening.toolset, {**run.labels(id), "agent": "http"}
        fork_of(past, genesis, toolset, at=at, id="tried", edits=edits)  # a mistake must not use up an id
        child_id = self._log.claim(check_episode_id(f"{id}~{n}") for n in count(1))
        made: dict[str, Any] = {"labels": labels, "log": self._log, "budget": self._budget, "edits": edits}
        live = fork_of(past, genesis, toolset, at=at, id=child_id, **made)
        live.keep()
        return self._take(live.trajectory(), live.toolset, genesis, system, labels, live)

    def shut(self) -> None:
        """Stop recording and let the segment go. Open episodes stay open in the run; the next process goes on."""
        self._log.close()
        _log.info("log closed", run=str(self._run.path), episodes=len(self._by_id))

    # --- details -------------------------------------------------------------------------------------------------

    async def _aside(self, work: Callable[..., _T], *args: Any) -> _T:
        """Off the event loop, on which everybody waits; one at a time, so that nothing there needs a lock."""
        return await anyio.to_thread.run_sync(work, *args, limiter=self._slow)

    def _opening(self, request: OpenRequest) -> Opening:
        opening = self._asked_for(request)
        if request.faults is not None:
            opening = failing(opening, request.faults.faults())
        opening.store(self._run)
        return evolve(opening, seed=request.seed) if request.seed else opening

    def _asked_for(self, request: OpenRequest) -> Opening:
        if (request.task is None) == (request.world is None):
            raise InvalidInput("name either a task or a world")
        if request.task is not None:
            if request.prompt is not None:
                raise InvalidInput("a task brings its own prompt")
            return self._catalogue.open_task(request.task, request.toolset)
        opening = self._catalogue.open_bare(request.world or "", request.toolset)
        if request.prompt is None:
            return opening
        return evolve(opening, prompts=(*opening.prompts, {"role": "user", "text": request.prompt}))

    def _check_free(self, id: str) -> None:
        """Early, before any work is done; whether it is free will be seen when it is written."""
        if check_episode_id(id) in self._by_id or id in self.apart:
            raise Conflict(f"There is an episode {id} already")

    def _tools(self, past: Trajectory, name: str) -> Toolset:
        """Of that name, over the world of a history. Raises NotInCatalogue."""
        return self._catalogue.reopen({"genesis": past.opened.data["genesis"], "tools": name}).toolset

    def _forked(
        self,
        parent: Hosted,
        past: Trajectory,
        at: int | None,
        id: str,
        labels: dict[str, Any],
        edits: Sequence[Edit],
    ) -> Episode:
        what: dict[str, Any] = {"at": at, "id": id, "labels": labels, "edits": edits}
        if parent.live is not None:
            return parent.live.fork(**what)
        return fork_of(past, parent.genesis, parent.toolset, **what, log=self._log, budget=self._budget)

    def _take(
        self,
        past: Trajectory,
        toolset: Toolset,
        genesis: Genesis,
        system: str,
        labels: dict[str, Any],
        live: Episode | None,
    ) -> Hosted:
        hosted = Hosted(
            id=past.id,
            key=self._secret.derive("episode", past.id),
            toolset=toolset,
            genesis=genesis,
            live=live,
            labels=labels,
            prompts=tuple(event.data for event in past.events if event.kind == PROMPTED),
            system=system,
            task=(past.task or {}).get("id"),
            last={} if live else {**_summary(past), **labels},
        )
        self._by_id[hosted.id] = self._by_key[hosted.key] = hosted
        return hosted

    # --- after a restart -----------------------------------------------------------------------------------------

    def _take_up(self, run: Run, writer: str) -> None:
        """Host again what stands in this process's segment, as far as it can be played on."""
        for id in run.episodes:
            if run.signatures.claimed.get(id) != writer:
                self.apart[id] = _ANOTHERS
                continue
            try:
                self._recall(run, id)
            except CoreCraftError as error:
                self.apart[id] = str(error)
                _log.warning("cannot go on", episode=id, reason=str(error))

    def _recall(self, run: Run, id: str) -> None:
        past = run.trajectory(id)
        run.check_signed(past)
        opening = self._catalogue.reopen(past.opened.data)
        genesis, toolset = opening.world.genesis, opening.toolset
        live = None
        if past.status == "open":  # what is closed is read again for a verdict or a grade
            live = Episode.resume(past, genesis, toolset, log=self._log, budget=self._budget)
        self._take(past, toolset, genesis, opening.system, run.labels(id), live)


def _segment(run: Run, writer: str, durable: bool) -> SegmentWriter:
    try:
        return run.writer(writer, wall_ms, durable=durable)
    except Busy:
        raise StorageFailed(
            f"{run.path} is served by another process already; stop that one, or use another folder"
        ) from None


def _random_ids(stem: str) -> Iterator[str]:
    while True:
        yield f"{in_id(stem)}-{secrets.token_hex(4)}"


@contextmanager
def _free(id: str) -> Generator[None]:
    """Turns a name that is taken into a conflict: it is known when it is written, here or by any process."""
    try:
        yield
    except NameTaken:
        raise Conflict(f"There is an episode {id} already") from None


def _recorded_info(run: Run, id: str) -> dict[str, Any]:
    run = _read(run)
    return {**_summary(run.trajectory(id)), **run.labels(id)}


def _read(run: Run) -> Run:
    """As it is on disk now. A large one takes a while."""
    fresh = Run(run.path)
    _ = fresh.episodes  # reads and indexes the segments
    return fresh


def _labels(agent: str | None, trial: int | None) -> dict[str, Any]:
    return {name: value for name, value in (("agent", agent), ("trial", trial)) if value is not None}


def _playing(hosted: Hosted) -> Episode:
    if hosted.live is None:
        raise EpisodeEnded(f"{hosted.id} is {hosted.last['status']}")
    return hosted.live


def _check_gradable(hosted: Hosted) -> None:
    if hosted.task is None:
        raise Conflict(f"{hosted.id} has no task to be graded on")
    if hosted.status == "open":
        raise Conflict(f"{hosted.id} is open; submit an answer or close it first")
    if hosted.status == "voided":
        raise Conflict(f"{hosted.id} is voided and counts for nothing")


def _place(past: Trajectory, request: ForkRequest) -> int | None:
    """The event to fork after, where a fork is possible; None for the last such one."""
    at = request.at
    if request.step is not None:
        if at is not None:
            raise InvalidInput("name either at or step")
        at = _after_step(past, request.step)
    if at is not None:
        past.check_boundary(at)
    return at


def _after_step(past: Trajectory, step: int) -> int:
    calls = list(past.calls())
    if not 0 <= step <= len(calls):
        raise InvalidInput(f"{past.id} has {len(calls)} completed calls, so no step {step}")
    if step:
        return calls[step - 1].returned.seq
    return calls[0].seq - 1 if calls else past.last_boundary()
