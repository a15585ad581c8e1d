"""Slots: the places of an answer for one value each. What a prompt asks for, a reference answer fills in, and a rubric reads.

    LAST = Blank("last day of the window", label="LAST DAY", terms=("last day", "window"))
    Gives(slots=(LAST.holds(day("2025-11-30")),))

A labelled form is a slot with a label, free prose the same slot with its terms, and a list one slot for each of its records.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import frozen
from msgspec import Struct
from msgspec.structs import replace

from ...engine.genesis import Schema
from ..reading.notation import Calendar
from ..reading.stance import Stance
from ..reading.statements import Answer, Statement, plain_phrase
from ..reading.words import words
from .base import Check, Evidence, Verdict
from .owners import Part, owned
from .values import Value, claims, matches, mentions, same, spelled, value_faults

Place = tuple[str, tuple[str, ...]]
"""Where a value belongs: the label of a line, or the names of a record; neither: anywhere."""


class Slot(Struct, frozen=True, omit_defaults=True):
    """A place for one value.

    key: what it holds, in words ("last day of the window"). value: the right one. label: what heads its line, cell or column in
    the form that the prompt asks for. terms: what people call it when they write no form; where it has no label of its own, a
    statement with one of them may give no other value of the kind. record: the names of what the value is said of. known:
    values that may stand in its place all the same, besides those of its neighbours. shared: its line holds other values of
    the kind by right, so that another contradicts only beside a term. prose: no form tells what else stands there, so another
    value beside the right one is for a reader to judge.
    """

    key: str
    value: Value
    label: str = ""
    terms: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    shared: bool = False
    prose: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        """How a line of this label begins; the bare word would be found in remarks as well."""
        return tuple(f"{self.label}{mark}" for mark in (":", " |", " -", " =")) if self.label else ()

    @property
    def near(self) -> tuple[str, ...]:
        """The words that another value must stand beside to contradict; none: anywhere in the slot's place."""
        return self.terms if self.shared or not self.label else ()

    @property
    def place(self) -> Place:
        """Slots of the same place are neighbours: their values may stand in each other's."""
        return self.label, self.record

    def faults(self) -> Iterator[str]:
        if self.label and self.record:
            yield f"{self.key}: a line of a form or a value of a record, not both"
        if self.shared and not (self.label and self.terms):
            yield f"{self.key}: a shared line needs a label, and terms that tell its values apart"
        yield from value_faults(self.value)


@frozen
class Blank:
    """A slot before its value is known. `str` is its label, as a prompt asks for it.

    key: what it will hold, in words. terms: what people call it. label: what heads its line in the form that is asked for.
    shared: its line holds other values of the kind by right.
    """

    key: str
    terms: tuple[str, ...] = ()
    label: str = ""
    shared: bool = False

    def holds(self, value: Value, *, record: Sequence[str] = (), known: Sequence[str] = ()) -> Slot:
        """The slot with its value; record and known as of a `Slot`."""
        return Slot(self.key, value, self.label, self.terms, tuple(record), tuple(known), self.shared)

    def __str__(self) -> str:
        return self.label


class Gives(Check, frozen=True, tag="gives"):
    """Each of these slots is given with its value, and with no other in its place.

    others: names of further records and lines, which own what stands with them.
    """

    slots: tuple[Slot, ...]
    others: tuple[str, ...] = ()
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        at = evidence.seqs_of(self.of)
        asked = tuple(dict.fromkeys((*evidence.asked(self.of), *self.slots)))  # in one order for all checks
        places = self._places(evidence, asked)
        waiting = ""
        for slot in self.slots:
            passed, reason = _filled(slot, places[slot.place], asked, evidence.read(self.of), evidence.calendar)
            if passed is False:
                return Verdict(False, reason, at)
            waiting = waiting or (reason if passed is None else "")
        if waiting:
            return Verdict(None, waiting, at)
        what = self.slots[0].value.value if len(self.slots) == 1 else f"all {len(self.slots)}"
        return Verdict(True, f"gives {what}", at)

    def told(self, evidence: Evidence) -> Iterator[tuple[Slot, list[str]]]:
        """Each slot that code does not find filled, with what is asserted in its place instead, as rubrics write values."""
        asked = tuple(dict.fromkeys((*evidence.asked(self.of), *self.slots)))
        places = self._places(evidence, asked)
        for slot in self.slots:
            parts = places[slot.place]
            if _filled(slot, parts, asked, evidence.read(self.of), evidence.calendar)[0] is False:
                yield slot, list(dict.fromkeys(_instead(slot, parts, evidence.calendar)))

    def _places(self, evidence: Evidence, asked: Sequence[Slot]) -> Mapping[Place, Sequence[Part]]:
        """What of the answer belongs to each place: a line of the form, a record of this check, or anywhere."""
        places: dict[Place, Sequence[Part]] = {("", ()): [Part(s) for s in evidence.read(self.of).statements]}
        if any(slot.label for slot in self.slots):
            lines = {slot.place: slot.marks for slot in asked if slot.label}
            places |= zip(lines, evidence.owned(self.of, tuple(lines.values()), self.others), strict=True)
        records = {slot.place: slot.record for slot in self.slots if slot.record}
        places |= zip(records, evidence.owned(self.of, tuple(records.values()), self.others), strict=True)
        return places

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.slots:
            yield "no slot: it always holds"
        for slot in self.slots:
            yield from slot.faults()


# --- one slot ----------------------------------------------------------------------------------------------------


def _filled(
    slot: Slot, parts: Sequence[Part], asked: Sequence[Slot], answer: Answer, calendar: Calendar
) -> tuple[bool | None, str]:
    """Whether a slot is filled by the parts of its place; None where only a reader can tell."""
    known = {
        *slot.known,
        *(one.value.value for one in asked if one.place == slot.place and one.value.kind == slot.value.kind),
    }
    reason = _wrong_among(parts, slot, known, calendar)
    if not reason and slot.place == ("", ()) and answer.raw_fields > _DUMP:
        return None, f"{slot.value.value} stands in a dump of records"
    if not reason and slot.label and all(_introduced(slot, part.statement.text) for part in parts):
        return None, f"says something before {slot.label}, and code cannot tell what it makes of it"
    if not reason.startswith(_LACKS):
        return (
            (None, f"{reason} (whose it is only a reader can tell)") if reason and slot.prose else (not reason, reason)
        )
    if slot.prose and slot.record and _stands_above(slot.value, parts):
        return None, f"may say {slot.value.value} in what stands above"
    if slot.label:
        passed = _without_form(slot, asked, known, answer, calendar)
    else:
        passed = None if slot.value.value.isupper() and slot.place == ("", ()) else False  # a word of the form
    if not passed and _left_open(parts, slot.value, calendar):
        return None, f"does not say for certain {slot.value.value}"
    return passed, f"may say {slot.value.value} in other words than the form's" if passed is None else reason


def _stands_above(value: Value, parts: Sequence[Part]) -> bool:
    """Whether the heading or the label of a record's lines holds a text: "Without an owner:"."""
    return value.kind == "text" and any(
        plain_phrase(spelling) in part.statement.context for part in parts for spelling in value.spellings
    )


def _introduced(slot: Slot, line: str) -> bool:
    """Whether words stand before a label on its line, and nobody can list what those may mean: "rumour has it, TOTAL: 5"."""
    places = [line.find(plain_phrase(mark)) for mark in slot.marks]
    before = line[: min((at for at in places if at >= 0), default=0)]
    return len(words(before)) > 1 and " | " not in line and not re.search(r"\d", before)


def _wrong_among(parts: Sequence[Part], slot: Slot, known: Collection[str], calendar: Calendar) -> str:
    """Why these parts do not give the value and it alone; empty when they do."""
    value = slot.value
    if not any(part.has(found.start) for part in parts for found in matches(value, part.statement, calendar)):
        of = slot.label or (slot.record[0] if slot.record else "")
        return f"{_LACKS}{value.value}" + (f" of {of}" if of else "")
    for part in parts:
        if (strange := _strange(part, slot, known, calendar)) is not None:
            return f"also gives {strange}: {part.statement.text[:100]}"
    return ""


def _strange(part: Part, slot: Slot, known: Collection[str], calendar: Calendar) -> Any:
    """Another value of the kind where only this one belongs, or None."""
    statement, value, near = part.statement, slot.value, slot.near
    if part.loose or not statement.concerns(near):
        return None
    if value.kind == "text":
        rivals = (one for one in spelled(statement, value.rivals) if part.has(one.start))
        return next((one.value for one in rivals if not _NOT_YET.search(statement.text[: one.start])), None)
    if not near and slot.place == ("", ()):
        return None
    beside = counted_beside if value.kind == "number" else named_beside
    for one in claims(statement, value.kind, calendar):
        if not part.has(one.start) or same(value, one.value) or _is_known(one.value, known):
            continue
        if not near or beside(statement, one.start, one.end, near):
            return one.value
    return None


def _instead(slot: Slot, parts: Sequence[Part], calendar: Calendar) -> Iterator[str]:
    """Other values of the kind that stand where the slot's belongs; of a text, one of its rivals, or what its line says."""
    value = slot.value
    for part in parts:
        statement = part.statement
        if slot.place == ("", ()) and not statement.concerns(slot.terms):
            continue
        if value.kind == "text":
            rivals = [one.value for one in spelled(statement, value.rivals) if part.has(one.start)]
            marks = map(plain_phrase, slot.marks)
            line = next((statement.text.split(mark, 1)[1] for mark in marks if mark in statement.text), "")
            yield from rivals or filter(None, [line.strip()])
            continue
        for one in claims(statement, value.kind, calendar):
            if part.has(one.start) and not same(value, one.value):
                yield one.value.isoformat() if isinstance(one.value, date) else str(one.value)


def _without_form(
    slot: Slot, asked: Sequence[Slot], known: Collection[str], answer: Answer, calendar: Calendar
) -> bool | None:
    """What can be said of an answer without the label that was asked for: whether it gives the value all the same, or None
    where only a reader can tell. One that uses the form, this label left out, does not give it."""
    value = slot.value
    headed = [
        Part(s) for s in answer.statements if re.match(rf"\W*{re.escape(plain_phrase(slot.label))}(?!\w)", s.text)
    ]
    if headed and not _wrong_among(headed, slot, known, calendar):
        return True
    if _uses(answer, dict.fromkeys(one.label for one in asked if one.label)):
        return False
    everywhere = [Part(statement) for statement in answer.statements]
    if value.value.lower() in ("none", "0") and any(_says_none(part, (slot.label, *slot.terms)) for part in everywhere):
        return True
    others = [one for one in asked if one.label and one.place != slot.place]
    if slot.terms:
        (there,) = owned(answer, [slot.terms], [term for one in others for term in one.terms])
        if not _wrong_among(there, slot, known, calendar):
            return True
    if not any(not one.stance.unsaid for part in everywhere for one in mentions(value, part.statement, calendar)):
        return None if _in_parts(value, answer) else False
    if not _distinct(value) or any(_exchangeable(value, one.value) for one in others):
        return None  # it may stand there as something else
    if len(answer.text) > _LONGEST_PROSE:
        return None
    prose = replace(slot, label="", shared=False)
    return None if _wrong_among(everywhere, prose, known, calendar) else True


def _in_parts(value: Value, answer: Answer) -> bool:
    """Whether a value that stands nowhere as it is may be there in other words, or in its parts."""
    if value.kind == "time":
        day, clock = value.value.split("T")
        days = (one.on(int(day[:4])) for s in answer.statements for one in s.days)
        return clock in answer.text or date.fromisoformat(day) in days
    numbered = [word for word in plain_phrase(value.value).split() if re.search(r"\d", word)]
    return value.kind == "text" and all(word in answer.text for word in numbered)


def _exchangeable(one: Value, other: Value) -> bool:
    """Whether two values that are asked for could be told in each other's place."""
    if one.kind == "text":
        return other.value in one.rivals or one.value in other.rivals
    return one.kind == other.kind and one.value != other.value


_DUMP = 12
"""Fields of raw records from which an answer is a dump of them."""
_LONGEST_PROSE = 8_000
"""Characters; in a dump of records everything stands somewhere."""


def _distinct(value: Value) -> bool:
    """Whether a value is hardly said by chance: an amount, a day, an id, a name; not a small count or a word of a choice."""
    if value.kind == "number":
        return len(value.value) > 2
    return (
        value.kind != "text"
        or bool(re.search(r"\d", value.value))
        or (" " in value.value and not value.value.isupper())
    )


def _left_open(parts: Sequence[Part], value: Value, calendar: Calendar) -> bool:
    """Whether the value stands there, though not as something the writer asserts, nor as something denied or taken back."""
    return any(
        part.has(found.start) and found.stance is not Stance.ASSERTED and not found.stance.unsaid
        for part in parts
        for found in mentions(value, part.statement, calendar)
    )


def _uses(answer: Answer, labels: Iterable[str]) -> bool:
    """Whether it is written in the form that these labels are of: they head a line, a cell or a column."""
    heads = re.compile(rf"(?:^|\| )\W*(?:{'|'.join(re.escape(plain_phrase(one)) for one in labels)})\s*(?:[:|=]|- |$)")
    return any(heads.search(text) for s in answer.statements for text in (s.text, s.context) if text)


def _says_none(part: Part, terms: Sequence[str]) -> bool:
    """Whether a statement says that there is none of it: "no manual", "not one warning"."""
    words = "|".join(re.escape(plain_phrase(term)) for term in terms)
    none = r"\b(?:no|not any|not one|not an?|zero|without(?: an?| any)?|n't an?|n't any|none of)"
    found = re.search(rf"{none}(?: \w+){{0,2}} (?:{words})\b", part.statement.text)
    return found is not None and part.statement.stance(0, found.start()) is Stance.ASSERTED


_LACKS = "does not give "
_NOT_YET = re.compile(
    r"\b(?:be|being|expected|estimated|once|until|till|if|when|unless|before|after|whether|previously|formerly)"
    r"(?: [\w']+){0,2} $"
)
"""What may become, or once was, claims nothing of what is: "in transit, to be delivered on Monday"."""


def _is_known(value: Any, known: Collection[str]) -> bool:
    if isinstance(value, Decimal):
        return any(_number_or_none(each) == value for each in known)
    return any(value.isoformat()[: len(each)] == each for each in known)


def _number_or_none(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


# --- values and the words beside them ----------------------------------------------------------------------------


def named_beside(statement: Statement, start: int, end: int, terms: Sequence[str]) -> bool:
    """Whether a value is what a term of its clause is about: "delivered on the 13th", "the 13th is the last day".

    A term in the heading, the column or the line above is about all that stands under it.
    """
    text = statement.text
    spans = [(at, at + len(plain_phrase(word))) for word in terms for at in statement.places(word)]
    if not spans:
        return True
    return any(
        (stop <= start and _one_clause(text[stop:start], 60)) or (end <= at and _one_clause(text[end:at], 20))
        for at, stop in spans
    )


def _one_clause(between: str, most: int) -> bool:
    """Whether so little stands between a term and a value that they belong together; not with a new clause after a comma."""
    parted = "," in between and len(between.rpartition(",")[2].split()) > 3
    return len(between) <= most and not parted and not _CLAUSE.search(between)


_CLAUSE = re.compile(r"[;.]\s| but | although | though | while | whereas ")


def counted_beside(statement: Statement, start: int, end: int, terms: Sequence[str]) -> bool:
    """Whether a count stands right before or after what it counts: "23 fulfilled orders", "orders: 23"."""
    text = statement.text
    spans = [(at, at + len(plain_phrase(word))) for word in terms for at in statement.places(word)]
    return any(
        (0 <= at - end <= 20 and _BETWEEN.fullmatch(text[end:at]))
        or (stop <= start and _IS.fullmatch(text[stop:start]))
        for at, stop in spans
    )


_BETWEEN = re.compile(r"[ a-z-]*")
_IS = re.compile(r" ?(?:[:=|-]|is|are|was|were|totals?|totalled|now)? ?")
