"""A run that is read sparingly is the same run: live and sealed, while it is written, and once it was damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.analysis.seal import seal
from corecraft.engine.episode import Episode
from corecraft.engine.errors import LogDamaged
from corecraft.engine.run import Run
from corecraft.engine.world import World

from tests import toy


def wall() -> int:
    return 7


def made(folder: Path) -> Run:
    """Three episodes whose lines stand among each other, and a fork of a fork."""
    run = Run.create(folder, {})
    run.add_genesis(toy.genesis())
    log = run.writer("w", wall)
    told = [Episode.open(f"e{n}", World(toy.genesis()), toy.toolset(), log=log, labels={"n": n}) for n in range(3)]
    for color in ("red", "green", "blue"):
        for episode in told:
            episode.call("paintPot", {"pot_id": "p1", "color": color})
    fork = told[0].fork(3)
    fork.call("listPots", {})
    again = fork.fork(3)
    again.call("listPots", {"color": "red"})
    again.submit("red")
    log.close()
    return Run(folder)


def same(left: Run, right: Run) -> None:
    assert list(left.episodes) == list(right.episodes)
    assert [str(damage) for damage in left.damages] == [str(damage) for damage in right.damages]
    for id in left.episodes:
        assert left.trajectory(id).hashes == right.trajectory(id).hashes
        assert [*left.asides(id)] == [*right.asides(id)]
    lines = [sorted((entry.number, entry.raw) for entry in run.lines()) for run in (left, right)]
    assert lines[0] == lines[1]


def test_it_is_the_same_run(tmp_path: Path):
    run = made(tmp_path / "run")
    same(run, Run(run.path, sparing=True))
    list(seal(run, "1GB"))
    same(run, Run(run.path, sparing=True))


def test_what_is_held_is_what_is_there(tmp_path: Path):
    run = made(tmp_path / "run")
    list(seal(run, "1GB"))
    sparing = Run(run.path, sparing=True)
    sparing.hold([run.episodes[-1]])
    (segment,) = sparing._segments.values()
    assert {*segment._held} == {"e0", "e0~1", "e0~1~1"}
    sparing.hold(["e1"])
    assert {*segment._held} == {"e1"}
    same(run, sparing)
    sparing.hold(run.episodes)  # once all was asked for, all is there
    same(run, sparing)


def test_what_is_sealed_meanwhile_is_read_from_there(tmp_path: Path):
    run = made(tmp_path / "run")
    sparing = Run(run.path, sparing=True)
    list(sparing.episodes)
    list(seal(run, "1GB"))
    for id in run.episodes:
        assert sparing.trajectory(id).hashes == run.trajectory(id).hashes


def test_torn_and_foreign_lines_are_told(tmp_path: Path):
    run = made(tmp_path / "run")
    (path,) = run.segments
    whole = path.read_bytes()
    path.write_bytes(b"what is this\n" + whole + b'{"episode":"e9","wall')
    same(Run(run.path), Run(run.path, sparing=True))
    assert len(Run(run.path, sparing=True).damages) == 2


def test_what_was_altered_since_is_no_line(tmp_path: Path):
    run = made(tmp_path / "run")
    sparing = Run(run.path, sparing=True)
    list(sparing.episodes)
    (path,) = run.segments
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(LogDamaged, match="was altered since"):
        sparing.trajectory("e0")
