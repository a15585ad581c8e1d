"""Golden logs: small runs that verify, and runs that must not, each with what `verify` is to say of it.

logs/whole                 a run of the toy domain that is in order
logs/<name>                what is otherwise in a run that is not: the files that differ from those of `whole`
logs/expected.json         of each: files that it lacks, tools it is verified with, and what is to be found
logs/company-<behaviour>   every tool of the extended set, as it answered then

`make golden` writes them anew, which is for changes that were meant: logs of an earlier behaviour stay as they are.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import msgspec
from corecraft.engine.errors import UnknownToolset
from corecraft.engine.run import Run
from corecraft.engine.tool import Outcome, Rejected, command, fact, query, set_
from corecraft.engine.toolset import Toolset
from corecraft.engine.trajectory import Trajectory
from corecraft.engine.world import World
from corecraft.replay.causes import Cause, Checked, check_run
from corecraft.replay.verify import ToolsetFor
from corecraft.scenarios.company import by_name

from ..toy import TABLES, Color, toolset

LOGS = Path(__file__).parent / "logs"
WHOLE = LOGS / "whole"
EXPECTED = LOGS / "expected.json"


class Expected(msgspec.Struct, omit_defaults=True):
    """What is to be found: the cause and the kind of what does not verify, words of what is said of the run as a whole."""

    causes: dict[str, tuple[Cause, str]]
    lacks: list[str] = []
    damages: list[str] = []
    tools: str = "as they are"


def expected() -> dict[str, Expected]:
    return msgspec.json.decode(EXPECTED.read_bytes(), type=dict[str, Expected])


def laid_out(name: str, about: Expected, to: Path) -> Path:
    """A golden log as a whole run folder."""
    shutil.copytree(WHOLE, to, dirs_exist_ok=True)
    for file in about.lacks:
        (to / file).unlink()
    if (LOGS / name).exists():
        shutil.copytree(LOGS / name, to, dirs_exist_ok=True)
    return to


def verified(path: Path, tools: str = "as they are") -> dict[str, Checked]:
    """What verification says of each episode."""
    run = Run(path)
    found = check_run(run, TOOLS[tools], lambda digest: run.genesis(digest, lambda _: TABLES), regrade=regrade)
    return {one.episode: one for one in found}


def regrade(past: Trajectory) -> dict[str, Any]:
    """Whoever painted has earned it."""
    painted = any(call.tool == "paintPot" and call.ok for call in past.calls())
    return {"reward": 1.0 if painted else 0.0, "passed": painted, "criteria": []}


# --- tools at hand ---------------------------------------------------------------------------------------------------


@command("paintPot", makes="pot.painted", destructive=True)
def paint_pot_in_layers(world: World, *, pot_id: str, color: Color) -> Annotated[Outcome, dict[str, Any]]:
    """Paint a pot.

    Args:
        pot_id: The pot.
        color: Its new color.
    """
    if world.get("pot", pot_id) is None:
        raise Rejected(f"Pot {pot_id} not found")
    changed = {**(world.get("pot", pot_id) or {}), "color": color, "layers": 2}
    return Outcome(changed, (fact("pot.painted", set_("pot", pot_id, color=color, layers=2), pot_id=pot_id),))


@command("paintPot", makes="pot.painted", destructive=True)
def paint_pot_and_fail(world: World, *, pot_id: str, color: Color) -> Annotated[Outcome, dict[str, Any]]:
    """Paint a pot.

    Args:
        pot_id: The pot.
        color: Its new color.
    """
    raise ZeroDivisionError("no paint")


_shuffles = count()


@query("listPots")
def list_pots_restlessly(world: World, *, color: Color | None = None, name: str | None = None) -> list[dict[str, Any]]:
    """List pots, cheapest first.

    Args:
        color: Exact color.
        name: Substring of the name.
    """
    return [{"id": f"p{next(_shuffles)}"}]


def having(*tools: Any, **options: Any) -> Toolset:
    """The toy's tools, some of them by other handlers."""
    replaced = {tool.name: tool for tool in tools}
    return Toolset("toy", {**toolset().tools, **replaced}, None, TABLES, **options)


def _named(made: Toolset) -> ToolsetFor:
    def tools_of(opened: Mapping[str, Any]) -> Toolset:
        if opened["tools"] == "toy":
            return made
        if opened["tools"].startswith("imported/"):
            return by_name(opened["tools"])
        raise UnknownToolset(f"There is no toolset {opened['tools']!r}")

    return tools_of


TOOLS: Mapping[str, ToolsetFor] = {
    "as they are": _named(having()),
    "in layers": _named(having(paint_pot_in_layers)),
    "failing": _named(having(paint_pot_and_fail)),
    "restless": _named(having(list_pots_restlessly)),
    "raised": _named(having(behaviour=2)),
}
"""What a golden log may be verified with."""
