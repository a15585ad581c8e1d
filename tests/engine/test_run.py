"""A run folder: all that is needed to view, verify and fork its episodes."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from corecraft.engine.canonical import decode, encode
from corecraft.engine.errors import (
    CoreCraftError,
    DigestMismatch,
    InvalidInput,
    LogDamaged,
    StorageFailed,
    UnknownEpisode,
)
from corecraft.engine.run import Run, load_genesis, save_genesis

from ..toy import TABLES, episode, genesis
from .on_disk import new_run, refused_by, same, segment, wall_ms


def test_a_folder_is_made_once_and_opened_afterwards(tmp_path: Path):
    first = Run.create(tmp_path / "deep" / "run", {"agent": "a"})
    second = Run.create(tmp_path / "deep" / "run", {"agent": "b"})
    assert first.info == second.info == {"format": 1, "manifest": "manifest.jsonl", "agent": "a"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not a run folder: it has no run.json"),
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[1]", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"{}", "has format None; this version reads format 1"),
        (b'{"format":2}', "has format 2; this version reads format 1"),
    ],
)
def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path, content: bytes | None, words: str):
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    assert words in refused_by(CoreCraftError, lambda: Run(tmp_path))


def test_a_run_without_episodes(tmp_path: Path):
    run = Run.create(tmp_path, {})
    assert (run.episodes, run.segments, run.damages) == ([], [], [])
    assert refused_by(UnknownEpisode, lambda: run.trajectory("e")) == f"No episode e in {tmp_path}. It has: none"
    run.writer("w", wall_ms)
    run.reload()
    assert (run.episodes, [path.name for path in run.segments]) == ([], ["w.jsonl"])


def test_an_unknown_episode_is_told_which_there_are(tmp_path: Path):
    run, writer = new_run(tmp_path)
    for number in range(6):
        episode(f"e{number}", log=writer)
    words = refused_by(UnknownEpisode, lambda: run.trajectory("x"))
    assert words.endswith("It has: e0, e1, e2, e3, e4, ...")


def test_reading_sees_what_was_there_until_it_looks_again(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    assert len(run.trajectory("e")) == 1
    e.call("listPots", {})
    assert len(run.trajectory("e")) == 1
    run.reload()
    assert same(run.trajectory("e"), e.trajectory())


def test_forks_find_their_parents_in_other_segments(tmp_path: Path):
    run, writer = new_run(tmp_path)
    other = run.writer("another", wall_ms)
    e = episode("e", log=writer)
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    fork = e.fork(id="f")
    fork._log = other
    fork.call("listPots", {})
    assert Run(run.path).episodes == ["f", "e"]
    assert same(Run(run.path).trajectory("f"), fork.trajectory())


@pytest.mark.parametrize("name", ["", "../w", "a/b", ".hidden", "w\n"])
def test_a_writer_name_cannot_leave_the_folder(tmp_path: Path, name: str):
    with pytest.raises(InvalidInput):
        Run.create(tmp_path, {}).writer(name, wall_ms)


# --- worlds and texts ------------------------------------------------------------------------------------------------


def test_a_world_comes_back_equal(tmp_path: Path):
    run, _ = new_run(tmp_path)
    made = genesis()
    run.add_genesis(made, {"recipe": "toy"})
    back = run.genesis(made.digest, lambda _: TABLES)
    assert (back.tables, back.now, back.digest, back.state_hash) == (
        made.tables,
        made.now,
        made.digest,
        made.state_hash,
    )
    about = decode((run.path / "genesis" / made.digest / "genesis.json").read_bytes())
    assert about["recipe"] == {"recipe": "toy"}


def test_an_altered_world_is_noticed(tmp_path: Path):
    run, _ = new_run(tmp_path)
    run.add_genesis(genesis())
    path = run.path / "genesis" / genesis().digest / "entities" / "pot.json"
    path.write_bytes(path.read_bytes().replace(b'"green"', b'"grey"', 1))
    with pytest.raises(DigestMismatch, match="world differs"):
        run.genesis(genesis().digest, lambda _: TABLES)


def test_a_world_that_was_not_written_to_the_end_is_written_again(tmp_path: Path):
    run, _ = new_run(tmp_path)
    folder = run.path / "genesis" / genesis().digest
    run.add_genesis(genesis())
    (folder / "genesis.json").unlink()
    (folder / "entities" / "pot.json").write_bytes(b"{}")
    assert "it has no genesis.json" in refused_by(
        CoreCraftError, lambda: run.genesis(genesis().digest, lambda _: TABLES)
    )
    run.add_genesis(genesis())
    assert run.genesis(genesis().digest, lambda _: TABLES).digest == genesis().digest


def test_a_folder_that_is_no_world(tmp_path: Path):
    assert "is not a world" in refused_by(CoreCraftError, lambda: load_genesis(tmp_path, lambda _: TABLES))
    save_genesis(genesis(), tmp_path)
    (tmp_path / "entities" / "pot.json").write_bytes(b"{")
    assert "is not a world" in refused_by(CoreCraftError, lambda: load_genesis(tmp_path, lambda _: TABLES))


def test_texts_are_kept_under_their_digest(tmp_path: Path):
    run, _ = new_run(tmp_path)
    digest = run.add_text("Be kind. Ä🙂\r\n")
    assert run.add_text("Be kind. Ä🙂\r\n") == digest
    assert (run.path / "texts" / f"{digest}.md").read_bytes() == "Be kind. Ä🙂\r\n".encode()
    assert run.text(digest) == "Be kind. Ä🙂\r\n"


def test_many_may_make_the_same_run_world_and_text_at_once(tmp_path: Path):
    problems: list[BaseException] = []

    def make() -> None:
        try:
            for number in range(5):
                run = Run.create(tmp_path / f"run{number}", {"agent": "x" * 5000})
                run.add_genesis(genesis())
                run.add_text("y" * 50_000)
                assert run.genesis(genesis().digest, lambda _: TABLES).digest == genesis().digest
        except BaseException as problem:
            problems.append(problem)

    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert not list(tmp_path.rglob("*.part"))


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    words = refused_by(StorageFailed, lambda: Run.create(tmp_path / "file" / "run", {}))
    assert words == f"{tmp_path / 'file' / 'run' / 'run.json'} cannot be written: Not a directory"


def test_a_chain_of_openings_that_names_itself_ends(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("a", log=writer)
    e.call("listPots", {})
    for id in ("b", "c"):
        e = e.fork(id=id)
        e.call("listPots", {})
    lines: list[Any] = [decode(line) for line in segment(run).open("rb")]
    for line in lines:
        if line["event"]["data"].get("parent", {}).get("episode") == "a":
            line["event"]["data"]["parent"]["episode"] = "c"
    writer.close()
    os.replace(segment(run), tmp_path / "kept")
    segment(run).write_bytes(b"".join(encode(line) + b"\n" for line in lines))
    for id in ("b", "c"):
        with pytest.raises(LogDamaged):
            Run(run.path).trajectory(id)
