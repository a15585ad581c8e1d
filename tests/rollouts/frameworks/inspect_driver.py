"""Inspect's `eval()` with its mock model, which plays references: RUN SERVICE-or-nothing TASK..."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from corecraft.rollouts.runner import standard
from inspect_ai import eval
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ModelOutput, ModelUsage, get_model
from inspect_ai.tool import ToolCall
from reference import said

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "frameworks"))
from inspect_corecraft import corecraft

STAGE = standard()


def say(messages: list[ChatMessage], *_: Any) -> ModelOutput:
    """Before its first turn it calls what there is not, which Inspect refuses."""
    id = next(task for task in sys.argv[3:] if STAGE.tasks[task].prompt == messages[1].text)
    replies = sum(message.role == "tool" for message in messages)
    next_turn = [("noSuchTool", {})] if replies == 0 else said(STAGE, id, replies - 1)
    if isinstance(next_turn, str):
        message = ChatMessageAssistant(content=next_turn)
    else:
        calls = [ToolCall(f"c{replies}.{n}", name, arguments) for n, (name, arguments) in enumerate(next_turn)]
        message = ChatMessageAssistant(content="I look it up.", tool_calls=calls)
    output = ModelOutput.from_message(message)
    output.usage = ModelUsage(input_tokens=3, output_tokens=2, total_tokens=5)
    return output


def main(out: str, service: str, *ids: str) -> None:
    task = corecraft(out=out, tasks=list(ids), service=service)
    model = get_model("mockllm/model", custom_outputs=say)
    (log,) = eval(task, model=model, display="none", epochs=2, log_dir=f"{out}-logs")
    scores = {score.name: score.metrics["mean"].value for score in log.results.scores} if log.results else {}
    samples = [
        {"error": sample.error and sample.error.message, "episode": sample.scores["graded"].metadata["episode"],
         "reward": sample.scores["graded"].value["reward"],
         "refused": [message.error.message for message in sample.messages if message.role == "tool" and message.error]}
        for sample in log.samples or ()
    ]  # fmt: skip
    print(json.dumps({"status": log.status, "scores": scores, "samples": samples}))


if __name__ == "__main__":
    main(*sys.argv[1:])
