"""The terminal as a judge: a person reads a case and answers, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.text import Text

from ..engine.canonical import encode
from ..engine.event import PROMPTED
from ..replay.visible import Passage
from ..rollouts.judge.questions import Question, end
from ..rollouts.judge.readings import Reading
from ..rollouts.judge.ruling import Clerk, Ruling, Written, readings_of
from ..rollouts.judge.wording import calls
from .output import console, framed, heading, say

ASKED = "y, n, ? (cannot tell), quote SEQ, skip or quit"
SHOWN = 400
"""Characters of a reply; `quote` shows all of it."""
_ANSWERS: dict[str, bool | None] = {"y": True, "yes": True, "n": False, "no": False, "?": None}


class Quit(Exception):
    """The reader wants to stop."""


def interview(clerk: Clerk, questions: Sequence[Question], model: str) -> Written:
    """Put to a person what he has not answered yet; what he says is recorded as he leaves an episode, however he leaves it."""
    written = Written()
    fresh = [question for question in questions if not readings_of(question, model, "")]
    try:
        for number, (episode, own) in enumerate(groupby(fresh, lambda question: question.episode)):
            rulings: list[Ruling] = []
            try:
                for place, question in enumerate(own):
                    if place == 0:
                        _show_episode(question, number)
                    if (reading := _ask(question)) is not None:
                        rulings.append(Ruling(question, model, "", (reading,)))
            finally:
                written += clerk.write(episode, rulings)
    except (Quit, EOFError, KeyboardInterrupt):
        pass
    return written


def _show_episode(question: Question, number: int) -> None:
    past = question.past
    heading(f"{number + 1}: {past.id}")
    for event in past.events:
        if event.kind == PROMPTED and event.data.get("role") == "user":
            framed(f"request [{event.seq}]", str(event.data.get("text")))
    for line in "\n".join(calls(past, question.cited, SHOWN)).split("\n"):
        console.print(Passage(Text(line)))
    framed("answer", past.answer or "(there is none)")


def _ask(question: Question) -> Reading | None:
    """What the reader says, with the events he had quoted; None where he skips it. Raises Quit, EOFError."""
    quoted: list[int] = []
    say((question.criterion.question, "bold"), f"  ({question.criterion.tag}, {question.criterion.id})")
    while True:
        word, _, rest = input(f"{ASKED}: ").strip().partition(" ")
        word = word.lower()
        if word in _ANSWERS:
            return Reading(0, _ANSWERS[word], tuple(quoted), "")
        if word in ("quit", "q"):
            raise Quit
        if word in ("skip", "s"):
            return None
        if word == "quote" and rest.isdecimal() and int(rest) <= end(question.past):
            quoted.append(int(rest))
            framed(f"event {rest}", encode(question.past.events[int(rest)]).decode())
        else:
            say(f"say {ASKED}")
