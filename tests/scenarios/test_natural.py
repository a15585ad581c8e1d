"""The natural form: the same tasks in people's words, answered in prose."""

from __future__ import annotations

import re
from collections import Counter
from statistics import median
from threading import Thread

import msgspec
import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.replay.verify import verify
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.proof.gates import prove
from corecraft.rollouts.proof.wording import request, wording
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios import splits, unsigned
from corecraft.scenarios.checks import Decides, Gives, Judge
from corecraft.scenarios.company import by_name
from corecraft.scenarios.composition import written
from corecraft.scenarios.families import families
from corecraft.scenarios.grading import grade
from corecraft.scenarios.registry import NAMED, TaskBook
from corecraft.scenarios.task import MOST_JUDGED, Task

CORES = {family: id for id, family in NAMED.items()}
FIRST = {id[:5]: id for split in ("train", "heldout") for id in reversed(splits.task_ids(split))}
ONE_EACH = [CORES.get(id) or FIRST[id] for id in families() if id in splits.pinned().families]
PUBLISHED = [*splits.task_ids("train"), *splits.task_ids("heldout")]


@pytest.fixture(scope="session")
def natural() -> Stage:
    return Stage.build(form="natural")


@pytest.fixture(scope="session")
def published(natural: Stage) -> list[Task]:
    return [natural.tasks[id] for id in PUBLISHED]


@pytest.mark.parametrize(
    "id", [id if number % 6 == 0 else pytest.param(id, marks=pytest.mark.slow) for number, id in enumerate(ONE_EACH)]
)
def test_a_sample_of_tasks_is_proved(natural: Stage, id: str):
    assert list(prove(natural, id).faults()) == []


def test_the_splits_hold_the_same_ids_in_both_forms(published: list[Task]):
    labelled, natural = splits.pinned(), splits.pinned("natural")
    assert natural.form == "natural"
    assert natural.version == labelled.version
    for name, split in labelled.splits.items():
        assert list(natural.splits[name].tasks) == list(split.tasks)
        assert natural.splits[name].digest != split.digest
    pins = {id: digest for split in natural.splits.values() for id, digest in split.tasks.items()}
    assert {task.id: task.digest for task in published} == pins, "meant? corecraft tasks pin --form natural"


def test_case_world_and_tools_are_those_of_the_labelled_form(stage: Stage, natural: Stage):
    for id in ONE_EACH:
        one, other = stage.tasks[id], natural.tasks[id]
        assert (one.fixtures, one.world, one.tools, one.anchors) == (
            other.fixtures,
            other.world,
            other.tools,
            other.anchors,
        )
        assert one.form == "labelled"
        assert one.prompt != other.prompt


def test_no_request_or_rubric_dictates_a_form(published: list[Task]):
    for task in published:
        assert not any(slot.label for slot in task.slots), task.id
        assert all(c.check.question for c in task.criteria if isinstance(c.check, Decides)), task.id
        assert sum(isinstance(c.check, Judge) for c in task.criteria) <= MOST_JUDGED, task.id


def test_requests_are_short_and_none_is_put_twice(published: list[Task]):
    found = wording(published)
    assert found.words <= 40
    assert found.shared <= 0.2
    assert median(len(request(task).split()) for task in published) == found.words
    texts = Counter(request(task) for task in published)
    assert [text for text, count in texts.items() if count > 1] == []


def test_what_is_left_open_is_asked_of_a_judge_with_the_truth_in_it(published: list[Task]):
    """A criterion that code may leave open is put to a reader by its question, who must not need to guess the truth."""
    for task in published:
        for criterion in task.criteria:
            told = re.sub(r"\W", "", criterion.question).lower()
            for slot in criterion.check.slots if isinstance(criterion.check, Gives) else ():
                assert re.sub(r"\W", "", written(slot.value)).lower() in told, f"{task.id} {criterion.id}: {told}"


def test_an_episode_verifies_and_grades_the_same_again(natural: Stage):
    for id in ONE_EACH[::8]:
        task = natural.tasks[id]
        episode, result = play(natural, task, scripted(task, "reference"))
        assert result.code_passed is not False, result.failed
        past, regrade = episode.trajectory(), lambda past, t=task: grade(t, past, natural.world).data()
        assert verify(past, by_name(task.tools), natural.world.genesis, regrade=regrade).ok


def test_a_task_is_the_same_whichever_was_asked_for_first(natural: Stage):
    ids = [id for id in PUBLISHED if id.startswith("RS-03")]
    book = TaskBook(natural.world, natural.recipe, "natural")
    found: dict[str, str] = {}
    threads = [Thread(target=lambda id=id: found.setdefault(id, book[id].digest)) for id in reversed(ids)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {id: natural.tasks[id].digest for id in ids}


# --- requests that say neither who writes nor which order --------------------------------------------------------


def test_a_few_requests_say_nothing_of_who_asks(published: list[Task]):
    found = [task for task in published if task.kind == unsigned.KIND]
    assert 3 <= len(found) <= 60
    for task in found:
        assert not re.search(r"\b(?:ord|ship|pay|tick)-\d|@|\[Website|From: ", task.prompt), task.prompt


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Happy to look into it. Could you send me your order number and the e-mail address you ordered with?", True),
        ("I can't tell which order this is about. Please reply with the order number.", True),
        ("Could you give me your order's number?", True),
        ("Which of your orders do you mean?", True),
        ("I do not need your order number, it is done.", False),
        ("Sorry to hear that! I'll look into it right away and get back to you.", False),
        ("Your order ord-251104-429 can no longer be returned. Anything else you need, which order?", False),
    ],
)
def test_who_is_asked_for_the_order_tells_of_none(natural: Stage, published: list[Task], answer: str, right: bool):
    task = next(task for task in published if task.kind == unsigned.KIND)
    episode = natural.open(task, f"{task.id}.{right}.{len(answer)}")
    episode.submit(answer)
    assert grade(task, episode.trajectory(), natural.world).code_passed is right


# --- the switch --------------------------------------------------------------------------------------------------


def test_a_splits_file_of_the_other_form_is_refused(tmp_path):
    file = tmp_path / "mine.json"
    file.write_bytes(msgspec.json.encode(splits.pinned("natural")))
    with pytest.raises(CoreCraftError, match="holds natural tasks, not labelled ones; --form natural takes them"):
        splits.read(file)
    assert splits.read(file, "natural") == splits.pinned("natural")


def test_a_form_that_was_read_somewhere_changes_no_task():
    read = "".join(["label", "led"])  # an equal string that is another object, as a command line has it
    stage = Stage.build(form=read)  # pyright: ignore[reportArgumentType]
    pins = splits.pinned().splits["smoke"].tasks
    assert {id: stage.tasks[id].digest for id in pins} == pins


def test_a_stage_selects_of_its_own_form(natural: Stage):
    (task,) = natural.select(split="smoke", limit=1)
    assert (natural.form, task.form) == ("natural", "natural")
