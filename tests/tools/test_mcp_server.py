"""The MCP adapter, asked by the SDK's own client: in memory and over stdio, in both protocol eras."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.errors import StorageFailed
from corecraft.engine.tool import query
from corecraft.engine.toolset import Toolset
from corecraft.engine.world import World
from corecraft.tools.mcp_server import ENDED, FAILED, NOT_RECORDED, VOIDED, build_server
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult

from .. import toy

ROOT = Path(__file__).parents[2]
STDIO_SERVER = """
import anyio
from corecraft.tools.mcp_server import serve_stdio
from tests.toy import episode
anyio.run(serve_stdio, episode())
"""

eras = pytest.mark.parametrize("mode", ["auto", "2026-07-28", "legacy"])


class BrokenLog:
    """A disk that is full from the second write on."""

    def __init__(self) -> None:
        self.writes = 0

    def append(self, *_: Any) -> None:
        self.writes += 1
        if self.writes > 1:
            raise StorageFailed("/secret/place: No space left on device; nothing was recorded")


def ask(episode: Episode, mode: str, play: Callable[[Client], Awaitable[Any]]) -> Any:
    """What `play` brings back from a client on an in-memory server."""

    async def run() -> Any:
        async with Client(build_server(lambda _: episode), mode=mode) as client:
            return await play(client)

    return asyncio.run(run())


def call(episode: Episode, mode: str, tool: str, arguments: dict[str, Any]) -> CallToolResult:
    return ask(episode, mode, lambda client: client.call_tool(tool, arguments))


def text(result: CallToolResult) -> str:
    assert [content.type for content in result.content] == ["text"]
    return result.content[0].text


@eras
def test_tools_are_listed_with_schemas_and_hints(mode: str):
    listed = ask(toy.episode(), mode, lambda client: client.list_tools()).tools
    assert [tool.name for tool in listed] == ["breakPot", "listPots", "paintPot"]
    for tool, definition in zip(listed, toy.toolset().definitions(), strict=True):
        assert tool.description == definition["description"]
        assert tool.input_schema == definition["inputSchema"]
        hints = tool.annotations.model_dump(by_alias=True, exclude_none=True)
        assert hints == definition["annotations"]
    assert listed[1].output_schema["properties"] == {"result": toy.list_pots.output_schema()}
    assert listed[2].output_schema == toy.paint_pot.output_schema()


@eras
def test_the_first_text_is_the_reply_as_recorded(mode: str):
    e = toy.episode()
    result = call(e, mode, "paintPot", {"pot_id": "p1", "color": "red"})
    assert not result.is_error
    assert text(result) == '{"id":"p1","name":"Pot 1","color":"red","price":2}'
    assert result.structured_content == {"id": "p1", "name": "Pot 1", "color": "red", "price": 2}
    assert e.world.get("pot", "p1")["color"] == "red"
    assert [event.kind for event in e.trajectory().events][1:] == ["tool.called", "pot.painted", "tool.returned"]


@eras
def test_an_array_is_wrapped_in_an_object(mode: str):
    result = call(toy.episode(), mode, "listPots", {"name": "pot 5"})
    assert text(result) == '[{"id":"p5","name":"Pot 5","color":"blue","price":0}]'
    assert result.structured_content == {"result": [{"id": "p5", "name": "Pot 5", "color": "blue", "price": 0}]}


@eras
def test_nulls_in_a_reply_survive(mode: str):
    @query("getNull")
    def get_null(world: World) -> dict[str, Any]:
        """A row with a null."""
        return {"id": "n", "gone": None, "inner": [{"gone": None}]}

    e = Episode.open("null", World(toy.genesis()), Toolset("null", {"getNull": get_null}, None, toy.TABLES))
    result = call(e, mode, "getNull", {})
    assert text(result) == '{"id":"n","gone":null,"inner":[{"gone":null}]}'
    assert result.structured_content == {"id": "n", "gone": None, "inner": [{"gone": None}]}


@eras
def test_an_alias_is_answered_but_not_listed(mode: str):
    tools = toy.toolset()
    e = Episode.open("a", World(toy.genesis()), Toolset("toy", tools.tools, None, toy.TABLES, {"pots": "listPots"}))
    assert "pots" not in [tool.name for tool in ask(e, mode, lambda client: client.list_tools()).tools]
    assert call(e, mode, "pots", {"name": "pot 5"}).structured_content["result"][0]["id"] == "p5"


@eras
@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("paintPot", {"pot_id": "p77", "color": "red"}, "Pot p77 not found"),
        ("paintPot", {"pot_id": "p1"}, "color is required"),
        ("paintPot", {"pot_id": "p1", "color": "red", "x": 1}, "Unknown parameter: x"),
        ("dropTables", {}, "Unknown tool: dropTables"),
    ],
)
def test_a_rejection_is_a_recorded_error_result(mode: str, tool: str, arguments: dict[str, Any], message: str):
    e = toy.episode()
    result = call(e, mode, tool, arguments)
    assert result.is_error
    assert text(result) == f'{{"error":"{message}"}}'
    assert result.structured_content is None
    assert e.trajectory().events[-1].data == {"ok": False, "reply": {"error": message}}


@eras
def test_an_ended_episode_says_so(mode: str):
    e = toy.episode()
    e.submit("done")
    events = len(e.trajectory())
    result = call(e, mode, "listPots", {})
    assert result.is_error
    assert text(result) == f'{{"error":"{ENDED}"}}'
    assert len(e.trajectory()) == events


@eras
def test_a_bug_in_a_handler_leaks_nothing(mode: str):
    e = toy.episode()
    result = call(e, mode, "breakPot", {"pot_id": "p1"})
    assert result.is_error
    assert text(result) == f'{{"error":"{VOIDED}"}}'
    assert e.status == "voided"


@eras
def test_a_full_disk_fails_the_call_and_the_head_stays(mode: str):
    e = toy.episode(log=BrokenLog())
    head, world = e.head_hash, e.world
    result = call(e, mode, "paintPot", {"pot_id": "p1", "color": "red"})
    assert result.is_error
    assert text(result) == f'{{"error":"{NOT_RECORDED}"}}'
    assert (e.head_hash, e.world, e.status) == (head, world, "open")


@eras
def test_a_failure_of_the_host_leaks_nothing(mode: str):
    def lost(_: Any) -> Any:
        raise RuntimeError("secret\nof the host")

    async def run() -> None:
        async with Client(build_server(lost), mode=mode) as client:
            result = await client.call_tool("listPots", {})
            assert text(result) == f'{{"error":"{FAILED}"}}'
            with pytest.raises(MCPError, match=FAILED) as caught:
                await client.list_tools()
            assert "secret" not in str(caught.value)

    asyncio.run(run())


def test_arguments_that_are_no_json_are_refused_by_a_recorded_reply():
    e = toy.episode()
    for arguments in ({"pot_id": float("nan")}, {"pot_id": "\ud800"}, {"x": "y" * 2_000_000}, {"x": [[[[]]] * 99]}):
        assert call(e, "auto", "paintPot", arguments).is_error
    assert e.call("paint\ud800", {}).value == {"error": "Unknown tool: paint?"}  # the client itself cannot send it
    assert sum(1 for _ in e.trajectory().calls()) == 5
    assert e.status == "open"


@eras
def test_over_stdio(mode: str):
    server = StdioServerParameters(command=sys.executable, args=["-c", STDIO_SERVER], cwd=ROOT)

    async def run() -> None:
        async with Client(server, mode=mode) as client:
            assert len((await client.list_tools()).tools) == 3
            painted = await client.call_tool("paintPot", {"pot_id": "p1", "color": "red"})
            assert painted.structured_content["color"] == "red"
            listed = await client.call_tool("listPots", {"name": "pot 1"})
            assert listed.structured_content["result"] == [painted.structured_content]
            huge = await client.call_tool("listPots", {"name": "x" * 10_000_000})
            assert text(huge) == '{"error":"Invalid arguments: 10000011 bytes, more than 262144"}'
            assert (await client.call_tool("breakPot", {"pot_id": "p1"})).is_error
            assert text(await client.call_tool("listPots", {})) == f'{{"error":"{ENDED}"}}'

    asyncio.run(run())
