"""A published set of tools with its profile, its tables and its digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, cast

import msgspec
from attrs import define, evolve, field

from .canonical import digest, encode, faithful, parsed, printable
from .errors import DigestMismatch, InvalidInput
from .genesis import Schema
from .tool import Kind, Outcome, Rejected, Tool
from .world import World

MAX_ARGUMENT_BYTES = 256 << 10
"""Of all arguments of a call together, as JSON."""
MAX_STRING_BYTES = 64 << 10
"""Of a single string in them, key or value, as UTF-8. Searching for a text takes time in proportion to it."""
MAX_NAME = 200
"""Characters of a tool's name or of a call's id that are recorded; what is longer names nothing."""

IMPORTED = "imported/"
"""What the name of tools begins with that are known by their replies alone: of histories that were made elsewhere."""


def clipped(name: str) -> str:
    """A name from outside, as it is recorded: no lone surrogates, and cut where it is longer than any real one."""
    name = printable(name)
    return name if len(name) <= MAX_NAME else name[:MAX_NAME] + "…"


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """Arguments as recorded. What cannot be recorded faithfully is kept by size, digest and reason of refusal,
    so that a replay refuses it with the same words."""

    arguments: dict[str, Any] | None = None
    refused: str | None = None
    size: int | None = None
    sha256: str | None = None

    @classmethod
    def of(cls, given: object) -> Request:
        """Read what an agent sent: JSON bytes or a Python mapping; null or nothing are no arguments. Anything else
        is refused."""
        raw = given if isinstance(given, bytes) else b""
        try:
            return cls(_read_bytes(given) if isinstance(given, bytes) else _read_value(given))
        except ValueError as error:
            return cls(refused=f"Invalid arguments: {error}", size=len(raw), sha256=digest(raw))

    def recorded(self) -> dict[str, Any]:
        """As it stands in the data of `tool.called`."""
        if self.refused is None:
            return {"arguments": self.arguments}
        return {"refused": self.refused, "size": self.size, "sha256": self.sha256}


def _read_bytes(raw: bytes) -> dict[str, Any]:
    _check_size(raw)
    return _of_short_strings(raw, _object(parsed(raw or b"{}")))


def _read_value(given: object) -> dict[str, Any]:
    if isinstance(given, Mapping):
        given = dict(cast("Mapping[str, Any]", given))
    raw, copy = faithful(_object(given))
    _check_size(raw)
    return _of_short_strings(raw, copy)


def _object(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")
    return cast("dict[str, Any]", value)


def _check_size(raw: bytes) -> None:
    if len(raw) > MAX_ARGUMENT_BYTES:
        raise ValueError(f"{len(raw)} bytes, more than {MAX_ARGUMENT_BYTES}")


def _of_short_strings(raw: bytes, arguments: dict[str, Any]) -> dict[str, Any]:
    if len(raw) > MAX_STRING_BYTES:  # or no string in them can be too long
        for name, value in arguments.items():
            longest = max(map(len, _strings(name, value)))
            if longest > MAX_STRING_BYTES:
                where = name if len(name) <= MAX_NAME else "a name"
                raise ValueError(f"{where}: a text of {longest} bytes, more than {MAX_STRING_BYTES}")
    return arguments


def _strings(*values: Any) -> Iterator[bytes]:
    """All strings in some JSON values, keys included."""
    for value in values:
        if isinstance(value, str):
            yield value.encode()
        elif isinstance(value, list):
            yield from _strings(*cast("list[Any]", value))
        elif isinstance(value, dict):
            for pair in cast("dict[str, Any]", value).items():
                yield from _strings(*pair)


class Handled(msgspec.Struct):
    """What came of a request: the outcome, and whether it was a rejection."""

    outcome: Outcome
    ok: bool


@define(slots=False, eq=False)
class Toolset:
    """Tools by wire name. `aliases` are further names the router accepts but does not publish.

    profile: what handlers may ask of their deployment (result caps, compatibility switches); a frozen value.
    tables: how the rows these tools read are listed and indexed.
    behaviour: raised whenever a handler comes to answer otherwise than before, which no digest can see.
    described: of some tools, other descriptions than their own; a history keeps them, so that its tools can be had again.
    """

    name: str
    tools: Mapping[str, Tool]
    profile: Any
    tables: Schema
    aliases: Mapping[str, str] = field(factory=dict[str, str])
    behaviour: int = 1
    described: Mapping[str, str] = field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        self._routes = {**self.tools, **{alias: self.tools[name] for alias, name in self.aliases.items()}}

    @cached_property
    def digest(self) -> str:
        """Names, schemas, descriptions and profile: what an agent can see and what handlers depend on."""
        return digest(encode({"definitions": self.definitions(), "profile": self.profile_data()}))

    def check(self, opened: Mapping[str, Any]) -> None:
        """Raises DigestMismatch unless an episode that was opened with this data was opened with these tools."""
        if opened["toolset"] != self.digest:
            raise DigestMismatch("toolset", opened["toolset"], self.digest)
        recorded = opened.get("behaviour", 1)
        if recorded != self.behaviour:
            raise DigestMismatch("toolset", f"behaviour {recorded}", f"behaviour {self.behaviour}")

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """What the kinds of these tools' facts begin with."""
        return frozenset(tool.makes.partition(".")[0] for tool in self.tools.values() if tool.makes)

    def profile_data(self) -> Any:
        return msgspec.to_builtins(self.profile)

    def definitions(self) -> list[dict[str, Any]]:
        """One MCP tool definition per published tool, in name order."""
        published = [self.tools[name].definition(self.profile) for name in sorted(self.tools)]
        return [{**tool, "description": self.described.get(tool["name"], tool["description"])} for tool in published]

    def describing(self, texts: Mapping[str, str]) -> Toolset:
        """The same tools with other descriptions, by name of the tool. Raises InvalidInput for a tool that is not there."""
        if unknown := sorted(texts.keys() - self.tools.keys()):
            raise InvalidInput(f"{self.name} has no tool {', '.join(unknown)}; it has {', '.join(sorted(self.tools))}")
        return evolve(self, described={**self.described, **texts})

    def kind(self, name: str) -> Kind:
        """Of a tool by that name; what is unknown changes nothing."""
        tool = self._routes.get(name)
        return "query" if tool is None else tool.kind

    def handle(self, world: World, name: str, request: Request) -> Handled:
        """Answer a request. Anything raised from here is a bug in a handler."""
        try:
            if request.refused is not None:
                raise Rejected(request.refused)
            tool = self._routes.get(name)
            if tool is None:
                raise Rejected(f"Unknown tool: {name}")
            return Handled(tool.call(world, self.profile, request.arguments or {}), ok=True)
        except Rejected as rejection:
            return Handled(Outcome({"error": str(rejection)}), ok=False)
