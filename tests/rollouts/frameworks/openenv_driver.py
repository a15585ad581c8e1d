"""Three sessions of OpenEnv's typed client at once, each playing the reference: URL TASK."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from corecraft.rollouts.frameworks.openenv_env import CoreCraftAction, CoreCraftEnv
from corecraft.rollouts.runner import standard
from reference import turns


def called(number: int, name: str, arguments: str) -> dict[str, Any]:
    return {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


async def play(url: str, task: str, spoken: Any, answer: str) -> dict[str, Any]:
    async with CoreCraftEnv(base_url=url) as env:
        seen = (await env.reset(task=task)).observation
        broken = (await env.step(CoreCraftAction(tool_calls=[called(0, "searchOrders", '{"order_id": ')]))).observation
        for calls in spoken:
            made = [called(n, name, json.dumps(arguments)) for n, (name, arguments) in enumerate(calls)]
            await env.step(
                CoreCraftAction(text="I look it up.", tool_calls=made, tokens={"ids": [7], "logprobs": [-0.5]})
            )
        ended = await env.step(CoreCraftAction(text=answer))
        state = await env.state()
        return {
            "episode": state.episode_id, "steps": state.step_count, "head": state.head, "done": ended.done,
            "reward": ended.reward, "tools": seen.tools, "messages": seen.messages, "broken": broken.messages[0]["content"],
        }  # fmt: skip


async def main(url: str, task: str) -> None:
    spoken, answer = turns(standard(), task)
    print(json.dumps(await asyncio.gather(*(play(url, task, spoken, answer) for _ in range(3)))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
