"""What is said before anything is loaded: libraries, memory; and the small modules beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.training import libraries, memory
from corecraft.rollouts.training.card import card
from corecraft.rollouts.training.curves import Curves, sparkline

from . import APART


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, r"training needs torch, which is not installed: pip install 'corecraft\[train\]'"),
        ("2.10.1+cpu", "torch 2.10.1"),
        ("2.14.0", "outside what was tested, 2.11 up to before 2.14"),
    ],
)
def test_a_library_that_nobody_tried_is_refused(found: str | None, said: str, monkeypatch: pytest.MonkeyPatch):
    def version(_: str) -> str:
        if found is None:
            raise libraries.PackageNotFoundError
        return found

    monkeypatch.setattr(libraries, "version", version)
    with pytest.raises(CoreCraftError, match=said):
        libraries.need(["torch"])


@pytest.mark.parametrize("found", ["2.11", "2.13.0+cpu", "2.13.1"])
def test_what_was_tested_is_taken(found: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(libraries, "version", lambda _: found)
    libraries.need(["torch"])


def test_memory_is_estimated_before_the_start():
    small = memory.Shape(135_000_000, 30, 576, 49152, 10_000_000)
    wanted = memory.needed(small, 8192, 4)
    assert 10 < wanted / memory.GIB < 20
    assert memory.needed(small, 4096, 4) < wanted
    memory.check(wanted, None, "")
    memory.check(wanted, wanted, "")
    with pytest.raises(
        CoreCraftError, match=r"too little memory: about 1\d\.\d GiB are needed and 4.0 GiB are free; fewer"
    ):
        memory.check(wanted, 4 * memory.GIB, "fewer tokens need less")


def test_curves_go_on_and_a_step_made_anew_takes_the_place_of_the_first(tmp_path: Path):
    curves = Curves(tmp_path)
    for step in (1, 2, 3):
        curves.add({"step": step, "reward": step / 10, "loss": float("nan")})
    again = Curves(tmp_path)
    again.add({"step": 2, "reward": 0.9, "loss": 1.0})
    assert Curves(tmp_path).series("reward") == [(1, 0.1), (2, 0.9)]
    assert Curves(tmp_path).series("loss") == [(2, 1.0)], "what is no number was not measured"
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert (sparkline([1.0, 1.0]), sparkline([])) == ("▁▁", "")
    text = card("Title", {"runs": "a | b"}, {"rank": 4}, again, ["reward", "loss"])
    assert "| runs | a \\| b |" in text
    assert "| reward | 0.1 | 0.9 | 0.9 | 2 |" in text


def test_an_accelerator_that_is_not_there(monkeypatch: pytest.MonkeyPatch):
    torch: Any = pytest.importorskip("torch", reason=APART)
    from corecraft.rollouts.training.policy import device_of

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of("auto") == "cpu"
    with pytest.raises(CoreCraftError, match="there is no accelerator here"):
        device_of("cuda")
