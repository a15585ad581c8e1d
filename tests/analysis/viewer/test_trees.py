"""Fork trees: who belongs to whom whatever a log names as parents, and pictures in which words can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from corecraft.analysis.viewer import branches, trees
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.scenarios.company import schema_of
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

Parents = Mapping[str, tuple[str | None, int, int]]
"""Episode -> its parent, the last event it inherited, and how many it has of its own."""


def listed(played: Path, parents: Parents) -> tuple[Shelf, str]:
    """A shelf whose listing tells of these besides."""
    shelf = Shelf.of([played], schema_of)
    (run,) = shelf.paths
    con = shelf.connection()
    for episode, (parent, at, events) in parents.items():
        con.execute(
            "INSERT INTO parts.listing BY NAME SELECT ? AS run, ? AS episode, ? AS parent, ?::BIGINT AS parent_seq, "
            "?::BIGINT AS first_seq, ?::BIGINT AS events, 'them' AS agent, 0.5 AS score, 'failed' AS standing, "
            "'closed' AS status",
            [shelf.column(run), episode, parent, at if parent else None, at + 1 if parent else 0, events],
        )
    return shelf, run


def chain(length: int) -> Parents:
    below = {f"deep~{n:04}": ("deep" if n == 0 else f"deep~{n - 1:04}", 5 + 2 * n, 4) for n in range(length)}
    return {"deep": (None, -1, 20), **below}


def test_a_family_may_go_deeper_than_calls_of_python_and_shows_what_is_near(played: Path):
    shelf, run = listed(played, chain(1200))
    tree = trees.tree(shelf, run, "deep~0100")
    assert (tree.root, tree.size, len(tree.lines)) == ("deep", 1201, trees.MOST_LINES)
    shown = [line.episode for line in tree.lines]
    assert shown[:2] == ["deep", "deep~0000"]
    assert "deep~0101" in shown
    assert [line.level for line in tree.lines] == list(range(trees.MOST_LINES))
    assert trees.forest(shelf, run, "lines", 1).trees[0].size == 1201


def test_parents_that_are_missing_or_go_in_a_circle_are_told(played: Path):
    lines: Parents = {"a": ("b", 3, 4), "b": ("c", 3, 4), "c": ("a", 3, 4), "orphan": ("nobody", 7, 2)}
    shelf, run = listed(played, lines)
    tree = trees.tree(shelf, run, "orphan")
    assert [(line.episode, line.missing) for line in tree.lines] == [("nobody", True), ("orphan", False)]
    assert tree.lines[0].outcome == "not in this run"
    for name in "abc":
        assert sorted(line.episode for line in trees.tree(shelf, run, name).lines) == ["a", "b", "c"]


def test_a_fork_that_the_listing_does_not_know_yet_is_drawn_all_the_same(played: Path):
    shelf, run = listed(played, {})
    (fork,) = shelf.ask("SELECT episode FROM parts.listing WHERE parent IS NOT NULL")
    before = trees.tree(shelf, run, fork["episode"])
    shelf.connection().execute("DELETE FROM parts.listing")
    assert trees.tree(shelf, run, fork["episode"]) == before


def test_a_line_that_parts_before_its_parent_began_leaves_an_ancestor(played: Path):
    shelf, run = listed(played, {"r": (None, -1, 30), "x": ("r", 20, 5), "y": ("x", 10, 5)})
    lines = {line.episode: line for line in trees.tree(shelf, run, "y").lines}
    assert (lines["y"].parent, lines["y"].anchor, lines["y"].level) == ("x", "r", 2)


def test_pages_link_every_line_at_the_event_it_parts_at(played: Path):
    shelf, run = listed(played, {"r": (None, -1, 30), "r<1>": ("r", 20, 5)})
    client = TestClient(Viewer(shelf).app("t"), base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})
    page = client.get(f"/runs/{run}/r/tree").text
    assert f'href="/runs/{run}/r%3C1%3E#s21"' in page
    assert "r&lt;1&gt;, forked from r after 20: failed, reward 0.5, them" in page
    assert re.search(r'class="branch failed here" href="/runs/\w+/r"', page)
    assert f'href="/runs/{run}/r/tree"' in client.get(f"/forks/{run}?sort=name").text
    assert client.get(f"/runs/{run}/nobody/tree").status_code == 404


# --- pictures ----------------------------------------------------------------------------------------------------


@st.composite
def families(draw: st.DrawFn) -> list[branches.Line]:
    """Lines as `ordered` gives them: each after the one it leaves, the last to leave first."""
    count = draw(st.integers(1, 30))
    made: list[tuple[int, int, int, int]] = [(-1, -1, 0, draw(st.integers(2, 60)))]
    for _ in range(count - 1):
        above = draw(st.integers(0, len(made) - 1))
        _, _, first, last = made[above]
        at = draw(st.integers(first, last))
        made.append((above, at, at + 1, at + draw(st.integers(1, 40))))
    ordered, waiting = list[branches.Line](), [0]
    while waiting:
        number = waiting.pop()
        above, at, first, last = made[number]
        parent = None if above < 0 else str(above)
        ordered.append(
            branches.Line(str(number), parent, parent, at, first, last, 0, "them", "passed", 1.0, "closed", "")
        )
        waiting += sorted((n for n, one in enumerate(made) if one[0] == number), key=lambda n: made[n][1])
    return ordered


@given(families())
def test_no_words_run_into_others_and_branches_leave_where_their_line_is(lines: Sequence[branches.Line]):
    picture = branches.draw(lines)
    at = {one.line.episode: one for one in picture.placed}
    assert len({(one.x, one.y) for one in picture.placed}) == len(lines)
    for one in picture.placed:
        assert 0 < one.x < picture.width
        assert 0 < one.y < picture.height
        if one.line.anchor is not None:
            start, top = map(int, re.match(r"M(\d+) (\d+)", one.path).groups())  # type: ignore[union-attr]
            above = at[one.line.anchor]
            assert top == above.y < one.y
            assert start <= above.x
            assert (start, top) in picture.joints
    for y in {one.y for one in picture.placed}:
        beside = sorted((one.x, int(re.match(r"M(\d+)", one.path)[1])) for one in picture.placed if one.y == y)  # type: ignore[index]
        assert all(end < start for (end, _), (_, start) in pairwise(beside))


@pytest.mark.parametrize(("text", "told"), [("short", "short"), ("a" * 20 + "b" * 20, "a" * 14 + "…" + "b" * 14)])
def test_long_ids_are_cut_in_the_middle(text: str, told: str):
    assert branches.short(text) == told
