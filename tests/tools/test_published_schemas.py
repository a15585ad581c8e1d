"""What is published can be given to any provider as it is: the common subset of their tool schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from corecraft.scenarios.company import by_name, toolsets
from corecraft.tools.mcp_server import Published

JsonSchema = dict[str, Any]

OPENAI = "developers.openai.com/api/docs/guides/function-calling"
ANTHROPIC = "platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools"
GEMINI = "ai.google.dev/api/caching#Schema"
"""Sources. OpenAI's functions and Anthropic's tools take JSON schema; Gemini's declarations take the select subset of
OpenAPI 3.0 that this page lists, and so decide on nearly every line below."""

TYPES = ("string", "number", "integer", "boolean", "array", "object")


def one_of_the_types(value: Any, _: JsonSchema) -> bool:
    return isinstance(value, str) and value in TYPES


def a_text(value: Any, _: JsonSchema) -> bool:
    return isinstance(value, str) and bool(value)


def texts_of_a_string(value: Any, schema: JsonSchema) -> bool:
    return schema["type"] == "string" and bool(value) and all(isinstance(v, str) and v for v in value)


def fields_of_an_object(value: Any, schema: JsonSchema) -> bool:
    return schema["type"] == "object" and all(re.fullmatch(r"[A-Za-z_]\w{0,63}", name) for name in value)


def names_of_its_fields(value: Any, schema: JsonSchema) -> bool:
    return schema["type"] == "object" and set(value) <= set(schema["properties"])


def one_schema_for_all(value: Any, schema: JsonSchema) -> bool:
    return schema["type"] == "array" and isinstance(value, dict)


def a_bound(value: Any, schema: JsonSchema) -> bool:
    return schema["type"] in ("number", "integer") and type(value) in (int, float)


def only_false(value: Any, schema: JsonSchema) -> bool:
    return schema["type"] == "object" and value is False


COMMON: dict[str, Callable[[Any, JsonSchema], bool]] = {
    "type": one_of_the_types,  # one name: lists of types and "null" are no part of Gemini's `type`
    "description": a_text,
    "enum": texts_of_a_string,  # Gemini: of strings only, none empty; so null cannot be among them
    "properties": fields_of_an_object,  # names: Anthropic's pattern, Gemini's first character
    "required": names_of_its_fields,
    "items": one_schema_for_all,  # Gemini: no lists of schemas
    "minimum": a_bound,
    "maximum": a_bound,
    "additionalProperties": only_false,  # false is what OpenAI's and Anthropic's strict modes ask for
}
"""Keyword -> what may stand there. Whatever is not listed is not common to the three: references, oneOf, allOf, const,
format, default, examples, pattern; anyOf is left out too, since Gemini took none for long."""

ALWAYS = {"array": "items", "object": "properties"}
"""Gemini refuses an array that does not say of what, and an object without fields."""

LONGEST_DESCRIPTION = 1024  # of a function, OpenAI
TOOL_NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"  # OpenAI and Anthropic; Gemini: not a digit first

REPLIES = {*COMMON, "anyOf", "examples"}
"""Output schemas are MCP's alone, but the two things that were refused are kept out of them as well."""


def schemas(node: Any, path: str = "$") -> Iterator[tuple[str, JsonSchema]]:
    """A schema and all within it, with their places."""
    yield path, node
    for name, field in node.get("properties", {}).items():
        yield from schemas(field, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield from schemas(node[keyword], f"{path}.{keyword}")
    for number, part in enumerate(node.get("anyOf", ())):
        yield from schemas(part, f"{path}.anyOf[{number}]")


def published(name: str) -> Iterator[dict[str, Any]]:
    """The tools of a set, by both ways they leave the house."""
    yield from by_name(name).definitions()
    for tool in Published.of(by_name(name)).listing.tools:
        yield tool.model_dump(by_alias=True, exclude_none=True)


def uncommon(schema: JsonSchema) -> list[str]:
    """What a schema holds beyond the common subset, with its place."""
    found: list[str] = []
    for path, node in schemas(schema):
        kind = node.get("type")
        if not one_of_the_types(kind, node):
            found.append(f"{path}: no single type but {kind!r}")
            continue
        if ALWAYS.get(kind, "type") not in node:
            found.append(f"{path} lacks {ALWAYS[kind]}")
        found += [f"{path}.{key}: {v!r}" for key, v in node.items() if key not in COMMON or not COMMON[key](v, node)]
    return found


@pytest.mark.parametrize("name", tuple(toolsets()))
def test_input_schemas_keep_to_what_openai_anthropic_and_gemini_have_in_common(name: str):
    for tool in published(name):
        assert not uncommon(tool["inputSchema"]), tool["name"]
        assert tool["inputSchema"]["type"] == "object"
        assert re.fullmatch(TOOL_NAME, tool["name"])
        assert 0 < len(tool["description"]) <= LONGEST_DESCRIPTION, (tool["name"], len(tool["description"]))


@pytest.mark.parametrize("name", tuple(toolsets()))
def test_output_schemas_hold_neither_lists_of_types_nor_null_among_choices(name: str):
    for tool in published(name):
        for path, node in schemas(tool["outputSchema"]):
            assert set(node) <= REPLIES, (tool["name"], path)
            assert isinstance(node.get("type", ""), str), (tool["name"], path)
            assert None not in node.get("enum", ()), (tool["name"], path)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "null"},
        {"type": "string", "enum": ["a", None]},
        {"type": "string", "enum": []},
        {"type": "integer", "enum": ["1"]},
        {"type": "array"},
        {"type": "object"},
        {"type": "array", "items": {"type": ["string", "null"]}},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}]}}},
        {"type": "object", "properties": {"a": {"$ref": "#/x"}}},
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"description": "of no type"},
    ],
)
def test_the_walk_finds_what_is_not_common(schema: JsonSchema):
    assert uncommon(schema)
