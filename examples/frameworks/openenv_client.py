"""Plays one task through the OpenEnv server with whatever says turns; here, one that looks an order up and answers at once.

python examples/frameworks/openenv_client.py http://127.0.0.1:8000 S-2
"""

from __future__ import annotations

import json
import sys
from typing import Any

from corecraft.rollouts.frameworks.openenv_env import CoreCraftAction, CoreCraftEnv


def model(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> CoreCraftAction:
    """Stands for yours."""
    if messages[-1]["role"] == "user":
        arguments = json.dumps({"customer_id": "jillian-reaves-40718"})
        return CoreCraftAction(
            tool_calls=[
                {"id": "c1", "function": {"name": "searchOrders", "arguments": arguments}},
                {"id": "c2", "function": {"name": "searchShipments", "arguments": '{"order_id": '}},
            ]
        )
    return CoreCraftAction(text="Delivered: 13 November 2025")


def main(url: str, task: str) -> None:
    with CoreCraftEnv(base_url=url).sync() as env:
        result = env.reset(task=task)
        messages, tools = result.observation.messages, result.observation.tools
        while not result.done:
            result = env.step(model(messages, tools))
            messages += result.observation.messages
        state = env.state()
        print(json.dumps({"episode": state.episode_id, "steps": state.step_count, "reward": result.reward}))


if __name__ == "__main__":
    main(*sys.argv[1:])
