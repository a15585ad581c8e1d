"""The toolset of a domain: tau2's tools as the engine calls them.

What a call changed in tau2's database is one fact, `tau2.database_changed`. An error of tau2's is the agent's mistake, told in
tau2's words; what had been changed before it stays changed, as there. Calls of the user's, in domains where he has tools, are
named `user/...`, and are not published to the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import define, field
from msgspec import Struct

from ...engine.canonical import digest, encode
from ...engine.errors import DigestMismatch
from ...engine.event import Change
from ...engine.tool import Fact, JsonSchema, Kind, Outcome, Tool
from ...engine.toolset import Handled, Request, Toolset
from ...engine.world import World
from . import PREFIX
from .desk import Desk
from .domain import Domain, toolkits
from .package import DISTRIBUTION, installed
from .records import Side
from .replies import reply_of

CHANGED = "tau2.database_changed"
"""What a call made true that changed records."""
USERS = "user/"
"""What the names of tools begin with that the user calls."""

BEHAVIOUR = 1
"""Raised whenever we come to record a call otherwise than before."""


class Profile(Struct, frozen=True):
    """What a history is pinned to: the domain, and the digests of its code, of its own records and of the user's tools."""

    domain: str
    source: str
    database: str
    user_tools: str


class ForeignTool(Tool):
    """A tool that is known by its definition alone; the toolset answers for it."""

    def __init__(self, definition: Mapping[str, Any], makes: str) -> None:
        reads = bool(definition["annotations"]["readOnlyHint"])
        self.name = definition["name"]
        self.kind = "query" if reads else "command"
        self.makes = makes
        self.destructive, self.idempotent = not reads, reads
        self.description = definition["description"]
        self.parameters = {}
        self.required = []
        self._definition = dict(definition)

    def definition(self, profile: Any) -> dict[str, Any]:
        return dict(self._definition)

    def output_schema(self) -> JsonSchema:
        return {}


@define(slots=False, eq=False)
class Tau2Toolset(Toolset):
    """desk: what answers."""

    desk: Desk = field(kw_only=True)

    @property
    def domain(self) -> Domain:
        return self.desk.domain

    def check(self, opened: Mapping[str, Any]) -> None:
        if opened["toolset"] != self.digest:
            what = f"domain {self.name} of tau2 ({DISTRIBUTION} {installed()} is installed)"
            raise DigestMismatch(what, opened["toolset"], self.digest)
        super().check(opened)

    def kind(self, name: str) -> Kind:
        """Of the user's tools nobody says which only read."""
        return "command" if name.startswith(USERS) else super().kind(name)

    def handle(self, world: World, name: str, request: Request) -> Handled:
        if request.refused is not None:
            return Handled(Outcome({"error": request.refused}), ok=False)
        side, tool = called_by(name)
        answer = self.desk.call(world, side, tool, request.arguments or {})
        reply = reply_of(answer.content, answer.error)
        return Handled(Outcome(reply, _facts(answer.changes)), ok=not answer.error)


def _facts(changes: tuple[Change, ...]) -> tuple[Fact, ...]:
    return (Fact(CHANGED, {}, changes),) if changes else ()


def called_by(name: str) -> tuple[Side, str]:
    """Who calls a tool of this name, and what tau2 calls it."""
    return ("user", name.removeprefix(USERS)) if name.startswith(USERS) else ("assistant", name)


def named(side: Side, tool: str) -> str:
    """The name of a tool as it is recorded."""
    return USERS + tool if side == "user" else tool


@cache
def of_domain(name: str) -> Tau2Toolset:
    """Raises CoreCraftError where tau2 or the domain is missing."""
    domain = Domain.load(name)
    kits = toolkits(domain.environment())
    published = {
        side: [_definition(kit, tool) for _, tool in sorted(kit.get_tools().items())] for side, kit in kits.items()
    }
    users = digest(encode(published.get("user", [])))
    profile = Profile(name, domain.source, domain.genesis.digest, users)
    tools: dict[str, Tool] = {one["name"]: ForeignTool(one, CHANGED) for one in published["assistant"]}
    return Tau2Toolset(PREFIX + name, tools, profile, domain.tables, {}, BEHAVIOUR, desk=Desk(domain))


def _definition(kit: Any, tool: Any) -> dict[str, Any]:
    """A tool of tau2's as MCP publishes it."""
    function = tool.openai_schema["function"]
    reads = kit.tool_type(tool.name) != "write"
    return {
        "name": tool.name,
        "description": function["description"],
        "inputSchema": function["parameters"],
        "annotations": {"readOnlyHint": reads, "openWorldHint": False},
    }
