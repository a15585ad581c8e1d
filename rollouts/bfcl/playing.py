"""Any agent plays BFCL: it is asked once a case, and what it calls is recorded as BFCL's own runner records it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio

from ...engine.errors import CoreCraftError
from ..agents.turns import Agent, Ask, Turn
from ..loop import ContextOverflow, Endpoint
from .cases import CATEGORIES, Case
from .scoring import AS_MODEL


def answers_file(out: Path, category: str) -> Path:
    """Where BFCL's runner looks for it, given `out / "result"`."""
    return out / "result" / AS_MODEL / "non_live" / f"BFCL_v4_{CATEGORIES[category]}_result.json"


def recorded(out: Path, category: str) -> dict[str, Any]:
    """Answers of before, by id of the case. A line that was torn off is none."""
    file = answers_file(out, category)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    found: dict[str, Any] = {}
    for number, line in enumerate(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            if number + 1 < len(lines):
                raise CoreCraftError(f"{file}: line {number + 1} is no JSON") from None
            break
        found[entry["id"]] = entry["result"]
    return found


async def play(
    out: Path,
    cases: Sequence[Case],
    agent: Agent,
    endpoint: Endpoint,
    *,
    concurrency: int = 16,
    done: Callable[[str], None] = lambda _: None,
) -> None:
    """Ask for what is not recorded yet. Raises what the endpoint raises; what was answered until then is kept."""
    waiting = iter([case for case in cases if case.id not in recorded(out, case.category)])

    async def worker() -> None:
        for case in waiting:
            turn = await _asked(agent, case, endpoint)
            _write(answers_file(out, case.category), {"id": case.id, "result": answer_of(turn), **_cost(turn)})
            done(case.id)

    try:
        async with anyio.create_task_group() as group:
            for _ in range(concurrency):
                group.start_soon(worker)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _asked(agent: Agent, case: Case, endpoint: Endpoint) -> Turn:
    move = agent.step(case.view)
    if not isinstance(move, Ask):
        return move if isinstance(move, Turn) else Turn(move.text)
    try:
        return move.then(await endpoint.complete(move))
    except ContextOverflow as overflow:  # more than it can read is more than it can answer
        return Turn(str(overflow))


def answer_of(turn: Turn) -> list[dict[str, str]] | str:
    """Its calls, each as `{name: arguments in JSON}`; else what it said."""
    return [{call.name: call.arguments or "{}"} for call in turn.calls] or turn.text


def _cost(turn: Turn) -> dict[str, Any]:
    usage: Mapping[str, Any] = turn.usage or {}
    latency = (turn.beside or {}).get("latency_ms", 0) / 1000
    read, written = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    return {"input_token_count": read, "output_token_count": written, "latency": latency}


def _write(file: Path, entry: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
