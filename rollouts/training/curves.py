"""The figures of each step of a training, as lines of JSON beside it: what plots and the card are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec

from ...engine.canonical import encode

FILE = "curves.jsonl"
BARS = "▁▂▃▄▅▆▇█"


class Curves:
    """What was measured, step by step; a step that is measured again takes the place of the first one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        self.rows: list[dict[str, Any]] = list(map(msgspec.json.decode, lines))

    def add(self, row: Mapping[str, Any]) -> None:
        """row: with its `step`; those from it on fall away, since a training that goes on from a checkpoint makes them anew."""
        told = {name: value for name, value in row.items() if not isinstance(value, float) or isfinite(value)}
        self.rows = [each for each in self.rows if each["step"] < row["step"]] + [told]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"".join(encode(each) + b"\n" for each in self.rows))

    def series(self, name: str) -> list[tuple[int, float]]:
        """Step and figure, where it was measured."""
        return [(row["step"], float(row[name])) for row in self.rows if row.get(name) is not None]


def sparkline(values: Sequence[float], width: int = 30) -> str:
    """The last values as a line of bars, between the least and the greatest of them."""
    shown = values[-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    step = (high - low) / (len(BARS) - 1)
    return "".join(BARS[round((value - low) / step) if step else 0] for value in shown)
