"""Tools as chat completions spell them, and as MCP publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ...engine.canonical import parsed
from .conversation import Tools


def functions(tools: Tools) -> list[dict[str, Any]]:
    """Tools as chat completions take them."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool["name"],
                "description": tool.get("description", ""),
                "parameters": tool["inputSchema"],
            },
        }
        for tool in tools
    ]


def definitions(tools: Sequence[Any] | str) -> Tools:
    """Tools as MCP publishes them, of those that chat completions take: a list, or its JSON. Raises ValueError."""
    given: Any = parsed(tools.encode()) if isinstance(tools, str) else tools
    if not isinstance(given, list):
        raise ValueError("tools: expected a list")
    found: list[dict[str, Any]] = []
    for number, tool in enumerate(cast("list[Any]", given)):
        function = cast("dict[str, Any]", tool).get("function", tool) if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(cast("dict[str, Any]", function).get("name"), str):
            raise ValueError(f"tools[{number}]: expected a function with a name")
        told = cast("dict[str, Any]", function)
        schema = told.get("parameters") or {"type": "object", "properties": {}}
        found.append({"name": told["name"], "description": told.get("description") or "", "inputSchema": schema})
    return found
