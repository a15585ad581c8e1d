"""Rows come in the same order every time: that of run, episode, seq and so on; events as they were written."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from corecraft.analysis.catalogue import describe
from corecraft.analysis.database import connect, query
from corecraft.engine.run import Run

from ..toy import episode, genesis

KEYS = ("run", "episode", "seq", "position", "entity", "id")


def write(path: Path, backwards: bool) -> Path:
    """Episodes whose lines are mixed, their ids in no order, some of them forks."""
    run = Run.create(path, {})
    world = genesis()
    run.add_genesis(world)
    log = run.writer("w", lambda: 7)
    names = [f"e{n * 7 % 40}" for n in range(40)][:: -1 if backwards else 1]
    open_ones = [episode(name, genesis=world, log=log, prompts=[{"role": "user", "text": "Paint."}]) for name in names]
    for turn in range(40):
        for e in open_ones:
            e.call("paintPot", {"pot_id": f"p{(turn + len(e.id)) % 9}", "color": "red"})
            e.record("model.responded", {"text": f"turn {turn}"})
    for e in open_ones[::5]:
        e.fork(20).call("paintPot", {"pot_id": "p1", "color": "blue"})
    for e in open_ones:
        e.submit("Done.")
        e.record("episode.graded", {"criteria": [{"id": name} for name in "cab"]})
    log.close()
    return path


def place(row: dict[str, Any], keys: list[str]) -> tuple[Any, ...]:
    return tuple((row[key] is not None, row[key]) for key in keys)


def test_rows_of_every_view_come_in_its_order(tmp_path: Path):
    paths = [write(tmp_path / "two", True), write(tmp_path / "one", False)]
    with closing(connect(paths)) as con:
        for view in describe(con):
            if view.parameters or view.name == "events":
                continue
            keys = [key for key in KEYS if key in {column.name for column in view.columns}]
            places = [place(row, keys) for row in query(con, f"SELECT {', '.join(keys)} FROM {view.name}")]
            assert places == sorted(places), view.name
            part = query(con, f"SELECT {', '.join(keys)} FROM {view.name} LIMIT 5")
            assert [place(row, keys) for row in part] == places[:5], view.name


def test_events_come_as_they_were_written(tmp_path: Path):
    path = write(tmp_path / "one", False)
    written = [line.split(b'"')[3].decode() for line in (path / "segments" / "w.jsonl").read_bytes().splitlines()]
    assert len(written) > 6000
    with closing(connect([path])) as con:
        rows = query(con, "SELECT episode, seq FROM events")
    assert [row["episode"] for row in rows] == written
    for name in set(written):
        seqs = [row["seq"] for row in rows if row["episode"] == name]
        assert seqs == sorted(seqs)
