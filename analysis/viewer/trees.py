"""Fork trees: the family of an episode, or all families of a run.

Who was forked from whom is asked of the listing, in one query for a run, so that it costs little whatever the run holds; what a
line says is asked of those lines only that are drawn. Going through a family is a loop: forks of forks may go deeper than calls
of Python do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import field, frozen

from ...replay.otherwise import Otherwise, brief
from .branches import Line, Picture, draw, ordered
from .shelf import Shelf
from .unlisted import Values, unlisted

MOST_LINES = 400
"""Lines drawn of a family; those are kept that are nearest to the one that was asked for."""
MOST_BESIDE = 40
"""The same where a tree stands among others."""
PAGE = 20
"""Trees of a run at once."""

SORTS: Mapping[str, str] = {"lines": "most lines", "gained": "most gained", "name": "by name"}
"""Name in addresses -> what trees are sorted by."""


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
    new = unlisted(shelf, run, episode)
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


def _tree(shelf: Shelf, run: str, kin: _Kin, root: str, episode: str, most: int, new: Sequence[Values]) -> Tree:
    names = kin.near(root, episode, most)
    rows = shelf.ask(
        "SELECT episode, parent_seq, first_seq, events, agent, status, standing, score "
        "FROM parts.listing WHERE run = ? AND episode IN (SELECT unnest(?::VARCHAR[]))",
        [shelf.column(run), sorted(names)],
    )
    edits = shelf.edits(run, sorted(names))
    known = {row["episode"]: {"edits": edits.get(row["episode"]), **row} for row in (*new, *rows)}
    lines = _ordered(kin, root, names, known)
    return Tree(root, lines, kin.size(root), kin.best(root), draw(lines))


def _ordered(kin: _Kin, root: str, names: set[str], known: Mapping[str, Values]) -> list[Line]:
    """Those of the family that are shown."""
    shown = {name: [fork for fork in kin.children.get(name, ()) if fork in names] for name in names}
    return ordered(
        root, shown, lambda name: _at(known.get(name)), lambda name, above: _line(name, known.get(name), above)
    )


def _at(row: Values | None) -> int:
    return -1 if row is None else row["parent_seq"] if row["parent_seq"] is not None else row["first_seq"] - 1


def _line(name: str, row: Values | None, parent: Line | None) -> Line:
    level, above = (parent.level + 1, parent.episode) if parent else (0, None)
    if row is None:
        return Line(name, above, above, -1, 0, 0, level, "", "", None, "", "", missing=True)
    last = row["first_seq"] + row["events"] - 1
    return Line(
        name, above, above, _at(row) if parent else -1, row["first_seq"], last, level, row["agent"] or "",
        row["standing"], row["score"], row["status"], _edited(row["edits"]) if parent else "",
    )  # fmt: skip


def _edited(otherwise: Values | None) -> str:
    """What a fork has otherwise, in a few words."""
    if otherwise is None:
        return ""
    return brief(Otherwise(**{name: value for name, value in otherwise.items() if value is not None}).words())
