"""The state SQL rebuilds is the state Python folds, after every event of every line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.database import connect, query
from corecraft.engine.canonical import sorted_bytes
from corecraft.engine.episode import Episode
from corecraft.engine.errors import EpisodeVoided, NotAtBoundary
from corecraft.engine.event import Change
from corecraft.engine.genesis import Genesis
from corecraft.engine.run import Run
from corecraft.engine.world import World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..toy import START, TABLES, toolset

NASTY = [
    "'; DROP VIEW events; --",
    '"',
    "a.b",
    "$",
    "$.a",
    "[0]",
    "\u0000",
    "\n",
    "\u2028",
    "\\",
    "é",
    "😀",
    "{}",
    "null",
]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(NASTY)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NASTY), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["color", "price", "note", "", *NASTY])
ids = st.sampled_from(["p0", "p1", "p2", "new", *NASTY])
changes = st.builds(
    lambda entity, id, fields, removed: Change(entity, id, {"id": id, **fields}, tuple(removed)),
    st.sampled_from(["pot", "lid", *NASTY[:2]]),
    ids,
    st.dictionaries(names, values, max_size=3),
    st.lists(names, max_size=2, unique=True),
)
steps = st.one_of(
    st.tuples(st.just("call"), st.sampled_from(["p0", "p1", "p77"]), st.sampled_from(["red", "blue", "mauve"])),
    st.tuples(st.just("change"), st.lists(changes, max_size=3)),
    st.tuples(st.just("fork"), st.none() | st.integers(0, 12)),
    st.tuples(st.just("break")),
    st.tuples(st.just("submit")),
)
scripts = st.lists(st.tuples(st.integers(0, 3), steps), min_size=1, max_size=12)


def nasty_genesis() -> Genesis:
    pots: dict[str, dict[str, Any]] = {
        id: {"id": id, "name": "n", "color": "red", "price": 1, "note": None, "": {"a": None}} for id in ("p0", "p1")
    }
    pots["p2"] = {"id": "p2", "name": "'\"", "color": "blue", "price": 1, "$": [1.0, 1e300, -(2**63)]}
    odd = {id: {"id": id, "name": id, "color": id, "price": 0} for id in NASTY[:4]}
    return Genesis({"pot": {**pots, **odd}}, START, TABLES)


def act(episodes: list[Episode], which: int, step: tuple[Any, ...]) -> None:
    episode = episodes[which % len(episodes)]
    if step[0] == "fork":
        try:
            episodes.append(episode.fork(step[1]))
        except NotAtBoundary:
            return
    elif episode.status != "open":
        return
    elif step[0] == "call":
        episode.call("paintPot", {"pot_id": step[1], "color": step[2]})
    elif step[0] == "change":
        episode.record("fixture.given", {}, step[1])
    elif step[0] == "break":
        with pytest.raises(EpisodeVoided):
            episode.call("breakPot", {"pot_id": "p1"})
    else:
        episode.submit("done")


def rows_of(world: World) -> dict[tuple[str, str], bytes]:
    tables = {entity: dict(rows) for entity, rows in world.genesis.tables.items()}
    for entity, rows in world.overlay.items():
        tables.setdefault(entity, {}).update(rows)
    return {(entity, id): sorted_bytes(row) for entity, rows in tables.items() for id, row in rows.items()}


def agree(script: list[tuple[int, tuple[Any, ...]]], folder: Path) -> None:
    genesis = nasty_genesis()
    run = Run.create(folder / "run", {})
    run.add_genesis(genesis)
    episodes = [Episode.open("root", World(genesis), toolset(*NASTY[:2]), log=run.writer("w", lambda: 0))]
    for which, step in script:
        act(episodes, which, step)
    con = connect([run.path])
    digests: dict[str, Any] = {}
    try:
        run.reload()
        states = query(con, "SELECT episode, seq, state, as_at_start FROM states")
        for id in run.episodes:
            trajectory = run.trajectory(id)
            for seq in [-1, *range(0, trajectory.inherited, 4), *range(trajectory.inherited, len(trajectory))]:
                world = World(genesis) if seq < 0 else trajectory.world_at(seq, genesis)
                assert sql_rows(query(con, "FROM state_at(?, ?)", [id, seq])) == rows_of(world)
            for row in (row for row in states if row["episode"] == id):
                rows = rows_of(trajectory.world_at(row["seq"], genesis))
                assert digests.setdefault(row["state"], rows) == rows
                assert row["as_at_start"] == (rows == rows_of(World(genesis)))
            final = query(con, "FROM final_state WHERE episode = ?", [id])
            assert sql_rows(final) == rows_of(trajectory.world_at(len(trajectory) - 1, genesis))
        assert len({tuple(sorted(rows.items())) for rows in digests.values()}) == len(digests), (
            "equal rows, two digests"
        )
    finally:
        con.close()


def sql_rows(rows: list[dict[str, Any]]) -> dict[tuple[str, str], bytes]:
    found = {(row["entity"], row["id"]): sorted_bytes(row["row"]) for row in rows}
    assert len(found) == len(rows)
    return found


quick = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@given(scripts)
@quick
def test_sql_state_is_the_python_fold(script: list[tuple[int, tuple[Any, ...]]]):
    with tempfile.TemporaryDirectory() as folder:
        agree(script, Path(folder))


@pytest.mark.slow
@given(scripts)
@settings(quick, max_examples=100, derandomize=False)
def test_sql_state_is_the_python_fold_at_length(script: list[tuple[int, tuple[Any, ...]]]):
    with tempfile.TemporaryDirectory() as folder:
        agree(script, Path(folder))


def test_null_absent_removed_and_set_again_are_kept_apart(tmp_path: Path):
    script = [
        (0, ("change", [Change("pot", "p0", {"id": "p0", "note": 1, "color": None}, ("price",))])),
        (0, ("change", [Change("pot", "p0", {"id": "p0", "price": None}, ("note",))])),
        (0, ("change", [Change("pot", "p0", {"id": "p0", "note": None}, ())])),
        (0, ("change", [Change("lid", "l", {"id": "l", "x": 1}, ("x",)), Change("lid", "l", {"id": "l", "x": 2})])),
    ]
    agree(script, tmp_path)


def test_forks_of_forks_inside_what_their_parents_inherited(tmp_path: Path):
    script = [
        (0, ("call", "p0", "blue")),
        (0, ("call", "p1", "blue")),
        (0, ("fork", 6)),
        (1, ("call", "p0", "red")),
        (1, ("fork", 3)),
        (2, ("call", "p1", "red")),
        (2, ("fork", None)),
        (3, ("change", [Change("lid", "l", {"id": "l"})])),
        (0, ("call", "p0", "red")),
        (1, ("break",)),
        (2, ("submit",)),
    ]
    agree(script, tmp_path)
