"""Events: immutable facts, what they changed, and the hash chain that ties them together."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .canonical import encode
from .clock import EARLIEST_MS, LATEST_MS
from .errors import InvalidInput

# What the engine itself records. Everything else in a line is a fact of a tool call, between its
# `tool.called` and its `tool.returned`, or an outside event (`prompt.given`, `model.responded`, ...).
OPENED = "episode.opened"
PREPARED = "world.prepared"
"""Adds a task's own rows to the world before the agent begins; recorded from outside, like a prompt."""
CLOSED = "episode.closed"
VOIDED = "episode.voided"
GRADED = "episode.graded"
JUDGED = "criterion.judged"
"""What a judge said of one criterion of an answer: the digest of the question, verdict, votes, model."""
DIAGNOSED = "episode.diagnosed"
"""Why it failed, as code or a reader says: labels with the seqs they show at."""
AFTERWARDS = frozenset({GRADED, JUDGED, DIAGNOSED})
"""What may follow the close: it is about what was done and said, and changes nothing."""
PROMPTED = "prompt.given"
RESPONDED = "model.responded"
ANSWERED = "answer.submitted"
CLOCK_ADVANCED = "clock.advanced"
"""`due`: how many of the next events are what fell due with it."""
PLANNED = "agenda.planned"
"""How time passes from here on, and what is due when: see `agenda`."""
FAILED = "agent.failed"
"""Its agent raised something; the close follows."""
FAULTED = "tool.faulted"
"""A call goes wrong, as was planned: see `faults`."""
CALLED = "tool.called"
RETURNED = "tool.returned"

Status = Literal["open", "closed", "voided"]

ENDINGS: dict[str, Status] = {CLOSED: "closed", VOIDED: "voided"}
"""What an episode's status is from this kind of event on; it is "open" before."""

GENESIS_HASH = bytes(32)
"""What the first event of a line without a parent is chained to."""


class Change(Struct, frozen=True, omit_defaults=True):
    """What an event did to one row: fields set (all of them when the row is new) and fields removed."""

    entity: str
    id: str
    set: dict[str, Any]
    removed: tuple[str, ...] = ()


class Event(Struct, frozen=True, omit_defaults=True):
    """A fact in the past tense.

    seq: place in the line, counted from 0 through all ancestors.
    at: simulation time, epoch milliseconds.
    cause: seq of the event that brought this one about.
    changes: what the world's fold applies; nothing else in an event touches rows.
    """

    seq: Annotated[int, Meta(ge=0)]
    kind: str
    at: Annotated[int, Meta(ge=EARLIEST_MS, le=LATEST_MS)]
    data: dict[str, Any]
    cause: int | None = None
    changes: tuple[Change, ...] = ()


_EPISODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~@:-]{0,199}")

event_bytes = encode
"""The canonical bytes of an event: what is stored, hashed and compared."""


def chain(previous: bytes, data: bytes) -> bytes:
    """The hash of an event: SHA-256 over the previous event's hash and this event's canonical bytes."""
    return sha256(previous + data).digest()


def check_episode_id(id: str) -> str:
    """The id itself. Raises InvalidInput: ids stand in file lines and URL paths."""
    if not _EPISODE_ID.fullmatch(id):
        raise InvalidInput(f"{id!r} cannot name an episode: use letters, digits and . _ ~ @ : - (at most 200)")
    return id
