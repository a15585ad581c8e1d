"""The loop of an episode: an agent says turns, its calls are made, until it answers or a rule ends it. Written once, without
I/O: what a model must be asked comes out as an `Ask`, and its answer is sent in, so one loop serves one episode or a thousand.

| what happens | what becomes of it |
|---|---|
| a turn with calls, several too | each is made in order, and its reply is told |
| a turn of text without calls | the final answer, cut off or a refusal too |
| a question that the requester can answer | told to him, and his answer to the agent |
| arguments that are no JSON, a tool that does not exist | a recorded refusal, told like any reply |
| an empty turn | the model is asked again; the third in a row closes with `empty_turns` |
| the same calls ten turns in a row | closes with `repeated_calls` |
| the limit of turns | closes with `turn_limit` |
| more than the model's context holds | closes with `context_overflow` |
| the episode's budget (calls, bytes) | closes with `budget_exhausted`, by the engine |

Whatever closes, the episode is graded as it stands. An endpoint that fails is no end: see `schedule.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import Protocol

from attrs import frozen

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError, EpisodeEnded
from ..engine.event import PROMPTED, RESPONDED
from .agents.turns import Agent, Answer, Ask, Completion, Message, Prompt, Replied, ToolCall, Turn, View

CONTEXT_OVERFLOW = "context_overflow"
EMPTY_TURNS = "empty_turns"
REPEATED_CALLS = "repeated_calls"
TURN_LIMIT = "turn_limit"

DONE = "DONE"
"""What a model in the requester's place says when it has nothing to add."""


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


def conversation(
    agent: Agent, episode: Episode, rules: Rules = RULES, user: Agent | None = None
) -> Generator[Ask, Completion, None]:
    """Play an open episode to its end, from wherever it stands. Yields what a model is to be asked; wants its answer sent.

    user: a model in the place of the requester, who answers what the agent says until it has nothing to add (`DONE`); without
    one it is whom the task scripts, if it does.
    """
    view = View.of(episode)
    with suppress(EpisodeEnded):  # its budget is used up: it is graded as it stands, without an answer
        while True:
            for call in view.waiting:
                view.messages.append(_made(episode, call))
            if (reason := _reason_to_end(view, rules)) is not None:
                return episode.close(reason)
            if (answer := _answer(view)) is not None:
                said = (yield from _asked(user, view)) if user is not None else episode.say(answer)
                if said is None:
                    return episode.submit(answer)
                if user is not None:
                    asked = len(episode.trajectory()) - 1
                    episode.record(PROMPTED, {"role": "user", "text": said, "answers": asked, "by": user.name})
                view.messages.append(Prompt("user", said))
                continue
            move = agent.step(view)
            if isinstance(move, Ask):
                move = move.then((yield move))
            if isinstance(move, Answer):
                return episode.submit(move.text)
            episode.record(RESPONDED, move.recorded(), beside=move.beside)
            view.messages.append(move)


async def converse(
    agent: Agent, episode: Episode, endpoint: Endpoint, rules: Rules = RULES, user: Agent | None = None
) -> None:
    """Drive one conversation. Raises what the endpoint raises, with the episode left open where it stands."""
    talk = conversation(agent, episode, rules, user)
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


def _asked(user: Agent, view: View) -> Generator[Ask, Completion, str | None]:
    """What the model in the requester's place says to the last turn, or None."""
    move = user.step(View((), _from_the_other_side(view.messages)))
    if isinstance(move, Ask):
        move = move.then((yield move))
    said = move.text.strip()
    return None if not said or said.rstrip(".").upper() == DONE else said


def _from_the_other_side(messages: Sequence[Message]) -> list[Message]:
    """A conversation as the requester has it: his words are the turns, the agent's are told, and calls are unseen."""
    turned: list[Message] = []
    for message in messages:
        if isinstance(message, Prompt) and message.role == "user":
            turned.append(Turn(message.text))
        elif isinstance(message, Turn) and not message.calls and message.text.strip():
            turned.append(Prompt("user", message.text))
    return turned


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
