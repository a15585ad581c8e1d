"""`corecraft train`: what it makes with a tiny model, and what it refuses in one line."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from corecraft.cli.main import main
from corecraft.rollouts.training import libraries

from ..rollouts.training.conftest import tiny as tiny  # the fixture

HELD = "RS-03-h014"
torch_is_there = pytest.mark.skipif(
    find_spec("trl") is None, reason="the extra `train` is not installed; make train-tests"
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "reference"
    for task in ("RS-03-000", "RS-03-002", HELD):
        assert main(["run", "--task", task, "--agent", "reference", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def refused(capsys: Any) -> Callable[..., str]:
    def ask(*arguments: object) -> str:
        capsys.readouterr()
        assert main(["train", *map(str, arguments)]) == 2
        *_, line = capsys.readouterr().err.splitlines()
        return line

    return ask


def test_mistakes_are_one_line_before_any_library_is_loaded(reference: Path, tmp_path: Path, refused: Any):
    out = ("--out", tmp_path / "out")
    assert "of another family" in refused("sft", reference, "--family", "CM-01", *out)
    assert "--epochs must be more than 0" in refused("sft", reference, "--epochs", 0, *out)
    assert "one of the two" in refused("sft", reference, "--full", "--adapter", "a", *out)
    assert f"{HELD}: not of the training split" in refused("grpo", "--tasks", HELD, *out)
    assert "--group must be 2 or more" in refused("grpo", "--tasks", "RS-03-000", "--group", 1, *out)
    assert "say what to play" in refused("grpo", *out)
    assert "no training task is of XX-01" in refused("grpo", "--family", "XX-01", *out)
    assert "the likeliest answers alone" in refused("grpo", "--tasks", "RS-03-000", "--temperature", 0, *out)
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_says_so(reference: Path, tmp_path: Path, refused: Any, monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> str:
        raise libraries.PackageNotFoundError(name)

    monkeypatch.setattr(libraries, "version", missing)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    for way in (("sft", reference), ("grpo", "--tasks", "RS-03-000")):
        said = refused(*way, "--base", tmp_path / "model", "--out", tmp_path / "out")
        assert said == "error: training needs torch, which is not installed: pip install 'corecraft[train]'"
    assert "training needs torch" in refused("recipe", "smollm", "--out", tmp_path / "out")


@torch_is_there
def test_no_accelerator_and_too_little_memory(
    reference: Path, tiny: Path, tmp_path: Path, refused: Any, monkeypatch: Any
):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    how = ("--base", tiny, "--out", tmp_path / "out")
    assert "there is no accelerator here" in refused("sft", reference, "--device", "cuda", *how)
    said = refused("grpo", "--tasks", "RS-03-000", "--batch-tokens", 10**9, *how)
    assert "too little memory: about" in said
    assert said.endswith("fewer --batch-tokens, --rows or --context need less")
    assert not (tmp_path / "out").exists()


@torch_is_there
def test_from_a_run_to_an_adapter_to_rollouts(reference: Path, tiny: Path, tmp_path: Path, capsys: Any):
    warm, grpo = tmp_path / "warm", tmp_path / "grpo"
    what = (
        "--base",
        str(tiny),
        "--context",
        "8000",
        "--rank",
        "4",
        "--batch-tokens",
        "20000",
        "--threads",
        "1",
        "--json",
    )
    assert main(["train", "sft", str(reference), *what, "--epochs", "1", "--held", "0", "--out", str(warm)]) == 0
    captured = capsys.readouterr()
    assert "2 episodes of 2 tasks, 1 left out: held out" in captured.err
    assert msgspec.json.decode(captured.out)[-1]["step"] >= 1
    text = (warm / "card.md").read_text()
    assert "| left out, held out | 1 |" in text
    assert "digest of the histories" in text
    assert (warm / "curves.svg").read_text().startswith("<svg ")

    play = (
        "--tasks",
        "RS-03-000",
        "--steps",
        "1",
        "--group",
        "2",
        "--max-tokens",
        "4",
        "--adapter",
        str(warm / "adapter"),
    )
    assert main(["train", "grpo", *what, *play, "--out", str(grpo)]) == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines()[0].startswith(
        "step 1: reward 0.000, passed 0% of 2; 0 groups, 1 dropped, 0 masked"
    )
    row = msgspec.json.decode(captured.out)[0]
    assert (row["episodes"], row["dropped"], row["learnt"]) == (2, 1, 0)
    assert (grpo / "adapter" / "adapter.gguf").exists()
    assert main(["sql", str(grpo / "run"), "SELECT count(*) FROM episodes"]) == 0


@torch_is_there
def test_the_recipe_makes_a_table_and_does_nothing_twice(tiny: Path, tmp_path: Path, monkeypatch: Any, capsys: Any):
    from corecraft.rollouts.training import recipe
    from corecraft.rollouts.training.grpo import GrpoSettings
    from corecraft.rollouts.training.sft import SftSettings

    small = recipe.Recipe(
        SftSettings(epochs=1, batch_tokens=20_000, context=8192, rank=4),
        GrpoSettings(steps=1, tasks=1, group=2, rows=4, room=8000, turn=4, batch_tokens=20_000, rank=4),
        families=("RS-03",), tasks=1, held=("RS-03",), each=2, trials=1,
    )  # fmt: skip
    monkeypatch.setattr(recipe, "MINI", small)
    monkeypatch.setattr(recipe, "HELD", 0.0)
    out = tmp_path / "out"
    command = [
        "train",
        "recipe",
        "smollm",
        "--mini",
        "--base",
        str(tiny),
        "--device",
        "cpu",
        "--threads",
        "1",
        "--out",
        str(out),
    ]
    assert main(command) == 0
    shown = capsys.readouterr().out
    names = ["base", "base at temperature 1", "warm-up", "warm-up at temperature 1", "grpo", "grpo at temperature 1"]
    assert [line.split("\t")[0] for line in shown.splitlines()[1:7]] == names
    assert "grpo less warm-up\t2\t0.000 [" in shown
    text = (out / "table.md").read_text()
    assert "| base at temperature 1 | 2 | 0.000 [" in text
    written = {path: path.stat().st_mtime_ns for path in out.rglob("*.jsonl") if path.name != "manifest.jsonl"}
    assert main(command) == 0
    capsys.readouterr()
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert (out / "table.md").read_text() == text
