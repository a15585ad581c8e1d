"""`corecraft import tau2`: simulations that tau2 recorded as a run, with what is otherwise here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.errors import CoreCraftError
from ..replay.fields import around
from ..replay.view import counted
from ..replay.visible import one_line
from ..rollouts.opening import wall_ms
from .output import emit_json, progress, say, table

if TYPE_CHECKING:
    from ..rollouts.tau2.recorded import Disagreement, Imported, Simulated

WHAT = "simulations that tau2 recorded, made again in the world of their domain"


def bring_in(files: list[Path], out: Path | None, json: bool) -> int:
    """1 where a reply or a grade is another one here."""
    from ..rollouts.tau2 import recorded  # takes tau2, which is an extra

    if len(files) != 1:
        raise CoreCraftError("tau2's results come in one file at a time, since each is of one domain")
    with progress(json) as bar:
        step = bar.add_task(f"calling again what {files[0]} has", total=None)
        imported = recorded.bring_in(files[0], out or Path(files[0].stem), wall_ms(), lambda: bar.advance(step))
    if json:
        told = [recorded.told_of(one) for one in imported.simulations]
        emit_json({"run": str(imported.run.path), "domain": imported.domain, **totals(imported), "simulations": told})
    else:
        _tell(imported)
    return int(any(one.differing or one.same_grade is False for one in imported.simulations))


def totals(imported: Imported) -> dict[str, int]:
    """How far the simulations of a file agree with what is made of them here."""
    simulations = imported.simulations
    calls, differing = sum(one.calls for one in simulations), sum(len(one.differing) for one in simulations)
    return {
        "calls": calls,
        "replies_equal": calls - differing,
        "replies_different": differing,
        "grades_equal": sum(one.same_grade is True for one in simulations),
        "grades_different": sum(one.same_grade is False for one in simulations),
        "grades_not_compared": sum(one.same_grade is None for one in simulations),
    }


def _tell(imported: Imported) -> None:
    say(f"wrote {imported.run.path}: {counted(len(imported.simulations), 'simulation')} of tau2's {imported.domain}")
    told = totals(imported)
    named: dict[str, Any] = {"simulations": len(imported.simulations)}
    named |= {name.replace("_", " "): number for name, number in told.items()}
    table("", list(named), [list(named.values())])
    for one in imported.simulations:
        for line in _differences(one):
            say(("✗ ", "bold red"), f"{one.episode}: {line}")


def _differences(one: Simulated) -> list[str]:
    found = [one_line(one.unprepared)] if one.unprepared else []
    found += [_differing(each) for each in one.differing]
    if one.same_grade is False and one.grade is not None:
        failed = ", ".join(one.grade.failed) or "nothing"
        found.append(f"rewarded {one.recorded:g} there, {one.grade.reward:g} here, where {failed} fails")
    return found


def _differing(each: Disagreement) -> str:
    left, right = around(each.recorded, each.here)
    field = f"{each.field} " if each.field else ""
    return one_line(f"call {each.number} {each.tool}: recorded {field}{left}, here {right}")
