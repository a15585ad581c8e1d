"""An agent of LangGraph plays tasks of a service, over MCP.

pip install langchain langchain-openai langgraph langchain-mcp-adapters "corecraft[models]"
corecraft serve --http 127.0.0.1:8765 --out runs/served          # prints the control token
export CORECRAFT_CONTROL_TOKEN=... OPENAI_BASE_URL=... OPENAI_API_KEY=... MODEL=...
python examples/frameworks/mcp_langgraph.py http://127.0.0.1:8765 S-2
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from corecraft.rollouts.agents.turns import ToolCall, Turn
from corecraft.rollouts.frameworks.remote import RemoteGuest, Service
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI


class Recorded(AgentMiddleware):
    """Keeps each turn of the model in the episode's history, before the calls it asks for are made."""

    def __init__(self, guest: RemoteGuest) -> None:
        self.guest = guest

    def after_model(self, state, runtime) -> None:
        said = state["messages"][-1]
        calls = tuple(ToolCall(call["id"], call["name"], json.dumps(call["args"])) for call in said.tool_calls)
        self.guest.turn(Turn(said.text, calls, model=os.environ["MODEL"]))


async def play(service: Service, task: str) -> None:
    guest = service.guest(task, os.environ["MODEL"])
    client = MultiServerMCPClient({"corecraft": {"transport": "streamable_http", "url": guest.mcp_url}})
    model = ChatOpenAI(model=os.environ["MODEL"])
    tools = await client.get_tools()
    agent = create_agent(model, tools, system_prompt=guest.system, middleware=[Recorded(guest)])
    asked = {"messages": [{"role": "user", "content": guest.prompt}]}
    ended = await agent.ainvoke(asked, {"recursion_limit": 100})
    print(f"{guest.id}: {guest.finish(ended['messages'][-1].text).code_reward}")


async def main(url: str, *tasks: str) -> None:
    for task in tasks:
        await play(Service(url), task)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
