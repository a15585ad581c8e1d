"""Whose is what: which parts of an answer belong to which of the records it speaks of.

A table row, a list item with all below it, the part of a sentence between one record's name and the next one's. Records named
together share what is said of both; "respectively", "the first ..., the second ..." tell it apart.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from ..reading.statements import Answer, Statement, plain_phrase


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

    A statement that names no record belongs to the one it stands under, or else to those of the sentence before it; an item of
    a list to the record that an item before it gives by name alone ("- Order: ord-1").
    """
    names = [(plain_phrase(name), n) for n, each in enumerate(records) for name in each]
    names += [(plain_phrase(name), _OTHER) for name in others]
    known = {words for words, _ in names}
    present = Present(
        {words: owner for words, owner in reversed(names) if _DATED_ID.fullmatch(words)},
        [(words, owner) for words, owner in names if not _DATED_ID.fullmatch(words) and words in answer.text],
        {match[1] for name in known if (match := _DATED_ID.fullmatch(name))},
    )
    parts: list[list[Part]] = [[] for _ in records]
    carried: list[int] = []  # the records named last in this paragraph, in their order
    headed: list[int] = []  # the record that an item of this list gives by name alone
    for statement in answer.statements:
        if not statement.before:
            headed = headed if statement.listed else []
            carried = list(headed)
        mentions = _mentions(statement.text, present)
        above = [] if mentions else _mentions(statement.context, present)
        if mentions:
            carried = list(dict.fromkeys(mention.owner for mention in mentions))
            alone = len(mentions) == 1 and _NAME_ALONE.fullmatch(_without(statement.text, mentions))
            headed = carried if statement.listed and alone else []
            found = _split(statement, mentions)
            of_another = _MADE_ID.search(statement.text) is not None and not known & set(
                _MADE_ID.findall(statement.text)
            )
            found = ((owner, evolve(part, loose=part.loose or of_another)) for owner, part in found)
        elif above:
            found = iter([(above[-1].owner, Part(statement))])
        else:
            if statement.listed and _OF_ALL.search(statement.text):
                headed, carried = [], []
            found = _carried_on(statement, carried)
        for owner, part in found:
            if owner != _OTHER:
                parts[owner].append(part)
    return parts


def _without(text: str, mentions: Sequence[Mention]) -> str:
    return text[: mentions[0].start] + text[mentions[-1].end :]


_NAME_ALONE = re.compile(r"\W*(?:\w+[ -]?){0,2}\W*")
"""What an item may say beside a name."""
_OF_ALL = re.compile(r"\b(?:total|together|all|altogether|sum|overall)\b")
_DATED_ID = re.compile(r"(?<!\w)([a-z]+)-\d{6}-\d+(?!\w)")
_MADE_ID = re.compile(r"\b(?:refund|warrantyclaim|escalation|resolution)[0-9a-f]{8,}\b")
"""Of rows that the agent made: what is said beside one may be said of it, and not of what it was made for."""
_OTHER = -1


@frozen
class Present:
    """Names that an answer may use of records. ids: dated ones, with their owner; any other id of these kinds, such as
    another ticket beside tickets, is another's. words: all else that stands in the answer at all."""

    ids: dict[str, int]
    words: list[tuple[str, int]]
    kinds: set[str]


@frozen
class Mention:
    """Where a record is named: `owner` is its number."""

    start: int
    end: int
    owner: int


def _mentions(text: str, names: Present) -> list[Mention]:
    """Every record named, in order; a longer name hides those inside it."""
    found: list[Mention] = []
    if names.kinds:
        ids = (m for m in _DATED_ID.finditer(text) if m[1] in names.kinds)
        found += [Mention(m.start(), m.end(), names.ids.get(m[0], _OTHER)) for m in ids]
    for words, owner in names.words:
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
    text = statement.text
    if len({mention.owner for mention in mentions}) == 1:
        yield mentions[0].owner, Part(statement)
        return
    leading = bool(_VALUE.search(text[: mentions[0].start]))
    trailing = bool(_VALUE.search(text[mentions[-1].end :]))
    if trailing and _together(text, mentions):
        yield from _shared(statement, mentions)
        return
    previous = 0
    for number, mention in enumerate(mentions):
        if leading and not trailing:
            yield mention.owner, Part(statement, previous, mention.end, loose=True)
            previous = mention.end
            continue
        following = mentions[number + 1].start if number + 1 < len(mentions) else 1 << 30
        yield mention.owner, Part(statement, 0 if number == 0 else mention.start, following, loose=True)


def _together(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether the records are named in one breath: "A, B and C came to ..."."""
    return all(_LINKS.fullmatch(text[one.end : other.start]) for one, other in itertools.pairwise(mentions))


def _shared(statement: Statement, mentions: Sequence[Mention]) -> Iterator[tuple[int, Part]]:
    """What follows records named together: of each its own where it says "respectively", else of all."""
    end = mentions[-1].end
    values = sorted({(one.at, one.end) for one in (*statement.numbers, *statement.days) if one.at >= end})
    if "respectively" in statement.text and values and len(values) % len(mentions) == 0:
        for number, mention in enumerate(mentions):
            for start, stop in values[number :: len(mentions)]:
                yield mention.owner, Part(statement, start, stop, loose=True)
        return
    for mention in mentions:
        yield mention.owner, Part(statement, mention.start, mention.end, loose=True)
        yield mention.owner, Part(statement, end, loose=True)


def _carried_on(statement: Statement, carried: Sequence[int]) -> Iterator[tuple[int, Part]]:
    """A sentence without names goes on about the last record named, about all of them, or about one by its place."""
    places = (
        [(m.start(), _place(m[0], len(carried))) for m in _ORDINAL.finditer(statement.text)] if len(carried) > 1 else []
    )
    if len(places) > 1:
        ends = [start for start, _ in places[1:]] + [1 << 30]
        for (start, place), end in zip(places, ends, strict=True):
            if 0 <= place < len(carried):
                yield carried[place], Part(statement, start, end, loose=True)
        return
    about_all = len(carried) > 1 and _ALL_OF_THEM.search(statement.text)
    for owner in carried if about_all else carried[-1:]:
        yield owner, Part(statement, loose=True)


_LINKS = re.compile(
    r"[\s,;/&+]*(?:and|or|as well as|both|with|plus)?[\s,]*(?:the |order |orders |ticket |tickets |payment )?"
)
_ALL_OF_THEM = re.compile(r"\b(?:both|each|all|they|these|them)\b")
_ORDINAL = re.compile(r"\bthe (?:first|second|third|fourth|last|former|latter|other)(?: one)?\b")
_ORDINALS = ("first", "second", "third", "fourth")


def _place(word: str, count: int) -> int:
    name = word.split()[1]
    if name in ("last", "latter", "other"):
        return count - 1
    return 0 if name == "former" else _ORDINALS.index(name)


_VALUE = re.compile(r"\d")
