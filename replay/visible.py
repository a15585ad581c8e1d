"""Text as data on a screen: nothing in it acts, and nothing in it passes for a line the program wrote.

Everything that is printed goes through here: `visible` makes what a terminal would obey, or not show, readable, and a
`Passage` marks every line of a longer text but its first, so that `8  passed` inside an answer is no step of a view.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

MARK = "┆ "
"""What every line of a passage but its first begins with. Text follows after it only, so none can lack it."""

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters by their category, and yet nothing is seen of them."""
_VARIANTS = range(0xE0100, 0xE01F0)
"""Variation selectors that no font needs; text can be hidden in them."""


def hidden(character: str) -> bool:
    """Whether it acts on a terminal, breaks or turns the line, or is not seen: all but the line feed."""
    if character == "\n":
        return False
    category = unicodedata.category(character)
    return category in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _BLANK or ord(character) in _VARIANTS


class _Escapes(dict[int, str]):
    """For `str.translate`: how each character is shown, found when it is first met."""

    def __init__(self, escape: Callable[[str], str]) -> None:
        self._escape = escape

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = shown = self._escape(character) if hidden(character) else character
        return shown


def _in_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


_ESCAPES = _Escapes(lambda character: character.encode("unicode_escape").decode())
_JSON_ESCAPES = _Escapes(_in_json)


def visible(text: str, limit: int | None = None) -> str:
    """Text with what is hidden as escapes, such as `\\x1b`; line feeds stay. limit: longest length before that."""
    if limit is not None and len(text) > limit:
        text = text[: limit - 3] + "..."
    return text.translate(_ESCAPES)


def one_line(text: str) -> str:
    """Visible text, line feeds as `\\n`."""
    return visible(text).replace("\n", "\\n")


def visible_json(text: str) -> str:
    """JSON that means the same, with what is hidden in its strings as `\\u` escapes."""
    return text.translate(_JSON_ESCAPES)


class Passage:
    """Text of any length. Lines after the first, those wrapped at the console's edge too, begin with a mark.

    indent: columns before all lines. hang: further ones before the mark.
    """

    def __init__(self, text: Text, indent: int = 0, hang: int = 0) -> None:
        self.text = text
        self.indent = indent
        self.hang = hang

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, line in enumerate(self._lines(console, options.max_width - self.indent)):
            yield Segment(" " * self.indent)
            if number:
                yield Segment(" " * self.hang + MARK, console.get_style("dim"))
            yield from line.render(console)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = max(map(cell_len, self.text.plain.split("\n"))) + self.indent
        marked = self.indent + self.hang + len(MARK)
        if "\n" in self.text.plain:
            width += marked
        return Measurement(min(width, marked + 2), width).with_maximum(options.max_width)

    def _lines(self, console: Console, width: int) -> Iterable[Text]:
        if "\n" not in self.text.plain and cell_len(self.text.plain) <= width:
            return [Text("", end="") + self.text]
        wrapped = self.text.wrap(console, max(width - self.hang - len(MARK), 2), overflow="fold")
        for line in wrapped:
            line.end = ""
        return wrapped
