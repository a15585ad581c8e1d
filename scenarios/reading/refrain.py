"""Words that most sentences of an answer begin with say how all of it is meant, whether code understands them or not.

Nobody who tells what he found begins every sentence alike; whoever hands all of it to hearsay does. So what follows such
words is left to a reader. It costs next to nothing: of 700 references one in a hundred has two sentences that begin alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_WORDS = re.compile(r"\W{0,6}((?:[^\W\d]+(?:'[^\W\d]+)?[\s,:;]+){1,3})\S")
"""Up to three words before anything else; one with a figure in it is a thing that is spoken of."""
_ANYWHERE = re.compile(
    r"the|an?|this|that|th[eo]se|its?|he|she|his|her|they|their|we|our|i|my|you|your|there|"
    r"order|ticket|payment|refund|parcel|shipment|resolution|claim|build|product|customer|article"
)
"""What a sentence of any answer may begin with: it takes a further word to tell a refrain."""
_ENOUGH = ((2, 2), (1, 3))
"""So many words that as many sentences begin with; one word is enough for two as well, where there are no others."""


def refrained(sentences: Sequence[str]) -> list[bool]:
    """Of each sentence, whether it begins as more than half of those that say something."""
    words = [match[1].split() if (match := _WORDS.match(sentence)) else [] for sentence in sentences]
    spoken = sum(len(sentence.split()) > 1 for sentence in sentences)
    found = [False] * len(sentences)
    for length, least in _ENOUGH:
        begun = [_begin(each, length) for each in words]
        counts = Counter(filter(None, begun))
        alike = {
            begin for begin, count in counts.items() if (count >= least and 2 * count > spoken) or count == spoken == 2
        }
        found = [known or begin in alike for known, begin in zip(found, begun, strict=True)]
    return found


def _begin(words: Sequence[str], length: int) -> tuple[str, ...]:
    """Its first words, if there are as many."""
    wanted = length + (_ANYWHERE.fullmatch(words[0]) is not None if words else 0)
    return tuple(words[:wanted]) if len(words) >= wanted else ()
