"""Verify: re-execute a recorded history with the handlers at hand and compare every byte.

What came from outside (prompts, model turns, the clock, answers) is taken as recorded. What the tools made of it is
made again, and the first event that comes out different is shown beside the recorded one. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NoReturn

from attrs import evolve, frozen

from ..engine import FORMAT
from ..engine.admission import edited_reply_fault, given_fault, plan_fault
from ..engine.agenda import NOTHING_DUE, Plan
from ..engine.answering import answered, returned_bytes, voided
from ..engine.canonical import encode
from ..engine.errors import ContentLost, CoreCraftError, DigestMismatch, OtherVersion
from ..engine.event import (
    AFTERWARDS,
    ANSWERED,
    CALLED,
    CLOCK_ADVANCED,
    CLOSED,
    GENESIS_HASH,
    GRADED,
    OPENED,
    PLANNED,
    PROMPTED,
    RESPONDED,
    RETURNED,
    VOIDED,
    Event,
    chain,
    event_bytes,
)
from ..engine.genesis import Genesis
from ..engine.respondent import answered_before
from ..engine.run import Run
from ..engine.toolset import Request, Toolset
from ..engine.trajectory import Trajectory
from ..engine.world import World
from .inventory import missing_files

ToolsetFor = Callable[[Mapping[str, Any]], Toolset]
"""The tools that the data of an `episode.opened` names."""

Difference = Literal["call", "fact", "reply", "voided", "unfinished", "form", "hash", "grade"]
Regrade = Callable[[Trajectory], dict[str, Any]]

_CALL_DATA = {"tool", "call_id", "arguments", "refused", "size", "sha256"}


@frozen
class Divergence:
    """The first place where a history and its re-execution part.

    kind: what differs; "form" is an event that no engine writes at that place, "hash" one that its hash does not cover.
    recorded, produced: both sides; None where that side has no event.
    tool: the tool whose call it was.
    """

    seq: int
    kind: Difference
    reason: str
    recorded: Event | None = None
    produced: Event | None = None
    tool: str | None = None

    def __str__(self) -> str:
        lines = [f"seq {self.seq}{f' ({self.tool})' if self.tool else ''}: {self.reason}"]
        lines.append(f"  recorded  {_text(self.recorded)}")
        lines.append(f"  produced  {_text(self.produced)}")
        return "\n".join(lines)


@frozen
class Verification:
    """What verification found. `calls` and `events` count what was compared before it stopped.

    head: the hash of the last event. not_regraded: why the grade was not made again, where that could not be. beside: what
    stands beside the events as the manifest signs it off, which only
    `verify_run` knows.
    """

    episode: str
    calls: int
    events: int
    head: str
    divergence: Divergence | None = None
    beside: str | None = None
    not_regraded: str | None = None

    @property
    def ok(self) -> bool:
        return self.divergence is None

    def __str__(self) -> str:
        if self.divergence is None:
            same = f"{self.calls} calls and {self.events} events are the same; head {self.head}"
            apart = f"; its grade was not compared: {self.not_regraded}" if self.not_regraded else ""
            return f"{self.episode}: verified, {same}{apart}"
        return f"{self.episode}: differs at {self.divergence}"


def verify(
    trajectory: Trajectory, toolset: Toolset | ToolsetFor, genesis: Genesis, *, regrade: Regrade | None = None
) -> Verification:
    """Re-execute a history, the part inherited from parents included.

    toolset: what it was made with; where forks of the line went on with others, what finds each.
    regrade: grades the history before its last grade anew; the result must equal the recorded data.
    A rubric of another version is no divergence. Raises DigestMismatch when world or tools are not those it was made with.
    """
    toolset_for = (lambda _: toolset) if isinstance(toolset, Toolset) else toolset
    walk = _Walk(trajectory, _pinned(trajectory, toolset_for, genesis), genesis)
    not_regraded: str | None = None
    try:
        walk.run()
        if regrade is not None:
            _compare_grade(trajectory, regrade)
    except OtherVersion as error:
        not_regraded = str(error)
    except _Diverged as stop:
        return Verification(trajectory.id, walk.calls, walk.seq, trajectory.head_hash, stop.divergence)
    head = trajectory.head_hash
    return Verification(trajectory.id, walk.calls, walk.seq, head, not_regraded=not_regraded)


def verify_run(
    run: Run,
    toolset_for: ToolsetFor,
    genesis_for: Callable[[str], Genesis],
    *,
    episodes: Iterable[str] | None = None,
    regrade: Regrade | None = None,
) -> Iterator[tuple[str, Verification | CoreCraftError]]:
    """Verify episodes of a run (default: all): (episode, verdict), or the error why it could not be verified.

    toolset_for: from the data of each opening; the digest is compared. genesis_for: from the digest, asked once for each.
    What is missing from the run as a whole is for `inventory.losses` to say.
    """
    genesis_for = cache(genesis_for)
    for episode in run.episodes if episodes is None else episodes:
        try:
            trajectory = run.trajectory(episode)
            run.check_signed(trajectory)
            for problem in missing_files(run, trajectory):
                raise ContentLost(problem)
            genesis = genesis_for(trajectory.opened.data["genesis"])
            verdict = verify(trajectory, toolset_for, genesis, regrade=regrade)
            yield episode, evolve(verdict, beside=run.signature(trajectory).beside)
        except CoreCraftError as error:
            yield episode, error


class _Diverged(Exception):
    def __init__(self, divergence: Divergence) -> None:
        self.divergence = divergence


class _Walk:
    """One pass over the events: where it stands, and the world, hash and cause there."""

    def __init__(self, trajectory: Trajectory, toolsets: Mapping[int, Toolset], genesis: Genesis) -> None:
        """toolsets: by the seqs of the line's openings."""
        self.events = trajectory.events
        self.hashes = trajectory.hashes
        self.toolsets = toolsets
        self.toolset: Toolset  # of the opening passed last; without one nothing is asked of it
        self.world = World(genesis)
        self.agenda = NOTHING_DUE
        self.head = GENESIS_HASH
        self.cause: int | None = None
        self.ended: str | None = None
        self.seq = 0
        self.calls = 0

    def run(self) -> None:
        events, count = self.events, len(self.events)
        while self.seq < count:
            event = events[self.seq]
            if event.kind == CALLED and self.ended is None and self.seq:
                self.call(event)
            elif event.kind == CLOCK_ADVANCED:
                self.clock(event)
            else:
                self.outside(event)

    # --- what can be made again: a call, and what falls due ----------------------------------------------------------

    def call(self, recorded: Event) -> None:
        """Answer the call anew and compare its events one by one."""
        present, encoded, world = self.answered_anew(recorded)
        self.compare(present, encoded, world, recorded.data["tool"])
        if present[-1].kind == VOIDED:
            self.ended = VOIDED
        self.calls += 1

    def clock(self, recorded: Event) -> None:
        """Move the clock as it was moved, and let happen anew what is due then."""
        if (fault := self.fault(recorded)) is not None:
            self.malformed(recorded, fault)
        present = self.agenda.passing(self.world, recorded.at, self.seq, recorded.cause)
        self.compare(present, [event_bytes(event) for event in present], self.world.fold(present))
        self.cause = recorded.seq

    def compare(
        self, present: Sequence[Event], encoded: Sequence[bytes], world: World, tool: str | None = None
    ) -> None:
        """Events made anew with those recorded, one by one; then go on after them, in the world they leave."""
        first = self.seq
        events, hashes, head = self.events, self.hashes, self.head
        last = first + len(present)
        # Where the recording is cut short, an earlier difference is still the one to report.
        for seq, data in enumerate(encoded[: len(events) - first], first):
            if data != event_bytes(events[seq]):
                kind, reason = _what_differs(events[seq], present[seq - first])
                raise _Diverged(Divergence(seq, kind, reason, events[seq], present[seq - first], tool))
            head = chain(head, data)
            if head != hashes[seq]:
                self.hash_differs(events[seq])
        if last > len(events):
            missing = present[len(events) - first]
            within = "this call" if tool else "what was due"
            raise _Diverged(
                Divergence(missing.seq, "unfinished", f"the recording ends inside {within}", None, missing, tool)
            )
        self.go_on(present, world)
        self.head, self.seq = head, last

    def go_on(self, events: Sequence[Event], world: World) -> None:
        self.world = world
        for event in events:
            self.agenda = self.agenda.after(event)

    def answered_anew(self, recorded: Event) -> tuple[list[Event], list[bytes], World]:
        """The events this call brings about with the handlers at hand, their bytes, and the world after them."""
        request, data = self.request(recorded)
        called = Event(self.seq, CALLED, self.world.now, data, self.cause)
        try:
            seq = self.seq
            present = answered(self.agenda, self.world, self.toolset, called, request, lambda: self.events[:seq])
            reply = encode(present[-1].data["reply"])
            encoded = [*map(event_bytes, present[:-1]), returned_bytes(present[-1], reply)]
            world = self.world.fold(present)  # like `Episode.call`: facts that cannot be folded void the call
        except Exception as bug:
            present = [called, voided(called, bug)]
            encoded = [event_bytes(event) for event in present]
            world = self.world
        return present, encoded, world

    def request(self, recorded: Event) -> tuple[Request, dict[str, Any]]:
        """What was asked, from recorded data alone, and that data as the engine would write it."""
        data = recorded.data
        tool, refused = data.get("tool"), data.get("refused")
        arguments = data.get("arguments")
        asked = isinstance(arguments, dict) if refused is None else isinstance(refused, str)
        if type(tool) is not str or not asked or not _CALL_DATA.issuperset(data):
            self.malformed(recorded, "a tool.called needs a tool and either arguments or the reason of refusal")
        request = Request(arguments, refused, data.get("size"), data.get("sha256"))
        named = {"tool": tool} if "call_id" not in data else {"tool": tool, "call_id": data["call_id"]}
        return request, {**named, **request.recorded()}

    # --- what came from outside: taken as recorded ---------------------------------------------------------------

    def outside(self, event: Event) -> None:
        """Check the form of an event that is taken as recorded, and fold it."""
        fault = self.fault(event)
        if fault is not None:
            self.malformed(event, fault)
        self.head = chain(self.head, event_bytes(event))
        if self.head != self.hashes[self.seq]:
            self.hash_differs(event)
        self.go_on((event,), self.world.fold((event,)))
        if event.kind == CLOSED:
            self.ended = CLOSED
        self.cause = self.seq
        self.seq += 1

    def fault(self, event: Event) -> str | None:
        """Why the engine would not have written this event here, or None."""
        kind, seq = event.kind, self.seq
        if event.seq != seq:
            return f"it says seq {event.seq}, but {seq} is its place"
        if event.at < self.world.now:
            return f"simulation time goes back from {self.world.now} to {event.at} ms"
        if event.at > self.world.now and kind != CLOCK_ADVANCED:
            return f"simulation time goes from {self.world.now} to {event.at} ms without a clock.advanced"
        if (kind == OPENED) != (event.cause is None) or (event.cause is not None and not 0 <= event.cause < seq):
            return f"its cause is {event.cause}"
        if kind == OPENED:
            self.toolset = self.toolsets[seq]
            return self.opening_fault(event) or given_fault(self.world, self.toolset, kind, event.changes)
        if seq == 0:
            return "a history begins with episode.opened"
        if kind == RETURNED or (kind == VOIDED and self.ended is None):
            return f"{kind} without a call"
        if self.events[seq - 1].kind == ANSWERED and kind not in (CLOSED, OPENED):
            return f"{kind} between an answer and the close"
        if kind == PLANNED and (fault := self.planned_fault(event)):
            return fault
        if kind == PROMPTED and "answers" in event.data and (fault := self.answer_fault(event)):
            return fault
        if self.ended == VOIDED or (self.ended == CLOSED and kind not in AFTERWARDS):
            return f"{kind} after {self.ended}"
        if kind.startswith("tool."):
            return f"{kind} outside a call"
        if kind in AFTERWARDS and self.ended is None:
            return "a verdict or a grade before the end"
        return given_fault(self.world, self.toolset, kind, event.changes)

    def planned_fault(self, event: Event) -> str | None:
        try:
            return plan_fault(Plan.read(event.data), self.world, self.toolset)
        except ValueError as error:
            return str(error)

    def answer_fault(self, event: Event) -> str | None:
        """Why whoever asked would not have said this when he was asked back; of a model in his place nobody can tell."""
        asked, respondent = event.data["answers"], self.agenda.respondent
        if asked != self.seq - 1 or self.events[asked].kind != RESPONDED:
            return "it answers no turn before it"
        if "by" in event.data:
            return None
        text = str(self.events[asked].data.get("text") or "")
        said = respondent.answers(text, answered_before(self.events[: self.seq])) if respondent else None
        return None if event.data.get("text") == said else "whoever asked does not say this when he is asked back"

    def opening_fault(self, event: Event) -> str | None:
        parent = event.data.get("parent")
        if event.data.get("format") != FORMAT:
            return f"format {event.data.get('format')}; this version verifies format {FORMAT}"
        if self.ended is not None:
            return f"a fork after {self.ended}"
        if (self.seq == 0) != (parent is None):
            return "only the first event of a history without parent opens without naming one"
        named = (parent.get("seq"), parent.get("hash")) if isinstance(parent, dict) else parent
        if named is not None and named != (self.seq - 1, self.head.hex()):
            return "the fork names another history than the one before it"
        edited = (edited_reply_fault(self.events[: self.seq], one["seq"]) for one in event.data.get("replies", ()))
        return next((fault for fault in edited if fault), None)

    # --- the ways to stop ----------------------------------------------------------------------------------------

    def malformed(self, event: Event, reason: str) -> NoReturn:
        raise _Diverged(Divergence(self.seq, "form", reason, event))

    def hash_differs(self, event: Event) -> NoReturn:
        raise _Diverged(Divergence(event.seq, "hash", "the recorded hash does not cover this event", event))


def _pinned(trajectory: Trajectory, toolset_for: ToolsetFor, genesis: Genesis) -> dict[int, Toolset]:
    """The tools of every opening of the line, its parents' included, which all name this world. Raises DigestMismatch."""
    found: dict[int, Toolset] = {}
    for event in trajectory.events:
        if event.kind == OPENED:
            if event.data["genesis"] != genesis.digest:
                raise DigestMismatch("world", event.data["genesis"], genesis.digest)
            found[event.seq] = toolset_for(event.data)
            found[event.seq].check(event.data)
    return found


def _what_differs(recorded: Event, present: Event) -> tuple[Difference, str]:
    if present.kind == CALLED:
        return "call", "the call stands otherwise than the engine records it"
    if present.kind == VOIDED:
        return "voided", f"the handler now fails with {present.data['error']}: {present.data['message']}"
    if recorded.kind == VOIDED:
        return "voided", "the handler failed in the recording and now answers"
    if recorded.kind != present.kind:
        return "fact", f"{recorded.kind} was recorded, {present.kind} is produced"
    if present.kind == RETURNED:
        return "reply", "the reply differs"
    return "fact", f"{present.kind} differs"


def _compare_grade(trajectory: Trajectory, regrade: Regrade) -> None:
    """Only the last grade counts, and only that one is made again."""
    own = trajectory.events[trajectory.inherited :]
    graded = next((event for event in reversed(own) if event.kind == GRADED), None)
    if graded is None:
        return
    past = Trajectory(
        trajectory.id, trajectory.events[: graded.seq], trajectory.hashes[: graded.seq], trajectory.inherited
    )
    present = Event(graded.seq, GRADED, graded.at, regrade(past), graded.cause)
    if event_bytes(present) != event_bytes(graded):
        raise _Diverged(Divergence(graded.seq, "grade", "the grade differs", graded, present))


def _text(event: Event | None) -> str:
    return "nothing" if event is None else event_bytes(event).decode()
