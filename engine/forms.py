"""What the data of the events the engine knows must look like; other kinds are free.

Checked where data comes in (`Episode.record`) and where a log is read, so that whoever reads a history finds what the
kind promises. What the engine writes itself is required; what comes from outside may be absent, but not be of another
type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from .agenda import Plan
from .event import (
    ANSWERED,
    CALLED,
    CLOSED,
    DIAGNOSED,
    GRADED,
    JUDGED,
    OPENED,
    PLANNED,
    PROMPTED,
    RESPONDED,
    RETURNED,
    VOIDED,
)


class Task(Struct):
    """What was to be done: the task of that digest is kept in the run."""

    id: str
    digest: str


class Parent(Struct):
    """What a fork says of its origin."""

    episode: str
    seq: int
    hash: str


class ReplyEdit(Struct):
    """In a fork's opening: the reply its agent reads in place of the one at seq."""

    seq: int
    reply: Any
    ok: bool = True


class Opened(Struct):
    """behaviour: of the tools, what no digest covers; absent in logs from before it was recorded. described: of tools whose
    descriptions are not their own. replies: what a fork's agent was told otherwise than its parent's."""

    format: int
    engine: str
    genesis: str
    toolset: str
    tools: str
    behaviour: int = 1
    seed: int = 0
    task: Task | None = None
    parent: Parent | None = None
    described: dict[str, str] = {}
    replies: list[ReplyEdit] = []


class Called(Struct):
    """Either arguments or why there are none."""

    tool: str
    call_id: str | None = None
    arguments: dict[str, Any] | None = None
    refused: str | None = None
    size: int | None = None
    sha256: str | None = None


class Returned(Struct):
    ok: bool
    reply: Any


class Voided(Struct):
    error: str
    message: str


class Closed(Struct):
    reason: str


class Text(Struct):
    text: str


class Prompted(Struct):
    """`digest` names a text that the run keeps once. answers: of what the requester says when he is asked back, seq of the turn
    that did; by: who said it in his place, where it was no script."""

    role: str = ""
    text: str | None = None
    digest: str | None = None
    answers: int | None = None
    by: str | None = None


class Responded(Struct):
    text: str | None = None


class Graded(Struct):
    reward: float | None = None
    passed: bool | None = None
    code_reward: float | None = None
    code_passed: bool | None = None
    criteria: list[dict[str, Any]] | None = None


class Reading(Struct):
    """One reading of a judge: the number of its vote, the seqs he rests on, and why."""

    vote: int
    evidence: list[int]
    reason: str


class Judged(Struct):
    """question: the digest of what was asked. verdict: None, where the judge could not tell. votes: of each of his readings,
    and readings: in the same order, what else is known of them. prompt: the digest of what he was told first. probe: the name
    of what was appended to the answer to lead him astray; no grade reads such a verdict.
    """

    criterion: str
    question: str
    verdict: bool | None
    model: str
    votes: list[bool | None] = []
    readings: list[Reading] = []
    prompt: str | None = None
    probe: str | None = None


class Found(Struct):
    """One thing that went wrong. at: seq of the agent's event in which it did. evidence: further seqs. criteria: ids of those
    it cost. rules: of the policy. instead: what was told or done in place of what was asked for."""

    label: str
    at: int
    why: str = ""
    criteria: list[str] = []
    evidence: list[int] = []
    rules: list[str] = []
    instead: str = ""


class Diagnosed(Struct):
    """by: `code`, or who read it. findings: the first decisive one first; none where nothing is found."""

    by: str
    findings: list[Found]


FORMS: Mapping[str, Any] = {
    OPENED: Opened,
    PLANNED: Plan,
    CALLED: Called,
    RETURNED: Returned,
    VOIDED: Voided,
    CLOSED: Closed,
    ANSWERED: Text,
    PROMPTED: Prompted,
    RESPONDED: Responded,
    GRADED: Graded,
    JUDGED: Judged,
    DIAGNOSED: Diagnosed,
}


def check_form(kind: str, data: dict[str, Any]) -> None:
    """Raises ValueError unless data is what its kind promises."""
    form = FORMS.get(kind)
    if form is not None:
        msgspec.convert(data, form)
