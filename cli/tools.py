"""`corecraft tools` and `corecraft tasks`: what agents can do, and what they are asked to do."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from ..rollouts.runner import Stage
from ..scenarios.registry import named
from ..tools.profile import PROFILES
from ..tools.toolset import toolset
from .output import console, emit_json, table

TOOLS_EPILOG = """\
examples:
  corecraft tools list
  corecraft tools list --set extended --profile compat --json
"""
TASKS_EPILOG = """\
examples:
  corecraft tasks list
  corecraft tasks show S-2
"""


def add(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    tools = commands.add_parser("tools", help="list the tools", epilog=TOOLS_EPILOG, formatter_class=raw)
    verbs = tools.add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="names, kinds and parameters")
    add_toolset_options(listing)
    listing.add_argument("--json", action="store_true", help="full definitions, as MCP publishes them")
    listing.set_defaults(handler=_list_tools)

    tasks = commands.add_parser("tasks", help="list and show tasks", epilog=TASKS_EPILOG, formatter_class=raw)
    verbs = tasks.add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="all tasks")
    listing.add_argument("--json", action="store_true", help="a list of objects, with digests")
    listing.set_defaults(handler=_list_tasks)
    show = verbs.add_parser("show", help="prompt and rubric of one task (not for agents)")
    show.add_argument("task", metavar="ID", help="a task, e.g. S-2")
    show.add_argument("--json", action="store_true", help="the whole task as stored, checks included")
    show.set_defaults(handler=_show_task)


def add_toolset_options(parser: argparse.ArgumentParser) -> None:
    """`--set` and `--profile`."""
    parser.add_argument("--set", choices=("base", "extended"), default="base", help="23 tools (default) or all 31")
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


def _list_tasks(arguments: argparse.Namespace) -> None:
    tasks = Stage.build().tasks.values()
    if arguments.json:
        emit_json(
            [
                {"id": t.id, "title": t.title, "category": t.category, "criteria": len(t.criteria), "digest": t.digest}
                for t in tasks
            ]
        )
        return
    rows = [(t.id, t.title, t.category, t.requester, len(t.criteria)) for t in tasks]
    table("", ("task", "title", "category", "asked by", "criteria"), rows)


def _show_task(arguments: argparse.Namespace) -> None:
    task = named(Stage.build().tasks, arguments.task)
    if arguments.json:
        emit_json({"digest": task.digest, **msgspec.to_builtins(task)})
        return
    console.print(Text(f"{task.id}  {task.title}", style="bold"))
    console.print(
        Text(f"{task.category}, asked by {task.requester}, {task.tools}, digest {task.digest[:16]}", style="dim")
    )
    console.print(Panel(Markdown(task.prompt), title="prompt", title_align="left"))
    rows = [(c.id, c.tag, c.text, msgspec.json.decode(msgspec.json.encode(c.check))["check"], ", ".join(c.policy))
            for c in task.criteria]  # fmt: skip
    table("rubric: reward is the share met, a pass needs all", ("criterion", "tag", "what", "check", "rules"), rows)
