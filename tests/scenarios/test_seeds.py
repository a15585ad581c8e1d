"""The four seed tasks: the reference earns everything, the failing agent loses exactly what the mistake costs."""

from __future__ import annotations

import msgspec
import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.world import World
from corecraft.replay.verify import verify
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import finish, play
from corecraft.scenarios.grading import grade
from corecraft.scenarios.registry import SCRIPTS, load_tasks
from corecraft.scenarios.task import Task
from corecraft.tools.toolset import by_name

TASKS = ("S-1", "S-2", "S-3", "S-4")


@pytest.mark.parametrize("id", TASKS)
def test_the_reference_earns_every_criterion(stage, id):
    _, result = play(stage, stage.tasks[id], scripted(id, "reference"))
    assert result.failed == []
    assert result.passed
    assert result.reward == 1


@pytest.mark.parametrize("id", TASKS)
def test_the_reference_makes_no_rejected_call(stage, id):
    episode, _ = play(stage, stage.tasks[id], scripted(id, "reference"))
    assert [call.reply for call in episode.trajectory().calls() if not call.ok] == []


@pytest.mark.parametrize("id", TASKS)
def test_the_failing_agent_loses_exactly_what_its_mistake_costs(stage, id):
    _, result = play(stage, stage.tasks[id], scripted(id, "failing"))
    assert set(result.failed) == set(SCRIPTS[id].failing_loses)
    assert not result.passed
    assert 0 < result.reward < 1


@pytest.mark.parametrize("id", TASKS)
def test_doing_nothing_passes_nothing(stage, id):
    episode = stage.open(stage.tasks[id], "idle")
    episode.submit("")
    result = grade(stage.tasks[id], episode.trajectory())
    assert not result.passed
    kept = {criterion.id for criterion in result.criteria if criterion.passed}
    tags = {criterion.tag for criterion in result.criteria if criterion.passed}
    assert tags <= {"constraint"}, kept  # an idle agent breaks no rule, and earns nothing else


@pytest.mark.parametrize("id", TASKS)
@pytest.mark.parametrize("agent", ["reference", "failing"])
def test_every_played_episode_verifies_to_the_byte(stage, id, agent):
    episode, _ = play(stage, stage.tasks[id], scripted(id, agent))
    verdict = verify(
        episode.trajectory(),
        by_name(stage.tasks[id].tools),
        stage.world.genesis,
        regrade=lambda past: grade(stage.tasks[id], past).data(),
    )
    assert verdict.ok, str(verdict)


@pytest.mark.parametrize("id", TASKS)
def test_the_reference_mends_the_failing_episode_from_any_step(stage, id):
    task = stage.tasks[id]
    failing, _ = play(stage, task, scripted(id, "failing"))
    mended = {}
    for call in failing.trajectory().calls():
        child = failing.fork(call.returned.seq)
        mended[call.returned.seq] = finish(task, scripted(id, "reference"), child).failed
    wasted = {"stopped"} if id == "S-4" else set()  # calls made after the facts were known stay made
    assert all(set(failed) <= wasted for failed in mended.values()), mended


def test_each_seed_mistake_is_played_call_by_call(stage):
    s1, _ = play(stage, stage.tasks["S-1"], scripted("S-1", "failing"))
    capped = [c for c in s1.trajectory().calls() if c.tool == "searchOrders" and "product_id" in c.arguments]
    oldest = {c.arguments["product_id"]: min(row["createdAt"] for row in c.reply)[:10] for c in capped}
    assert [len(c.reply) for c in capped] == [10, 10, 10, 10]
    assert oldest == {
        "skyforge-b550m-micro": "2025-11-09",
        "skyforge-x670e-pro": "2025-11-04",
        "cryonix-z790-apex": "2025-10-26",
        "voltedge-v9980se": "2025-10-20",
    }
    s2, _ = play(stage, stage.tasks["S-2"], scripted("S-2", "failing"))
    details = next(c.reply for c in s2.trajectory().calls() if c.tool == "getOrderDetails")
    assert details["shipment"] == {
        "id": "ship-251105-676", "tracking_number": "1Z999AA789924329", "carrier": "ups_ground", "status": "delivered",
    }  # fmt: skip
    s3, _ = play(stage, stage.tasks["S-3"], scripted("S-3", "failing"))
    searches = [c for c in s3.trajectory().calls() if c.tool == "searchKnowledgeBase"]
    assert [c.reply for c in searches] == [[]] * 9
    s4, _ = play(stage, stage.tasks["S-4"], scripted("S-4", "failing"))
    calls = list(s4.trajectory().calls())
    paid = max(n for n, call in enumerate(calls) if call.tool == "searchPayments")
    assert len(calls) - paid - 1 == 11


def test_a_task_survives_storage_and_keeps_its_digest(stage):
    for task in stage.tasks.values():
        again = msgspec.json.decode(msgspec.json.encode(task), type=Task)
        assert again == task
        assert again.digest == task.digest


def test_tasks_are_derived_from_the_world_alone(stage):
    assert load_tasks(World(stage.world.genesis), dict(stage.recipe)) == stage.tasks


def test_every_criterion_can_fail_and_ids_are_unique(stage):
    for task in stage.tasks.values():
        ids = [criterion.id for criterion in task.criteria]
        assert len(set(ids)) == len(ids)
        assert 6 <= len(ids) <= 15


def test_only_a_closed_episode_is_graded(stage):
    episode = stage.open(stage.tasks["S-1"], "open")
    with pytest.raises(CoreCraftError, match="only a closed episode"):
        grade(stage.tasks["S-1"], episode.trajectory())
