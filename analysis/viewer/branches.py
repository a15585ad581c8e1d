"""The picture of a family of forks, laid out like a history of branches: for a page of the viewer, and as a file of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import evolve, field, frozen

from ...replay.visible import one_line


@frozen
class Line:
    """One episode of a family.

    anchor: the line that it leaves in the picture: a fork may part from its parent before that had any event of its own, and so
    from an ancestor. at: the last event it inherited. first, last: its own events. level: forks between it and the root, 0 for
    that. state: passed, failed, waiting or "". edits: what the fork changed in its world.
    """

    episode: str
    parent: str | None
    anchor: str | None
    at: int
    first: int
    last: int
    level: int
    agent: str
    state: str
    score: float | None
    status: str
    edits: str
    missing: bool = False
    """It is named as a parent, but is not in this run."""

    @property
    def sign(self) -> str:
        if self.missing or self.status == "voided":
            return "✕"
        if self.status == "open":
            return "○"
        return {"passed": "✓", "failed": "✗", "waiting": "…", "": "–"}[self.state]

    @property
    def outcome(self) -> str:
        """Its end in words."""
        if self.missing:
            return "not in this run"
        return self.state or ("closed, not graded" if self.status == "closed" else self.status)


@frozen
class Placed:
    """A line in the picture: its path, and where its end and what is written there stand."""

    line: Line
    path: str
    x: int
    y: int


@frozen
class Picture:
    """marks: of the scale, x with the seq. joints: where forks leave, x and y."""

    placed: Sequence[Placed]
    joints: Sequence[tuple[int, int]]
    marks: Sequence[tuple[int, int]]
    width: int
    height: int


# --- in which order ----------------------------------------------------------------------------------------------


def ordered(
    root: str,
    children: Mapping[str, Iterable[str]],
    at: Callable[[str], int],
    line_of: Callable[[str, Line | None], Line],
) -> list[Line]:
    """The lines of a family, each after the one it was forked from; of the forks of one line those first that leave it last, so
    that no branch of the picture crosses another.

    at: the event that a fork leaves its parent after. line_of: a line, by its name and its parent's.
    """
    lines: dict[str, Line] = {}
    waiting: list[tuple[str, str | None]] = [(root, None)]
    while waiting:  # a loop: forks of forks may go deeper than calls of Python do
        name, parent = waiting.pop()
        line = line_of(name, lines.get(parent) if parent else None)
        while line.anchor is not None and line.at < lines[line.anchor].first and lines[line.anchor].anchor is not None:
            line = evolve(line, anchor=lines[line.anchor].anchor)
        lines[name] = line
        forks = sorted(children.get(name, ()), reverse=True)
        waiting += [(each, name) for each in sorted(forks, key=at)]
    return list(lines.values())


# --- the picture -------------------------------------------------------------------------------------------------

_LEFT, _TOP, _LANE, _BEND = 14, 34, 24, 7
_NEAR, _LONG = 10, 560
"""The least between two places where forks leave, and how long the longest history is drawn, if no fork needs more room."""
_LETTER = 6.8
"""How wide a letter of what is written at an end may be."""
NAME, WORDS = 30, 44
"""Letters of an id, and of agent and edits, in the picture."""


@frozen
class _Scale:
    """Events along the picture: in proportion, but with room between any two places where forks leave."""

    seqs: Sequence[int]
    xs: Sequence[int]
    step: float

    @classmethod
    def of(cls, leaving: set[int], last: int) -> _Scale:
        step = min(14.0, _LONG / max(1, last))
        seqs, xs = [0], [_LEFT]
        for seq in sorted(leaving):
            if seq > 0:
                xs.append(xs[-1] + max(_NEAR, round((seq - seqs[-1]) * step)))
                seqs.append(seq)
        return cls(seqs, xs, step)

    def x(self, seq: int) -> int:
        place = bisect_right(self.seqs, max(0, seq)) - 1
        start, x = self.seqs[place], self.xs[place]
        if place + 1 == len(self.seqs):
            return x + round((seq - start) * self.step)
        return x + round((seq - start) / (self.seqs[place + 1] - start) * (self.xs[place + 1] - x))

    def marks(self) -> list[tuple[int, int]]:
        """Places that can be named without one name running into the next."""
        found: list[tuple[int, int]] = []
        for x, seq in zip(self.xs, self.seqs, strict=True):
            if not found or x - found[-1][0] >= _LETTER * (len(str(seq)) + 2):
                found.append((x, seq))
        return found


def draw(lines: Sequence[Line]) -> Picture:
    """Lines in lanes from the top, events from the left. A lane is used again where the line in it and its words have ended,
    and where no words would stand on a branch that goes further down."""
    scale = _Scale.of({line.at for line in lines if line.anchor is not None}, max(line.last for line in lines))
    lanes: list[_Lane] = []
    lane_of, placed, joints = dict[str, int](), list[Placed](), dict[tuple[int, int], None]()
    width = 0
    for line in lines:
        start = scale.x(line.at) if line.anchor is not None else _LEFT
        end = max(scale.x(line.last), start + 2 * _BEND)
        full = end + round(_LETTER * _letters(line)) + 24
        above = lane_of[line.anchor] if line.anchor is not None else -1
        lane = _free(lanes, above + 1, start, end, full)
        lanes[lane].taken.append((start, full))
        for passed in lanes[above + 1 : lane]:
            passed.crossed.append(start)
        lane_of[line.episode] = lane
        y, top = _TOP + lane * _LANE, _TOP + above * _LANE
        if line.anchor is None:
            path = f"M{start} {y}H{end}"
        else:
            path = f"M{start} {top}V{y - _BEND}Q{start} {y} {start + _BEND} {y}H{end}"
            joints[start, top] = None
        placed.append(Placed(line, path, end, y))
        width = max(width, full)
    return Picture(placed, list(joints), scale.marks(), width, _TOP + len(lanes) * _LANE)


@frozen
class _Lane:
    """taken: from where to where by lines with their words. crossed: where branches go through it."""

    taken: list[tuple[int, int]] = field(factory=list[tuple[int, int]])
    crossed: list[int] = field(factory=list[int])

    def has_room(self, start: int, end: int, full: int) -> bool:
        free = all(full < taken or left < start for taken, left in self.taken)
        return free and not any(end <= x <= full for x in self.crossed)


def _free(lanes: list[_Lane], first: int, start: int, end: int, full: int) -> int:
    for number in range(first, len(lanes)):
        if lanes[number].has_room(start, end, full):
            return number
    lanes.append(_Lane())
    return len(lanes) - 1


def short(text: str, most: int = NAME) -> str:
    """Cut in the middle: both ends of an id say something."""
    text = one_line(text)
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def words(line: Line) -> str:
    """Who played the line, and in which world, as it stands at its end."""
    told = " · ".join(part for part in (one_line(line.agent), f"± {line.edits}" if line.edits else "") if part)
    return told if len(told) <= WORDS else f"{told[: WORDS - 1]}…"


def _letters(line: Line) -> int:
    return len(short(line.episode)) + len(words(line)) + (5 if line.score is not None else len(line.outcome)) + 4
