"""Runs in which calls fail: what a blind retry does, what looking first does, and how both are scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import corecraft
import msgspec
import pytest
from attrs import evolve
from corecraft.cli.main import main
from corecraft.engine.agenda import Agenda, Plan
from corecraft.engine.episode import Episode
from corecraft.engine.event import FAULTED
from corecraft.engine.faults import KINDS, TOLD, Fault, Faults
from corecraft.engine.run import Run
from corecraft.replay.verify import verify
from corecraft.rollouts import faulty
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.agents.careful import GAVE_UP
from corecraft.rollouts.agents.scripted import EpisodeDesk
from corecraft.rollouts.batch import play_many
from corecraft.rollouts.catalogue import STANDARD, StageCatalogue
from corecraft.rollouts.hosting import EpisodeHost
from corecraft.rollouts.recovery import recovery
from corecraft.rollouts.requests import OpenRequest
from corecraft.rollouts.runner import Stage
from corecraft.rollouts.schedule import Schedule, jobs, play_scripts
from corecraft.scenarios.grading import Grade, grade

REFUND = "MW-02-core"


class Blind(EpisodeDesk):
    """Asks again until it is told that all went well."""

    def call(self, tool: str, **arguments: Any) -> Any:
        while True:
            reply = self.episode.call(tool, arguments)
            if reply.ok or reply.value.get("error") not in TOLD.values():
                return reply.value


def played(stage: Stage, faults: Faults, desk: type[EpisodeDesk]) -> tuple[Episode, Grade]:
    task = stage.tasks[REFUND]
    episode = faulty.failing(stage.opening(task), faults).begin("e")
    agent = scripted(task, "reference")
    episode.submit(agent.script(desk(episode), agent.given).render())
    return episode, grade(task, episode.trajectory(), stage.world)


def struck(episode: Episode) -> list[str]:
    events = episode.trajectory().events
    return [events[e.cause].data["tool"] for e in events if e.kind == FAULTED and e.cause is not None]


def test_a_lost_reply_retried_blindly_refunds_twice_and_looking_first_recovers(stage: Stage):
    lost = (Faults(seed, 0.05, ("lost",)) for seed in range(1000))
    faults = next(one for one in lost if struck(played(stage, one, EpisodeDesk)[0]) == ["create_refund"])

    episode, passed = played(stage, faults, EpisodeDesk)
    assert passed.code_passed
    assert recovery(episode.trajectory()).score == 1.0
    refund = next(call.arguments for call in episode.trajectory().calls() if call.tool == "create_refund")
    assert sum(row["paymentId"] == refund["payment_id"] for row in episode.world.rows("refund")) == 1

    episode, failed = played(stage, faults, Blind)
    assert sum(row["paymentId"] == refund["payment_id"] for row in episode.world.rows("refund")) == 2
    assert not failed.code_passed, "the grader sees it"
    borne = recovery(episode.trajectory())
    assert (borne.faults, borne.doubled, borne.score) == (1, 1, 0.0)
    assert verify(episode.trajectory(), episode.toolset, stage.world.genesis).ok


def test_in_the_usual_profile_the_same_retry_does_it_once(stage: Stage):
    lost = (Faults(seed, 0.05, ("lost",)) for seed in range(1000))
    faults = next(one for one in lost if struck(played(stage, one, EpisodeDesk)[0]) == ["create_refund"])
    task = stage.tasks[REFUND]
    episode = evolve(stage.opening(task), plan=Plan(faults=faults)).begin("e")
    agent = scripted(task, "reference")
    episode.submit(agent.script(Blind(episode), agent.given).render())
    assert grade(task, episode.trajectory(), stage.world).code_passed
    assert recovery(episode.trajectory()).recovered == 1


# --- the fates of faults ---------------------------------------------------------------------------------------------

PAID = {"payment_id": "pay-251104-428", "amount": 5.0, "currency": "USD", "reason": "customer_remorse"}
POST = {"channel_id": "random", "text": "Hello."}


def fails(episode: Episode, *kinds: Fault) -> None:
    """All calls from here on do."""
    episode.plan(Plan(faults=Faults(1, 1.0 if kinds else 0.0, kinds)))


@pytest.mark.parametrize(
    ("kind", "again", "fate"),
    [
        ("error", False, "lost"),
        ("error", True, "recovered"),
        ("timeout", False, "lost"),
        ("timeout", True, "recovered"),
        ("lost", False, "recovered"),
        ("lost", True, "doubled"),
        ("duplicate", False, "doubled"),
    ],
)
def test_what_becomes_of_a_command_that_fails(stage: Stage, kind: Fault, again: bool, fate: str):
    episode = stage.bare("corecraft/base/unguarded").begin("e")
    fails(episode, kind)
    episode.call("postSlackMessage", POST)
    fails(episode)
    if again:
        episode.call("postSlackMessage", POST)
    (one,) = recovery(episode.trajectory()).each
    assert (one.kind, one.tool, one.fate) == (kind, "postSlackMessage", fate)


def test_a_command_that_comes_twice_to_guarded_tools_is_done_once(stage: Stage):
    episode = stage.bare("corecraft/base/benchmark").begin("e")
    fails(episode, "duplicate")
    episode.call("postSlackMessage", POST)
    assert recovery(episode.trajectory()).recovered == 1


def test_a_stale_reply_is_as_good_as_any_while_nothing_has_changed(stage: Stage):
    episode = stage.bare("corecraft/base/unguarded").begin("e")
    fails(episode, "stale")
    episode.call("searchSlackMessages", {})
    episode.call("postSlackMessage", POST)
    episode.call("searchSlackMessages", {"limit": 1})
    assert [one.fate for one in recovery(episode.trajectory()).each] == ["recovered", "lost"]
    fails(episode)
    episode.call("searchSlackMessages", {"limit": 1})
    assert recovery(episode.trajectory()).score == 1.0


# --- careful scripts -------------------------------------------------------------------------------------------------


def test_a_script_that_cannot_tell_gives_up_and_is_graded(stage: Stage):
    task = stage.tasks[REFUND]
    tools = stage.opening(task, "corecraft/base/benchmark")
    episode = faulty.failing(tools, Faults(1, 1.0, ("lost",))).begin("e")
    agent = evolve(scripted(task, "reference"), script=lambda desk, _: desk.call("create_refund", **PAID))
    assert agent.play(episode) == ""
    assert episode.trajectory().events[-1].data == {"reason": GAVE_UP}
    assert recovery(episode.trajectory()).doubled == 0


def test_an_equal_row_of_before_is_not_taken_for_the_one_that_was_lost(stage: Stage):
    episode = stage.bare("corecraft/extended/unguarded").begin("e")
    desk = EpisodeDesk(episode)
    first = desk.call("create_refund", **PAID)
    episode.advance_clock(episode.world.now + 60_000)
    fails(episode, "lost")
    second = desk.call("create_refund", **PAID)
    assert second["id"] != first["id"]
    assert sum(row["paymentId"] == PAID["payment_id"] for row in episode.world.rows("refund")) == 2


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("built_once")
def test_the_command_goes_on_where_it_stood_and_says_how_faults_were_borne(tmp_path: Path, capsys: Any):
    out = tmp_path / "run"
    command = ["run", "--task", "S-2", "--agent", "reference", "--trials", "2", "--faults", "0.5", "--json"]
    command += ["--fault-kinds", "timeout,error", "--out", str(out)]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)["episodes"]
    assert [one["episode"] for one in told] == [f"S-2.reference-faults-0.5-0-error-timeout.{n}" for n in (0, 1)]
    assert all(one["recovery"]["faults"] > 0 for one in told)
    before = {file.name: file.read_bytes() for file in (out / "segments").iterdir()}
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["episodes"] == told
    assert {file.name: file.read_bytes() for file in (out / "segments").iterdir()} == before
    assert main(["verify", str(out)]) == 0
    assert main(["run", "--task", "S-2", "--agent", "reference", "--faults", "1.5", "--out", str(out)]) == 2
    assert main(["run", "--task", "S-2", "--agent", "reference", "--fault-kinds", "fire", "--out", str(out)]) == 2


def test_episodes_fail_each_in_its_own_way_and_alike_for_every_agent(stage: Stage, tmp_path: Path):
    faults = Faults(7, 0.3)
    tasks = [stage.tasks["S-1"], stage.tasks["S-2"]]
    seeds = {faulty.of_trial(faults, task, trial).seed for task in tasks for trial in range(3)}
    assert len(seeds) == 6
    wanted = jobs(tasks, "reference", 1, faults)
    with Schedule(tmp_path / "a", stage, wanted, "reference", {}, faults) as schedule:
        play_scripts(schedule, {task.id: scripted(task, "reference") for task in tasks}, lambda _: None)
        schedule.folder.reload()
        labels = schedule.folder.run.labels(wanted[0].id)
        opened = schedule.folder.trajectory(wanted[0].id)
    assert labels == {
        "agent": "reference", "faults": 0.3, "fault_seed": 7, "fault_kinds": ",".join(KINDS), "trial": 0,
    }  # fmt: skip
    assert opened.opened.data["tools"] == "corecraft/base/unguarded"

    borne = recovery(opened)
    told = corecraft.query(corecraft.connect(tmp_path / "a"), "FROM faults ORDER BY episode, seq")
    assert [(row["call_seq"], row["fate"]) for row in told if row["episode"] == opened.id] == [
        (one.seq, one.fate) for one in borne.each
    ]
    assert borne.faults
    (row,) = corecraft.report(tmp_path / "a").rows()
    assert (row["faults"], row["recovery"]) == (len(told), sum(one["fate"] == "recovered" for one in told) / len(told))

    def agent(episode: Episode) -> str:
        return scripted(tasks[0], "reference").play(episode)

    results = play_many(stage, tasks[:1], agent, out=tmp_path / "b", faults=faults)
    assert results.graded


def test_an_episode_over_http_may_be_opened_so(stage: Stage, tmp_path: Path):
    async def opened() -> Episode:
        host = EpisodeHost(
            Run.create(tmp_path / "run", {}), StageCatalogue({STANDARD: stage}, "corecraft/base/benchmark")
        )
        request = msgspec.convert({"task": "S-1", "faults": {"rate": 1, "kinds": ["error"]}}, OpenRequest)
        live = (await host.open(request)).live
        host.shut()
        assert live is not None
        return live

    episode = anyio.run(opened)
    assert episode.toolset.name == "corecraft/base/unguarded"
    assert Agenda.of(episode.trajectory().events).faults == Faults(0, 1.0, ("error",))


def test_a_script_takes_up_a_past_in_which_a_reply_was_lost(stage: Stage):
    lost = (Faults(seed, 0.05, ("lost",)) for seed in range(1000))
    faults = next(one for one in lost if struck(played(stage, one, EpisodeDesk)[0]) == ["create_refund"])
    task, (whole, _) = stage.tasks[REFUND], played(stage, faults, EpisodeDesk)
    refund = next(call for call in whole.trajectory().calls() if call.tool == "create_refund")
    child = whole.fork(refund.returned.seq, edits=[Plan(faults=Faults(0, 0.0))])
    child.submit(evolve(scripted(task, "reference"), continues=True).play(child))
    own = [call.tool for call in child.trajectory().calls() if call.seq > refund.seq]
    assert own[0] == "searchRefunds", "it looks first"
    assert "create_refund" not in own
    assert grade(task, child.trajectory(), stage.world).code_passed
