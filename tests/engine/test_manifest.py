"""Processes share a run: no two take the same id, and what each signed off stands in one file, whoever is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from corecraft.engine.errors import NameTaken, StorageFailed
from corecraft.engine.manifest import Manifest, Signatures
from corecraft.engine.run import Run
from corecraft.engine.segment import Head

from ..toy import episode
from .on_disk import new_run, refused_by, wall_ms

CLAIM_MANY = """
import sys
from itertools import count
from pathlib import Path
from corecraft.engine.run import Run
log = Run(Path(sys.argv[1])).writer("w", lambda: 7, new=True)
print(log.name, *(log.claim(f"e.{n}" for n in count()) for _ in range(50)))
"""


def test_processes_take_different_ids_and_segments(tmp_path: Path):
    run, _ = new_run(tmp_path)
    command = [sys.executable, "-c", CLAIM_MANY, str(run.path)]
    made = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = [process.communicate()[0].split() for process in made]
    assert {name for name, *_ in told} == {"w-1", "w-2", "w-3", "w-4"}
    assert sorted(id for _, *ids in told for id in ids) == sorted(f"e.{n}" for n in range(200))


def test_threads_of_one_writer_take_different_ids(tmp_path: Path):
    _, log = new_run(tmp_path)
    taken: list[str] = []
    threads = [
        Thread(target=lambda: taken.extend(log.claim(f"e{n}" for n in range(99)) for _ in range(9))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"e{n}" for n in range(72))


def test_a_claim_outlives_its_writer_and_is_given_back_to_a_writer_of_that_name(tmp_path: Path):
    run, log = new_run(tmp_path)
    assert log.claim(["a"]) == "a"
    other = run.writer("other", wall_ms)
    assert "of all these names" in refused_by(NameTaken, lambda: other.claim(["a"]))
    refused_by(NameTaken, lambda: episode("a", log=other))
    log.close()
    refused_by(NameTaken, lambda: other.claim(["a"]))
    assert run.writer("w", wall_ms).claim(["a", "b"]) == "a"


def test_an_episode_is_signed_off_as_it_opens_ends_and_is_left(tmp_path: Path):
    run, log = new_run(tmp_path)

    def signed() -> dict[str, Any]:
        return {id: entry.events for id, entry in Run(run.path).signatures.signed.items()}

    e = episode("e", log=log)
    assert signed() == {"e": 1}
    e.call("listPots", {})
    assert signed() == {"e": 1}
    e.submit("Red.")
    assert signed() == {"e": 5}
    e.record("episode.graded", {"reward": 1.0})
    f = e.fork(at=2, id="f", labels={"agent": "x"})
    f.call("listPots", {})
    assert signed() == {"e": 6, "f": 6}
    f.call("listPots", {})
    log.close()
    assert signed() == {"e": 6, "f": 8}
    run.reload()
    for id in ("e", "f"):
        assert run.signature(run.trajectory(id)) == run.signatures.signed[id]


def test_a_restarted_writer_signs_what_the_killed_one_could_not(tmp_path: Path):
    run, log = new_run(tmp_path)
    episode("e", log=log, labels={"agent": "x"}).call("listPots", {})
    log._manifest = None  # killed: nothing is signed when it leaves
    log.close()
    assert run.signatures.signed["e"].events == 1
    run.writer("w", wall_ms).close()
    run.reload()
    assert run.signatures.signed["e"] == run.signature(run.trajectory("e"))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_somebody_was_killed_within_is_cut_and_read_by_nobody(tmp_path: Path, cut: int):
    path = tmp_path / "manifest.jsonl"
    first = Manifest(path)
    first.claim(["a"], "w")
    first.sign("w", {"a": Head(3)})
    first.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert Signatures.read(path).damages == ()
    second = Manifest(path)
    assert second.claim(["a", "b"], "v") == "b"
    assert Signatures.read(path).damages == ()
    assert Signatures.read(path).claimed == {"a": "w", "b": "v"}


def test_a_manifest_that_cannot_be_written_is_one_clear_line(tmp_path: Path):
    run, log = new_run(tmp_path)
    log.close()
    (run.path / "manifest.jsonl").unlink()
    (run.path / "manifest.jsonl").mkdir()
    assert "cannot be written: Is a directory" in refused_by(StorageFailed, lambda: run.writer("w", wall_ms))
