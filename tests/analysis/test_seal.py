"""A sealed run is the run it was: to read, to go on with, to query; whoever is killed while sealing it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest
from corecraft.analysis import seal as sealing
from corecraft.analysis.database import connect, query
from corecraft.analysis.seal import Left, Sealed, seal
from corecraft.engine.episode import Episode, fork_of
from corecraft.engine.errors import Busy, CoreCraftError, LogDamaged, NameTaken
from corecraft.engine.log import SegmentWriter
from corecraft.engine.run import Run
from corecraft.replay.inventory import losses
from corecraft.replay.lineage import lineage
from corecraft.replay.verify import verify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..engine.on_disk import refused_by, same
from ..toy import episode, genesis, toolset
from .test_tables import make_run

PAINT = {"pot_id": "p1", "color": "red"}


def sealed(path: Path) -> list[Sealed | Left]:
    return list(seal(Run(path), "1GB"))


def written(path: Path) -> dict[str, list[bytes]]:
    """Every line of every episode."""
    found: dict[str, list[bytes]] = {}
    for entry in Run(path).lines():
        found.setdefault(entry.episode, []).append(entry.raw)
    return found


def histories(path: Path) -> dict[str, Any]:
    run = Run(path)
    return {id: run.trajectory(id) for id in run.episodes}


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return make_run(tmp_path / "demo")


# --- it is the same run ----------------------------------------------------------------------------------------------


def test_every_byte_is_kept_and_every_reader_finds_what_it_found(demo: Path):
    lines, before, first = written(demo), histories(demo), Run(demo)
    labels, trees = first.labels("main"), lineage(first)
    (done,) = sealed(demo)
    assert isinstance(done, Sealed)
    assert [path.name for path in (demo / "segments").iterdir()] == ["w.parquet"]
    assert done.events == sum(map(len, lines.values()))

    run = Run(demo)
    assert written(demo) == lines
    assert run.episodes == list(lines)
    assert list(losses(run)) == []
    assert run.labels("main") == labels
    assert run.beside("main") == first.beside("main")
    assert lineage(run).nodes == trees.nodes
    for id, trajectory in before.items():
        assert same(run.trajectory(id), trajectory)
        run.check_signed(run.trajectory(id))
    assert verify(run.trajectory("main~1"), toolset(), genesis()).ok


def test_every_view_says_the_same(demo: Path):
    def asked() -> dict[str, Any]:
        with closing(connect([demo], toolsets=[toolset()])) as con:
            views = query(
                con, "SELECT view_name AS name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
            )
            return {view["name"]: query(con, f"FROM {view['name']} ORDER BY ALL") for view in views} | {
                "state": query(con, "FROM state_at('main~1', 9)")
            }

    before = asked()
    sealed(demo)
    assert asked() == before


@pytest.mark.parametrize(
    "column", ["kind = 'tool.returned'", "ok = NOT ok", "seq = seq + 1", "genesis = NULL", "hash = ''"]
)
def test_columns_that_say_otherwise_than_their_lines_are_told(demo: Path, column: str):
    sealed(demo)
    (file,) = (demo / "segments").iterdir()
    name, value = column.split(" = ")
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{file}') ORDER BY episode, seq")
        con.execute(f"UPDATE t SET {name} = {value} WHERE {name} IS NOT NULL")
        con.execute(f"COPY t TO '{file}' (FORMAT parquet)")
    (told,) = losses(Run(demo))
    assert "says of" in told
    assert "SQL reads the columns" in told


def test_what_cannot_be_read_of_a_sealed_segment_is_told_and_stops_nothing(demo: Path):
    sealed(demo)
    (file,) = (demo / "segments").iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-50], whole[:400] + bytes(300) + whole[700:], b""):
        file.write_bytes(damaged)
        assert any(str(file) in told for told in losses(Run(demo)))
    file.write_bytes(whole)
    for change in ("SELECT * EXCLUDE (genesis)", "SELECT * REPLACE (if(number = 2, 'no line', line) AS line)"):
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE t AS {change} FROM read_parquet('{file}')")
            con.execute(f"COPY t TO '{file}' (FORMAT parquet)")
        assert any(str(file) in told for told in losses(Run(demo)))
        file.write_bytes(whole)


def test_many_episodes_are_read_at_once_as_they_are_one_by_one(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    with closing(run.writer("w", lambda: 7)) as log:
        open_ones = [episode(f"e{n * 7 % 20}", log=log) for n in range(20)]
        for e in open_ones:
            e.call("listPots", {})
    before, ids = histories(run.path), Run(run.path).episodes
    sealed(run.path)
    fresh = Run(run.path)
    assert fresh.episodes == ids
    assert all(same(fresh.trajectory(id), before[id]) for id in (*ids, *ids[:3]))


def test_strange_paths_and_texts(tmp_path: Path):
    path = make_run(tmp_path / 'it\'s "quoted" [x] {y} * ?')
    with closing(Run(path).writer("v", lambda: 7)) as log:
        episode("odd", log=log).record(
            "model.responded", {"text": '\u0000 \u2028 \\ " 😀\r', "n": [1e300, -0.0, 2**63]}
        )
    lines = written(path)
    assert all(isinstance(each, Sealed) for each in sealed(path))
    assert written(path) == lines
    assert query(connect([path]), "FROM damages") == []


# --- it goes on ------------------------------------------------------------------------------------------------------


def test_episodes_go_on_in_the_part_after_and_that_is_sealed_in_its_turn(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis())
    twin = episode("e")
    with closing(run.writer("w", lambda: 7)) as log:
        episode("e", log=log).call("listPots", {})
        twin.call("listPots", {})
    for _ in range(3):
        sealed(run.path)
        with closing(run.writer("w", lambda: 7)) as log:
            assert log.name == "w"
            refused_by(NameTaken, lambda log=log: episode("e", log=log))
            again = Episode.resume(Run(run.path).trajectory("e"), genesis(), toolset(), log=log)
            again.call("paintPot", PAINT)
            twin.call("paintPot", PAINT)
            fork_of(Run(run.path).trajectory("e"), genesis(), toolset(), log=log, id=f"f{again.head_hash[:8]}").keep()
    assert [path.name for path in Run(run.path).segments] == ["w.parquet", "w+1.parquet", "w+2.parquet", "w+3.jsonl"]
    fresh = Run(run.path)
    assert same(fresh.trajectory("e"), twin.trajectory())
    assert list(losses(fresh)) == []
    for id in fresh.episodes:
        fresh.check_signed(fresh.trajectory(id))
    with closing(connect([run.path])) as con:
        assert query(con, "FROM damages") == []
        assert query(con, "SELECT max(seq) AS last FROM line WHERE episode = 'e'") == [
            {"last": len(twin.trajectory()) - 1}
        ]


def test_a_new_segment_never_takes_the_name_of_a_sealed_one(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    for expected in ("w-1", "w-2", "w-3"):
        with closing(run.writer("w", lambda: 7, new=True)) as log:
            assert log.name == expected
            episode(expected, log=log)
        sealed(run.path)
    assert Run(run.path).episodes == ["w-1", "w-2", "w-3"]


def test_a_torn_tail_of_the_part_after_is_cut_and_the_sealed_one_is_not_touched(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    with closing(run.writer("w", lambda: 7)) as log:
        episode("e", log=log).call("listPots", {})
    sealed(run.path)
    with closing(run.writer("w", lambda: 7)) as log:
        Episode.resume(Run(run.path).trajectory("e"), genesis(), toolset(), log=log).call("listPots", {})
    part = run.path / "segments" / "w+1.jsonl"
    part.write_bytes(part.read_bytes()[:-5])
    sealed(run.path)
    assert len(Run(run.path).trajectory("e")) == 3, "the half-written call is gone, as with the next writer"


def test_nothing_is_added_after_a_part_that_is_gone(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    for id in ("e", "f"):
        with closing(run.writer("w", lambda: 7)) as log:
            episode(id, log=log)
        sealed(run.path)
    (run.path / "segments" / "w.parquet").unlink()
    with pytest.raises(CoreCraftError, match=r"w.parquet is missing"):
        run.writer("w", lambda: 7)


@pytest.mark.parametrize("name", ["kind=a", "seq=9", "episode=zz", "number=4"])
def test_what_a_folder_is_called_says_nothing_of_a_column(tmp_path: Path, name: str):
    path = make_run(tmp_path / name / "run")
    asked = "SELECT episode, seq, kind FROM events ORDER BY ALL"
    with closing(connect([path])) as con:
        before = query(con, asked)
    sealed(path)
    with closing(connect([path])) as con:
        assert query(con, asked) == before
        assert len({row["kind"] for row in before}) > 1
        assert query(con, "FROM damages") == []


# --- what is left ----------------------------------------------------------------------------------------------------


def test_what_is_being_written_is_left_and_a_writer_is_kept_out_while_it_is_sealed(
    demo: Path, monkeypatch: pytest.MonkeyPatch
):
    log = Run(demo).writer("live", lambda: 7)
    episode("now", log=log)
    refusals: list[str] = []
    switch = sealing._switch

    def switched(aside: Path, path: Path) -> None:
        refusals.append(refused_by(Busy, lambda: SegmentWriter(path, lambda: 7)))
        switch(aside, path)

    monkeypatch.setattr(sealing, "_switch", switched)
    left, _ = sealed(demo)
    assert left == Left(demo / "segments" / "live.jsonl", "is being written", live=True)
    assert len(refusals) == 1
    log.close()
    assert isinstance(sealed(demo)[0], Sealed)


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\n",
        b"\n",
        b"\0" * 64 + b"\n",
        b'{"episode":"\xff"}\n',
        b"[1]\n",
        b"{}\n",
        b' {"episode":"x"}\n',
        b"{}\r\n",
    ],
)
def test_a_damaged_segment_is_left_as_it_is(demo: Path, garbage: bytes):
    segment = demo / "segments" / "w.jsonl"
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([*lines[:5], garbage, *lines[5:]]))
    before = segment.read_bytes()
    (left,) = sealed(demo)
    assert isinstance(left, Left)
    assert not left.live
    assert "\n" not in left.reason
    assert [path.name for path in segment.parent.iterdir()] == ["w.jsonl"]
    assert segment.read_bytes() == before


@pytest.mark.parametrize("memory", ["lots", "20MB"])
def test_memory_that_is_none_or_not_enough_is_no_damage(tmp_path: Path, memory: str):
    path = make_run(tmp_path / "run")
    if memory != "lots":
        with closing(Run(path).writer("w", lambda: 7)) as log:
            episode("long", log=log).record("model.responded", {"text": "x" * 30_000_000})
    before = written(path)
    with pytest.raises(CoreCraftError, match="memory"):
        list(seal(Run(path), memory))
    assert written(path) == before
    assert all(isinstance(each, Sealed) for each in sealed(path))


def test_altered_lines_stay_altered_and_are_found_as_before(demo: Path):
    segment = demo / "segments" / "w.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"set":{"color":"red"}', b'"set":{"color":"blu"}', 1))
    with pytest.raises(LogDamaged, match="breaks here"):
        Run(demo).trajectory("main")
    sealed(demo)
    with pytest.raises(LogDamaged, match=r"w\.parquet, line .* breaks here"):
        Run(demo).trajectory("main")
    with pytest.raises(LogDamaged, match="breaks here"):
        episode_goes_on(demo, "main~1")


def episode_goes_on(path: Path, id: str) -> None:
    with closing(Run(path).writer("w", lambda: 7)) as log:
        Episode.resume(Run(path).trajectory(id), genesis(), toolset(), log=log).call("listPots", {})


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all", None])
def test_a_broken_sealed_segment_is_named_and_the_rest_is_read(demo: Path, content: bytes | None):
    with closing(Run(demo).writer("v", lambda: 7)) as log:
        episode("other", log=log)
    sealed(demo)
    broken = demo / "segments" / "w.parquet"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2] if content is None else content)
    run = Run(demo)
    assert run.episodes == ["other"]
    assert [damage.path for damage in run.damages] == [str(broken)]
    with closing(connect([demo])) as con:
        assert query(con, "SELECT DISTINCT episode FROM events") == [{"episode": "other"}]
        assert str(broken) in {row["segment"] for row in query(con, "FROM damages")}
    with pytest.raises(CoreCraftError):
        run.writer("w", lambda: 7)


STRANGE = [
    b"\r",
    b"\n",
    b"\x01",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xc2\x85",
    b'"',
    b"\\",
    b"\\x01",
    b"#",
    b",",
    b"\t",
    b" ",
    b"7",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strange=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(STRANGE)), min_size=1, max_size=3))
def test_whatever_bytes_are_in_it_all_are_kept(demo: Path, strange: list[tuple[float, bytes]]):
    segment = demo / "segments" / "w.jsonl"
    whole = segment.read_bytes()
    *lines, last = whole.splitlines(keepends=True)
    raw = b"".join(lines)
    for place, bytes_ in strange:
        at = int(place * len(raw))
        raw = raw[:at] + bytes_ + raw[at:]
    segment.write_bytes(raw + last)
    (done,) = sealed(demo)
    if isinstance(done, Sealed):
        with duckdb.connect() as con:
            kept = con.execute(f"SELECT line FROM '{done.path}' ORDER BY number").fetchall()
        assert b"".join(line.encode() + b"\n" for (line,) in kept) == raw + last
        done.path.unlink()
    else:
        assert segment.read_bytes() == raw + last
        assert [path.name for path in segment.parent.iterdir()] == ["w.jsonl"]
    segment.write_bytes(whole)


# --- killed ----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


STEPS = ("_cut_torn_tail", "_convert", "_sync", "rename", "_sync again", "unlink")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_whatever_step_it_is_killed_at(demo: Path, step: str, late: bool, monkeypatch: pytest.MonkeyPatch):
    lines = written(demo)
    home = Path if step in ("rename", "unlink") else sealing
    name = step.partition(" ")[0]
    skip = [True] if step.endswith("again") else []
    act = getattr(home, name)

    def killed(*arguments: Any, **named: Any) -> Any:
        if skip:
            skip.pop()
            return act(*arguments, **named)
        if late:
            act(*arguments, **named)
        raise Killed

    monkeypatch.setattr(home, name, killed)
    with pytest.raises(Killed):
        sealed(demo)
    monkeypatch.undo()
    assert written(demo) == lines
    assert Run(demo).damages == []
    with closing(connect([demo])) as con:
        assert query(con, "SELECT count(*) AS n FROM events") == [{"n": sum(map(len, lines.values()))}]
    episode_goes_on(demo, "main~1")
    sealed(demo)
    assert {path.suffix for path in (demo / "segments").iterdir()} == {".parquet"}
    after = written(demo)
    assert len(after.pop("main~1")) == len(lines.pop("main~1")) + 2
    assert after == lines


SEAL = """
import sys
from pathlib import Path
from corecraft.analysis.seal import seal
from corecraft.engine.run import Run
print("go", flush=True)
for _ in seal(Run(Path(sys.argv[1])), "1GB"): pass
"""


def kill_while_sealing(template: Path, path: Path, kills: int) -> None:
    lines = written(template)
    chance = random.Random(7)
    longest = 1.0
    while kills:
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(template, path)
        while kills and any(segment.suffix == ".jsonl" for segment in Run(path).segments):
            process = subprocess.Popen([sys.executable, "-c", SEAL, str(path)], stdout=subprocess.PIPE)
            assert process.stdout is not None
            process.stdout.readline()
            began = time.monotonic()
            time.sleep(chance.random() * longest)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills -= 1
            else:
                longest = max(0.02, (time.monotonic() - began) / 2)
            process.communicate()
            assert written(path) == lines
            assert Run(path).damages == []
    sealed(path)
    assert written(path) == lines
    assert {segment.suffix for segment in (path / "segments").iterdir()} == {".parquet"}


def many_segments(path: Path, count: int) -> Path:
    run = Run.create(path, {})
    for n in range(count):
        with closing(run.writer("w", lambda: 7, new=True)) as log:
            e = episode(f"e{n}", log=log)
            for _ in range(20):
                e.call("listPots", {})
    return path


def test_killed_for_real_while_sealing(tmp_path: Path):
    kill_while_sealing(many_segments(tmp_path / "template", 12), tmp_path / "run", kills=2)


@pytest.mark.slow
def test_killed_for_real_while_sealing_many_times(tmp_path: Path):
    kill_while_sealing(many_segments(tmp_path / "template", 40), tmp_path / "run", kills=60)


# --- side by side ----------------------------------------------------------------------------------------------------


def test_segments_are_told_of_in_order_whichever_is_done_first(tmp_path: Path):
    path = many_segments(tmp_path / "run", 5)
    with closing(Run(path).writer("w-1", lambda: 7)) as log:
        episode("long", log=log).record("model.responded", {"text": "x" * 3_000_000})
    lines, segments = written(path), Run(path).segments
    told = list(seal(Run(path), "64GB"))
    assert [each.path for each in told] == [segment.with_suffix(".parquet") for segment in segments]
    assert written(path) == lines


@pytest.mark.parametrize("memory", ["100MB", "64GB"], ids=["one after the other", "side by side"])
def test_who_listens_no_longer_leaves_each_segment_in_one_form_or_the_other(tmp_path: Path, memory: str):
    path = many_segments(tmp_path / "run", 5)
    lines = written(path)
    told = seal(Run(path), memory)
    next(told)
    del told
    assert written(path) == lines
    assert Run(path).damages == []
    sealed(path)
    assert [file.suffix for file in (path / "segments").iterdir()] == [".parquet"] * 5


# --- beside a writer -------------------------------------------------------------------------------------------------


LENGTHS = "SELECT episode, max(seq) + 1 AS length, count(*) AS own, min(seq) AS first FROM events GROUP BY episode"


def write_and_seal(path: Path, seconds: float, readers: int) -> None:
    """Writers come and go, a sealer goes round, readers look: what is there stays there, once."""
    run = Run.create(path, {})
    run.add_genesis(genesis())
    done: dict[str, int] = {}
    faults: list[BaseException] = []
    until = time.monotonic() + seconds

    def repeat(act: Any) -> Thread:
        def loop() -> None:
            try:
                while time.monotonic() < until and not faults:
                    act()
            except BaseException as fault:
                faults.append(fault)

        thread = Thread(target=loop)
        thread.start()
        return thread

    def write(name: str) -> None:
        try:
            with closing(run.writer(name, lambda: 7)) as log:
                new = episode(f"{name}.{len(done)}", log=log)
                new.call("paintPot", PAINT)
                fork = new.fork(id=f"{new.id}~")
                fork.keep()
                for id in [id for id in list(done) if id.startswith(name)][-2:]:
                    old = Episode.resume(Run(path).trajectory(id), genesis(), toolset(), log=log)
                    old.call("listPots", {})
                    done[id] = len(old.trajectory())
                done[new.id] = len(new.trajectory())
        except Busy:
            time.sleep(0.001)

    def read() -> None:
        known = dict(done)
        found = Run(path)
        assert found.damages == []
        for id, length in known.items():
            assert len(found.trajectory(id)) >= length

    with closing(connect([path])) as old_con:
        threads = [repeat(lambda name=name: write(name)) for name in ("a", "b")]
        threads += [repeat(lambda: sealed(path))]
        threads += [repeat(read) for _ in range(readers)]
        while time.monotonic() < until and not faults:
            known = dict(done)
            with closing(connect([path])) as con:
                for _ in range(2):
                    rows = query(con, LENGTHS)
                    lengths = {row["episode"]: row["length"] for row in rows}
                    assert all(row["own"] == row["length"] - row["first"] for row in rows), "missed or doubled"
                    assert all(lengths[id] >= length for id, length in known.items())
            query(old_con, "SELECT count(*) FROM events")
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]
    sealed(path)
    sealed(path)
    assert list(losses(Run(path))) == []
    assert {id: len(Run(path).trajectory(id)) for id in done} == done
    assert len(done) > 2


def test_nothing_is_missed_or_doubled_while_it_is_written_and_sealed(tmp_path: Path):
    write_and_seal(tmp_path / "run", 1.5, readers=1)


@pytest.mark.slow
def test_nothing_is_missed_or_doubled_at_length(tmp_path: Path):
    write_and_seal(tmp_path / "run", 60.0, readers=2)
