"""Tools: pure handlers from (world, arguments) to a reply and facts.

A *query* answers and changes nothing; a *command* returns an `Outcome` with facts. A handler refuses with `Rejected`.

    @query("searchOrders")
    def search_orders(world: World, *, customer_id: str | None = None) -> list[Order]:
        '''Search orders, newest first.

        Args:
            customer_id: Exact customer id.

        Rules: G-06, G-11.
        '''

What stands before `Args:` is the description agents see, the lines below it describe the parameters; anything after
is for readers of the code. Names in braces are filled from the toolset's profile.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

import msgspec
from attrs import frozen
from msgspec import UNSET, Struct, UnsetType

from .canonical import check_depth, decode
from .event import Change
from .world import World

Kind = Literal["query", "command"]
JsonSchema = dict[str, Any]


class Rejected(Exception):
    """The agent's mistake: the message becomes the recorded reply `{"error": message}`; nothing changes."""


class Fact(Struct, frozen=True):
    """What a command made true; the episode gives it seq, time and cause."""

    kind: str
    data: dict[str, Any]
    changes: tuple[Change, ...]


class Outcome(Struct, frozen=True):
    """A command's answer and the facts behind it. No facts: nothing happened."""

    reply: Any
    facts: tuple[Fact, ...] = ()


def fact(kind: str, /, *changes: Change, **data: Any) -> Fact:
    """A fact in the past tense: `fact("order.status_changed", set_("order", id, status="paid"), order_id=id)`."""
    return Fact(kind, data, changes)


def set_(entity: str, id: str, /, **fields: Any) -> Change:
    """Set fields of a row; of a new row, all of them."""
    return Change(entity, id, fields)


@frozen
class Choices:
    """Refines a `Literal` parameter: `Annotated[Status, Choices(also=("voided",))]`.

    also: values accepted but not published. unless: a flag of the profile that lifts the restriction altogether.
    """

    also: tuple[str, ...] = ()
    unless: str = ""


@frozen
class Parameter:
    """One argument of a tool: how it is checked and how it is published."""

    name: str
    type: Any
    required: bool
    keeps_null: bool
    """Null is a value here (say, "unassign"); elsewhere it means "not given", as "" does everywhere (G-06)."""
    structured: bool
    """An array or object, which is also accepted as JSON text."""
    choices: tuple[str, ...]
    refined: Choices
    schema: JsonSchema
    """JSON schema without references; null is never a type of it (some providers refuse that) and accepted all the
    same, so that only the text can say what null means."""
    text: str

    def accept(self, value: Any, profile: Any) -> Any:
        """The value as the handler wants it, or Rejected."""
        if self.choices:
            return self._chosen(value, profile)
        if self.type is str and type(value) is str:
            return value
        if type(value) is str and self.structured:
            value = _parsed(value)
        try:
            return msgspec.convert(_meant(value, self.schema), self.type)
        except msgspec.ValidationError as error:
            raise Rejected(f"Invalid {self.name}: {_lower_first(str(error))}") from None

    def _chosen(self, value: Any, profile: Any) -> str:
        free = self.refined.unless and getattr(profile, self.refined.unless)
        if type(value) is str and (free or value in self.choices or value in self.refined.also):
            return value
        raise Rejected(f"Invalid {self.name}: '{value}'. Must be one of: {', '.join(self.choices)}")


class Tool:
    """A published handler. `name` is the wire name."""

    def __init__(
        self,
        name: str,
        kind: Kind,
        handler: Callable[..., Any],
        makes: str | None = None,
        destructive: bool = False,
        idempotent: bool = True,
    ) -> None:
        self.name = name
        self.kind: Kind = kind
        self.handler = handler
        self.makes = makes
        self.destructive = destructive
        self.idempotent = idempotent
        hints = get_type_hints(handler, include_extras=True)
        signature = inspect.signature(handler)
        self.description, texts = _described(handler)
        positional = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.wants_profile = len(positional) == 2
        named = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
        self.parameters = {p.name: _parameter(p, hints[p.name], texts) for p in named}
        self.required = [p.name for p in self.parameters.values() if p.required]
        self.returns: Any = hints["return"]
        if undescribed := [p.name for p in self.parameters.values() if not p.text]:
            raise TypeError(f"{name}: parameters without a description: {', '.join(undescribed)}")

    def __repr__(self) -> str:
        return f"Tool({self.name})"

    def bind(self, arguments: Mapping[str, Any], profile: Any) -> dict[str, Any]:
        """Checked keyword arguments, or Rejected (G-03..G-06)."""
        parameters = self.parameters
        bound: dict[str, Any] = {}
        for name, value in arguments.items():
            parameter = parameters.get(name)
            if parameter is None:
                raise Rejected(f"Unknown parameter: {name}")
            if value == "" or (value is None and not parameter.keeps_null):
                continue
            bound[name] = value
        for name in self.required:
            if name not in bound:
                raise Rejected(f"{name} is required")
        for name, parameter in parameters.items():  # in the published order, whatever the order they were given in
            if (value := bound.get(name)) is not None:
                bound[name] = parameter.accept(value, profile)
        return bound

    def call(self, world: World, profile: Any, arguments: Mapping[str, Any]) -> Outcome:
        """Run the handler. Raises Rejected for the agent's mistakes, anything else for ours."""
        bound = self.bind(arguments, profile)
        result = self.handler(world, profile, **bound) if self.wants_profile else self.handler(world, **bound)
        if self.kind == "query":
            return Outcome(result)
        for fact in cast("Outcome", result).facts:
            if fact.kind != self.makes:
                raise TypeError(f"{self.name} is declared to make {self.makes} and made {fact.kind}")
        return result

    def definition(self, profile: Any) -> dict[str, Any]:
        """Name, description, input and output schema and hints, as MCP's tools/list gives them."""
        properties = {
            name: {**parameter.schema, "description": _filled(parameter.text, profile)}
            for name, parameter in self.parameters.items()
        }
        return {
            "name": self.name,
            "description": _filled(self.description, profile),
            "inputSchema": {
                "type": "object",
                "properties": properties,
                "required": self.required,
                "additionalProperties": False,
            },
            "outputSchema": self.output_schema(),
            "annotations": {
                "readOnlyHint": self.kind == "query",
                "destructiveHint": self.destructive,
                "idempotentHint": self.idempotent,
                "openWorldHint": False,
            },
        }

    def output_schema(self) -> JsonSchema:
        """Schema of the reply; of a command, of what its `Outcome` carries (`Annotated[Outcome, Row]`)."""
        returned = self.returns
        if self.kind == "command":
            returned = get_args(returned)[1]
        return json_schema(returned)


def query(name: str) -> Callable[[Callable[..., Any]], Tool]:
    """Declare a tool that only reads."""
    return lambda handler: Tool(name, "query", handler)


def command(
    name: str, *, makes: str, destructive: bool = False, idempotent: bool = True
) -> Callable[[Callable[..., Any]], Tool]:
    """Declare a tool that may change rows.

    makes: the kind of its facts, such as `order.created`; nobody else may record events of that kind or its cousins.
    destructive: it overwrites, rather than adds. idempotent: an equal second call changes nothing more, as is the rule
    since equal inputs give equal ids and an existing row is returned as it is (G-15).
    """
    return lambda handler: Tool(name, "command", handler, makes, destructive, idempotent)


def json_schema(type_: Any) -> JsonSchema:
    """The JSON schema of a type, references inlined, so that any client can read it."""
    (schema,), components = msgspec.json.schema_components((type_,), ref_template="{name}")

    def fields(properties: JsonSchema) -> JsonSchema:
        return {name: inlined(value) for name, value in properties.items()}  # a row may have a field called title

    def inlined(node: Any) -> Any:
        if isinstance(node, dict):
            node = cast("dict[str, Any]", node)
            if "$ref" in node:
                return inlined(components[node["$ref"]])
            return {
                key: fields(value) if key == "properties" else inlined(value)
                for key, value in node.items()
                if key not in ("title", "default")
            }
        if isinstance(node, list):
            return [inlined(item) for item in cast("list[Any]", node)]
        return node

    return inlined(schema)


def _parameter(parameter: inspect.Parameter, hint: Any, texts: Mapping[str, str]) -> Parameter:
    """`X | None = None` is an optional X; `X | None | UnsetType = UNSET` one that may be given as null."""
    keeps_null = parameter.default is UNSET
    parts = [part for part in get_args(hint) if part not in (type(None), UnsetType)]
    bare = parts[0] if len(parts) == 1 and len(get_args(hint)) > 1 else hint
    refined = next((note for note in getattr(bare, "__metadata__", ()) if isinstance(note, Choices)), Choices())
    choices = tuple(_literals(bare))
    schema = {"type": "string", "enum": list(choices)} if choices else json_schema(bare)
    return Parameter(
        name=parameter.name,
        type=bare,
        required=parameter.default is parameter.empty,
        keeps_null=keeps_null,
        structured=schema.get("type") in ("array", "object"),
        choices=choices,
        refined=refined,
        schema=schema,
        text=texts.get(parameter.name, ""),
    )


def _literals(type_: Any) -> tuple[str, ...]:
    if get_origin(type_) is Annotated:
        type_ = get_args(type_)[0]
    return get_args(type_) if get_origin(type_) is Literal else ()


def _described(handler: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The description and the text of each parameter, from a docstring with an `Args:` section."""
    doc = inspect.getdoc(handler) or ""
    head, _, rest = doc.partition("\nArgs:\n")
    texts: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            break
        if match := re.match(r" {4}(\w+): (.*)", line):
            name = match[1]
            texts[name] = match[2].strip()
        elif name and line.strip():
            texts[name] += " " + line.strip()
    return " ".join(head.split("\nRules:")[0].split()), texts


def _filled(text: str, profile: Any) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(getattr(profile, match[1])), text)


def _parsed(text: str) -> Any:
    """A list or object that was given as JSON text; what cannot be parsed stays as it is."""
    try:
        return decode(check_depth(text.encode()))
    except ValueError:
        return text


def _meant(value: Any, schema: JsonSchema) -> Any:
    """What a value says: `2.0` is an integer where the schema asks for one, as JSON schema has it, and what is null or
    "" inside an object is not given, as it is among the arguments themselves (G-06)."""
    if isinstance(value, dict):
        fields, given = schema.get("properties", {}), cast("dict[str, Any]", value).items()
        return {name: _meant(part, fields.get(name, {})) for name, part in given if part is not None and part != ""}
    if isinstance(value, list):
        return [_meant(item, schema.get("items", {})) for item in cast("list[Any]", value)]
    return whole(value) if schema.get("type") == "integer" else value


def whole(value: Any) -> Any:
    """2 for 2.0; anything else as it is."""
    return int(value) if type(value) is float and value.is_integer() else value


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
