"""An agent of the OpenAI Agents SDK plays tasks of a service, over MCP.

pip install "openai-agents>=0.24" "corecraft[models]"
corecraft serve --http 127.0.0.1:8765 --out runs/served          # prints the control token
export CORECRAFT_CONTROL_TOKEN=... OPENAI_BASE_URL=... OPENAI_API_KEY=... MODEL=...
python examples/frameworks/mcp_openai_agents.py http://127.0.0.1:8765 S-2
"""

from __future__ import annotations

import asyncio
import os
import sys

from agents import Agent, OpenAIChatCompletionsModel, RunHooks, Runner, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from corecraft.rollouts.agents.turns import ToolCall, Turn
from corecraft.rollouts.frameworks.remote import RemoteGuest, Service
from openai import AsyncOpenAI


class Recorded(RunHooks):
    """Keeps each turn of the model in the episode's history, before the calls it asks for are made."""

    def __init__(self, guest: RemoteGuest) -> None:
        self.guest = guest

    async def on_llm_end(self, context, agent, response) -> None:
        calls = [item for item in response.output if item.type == "function_call"]
        said = [part.text for item in response.output if item.type == "message" for part in item.content]
        asked = tuple(ToolCall(call.call_id, call.name, call.arguments) for call in calls)
        self.guest.turn(Turn("\n".join(said), asked, model=os.environ["MODEL"]))


async def play(service: Service, task: str) -> None:
    guest, model = (
        service.guest(task, os.environ["MODEL"]),
        OpenAIChatCompletionsModel(os.environ["MODEL"], AsyncOpenAI()),
    )
    async with MCPServerStreamableHttp({"url": guest.mcp_url}, cache_tools_list=True) as tools:
        agent = Agent("support", instructions=guest.system, model=model, mcp_servers=[tools])
        result = await Runner.run(agent, guest.prompt, hooks=Recorded(guest), max_turns=50)
    print(f"{guest.id}: {guest.finish(result.final_output).code_reward}")


async def main(url: str, *tasks: str) -> None:
    for task in tasks:
        await play(Service(url), task)


if __name__ == "__main__":
    set_tracing_disabled(True)  # what is said and done stands in the run
    asyncio.run(main(*sys.argv[1:]))
