"""Tasks as data: derived from the world alone, pinned by digest, refused when they cannot be right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.event import PREPARED, Change
from corecraft.engine.world import World
from corecraft.replay.verify import verify
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios import bundle, splits
from corecraft.scenarios.checks import Becomes, Called, Decides, Evidence, Gives, Judge, Saw, Slot, Unchanged, day
from corecraft.scenarios.company import by_name
from corecraft.scenarios.families import families
from corecraft.scenarios.grading import grade
from corecraft.scenarios.registry import NAMED, TaskBook, is_held_out, named
from corecraft.scenarios.task import Criterion, Task, asks_for_line, read_task, sound
from corecraft.scenarios.world.check import contradictions

CORES = {family: id for id, family in NAMED.items()}
FIRST = {id[:5]: id for split in ("heldout", "train") for id in reversed(splits.task_ids(split))}
ONE_EACH = [CORES.get(id) or FIRST[id] for id in families() if id in splits.pinned().families]


# --- as data -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ONE_EACH)
def test_a_task_survives_storage_and_keeps_its_digest(stage: Stage, id: str):
    task = stage.tasks[id]
    again = msgspec.json.decode(msgspec.json.encode(task), type=Task)
    assert again == task
    assert again.digest == task.digest


@pytest.mark.parametrize("id", ONE_EACH)
def test_a_task_is_derived_from_the_world_alone(stage: Stage, id: str):
    assert TaskBook(World(stage.world.genesis), stage.recipe)[id] == stage.tasks[id]


@pytest.mark.parametrize("id", ONE_EACH)
def test_an_episode_of_it_verifies_to_the_byte_and_grades_the_same(stage: Stage, id: str):
    task = stage.tasks[id]
    episode, result = play(stage, task, scripted(task, "reference"))
    assert result.code_passed, result.failed
    toolset = by_name(task.tools)
    verdict = verify(
        episode.trajectory(), toolset, stage.world.genesis, regrade=lambda past: grade(task, past, stage.world).data()
    )
    assert verdict.ok, str(verdict)


def test_a_family_has_six_to_fifteen_criteria_and_few_judged_ones(stage: Stage):
    for id in ONE_EACH:
        criteria = stage.tasks[id].criteria
        assert 6 <= len(criteria) <= 15, id
        assert sum(isinstance(c.check, Judge) for c in criteria) <= 3, id


def test_every_family_is_complete():
    for id, family in families().items():
        assert family.falls, id
        assert family.title, id
        assert family.capabilities, id


def test_a_task_of_its_own_rows_begins_with_them(stage: Stage):
    task = stage.tasks["RS-03-006"]
    episode = stage.open(task, "prepared")
    (prepared,) = (event for event in episode.trajectory().events if event.kind == PREPARED)
    assert prepared.changes == task.fixtures
    assert Evidence(episode.trajectory(), stage.world).touched == {}
    assert episode.call("searchOrders", {"order_id": task.given["order"]}).value
    assert stage.world.get("order", task.given["order"]) is None


def test_an_unknown_task_is_one_clear_line(stage: Stage):
    with pytest.raises(CoreCraftError, match="No task 'RS-03-999'"):
        named(stage.tasks, "RS-03-999")
    with pytest.raises(CoreCraftError, match="corecraft tasks list"):
        named(stage.tasks, "nonsense")


# --- splits ------------------------------------------------------------------------------------------------------


def test_the_splits_have_their_sizes_and_share_nothing():
    train, held_out, smoke = (splits.task_ids(name) for name in ("train", "heldout", "smoke"))
    assert (len(train), len(held_out), len(smoke)) == (1000, 150, 12)
    assert not set(train) & set(held_out)
    assert set(smoke) <= set(train)


WRITE = "import msgspec, sys; from corecraft.rollouts.runner import Stage; from corecraft.scenarios import splits; "
WRITE += "tasks = Stage.build().tasks; sys.stdout.buffer.write(msgspec.json.encode({}))"
PIN = "World, tools or tasks changed. If that was meant, say so in CHANGELOG.md and pin anew: corecraft tasks pin"


def elsewhere(told: str) -> bytes:
    """What another process, whose hashes and zone are others, makes of the families."""
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-c", WRITE.format(told)]
    return subprocess.run(command, capture_output=True, env=environment, check=True).stdout


def test_pinned_tasks_of_every_family_are_those_the_families_give_whatever_the_hash_seed():
    pins = {id: digest for split in splits.pinned().splits.values() for id, digest in split.tasks.items()}
    ids = {*ONE_EACH, *splits.task_ids("smoke")}
    found = msgspec.json.decode(elsewhere(f"{{id: tasks[id].digest for id in {sorted(ids)}}}"))
    assert found == {id: pins[id] for id in ids}, PIN


@pytest.mark.slow  # all 1,150, and which of them are drawn
def test_the_pinned_splits_are_those_the_families_give_whatever_the_hash_seed():
    assert msgspec.json.decode(elsewhere("splits.draw(tasks)"), type=splits.Splits) == splits.pinned(), PIN


def test_training_and_held_out_tasks_are_built_on_different_rows(stage: Stage):
    for name, held_out in (("train", False), ("heldout", True)):
        for id in splits.task_ids(name):
            if not id.startswith("S-"):
                assert all(is_held_out(anchor) == held_out for anchor in stage.tasks[id].anchors), id


def test_an_unknown_split_is_one_clear_line():
    with pytest.raises(CoreCraftError, match="There are: train, heldout, smoke"):
        splits.task_ids("validation")


# --- what is refused ---------------------------------------------------------------------------------------------


def task(*criteria: Criterion, **fields: object) -> Task:
    base = Task("T-1", "A task", "reasoning", "alex-morgan", "Do it.", {}, "corecraft/base/benchmark", criteria)
    return msgspec.structs.replace(base, **fields)


FINE = Criterion("fine", "Changes nothing", "constraint", Unchanged())


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        (task(), "there are no criteria"),
        (task(FINE, prompt=" "), "the prompt is empty"),
        (task(FINE, category="reasonning"), "there is no category reasonning, only information_retrieval, communication"),
        (task(FINE, FINE), "criterion fine comes twice"),
        (task(Criterion("x", "", "format", Unchanged())), "criterion x says nothing"),
        (task(Criterion("x", "Called", "format", Called(tools=("makeCoffee",)))), "criterion x: unknown tool makeCoffee"),
        (task(Criterion("x", "Saw", "format", Saw(ids=("a",), field="colour"))), "no field colour"),
        (task(*(Criterion(f"j{n}", "Kind", "format", Judge(question="Is it?")) for n in range(4)), FINE), "4 criteria need"),
        (task(Criterion("l", "Sum", "correctness", Gives(slots=(Slot("sum", day("2025-11-13"), label="DUE"),)))), "headed DUE"),
        (task(Criterion("j", "Kind", "format", Judge(question="Is it?"))), "no criterion can be decided without a judge"),
    ],
)  # fmt: skip
def test_a_task_that_cannot_be_right_is_refused(faulty: Task, reason: str):
    with pytest.raises(CoreCraftError, match=reason):
        sound(faulty, "tasks/T-1.json")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"id": "x"}', b'{"id": "x", "criteria": [{"check": {"check": "always"}}]}']
)
def test_a_malformed_task_file_is_refused_with_its_path(tmp_path: Path, content: bytes):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(CoreCraftError, match=r"x\.json is no task: .+"):
        read_task(path)


ORDER = {
    "id": "ord-251101-901",
    "customerId": "nobody",
    "lineItems": [],
    "status": "paid",
    "createdAt": "2025-11-01T15:00:00Z",
}


@pytest.mark.parametrize(
    ("prompt", "label", "asked"),
    [
        ("On a line TAKEN BY: who has it.", "TAKEN BY", True),
        ("Say who it was taken by.", "TAKEN BY", False),
        ("Give me TAKEN BYE.", "TAKEN BY", False),
        ("Put DUE and TAKEN BY below it.", "TAKEN BY", True),
        ("A line ITEM n for each.", "ITEM 2", True),
        ("A line for each item.", "ITEM 2", False),
        ("A line 2026: with the sum.", "2026", True),
        ("The lines Ordered, In stock and Short.", "In stock", True),
        ("Tell me what is in stock.", "In stock", False),
        ("Hello. In stock we have three.", "In stock", False),
        ("Refund / Delay, a line each.", "Refund", True),
        ("Refund: the amount.", "Refund", True),
        ("Refund her today.", "Refund", False),
        ("Refund (the amount) and Delay.", "Refund", True),
        ("Tell me of the refund.", "refund", False),
        ('A line "refund" with the amount.', "refund", True),
        ("On a line refund: the amount.", "refund", True),
        ("Call it `refund`.", "refund", True),
        ("With these lines:\n- Refund\n- Delay", "Refund", True),
        ("With these lines:\nRefund her today.", "Refund", False),
    ],
)
def test_a_label_is_asked_for_in_its_own_spelling_and_as_a_label(prompt: str, label: str, asked: bool):
    assert asks_for_line(prompt, label) is asked


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change("order", "ord-251101-901", ORDER), "customerId nobody does not exist"),
        (Change("order", "ord-251101-901", {**ORDER, "colour": "red"}), "no field colour"),
        (Change("order", "ord-251101-901", {**ORDER, "status": 7}), "Expected `str | null`"),
        (Change("order", "ord-251101-901", {**ORDER, "createdAt": "2026-01-01T15:00:00Z"}), "a fact after the clock"),
        (Change("teapot", "x", {"id": "x"}), "unknown entity teapot"),
        (Change("refund", "ref-1", {"id": "ref-1", "paymentId": "pay-251104-428", "amount": 700.0, "status": "approved"}),
         "more refunded than paid"),
    ],
)  # fmt: skip
def test_rows_of_a_task_that_contradict_the_world_are_refused(stage: Stage, change: Change, reason: str):
    assert any(reason in line for line in contradictions(stage.world, (change,)))


@pytest.mark.parametrize(
    ("misfit", "reason"),
    [
        (task(FINE, requester="nobody"), "the requester nobody does not exist"),
        (task(Criterion("x", "Saw", "completeness", Saw(ids=("ord-1",), field="status"))),
         "criterion x: the row ord-1 does not exist"),
        (task(Criterion("x", "Set", "correctness", Becomes(entity="order", rows={"ord-1": {"status": "paid"}}))),
         "criterion x: the row order ord-1 does not exist"),
    ],
)  # fmt: skip
def test_a_task_about_rows_that_are_not_there_is_refused(stage: Stage, misfit: Task, reason: str):
    with pytest.raises(CoreCraftError, match=reason):
        sound(misfit, "tasks/T-1.json", stage.world)


def test_a_bundle_with_such_a_task_is_refused_with_its_file(stage: Stage, tmp_path: Path):
    bad = msgspec.structs.replace(stage.tasks["RS-03-006"], fixtures=(Change("order", "ord-251101-901", ORDER),))
    bundle.export(tmp_path, stage.world.genesis, stage.recipe, {bad.id: bad}, by_name(bad.tools))
    with pytest.raises(CoreCraftError, match=r"RS-03-006\.json: its own rows contradict the world"):
        bundle.load(tmp_path)


# --- grading -----------------------------------------------------------------------------------------------------

DAY = Criterion("day", "Gives the day", "correctness", Gives(slots=(Slot("day", day("2025-11-13")),)))
OTHER_DAY = Criterion("other-day", "Gives the other day", "correctness", Gives(slots=(Slot("day", day("2025-11-20")),)))
WORD = Criterion("word", "Opens with yes", "correctness", Decides(right=("yes",), wrong=("no",)))
KIND = Criterion("kind", "Is kind", "format", Judge(question="Is it kind?"))


def graded(stage: Stage, answer: str, *criteria: Criterion):
    episode = stage.open(stage.tasks["RS-03-006"], "graded")
    episode.submit(answer)
    return grade(task(*criteria), episode.trajectory(), World(episode.world.genesis))


def test_reward_is_the_share_and_a_pass_needs_all(stage: Stage):
    half = graded(stage, "No, on 13 November.", DAY, WORD)
    assert (half.reward, half.passed, half.failed) == (0.5, False, ["word"])
    full = graded(stage, "Yes, on 13 November.", DAY, WORD, FINE)
    assert (full.reward, full.passed) == (1.0, True)


def test_rules_kept_by_doing_nothing_earn_nothing(stage: Stage):
    assert graded(stage, "I will look into it.", DAY, FINE).reward == 0
    assert graded(stage, "Yes.", DAY, WORD, FINE).reward == 0  # one word of two is a coin toss
    half = graded(stage, "13 November.", DAY, OTHER_DAY, FINE)
    assert half.code_reward == pytest.approx(1.5 / 3), "a rule counts as far as there is work that it was kept in"
    assert graded(stage, "", FINE).reward == 0


def test_what_needs_a_judge_is_left_out_and_said_so(stage: Stage):
    waiting = graded(stage, "13 November", DAY, KIND)
    assert (waiting.reward, waiting.passed) == (None, None)
    assert (waiting.code_reward, waiting.code_passed, waiting.unjudged) == (1.0, True, ["kind"])
    lost = graded(stage, "14 November", DAY, KIND)
    assert (lost.reward, lost.passed, lost.code_reward) == (0.0, False, 0.0)


def test_only_a_closed_episode_is_graded(stage: Stage):
    episode = stage.open(stage.tasks["RS-03-006"], "open")
    with pytest.raises(CoreCraftError, match="only a closed episode"):
        grade(stage.tasks["RS-03-006"], episode.trajectory(), stage.world)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " \n",
        "\u200b",
        "No.",
        "x" * 1_000_000,
        "1 november 2025 " * 5_000,
        "$1,111" * 5_000,
        "| " * 20_000,
        "中文，没有答案。",
        "\u202e🙂",
    ],
)
@pytest.mark.parametrize("id", ["RS-03-006", "MW-02-003", "S-1"])
def test_nothing_and_noise_pass_nothing(stage: Stage, id: str, answer: str):
    chosen = stage.tasks[id]
    episode = stage.open(chosen, "noise")
    episode.submit(answer)
    result = grade(chosen, episode.trajectory(), stage.world)
    assert not result.code_passed
    assert result.code_reward == 0
