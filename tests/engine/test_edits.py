"""Forks into a changed world: the opening carries the edits and the task, and the edits are facts like any other."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.episode import Episode, fork_of
from corecraft.engine.errors import InvalidInput
from corecraft.engine.event import OPENED, Change
from corecraft.engine.run import Run
from corecraft.replay.verify import verify

from ..toy import episode, genesis, toolset

TASK = {"id": "red", "digest": "0" * 64}
CHEAPER = Change("pot", "p1", {"price": 0})
NEW = Change("pot", "p99", {"id": "p99", "name": "Pot 99", "color": "red", "price": 3})


def price(e: Episode) -> int:
    return next(pot["price"] for pot in e.call("listPots", {}).value if pot["id"] == "p1")


def test_the_opening_carries_the_edits_and_the_task():
    parent = episode(task=TASK)
    child = parent.fork(edits=[CHEAPER, NEW])
    opened = child.trajectory().opened
    assert opened.kind == OPENED
    assert opened.changes == (CHEAPER, NEW)
    assert opened.data["task"] == TASK
    assert child.trajectory().edits == (CHEAPER, NEW)
    assert price(child) == 0
    assert price(parent) == 2
    assert parent.trajectory().edits == ()


def test_a_fork_without_edits_carries_its_task_too():
    assert episode(task=TASK).fork().fork().trajectory().task == TASK
    assert episode().fork().trajectory().task is None


def test_an_edited_history_verifies_and_is_forked_on_with_its_edits():
    child = episode(task=TASK).fork(edits=[CHEAPER])
    grandchild = child.fork(edits=[NEW])
    for line in (child, grandchild):
        assert price(line) == 0
        line.submit("Done.")
        assert verify(line.trajectory(), toolset(), genesis()).ok
    assert grandchild.trajectory().edits == (CHEAPER, NEW)
    assert child.trajectory().edits == (CHEAPER,)
    late = fork_of(child.trajectory(), genesis(), toolset(), id="late", edits=[Change("pot", "p1", {"price": 9})])
    assert price(late) == 9
    assert late.trajectory().task == TASK


def test_an_edited_fork_is_read_back_as_it_was(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    with closing(run.writer("test", lambda: 0)) as log:
        parent = episode("one", task=TASK, log=log)
        child = parent.fork(id="two", edits=[CHEAPER])
        child.call("listPots", {})
        head, state = child.head_hash, child.world.state_hash
    past = Run(tmp_path / "run").trajectory("two")
    assert past.head_hash == head
    assert past.edits == (CHEAPER,)
    assert past.world_at(len(past) - 1, genesis()).state_hash == state
    resumed = Episode.resume(past, genesis(), toolset())
    assert price(resumed) == 0
    assert resumed.fork().trajectory().task == TASK


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Change("teapot", "p1", {"price": 1}), "there are no rows of type teapot; there are lid, pot"),
        (Change("pot", "p1", {"id": "p2"}), "the pot p1 cannot have another id"),
        (Change("pot", "p77", {"price": 1}), "there is no pot p77; a new row sets all its fields, `id` among them"),
        (Change("pot", "p1", {}, ("id",)), "the pot p1 cannot have another id, or none"),
        (
            ("pot", "p1", {"price": 1}),
            r"an edit is a Change, EditedReply, OtherTools, ClockSet, Plan or Told, not \('pot'",
        ),
    ],
)
def test_an_edit_of_what_the_world_does_not_know_is_refused(edit: Any, said: str):
    parent = episode()
    with pytest.raises(InvalidInput, match=f"^{said}"):
        parent.fork(edits=[edit])
    with pytest.raises(InvalidInput, match=f"^{said}"):
        fork_of(parent.trajectory(), genesis(), toolset(), id="x", edits=[edit])
    assert len(parent.trajectory()) == 1
