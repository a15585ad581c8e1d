"""What a judge says, in whatever form it comes: one reading is one vote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from attrs import frozen
from msgspec import Struct

from ...engine.canonical import parsed
from ...engine.errors import CoreCraftError

WORDS: dict[bool | None, str] = {True: "yes", False: "no", None: "cannot tell"}
_VERDICTS = {word: verdict for verdict, word in WORDS.items()}

MOST_REASON = 2_000
"""Characters kept of a reason."""


class Unreadable(CoreCraftError):
    """What came is no verdict."""


class NoVerdict(CoreCraftError):
    """The provider, or the model, gave none."""


@frozen
class Reading:
    """A vote: its number, what it says (None: cannot tell), the seqs it rests on, and why."""

    vote: int
    verdict: bool | None
    evidence: tuple[int, ...] = ()
    reason: str = ""


class Said(Struct):
    """As the prompt asks for it."""

    verdict: Literal["yes", "no", "cannot tell"]
    evidence: list[int] = []
    reason: str = ""

    def reading(self, vote: int) -> Reading:
        return Reading(vote, _VERDICTS[self.verdict], tuple(self.evidence), self.reason[:MOST_REASON])


class Given(Said):
    """The simple form of a line, from another model or a person."""

    custom_id: str = ""
    model: str = ""


class _Message(Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(Struct):
    choices: list[_Choice]
    model: str = ""


class _Response(Struct):
    status_code: int
    body: Any = None


class _Answered(Struct):
    """A line of a Batch output, or of its error file."""

    custom_id: str
    response: _Response | None = None
    error: Any = None


def of_completion(body: Any) -> tuple[str, Said]:
    """The model's name and what it says. Raises NoVerdict where it refuses or is silent, Unreadable for what is no verdict."""
    try:
        completion = msgspec.convert(body, _Completion)
        choice = completion.choices[0]
    except (msgspec.ValidationError, IndexError) as error:
        raise Unreadable(f"it holds no chat completion: {error}") from None
    text = choice.message.content
    if choice.message.refusal or not (text or "").strip():
        why = choice.message.refusal or f"nothing (finish_reason {choice.finish_reason})"
        raise NoVerdict(f"the model gives no verdict: {why[:200]}")
    if choice.finish_reason == "length":
        raise Unreadable("the model's text was cut short at its length limit")
    return completion.model, _said(text or "")


def of_line(line: bytes) -> tuple[str, str, Said]:
    """custom_id, the model's name ("" where it is not told) and what is said in one line of a file.

    Raises NoVerdict for a request that the provider could not serve, Unreadable for a line that is none.
    """
    try:
        value = parsed(line)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(value, dict) or "custom_id" not in value:
        raise Unreadable("it is no object with a custom_id")
    if "method" in value and "response" not in value:
        raise Unreadable("it is a question, not an answer: import what the provider made of this file")
    if "verdict" in value:
        given = _convert(value, Given)
        return given.custom_id, given.model, given
    answered = _convert(value, _Answered)
    if answered.response is None or answered.response.status_code != 200:
        raise NoVerdict(_why(answered))
    model, said = of_completion(answered.response.body)
    return answered.custom_id, model, said


def majority(votes: Sequence[bool | None]) -> bool | None:
    """What more than half of the votes say; None where that is nothing, or that they cannot tell."""
    return next((said for said in (True, False) if 2 * list(votes).count(said) > len(votes)), None)


def _said(text: str) -> Said:
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):  # endpoints without structured output
        text = text.partition("\n")[2].removesuffix("```")
    try:
        value = parsed(text.encode("utf-8", "replace"))
    except ValueError as error:
        raise Unreadable(f"the model's text is {error}: {text[:80]!r}") from None
    return _convert(value, Said)


def _convert(value: Any, form: Any) -> Any:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from None


def _why(answered: _Answered) -> str:
    """What the provider says went wrong, in one line."""
    response = answered.response
    said = answered.error or (response.body if response else None)
    while isinstance(said, dict):
        said = said.get("error") or said.get("message") or str(said)
    status = f"{response.status_code}: " if response else ""
    return f"{status}{str(said)[:200]}"
