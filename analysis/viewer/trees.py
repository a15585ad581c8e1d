"""Fork trees: the family of an episode, or all families of a run, laid out like a history of branches.

Who was forked from whom is asked of the listing, in one query for a run, so that it costs little whatever the run holds; what a
line says is asked of those lines only that are drawn. Going through a family is a loop: forks of forks may go deeper than calls
of Python do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from ...replay.fields import shown
from ...replay.view import counted
from ...replay.visible import one_line
from . import history
from .shelf import Shelf

Values = Mapping[str, Any]

MOST_LINES = 400
"""Lines drawn of a family; those are kept that are nearest to the one that was asked for."""
MOST_BESIDE = 40
"""The same where a tree stands among others."""
PAGE = 20
"""Trees of a run at once."""

SORTS: Mapping[str, str] = {"lines": "most lines", "gained": "most gained", "name": "by name"}
"""Name in addresses -> what trees are sorted by."""


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


@frozen
class Tree:
    """A family. lines: those shown, each after the one it was forked from. size: of the whole family."""

    root: str
    lines: Sequence[Line]
    size: int
    best: float | None
    picture: Picture

    @property
    def left(self) -> int:
        return self.size - len(self.lines)

    @property
    def gained(self) -> float | None:
        """How much better than the root its best fork is."""
        root = self.lines[0].score
        return None if root is None or self.best is None or self.best <= root else self.best - root


@frozen
class Forest:
    """A page of the trees of a run. total: trees; forks: of the whole run."""

    trees: Sequence[Tree]
    total: int
    forks: int
    sort: str
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def tree(shelf: Shelf, run: str, episode: str) -> Tree:
    """The family of an episode. Raises UnknownEpisode."""
    new = _unlisted(shelf, run, episode)
    kin = _Kin.of(shelf, run, new)
    return _tree(shelf, run, kin, kin.root(episode), episode, MOST_LINES, new)


def forest(shelf: Shelf, run: str, sort: str, page: int) -> Forest:
    """All trees of a run, one page of them. A sort that there is not is the first."""
    sort = sort if sort in SORTS else next(iter(SORTS))
    kin = _Kin.of(shelf, run, ())
    sizes, best = dict[str, int](), dict[str, float]()
    for name in kin.parents:
        root = kin.root(name)
        sizes[root] = sizes.get(root, 0) + 1
        score = kin.scores.get(name)
        if name != root and score is not None:
            best[root] = max(score, best.get(root, score))

    def order(root: str) -> tuple[float, str]:
        if sort == "lines":
            return -sizes[root], root
        return (kin.scores.get(root) or 0.0) - best.get(root, 0.0) if sort == "gained" else 0, root

    roots = sorted((root for root, size in sizes.items() if size > 1), key=order)
    page = max(1, min(page, -(-len(roots) // PAGE)))
    chosen = roots[(page - 1) * PAGE : page * PAGE]
    trees = [_tree(shelf, run, kin, root, root, MOST_BESIDE, ()) for root in chosen]
    return Forest(trees, len(roots), sum(sizes[root] for root in roots) - len(roots), sort, page)


# --- who was forked from whom ------------------------------------------------------------------------------------


@frozen
class _Kin:
    """All families of a run that have forks. parents: of each line, None for a root; one that is missing is a root too."""

    parents: Mapping[str, str | None]
    children: Mapping[str, Sequence[str]]
    scores: Mapping[str, float | None]
    _roots: dict[str, str] = field(factory=dict[str, str], init=False)

    @classmethod
    def of(cls, shelf: Shelf, run: str, new: Sequence[Values]) -> _Kin:
        """new: rows besides those of the listing."""
        rows = [
            *new,
            *shelf.ask(
                "SELECT episode, parent, score FROM parts.listing WHERE run = $1 AND (parent IS NOT NULL OR episode IN ("
                "SELECT parent FROM parts.listing WHERE run = $1 AND parent IS NOT NULL)) ORDER BY episode",
                [shelf.column(run)],
            ),
        ]
        parents: dict[str, str | None] = {row["episode"]: row["parent"] for row in rows}
        parents |= {parent: None for parent in parents.values() if parent is not None and parent not in parents}
        for name in _looping(parents):
            parents[name] = None
        children: dict[str, list[str]] = {}
        for name, parent in parents.items():
            if parent is not None:
                children.setdefault(parent, []).append(name)
        return cls(parents, children, {row["episode"]: row["score"] for row in rows})

    def root(self, episode: str) -> str:
        passed: list[str] = []
        while episode not in self._roots and (parent := self.parents.get(episode)) is not None:
            passed.append(episode)
            episode = parent
        root = self._roots.get(episode, episode)
        self._roots.update(dict.fromkeys(passed, root))
        return root

    def size(self, root: str) -> int:
        return sum(1 for _ in self._down(root))

    def best(self, root: str) -> float | None:
        found = (self.scores.get(name) for name in self._down(root) if name != root)
        return max((score for score in found if score is not None), default=None)

    def near(self, root: str, episode: str, most: int) -> set[str]:
        """The line, its ancestors, and of the others as many as there may be, the nearest first."""
        chosen, name = {root}, episode
        while name != root:
            chosen.add(name)
            name = self.parents[name] or root
        edge = [episode, *(name for name in chosen if name != episode)]
        for name in edge:  # grows as it is gone through
            beside = [*self.children.get(name, ()), self.parents.get(name)]
            for each in beside:
                if each is not None and each not in chosen and len(chosen) < most:
                    chosen.add(each)
                    edge.append(each)
        return chosen

    def _down(self, root: str) -> Iterator[str]:
        waiting = [root]
        while waiting:
            name = waiting.pop()
            yield name
            waiting += self.children.get(name, ())


def _looping(parents: Mapping[str, str | None]) -> list[str]:
    """One line of each circle of parents, which only a damaged log can name."""
    done, found = set[str](), list[str]()
    for start in parents:
        path, name = dict[str, None](), start
        while name is not None and name not in done and name not in path:
            path[name] = None
            name = parents.get(name)
        if name is not None and name in path:
            found.append(name)
        done.update(path)
    return found


# --- what the lines say ------------------------------------------------------------------------------------------


def _unlisted(shelf: Shelf, run: str, episode: str) -> list[Values]:
    """Rows, such as the listing has them, of a line that it does not know yet, and of such ancestors: it is made anew only
    now and then, and who has just forked looks at the tree. Raises UnknownEpisode."""
    found: list[Values] = []
    name: str | None = episode
    while name is not None and not shelf.ask(
        "SELECT 1 FROM parts.listing WHERE run = ? AND episode = ?", [shelf.column(run), name]
    ):
        its = history.page(shelf, run, name)
        line, parent = its.trajectory, its.trajectory.parent or {}
        found.append({
            "episode": name, "parent": parent.get("episode"), "parent_seq": parent.get("seq"), "first_seq": line.inherited,
            "events": len(line) - line.inherited, "agent": its.labels.get("agent"), "status": its.status,
            "standing": its.verdict, "score": its.reward,
            "edits": [{"entity": one.entity, "id": one.id, "set": one.set} for one in line.opened.changes],
        })  # fmt: skip
        name = parent.get("episode")
    return found


def _tree(shelf: Shelf, run: str, kin: _Kin, root: str, episode: str, most: int, new: Sequence[Values]) -> Tree:
    names = kin.near(root, episode, most)
    rows = shelf.ask(
        "SELECT episode, parent_seq, first_seq, events, agent, status, standing, score, edits "
        "FROM parts.listing WHERE run = ? AND episode IN (SELECT unnest(?::VARCHAR[]))",
        [shelf.column(run), sorted(names)],
    )
    known: dict[str, Values] = {row["episode"]: row for row in (*new, *rows)}
    lines = _ordered(kin, root, names, known)
    return Tree(root, lines, kin.size(root), kin.best(root), draw(lines))


def _ordered(kin: _Kin, root: str, names: set[str], known: Mapping[str, Values]) -> list[Line]:
    """Each after the one it was forked from; of the forks of one line those first that leave it last, so that no branch of
    the picture crosses another."""
    lines: dict[str, Line] = {}
    waiting: list[tuple[str, str | None]] = [(root, None)]
    while waiting:
        name, parent = waiting.pop()
        line = _line(name, known.get(name), lines.get(parent) if parent else None)
        while line.anchor is not None and line.at < lines[line.anchor].first and lines[line.anchor].anchor is not None:
            line = evolve(line, anchor=lines[line.anchor].anchor)
        lines[name] = line
        forks = sorted((each for each in kin.children.get(name, ()) if each in names), reverse=True)
        waiting += [(each, name) for each in sorted(forks, key=lambda each: _at(known.get(each)))]
    return list(lines.values())


def _at(row: Values | None) -> int:
    return -1 if row is None else row["parent_seq"] if row["parent_seq"] is not None else row["first_seq"] - 1


def _line(name: str, row: Values | None, parent: Line | None) -> Line:
    level, above = (parent.level + 1, parent.episode) if parent else (0, None)
    if row is None:
        return Line(name, above, above, -1, 0, 0, level, "", "", None, "", "", missing=True)
    last = row["first_seq"] + row["events"] - 1
    return Line(
        name, above, above, _at(row) if parent else -1, row["first_seq"], last, level, row["agent"] or "",
        row["standing"], row["score"], row["status"], edited(row["edits"]) if parent else "",
    )  # fmt: skip


def edited(changes: Sequence[Mapping[str, Any]] | None, most: int = 3) -> str:
    """What a fork changed, in a few words."""
    told = [
        f"{change.get('entity')}/{change.get('id')} "
        + ", ".join(f"{name}={one_line(shown(value))}" for name, value in (change.get("set") or {}).items())
        for change in (changes or ())[:most]
        if isinstance(change, Mapping)
    ]
    left = len(changes or ()) - most
    return one_line("; ".join(told)) + (f" and {counted(left, 'change')} more" if left > 0 else "")


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
