"""Tool declarations: what is published, what is accepted, and the words of refusal (G-03 to G-06)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, Required, TypedDict

import pytest
from attrs import frozen
from corecraft.engine.canonical import encode
from corecraft.engine.event import Change
from corecraft.engine.tool import Choices, Outcome, Rejected, Tool, command, fact, json_schema, query, set_
from corecraft.engine.world import World
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from ..toy import genesis, list_pots, paint_pot
from .test_canonical import JSON

WORLD = World(genesis())
Glaze = Literal["matt", "gloss"]


class Line(TypedDict, total=False):
    pot: Required[str]
    count: int
    title: str
    """A field that JSON schema also has a word for."""


class Article(TypedDict):
    id: str
    title: str
    default: bool
    properties: dict[str, int]


@frozen
class Profile:
    cap: int = 10
    any_glaze: bool = False


@query("everyKind")
def every_kind(
    world: World,
    profile: Profile,
    *,
    text: str,
    count: int | None = None,
    price: Annotated[float, Meta(ge=0)] | None = None,
    flag: bool = True,
    names: list[str] | None = None,
    lines: list[Line] | None = None,
    where: dict[str, Any] | None = None,
    glaze: Annotated[Glaze, Choices(also=("raku",), unless="any_glaze")] | None = None,
    owner: str | UnsetType | None = UNSET,
    finish: Glaze | UnsetType | None = UNSET,
) -> dict[str, Any]:
    """Show what arrived,
    at most {cap} things.

    Args:
        text: Any text, with a colon: here.
        count: A number,
            continued below.
        price: At most {cap} coins.
        flag: A switch.
        names: Names.
        lines: Lines.
        where: Conditions.
        glaze: The glaze.
        owner: Null clears it.
        finish: Null clears it.

    Rules: G-03. This is not published: {nothing}.
    """
    given = locals()
    return {name: value for name, value in given.items() if name not in ("world", "profile") and value is not UNSET}


def bound(arguments: dict[str, Any], profile: Profile | None = None, tool: Tool = every_kind) -> Any:
    """What the handler gets, or the words of refusal."""
    try:
        return tool.bind(arguments, profile or Profile())
    except Rejected as rejection:
        return str(rejection)


def test_the_published_schema_of_every_kind_of_parameter():
    definition = every_kind.definition(Profile())
    assert definition["inputSchema"] == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "Any text, with a colon: here."},
            "count": {"type": "integer", "description": "A number, continued below."},
            "price": {"type": "number", "minimum": 0, "description": "At most 10 coins."},
            "flag": {"type": "boolean", "description": "A switch."},
            "names": {"type": "array", "items": {"type": "string"}, "description": "Names."},
            "lines": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "pot": {"type": "string"},
                        "count": {"type": "integer"},
                        "title": {"type": "string"},
                    },
                    "required": ["pot"],
                },
                "description": "Lines.",
            },
            "where": {"type": "object", "description": "Conditions."},
            "glaze": {"type": "string", "enum": ["matt", "gloss"], "description": "The glaze."},
            "owner": {"type": "string", "description": "Null clears it."},
            "finish": {"type": "string", "enum": ["matt", "gloss"], "description": "Null clears it."},
        },
        "required": ["text"],
        "additionalProperties": False,
    }


def test_braces_are_filled_from_the_profile_and_rules_are_for_readers():
    definition = every_kind.definition(Profile(cap=50))
    assert definition["description"] == "Show what arrived, at most 50 things."
    assert definition["inputSchema"]["properties"]["price"]["description"] == "At most 50 coins."


def test_queries_only_read_and_commands_say_whether_they_overwrite():
    assert list_pots.definition(None)["annotations"]["readOnlyHint"] is True
    assert paint_pot.definition(None)["annotations"] == {
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": True,
        "openWorldHint": False,
    }
    assert list_pots.output_schema() == {"type": "array", "items": {"type": "object"}}
    assert paint_pot.output_schema() == {"type": "object"}


def test_a_row_may_have_fields_that_json_schema_has_words_for():
    schema = json_schema(list[Article])["items"]
    assert sorted(schema["properties"]) == ["default", "id", "properties", "title"]
    assert sorted(schema["required"]) == ["default", "id", "properties", "title"]
    assert schema["properties"]["properties"] == {"type": "object", "additionalProperties": {"type": "integer"}}
    assert "title" not in schema


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "text is required"),
        ({"text": ""}, "text is required"),
        ({"text": None}, "text is required"),
        ({"text": "t", "colour": 1}, "Unknown parameter: colour"),
        ({"colour": 1}, "Unknown parameter: colour"),
        ({"text": 5}, "Invalid text: expected `str`, got `int`"),
        ({"text": ["a"]}, "Invalid text: expected `str`, got `array`"),
        ({"text": "t", "count": "5"}, "Invalid count: expected `int`, got `str`"),
        ({"text": "t", "count": 5.5}, "Invalid count: expected `int`, got `float`"),
        ({"text": "t", "count": True}, "Invalid count: expected `int`, got `bool`"),
        ({"text": "t", "price": -1}, "Invalid price: expected `float` >= 0.0"),
        ({"text": "t", "flag": "true"}, "Invalid flag: expected `bool`, got `str`"),
        ({"text": "t", "names": "pot"}, "Invalid names: expected `array`, got `str`"),
        ({"text": "t", "names": ["a", 1]}, "Invalid names: expected `str`, got `int` - at `$[1]`"),
        ({"text": "t", "names": '["a", 1]'}, "Invalid names: expected `str`, got `int` - at `$[1]`"),
        ({"text": "t", "lines": [{"pot": None}]}, "Invalid lines: object missing required field `pot` - at `$[0]`"),
        ({"text": "t", "names": ["a", None]}, "Invalid names: expected `str`, got `null` - at `$[1]`"),
        ({"text": "t", "lines": [{}]}, "Invalid lines: object missing required field `pot` - at `$[0]`"),
        ({"text": "t", "where": "[1]"}, "Invalid where: expected `object`, got `array`"),
        ({"text": "t", "where": "{" * 70}, "Invalid where: expected `object`, got `str`"),
        ({"text": "t", "where": '{"a":' * 70 + "1" + "}" * 70}, "Invalid where: expected `object`, got `str`"),
        ({"text": "t", "glaze": "Matt"}, "Invalid glaze: 'Matt'. Must be one of: matt, gloss"),
        ({"text": "t", "glaze": 3}, "Invalid glaze: '3'. Must be one of: matt, gloss"),
        ({"text": "t", "glaze": ["matt"]}, "Invalid glaze: '['matt']'. Must be one of: matt, gloss"),
        ({"text": "t", "owner": 1}, "Invalid owner: expected `str`, got `int`"),
        ({"text": "t", "finish": "raku"}, "Invalid finish: 'raku'. Must be one of: matt, gloss"),
    ],
)
def test_the_words_of_refusal(arguments: dict[str, Any], words: str):
    assert bound(arguments) == words


@pytest.mark.parametrize(
    ("given_", "arrives"),
    [
        ({"count": 0, "price": 0, "flag": False, "names": []}, {"count": 0, "price": 0.0, "flag": False, "names": []}),
        ({"count": None, "names": "", "glaze": "", "flag": None}, {}),
        ({"names": '["a","b"]'}, {"names": ["a", "b"]}),
        ({"lines": '[{"pot":"p1","count":2}]'}, {"lines": [{"pot": "p1", "count": 2}]}),
        ({"where": '{"a":{"b":[1]}}'}, {"where": {"a": {"b": [1]}}}),
        ({"where": {"a": None, "b": {"c": "", "d": 2.0}}}, {"where": {"b": {"d": 2.0}}}),
        ({"count": 5.0, "price": 5}, {"count": 5, "price": 5.0}),
        ({"lines": [{"pot": "p1", "count": 2.0, "title": None}]}, {"lines": [{"pot": "p1", "count": 2}]}),
        ({"lines": '[{"pot":"p1","count":2.0,"title":""}]'}, {"lines": [{"pot": "p1", "count": 2}]}),
        ({"glaze": "raku"}, {"glaze": "raku"}),
        ({"owner": None, "finish": ""}, {"owner": None}),
        ({"owner": "o", "finish": "gloss"}, {"owner": "o", "finish": "gloss"}),
    ],
)
def test_what_arrives_at_the_handler(given_: dict[str, Any], arrives: dict[str, Any]):
    assert encode(bound({"text": "t", **given_})) == encode({"text": "t", **arrives})  # 2 is not 2.0


def test_a_flag_of_the_profile_lifts_the_restriction_for_text_alone():
    assert bound({"text": "t", "glaze": "celadon"}, Profile(any_glaze=True))["glaze"] == "celadon"
    assert bound({"text": "t", "glaze": 1}, Profile(any_glaze=True)).startswith("Invalid glaze: '1'")


@given(st.dictionaries(st.sampled_from([*every_kind.parameters, "other"]), JSON, max_size=6))
def test_whatever_an_agent_sends_is_bound_or_refused_in_words(arguments: dict[str, Any]):
    result = bound(arguments)
    if isinstance(result, str):
        assert result.startswith(("Invalid ", "Unknown parameter: ", "text is required"))
    else:
        assert every_kind.call(WORLD, Profile(), arguments).reply["text"] == arguments["text"]


def test_a_parameter_without_a_description_is_a_mistake_of_ours():
    def silent(world: World, *, said: str, unsaid: int | None = None) -> list[str]:
        """Something.

        Args:
            said: Described.
        """
        raise NotImplementedError

    with pytest.raises(TypeError, match=r"silent: parameters without a description: unsaid$"):
        query("silent")(silent)


@pytest.mark.parametrize("declare", [query, partial(command, makes="pot.made")])
def test_a_handler_without_arguments(declare: Callable[[str], Callable[[Any], Tool]]):
    def nothing(world: World) -> list[str]:
        """Do nothing."""
        return []

    tool = declare("nothing")(nothing)
    assert tool.parameters == {}
    assert tool.description == "Do nothing."
    assert bound({"x": 1}, tool=tool) == "Unknown parameter: x"


def test_facts_may_have_fields_called_like_the_parameters_of_their_makers():
    change = set_("escalation", "e-1", id="e-1", entity="ticket")
    assert change == Change("escalation", "e-1", {"id": "e-1", "entity": "ticket"})
    assert fact("ticket.escalated", change, kind="tier2").data == {"kind": "tier2"}


def test_a_command_answers_with_an_outcome():
    outcome = paint_pot.call(WORLD, None, {"pot_id": "p1", "color": "red"})
    assert isinstance(outcome, Outcome)
    assert outcome.facts[0].changes == (Change("pot", "p1", {"color": "red"}),)
