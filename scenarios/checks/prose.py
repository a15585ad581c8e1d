"""Checks of prose by phrase lists, as the first four tasks use them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from math import inf

from msgspec import Struct

from ..facts import Number, Statement, plain_phrase
from .base import Check, Evidence, Verdict


class States(Check, frozen=True, tag="states"):
    """The answer says at least one phrase of every group, undenied. A group is a tuple of alternatives.

    never: what must not be said of the same. after: only what follows the first statement that says this counts.
    """

    groups: tuple[tuple[str, ...], ...]
    with_words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    after: str = ""

    def judge(self, evidence: Evidence) -> Verdict:
        missing = [group for group in self.groups if not evidence.says(group, self.with_words, self.after)]
        if missing:
            return Verdict(False, f"not stated: {' / '.join(missing[0][:3])}", evidence.answered_at)
        wrong = evidence.says(self.never, self.with_words)
        return Verdict(not wrong, f"also says: {', '.join(wrong)}" if wrong else "stated", evidence.answered_at)


class Affirms(Check, frozen=True, tag="affirms"):
    """The answer takes a side and sticks to it: it says a `yes` phrase or denies a `no` phrase, and never the reverse."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        for_it = None
        for statement in evidence.about(self.with_words):
            sides = [not statement.denies(place) for phrase in self.yes for place in statement.places(phrase)]
            sides += [statement.denies(place) for phrase in self.no for place in statement.places(phrase)]
            if not all(sides):
                return Verdict(False, f"says: {statement.text[:120]}", evidence.answered_at)
            for_it = statement if sides and for_it is None else for_it
        if for_it is None:
            return Verdict(False, f"does not say so: {' / '.join(self.yes[:3])}", evidence.answered_at)
        return Verdict(True, f"says: {for_it.text[:120]}", evidence.answered_at)


class Denies(Check, frozen=True, tag="denies"):
    """Some statement about the subject says that there is none of `what` (no article, nothing documented)."""

    what: tuple[str, ...]
    with_words: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        for statement in evidence.about(self.with_words):
            if any(statement.denies(place) for word in self.what for place in statement.places(word)):
                return Verdict(True, f"says: {statement.text[:120]}", evidence.answered_at)
        return Verdict(False, f"does not say that there is no {self.what[0]}", evidence.answered_at)


class Lacks(Check, frozen=True, tag="lacks"):
    """The answer says none of the phrases, or only to deny them."""

    phrases: tuple[str, ...]
    with_words: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        found = evidence.says(self.phrases, self.with_words)
        return Verdict(not found, f"says: {', '.join(found)}" if found else "not said", evidence.answered_at)


class StatesNumber(Check, frozen=True, tag="states_number"):
    """The answer gives this number, a decimal literal.

    near: words the number must stand close to, and then no other number may: a list of guesses is no answer.
    """

    value: str
    with_words: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        statements = evidence.about(self.with_words, loosely=True)
        given = {n.value for s in statements for n in s.numbers if not self.near or _close(s, n, self.near)}
        wanted = Decimal(self.value)
        if wanted in given and (not self.near or len(given) == 1):
            return Verdict(True, f"gives {self.value}", evidence.answered_at)
        others = ", ".join(str(number) for number in sorted(given)[:8]) or "no number"
        return Verdict(False, f"{self.value} wanted; there: {others}", evidence.answered_at)


class OnlyMoney(Check, frozen=True, tag="only_money"):
    """Every amount of money in the answer is one of these; a decimal literal each."""

    amounts: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        known = set(map(Decimal, self.amounts))
        given = {n.value for s in evidence.answer.statements for n in s.numbers if n.money}
        strange = ", ".join(str(amount) for amount in sorted(given - known)[:6])
        return Verdict(not strange, f"gives {strange}" if strange else "none but known amounts", evidence.answered_at)


class StatesDate(Check, frozen=True, tag="states_date"):
    """The answer gives this day (ISO) for the topic, and no other day for it.

    A date belongs to the topic word nearest to it: `topic` has ours, `others` those of what else the answer may date.
    allowed: further days that do no harm, such as today.
    """

    day: str
    topic: tuple[str, ...]
    others: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        given = _dated(evidence, self.topic, self.others) - {date.fromisoformat(day) for day in self.allowed}
        wanted = date.fromisoformat(self.day)
        listed = ", ".join(map(str, sorted(given)[:6])) or "no date"
        return Verdict(given == {wanted}, f"{self.day} wanted; there: {listed}", evidence.answered_at)


class LacksDate(Check, frozen=True, tag="lacks_date"):
    """The answer gives none of these days for the topic."""

    days: tuple[str, ...]
    topic: tuple[str, ...]
    others: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        found = sorted(_dated(evidence, self.topic, self.others) & {date.fromisoformat(day) for day in self.days})
        reason = f"gives {', '.join(map(str, found))}" if found else "none of them given"
        return Verdict(not found, reason, evidence.answered_at)


class OnlyDates(Check, frozen=True, tag="only_dates"):
    """Every date in the answer is one of these days."""

    days: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        known = {date.fromisoformat(day) for day in self.days}
        given = {day for s in evidence.answer.statements for _, day in s.dates(evidence.year)}
        strange = ", ".join(map(str, sorted(given - known)[:6]))
        return Verdict(not strange, f"gives {strange}" if strange else "none but known dates", evidence.answered_at)


class Assigns(Check, frozen=True, tag="assigns"):
    """The answer gives a role ("most popular") to the right thing, and nowhere to a rival.

    unless: longer phrases that only contain a role's words ("next most expensive" is not "most expensive").
    """

    role: tuple[str, ...]
    names: tuple[str, ...]
    rivals: tuple[str, ...]
    unless: tuple[str, ...] = ()

    def judge(self, evidence: Evidence) -> Verdict:
        right = None
        for statement in map(self._without_unless, evidence.about(self.role)):
            for name in self._holders(statement):
                if name in self.rivals:
                    return Verdict(False, f"says: {statement.text[:120]}", evidence.answered_at)
                right = right or statement
        if right is None:
            return Verdict(False, f"{self.names[0]} is not named as {self.role[0]}", evidence.answered_at)
        return Verdict(True, f"says: {right.text[:120]}", evidence.answered_at)

    def _holders(self, statement: Statement) -> list[str]:
        """Who is given the role: the name after each mention of it, or else the last one before."""
        named = sorted((at, name) for name in (*self.names, *self.rivals) for at in statement.places(name))
        if not named:
            return []
        places = [(at, word) for word in self.role for at in statement.places(word) if not statement.denies(at)]
        if places:
            holders = (_holder(statement.text, at, at + len(plain_phrase(word)), named) for at, word in places)
            return [name for name in holders if name is not None]
        # The role is a heading: clear only when that names nobody and a single thing stands under it.
        heading = Statement(statement.context)
        clear = heading.concerns(self.role) and not heading.concerns((*self.names, *self.rivals))
        return [named[0][1]] if clear and len({self._side(name) for _, name in named}) == 1 else []

    def _side(self, name: str) -> str:
        return "" if name in self.names else name

    def _without_unless(self, statement: Statement) -> Statement:
        text, context = statement.text, statement.context
        for phrase in self.unless:
            text, context = text.replace(phrase, "..."), context.replace(phrase, "...")
        return Statement(text, context)


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


NEAR = 30
"""Characters between a number and the word it counts."""

FOLLOWING = 15
"""Characters by which a topic word after a date counts as farther away than one before it."""

_COMPARED = re.compile(r"\b(?:than|after|from|over|above|beyond|versus|vs|against|to)\b")


def _close(statement: Statement, number: Number, words: Iterable[str]) -> bool:
    return any(abs(place - number.at) <= NEAR for word in words for place in statement.places(word))


def _dated(evidence: Evidence, topic: Sequence[str], others: Sequence[str]) -> set[date]:
    """The days given for a topic: those whose nearest topic word, in the statement or else its context, is one of ours."""
    given: set[date] = set()
    for statement in evidence.answer.statements:
        dates = statement.dates(evidence.year)
        if not dates:
            continue
        ours, theirs = _spans(statement, topic), _spans(statement, others)
        around = Statement(statement.context)
        by_context = not ours and not theirs and around.concerns(topic) and not around.concerns(others)
        for place, day in dates:
            if by_context or _distance(ours, place) < _distance(theirs, place):
                given.add(day)
    return given


def _spans(statement: Statement, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand, ascending."""
    return sorted((at, at + len(plain_phrase(word))) for word in words for at in statement.places(word))


def _distance(spans: list[tuple[int, int]], place: int) -> float:
    """Characters from a place to the nearest word. A word before it counts as nearer: "delivered on ..., day 21 is ..."."""
    following = bisect_left(spans, (place, 0))
    before = place - spans[following - 1][1] if following else inf
    after = spans[following][0] - place + FOLLOWING if following < len(spans) else inf
    return min(before, after)


def _holder(text: str, start: int, end: int, named: list[tuple[int, str]]) -> str | None:
    """The name a role at [start, end) is given to: the next one that is not what it is compared with, else the last."""
    between = end
    for at, name in named:
        if at >= end:
            if not _COMPARED.search(text[between:at]):
                return name
            between = at + len(plain_phrase(name))
    before = [name for at, name in named if at < start]
    return before[-1] if before else None
