"""What only a reader can tell: questions for a judge, and what he said of them, read from the history."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.canonical import digest
from ...engine.genesis import Schema
from .base import Check, Evidence, Verdict


class Judge(Check, frozen=True, tag="judge"):
    """A yes/no question for a judge. While none has spoken the criterion stays unjudged and out of every fraction."""

    question: str

    def verdict(self, evidence: Evidence) -> Verdict:
        return told(evidence, self.question) or Verdict(None, "unjudged: no judge was asked", evidence.answered_at)

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.question.endswith("?"):
            yield "the question of a judge ends with a question mark"


def question_digest(question: str) -> str:
    """What `criterion.judged` names a question by."""
    return digest(question.encode())


def told(evidence: Evidence, question: str) -> Verdict | None:
    """What a judge last said to this question; None where none has spoken, or he could not tell either."""
    event = evidence.judged.get(question_digest(question))
    if event is None or event.data["verdict"] is None:
        return None
    said, judge = event.data["verdict"], event.data["model"]
    return Verdict(said, f"{judge} says {'yes' if said else 'no'}", (*evidence.answered_at, event.seq))
