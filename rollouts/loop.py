"""The loop of an episode: an agent says turns, its calls are made, until it answers or a rule ends it. Written once, without
I/O: what a model must be asked comes out as an `Ask`, and its answer is sent in, so one loop serves one episode or a thousand.

| what happens | what becomes of it |
|---|---|
| a turn with calls, several too | each is made in order, and its reply is told |
| a turn of text without calls | the final answer, as far as it goes: also when a token limit cut it off, or it is a refusal |
| arguments that are no JSON, a tool that does not exist | a recorded refusal, told like any reply |
| an empty turn | the model is asked again; the third in a row closes with `empty_turns` |
| the same calls ten turns in a row | closes with `repeated_calls` |
| the limit of turns | closes with `turn_limit` |
| more than the model's context holds | closes with `context_overflow` |
| the episode's budget (calls, bytes) | closes with `budget_exhausted`, by the engine |

Whatever closes, the episode is graded as it stands. An endpoint that fails is no end: see `schedule.py`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from itertools import takewhile
from typing import Protocol

from attrs import frozen

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError, EpisodeEnded
from ..engine.event import RESPONDED
from .agents.turns import Agent, Answer, Ask, Completion, Replied, ToolCall, Turn, View

CONTEXT_OVERFLOW = "context_overflow"
EMPTY_TURNS = "empty_turns"
REPEATED_CALLS = "repeated_calls"
TURN_LIMIT = "turn_limit"


class ContextOverflow(CoreCraftError):
    """More was said than the model can read."""


class Endpoint(Protocol):
    """Where models are asked."""

    async def complete(self, ask: Ask) -> Completion:
        """Raises ContextOverflow, or another CoreCraftError where no answer is to be had."""
        ...


@frozen
class Rules:
    """When an episode ends without an answer: see above."""

    turns: int = 1000
    empty: int = 3
    repeated: int = 10


RULES = Rules()


def conversation(agent: Agent, episode: Episode, rules: Rules = RULES) -> Generator[Ask, Completion, None]:
    """Play an open episode to its end, from wherever it stands. Yields what a model is to be asked; wants its answer sent."""
    view = View.of(episode)
    with suppress(EpisodeEnded):  # its budget is used up: it is graded as it stands, without an answer
        while True:
            for call in view.waiting:
                view.messages.append(_made(episode, call))
            if (reason := _reason_to_end(view, rules)) is not None:
                return episode.close(reason)
            if (answer := _answer(view)) is not None:
                return episode.submit(answer)
            move = agent.step(view)
            if isinstance(move, Ask):
                move = move.then((yield move))
            if isinstance(move, Answer):
                return episode.submit(move.text)
            episode.record(RESPONDED, move.recorded(), beside=move.beside)
            view.messages.append(move)


async def converse(agent: Agent, episode: Episode, endpoint: Endpoint, rules: Rules = RULES) -> None:
    """Drive one conversation. Raises what the endpoint raises, with the episode left open where it stands."""
    talk = conversation(agent, episode, rules)
    try:
        ask = next(talk)
        while True:
            ask = talk.send(await endpoint.complete(ask))
    except StopIteration:
        return
    except ContextOverflow:
        episode.close(CONTEXT_OVERFLOW)
    finally:
        talk.close()


def _made(episode: Episode, call: ToolCall) -> Replied:
    reply = episode.call(call.name, call.arguments.encode("utf-8", "surrogatepass") or b"{}", call_id=call.id)
    return Replied(call.id, call.name, reply.json.decode(), reply.ok)


def _answer(view: View) -> str | None:
    """The text of the last turn, if that is what it ends with."""
    last = view.messages[-1] if view.messages else None
    return last.text if isinstance(last, Turn) and not last.calls and last.text.strip() else None


def _reason_to_end(view: View, rules: Rules) -> str | None:
    turns = [message for message in view.messages if isinstance(message, Turn)]
    if _answer(view) is not None or not turns:
        return None
    if len(list(takewhile(_is_empty, reversed(turns)))) >= rules.empty:
        return EMPTY_TURNS
    if len(list(takewhile(lambda turn: _same_calls(turn, turns[-1]), reversed(turns)))) >= rules.repeated:
        return REPEATED_CALLS
    return TURN_LIMIT if len(turns) >= rules.turns else None


def _is_empty(turn: Turn) -> bool:
    return not turn.calls and not turn.text.strip()


def _same_calls(one: Turn, other: Turn) -> bool:
    return bool(other.calls) and [(c.name, c.arguments) for c in one.calls] == [
        (c.name, c.arguments) for c in other.calls
    ]
