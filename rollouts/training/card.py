"""The card of what was trained: Markdown that says from what, how, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from .curves import Curves
from .libraries import TESTED

PLOT = "curves.svg"


def card(
    title: str,
    data: Mapping[str, Any],
    settings: Mapping[str, Any],
    curves: Curves,
    names: Sequence[str],
    versions: Sequence[str] = tuple(TESTED),
) -> str:
    """names: the curves that the table shows, from the first step to the last."""
    parts = [
        f"# {title}", "## Trained on", _table(("", ""), data.items()), "## Settings", _table(("", ""), settings.items()),
        "## Curves", f"![Curves]({PLOT})", _table(("", "first", "best", "last", "steps"), _summary(curves, names)),
        "## Made with", _table(("", ""), _versions(versions)),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _summary(curves: Curves, names: Sequence[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in names:
        values = [value for _, value in curves.series(name)]
        if values:
            best = min(values) if "loss" in name else max(values)
            found.append((name, *(f"{value:.4g}" for value in (values[0], best, values[-1])), str(len(values))))
    return found


def _versions(names: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name in names:
        try:
            found.append((name, version(name)))
        except ModuleNotFoundError:
            continue
    return found


def _table(columns: Sequence[str], rows: Any) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
