"""`corecraft world`: build, inspect, export and import starting worlds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import attrs

from ..engine.clock import to_text
from ..engine.errors import CoreCraftError
from ..engine.files import write_json
from ..engine.genesis import Genesis
from ..engine.run import genesis_recipe, load_genesis, save_genesis
from ..rollouts.runner import Stage
from ..scenarios import bundle
from ..scenarios.company import company, known_schema_of, schema_of
from .companies import add_company_option
from .output import emit_json, progress, say, table
from .packing import add_server

EPILOG = """\
examples:
  corecraft world build --out worlds/standard
  corecraft world build --scale 10 --out worlds/ten --check
  corecraft world info worlds/standard --json
  corecraft world export worlds/standard bundles/standard
  corecraft world import bundles/standard worlds/again
"""


def add(commands: Any) -> None:
    top = commands.add_parser(
        "world", help="build, inspect, export and import worlds", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = top.add_subparsers(metavar="VERB", required=True)

    build = verbs.add_parser("build", help="generate a world from a seed")
    build.add_argument("--seed", type=int, default=0, help="0 is the standard world (default)")
    build.add_argument("--scale", type=int, default=1, help="how many times the standard size, e.g. 10 or 100")
    build.add_argument("--out", type=Path, help="folder to save it in; without it only the figures are shown")
    build.add_argument("--check", action="store_true", help="test every invariant; exit 1 if one fails")
    build.add_argument("--manifest", type=Path, help="also write the list of injected noise; keep it away from agents")
    add_company_option(build)
    build.add_argument("--json", action="store_true", help="the figures as one JSON object")
    build.set_defaults(handler=_build)

    info = verbs.add_parser("info", help="digest, clock and row counts of a saved world")
    info.add_argument("world", type=Path, metavar="WORLD", help="a saved world")
    info.add_argument("--json", action="store_true", help="the figures as one JSON object")
    info.set_defaults(handler=_info)

    export = verbs.add_parser("export", help="write a bundle: entities, tasks, prompts, tool definitions, server entry")
    export.add_argument("world", type=Path, metavar="WORLD", help="a saved world")
    export.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder to write the bundle to")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--split", metavar="NAME", help="which tasks: train, heldout or smoke (default)")
    which.add_argument("--task", metavar="ID", action="append", default=[], help="this task; may be given again")
    export.set_defaults(handler=_export)

    load = verbs.add_parser("import", help="read a bundle back into a world folder")
    load.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle's folder")
    load.add_argument("world", type=Path, metavar="WORLD", help="folder to save its world in")
    load.add_argument("--json", action="store_true", help="the figures as one JSON object")
    load.set_defaults(handler=_import)


def _build(arguments: argparse.Namespace) -> int:
    if arguments.scale < 1:
        raise CoreCraftError("--scale must be 1 or more")
    whose = company(arguments.company)
    with progress(arguments.json) as bar:
        task = bar.add_task("building the world", total=None)
        built = whose.build(arguments.seed, arguments.scale)
        bar.update(task, description="computing its digest")
        genesis = built.genesis
        broken = whose.violations(genesis, built.manifest) if arguments.check else []
        if arguments.out:
            bar.update(task, description=f"saving to {arguments.out}")
            save_world(genesis, arguments.out, built.recipe)
    if arguments.manifest:
        write_json(arguments.manifest, [attrs.asdict(noise) for noise in built.manifest])
    _show(genesis, built.recipe, arguments.json, extra={"noise": len(built.manifest), "violations": broken})
    return 1 if broken else 0


def save_world(genesis: Genesis, folder: Path, recipe: dict[str, Any]) -> None:
    """Save a world into a folder that is new, or holds the same world."""
    if (folder / "genesis.json").exists() and load_genesis(folder, schema_of).digest != genesis.digest:
        raise CoreCraftError(f"{folder} holds another world; choose another folder")
    save_genesis(genesis, folder, recipe)


def _info(arguments: argparse.Namespace) -> None:
    folder: Path = arguments.world
    _show(load_genesis(folder, known_schema_of), genesis_recipe(folder), arguments.json)


def _show(genesis: Genesis, recipe: dict[str, Any], as_json: bool, extra: dict[str, Any] | None = None) -> None:
    counts = {entity: count for entity, count in genesis.counts().items() if count}
    facts = {
        "digest": genesis.digest,
        "clock": to_text(genesis.now),
        "recipe": recipe,
        "rows": counts,
        "total": sum(counts.values()),
        **(extra or {}),
    }
    if as_json:
        emit_json(facts)
        return
    table("", ("type", "rows"), [*counts.items(), ("total", facts["total"])])
    for line in (f"digest  {genesis.digest}", f"clock   {facts['clock']}", f"recipe  {recipe}"):
        say(line)
    for line in (extra or {}).get("violations", []):
        say(f"violated: {line}", style="red")


def _export(arguments: argparse.Namespace) -> None:
    stage = Stage.load(arguments.world)
    chosen = [stage.tasks[id] for id in arguments.task] or stage.select(split=arguments.split or "smoke")
    tasks = {task.id: task for task in chosen}
    tools = next(iter(stage.company.toolsets.values()))
    bundle.export(arguments.bundle, stage.world.genesis, stage.recipe, tasks, tools)
    add_server(arguments.bundle, stage.company)
    say(f"wrote {arguments.bundle}: world {stage.world.genesis.digest[:16]}, {len(tasks)} tasks")


def _import(arguments: argparse.Namespace) -> None:
    genesis, recipe, _ = bundle.load(arguments.bundle)
    save_world(genesis, arguments.world, recipe)
    _show(genesis, recipe, arguments.json)
