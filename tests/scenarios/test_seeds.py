"""The four tasks of the seeds: each described failure is played call by call, and costs what it should."""

from __future__ import annotations

import pytest
from corecraft.replay.verify import verify
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, finish, play
from corecraft.scenarios.company import by_name
from corecraft.scenarios.grading import grade
from corecraft.scenarios.registry import NAMED

LOST = {
    "S-1": {"popular", "popular-price", "compared", "popular-count", "counted", "not-delegated"},
    "S-2": {"delivered", "return-window", "last-day-of-the-window", "looked-up-delivery", "no-invented-date"},
    "S-3": {"guide", "resolution", "hdmi-mode", "read-the-guide"},
    "S-4": {"no-offers", "no-target", "no-promotion", "stopped"},
}
"""What the failing agent loses."""


@pytest.mark.parametrize("id", NAMED)
def test_the_reference_earns_everything_and_the_mistake_what_it_costs(stage: Stage, id: str):
    task = stage.tasks[id]
    _, good = play(stage, task, scripted(task, "reference"))
    assert good.unmet == []
    assert good.code_passed
    _, bad = play(stage, task, scripted(task, "failing"))
    assert set(bad.unmet) == LOST[id]
    assert 0 < bad.code_reward < 1


@pytest.mark.parametrize("id", NAMED)
@pytest.mark.parametrize("agent", ["reference", "failing"])
def test_every_played_episode_verifies_to_the_byte(stage: Stage, id: str, agent: str):
    task = stage.tasks[id]
    episode, _ = play(stage, task, scripted(task, agent))
    verdict = verify(
        episode.trajectory(),
        by_name(task.tools),
        stage.world.genesis,
        regrade=lambda past: grade(task, past, stage.world).data(),
    )
    assert verdict.ok, str(verdict)


@pytest.mark.parametrize("id", NAMED)
def test_the_reference_mends_the_failing_episode_from_any_step(stage: Stage, id: str):
    task = stage.tasks[id]
    failing, _ = play(stage, task, scripted(task, "failing"))
    mended = {}
    for call in failing.trajectory().calls():
        child = failing.fork(call.returned.seq)
        mended[call.returned.seq] = finish(task, scripted(task, "reference"), child).failed
    wasted = {"stopped"} if id == "S-4" else set()  # calls made after the facts were known stay made
    assert all(set(failed) <= wasted for failed in mended.values()), mended


def calls_of(stage: Stage, id: str):
    episode, _ = play(stage, stage.tasks[id], scripted(stage.tasks[id], "failing"))
    return list(episode.trajectory().calls())


def test_s1_stops_at_the_cap(stage: Stage):
    capped = [c for c in calls_of(stage, "S-1") if c.tool == "searchOrders" and "product_id" in c.arguments]
    oldest = {c.arguments["product_id"]: min(row["createdAt"] for row in c.reply)[:10] for c in capped}
    assert [len(c.reply) for c in capped] == [10, 10, 10, 10]
    assert oldest == {
        "skyforge-b550m-micro": "2025-11-09",
        "skyforge-x670e-pro": "2025-11-04",
        "cryonix-z790-apex": "2025-10-26",
        "voltedge-v9980se": "2025-10-20",
    }


def test_s2_sees_a_delivered_parcel_without_a_date(stage: Stage):
    details = next(c.reply for c in calls_of(stage, "S-2") if c.tool == "getOrderDetails")
    assert details["shipment"] == {
        "id": "ship-251105-676", "tracking_number": "1Z999AA789924329", "carrier": "ups_ground", "status": "delivered",
    }  # fmt: skip


def test_s3_finds_nothing_nine_times(stage: Stage):
    searches = [c for c in calls_of(stage, "S-3") if c.tool == "searchKnowledgeBase"]
    assert [c.reply for c in searches] == [[]] * 9


def test_s4_makes_eleven_calls_too_many(stage: Stage):
    calls = calls_of(stage, "S-4")
    paid = max(n for n, call in enumerate(calls) if call.tool in ("searchPayments", "searchRefunds"))
    assert len(calls) - paid - 1 == 11
