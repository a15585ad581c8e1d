"""What a reader sees of an answer: neither what is hidden or struck out, nor marks that everybody reads past.

One pass over the text, in time linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,20})((?:\s[^<>]{0,300})?)/?>|<!--|~~")
_NEVER_SHOWN = frozenset(
    {"think", "thinking", "reasoning", "scratchpad", "script", "style", "template", "head", "title"}
)
_STRUCK = frozenset({"del", "s", "strike"})
_FOLDED = frozenset({"details"})
_HIDING = re.compile(
    r"\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])", re.I
)
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "section"})
_CELLS = frozenset({"td", "th"})
_PLAIN = frozenset(
    [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "big",
        "blockquote",
        "body",
        "button",
        "center",
        "code",
        "dd",
        "dl",
        "dt",
        "em",
        "font",
        "footer",
        "form",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "main",
        "mark",
        "nav",
        "noscript",
        "option",
        "pre",
        "select",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "svg",
        "tbody",
        "textarea",
        "thead",
        "u",
    ]
)
_KNOWN = _NEVER_SHOWN | _STRUCK | _FOLDED | _BREAKS | _CELLS | _PLAIN
"""What else stands in angle brackets is text: `<ord-251102-810>`."""
_LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\(([^()\s]{1,500})\)")
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning)>", re.I)
_THOUGHT_BEGINS = re.compile(r"<(?:think|thinking|reasoning)\b", re.I)
_SPACE = "\u00a0\u202f\u2009\u2007\u2008'\u2019"
_GROUP_SPACE = re.compile(rf"(?<=\d)[{_SPACE}](?=\d{{3}}(?!\d))")
"""Between groups of digits: 1 234 is one number."""
_GROUPED_CENTS = re.compile(rf"(?<!\d)(\d{{1,3}})[{_SPACE}](\d{{3}}),(\d\d)(?!\d)")


def seen(raw: str) -> str:
    """The text as it is read. Lines stay lines; in a row of a table `<br>` is a space."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text or "~~" in text:
        text = _shown(text)
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = _GROUP_SPACE.sub(",", _GROUPED_CENTS.sub(r"\1\2.\3", text))
        text = "".join(_legible(character) for character in text)
    elif "'" in text:
        text = _GROUP_SPACE.sub(",", _GROUPED_CENTS.sub(r"\1\2.\3", text))
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    return text


def _legible(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Cs", "Co") and not unicodedata.combining(character):
        return ""  # byte order marks, zero-width and direction marks, variation selectors
    if category == "So":
        return " "  # emoji and ornaments
    return "\n" if category in ("Zl", "Zp") else character


def _shown(text: str) -> str:
    """Without hidden elements, comments and what is struck out; other tags leave nothing, or the end of a line."""
    *_, last = (None, *_THOUGHT_ENDS.finditer(text))
    if last is not None and not _THOUGHT_BEGINS.search(text, 0, last.start()):
        text = text[last.end() :]  # its beginning stood in the prompt
    kept: list[str] = []
    hidden_by, depth, place, line = "", 0, 0, 0
    for tag in _TAG.finditer(text):
        if tag.start() < place or (tag[2] and tag[2].lower() not in _KNOWN):
            continue
        line = max(line, text.rfind("\n", line, tag.start()) + 1)
        if tag[0] == "<!--" or tag[0] == "~~":
            if hidden_by:
                continue
            kept.append(text[place : tag.start()])
            end = text.find("-->" if tag[0] == "<!--" else "~~", tag.end())
            if end < 0 and tag[0] == "~~":
                kept.append(text[tag.start() :].replace("~~", ""))
                return "".join(kept)
            if end < 0:
                return "".join(kept)
            place = end + (3 if tag[0] == "<!--" else 2)
            continue
        closes, name = bool(tag[1]), tag[2].lower()
        if hidden_by:
            if name == hidden_by:
                depth += -1 if closes else 1
            if not depth:
                hidden_by, place = "", tag.end()
            continue
        kept.append(text[place : tag.start()])
        place = tag.end()
        if not closes and _hides(name, tag[3]):
            hidden_by, depth = name, 1
        elif name in _BREAKS and (closes or name != "tr"):
            in_row = text[line : line + 40].lstrip("> ").startswith("|")
            kept.append(" " if in_row else "\n")
        elif name in _CELLS and not closes:
            kept.append(" | ")
    if not hidden_by:
        kept.append(text[place:])
    return "".join(kept)


def _hides(name: str, attributes: str) -> bool:
    if name in _NEVER_SHOWN or name in _STRUCK:
        return True
    if name in _FOLDED:
        return not re.search(r"\bopen\b", attributes)
    return bool(attributes and _HIDING.search(attributes))
