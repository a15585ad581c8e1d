"""The tasks of a living world, as `--splits live` publishes them: solved, failed as is meant, played again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from corecraft.engine.agenda import Due
from corecraft.engine.episode import Episode
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.event import PROMPTED, RETURNED, Change
from corecraft.replay.verify import verify
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.agents.scripted import EpisodeDesk, ScriptedAgent
from corecraft.rollouts.proof.gates import prove
from corecraft.rollouts.runner import Stage, finish, play
from corecraft.scenarios import splits
from corecraft.scenarios.cases import is_held_out
from corecraft.scenarios.checks import AskedBack, Evidence
from corecraft.scenarios.company import by_name
from corecraft.scenarios.families import families
from corecraft.scenarios.grading import grade
from corecraft.scenarios.living import HELD_OUT, TRAIN
from corecraft.scenarios.scene import Scene
from corecraft.scenarios.task import Form, Task, sound
from msgspec.structs import replace

LIVE = splits.read("live")
TASKS = [id for split in LIVE.splits.values() for id in split.tasks]
FAMILIES = ("LV-01", "LV-02", "LV-03", "LV-04", "LV-05")

LOST_BY = {
    "answers-from-the-first-look": {"state-now"},
    "takes-the-estimate-for-an-arrival": {"state-now"},
    "goes-home-early": {"number-of-tickets-handled", "all-named", "priorities", "owners"},
    "opens-what-was-resolved": {"number-of-tickets-handled", "nothing-else"},
    "overlooks-the-tier": {"priorities"},
    "quotes-from-the-first-look": {"total", "product-on-offer"},
    "forgets-the-discount": {"total"},
    "writes-after-the-first-look": {"nothing-changed", "refund"},
    "approves-the-refund": {"refund", "status-of-the-refund"},
    "guesses-the-newest": {"asked"},
    "takes-the-address-on-file": {"notes"},
}
"""What each mistake is meant to cost: one of these at least."""


@pytest.fixture(scope="session")
def natural() -> Stage:
    return Stage.build(form="natural")


def verified(stage: Stage, task: Task, episode: Episode) -> bool:
    def regrade(past: object) -> dict[str, object]:
        return grade(task, past, stage.world).data()  # pyright: ignore[reportArgumentType]

    return verify(episode.trajectory(), by_name(task.tools), stage.world.genesis, regrade=regrade).ok


@pytest.mark.parametrize("id", TASKS)
def test_the_reference_passes_and_its_history_can_be_played_again(stage: Stage, id: str):
    task = stage.tasks[id]
    episode, result = play(stage, task, scripted(task, "reference"))
    assert result.code_passed, result.failed
    assert verified(stage, task, episode)


@pytest.mark.parametrize("id", TASKS)
def test_a_mistake_costs_what_it_is_meant_to_cost(stage: Stage, id: str):
    task = stage.tasks[id]
    for fall in families()[task.family].falls:
        if not fall.where or task.kind in fall.where:
            episode, result = play(stage, task, ScriptedAgent(fall.name, fall.play, task.given))
            assert set(result.failed) & LOST_BY[fall.name], (fall.name, result.failed)
            assert verified(stage, task, episode)


def test_every_mistake_is_made_somewhere(stage: Stage):
    kinds = {family: {stage.tasks[id].kind for id in TASKS if id.startswith(family)} for family in FAMILIES}
    for family in FAMILIES:
        for fall in families()[family].falls:
            assert not fall.where or kinds[family] & set(fall.where), fall.name


@pytest.mark.parametrize("form", ["labelled", "natural"])
def test_they_are_the_tasks_that_are_pinned(form: Form, stage: Stage, natural: Stage):
    tasks = (stage if form == "labelled" else natural).tasks
    pinned = splits.read("live", form)
    assert pinned.families == FAMILIES
    assert {id: tasks[id].digest for id in TASKS} == {
        id: digest for split in pinned.splits.values() for id, digest in split.tasks.items()
    }, "meant? corecraft tasks pin --splits live --version N, and the same with --form natural"


PINS = """
import json
from corecraft.rollouts.runner import Stage
from corecraft.scenarios import splits

tasks = Stage.build().tasks
print(json.dumps({id: tasks[id].digest for split in splits.read("live").splits.values() for id in split.tasks}))
"""


def test_they_are_the_same_in_another_process_with_another_hash_seed_and_zone():
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland"}
    done = subprocess.run([sys.executable, "-c", PINS], capture_output=True, text=True, env=environment, check=True)
    assert json.loads(done.stdout) == {id: digest for each in LIVE.splits.values() for id, digest in each.tasks.items()}


def test_what_is_due_must_fit_the_world(stage: Stage):
    task = stage.tasks[TASKS[0]]
    assert task.plan is not None
    stray = Change(
        "refund", "ref-stray", {"id": "ref-stray", "paymentId": "pay-nowhere", "amount": 1.0, "status": "pending"}
    )
    due = Due(at=stage.world.now + 1, kind="world.refund_made", changes=(stray,))
    with pytest.raises(CoreCraftError, match=r"what is due contradicts the world.*pay-nowhere"):
        sound(replace(task, plan=replace(task.plan, due=(*task.plan.due, due))), world=stage.world)


def test_the_truth_is_that_of_the_end(stage: Stage):
    task = of_kind(stage, "sells out")
    (wanted,) = (change.id for change in task.fixtures if change.entity == "product")
    assert task.plan is not None
    at_first = Scene(stage.world).prepared(task.fixtures)
    left = [scene.row("product", wanted)["inventory"]["inStock"] for scene in (at_first, at_first.passed(task.plan))]
    (told,) = (slot.value.value for slot in task.slots if slot.label == "IN STOCK")
    assert left[0] > task.given["count"] > left[1] == int(told)
    assert at_first.passed(None) is at_first


def test_eight_of_a_family_on_their_own_sides():
    for name, size, side in (("train", TRAIN, False), ("heldout", HELD_OUT, True)):
        ids = splits.task_ids(name, LIVE)
        assert [sum(id.startswith(family) for id in ids) for family in FAMILIES] == [size] * len(FAMILIES)
        assert all(("-h" in id) is side for id in ids)
    assert not set(FAMILIES) & set(splits.pinned().families)


def test_anchors_are_on_the_side_of_their_task(stage: Stage):
    for id in TASKS:
        assert {is_held_out(anchor) for anchor in stage.tasks[id].anchors} == {"-h" in id}


def test_a_file_of_ones_own_comes_before_what_is_published_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert splits.place_of("live", "labelled").name == "splits.live.json"
    assert splits.place_of("live", "natural").name == "splits.live.natural.json"
    Path("live").write_text("{}")
    assert splits.place_of("live", "labelled") == Path("live")


def lives(stage: Stage) -> Iterator[Task]:
    """Those in which time passes."""
    for id in TASKS:
        task = stage.tasks[id]
        if task.plan is not None and task.plan.due:
            yield task


def test_what_is_due_is_due_before_anybody_can_have_all_that_is_asked_for(stage: Stage):
    for task in lives(stage):
        assert task.plan is not None
        clock = task.plan.clock
        assert clock is not None
        if clock.mode == "stepped":
            within = max(due.at for due in task.plan.due) - stage.world.now
            assert within < 3 * clock.minutes * 60_000, task.id
        else:
            assert len(task.plan.due) <= 6, task.id


@pytest.mark.parametrize("id", ["LV-01-000", "LV-04-001"])
def test_who_notices_nothing_fails_and_who_is_slow_does_not(stage: Stage, id: str):
    proof = prove(stage, id)
    assert not list(proof.faults())
    assert proof.mutants["unnoticed"] == (1, 1)
    assert proof.routes["twice as slow"] == ()


def test_above_the_request_stands_what_differs_from_the_handbook(stage: Stage, natural: Stage):
    for id in TASKS:
        for task in (stage.tasks[id], natural.tasks[id]):
            head = task.prompt.partition("\n\n")[0]
            assert head.startswith("[")
            assert ("ask back" in head) == (task.family == "LV-05")
            assert ("each call takes 5 minutes" in head) == (task.family in ("LV-01", "LV-03", "LV-04"))
            assert ("22:00" in head) == (task.family == "LV-02")


# --- asking back -------------------------------------------------------------------------------------------------


def of_kind(stage: Stage, kind: str) -> Task:
    return next(stage.tasks[id] for id in TASKS if stage.tasks[id].kind == kind)


def asked(stage: Stage, episode: Episode) -> bool:
    return bool(AskedBack().verdict(Evidence(episode.trajectory(), stage.world)).passed)


def test_a_question_counts_if_it_comes_before_the_first_change(stage: Stage):
    task = of_kind(stage, "two could be meant")
    (order, *_) = (change.id for change in task.fixtures if change.entity == "order")
    change = ("updateOrderStatus", {"order_id": order, "status": "cancelled"})
    silent, early, late = (stage.open(task, name) for name in ("silent", "early", "late"))
    assert silent.call(*change).ok
    assert early.say("Which of the two do you mean?")
    assert early.call(*change).ok
    assert late.call(*change).ok
    assert late.say("Which of the two did you mean?")
    assert [asked(stage, episode) for episode in (silent, early, late)] == [False, True, False]


def test_a_question_that_was_not_needed_costs_nothing(stage: Stage):
    for kind, question in (
        ("the request tells which", "Which one do you mean?"),
        ("the ticket has the address", "What is the new address?"),
    ):
        task = of_kind(stage, kind)
        episode = stage.open(task, "polite")
        assert EpisodeDesk(episode).ask(question)
        assert finish(task, scripted(task, "reference"), episode).code_passed
        assert verified(stage, task, episode)


def test_what_he_does_not_know_ends_the_conversation(stage: Stage):
    task = of_kind(stage, "two could be meant")
    episode = stage.open(task, "small-talk")
    assert episode.say("Is there anything else I can help with?") is None
    assert sum(event.kind == PROMPTED for event in episode.trajectory().events) == 2, "the handbook and the request"


# --- forks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fork_lives_on_and_the_reference_wins_it(stage: Stage, family: str):
    """Also from a mistake's history, as long as nothing was written."""
    task = next(stage.tasks[id] for id in TASKS if id.startswith(family))
    fall = families()[family].falls[0]
    if fall.where and task.kind not in fall.where:
        task = next(stage.tasks[id] for id in TASKS if stage.tasks[id].kind in fall.where and id.startswith(family))
    episode, _ = play(stage, task, ScriptedAgent(fall.name, fall.play, task.given))
    first = next(event.seq for event in episode.trajectory().events if event.kind == RETURNED)
    child = episode.fork(first, id=f"{task.id}.fork")
    assert child.world.now >= stage.world.now
    result = finish(task, scripted(task, "reference"), child)
    assert result.code_passed, result.failed
    assert verified(stage, task, child)
