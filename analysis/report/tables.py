"""The figures as tables of text, one way for terminal, Markdown and HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import frozen

from ..figures import CONFIDENCE, POWER, RESAMPLES, Difference, Estimate
from .build import Report, Standing
from .comparison import Comparison
from .scores import Amount, By, Score, came_of, lost, scores_by

MOST_LOST = 12
"""Criteria shown of those that an entrant lost."""

METHOD = (
    "By code: over the criteria that code alone decides; an episode of which it cannot tell counts as not passed. Every figure "
    f"is a mean over tasks of the mean over a task's scored trials. In brackets: {CONFIDENCE:.0%} intervals, percentiles of "
    f"{RESAMPLES:,} resamples of the tasks; over fewer than 20 tasks they are too narrow. An episode in which the agent's "
    "program or a tool of ours broke down is masked and counts neither way; what share of the planned ones is scored is said."
)


@frozen
class Table:
    """title: empty where the text before says it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def overview(report: Report) -> Iterator[Table]:
    """What everybody came to over all tasks."""
    rows = [(each.entrant.name, *_by_code(each.score)) for each in report.standings]
    yield Table("By code", ("entrant", "pass@1", "mean reward", "scored"), rows)
    if judged := [each for each in report.standings if each.score.judged]:
        yield Table(
            "With a judge", ("entrant", "pass@1", "mean reward", "undecided", "judge"), list(map(_judged, judged))
        )
    if open_ := [each for each in report.standings if each.score.code.at_least < each.score.code.at_most]:
        columns = ("entrant", "undecided", "masked", "missing", "pass@1 at least", "at most")
        yield Table("If all that is open had failed, or passed", columns, list(map(_bounds, open_)))
    if any(each.curve for each in report.standings):
        yield Table("Over k trials, by code", ("entrant", "k", "pass@k", "pass^k", "tasks"), list(_curves(report)))
    if any(each.borne for each in report.standings):
        columns = ("entrant", "calls that failed", "recovered", "done twice", "lost", "recovery")
        yield Table("How calls that failed were borne", columns, list(_borne(report)))
    if report.comparison:
        yield _comparison(report.comparison)
    columns = ("entrant", "turns", "calls", "rejected", "tokens in", "tokens out", "dollars", "in all")
    yield Table("An episode took, on average", columns, list(map(_efforts, report.standings)))


def breakdown(report: Report, by: By) -> Table:
    """Figures by code of every entrant for each value."""
    scores = {each.entrant.name: scores_by(each.entrant, by) for each in report.standings}
    values = sorted({value for found in scores.values() for value in found})
    rows = [
        (value, name, f"{found[value].tally.tasks:,}", *_by_code(found[value]))
        for value in values
        for name, found in scores.items()
        if value in found
    ]
    return Table(f"By {by}, by code", (by, "entrant", "tasks", "pass@1", "mean reward", "scored"), rows)


def most_lost(report: Report) -> Table:
    rows = [
        (each.entrant.name, one.criterion, f"{one.lost:,} of {one.asked:,}")
        for each in report.standings
        for one in lost(each.entrant.scored)[:MOST_LOST]
        if one.lost
    ]
    return Table("Criteria lost most often", ("entrant", "criterion", "lost in"), rows)


def failures(report: Report) -> Table:
    """What failed episodes came of, by the first decisive event of each."""
    found = {each.entrant.name: came_of(each.entrant.scored) for each in report.standings}
    labels = sorted(
        set().union(*found.values()) - {""}, key=lambda label: -sum(count[label] for count in found.values())
    )
    rows = [
        (label.replace("_", " ") or NOT_DIAGNOSED, *(_of_failed(count, label) for count in found.values()))
        for label in (*labels, "")
        if labels and any(count[label] for count in found.values())
    ]
    return Table("What failed episodes came of, by code", ("label", *found), rows)


NOT_DIAGNOSED = "(no diagnosis recorded)"


def _of_failed(count: Counter[str], label: str) -> str:
    return f"{count[label]:,} ({count[label] / count.total():.0%})" if count[label] else ""


def measured(report: Report) -> Table:
    """What each figure rests on, digests by their first eight digits."""
    columns = ("entrant", "split", "world", "toolset", "engine", "judge")
    return Table("Measured on", columns, [_measured(each) for each in report.standings])


def digests(report: Report) -> Table:
    """The digests in full."""
    rows = [
        (each.entrant.name, what, digest)
        for each in report.standings
        for what, found in (
            ("split", [each.entrant.origin.split.digest] if each.entrant.origin.split else []),
            ("world", each.entrant.origin.worlds),
            ("toolset", each.entrant.origin.toolsets),
        )
        for digest in found
    ]
    return Table("Digests", ("entrant", "of", "SHA-256"), rows)


def shown(estimate: Estimate | Difference | None) -> str:
    """`0.720 [0.651, 0.789]`."""
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]" if estimate else "-"


def _by_code(score: Score) -> Sequence[str]:
    return (
        shown(score.code.pass_at_1),
        shown(score.code.reward),
        f"{score.tally.completeness:.1%} of {score.tally.planned:,}",
    )


def _judged(standing: Standing) -> Sequence[str]:
    reading = standing.score.judged
    assert reading
    reward = shown(reading.reward) if reading.reward else f"{standing.score.tally.waiting:,} wait"
    judges = ", ".join(standing.entrant.origin.judges)
    return standing.entrant.name, shown(reading.pass_at_1), reward, f"{reading.undecided:,}", judges


def _bounds(standing: Standing) -> Sequence[str]:
    code, tally = standing.score.code, standing.score.tally
    counts = (f"{number:,}" for number in (code.undecided, tally.masked, tally.missing))
    return (standing.entrant.name, *counts, f"{code.at_least:.3f}", f"{code.at_most:.3f}")


def _curves(report: Report) -> Iterator[Sequence[str]]:
    for standing in report.standings:
        for point in standing.curve:
            tasks = point.pass_at.tasks if point.pass_at else 0
            yield standing.entrant.name, str(point.k), shown(point.pass_at), shown(point.pass_all), f"{tasks:,}"


def _efforts(standing: Standing) -> Sequence[str]:
    found = standing.efforts
    names = ("turns", "calls", "rejections", "prompt_tokens", "completion_tokens")
    cost = found["cost"]
    dollars = (f"{cost.mean:.4f}", f"{cost.total:.2f}") if cost else ("-", "-")
    return (standing.entrant.name, *(_average(found[name]) for name in names), *dollars)


def _borne(report: Report) -> Iterator[Sequence[str]]:
    for each in report.standings:
        if (one := each.borne) is not None:
            counts = (f"{number:,}" for number in (one.faults, one.recovered, one.doubled, one.lost))
            yield each.entrant.name, *counts, f"{one.recovery:.3f}"


def _average(amount: Amount | None) -> str:
    return "-" if amount is None else f"{amount.mean:,.1f}" if amount.mean < 1000 else f"{amount.mean:,.0f}"


def _comparison(found: Comparison) -> Table:
    measures = {
        "pass@1 by code": found.pass_at_1,
        "mean reward by code": found.reward,
        "pass@1 with the judge": found.judged,
    }
    rows = [
        (what, shown(gap), f"{gap.better:,}, {gap.equal:,}, {gap.worse:,}", _number(gap.detectable))
        for what, gap in measures.items()
        if gap
    ]
    title = f"{found.first} minus {found.second}, paired on {found.tasks:,} tasks ({found.left_out:,} left out)"
    if found.forms:
        title += f": {found.forms[0]} against {found.forms[1]} form, and code leaves more to a judge in the natural one"
    return Table(
        title, ("figure", "difference", "tasks better, equal, worse", f"detectable at {POWER:.0%} power"), rows
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _measured(standing: Standing) -> Sequence[str]:
    origin = standing.entrant.origin
    split = f"{origin.split.name} {origin.split.digest[:8]}" if origin.split else "none"
    return (
        standing.entrant.name,
        split,
        " ".join(world[:8] for world in origin.worlds),
        " ".join(toolset[:8] for toolset in origin.toolsets),
        "; ".join(origin.engines),
        ", ".join(origin.judges) or "none",
    )
