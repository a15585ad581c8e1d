"""What a fork has otherwise, as view, diff and the tree of a run tell it."""

from __future__ import annotations

from pathlib import Path

from corecraft.engine.agenda import Clock, Plan
from corecraft.engine.edits import ClockSet, Edit, EditedReply, OtherTools, Told
from corecraft.engine.episode import Episode
from corecraft.engine.event import Change
from corecraft.engine.faults import Faults
from corecraft.engine.run import Run
from corecraft.replay import diff, view
from corecraft.replay.lineage import lineage, render
from corecraft.replay.otherwise import brief, edits_since

from ..toy import START, episode, genesis, toolset
from .test_view import text_of

EDITS: list[Edit] = [
    Change("pot", "p1", {"price": 0}, ("color",)),
    EditedReply(2, {"error": "timed out"}, ok=False),
    OtherTools(toolset().describing({"listPots": "Lists\npots."})),
    ClockSet(START + 60_000),
    Plan(Clock("stepped", 5), faults=Faults(1, 0.25)),
    Told("Never mind."),
]
WORDS = [
    "pot/p1 price=0, without color",
    'reply 2={"error": "timed out"}',
    "describe listPots=Lists\\npots.",
    "clock=2025-12-01T19:01:00Z",
    "plan: clock stepped, a share of 0.25 of the calls fails",
    "say=Never mind.",
]


def family(folder: Path) -> tuple[Run, Episode, Episode]:
    run = Run.create(folder / "run", {})
    log = run.writer("w", lambda: 0)
    parent = episode("parent", log=log)
    parent.call("listPots", {})
    child = parent.fork(id="child", edits=EDITS)
    child.call("listPots", {})
    child.advance_clock(START + 120 * 60_000)
    child.fork(id="plain").call("listPots", {})
    child.fork(at=2, id="late", edits=[Told("Again.")]).keep()
    log.close()
    return Run(run.path), parent, child


def test_every_kind_of_edit_is_told_as_it_is_written(tmp_path: Path):
    run, _, child = family(tmp_path)
    graph = lineage(run)
    assert list(graph.nodes["child"]["edits"]) == WORDS, "the clock moved on later is no edit"
    assert graph.nodes["parent"]["edits"] == graph.nodes["plain"]["edits"] == ()
    assert graph.nodes["child"]["first"] == 3
    assert edits_since(child.trajectory(), 0) == WORDS
    assert edits_since(run.trajectory("plain"), 0) == WORDS, "what it inherited it has, too"
    assert edits_since(run.trajectory("plain"), len(child.trajectory()) - 1) == []
    shown = text_of(render(graph))
    assert "± pot/p1 price=0, without color; reply 2=" in shown
    assert brief(WORDS).endswith("listPots=Lists\\npots. and 3 more")


def test_tools_are_compared_with_those_that_the_shared_past_had(tmp_path: Path):
    run, _, _ = family(tmp_path)
    assert list(lineage(run).nodes["late"]["edits"]) == ["describe listPots=Lists\\npots.", "say=Again."]


def test_an_edited_reply_is_viewed_as_the_agent_read_it(tmp_path: Path):
    run, parent, child = family(tmp_path)
    shown = text_of(view.render(run.trajectory("child"), genesis=genesis()))
    assert "listPots()  -> [edited] ✗ timed out" in shown
    assert "[edited]" not in text_of(view.render(parent.trajectory(), genesis=genesis()))
    (edited,) = (step for step in view.steps(child.trajectory()) if step.edited)
    assert edited.seq == 1


def test_a_comparison_says_by_which_edits_the_lines_differ(tmp_path: Path):
    _, parent, child = family(tmp_path)
    found = diff.diff(parent.trajectory(), child.trajectory(), genesis(), "parent")
    assert found.edits == ([], WORDS)
    shown = text_of(diff.render(found))
    assert "the first 3 events are the same; common ancestor parent" in shown
    assert "  ± say=Never mind." in shown


def test_a_fault_shows_with_its_call():
    e = episode(plan=Plan(faults=Faults(1, 1.0, ("lost",))))
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    shown = text_of(view.render(e.trajectory(), genesis=genesis()))
    assert "-> [fault: lost] ✗ No answer came in time." in shown
