"""What a change found and left, as SQL tells it, is what Python's fold finds and leaves."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.database import connect, query
from corecraft.engine.canonical import sorted_bytes
from corecraft.engine.episode import Episode
from corecraft.engine.event import Change
from corecraft.engine.genesis import Genesis
from corecraft.engine.run import Run
from corecraft.engine.trajectory import Trajectory
from corecraft.engine.world import World
from hypothesis import given, settings

from ..toy import toolset
from .test_state import NASTY, act, nasty_genesis, quick, scripts

Key = tuple[int, int]
Told = tuple[bytes | None, bytes, dict[str, tuple[bytes | None, bytes | None]]]
"""Before, after, and of each field old and new; None for what was not there."""


def folded(trajectory: Trajectory, genesis: Genesis) -> dict[Key, Told]:
    """By seq and position, for an episode's own changes."""
    found: dict[Key, Told] = {}
    for event in trajectory.events[trajectory.inherited :]:
        world = trajectory.world_at(event.seq - 1, genesis) if event.seq else World(genesis)
        rows: dict[tuple[str, str], dict[str, Any] | None] = {}
        for position, change in enumerate(event.changes, 1):
            row = rows.get((change.entity, change.id)) or world.get(change.entity, change.id)
            new = {**(row or {}), **change.set}
            new = {name: value for name, value in new.items() if name not in change.removed}
            rows[change.entity, change.id] = new
            names = [*change.set, *change.removed]
            found[event.seq, position] = (
                None if row is None else part(row, names),
                part(new, names),
                {name: (value(row or {}, name), value(new, name)) for name in names},
            )
    return found


def part(row: dict[str, Any], names: list[str]) -> bytes:
    return sorted_bytes({name: row[name] for name in names if name in row})


def value(row: dict[str, Any], name: str) -> bytes | None:
    return sorted_bytes(row[name]) if name in row else None


def asked(con: Any, episode: str) -> dict[Key, Told]:
    fields: dict[Key, dict[str, tuple[bytes | None, bytes | None]]] = {}
    sql = "SELECT *, old_json IS NULL AS had_none, new_json IS NULL AS has_none FROM field_changes WHERE episode = ?"
    for row in query(con, sql, [episode]):
        old = None if row["had_none"] else sorted_bytes(row["old_json"])
        new = None if row["has_none"] else sorted_bytes(row["new_json"])
        fields.setdefault((row["seq"], row["position"]), {})[row["field"]] = (old, new)
    rows = query(con, "SELECT *, before IS NULL AS created FROM changes WHERE episode = ?", [episode])
    return {
        (key := (row["seq"], row["position"])): (
            None if row["created"] else sorted_bytes(row["before"]),
            sorted_bytes(row["after"]),
            fields.get(key, {}),
        )
        for row in rows
    }


def agree(script: list[tuple[int, tuple[Any, ...]]], folder: Path, edits: tuple[Change, ...] = ()) -> None:
    genesis = nasty_genesis()
    run = Run.create(folder / "run", {})
    run.add_genesis(genesis)
    episodes = [Episode.open("root", World(genesis), toolset(*NASTY[:2]), log=run.writer("w", lambda: 0))]
    for which, step in script:
        act(episodes, which, step)
    if edits:
        episodes[0].fork(edits=edits).call("paintPot", {"pot_id": "p0", "color": "green"})
    run.reload()
    with closing(connect([run.path])) as con:
        for id in run.episodes:
            assert asked(con, id) == folded(run.trajectory(id), genesis)


@given(scripts)
@quick
def test_before_and_after_are_those_of_the_fold(script: list[tuple[int, tuple[Any, ...]]]):
    with tempfile.TemporaryDirectory() as folder:
        agree(script, Path(folder))


@pytest.mark.slow
@given(scripts)
@settings(quick, max_examples=100, derandomize=False)
def test_before_and_after_are_those_of_the_fold_at_length(script: list[tuple[int, tuple[Any, ...]]]):
    with tempfile.TemporaryDirectory() as folder:
        agree(script, Path(folder))


def test_rows_made_edited_in_a_fork_and_changed_twice_at_once(tmp_path: Path):
    twice = [Change("lid", "n", {"id": "n", "x": None}), Change("lid", "n", {"id": "n", "x": 1}, ("x", "y"))]
    script = [
        (0, ("call", "p0", "blue")),
        (0, ("change", twice)),
        (0, ("fork", 3)),
        (1, ("call", "p0", "red")),
        (0, ("call", "p0", "red")),
    ]
    edited = Change("pot", "p0", {"id": "p0", "note": "edited"}, ("price",))
    agree(script, tmp_path, (edited, Change("lid", "l", {"id": "l"})))


def test_a_change_reads_as_a_sentence(tmp_path: Path):
    genesis = nasty_genesis()
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis)
    episode = Episode.open("e", World(genesis), toolset(), log=run.writer("w", lambda: 0))
    episode.call("paintPot", {"pot_id": "p0", "color": "blue"})
    with closing(connect([run.path])) as con:
        (change,) = query(con, "SELECT kind, entity, id, before, after FROM changes")
        (field,) = query(con, "SELECT kind, field, old, new FROM field_changes")
    assert change == {
        "kind": "pot.painted", "entity": "pot", "id": "p0", "before": {"color": "red"}, "after": {"color": "blue"}
    }  # fmt: skip
    assert field == {"kind": "pot.painted", "field": "color", "old": "red", "new": "blue"}


def test_values_are_texts_to_compare_with(tmp_path: Path):
    genesis = nasty_genesis()
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis)
    episode = Episode.open("e", World(genesis), toolset(), log=run.writer("w", lambda: 0))
    new = {"id": "p0", "color": '"blue"', "price": 2.5, "note": ["a"], "name": None}
    episode.record("fixture.given", {}, [Change("pot", "p0", new)])
    with closing(connect([run.path])) as con:
        rows = query(con, "SELECT field, old, new FROM field_changes WHERE field <> 'id'")
        (dear,) = query(con, "SELECT id FROM field_changes WHERE field = 'price' AND new::DOUBLE > old::DOUBLE")
    assert {row["field"]: (row["old"], row["new"]) for row in rows} == {
        "color": ("red", '"blue"'), "price": ("1", "2.5"), "note": (None, '["a"]'), "name": ("n", None)
    }  # fmt: skip
    assert dear == {"id": "p0"}


def test_who_made_a_change_and_to_whose_row(tmp_path: Path):
    genesis = nasty_genesis()
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis)
    episode = Episode.open("e", World(genesis), toolset(), log=run.writer("w", lambda: 0))
    episode.record("world.prepared", {}, [Change("pot", "task", {"id": "task", "color": "red"})])
    episode.call("paintPot", {"pot_id": "task", "color": "blue"})
    episode.record("fixture.given", {}, [Change("pot", "p0", {"id": "p0", "color": "green"})])
    fork = episode.fork(edits=(Change("pot", "p1", {"id": "p1", "note": "edited"}),))
    fork.call("paintPot", {"pot_id": "task", "color": "red"})
    own = [("e", "task", "task", True), ("e", "agent", "task", True), ("e", "outside", "p0", False)]
    forked = [("e~1", "fork", "p1", False), ("e~1", "agent", "task", True)]
    with closing(connect([run.path])) as con:
        for view in ("changes", "(SELECT DISTINCT * EXCLUDE (field, old, new, old_json, new_json) FROM field_changes)"):
            rows = query(con, f"SELECT episode, author, id, planted FROM {view} ORDER BY episode, seq, position")
            assert [tuple(row.values()) for row in rows] == own + forked
        rows = query(con, "SELECT origin, author, id, planted FROM line_changes WHERE episode = 'e~1'")
        inherited = query(con, "SELECT inherited FROM line_changes WHERE episode = 'e~1'")
        (cause,) = query(con, "SELECT c.cause = t.seq AS so FROM changes c JOIN tool_calls t USING (run, episode) "
                              "WHERE episode = 'e' AND author = 'agent'")  # fmt: skip
    assert [tuple(row.values()) for row in rows] == own + forked
    assert [row["inherited"] for row in inherited] == [True] * 3 + [False] * 2
    assert cause == {"so": True}
