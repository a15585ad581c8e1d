"""Diff: where two histories part, and how the worlds they end in differ. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import frozen
from rich.console import Group, RenderableType
from rich.text import Text

from ..engine.event import Event
from ..engine.genesis import Genesis, Row
from ..engine.trajectory import Trajectory
from ..engine.world import World
from .fields import FieldDifference, differences, shown
from .visible import Passage, visible

MOST_EVENTS = 20
"""Events of each side that `render` shows."""


@frozen
class RowDifference:
    """A row that differs between two worlds. left, right: the whole row, None where that world has none."""

    entity: str
    id: str
    left: Row | None
    right: Row | None
    fields: tuple[FieldDifference, ...]

    @property
    def only(self) -> Literal["left", "right"] | None:
        """The one side that has this row, or None when both do."""
        if self.left is None or self.right is None:
            return "right" if self.left is None else "left"
        return None


@frozen
class Difference:
    """Two histories compared.

    common: how many leading events are the same, byte for byte and with the same past.
    left_events, right_events: what each has after those.
    rows: rows that differ between the two end worlds, by type and id.
    """

    left: str
    right: str
    common: int
    left_events: tuple[Event, ...]
    right_events: tuple[Event, ...]
    rows: tuple[RowDifference, ...]

    @property
    def empty(self) -> bool:
        """Both are the same history."""
        return not self.left_events and not self.right_events


def diff(left: Trajectory, right: Trajectory, genesis: Genesis) -> Difference:
    """Compare two histories made on `genesis`. Raises DigestMismatch when one was not."""
    common = common_prefix(left, right)
    return Difference(
        left.id,
        right.id,
        common,
        tuple(left.events[common:]),
        tuple(right.events[common:]),
        tuple(row_differences(left.world_at(len(left) - 1, genesis), right.world_at(len(right) - 1, genesis))),
    )


def common_prefix(left: Trajectory, right: Trajectory) -> int:
    """How many leading events are the same. Equal hashes mean equal pasts, so the place can be bisected."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high) // 2
        if left.hashes[middle] == right.hashes[middle]:
            low = middle + 1
        else:
            high = middle
    return low


def row_differences(left: World, right: World) -> Iterator[RowDifference]:
    """Rows that differ between two worlds on one genesis, ordered by type and id. Costs only what was changed."""
    entities = sorted({*left.overlay, *right.overlay})
    for entity in entities:
        for id in sorted({*left.overlay.get(entity, ()), *right.overlay.get(entity, ())}):
            here, there = left.get(entity, id), right.get(entity, id)
            fields = differences(here, there)
            if fields or (here is None) != (there is None):
                yield RowDifference(entity, id, here, there, fields)


def render(difference: Difference) -> RenderableType:
    """The comparison for a terminal."""
    lines: list[RenderableType] = [Passage(_heading(difference))]
    for name, events in ((difference.left, difference.left_events), (difference.right, difference.right_events)):
        lines.append(Passage(Text(f"{visible(name)}: {len(events)} events of its own", "bold")))
        lines += (Passage(_event_line(event), 2, hang=5) for event in events[:MOST_EVENTS])
        if len(events) > MOST_EVENTS:
            lines.append(Text(f"  ... and {len(events) - MOST_EVENTS} more", "dim"))
    return Group(*lines, render_rows(difference))


def render_rows(difference: Difference) -> RenderableType:
    """Only the rows that differ in the end."""
    count = Text(f"{len(difference.rows)} rows differ in the end", "bold")
    return Group(count, *(Passage(_row_line(row, difference), 2) for row in difference.rows))


def _heading(difference: Difference) -> Text:
    if difference.empty:
        return Text(f"{visible(difference.left)} and {visible(difference.right)} are the same history", "bold green")
    common = f"the first {difference.common} events are the same" if difference.common else "no event is the same"
    return Text(f"{visible(difference.left)} and {visible(difference.right)}: {common}", "bold")


def _event_line(event: Event) -> Text:
    line = Text(f"{event.seq:>5}  ", "dim")
    line.append(f"{visible(event.kind)} ", "default")
    return line.append(visible(shown(event.data), 160), "dim")


def _row_line(row: RowDifference, difference: Difference) -> Text:
    line = Text(visible(f"{row.entity} {row.id}"))
    if row.only is not None:
        name = difference.left if row.only == "left" else difference.right
        return line.append(f"  only in {visible(name)}", "yellow")
    for field in row.fields:
        line.append(f"  {visible(field.name)} ", "dim")
        line.append(visible(shown(field.left), 120), "red")
        line.append(" | ", "dim")
        line.append(visible(shown(field.right), 120), "green")
    return line
