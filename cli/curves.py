"""The curves of a training as a plot beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..analysis.report import plots
from ..engine.files import write_text
from ..rollouts.training.card import PLOT
from ..rollouts.training.curves import Curves

Panels = Mapping[str, Sequence[str]]
"""Title of a panel -> the figures that it shows."""

TUNED: Panels = {"loss": ("loss", "held_loss"), "token accuracy": ("token_accuracy", "held_token_accuracy")}
PLAYED: Panels = {
    "reward": ("reward", "passed"),
    "loss": ("loss",),
    "entropy": ("entropy",),
    "clipped": ("clipped_low", "clipped_high"),
    "groups": ("groups", "dropped"),
    "tokens a second": ("tokens_per_s",),
}


def draw(folder: Path, title: str, curves: Curves, panels: Panels) -> None:
    shown = {
        name: {each: points for each in names if (points := curves.series(each))} for name, names in panels.items()
    }
    shown = {name: series for name, series in shown.items() if series}
    write_text(folder / PLOT, plots.alone(plots.course("training", title, shown)))
