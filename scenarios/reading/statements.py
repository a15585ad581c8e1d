"""Statements of an answer: a sentence, a list item or a table cell with its row and column, and how the writer stands to it.

Headings, labels and parent items above a statement are its context. Text of an answer is data. All of it takes time linear in
the length of the text: what stands above a statement, and a statement itself, have a longest length.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from attrs import define, field, frozen

from .notation import Calendar, Day, Instant, Number, days, instants, numbers, times
from .refrain import refrained
from .seen import seen
from .stance import COURTESY, Stance, after_value, frames, interjects, remark, row_taken_back, takes_back_all
from .words import Known, speaks_of_it, strange

_CHARACTERS = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    ord("’"): "'",
    ord("‘"): "'",
    ord("“"): '"',
    ord("”"): '"',
    ord("×"): "x",
}
_ABBREVIATIONS = "".join(rf"(?<!\b{word}\.)" for word in ("ms", "mr", "mrs", "dr", "st", "ft", "mt"))
_GOES_ON = r"(?!(?<=[ap]\.m\.)\s+(?i:e[sd]?t\b|utc\b|eastern\b|on\b|and\b|to\b|\())"
_SENTENCE_END = re.compile(rf"(?<=[.!?]){_ABBREVIATIONS}{_GOES_ON}\s+(?=[^\s\d])|(?<=;)\s+")
"""A full stop before a figure ends nothing: "Nov. 13"; nor does one within a time: "12:45 p.m. EST"."""
_MARKUP = re.compile(r"[*_`>#]+")
_BULLET = re.compile(r"^(\s*)(?:[-+•*]|\d+[.)])\s+")
_QUOTED = re.compile(r"^(?:\s{0,3}>)+ ?")
_BOLD_LINE = re.compile(r"\s*\*\*[^*]+\*\*:?\s*")
LONGEST = 1_000
"""Characters of a statement; a longer one is read in parts."""
_ABOVE = 300
"""Characters kept of a heading, a label or a parent item."""
_ANNOUNCEMENT = 90
"""Characters of a sentence that says how the next one is meant, at most."""
_DEEPEST = 6
"""Parent items that a statement is seen to stand under."""


def plain(text: str) -> str:
    """Lower case, plain quotes and dashes, single spaces, no Markdown marks."""
    return _tidied(_plain_characters(text))


def _plain_characters(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_CHARACTERS)


def _tidied(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).lower().split())


plain_phrase = lru_cache(maxsize=8192)(plain)
"""`plain` for phrases that checks look for again and again."""


@define(eq=False)
class Statement:
    """One statement of an answer, in plain form.

    context: the headings, labels, parent items or column it stands under. before: the sentence just before it.
    """

    text: str
    context: str = ""
    before: str = ""
    listed: bool = False
    """Whether it is part of a table or a list."""
    number: int = 0
    """Its place among the statements of the answer."""
    known: Known | None = field(default=None, repr=False)
    """The words of the episode's log."""
    after: Stance | None = None
    """What a remark after it makes of it."""
    # What was found so far, since many checks ask for the same; None: not looked for yet.
    _found: dict[str, list[int]] = field(factory=dict[str, list[int]], init=False, repr=False)
    _days: list[Day] | None = field(default=None, init=False, repr=False)
    _numbers: list[Number] | None = field(default=None, init=False, repr=False)
    _strange: bool | None = field(default=None, init=False, repr=False)
    _instants: dict[Calendar, list[Instant]] = field(factory=dict[Calendar, list[Instant]], init=False, repr=False)

    def places(self, phrase: str) -> list[int]:
        """Where the phrase stands as whole words."""
        found = self._found.get(phrase)
        if found is None:
            words, pattern = _phrase(phrase)
            # Looking for the text first is far cheaper than the pattern, and most phrases are not there.
            found = [match.start() for match in pattern.finditer(self.text)] if words in self.text else []
            self._found[phrase] = found
        return found

    def concerns(self, words: Sequence[str]) -> bool:
        """Whether any of the words stands here or in the context. No words: yes."""
        return not words or any(_stands(word, self.text) or _stands(word, self.context) for word in words)

    @property
    def days(self) -> list[Day]:
        if self._days is None:
            self._days = days(self.text)
        return self._days

    @property
    def numbers(self) -> list[Number]:
        """Numbers that are no part of a date or of a time of the day."""
        if self._numbers is None:
            taken = [range(day.at, day.end) for day in self.days if day.on(_LEAP_YEAR)] + times(self.text)
            self._numbers = [number for number in numbers(self.text) if not any(number.at in span for span in taken)]
        return self._numbers

    def instants(self, calendar: Calendar) -> list[Instant]:
        if calendar not in self._instants:
            self._instants[calendar] = instants(self.text, self.days, calendar)
        return self._instants[calendar]

    def stance(self, start: int, end: int) -> Stance:
        """How the writer stands to what is said at [start, end), local negation aside."""
        framed = self.frame(start)
        if framed is not Stance.ASSERTED:
            return framed
        if after_value(self.text[end : end + 80]):
            return Stance.ATTRIBUTED
        if self._is_strange:
            return Stance.UNRESOLVED
        return _above(self.context)

    def frame(self, start: int) -> Stance:
        """What cues around it and remarks after it make of what is said from there, strange words aside."""
        found = next((frame.stance for frame in frames(self.text) if frame.start <= start < frame.end), Stance.ASSERTED)
        return self.after or found if found is Stance.ASSERTED else found

    @property
    def _is_strange(self) -> bool:
        """Whether it holds a word that neither the business nor the log knows."""
        if self._strange is None:
            self._strange = self.known is not None and bool(strange(self.text, self.known))
        return self._strange


_LEAP_YEAR = 2000
"""Stands for any year where only the places of dates matter."""


@lru_cache(maxsize=4096)
def _above(context: str) -> Stance:
    """What the heading, label or item above makes of all that stands under it."""
    for part in context.split(" | "):
        found = frames(part)
        if found and part.endswith(":"):
            return found[0].stance
    return Stance.ASSERTED


@frozen(slots=False)
class Answer:
    """A final answer as statements.

    known: the words of the episode's log; without them, no word is too strange to be understood.
    """

    raw: str
    known: Known | None = field(default=None, eq=False, repr=False)

    @cached_property
    def text(self) -> str:
        return plain(self.seen)

    @cached_property
    def raw_fields(self) -> int:
        """How many fields of raw records it holds; those of a dump are shown, and not told."""
        return len(_RAW_FIELD.findall(self.seen))

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        found = list(_Reader().read(self.seen))
        remarked = 0  # all statements before this one are spoken of already
        for number, statement in enumerate(found):
            statement.number = number
            statement.known = self.known
            if statement.before and self.known and self._announced(found, number):
                statement.after = Stance.UNRESOLVED
            if not _DIGIT.search(statement.text) and (stance := self._remark(statement)) is not None:
                remarked = _apply(stance, found, number, remarked)
        prose = [statement for statement in found if " | " not in statement.text]
        for statement, alike in zip(
            prose, refrained([one.text for one in prose], [one.listed for one in prose]), strict=True
        ):
            if alike:
                statement.after = statement.after or Stance.UNRESOLVED
        return tuple(found)

    def _announced(self, found: Sequence[Statement], number: int) -> bool:
        """Whether the sentence before it says how it is meant, or how the sentence is that it is a part of."""
        before = found[number - 1]
        goes_on = before.text.endswith(";") and before.after is Stance.UNRESOLVED
        return goes_on or self._announces(before)

    def _announces(self, statement: Statement) -> bool:
        """Whether a short sentence without values may say how the next one is meant: "Let me make something up."."""
        if _DIGIT.search(statement.text) or len(statement.text) > _ANNOUNCEMENT or self.known is None:
            return False
        return self._may_mean_another(statement.text, self.known)

    def _remark(self, statement: Statement) -> Stance | None:
        """What a statement without values says of the one before."""
        stance = remark(statement.text)
        if stance is None and self.known and statement.before and self._may_mean_another(statement.text, self.known):
            return Stance.UNRESOLVED
        return stance

    @staticmethod
    def _may_mean_another(text: str, known: Known) -> bool:
        """Whether a sentence without values may be about the one beside it, in a way that code does not understand."""
        return not COURTESY.search(text) and (bool(frames(text)) or speaks_of_it(text, known))

    @cached_property
    def seen(self) -> str:
        return seen(self.raw).strip()


_DIGIT = re.compile(r"\d")


def _apply(stance: Stance, found: Sequence[Statement], number: int, remarked: int) -> int:
    """A remark is about the sentence before it in its line, else about the line or block before, or about all. Returns
    where the statements begin that nothing is said of yet."""
    remark = found[number]
    all_of_it = stance is Stance.WITHDRAWN and takes_back_all(remark.text)
    whole = not remark.before.endswith(";")  # "...; no, scratch that" is about a part of its sentence, the last one
    for place in range(number - 1, remarked - 1, -1):
        before = found[place]
        before.after = before.after or stance
        silent = bool(before.before) and interjects(before.text)
        whole = whole or (silent and not before.before.endswith(";"))
        goes_on = silent or (whole and before.before.endswith(";"))
        if not (all_of_it or goes_on) and (remark.before or not before.listed):
            return remarked
    return number


def _stands(phrase: str, text: str) -> bool:
    words, pattern = _phrase(phrase)
    return words in text and pattern.search(text) is not None


@lru_cache(maxsize=8192)
def _phrase(phrase: str) -> tuple[str, re.Pattern[str]]:
    """The phrase in plain form, and a pattern for it as whole words. An id that begins another one's digits is not that one:
    tick-251116 does not stand in tick-251116-020."""
    words = plain_phrase(phrase)
    longer = r"(?!-\d)" if _NUMBERED.fullmatch(words) else ""
    return words, re.compile(rf"(?<!\w){re.escape(words)}(?!\w){longer}")


_NUMBERED = re.compile(r"[a-z]+(?:-\w+)*-\d+")


class _Reader:
    """Splits an answer, keeping track of what each line stands under."""

    def __init__(self) -> None:
        self.heading = ""
        self.label = ""
        self.parents: list[tuple[int, str]] = []
        self.table: list[list[str]] = []
        self.after_blank = True

    def read(self, raw: str) -> Iterator[Statement]:
        lines = [_QUOTED.sub("", line) for line in _tabulated(_plain_characters(raw).split("\n"))]
        for number, line in enumerate(lines):
            if line.lstrip().startswith("|"):
                yield from self._table_line(line)
                continue
            self.table = []
            text = _tidied(_BULLET.sub("", line))
            if text:
                yield from self._line(line, text, heads=_heads(text, lines[number + 1 : number + 3]))
            self.after_blank = not text

    def _line(self, line: str, text: str, *, heads: bool) -> Iterator[Statement]:
        """heads: whether it stands over a table or a list as its title."""
        bullet = _BULLET.match(line)
        indent = len(bullet[1]) if bullet else 0
        self.parents = [(depth, above) for depth, above in self.parents if bullet and depth < indent]
        if not bullet and self.after_blank:
            self.label = ""
        context = self._context()
        before = ""
        for sentence in _sentences(text):
            yield Statement(sentence, context, before, bullet is not None)
            before = sentence
        if line.lstrip().startswith("#"):
            self.heading, self.label = text[:_ABOVE], ""
        elif not bullet and (heads or text.endswith(":") or _BOLD_LINE.fullmatch(line)):
            self.label = _label(text)
        elif bullet:
            self.parents.append((indent, text[:_ABOVE]))

    def _context(self) -> str:
        return " | ".join(filter(None, (self.heading, self.label, *(above for _, above in self.parents[-_DEEPEST:]))))

    def _table_line(self, line: str) -> Iterator[Statement]:
        cells = [" ".join(cell.split()) for cell in _tidied(line).strip("|").split("|")]
        if all(set(cell) <= set("-: ") for cell in cells) and "-" in line:
            return
        self.table.append(cells)
        if len(self.table) == 1:
            return
        header, first = self.table[0], self.table[1]
        context = self._context()
        said = (sentence for cell in (" | ".join(cells), *cells) for sentence in _sentences(cell))
        row_stance = Stance.WITHDRAWN if any(map(row_taken_back, said)) else None
        yield Statement(" | ".join(cells), context, listed=True, after=row_stance)
        for number, cell in enumerate(cells[1:], 1):
            column = header[number] if number < len(header) else ""
            # A column is known by its header and by what its first row calls it: tables are written either way.
            named = f"{column} | {first[number]}" if number < len(first) else column
            row = f"{cells[0]} | {cells[1]}" if number > 1 else cells[0]
            yield Statement(
                f"{cells[0]} | {column} | {cell}",
                " | ".join(filter(None, (context, named, row))),
                listed=True,
                after=row_stance,
            )


_RAW_FIELD = re.compile(r'"[A-Za-z_]+"\s*:\s*["\[{\d-]|\b[a-z]+[A-Z]\w+\b\s*[:=]|\'[A-Za-z]+\'\s*:')


def _heads(text: str, below: Sequence[str]) -> bool:
    """Whether a short line without a full stop is the title of what stands below it: "New, without an owner (5)"."""
    following = next((line for line in below if line.strip()), "")
    listed = following.lstrip().startswith("|") or _BULLET.match(following) is not None
    return listed and len(text) <= _TITLE and ":" not in text and text[-1:] not in ".!?;,"


_TITLE = 80
"""Characters of a line that is a title."""


def _label(text: str) -> str:
    """What a line says of the lines below it: its last sentence, and others if they speak of what follows, or of how sure the
    writer is."""
    *before, last = _sentences(text)
    spoken = [one for one in before if _OF_WHAT_FOLLOWS.search(one.lower()) or _HEDGED.search(one.lower())]
    return " ".join((*spoken, last))[-_ABOVE:]


_HEDGED = re.compile(
    r"\b(?:sure|certain|verif\w+|confirm\w*|wrong|hypothetical\w*|suppos\w+|guess\w*|assum\w+|doubt\w*|may|might|could|would|"
    r"claim\w*|said|says|told|true|false|denied|declined|imagine|if)\b"
)
_OF_WHAT_FOLLOWS = re.compile(r"\b(?:following|follows?|below|next|these|this|here|list|lines?|all|none|nothing)\b")


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        while len(sentence) > LONGEST:
            cut = sentence.rfind(" ", 1, LONGEST) if " " in sentence[1:LONGEST] else LONGEST
            yield sentence[:cut]
            sentence = sentence[cut:].lstrip()
        yield sentence


def _tabulated(lines: list[str]) -> Iterator[str]:
    """The lines with CSV blocks as Markdown tables: a header and further lines of as many fields."""
    number = 0
    while number < len(lines):
        columns = len(_fields(lines[number])) if _CSV_HEADER.fullmatch(lines[number].strip()) else 0
        end = number + 1
        while columns and end < len(lines) and 2 <= len(_fields(lines[end])) <= columns:  # a total may be a shorter row
            end += 1
        block = lines[number:end]
        if len(block) > 1:
            yield from ("| " + " | ".join(_fields(line)) + " |" for line in block)
        else:
            yield from block
        number = end


_CSV_HEADER = re.compile(r"[\w #%/-]{1,40}(?:,[\w#%/-][\w #%/-]{0,40})+")
"""No space after its commas, or it would be prose."""


def _fields(line: str) -> list[str]:
    if "," not in line or len(line) > 2000:
        return []
    return [cell.strip() for cell in next(csv.reader([line]), [])]
