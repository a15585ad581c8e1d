"""Playing many episodes at once with a model in this process: the loop of `loop.py`, with a `Sampler` as its endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from attrs import define, field

from ...engine.episode import Episode
from ...engine.errors import CoreCraftError, StorageFailed
from ..agents.model import ModelAgent
from ..agents.turns import Completion, Turn, View
from ..loop import CONTEXT_OVERFLOW, Rules, conversation
from .dialogue import Chat, Tokenizer, tokens
from .sampler import Said, Sampler

J = TypeVar("J")


@define
class _Talk:
    """One conversation, and the ids its turns were sampled as."""

    job: Any
    episode: Episode
    agent: ModelAgent
    rules: Rules
    said: list[Any] = field(init=False)
    _asks: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        view = View.of(self.episode)
        turns = (m for m in view.messages if isinstance(m, Turn) and (m.text or m.calls))
        self.said = [turn.tokens.get("ids") if turn.tokens else None for turn in turns]
        self._asks = conversation(self.agent, self.episode, self.rules)

    def goes_on(self, completion: Completion | None = None) -> Chat | None:
        """What the model is told next; None at the end."""
        try:
            ask = next(self._asks) if completion is None else self._asks.send(completion)
        except StopIteration:
            return None
        return ask.body["messages"]


def play_together(
    begun: Iterator[tuple[J, Episode]],
    agent: ModelAgent,
    tokenizer: Tokenizer,
    sampler: Sampler,
    rules: Rules,
    ended: Callable[[J, Episode], Any],
    failed: Callable[[J, Episode, Exception], Any],
) -> None:
    """Play all that is begun to its end, as many at a time as the sampler has rows. failed: what one of our tools, or the
    engine, could not go on with."""
    talks: dict[int, _Talk] = {}

    def go_on(row: int, talk: _Talk, completion: Completion | None) -> bool:
        """Whether the row is taken by the conversation's next turn."""
        try:
            chat = talk.goes_on(completion)
            if chat is None:
                ended(talk.job, talk.episode)
                return False
            context = tokens(chat, tokenizer, talk.said).ids
            if len(context) >= sampler.room:
                talk.episode.close(CONTEXT_OVERFLOW)
                ended(talk.job, talk.episode)
                return False
        except StorageFailed:
            raise
        except CoreCraftError as error:
            failed(talk.job, talk.episode, error)
            return False
        sampler.speak(row, context, f"{talk.episode.id} {len(context)}")
        talks[row] = talk
        return True

    def fill(row: int) -> None:
        for job, episode in begun:
            if go_on(row, _Talk(job, episode, agent, rules), None):
                return

    for row in sampler.free:
        fill(row)
    while talks:
        for row, said in sampler.advance().items():
            talk = talks.pop(row)
            talk.said.append(said.ids)
            if not go_on(row, talk, _completion(said, tokenizer)):
                fill(row)


def _completion(said: Said, tokenizer: Tokenizer) -> Completion:
    """As a chat-completions endpoint would answer that gives token ids."""
    text = tokenizer.decode(said.ids[:-1] if said.ended else said.ids)
    listed = [{"id": id, "logprob": logprob} for id, logprob in zip(said.ids, said.logprobs, strict=True)]
    choice = {
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop" if said.ended else "length",
        "logprobs": {"content": listed},
    }
    return Completion({"choices": [choice], "usage": {"completion_tokens": len(said.ids)}})
