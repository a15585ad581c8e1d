"""Checks: what decides a criterion, as data. Each names what it looks for and answers with a verdict and its evidence.

Final state: `Unchanged`. Answer facts: `States`, `Lacks`, `StatesNumber`, `LacksNumber`, `StatesDate`, `LacksDate`,
`Assigns`, `Compares`. Process: `Saw`, `Asked`, `StoppedAfter`. `with_words` ties a fact to what it is said of: one of the
words must stand in the same statement or in the heading above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from attrs import field, frozen
from msgspec import Struct

from ..engine.clock import fixed_zone, local
from ..engine.event import ANSWERED
from ..engine.trajectory import Call, Trajectory
from .facts import Answer, Statement, plain_phrase


@frozen
class Verdict:
    """Whether a criterion is met, why, and the seqs of the events it rests on."""

    passed: bool
    reason: str
    evidence: tuple[int, ...] = ()


@frozen(slots=False)
class Evidence:
    """What a finished episode offers to checks."""

    trajectory: Trajectory
    _about: dict[tuple[str, ...], list[Statement]] = field(
        factory=dict[tuple[str, ...], list[Statement]], repr=False, init=False
    )

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self.trajectory.calls())

    @cached_property
    def answer(self) -> Answer:
        return Answer(self.trajectory.answer or "")

    @cached_property
    def answered_at(self) -> tuple[int, ...]:
        """Seq of the answer."""
        return tuple(e.seq for e in self.trajectory.events if e.kind == ANSWERED)[-1:]

    @cached_property
    def year(self) -> int:
        """The year of the simulation clock, for dates written without one."""
        return local(self.trajectory.events[0].at, fixed_zone(-5)).year

    @cached_property
    def seen(self) -> dict[str, int]:
        """Row id -> seq of the first reply that showed the row in full."""
        first: dict[str, int] = {}
        for call in self.calls:
            for row in _rows(call.reply):
                first.setdefault(row["id"], call.returned.seq)
        return first

    def about(self, words: tuple[str, ...]) -> list[Statement]:
        """The statements that concern any of the words."""
        found = self._about.get(words)
        if found is None:
            present = [word for word in words if plain_phrase(word) in self.answer.text]
            statements = self.answer.statements if present or not words else ()
            found = self._about[words] = [s for s in statements if s.concerns(present)]
        return found

    def says(self, phrases: Iterable[str], with_words: tuple[str, ...] = ()) -> list[str]:
        """Those of the phrases that the answer says, undenied, in a statement that concerns any of the words."""
        candidates = [phrase for phrase in phrases if plain_phrase(phrase) in self.answer.text]
        return [phrase for phrase in candidates if any(s.says(phrase) for s in self.about(with_words))]


def _rows(reply: Any) -> list[dict[str, Any]]:
    rows = reply if isinstance(reply, list) else [reply]
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


class Check(Struct, frozen=True, tag_field="check", kw_only=True, forbid_unknown_fields=True):
    """Base of all checks."""

    def judge(self, evidence: Evidence) -> Verdict:
        raise NotImplementedError


class Unchanged(Check, frozen=True, tag="unchanged"):
    """No row of the world was changed."""

    def judge(self, evidence: Evidence) -> Verdict:
        events = [event for event in evidence.trajectory.events if event.changes]
        if not events:
            return Verdict(True, "no row was changed")
        rows = sorted({f"{change.entity} {change.id}" for event in events for change in event.changes})
        return Verdict(False, f"changed: {', '.join(rows)}", tuple(event.seq for event in events))


class States(Check, frozen=True, tag="states"):
    """The answer says at least one phrase of every group, undenied. A group is a tuple of alternatives."""

    groups: tuple[tuple[str, ...], ...]
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        missing = [group for group in self.groups if not evidence.says(group, self.with_words)]
        if missing:
            return Verdict(False, f"not stated: {' / '.join(missing[0][:3])}", evidence.answered_at)
        return Verdict(True, "stated", evidence.answered_at)


class Lacks(Check, frozen=True, tag="lacks"):
    """The answer says none of the phrases, or only to deny them."""

    phrases: tuple[str, ...]
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        found = evidence.says(self.phrases, self.with_words)
        return Verdict(not found, f"says: {', '.join(found)}" if found else "not said", evidence.answered_at)


class StatesNumber(Check, frozen=True, tag="states_number"):
    """The answer gives this number or amount of money. `value` is a decimal literal."""

    value: str
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        wanted = Decimal(self.value)
        given = {number for statement in evidence.about(self.with_words) for number in statement.numbers}
        if wanted in given:
            return Verdict(True, f"gives {self.value}", evidence.answered_at)
        others = ", ".join(str(number) for number in sorted(given)[:8]) or "no number"
        return Verdict(False, f"does not give {self.value}; there: {others}", evidence.answered_at)


class StatesDate(Check, frozen=True, tag="states_date"):
    """The answer gives this day (ISO) in connection with one of the words."""

    day: str
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        given = _dates(evidence, self.with_words)
        passed = date.fromisoformat(self.day) in given
        others = ", ".join(map(str, sorted(given))) or "no date"
        return Verdict(
            passed, f"gives {self.day}" if passed else f"{self.day} missing; there: {others}", evidence.answered_at
        )


class LacksDate(Check, frozen=True, tag="lacks_date"):
    """The answer gives none of these days in connection with any of the words."""

    days: tuple[str, ...]
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        found = sorted(_dates(evidence, self.with_words) & {date.fromisoformat(day) for day in self.days})
        reason = f"gives {', '.join(map(str, found))}" if found else "none of them given"
        return Verdict(not found, reason, evidence.answered_at)


class Assigns(Check, frozen=True, tag="assigns"):
    """The answer gives a role ("most popular") to the right thing, and nowhere calls a rival that.

    unless: longer phrases that only contain a role's words ("next most expensive" is not "most expensive").
    """

    role: tuple[str, ...]
    names: tuple[str, ...]
    rivals: tuple[str, ...]
    unless: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        statements = [self._without_unless(statement) for statement in evidence.about(self.role)]
        statements = [s for s in statements if s.concerns(self.role)] if self.unless else statements
        wrong = next((s for s in statements for rival in self.rivals if _equates(s.text, self.role, rival)), None)
        if wrong is not None:
            return Verdict(False, f"says: {wrong.text[:120]}", evidence.answered_at)
        right = next((s for s in statements for name in self.names if s.says(name)), None)
        if right is None:
            return Verdict(False, f"{self.names[0]} is not named as {self.role[0]}", evidence.answered_at)
        return Verdict(True, f"says: {right.text[:120]}", evidence.answered_at)

    def _without_unless(self, statement: Statement) -> Statement:
        if not any(phrase in statement.text or phrase in statement.context for phrase in self.unless):
            return statement
        text, context = statement.text, statement.context
        for phrase in self.unless:
            text, context = text.replace(phrase, "..."), context.replace(phrase, "...")
        return Statement(text, context)


class LacksNumber(Check, frozen=True, tag="lacks_number"):
    """The answer does not give this number in connection with any of the words."""

    value: str
    with_words: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        found = [s for s in evidence.about(self.with_words) if Decimal(self.value) in s.numbers]
        return Verdict(not found, f"says: {found[0].text[:120]}" if found else "not given", evidence.answered_at)


class Item(Struct, frozen=True):
    """Something compared: its names, and the facts to be said of each; a fact is a tuple of alternatives."""

    names: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]


class Compares(Check, frozen=True, tag="compares"):
    """The answer says every fact of every item, in prose, a list or a table of either direction."""

    items: tuple[Item, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        for item in self.items:
            for fact in item.facts:
                if not evidence.says(fact, item.names):
                    return Verdict(False, f"{item.names[0]}: {' / '.join(fact)} missing", evidence.answered_at)
        return Verdict(True, f"all facts of {len(self.items)} items", evidence.answered_at)


class Saw(Check, frozen=True, tag="saw"):
    """Every one of these rows was shown in full by some reply, by whatever route."""

    ids: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        missing = [id for id in self.ids if id not in evidence.seen]
        if missing:
            return Verdict(False, f"never looked at {len(missing)} of {len(self.ids)} rows, e.g. {missing[0]}")
        return Verdict(True, f"looked at all {len(self.ids)}", tuple(sorted({evidence.seen[id] for id in self.ids})))


class Asked(Check, frozen=True, tag="asked"):
    """Some call of the tool had a text argument of at most so many words."""

    tool: str
    argument: str
    max_words: int

    def judge(self, evidence: Evidence) -> Verdict:
        for call in evidence.calls:
            value = call.arguments.get(self.argument)
            if call.tool == self.tool and isinstance(value, str) and 0 < len(value.split()) <= self.max_words:
                return Verdict(True, f"asked {self.tool} for {value!r}", (call.seq,))
        return Verdict(False, f"never asked {self.tool} for {self.max_words} word(s)")


class StoppedAfter(Check, frozen=True, tag="stopped_after"):
    """Once all these rows had been seen, none of the tools was called."""

    ids: tuple[str, ...]
    tools: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        known_at = max((evidence.seen.get(id, -1) for id in self.ids), default=-1)
        if not all(id in evidence.seen for id in self.ids):
            return Verdict(False, "the facts that settle the question were never looked at")
        later = [call for call in evidence.calls if call.seq > known_at and call.tool in self.tools]
        if later:
            names = ", ".join(dict.fromkeys(call.tool for call in later))
            return Verdict(False, f"{len(later)} further calls: {names}", tuple(call.seq for call in later))
        return Verdict(True, "went no further", (known_at,))


AnyCheck = (
    Unchanged
    | States
    | Lacks
    | StatesNumber
    | LacksNumber
    | StatesDate
    | LacksDate
    | Assigns
    | Compares
    | Saw
    | Asked
    | StoppedAfter
)


_LINK = (
    r"(?: (?:board|motherboard|one|model|option|product))?"
    r"(?: ?(?::|-|\||=|,) ?| is | was )"
    r"(?:(?:the|his|her|our|your|a) )?"
)


def _equates(text: str, role: Iterable[str], rival: str) -> bool:
    """Whether the text calls the rival by the role: "most popular: X", "X is our most popular board"."""
    rival = plain_phrase(rival)
    return rival in text and any(words in text and _equation(words, rival).search(text) for words in role)


@lru_cache(maxsize=4096)
def _equation(words: str, rival: str) -> re.Pattern[str]:
    words, rival = re.escape(words), re.escape(rival)
    return re.compile(rf"\b{words}{_LINK}{rival}(?!\w)|(?<!\w){rival}{_LINK}{words}\b")


def _dates(evidence: Evidence, words: tuple[str, ...]) -> set[date]:
    return {day for statement in evidence.about(words) for day in statement.dates(evidence.year)}
