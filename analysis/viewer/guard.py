"""Who may see the pages: whoever holds the token, asked from this machine's own pages.

The token lives in a cookie that scripts cannot read and other sites cannot send. A browser that is started for the reader gets
it for a code: what it was started with is seen by everybody who lists processes, so it must be worth nothing a moment later.
Whoever pastes an address brings the token itself. Either way what follows is an address without it. A request that names
another host, or that another site's page makes, is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hmac import compare_digest
from threading import Lock
from time import monotonic
from urllib.parse import parse_qsl, quote, urlencode

from attrs import define, field, frozen
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "corecraft-viewer"
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""No page can run, load or send anything but what this server gave it."""


LIFETIME = 120.0
"""Seconds that a code waits for the browser it was made for."""


@define(eq=False)
class Codes:
    """What stands for the token in an address, once. Threads may share it."""

    _until: dict[str, float] = field(factory=dict[str, float], init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def new(self) -> str:
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._until[code] = monotonic() + LIFETIME
        return code

    def take(self, code: str) -> bool:
        """Whether it still served; it does no more."""
        with self._lock:
            return monotonic() < self._until.pop(code, 0.0)


@frozen
class Guard:
    """Around the pages. token: what a reader must bring. codes: what else he may bring, once each."""

    app: ASGIApp
    token: str = field(repr=False)
    codes: Codes = field(factory=Codes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _foreign(scope["method"], headers)
        if refusal:
            await PlainTextResponse(refusal, 403, HEADERS)(scope, receive, send)
            return
        clean, given = _parted(scope)
        if given and (self._opens(given) or self._known(headers)):
            response = RedirectResponse(clean, 303, HEADERS)
            response.set_cookie(f"{COOKIE}-{_port(headers)}", self.token, httponly=True, samesite="strict", path="/")
            await response(scope, receive, send)
        elif self._known(headers):
            await self.app(scope, receive, _with_headers(send))
        else:
            await PlainTextResponse(_UNKNOWN, 401, HEADERS)(scope, receive, send)

    def _opens(self, given: Mapping[str, str]) -> bool:
        return compare_digest(given.get("token", "").encode(), self.token.encode()) or self.codes.take(
            given.get("code", "")
        )

    def _known(self, headers: Headers) -> bool:
        given = cookie_parser(headers.get("cookie", "")).get(f"{COOKIE}-{_port(headers)}", "")
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        return any(
            compare_digest(one.encode(), self.token.encode()) for one in (given, bearer if scheme == "Bearer" else "")
        )


_UNKNOWN = "This browser is not known here. `corecraft ui --no-browser` prints an address for it, with the token.\n"


def _parted(scope: Scope) -> tuple[str, Mapping[str, str]]:
    """An address without what is to stand in none, and that."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    rest = urlencode([(name, value) for name, value in query if name not in ("token", "code")])
    path = quote("/" + scope["path"].lstrip("/"), safe="/~@:")  # `//host` would lead elsewhere
    given = {name: value for name, value in query if name in ("token", "code") and scope["method"] == "GET"}
    return f"{path}?{rest}" if rest else path, given


def _foreign(method: str, headers: Headers) -> str:
    """Why a request must come from elsewhere, or ""."""
    host = headers.get("host", "")
    if host.rpartition(":")[0] not in LOCAL and host not in LOCAL:
        return "This address is no name of this machine.\n"
    origin = headers.get("origin")
    if method not in ("GET", "HEAD") and origin is not None and origin != f"http://{host}":
        return "Another site's page asked for this.\n"
    return ""


def _port(headers: Headers) -> str:
    """Cookies know no ports: two viewers on one machine must not take each other's."""
    return headers.get("host", "").rpartition(":")[2]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
