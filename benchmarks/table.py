"""The table: budgets, what was measured, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from rich import box
from rich.table import Table
from rich.text import Text

from .budgets import KB, ROWS, Row
from .timing import Results, Sample

GROWTH = 1.3
"""How much slower the largest world may be where a row must not grow: measurements of equal work differ by less."""


@frozen
class Verdict:
    """Whether a row is within its budget at every scale. `times`: by how much it is missed at the worst scale."""

    met: bool
    text: str
    times: float = 1.0


def verdict(row: Row, columns: Mapping[str, Sample], scales: Sequence[str]) -> Verdict | None:
    """None when there is no budget, or nothing of ours was measured."""
    ours = {scale: columns[scale] for scale in scales if scale in columns}
    if row.budget is None or not ours:
        return None
    most = 1 / row.budget if row.kind == "rate" else row.budget
    times = max(sample.median for sample in ours.values()) / most
    growth = _growth(ours) if row.flat else 1.0
    said = ["met" if times <= 1 else f"missed {times:.1f}x"]
    if times > 1 and max(sample.best for sample in ours.values()) <= most:
        said.append("best batch within")
    if growth > GROWTH:
        said.append(f"grows {growth:.1f}x")
    return Verdict(times <= 1 and growth <= GROWTH, ", ".join(said), times)


def _growth(ours: Mapping[str, Sample]) -> float:
    """The largest world against the smallest: by the median or the best batch, whichever shows less, to keep noise out."""
    samples = list(ours.values())
    return min(samples[-1].median / samples[0].median, samples[-1].best / samples[0].best)


def render(results: Results, scales: Sequence[str], peer: Sequence[str]) -> Table:
    """Every measured row."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("work", overflow="fold")
    for heading in ("budget", *(f"ours x{scale}" for scale in scales), "machine limit", *peer):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for row in ROWS:
        columns = results.get(row.key)
        if columns:
            cells = [shown(row, columns[name]) if name in columns else "" for name in (*scales, "limit", *peer)]
            table.add_row(row.work, _budget(row), *cells, _verdict_text(verdict(row, columns, scales)))
    return table


def _verdict_text(found: Verdict | None) -> Text:
    if found is None:
        return Text("")
    return Text(found.text, style="green" if found.met else "bold red")


def _budget(row: Row) -> str:
    if row.budget is None:
        return ""
    sign, value = ("≥", 1 / row.budget) if row.kind == "rate" else ("≤", row.budget)
    return f"{sign} {shown(row, Sample(value, value))}"


def shown(row: Row, sample: Sample) -> str:
    """The median in the unit a reader expects."""
    value = sample.median
    if row.kind == "bytes":
        return f"{value / KB:.1f} KB" if value < KB * KB else f"{value / KB / KB:.1f} MB"
    if row.kind == "ratio":
        return f"{value:.2f}x"
    return _rate(1 / value) if row.kind == "rate" else seconds(value)


def seconds(value: float) -> str:
    """Three digits and a unit."""
    for size, unit in ((1e-6, "µs"), (1e-3, "ms")):
        if value < size * 1000:
            return f"{value / size:.3g} {unit}" if value < size * 999.5 else f"{value / size:.0f} {unit}"
    return f"{value:.2f} s"


def _rate(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.2f} M/s"
    return f"{value / 1e3:.3g} k/s" if value >= 10_000 else f"{value:,.3g}/s" if value < 100 else f"{value:,.0f}/s"
