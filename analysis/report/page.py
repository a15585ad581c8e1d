"""A report as one HTML page: no network, no script, light and dark as the reader's system is. Names from runs are text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from ...replay.visible import one_line
from ..figures import Estimate
from . import plots
from .build import Report, Standing
from .outcomes import Outcome
from .scores import BY, Reading, histogram, lost
from .tables import METHOD, Table, breakdown, digests, failures, measured, most_lost, overview, shown

_AT_ONCE = ("category", "difficulty")
"""Breakdowns that are open when the page is."""

_MOST_BARS = 24
"""In the plot of lost criteria."""


def page(report: Report) -> str:
    """The whole report, every breakdown in it."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>CoreCraft report</title>\n"
        f"<style>\n{plots.STYLE.read_text('utf-8')}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(_body(report))
        + "\n</main>\n</body>\n</html>\n"
    )


def _body(report: Report) -> Iterator[str]:
    yield f"<header><h1>CoreCraft report</h1><p>{_text(_rests_on(report))}</p></header>"
    if report.cautions:
        items = "".join(f"<li>{_text(caution)}</li>" for caution in report.cautions)
        yield f'<section class="cautions"><h2>To be known first</h2><ul>{items}</ul></section>'
    by_code, *others = overview(report)
    yield _table(by_code)
    yield from _plots(report)
    yield from map(_table, others)
    for by in BY:
        if (table := breakdown(report, by)).rows:
            yield _table(table) if by in _AT_ONCE else _folded(table)
    if (table := failures(report)).rows:
        yield _table(table)
    yield _folded(most_lost(report))
    yield _table(measured(report))
    yield _folded(digests(report))
    yield f"<footer><h2>How to read it</h2><p>{_text(METHOD)}</p></footer>"


# --- plots -----------------------------------------------------------------------------------------------------------


def _plots(report: Report) -> Iterator[str]:
    standings = report.standings
    drawn = plots.bars("pass", "pass@1 by code", _bars(standings, lambda code: code.pass_at_1))
    yield _figure(report, "pass@1 by code, with 95% intervals", drawn)
    drawn = plots.bars("reward", "mean reward by code", _bars(standings, lambda code: code.reward))
    yield _figure(report, "Mean reward by code, with 95% intervals", drawn)
    if series := _series(standings):
        drawn = plots.lines("curve", "pass@k and pass^k over k", series)
        caption = "At least one (pass@k, solid) and all (pass^k, dashed) of k trials, by code; hollow: over fewer tasks"
        yield _figure(report, caption, drawn)
    yield _figure(report, "Episodes by code reward, from 0 to 1, in each category", _histograms(standings))
    if rows := _lost(standings):
        drawn = plots.bars("lost", "criteria lost most often", rows)
        yield _figure(
            report, "Criteria lost most often: in what share of the episodes that have them", _legend(standings) + drawn
        )


def _figure(report: Report, caption: str, drawn: str) -> str:
    rests = f"<small>{_text(_rests_on(report))}</small>"
    wide = f'<div class="wide" tabindex="0" role="group" aria-label="{_text(caption)}">'
    return f"<figure><figcaption>{_text(caption)}{rests}</figcaption>{wide}{drawn}</div></figure>"


def _bars(standings: Sequence[Standing], of: Callable[[Reading], Estimate | None]) -> list[plots.Bar]:
    return [
        plots.Bar(each.entrant.name, found.value, n, shown(found), found.low, found.high)
        for n, each in enumerate(standings)
        if (found := of(each.score.code))
    ]


def _series(standings: Sequence[Standing]) -> list[plots.Line]:
    found: list[plots.Line] = []
    for n, each in enumerate(standings):
        some = [(point.k, point.pass_at) for point in each.curve if point.pass_at]
        every = [(point.k, point.pass_all) for point in each.curve if point.pass_all]
        if some and every:
            found.append(plots.Line(f"{each.entrant.name} @k", n, some))
            found.append(plots.Line(f"{each.entrant.name} ^k", n, every, dashed=True))
    return found


def _histograms(standings: Sequence[Standing]) -> str:
    """Entrants down, categories across, all to the same scale."""
    categories = sorted({task.about.category for each in standings for task in each.entrant.tasks})
    counts = {
        (n, category): histogram(_of(each, category)) for n, each in enumerate(standings) for category in categories
    }
    most = max(max(each) for each in counts.values())
    head = "".join(f'<th scope="col">{_text(category)}</th>' for category in categories)
    rows = "".join(
        f'<tr><th scope="row">{_text(each.entrant.name)}</th>'
        + "".join(
            f"<td>{plots.columns(f'h{n}-{m}', f'{each.entrant.name}, {category}', counts[n, category], most, n)}</td>"
            for m, category in enumerate(categories)
        )
        + "</tr>"
        for n, each in enumerate(standings)
    )
    return f'<table class="histograms"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _of(standing: Standing, category: str) -> Iterator[Outcome]:
    return (one for task in standing.entrant.tasks if task.about.category == category for one in task.scored)


def _lost(standings: Sequence[Standing]) -> list[plots.Bar]:
    """The criteria that all together lost most often, with a bar for each entrant who was asked for them."""
    found = [{one.criterion: one for one in lost(each.entrant.scored)} for each in standings]
    times = {id: sum(each[id].lost for each in found if id in each) for each in found for id in each}
    first = sorted(filter(times.get, times), key=lambda id: (-times[id], id))[: max(1, _MOST_BARS // len(standings))]
    rows: list[plots.Bar] = []
    for id in first:
        having = [(n, each[id]) for n, each in enumerate(found) if id in each]
        for place, (n, one) in enumerate(having):
            rows.append(plots.Bar("" if place else id, one.share, n, f"{one.lost:,} of {one.asked:,}"))
    return rows


def _legend(standings: Sequence[Standing]) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="s{n % plots.SERIES}" width="12" height="12"/></svg>'
        f"{_text(each.entrant.name)}</li>"
        for n, each in enumerate(standings)
    )
    return f'<ul class="legend">{items}</ul>'


# --- text ------------------------------------------------------------------------------------------------------------


def _rests_on(report: Report) -> str:
    """What the figures were measured on, or what of it differs."""
    _, *columns = measured(report).columns
    found = [list(dict.fromkeys(row[n] for row in measured(report).rows)) for n in range(1, len(columns) + 1)]
    return ", ".join(
        f"{column} {values[0]}" if len(values) == 1 else f"{column} differs (see below)"
        for column, values in zip(columns, found, strict=True)
    )


def _table(table: Table) -> str:
    return f"<section><h2>{_text(table.title)}</h2>{_grid(table)}</section>"


def _folded(table: Table) -> str:
    return f"<details><summary>{_text(table.title)}</summary>{_grid(table)}</details>"


def _grid(table: Table) -> str:
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in table.columns)
    body = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>' + "".join(f"<td>{_text(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{_text(table.title)}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _text(text: str) -> str:
    return escape(one_line(text))
