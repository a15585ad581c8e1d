"""Whoever asks a damaged run, or two that share ids, is told; whoever asks a sound one is left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.analysis import caveats as module
from corecraft.analysis.caveats import caveats
from corecraft.analysis.database import connect

from .test_tables import make_run


def said(*runs: Path) -> list[str]:
    return list(caveats(connect(runs), runs))


def test_a_sound_run_needs_none(tmp_path: Path):
    assert said(make_run(tmp_path / "one")) == []


def test_damage_is_told_once_a_run_with_what_to_do(tmp_path: Path):
    sound, damaged = make_run(tmp_path / "one"), make_run(tmp_path / "two")
    segment = damaged / "segments" / "w.jsonl"
    segment.write_bytes(b"garbage\n" + segment.read_bytes() + b"{torn")
    first, second = said(sound, damaged)
    assert first.startswith(f"{damaged} is damaged")
    assert f"corecraft verify {damaged}" in first
    assert "SELECT * FROM damages" in first
    assert second.startswith("3 episode ids, such as main, are in more than one of these runs")


def test_of_a_large_log_only_what_shows_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_LOOKED_THROUGH", 0)
    run = make_run(tmp_path / "one")
    segment = run / "segments" / "w.jsonl"
    segment.write_bytes(b"garbage\n" + segment.read_bytes())
    assert said(run) == []
    segment.write_bytes(segment.read_bytes() + b"{torn")
    assert len(said(run)) == 1
