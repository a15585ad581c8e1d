"""A torn or foreign line breaks no query and is never passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.analysis.database import connect, query
from corecraft.engine.run import Run

from .test_tables import column, make_run


def segment(run: Path) -> Path:
    return run / "segments" / "w.jsonl"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return make_run(tmp_path / "demo")


def test_an_intact_run_has_no_damages(demo: Path):
    assert query(connect([demo]), "FROM damages") == []


def test_a_torn_tail_is_reported_and_the_rest_is_read(demo: Path):
    whole = column(connect([demo]), "SELECT count(*) FROM events")[0]
    with segment(demo).open("ab") as file:
        file.write(b'{"episode":"main","wall_ms":7,"hash":"00')
    con = connect([demo])
    assert column(con, "SELECT count(*) FROM events") == [whole]
    (damage,) = query(con, "FROM damages")
    assert damage["reason"] == "torn: 40 bytes without a line end"
    assert damage["segment"] == str(segment(demo))
    assert [found.reason for found in Run(demo).damages] == [damage["reason"]]


@pytest.mark.parametrize("cut", [1, 40, 200, 5000])
def test_wherever_the_tail_is_cut_the_rest_is_read(demo: Path, cut: int):
    raw = segment(demo).read_bytes()[:-cut]
    segment(demo).write_bytes(raw)
    con = connect([demo])
    assert column(con, "SELECT count(*) FROM events") == [raw.count(b"\n")]
    assert any(row["reason"].startswith("torn") for row in query(con, "FROM damages"))
    query(con, "FROM final_state")


@pytest.mark.parametrize(
    "garbage", [b"garbage\n", b"\0" * 64 + b"\n", b'{"episode":"\xff"}\n', b"[1]\n", b"{}\n", b"7\n"]
)
def test_lines_in_the_middle_that_cannot_be_read_are_counted(demo: Path, garbage: bytes):
    lines = segment(demo).read_bytes().splitlines(keepends=True)
    segment(demo).write_bytes(b"".join([*lines[:5], garbage, garbage, *lines[5:], b"{torn"]))
    con = connect([demo])
    assert column(con, "SELECT count(*) FROM events") == [len(lines)]
    reasons = column(con, "SELECT reason FROM damages ORDER BY reason")
    assert reasons == ["2 lines cannot be read", "torn: 5 bytes without a line end"]


def test_missing_events_and_missing_parents_are_reported(demo: Path):
    lines = segment(demo).read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(b'{"episode":"main"')]
    segment(demo).write_bytes(b"".join(kept[:1] + kept[2:]))
    reasons = column(connect([demo]), "SELECT reason FROM damages ORDER BY reason")
    assert reasons == ["3 events from seq 9 to 12: some are missing or doubled", "its parent main is not in this run"]


def test_a_query_sees_what_was_written_since_connecting(demo: Path):
    con = connect([demo])
    before = column(con, "SELECT count(*) FROM events")[0]
    last = segment(demo).read_bytes().splitlines(keepends=True)[-1]
    with segment(demo).open("ab") as file:
        file.write(last.replace(b'"voided"', b'"other"', 1) + b'{"episode":"ot')
    assert column(con, "SELECT count(*) FROM events") == [before + 1]


def test_a_segment_of_one_torn_line(tmp_path: Path):
    run = Run.create(tmp_path / "r", {})
    segment(run.path).parent.mkdir()
    segment(run.path).write_bytes(b"{" * 3_000_000)
    con = connect([run.path])
    assert query(con, "FROM events") == []
    assert column(con, "SELECT reason FROM damages") == ["torn: 3000000 bytes without a line end"]
