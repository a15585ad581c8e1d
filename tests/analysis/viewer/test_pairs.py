"""Two episodes side by side: what is told of them, and that long ones take no longer than they may."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.analysis.viewer import pairs, trees
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.engine.errors import CoreCraftError, UnknownEpisode
from corecraft.replay.diff import matched
from corecraft.replay.fields import ABSENT
from corecraft.scenarios.company import schema_of
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

FEW = st.lists(st.sampled_from("abc"), max_size=12)


@given(left=FEW, right=FEW)
def test_stretches_cover_both_sides_and_what_is_called_equal_is(left: list[str], right: list[str]):
    found = matched(left, right)
    assert [one for _, a, b, _, _ in found for one in left[a:b]] == left
    assert [one for _, _, _, c, d in found for one in right[c:d]] == right
    assert all(left[a:b] == right[c:d] for how, a, b, c, d in found if how == "equal")
    assert (len(found) == 1 and found[0][0] == "equal") or left != right or not left


@given(left=st.text("ab \n", max_size=40), right=st.text("ab \n", max_size=40))
def test_both_texts_are_told_whole_and_what_is_not_marked_is_the_same(left: str, right: str):
    ours, theirs = pairs.words(left, right)
    assert ("".join(one.text for one in ours), "".join(one.text for one in theirs)) == (left, right)
    plain = ["".join(one.text for one in side if not one.other) for side in (ours, theirs)]
    assert plain[0] == plain[1]


def test_what_is_too_long_to_be_matched_one_by_one_is_told_apart_as_a_whole():
    assert matched(["a", "b"] * 4000, ["b", "c", "a"] * 3000) == [("replace", 0, 8000, 0, 9000)]
    for left, right in (("x\ny\n" * 20_000, "y\nx\n" * 20_000), ("word " * 50_000, "other " * 50_000)):
        ours, theirs = pairs.words(left, right)
        assert [one.other for one in (*ours, *theirs) if one.text.strip()] == [True, True]
    shared = ["a", "b"] * 4000
    assert [how for how, *_ in matched([*shared, "c"], [*shared, "d"])] == ["equal", "replace"]


def test_a_line_and_its_fork_part_where_it_was_forked(shelf: Shelf):
    (run,) = shelf.paths
    (fork,) = shelf.ask("SELECT episode, parent, parent_seq FROM parts.listing WHERE parent IS NOT NULL")
    pair = pairs.pair(shelf, (run, fork["parent"]), (run, fork["episode"]))
    assert pair.common == fork["parent_seq"] + 1
    kinds = pairs.partners(shelf, run, fork["parent"])
    assert fork["episode"] in [one.episode for kind in kinds for one in kind.found]


def test_a_fork_that_the_listing_does_not_know_yet_is_offered_the_same_relatives(played: Path):
    shelf = Shelf.of([played], schema_of)
    (run,) = shelf.paths
    (fork,) = shelf.ask("SELECT episode, parent FROM parts.listing WHERE parent IS NOT NULL")
    before = pairs.partners(shelf, run, fork["episode"])
    assert before[0].heading == "What it was forked from"
    shelf.connection().execute("DELETE FROM parts.listing WHERE episode = ?", [fork["episode"]])
    assert pairs.partners(shelf, run, fork["episode"]) == before
    shelf.connection().execute("DELETE FROM parts.listing WHERE episode = ?", [fork["parent"]])
    ((parent,),) = (
        kind.found for kind in pairs.partners(shelf, run, fork["episode"]) if kind.heading == before[0].heading
    )
    assert parent == before[0].found[0]


def test_the_tree_of_a_family_is_the_same_from_each_of_its_lines(shelf: Shelf):
    (run,) = shelf.paths
    (fork,) = shelf.ask("SELECT episode, parent FROM parts.listing WHERE parent IS NOT NULL")
    above, below = (trees.tree(shelf, run, fork[name]) for name in ("parent", "episode"))
    assert [line.episode for line in above.lines] == [line.episode for line in below.lines]
    assert above.size == 2
    assert trees.forest(shelf, run, "", 1).trees[0].root == fork["parent"]
    with pytest.raises(UnknownEpisode):
        trees.tree(shelf, run, "nobody")


def test_words_that_differ_are_one_stretch_with_the_spaces_between():
    ours, theirs = pairs.words("It is lost for good.", "It is found by chance.")
    assert [(one.text, one.other) for one in ours] == [("It is ", False), ("lost for good", True), (".", False)]
    assert [one.text for one in theirs if one.other] == ["found by chance"]


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}}, [("b.c", 2, 3)]),
        ([{"id": "x", "n": 1}, {"id": "y", "n": 2}], [{"id": "y", "n": 2}, {"id": "x", "n": 5}], [("[x].n", 1, 5)]),
        ([1, 2], [1, 3], [("[1]", 2, 3)]),
        ({"a": [1]}, {"a": {"b": 1}}, [("a", [1], {"b": 1})]),
        (True, 1, [("reply", True, 1)]),
        ([{"id": "x"}, {"id": "x"}], [{"id": "x"}], [("[1]", {"id": "x"}, ABSENT)]),
    ],
)
def test_replies_are_told_apart_field_by_field(left: object, right: object, told: list[object]):
    assert [(one.name, one.left, one.right) for one in pairs.deep(left, right)] == told


def test_tasks_of_two_kinds_are_compared_as_far_as_they_go(shelf: Shelf):
    (run,) = shelf.paths
    one, other = (row["episode"] for row in shelf.ask("SELECT episode FROM parts.listing WHERE parent IS NULL LIMIT 2"))
    pair = pairs.pair(shelf, (run, one), (run, other))
    assert "different tasks" in pair.notes[0]
    assert pair.differing
    assert all((item.left or item.right) for stretch in pair.stretches for item in stretch.rows)
    with pytest.raises(CoreCraftError, match="RUN/EPISODE"):
        pairs.named("only-a-run")


def test_every_page_of_a_comparison_is_served(shelf: Shelf):
    (run,) = shelf.paths
    client = TestClient(Viewer(shelf).app("t"), base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})
    (fork,) = shelf.ask("SELECT episode, parent FROM parts.listing WHERE parent IS NOT NULL")
    both = client.get(pairs.address(run, fork["parent"], run, fork["episode"]))
    assert both.status_code == 200
    assert "events are the same" in both.text
    assert client.get(pairs.address(run, fork["parent"])).text.count("Its forks") == 1
    assert client.get("/compare").status_code == 200
    assert client.get(pairs.address(run, fork["parent"], run, "nobody")).status_code == 404
