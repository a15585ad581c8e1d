"""The words in which this company's business is done: those of its tasks and right answers, and those of an episode's own log.

A writer who steps back from what he says uses others ("I would take it with a pinch of salt that ..."), and nobody can list all
of them. So a statement that holds a word which neither the business nor the log knows is unresolved: code abstains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib.resources import files

from .notation import MONTHS, NUMBER_WORDS

FILE = "words.txt"
_WORD = re.compile(r"(?<![\w#@./'-])[a-zà-ÿ][a-zà-ÿ']+(?![\w@/-]*[\d@])")

Known = Callable[[str], bool]
"""Whether a word is one of the episode's log."""


def words(text: str) -> list[str]:
    """Of a plain text; ids and figures are none."""
    return _WORD.findall(text)


@cache
def of_business() -> frozenset[str]:
    """Their stems. Written by `corecraft tasks pin` from all tasks and their reference answers."""
    written = (files("corecraft.scenarios.reading") / FILE).read_text("utf-8").split()
    return frozenset(map(stem, (*written, *NUMBER_WORDS, *MONTHS)))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without what inflects it: "calculated", "calculation" and "calculates" are one."""
    return _INFLECTION.sub("", word.removesuffix("'s")) if len(word) > 3 else word


_INFLECTION = re.compile(r"(?:ations?|ating|ated|ates?|ions?|ings?|ed|es|er|ers|s|ly|e|y|ies)$")


def strange(text: str, known: Known) -> list[str]:
    """Words that neither the business nor the log knows."""
    business = of_business()
    return [word for word in words(text) if stem(word) not in business and not known(stem(word))]


_LONG = 8
"""Letters from which a word may be a name such as insufficient_funds, in which plain text has no underscore."""


@cache
def stems(text: str) -> frozenset[str]:
    """Of the words of a text."""
    return frozenset(map(stem, words(text.lower())))


def in_log(texts: Iterable[str], business: str = "") -> Known:
    """Whether a word in any of these texts begins like this one; they are read when it is asked for the first time. business: a
    text whose words are known as they are."""
    read: list[str] = []
    met: dict[str, bool] = dict.fromkeys(stems(business), True)

    def known(word: str) -> bool:
        if word not in met:
            if not read:
                read.append("\n".join(texts).lower())
            begins = word in read[0] and re.search(rf"(?<![a-z]){re.escape(word)}", read[0]) is not None
            met[word] = begins or (len(word) >= _LONG and word in read[0].replace("_", ""))
        return met[word]

    return known


_ABOUT_IT = re.compile(
    r"\b(?:this|that|it|its|so|these|those|them|none|nothing|nobody|everything|all|any|above|previous|preceding|foregoing|last|statement|sentence|information|not|no|never|i|me|my)\b|n't"
)


def speaks_of_it(text: str, known: Known) -> bool:
    """Whether a sentence without values may be a remark on the one before it, in words that code does not understand."""
    found = strange(text, known)
    return bool(found) and (_ABOUT_IT.search(text) is not None or 2 * len(found) >= len(words(text)))
