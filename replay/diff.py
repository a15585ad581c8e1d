"""Diff: where two histories part, what each did then, and how the worlds they end in differ. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

from attrs import frozen
from rich.console import Group, RenderableType
from rich.text import Text

from ..engine.canonical import encode
from ..engine.event import CLOCK_ADVANCED, Event
from ..engine.genesis import Genesis, Row
from ..engine.trajectory import Trajectory
from ..engine.world import World
from .fields import FieldDifference, around, differences, shown
from .otherwise import edits_since
from .view import SUMMARY, Shows, Step, counted, criterion_line, head_line, steps
from .visible import MARK, Passage, visible

MOST_MATCHED = 400_000
"""Of two stretches the product of their lengths up to which they are matched one by one."""
MOST_STEPS = 20
"""Steps of each side that `render` shows in a row."""


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
    rows: rows that differ between the two end worlds, by type and id.
    ancestor: the nearest episode of their run that both descend from, one of them perhaps; "" where it is not known.
    """

    left: Trajectory
    right: Trajectory
    common: int
    rows: tuple[RowDifference, ...]
    ancestor: str = ""

    @property
    def left_events(self) -> Sequence[Event]:
        """What only the left one has after the common past."""
        return self.left.events[self.common :]

    @property
    def right_events(self) -> Sequence[Event]:
        return self.right.events[self.common :]

    @property
    def edits(self) -> tuple[list[str], list[str]]:
        """What forks of either have otherwise since the common past, each as one line."""
        left, right = (edits_since(side, self.common) for side in (self.left, self.right))
        return left, right

    @property
    def empty(self) -> bool:
        """Both are the same history."""
        return not self.left_events and not self.right_events


def diff(left: Trajectory, right: Trajectory, genesis: Genesis, ancestor: str = "") -> Difference:
    """Compare two histories made on `genesis`. Raises DigestMismatch when one was not."""
    rows = row_differences(left.world_at(len(left) - 1, genesis), right.world_at(len(right) - 1, genesis))
    return Difference(left, right, common_prefix(left, right), tuple(rows), ancestor)


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


# --- what each did ---------------------------------------------------------------------------------------------------


@frozen
class Parting:
    """A stretch of two histories: steps that both took (`same`), or those of either side where they differ."""

    same: bool
    left: tuple[Step, ...]
    right: tuple[Step, ...]


def partings(difference: Difference) -> list[Parting]:
    """What each did after the common past, step by step, aligned where both did the same."""
    left, right = (
        [step for step in steps(side) if step.seq >= difference.common and step.kind in _DONE]
        for side in (difference.left, difference.right)
    )
    found = matched([_key(step) for step in left], [_key(step) for step in right])
    return [Parting(how == "equal", tuple(left[a:b]), tuple(right[c:d])) for how, a, b, c, d in found]


def matched(left: Sequence[Any], right: Sequence[Any]) -> list[tuple[str, int, int, int, int]]:
    """Stretches of both, the same or not. What stands between equal beginnings and ends is matched only where it is no more
    than a matcher bears, whose time grows with the product of both and more: beyond, it is all told apart."""
    least = min(len(left), len(right))
    start = next((n for n in range(least) if left[n] != right[n]), least)
    end = next((n for n in range(least - start) if left[-1 - n] != right[-1 - n]), least - start)
    ours, theirs = left[start : len(left) - end], right[start : len(right) - end]
    found: list[tuple[str, int, int, int, int]] = [("equal", 0, start, 0, start)] if start else []
    if len(ours) * len(theirs) > MOST_MATCHED:
        found.append(("replace", start, len(left) - end, start, len(right) - end))
    else:
        between = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
        found += [(how, a + start, b + start, c + start, d + start) for how, a, b, c, d in between]
    if end:
        found.append(("equal", len(left) - end, len(left), len(right) - end, len(right)))
    return found


_DONE = ("prepared", "prompt", "turn", "call", "voided", "unfinished", "clock", "outside")
"""Kinds of steps that are compared one by one; answers and grades are compared as such."""


def _key(step: Step) -> bytes:
    """What makes two steps the same: what was done and what came of it, wherever in its history it stands."""
    own = (event for event in step.events if event.kind != CLOCK_ADVANCED or event is step.events[0])
    return encode(
        [[event.kind, event.data] for event in own]
    )  # how late it is while a call is made says nothing of the call


def _asked(step: Step) -> bytes:
    return encode([step.data.get("tool"), step.data.get("arguments")])


# --- for a terminal --------------------------------------------------------------------------------------------------


def render(difference: Difference, *, full: bool = False) -> RenderableType:
    """The comparison for a terminal: from the first difference on, what both did left out. full: nothing is cut or left out."""
    shows = Shows(full=full)
    lines: list[RenderableType] = [Passage(_heading(difference))]
    if not difference.empty:
        lines += _legend(difference, full)
        past = {_key(step) for step in steps(difference.left) if step.seq < difference.common}
        lines += (line for parting in partings(difference) for line in _parting_lines(parting, past, shows))
        lines += _answers(difference, full)
        lines += _grades(difference, full)
    return Group(*lines, render_rows(difference, full=full))


def render_rows(difference: Difference, *, full: bool = False) -> RenderableType:
    """Only the rows that differ in the end."""
    count = Text(f"rows that differ in the end: {len(difference.rows) or 'none'}", "bold")
    return Group(count, *(Passage(_row_line(row, difference, full), 2) for row in difference.rows))


def _heading(difference: Difference) -> Text:
    names = f"{visible(difference.left.id)} and {visible(difference.right.id)}"
    if difference.empty:
        return Text(f"{names} are the same history", "bold green")
    first = f"the first {difference.common} events are" if difference.common > 1 else "the first event is"
    common = f"{first} the same" if difference.common else "no event is the same"
    ancestor = f"; common ancestor {visible(difference.ancestor)}" if difference.ancestor else ""
    return Text(f"{names}: {common}{ancestor}", "bold")


def _legend(difference: Difference, full: bool) -> Iterator[RenderableType]:
    sides = zip("<>", _SIDES, (difference.left, difference.right), difference.edits, strict=True)
    for mark, style, side, edits in sides:
        own = counted(len(side) - difference.common, "event")
        yield Passage(Text(f"{mark} {visible(side.id)}, {own} of its own", style))
        yield from (
            Passage(Text(f"  ± {visible(edit, None if full else SUMMARY)}", "magenta"), hang=4) for edit in edits
        )


_SIDES = ("red", "green")


def _parting_lines(parting: Parting, past: set[bytes], shows: Shows) -> Iterator[RenderableType]:
    if parting.same:
        yield Passage(Text(f"= {_counted(parting.left)} that both took", "dim"))
        return
    if (pair := _other_reply(parting)) and not shows.full:
        yield from _two_replies(*pair)
        return
    for mark, style, side in zip("<>", _SIDES, (parting.left, parting.right), strict=True):
        yield from _side_lines(mark, style, side, past, shows)


def _side_lines(
    mark: str, style: str, side: Sequence[Step], past: set[bytes], shows: Shows
) -> Iterator[RenderableType]:
    again = [step for step in side if _key(step) in past]
    own = [step for step in side if _key(step) not in past]
    if again and not shows.full:
        yield Passage(Text(f"{mark} {_counted(again)} as in the common past, taken again", "dim"))
    listed = list(side) if shows.full else own[:MOST_STEPS]
    for step in listed:
        yield Passage(Text.assemble((f"{mark} ", style), head_line(step, shows)), hang=9)
    if len(own) > len(listed):
        yield Text(f"{mark} ... and {len(own) - len(listed)} more: --full shows them", "dim")


def _counted(side: Sequence[Step]) -> str:
    return counted(len(side), "step")


def _other_reply(parting: Parting) -> tuple[Step, Step] | None:
    """Both asked the same and were told otherwise."""
    if len(parting.left) != 1 or len(parting.right) != 1:
        return None
    left, right = parting.left[0], parting.right[0]
    return (left, right) if left.call and right.call and _asked(left) == _asked(right) else None


def _two_replies(left: Step, right: Step) -> Iterator[RenderableType]:
    assert left.call
    assert right.call
    replies = around(left.call.reply, right.call.reply, 200)
    for mark, style, step, reply in zip("<>", _SIDES, (left, right), replies, strict=True):
        line = Text(f"{mark} ", style).append(f"{step.seq:>5}  ", "dim").append(visible(str(step.data["tool"])), "bold")
        yield Passage(line.append("  -> ", "dim").append(visible(reply), style), hang=9)


def _answers(difference: Difference, full: bool) -> Iterator[RenderableType]:
    left, right = (side.answer or "" for side in (difference.left, difference.right))
    if left == right:
        yield Text("answers: the same" if left else "answers: none", "bold")
        return
    yield Text("answers: only the lines that differ" if not full else "answers", "bold")
    sides = left.splitlines(), right.splitlines()
    for how, a, b, c, d in SequenceMatcher(None, *sides, autojunk=False).get_opcodes():
        if how == "equal":
            if full:
                yield from (Passage(Text(f"    {MARK}{visible(line)}", "dim"), hang=4) for line in sides[0][a:b])
            continue
        for mark, style, lines in zip("<>", _SIDES, (sides[0][a:b], sides[1][c:d]), strict=True):
            said = (line for line in lines if line.strip())
            yield from (Passage(Text(f"  {mark} {MARK}{visible(line)}", style), hang=4) for line in said)


def _grades(difference: Difference, full: bool) -> Iterator[RenderableType]:
    grades = [side.grade for side in (difference.left, difference.right)]
    told = " | ".join(_reward(grade) for grade in grades)
    yield Passage(Text(f"grades: {told}", "bold"))
    criteria = [{str(c["id"]): c for c in (grade or {}).get("criteria") or ()} for grade in grades]
    alike = 0
    for id in dict.fromkeys([*criteria[0], *criteria[1]]):
        left, right = (side.get(id) for side in criteria)
        if not full and left and right and _alike(left, right):
            alike += 1
            continue
        for mark, style, criterion in zip("<>", _SIDES, (left, right), strict=True):
            if criterion is not None:
                yield Passage(Text.assemble((f"  {mark} ", style), criterion_line(criterion)), hang=6)
    if alike:
        yield Text(f"  = {alike} {'criterion' if alike == 1 else 'criteria'} with the same outcome", "dim")


def _alike(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Met or open on both sides, or failed for the same reason."""
    same = left.get("passed") == right.get("passed")
    return same and (left.get("passed") is not False or left.get("reason") == right.get("reason"))


def _reward(grade: dict[str, Any] | None) -> str:
    if grade is None:
        return "none"
    if grade.get("not_applicable"):
        return "not applicable"
    name = "reward" if grade.get("reward") is not None else "code_reward"
    reward = grade.get(name)
    passed = grade.get("passed") if grade.get("passed") is not None else grade.get("code_passed")
    outcome = "waits for a reader" if passed is None else "passed" if passed else "failed"
    return f"{outcome}, {name.replace('_', ' ')} {reward:.3f}" if isinstance(reward, int | float) else outcome


def _row_line(row: RowDifference, difference: Difference, full: bool) -> Text:
    line = Text(visible(f"{row.entity} {row.id}"))
    if row.only is not None:
        side = difference.left if row.only == "left" else difference.right
        return line.append(f"  only in {visible(side.id)}", "yellow")
    for field in row.fields:
        left, right = (shown(field.left), shown(field.right)) if full else around(field.left, field.right)
        line.append(f"  {visible(field.name)} ", "dim").append(visible(left), _SIDES[0])
        line.append(" | ", "dim").append(visible(right), _SIDES[1])
    return line
