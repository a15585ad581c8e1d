"""An episode: the one mutable head of a line of events. Single writer.

episode = Episode.open("demo", World(genesis), toolset)
reply = episode.call("getOrder", {"order_id": "o-1"})
child = episode.fork()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, overload

from msgspec import Struct

from .admission import OWN_NAMESPACES, own_changes, own_copy, own_data, own_edits, own_plan
from .agenda import NOTHING_DUE, Agenda, Plan
from .answering import answered, voided
from .beginning import Beginning
from .canonical import decode, encode, printable
from .edits import NONE, Edit, Edits
from .errors import EpisodeEnded, EpisodeVoided, InvalidInput
from .event import (
    AFTERWARDS,
    ANSWERED,
    CALLED,
    CLOCK_ADVANCED,
    CLOSED,
    ENDINGS,
    GENESIS_HASH,
    PLANNED,
    PROMPTED,
    RESPONDED,
    Change,
    Event,
    Status,
    chain,
    check_episode_id,
    event_bytes,
)
from .forking import Origin, after_opening, check_clock, fork_opening
from .genesis import Genesis
from .line import Line, cause_after, chained, last_move
from .messages import messages
from .respondent import answered_before
from .toolset import Request, Toolset, clipped
from .trajectory import Trajectory
from .world import World


class Log(Protocol):
    """Where events go. One append is one write; it raises StorageFailed, leaving nothing, or everything is there."""

    def append(
        self, episode: str, entries: Sequence[tuple[bytes, bytes]], beside: Mapping[str, Any] | None = None
    ) -> None:
        """`entries`: canonical bytes and hash of each event. `beside` is kept with the first, outside the hash."""
        ...


class Budget(Struct, frozen=True):
    """What an agent may use of one line: calls, and bytes of recorded events. A fork has a budget of its own.

    Only a call can overdraw it: the first one beyond closes the episode instead, so that whoever has used up just that
    much can still answer.
    """

    calls: int = 1_000
    bytes: int = 64 << 20


BUDGET_EXHAUSTED = "budget_exhausted"
"""Why such an episode was closed."""


class Reply(Struct, frozen=True):
    """What an agent gets back. `json` is the reply as recorded."""

    json: bytes
    ok: bool
    seq: int
    """Of the `tool.returned` event: the place to fork from."""

    @property
    def value(self) -> Any:
        """The reply, decoded anew each time: the caller's own copy."""
        return decode(self.json)


class Episode:
    """A line of events with a world at its head.

    The order within a call is the guarantee: the handler answers, the world folds, the log writes, and only then
    does the head move; a crash or a full disk leaves no state that is not logged.
    """

    __slots__ = (
        "_agenda", "_budget", "_bytes", "_calls", "_cause", "_forks", "_hash", "_line", "_log", "_next", "_opening", "_task",
        "id", "status", "toolset", "world",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        world: World,
        toolset: Toolset,
        log: Log | None,
        line: Line,
        head: bytes,
        budget: Budget | None = None,
    ) -> None:
        self.id = id
        self.world = world
        self.toolset = toolset
        self.status: Status = "open"
        self._log = log
        self._line = line
        self._agenda = NOTHING_DUE
        self._hash = head
        self._budget = budget
        self._calls = 0
        self._bytes = 0
        self._next = line.inherited
        self._cause: int | None = None
        self._forks = 0
        self._opening: Origin | None = None
        self._task: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Episode({self.id}, {self._next} events, {self.status})"

    @property
    def prompt(self) -> str | None:
        """What was asked: the text of the last user prompt. None in a bare world."""
        return self.trajectory().prompt

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All that was said so far, in the form of chat completions (see `messages`); of a fork, what it goes on from."""
        return messages(self.trajectory().as_told())

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools as MCP publishes them: `name`, `description`, `inputSchema` and more of each."""
        return self.toolset.definitions()

    # --- opening -------------------------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        id: str,
        world: World,
        toolset: Toolset,
        *,
        task: Mapping[str, Any] | None = None,
        seed: int = 0,
        prompts: Sequence[Mapping[str, Any]] = (),
        fixtures: Sequence[Change] = (),
        plan: Plan | None = None,
        labels: Mapping[str, Any] | None = None,
        log: Log | None = None,
        budget: Budget | None = None,
    ) -> Episode:
        """Start a line on `world`, which must be a genesis world (changes come as events). All of it is one write.

        task: its `id` and `digest`. seed: 0, since nothing in an episode is drawn by chance; another would give equal
        deeds unequal hashes. prompts: `{"role", "text"}` each. fixtures: rows added before the agent begins.
        plan: how time passes, and what is due when; time stands still without one.
        labels: who plays, which trial: kept beside the first event, outside its hash, so that equal histories of
        different agents have equal hashes. budget: None for no bound.
        Raises InvalidInput (a bad id, a seed, a world that is no genesis, what is not JSON) or StorageFailed.
        """
        start = Beginning.of(world, toolset, task=task, seed=seed, prompts=prompts, fixtures=fixtures, plan=plan)
        return cls.begin(id, start, labels=labels, log=log, budget=budget)

    @classmethod
    def begin(
        cls,
        id: str,
        start: Beginning,
        *,
        labels: Mapping[str, Any] | None = None,
        log: Log | None = None,
        budget: Budget | None = None,
    ) -> Episode:
        """Start a line that begins so; see `open`. Raises InvalidInput for a bad id or labels, or StorageFailed."""
        episode = cls(check_episode_id(id), start.world, start.toolset, log, Line(), GENESIS_HASH, budget)
        episode._task = start.task
        beside = own_copy("labels", {"labels": dict(labels)}) if labels else None
        episode._append(start.events, start.entries, start.world, beside)
        episode._cause = len(start.events) - 1
        return episode

    @classmethod
    def resume(
        cls,
        trajectory: Trajectory,
        genesis: Genesis,
        toolset: Toolset,
        *,
        log: Log | None = None,
        budget: Budget | None = None,
    ) -> Episode:
        """Take up a recorded line where it ends: what comes next is what would have come had nobody stopped.

        log: what goes on writing the segment in which the line was begun. What was used of the budget stays used.
        Raises DigestMismatch when world or tools differ from those it was made with.
        """
        toolset.check(trajectory.opened.data)
        events, hashes, own = trajectory.events, trajectory.hashes, trajectory.inherited
        past = Line()
        past.events, past.hashes = list(events[:own]), list(hashes[:own])
        line = Line(past, own)
        line.events, line.hashes = list(events[own:]), list(hashes[own:])
        world = trajectory.world_at(len(trajectory) - 1, genesis)
        episode = cls(trajectory.id, world, toolset, log, line, hashes[-1], budget)
        episode.status = trajectory.status
        episode._task = trajectory.task
        episode._agenda = Agenda.of(events)
        episode._next = len(trajectory)
        episode._cause = cause_after(events)
        episode._calls = sum(event.kind == CALLED for event in line.events)
        episode._bytes = sum(len(event_bytes(event)) for event in line.events)
        return episode

    # --- the agent's side ----------------------------------------------------------------------------------------

    def call(self, tool: str, arguments: bytes | Mapping[str, Any] | None, *, call_id: str | None = None) -> Reply:
        """Call a tool. A mistake of the agent's is a reply with `ok` False.

        arguments: JSON bytes or a mapping; None: none. call_id: the caller's own name for the call, recorded with it.
        Raises EpisodeEnded (also when this call would overdraw the budget), StorageFailed (nothing happened) or
        EpisodeVoided (a bug in the handler).
        """
        self._require_open()
        self._require_budget()
        tool = clipped(tool)  # before the handler sees it: the recorded name is the one a replay will ask for
        request = Request.of(arguments)
        world = self.world
        now = world.now
        first = self._next
        data: dict[str, Any] = {"tool": tool}
        if call_id is not None:
            data["call_id"] = clipped(call_id)
        data.update(request.recorded())
        called = Event(first, CALLED, now, data, self._cause)
        try:
            events = answered(self._agenda, world, self.toolset, called, request, lambda: self.trajectory().events)
            text = encode(events[-1].data["reply"])
            prepared = self._prepared(events, text)
        except Exception as bug:
            self._void(called, bug)
            raise EpisodeVoided(f"{self.id}: {tool} failed with {bug!r} at seq {first}; the episode is voided") from bug
        self._append(*prepared)
        self._calls += 1
        return Reply(text, events[-1].data["ok"], self._next - 1)

    def say(self, text: str) -> str | None:
        """Say something to whoever asked. His answer, which is recorded as a prompt; None where he has none, and nothing is.

        What the agent said is recorded as its turn, unless it is that already.
        """
        self._require_open()
        respondent = self._agenda.respondent
        if respondent is None:
            return None
        events = self.trajectory().events
        said = respondent.answers(text, answered_before(events))
        if said is not None:
            if events[-1].kind != RESPONDED or events[-1].data.get("text") != text:
                self.record(RESPONDED, {"text": text})
            self.record(PROMPTED, {"role": "user", "text": said, "answers": self._next - 1})
        return said

    def submit(self, answer: str) -> None:
        """Record the final answer and close. Raises InvalidInput for what is no text."""
        self._require_open()
        if not isinstance(answer, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput(f"{self.id}: an answer is text, not {answer!r:.60}")
        text = printable(answer)
        now = self.world.now
        answered = Event(self._next, ANSWERED, now, {"text": text}, self._cause)
        self._commit([answered, Event(answered.seq + 1, CLOSED, now, {"reason": "answered"}, answered.seq)])
        self._cause = answered.seq

    def close(self, reason: str) -> None:
        """End without an answer, e.g. at a step limit."""
        self._require_open()
        closed = Event(self._next, CLOSED, self.world.now, {"reason": printable(reason)}, self._cause)
        self._commit([closed])
        self._cause = closed.seq

    # --- what comes from outside ---------------------------------------------------------------------------------

    def record(
        self,
        kind: str,
        data: Mapping[str, Any],
        changes: Sequence[Change] = (),
        *,
        beside: Mapping[str, Any] | None = None,
    ) -> int:
        """Record something from outside: a prompt, a model turn, a fixture row, a fault. Returns its seq.

        What a judge says, grades and diagnoses come after the close, everything else before it. beside: cost and latency,
        outside the hash.
        Raises InvalidInput for what is not JSON or not what its kind promises, for a kind of the engine's or the tools'
        own, and for a change to what the world does not know or that leaves a row without its id.
        """
        if (kind not in AFTERWARDS and kind.partition(".")[0] in OWN_NAMESPACES) or not kind.isprintable():
            raise InvalidInput(f"{kind!r} is recorded by the engine itself, or no name for an event")
        if kind in AFTERWARDS:
            if self.status != "closed":
                raise EpisodeEnded(f"{self.id} is {self.status}; only a closed episode is judged, graded and diagnosed")
        else:
            self._require_open()
        return self._record(kind, data, changes, self.world.now, beside)

    def advance_clock(self, to_ms: int) -> int:
        """Move simulation time forward; what is due by then happens on the way. Returns the last event's seq."""
        self._require_open()
        check_clock(self.id, self.world, to_ms)
        passed = self._agenda.passing(self.world, to_ms, self._next, self._cause)
        self._commit(passed)
        self._cause = last_move(passed)
        return passed[-1].seq

    def plan(self, plan: Plan) -> int:
        """Say how time passes from here on, and what is due when. Returns the event's seq. Raises InvalidInput."""
        self._require_open()
        return self._record(PLANNED, own_plan(plan, self.world, self.toolset), (), self.world.now, None)

    def _record(
        self,
        kind: str,
        data: Mapping[str, Any],
        changes: Sequence[Change],
        at: int,
        beside: Mapping[str, Any] | None,
    ) -> int:
        seq = self._next
        own = own_changes(self.world, self.toolset, kind, changes)
        event = Event(seq, kind, at, own_data(kind, data), self._cause, own)
        self._commit([event], own_copy(kind, beside) if beside else None)
        if kind not in AFTERWARDS:  # what is judged and graded is the answer, also the second time
            self._cause = seq
        return seq

    # --- forking and reading -------------------------------------------------------------------------------------

    @overload
    def fork(
        self,
        at: int | None = None,
        n: None = None,
        *,
        id: str | None = None,
        labels: Mapping[str, Any] | None = None,
        edits: Sequence[Edit] = (),
    ) -> Episode: ...

    @overload
    def fork(
        self, at: int | None = None, *, n: int, labels: Mapping[str, Any] | None = None, edits: Sequence[Edit] = ()
    ) -> list[Episode]: ...

    def fork(
        self,
        at: int | None = None,
        n: int | None = None,
        *,
        id: str | None = None,
        labels: Mapping[str, Any] | None = None,
        edits: Sequence[Edit] = (),
    ) -> Episode | list[Episode]:
        """A new line that shares this one's past up to event `at` (default: the head). This line is left alone.

        n: so many of them, as a list. edits: what is otherwise in the child from there on; its opening carries them, with the
        task. That opening is written with the first event: a fork nobody plays leaves no trace, unless it is told to `keep`
        itself. Its tools are those of this line, also where it starts before they came.
        Raises NotAtBoundary inside a call or after the end, InvalidInput for edits of what the world does not know.
        """
        if n is not None and id is not None:
            raise InvalidInput("an id names one fork: leave it out, or leave out n")
        wanted = Edits.of(edits) if edits else NONE
        if self._opening is not None and (edits or self._opening[3].open_otherwise):
            self.keep()  # what is otherwise is something of its own
        labels = own_copy("labels", labels) if labels else None
        place = self._place(at, labels, wanted)
        if n is None:
            return self._child(self._child_id(id), self._log, *place)
        return [self._child(self._child_id(None), self._log, *place) for _ in range(n)]

    def _child_id(self, id: str | None) -> str:
        self._forks += 1
        return f"{self.id}~{self._forks}" if id is None else check_episode_id(id)

    def _place(
        self, at: int | None, labels: Mapping[str, Any] | None, edits: Edits
    ) -> tuple[Origin, World, Agenda, bytes]:
        """Where a fork comes from, and the world, agenda and hash there."""
        head = self._next - 1
        if self._opening is not None and at in (None, head):  # nothing of its own yet: its child is a sibling
            before, parent = self._opening[:2]
            return (before, parent, labels, NONE), self.world, self._agenda, self._hash
        if self._opening is None and self.status == "open" and at in (None, head):
            if edits is not NONE:
                edits = own_edits(self._line.flat()[0] if edits.replies else (), self.world, self.toolset, edits)
            return (head, self.id, labels, edits), self.world, self._agenda, self._hash
        parent = self.id if self._opening is None else self._opening[1]
        past = self.trajectory()
        at = past.last_boundary() if at is None else at
        past.check_boundary(at)
        world = past.world_at(at, self.world.genesis)
        own = own_edits(past.events[: at + 1], world, self.toolset, edits) if edits is not NONE else NONE
        return (at, parent, labels, own), world, Agenda.of(past.events[: at + 1]), past.hashes[at]

    def keep(self) -> None:
        """Write the opening of a fork now, in case nobody plays it."""
        if self._opening is not None:
            self._append(*self._prepared([]))

    def _child(self, id: str, log: Log | None, origin: Origin, world: World, agenda: Agenda, head: bytes) -> Episode:
        at, _, _, edits = origin
        tools = edits.toolset or self.toolset
        child = Episode(id, world, tools, log, Line(self._line, at + 1), head, self._budget)
        child._opening = origin
        child._task = self._task
        child._agenda = agenda
        if edits.changes:
            child.world = world.fold([child._fork_opening(origin)])
        child._cause = at + 1
        child._next = at + 2
        if edits is not NONE and (later := after_opening(id, edits, at + 1, child.world, agenda, tools)):
            child._commit(later)
            child._cause = later[-1].seq if later[-1].kind in (PLANNED, PROMPTED) else last_move(later)
        return child

    def trajectory(self) -> Trajectory:
        """The history so far; of a fork that nobody played yet, with the opening it will be written with."""
        events, hashes = self._line.flat()
        if self._opening is not None:
            events.append(self._fork_opening(self._opening))
            hashes.append(chain(self._hash, event_bytes(events[-1])))
        return Trajectory(self.id, events, hashes, self._line.inherited)

    @property
    def head_hash(self) -> str:
        """The hash of the last event: equal for equal histories."""
        if self._opening is not None:
            return chain(self._hash, event_bytes(self._fork_opening(self._opening))).hex()
        return self._hash.hex()

    # --- committing ----------------------------------------------------------------------------------------------

    def _commit(self, events: list[Event], beside: Mapping[str, Any] | None = None) -> None:
        if beside:
            self.keep()  # alone: `beside` belongs to what comes after the opening
        self._append(*self._prepared(events), beside)

    def _prepared(
        self, events: list[Event], reply: bytes | None = None
    ) -> tuple[list[Event], list[tuple[bytes, bytes]], World]:
        """The events with the opening of a fork, their bytes and hashes, and the world after them.

        reply: of a call, the reply's own bytes, which need not be made a second time.
        """
        if self._opening is not None:
            events = [self._fork_opening(self._opening), *events]
        return events, chained(self._hash, events, reply), self.world.fold(events)

    def _append(
        self,
        events: list[Event],
        entries: list[tuple[bytes, bytes]],
        world: World,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        if self._opening is not None and self._opening[2]:
            beside = {"labels": self._opening[2]}  # _commit leaves no other `beside` to an opening
        if self._log is not None:
            self._log.append(self.id, entries, beside)
        # The head moves after the write: a crash must leave no state that is not logged.
        self._opening = None
        for event in events:
            if event.kind == CLOCK_ADVANCED or event.kind == PLANNED:
                self._agenda = self._agenda.after(event)
        self._line.events += events
        self._line.hashes += [hash for _, hash in entries]
        self._next = events[-1].seq + 1
        self._bytes += sum([len(data) for data, _ in entries])
        self._hash = entries[-1][1]
        self.world = world
        self.status = ENDINGS.get(events[-1].kind, self.status)

    def _fork_opening(self, origin: Origin) -> Event:
        return fork_opening(origin, self._task, self.world, self.toolset, self._hash)

    def _void(self, called: Event, bug: Exception) -> None:
        self._commit([called, voided(called, bug)])

    def _require_open(self) -> None:
        if self.status != "open":
            raise EpisodeEnded(f"{self.id} is {self.status}; fork it to go on from an earlier step")

    def _require_budget(self) -> None:
        budget = self._budget
        if budget is not None and (self._calls >= budget.calls or self._bytes >= budget.bytes):
            used = f"{self._calls} calls and {self._bytes} bytes"
            self.close(BUDGET_EXHAUSTED)
            raise EpisodeEnded(f"{self.id} has used up its budget with {used}; it is closed")


def fork_of(
    trajectory: Trajectory,
    genesis: Genesis,
    toolset: Toolset,
    *,
    at: int | None = None,
    id: str,
    labels: Mapping[str, Any] | None = None,
    log: Log | None = None,
    budget: Budget | None = None,
    edits: Sequence[Edit] = (),
) -> Episode:
    """Fork a recorded history after event `at` (default: its last event before the end). edits: see `Episode.fork`.

    Raises NotAtBoundary, InvalidInput, or DigestMismatch when world or tools differ from those it was made with.
    """
    check_episode_id(id)
    own = own_copy("labels", labels) if labels else None
    toolset.check(trajectory.opened.data)
    at = trajectory.last_boundary() if at is None else at
    trajectory.check_boundary(at)
    line = Line()
    line.events, line.hashes = list(trajectory.events), list(trajectory.hashes)
    world = trajectory.world_at(at, genesis)
    parent = Episode(trajectory.id, world, toolset, log, line, trajectory.hashes[at], budget)
    parent._task = trajectory.task  # pyright: ignore[reportPrivateUsage]
    origin = (at, trajectory.id, own, own_edits(line.events[: at + 1], world, toolset, Edits.of(edits)))
    agenda = Agenda.of(line.events[: at + 1])
    return parent._child(id, log, origin, world, agenda, trajectory.hashes[at])  # pyright: ignore[reportPrivateUsage]
