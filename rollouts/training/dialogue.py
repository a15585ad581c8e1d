"""An episode as tokens: what a model was told, and which of it the model itself said.

Playing and training read a conversation with the same functions: `ModelAgent.step` puts it into chat messages, `pieces` into
text by the model's own chat template, `tokens` into ids. So a model is trained on exactly what it is played with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from attrs import evolve, frozen

from ...engine.errors import CoreCraftError
from ...engine.messages import messages
from ...engine.trajectory import Trajectory
from ..agents.model import NO_CALL, ModelAgent
from ..agents.turns import Message, Replied, Turn, View, read_message

Chat = Sequence[Mapping[str, Any]]
"""Messages as chat completions spell them."""


class Tokenizer(Protocol):
    """What is needed of a model's own. end: the token that ends a turn, as text."""

    @property
    def end(self) -> str: ...

    def render(self, chat: Chat, generation: bool) -> str:
        """By the chat template. generation: up to where the assistant's next turn begins."""
        ...

    def encode(self, text: str) -> list[int]:
        """Without tokens of its own at the beginning; special tokens in the text are such."""
        ...

    def decode(self, ids: Sequence[int]) -> str: ...


@frozen
class Piece:
    """A stretch of the rendered conversation. own: a turn of the model, with the token that ends it."""

    text: str
    own: bool


@frozen
class Tokens:
    """ids of a conversation. turns: where each turn of the model stands in them, from (included) and to (excluded)."""

    ids: tuple[int, ...]
    turns: tuple[tuple[int, int], ...]

    def and_then(self, said: Sequence[int]) -> Tokens:
        """With a further turn of the model."""
        start = len(self.ids)
        return Tokens((*self.ids, *said), (*self.turns, (start, start + len(said))))


def pieces(chat: Chat, tokenizer: Tokenizer) -> Iterator[Piece]:
    """A conversation, taken apart where the model's turns begin and end; what follows the last of them is there only if the
    model is to speak next. Raises CoreCraftError for a template that does not tell a turn as it was said."""
    done = ""
    for place, message in enumerate(chat):
        if message["role"] == "assistant":
            prompt = tokenizer.render(chat[:place], True)
            said = message["content"] + tokenizer.end
            if not prompt.startswith(done) or not tokenizer.render(chat[: place + 1], False).startswith(prompt + said):
                raise CoreCraftError("the model's chat template does not repeat a turn as the model said it")
            yield Piece(prompt[len(done) :], own=False)
            yield Piece(said, own=True)
            done = prompt + said
    if not chat or chat[-1]["role"] != "assistant":
        yield Piece(tokenizer.render(chat, True)[len(done) :], own=False)


def tokens(chat: Chat, tokenizer: Tokenizer, said: Sequence[Sequence[int] | None] = ()) -> Tokens:
    """said: of each turn of the model the ids it was sampled as, where they are known: a text has many spellings in ids."""
    ids: list[int] = []
    turns: list[tuple[int, int]] = []
    for piece in pieces(chat, tokenizer):
        known = said[len(turns)] if piece.own and len(turns) < len(said) else None
        new = list(known) if known is not None else tokenizer.encode(piece.text)
        if piece.own:
            turns.append((len(ids), len(ids) + len(new)))
            end = tokenizer.encode(tokenizer.end)
            new += end if new[-len(end) :] != end else []  # a turn that was cut off did not end itself
        ids += new
    return Tokens(tuple(ids), tuple(turns))


def chat_of(agent: ModelAgent, told: Sequence[Message]) -> Chat:
    """What the agent asks its model with, after all this was said."""
    return agent.step(View((), list(told))).body["messages"]


def told(trajectory: Trajectory) -> list[Message]:
    """All that was said in an episode, its final answer too, as whoever played it can be imitated: one call a turn, and no
    thoughts beside it, for a small model's dialogue has no place for more."""
    found: list[Message] = []
    said = [read_message(message) for message in messages(trajectory.as_told())]
    replies = {message.call_id: message for message in said if isinstance(message, Replied)}
    for message in said:
        if isinstance(message, Turn) and message.calls:
            found += _one_by_one(message, replies)
        elif not isinstance(message, Replied):
            found.append(message)
    answer = trajectory.answer
    if answer and not (found and isinstance(found[-1], Turn) and found[-1].text == answer):
        found.append(Turn(answer))
    return found


def _one_by_one(turn: Turn, replies: Mapping[str, Replied]) -> Iterator[Message]:
    for call in turn.calls:
        attempt = call.name == NO_CALL
        yield evolve(turn, text=turn.text if attempt else "", calls=(call,), tokens=None)
        if call.id in replies:
            yield replies[call.id]
