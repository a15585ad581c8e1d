"""Words that most sentences of an answer begin with say how all of it is meant, whether code understands them or not.

Nobody who tells what he found begins every sentence alike; whoever hands all of it to hearsay does. So what follows such
words is left to a reader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_BEGINS = re.compile(r"\W{0,6}((?:[^\W\d]+(?:'[^\W\d]+)?[\s,:;]+){2})\S")
"""Two words before anything else; one with a figure in it is a thing that is spoken of."""
_LEAST = 2
"""Sentences that begin alike."""


def refrained(sentences: Sequence[str]) -> list[bool]:
    """Of each sentence, whether it begins as more than half of all do that could."""
    begun = [match[1] if (match := _BEGINS.match(sentence)) else None for sentence in sentences]
    counts = Counter(filter(None, begun))
    if not counts:
        return [False] * len(sentences)
    most, count = counts.most_common(1)[0]
    spoken = sum(len(sentence.split()) > 2 for sentence in sentences)
    return [count >= _LEAST and 2 * count > spoken and one == most for one in begun]
