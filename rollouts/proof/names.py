"""Prompts without names and figures."""

from __future__ import annotations

import re
from functools import cache

from ...scenarios.company import OURS, company


def skeleton(prompt: str, whose: str = OURS) -> str:
    """A prompt without names, ids, dates and figures: what is left of two tasks worded alike is the same."""
    names = _names(whose)
    kept: list[str] = []
    opens = True
    for word in prompt.split():
        bare = word.strip("\"'“”’.,;:!?()").removesuffix("'s").removesuffix("’s")
        named = bare in names or (not opens and bare[:1].isupper())
        kept.append("*" if named or re.search(r"\d|[a-z]-[a-z]", word) else word.lower())
        opens = word[-1] in ".?!:"
    return re.sub(r"(?:\* ?)+", "* ", " ".join(kept)).strip()


@cache
def _names(whose: str) -> frozenset[str]:
    """First and last names, which may also open a sentence."""
    return frozenset(company(whose).asides.names())
