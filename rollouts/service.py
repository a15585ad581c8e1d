"""The HTTP service: agents over MCP, experiments over a JSON control API, hundreds of episodes in one process.

    POST   /episodes/{key}/mcp                  an agent's only address: MCP, streamable HTTP, both protocol eras

    GET    /healthz
    GET    /control/episodes                    what this process hosts
    POST   /control/episodes                    open: {task | world, toolset?, agent?, trial?, seed?, prompt?, episode?}
    GET    /control/episodes/{id}               status, counts, answer, grade
    GET    /control/episodes/{id}/prompt        {system, prompt, prompts}
    POST   /control/episodes/{id}/turn          {text?, reasoning?, tool_calls?, usage?, finish_reason?, model?, beside?}: what
                                                the model said, kept in the history: {seq}
    POST   /control/episodes/{id}/answer        {text}: the final answer
    POST   /control/episodes/{id}/close         {reason?}: end without an answer
    POST   /control/episodes/{id}/grade         grade, record, release; again: what was recorded
    POST   /control/episodes/{id}/fork          {at? | step?, edits?, agent?, trial?, prompt?, episode?}
    DELETE /control/episodes/{id}               close if open, and release

`/control` wants `Authorization: Bearer <control token>`. A key opens one episode and tells nothing: not its id, not the
token, not another episode. Errors are `{"error": one line}` with 400, 401, 404, 409, 413 or 503.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from hmac import compare_digest
from typing import Any, TypeVar

import anyio.lowlevel
import msgspec
import structlog
import uvicorn
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..engine.canonical import parsed, printable
from ..engine.errors import (
    CoreCraftError,
    DigestMismatch,
    EpisodeEnded,
    InvalidInput,
    NotAtBoundary,
    StorageFailed,
    UnknownEpisode,
)
from ..replay.visible import one_line
from ..tools.mcp_messages import Unreadable, read
from ..tools.mcp_server import Context, build_server
from .guard import ACCEPTED_AT_ONCE, Guard, Patience
from .hosting import Conflict, EpisodeHost, ForkRequest, Hosted, NotInCatalogue, OpenRequest

_log = structlog.get_logger("corecraft.service")

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MAX_AGENT_BYTES = 2 << 20
"""Of one MCP request: above what a tool accepts as arguments, so that the refusal is still a reply in the log."""
MAX_CONTROL_BYTES = 1 << 20
MIN_TOKEN_LENGTH = 16
WAITING = 4096
"""Connections that may wait to be accepted."""
PATIENCE = Patience()

_ARGUMENTS = "corecraft.arguments"
"""Where the scope of a request holds a tool call's arguments as they came."""

_STATUS: tuple[tuple[type[CoreCraftError], int], ...] = (
    (UnknownEpisode, 404),
    (NotInCatalogue, 404),
    (Conflict, 409),
    (EpisodeEnded, 409),
    (NotAtBoundary, 409),
    (DigestMismatch, 409),
    (StorageFailed, 503),
)

_T = TypeVar("_T")


class AnswerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class TurnRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A turn of a model, as it came: recorded as `model.responded`. beside: kept outside the hash, such as cost and latency."""

    text: str | None = None
    reasoning: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    usage: dict[str, Any] | None = None
    finish_reason: str | None = None
    model: str | None = None
    beside: dict[str, Any] | None = None


class CloseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str = "closed"


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(32)


def create_app(
    host: EpisodeHost,
    *,
    control_token: str,
    agent_token: str | None = None,
    allowed_hosts: Sequence[str] = LOOPBACK,
) -> Starlette:
    """The service over a host. It closes the host's log when it shuts down.

    agent_token: a bearer token that agents must send besides knowing their URL.
    allowed_hosts: names under which the service may be addressed, without port; a browser that was led here under any
    other name (DNS rebinding) is turned away, from `/control` as well.
    """
    for token in (control_token, agent_token):
        if token is not None and len(token) < MIN_TOKEN_LENGTH:
            raise InvalidInput(f"a token needs at least {MIN_TOKEN_LENGTH} characters")
    if agent_token == control_token:
        raise InvalidInput("agents must not hold the control token")
    security = _security(allowed_hosts)
    agents = _Agents(host, security)
    control = Router(_Control(host).routes())
    routes = [
        Route("/healthz", _healthz),
        Route(
            "/episodes/{key}/mcp",
            _Bearer(_BodyLimit(agents, MAX_AGENT_BYTES), agent_token),
            methods=["POST"],
        ),
        Mount("/control", _Bearer(_BodyLimit(control, MAX_CONTROL_BYTES), control_token)),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            async with agents.manager.run():
                yield
        finally:
            host.shut()

    return Starlette(
        routes=routes,
        middleware=[Middleware(_HostCheck, security)],
        exception_handlers={CoreCraftError: _refused, HTTPException: _http_error, Exception: _bug},
        lifespan=lifespan,
    )


def log_to_stderr() -> None:
    """Operational messages as lines on stderr, with nothing in them that acts on a terminal."""
    *processors, renderer = structlog.get_config()["processors"]
    structlog.configure(
        processors=[*processors, _as_data, renderer], logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )


def _as_data(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: one_line(value) if isinstance(value, str) else value for name, value in event.items()}


def serve_http(
    app: ASGIApp,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    started: Callable[[str], None] | None = None,
    patience: Patience = PATIENCE,
) -> None:
    """Serve until SIGINT or SIGTERM. port 0: any free one. started: called with the base URL once it listens.

    There is no access log: the path of an agent's URL is its key. Operational messages go to stderr, unless structlog
    was configured otherwise.
    """
    if not structlog.is_configured():
        log_to_stderr()
    config = uvicorn.Config(
        app,
        host,
        port,
        http=Guard(patience).protocol,
        lifespan="on",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=int(patience.idle),
        timeout_graceful_shutdown=5,
    )
    _Server(config, started or _announce).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._on_started = started

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            # asyncio accepts as many at once as it lets wait; here few at once, so that each is counted in time, and
            # many waiting, so that none of hundreds that come together has to knock twice.
            for listener in self.servers[0].sockets:
                with listener.dup() as waiting:
                    waiting.listen(WAITING)
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_started(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


def _announce(url: str) -> None:
    _log.info("serving", url=url)


# --- agents ------------------------------------------------------------------------------------------------------


class _Agents:
    """One MCP server for all episodes; which one is meant stands in the URL, never in a session."""

    def __init__(self, host: EpisodeHost, security: TransportSecuritySettings) -> None:
        self._host = host
        # Stateless for the handshake revisions too: nothing to keep per client, nothing lost on a reconnect.
        self.manager = StreamableHTTPSessionManager(
            build_server(self._episode_of, _arguments_of),
            json_response=True,
            stateless=True,
            security_settings=security,
            max_request_body_size=MAX_AGENT_BYTES,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._of(scope)
        try:
            incoming = read(await Request(scope, receive).body())
        except Unreadable as refusal:
            await _json(refusal.answer.model_dump(by_alias=True, exclude_unset=True), 400)(scope, receive, send)
            return
        await self.manager.handle_request(
            {**scope, _ARGUMENTS: incoming.arguments}, _given(incoming.body, receive), send
        )

    def _episode_of(self, ctx: Context) -> Hosted:
        assert ctx.request is not None
        return self._of(ctx.request.scope)

    def _of(self, scope: Scope) -> Hosted:
        hosted = self._host.by_key(scope["path_params"]["key"])
        if hosted is None:
            raise HTTPException(404, "No such episode")
        return hosted


def _arguments_of(ctx: Context) -> bytes | None:
    assert ctx.request is not None
    return ctx.request.scope[_ARGUMENTS]


def _given(body: bytes, receive: Receive) -> Receive:
    """`receive` of a request whose body was read already."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return rest.pop() if rest else await receive()

    return again


# --- control -----------------------------------------------------------------------------------------------------


class _Control:
    def __init__(self, host: EpisodeHost) -> None:
        self._host = host

    def routes(self) -> list[Route]:
        one = "/episodes/{id}"

        def route(path: str, handler: Any, method: str) -> Route:
            return Route(path, handler, methods=[method])

        return [
            route("/episodes", self.list, "GET"),
            route("/episodes", self.open, "POST"),
            route(one, self.info, "GET"),
            route(one, self.release, "DELETE"),
            route(one + "/prompt", self.prompt, "GET"),
            route(one + "/turn", self.turn, "POST"),
            route(one + "/answer", self.answer, "POST"),
            route(one + "/close", self.close, "POST"),
            route(one + "/grade", self.grade, "POST"),
            route(one + "/fork", self.fork, "POST"),
        ]

    async def list(self, _: Request) -> Response:
        infos: list[dict[str, Any]] = []
        for hosted in self._host.hosted():
            infos.append(hosted.info())
            await anyio.lowlevel.checkpoint()  # there may be thousands, and agents wait for the same loop
        return _json(infos)

    async def open(self, request: Request) -> Response:
        hosted = await self._host.open(await _body(request, OpenRequest))
        return _json(_admission(hosted, request), 201)

    async def info(self, request: Request) -> Response:
        return _json(await self._host.info(_id(request)))

    async def release(self, request: Request) -> Response:
        return _json(self._host.release(_id(request)).info())

    async def prompt(self, request: Request) -> Response:
        hosted = self._host.get(_id(request))
        said = [prompt["text"] for prompt in hosted.prompts if prompt["role"] == "user"]
        return _json({"system": hosted.system, "prompt": said[-1] if said else None, "prompts": hosted.prompts})

    async def turn(self, request: Request) -> Response:
        turn = msgspec.to_builtins(await _body(request, TurnRequest))
        beside = turn.pop("beside", None)
        if not turn:
            raise InvalidInput(f"A turn says something: give any of {', '.join(_fields(TurnRequest))}")
        return _json({"seq": self._host.turn(_id(request), turn, beside)}, 201)

    async def answer(self, request: Request) -> Response:
        answer = await _body(request, AnswerRequest)
        return _json(self._host.submit(_id(request), answer.text).info())

    async def close(self, request: Request) -> Response:
        closing = await _body(request, CloseRequest)
        return _json(self._host.close(_id(request), closing.reason).info())

    async def grade(self, request: Request) -> Response:
        return _json(await self._host.grade(_id(request)))

    async def fork(self, request: Request) -> Response:
        hosted = await self._host.fork(_id(request), await _body(request, ForkRequest))
        return _json(_admission(hosted, request), 201)


def _admission(hosted: Hosted, request: Request) -> dict[str, Any]:
    """An episode's info with the agent's URL, which is told only here."""
    base = f"{request.url.scheme}://{request.url.netloc}"
    return {**hosted.info(), "mcp_url": f"{base}/episodes/{hosted.key}/mcp"}


def _id(request: Request) -> str:
    return request.path_params["id"]


async def _healthz(_: Request) -> Response:
    return _json({"status": "ok"})


async def _body(request: Request, type: type[_T]) -> _T:
    """The request's JSON body; none at all counts as `{}`. Text may hold lone surrogates, as models write them: what
    becomes of them is for the engine to say, for Python's callers alike."""
    raw = await request.body()
    try:
        return msgspec.convert(parsed(raw or b"{}", surrogates=True), type)
    except ValueError as error:
        known = f"; a body may have {', '.join(_fields(type))}" if "unknown field" in str(error) else ""
        raise InvalidInput(f"Invalid body: {error}{known}") from None


def _fields(type: type[Any]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(type)]


# --- errors and guards -------------------------------------------------------------------------------------------


def _json(value: Any, status: int = 200, headers: Any = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def _error(message: str, status: int, headers: Any = None) -> Response:
    return _json({"error": printable(message).splitlines()[0] if message else "Error"}, status, headers)


async def _refused(_: Request, error: Exception) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    if isinstance(error, StorageFailed):
        _log.error("not recorded", reason=str(error))
    return _error(str(error), status)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.detail, error.status_code, error.headers)


async def _bug(_: Request, __: Exception) -> Response:
    return _error("The service failed", 500)


def _security(allowed_hosts: Sequence[str]) -> TransportSecuritySettings:
    names = [name for host in allowed_hosts for name in (host, f"{host}:*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in names]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)


class _HostCheck:
    """Turns away requests that came under a foreign name, before anything else is looked at."""

    def __init__(self, app: ASGIApp, settings: TransportSecuritySettings) -> None:
        self._app = app
        self._check = TransportSecurityMiddleware(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = await self._check.validate_request(Request(scope))
            if refusal is not None:
                await _error(bytes(refusal.body).decode(), refusal.status_code)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Bearer:
    """`app` behind a bearer token; None: open to all."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._expected = None if token is None else sha256(token.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._expected is not None and not self._holds_token(scope):
            raise HTTPException(401, "Unauthorized", {"WWW-Authenticate": "Bearer"})
        await self._app(scope, receive, send)

    def _holds_token(self, scope: Scope) -> bool:
        given: bytes = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, credential = given.partition(b" ")
        # Digests are of one length, so that time tells nothing about the token's either.
        same = compare_digest(sha256(credential.strip()).digest(), self._expected or b"")
        return same and scheme.lower() == b"bearer"


class _BodyLimit:
    """Refuses bodies above a size, declared or not, before they are read to the end."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared: bytes = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        seen = int(declared) if declared.isdigit() else 0
        self._check(seen)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            self._check(seen)
            return message

        await self._app(scope, counted, send)

    def _check(self, size: int) -> None:
        if size > self._max:
            raise HTTPException(413, f"The body is larger than {self._max} bytes")
