"""Fine-tuning a tiny model through TRL: the loss falls, on its own turns, and what comes out can be played with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play
from corecraft.rollouts.training.selection import Chosen
from corecraft.rollouts.training.sft import NOT_LEARNT, SftSettings, at_a_time, examples, fitting, labels, train

from . import APART
from .conftest import Bytes

TASKS = ("RS-03-000", "RS-03-002", "RS-03-003", "RS-03-005")


@pytest.fixture(scope="module")
def chosen(stage: Stage) -> list[Chosen]:
    tasks = [stage.tasks[id] for id in TASKS]
    return [Chosen(Path("run"), t.id, 1.0, play(stage, t, scripted(t, "reference"))[0].trajectory()) for t in tasks]


def test_the_loss_is_on_the_models_own_tokens_alone(chosen: list[Chosen]):
    for one in examples(chosen, Bytes()):
        learnt = [id for id in labels(one) if id != NOT_LEARNT]
        assert learnt == [id for start, end in one.turns for id in one.ids[start:end]]
        assert 0 < len(learnt) < len(one.ids) / 2
        assert labels(one)[0] == NOT_LEARNT


def test_what_does_not_fit_is_left_out_whole(chosen: list[Chosen]):
    found = examples(chosen, Bytes())
    assert fitting(found, 10) == []
    assert len(fitting(found, 100_000)) == 4
    assert [at_a_time(SftSettings(batch=8, batch_tokens=1000), longest) for longest in (100, 400, 5000)] == [8, 2, 1]


def test_the_loss_falls_and_the_adapter_is_there(chosen: list[Chosen], tiny: Path, tmp_path: Path):
    pytest.importorskip("trl", reason=APART)
    from corecraft.rollouts.training.policy import Base, Policy

    base, told = Base(tiny), []
    found = examples(chosen, base.tokenizer())
    settings = SftSettings(epochs=4, learning_rate=0.03, batch=2, batch_tokens=20_000, context=8192, rank=4)
    curves = train(base, None, "cpu", found[:3], found[3:], settings, tmp_path, told.append)
    losses = [loss for _, loss in curves.series("loss")]
    assert losses[-1] < losses[0] - 0.5, losses
    assert curves.series("held_loss")
    assert told[-1]["step"] == curves.rows[-1]["step"]
    assert (tmp_path / "adapter" / "adapter.gguf").exists()
    lora: Any = Policy.load(base, tmp_path / "adapter", "cpu").lora()
    assert any(matrix.any() for (_, _, half), matrix in lora.weights.items() if half == "B")
    with pytest.raises(CoreCraftError, match="no episode fits into 10 tokens"):
        train(base, None, "cpu", [], [], SftSettings(context=10), tmp_path / "none", told.append)
