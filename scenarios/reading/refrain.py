"""Words that most sentences of an answer begin with say how all of it is meant, whether code understands them or not.

Nobody who tells what he found begins every sentence alike; whoever hands all of it to hearsay does. So what follows such
words is left to a reader. It costs next to nothing: hardly a reference has sentences that begin alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = re.compile(r"\W{0,6}((?:[^\W\d]+(?:['._-][^\W\d]+)*[\s,:;=]+){1,4})(\S+)")
"""The first words of a sentence, four at most, and what stands after them; one with a figure in it is a thing spoken of."""
_ANYWHERE = re.compile(
    r"the|an?|this|that|th[eo]se|its?|he|she|his|her|they|their|we|our|i|my|you|your|there|"
    r"order|ticket|payment|refund|parcel|shipment|resolution|claim|build|product|customer|article"
)
"""What a sentence of any answer may begin with: it takes a further word to tell a refrain."""
_FIGURE = re.compile(r"\d")
_LABEL = re.compile(r"\w[\w ]*: ")
_PAIR = 3
"""Words that two sentences must begin with; for more than two, or two lines of a form, one is enough."""


def refrained(sentences: Sequence[str], items: Sequence[bool]) -> list[bool]:
    """Of each sentence, whether it begins as more than half of those that say something. items: which are of a list, whose
    names may begin alike ("Horizon Fan X1")."""
    spoken = sum(len(sentence.split()) > 1 for sentence in sentences)
    found = [False] * len(sentences)
    for length in range(1, _PAIR + 1):
        groups: dict[tuple[str, ...], list[int]] = {}
        for number, sentence in enumerate(sentences):
            if begin := _begin(sentence, length, items[number]):
                groups.setdefault(begin, []).append(number)
        for begin, numbers in groups.items():
            if (
                len(numbers) > 1
                and 2 * len(numbers) > spoken
                and _tells([sentences[n] for n in numbers], begin, length)
            ):
                for number in numbers:
                    found[number] = True
    return found


def _begin(sentence: str, length: int, item: bool) -> tuple[str, ...]:
    """Its first words, if there are as many."""
    match = _WORDS.match(sentence)
    words = match[1].split() if match and not (item and _FIGURE.search(match[2])) else []
    wanted = length + (_ANYWHERE.fullmatch(words[0]) is not None if words else 0)
    return tuple(words[:wanted]) if len(words) >= wanted else ()


def _tells(sentences: Sequence[str], begin: Sequence[str], length: int) -> bool:
    """Whether what so many sentences begin with is no name or number that they only go on: "the duplicate is tick-1"."""
    rests = [sentence.split(begin[-1], 1)[1] for sentence in sentences]
    following = {rest.split()[0] for rest in rests if rest.split()}
    if len(following) > 1 and all(map(_FIGURE.search, following)):
        return False
    return length == _PAIR or len(sentences) > 2 or all(map(_LABEL.search, rests))
