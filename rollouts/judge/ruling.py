"""Verdicts in the log: each judge's readings of a question as one `criterion.judged`, and after them a grade that reads them.

Whatever is imported, asked or typed comes through here, so that nothing is written twice and nothing is lost: further votes of
the same judge join those he gave, and what he has said already is not said again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from ...engine.event import JUDGED, Event
from ..folder import RunFolder
from .questions import Question, end
from .readings import Reading, majority


@frozen
class Ruling:
    """What one judge says of one question. prompt: digest of what he was told first, "" for a person."""

    question: Question
    model: str
    prompt: str
    readings: tuple[Reading, ...]


@frozen
class Written:
    """What was recorded: verdicts, criteria that waited and no longer do, episodes graded anew."""

    verdicts: int = 0
    settled: int = 0
    graded: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.verdicts + other.verdicts, self.settled + other.settled, self.graded + other.graded)


@frozen
class Clerk:
    """Who writes verdicts into a run."""

    folder: RunFolder

    def write(self, episode: str, rulings: Iterable[Ruling]) -> Written:
        """Record those rulings of one episode that say something new, and grade it."""
        rulings = list(rulings)
        events = self.folder.trajectory(episode).events
        new = [data for ruling in rulings if (data := _data(ruling, events)) is not None]
        if not new:
            return Written()
        live = self.folder.take_up(episode)
        for data in new:
            live.record(JUDGED, data)
        passed = {criterion.id: criterion.passed for criterion in self.folder.grade(live).criteria}
        waited = {ruling.question.criterion.id for ruling in rulings if ruling.question.waits}
        return Written(len(new), sum(passed[id] is not None for id in waited), 1)


def readings_of(question: Question, model: str, prompt: str) -> dict[int, Reading]:
    """What this judge has said of it last, by number of the vote."""
    said = _said(question, model, prompt, question.past.events)
    return said[-1] if said else {}


def readings_in(event: Event) -> dict[int, Reading]:
    """The readings that a `criterion.judged` of ours rests on; of others (over HTTP, say) only the votes are known."""
    votes, told = event.data.get("votes") or [event.data["verdict"]], event.data.get("readings") or []
    if len(told) != len(votes):
        told = [{"vote": number, "evidence": (), "reason": ""} for number in range(len(votes))]
    pairs = zip(told, votes, strict=True)
    return {one["vote"]: Reading(one["vote"], vote, tuple(one["evidence"]), one["reason"]) for one, vote in pairs}


def _said(question: Question, model: str, prompt: str, events: Sequence[Event]) -> list[dict[int, Reading]]:
    """Earlier verdicts of this judge, under the same prompt, on this very question."""
    who = (question.digest, question.criterion.id, model, prompt)
    return [readings_in(e) for e in events if e.kind == JUDGED and _who(e.data) == who]


def _who(data: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return data["question"], data["criterion"], data["model"], data.get("prompt") or ""


def _data(ruling: Ruling, events: Sequence[Event]) -> dict[str, Any] | None:
    """As it is recorded; None where one verdict of his held all these readings before. A person may change his mind, and back,
    so of him only the last one counts."""
    question = ruling.question
    given = {reading.vote: _sound(reading, question) for reading in ruling.readings}
    before = _said(question, ruling.model, ruling.prompt, events)
    if any(given.items() <= said.items() for said in (before if ruling.prompt else before[-1:])):
        return None
    whole = {**(before[-1] if before else {}), **given}
    readings = [whole[vote] for vote in sorted(whole)]
    votes = [reading.verdict for reading in readings]
    told = [{"vote": one.vote, "evidence": list(one.evidence), "reason": one.reason} for one in readings]
    about = {"criterion": question.criterion.id, "question": question.digest, "verdict": majority(votes)}
    data = {**about, "model": ruling.model, "votes": votes, "readings": told}
    return {**data, **{name: v for name, v in (("prompt", ruling.prompt), ("probe", question.probe)) if v}}


def _sound(reading: Reading, question: Question) -> Reading:
    """Without seqs that the judge was not shown."""
    last = end(question.past)
    return Reading(reading.vote, reading.verdict, tuple(s for s in reading.evidence if 0 <= s <= last), reading.reason)
