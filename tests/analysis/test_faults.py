"""Calls that went wrong as planned, in SQL, with what came next."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from corecraft.analysis.database import connect, query
from corecraft.engine.agenda import Plan
from corecraft.engine.faults import Faults
from corecraft.engine.run import Run

from ..toy import episode, genesis

PAINT = {"pot_id": "p1", "color": "red"}


def test_one_row_a_fault_with_its_call_and_what_came_next(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis())
    with closing(run.writer("w", lambda: 0)) as log:
        e = episode("one", log=log, plan=Plan(faults=Faults(1, 1.0, ("lost",))))
        e.call("paintPot", PAINT)
        e.call("listPots", {})
        e.plan(Plan(faults=Faults(1, 0.0)))
        e.call("paintPot", PAINT)
    with closing(connect([run.path])) as con:
        (row,) = query(con, "FROM faults")
    told = {name: row[name] for name in ("call_seq", "seq", "fault", "tool", "ok", "changes", "next_tool")}
    assert told == {
        "call_seq": 2, "seq": 3, "fault": "lost", "tool": "paintPot", "ok": False, "changes": 1, "next_tool": "listPots",
    }  # fmt: skip
    assert row["error"].startswith("No answer came in time")
    assert (row["again_seq"], row["again_ok"], row["again_changes"]) == (9, True, 1)
