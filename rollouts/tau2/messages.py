"""Histories as tau2's messages, and its messages as events.

A turn of the agent is `model.responded`, one of the user `prompt.given`; the calls that either asks for follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.canonical import encode, printable
from ...engine.episode import Episode, Reply
from ...engine.event import ANSWERED, CALLED, PROMPTED, RESPONDED
from ...engine.trajectory import Call, Trajectory
from ...tools.tau2.package import part
from ...tools.tau2.replies import content_of
from ...tools.tau2.toolset import called_by, named


def messages_of(trajectory: Trajectory) -> list[Any]:
    """What was said and done, as tau2's orchestrator would have it. Calls that were refused unread are none there."""
    messages = part("data_model.message")
    calls = {call.seq: call for call in trajectory.calls()}
    found: list[Any] = []
    for event in trajectory.events:
        if event.kind == PROMPTED and event.data.get("role") == "user":
            found.append(messages.UserMessage(role="user", content=event.data.get("text")))
        elif event.kind == RESPONDED:
            found.append(messages.AssistantMessage(role="assistant", content=event.data.get("text")))
        elif event.kind == ANSWERED and not _said(found, event.data["text"]):
            found.append(messages.AssistantMessage(role="assistant", content=event.data["text"]))
        elif event.kind == CALLED and (call := calls.get(event.seq)) is not None and "arguments" in event.data:
            _call(found, messages, call)
    return found


def _said(found: list[Any], answer: str) -> bool:
    """Whether the answer is what was said last, in a turn of its own."""
    return bool(found) and found[-1].role == "assistant" and not found[-1].tool_calls and found[-1].content == answer


def _call(found: list[Any], messages: Any, call: Call) -> None:
    """Add a call to the turn that it belongs to, and its reply after it."""
    side, tool = called_by(call.tool)
    id = str(call.called.data.get("call_id") or f"call_{call.seq}")
    asked = messages.ToolCall(id=id, name=tool, arguments=call.arguments, requestor=side)
    turn = next((message for message in reversed(found) if message.role != "tool"), None)
    if turn is None or turn.role != side:
        kind = messages.UserMessage if side == "user" else messages.AssistantMessage
        turn = kind(role=side, content=None)
        found.append(turn)
    turn.tool_calls = [*(turn.tool_calls or ()), asked]
    content = content_of(call.reply, call.ok)
    found.append(messages.ToolMessage(id=id, role="tool", content=content, requestor=side, error=not call.ok))


def tell(episode: Episode, message: Any) -> Iterator[tuple[Any, Reply]]:
    """Record a turn of tau2's and make its calls: each with its reply here. A message that is a reply is passed over."""
    if message.role not in ("assistant", "user"):
        return
    calls = message.tool_calls or ()
    text = {} if message.content is None else {"text": printable(message.content)}
    asked = {"tool_calls": [_asked(call) for call in calls]} if calls else {}
    if message.role == "user":
        episode.record(PROMPTED, {"role": "user", **text, **asked})
    else:
        usage = {"usage": message.usage} if message.usage else {}
        beside = {"cost": message.cost} if message.cost is not None else None
        episode.record(RESPONDED, {**text, **asked, **usage}, beside=beside)
    for call in calls:
        yield call, episode.call(named(call.requestor, call.name), call.arguments, call_id=call.id or None)


def _asked(call: Any) -> Mapping[str, Any]:
    function = {"name": named(call.requestor, call.name), "arguments": encode(call.arguments).decode()}
    return {"id": call.id, "type": "function", "function": function}
