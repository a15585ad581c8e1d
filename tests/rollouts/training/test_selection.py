"""Who may be learnt from: nothing held out, the good ones, the best of each task, and no task on both sides."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play, prepare_run
from corecraft.rollouts.training.selection import check_trainable, parted, select
from corecraft.scenarios.splits import Split, Splits

TRAINED, HELD = "RS-03-000", "RS-03-h014"


def run(stage: Stage, folder: Path, *episodes: tuple[str, str, int]) -> Path:
    """Each: task, agent, trial."""
    made = prepare_run(folder, stage, {"agent": "several"}, [stage.tasks[task] for task, _, _ in episodes])
    with closing(made.writer("w", lambda: 0)) as log:
        for task, agent, trial in episodes:
            play(stage, stage.tasks[task], scripted(stage.tasks[task], agent), log=log, trial=trial)
    return folder


@pytest.fixture(scope="module")
def mixed(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "mixed"
    return run(
        stage,
        folder,
        (TRAINED, "failing", 0),
        (TRAINED, "reference", 0),
        (TRAINED, "reference", 1),
        (HELD, "reference", 0),
    )


def ids(folder: Path, **how: object) -> list[str]:
    return [one.trajectory.id for one in select([folder], **how).chosen]  # type: ignore[arg-type]


def test_what_is_held_out_is_left_out_and_counted(mixed: Path):
    found = select([mixed])
    assert found.tasks == [TRAINED]
    assert len(found.chosen) == 3
    assert found.left_out == {"held out": 1}


def test_a_run_of_another_split_is_refused(stage: Stage, tmp_path: Path):
    held = run(stage, tmp_path / "held", (HELD, "reference", 0))
    with pytest.raises(CoreCraftError, match=r"no episode to learn from in .*: 1 held out"):
        select([held])


def test_by_reward_and_the_best_of_each_task(mixed: Path):
    assert ids(mixed, least=1.0) == [f"{TRAINED}.reference.{trial}" for trial in (0, 1)]
    assert ids(mixed, best=1) == [f"{TRAINED}.reference.0"], "of equal ones the first"
    assert ids(mixed, agent="failing") == [f"{TRAINED}.failing.0"]
    with pytest.raises(CoreCraftError, match="4 of another agent"):
        ids(mixed, agent="nobody")
    with pytest.raises(CoreCraftError, match="3 of another family"):
        ids(mixed, families=["CM-01"])


def test_equal_histories_are_equal_data(mixed: Path, stage: Stage, tmp_path: Path):
    again = run(
        stage, tmp_path / "again", (TRAINED, "reference", 1), (TRAINED, "failing", 0), (TRAINED, "reference", 0)
    )
    assert select([mixed]).digest == select([again]).digest
    assert select([mixed]).digest != select([mixed], best=1).digest


def test_splits_of_ones_own_say_what_may_be_learnt(mixed: Path, stage: Stage):
    own = Splits(
        1, "w", {"train": Split("d", {"RS-03-001": "x"}), "heldout": Split("d", {TRAINED: stage.tasks[TRAINED].digest})}
    )
    with pytest.raises(CoreCraftError, match="4 held out"):
        select([mixed], splits=own)
    with pytest.raises(CoreCraftError, match="not of the training split"):
        check_trainable([TRAINED], own)
    check_trainable(["RS-03-001"], own)
    with pytest.raises(CoreCraftError, match=f"{HELD}: not of the training split"):
        check_trainable([TRAINED, HELD])


def test_no_task_is_on_both_sides(mixed: Path):
    chosen = select([mixed]).chosen
    for share in (0.0, 0.5, 1.0):
        learnt, measured = parted(chosen, share)
        assert not {one.task for one in learnt} & {one.task for one in measured}
        assert len(learnt) + len(measured) == 3
    assert parted(chosen, 0.0)[0] == list(chosen)
