"""Reading an answer: statements with the numbers and dates in them, whatever the format they were written in.

`$1,234.56` = `1234.56 USD`; 13 Nov = November 13, 2025 = 2025-11-13; twenty-one = 21. A statement is a sentence, a list item or
a table cell with its row and column; headings, labels and parent items above it are its context. Text of an answer is data.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

from attrs import define, field, frozen

_CHARACTERS = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    ord("’"): "'",
    ord("‘"): "'",
    ord("“"): '"',
    ord("”"): '"',
    ord("×"): "x",
}
_ABBREVIATIONS = "".join(rf"(?<!\b{word}\.)" for word in ("ms", "mr", "mrs", "dr", "no", "st", "ft", "mt"))
_SENTENCE_END = re.compile(rf"(?<=[.!?]){_ABBREVIATIONS}\s+(?=[^\s\d])|(?<=;)\s+")
"""A full stop before a figure ends nothing: "Nov. 13"."""
_MARKUP = re.compile(r"[*_`>#]+")
_BULLET = re.compile(r"^(\s*)(?:[-+•*]|\d+[.)])\s+")
_BOLD_LINE = re.compile(r"\s*\*\*[^*]+\*\*:?\s*")
_NUMBER = re.compile(
    r"(?<![\w.,/])(?<![\w.,/]-)(?<![\w.,/-]\$)(\$|usd\s?)?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?![\d/]|-\d|,\d{3}|\.\d)(\s?(?:usd|dollars))?"
)
_UNITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBER_WORDS = {word: 10 + n for n, word in enumerate(_TEENS)} | {
    (f"{ten}-{unit}" if unit else ten): 20 + 10 * n + m for n, ten in enumerate(_TENS) for m, unit in enumerate(_UNITS)
}
_NUMBER_STEMS = ("ten", "eleven", "twelve", "teen", *_TENS)
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})\b".replace("-", "[- ]"))

_HIDDEN = re.compile(r"<!--.*?-->|~~.*?~~", re.DOTALL)
"""Comments and what is struck out: no reader sees it as said."""

_RETRACTS = re.compile(
    r"\b(?:everything|all of (?:this|it|that)|all|what i (?:said|wrote)|the figures?) "
    r"(?:said |stated |written )?(?:above|before)\b"
    r".{0,40}\b(?:wrong|invented|made up|false|guess\w*|incorrect|untrue)\b|\bi got (?:all of )?(?:this|it) (?:all )?wrong\b|"
    r"\bon (?:second thought|reflection)\b.{0,60}\b(?:wrong|other|opposite|reverse)\b|\bno,? wait\b.{0,40}\bopposite\b"
)

_DIGIT = re.compile(r"\d")
LEAP_YEAR = 2000
"""Stands for any year where only the places of dates matter."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:,?\s+(\d{4}))?"
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})")
_US_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}{_YEAR}")
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}")


def plain(text: str) -> str:
    """Lower case, plain quotes and dashes, single spaces, no Markdown marks."""
    return _tidied(_plain_characters(text))


def _plain_characters(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_CHARACTERS)


def _tidied(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).lower().split())


plain_phrase = lru_cache(maxsize=8192)(plain)
"""`plain` for phrases that checks look for again and again."""


@frozen
class Number:
    """A number where it stands."""

    at: int
    end: int
    value: Decimal
    money: bool


WrittenDate = tuple[int, int, int | None, int, int]
"""A date as written: start, end, year if named, month, day."""


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
    # What was found so far, since many checks ask for the same; None: not looked for yet.
    _found: dict[str, list[int]] = field(factory=dict[str, list[int]], init=False, repr=False)
    _written: list[WrittenDate] | None = field(default=None, init=False, repr=False)
    _numbers: list[Number] | None = field(default=None, init=False, repr=False)

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
    def numbers(self) -> list[Number]:
        """Numbers that are no part of a date."""
        if self._numbers is None:
            taken = [range(start, end) for start, end, _ in self.dates(LEAP_YEAR)]
            found = _numbers_in(self.text)
            self._numbers = [number for number in found if not any(number.at in span for span in taken)]
        return self._numbers

    def dates(self, year: int) -> Iterator[tuple[int, int, date]]:
        """Start, end and day of every date; `year` where the text names none."""
        if self._written is None:
            self._written = list(_written_dates(self.text)) if _DIGIT.search(self.text) else []
        for start, end, named, month, day in self._written:
            with suppress(ValueError):  # 31 November is no date
                yield start, end, date(named or year, month, day)


@frozen(slots=False)
class Answer:
    """A final answer as statements."""

    raw: str

    @cached_property
    def text(self) -> str:
        return plain(self.raw)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        found = tuple(_Reader().read(_HIDDEN.sub("", self.raw)))
        # What was taken back is not said.
        kept = next((n for n in range(len(found), 0, -1) if _RETRACTS.search(found[n - 1].text)), 0)
        found = found[kept:]
        for number, statement in enumerate(found):
            statement.number = number
        return found


def _stands(phrase: str, text: str) -> bool:
    words, pattern = _phrase(phrase)
    return words in text and pattern.search(text) is not None


@lru_cache(maxsize=8192)
def _phrase(phrase: str) -> tuple[str, re.Pattern[str]]:
    """The phrase in plain form, and a pattern for it as whole words."""
    words = plain_phrase(phrase)
    return words, re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")


class _Reader:
    """Splits an answer, keeping track of what each line stands under."""

    def __init__(self) -> None:
        self.heading = ""
        self.label = ""
        self.parents: list[tuple[int, str]] = []
        self.table: list[list[str]] = []
        self.after_blank = True

    def read(self, raw: str) -> Iterator[Statement]:
        for line in _tabulated(_plain_characters(raw).splitlines()):
            if line.lstrip().startswith("|"):
                yield from self._table_line(line)
                continue
            self.table = []
            text = _tidied(_BULLET.sub("", line))
            if text:
                yield from self._line(line, text)
            self.after_blank = not text

    def _line(self, line: str, text: str) -> Iterator[Statement]:
        bullet = _BULLET.match(line)
        indent = len(bullet[1]) if bullet else 0
        self.parents = [(depth, above) for depth, above in self.parents if bullet and depth < indent]
        if not bullet and self.after_blank:
            self.label = ""
        context = self._context()
        before = ""
        for sentence in _SENTENCE_END.split(text):
            yield Statement(sentence, context, before, bullet is not None)
            before = sentence
        if line.lstrip().startswith("#"):
            self.heading, self.label = text, ""
        elif not bullet and (text.endswith(":") or _BOLD_LINE.fullmatch(line)):
            self.label = text
        elif bullet:
            self.parents.append((indent, text))

    def _context(self) -> str:
        return " | ".join(filter(None, (self.heading, self.label, *(above for _, above in self.parents))))

    def _table_line(self, line: str) -> Iterator[Statement]:
        cells = [" ".join(cell.split()) for cell in _tidied(line).strip("|").split("|")]
        if all(set(cell) <= set("-: ") for cell in cells) and "-" in line:
            return
        self.table.append(cells)
        if len(self.table) == 1:
            return
        header, first = self.table[0], self.table[1]
        context = self._context()
        yield Statement(" | ".join(cells), context, listed=True)
        for number, cell in enumerate(cells[1:], 1):
            column = header[number] if number < len(header) else ""
            # A column is known by its header and by what its first row calls it: tables are written either way.
            named = f"{column} | {first[number]}" if number < len(first) else column
            row = f"{cells[0]} | {cells[1]}" if number > 1 else cells[0]
            yield Statement(
                f"{cells[0]} | {column} | {cell}", " | ".join(filter(None, (context, named, row))), listed=True
            )


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


def _numbers_in(text: str) -> Iterator[Number]:
    if _DIGIT.search(text):
        for m in _NUMBER.finditer(text):
            yield Number(m.start(), m.end(), Decimal(m[2].replace(",", "")), bool(m[1] or m[3]))
    if not any(stem in text for stem in _NUMBER_STEMS):  # far cheaper than the pattern
        return
    for m in _NUMBER_WORD.finditer(text):
        yield Number(m.start(), m.end(), Decimal(_NUMBER_WORDS[m[0].replace(" ", "-")]), money=False)


def _written_dates(text: str) -> Iterator[WrittenDate]:
    for m in _ISO_DATE.finditer(text):
        yield m.start(), m.end(), int(m[1]), int(m[2]), int(m[3])
    for m in _US_DATE.finditer(text):
        yield m.start(), m.end(), int(m[3]) if m[3] else None, int(m[1]), int(m[2])
    for m in _DAY_FIRST.finditer(text):
        yield m.start(), m.end(), int(m[3]) if m[3] else None, _month(m[2]), int(m[1])
    for m in _MONTH_FIRST.finditer(text):
        yield m.start(), m.end(), int(m[3]) if m[3] else None, _month(m[1]), int(m[2])


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1
