"""Whoever asked, as far as an agent can ask back: what he knows, told when he is asked about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from .event import PROMPTED, Event

_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


class Topic(Struct, frozen=True):
    """about: words of which a question holds one, capitals aside. says: what he answers then."""

    about: tuple[str, ...]
    says: str


class Respondent(Struct, frozen=True, omit_defaults=True):
    """patience: how often he answers. What asks him nothing that he knows is no question to him, and so the final answer."""

    topics: tuple[Topic, ...]
    patience: int = 3

    def answers(self, text: str, before: int) -> str | None:
        """What he says to a text, or None. before: how often he has answered."""
        if before >= self.patience:
            return None
        questions = [one.lower() for one in _SENTENCE_ENDS.split(text) if one.rstrip().rstrip("\"')*_").endswith("?")]
        told = [
            topic.says for topic in self.topics if any(_holds(q, words) for words in topic.about for q in questions)
        ]
        return " ".join(told) or None


def _holds(question: str, words: str) -> bool:
    """Whether it holds these words, whole ones."""
    return re.search(rf"(?<!\w){re.escape(words.lower())}(?!\w)", question) is not None


def answered_before(events: Sequence[Event]) -> int:
    """How often whoever asked has answered what he was asked back."""
    return sum(event.kind == PROMPTED and "answers" in event.data for event in events)
