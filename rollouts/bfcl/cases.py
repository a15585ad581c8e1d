"""BFCL's single-turn cases, as the package `bfcl-eval` has them: one request, some functions, and which calls are right."""

# The package is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ...engine.errors import CoreCraftError
from ..agents.turns import Prompt, View
from ..frameworks.tested import check

CATEGORIES: Mapping[str, str] = {"simple": "simple_python", "parallel": "parallel", "multiple": "multiple"}
"""What they are called here and in papers -> in the package."""


@frozen
class Case:
    """One. functions, right: as BFCL has them, for its checker."""

    id: str
    category: str
    messages: tuple[Prompt, ...]
    tools: tuple[Mapping[str, Any], ...] = field(repr=False)
    functions: Any = field(repr=False)
    right: Any = field(repr=False)

    @property
    def view(self) -> View:
        """What an agent sees of it."""
        return View(self.tools, list(self.messages))


def cases(category: str, limit: int | None = None) -> list[Case]:
    """Of a category, in BFCL's order; with `limit` so many, at equal distances. Raises CoreCraftError."""
    check("bfcl-eval")
    from bfcl_eval.utils import load_dataset_entry, load_ground_truth_entry

    if category not in CATEGORIES:
        raise CoreCraftError(f"no category {category}; there are {', '.join(CATEGORIES)}")
    name = CATEGORIES[category]
    right = {entry["id"]: entry["ground_truth"] for entry in load_ground_truth_entry(name)}
    plain = {entry["id"]: entry["function"] for entry in load_dataset_entry(name, include_language_specific_hint=False)}
    told = load_dataset_entry(name)  # with the hint that its own runner gives models
    wanted = len(told) if limit is None else min(limit, len(told))
    chosen = [told[place * len(told) // wanted] for place in range(wanted)]
    return [_case(category, entry, plain[entry["id"]], right[entry["id"]]) for entry in chosen]


def _case(category: str, entry: Mapping[str, Any], functions: Any, right: Any) -> Case:
    (turn,) = entry["question"]
    messages = tuple(Prompt(message["role"], message["content"]) for message in turn)
    return Case(entry["id"], category, messages, tuple(tools_of(entry["function"])), functions, right)


def tools_of(functions: Any) -> list[dict[str, Any]]:
    """As BFCL offers them to a chat-completions model: its types made JSON Schema's, dots in names made underscores."""
    from bfcl_eval.constants.enums import ModelStyle
    from bfcl_eval.constants.type_mappings import GORILLA_TO_OPENAPI
    from bfcl_eval.model_handler.utils import convert_to_tool

    made = [tool["function"] for tool in convert_to_tool(functions, GORILLA_TO_OPENAPI, ModelStyle.OPENAI_COMPLETIONS)]
    return [{"name": f["name"], "description": f["description"], "inputSchema": f["parameters"]} for f in made]
