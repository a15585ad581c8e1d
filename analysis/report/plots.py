"""Plots as inline SVG: colours and fonts are the page's, every one has a title and says its figures in words.

Coordinates are in pixels of a drawing of WIDTH; the page scales it. Shares lie in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import accumulate
from pathlib import Path

from attrs import frozen

from ...replay.visible import one_line, visible
from ..figures import Estimate

STYLE = Path(__file__).with_name("page.css")
WIDTH = 720
SERIES = 8
"""Colours there are, s0 to s7; further series begin anew."""

_LEFT, _RIGHT = 190, 160
_ROW, _THICK, _BETWEEN = 20, 13, 12
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_MOST_TICKS = 16
_LONGEST = 26
"""Characters of a label; the whole stands in its tooltip."""


@frozen
class Bar:
    """label: empty where it belongs to the one above. low, high: its interval, if any. series: which colour. note: said at its
    right end."""

    label: str
    value: float
    series: int
    note: str
    low: float | None = None
    high: float | None = None


@frozen
class Line:
    """points: k with the estimate there; one over fewer tasks than the first is drawn hollow. dashed: of the second kind."""

    label: str
    series: int
    points: Sequence[tuple[int, Estimate]]
    dashed: bool = False


def bars(id: str, title: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars from 0 to 1, each with its interval. id: of the drawing, unlike all others of the page."""
    tops = list(accumulate(_ROW + _BETWEEN * bool(row.label) for row in rows))
    parts = [*_grid(tops[-1] + 12), *(part for top, row in zip(tops, rows, strict=True) for part in _bar(row, top))]
    says = "; ".join(f"{row.label} {row.note}".strip() for row in rows)
    return _drawing(id, title, says, WIDTH, tops[-1] + 40, parts)


def lines(id: str, title: str, series: Sequence[Line], *, axis: str = "k = ") -> str:
    """Shares over k, on even steps, with their intervals. axis: what stands before each k; where there are many, not at all of
    them."""
    ks = sorted({k for line in series for k, _ in line.points})
    left, right, top, bottom = 44, WIDTH - 150, 12, 250

    def x(k: int) -> float:
        return left + (right - left) * (ks.index(k) + 0.5) / len(ks)

    def y(share: float) -> float:
        return bottom - (bottom - top) * share

    parts: list[str] = []
    for tick in _TICKS:
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(_text(left - 8, y(tick) + 4, f"{tick:g}", "tick end"))
    parts += [_text(x(k), bottom + 20, f"{axis}{k}", "tick middle") for k in ks[:: 1 + len(ks) // _MOST_TICKS]]
    for place, line in zip(_apart([y(line.points[-1][1].value) for line in series]), series, strict=True):
        path = "L".join(f"{x(k):.1f} {y(each.value):.1f}" for k, each in line.points)
        parts.append(f'<path class="line l{line.series % SERIES}{" dashed" if line.dashed else ""}" d="M{path}"/>')
        parts += (part for k, each in line.points for part in _point(line, each, x(k), y))
        parts.append(_text(right + 6, place + 4, line.label, "label"))
    says = "; ".join(f"{line.label}: " + ", ".join(f"{e.value:.3f} at {k}" for k, e in line.points) for line in series)
    return _drawing(id, title, says, WIDTH, bottom + 30, parts)


def course(id: str, title: str, panels: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]]) -> str:
    """Figures over steps: panels one below the other, each with a scale of its own. panels: by title, series by name."""
    parts: list[str] = []
    top = 0.0
    for name, series in panels.items():
        parts += _panel(name, series, top)
        top += _PANEL
    last = "; ".join(
        f"{name} {points[0][1]:.4g} at first, {points[-1][1]:.4g} at last"
        for series in panels.values()
        for name, points in series.items()
    )
    return _drawing(id, title, last, WIDTH, int(top), parts)


_PANEL = 190


def _panel(title: str, series: Mapping[str, Sequence[tuple[int, float]]], top: float) -> Iterator[str]:
    points = [point for each in series.values() for point in each]
    first, final = min(step for step, _ in points), max(step for step, _ in points)
    low, high = min(value for _, value in points), max(value for _, value in points)
    left, right, above, below = 64, WIDTH - 150, top + 30, top + _PANEL - 30

    def x(step: int) -> float:
        return left + (right - left) * ((step - first) / (final - first) if final > first else 0.5)

    def y(value: float) -> float:
        return below - (below - above) * ((value - low) / (high - low) if high > low else 0.5)

    yield _text(left, top + 18, title, "label")
    for value in dict.fromkeys((low, (low + high) / 2, high)):
        yield f'<line class="grid" x1="{left}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        yield _text(left - 8, y(value) + 4, f"{value:.3g}", "tick end")
    for step in dict.fromkeys((first, final)):
        yield _text(x(step), below + 20, f"{step}", "tick middle")
    ends = _apart([y(each[-1][1]) for each in series.values()])
    for number, ((name, each), place) in enumerate(zip(series.items(), ends, strict=True)):
        path = "L".join(f"{x(step):.1f} {y(value):.1f}" for step, value in each)
        yield f'<path class="line l{number % SERIES}" d="M{path}"/>'
        if len(each) == 1:
            yield f'<circle class="s{number % SERIES}" cx="{x(each[0][0]):.1f}" cy="{y(each[0][1]):.1f}" r="4"/>'
        yield _text(right + 6, place + 4, name, "label")


def columns(id: str, title: str, counts: Sequence[int], most: int, series: int) -> str:
    """A small histogram of shares from 0 to 1. most: the count that reaches the top."""
    width, height, floor = 160, 84, 66
    step = width / len(counts)
    parts = [f'<line class="axis" x1="0" x2="{width}" y1="{floor}" y2="{floor}"/>']
    for n, count in enumerate(counts):
        tall = (floor - 4) * count / most if most else 0.0
        where = f'x="{n * step + 1:.1f}" y="{floor - tall:.1f}" width="{step - 2:.1f}" height="{tall:.1f}"'
        told = f"{count} from {n / len(counts):g} to {(n + 1) / len(counts):g}"
        parts.append(f'<rect class="s{series % SERIES}" {where}><title>{told}</title></rect>')
    parts += [_text(0, height - 4, "0", "tick"), _text(width, height - 4, "1", "tick end")]
    return _drawing(id, title, "episodes by reward, in tenths: " + ", ".join(map(str, counts)), width, height, parts)


def alone(drawing: str) -> str:
    """A drawing as a file of its own, with the style of the page."""
    opening, rest = drawing.removeprefix("<svg ").split(">", 1)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {opening}><style>{STYLE.read_text("utf-8")}</style>{rest}\n'


def _drawing(id: str, title: str, says: str, width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{id}-t {id}-d">'
        f'<title id="{id}-t">{escape(one_line(title))}</title><desc id="{id}-d">{escape(one_line(says))}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _grid(height: int) -> Iterator[str]:
    for tick in _TICKS:
        x = _across(tick)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"/>'
        yield _text(x, height + 20, f"{tick:g}", "tick middle")


def _bar(row: Bar, foot: float) -> Iterator[str]:
    middle = foot - _ROW / 2
    yield _text(_LEFT - 12, middle + 4, row.label, "label end")
    where = (
        f'x="{_LEFT}" y="{middle - _THICK / 2:.1f}" width="{_across(row.value) - _LEFT:.1f}" height="{_THICK}" rx="2"'
    )
    yield f'<rect class="s{row.series % SERIES}" {where}/>'
    if row.low is not None and row.high is not None:
        low, high = _across(row.low), _across(row.high)
        ends = "".join(f"M{x:.1f} {middle - 5:.1f}v10" for x in (low, high))
        for style in ("halo", "whisker"):
            yield f'<path class="{style}" d="M{low:.1f} {middle:.1f}H{high:.1f}{ends}"/>'
    yield _text(WIDTH - _RIGHT + 12, middle + 4, row.note, "note")


def _across(share: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * share


def _point(line: Line, each: Estimate, x: float, y: Callable[[float], float]) -> Iterator[str]:
    colour = line.series % SERIES
    style = f"s{colour}" if each.tasks == line.points[0][1].tasks else f"hollow l{colour}"
    yield f'<path class="spread l{colour}" d="M{x:.1f} {y(each.low):.1f}V{y(each.high):.1f}"/>'
    yield f'<circle class="{style}" cx="{x:.1f}" cy="{y(each.value):.1f}" r="4"/>'


def _apart(places: Sequence[float]) -> list[float]:
    """Where labels stand that are to be beside these heights, and not on each other."""
    put = list(places)
    last = float("-inf")
    for n in sorted(range(len(places)), key=places.__getitem__):
        put[n] = last = max(places[n], last + 15)
    return put


def _text(x: float, y: float, text: str, style: str) -> str:
    short = visible(one_line(text), _LONGEST)
    whole = f"<title>{escape(one_line(text))}</title>" if short != one_line(text) else ""
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{whole}{escape(short)}</text>'
