"""A recorded line that another process takes up, and how far its agent may go."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from corecraft.engine.episode import BUDGET_EXHAUSTED, Budget, Episode, fork_of
from corecraft.engine.errors import DigestMismatch, EpisodeEnded, NameTaken
from corecraft.engine.event import Change
from corecraft.engine.run import Run
from corecraft.replay.verify import verify

from ..toy import episode, genesis, toolset
from .on_disk import new_run, two_lines_and_a_fork

ACTS = [
    lambda e: e.call("paintPot", {"pot_id": "p1", "color": "red"}, call_id="c1"),
    lambda e: e.call("paintPot", {"pot_id": "p99", "color": "red"}),
    lambda e: e.record("model.responded", {"text": "so"}),
    lambda e: e.advance_clock(e.world.now + 5),
    lambda e: e.call("listPots", {"color": "red"}),
    lambda e: e.submit("done"),
    lambda e: e.record("episode.graded", {"reward": 1.0, "passed": True}),
]
FIXTURE = Change("pot", "new", {"id": "new", "name": "New", "color": "red", "price": 1})


def started(log: Any = None) -> Episode:
    prompts = [{"role": "user", "text": "Paint."}]
    return episode("e", prompts=prompts, fixtures=[FIXTURE], log=log)


def test_a_line_that_is_taken_up_anywhere_ends_as_if_nobody_had_stopped(tmp_path: Path):
    whole = started()
    for act in ACTS:
        act(whole)
    for stop in range(len(ACTS) + 1):
        run, writer = new_run(tmp_path / str(stop))
        first = started(writer)
        for act in ACTS[:stop]:
            act(first)
        writer.close()
        with_tail = run.path / "segments" / "w.jsonl"
        with_tail.write_bytes(with_tail.read_bytes() + b'{"episode":"e","wall_ms":1,"ha')
        writer = run.writer("w", lambda: 0)
        second = Episode.resume(Run(run.path).trajectory("e"), genesis(), toolset(), log=writer)
        for act in ACTS[stop:]:
            act(second)
        assert second.head_hash == whole.head_hash
        assert Run(run.path).trajectory("e").head_hash == whole.head_hash
    assert verify(whole.trajectory(), toolset(), genesis()).ok


def test_the_fork_of_a_fork_is_taken_up_too(tmp_path: Path):
    run, writer = new_run(tmp_path)
    _, _, fork = two_lines_and_a_fork(writer)
    leaf = fork.fork(id="leaf")
    leaf.keep()
    assert [event.kind for event in Run(run.path).trajectory("leaf").events].count("episode.opened") == 3
    again = Episode.resume(Run(run.path).trajectory("leaf"), genesis(), toolset(), log=writer)
    for one in (leaf.fork(id="memory"), again):
        one.call("paintPot", {"pot_id": "p3", "color": "red"})
    past = Run(run.path).trajectory("leaf")
    assert past.world_at(len(past) - 1, genesis()).get("pot", "p2")["color"] == "red"
    assert verify(past, toolset(), genesis()).ok


def test_what_is_kept_is_written_once_and_under_a_name_of_its_own(tmp_path: Path):
    run, writer = new_run(tmp_path)
    parent = episode("e", log=writer)
    fork = parent.fork(id="f", labels={"agent": "a"})
    assert Run(run.path).episodes == ["e"]
    for one in (parent, fork, fork):
        one.keep()
    disk = Run(run.path)
    assert (disk.episodes, disk.labels("f")) == (["e", "f"], {"agent": "a"})
    assert disk.trajectory("f").head_hash == fork.head_hash
    with pytest.raises(NameTaken):
        parent.fork(id="f").keep()


def test_other_tools_take_up_nothing():
    past = started().trajectory()
    with pytest.raises(DigestMismatch, match="toolset differs"):
        Episode.resume(past, genesis(), evolve(toolset(), behaviour=2))
    with pytest.raises(DigestMismatch, match="world differs"):
        Episode.resume(past, genesis(3), toolset())


# --- the budget --------------------------------------------------------------------------------------------------


def test_the_first_call_beyond_the_budget_ends_the_episode_and_the_ending_is_history():
    e = episode(budget=Budget(calls=2))
    e.call("listPots", {})
    e.call("meltPot", {})
    assert e.status == "open", "who has used up just that much may still answer"
    with pytest.raises(EpisodeEnded, match="has used up its budget"):
        e.call("listPots", {})
    closed = e.trajectory().events[-1]
    assert (closed.kind, closed.data) == ("episode.closed", {"reason": BUDGET_EXHAUSTED})
    with pytest.raises(EpisodeEnded):
        e.call("listPots", {})
    assert len(e.trajectory()) == closed.seq + 1
    assert verify(e.trajectory(), toolset(), genesis()).ok


def test_an_answer_is_no_call():
    e = episode(budget=Budget(calls=1))
    e.call("listPots", {})
    e.submit("done")
    assert e.trajectory().answer == "done"


def test_bytes_count_as_they_are_recorded_whatever_made_them():
    e = episode(budget=Budget(bytes=5_000))
    with suppress(EpisodeEnded):
        for _ in range(10):
            e.call("listPots", {})
    assert 1 < len(list(e.trajectory().calls())) < 10
    assert e.status == "closed"
    told = episode(budget=Budget(bytes=5_000))
    told.record("model.responded", {"text": "x" * 5_000})
    with pytest.raises(EpisodeEnded):
        told.call("listPots", {})


def test_a_restart_gives_nothing_back_and_a_fork_has_a_budget_of_its_own(tmp_path: Path):
    run, writer = new_run(tmp_path)
    budget = Budget(calls=2)
    e = episode("e", log=writer, budget=budget)
    e.call("listPots", {})
    e.call("listPots", {})
    past = Run(run.path).trajectory("e")
    for spent in (e, Episode.resume(past, genesis(), toolset(), budget=budget)):
        child = spent.fork(id="child")
        child.call("listPots", {})
        with pytest.raises(EpisodeEnded):
            spent.call("listPots", {})
    child = fork_of(past, genesis(), toolset(), id="other", budget=Budget(calls=1))
    child.call("listPots", {})
    with pytest.raises(EpisodeEnded):
        child.call("listPots", {})
