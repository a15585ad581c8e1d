"""Forks made from a page, and an episode as it is played."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.hands import LocalHands
from corecraft.cli.query import connected
from corecraft.engine.run import Run
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play, prepare_run
from corecraft.scenarios.company import schema_of
from starlette.testclient import TestClient

from ...rollouts.judge.rig import log_bytes, verified

EPISODE = "S-2.failing.0"


@pytest.fixture(scope="module")
def pristine(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    task = stage.tasks["S-2"]
    made = prepare_run(tmp_path_factory.mktemp("pristine") / "run", stage, {}, [task])
    with closing(made.writer("w", lambda: 0)) as log:
        play(stage, task, scripted(task, "failing"), log=log)
    return made.path


@pytest.fixture
def run(pristine: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pristine, tmp_path / "run")


@pytest.fixture
def hands() -> LocalHands:
    return LocalHands()


@pytest.fixture
def browser(run: Path, hands: LocalHands) -> TestClient:
    return browsing(run, hands)


@pytest.fixture(scope="module")
def onlooker(pristine: Path) -> TestClient:
    """For what is to leave no trace."""
    return browsing(pristine, LocalHands())


def browsing(run: Path, hands: LocalHands) -> TestClient:
    viewer = Viewer(Shelf.of([run], schema_of, connected), hands)
    headers = {"Authorization": "Bearer t"}
    return TestClient(viewer.app("t"), base_url="http://127.0.0.1", headers=headers, follow_redirects=False)


def fork(browser: TestClient, headers: dict[str, str] | None = None, **asked: Any) -> Any:
    return browser.post("/fork", data={"run": "run", "episode": EPISODE, "at": "4", **asked}, headers=headers or {})


def played(run: Path, hands: LocalHands, child: str) -> Any:
    """The history of a fork, once whoever plays it has ended."""
    until = time.monotonic() + 30
    while hands.fate(run, child) and hands.fate(run, child).playing and time.monotonic() < until:  # type: ignore[union-attr]
        time.sleep(0.02)
    return Run(run).trajectory(child)


def test_a_fork_is_played_on_and_graded_while_its_page_is_read(browser: TestClient, hands: LocalHands, run: Path):
    made = fork(browser, agent="reference")
    assert (made.status_code, made.headers["location"]) == (303, f"/runs/run/{EPISODE}~1#s5")
    past = played(run, hands, f"{EPISODE}~1")
    assert past.status == "closed"
    assert past.grade is not None
    assert Run(run).labels(past.id)["agent"] == "reference"
    assert (
        fork(browser, {"HX-Request": "true"}, agent="reference", continues="1").headers["hx-redirect"].endswith("~2#s5")
    )
    went_on = played(run, hands, f"{EPISODE}~2")
    assert len(list(went_on.calls())) < len(list(past.calls()))
    assert verified(run)


def test_a_fork_with_an_answer_ends_there_and_one_with_edits_alone_stays_open(browser: TestClient, run: Path):
    assert fork(browser, answer="Nothing\r\nto report.").status_code == 303
    past = Run(run).trajectory(f"{EPISODE}~1")
    assert (past.answer, past.status, past.grade is None) == ("Nothing\nto report.", "closed", False)
    order = "ord-251102-810"
    assert fork(browser, edits=f'order/{order} status="cancelled"\n').status_code == 303
    past = Run(run).trajectory(f"{EPISODE}~2")
    assert (past.status, [change.set for change in past.edits]) == ("open", [{"status": "cancelled"}])
    page = browser.get(f"/runs/run/{past.id}").text
    assert f"tail?after={len(past) - 1}&amp;" in page
    assert verified(run)


@pytest.mark.parametrize(("asked", "told"), [
    ({"at": "3"}, "inside the call"), ({"at": "9999"}, "no event 9999"), ({"at": ""}, "after which event"),
    ({"edits": "nonsense"}, "is no edit"), ({"agent": "nobody"}, "Nobody called nobody"),
    ({"agent": "reference", "answer": "x"}, "choose one"), ({"episode": "none"}, "No episode none"),
    ({"run": "none"}, "No run none"), ({"edits": 'order/none status="x"'}, "none"),
    ({"agent": "reference", "continues": "1", "edits": 'order/ord-251102-810 status="x"'}, "start over"),
])  # fmt: skip
def test_a_mistake_is_one_line_and_forks_nothing(
    onlooker: TestClient, pristine: Path, asked: dict[str, str], told: str
):
    before = log_bytes(pristine)
    answer = fork(onlooker, {"HX-Request": "true"}, **asked)
    assert answer.status_code in (400, 404)
    assert told in answer.text
    assert answer.text.count("\n") <= 1
    assert "This cannot be shown" in fork(onlooker, **asked).text
    assert log_bytes(pristine) == before


def test_what_an_agent_runs_into_stands_on_the_page(browser: TestClient, hands: LocalHands, run: Path):
    def broken(*_: Any) -> Any:
        class Broken:
            name = "broken"

            def play(self, episode: Any) -> str:
                raise RuntimeError("no more <paper>")

        return Broken()

    hands.players = {"broken": broken}
    child = fork(browser, agent="broken").headers["location"].partition("#")[0]
    past = played(run, hands, child.rpartition("/")[2])
    assert past.failed
    page = browser.get(child).text
    assert "The agent could not go on: no more &lt;paper&gt;" in page
    assert 'id="live"' not in page
    assert verified(run)


def test_the_tail_brings_what_came_since_and_stops_at_the_end(browser: TestClient, hands: LocalHands, run: Path):
    fork(browser, agent="reference")
    past = played(run, hands, f"{EPISODE}~1")
    tail = browser.get(f"/runs/run/{past.id}/tail", params={"after": "5", "wait": "1000"}).text
    seqs = [int(seq) for seq in re.findall(r'<article id="s(\d+)"', tail)]
    assert seqs[0] == 6
    assert seqs[-1] == past.events[-1].seq
    assert tail.count('hx-swap-oob="beforeend:#steps"') == 1
    assert "The episode is closed" in tail
    assert 'id="live"' not in tail


def test_an_open_episode_is_asked_again_later_and_later(browser: TestClient, run: Path):
    child = fork(browser).headers["location"].partition("#")[0]
    after = len(Run(run).trajectory(f"{EPISODE}~1")) - 1
    waits = []
    wait = "1000"
    for _ in range(12):
        tail = browser.get(f"{child}/tail", params={"after": str(after), "wait": wait}).text
        assert "<article" not in tail
        wait = re.findall(r"wait=(\d+)", tail)[0]
        waits.append(int(wait))
    assert waits == sorted(waits)
    assert waits[-1] == 15_000
