"""Chat JSONL: one conversation a line, as models are fine-tuned on and as chat completions spell it.

    {"messages": [...], "tools": [...], "metadata": {...}}

`weight` of an assistant's message is 1 where the episode's own agent said it, and 0 where it was inherited from a parent: the
mask of what is to be learnt. `metadata` holds what else is known; trainers pass it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ...engine.canonical import encode, parsed
from ...engine.files import open_regular
from .conversation import Call, Conversation, Message, Said, Turn, ended, replied, reply_of, reply_text
from .functions import definitions, functions
from .table import Format, Malformed, Source

# --- written ---------------------------------------------------------------------------------------------------------


def row(conversation: Conversation) -> dict[str, Any]:
    """A conversation as a line of the file. Without `tools` where they are not known."""
    last = conversation.messages[-1]
    told: dict[str, Any] = {
        "messages": [one for message in conversation.messages for one in _told(message, message is last)]
    }
    if conversation.tools is not None:
        told["tools"] = functions(conversation.tools)
    about = {
        "episode": conversation.id,
        "closed": conversation.closed,
        "answer": conversation.answer,
        **conversation.about,
    }
    if conversation.grade:  # without its criteria: they say what is right, and what is learnt from is no place for that
        about["grade"] = {name: value for name, value in conversation.grade.items() if name != "criteria"}
    return {**told, "metadata": about}


def _told(message: Message, last: bool) -> Iterator[dict[str, Any]]:
    """A call without a reply is left out where more was said after it: nobody takes a conversation with one."""
    if isinstance(message, Said):
        yield {"role": message.role, "content": message.text}
        return
    calls = [call for call in message.calls if call.replied or last]
    said: dict[str, Any] = {"role": "assistant", "content": message.text if message.text or not calls else None}
    if message.reasoning:
        said["reasoning_content"] = message.reasoning
    if calls:
        said["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in calls
        ]
    yield said | {"weight": int(not message.copied)}
    for call in calls:
        if call.replied:
            yield {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": reply_text(call.reply)}


def write(path: Path, source: Source, conversations: Iterable[Conversation]) -> None:
    with path.open("wb") as file:
        for conversation in conversations:
            file.write(encode(row(conversation)) + b"\n")


# --- read ------------------------------------------------------------------------------------------------------------


class _Part(Struct):
    type: str
    text: str = ""


class _Function(Struct):
    name: str
    arguments: str | dict[str, Any] = ""


class _Call(Struct):
    function: _Function
    id: str | None = None


class ChatMessage(Struct):
    role: str
    content: str | list[_Part] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None
    weight: int | None = None


class _Row(Struct):
    messages: list[ChatMessage]
    tools: list[dict[str, Any]] | str | None = None
    metadata: dict[str, Any] | UnsetType | None = UNSET


def read(path: Path) -> Iterator[Conversation]:
    """Line by line. Content of other kinds than text is named in its place."""
    with open_regular(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield _conversation(msgspec.convert(parsed(line), _Row), f"{path.stem}-{number}")
                except msgspec.ValidationError as error:
                    reason, _, place = str(error).partition(" - at `$")
                    raise Malformed(path, f"line {number}{', ' if place else ''}{place[1:-1]}", reason) from None
                except ValueError as error:
                    raise Malformed(path, f"line {number}", str(error)) from None


def _conversation(row: _Row, id: str) -> Conversation:
    """Raises ValueError that says which message breaks the format."""
    messages = messages_of(row.messages)
    about = dict(row.metadata) if isinstance(row.metadata, dict) else {}
    answer, closed = ended(about, messages)
    tools = None if row.tools is None else definitions(row.tools)
    return Conversation(str(about.pop("episode", None) or id), tuple(messages), tools, answer, closed, about)


def messages_of(listed: Sequence[ChatMessage]) -> list[Message]:
    """Messages of chat completions, each call with its reply. Raises ValueError that says which of them breaks the format."""
    if not listed:
        raise ValueError("messages: there is none")
    messages: list[Message] = []
    for number, message in enumerate(listed):
        try:
            _take(messages, message)
        except ValueError as error:
            raise ValueError(f"messages[{number}]: {error}") from None
    return messages


def _take(messages: list[Message], message: ChatMessage) -> None:
    if message.role == "assistant":
        calls = tuple(_call(call, n) for n, call in enumerate(message.tool_calls or ()))
        text = _text(message.content) or message.refusal or ""
        reasoning = message.reasoning_content or message.reasoning or ""
        messages.append(Turn(text, calls, reasoning, copied=message.weight == 0))
    elif message.role == "tool":
        replied(messages, message.tool_call_id, reply_of(_text(message.content)))
    elif message.role in ("system", "developer", "user"):
        messages.append(Said(message.role, _text(message.content)))
    else:
        raise ValueError(f"there is no role {message.role!r:.40}")


def _call(call: _Call, number: int) -> Call:
    given = call.function.arguments
    return Call(
        call.id or f"call_{number}", call.function.name, given if isinstance(given, str) else encode(given).decode()
    )


def _text(content: str | list[_Part] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text if part.type == "text" else f"[{part.type}]" for part in content)


FORMAT = Format(
    "chat", "chat JSONL for fine-tuning: messages, tools, and which turns are the agent's own", ".jsonl", write, read
)
