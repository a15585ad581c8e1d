"""Who may see the pages: whoever holds the token, asked from this machine's own pages.

The token comes once in the address that the command prints and then lives in a cookie that scripts cannot read and other sites
cannot send. A request that names another host, or that another site's page makes, is refused.
"""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode

from attrs import frozen
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


@frozen
class Guard:
    """Around the pages. token: what a reader must bring."""

    app: ASGIApp
    token: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _foreign(scope["method"], headers)
        if refusal:
            await PlainTextResponse(refusal, 403, HEADERS)(scope, receive, send)
        elif self._known(headers):
            await self.app(scope, receive, _with_headers(send))
        elif given := self._in_address(scope):
            response = RedirectResponse(given, 303, HEADERS)
            response.set_cookie(f"{COOKIE}-{_port(headers)}", self.token, httponly=True, samesite="strict", path="/")
            await response(scope, receive, send)
        else:
            text = "Open the address that `corecraft ui` printed: it holds the token.\n"
            await PlainTextResponse(text, 401, HEADERS)(scope, receive, send)

    def _known(self, headers: Headers) -> bool:
        given = cookie_parser(headers.get("cookie", "")).get(f"{COOKIE}-{_port(headers)}", "")
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        return any(
            compare_digest(one.encode(), self.token.encode()) for one in (given, bearer if scheme == "Bearer" else "")
        )

    def _in_address(self, scope: Scope) -> str:
        """The same address without its token, if that is the right one."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not compare_digest(dict(query).get("token", "").encode(), self.token.encode()):
            return ""
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        path = "/" + scope["path"].lstrip("/")  # `//host` would lead elsewhere
        return f"{path}?{rest}" if rest else path


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
