"""Earlier versions of the published tasks: whole, as they were, and playable."""

from __future__ import annotations

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios.kept import holding, kept


def test_every_task_is_the_one_its_splits_pin():
    old = kept("4")
    pins = {id: digest for split in old.about.splits.splits.values() for id, digest in split.tasks.items()}
    assert {id: task.digest for id, task in old.tasks.items()} == pins


def test_a_version_is_had_by_the_digest_of_any_of_its_splits():
    old = kept("4")
    assert all(kept(split.digest[:12]) is old for split in old.about.splits.splits.values())
    with pytest.raises(CoreCraftError, match="no earlier version 99 of labelled tasks is kept; there are: 4"):
        kept("99")
    with pytest.raises(CoreCraftError, match="of natural tasks is kept"):
        kept(old.about.splits.splits["smoke"].digest[:12], "natural")


def test_its_tasks_are_played_with_the_policy_of_then_and_know_their_split():
    stage = Stage.of_version("4")
    task = stage.select(split="heldout", limit=1)[0]
    assert stage.system_text == kept("4").about.system
    assert play(stage, task, scripted(task, "reference"))[1].code_passed
    assert holding(task.id, task.digest)["heldout"] == kept("4").about.splits.splits["heldout"]
