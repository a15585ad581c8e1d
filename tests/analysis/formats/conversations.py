"""Conversations of any shape, and how they are compared."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve
from corecraft.analysis.formats.conversation import Call, Conversation, Message, Said, Turn
from hypothesis import strategies as st

MS = st.integers(1, 2_000_000_000_000)
NAMES = st.text(min_size=1, max_size=12)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=3)


@st.composite
def _calls(draw: st.DrawFn) -> tuple[Call, ...]:
    """In the order in which they were made: those without a reply come last."""
    replied = draw(st.lists(st.booleans(), max_size=3).map(lambda flags: sorted(flags, reverse=True)))
    made: list[Call] = []
    for has_reply in replied:
        arguments = draw(OBJECTS.map(json.dumps) | OBJECTS.map(lambda value: json.dumps(value, indent=1)) | st.text())
        reply = draw(JSON) if has_reply else None
        made.append(Call(draw(st.sampled_from(["a", "b", "call_0"])), draw(NAMES), arguments, has_reply, reply))
    return tuple(made)


@st.composite
def _turns(draw: st.DrawFn, last: bool = False) -> Turn:
    text = draw(st.text())
    copied, calls = draw(st.booleans()), () if last else draw(_calls())
    if draw(st.booleans()):
        return Turn(text, calls, scripted=True, copied=copied, wall_ms=draw(MS))
    count = st.integers(0, 10_000)
    usage = draw(st.none() | st.fixed_dictionaries({"prompt_tokens": count, "completion_tokens": count}))
    tokens = draw(
        st.none() | st.just({"ids": [1, 2], "logprobs": [-0.5, -1.25]}) | st.just({"text": ["a"], "logprobs": [None]})
    )
    beside = draw(st.just({}) | st.just({"latency_ms": 12, "cost_usd": 0.25}))
    reason = draw(st.sampled_from(["", "stop", "length"]))
    return Turn(
        text, calls, draw(st.text()), usage, reason, draw(st.text(max_size=8)), tokens, False, copied, draw(MS), beside
    )


def _done(message: Message) -> Message:
    """With replies to all its calls, as there are where more is said after them."""
    if isinstance(message, Said):
        return message
    return evolve(message, calls=tuple(call for call in message.calls if call.replied))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    told = [Said("system", draw(st.text())), Said("user", draw(st.text()), draw(st.none() | st.just("avery")))]
    messages: list[Message] = [
        *told,
        *draw(st.lists(_turns() | st.builds(Said, st.just("user"), st.text()), max_size=4)),
    ]
    answered = draw(st.booleans())
    if answered:
        messages.append(draw(_turns(last=True)))
    messages = [_done(message) for message in messages[:-1]] + messages[-1:]
    last = messages[-1]
    answer = last.text if answered and isinstance(last, Turn) else None
    reward = draw(st.none() | st.floats(0, 1))
    about: dict[str, Any] = {
        "labels": draw(st.just({}) | st.just({"agent": "somebody", "trial": 2})),
        "status": "closed",
    }
    if reward is not None:
        about["grade"] = {"reward": reward, "passed": reward == 1, "code_reward": reward, "code_passed": reward == 1}
    about = {name: value for name, value in about.items() if value}
    tools = draw(st.none() | st.just(({"name": "look", "description": "Looks.", "inputSchema": {"type": "object"}},)))
    closed = "answered" if answered else draw(st.sampled_from(["turn_limit", "gave up"]))
    return Conversation("one", tuple(messages), tools, answer, closed, about)


def core(conversation: Conversation) -> dict[str, Any]:
    """What every format that is read keeps: prompts, turns, calls, replies, tools, answer, reward."""
    return {
        "messages": [_core(message) for message in conversation.messages],
        "tools": conversation.tools and list(conversation.tools),
        "answer": conversation.answer,
        "closed": conversation.closed,
        "reward": conversation.reward,
        "passed": conversation.passed,
        "labels": conversation.labels,
    }


def _core(message: Message) -> Any:
    if isinstance(message, Said):
        return message.role, message.text
    calls = [(call.id, call.name, call.arguments, call.replied, call.reply) for call in message.calls]
    return message.text, message.reasoning, calls, message.copied
