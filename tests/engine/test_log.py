"""Segments: whole calls or nothing, whatever happens to the disk or the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from corecraft.engine.canonical import decode, encode
from corecraft.engine.episode import Episode
from corecraft.engine.errors import CoreCraftError, InvalidInput, LogDamaged, StorageFailed
from corecraft.engine.log import SegmentWriter
from corecraft.engine.run import Run
from corecraft.engine.segment import intact

from ..toy import episode
from .on_disk import Boundaries, new_run, refused_by, room_for, same, segment, two_lines_and_a_fork, wall_ms

PAINT = {"pot_id": "p1", "color": "red"}


def loaded(run: Run) -> dict[str, Any]:
    fresh = Run(run.path)
    return {id: fresh.trajectory(id) for id in fresh.episodes}


# --- the form --------------------------------------------------------------------------------------------------------


def test_a_line_is_json_with_the_hashed_bytes_inside(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("a", log=writer, labels={"agent": "x"})
    assert segment(run).read_bytes() == (
        b'{"episode":"a","wall_ms":1790000000000,"more":0,"hash":"%b","event":%b,"beside":{"labels":{"agent":"x"}}}\n'
        % (e.head_hash.encode(), encode(e.trajectory().events[0]))
    )


def test_many_episodes_share_a_segment_and_come_back_equal(tmp_path: Path):
    run, writer = new_run(tmp_path)
    lines = two_lines_and_a_fork(writer)
    fresh = Run(run.path)
    assert fresh.episodes == ["a", "b", "a~1"]
    assert fresh.damages == []
    for line in lines:
        assert same(fresh.trajectory(line.id), line.trajectory())


def test_durable_writes_are_the_same_bytes(tmp_path: Path):
    paths = []
    for durable in (False, True):
        writer = SegmentWriter(tmp_path / str(durable) / "w.jsonl", wall_ms, durable=durable)
        two_lines_and_a_fork(writer)
        paths.append(writer.path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


# --- torn ------------------------------------------------------------------------------------------------------------


def test_a_cut_at_every_byte_loses_what_was_torn_and_nothing_else(tmp_path: Path):
    run, writer = new_run(tmp_path)
    noted = Boundaries(writer)
    two_lines_and_a_fork(noted)
    writer.close()
    whole = segment(run).read_bytes()
    torn = segment(run, "torn")
    segment(run).rename(tmp_path / "whole.jsonl")
    line_ends = [size for size, byte in enumerate(whole, 1) if byte == 10]
    last_calls = range(noted.sizes[-4], len(whole) + 1)
    for cut in sorted({*last_calls, *line_ends, *(end - 1 for end in line_ends), *(end + 1 for end in line_ends[:-1])}):
        torn.write_bytes(whole[:cut])
        keep = max(size for size in noted.sizes if size <= cut)

        unrepaired = loaded(run)  # reading alone never stumbles over a torn tail
        assert len(Run(run.path).damages) == (0 if whole[:cut].endswith(b"\n") or not cut else 1)

        again = run.writer("torn", wall_ms)
        assert torn.read_bytes() == whole[:keep]
        again.close()
        for id, trajectory in loaded(run).items():
            kinds = [event.kind for event in trajectory.events]
            assert kinds.count("tool.called") == kinds.count("tool.returned")
            assert kinds.count("answer.submitted") == kinds.count("episode.closed")
            assert list(unrepaired[id].events[: len(trajectory)]) == list(trajectory.events)


def test_after_a_repair_the_segment_goes_on(tmp_path: Path):
    run, writer = new_run(tmp_path)
    a, b, _ = two_lines_and_a_fork(writer)
    writer.close()
    with segment(run).open("ab") as file:
        file.write(b'{"episode":"a","wall_ms":1')
    again = run.writer("w", wall_ms)
    c = episode("c", log=again)
    c.call("paintPot", PAINT)
    assert {id: len(t) for id, t in loaded(run).items()} == {
        "a": len(a.trajectory()),
        "b": len(b.trajectory()),
        "a~1": 8,
        "c": 4,
    }


def test_an_empty_segment_and_one_that_is_only_a_torn_line(tmp_path: Path):
    path = tmp_path / "w.jsonl"
    for content in (b"", b"{", b'{"episode":"a"', b"\0" * 4096):
        path.write_bytes(content)
        SegmentWriter(path, wall_ms).close()
        assert path.read_bytes() == b""


# --- a full disk -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fork", [False, True], ids=["line", "fork"])
def test_a_full_disk_takes_back_the_call_and_space_lets_it_go_on(tmp_path: Path, fork: bool):
    def begun(folder: Path) -> tuple[Run, Episode, int]:
        run, writer = new_run(folder)
        e = episode("e", log=writer)
        e.call("paintPot", PAINT)
        return run, e.fork() if fork else e, segment(run).stat().st_size

    twin, e, size = begun(tmp_path / "twin")
    e.call("paintPot", {"pot_id": "p2", "color": "blue"})
    needed = segment(twin).stat().st_size - size

    run, e, size = begun(tmp_path)
    head = e.head_hash, e.world, e.status, len(e.trajectory())
    for room in [*range(40), *range(40, needed - 40, 60), *range(needed - 40, needed)]:
        with room_for(size + room):
            words = refused_by(StorageFailed, lambda: e.call("paintPot", {"pot_id": "p2", "color": "blue"}))
        assert words.startswith(f"{segment(run)}: ")
        assert words.endswith("nothing was recorded")
        assert segment(run).stat().st_size == size
        assert (e.head_hash, e.world, e.status, len(e.trajectory())) == head
    assert e.call("paintPot", {"pot_id": "p2", "color": "blue"}).ok
    e.submit("done")
    assert same(loaded(run)[e.id], e.trajectory())


def test_one_line_fails_and_the_others_keep_what_they_have(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e, other = episode("e", log=writer), episode("other", log=writer)
    size = segment(run).stat().st_size
    with room_for(size + 1100):
        other.call("paintPot", PAINT)
        refused_by(StorageFailed, lambda: e.call("listPots", {}))
        other.close("short of space")
    e.call("paintPot", PAINT)
    for line in (e, other):
        assert same(loaded(run)[line.id], line.trajectory())


def test_a_disk_that_fails_altogether_ends_the_writer(tmp_path: Path):
    """When not even the torn line can be cut, nothing may follow it."""
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    os.close(writer._file)  # from now on every system call on it fails
    refused_by(StorageFailed, lambda: e.call("paintPot", PAINT))
    assert "was closed" in refused_by(StorageFailed, lambda: e.call("paintPot", PAINT))
    assert len(e.trajectory()) == 1
    assert len(loaded(run)["e"]) == 1


def test_an_interrupt_within_a_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    size = segment(run).stat().st_size
    write = os.write

    def interrupted(file: int, block: bytes) -> int:
        write(file, block)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        e.call("paintPot", PAINT)
    monkeypatch.undo()
    assert segment(run).stat().st_size == size
    e.call("paintPot", PAINT)
    assert same(loaded(run)["e"], e.trajectory())


@pytest.mark.parametrize("path", ["file/segments/w.jsonl", "/proc/nowhere/w.jsonl", "folder"])
def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path, path: str):
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder").mkdir()
    words = refused_by(StorageFailed, lambda: SegmentWriter(tmp_path / path, wall_ms))
    assert words.startswith(f"{tmp_path / path} cannot be written: ")


# --- one writer ------------------------------------------------------------------------------------------------------


def test_a_second_writer_is_refused_until_the_first_has_gone(tmp_path: Path):
    run, writer = new_run(tmp_path)
    script = """
import sys; from pathlib import Path
from corecraft.engine.log import SegmentWriter
from corecraft.engine.errors import StorageFailed
try: SegmentWriter(Path(sys.argv[1]), lambda: 0)
except StorageFailed as error: print(error)
"""

    def another_process() -> str:
        command = [sys.executable, "-c", script, str(segment(run))]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    refused = f"{segment(run)} is being written by another process; use another writer name"
    assert refused_by(StorageFailed, lambda: run.writer("w", wall_ms)) == refused
    assert another_process() == refused + "\n"
    writer.close()
    writer.close()
    assert another_process() == ""


def test_a_closed_writer_never_writes_into_a_file_that_got_its_number(tmp_path: Path):
    _, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    number = writer._file
    writer.close()
    others = [os.open(os.devnull, os.O_RDONLY)]  # until the number of the segment is given out again
    while others[-1] + 1 != number:
        others.append(os.open(os.devnull, os.O_RDONLY))
    stranger = os.open(tmp_path / "stranger", os.O_RDWR | os.O_CREAT)
    assert stranger == number
    for other in others:
        os.close(other)
    assert "was closed; nothing was recorded" in refused_by(StorageFailed, lambda: e.call("listPots", {}))
    os.close(stranger)
    assert (tmp_path / "stranger").read_bytes() == b""


def test_an_id_is_opened_once_in_a_segment_also_after_a_restart(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    fork = e.fork(id="f")
    fork.call("listPots", {})
    for id in ("e", "f"):
        words = refused_by(InvalidInput, lambda id=id: episode(id, log=writer))
        assert words == f"{segment(run)} has an episode {id} already; use another id"
        refused_by(InvalidInput, lambda id=id: e.fork(id=id).call("listPots", {}))
    writer.close()
    again = run.writer("w", wall_ms)
    refused_by(InvalidInput, lambda: episode("f", log=again))
    episode("g", log=again)
    assert list(loaded(run)) == ["e", "f", "g"]


def test_an_opening_that_was_torn_may_be_tried_again(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    e.fork(id="f").call("paintPot", PAINT)
    writer.close()
    lines = segment(run).read_bytes().splitlines(keepends=True)
    segment(run).write_bytes(b"".join(lines[:3]))  # the fork's opening and its tool.called
    again = run.writer("w", wall_ms)
    assert segment(run).read_bytes() == lines[0]
    fork = Episode.fork(episode("other", log=again), id="f")
    fork.call("paintPot", PAINT)
    assert list(loaded(run)) == ["e", "other", "f"]


def test_threads_may_share_a_writer(tmp_path: Path):
    run, writer = new_run(tmp_path)
    lines = [episode(f"e{n}", log=writer) for n in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def play(line: Episode) -> None:
        for _ in range(50):
            line.call("paintPot", PAINT)

    threads = [Thread(target=play, args=(line,)) for line in lines]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert writer._size == segment(run).stat().st_size
    for line in lines:
        assert same(loaded(run)[line.id], line.trajectory())


# --- tampering -------------------------------------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> tuple[Run, list[bytes], dict[str, Any]]:
    """A run on disk, the lines of its segment and its histories. `a` has lines 1, 3-5, 14 and 15."""
    run, writer = new_run(tmp_path)
    two_lines_and_a_fork(writer)
    writer.close()
    return run, segment(run).read_bytes().splitlines(keepends=True), loaded(run)


def damage(run: Run, lines: list[bytes], id: str = "a") -> LogDamaged:
    """What a reader meets after these lines were put in place."""
    segment(run).write_bytes(b"".join(lines))
    with pytest.raises(LogDamaged) as caught:
        Run(run.path).trajectory(id)
    error = caught.value
    assert str(error).startswith(f"{segment(run)}, line {error.line}")
    assert "\n" not in str(error)
    return error


def check_intact(error: LogDamaged, truth: Any, count: int) -> None:
    assert error.intact is not None
    assert list(error.intact.events) == list(truth.events[:count])
    assert error.intact.id == truth.id


def changed(line: bytes, old: bytes, new: bytes) -> bytes:
    assert line.count(old) == 1
    return line.replace(old, new)


def test_an_altered_event_is_found_at_its_line(written: Any):
    run, lines, truth = written
    lines[3] = changed(lines[3], b'"set":{"color":"red"}', b'"set":{"color":"blu"}')
    error = damage(run, lines)
    assert (error.line, error.seq) == (4, 2)
    assert "line 4, seq 2: the hash chain of a breaks here" in str(error)
    check_intact(error, truth["a"], 2)
    assert same(Run(run.path).trajectory("b"), truth["b"])


def test_an_altered_hash_is_found_at_its_line(written: Any):
    run, lines, truth = written
    hash = decode(lines[4])["hash"].encode()
    lines[4] = changed(lines[4], hash, bytes(reversed(hash)))
    error = damage(run, lines)
    assert (error.line, error.seq) == (5, 3)
    check_intact(error, truth["a"], 3)


def test_a_line_given_to_another_episode_is_missed_in_one_and_strange_in_the_other(written: Any):
    run, lines, truth = written
    lines[3] = changed(lines[3], b'{"episode":"a"', b'{"episode":"b"')
    error = damage(run, lines)
    assert (error.line, error.seq, error.reason) == (5, 3, "expected event 2 of a")
    check_intact(error, truth["a"], 2)
    assert damage(run, lines, "b").line == 4
    lines[3] = changed(lines[3], b'{"episode":"b"', b'{"episode":"stranger"')
    assert "stranger does not begin with its opening" in str(damage(run, lines, "stranger"))


def test_lines_removed_doubled_swapped_or_inserted(written: Any):
    run, lines, truth = written
    removed = damage(run, lines[:3] + lines[4:])
    assert (removed.line, removed.seq) == (4, 3)
    check_intact(removed, truth["a"], 2)

    doubled = damage(run, [*lines[:4], lines[3], *lines[4:]])
    assert (doubled.line, doubled.seq) == (5, 2)
    check_intact(doubled, truth["a"], 3)

    swapped = damage(run, [*lines[:3], lines[4], lines[3], *lines[5:]])
    assert (swapped.line, swapped.seq) == (4, 3)
    check_intact(swapped, truth["a"], 2)

    forged = changed(lines[3], b'"seq":2', b'"seq":4')
    inserted = damage(run, [*lines[:5], forged, *lines[5:]])
    assert (inserted.line, inserted.seq) == (6, 4)
    check_intact(inserted, truth["a"], 4)

    headless = damage(run, lines[1:])
    assert (headless.line, headless.seq, headless.intact) == (2, 1, None)


def test_foreign_lines_are_listed_and_hide_nothing(written: Any):
    run, lines, truth = written
    foreign = [b"\n", b"hello\n", b"\xff\xfe\0\n", b"{}\n", b'{"episode":1}\n', b"[" * 5000 + b"\n"]
    segment(run).write_bytes(b"".join([*foreign, *lines, b"torn"]))
    fresh = Run(run.path)
    assert [found.line for found in fresh.damages] == [1, 2, 3, 4, 5, 6, len(lines) + 7]
    assert all(same(fresh.trajectory(id), truth[id]) for id in truth)


def test_a_parent_altered_before_the_fork_is_noticed_and_after_it_does_not_matter(written: Any):
    run, lines, truth = written
    fork = truth["a~1"]
    altered = list(lines)
    altered[3] = changed(altered[3], b'"set":{"color":"red"}', b'"set":{"color":"blu"}')
    error = damage(run, altered, "a~1")
    assert (error.line, error.seq) == (4, 2)
    check_intact(error, truth["a"], 2)

    altered = [*lines[:-1], changed(lines[-1], b'"reason":"answered"', b'"reason":"forged"')]
    damage(run, altered, "a")
    assert same(Run(run.path).trajectory("a~1"), fork)


def test_a_parent_rewritten_in_full_is_noticed_by_its_forks(written: Any, tmp_path: Path):
    """Another history under the same name, sound in itself."""
    run, lines, _ = written
    other, writer = new_run(tmp_path / "other")
    e = episode("a", log=writer)
    e.call("paintPot", {"pot_id": "p5", "color": "green"})
    forged = segment(other).read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(b'{"episode":"a"')]
    error = damage(run, [*forged, *kept], "a~1")
    assert "a~1 names a parent history that a does not have" in str(error)
    assert error.seq == 4
    assert len(Run(run.path).trajectory("a")) == 4

    gone = damage(run, kept, "a~1")
    assert "the parent a of a~1 is not in this run" in str(gone)


@pytest.mark.parametrize(
    "parent",
    ['"x"', "{}", '{"episode":"a","seq":-5,"hash":"00"}', '{"episode":"a~1","seq":3,"hash":"00"}',
     '{"episode":"a","seq":"x","hash":"00"}', '{"episode":"a","seq":3,"hash":"zz"}', "[1]", "7"],
)  # fmt: skip
def test_an_opening_that_names_nonsense_is_damage(written: Any, parent: str):
    run, lines, _ = written
    place = next(n for n, line in enumerate(lines) if line.startswith(b'{"episode":"a~1"'))
    start, _, rest = lines[place].partition(b'"parent":')
    lines[place] = start + b'"parent":' + parent.encode() + rest[rest.index(b"}") + 1 :]
    assert damage(run, lines, "a~1").line == place + 1
    with pytest.raises(LogDamaged):
        intact(segment(run))


def test_two_segments_with_one_id_are_told_apart(written: Any):
    run, _, truth = written
    episode("a", log=SegmentWriter(run.path / "segments" / "w2.jsonl", wall_ms))  # which claims nothing
    with pytest.raises(LogDamaged, match=r"w2\.jsonl, line 1, seq 0: a was begun in w\.jsonl; two episodes") as caught:
        Run(run.path).trajectory("a")
    check_intact(caught.value, truth["a"], len(truth["a"]))
    assert same(Run(run.path).trajectory("b"), truth["b"])


def read_or_damage(run: Run, id: str) -> Any:
    try:
        return run.trajectory(id)
    except LogDamaged as damage:
        return damage


def test_every_byte_of_a_line_matters_or_is_outside_the_hash(written: Any):
    """Whatever byte is altered: the same history, a damage at that line or a later one, or an episode less."""
    run, lines, truth = written
    place = 3
    before, line, after = b"".join(lines[:place]), lines[place], b"".join(lines[place + 1 :])
    outside = 0
    for offset in range(len(line)):
        for mask in (0x01, 0x20, 0x80):
            flipped = bytearray(line)
            flipped[offset] ^= mask
            segment(run).write_bytes(before + flipped + after)
            fresh = Run(run.path)
            found = read_or_damage(fresh, "a")
            outside += not isinstance(found, LogDamaged)
            assert found.line in (place + 1, place + 2) if isinstance(found, LogDamaged) else same(found, truth["a"])
            found = read_or_damage(fresh, "b")
            assert b'"episode":"b"' in flipped if isinstance(found, LogDamaged) else same(found, truth["b"])
    assert outside <= 3 * len("1790000000000")  # only the wall clock


def test_tampering_stops_a_writer_before_it_appends(written: Any):
    run, lines, _ = written
    for place in (3, len(lines) - 1):
        altered = list(lines)
        altered[place] = changed(altered[place], b'"wall_ms":', b'"wall_mS":')
        segment(run).write_bytes(b"".join(altered))
        for _ in range(2):  # and lets go of the file
            with pytest.raises(LogDamaged, match=f"line {place + 1}: unreadable"):
                run.writer("w", wall_ms)
        assert segment(run).read_bytes() == b"".join(altered)
    segment(run).write_bytes(b"".join(lines))
    run.writer("w", wall_ms).close()


def test_damage_is_a_mistake_a_user_can_mend():
    assert issubclass(LogDamaged, CoreCraftError)
