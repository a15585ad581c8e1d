"""Two episodes side by side, from where they part: what each did, said and was graded, and how their last worlds differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from attrs import frozen

from ...engine.canonical import sorted_bytes
from ...engine.errors import CoreCraftError
from ...engine.genesis import Genesis
from ...engine.trajectory import Trajectory
from ...engine.world import World
from ...replay.diff import Difference, common_prefix, matched, partings, row_differences
from ...replay.fields import ABSENT, FieldDifference, around, differences, same
from ...replay.otherwise import edits_since
from ...replay.view import RowChange, Step
from ...replay.visible import visible
from .history import Item, Mark, Page, page
from .shelf import Shelf
from .unlisted import unlisted
from .values import Shown, show

MOST_FIELDS = 30
"""Fields shown in which two replies differ."""
MOST_ROWS = 200
"""Rows shown in which two worlds differ."""
MOST_PARTNERS = 25
"""Episodes offered of each kind."""
_AROUND = 240
"""Characters shown of a value that differs."""
_DEEPEST = 8


@frozen
class Words:
    """A stretch of a text. other: the other text does not have it here."""

    text: str
    other: bool


@frozen
class Apart:
    """A field that differs, with both values as text."""

    name: str
    left: str
    right: str


@frozen
class Beside:
    """What stands in one line of the two columns: a step of either side, or two of the same kind.

    marked: names of arguments that differ. told: both texts, with what differs. reply: fields in which the replies differ, and
    how many more there are. asked: both asked the very same.
    """

    left: Item | None
    right: Item | None
    asked: bool = False
    marked: frozenset[str] = frozenset()
    told: tuple[Sequence[Words], Sequence[Words]] | None = None
    reply: Sequence[Apart] = ()
    more: int = 0


@frozen
class Stretch:
    """Steps that both took, or those of either side between two such stretches."""

    same: bool
    rows: Sequence[Beside]


@frozen
class Criterion:
    """A criterion as both grades have it; None where one does not."""

    id: str
    text: str
    left: Mark | None
    right: Mark | None

    @property
    def differs(self) -> bool:
        if self.left is None or self.right is None:
            return True
        if self.left.state != self.right.state:
            return True
        return self.left.state == "unmet" and self.left.reason != self.right.reason


@frozen
class RowApart:
    """A row that differs in the end. only: the one side that has it, with the whole row."""

    entity: str
    id: str
    only: str
    whole: Shown | None
    fields: Sequence[Apart]


@frozen
class Side:
    """One of the two. edits: what its own forks changed in its world, after the common past. otherwise: what else they have
    otherwise, each as one line."""

    run: str
    page: Page
    edits: Sequence[RowChange]
    otherwise: Sequence[str]

    @property
    def name(self) -> str:
        return f"{self.run}/{self.page.id}"

    @property
    def answer(self) -> str:
        return self.page.trajectory.answer or ""


@frozen
class Pair:
    """All that the page shows. common: leading events that are the same. past: the steps they make.

    notes: what keeps the two from being compared in full. rows: None where the end worlds cannot be compared.
    """

    left: Side
    right: Side
    common: int
    past: Sequence[Item]
    stretches: Sequence[Stretch]
    answers: tuple[Sequence[Words], Sequence[Words]]
    criteria: Sequence[Criterion]
    rows: Sequence[RowApart] | None
    rows_left: int
    notes: Sequence[str]

    @property
    def sides(self) -> tuple[tuple[str, Side], tuple[str, Side]]:
        return ("A", self.left), ("B", self.right)

    @property
    def one_history(self) -> bool:
        return self.common == len(self.left.page.trajectory) == len(self.right.page.trajectory)

    @property
    def differing(self) -> Sequence[Criterion]:
        return [one for one in self.criteria if one.differs]


def address(left_run: str, left: str, right_run: str = "", right: str = "") -> str:
    """Of the page of two episodes, or without the second of the choice of one."""
    sides = {"left": f"{left_run}/{left}"} | ({"right": f"{right_run}/{right}"} if right else {})
    return "/compare?" + urlencode(sides, safe="/~")


def named(text: str) -> tuple[str, str]:
    """Run and episode of `RUN/EPISODE`. Raises CoreCraftError."""
    run, _, episode = text.strip().partition("/")
    if not run or not episode:
        raise CoreCraftError(f"An episode is named as RUN/EPISODE, not as {text!r}")
    return run, episode


def pair(shelf: Shelf, left: tuple[str, str], right: tuple[str, str]) -> Pair:
    """Raises CoreCraftError where there is no such episode, or nothing of it can be read."""
    pages = page(shelf, *left), page(shelf, *right)
    lines = pages[0].trajectory, pages[1].trajectory
    common = common_prefix(*lines)
    # A call that both made and that was answered otherwise parts them: it is no past.
    parted = min((item.seq for its in pages for item in its.items if item.last >= common), default=common)
    sides = [
        Side(run, its, _edits(its, common), edits_since(its.trajectory, common, rows=False))
        for (run, _), its in zip((left, right), pages, strict=True)
    ]
    rows, total, notes = _rows(shelf, left[0], right[0], lines)
    tasks = [(line.task or {}).get("digest") for line in lines]
    if tasks[0] != tasks[1]:
        notes.insert(0, _of_other_tasks(pages))
    notes += [f"{side.name} is damaged and read only as far as it can be" for side in sides if side.page.damage]
    return Pair(
        sides[0], sides[1], common,
        [item for item in pages[0].items if item.last < parted],
        [_stretch(one.same, one.left, one.right, *pages) for one in partings(Difference(*lines, parted, ()))],
        words(*(visible(side.answer) for side in sides)),
        _criteria(*pages), rows, total - len(rows or ()), [visible(note) for note in notes],
    )  # fmt: skip


def _of_other_tasks(pages: tuple[Page, Page]) -> str:
    ids = [str(its.task.get("id") or "no task") for its in pages]
    if ids[0] == ids[1]:
        return f"The two were given different versions of {ids[0]}"
    return f"These are different tasks, {ids[0]} and {ids[1]}: only what they have in common can be set side by side"


def _edits(its: Page, common: int) -> list[RowChange]:
    return [
        change for item in its.items if item.kind == "opened" and item.seq >= common for change in item.step.changes
    ]


# --- steps -------------------------------------------------------------------------------------------------------


def _stretch(alike: bool, left: Sequence[Step], right: Sequence[Step], here: Page, there: Page) -> Stretch:
    ours, theirs = _items(here, left), _items(there, right)
    if alike:
        return Stretch(True, [Beside(a, b, asked=True) for a, b in zip(ours, theirs, strict=True)])
    return Stretch(False, list(_aligned(ours, theirs)))


def _items(its: Page, steps: Sequence[Step]) -> list[Item]:
    by_seq = {item.seq: item for item in its.items}
    return [by_seq[step.seq] for step in steps]


def _aligned(left: Sequence[Item], right: Sequence[Item]) -> Iterator[Beside]:
    """Steps that asked the same beside one another; between them those of one kind, such as two calls of one tool."""
    for how, a, b, c, d in matched([_asked(item) for item in left], [_asked(item) for item in right]):
        ours, theirs = left[a:b], right[c:d]
        if how == "equal":
            yield from (_beside(one, other) for one, other in zip(ours, theirs, strict=True))
            continue
        for kind, e, f, g, h in matched([_sort(item) for item in ours], [_sort(item) for item in theirs]):
            if kind == "equal":
                yield from (_beside(one, other) for one, other in zip(ours[e:f], theirs[g:h], strict=True))
            else:
                yield from _apart(ours[e:f], theirs[g:h])


def _apart(left: Sequence[Item], right: Sequence[Item]) -> Iterator[Beside]:
    for place in range(max(len(left), len(right))):
        yield Beside(
            left[place] if place < len(left) else None,
            right[place] if place < len(right) else None,
        )


def _sort(item: Item) -> tuple[str, str]:
    return item.kind, item.title


def _asked(item: Item) -> tuple[str, str, bytes]:
    arguments = item.step.data.get("arguments")
    return item.kind, item.title, sorted_bytes(item.brief if arguments is None else arguments)


def _beside(left: Item, right: Item) -> Beside:
    """Two steps of one kind, with what differs."""
    if left.kind in ("prompt", "turn"):
        return Beside(left, right, asked=left.brief == right.brief, told=words(left.brief, right.brief))
    ours, theirs = left.step.data.get("arguments"), right.step.data.get("arguments")
    marked = {one.name for one in differences(_record(ours), _record(theirs))}
    found: list[FieldDifference] = []
    if left.step.call and right.step.call:
        found = list(deep(left.step.call.reply, right.step.call.reply))
    apart = [_apart_in(one) for one in found[:MOST_FIELDS]]
    asked = same(ours, theirs) and left.kind == right.kind
    return Beside(left, right, asked, frozenset(map(visible, marked)), None, apart, len(found) - len(apart))


def _record(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def deep(left: Any, right: Any, path: str = "", level: int = 0) -> Iterator[FieldDifference]:
    """Where two values differ, as deep as they have the same shape. Rows of lists are matched by id where they have one."""
    if same(left, right):
        return
    ours, theirs = (_members(value) for value in (left, right))
    if level >= _DEEPEST or ours is None or theirs is None or isinstance(left, list) != isinstance(right, list):
        yield FieldDifference(path or "reply", left, right)
        return
    if isinstance(left, list) and not (_ids(left) and _ids(right)):
        ours, theirs = dict(enumerate(left)), dict(enumerate(right))
    for name in dict.fromkeys((*ours, *theirs)):
        inner = f"{path}[{name}]" if isinstance(left, list) else f"{path}.{name}".lstrip(".")
        yield from deep(ours.get(name, ABSENT), theirs.get(name, ABSENT), inner, level + 1)


def _members(value: Any) -> dict[Any, Any] | None:
    """What a value consists of, by name; None where it is one value."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list):
        return dict(zip(ids, value, strict=True)) if (ids := _ids(value)) else dict(enumerate(value))
    return None


def _ids(values: list[Any]) -> list[str]:
    """The ids of rows, each with another; none where one lacks it."""
    ids = [one["id"] for one in values if isinstance(one, Mapping) and isinstance(one.get("id"), str)]
    return ids if len(set(ids)) == len(values) else []


def _apart_in(field: FieldDifference) -> Apart:
    left, right = around(field.left, field.right, _AROUND)
    return Apart(visible(field.name), visible(left), visible(right))


# --- texts -------------------------------------------------------------------------------------------------------


def words(left: str, right: str) -> tuple[Sequence[Words], Sequence[Words]]:
    """Both texts in stretches, each with whether the other lacks it: by lines first, and within lines that differ by words."""
    sides: tuple[list[Words], list[Words]] = ([], [])
    lines = left.splitlines(keepends=True), right.splitlines(keepends=True)
    for how, a, b, c, d in matched(*lines):
        ours, theirs = "".join(lines[0][a:b]), "".join(lines[1][c:d])
        pieces = ([ours], [theirs]) if how == "equal" else (_PIECES.findall(ours), _PIECES.findall(theirs))
        found = matched(*pieces)
        for place, (same_or_not, e, f, g, h) in enumerate(found):
            said = "".join(pieces[0][e:f]), "".join(pieces[1][g:h])
            other = same_or_not != "equal" or (0 < place < len(found) - 1 and said[0].strip(" ") == "")
            for side, text in zip(sides, said, strict=True):
                _add(side, text, other)
    return sides


_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


def _add(side: list[Words], text: str, other: bool) -> None:
    """Words that differ are one stretch with the spaces between them: a reader looks for what was said otherwise."""
    if side and side[-1].other == other:
        text = side.pop().text + text
    if text:
        side.append(Words(text, other))


# --- criteria and rows -------------------------------------------------------------------------------------------


def _criteria(left: Page, right: Page) -> list[Criterion]:
    ours, theirs = ({mark.id: mark for mark in its.marks} for its in (left, right))
    both = [(id, ours.get(id), theirs.get(id)) for id in dict.fromkeys((*ours, *theirs))]
    return [Criterion(id, mark.text, a, b) for id, a, b in both if (mark := a or b) is not None]


def _rows(
    shelf: Shelf, left_run: str, right_run: str, lines: tuple[Trajectory, Trajectory]
) -> tuple[list[RowApart] | None, int, list[str]]:
    """The rows that differ in the end, as many as are shown; how many there are; and what is to be said of it."""
    if lines[0].events[0].data["genesis"] != lines[1].events[0].data["genesis"]:
        return None, 0, ["They began in different worlds: the rows that they end with are not compared"]
    known, notes = shelf.genesis(left_run, lines[0]) or shelf.genesis(right_run, lines[1]), list[str]()
    if known is None:
        known = Genesis({}, lines[0].events[0].at, {})
        notes.append(
            "The starting world is not in these runs, or was altered: rows are known only as far as events say"
        )
    found = list(row_differences(*(World(known).fold(line.events) for line in lines)))
    rows = [
        RowApart(
            visible(one.entity), visible(one.id), {"left": "A", "right": "B", None: ""}[one.only],
            show(one.left or one.right) if one.only else None,
            [] if one.only else [_apart_in(field) for field in one.fields],
        )
        for one in found[:MOST_ROWS]
    ]  # fmt: skip
    return rows, len(found), notes


# --- whom to compare with ----------------------------------------------------------------------------------------


@frozen
class Partner:
    """An episode that is worth comparing with. other: its task has the same id, but was another version of it."""

    run: str
    episode: str
    agent: str
    state: str
    score: float | None
    after: int | None
    other: bool


@frozen
class Partners:
    """Those of one kind; left: how many more there are."""

    heading: str
    found: Sequence[Partner]
    left: int


_KINDS: Mapping[str, str] = {
    "What it was forked from": "o.run = me.run AND o.episode = me.parent",
    "Its forks": "o.run = me.run AND o.parent = me.episode",
    "Other forks of the same parent": "o.run = me.run AND o.parent = me.parent",
    "Other trials of the same task": f"{(_TASK := 'o.task_id = me.task_id AND o.parent IS NULL')} AND o.run = me.run "
    "AND o.agent IS NOT DISTINCT FROM me.agent",
    "The same task by other agents": f"{_TASK} AND o.run = me.run AND o.agent IS DISTINCT FROM me.agent",
    "The same task in other runs": f"{_TASK} AND o.run <> me.run",
}
"""What partners are called -> which episodes `o` are such of `me`, the first ones first."""


_KNOWN = """
WITH new AS (
    SELECT unnest(from_json(?, '[{"run": "VARCHAR", "episode": "VARCHAR", "parent": "VARCHAR", "parent_seq": "BIGINT",
        "task_id": "VARCHAR", "task_digest": "VARCHAR", "agent": "VARCHAR", "score": "DOUBLE", "standing": "VARCHAR"}]'),
        recursive := true)
),
known AS (
    SELECT run, episode, parent, parent_seq, task_id, task_digest, agent, score, standing FROM parts.listing
    UNION ALL FROM new
)
"""
"""The listing, and rows besides."""


def partners(shelf: Shelf, run: str, episode: str) -> list[Partners]:
    """Those worth comparing with, of each kind the ones first that fared most differently. Raises UnknownEpisode."""
    new = msgspec.json.encode(unlisted(shelf, run, episode)).decode()
    seen, found = set[tuple[str, str]](), list[Partners]()
    for heading, which in _KINDS.items():
        rows = shelf.ask(
            f"{_KNOWN} SELECT o.run, o.episode, o.agent, o.score, o.standing, o.parent_seq, o.parent, "
            "o.task_digest IS DISTINCT FROM me.task_digest AS other, count(*) OVER () AS total FROM known me "
            f"JOIN known o ON {which} "
            "WHERE me.run = ? AND me.episode = ? AND (o.run, o.episode) <> (me.run, me.episode) "
            "ORDER BY abs(o.score - me.score) DESC NULLS LAST, o.run, o.episode "
            f"LIMIT {MOST_PARTNERS + 1}",
            [new, shelf.column(run), episode],
        )
        mine = [row for row in rows if (row["run"], row["episode"]) not in seen][:MOST_PARTNERS]
        seen |= {(row["run"], row["episode"]) for row in mine}
        if mine:
            found.append(
                Partners(heading, [_partner(shelf, row) for row in mine], max(0, rows[0]["total"] - len(mine)))
            )
    return found


def _partner(shelf: Shelf, row: Mapping[str, Any]) -> Partner:
    after = row["parent_seq"] if row["parent"] is not None else None
    return Partner(
        shelf.name(row["run"]), row["episode"], row["agent"] or "", row["standing"], row["score"], after, row["other"]
    )
