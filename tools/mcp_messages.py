"""MCP messages as they come off a wire: every transport reads them here, so that all answer the same bytes alike.

What stands in `params.arguments` of a `tools/call` is cut out before anything is parsed: whether it can be recorded is
for the episode to say, in a reply that is recorded. Of the rest, what cannot be read gets one JSON-RPC error, with the
request's id wherever that can be read, since a client waits for its id for ever.
"""

from __future__ import annotations

import json
import re
from typing import TypeVar

from attrs import frozen
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from ..engine.canonical import encode, parsed, printable

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_SPACE = rb"[ \t\r\n]*+"
_OPEN = re.compile(_SPACE + rb"\{" + _SPACE)
_CLOSE = re.compile(rb"\}")
_KEY = re.compile(rb"(" + _STRING + rb")" + _SPACE + rb":" + _SPACE, re.DOTALL)
_NEXT = re.compile(_SPACE + rb"(?:," + _SPACE + rb"|(\}))")
_SCALAR = re.compile(_STRING + rb'|[^ \t\r\n,\[\]{}"]++', re.DOTALL)


def _bracket(depth: int) -> re.Pattern[bytes]:
    """The next bracket, past text and past what is nested up to `depth`, which spares as many steps of Python."""
    skipped = rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+"
    for _ in range(depth):
        skipped = rb'(?:[^"\[\]{}]++|' + _STRING + rb"|[\[{]" + skipped + rb"[\]}])*+"
    return re.compile(skipped + rb"([\[\]{}])", re.DOTALL)


_BRACKET = _bracket(3)

_MOST_MEMBERS = 100
_MOST_STEPS = 200_000
"""Above what any message has: a hostile one must not hold up the others."""

_T = TypeVar("_T")
_Span = tuple[int, int]


class Unreadable(Exception):
    """No message. `answer` is what to send back."""

    def __init__(self, code: int, message: str, id: int | str | None = None) -> None:
        super().__init__(message)
        self.answer = JSONRPCError(jsonrpc="2.0", id=id, error=ErrorData(code=code, message=message))


@frozen
class Incoming:
    """A message: `body` is its JSON, `arguments` those of a tool call, unread; in `body` they are empty."""

    message: JSONRPCMessage
    body: bytes
    arguments: bytes | None = None


def read(raw: bytes) -> Incoming:
    """Raises Unreadable."""
    rest, arguments = _cut(raw)
    try:
        value = parsed(rest)
    except ValueError as error:
        raise Unreadable(PARSE_ERROR, f"Parse error: {error}", _id(raw)) from None
    try:
        # A request is what has an id; the SDK would take one with a bad id for a notification and never answer it.
        asks = isinstance(value, dict) and "id" in value and "method" in value
        kind = JSONRPCRequest.model_validate if asks else jsonrpc_message_adapter.validate_python
        message = kind(value, by_name=False)
    except ValidationError:
        raise Unreadable(INVALID_REQUEST, "Not a single JSON-RPC request or notification", _id(raw)) from None
    return Incoming(message, encode(value), arguments)


def _cut(raw: bytes) -> tuple[bytes, bytes | None]:
    """The message with empty arguments, and the arguments, if it is a tool call that has any."""
    try:
        outer = _members(raw, 0)
        if _text(raw, outer["method"]) != "tools/call":
            return raw, None
        inner = _members(raw, outer["params"][0])
    except (KeyError, ValueError):
        return raw, None
    arguments, edits = None, dict[_Span, bytes]()
    if "arguments" in inner:
        start, end = inner["arguments"]
        arguments = raw[start:end]
        edits[start, end] = b"{}"
    if "name" in inner:
        edits[inner["name"]] = _printable_name(raw, inner["name"])
    for (start, end), text in sorted(edits.items(), reverse=True):
        raw = raw[:start] + text + raw[end:]
    return raw, arguments


def _printable_name(raw: bytes, span: _Span) -> bytes:
    """As `Episode.call` records a name with lone surrogates: it is an unknown tool, not a broken message."""
    try:
        return encode(printable(_text(raw, span)))
    except ValueError:
        return raw[slice(*span)]


def _id(raw: bytes) -> int | str | None:
    """A request's id, also of one that cannot be read otherwise; None where it has none that could be sent back."""
    try:
        id = parsed(raw[slice(*_members(raw, 0)["id"])])
    except (KeyError, ValueError):
        return None
    return id if type(id) in (int, str) else None


# --- where things stand ----------------------------------------------------------------------------------------------


def _members(raw: bytes, at: int) -> dict[str, _Span]:
    """Where the values of the object at `at` stand, by key, however deep or broken they are within.

    Raises ValueError where its outline cannot be followed.
    """
    place = _required(_OPEN.match(raw, at)).end()
    found: dict[str, _Span] = {}
    last = _CLOSE.match(raw, place)
    for _ in range(_MOST_MEMBERS):
        if last is not None:
            break
        key = _required(_KEY.match(raw, place))
        end = _end(raw, key.end())
        found[_text(raw, key.span(1))] = key.end(), end
        following = _required(_NEXT.match(raw, end))
        place = following.end()
        last = following[1]
    _required(last)
    return found


def _end(raw: bytes, start: int) -> int:
    """Where the value that begins at `start` ends."""
    if raw[start : start + 1] not in (b"[", b"{"):
        return _required(_SCALAR.match(raw, start)).end()
    depth, place = 1, start + 1
    for _ in range(_MOST_STEPS):
        place = _required(_BRACKET.match(raw, place)).end()
        depth += 1 if raw[place - 1] in b"[{" else -1
        if depth == 0:
            return place
    raise ValueError("no end")


def _text(raw: bytes, span: _Span) -> str:
    value = json.loads(raw[slice(*span)].decode())
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _required(found: _T | None) -> _T:
    if found is None:
        raise ValueError("not the outline of an object")
    return found
