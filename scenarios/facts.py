"""Reading an answer: statements with the numbers and dates in them, whatever the format they were written in.

`$1,234.56` = `1234.56 USD`; 13 Nov = November 13, 2025 = 2025-11-13. A statement is a sentence, a list item or a table
cell with its row and column names; the heading above it is its context. Text of an answer is data, never executed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

from attrs import frozen

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_QUOTES = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"'}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\s\d])|(?<=;)\s+")  # "Nov. 13" is no end
_MARKUP = re.compile(r"[*_`>#]+")
_BULLET = re.compile(r"^\s*(?:[-+•]|\d+[.)])\s+")
_NUMBER = re.compile(r"(?<![\w.,/-])\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d/]|-\d|,\d{3}|\.\d)")
_NEGATION = re.compile(r"\b(?:not|never|no|neither|nor|cannot|without|instead of|rather than|isn't|wasn't)\b|n't\b")

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
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).translate(_QUOTES)
    return " ".join(_MARKUP.sub("", text).lower().split())


plain_phrase = lru_cache(maxsize=8192)(plain)
"""`plain` for phrases that checks look for again and again."""


@frozen(slots=False)
class Statement:
    """One statement of an answer, in plain form, with the heading or label it stands under."""

    text: str
    context: str = ""

    def says(self, phrase: str) -> bool:
        """Whether the phrase stands here as whole words and is not denied just before."""
        words, pattern = _phrase(phrase)
        # Looking for the text first is far cheaper than the pattern, and most phrases are not there.
        return words in self.text and any(not self.denies(match.start()) for match in pattern.finditer(self.text))

    def concerns(self, words: Sequence[str]) -> bool:
        """Whether any of the words stands here or in the context. No words: yes."""
        return not words or any(_stands(word, self.text) or _stands(word, self.context) for word in words)

    def denies(self, position: int) -> bool:
        """Whether what stands at `position` is negated in the forty characters before it ("not 5 but 13": not 13)."""
        before = self.text[max(0, position - 40) : position].rpartition(" but ")[2]
        return bool(_NEGATION.search(before))

    @cached_property
    def numbers(self) -> frozenset[Decimal]:
        """Numbers stated and not denied; money is a number."""
        matches = _NUMBER.finditer(self.text)
        return frozenset(Decimal(m[1].replace(",", "")) for m in matches if not self.denies(m.start()))

    def dates(self, year: int) -> frozenset[date]:
        """Dates stated and not denied; `year` where the text names none."""
        return frozenset(day for start, day in _dates(self.text, year) if not self.denies(start))


@frozen(slots=False)
class Answer:
    """A final answer as statements."""

    raw: str

    @cached_property
    def text(self) -> str:
        return plain(self.raw)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(_statements(self.raw))


def _stands(phrase: str, text: str) -> bool:
    words, pattern = _phrase(phrase)
    return words in text and pattern.search(text) is not None


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> tuple[str, re.Pattern[str]]:
    """The phrase in plain form, and a pattern for it as whole words."""
    words = plain_phrase(phrase)
    return words, re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")


def _statements(raw: str) -> Iterator[Statement]:
    context = ""
    header: list[str] = []
    for line in raw.splitlines():
        if line.lstrip().startswith("|"):
            cells = [plain(cell) for cell in line.strip().strip("|").split("|")]
            if not header:
                header = cells
            elif not all(set(cell) <= set("-: ") for cell in cells):
                yield from _table_row(header, cells, context)
            continue
        header = []
        text = plain(_BULLET.sub("", line))
        if not text:
            continue
        if line.lstrip().startswith("#") or text.endswith(":"):
            context = text
        for sentence in _SENTENCE_END.split(text):
            yield Statement(sentence, context)


def _table_row(header: list[str], cells: list[str], context: str) -> Iterator[Statement]:
    yield Statement(" | ".join(cells), context)
    for column, cell in zip(header[1:], cells[1:], strict=False):
        yield Statement(f"{cells[0]} | {column} | {cell}", context)


def _dates(text: str, year: int) -> Iterator[tuple[int, date]]:
    for m in _ISO_DATE.finditer(text):
        yield from _date(m.start(), m[1], m[2], m[3])
    for m in _US_DATE.finditer(text):
        yield from _date(m.start(), m[3] or year, m[1], m[2])
    for m in _DAY_FIRST.finditer(text):
        yield from _date(m.start(), m[3] or year, _month(m[2]), m[1])
    for m in _MONTH_FIRST.finditer(text):
        yield from _date(m.start(), m[3] or year, _month(m[1]), m[2])


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _date(start: int, year: str | int, month: str | int, day: str | int) -> Iterator[tuple[int, date]]:
    try:
        yield start, date(int(year), int(month), int(day))
    except ValueError:
        return
