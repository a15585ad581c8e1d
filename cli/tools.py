"""`corecraft tools`: what agents can do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from rich.console import Console

from ..engine.errors import CoreCraftError
from ..engine.toolset import Toolset
from ..scenarios.company import Company, by_name, company
from ..tools.profile import PROFILES
from .companies import add_company_option
from .output import console, emit_json, say, table

TOOLS_EPILOG = """\
examples:
  corecraft tools list
  corecraft tools list --set extended --profile compat --json
  corecraft tools show searchOrders                  what agents read of it, and its parameters
"""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    tools = commands.add_parser("tools", help="list the tools, show one", epilog=TOOLS_EPILOG, formatter_class=raw)
    verbs = tools.add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="names, kinds and parameters")
    add_toolset_options(listing)
    add_company_option(listing)
    listing.add_argument("--json", action="store_true", help="full definitions, as MCP publishes them")
    listing.set_defaults(handler=_list_tools)
    show = verbs.add_parser("show", help="one tool: description and parameters")
    show.add_argument("tool", metavar="NAME", help="as agents call it, e.g. searchOrders")
    add_toolset_options(show)
    add_company_option(show)
    show.add_argument("--json", action="store_true", help="its definition, as MCP publishes it")
    show.set_defaults(handler=_show_tool)


def add_toolset_options(parser: argparse.ArgumentParser) -> None:
    """`--set` and `--profile`."""
    parser.add_argument(
        "--set", metavar="NAME", help="23 tools (base, the default), all 31 (extended), or a set of yours"
    )
    parser.add_argument(
        "--profile", metavar="NAME",
        help=f"result caps and compatibility switches: {', '.join(PROFILES)} (default: {next(iter(PROFILES))})",
    )  # fmt: skip


def chosen_toolset(arguments: argparse.Namespace, whose: Company) -> Toolset:
    """The set of a company that `--set` and `--profile` name, by default its first, as it is usually. Raises CoreCraftError."""
    tools = arguments.set or next(iter(whose.toolsets)).split("/")[1]
    return by_name(f"{whose.name}/{tools}/{arguments.profile or whose.usual(tools).split('/')[2]}")


def _show_tool(arguments: argparse.Namespace) -> None:
    chosen = chosen_toolset(arguments, company(arguments.company))
    definitions = {definition["name"]: definition for definition in chosen.definitions()}
    definition = definitions.get(arguments.tool)
    if definition is None:
        near = get_close_matches(arguments.tool, definitions, 4, 0.4) or definitions
        raise CoreCraftError(f"No tool {arguments.tool} in {chosen.name}. Near it: {', '.join(near)}")
    if arguments.json:
        emit_json(definition)
        return
    show_tool(definition)


def show_tool(definition: Mapping[str, Any], to: Console = console) -> None:
    """What agents read of a tool, and its parameters."""
    schema = definition["inputSchema"]
    say(definition["name"], style="bold", to=to)
    say(definition["description"], to=to)
    rows = [
        (name, "required" if name in schema["required"] else "", _type(about), about.get("description"))
        for name, about in schema["properties"].items()
    ]
    table("", ("parameter", "", "type", "meaning"), rows, to=to)


def _type(schema: Any) -> str:
    """A parameter's type, with its values or fields where they are listed."""
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "items" in schema:
        return f"{schema['type']} of {_type(schema['items'])}"
    return f"object with {', '.join(schema['properties'])}" if "properties" in schema else str(schema["type"])


def _list_tools(arguments: argparse.Namespace) -> None:
    chosen = chosen_toolset(arguments, company(arguments.company))
    if arguments.json:
        emit_json(chosen.definitions())
        return
    rows = []
    for definition in chosen.definitions():
        schema = definition["inputSchema"]
        optional = [name for name in schema["properties"] if name not in schema["required"]]
        kind = "query" if definition["annotations"]["readOnlyHint"] else "command"
        rows.append((definition["name"], kind, ", ".join(schema["required"]), ", ".join(optional)))
    table(
        f"{chosen.name}: {len(rows)} tools, digest {chosen.digest[:16]}", ("tool", "kind", "required", "optional"), rows
    )
