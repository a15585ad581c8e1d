"""Small pictures as SVG, drawn on the server: they need no script, and print."""

from __future__ import annotations

from markupsafe import Markup

from ..figures import Estimate

_WIDTH, _HEIGHT = 160, 18


def interval(figure: Estimate | None) -> Markup:
    """A share between 0 and 1 as a dot on a line, with its interval."""
    if figure is None:
        return Markup("")
    low, value, high = (round(4 + x * (_WIDTH - 8), 1) for x in (figure.low, figure.value, figure.high))
    return Markup(
        '<svg class="interval" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<line class="rail" x1="4" x2="{end}" y1="9" y2="9"/><line class="span" x1="{low}" x2="{high}" y1="9" y2="9"/>'
        '<circle class="dot" cx="{value}" cy="9" r="4"/></svg>'
    ).format(
        w=_WIDTH, h=_HEIGHT, end=_WIDTH - 4, low=low, high=high, value=value,
        label=f"{figure.value:.0%}, 95 % interval {figure.low:.0%} to {figure.high:.0%}",
    )  # fmt: skip


def bar(share: float | None) -> Markup:
    """A share between 0 and 1 as a bar."""
    if share is None:
        return Markup("")
    return Markup(
        '<svg class="bar" viewBox="0 0 48 8" width="48" height="8" aria-hidden="true"><rect class="rail" width="48" height="8" '
        'rx="2"/><rect class="fill" width="{width}" height="8" rx="2"/></svg>'
    ).format(width=round(48 * min(1.0, max(0.0, share)), 1))
