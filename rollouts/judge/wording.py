"""A question in words: the fixed prompt, then the case, in which everything from the world or the agent is quoted.

A quoted line begins with a mark that no text can get rid of (`replay/visible.py`), so nothing inside can end the quotation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ...engine.canonical import digest, encode
from ...engine.event import ANSWERED, PROMPTED
from ...engine.trajectory import Call, Trajectory
from ...replay.visible import MARK, one_line, visible
from ...scenarios.grading import MAX_ANSWER
from .questions import Question

CALLS_ROOM = 40_000
"""Characters of all calls together."""
REPLY_ROOM = 6_000
"""Of them, of one reply, one list of arguments or one change."""

SCHEMA = {
    "type": "object",
    "properties": {
        "evidence": {"type": "array", "items": {"type": "integer"}},
        "reason": {"type": "string"},
        "verdict": {"type": "string", "enum": ["yes", "no", "cannot tell"]},
    },
    "required": ["evidence", "reason", "verdict"],
    "additionalProperties": False,
}
"""Reason before verdict: models write in this order."""


@cache
def prompt(about: str) -> str:
    """What every judge is told first. about: the company."""
    return _text().replace("{company}", about)


@cache
def _text() -> str:
    return (files("corecraft.rollouts.judge") / "prompt.md").read_text("utf-8")


@cache
def prompt_digest(about: str) -> str:
    """What a verdict names the prompt by."""
    return digest(prompt(about).encode())


def rules() -> list[str]:
    """What of it is said to people too: how to judge, a rule each."""
    _, _, told = _text().partition("How to judge\n\n")
    told, _, _ = told.partition("\n\nWhat to return")
    return [line.removeprefix("- ") for line in told.splitlines()]


def body(question: Question, model: str, temperature: float) -> dict[str, Any]:
    """A request for chat completions."""
    schema = {"name": "verdict", "strict": True, "schema": SCHEMA}
    messages = [{"role": "system", "content": prompt(question.about)}, {"role": "user", "content": case(question)}]
    form = {"type": "json_schema", "json_schema": schema}
    return {"model": model, "messages": messages, "temperature": temperature, "response_format": form}


def key(question: Question) -> str:
    """41 characters: the place, and 24 hex digits over every word the judge is shown. Another answer, another rubric or another
    prompt make another key."""
    shown = f"{prompt(question.about)}\n{case(question)}"
    return f"{question.place}-{digest(shown.encode())[:24]}"


def case(question: Question) -> str:
    """What the judge is shown of one question. It stands last: all before it is the same for the criteria of an episode, so
    that endpoints which keep what they have read are quick, and what is quoted does not have the last word."""
    past = question.past
    parts = [f"Request {_at(e.seq)}\n\n{quoted(e.data['text'])}" for e in past.events if _is_request(e.kind, e.data)]
    parts += ["The agent's calls", *calls(past, question.cited)]
    answer = question.answer
    cut = f", the first {MAX_ANSWER:,} of {len(answer):,} characters" if len(answer) > MAX_ANSWER else ""
    parts.append(f"The final answer {_answered(past)}{cut}\n\n{quoted(answer[:MAX_ANSWER])}")
    parts.append(f"The question ({question.criterion.tag})\n\n{one_line(question.criterion.question)}")
    return "\n\n".join(parts)


def quoted(text: str) -> str:
    """Text as data: what is hidden as escapes, and every line marked."""
    return "\n".join(MARK + line for line in visible(text).split("\n"))


def calls(past: Trajectory, cited: Sequence[int] = (), each: int = REPLY_ROOM) -> list[str]:
    """The calls in order, in as much room as there is. Those cited and those that changed something are given theirs first.

    each: characters shown of one reply, one list of arguments or one change.
    """
    every = list(past.calls())
    left = CALLS_ROOM
    shown: dict[int, str] = {}
    for call in sorted(every, key=lambda call: (not _is_cited(call, cited), not _changes(call), call.seq)):
        text = "\n".join(_lines(call, min(each, left)))
        left = max(0, left - len(text))
        if not left:
            break
        shown[call.seq] = text
    said = [shown[call.seq] for call in every if call.seq in shown]
    if missing := len(every) - len(said):
        said.append(f"{missing} further calls are left out for length.")
    return said or ["It made none."]


def _lines(call: Call, room: int) -> Iterator[str]:
    asked = {"tool": call.tool, "arguments": call.arguments}
    yield from _cut(f"Call {_at(call.seq)}", asked, room)
    for event in call.facts:
        for change in event.changes:
            yield from _cut(f"changed {_at(event.seq)}", {change.entity: change.id, "set": change.set}, room)
    yield from _cut(f"{'replied' if call.ok else 'was refused'} {_at(call.returned.seq)}", call.reply, room)


def _cut(head: str, value: Any, room: int) -> Iterator[str]:
    """A value as quoted JSON, under what is said of it."""
    text = encode(value).decode()
    yield head + (f", the first {room:,} of {len(text):,} characters" if len(text) > room else "")
    yield quoted(text[:room])


def _changes(call: Call) -> bool:
    return any(event.changes for event in call.facts)


def _is_cited(call: Call, cited: Sequence[int]) -> bool:
    return any(call.seq <= seq <= call.returned.seq for seq in cited)


def _is_request(kind: str, data: dict[str, Any]) -> bool:
    return kind == PROMPTED and data.get("role") == "user" and "text" in data


def _answered(past: Trajectory) -> str:
    return next((_at(e.seq) for e in reversed(past.events) if e.kind == ANSWERED), "(there is none)")


def _at(seq: int) -> str:
    return f"[{seq}]"
