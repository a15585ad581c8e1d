"""Bundles: a world with its tasks, prompts and tool definitions in the layout of the paper's Table 1.

entities/<type>.json      rows keyed by id
tasks/<id>.json           prompt and rubric
system-prompts/policy.md  what the agent is told
mcp-tools.json            tool definitions
server/                   how to serve it
bundle.json               clock, digest and recipe of the world
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..engine.canonical import decode
from ..engine.errors import CoreCraftError, DigestMismatch
from ..engine.genesis import Genesis
from ..engine.run import write_json, write_text
from ..engine.toolset import Toolset
from ..tools.tables import TABLES
from ..tools.tolerant import tables_of
from .registry import system_prompt
from .task import Task

FORMAT = 1


def export(
    folder: Path, genesis: Genesis, recipe: Mapping[str, Any], tasks: Mapping[str, Task], toolset: Toolset
) -> None:
    """Write a bundle. Noise manifests and reference solutions stay out of it."""
    for entity, rows in genesis.tables.items():
        write_json(folder / "entities" / f"{entity}.json", rows)
    for task in tasks.values():
        write_json(folder / "tasks" / f"{task.id}.json", task)
    write_text(folder / "system-prompts" / "policy.md", system_prompt())
    write_json(folder / "mcp-tools.json", toolset.definitions())
    about = {"format": FORMAT, "digest": genesis.digest, "now": genesis.now, "recipe": recipe, "tools": toolset.name}
    write_json(folder / "bundle.json", about)


def load(folder: Path) -> tuple[Genesis, dict[str, Any], dict[str, Task]]:
    """Read a bundle back: the world, its recipe and its tasks.

    Rows may lack their `id` and hold JSON as text, as the public reference's do. Raises DigestMismatch when the
    bundle says what its world must be and it is not.
    """
    try:
        about: dict[str, Any] = decode((folder / "bundle.json").read_bytes())
        raw = {path.stem: decode(path.read_bytes()) for path in sorted((folder / "entities").glob("*.json"))}
        tasks = [
            msgspec.json.decode(path.read_bytes(), type=Task) for path in sorted((folder / "tasks").glob("*.json"))
        ]
    except FileNotFoundError as error:
        raise CoreCraftError(f"{folder} is not a bundle: {error.filename} is missing") from None
    except msgspec.MsgspecError as error:
        raise CoreCraftError(f"{folder} is not a readable bundle: {error}") from None
    genesis = Genesis(tables_of(raw), about["now"], TABLES)
    if about.get("digest") not in (None, genesis.digest):
        raise DigestMismatch("world", about["digest"], genesis.digest)
    return genesis, about.get("recipe") or {"bundle": folder.name}, {task.id: task for task in tasks}
