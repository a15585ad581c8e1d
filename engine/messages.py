"""A history as a conversation, in the form of chat completions: what a model is given to go on from there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .canonical import encode
from .event import CALLED, PROMPTED, RESPONDED, RETURNED, Event

_OF_TURNS = ("reasoning", "usage", "finish_reason", "model", "tokens")


def messages(told: Iterable[Event]) -> list[dict[str, Any]]:
    """The messages of a line, from its events as they were told.

    prompts: `{"role", "content"}`; those that only name the digest of a text are left out. turns: `{"role": "assistant",
    "content", "tool_calls"}` and what else was recorded, such as `tokens` with ids and logprobs. replies: `{"role": "tool",
    "tool_call_id", "name", "content", "ok"}`, the content as recorded, to the byte.
    A call that no turn asks for, by a script or over MCP, is told as a turn: endpoints refuse a reply without one.
    """
    found: list[dict[str, Any]] = []
    called: dict[int, Event] = {}
    asked: set[str] = set()
    for event in told:
        data = event.data
        if event.kind == PROMPTED and "text" in data:
            found.append({"role": str(data.get("role", "user")), "content": data["text"]})
        elif event.kind == RESPONDED:
            found.append(turn := _turn(data))
            asked |= {str(call["id"]) for call in turn["tool_calls"]}
        elif event.kind == CALLED:
            called[event.seq] = event
        elif event.kind == RETURNED and event.cause in called:
            call = called[event.cause].data
            id = str(call.get("call_id", ""))
            if id not in asked:
                id = id or f"call_{event.cause}"
                arguments = encode(call.get("arguments") or {}).decode()
                function = {"name": call["tool"], "arguments": arguments}
                found.append(_turn({"tool_calls": [{"id": id, "type": "function", "function": function}]}))
            content = encode(data["reply"]).decode()
            found.append(
                {"role": "tool", "tool_call_id": id, "name": call["tool"], "content": content, "ok": data["ok"]}
            )
    return found


def _turn(data: dict[str, Any]) -> dict[str, Any]:
    further = {name: data[name] for name in _OF_TURNS if data.get(name)}
    said = {"role": "assistant", "content": data.get("text") or None, "tool_calls": list(data.get("tool_calls") or ())}
    return {**said, **further}
