"""Checks of what an answer says. `of` is what is read: the final answer, or a field of the rows the agent created.

An answer may be worded in any way: presence of a fact is lenient, contradiction is not. What belongs to one of several
records is decided by `Answer` parts (see `owned`): a table row, a list item with all below it, or the part of a sentence
between that record's name and the next one's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen
from msgspec import Struct

from ..facts import Answer, Statement, plain_phrase
from .base import Check, Evidence, Verdict
from .values import Fact, given, matches, same, spelled


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
        parts = owned(answer, [self.about], self.beside)[0] if self.about else [Part(s) for s in answer.statements]
        reason = _wrong_among(parts, self, evidence.year)
        return Verdict(not reason, reason or f"gives {self.fact.value}", evidence.seqs_of(self.of))

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
                    return Verdict(False, f"{record.names[0]}: {reason}", at)
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
        missing = [fact.value for fact in self.facts if not _included(answer, fact.spellings)]
        if missing:
            return Verdict(False, f"{len(missing)} of {len(self.facts)} not named, e.g. {missing[0]}", at)
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
        allowed = {plain_phrase(one) for one in self.allowed}
        named = [*(id for id in self._ids(answer) if id not in allowed), *self.others]
        strange = [name for name in named if _included(answer, (name,), listed=self.listed)]
        if strange:
            return Verdict(False, f"also names {', '.join(strange[:4])}", at)
        return Verdict(True, "names no other", at)

    def _ids(self, answer: Answer) -> list[str]:
        found = (
            re.findall(rf"(?<![\w-])(?:{'|'.join(map(re.escape, self.prefixes))})[\w-]*\d", answer.text)
            if self.prefixes
            else []
        )
        return list(dict.fromkeys(found))

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
        for statement in evidence.read(self.of).statements:
            if self.label and not statement.concerns(self.label):
                continue
            for fact in self.facts:
                if matches(fact, statement, evidence.year) and not _left_out(statement):
                    return Verdict(False, f"gives {fact.value}: {statement.text[:100]}", at)
        return Verdict(True, "gives none of them", at)

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
        body = _bare(evidence.read(self.of).text)
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
            return Verdict(False, f"does not open with {' / '.join((*self.right, *self.wrong))}", at)
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


# --- whose is what -----------------------------------------------------------------------------------------------


@frozen
class Part:
    """The part of a statement that belongs to a record: from `start` up to `end`.

    loose: only by the sentence before, or beside other records; what stands there may give a fact, but contradicts none.
    """

    statement: Statement
    start: int = 0
    end: int = 1 << 30
    loose: bool = False

    def has(self, place: int) -> bool:
        return self.start <= place < self.end


def owned(answer: Answer, records: Sequence[Sequence[str]], others: Sequence[str]) -> list[list[Part]]:
    """The parts of an answer that belong to each record, given the names of each and of others beside them.

    A statement that names no record belongs to the one it stands under, or else to the one of the sentence before it.
    """
    names = [(plain_phrase(name), n) for n, each in enumerate(records) for name in each]
    names += [(plain_phrase(name), _OTHER) for name in others]
    known = {words for words, _ in names}
    names += [(id, _OTHER) for id in _alike(answer, known) if id not in known]
    present = [(words, owner) for words, owner in names if words in answer.text]
    parts: list[list[Part]] = [[] for _ in records]
    carried: int | None = None  # the last record named in this paragraph
    for statement in answer.statements:
        if not statement.before:
            carried = None
        mentions = _mentions(statement.text, present)
        if not mentions:
            above = _mentions(statement.context, present)
            owner = above[-1].owner if above else carried
            if owner is not None and owner != _OTHER:
                parts[owner].append(Part(statement, loose=not above))
            continue
        carried = mentions[-1].owner
        for owner, part in _split(statement, mentions):
            if owner != _OTHER:
                parts[owner].append(part)
    return parts


def _alike(answer: Answer, names: Iterable[str]) -> list[str]:
    """Every id in the answer of a kind that these names have: other tickets beside tickets."""
    kinds = {match[1] for name in names if (match := _DATED_ID.fullmatch(name))}
    return list(dict.fromkeys(m[0] for m in _DATED_ID.finditer(answer.text) if m[1] in kinds)) if kinds else []


_DATED_ID = re.compile(r"([a-z]+)-\d{6}-\d+")
_OTHER = -1


@frozen
class Mention:
    """Where a record is named: `owner` is its number."""

    start: int
    end: int
    owner: int


def _mentions(text: str, names: Sequence[tuple[str, int]]) -> list[Mention]:
    """Every record named, in order; a longer name hides those inside it."""
    found: list[Mention] = []
    for words, owner in names:
        if words in text:
            found += [
                Mention(m.start(), m.end(), owner) for m in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)
            ]
    found.sort(key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.end > kept[-1].end:
            kept.append(mention)
    return kept


def _split(statement: Statement, mentions: list[Mention]) -> Iterator[tuple[int, Part]]:
    """Whose is what: each record owns what follows it up to the next one, or what precedes it where values come first."""
    if len({mention.owner for mention in mentions}) == 1:
        yield mentions[0].owner, Part(statement)
        return
    leading = bool(_VALUE.search(statement.text[: mentions[0].start]))
    trailing = bool(_VALUE.search(statement.text[mentions[-1].end :]))
    previous = 0
    for number, mention in enumerate(mentions):
        if leading and not trailing:
            yield mention.owner, Part(statement, previous, mention.end, loose=True)
            previous = mention.end
            continue
        following = mentions[number + 1].start if number + 1 < len(mentions) else 1 << 30
        yield mention.owner, Part(statement, 0 if number == 0 else mention.start, following, loose=True)


def _wrong_among(parts: Sequence[Part], wanted: Gives, year: int) -> str:
    """Why these parts do not give the fact and it alone; empty when they do."""
    fact = wanted.fact
    if not any(part.has(found.start) for part in parts for found in matches(fact, part.statement, year)):
        return f"does not give {fact.value}" + (f" of {wanted.about[0]}" if wanted.about else "")
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


_VALUE = re.compile(r"\d")
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


def _included(answer: Answer, spellings: Sequence[str], *, listed: bool = False) -> bool:
    present = [name for name in spellings if plain_phrase(name) in answer.text]
    statements = [s for s in answer.statements if s.listed or not listed] if present else []
    return any(spelled(s, present, as_name=True) and not _left_out(s) for s in statements)


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
