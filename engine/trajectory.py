"""The recorded history of one episode, including the part inherited from its parents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen
from msgspec.structs import replace

from .errors import DigestMismatch, NotAtBoundary
from .event import (
    ANSWERED,
    CALLED,
    CLOCK_ADVANCED,
    CLOSED,
    ENDINGS,
    FAILED,
    FAULTED,
    GRADED,
    OPENED,
    PLANNED,
    PROMPTED,
    RETURNED,
    VOIDED,
    Change,
    Event,
    Status,
)
from .genesis import Genesis
from .world import World


def is_fact_of(called: Event, event: Event) -> bool:
    """Whether an event between a call and its reply is the call's own doing, and did not just happen meanwhile."""
    return event.cause == called.seq and event.kind not in (CLOCK_ADVANCED, FAULTED)


@frozen
class Call:
    """One tool call of a history: what was asked, the facts it made true, and the reply."""

    called: Event
    facts: tuple[Event, ...]
    returned: Event

    @property
    def seq(self) -> int:
        return self.called.seq

    @property
    def tool(self) -> str:
        return self.called.data["tool"]

    @property
    def arguments(self) -> dict[str, Any]:
        """What was asked; empty when the arguments could not be read at all."""
        return self.called.data.get("arguments") or {}

    @property
    def reply(self) -> Any:
        return self.returned.data["reply"]

    @property
    def ok(self) -> bool:
        """False for a rejection."""
        return self.returned.data["ok"]


@frozen(repr=False)
class Trajectory:
    """A line of events from `episode.opened`. `events[n].seq == n`, and `hashes[n]` is that event's hash.

    inherited: how many leading events belong to ancestors.
    """

    id: str
    events: Sequence[Event]
    hashes: Sequence[bytes]
    inherited: int = 0

    def __len__(self) -> int:
        return len(self.events)

    def __repr__(self) -> str:
        return f"Trajectory({self.id}, {len(self)} events, {self.status})"

    @property
    def opened(self) -> Event:
        """The event that opened this line: the last `episode.opened`, for a fork opens anew."""
        return self.events[self.inherited]

    @property
    def parent(self) -> dict[str, Any] | None:
        """`{"episode", "seq", "hash"}` of a fork's origin."""
        return self.opened.data.get("parent")

    @property
    def task(self) -> dict[str, Any] | None:
        """`{"id", "digest"}` of what was to be done; None in a bare world."""
        return next((e.data["task"] for e in reversed(self.events) if e.kind == OPENED and e.data.get("task")), None)

    @property
    def edits(self) -> tuple[Change, ...]:
        """What forks changed in the world at their openings, the earliest first."""
        return tuple(change for event in self.events if event.kind == OPENED for change in event.changes)

    @property
    def clock_set(self) -> int | None:
        """Where simulation time was last moved to from outside, not by a call; None where it never was."""
        moves = (e for e in reversed(self.events) if e.kind == CLOCK_ADVANCED and e.cause is not None)
        return next((e.at for e in moves if e.cause is not None and self.events[e.cause].kind != CALLED), None)

    @property
    def plans(self) -> list[Event]:
        """Those that change what happens in the world of itself."""
        return [e for e in self.events if e.kind == PLANNED and (e.data.get("due") or e.data.get("instead"))]

    @property
    def head_hash(self) -> str:
        return self.hashes[-1].hex()

    @property
    def status(self) -> Status:
        for event in reversed(self.events[self.inherited :]):
            if event.kind in ENDINGS:
                return ENDINGS[event.kind]
        return "open"

    @property
    def failed(self) -> bool:
        """Whether it was closed because its agent raised something."""
        return self.status == "closed" and any(e.kind == FAILED for e in self.events[self.inherited :])

    @property
    def prompt(self) -> str | None:
        """The last user prompt; what the requester says when he is asked back is none."""
        said = (e.data for e in reversed(self.events) if e.kind == PROMPTED and "answers" not in e.data)
        return next((data["text"] for data in said if data.get("role") == "user" and "text" in data), None)

    @property
    def answer(self) -> str | None:
        """The final answer, or None."""
        return next((e.data["text"] for e in reversed(self.events) if e.kind == ANSWERED), None)

    @property
    def grade(self) -> dict[str, Any] | None:
        """The last recorded grade."""
        own = self.events[self.inherited :]
        return next((e.data for e in reversed(own) if e.kind == GRADED), None)

    @property
    def edited_replies(self) -> dict[int, dict[str, Any]]:
        """Seq of a reply -> `{"ok", "reply"}` as forks edited it, the latest edit of each."""
        edited = (one for e in self.events if e.kind == OPENED for one in e.data.get("replies", ()))
        return {one["seq"]: {"ok": one.get("ok", True), "reply": one["reply"]} for one in edited}

    def as_told(self) -> Sequence[Event]:
        """The events as the agent of this line met them: edited replies in place of those that were given."""
        edited = self.edited_replies
        if not edited:
            return self.events
        return [replace(e, data=edited[e.seq]) if e.seq in edited else e for e in self.events]

    def calls(self) -> Iterator[Call]:
        """All completed calls, in order, with the replies as the agent was told them."""
        called: Event | None = None
        facts: list[Event] = []
        for event in self.as_told():
            if event.kind == CALLED:
                called, facts = event, []
            elif event.kind == RETURNED and called is not None:
                yield Call(called, tuple(facts), event)
                called = None
            elif called is not None and is_fact_of(called, event):
                facts.append(event)

    def world_at(self, seq: int, genesis: Genesis) -> World:
        """The world after event `seq` (-1: genesis itself). Raises NotAtBoundary when there is no such event."""
        self.check_genesis(genesis)
        if seq != -1:
            self._check_seq(seq)
        return World(genesis).fold(self.events[: seq + 1])

    def check_genesis(self, genesis: Genesis) -> None:
        """Raises DigestMismatch unless this history was made on that genesis."""
        recorded = self.events[0].data["genesis"]
        if recorded != genesis.digest:
            raise DigestMismatch("world", recorded, genesis.digest)

    def last_boundary(self) -> int:
        """The last event a fork may start after."""
        called: int | None = None
        for event in self.events[self.inherited :]:
            if event.kind == CALLED:
                called = event.seq
            elif event.kind == RETURNED:
                called = None
            elif event.kind == CLOSED:
                answered = self.events[event.seq - 1].kind == ANSWERED
                return event.seq - 2 if answered else event.seq - 1  # to answer is to end
            elif event.kind == VOIDED:
                break
        return len(self.events) - 1 if called is None else called - 1  # before a call that failed or was torn

    def check_boundary(self, seq: int) -> None:
        """Raises NotAtBoundary unless a fork may start after event `seq`."""
        self._check_seq(seq)
        call = next((e for e in reversed(self.events[: seq + 1]) if e.kind in (CALLED, RETURNED, VOIDED)), None)
        if call is not None and call.kind == CALLED:
            end = next((e.seq for e in self.events[seq:] if e.kind == RETURNED), None)
            advice = f"fork at {call.seq - 1} or {end}" if end is not None else f"fork at {call.seq - 1}"
            raise NotAtBoundary(f"Event {seq} of {self.id} lies inside the call at {call.seq}; {advice}")
        moved = next((e for e in reversed(self.events[: seq + 1]) if e.kind == CLOCK_ADVANCED), None)
        if moved is not None and seq < (end := moved.seq + moved.data.get("due", 0)):
            raise NotAtBoundary(
                f"At {seq} of {self.id} what was due is still happening; fork at {moved.seq - 1} or {end}"
            )
        if seq > self.last_boundary():
            raise NotAtBoundary(f"{self.id} had ended by event {seq}; fork at {self.last_boundary()} or earlier")

    def _check_seq(self, seq: int) -> None:
        if not 0 <= seq < len(self.events):
            raise NotAtBoundary(f"{self.id} has no event {seq}; its events are 0 to {len(self.events) - 1}")
