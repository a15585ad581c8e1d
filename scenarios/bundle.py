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
from ..engine.errors import CoreCraftError
from ..engine.files import write_json, write_text
from ..engine.genesis import Genesis
from ..engine.toolset import Toolset
from ..engine.world import World
from ..tools.tolerant import tables_of
from .company import OURS, Company, by_name, company_behind, company_of
from .task import Task, read_task, sound

FORMAT = 1


class _About(msgspec.Struct):
    """`bundle.json`. Only the clock is a must: others' bundles have no digest or recipe of ours."""

    now: int
    format: int = FORMAT
    digest: str | None = None
    recipe: dict[str, Any] | None = None
    tools: str | None = None


def export(
    folder: Path, genesis: Genesis, recipe: Mapping[str, Any], tasks: Mapping[str, Task], toolset: Toolset
) -> None:
    """Write a bundle, all but its `server/`. Noise manifests stay out of it.

    What goes into `server/` is this code, the scripted solutions of the tasks included: no place for agents to look.
    """
    for entity, rows in genesis.tables.items():
        write_json(folder / "entities" / f"{entity}.json", rows)
    for task in tasks.values():
        write_json(folder / "tasks" / f"{task.id}.json", task)
    write_text(folder / "system-prompts" / "policy.md", company_of(recipe).policy)
    write_json(folder / "mcp-tools.json", toolset.definitions())
    about = {"format": FORMAT, "digest": genesis.digest, "now": genesis.now, "recipe": recipe, "tools": toolset.name}
    write_json(folder / "bundle.json", about)


def load(folder: Path) -> tuple[Genesis, dict[str, Any], dict[str, Task]]:
    """Read a bundle back: the world, its recipe and its tasks.

    Rows may lack their `id` and hold JSON as text, as the public reference's do. Raises CoreCraftError when it is no
    bundle this version can read, or says what its world must be and it is not.
    """
    try:
        about = _about(folder)
        raw = {path.stem: decode(path.read_bytes()) for path in sorted((folder / "entities").glob("*.json"))}
        tasks = [read_task(path) for path in sorted((folder / "tasks").glob("*.json"))]
    except FileNotFoundError as error:
        raise CoreCraftError(f"{folder} is not a bundle: {error.filename} is missing") from None
    except msgspec.MsgspecError as error:
        raise CoreCraftError(f"{folder} is not a readable bundle: {error}") from None
    whose = company_behind(about.recipe or {})
    genesis = Genesis(tables_of(raw), about.now, whose.tables)
    if about.digest not in (None, genesis.digest):
        said, present = str(about.digest)[:16], genesis.digest[:16]
        raise CoreCraftError(f"{folder}: the world differs; the bundle says {said}, its rows are {present}")
    for task in tasks:
        sound(task, f"{folder}/tasks/{task.id}.json", World(genesis))
    # Rows that nothing vouches for must not claim to come from a seed.
    recipe = about.recipe if about.digest and about.recipe else _unvouched(folder, whose)
    return genesis, recipe, {task.id: task for task in tasks}


def _unvouched(folder: Path, whose: Company) -> dict[str, Any]:
    named = {} if whose.name == OURS else {"generator": whose.name}
    return {**named, "bundle": folder.resolve().name}


def system_text(folder: Path) -> str:
    """What a bundle tells its agents; one of another maker, without a text, gets the company's policy."""
    try:
        return (folder / "system-prompts" / "policy.md").read_bytes().decode()
    except FileNotFoundError:
        return company_behind(_about(folder).recipe or {}).policy
    except UnicodeDecodeError as error:
        raise CoreCraftError(f"{folder}/system-prompts/policy.md is not UTF-8: {error}") from None


def _about(folder: Path) -> _About:
    """`bundle.json`, checked. The format comes first: another one may differ in anything else."""
    raw = decode((folder / "bundle.json").read_bytes(), type=dict[str, Any])
    if raw.get("format", FORMAT) != FORMAT:
        raise CoreCraftError(f"{folder} has bundle format {raw['format']}; this version reads format {FORMAT}")
    about = msgspec.convert(raw, _About)
    if about.tools is not None:
        by_name(about.tools)
    return about
