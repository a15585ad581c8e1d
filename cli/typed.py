"""What a person types: calls of tools, and what Tab makes of their beginnings. No I/O here.

searchOrders customer_id=jillian-reaves-40718 limit=3
searchCustomers name=Jillian Reaves loyalty_tier=gold      a text goes on to the next NAME=
calculate_price product_ids=sku-1,sku-2 quantities=[1, 2]
postSlackMessage {"channel_id": "orders", "text": "..."}   all arguments as one JSON object
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from typing import Any

from ..engine.errors import CoreCraftError

Tools = Mapping[str, Mapping[str, Any]]
"""By name, as published: name, description, inputSchema."""

_WORD = re.compile(r"\s*(\S+)")
_ARGUMENT = re.compile(r"\s*(\w+)=")
_NEXT = re.compile(r"\s+\w+=|\s*$")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    return value if isfinite(value := float(digits)) else _no_number(digits)


JSON = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
"""Without what Python takes beyond JSON and nobody else does: NaN, Infinity, 1e999. Raises ValueError, or RecursionError."""


class Mistyped(CoreCraftError):
    """A line that is no call. Nothing was called, and nothing is recorded."""


def call(line: str, tools: Tools) -> tuple[str, str]:
    """The tool that is called, and its arguments as JSON text. What the tool makes of them is its own affair.

    Raises Mistyped for a tool that does not exist and for what is neither `NAME=VALUE ...` nor a JSON object.
    """
    word = _WORD.match(line)
    name, at = (word[1], word.end()) if word else ("", 0)
    if name not in tools:
        near = get_close_matches(name, tools, 3, 0.5)
        raise Mistyped(f"no tool {name}" + (f"; near it: {', '.join(near)}" if near else "; /tools lists them"))
    rest = line[at:].strip()
    if rest.startswith("{"):
        return name, _object(rest)
    return name, json.dumps(_arguments(line, at, _properties(tools[name])), ensure_ascii=False)


def completions(before: str, word: str, tools: Tools, commands: Sequence[str]) -> list[str]:
    """What may stand in place of `word`, which is being typed after `before`: a tool or a command, an argument that is not
    given yet, one of the values that are listed for it."""
    first, _, given = before.strip().partition(" ")
    if not first:
        return [f"{name} " for name in _beginning(word, (*tools, *commands))]
    if first == "/tools":
        return _beginning(word, tools)
    if first not in tools or given.startswith("{"):
        return []
    properties = _properties(tools[first])
    if before.endswith("="):
        return [f"{value} " for value in _beginning(word, _values(properties.get(_ends_with(given), {})))]
    return [f"{name}=" for name in _beginning(word, properties) if f" {name}=" not in f" {given}"]


def _properties(tool: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return tool["inputSchema"].get("properties", {})


def _object(text: str) -> str:
    try:
        value = JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise Mistyped(f"the JSON is broken: {error}") from None
    if not isinstance(value, dict):
        raise Mistyped("arguments are one JSON object")
    return text


def _arguments(line: str, at: int, properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while rest := line[at:].strip():
        named = _ARGUMENT.match(line, at)
        if named is None:
            raise Mistyped(f"write NAME=VALUE, or one JSON object, where {rest} stands")
        if (name := named[1]) in found:
            raise Mistyped(f"{name} is given twice")
        found[name], at = _value(line, named.end(), name, properties.get(name, {}))
    return found


def _value(line: str, at: int, name: str, schema: Mapping[str, Any]) -> tuple[Any, int]:
    """The value that begins there, and where it ends. In quotes it is JSON, and so is a list or an object if one is wanted."""
    compound = schema.get("type") in ("array", "object")
    if line.startswith('"', at) or (compound and line.startswith(("[", "{"), at)):
        try:
            value, end = JSON.raw_decode(line, at)
        except (ValueError, RecursionError) as error:
            raise Mistyped(f"{name}: the JSON is broken: {error}") from None
        return value, end
    following = _NEXT.search(line, at)
    end = following.start() if following else len(line)
    return _plain(line[at:end].strip(), schema), end


def _plain(text: str, schema: Mapping[str, Any]) -> Any:
    """A value as people write it, by the type that is wanted; as it is, for the tool to refuse, where it is of no such type."""
    kind = schema.get("type")
    if kind == "array":
        return [_plain(part.strip(), schema.get("items", {})) for part in text.split(",")]
    if kind in ("number", "integer", "boolean"):
        try:
            return JSON.decode(text)
        except (ValueError, RecursionError):
            return text
    return text


def _beginning(word: str, names: Sequence[str] | Mapping[str, Any]) -> list[str]:
    return [name for name in names if name.lower().startswith(word.lower())]


def _values(schema: Mapping[str, Any]) -> list[str]:
    return ["true", "false"] if schema.get("type") == "boolean" else list(map(str, schema.get("enum", ())))


def _ends_with(given: str) -> str:
    """The argument whose value is being typed."""
    return given.removesuffix("=").rpartition(" ")[2]
