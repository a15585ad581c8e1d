"""`corecraft tools`: what agents can do."""

from __future__ import annotations

import argparse
from typing import Any

from ..tools.profile import PROFILES
from ..tools.toolset import SETS, toolset
from .output import emit_json, table

TOOLS_EPILOG = """\
examples:
  corecraft tools list
  corecraft tools list --set extended --profile compat --json
"""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    tools = commands.add_parser("tools", help="list the tools", epilog=TOOLS_EPILOG, formatter_class=raw)
    verbs = tools.add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="names, kinds and parameters")
    add_toolset_options(listing)
    listing.add_argument("--json", action="store_true", help="full definitions, as MCP publishes them")
    listing.set_defaults(handler=_list_tools)


def add_toolset_options(parser: argparse.ArgumentParser) -> None:
    """`--set` and `--profile`."""
    parser.add_argument(
        "--set",
        choices=tuple(SETS),
        default="base",
        help="23 tools (base, default), all 31 (extended), or a set of yours",
    )
    parser.add_argument(
        "--profile", choices=tuple(PROFILES), default="benchmark", help="result caps and compatibility switches"
    )


def _list_tools(arguments: argparse.Namespace) -> None:
    chosen = toolset(arguments.set, arguments.profile)
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
