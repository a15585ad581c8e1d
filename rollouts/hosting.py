"""Episodes that are being played in this process, whatever protocol their agents speak.

An `EpisodeHost` opens them on what a `Catalogue` knows, finds them by id (for whoever runs the experiment) or by key
(for the agent, who knows nothing else), ends, grades and forks them, and lets go of those that are over: their history
is in the run folder. Calls are plain synchronous Python; nothing here needs a lock or a thread to be safe on one event
loop.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, Protocol

import anyio
import anyio.to_thread
import msgspec
import structlog
from attrs import Factory, define, field, frozen

from ..engine.episode import Episode, Log, Reply, fork_of
from ..engine.errors import CoreCraftError, EpisodeEnded, InvalidInput, UnknownEpisode
from ..engine.event import GRADED, PREPARED, PROMPTED, Change, check_episode_id
from ..engine.genesis import Genesis
from ..engine.run import Run
from ..engine.toolset import Toolset
from ..engine.trajectory import Trajectory
from ..engine.world import World

_log = structlog.get_logger("corecraft.service")

KEY_BYTES = 32


class NotInCatalogue(CoreCraftError):
    """No task, world or toolset of that name."""


class Conflict(CoreCraftError):
    """The episode is not in a state in which that can be done."""


@frozen
class Opening:
    """What an episode starts from.

    world: at its genesis. prompts: `{"role", "text"}` each, recorded as they are. task: its `id` and `digest`.
    system: the whole text an agent is to be given as its system prompt, also where `prompts` only name its digest.
    recipe: how the world was made, stored beside it. stored_task: the whole task, kept in the run under its digest.
    fixtures: rows added to the world before the agent begins.
    """

    world: World
    toolset: Toolset
    prompts: Sequence[Mapping[str, Any]] = ()
    task: Mapping[str, Any] | None = None
    system: str = ""
    recipe: Mapping[str, Any] | None = None
    stored_task: Any = None
    fixtures: Sequence[Change] = ()


class Catalogue(Protocol):
    """What can be played, and how it is graded.

    Called on the event loop that serves all episodes, so it must answer within milliseconds; worlds are to be built
    beforehand or kept. Only `grade` may return an awaitable, for a judge that has to be waited for.
    `toolset` None means the usual one. Raises NotInCatalogue for names it does not know.
    """

    def open_task(self, task: str, toolset: str | None) -> Opening: ...

    def open_bare(self, world: str, toolset: str | None) -> Opening: ...

    def grade(self, trajectory: Trajectory, task: str) -> dict[str, Any] | Awaitable[dict[str, Any]]: ...


class OpenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `task` or `world`. `prompt`: what a user says first in a bare world; a task brings its own."""

    task: str | None = None
    world: str | None = None
    toolset: str | None = None
    agent: str = ""
    trial: int = 0
    seed: int = 0
    prompt: str | None = None
    episode: str | None = None


class ForkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where: after event `at`, or after `step` completed calls (0: before the first), or at the last possible place."""

    at: int | None = None
    step: int | None = None
    agent: str | None = None
    trial: int | None = None
    prompt: str | None = None
    episode: str | None = None


@define(eq=False)
class Hosted:
    """An episode of this process. `live` is None once it was released; `last` is then what was known of it."""

    id: str
    key: str = field(repr=False)
    toolset: Toolset
    genesis: Genesis
    live: Episode | None
    labels: dict[str, Any]
    prompts: tuple[Mapping[str, Any], ...]
    system: str
    task: str | None = None
    parent: str | None = None
    last: dict[str, Any] = field(factory=dict)
    forks: int = 0
    grading: anyio.Lock = Factory(anyio.Lock)

    def call(self, tool: str, arguments: bytes | Mapping[str, Any], *, call_id: str | None = None) -> Reply:
        """The agent's side. Raises what `Episode.call` raises."""
        if self.live is None:
            raise EpisodeEnded(f"{self.id} has ended")
        return self.live.call(tool, arguments, call_id=call_id)

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
        "task": (opened.get("task") or {}).get("id"),
        "seed": opened.get("seed", 0),
        "toolset": opened["tools"],
        "parent": trajectory.parent and {name: trajectory.parent[name] for name in ("episode", "seq")},
        "events": len(trajectory),
        "calls": sum(1 for _ in trajectory.calls()),
        "answer": trajectory.answer,
        "grade": trajectory.grade,
        "head": trajectory.head_hash,
    }


class EpisodeHost:
    """All episodes of one process and one run.

    writer: name of the segment this process appends to. log: written to instead of it, in tests.
    """

    def __init__(
        self, run: Run, catalogue: Catalogue, *, writer: str = "service", durable: bool = False, log: Log | None = None
    ) -> None:
        self._run = run
        self._catalogue = catalogue
        self._segment = run.writer(writer, wall_ms, durable=durable) if log is None else None
        self._log = log or self._segment
        self._by_id: dict[str, Hosted] = {}
        self._by_key: dict[str, Hosted] = {}
        self._earlier = frozenset(_read(run).episodes)

    # --- finding -------------------------------------------------------------------------------------------------

    def by_key(self, key: str) -> Hosted | None:
        """The agent's way in. Keys are 256 random bits, found by hash: time tells nothing about them."""
        return self._by_key.get(key)

    def get(self, id: str) -> Hosted:
        """Raises UnknownEpisode, or Conflict for one that the run holds from before this process."""
        hosted = self._by_id.get(id)
        if hosted is None and id in self._earlier:
            raise Conflict(f"{id} was played before this service started; it can only be read")
        if hosted is None:
            raise UnknownEpisode(f"No episode {id}")
        return hosted

    def hosted(self) -> list[Hosted]:
        """In order of opening."""
        return list(self._by_id.values())

    async def info(self, id: str) -> dict[str, Any]:
        """What is known of an episode, also of one from before this process. Raises UnknownEpisode."""
        if id in self._by_id or id not in self._earlier:
            return self.get(id).info()
        run = await self._reread()
        return {**_summary(run.trajectory(id)), **run.labels(id)}

    # --- the life of an episode ----------------------------------------------------------------------------------

    def open(self, request: OpenRequest) -> Hosted:
        """Raises NotInCatalogue, InvalidInput, Conflict (the id is taken) or StorageFailed."""
        opening = self._opening(request)
        stem = request.task or request.world or ""
        id = self._free_id(request.episode, stem)
        labels = _labels(request.agent, request.trial)
        self._run.add_genesis(opening.world.genesis, opening.recipe)
        if opening.task and opening.stored_task is not None:
            self._run.add_task(opening.stored_task, opening.task["digest"])
        live = Episode.open(
            id,
            opening.world,
            opening.toolset,
            task=opening.task,
            seed=request.seed,
            prompts=opening.prompts,
            labels=labels,
            log=self._log,
        )
        if opening.fixtures:
            live.record(PREPARED, {}, opening.fixtures)
        return self._take(_hosted(live, labels, opening.prompts, opening.system, request.task))

    def submit(self, id: str, answer: str) -> Hosted:
        """Record the final answer. Raises EpisodeEnded."""
        hosted = self.get(id)
        self._playing(hosted).submit(answer)
        return self._ended(hosted)

    def close(self, id: str, reason: str) -> Hosted:
        """End without an answer. Raises EpisodeEnded."""
        hosted = self.get(id)
        self._playing(hosted).close(reason)
        return self._ended(hosted)

    def release(self, id: str) -> Hosted:
        """Let go of an episode, closing it when it is open. One that is over stays as it is; twice is no error."""
        hosted = self.get(id)
        if hosted.live is not None:
            if hosted.live.status == "open":
                hosted.live.close("released")
            _release(hosted)
        return hosted

    async def grade(self, id: str) -> dict[str, Any]:
        """Grade, record and release; later calls return what was recorded.

        Raises Conflict for an episode that is open, voided, without a task or released ungraded.
        """
        hosted = self.get(id)
        async with hosted.grading:
            if hosted.last.get("grade") is not None:
                return hosted.last["grade"]
            live, task = _gradable(hosted)
            grade = self._catalogue.grade(live.trajectory(), task)
            if isawaitable(grade):
                grade = await grade
            live.record(GRADED, grade)
            _release(hosted, live)
            return grade

    async def fork(self, id: str, request: ForkRequest) -> Hosted:
        """A new episode that shares this one's past. Raises NotAtBoundary, InvalidInput, Conflict, StorageFailed."""
        parent = self.get(id)
        past = (await self._reread()).trajectory(id) if parent.live is None else None
        at = _place(parent, past, request)
        child_id = self._free_id(request.episode, "") if request.episode else self._fork_id(parent)
        labels = {**parent.labels, **_labels(request.agent, request.trial)}
        if parent.live is not None:
            live = parent.live.fork(at, id=child_id, labels=labels)
        else:
            assert past is not None
            live = fork_of(past, parent.genesis, parent.toolset, at=at, id=child_id, labels=labels, log=self._log)
        prompts = parent.prompts
        if request.prompt is not None:
            said = {"role": "user", "text": request.prompt}
            live.record(PROMPTED, said)
            prompts = (*prompts, said)
        return self._take(_hosted(live, labels, prompts, parent.system, parent.task))

    def shut(self) -> None:
        """Stop recording and let the segment go. Open episodes stay open in the run: they can be forked later."""
        if self._segment is not None:
            self._segment.close()
        _log.info("log closed", run=str(self._run.path), episodes=len(self._by_id))

    # --- details -------------------------------------------------------------------------------------------------

    def _opening(self, request: OpenRequest) -> Opening:
        if (request.task is None) == (request.world is None):
            raise InvalidInput("name either a task or a world")
        if request.task is not None:
            if request.prompt is not None:
                raise InvalidInput("a task brings its own prompt")
            return self._catalogue.open_task(request.task, request.toolset)
        opening = self._catalogue.open_bare(request.world or "", request.toolset)
        if request.prompt is None:
            return opening
        prompts = (*opening.prompts, {"role": "user", "text": request.prompt})
        return Opening(opening.world, opening.toolset, prompts, opening.task, opening.system, opening.recipe)

    def _free_id(self, wanted: str | None, stem: str) -> str:
        if wanted is not None:
            if self._known(check_episode_id(wanted)):
                raise Conflict(f"There is an episode {wanted} already")
            return wanted
        stem = re.sub(r"[^A-Za-z0-9._@-]+", "-", stem).strip("-._@")[:100] or "episode"
        while self._known(id := f"{stem}-{secrets.token_hex(4)}"):
            pass
        return id

    def _fork_id(self, parent: Hosted) -> str:
        while True:
            parent.forks += 1
            id = check_episode_id(f"{parent.id}~{parent.forks}")
            if not self._known(id):
                return id

    def _known(self, id: str) -> bool:
        return id in self._by_id or id in self._earlier

    def _take(self, hosted: Hosted) -> Hosted:
        self._by_id[hosted.id] = self._by_key[hosted.key] = hosted
        return hosted

    def _playing(self, hosted: Hosted) -> Episode:
        if hosted.live is None:
            raise EpisodeEnded(f"{hosted.id} is {hosted.last['status']}")
        return hosted.live

    def _ended(self, hosted: Hosted) -> Hosted:
        """Over; kept only when there is a grade to come."""
        if hosted.task is None:
            _release(hosted)
        return hosted

    async def _reread(self) -> Run:
        """The run as it is on disk now, read beside the event loop, since it may be large."""
        return await anyio.to_thread.run_sync(_read, self._run)


def wall_ms() -> int:
    """Wall-clock time, epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _read(run: Run) -> Run:
    fresh = Run(run.path)
    _ = fresh.episodes  # reads and indexes the segments
    return fresh


def _labels(agent: str | None, trial: int | None) -> dict[str, Any]:
    return {name: value for name, value in (("agent", agent), ("trial", trial)) if value is not None}


def _hosted(
    live: Episode, labels: dict[str, Any], prompts: Sequence[Mapping[str, Any]], system: str, task: str | None
) -> Hosted:
    return Hosted(
        id=live.id,
        key=secrets.token_urlsafe(KEY_BYTES),
        toolset=live.toolset,
        genesis=live.world.genesis,
        live=live,
        labels=labels,
        prompts=tuple(prompts),
        system=system,
        task=task,
    )


def _gradable(hosted: Hosted) -> tuple[Episode, str]:
    if hosted.task is None:
        raise Conflict(f"{hosted.id} has no task to be graded on")
    if hosted.live is None:
        raise Conflict(f"{hosted.id} was released ungraded; grade it from the run")
    if hosted.live.status == "open":
        raise Conflict(f"{hosted.id} is open; submit an answer or close it first")
    if hosted.live.status == "voided":
        raise Conflict(f"{hosted.id} is voided and counts for nothing")
    return hosted.live, hosted.task


def _place(parent: Hosted, past: Trajectory | None, request: ForkRequest) -> int | None:
    """The event to fork after; None for the last possible one."""
    if request.step is None:
        return request.at
    if request.at is not None:
        raise InvalidInput("name either at or step")
    if past is None:
        assert parent.live is not None
        past = parent.live.trajectory()
    calls = list(past.calls())
    if not 0 <= request.step <= len(calls):
        raise InvalidInput(f"{past.id} has {len(calls)} completed calls, so no step {request.step}")
    if request.step:
        return calls[request.step - 1].returned.seq
    return calls[0].seq - 1 if calls else past.last_boundary()


def _release(hosted: Hosted, live: Episode | None = None) -> None:
    if hosted.live is None and live is not None:
        hosted.live = live  # released while a judge was at work: the grade belongs into the summary
    hosted.last = hosted.info()
    hosted.live = None
