"""Runs inside the public peer's interpreter: Inspect AI with its mock model, the same conversation turn by turn.

    python -I models_peer.py < work.json

work: the system text, the prompt, the name of the tool, what each call asks for and is replied, the answer, how many episodes
and how many at a time. Prints one JSON object: how it was logged -> seconds for all episodes, by the wall clock and of the
processor. "log at the end" leaves out the copy of each event that lets others watch and a crash lose nothing.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

from inspect_ai import Task, eval  # pyright: ignore[reportMissingImports]
from inspect_ai.dataset import Sample  # pyright: ignore[reportMissingImports]
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # pyright: ignore[reportMissingImports]
from inspect_ai.scorer import includes  # pyright: ignore[reportMissingImports]
from inspect_ai.solver import generate, system_message, use_tools  # pyright: ignore[reportMissingImports]
from inspect_ai.tool import tool  # pyright: ignore[reportMissingImports]

LOGS = {"as it comes": True, "log at the end": False}


def main(work: dict[str, Any]) -> None:
    task, model = task_of(work), model_of(work)
    play(task, model, 1, 1, realtime=True)  # imports and caches
    found = {}
    for name, realtime in LOGS.items():
        found[name] = play(task, model, work["episodes"], work["concurrency"], realtime=realtime)
    print(json.dumps(found))


def task_of(work: dict[str, Any]) -> Any:
    replies = dict(zip(work["asked"], work["replies"], strict=True))

    @tool(name=work["tool"])
    def known() -> Any:
        async def execute(order_id: str) -> str:
            """Shipments of an order.

            Args:
                order_id: The order.
            """
            return replies[order_id]

        return execute

    samples = [Sample(input=work["prompt"], target="November", id=number) for number in range(work["episodes"])]
    return Task(
        dataset=samples, solver=[system_message(work["system"]), use_tools(known()), generate()], scorer=includes()
    )


def model_of(work: dict[str, Any]) -> Any:
    def answer(messages: list[Any], *_: Any) -> Any:
        made = sum(message.role == "tool" for message in messages)
        if made < len(work["asked"]):
            output = ModelOutput.for_tool_call("mockllm/model", work["tool"], {"order_id": work["asked"][made]})
        else:
            output = ModelOutput.from_content("mockllm/model", work["answer"])
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)  # or it would count them
        return output

    return get_model("mockllm/model", custom_outputs=answer)


def play(task: Any, model: Any, episodes: int, concurrency: int, *, realtime: bool) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = time.perf_counter(), time.process_time()
        (log,) = eval(
            task, model, limit=episodes, max_samples=concurrency, max_connections=concurrency, display="none",
            log_dir=folder, log_realtime=realtime,
        )  # fmt: skip
        seconds = time.perf_counter() - wall, time.process_time() - processor
    assert log.status == "success", log.error
    assert log.results.completed_samples == episodes
    return seconds


if __name__ == "__main__":
    main(json.load(sys.stdin))
