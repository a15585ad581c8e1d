"""What `corecraft verify` says: of each episode, and of those that fail for one cause together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, evolve, field

from ..engine.errors import CoreCraftError
from ..replay.causes import MEANINGS, Cause, Checked, Group, event_differences, grouped
from ..replay.fields import ABSENT, around
from ..replay.verify import Divergence, Verification
from ..replay.view import counted
from .output import say, table

LISTED = 20
"""Episodes that are told one by one; of more only those are, by their causes, that fail."""
MOST_FIELDS = 20
"""Fields in which two events differ that are shown; `--json` gives all."""
AROUND = 160
"""Characters shown of a value that differs."""


@define
class Verdicts:
    """What came of the episodes of one run."""

    run: Path
    checked: list[Checked] = field(factory=list[Checked])

    def add(self, one: Checked) -> None:
        self.checked.append(one)

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.checked)

    @property
    def groups(self) -> list[Group]:
        return grouped(self.checked)

    def overrule(self, group: Group, cause: Cause) -> None:
        """All of a group fail for another cause than was thought."""
        key = group.cause, group.tool, group.what
        self.checked = [
            evolve(one, cause=cause) if (one.cause, one.tool, one.what) == key else one for one in self.checked
        ]


# --- on a screen -----------------------------------------------------------------------------------------------------


def show_verdicts(verdicts: Verdicts) -> None:
    """A line for each episode, where there are few."""
    if len(verdicts.checked) > LISTED:
        return
    for one in verdicts.checked:
        if one.ok:
            say(("✓ ", "bold green"), str(one.found))
        else:
            at = f" ({one.tool})" if one.tool else ""
            say(("✗ ", "bold red"), f"{one.episode}{at}: {one.reason}")


def show_groups(verdicts: Verdicts, *, several: bool) -> None:
    """Why episodes fail, each cause with its first example. several: more than one run was verified."""
    for group in verdicts.groups:
        place = f"{verdicts.run}/" if several else ""
        at = f" at {group.tool}" if group.tool else ""
        of = f"{counted(group.episodes, 'episode')}, the first {place}{group.first.episode}"
        say((f"{group.cause}{at}", "bold red"), f" ({group.what}): {of}" if group.what else f": {of}")
        say(f"  {MEANINGS[group.cause]}", style="dim")
        say(f"  {group.first.reason}")
        if group.first.divergence is not None:
            _show_fields(group.first.divergence)
        for line in group.explained:
            say(f"  {line}", style="yellow")


def _show_fields(divergence: Divergence) -> None:
    found = event_differences(divergence)
    rows = [(f"  {one.name}", *around(one.left, one.right, AROUND)) for one in found[:MOST_FIELDS]]
    if rows:
        table("", ("  field", "recorded", "produced"), rows)
    if more := len(found) - len(rows):
        say(f"  and {counted(more, 'further field')}: --json gives all", style="dim")


# --- as JSON ---------------------------------------------------------------------------------------------------------


def verdicts_data(verdicts: Verdicts) -> Iterator[dict[str, Any]]:
    """Every episode."""
    return (_checked_data(verdicts.run, one) for one in verdicts.checked)


def groups_data(verdicts: Verdicts) -> Iterator[dict[str, Any]]:
    """The causes, each with its first example."""
    for group in verdicts.groups:
        about = {"run": str(verdicts.run), "cause": group.cause, "tool": group.tool, "what": group.what}
        first = {"episode": group.first.episode, "reason": group.first.reason, "fields": _fields(group.first)}
        yield {**about, "episodes": group.episodes, "first": first, "explained": group.explained}


def _checked_data(run: Path, one: Checked) -> dict[str, Any]:
    found, about = one.found, {"run": str(run), "episode": one.episode, "ok": one.ok, "cause": one.cause}
    if isinstance(found, CoreCraftError):
        return {**about, "error": str(found)}
    counts = {name: getattr(found, name) for name in ("calls", "events", "head", "beside")}
    return {**about, **counts, "divergence": _divergence_data(one, found), "not_regraded": found.not_regraded}


def _divergence_data(one: Checked, found: Verification) -> dict[str, Any] | None:
    if found.divergence is None:
        return None
    sides = {"recorded": found.divergence.recorded, "produced": found.divergence.produced}
    said = {name: getattr(found.divergence, name) for name in ("seq", "kind", "tool", "reason")}
    return {**said, **msgspec.to_builtins(sides), "fields": _fields(one)}


def _fields(one: Checked) -> list[dict[str, Any]]:
    """A side that lacks a field says nothing of it."""
    found = event_differences(one.divergence) if one.divergence else []
    sides = [{"field": each.name, "recorded": each.left, "produced": each.right} for each in found]
    return [{name: value for name, value in side.items() if value is not ABSENT} for side in sides]
