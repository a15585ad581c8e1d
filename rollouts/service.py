"""The HTTP service: agents over MCP, experiments over a JSON control API, hundreds of episodes in one process.

It serves the table in `routes.py`, which docs/http.md shows. `/control` wants the control token. A key opens one episode
and tells nothing: not its id, not the token, not another episode. Errors are `{"error": one line}`.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from hmac import compare_digest
from typing import Any, TypeVar

import msgspec
import structlog
import uvicorn
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.datastructures import Headers
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
    OtherVersion,
    StorageFailed,
    UnknownEpisode,
)
from ..replay.visible import one_line
from ..tools.mcp_messages import Unreadable, read
from ..tools.mcp_server import Context, build_server
from .guard import ACCEPTED_AT_ONCE, Guard, Patience
from .hosting import Conflict, EpisodeHost, Hosted, NotInCatalogue
from .requests import RowEdit
from .routes import CONTROL, TABLE, Asked, Endpoint, mcp

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
    (OtherVersion, 409),
    (StorageFailed, 503),
)

_T = TypeVar("_T")


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
    guarded = [endpoint for endpoint in TABLE if endpoint.path.startswith(CONTROL)]
    control = Router(_served(host, guarded), redirect_slashes=False, default=_nowhere)
    routes = [
        *_served(host, [endpoint for endpoint in TABLE if endpoint not in guarded]),
        Route(
            mcp.path,
            _Bearer(_BodyLimit(agents, MAX_AGENT_BYTES), agent_token, "the agents' token"),
            methods=[mcp.method],
        ),
        Mount(
            CONTROL,
            _Bearer(
                _BodyLimit(control, MAX_CONTROL_BYTES),
                control_token,
                "the control token, printed when the service starts",
            ),
        ),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            async with agents.manager.run():
                yield
        finally:
            host.shut()

    app = Starlette(
        routes=routes,
        middleware=[Middleware(_HostCheck, security)],
        exception_handlers={CoreCraftError: _refused, HTTPException: _http_error, Exception: _bug},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.router.default = _nowhere
    return app


def log_to_stderr() -> None:
    """Operational messages as lines on stderr, with nothing in them that acts on a terminal."""
    *processors, renderer = structlog.get_config()["processors"]
    structlog.configure(
        processors=[*processors, _as_data, renderer],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # that of each line: a caller may exchange it
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
        if not Headers(scope=scope).get("content-type", "").lower().startswith("application/json"):
            raise HTTPException(400, "This wants the header Content-Type: application/json")
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


def _served(host: EpisodeHost, table: Iterable[Endpoint]) -> list[Route]:
    """One route for each path, which knows all of its methods."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for endpoint in table:
        if endpoint.serve is not None:
            paths.setdefault(endpoint.path.removeprefix(CONTROL), {})[endpoint.method] = endpoint
    return [Route(path, _handler(host, methods), methods=list(methods)) for path, methods in paths.items()]


def _handler(host: EpisodeHost, methods: Mapping[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        endpoint = methods["GET" if request.method == "HEAD" else request.method]
        assert endpoint.serve is not None
        asked = Asked(
            id=request.path_params.get("id", ""),
            body=_body(await request.body(), endpoint.body),
            query=_fields("query", dict(request.query_params), endpoint.query, strict=False),
            base=f"{request.url.scheme}://{request.url.netloc}",
        )
        return _json(await endpoint.serve(host, asked), endpoint.status)

    return handle


def _body(raw: bytes, kind: type[_T]) -> _T:
    """The JSON body of a request; none at all counts as `{}`. Text may hold lone surrogates, as models write them: what
    becomes of them is for the engine to say, for Python's callers alike."""
    try:
        given = parsed(raw or b"{}", surrogates=True)
    except ValueError as error:
        raise InvalidInput(f"Invalid body: {error}; {_offered('body', kind)}") from None
    return _fields("body", given, kind)


def _fields(what: str, given: Any, kind: type[_T], *, strict: bool = True) -> _T:
    try:
        return msgspec.convert(given, kind, strict=strict)
    except ValueError as error:
        offered = _offered("edit", RowEdit) if "`$.edits[" in str(error) else _offered(what, kind)
        raise InvalidInput(f"Invalid {what}: {error}; {offered}") from None


def _offered(what: str, kind: type[Any]) -> str:
    return f"the {what} may have {', '.join(field.name for field in msgspec.structs.fields(kind)) or 'no fields'}"


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


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code != 405:
        return _error(error.detail, error.status_code, headers)
    headers["Allow"] = allowed = ", ".join(sorted(headers["Allow"].split(", ")))
    return _error(f"{request.method} is not for this path, which takes {allowed}", 405, headers)


async def _nowhere(*_: Any) -> None:
    raise HTTPException(404, "There is nothing at this path; CoreCraft's docs/http.md lists what there is")


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
                advice = "; names it may be reached by are given with --allow-host"
                await _error(bytes(refusal.body).decode() + advice, refusal.status_code)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Bearer:
    """`app` behind a bearer token; None: open to all. called: what it is, for those who lack it."""

    def __init__(self, app: ASGIApp, token: str | None, called: str) -> None:
        self._app = app
        self._refusal = f"This wants the header Authorization: Bearer TOKEN, where TOKEN is {called}"
        self._expected = None if token is None else sha256(token.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._expected is not None and not self._holds_token(scope):
            raise HTTPException(401, self._refusal, {"WWW-Authenticate": "Bearer"})
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
