"""The reference for authors of tasks and tools, `docs/authoring-reference.md`, from signatures and docstrings alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from ..engine.chance import Chance
from ..tools.rows import ROW_TYPES
from ..tools.shapes import references
from . import checks, desk, reckoning, requests, truth
from .asked import Channel
from .checks import Allowance, AnyCheck, Blank, Check, Slot, values
from .composition import Composition
from .desk import Desk
from .family import Asked, Case, Fall, Family, Natural, Rubric, becoming
from .fixtures import Fixtures
from .policies import POLICIES, TOOL_FACTS
from .props import Props
from .requests import Request, Requests
from .scene import Scene
from .signatures import arguments, called, entry, fields, functions, item, methods, section, signature, text, wrapped
from .task import Category, Tag
from .tool_reference import sections
from .traps import TRAPS
from .voices import Speech, Voice

HEAD = """\
# Reference for authors

Written by `make docs` from signatures and docstrings; do not edit. For families, whose parts
[authoring-tasks.md](authoring-tasks.md) shows in use, and from [Tools](#tools) on for tools and tables, as
[authoring-tools.md](authoring-tools.md) uses them. Each section says where its things are imported from; a module of
`scenarios/families/` may say `from ..<module>` for `corecraft.scenarios.<module>`, one of `tools/` `from .<module>` for
`corecraft.tools.<module>`. Arguments after a lone `*`, and all arguments of checks, are given by name.
"""

CHECKS: Mapping[str, str] = {
    "state": "the rows as the agent left them",
    "slots": "values in their slots",
    "answer": "what an answer or a written text says",
    "form": "what shape it has",
    "process": "what was called and seen",
    "judged": "what only a reader can tell",
}
"""Module of `checks/` -> what its checks are about."""


def page() -> str:
    """The whole page. Raises ValueError for a part of it that no docstring describes."""
    parts = [
        HEAD,
        section(
            "A family and its parts",
            "scenarios.family",
            fields(Family),
            fields(Case),
            fields(Asked),
            fields(Fall),
            fields(Natural),
            _words(),
        ),
        section("The scene", "scenarios.scene", methods(Scene)),
        section("Chance", "", ["`scene.chance(...)`, and what `ask` is given.", "", *methods(Chance)]),
        section("Rows of the world", "", _rows()),
        section("Rows of a task's own", "scenarios.props", methods(Fixtures), methods(Props)),
        section("Truth", "scenarios.truth", functions(truth)),
        section("Prompts", "scenarios.voices", fields(Speech), methods(Speech)),
        section("Natural requests", "scenarios.requests", fields(Request), methods(Requests), functions(requests)),
        section("Values", "scenarios.checks", called(values, ("money", "number", "day", "moment", "text"))),
        section("Slots", "scenarios.checks", fields(Blank), methods(Blank), fields(Slot)),
        section("The rubric", "scenarios.family", methods(Rubric), [entry("becoming", becoming)]),
        section("Checks", "scenarios.checks", *_checks(), fields(Allowance)),
        section("The desk", "scenarios.desk", methods(Desk), functions(desk)),
        section("Reckoning, for solutions", "scenarios.reckoning", functions(reckoning)),
        section("The answer", "scenarios.composition", methods(Composition, until="values")),
        section(
            "Traps",
            "",
            ["What `Case.traps` and `Fall.trap` name; where none fits, they name a policy.", "", *_told(TRAPS)],
        ),
        section(
            "Policies",
            "",
            [
                wrapped("What criteria rest on (`basis`), besides traps. By subject: `scenarios/prompts/system.md`."),
                "",
                *_told(POLICIES),
                *_told(TOOL_FACTS),
            ],
        ),
        *sections(),
    ]
    return "\n".join(parts)


def _told(known: Mapping[str, str]) -> list[str]:
    return [f"- {id}: {what}" for id, what in known.items()]


def _words() -> list[str]:
    """The types that are a choice of words."""
    choices: Mapping[str, Any] = {"Category": Category, "Voice": Voice, "Channel": Channel, "Tag": Tag}
    return [f"- `{name}` is one of {', '.join(f'`{word}`' for word in get_args(of))}" for name, of in choices.items()]


def _rows() -> list[str]:
    """Every type of row with its fields, and which of them name other rows."""
    about = "Type and fields; every row has an `id`, and may lack any other field. In brackets: the type of row a field names."
    lines: list[str] = []
    for entity, shape in ROW_TYPES.items():
        named = references(ROW_TYPES[entity])
        shown = (f"{name} ({named[name]})" if name in named else name for name in shape.__annotations__ if name != "id")
        lines.append(item(entity, ", ".join(shown)))
    return [wrapped(about), "", *lines]


def _checks() -> Iterator[list[str]]:
    """The checks of each module, each with the arguments it takes."""
    every: tuple[type[Check], ...] = get_args(AnyCheck)
    for module, about in CHECKS.items():
        of_it = [check for check in every if check.__module__ == f"{checks.__name__}.{module}"]
        yield [f"### Of {about}", "", *(item(signature(c.__name__, arguments(c)), text(c)) for c in of_it)]
