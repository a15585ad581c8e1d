"""ATIF 1.7, Harbor's trajectory format: a folder with one JSON document an episode.

A turn is a step of the agent with its calls and their replies; what was inherited from a parent is marked as copied context,
and calls and answers of scripts as made without a model. What ATIF has no field for stands in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta, Struct

from ...engine import VERSION
from ...engine.canonical import encode, parsed
from ...engine.clock import to_text
from ...engine.files import read as read_file
from .conversation import Call, Conversation, Message, Said, Turn, ended, replied, reply_of, reply_text
from .functions import definitions, functions
from .table import Format, Malformed, Source

SCHEMA = "ATIF-v1.7"
EXTRA = "corecraft"
"""Where, in the `extra` of a document, stands what is known of an episode beside its conversation."""

# --- written ---------------------------------------------------------------------------------------------------------


def document(conversation: Conversation) -> dict[str, Any]:
    """A conversation as ATIF has it. Fields without a value are left out."""
    agent = {
        "name": conversation.agent or "unknown",
        "version": str(conversation.labels.get("version") or VERSION),
        "model_name": next((turn.model for turn in conversation.turns if turn.model), None),
        "tool_definitions": None if conversation.tools is None else functions(conversation.tools),
    }
    steps = [_step(message, number) for number, message in enumerate(conversation.messages, 1)]
    return {
        "schema_version": SCHEMA,
        "session_id": conversation.id,
        "trajectory_id": conversation.id,
        "agent": _there(agent),
        "steps": steps,
        "final_metrics": _there({**_totals(conversation.turns), "total_steps": len(steps)}),
        "extra": {EXTRA: {"closed": conversation.closed, "answer": conversation.answer, **conversation.about}},
    }


def _step(message: Message, number: int) -> dict[str, Any]:
    step: dict[str, Any] = {"step_id": number}
    if message.wall_ms is not None:
        step["timestamp"] = to_text(message.wall_ms)
    if isinstance(message, Said):
        extra = _there({"role": None if message.role in ("system", "user") else message.role, "from": message.sender})
        step |= {"source": "system" if message.role == "system" else "user", "message": message.text}
    else:
        extra = _there({"finish_reason": message.finish_reason or None})
        step |= _of_a_turn(message)
    if message.copied:
        step["is_copied_context"] = True
    return step | ({"extra": extra} if extra else {})


def _of_a_turn(turn: Turn) -> dict[str, Any]:
    told: dict[str, Any] = {
        "source": "agent",
        "model_name": turn.model or None,
        "message": turn.text,
        "reasoning_content": turn.reasoning or None,
        "tool_calls": [_call(call) for call in turn.calls] or None,
        "llm_call_count": 0 if turn.scripted else 1,
    }
    if results := [
        {"source_call_id": call.id, "content": reply_text(call.reply)} for call in turn.calls if call.replied
    ]:
        told["observation"] = {"results": results}
    if metrics := _metrics(turn):
        told["metrics"] = metrics
    return _there(told)


def _call(call: Call) -> dict[str, Any]:
    """With the text of its arguments where that is not what they are written as anyway."""
    arguments = call.read
    told = {"tool_call_id": call.id, "function_name": call.name, "arguments": arguments or {}}
    as_written = arguments is not None and encode(arguments).decode() == call.arguments
    return told if as_written else told | {"extra": {"arguments": call.arguments}}


def _metrics(turn: Turn) -> dict[str, Any]:
    """Of a model's turn. The endpoint's own count is kept beside ATIF's names for it."""
    usage, tokens = turn.usage or {}, turn.tokens or {}
    ids, logprobs = tokens.get("ids"), tokens.get("logprobs")
    extra = {
        "usage": turn.usage,
        "latency_ms": turn.beside.get("latency_ms"),
        "tokens": turn.tokens if turn.tokens and not (_all(ids, int) and _all(logprobs, float)) else None,
    }
    return _there(
        {
            **_counted(usage),
            "cost_usd": _number(turn.beside.get("cost_usd")),
            "completion_token_ids": None if extra["tokens"] else ids,
            "logprobs": None if extra["tokens"] else logprobs,
            "extra": _there(extra) or None,
        }
    )


def _counted(usage: Mapping[str, Any]) -> dict[str, int | None]:
    """Tokens, by the names that endpoints have for them."""
    details = usage.get("prompt_tokens_details")
    cached: Any = details.get("cached_tokens") if isinstance(details, dict) else None
    found = {
        "prompt_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
        "completion_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
        "cached_tokens": cached,
    }
    return {name: value if isinstance(value, int) else None for name, value in found.items()}


def _totals(turns: Sequence[Turn]) -> dict[str, Any]:
    counted = [_counted(turn.usage) for turn in turns if turn.usage]
    costs = [cost for turn in turns if (cost := _number(turn.beside.get("cost_usd"))) is not None]
    totals = {
        f"total_{name}": sum(one[name] or 0 for one in counted)
        if any(one[name] is not None for one in counted)
        else None
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens")
    }
    return {**totals, "total_cost_usd": sum(costs) if costs else None}


def _there(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _all(values: object, kind: type) -> bool:
    return isinstance(values, list) and all(type(value) is kind for value in values)


def write(path: Path, source: Source, conversations: Iterable[Conversation]) -> None:
    path.mkdir()
    for conversation in conversations:
        told = msgspec.json.format(encode(_there(document(conversation))), indent=1)
        (path / f"{conversation.id}.json").write_bytes(told + b"\n")


# --- read ------------------------------------------------------------------------------------------------------------


class _Struct(Struct, forbid_unknown_fields=True):
    """ATIF lets no field pass that it does not know; every object has an `extra` for that."""


Extra = dict[str, Any] | None


class _Source(_Struct):
    media_type: str
    path: str
    duration_sec: float | None = None


class _Part(_Struct):
    type: Literal["text", "image", "audio"]
    text: str | None = None
    source: _Source | None = None


Content = str | list[_Part]


class _Agent(_Struct):
    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[dict[str, Any]] | None = None
    extra: Extra = None


class _Metrics(_Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    prompt_token_ids: list[int] | None = None
    completion_token_ids: list[int] | None = None
    logprobs: list[float] | None = None
    extra: Extra = None


class _Reference(_Struct):
    trajectory_id: str | None = None
    session_id: str | None = None
    trajectory_path: str | None = None
    extra: Extra = None


class _Result(_Struct):
    source_call_id: str | None = None
    content: Content | None = None
    subagent_trajectory_ref: list[_Reference] | None = None
    extra: Extra = None


class _Observation(_Struct):
    results: list[_Result]


class _ToolCall(_Struct):
    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: Extra = None


class _Step(_Struct):
    step_id: int
    source: Literal["system", "user", "agent"]
    message: Content
    timestamp: str | None = None
    model_name: str | None = None
    reasoning_effort: str | float | None = None
    reasoning_content: str | None = None
    tool_calls: list[_ToolCall] | None = None
    observation: _Observation | None = None
    metrics: _Metrics | None = None
    is_copied_context: bool | None = None
    llm_call_count: Annotated[int, Meta(ge=0)] | None = None
    extra: Extra = None


class _Final(_Struct):
    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_cost_usd: float | None = None
    total_steps: Annotated[int, Meta(ge=0)] | None = None
    extra: Extra = None


class _Trajectory(_Struct):
    schema_version: Annotated[str, Meta(pattern=r"^ATIF-v1\.[0-8]$")]
    agent: _Agent
    steps: Annotated[list[_Step], Meta(min_length=1)]
    session_id: str | None = None
    trajectory_id: str | None = None
    notes: str | None = None
    final_metrics: _Final | None = None
    continued_trajectory_ref: str | None = None
    extra: Extra = None
    subagent_trajectories: list[_Trajectory] | None = None


def read(path: Path) -> Iterator[Conversation]:
    """The trajectory of a file and those of its subagents; of a folder, those of its JSON files."""
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            yield from read(file)
        return
    try:
        yield from _all_of(msgspec.convert(parsed(read_file(path)), _Trajectory), path.stem)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise Malformed(path, place[1:-1].removeprefix("."), reason) from None
    except ValueError as error:
        raise Malformed(path, "", str(error)) from None


def _all_of(trajectory: _Trajectory, id: str) -> Iterator[Conversation]:
    yield _conversation(trajectory, id)
    for number, sub in enumerate(trajectory.subagent_trajectories or ()):
        if sub.trajectory_id is None:
            raise ValueError(f"subagent_trajectories[{number}]: trajectory_id is required")
        yield from _all_of(sub, sub.trajectory_id)


def _conversation(trajectory: _Trajectory, id: str) -> Conversation:
    """Raises ValueError that says which step breaks the format."""
    agent, own = trajectory.agent, (trajectory.extra or {}).get(EXTRA)
    about: dict[str, Any] = dict(cast("dict[str, Any]", own)) if isinstance(own, dict) else {}
    model = "" if about else agent.model_name or ""
    messages: list[Message] = []
    for number, step in enumerate(trajectory.steps, 1):
        try:
            if step.step_id != number:
                raise ValueError(f"step_id is {step.step_id}, expected {number}")
            messages.append(_turn(step, model) if step.source == "agent" else _said(step))
            _reply_all(messages, step)
        except ValueError as error:
            raise ValueError(f"steps[{number - 1}]: {error}") from None
    answer, closed = ended(about, messages)
    if not about:
        about = {"labels": _there({"agent": agent.name, "version": agent.version, "model": agent.model_name})}
    tools = None if agent.tool_definitions is None else definitions(agent.tool_definitions)
    return Conversation(
        trajectory.trajectory_id or trajectory.session_id or id, tuple(messages), tools, answer, closed, about
    )


def _said(step: _Step) -> Said:
    for name in ("model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics"):
        if getattr(step, name) is not None:
            raise ValueError(f"{name} is only for steps of the agent, and this is one of the {step.source}")
    extra = step.extra or {}
    role = str(extra.get("role") or step.source)
    return Said(role, _text(step.message), extra.get("from"), bool(step.is_copied_context), _ms(step))


def _turn(step: _Step, model: str) -> Turn:
    """model: of steps that name none."""
    metrics, scripted = step.metrics, step.llm_call_count == 0
    if scripted and (metrics is not None or step.reasoning_content is not None):
        raise ValueError("metrics and reasoning_content are only for steps that a model made, and llm_call_count is 0")
    calls = tuple(_called(call) for call in step.tool_calls or ())
    told: dict[str, Any] = {} if metrics is None else _read_metrics(metrics)
    reason = str((step.extra or {}).get("finish_reason") or "")
    named = step.model_name or ("" if scripted else model)
    return Turn(
        _text(step.message), calls, step.reasoning_content or "", finish_reason=reason, model=named, scripted=scripted,
        copied=bool(step.is_copied_context), wall_ms=_ms(step), **told,
    )  # fmt: skip


def _called(call: _ToolCall) -> Call:
    text = (call.extra or {}).get("arguments")
    return Call(
        call.tool_call_id, call.function_name, text if isinstance(text, str) else encode(call.arguments).decode()
    )


def _read_metrics(metrics: _Metrics) -> dict[str, Any]:
    extra = metrics.extra or {}
    counts = {name: getattr(metrics, name) for name in ("prompt_tokens", "completion_tokens", "cached_tokens")}
    tokens = {"ids": metrics.completion_token_ids, "logprobs": metrics.logprobs}
    return {
        "usage": extra.get("usage") or _there(counts) or None,
        "tokens": extra.get("tokens") or _there(tokens) or None,
        "beside": _there({"latency_ms": extra.get("latency_ms"), "cost_usd": metrics.cost_usd}),
    }


def _reply_all(messages: list[Message], step: _Step) -> None:
    """What comes of no call stays as a message of its own."""
    asked = {call.tool_call_id for call in step.tool_calls or ()}
    loose: list[str] = []
    for number, result in enumerate(step.observation.results if step.observation else ()):
        if result.source_call_id is None:
            loose.append(_text(result.content))
        elif result.source_call_id not in asked:
            raise ValueError(f"observation.results[{number}]: no call of this step is {result.source_call_id!r:.60}")
        else:
            replied(messages, result.source_call_id, reply_of(_text(result.content)))
    messages += [Said("user", text, copied=bool(step.is_copied_context), wall_ms=_ms(step)) for text in loose]


def _text(content: Content | None) -> str:
    """Content of other kinds than text is named in its place."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(
        part.text or "" if part.source is None else f"[{part.type} {part.source.path}]" for part in content
    )


def _ms(step: _Step) -> int | None:
    if step.timestamp is None:
        return None
    instant = datetime.fromisoformat(step.timestamp)
    return round((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp() * 1000)


FORMAT = Format("atif", "ATIF 1.7, Harbor's trajectories: a folder with a JSON file an episode", "", write, read)
