"""Adapters: kept, read again, in GGUF and back, and refused where they are of another model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.errors import CoreCraftError

from . import APART

torch: Any = pytest.importorskip("torch", reason=APART)


def stirred(tiny: Path, adapter: Path | None = None) -> Any:
    """A policy whose adapter does something."""
    from corecraft.rollouts.training.policy import Base, Policy

    policy = Policy.load(Base(tiny), adapter, "cpu", rank=4)
    if adapter is None:
        with torch.no_grad():
            for name, each in policy.model.named_parameters():
                if "lora_B" in name:
                    each.normal_(0, 0.2)
    return policy


def says(policy: Any) -> list[float]:
    with torch.no_grad():
        return policy.model(torch.arange(20)[None]).logits[0, -1, :8].tolist()


def test_an_adapter_is_the_same_when_it_is_read_again_in_either_form(tiny: Path, tmp_path: Path):
    policy = stirred(tiny)
    policy.save(tmp_path / "a", "test")
    wanted = says(policy)
    assert says(stirred(tiny, tmp_path / "a")) == pytest.approx(wanted, abs=1e-6)
    assert says(stirred(tiny, tmp_path / "a" / "adapter.gguf")) == pytest.approx(wanted, abs=1e-2), "of half precision"


def test_rows_are_permuted_as_ggufs_own_converter_does(tiny: Path, tmp_path: Path):
    from corecraft.rollouts.training.adapters import Heads, in_halves, interleaved, read_gguf

    matrix = torch.arange(8.0)[:, None].numpy()
    assert interleaved(matrix, 1)[:, 0].tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert in_halves(interleaved(matrix, 2), 2).tolist() == matrix.tolist()
    with pytest.raises(CoreCraftError, match="is no LoRA adapter in GGUF"):
        read_gguf(tiny / "config.json", Heads(4, 2))


def test_a_checkpoint_of_another_model_is_refused(tiny: Path, tmp_path: Path):
    stirred(tiny).save(tmp_path / "a", "test")
    other = shutil.copytree(tiny, tmp_path / "other")
    weights = other / "model.safetensors"
    safetensors: Any = pytest.importorskip("safetensors.torch", reason=APART)
    state = {name: tensor + 1 for name, tensor in safetensors.load_file(weights).items()}
    safetensors.save_file(state, weights, metadata={"format": "pt"})
    with pytest.raises(CoreCraftError, match="a is a checkpoint of another model"):
        stirred(other, tmp_path / "a")
    with pytest.raises(CoreCraftError, match="is no adapter that was trained here"):
        stirred(tiny, tiny)


def test_a_folder_that_is_no_model(tmp_path: Path):
    from corecraft.rollouts.training.policy import Base

    with pytest.raises(CoreCraftError, match=r"it has no config\.json"):
        Base(tmp_path)
    with pytest.raises(CoreCraftError, match="There is no model"):
        Base(tmp_path / "none")
