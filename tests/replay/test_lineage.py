"""Which episode forked from which."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.engine.errors import UnknownEpisode
from corecraft.engine.run import Run
from corecraft.replay.lineage import common_ancestor, lineage, render

from ..toy import episode
from .test_view import text_of


def family(path: Path) -> Run:
    """root -> left -> leftmost (which forked inside what left inherited), root -> right; and a stranger."""
    run = Run.create(path / "run", {})
    log = run.writer("w", lambda: 0)
    root = episode("root", log=log, labels={"agent": "a"})
    for _ in range(3):
        root.call("listPots", {})
    left = root.fork(at=4, id="left")
    left.call("listPots", {})
    leftmost = left.fork(at=2, id="leftmost")
    leftmost.submit("x")
    leftmost.record("episode.graded", {"reward": 0.5, "passed": False, "criteria": []})
    root.fork(id="right").call("listPots", {})
    episode("stranger", log=log)
    return run


def test_parents_and_the_events_they_share(tmp_path: Path):
    graph = lineage(family(tmp_path))
    assert {(a, b): d["seq"] for a, b, d in graph.edges(data=True)} == {
        ("root", "left"): 4,
        ("left", "leftmost"): 2,
        ("root", "right"): 6,
    }
    assert graph.nodes["leftmost"]["reward"] == 0.5
    assert graph.nodes["leftmost"]["status"] == "closed"
    assert graph.nodes["root"]["labels"] == {"agent": "a"}


def test_common_ancestors(tmp_path: Path):
    graph = lineage(family(tmp_path))
    assert common_ancestor(graph, "left", "right") == ("root", 4)
    assert common_ancestor(graph, "leftmost", "right") == ("root", 2)
    assert common_ancestor(graph, "left", "root") == ("root", 4)
    assert common_ancestor(graph, "left", "left") == ("left", None)
    assert common_ancestor(graph, "left", "stranger") is None
    with pytest.raises(UnknownEpisode):
        common_ancestor(graph, "nobody", "root")


def test_the_tree_is_drawn_and_damage_does_not_hide_it(tmp_path: Path):
    run = family(tmp_path)
    with run.segments[0].open("ab") as file:
        file.write(b'garbage\n{"episode":"root","wall')
    shown = text_of(render(lineage(Run(run.path))))
    assert "root  open, 7 own events  agent=a" in shown
    assert "after 2: leftmost  closed, 4 own events, reward 0.500" in shown
    assert "stranger  open, 1 own event\n" in shown
    assert "stranger" in shown


def test_what_its_agent_raised_makes_an_episode_failed_and_no_fork_of_it(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    log = run.writer("w", lambda: 0)
    parent = episode("parent", log=log)
    parent.record("agent.failed", {"error": "Timeout", "message": "529"})
    parent.close("agent_failed")
    parent.fork(id="child").submit("Done.")
    graph = lineage(Run(run.path))
    assert {name: graph.nodes[name]["status"] for name in graph} == {"parent": "failed", "child": "closed"}


def test_a_parent_that_is_not_there_is_shown_as_missing(tmp_path: Path):
    run = family(tmp_path)
    path = run.segments[0]
    lines = path.read_bytes().splitlines(True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(b'{"episode":"root"')))
    graph = lineage(Run(run.path))
    assert graph.nodes["root"]["status"] == "missing"
