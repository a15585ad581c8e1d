"""Verdicts over HTTP: whenever one comes, whatever was graded, released, restarted or forked, the next grade counts it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.event import GRADED, JUDGED
from corecraft.engine.run import Run
from corecraft.replay.verify import verify_run
from corecraft.rollouts import hosting
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.catalogue import STANDARD, StageCatalogue
from corecraft.rollouts.hosting import Conflict, EpisodeHost, Hosted, NotInCatalogue
from corecraft.rollouts.requests import ForkRequest, OpenRequest, RowEdit, VerdictRequest
from corecraft.rollouts.runner import Stage, regrader
from corecraft.scenarios.checks import question_digest
from corecraft.scenarios.company import recorded, schema_of

from .test_judged import TASK, moved
from .test_restart import Slow, verified
from .toy_service import Experimenter, Toys, rpc, serving


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", {})


@pytest.fixture
def host(run: Run) -> Iterator[EpisodeHost]:
    host = EpisodeHost(run, Toys())
    yield host
    host.shut()


def painted(host: EpisodeHost, **request: Any) -> Hosted:
    """Red, answered, and not graded."""
    hosted = asyncio.run(host.open(OpenRequest(task="red", **request)))
    hosted.call("paintPot", {"pot_id": "p1", "color": "red"})
    return host.submit(hosted.id, "Done.")


def judge(host: EpisodeHost, id: str, verdict: bool | None) -> int:
    return asyncio.run(host.verdict(id, VerdictRequest("shade", verdict, model="reader-1", votes=(True, verdict))))


def passed(host: EpisodeHost, id: str) -> bool:
    return asyncio.run(host.grade(id))["passed"]


def afterwards(run: Run, id: str) -> list[str]:
    run.reload()
    return [event.kind for event in run.trajectory(id).events if event.kind in (GRADED, JUDGED)]


def test_a_verdict_wants_a_new_grade_and_only_one(host: EpisodeHost, run: Run):
    id = painted(host).id
    assert passed(host, id) is passed(host, id) is True
    assert host.get(id).live is None
    seq = judge(host, id, False)
    assert host.get(id).info()["grade"] is None, "the one there was is not that of this history"
    assert passed(host, id) is passed(host, id) is False
    assert host.get(id).info()["grade"]["passed"] is False
    assert host.get(id).live is None
    assert afterwards(run, id) == [GRADED, JUDGED, GRADED]
    said = run.trajectory(id).events[seq].data
    assert said == {
        "criterion": "shade", "question": question_digest("Is the red warm?"), "verdict": False, "model": "reader-1",
        "votes": [True, False],
    }  # fmt: skip


def test_one_that_comes_before_the_first_grade_counts_in_it(host: EpisodeHost, run: Run):
    id = painted(host).id
    judge(host, id, True)
    judge(host, id, False)
    assert passed(host, id) is False
    assert afterwards(run, id) == [JUDGED, JUDGED, GRADED]


@pytest.mark.parametrize("release", [False, True])
def test_what_was_let_go_of_at_any_moment_can_be_judged_and_graded(host: EpisodeHost, run: Run, release: bool):
    id = painted(host).id
    for step in (lambda: passed(host, id), lambda: judge(host, id, False), lambda: judge(host, id, None)):
        if release:
            host.release(id)
        step()
    host.release(id)
    assert host.get(id).live is None
    assert passed(host, id) is True
    assert afterwards(run, id) == [GRADED, JUDGED, JUDGED, GRADED]


def test_restarts_at_any_moment_change_nothing(run: Run):
    host = EpisodeHost(run, Toys())
    id = painted(host).id

    def restarted() -> EpisodeHost:
        host.shut()
        after = EpisodeHost(run, Toys())
        assert after.get(id).info() == host.get(id).info()
        assert after.get(id).live is None
        return after

    host = restarted()
    assert passed(host, id) is True
    host = restarted()
    judge(host, id, False)
    host = restarted()
    assert passed(host, id) is False
    host = restarted()
    assert passed(host, id) is False
    host.shut()
    assert afterwards(run, id) == [GRADED, JUDGED, GRADED]
    assert verified(run.path) == 1


def test_a_fork_is_judged_for_itself(host: EpisodeHost, run: Run):
    id = painted(host).id
    passed(host, id)
    judge(host, id, False)
    child = asyncio.run(host.fork(id, ForkRequest()))
    with pytest.raises(Conflict, match="is open"):
        judge(host, child.id, True)
    host.submit(child.id, "Done again.")
    assert passed(host, child.id) is True
    judge(host, child.id, True)
    assert (passed(host, child.id), passed(host, id)) == (True, False)
    assert afterwards(run, child.id) == [GRADED, JUDGED, GRADED]
    assert afterwards(run, id) == [GRADED, JUDGED, GRADED]


def test_where_there_is_nothing_to_judge_nothing_is_recorded(host: EpisodeHost, run: Run):
    bare = asyncio.run(host.open(OpenRequest(world="pots")))
    host.close(bare.id, "enough")
    open_ = asyncio.run(host.open(OpenRequest(task="red")))
    id = painted(host).id
    passed(host, id)
    for hosted in (bare, open_):
        with pytest.raises(Conflict):
            judge(host, hosted.id, True)
    with pytest.raises(NotInCatalogue):
        asyncio.run(host.verdict(id, VerdictRequest("none", True)))
    assert host.get(id).live is None
    assert [afterwards(run, each) for each in (bare.id, open_.id, id)] == [[], [], [GRADED]]


def test_a_verdict_never_slips_into_a_grade_that_has_not_read_it(run: Run):
    slow = Slow()
    host = EpisodeHost(run, slow)

    async def story() -> str:
        async def sign() -> None:
            await asyncio.to_thread(slow.waits.wait)
            slow.sign.set()

        opened, _ = await asyncio.gather(host.open(OpenRequest(task="red")), sign())
        host.submit(opened.id, "Done.")
        grading = asyncio.create_task(host.grade(opened.id))
        await asyncio.to_thread(slow.waits.wait)
        judging = asyncio.create_task(host.verdict(opened.id, VerdictRequest("shade", True)))
        host.release(opened.id)
        await asyncio.sleep(0.05)
        assert not judging.done()
        slow.sign.set()
        await asyncio.gather(grading, judging)
        return opened.id

    id = asyncio.run(story())
    assert host.get(id).info()["grade"] is None
    host.shut()
    assert afterwards(run, id) == [GRADED, JUDGED]


def test_many_are_judged_without_reading_the_run_each_time(host: EpisodeHost, monkeypatch: pytest.MonkeyPatch):
    ids = [painted(host).id for _ in range(8)]
    for id in ids:
        passed(host, id)
    read: list[Run] = []
    once = hosting._read
    monkeypatch.setattr(hosting, "_read", lambda run: read.append(run) or once(run))
    for id in ids:
        judge(host, id, True)
        judge(host, id, False)
    assert [passed(host, id) for id in ids] == [False] * 8
    assert len(read) == 1


def test_a_run_that_was_read_is_not_kept_for_ever(host: EpisodeHost, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hosting, "_KEPT_SECONDS", 0.01)
    id = painted(host).id
    passed(host, id)

    async def story() -> None:
        await host.events(id)
        assert host._seen is not None
        while host._seen is not None:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(story(), 20))


def test_an_agent_reaches_no_verdict_and_no_history(tmp_path: Path):
    with serving(tmp_path / "run") as base:
        control = Experimenter(base)
        opened = control.open(task="red", episode="mine")
        for path in ("/verdict", "/events", "/../verdict"):
            assert rpc(opened["mcp_url"] + path, b"{}").status_code in (401, 404)
        control.post("/episodes/mine/answer", text="Done.")
        key = {"Authorization": f"Bearer {opened['mcp_url'].split('/')[-2]}"}
        assert (
            rpc(f"{base}/control/episodes/mine/verdict", b'{"criterion":"shade","verdict":true}', **key).status_code
            == 401
        )
        assert control.post("/episodes/mine/verdict", criterion="shade", verdict=True).json() == {"seq": 5}


# --- the history over HTTP -----------------------------------------------------------------------------------------


def test_the_history_is_told_as_it_stands_in_the_run(tmp_path: Path):
    with serving(tmp_path / "run") as base:
        control = Experimenter(base)
        url = control.open(task="red", episode="mine")["mcp_url"]
        call = (
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"listPots","arguments":{"name":"pot 1"}}}'
        )
        rpc(url, call)
        so_far = control.get("/episodes/mine/events")
        assert [event["kind"] for event in so_far][-2:] == ["tool.called", "tool.returned"]
        control.post("/episodes/mine/answer", text="Done.")
        control.post("/episodes/mine/grade")
        rest = control.get(f"/episodes/mine/events?after={so_far[-1]['seq']}")
        assert [event["kind"] for event in rest] == ["answer.submitted", "episode.closed", GRADED]
        child = control.post("/episodes/mine/fork", step=0).json()["episode"]
        forked = control.get(f"/episodes/{child}/events")
        assert [event["kind"] for event in forked] == [
            "episode.opened",
            "prompt.given",
            "prompt.given",
            "episode.opened",
        ]
        assert control.get("/episodes/mine/events?after=99") == []
    past = Run(tmp_path / "run").trajectory("mine")
    assert [(e["seq"], e["kind"], e["data"]) for e in so_far + rest] == [(e.seq, e.kind, e.data) for e in past.events]


# --- with the tasks of the company ---------------------------------------------------------------------------------


@pytest.fixture
def company(stage: Stage, run: Run) -> Iterator[EpisodeHost]:
    run.add_text(stage.system_text)
    host = EpisodeHost(run, StageCatalogue({STANDARD: stage}, "corecraft/base/benchmark"))
    yield host
    host.shut()


def test_a_judge_settles_what_waited_for_him_in_a_fork_of_another_world_too(
    company: EpisodeHost, stage: Stage, run: Run
):
    task = stage.tasks[TASK]
    opened = asyncio.run(company.open(OpenRequest(task=TASK, episode="one")))
    edit = moved(stage, task, "2025-11-26")
    fork = ForkRequest(edits=(RowEdit(edit.entity, edit.id, dict(edit.set)),), episode="two")
    child = asyncio.run(company.fork("one", fork))
    for hosted in (opened, child):
        assert hosted.live is not None
        company.submit(hosted.id, scripted(task, "reference").play(hosted.live))
        assert asyncio.run(company.grade(hosted.id))["passed"] is None
        for criterion in ("condition", "delivery-day"):  # one of them is code's, whose question names the day
            asyncio.run(company.verdict(hosted.id, VerdictRequest(criterion, True)))
        assert asyncio.run(company.grade(hosted.id))["passed"] is True
    asked = [e.data["question"] for id in ("one", "two") for e in _events(company, id) if e.kind == JUDGED]
    assert asked[0] == asked[2], "the question for the judge is the same"
    assert asked[1] != asked[3], "that of the other world names another day"
    with pytest.raises(NotInCatalogue, match=r"but on: .*condition"):
        asyncio.run(company.verdict("one", VerdictRequest("conditions", True)))
    run.reload()
    found = verify_run(run, recorded, lambda digest: run.genesis(digest, schema_of), regrade=regrader(run))
    assert all(verdict.ok for _, verdict in found)


def _events(host: EpisodeHost, id: str) -> Any:
    return asyncio.run(host.events(id))


def test_what_is_in_no_catalogue_is_told_what_is(company: EpisodeHost):
    def error(**request: Any) -> str:
        with pytest.raises(NotInCatalogue) as caught:
            asyncio.run(company.open(OpenRequest(**request)))
        return str(caught.value)

    assert "S-2" in error(task="S2")
    assert "RS-03-0" in error(task="RS-3-01")
    assert "S-1, S-2" in error(task="?")
    assert len(error(task="x" * 100_000)) < 300
    assert "corecraft/extended/compat" in error(task="S-2", toolset="everything")
    assert "There are: standard" in error(world="company")
