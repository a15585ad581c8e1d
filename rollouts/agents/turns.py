"""What agents and models say to each other: turns, replies, and the view an agent has of its episode. No I/O here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from attrs import define, field, frozen

from ...engine.episode import Episode
from ...engine.toolset import Toolset


@frozen
class Prompt:
    """What the agent was told: role "system" or "user"."""

    role: str
    text: str


@frozen
class ToolCall:
    """A call as a model wrote it. arguments: JSON text, which may be broken."""

    id: str
    name: str
    arguments: str

    def recorded(self) -> dict[str, Any]:
        """As chat completions spell it; histories keep this form."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> ToolCall:
        function = data["function"]
        return cls(str(data["id"]), str(function["name"]), str(function.get("arguments") or ""))


@frozen
class Turn:
    """What a model said. Without calls its text is the final answer.

    usage: tokens as the endpoint counts them. tokens: `{"ids": [...], "logprobs": [...]}` where the server gives them.
    beside: cost, latency and the like, kept outside the hash.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    usage: Mapping[str, Any] | None = None
    finish_reason: str = ""
    model: str = ""
    tokens: Mapping[str, Any] | None = None
    beside: Mapping[str, Any] | None = field(default=None, eq=False)

    def recorded(self) -> dict[str, Any]:
        """The data of `model.responded`: what there is."""
        data = {
            "text": self.text, "reasoning": self.reasoning, "tool_calls": [call.recorded() for call in self.calls],
            "usage": self.usage, "finish_reason": self.finish_reason, "model": self.model, "tokens": self.tokens,
        }  # fmt: skip
        return {name: value for name, value in data.items() if value} or {"text": ""}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Turn:
        calls = tuple(map(ToolCall.read, data.get("tool_calls") or ()))
        return cls(str(data.get("text") or ""), calls, str(data.get("reasoning") or ""), data.get("usage"),
                   str(data.get("finish_reason") or ""), str(data.get("model") or ""), data.get("tokens"))  # fmt: skip


@frozen
class Replied:
    """The reply to a call of the last turn. json: as recorded, to the byte."""

    call_id: str
    name: str
    json: str
    ok: bool


@frozen
class Answer:
    """The final answer of an agent that is no model."""

    text: str


@frozen
class Completion:
    """What an endpoint answered: the body, decoded, and what is known of the way there."""

    body: Mapping[str, Any]
    beside: Mapping[str, Any] = field(factory=dict)


@frozen
class Ask:
    """What a model is to be asked, and what to make of its answer. body: of a chat completion, model included."""

    body: Mapping[str, Any]
    then: Callable[[Completion], Turn]


Message = Prompt | Turn | Replied


@define
class View:
    """What an agent sees of its episode: the tools, and all that was said, in order."""

    tools: Sequence[Mapping[str, Any]]
    """As published: name, description, inputSchema."""
    messages: list[Message]

    @classmethod
    def of(cls, episode: Episode) -> View:
        """From the history: an episode that was interrupted is seen as if nobody had stopped."""
        messages = [read_message(message) for message in episode.messages]
        return cls(_published(episode.toolset), messages)

    @property
    def last_turn(self) -> Turn | None:
        return next((message for message in reversed(self.messages) if isinstance(message, Turn)), None)

    @property
    def waiting(self) -> list[ToolCall]:
        """Calls of the last turn that have no reply yet."""
        replied: set[str] = set()
        for message in reversed(self.messages):
            if isinstance(message, Turn):
                return [call for call in message.calls if call.id not in replied]
            if isinstance(message, Replied):
                replied.add(message.call_id)
        return []


def read_message(message: Mapping[str, Any]) -> Message:
    """One of those of `engine.messages`."""
    if message["role"] == "assistant":
        return Turn.read({**message, "text": message["content"]})
    if message["role"] == "tool":
        return Replied(message["tool_call_id"], message["name"], message["content"], message["ok"])
    return Prompt(message["role"], message["content"])


@lru_cache(maxsize=64)
def _published(toolset: Toolset) -> tuple[Mapping[str, Any], ...]:
    """Schemas take longer to make than a turn."""
    return tuple(toolset.definitions())


class Agent(Protocol):
    """An agent without I/O: driven one by one, in batches, or from elsewhere, it is the same."""

    @property
    def name(self) -> str:
        """What runs are labelled with."""
        ...

    def step(self, view: View) -> Turn | Answer | Ask:
        """The next turn, the final answer, or what a model must be asked to know."""
        ...
