"""Model agents: how a conversation with tools is put to a chat model, and how its answer is read.

Three dialects: `native` (the endpoint's own tool calls, several a turn), `text` (a turn is one JSON object with `name` and
`arguments` or, as any other text, the answer) and `json` (a turn is held to a schema: `{"call": ...}` or `{"answer": ...}`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

from ...engine.errors import CoreCraftError
from .turns import Ask, Completion, Message, Prompt, Replied, ToolCall, Turn, View

Dialect = Literal["native", "text", "json"]

NO_CALL = "not-a-call"
"""What a turn that begins like a call and is none is recorded as calling."""


class Rubbish(CoreCraftError):
    """An endpoint's answer that is no chat completion."""


@frozen
class ModelAgent:
    """Asks a model behind a chat-completions endpoint.

    system: what it is told before anything else. tools: whether the text dialects list the tools in it. cut: characters kept of
    a reply, for models that read little; None: all. parameters: of sampling, handed to the endpoint as they are.
    """

    name: str
    model: str
    system: str
    dialect: Dialect = "native"
    tools: bool = True
    cut: int | None = None
    parameters: Mapping[str, Any] = field(factory=dict)

    def step(self, view: View) -> Ask:
        body: dict[str, Any] = {"model": self.model, "messages": self._messages(view), **self.parameters}
        if self.dialect == "native":
            body["tools"] = [_function(tool) for tool in view.tools]
        elif self.dialect == "json":
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "turn", "schema": _turn(view)}}
        return Ask(body, self._read)

    # --- what it is told ---------------------------------------------------------------------------------------------

    def _messages(self, view: View) -> list[dict[str, Any]]:
        system = self.system
        if self.dialect != "native" and self.tools:
            system = f"{system}\n\n{_listed(view, self.dialect)}"
        messages = [{"role": "system", "content": system}] if system else []
        return messages + [self._message(message) for message in view.messages if _is_told(message)]

    def _message(self, message: Message) -> dict[str, Any]:
        if isinstance(message, Prompt):
            return {"role": message.role, "content": message.text}
        if isinstance(message, Replied):
            content = message.json if self.cut is None else message.json[: self.cut]
            return {"role": "tool", "content": content} | (
                {"tool_call_id": message.call_id} if self.dialect == "native" else {}
            )
        if self.dialect == "native" and message.calls:
            return {
                "role": "assistant",
                "content": message.text or None,
                "tool_calls": [call.recorded() for call in message.calls],
            }
        return {"role": "assistant", "content": message.text or _written(message.calls, self.dialect)}

    # --- what it says ------------------------------------------------------------------------------------------------

    def _read(self, completion: Completion) -> Turn:
        choice = choice_of(completion.body)
        message = choice["message"]
        text, calls = str(message.get("content") or message.get("refusal") or ""), _native_calls(message)
        if self.dialect != "native" and not calls:
            text, calls = _parsed(text, self.dialect)
        return Turn(
            text=text,
            calls=calls,
            reasoning=str(message.get("reasoning_content") or message.get("reasoning") or ""),
            usage=_object(completion.body.get("usage")),
            finish_reason="refusal" if message.get("refusal") else str(choice.get("finish_reason") or ""),
            model=str(completion.body.get("model") or self.model),
            tokens=_tokens(choice),
            beside=completion.beside,
        )


def _is_told(message: Message) -> bool:
    """Neither the system text, which has its own place, nor a turn in which nothing was said."""
    if isinstance(message, Prompt):
        return message.role != "system"
    return not isinstance(message, Turn) or bool(message.text or message.calls)


def _function(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]},
    }


_HOW: Mapping[str, str] = {
    "text": 'To use a tool, say exactly one JSON object and nothing else: {"name": "...", "arguments": {...}}. Anything else '
    "you say is your final answer.",
    "json": 'Say exactly one JSON object: {"call": {"name": "...", "arguments": {...}}} to use a tool, or {"answer": "..."} to '
    "end with your final answer.",
}


def _listed(view: View, dialect: Dialect) -> str:
    """The tools in words, for models that are offered none by their endpoint."""
    lines = [f"- {tool['name']}: {tool['description']} Arguments: {json.dumps(tool['inputSchema'].get('properties', {}))}"
             for tool in view.tools]  # fmt: skip
    return "\n".join(["Tools:", *lines, _HOW[dialect]])


def _turn(view: View) -> dict[str, Any]:
    """The schema of a turn: a call of one of the tools, or an answer."""
    names = [tool["name"] for tool in view.tools]
    call = {
        "type": "object",
        "properties": {"name": {"enum": names}, "arguments": {"type": "object"}},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
    ways = {"call": call, "answer": {"type": "string"}}
    return {
        "anyOf": [
            {"type": "object", "properties": {way: schema}, "required": [way], "additionalProperties": False}
            for way, schema in ways.items()
        ]
    }


def _written(calls: tuple[ToolCall, ...], dialect: Dialect) -> str:
    """Calls as the model would have written them: a script's, too, stand there as those of a model would."""
    if not calls:
        return ""
    call = f'{{"name": {json.dumps(calls[0].name)}, "arguments": {_spaced(calls[0].arguments or "{}")}}}'
    return call if dialect == "text" else f'{{"call": {call}}}'


def _spaced(arguments: str) -> str:
    """JSON as `json.dumps` writes it; what is none stays as it is."""
    try:
        return json.dumps(json.loads(arguments))
    except (ValueError, RecursionError):
        return arguments


def choice_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice of a chat completion. Raises Rubbish for what is none."""
    try:
        choice = body["choices"][0]
        choice["message"].get("content")
        return choice
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Rubbish(f"this is no chat completion: {json.dumps(body, default=str)[:200]}") from None


def _native_calls(message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    found: list[ToolCall] = []
    for number, call in enumerate(map(_object, _list(message.get("tool_calls")))):
        function = _object(call.get("function"))
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        found.append(ToolCall(str(call.get("id") or f"call_{number}"), str(function.get("name") or NO_CALL), text))
    return tuple(found)


def _parsed(text: str, dialect: Dialect) -> tuple[str, tuple[ToolCall, ...]]:
    """The text, as it came, and the call in it. What begins like JSON and is no call is recorded as an attempt at one."""
    told = text.strip()
    if not told.startswith("{"):
        return text, ()
    try:
        data, _ = json.JSONDecoder().raw_decode(told)
    except (ValueError, RecursionError):
        return text, (ToolCall("call_0", NO_CALL, told),)
    if dialect == "json":
        if isinstance(data.get("answer"), str):
            return data["answer"], ()
        data = data.get("call")
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return text, (ToolCall("call_0", NO_CALL, told),)
    return text, (ToolCall("call_0", data["name"], json.dumps(data.get("arguments", {}))),)


def _tokens(choice: Mapping[str, Any]) -> dict[str, Any] | None:
    """Token ids and log-probabilities of the turn, where the server gives them."""
    listed = [*map(_object, _list(_object(choice.get("logprobs")).get("content")))]
    if not listed:
        return None
    ids = [one["id"] for one in listed if "id" in one]
    found = {"ids": ids} if len(ids) == len(listed) else {"text": [one.get("token") for one in listed]}
    return {**found, "logprobs": [one.get("logprob") for one in listed]}


# Whatever a server sends in place of these is as good as nothing.


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
