"""How a statement stands to what it says: asserted, or denied, doubtful, attributed to somebody, supposed, or taken back.

What is said belongs to a frame when a cue before it governs it ("I could not confirm whether ..."), when a remark after it
takes it back ("..., or so the customer claims"), or when the whole sentence is a question. A clause after a verb that is not
known to assert ("she frets that ...") is unresolved: a check abstains there, as it does where something is only doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from importlib.resources import files

from attrs import frozen


class Stance(Enum):
    ASSERTED = "asserted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    DOUBTFUL = "doubtful"
    ATTRIBUTED = "attributed"
    HYPOTHETICAL = "hypothetical"
    UNRESOLVED = "unresolved"

    @property
    def unsaid(self) -> bool:
        """Whether the writer says that it is not so, rather than leaving it open."""
        return self in (Stance.DENIED, Stance.WITHDRAWN)


@frozen
class Frame:
    """Where a stance other than asserted holds in a text: [start, end)."""

    start: int
    end: int
    stance: Stance


# --- cues ------------------------------------------------------------------------------------------------------------


def _cues() -> dict[str, str]:
    """The patterns of cues.txt by section; of word lists, what stands for <NAME>."""
    found: dict[str, list[str]] = {}
    section: list[str] = []
    for line in (files("corecraft.scenarios.reading") / "cues.txt").read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            section = found[heading[1]] = []
        elif line and not line.startswith("#"):
            section += line.split(" | ") if " | " in line else [line]
    joined = {name: "|".join(patterns) for name, patterns in found.items()}
    return {name: re.sub(r"<(\w+)>", lambda m: f"(?:{joined[f'words {m[1]}']})", text) for name, text in joined.items()}


_TEXT = _cues()
_CUES = tuple((stance, re.compile(_TEXT[stance.value])) for stance in Stance if stance.value in _TEXT)
_SAYS_THAT = re.compile(_TEXT["says that"])
_ASSERTS = re.compile(_TEXT["asserts"])
_TAKEN_BACK = re.compile(_TEXT["taken back"])
_LEFT_OPEN = re.compile(_TEXT["left open"])
_AGAINST = re.compile(_TEXT["against"])
_TO_DO = re.compile(_TEXT["to do"])
_ASKS = re.compile(_TEXT["asks"])
_OFFERS = re.compile(_TEXT["offers"])
COURTESY = re.compile(_TEXT["courtesy"])
_TELLING_LABEL = re.compile(_TEXT["telling label"])
_INTERJECTION = re.compile(_TEXT["interjection"])
_OUTSIDER = re.compile(rf"\b(?:{_TEXT['words outsider']})\b")
_AUTHORITY = f"(?:{_TEXT['words authority']})"
_SAYING = f"(?:{_TEXT['words saying']})"
_ACCORDING = re.compile(
    r"\b(?:according to|per|as per|as (?:told|reported|stated|claimed) by|quoting|citing|in the words of)\s+"
)
_ASIDE = re.compile(rf", (?:(?:or )?so |as )?((?:[\w']+ ){{1,4}})(?:{_SAYING})(?: (?:me|us|it|you))?(?=,)")
"""Set in between: "the parcel was, the customer says, delivered ..."."""
_THAT = re.compile(
    r"^\W{0,6}(?:(?:so|well|now|and|honestly|frankly|look|listen|okay|ok|hmm|oh|yes|no),? )*"
    r"(?:it|i|we|you|he|she|they|people|somebody|someone|everybody|everyone|nobody|rumou?r|word|there|one|some|many)\b"
    r"(?:'\w+)?(?: (?!that\b|a\b|an\b|the\b|one\b|no\b|any\b|two\b|three\b|which\b)[\w']+){1,6} that\b"
)
"""A short clause about somebody, and then what follows from it; "I have a card that fits" is none."""
_BEFORE_A_FORM = re.compile(
    r"^\W{0,6}(?!(?:hi|hello|hey|dear|good|subject|betreff|re)\b)[a-z][^|:\d ]* [^|:\d ]+ [^|:\d]{1,140}?"
    r"(?:(?:[,:]| -) (?:(?!(?:though|however|too|set|use|choose|pick|select|open)\b)[\w&#'-]+(?: [\w&#'-]+){0,2}:\s|[-*•|] )"
    r"|\b(?:that|where|when|if|whether|how) [-*•|] )"
)
"""Words before what begins a line of a form, a row or an item: "as legend knows, TOTAL: 5"."""
_FAR_THAT = re.compile(
    r"^\W{0,6}[a-z][^.:|\d]{4,140}?(?:,|, (?:is|was|being|goes)) that "
    r"(?!(?:is|was|comes|makes|leaves|gives|brings|adds|means)\b)"
)
"""What is said in two parts: "your claim, as I understand it, is that ..."."""
_LEADS_IN = re.compile(_TEXT["leads in"])
_NO_LEAD = re.compile(_TEXT["no lead"])
_DENIES = re.compile(
    r"(?:\bnot|n't|\bno|\bnever|\bnor|\bhardly|\bnothing)\b(?! (?:doubt|question|mistake))(?:\W+[\w']+){0,5}\W*$"
)
_CLAUSE_END = re.compile(r"[,;)]| - | but | however ")
_GOVERNS = re.compile(r"(?:that|whether|if|:|unless|how|what|when|where)$")

_AFTER_VALUE = re.compile(
    rf"^[^,.;:]{{0,30}},? ?(?:as|like|or so|so) (?:\w+ ){{0,3}}?(?:{_SAYING})\b|"
    rf"^,? ?according to (?!(?:\w+ ){{0,3}}{_AUTHORITY}\b)"
)


@lru_cache(maxsize=4096)
def frames(text: str) -> tuple[Frame, ...]:
    """The frames within one plain statement."""
    if len(text) < 8:
        return ()
    if text.rstrip("\"')* ").endswith("?") and not _OFFERS.search(text):
        asks = _ASKS.search(text)
        return (Frame(asks.start() if asks else 0, len(text), Stance.DOUBTFUL),)
    found = list(_before(text))
    found += (Frame(0, m.start(), Stance.WITHDRAWN) for m in _TAKEN_BACK.finditer(text) if m.start() > 3)
    found += (Frame(0, m.start(), Stance.DOUBTFUL) for m in _LEFT_OPEN.finditer(text) if m.start() > 3)
    return tuple(found)


_TRUSTED = re.compile(rf"(?:[\w'#]+ ){{0,4}}{_AUTHORITY}\b|business|day|unit|piece|hour|week|month|cent")
"""After "according to"; or "per" is said of a rate."""
_GLAD = re.compile(r"\b(?:glad|happy|pleased|relieved|delighted|sorry|good|great|nice) to $")
_SHORT_LABEL = re.compile(r"^\W{0,6}[\w'-]+(?: [\w'-]+)?(?::| \|)")


def _before(text: str) -> Iterator[Frame]:
    against = [m.start() for m in _AGAINST.finditer(text)]
    to_do = sorted([*against, *(m.start() for m in _TO_DO.finditer(text))])
    label = _SHORT_LABEL.match(text)  # of a form: "claim: yes"; it tells nothing, unless that is what it says
    begin = label.end() if label and not _TELLING_LABEL.match(text) else 0
    for stance, pattern in _CUES:
        for m in pattern.finditer(text, begin):
            open_ = stance is Stance.HYPOTHETICAL or (stance is Stance.DOUBTFUL and not _GOVERNS.search(m[0]))
            yield Frame(m.end(), _scope(text, m, to_do if open_ else against), stance)
    for m in _SAYS_THAT.finditer(text, begin):
        if _GLAD.search(text[: m.start()][-30:]):
            continue
        if _OUTSIDER.search(text[: m.start()][-90:]) or not re.search(
            rf"\b{_AUTHORITY}\b(?:\W{{1,4}}[\w#'-]+){{0,5}}\W{{0,4}}$", text[: m.start()][-90:]
        ):
            yield Frame(m.end(), _scope(text, m, against), Stance.ATTRIBUTED)
    for m in _ASIDE.finditer(text):
        if not re.search(rf"\b{_AUTHORITY}\b", m[1]):
            yield Frame(m.end(), _next_reset(len(text), m.end(), against), Stance.ATTRIBUTED)
    for m in _ACCORDING.finditer(text):
        if not _TRUSTED.match(text[m.end() :][:70]):
            yield Frame(m.end(), _next_reset(len(text), m.end(), against), Stance.ATTRIBUTED)
    for pattern in (_BEFORE_A_FORM, _FAR_THAT):
        if (m := pattern.match(text)) and not COURTESY.search(m[0]):
            yield Frame(m.end(), _next_reset(len(text), m.end(), against), Stance.UNRESOLVED)
    if ((m := _THAT.match(text)) and not _ASSERTS.search(m[0])) or ((m := _LEADS_IN.match(text)) and _leads_away(m[1])):
        yield Frame(m.end(), _next_reset(len(text), m.end(), against), Stance.UNRESOLVED)


def _leads_away(clause: str) -> bool:
    """Whether a clause before "that" does not stand for what follows; who says something is looked at elsewhere."""
    if re.search(rf"\b{_SAYING}\b", clause):
        return False
    return _DENIES.search(clause) is not None or not (_ASSERTS.search(clause) or _NO_LEAD.search(clause))


def _scope(text: str, m: re.Match[str], resets: list[int]) -> int:
    """How far a cue reaches: to the end of the sentence when it governs or opens it, else to the end of its clause."""
    if _GOVERNS.search(m[0]) or not text[: m.start()].strip(" \"'(-*,") or text[m.end() : m.end() + 1] in (",", ":"):
        return _next_reset(len(text), m.end(), resets)
    if re.match(r"[^,;]{0,80}?(?:\bthat\b|\bwhether\b|:)", text[m.end() :][:90]) or m.start() < 60:
        return _next_reset(len(text), m.end(), resets)
    end = _CLAUSE_END.search(text, m.end())
    return end.start() if end else len(text)


def _next_reset(length: int, place: int, resets: list[int]) -> int:
    return next((reset for reset in resets if reset >= place), length)


@lru_cache(maxsize=4096)
def remark(text: str) -> Stance | None:
    """What a statement says of the one before it, if it is a remark of that kind."""
    if _TAKEN_BACK.search(text):
        return Stance.WITHDRAWN
    if _SHORT_LABEL.match(text) and not _TELLING_LABEL.match(text):
        return None  # "return window: unconfirmed"
    return Stance.DOUBTFUL if _LEFT_OPEN.search(text) else None


def interjects(text: str) -> bool:
    """Whether a statement says nothing by itself, so that a remark after it is about what stands before: "Sorry."."""
    return bool(_INTERJECTION.fullmatch(text))


def row_taken_back(text: str) -> bool:
    """Whether a row of a table takes itself back."""
    return bool(_TAKEN_BACK.search(text))


def takes_back_all(text: str) -> bool:
    """Whether a remark is about everything before it."""
    return bool(_ALL.search(text))


_ALL = re.compile(r"\b(?:everything|all|none of|nothing|above|any of|so far|nichts davon|alles|nada|todo|tout|rien)\b")


def after_value(text: str) -> bool:
    """Whether what follows a value hands it to somebody: "17 November, as the customer writes"."""
    return bool(_AFTER_VALUE.match(text))
