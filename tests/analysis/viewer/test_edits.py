"""Every kind of edit, and faults, on the pages of an episode and of two lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.hands import LocalHands
from corecraft.engine.agenda import Plan
from corecraft.engine.edits import ClockSet, EditedReply, Told
from corecraft.engine.event import Change
from corecraft.engine.faults import Faults
from corecraft.engine.run import Run
from starlette.testclient import TestClient

from ...toy import START, TABLES, episode, genesis


@pytest.fixture
def run(tmp_path: Path) -> Path:
    made = Run.create(tmp_path / "run", {})
    made.add_genesis(genesis())
    log = made.writer("w", lambda: 0)
    parent = episode("parent", log=log)
    parent.call("listPots", {})
    child = parent.fork(
        id="child",
        edits=[
            Change("pot", "p1", {"price": 0}),
            EditedReply(2, {"error": "<b>timed out</b>"}, ok=False),
            ClockSet(START + 60_000),
            Plan(faults=Faults(1, 1.0, ("lost",))),
            Told("Never mind."),
        ],
    )
    child.call("paintPot", {"pot_id": "p1", "color": "red"})
    log.close()
    return made.path


def asking(run: Path, hands: LocalHands | None = None) -> TestClient:
    viewer = Viewer(Shelf.of([run], lambda _: TABLES), hands)
    return TestClient(viewer.app("t"), base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})


def test_the_page_of_a_fork_tells_what_is_otherwise_and_what_failed(run: Path):
    page = asking(run).get("/runs/run/child").text
    assert "± reply 2={&#34;error&#34;: &#34;&lt;b&gt;timed out&lt;/b&gt;&#34;}" in page
    assert "± clock=2025-12-01T19:01:00Z" in page
    assert "± plan: a share of 1.0 of the calls fails" in page
    assert "± say=Never mind." in page
    assert page.count('<span class="tag">edited</span>') == 1
    assert '<span class="tag">fault: lost</span>' in page
    parent = asking(run).get("/runs/run/parent").text
    assert ">edited<" not in parent
    assert "fault:" not in parent


def test_two_lines_differ_by_their_edits(run: Path):
    page = asking(run).get("/compare?left=run/parent&right=run/child").text
    assert "± pot p1" in page
    assert "± say=Never mind." in page
    assert page.count("± ") == 5, "a row is told with what it held before, and not a second time"


def test_the_form_says_how_edits_are_written(run: Path):
    forms = LocalHands().forms()
    page = asking(run, LocalHands()).get("/runs/run/parent").text
    assert all(f"<code>{form}</code>" in page for form in forms)
