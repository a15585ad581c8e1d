"""What a judge says is an event after the close: grades read it, verification agrees, and the last word counts."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from corecraft.engine.agenda import Due, Plan
from corecraft.engine.canonical import digest, encode
from corecraft.engine.edits import ClockSet, Told
from corecraft.engine.episode import Episode
from corecraft.engine.errors import EpisodeEnded, InvalidInput, OtherVersion
from corecraft.engine.event import GRADED, JUDGED, Change
from corecraft.engine.trajectory import Trajectory
from corecraft.replay.verify import verify
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, prepare_run, record_grade, record_verdict, regrader, stored_task
from corecraft.scenarios.company import by_name
from corecraft.scenarios.grading import Grade, grade
from corecraft.scenarios.task import Criterion, Task

TASK = "RS-03-006"


def answered(stage: Stage, text: str | None = None, id: str = TASK) -> Episode:
    """The reference's episode, closed and not graded."""
    task = stage.tasks[id]
    episode = stage.open(task, "judged")
    answer = scripted(task, "reference").play(episode)
    episode.submit(answer if text is None else text.replace("{answer}", answer))
    return episode


def verified(stage: Stage, task: Task, episode: Episode) -> bool:
    def regrade(past: Trajectory) -> dict[str, Any]:
        return grade(task, past, stage.world).data()

    verdict = verify(episode.trajectory(), by_name(task.tools), stage.world.genesis, regrade=regrade)
    return verdict.ok


def judged(task: Task) -> Criterion:
    return next(criterion for criterion in task.criteria if criterion.id == "condition")


@pytest.mark.parametrize(("said", "passed", "reward"), [(True, True, 1.0), (False, False, 5 / 6), (None, None, None)])
def test_a_verdict_settles_what_waited_for_it(
    stage: Stage, said: bool | None, passed: bool | None, reward: float | None
):
    task, episode = stage.tasks[TASK], answered(stage)
    first = record_grade(task, episode)
    assert (first.passed, first.reward, first.unjudged) == (None, None, ["condition"])
    record_verdict(episode, judged(task), said, model="reader-1", votes=[said, said, True])
    second = record_grade(task, episode)
    assert second.passed is passed
    assert second.reward == (pytest.approx(reward, abs=0.1) if reward is not None else None)
    assert (second.code_passed, second.code_reward) == (first.code_passed, first.code_reward)
    assert verified(stage, task, episode)
    assert [e.kind for e in episode.trajectory().events[-3:]] == [GRADED, JUDGED, GRADED]


def test_the_last_word_counts(stage: Stage):
    task, episode = stage.tasks[TASK], answered(stage)
    record_verdict(episode, judged(task), False, model="reader-1")
    record_verdict(episode, judged(task), True, model="reader-2")
    found = record_grade(task, episode)
    assert found.passed is True
    (criterion,) = (c for c in found.criteria if c.id == "condition")
    assert "reader-2 says yes" in criterion.reason
    assert criterion.evidence[-1] == len(episode.trajectory()) - 2


def test_an_answer_to_another_question_says_nothing(stage: Stage):
    task, episode = stage.tasks[TASK], answered(stage)
    said = {"criterion": "condition", "question": "0" * 64, "verdict": True, "model": "reader-1"}
    episode.record(JUDGED, said)
    assert record_grade(task, episode).unjudged == ["condition"]


def waiting(stage: Stage) -> tuple[Task, Episode, Grade]:
    """An answer that code cannot read for certain: it hedges."""
    task = stage.tasks[TASK]
    sure = answered(stage).trajectory().answer or ""
    episode = answered(stage, sure.replace("was delivered", "was probably delivered"))
    found = grade(task, episode.trajectory(), stage.world)
    return task, episode, found


def test_what_code_abstains_from_can_be_settled_too(stage: Stage):
    task, episode, found = waiting(stage)
    open_ = [c.id for c in found.criteria if c.abstained]
    assert open_, found
    for criterion in task.criteria:
        if criterion.id in (*open_, "condition"):
            record_verdict(episode, criterion, True, model="reader-1")
    settled = record_grade(task, episode)
    assert settled.passed is True
    assert settled.reward == 1
    assert settled.code_passed is None  # what code says alone stays what it was
    assert settled.code_reward == found.code_reward
    assert verified(stage, task, episode)


def test_a_verdict_needs_an_end_and_its_form(stage: Stage):
    task = stage.tasks[TASK]
    episode = stage.open(task, "open")
    with pytest.raises(EpisodeEnded):
        record_verdict(episode, judged(task), True, model="reader-1")
    episode.submit("Done.")
    with pytest.raises(InvalidInput):
        episode.record(JUDGED, {"criterion": "condition", "verdict": "yes"})


# --- forks into a changed world ----------------------------------------------------------------------------------


def moved(stage: Stage, task: Task, day: str) -> Change:
    """The parcel's last scan on another day."""
    parcel = next(c.set for c in task.fixtures if c.entity == "shipment")
    *scans, last = parcel["events"]
    return Change("shipment", parcel["id"], {"events": [*scans, {**last, "at": f"{day}T16:00:00Z"}]})


def test_an_edited_fork_is_graded_by_the_truth_of_its_own_world(stage: Stage):
    task = stage.tasks[TASK]
    parent = stage.open(task, "parent")
    child = parent.fork(edits=[moved(stage, task, "2025-11-26")])
    child.submit(scripted(task, "reference").play(child))
    assert record_grade(task, child).code_passed is True
    assert "26 November" in str(child.trajectory().answer)
    old = parent.fork(edits=[moved(stage, task, "2025-11-26")])
    old.submit(scripted(task, "reference").play(stage.open(task, "unedited")))
    assert record_grade(task, old).code_passed is False  # right elsewhere, wrong here
    assert verified(stage, task, child)


def test_where_the_task_has_no_truth_in_the_changed_world_it_is_not_applicable(stage: Stage):
    task = stage.tasks[TASK]
    parcel = next(c.set for c in task.fixtures if c.entity == "shipment")
    child = stage.open(task, "parent").fork(edits=[Change("shipment", parcel["id"], {"events": []})])
    child.submit("It was never delivered.")
    found = record_grade(task, child)
    assert "cannot be posed" in found.not_applicable
    assert (found.passed, found.reward, found.code_passed, found.code_reward) == (None, None, None, None)
    assert found.criteria == ()
    assert verified(stage, task, child)


# --- runs of other versions --------------------------------------------------------------------------------------


def test_a_history_graded_by_an_older_rubric_verifies_and_says_that_its_grade_was_not_compared(
    stage: Stage, tmp_path: Path
):
    task = stage.tasks[TASK]
    run = prepare_run(tmp_path / "run", stage, {})
    older = encode(task).replace(b'"check":"gives"', b'"check":"names_day"')
    pin = {"id": TASK, "digest": digest(older)}
    run.add_task(json.loads(older), pin["digest"])
    with closing(run.writer("old", lambda: 0)) as log:
        episode = evolve(stage.opening(task), task=pin).begin("older", log)
        episode.submit(scripted(task, "reference").play(episode))
        record_grade(task, episode)
    run.reload()
    past = run.trajectory("older")
    found = verify(past, by_name(task.tools), stage.world.genesis, regrade=regrader(run))
    assert found.ok
    assert "another version wrote the rubric of RS-03-006" in str(found)
    with pytest.raises(OtherVersion):
        stored_task(run, past)


def test_a_fork_at_another_time_is_graded_by_the_truth_of_then(stage: Stage):
    task = stage.tasks["S-2"]
    parent = stage.open(task, "in-time")
    answer = scripted(task, "reference").play(parent)
    later = parent.fork(edits=[ClockSet.read("2026-06-20T15:00:00Z")])
    planned = parent.fork(edits=[Plan(due=(Due(at=parent.world.now, kind="world.noted"),))])
    told = parent.fork(edits=[Told("Hurry, please.")])
    for line in (parent, later, planned, told):
        line.submit(answer)
    assert stage.grade(parent).code_passed
    assert stage.grade(told).code_passed
    assert not stage.grade(later).code_passed, "the window has closed by then"
    assert "cannot be posed" in stage.grade(planned).not_applicable
