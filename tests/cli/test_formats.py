"""`corecraft export` and `import`: what is written and said, and how calls of others come out in our world."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest
from corecraft.analysis.formats import FORMATS
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.hands import LocalHands
from corecraft.cli.query import connected
from corecraft.scenarios.company import schema_of
from starlette.testclient import TestClient

from .test_cli import answer, corecraft

FORK = "S-2.failing.0~1"
EXAMPLE = Path(__file__).parents[1] / "data" / "formats" / "foreign.atif.json"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "s2"
    assert corecraft("run", "--task", "S-2", "--agent", "failing", "--out", folder).returncode == 0
    fork = ("fork", f"{folder}/S-2.failing.0", "--at", 18, "--agent", "reference", "--continue")
    assert corecraft(*fork).returncode == 0
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_export_says_what_was_written(name: str, run: Path, tmp_path: Path):
    told = answer("export", run, "--format", name, "--out", tmp_path / "out", "--json")
    assert isinstance(told, dict)
    assert told.pop("bytes") > 10_000
    assert told == {
        "run": str(run), "format": name, "out": str(tmp_path / "out"), "episodes": 2, "messages": 25, "without_tools": 0,
        "empty": [], "damaged": {},
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_export_goes_by_the_name_of_the_run(run: Path, tmp_path: Path):
    done = corecraft("export", run, "--format", "chat", cwd=tmp_path)
    assert done.stdout.startswith("wrote s2.jsonl: 2 episodes, 25 messages, ")
    assert "there already" in corecraft("export", run, "--format", "chat", cwd=tmp_path).stderr
    assert corecraft("export", run, "--format", "atif", cwd=tmp_path).stdout.startswith("wrote s2.atif: ")
    assert {path.name for path in (tmp_path / "s2.atif").iterdir()} == {"S-2.failing.0.json", f"{FORK}.json"}


def test_export_of_chosen_episodes(run: Path, tmp_path: Path):
    told = answer("export", run / FORK, "--format", "chat", "--out", tmp_path / "out", "--json")
    assert isinstance(told, dict)
    assert told["episodes"] == 1
    row = json.loads((tmp_path / "out").read_bytes())
    assert (row["metadata"]["episode"], row["metadata"]["grade"]["code_reward"]) == (FORK, 1.0)
    assert len(row["tools"]) == 23
    weights = [message["weight"] for message in row["messages"] if message["role"] == "assistant"]
    assert weights == [0] * 8 + [1] * 3
    for wrong, reason in ((run / "none", "No episode none"), (tmp_path / "x", "neither a run folder nor RUN/EPISODE")):
        done = corecraft("export", wrong, "--format", "chat", "--out", tmp_path / "more")
        assert (done.returncode, reason in done.stderr) == (2, True)
    inside = corecraft("export", run, "--format", "chat", "--out", run / "out.jsonl")
    assert "part of the run" in inside.stderr


def test_a_damaged_episode_is_named_and_left_out(run: Path, tmp_path: Path):
    damaged = copytree(run, tmp_path / "run")
    (segment,) = (damaged / "segments").glob("fork*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b"13 November 2025", b"14 November 2025", 1))
    done = corecraft("export", damaged, "--format", "chat", "--out", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["episodes"], list(told["damaged"])) == (1, 1, [FORK])
    assert "the hash chain" in told["damaged"][FORK]


@pytest.mark.parametrize("name", ["atif", "chat"])
def test_what_comes_in_again_replays_in_our_world(name: str, run: Path, tmp_path: Path):
    assert corecraft("export", run, "--format", name, "--out", tmp_path / "out").returncode == 0
    told = answer("import", tmp_path / "out", "--format", name, "--out", tmp_path / "run", "--replay", "--json")
    assert isinstance(told, dict)
    assert told["episodes"] == ["S-2.failing.0", FORK]
    assert [(one["task"], one["calls"], one["fault"], one["differing"]) for one in told["replays"]] == [
        ("S-2", 9, "", []), ("S-2", 10, "", []),
    ]  # fmt: skip
    rows = answer(
        "sql", run, "--with", tmp_path / "run", "SELECT DISTINCT task_id, agent, code_reward FROM episodes", "--json"
    )
    assert isinstance(rows, list)
    assert len(rows) == 2  # each is what it was


def test_replies_that_differ_are_listed(run: Path, tmp_path: Path):
    corecraft("export", run / "S-2.failing.0", "--format", "chat", "--out", tmp_path / "out")
    text = (tmp_path / "out").read_text()
    assert '\\"is_under_warranty\\":true' in text
    (tmp_path / "out").write_text(text.replace('\\"is_under_warranty\\":true', '\\"is_under_warranty\\":false'))
    asked = ("import", tmp_path / "out", "--format", "chat", "--replay", "S-2", "--out")
    done = corecraft(*asked, tmp_path / "run")
    assert done.returncode == 1
    assert "✗ S-2.failing.0 on S-2: 9 calls, 1 replied otherwise" in done.stdout
    assert "call 5 checkWarrantyStatus: recorded is_under_warranty false, here true" in done.stdout
    ((differing,),) = (
        one["differing"] for one in json.loads(corecraft(*asked, tmp_path / "b", "--json").stdout)["replays"]
    )
    assert (differing["call"], differing["here"]["is_under_warranty"]) == (5, True)
    nobody = corecraft(*asked[:-2], "NO-1", "--out", tmp_path / "c")
    assert (nobody.returncode, "there is no task NO-1" in nobody.stderr) == (2, True)
    assert not (tmp_path / "c").exists()


def test_tools_of_others_do_not_replay(tmp_path: Path):
    done = corecraft("import", EXAMPLE, "--format", "atif", "--out", tmp_path / "run", "--replay", "S-2")
    assert done.returncode == 1
    assert "none of the tools it calls is one of ours" in done.stdout
    unnamed = corecraft("import", EXAMPLE, "--format", "atif", "--out", tmp_path / "b", "--replay")
    assert "it names no task: say which, with --replay TASK" in unnamed.stdout


def test_what_was_imported_is_read_and_looked_at_but_not_verified(tmp_path: Path):
    run, id = tmp_path / "theirs", "trial-7-attempt-2"
    assert corecraft("import", EXAMPLE, "--format", "atif", "--out", run).stdout == f"wrote {run}: 2 episodes\n"
    shown = corecraft("view", run / id).stdout
    assert 'bash(command="ls")' in shown
    assert "answer: There is one: notes.txt." in shown
    verified = corecraft("verify", run)
    assert (verified.returncode, "this was imported" in verified.stdout) == (1, True)
    assert "this was imported" in corecraft("fork", run / id, "--answer", EXAMPLE).stderr
    assert corecraft("seal", run).returncode == 0
    viewer = Viewer(Shelf.of([run], schema_of, connected), LocalHands({}))
    with TestClient(viewer.app("secret"), base_url="http://127.0.0.1") as client:
        for page in ("", "/runs/theirs", f"/runs/theirs/{id}"):
            assert client.get(f"{page}?token=secret").status_code == 200, page
        assert "notes.txt" in client.get(f"/runs/theirs/{id}").text


def test_a_broken_file_is_one_line(tmp_path: Path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text(
        '{"messages": [{"role": "user", "content": "\\u001b[31mHello"}]}\n{"messages": [{"role": "\\u001b[31m"}]}\n'
    )
    done = corecraft("import", broken, "--format", "chat", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert done.stderr == f"error: {broken}, line 2: messages[0]: there is no role '\\x1b[31m'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["broken.jsonl"]
    wrong = corecraft("import", broken, "--format", "inspect", "--out", tmp_path / "run")
    assert "invalid choice" in wrong.stderr
