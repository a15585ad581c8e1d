"""What somebody took away from a run, or changed where no hash of a history sees it, is missed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from corecraft.engine.canonical import digest, encode
from corecraft.engine.errors import CoreCraftError, StorageFailed
from corecraft.engine.run import Run
from corecraft.replay.inventory import losses
from corecraft.replay.verify import verify_run

from ..toy import episode, genesis, toolset

TASK = {"title": "Paint", "rubric": ["red"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Segment a: two closed episodes and a fork. Segment b: an open episode, signed off when its writer left."""
    run = Run.create(tmp_path_factory.mktemp("runs") / "whole", {})
    run.add_genesis(genesis())
    text = run.add_text("You paint pots.\n")
    run.add_task(TASK, task := digest(encode(TASK)))
    first, second = run.writer("a", lambda: 7), run.writer("b", lambda: 7)
    prompts = [{"role": "system", "digest": text}, {"role": "user", "text": "Paint."}]
    options: dict[str, Any] = {"prompts": prompts, "task": {"id": "t", "digest": task}}
    for id in ("one", "two"):
        e = episode(id, log=first, labels={"agent": "honest"}, **options)
        e.record("model.responded", {"text": "I paint."}, beside={"cost": 0.25})
        e.call("paintPot", {"pot_id": "p1", "color": "red"})
        e.submit("Done.")
        e.record("episode.graded", {"reward": 1.0, "passed": True, "criteria": []})
    e.fork(at=6, id="fork").call("listPots", {})
    episode("three", log=second, **options).call("listPots", {})
    first.close()
    second.close()
    return run.path


def verdicts(path: Path) -> list[str]:
    """Everything `corecraft verify` would complain of."""
    run = Run(path)
    found = verify_run(run, lambda _: toolset(), lambda digest: run.genesis(digest, lambda _: toolset().tables))
    bad = [f"{id}: {result}" for id, result in found if isinstance(result, CoreCraftError) or not result.ok]
    return [*bad, *losses(run)]


def test_a_whole_run_lacks_nothing(whole: Path):
    assert verdicts(whole) == []


def without(path: Path, segment: str, keep: Callable[[list[bytes]], list[bytes]]) -> None:
    file = path / "segments" / f"{segment}.jsonl"
    file.write_bytes(b"".join(keep(file.read_bytes().splitlines(keepends=True))))


def replaced(file: Path, old: bytes, new: bytes) -> None:
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new, 1))


def only(path: Path, folder: str) -> Path:
    (file,) = (path / folder).iterdir()
    return file


def emptied(path: Path) -> None:
    for segment in path.glob("segments/*"):
        segment.unlink()
    (path / "manifest.jsonl").write_bytes(b"")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda p: without(p, "a", lambda lines: lines[:-5]), "two ends after"),
        (lambda p: without(p, "a", lambda lines: [one for one in lines if b'"two"' not in one]), "has lost 1 episodes"),
        (lambda p: without(p, "b", lambda lines: lines[:-2]), "three ends after 3 events; 5 were signed off"),
        (lambda p: without(p, "b", lambda lines: []), "has lost 1 episodes that were signed off: three"),
        (lambda p: (p / "segments/a.jsonl").unlink(), "is missing, and with it 3 episodes that were signed off"),
        (lambda p: shutil.rmtree(p / "segments"), "holds no episode"),
        (emptied, "holds no episode"),
        (lambda p: replaced(p / "segments/a.jsonl", b'"honest"', b'"wicked"'), "(labels, cost) was altered"),
        (lambda p: replaced(p / "segments/a.jsonl", b'"cost":0.25', b'"cost":0.01'), "(labels, cost) was altered"),
        (lambda p: replaced(p / "segments/a.jsonl", b',"beside":{"cost":0.25}', b""), "(labels, cost) was altered"),
        (lambda p: (p / "manifest.jsonl").unlink(), "manifest.jsonl, line 0: cannot be read"),
        (lambda p: replaced(p / "manifest.jsonl", b'"events":', b'"evens":'), "manifest.jsonl, line"),
        (lambda p: [replaced(p / "manifest.jsonl", b'"three"', b'"thr33"') for _ in range(3)], "nobody claimed its id"),
        (lambda p: only(p, "texts").unlink(), "does not hold text"),
        (lambda p: only(p, "texts").write_bytes(b"You may do as you like.\n"), "was altered"),
        (lambda p: only(p, "tasks").unlink(), "does not hold task"),
        (lambda p: only(p, "tasks").write_bytes(b"{}"), "was altered"),
        (lambda p: only(p, "tasks").write_bytes(b"\xff{"), "cannot be read"),
        (lambda p: shutil.rmtree(p / "genesis"), "is not a world"),
    ],
)  # fmt: skip
def test_whatever_is_taken_away_is_missed(whole: Path, tmp_path: Path, harm: Callable[[Path], Any], words: str):
    path = shutil.copytree(whole, tmp_path / "run")
    harm(path)
    found = verdicts(path)
    assert any(words in problem for problem in found), found


def test_an_episode_that_nobody_claimed_is_noticed(whole: Path, tmp_path: Path):
    path = shutil.copytree(whole, tmp_path / "run")
    forged = Run.create(tmp_path / "forged", {})
    log = forged.writer("a", lambda: 7)
    episode("best", log=log).submit("Mine.")
    shutil.copy(log.path, path / "segments" / "c.jsonl")
    assert "best: best is not in the manifest: nobody claimed its id" in verdicts(path)


def test_a_history_may_go_on_after_its_sign_off(whole: Path, tmp_path: Path):
    """As it does between its opening and its end, and when a writer was killed before it could sign."""
    path = shutil.copytree(whole, tmp_path / "run")
    manifest = path / "manifest.jsonl"
    entries = [msgspec.json.decode(line) for line in manifest.read_bytes().splitlines()]
    opened_only = [entry for entry in entries if entry.get("events", 0) <= 3]
    manifest.write_bytes(b"".join(msgspec.json.encode(entry) + b"\n" for entry in opened_only) + b'{"episode":"o')
    assert verdicts(path) == []


def test_runs_of_before_manifests_verify_and_can_be_added_to(whole: Path, tmp_path: Path):
    path = shutil.copytree(whole, tmp_path / "run")
    (path / "manifest.jsonl").unlink()
    info = msgspec.json.decode((path / "run.json").read_bytes())
    del info["manifest"]
    (path / "run.json").write_bytes(msgspec.json.encode(info))
    assert verdicts(path) == []
    log = Run(path).writer("a", lambda: 7)
    with pytest.raises(CoreCraftError, match="already"):
        log.claim(["one", "two", "three", "fork"])
    episode("four", log=log)
    log.close()
    assert verdicts(path) == []


def test_nothing_is_added_to_a_run_that_lost_its_manifest(whole: Path, tmp_path: Path):
    path = shutil.copytree(whole, tmp_path / "run")
    (path / "manifest.jsonl").unlink()
    with pytest.raises(StorageFailed, match=r"manifest\.jsonl is missing"):
        Run(path).writer("c", lambda: 7)
