"""Inspect's `eval()` with its mock model, which says what a script says: RUN [SERVICE]."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from inspect_ai import eval
from inspect_ai.model import ChatMessage, ModelOutput, ModelUsage, get_model

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "frameworks"))
from inspect_corecraft import corecraft  # noqa: E402


def say(messages: list[ChatMessage], *_: Any) -> ModelOutput:
    """Looks an order up, asks for one of another kind, and answers."""
    replies = sum(message.role == "tool" for message in messages)
    if replies == 0:
        output = ModelOutput.for_tool_call("mockllm/model", "searchOrders", {"order_id": "ord-251102-810"})
    elif replies == 1:
        output = ModelOutput.for_tool_call("mockllm/model", "searchOrders", {"order_id": ["ord-251102-810"]})
    else:
        output = ModelOutput.from_content("mockllm/model", "Delivered: 13 November 2025")
    output.usage = ModelUsage(input_tokens=3, output_tokens=2, total_tokens=5)
    return output


def main(out: str, service: str = "") -> None:
    task = corecraft(out=out, tasks=["S-2", "RS-03-006"], service=service)
    model = get_model("mockllm/model", custom_outputs=say)
    (log,) = eval(task, model=model, display="none", epochs=2, log_dir=f"{out}-logs")
    scores = {score.name: score.metrics["mean"].value for score in log.results.scores} if log.results else {}
    samples = [
        {"id": sample.id, "error": sample.error and sample.error.message,
         "tools": [message.text for message in sample.messages if message.role == "tool"],
         "score": {name: score.value for name, score in (sample.scores or {}).items()}}
        for sample in log.samples or ()
    ]  # fmt: skip
    print(json.dumps({"status": log.status, "scores": scores, "samples": samples}))


if __name__ == "__main__":
    main(*sys.argv[1:])
