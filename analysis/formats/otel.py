"""OpenTelemetry spans by the conventions for generative AI: OTLP in JSON, an episode a line, as collectors read it from a file.

`invoke_agent` is the whole episode; below it stand `chat` for each turn of a model and `execute_tool` for each call. What was
told, said and replied is in the attributes that the conventions have for it; rewards are events of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...engine import VERSION
from ...engine.canonical import encode
from .conversation import Call, Conversation, Said, Turn, reply_text
from .functions import functions
from .table import Format, Source

CONVENTIONS = "https://opentelemetry.io/schemas/1.38.0"
UNKNOWN_PROVIDER = "_OTHER"
"""What the conventions have for a provider that nobody knows: a run holds the model's name, not who serves it."""
_INTERNAL, _CLIENT = 1, 3
_UNSET, _ERROR = 0, 2

Attributes = Mapping[str, Any]


def trace(conversation: Conversation, source: Source) -> dict[str, Any]:
    """An episode as one `TracesData` of OTLP."""
    scope = {"name": "corecraft", "version": VERSION}
    spans = list(_spans(conversation, source))
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": "corecraft", "service.version": VERSION})},
                "scopeSpans": [{"scope": scope, "spans": spans, "schemaUrl": CONVENTIONS}],
                "schemaUrl": CONVENTIONS,
            }
        ]
    }


def _spans(conversation: Conversation, source: Source) -> Iterator[dict[str, Any]]:
    trace_id, times = _trace_id(source, conversation.id), conversation.times
    began, ended = (min(times), max(times)) if times else (source.created_ms, source.created_ms)
    root = _span(trace_id, "", f"invoke_agent {conversation.agent}".rstrip(), _INTERNAL, began, ended)
    root["attributes"] = _attributes(_of_the_episode(conversation))
    root["events"] = [_evaluated(ended, *one) for one in _evaluations(conversation)]
    if conversation.parent:
        line = _trace_id(source, conversation.parent)
        root["links"] = [{"traceId": line, "spanId": _span_id(line, "")}]
    yield root
    before = began
    for number, message in enumerate(conversation.messages):
        now = before if message.wall_ms is None else message.wall_ms
        if isinstance(message, Turn):
            for span in _of_a_turn(message, trace_id, str(number), before, now):
                yield {**span, "parentSpanId": root["spanId"]}
        before = now


def _of_the_episode(conversation: Conversation) -> Attributes:
    told = [message for message in conversation.messages if isinstance(message, Said)]
    system = [{"type": "text", "content": said.text} for said in told if said.role == "system"]
    asked = [_message(said.role, [_text(said.text)]) for said in told if said.role != "system"]
    answer = None
    if conversation.answer is not None:
        answer = [_message("assistant", [_text(conversation.answer)]) | {"finish_reason": "stop"}]
    about = {f"corecraft.{name}": value for name, value in conversation.about.items() if name != "grade"}
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": UNKNOWN_PROVIDER,
        "gen_ai.agent.name": conversation.agent or None,
        "gen_ai.conversation.id": conversation.id,
        "gen_ai.request.model": next((turn.model for turn in conversation.turns if turn.model), None),
        "gen_ai.system_instructions": _json(system) if system else None,
        "gen_ai.input.messages": _json(asked),
        "gen_ai.output.messages": None if answer is None else _json(answer),
        "gen_ai.tool.definitions": None if conversation.tools is None else _json(functions(conversation.tools)),
        "corecraft.closed": conversation.closed,
        **{name: value if isinstance(value, str | int | float) else _json(value) for name, value in about.items()},
    }


def _of_a_turn(turn: Turn, trace_id: str, name: str, before: int, now: int) -> Iterator[dict[str, Any]]:
    if not turn.scripted:
        latency = turn.beside.get("latency_ms")
        start = now - int(latency) if isinstance(latency, int | float) else before
        span = _span(trace_id, name, f"chat {turn.model}".rstrip(), _CLIENT, min(start, now), now)
        yield span | {"attributes": _attributes(_of_a_model(turn))}
    for place, call in enumerate(turn.calls):
        if call.replied:
            at = now if call.wall_ms is None else call.wall_ms
            span = _span(trace_id, f"{name}.{place}", f"execute_tool {call.name}", _INTERNAL, at, at)
            span["attributes"] = _attributes(_of_a_call(call) | {"corecraft.copied": turn.copied or None})
            if call.rejected:
                span["status"] = {"code": _ERROR, "message": str(call.reply["error"])}
            yield span


def _of_a_model(turn: Turn) -> Attributes:
    usage = turn.usage or {}
    parts = [{"type": "reasoning", "content": turn.reasoning}] if turn.reasoning else []
    parts += [_text(turn.text)] if turn.text or not (turn.calls or parts) else []
    parts += [
        {"type": "tool_call", "id": call.id, "name": call.name, "arguments": _arguments(call)} for call in turn.calls
    ]
    reason = turn.finish_reason or ("tool_calls" if turn.calls else "stop")
    said = {**_message("assistant", parts), "finish_reason": _REASONS.get(reason, reason)}
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": UNKNOWN_PROVIDER,
        "gen_ai.request.model": turn.model or None,
        "gen_ai.response.model": turn.model or None,
        "gen_ai.response.finish_reasons": [reason],
        "gen_ai.usage.input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
        "gen_ai.usage.output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
        "gen_ai.output.messages": _json([said]),
        "corecraft.cost_usd": turn.beside.get("cost_usd"),
        "corecraft.copied": turn.copied or None,
    }


_REASONS = {"tool_calls": "tool_call"}
"""Where the conventions have another word than chat completions."""


def _of_a_call(call: Call) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call.name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": call.id,
        "gen_ai.tool.call.arguments": call.arguments,
        "gen_ai.tool.call.result": reply_text(call.reply),
        "error.type": "rejected" if call.rejected else None,
    }


def _arguments(call: Call) -> Any:
    """As an object; as the text they are where that is none."""
    read = call.read
    return call.arguments if read is None else read


def _evaluations(conversation: Conversation) -> Iterator[tuple[str, float, bool | None, str]]:
    """The reward and what became of each criterion that is decided: name, score, whether it passed, why."""
    if conversation.reward is not None:
        yield "reward", float(conversation.reward), conversation.passed, ""
    for one in conversation.criteria:
        if isinstance(passed := one.get("passed"), bool):  # what was imported may hold anything there
            yield str(one.get("id")), float(passed), passed, str(one.get("reason") or "")


def _evaluated(at: int, name: str, score: float, passed: bool | None, why: str) -> dict[str, Any]:
    attributes = {
        "gen_ai.evaluation.name": name,
        "gen_ai.evaluation.score.value": score,
        "gen_ai.evaluation.score.label": None if passed is None else "pass" if passed else "fail",
        "gen_ai.evaluation.explanation": why or None,
    }
    return {"timeUnixNano": _nanoseconds(at), "name": "gen_ai.evaluation.result", "attributes": _attributes(attributes)}


# --- OTLP ------------------------------------------------------------------------------------------------------------


def _span(trace_id: str, name: str, title: str, kind: int, start: int, end: int) -> dict[str, Any]:
    """name: what tells it from the others of its trace."""
    return {
        "traceId": trace_id,
        "spanId": _span_id(trace_id, name),
        "name": title,
        "kind": kind,
        "startTimeUnixNano": _nanoseconds(start),
        "endTimeUnixNano": _nanoseconds(end),
        "status": {"code": _UNSET},
    }


def _trace_id(source: Source, episode: str) -> str:
    return sha256(f"{source.created_ms}|{episode}".encode()).hexdigest()[:32]


def _span_id(trace_id: str, name: str) -> str:
    return sha256(f"{trace_id}|{name}".encode()).hexdigest()[:16]


def _nanoseconds(ms: int) -> str:
    return str(max(ms, 0) * 1_000_000)  # 64-bit integers are text in OTLP's JSON


def _attributes(values: Attributes) -> list[dict[str, Any]]:
    """Those that have a value."""
    return [{"key": name, "value": _value(value)} for name, value in values.items() if value is not None]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}


def _message(role: str, parts: Sequence[Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def _text(content: str) -> dict[str, str]:
    return {"type": "text", "content": content}


def _json(value: Any) -> str:
    return encode(value).decode()


def write(path: Path, source: Source, conversations: Iterable[Conversation]) -> None:
    with path.open("wb") as file:
        for conversation in conversations:
            file.write(encode(trace(conversation, source)) + b"\n")


FORMAT = Format("otel", "OpenTelemetry GenAI spans: OTLP in JSON, an episode a line", ".otlp.jsonl", write)
