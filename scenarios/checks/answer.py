"""Checks of what an answer says. `of` is what is read: the final answer, or a field of the rows the agent created.

An answer may be worded in any way: presence of a value is lenient, contradiction is not. What belongs to one of several
records is decided by parts of it (owners.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import frozen

from ...engine.genesis import Schema
from ..reading.stance import Stance
from ..reading.statements import Answer, Statement, plain_phrase
from .base import Check, Evidence, Verdict
from .values import Value, left_standing, mentions, named, same, value_faults


class Names(Check, frozen=True, tag="names"):
    """The answer names every one of these, and leaves none of them out ("not included: ..." leaves out)."""

    values: tuple[Value, ...]
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        answer, at = evidence.read(self.of), evidence.seqs_of(self.of)
        missing = self.missing(evidence)
        if missing:
            open_ = all(
                any(_may_name(s, name) for s in answer.statements for name in value.spellings) for value in missing
            )
            return Verdict(
                None if open_ else False, f"{len(missing)} of {len(self.values)} not named, e.g. {missing[0].value}", at
            )
        return Verdict(True, f"names all {len(self.values)}", at)

    def missing(self, evidence: Evidence) -> list[Value]:
        """Those that it does not include."""
        answer, reported = evidence.read(self.of), self.of != "answer"  # a note names whom it quotes
        return [value for value in self.values if not _included(answer, value.spellings, reported=reported)]

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.values:
            yield "nothing to name: it always holds"
        for value in self.values:
            yield from value_faults(value)


class Asks(Check, frozen=True, tag="asks"):
    """The answer asks for one of these: a question or a request in it names it ("please send your order number")."""

    names: tuple[str, ...]

    def verdict(self, evidence: Evidence) -> Verdict:
        at, asks = evidence.answered_at, False
        for statement in evidence.answer.statements:
            wants = _WANTS.search(statement.text) is not None and _WANTS_NOT.search(statement.text) is None
            if wants and any(self._stands(statement, name) for name in self.names):
                return Verdict(True, f"asks: {statement.text[:100]}", at)
            asks = asks or wants
        return Verdict(None if asks else False, f"asks for none of {len(self.names)}, e.g. {self.names[0]}", at)

    def _stands(self, statement: Statement, name: str) -> bool:
        places = statement.places(name)
        return any(not statement.stance(at, at + len(plain_phrase(name))).unsaid for at in places)

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.names or not all(self.names):
            yield "nothing to ask for: it never holds"


_WANTS = re.compile(
    r"\?|\b(?:please|could you|can you|would you|send (?:me|us)|tell (?:me|us)|let (?:me|us) know|give (?:me|us)|reply with|"
    r"(?:i|we)(?:'d| would|'ll| will)? (?:also |just |only |first )?need)\b"
)
_WANTS_NOT = re.compile(
    r"\b(?:not|no|never|without)\b[^.?!]{0,30}\b(?:need|order number|order id|e-?mail)\b|n't need\b"
)


class NamesNoOther(Check, frozen=True, tag="names_no_other"):
    """Of these kinds of ids, or of these further names, the answer includes none but the allowed.

    prefixes: of record ids, e.g. `ord-`; an id ends in a digit (`loan-000-001`; of `loan-000-a` only `loan-000` is seen).
    others: names that may only be mentioned as left out. listed: only rows of tables and items of lists count, for answers
    that may well remark on others beside the list that was asked for. left_out: ids that are named as left out count too, where
    those are asked for as well. question: what a reader is asked where others are named, if prose may well name them as
    something else.
    """

    allowed: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    listed: bool = False
    left_out: bool = False
    question: str = ""
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        answer, at = evidence.read(self.of), evidence.seqs_of(self.of)
        if strange := self.strange(evidence):
            return Verdict(None if self.question else False, f"also names {', '.join(strange[:4])}", at)
        for statement in answer.statements:
            if any(one.stance is Stance.UNRESOLVED for one in named(statement, self.others)) and not _left_out(
                statement
            ):
                return Verdict(None, f"may name another: {statement.text[:100]}", at)
        return Verdict(True, "names no other", at)

    def strange(self, evidence: Evidence) -> list[str]:
        """What it includes and should not."""
        answer = evidence.read(self.of)
        others = [name for name in self.others if _included(answer, (name,), listed=self.listed)]
        return [*dict.fromkeys(self._strange_ids(answer)), *others]

    def _strange_ids(self, answer: Answer) -> Iterator[str]:
        if not self.prefixes:
            return
        ids = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, self.prefixes))})[\w-]*\d")
        whole = [plain_phrase(one) for one in self.allowed]
        # An id that does not end in a digit is seen as far as its last one: pay-251104-428 of pay-251104-428-failed.
        allowed = {*whole, *(seen for one in whole for seen in ids.findall(one))}
        for statement in answer.statements:
            if statement.listed or not self.listed:
                found = dict.fromkeys(id for id in ids.findall(statement.text) if id not in allowed)
                yield from (id for id in found if self._includes(statement, id))

    def _includes(self, statement: Statement, id: str) -> bool:
        if self.left_out:
            return any(not one.stance.unsaid for one in named(statement, (id,)))
        return _names(statement, (id,))

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.prefixes and not self.others:
            yield "neither prefixes nor names: it always holds"


class Avoids(Check, frozen=True, tag="avoids"):
    """The answer gives none of these values, or only to deny them. terms: only where one of these words stands."""

    values: tuple[Value, ...]
    terms: tuple[str, ...] = ()
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        at = evidence.seqs_of(self.of)
        unclear: str | bool = ""
        for statement in evidence.read(self.of).statements:
            if self.terms and not statement.concerns(self.terms):
                continue
            for value in self.values:
                stances = {one.stance for one in mentions(value, statement, evidence.calendar)}
                if Stance.ASSERTED in stances and not _left_out(statement):
                    return Verdict(False, f"gives {value.value}: {statement.text[:100]}", at)
                unclear = unclear or (
                    Stance.UNRESOLVED in stances and f"may give {value.value}: {statement.text[:100]}"
                )
        return Verdict(None, str(unclear), at) if unclear else Verdict(True, "gives none of them", at)

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.values:
            yield "nothing to avoid: it always holds"
        for value in self.values:
            yield from value_faults(value)


class TellsNoOther(Check, frozen=True, tag="tells_no_other"):
    """Of a kind of values, amounts, days or numbers, the answer tells none but these, wherever they stand.

    allowed: as a `Value` has them. question: what a reader is asked where another is told, which may be rightly reckoned or of
    something else. The numbers of a date are none, nor are those up to nine in words.
    """

    kind: Literal["money", "date", "number"]
    allowed: tuple[str, ...]
    question: str
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        at = evidence.seqs_of(self.of)
        allowed = [Value(self.kind, each) for each in self.allowed]
        for statement in evidence.read(self.of).statements:
            dates = [(day.at, day.end) for day in statement.days] if self.kind == "number" else []
            for one in left_standing(statement, self.kind, evidence.calendar):
                in_date = any(start <= one.start < end for start, end in dates)
                if not in_date and not any(same(value, one.value) for value in allowed):
                    return Verdict(None, f"also tells {one.value}: {statement.text[:100]}", at)
        return Verdict(True, "tells none beyond those on record", at)

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.allowed:
            yield "no value may be told: then it is no question of which"
        if not self.question.endswith("?"):
            yield "the question of a judge ends with a question mark"


class Private(Check, frozen=True, tag="private"):
    """None of these strings stands in the text, however it is spaced or punctuated: phone numbers, streets, e-mails."""

    values: tuple[str, ...]
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        body = _bare(evidence.read(self.of).raw)  # what is hidden is disclosed all the same
        found = [value for value in self.values if _bare(value) in body]
        reason = f"discloses {len(found)} private values" if found else "discloses none"
        return Verdict(not found, reason, evidence.seqs_of(self.of))

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.values or not all(len(_bare(value)) >= 6 for value in self.values):
            yield "no private value, or one too short to be told from chance"


class Decides(Check, frozen=True, tag="decides"):
    """The answer opens with this word of the choice the prompt gave ("yes or no first"), and never with another.

    A greeting may come before it. question: where the prompt gave no such choice, what a reader is asked; a word counts only
    where it stands by itself ("No, ..." and not "No problem"), and an answer that opens otherwise waits for him.
    """

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    question: str = ""

    def verdict(self, evidence: Evidence) -> Verdict:
        at = evidence.answered_at
        openings = [opening for s in evidence.answer.statements if (opening := self._opening(s)) is not None]
        if self.question:
            openings = [one for one in openings if one.alone]
        if not openings or not openings[0].early:
            return Verdict(None, f"does not open with {' / '.join((*self.right, *self.wrong))}", at)
        if self.question and (not openings[0].right or openings[0].vague):
            return Verdict(None, f"opens with {openings[0].word}, and only a reader can tell of what", at)
        if not openings[0].right:
            return Verdict(False, f"opens with {openings[0].word}", at)
        if openings[0].stance is not Stance.ASSERTED:
            return Verdict(None, f"does not say {openings[0].word} for certain", at)
        if any(not one.right and one.alone for one in openings):
            return Verdict(None if self.question else False, "takes it back later", at)
        return Verdict(True, f"opens with {openings[0].word}", at)

    def _opening(self, statement: Statement) -> Opening | None:
        text = _GREETING.sub("", _LABEL.sub("", statement.text.strip("\"' ")))
        choices = sorted(((w, w in self.right) for w in (*self.right, *self.wrong)), key=lambda c: -len(c[0]))
        for word, right in choices:
            if re.match(rf"{re.escape(plain_phrase(word))}(?!\w)", text):
                rest = text[len(plain_phrase(word)) :]
                right = right and not _WAVERS.match(rest)
                alone = not rest or rest[0] in ".,:;!-"
                vague = _OF_SOMETHING_ELSE.search(rest) is not None
                return Opening(word, right, alone, statement.number < 8, statement.frame(0), vague)
        return None

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.right or not self.wrong:
            yield "a choice needs a right and a wrong word"
        if self.question and not self.question.endswith("?"):
            yield "the question of a judge ends with a question mark"


_OF_SOMETHING_ELSE = re.compile(
    r"^\W*(?:(?:i|we)(?: can| could| will|'ll| looked| checked| understand| see| get| hear| have looked| have checked|"
    r"'ve looked|'ve checked)|let me|of course|sure|thanks|thank you|sorry|happy|gladly|absolutely|certainly|don't worry|"
    r"no worries|problem)\b|\b(?:unfortunately|sadly|regret)\b"
)
_WAVERS = re.compile(r"\W*(?:/|or\b|wait\b|actually\b|well\b|no wait\b)")
"""After a word of a choice: "YES or NO", "NO, wait: YES"."""


@frozen
class Opening:
    """A statement that opens with a word of a choice. alone: as a verdict of its own; early: near the top. vague: it may answer
    something else ("Yes, I can help")."""

    word: str
    right: bool
    alone: bool
    early: bool
    stance: Stance
    vague: bool


class Ordered(Check, frozen=True, tag="ordered"):
    """The answer first names these in this order; each is a tuple of spellings."""

    names: tuple[tuple[str, ...], ...]

    def verdict(self, evidence: Evidence) -> Verdict:
        places = [_first_place(evidence.answer, spellings) for spellings in self.names]
        if None in places:
            return Verdict(False, f"{self.names[places.index(None)][0]} is not named", evidence.answered_at)
        right = places == sorted(places, key=lambda p: p or (0, 0))
        return Verdict(right, "in order" if right else "not in the order asked for", evidence.answered_at)

    def faults(self, schema: Schema) -> Iterator[str]:
        if len(self.names) < 2:
            yield "an order needs two names"


_LABEL = re.compile(r"^(?:short answer|answer|verdict|decision|result|status|in short|tl;dr)\s*[:-]\s*")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|day)|thanks|thank you)\b[^,:!.\-]{0,40}[,:!.\-]+\s*"
)

_LEFT_OUT = re.compile(
    r"\b(?:exclud\w+|skipp\w+|left out|leav\w+ out|omitt\w+|not (?:included|counted|listed|part of)|ignor\w+|ruled out|"
    r"(?:does|do|did)(?: not|n't) (?:qualify|count|belong)|disregard\w*|set aside|untouched|left alone|left as|"
    r"not (?:on|in|among) (?:the|this|that|your|these|those)|is out\b|are out\b|"
    r"outside the (?:list|range|window|period|limit|scope|time|term|cut|filter|days|dates|week|month)\b|"
    r"(?:just |only |narrowly )miss(?:es|ed)?|miss(?:es|ed)? the (?:cut|mark|line|limit)|"
    r"too (?:new|young|recent) (?:for|to)|not (?:old|long) enough)\b"
)


def _left_out(statement: Statement) -> bool:
    """Whether a statement is about what does not belong."""
    return bool(_LEFT_OUT.search(statement.text) or _LEFT_OUT.search(statement.context))


def _included(answer: Answer, spellings: Sequence[str], *, listed: bool = False, reported: bool = False) -> bool:
    present = [name for name in spellings if plain_phrase(name) in answer.text]
    statements = [s for s in answer.statements if s.listed or not listed] if present else []
    return any(_names(statement, present, reported=reported) for statement in statements)


def _names(statement: Statement, spellings: Sequence[str], *, reported: bool = False) -> bool:
    """Whether a statement names it as one that belongs. reported: also as said by others."""
    found = named(statement, spellings)
    said = any(one.stance is Stance.ASSERTED or (reported and not one.stance.unsaid) for one in found)
    return said and not _left_out(statement)


def _may_name(statement: Statement, name: str) -> bool:
    open_ = (one.stance is not Stance.ASSERTED and not one.stance.unsaid for one in named(statement, (name,)))
    return any(open_) and not _left_out(statement)


def _first_place(answer: Answer, spellings: Sequence[str]) -> tuple[int, int] | None:
    for number, statement in enumerate(answer.statements):
        if places := [at for name in spellings for at in statement.places(name)]:
            return (number, min(places))
    return None


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == "@")
