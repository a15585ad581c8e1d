"""MCP: a toolset and its episodes behind the protocol, whatever the transport and whoever hosts them.

    serve_stdio(episode)                                    # one episode over stdin and stdout
    build_server(lambda ctx: episodes[ctx.request...])      # many, behind a transport of the caller's

The first text content of a result is the reply as recorded, byte for byte. Nothing else is told: a failure of ours
leaves as one plain line, never as an exception's text. A client that wants its own name for a call in the history gives
it as `callId` in the request's `_meta`; JSON-RPC ids are counters of the transport and are not recorded.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, BinaryIO, Protocol

import anyio
import anyio.to_thread
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import frozen
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    CallToolRequestParams,
    CallToolResult,
    JSONRPCError,
    JSONRPCRequest,
    JSONRPCResponse,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)

from ..engine import VERSION
from ..engine.canonical import encode
from ..engine.episode import Reply
from ..engine.errors import EpisodeEnded, EpisodeVoided, StorageFailed
from ..engine.tool import JsonSchema
from ..engine.toolset import Toolset
from .mcp_messages import Incoming, Unreadable, read

_log = structlog.get_logger("corecraft.mcp")

Context = ServerRequestContext[Any, Any]

ENDED = "This episode has ended."
VOIDED = "The simulation failed. This episode is void."
NOT_RECORDED = "The call could not be recorded, so it did not happen."
FAILED = "The service failed. The call may not have been recorded."

CALL_ID = "callId"
MAX_CALL_ID = 200
MAX_MESSAGE_BYTES = 16 << 20
"""Of one message over stdio."""


class Playable(Protocol):
    """What tools are called on: an `Episode`, or whatever stands in for one that is no longer in memory."""

    @property
    def toolset(self) -> Toolset: ...

    def call(self, tool: str, arguments: bytes | Mapping[str, Any], /, *, call_id: str | None = None) -> Reply: ...


ArgumentsOf = Callable[[Context], bytes | None]
"""A tool call's arguments as they came, where the transport has them; None: those that the SDK has read."""

EpisodeOf = Callable[[Context], Playable]
"""Which episode a request belongs to. In stateless transports the request (`ctx.request`) is all there is to go by."""


def build_server(
    episode_of: EpisodeOf,
    arguments_of: ArgumentsOf = lambda _: None,
    *,
    name: str = "corecraft",
    instructions: str | None = None,
) -> Server[Any]:
    """A low-level MCP server over the episodes that `episode_of` finds; each is served its own toolset.

    It keeps no state between requests, so one server carries any number of episodes and both protocol eras.
    """
    adapter = _Adapter(episode_of, arguments_of)
    server = Server[Any](
        name,
        version=VERSION,
        instructions=instructions,
        on_list_tools=adapter.list_tools,
        on_call_tool=adapter.call_tool,
        # No parameter is mirrored into HTTP headers. Without this the SDK lists all tools before every single call.
        get_tool_input_schema=_no_header_parameters,
    )
    server.middleware.clear()  # the SDK's tracing spans: what agents ask and get is recorded in one place only, the log
    return server


async def serve_stdio(episode: Playable, *, instructions: str | None = None) -> None:
    """Serve one episode over stdin and stdout until the client hangs up. The episode stays open.

    One message a line. A request is answered before the next line is read, so the history has the order of the lines,
    and what came before the end of input is answered.
    """
    server = build_server(lambda _: episode, lambda ctx: ctx.request, instructions=instructions)
    nothing = anyio.wrap_file(io.StringIO())  # the SDK writes lines; read they are here, as bytes
    asking, asked = anyio.create_memory_object_stream[SessionMessage | Exception]()
    answering, answers = anyio.create_memory_object_stream[SessionMessage]()
    async with stdio_server(stdin=nothing) as (unused, wire), unused, wire, anyio.create_task_group() as tasks:
        tasks.start_soon(server.run, asked, answering, server.create_initialization_options())
        async with asking, answers:
            while line := await anyio.to_thread.run_sync(_line, sys.stdin.buffer):
                try:
                    await _pass_on(_readable(line), asking, answers, wire.send)
                except Unreadable as refusal:
                    await wire.send(SessionMessage(refusal.answer))


def _line(stdin: BinaryIO) -> bytes:
    """The next line, empty at the end; of one that is too long, more than is allowed."""
    line = part = stdin.readline(MAX_MESSAGE_BYTES + 1)
    while len(part) > MAX_MESSAGE_BYTES and not part.endswith(b"\n"):
        part = stdin.readline(MAX_MESSAGE_BYTES + 1)
    return line


def _readable(line: bytes) -> Incoming:
    if len(line) > MAX_MESSAGE_BYTES:
        raise Unreadable(INVALID_REQUEST, f"A message is at most {MAX_MESSAGE_BYTES} bytes")
    return read(line)


async def _pass_on(
    incoming: Incoming,
    asking: MemoryObjectSendStream[SessionMessage | Exception],
    answers: MemoryObjectReceiveStream[SessionMessage],
    send: Callable[[SessionMessage], Awaitable[None]],
) -> None:
    """Hand a message to the server and, if it asks, wait for the answer and send it."""
    message = incoming.message
    await asking.send(SessionMessage(message, ServerMessageMetadata(request_context=incoming.arguments)))
    if isinstance(message, JSONRPCRequest):
        async for answer in answers:
            await send(answer)
            if isinstance(answer.message, JSONRPCResponse | JSONRPCError) and answer.message.id == message.id:
                return


@frozen
class Published:
    """A toolset as MCP shows it.

    wrapped: names of tools whose reply is no object. Protocol revisions before 2026-07-28 demand an object as
    structured content, so theirs is published and sent as `{"result": reply}`, in every revision alike.
    """

    listing: ListToolsResult
    wrapped: frozenset[str]

    @classmethod
    def of(cls, toolset: Toolset) -> Published:
        definitions = toolset.definitions()
        wrapped = {d["name"] for d in definitions if d["outputSchema"].get("type") != "object"}
        tools = [{**d, "outputSchema": _wrapped(d["outputSchema"])} if d["name"] in wrapped else d for d in definitions]
        wrapped |= {alias for alias, name in toolset.aliases.items() if name in wrapped}
        return cls(ListToolsResult.model_validate({"tools": tools}), frozenset(wrapped))


class _Adapter:
    """The two request handlers."""

    def __init__(self, episode_of: EpisodeOf, arguments_of: ArgumentsOf) -> None:
        self._episode_of = episode_of
        self._arguments_of = arguments_of
        self._published: dict[Toolset, Published] = {}

    async def list_tools(self, ctx: Context, _: PaginatedRequestParams | None) -> ListToolsResult:
        """All tools on one page. Raises only what the protocol knows: the SDK may send any other exception's text."""
        try:
            return self._of(self._episode_of(ctx).toolset).listing
        except Exception as bug:
            _log.error("tools not listed", reason=repr(bug), at=_place(bug))
            raise MCPError(INTERNAL_ERROR, FAILED) from None

    async def call_tool(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult:
        """Call a tool. Every outcome is a result; only a call id that cannot be recorded is a protocol error."""
        call_id = _call_id(params)
        try:
            episode = self._episode_of(ctx)
            arguments = self._arguments_of(ctx)
            arguments = (params.arguments or {}) if arguments is None else arguments
            reply = episode.call(params.name, arguments, call_id=call_id)
            if not reply.ok:
                return CallToolResult(content=[_text(reply.json)], is_error=True)
            wrap = params.name in self._of(episode.toolset).wrapped
            structured = {"result": reply.value} if wrap else reply.value
            return CallToolResult(content=[_text(reply.json)], structured_content=structured)
        except EpisodeEnded:
            return _failure(ENDED)
        except EpisodeVoided as error:
            _log.error("episode voided", reason=str(error))
            return _failure(VOIDED)
        except StorageFailed as error:
            _log.error("call not recorded", tool=repr(params.name[:100]), reason=str(error))
            return _failure(NOT_RECORDED)
        except Exception as bug:
            _log.error("call failed", tool=repr(params.name[:100]), reason=repr(bug), at=_place(bug))
            return _failure(FAILED)

    def _of(self, toolset: Toolset) -> Published:
        published = self._published.get(toolset)
        if published is None:
            published = self._published[toolset] = Published.of(toolset)
        return published


def _call_id(params: CallToolRequestParams) -> str | None:
    given = (params.meta or {}).get(CALL_ID)
    if given is None or (isinstance(given, str) and 0 < len(given) <= MAX_CALL_ID and given.isprintable()):
        return given
    raise MCPError(INVALID_PARAMS, f"{CALL_ID} must be 1 to {MAX_CALL_ID} printable characters")


def _text(json: bytes) -> TextContent:
    return TextContent(type="text", text=json.decode())


def _failure(message: str) -> CallToolResult:
    """In the form of a rejection, though nothing was recorded."""
    return CallToolResult(content=[_text(encode({"error": message}))], is_error=True)


def _wrapped(schema: JsonSchema) -> JsonSchema:
    return {"type": "object", "properties": {"result": schema}, "required": ["result"]}


def _place(bug: Exception) -> str:
    """File and line where it was raised. A rendered traceback could show arguments and keys."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def _no_header_parameters(_: str) -> None:
    return None
