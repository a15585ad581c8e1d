"""The command as scripts and people use it: a real process, its output, its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "corecraft.cli.main"]


def corecraft(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=cwd, check=False
    )


def answer(*arguments: object) -> object:
    done = corecraft(*arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "s2"
    assert corecraft("run", "--task", "S-2", "--agent", "failing", "--out", folder).returncode == 0
    return folder


def test_run_grades_and_leaves_a_run_folder(run: Path):
    rows = answer("sql", run, "SELECT episode, agent, status, reward, passed FROM episodes", "--json")
    assert len(rows) == 1
    assert rows[0]["episode"] == "S-2.failing.0"
    assert rows[0]["agent"] == "failing"
    assert rows[0]["passed"] is False


def test_view_shows_the_history_and_runs_nothing(run: Path):
    done = corecraft("view", run)
    assert done.returncode == 0
    assert "getOrderDetails" in done.stdout
    assert "ship-251105-676" in done.stdout
    assert "\x1b" not in done.stdout, "no colour codes through a pipe"


def test_verify_takes_a_run_or_an_episode(run: Path):
    assert corecraft("verify", run).returncode == 0
    found = answer("verify", run / "S-2.failing.0", "--json")
    assert found["ok"] is True
    assert [episode["episode"] for episode in found["episodes"]] == ["S-2.failing.0"]


def test_a_tampered_log_fails_verification_and_names_file_line_and_seq(run: Path, tmp_path: Path):
    import shutil

    copy = shutil.copytree(run, tmp_path / "copy")
    (segment,) = (copy / "segments").glob("*.jsonl")
    lines = segment.read_text().splitlines(keepends=True)
    lines[5] = lines[5].replace("jillian", "gillian", 1)
    segment.write_text("".join(lines))
    done = corecraft("verify", copy)
    assert done.returncode == 1
    assert f"{segment}, line 6, seq 5" in done.stdout.replace("\n", "")
    viewed = corecraft("view", copy)
    assert viewed.returncode == 1
    assert "searchCustomers" in viewed.stdout, "what was intact is still readable"


def test_fork_plays_on_from_a_step_and_diff_shows_both_ends(run: Path):
    calls = answer("sql", run, "SELECT seq FROM tool_calls WHERE tool = 'getOrderDetails'", "--json")
    at = calls[0]["seq"] + 1
    forked = answer("fork", run / "S-2.failing.0", "--at", at, "--agent", "reference", "--json")
    assert forked["grade"]["passed"] is True
    assert forked["parent"]["seq"] == at
    difference = answer("diff", run / "S-2.failing.0", run / forked["episode"], "--json")
    assert difference["common"] == at + 1
    assert difference["rows"] == []
    assert corecraft("verify", run).returncode == 0
    tree = corecraft("view", run, "--tree")
    assert forked["episode"] in tree.stdout


def test_a_fork_inside_a_call_is_one_line_that_says_what_to_do(run: Path):
    done = corecraft("fork", run / "S-2.failing.0", "--at", 3)
    assert done.returncode == 2
    assert "inside the call" in done.stderr
    assert "fork at" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verify", "nowhere"), "neither a run folder nor RUN/EPISODE"),
        (("world", "info", "nowhere"), "not a world"),
        (("world", "build", "--scale", "0"), "--scale must be 1 or more"),
        (("tasks", "show", "S-9"), "No task 'S-9'"),
        (("run", "--task", "S-1", "--agent", "genius", "--out", "x"), "No agent 'genius'"),
        (("sql", "nowhere", "SELECT 1"), "nowhere"),
        (("serve", "--http", "here"), "wants HOST:PORT"),
        (("serve", "--http", "127.0.0.1:1", "--task", "S-1"), "--task goes with --stdio"),
    ],
)
def test_a_users_mistake_is_one_line(arguments, words, tmp_path: Path):
    done = corecraft(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_sql_and_unknown_episodes_are_one_line(run: Path):
    assert "Traceback" not in (done := corecraft("sql", run, "SELEC 1")).stderr
    assert done.returncode == 2
    done = corecraft("view", run / "S-9")
    assert done.returncode == 2
    assert "S-2.failing.0" in done.stderr, "it names those there are"


def test_sql_cannot_reach_other_files(run: Path, tmp_path: Path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for attack in (
        f"SELECT * FROM '{tmp_path}/secret.csv'",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        "SET enable_external_access=true",
    ):
        assert corecraft("sql", run, attack).returncode == 2
    assert not (tmp_path / "out.csv").exists()


def test_tools_and_tasks_are_listed():
    base, extended = answer("tools", "list", "--json"), answer("tools", "list", "--set", "extended", "--json")
    assert len(base) == 23
    assert len(extended) == 31
    assert {"name", "description", "inputSchema", "outputSchema", "annotations"} <= set(base[0])
    assert [task["id"] for task in answer("tasks", "list", "--json")][:4] == ["S-1", "S-2", "S-3", "S-4"]
    shown = corecraft("tasks", "show", "S-4")
    assert "Platinum" in shown.stdout


def test_a_world_survives_save_export_and_import(tmp_path: Path):
    built = answer("world", "build", "--out", tmp_path / "world", "--json")
    info = answer("world", "info", tmp_path / "world", "--json")
    assert info["digest"] == built["digest"]
    assert info["rows"] == built["rows"]
    assert sum(info["rows"].values()) >= 2500
    assert corecraft("world", "export", tmp_path / "world", tmp_path / "bundle").returncode == 0
    again = answer("world", "import", tmp_path / "bundle", tmp_path / "again", "--json")
    assert again["digest"] == built["digest"]
    names = {
        path.relative_to(tmp_path / "bundle").as_posix() for path in (tmp_path / "bundle").rglob("*") if path.is_file()
    }
    assert {
        "mcp-tools.json",
        "bundle.json",
        "tasks/S-1.json",
        "entities/customer.json",
        "system-prompts/policy.md",
    } <= names
    assert {"server/Dockerfile", "server/serve.sh"} <= names
    data = [name for name in names if not name.startswith("server/")]
    assert not any("manifest" in name or "noise" in name for name in data)
    played = answer(
        "run",
        "--task",
        "S-3",
        "--agent",
        "reference",
        "--world",
        tmp_path / "bundle",
        "--out",
        tmp_path / "r",
        "--json",
    )
    assert played["episodes"][0]["passed"] is True


def test_a_changed_bundle_is_refused(tmp_path: Path):
    assert corecraft("world", "build", "--out", tmp_path / "world", "--json").returncode == 0
    assert corecraft("world", "export", tmp_path / "world", tmp_path / "bundle").returncode == 0
    path = tmp_path / "bundle" / "entities" / "product.json"
    path.write_text(path.read_text().replace("349.99", "1.00", 1))
    done = corecraft("world", "import", tmp_path / "bundle", tmp_path / "again")
    assert done.returncode == 2
    assert "world differs" in done.stderr


def test_the_demo_tells_the_whole_story(tmp_path: Path):
    done = corecraft("demo", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    for words in ("digest", "S-1", "S-4", "verified", "S-2.failing.0~1: passed", "tool_calls"):
        assert words in done.stdout, words
    assert corecraft("verify", tmp_path / "demo").returncode == 0


def test_help_has_examples():
    for command in ("world", "tools", "tasks", "run", "view", "verify", "fork", "diff", "sql", "serve"):
        assert "examples:" in corecraft(command, "--help").stdout
