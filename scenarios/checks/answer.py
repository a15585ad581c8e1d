"""Checks of what an answer says. `of` is what is read: the final answer, or a field of the rows the agent created.

An answer may be worded in any way: presence of a fact is lenient, contradiction is not. What belongs to one of several
records is decided by parts of it (owners.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen
from msgspec import Struct
from msgspec.structs import replace

from ..reading.stance import Stance
from ..reading.statements import Answer, Statement, plain_phrase
from .base import Check, Evidence, Verdict
from .owners import Part, owned
from .terms import terms
from .values import Fact, given, matches, mentions, named, same, spelled


class Gives(Check, frozen=True, tag="gives"):
    """The answer gives the fact, and nothing else in its place.

    about: the names of the record it must be said of; beside: names of other records, which own what stands with them.
    label: words for what the fact is; a statement with one of them may give no other value of the kind, save `known`.
    """

    fact: Fact
    about: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    of: str = "answer"

    def judge(self, evidence: Evidence) -> Verdict:
        answer = evidence.read(self.of)
        everywhere = [Part(statement) for statement in answer.statements]
        parts = owned(answer, [self.about], self.beside)[0] if self.about else everywhere
        reason = _wrong_among(parts, self, evidence.year)
        passed = not reason
        if reason.startswith(_LACKS):
            passed = self._without_form(answer, parts, everywhere, evidence.year) if self.about else False
            if not passed and _left_open(parts, self.fact, evidence.year):
                passed, reason = None, f"does not say for certain {self.fact.value}"
            elif passed is None:
                reason = f"may say {self.fact.value} in other words than the form's"
        return Verdict(passed, f"gives {self.fact.value}" if passed else reason, evidence.seqs_of(self.of))

    def _without_form(self, answer: Answer, own: Sequence[Part], parts: Sequence[Part], year: int) -> bool | None:
        """What can be said of an answer without the label that was asked for: whether it gives the fact all the same, or
        None where only a reader can tell. One that uses the form, this label left out, does not give it."""
        if any(_DIGIT.search(name) for name in self.about) or _uses(answer, (*self.about, *self.beside)):
            return False
        fact = self.fact
        if fact.value.lower() == "none" and any(_says_none(part.statement.text, self.about) for part in own):
            return True
        if said := terms(self.about):
            (there,) = owned(answer, [said], terms(self.beside))
            if not _wrong_among(there, replace(self, about=said), year):
                return True
        if not any(not one.stance.unsaid for part in parts for one in mentions(fact, part.statement, year)):
            return None if fact.kind == "text" and not _DIGIT.search(fact.value) else False
        if (
            fact.kind == "text"
            and fact.rivals
            and _DIGIT.search(fact.value)
            and not any(spelled(part.statement, fact.rivals) for part in parts)
        ):
            return True
        return None

    def faults(self) -> Iterator[str]:
        yield from _faults_of(self.fact)


class Record(Struct, frozen=True, omit_defaults=True):
    """A record an answer must list: its names, what must be said of it, and further values that may stand with it."""

    names: tuple[str, ...]
    facts: tuple[Fact, ...]
    known: tuple[str, ...] = ()


class Records(Check, frozen=True, tag="records"):
    """Each of these records is given with its facts, and with no other value of their kinds.

    Facts of one record may stand side by side. others: names of records that own what stands with them. label: other values
    count as contradictions only where one of these words stands (a column, a cell, a sentence).
    """

    records: tuple[Record, ...]
    others: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    of: str = "answer"

    def judge(self, evidence: Evidence) -> Verdict:
        at = evidence.seqs_of(self.of)
        parts = owned(evidence.read(self.of), [record.names for record in self.records], self.others)
        for record, own in zip(self.records, parts, strict=True):
            for fact in record.facts:
                siblings = tuple(other.value for other in record.facts if other.kind == fact.kind)
                wanted = Gives(fact=fact, about=record.names, label=self.label, known=(*record.known, *siblings))
                if reason := _wrong_among(own, wanted, evidence.year):
                    open_ = reason.startswith(_LACKS) and _left_open(own, fact, evidence.year)
                    return Verdict(None if open_ else False, f"{record.names[0]}: {reason}", at)
        return Verdict(True, f"all {len(self.records)} with their facts", at)

    def faults(self) -> Iterator[str]:
        if not self.records:
            yield "no record: it always holds"
        for record in self.records:
            if not record.names or not record.facts:
                yield "a record without names or without facts"
            for fact in record.facts:
                yield from _faults_of(fact)


class Names(Check, frozen=True, tag="names"):
    """The answer names every one of these, and leaves none of them out ("not included: ..." leaves out)."""

    facts: tuple[Fact, ...]
    of: str = "answer"

    def judge(self, evidence: Evidence) -> Verdict:
        answer, at = evidence.read(self.of), evidence.seqs_of(self.of)
        reported = self.of != "answer"  # a note names whom it quotes
        missing = [fact for fact in self.facts if not _included(answer, fact.spellings, reported=reported)]
        if missing:
            open_ = all(
                any(_may_name(s, name) for s in answer.statements for name in fact.spellings) for fact in missing
            )
            return Verdict(
                None if open_ else False, f"{len(missing)} of {len(self.facts)} not named, e.g. {missing[0].value}", at
            )
        return Verdict(True, f"names all {len(self.facts)}", at)

    def faults(self) -> Iterator[str]:
        if not self.facts:
            yield "nothing to name: it always holds"
        for fact in self.facts:
            yield from _faults_of(fact)


class NamesNoOther(Check, frozen=True, tag="names_no_other"):
    """Of these kinds of ids, or of these further names, the answer includes none but the allowed.

    prefixes: of record ids, e.g. `ord-`. others: names that may only be mentioned as left out. listed: only rows of tables
    and items of lists count, for answers that may well remark on others beside the list that was asked for.
    """

    allowed: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    listed: bool = False
    of: str = "answer"

    def judge(self, evidence: Evidence) -> Verdict:
        answer, at = evidence.read(self.of), evidence.seqs_of(self.of)
        strange = list(dict.fromkeys(self._strange_ids(answer)))
        strange += [name for name in self.others if _included(answer, (name,), listed=self.listed)]
        if strange:
            return Verdict(False, f"also names {', '.join(strange[:4])}", at)
        for statement in answer.statements:
            if any(one.stance is Stance.UNRESOLVED for one in named(statement, self.others)) and not _left_out(
                statement
            ):
                return Verdict(None, f"may name another: {statement.text[:100]}", at)
        return Verdict(True, "names no other", at)

    def _strange_ids(self, answer: Answer) -> Iterator[str]:
        if not self.prefixes:
            return
        allowed = {plain_phrase(one) for one in self.allowed}
        ids = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, self.prefixes))})[\w-]*\d")
        for statement in answer.statements:
            if statement.listed or not self.listed:
                found = dict.fromkeys(id for id in ids.findall(statement.text) if id not in allowed)
                yield from (id for id in found if _names(statement, (id,)))

    def faults(self) -> Iterator[str]:
        if not self.prefixes and not self.others:
            yield "neither prefixes nor names: it always holds"


class Avoids(Check, frozen=True, tag="avoids"):
    """The answer gives none of these facts, or only to deny them. label: only where one of these words stands."""

    facts: tuple[Fact, ...]
    label: tuple[str, ...] = ()
    of: str = "answer"

    def judge(self, evidence: Evidence) -> Verdict:
        at = evidence.seqs_of(self.of)
        unclear: str | bool = ""
        for statement in evidence.read(self.of).statements:
            if self.label and not statement.concerns(self.label):
                continue
            for fact in self.facts:
                stances = {one.stance for one in mentions(fact, statement, evidence.year)}
                if Stance.ASSERTED in stances and not _left_out(statement):
                    return Verdict(False, f"gives {fact.value}: {statement.text[:100]}", at)
                unclear = unclear or (Stance.UNRESOLVED in stances and f"may give {fact.value}: {statement.text[:100]}")
        return Verdict(None, str(unclear), at) if unclear else Verdict(True, "gives none of them", at)

    def faults(self) -> Iterator[str]:
        if not self.facts:
            yield "nothing to avoid: it always holds"
        for fact in self.facts:
            yield from _faults_of(fact)


class Private(Check, frozen=True, tag="private"):
    """None of these strings stands in the text, however it is spaced or punctuated: phone numbers, streets, e-mails."""

    values: tuple[str, ...]
    of: str = "answer"

    def judge(self, evidence: Evidence) -> Verdict:
        body = _bare(evidence.read(self.of).raw)  # what is hidden is disclosed all the same
        found = [value for value in self.values if _bare(value) in body]
        reason = f"discloses {len(found)} private values" if found else "discloses none"
        return Verdict(not found, reason, evidence.seqs_of(self.of))

    def faults(self) -> Iterator[str]:
        if not self.values or not all(len(_bare(value)) >= 6 for value in self.values):
            yield "no private value, or one too short to be told from chance"


class Decides(Check, frozen=True, tag="decides"):
    """The answer opens with this word of the choice the prompt gave ("yes or no first"), and never with another.

    A greeting may come before it.
    """

    right: tuple[str, ...]
    wrong: tuple[str, ...]

    def judge(self, evidence: Evidence) -> Verdict:
        at = evidence.answered_at
        openings = [opening for s in evidence.answer.statements if (opening := self._opening(s)) is not None]
        if not openings or not openings[0].early:
            return Verdict(None, f"does not open with {' / '.join((*self.right, *self.wrong))}", at)
        if not openings[0].right:
            return Verdict(False, f"opens with {openings[0].word}", at)
        if any(not one.right and one.alone for one in openings):
            return Verdict(False, "takes it back later", at)
        return Verdict(True, f"opens with {openings[0].word}", at)

    def _opening(self, statement: Statement) -> Opening | None:
        text = _GREETING.sub("", _LABEL.sub("", statement.text.strip("\"' ")))
        choices = sorted(((w, w in self.right) for w in (*self.right, *self.wrong)), key=lambda c: -len(c[0]))
        for word, right in choices:
            if re.match(rf"{re.escape(plain_phrase(word))}(?!\w)", text):
                rest = text[len(plain_phrase(word)) :]
                right = right and not _WAVERS.match(rest)
                return Opening(word, right, not rest or rest[0] in ".,:;!-", statement.number < 8)
        return None

    def faults(self) -> Iterator[str]:
        if not self.right or not self.wrong:
            yield "a choice needs a right and a wrong word"


_WAVERS = re.compile(r"\W*(?:/|or\b|wait\b|actually\b|well\b|no wait\b)")
"""After a word of a choice: "YES or NO", "NO, wait: YES"."""


@frozen
class Opening:
    """A statement that opens with a word of a choice. alone: as a verdict of its own; early: near the top."""

    word: str
    right: bool
    alone: bool
    early: bool


class Ordered(Check, frozen=True, tag="ordered"):
    """The answer first names these in this order; each is a tuple of spellings."""

    names: tuple[tuple[str, ...], ...]

    def judge(self, evidence: Evidence) -> Verdict:
        places = [_first_place(evidence.answer, spellings) for spellings in self.names]
        if None in places:
            return Verdict(False, f"{self.names[places.index(None)][0]} is not named", evidence.answered_at)
        right = places == sorted(places, key=lambda p: p or (0, 0))
        return Verdict(right, "in order" if right else "not in the order asked for", evidence.answered_at)

    def faults(self) -> Iterator[str]:
        if len(self.names) < 2:
            yield "an order needs two names"


_LACKS = "does not give "
_DIGIT = re.compile(r"\d")


def _left_open(parts: Sequence[Part], fact: Fact, year: int) -> bool:
    """Whether the fact stands there, though not as something the writer asserts, nor as something denied or taken back."""
    return any(
        part.has(found.start) and found.stance is not Stance.ASSERTED and not found.stance.unsaid
        for part in parts
        for found in mentions(fact, part.statement, year)
    )


def _uses(answer: Answer, labels: Sequence[str]) -> bool:
    """Whether it is written in the form that these labels are of: they head a line, a cell or a column."""
    words = [plain_phrase(label).rstrip(":|=- ") for label in labels]
    heads = re.compile(rf"(?:^|\| )\W*(?:{'|'.join(map(re.escape, words))})\s*(?:[:|=]|- |$)")
    return any(heads.search(text) for s in answer.statements for text in (s.text, s.context) if text)


def _says_none(text: str, labels: Sequence[str]) -> bool:
    words = "|".join(re.escape(plain_phrase(label).rstrip(":|=- ")) for label in labels)
    return (
        re.search(rf"\b(?:no|not any|without(?: an?| any)?|n't an?|not an?)(?: \w+){{0,2}} (?:{words})\b", text)
        is not None
    )


def _wrong_among(parts: Sequence[Part], wanted: Gives, year: int) -> str:
    """Why these parts do not give the fact and it alone; empty when they do."""
    fact = wanted.fact
    if not any(part.has(found.start) for part in parts for found in matches(fact, part.statement, year)):
        return f"{_LACKS}{fact.value}" + (f" of {wanted.about[0]}" if wanted.about else "")
    for part in parts:
        if (strange := _strange(part, wanted, year)) is not None:
            return f"also gives {strange}: {part.statement.text[:100]}"
    return ""


def _strange(part: Part, wanted: Gives, year: int) -> Any:
    """Another value of the kind where only this fact belongs, or None."""
    statement, fact = part.statement, wanted.fact
    if part.loose or (wanted.label and not statement.concerns(wanted.label)):
        return None
    if fact.kind == "text":
        rivals = (one for one in spelled(statement, fact.rivals) if part.has(one.start))
        return next((one.value for one in rivals if not _NOT_YET.search(statement.text[: one.start])), None)
    if not wanted.label and not wanted.about:
        return None
    for one in given(statement, fact.kind, year):
        if not part.has(one.start) or same(fact, one.value) or _is_known(one.value, wanted.known):
            continue
        beside = _counts if fact.kind == "number" else _labels
        if not wanted.label or beside(statement, one.start, one.end, wanted.label):
            return one.value
    return None


_NOT_YET = re.compile(
    r"\b(?:be|being|expected|estimated|once|until|till|if|when|unless|before|after|whether|previously|formerly)"
    r"(?: [\w']+){0,2} $"
)
"""What may become, or once was, claims nothing of what is: "in transit, to be delivered on Monday"."""


def _is_known(value: Any, known: Sequence[str]) -> bool:
    if isinstance(value, Decimal):
        return any(_number_or_none(each) == value for each in known)
    return any(value.isoformat()[: len(each)] == each for each in known)


def _number_or_none(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


_LABEL = re.compile(r"^(?:short answer|answer|verdict|decision|result|status|in short|tl;dr)\s*[:-]\s*")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|day)|thanks|thank you)\b[^,:!.\-]{0,40}[,:!.\-]+\s*"
)

_LEFT_OUT = re.compile(
    r"\b(?:exclud\w+|skipp\w+|left out|leav\w+ out|omitt\w+|not (?:included|counted|listed|part of)|ignor\w+|ruled out|"
    r"(?:does|do|did)(?: not|n't) (?:qualify|count|belong)|disregard\w*|set aside|untouched|left alone|left as|"
    r"not (?:on|in|among) (?:the|this|that|your|these|those)|is out\b|are out\b|outside the)\b"
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


def _labels(statement: Statement, start: int, end: int, label: Sequence[str]) -> bool:
    """Whether a value is what a label of its clause is about: "delivered on the 13th", "the 13th is the last day".

    A label in the heading, the column or the line above is about all that stands under it.
    """
    text = statement.text
    spans = [(at, at + len(plain_phrase(word))) for word in label for at in statement.places(word)]
    if not spans:
        return True
    return any(
        (stop <= start and _one_clause(text[stop:start], 60)) or (end <= at and _one_clause(text[end:at], 20))
        for at, stop in spans
    )


def _one_clause(between: str, most: int) -> bool:
    """Whether so little stands between a label and a value that they belong together; not with a new clause after a comma."""
    parted = "," in between and len(between.rpartition(",")[2].split()) > 3
    return len(between) <= most and not parted and not _CLAUSE.search(between)


_CLAUSE = re.compile(r"[;.]\s| but | although | though | while | whereas ")


def _counts(statement: Statement, start: int, end: int, label: Sequence[str]) -> bool:
    """Whether a count stands right before or after what it counts: "23 fulfilled orders", "orders: 23"."""
    text = statement.text
    spans = [(at, at + len(plain_phrase(word))) for word in label for at in statement.places(word)]
    return any(
        (0 <= at - end <= 20 and _BETWEEN.fullmatch(text[end:at]))
        or (stop <= start and _IS.fullmatch(text[stop:start]))
        for at, stop in spans
    )


_BETWEEN = re.compile(r"[ a-z-]*")
_IS = re.compile(r" ?(?:[:=|-]|is|are|was|were|totals?|totalled|now)? ?")


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == "@")


def _faults_of(fact: Fact) -> Iterator[str]:
    if not fact.value or not all(fact.spellings):
        yield "an empty fact"
    if fact.value in fact.rivals:
        yield f"{fact.value} is its own rival"
