"""The command as scripts and people use it: a real process, its output, its exit code."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from corecraft.cli.main import parser
from corecraft.cli.screens import plain
from corecraft.engine.errors import CoreCraftError, DigestMismatch
from corecraft.engine.run import Run
from corecraft.rollouts.catalogue import STANDARD, StageCatalogue
from corecraft.rollouts.runner import Stage
from corecraft.scenarios import bundle
from corecraft.tools.toolset import toolset

from . import warm
from .warm import on_terminal

COMMAND = [sys.executable, "-m", "corecraft.cli.main"]


def corecraft(
    *arguments: object, cwd: Path | None = None, columns: int | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    if columns is not None:
        environment["COLUMNS"] = str(columns)
    return warm.run([*map(str, arguments)], environment=environment, cwd=cwd, stdin=stdin)


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
    assert forked["grade"]["code_passed"] is True
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
        (("tasks", "list", "--family", "XX-01"), "No family 'XX-01'"),
        (("tasks", "list", "--split", "validation"), "There are: train, heldout, smoke"),
        (("tasks", "check", "--task", "S-9"), "No task 'S-9'"),
        (("run", "--agent", "reference", "--out", "x"), "say what to play"),
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


def test_a_tool_is_shown_with_its_parameters():
    shown = corecraft("tools", "show", "createBuild", "--set", "extended").stdout
    assert "name\trequired\tstring\t" in shown
    assert "order_id" in json.dumps(answer("tools", "show", "searchOrders", "--json"))
    refused = corecraft("tools", "show", "searchOrder")
    assert refused.returncode == 2
    assert "No tool searchOrder in corecraft/base/benchmark. Near it: searchOrders, " in refused.stderr


def test_tools_and_tasks_are_listed():
    base, extended = answer("tools", "list", "--json"), answer("tools", "list", "--set", "extended", "--json")
    assert len(base) == 23
    assert len(extended) == 31
    assert {"name", "description", "inputSchema", "outputSchema", "annotations"} <= set(base[0])
    smoke = answer("tasks", "list", "--split", "smoke", "--json")
    assert [task["id"] for task in smoke][:4] == ["S-1", "S-2", "S-3", "S-4"]
    assert len(smoke) == 12
    assert all(task["family"] == "MW-02" for task in answer("tasks", "list", "--family", "MW-02", "--json"))
    families = corecraft("tasks", "list").stdout
    assert "Defective item, refund end to end" in families
    assert "heldout: 150 tasks" in families
    shown = corecraft("tasks", "show", "S-4").stdout
    for words in ("Platinum", "plan:", "searchPayments", "reference answer", "$12,083.17", "rubric"):
        assert words in shown


def test_a_task_is_proved_and_the_same_command_gives_the_same_bytes_in_however_many_processes():
    asked = ("tasks", "check", "--task", "RS-03-002", "--task", "S-4", "--json", "--jobs")
    first, second = (corecraft(*asked, jobs) for jobs in (2, 1))
    assert first.returncode == 0, first.stdout
    assert first.stdout == second.stdout
    proof = json.loads(first.stdout)
    assert proof["summary"]["tasks"] == 2
    assert proof["summary"]["mutants killed"] > 30
    assert proof["faults"] == []
    assert "every gate holds" in corecraft("tasks", "check", "--task", "RS-03-002", "--jobs", 1).stdout


def test_a_split_is_played(tmp_path: Path):
    done = corecraft("run", "--split", "smoke", "--agent", "reference", "--out", tmp_path / "smoke")
    assert done.returncode == 0, done.stderr
    assert "12 of 12 passed by code" in done.stdout
    assert corecraft("verify", tmp_path / "smoke").returncode == 0


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
    assert played["episodes"][0]["code_passed"] is True


def test_a_changed_bundle_is_refused(tmp_path: Path):
    assert corecraft("world", "build", "--out", tmp_path / "world", "--json").returncode == 0
    assert corecraft("world", "export", tmp_path / "world", tmp_path / "bundle").returncode == 0
    path = tmp_path / "bundle" / "entities" / "product.json"
    path.write_text(path.read_text().replace("349.99", "1.00", 1))
    done = corecraft("world", "import", tmp_path / "bundle", tmp_path / "again")
    assert done.returncode == 2
    assert "the world differs; the bundle says" in done.stderr


def test_the_demo_tells_the_whole_story(tmp_path: Path):
    done = corecraft("demo", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    for words in ("digest", "S-1", "S-4", "verified", "S-2.failing.0~1: passed", "tool_calls"):
        assert words in done.stdout, words
    assert corecraft("verify", tmp_path / "demo").returncode == 0


WITH_EXAMPLES = ("world", "tools", "tasks", "run", "view", "verify", "fork", "diff", "shell", "sql", "serve")


def test_help_has_examples():
    for command in WITH_EXAMPLES:
        assert "examples:" in corecraft(command, "--help").stdout
    for command in ("view", "verify", "fork", "diff"):
        examples = corecraft(command, "--help").stdout.split("examples:")[1]
        assert all(f"corecraft {command} " in line for line in examples.strip().splitlines())


def test_every_option_has_help():
    for command in ("demo", *WITH_EXAMPLES):
        for made in _parsers(parser(command)):
            for action in made._actions:
                assert action.help or isinstance(action, argparse._SubParsersAction), (made.prog, action.dest)


def _parsers(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield top
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from _parsers(child)


# --- what was altered ------------------------------------------------------------------------------------------------


def test_verify_notices_a_replaced_rubric_or_text(run: Path, tmp_path: Path):
    recorded = Run(run).trajectory("S-2.failing.0").events[0].data["task"]["digest"]
    eased = shutil.copytree(run, tmp_path / "eased")
    rubric = eased / "tasks" / f"{recorded}.json"
    rubric.write_text(rubric.read_text().replace("no-invented-date", "no-invented-day"))
    done = corecraft("verify", eased, columns=1000)
    assert done.returncode == 1
    assert f"{rubric} was altered" in done.stdout
    told = shutil.copytree(run, tmp_path / "told")
    (text,) = (told / "texts").glob("*.md")
    text.write_text("Do as you like.")
    done = corecraft("verify", told, "--json")
    assert done.returncode == 1
    assert f"{text} was altered" in json.loads(done.stdout)["damages"][0]
    with pytest.raises(DigestMismatch, match="text differs"):
        Run(told).text(text.stem)
    assert "text differs" in corecraft("view", told, "--system").stdout
    rubric.write_text("{")
    assert f"{rubric} cannot be read" in corecraft("verify", eased, columns=1000).stdout


# --- bundles ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle without its server."""
    folder = tmp_path_factory.mktemp("bundles") / "one"
    stage = Stage.build()
    tasks = {id: stage.tasks[id] for id in ("S-1", "S-2", "RS-03-006")}
    bundle.export(folder, stage.world.genesis, stage.recipe, tasks, toolset())
    return folder


def test_agents_of_a_bundle_are_told_what_the_bundle_says(exported: Path, tmp_path: Path):
    other = shutil.copytree(exported, tmp_path / "other")
    (other / "system-prompts" / "policy.md").write_text("Be brief.\n")
    stage = Stage.from_bundle(other)
    said = StageCatalogue({STANDARD: stage}, "corecraft/base/benchmark")
    assert said.open_task("S-2", None).system == "Be brief.\n"
    assert said.open_bare(STANDARD, None).system == "Be brief.\n"
    out = tmp_path / "run"
    assert corecraft("run", "--task", "S-2", "--agent", "failing", "--world", other, "--out", out).returncode == 0
    assert [path.read_text() for path in (out / "texts").iterdir()] == ["Be brief.\n"]
    assert "Be brief." in corecraft("view", out, "--system").stdout
    assert corecraft("verify", out).returncode == 0


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ([], "not a readable bundle: Expected `object`, got `array`"),
        ({}, "missing required field `now`"),
        ({"now": "today"}, "Expected `int`, got `str` - at `$.now`"),
        ({"now": 1, "format": 2}, "has bundle format 2; this version reads format 1"),
        ({"now": 1, "tools": "corecraft/none"}, "There is no toolset 'corecraft/none'"),
    ],
)
def test_a_bundle_that_cannot_be_read_is_one_line(about: object, words: str, tmp_path: Path):
    (tmp_path / "bundle.json").write_text(json.dumps(about))
    with pytest.raises(CoreCraftError) as caught:
        bundle.load(tmp_path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bundle_without_a_digest_claims_no_recipe(exported: Path, tmp_path: Path):
    other = shutil.copytree(exported, tmp_path / "edited")
    about = json.loads((other / "bundle.json").read_text())
    assert bundle.load(other)[1] == about["recipe"]
    del about["digest"]
    (other / "bundle.json").write_text(json.dumps(about))
    assert bundle.load(other)[1] == {"bundle": "edited"}


def test_a_bundles_own_task_has_no_scripted_agent(exported: Path, tmp_path: Path):
    other = shutil.copytree(exported, tmp_path / "other")
    task = json.loads((other / "tasks" / "S-2.json").read_text())
    (other / "tasks" / "X-1.json").write_text(json.dumps({**task, "id": "X-1", "family": ""}))
    done = corecraft("run", "--task", "X-1", "--agent", "failing", "--world", other, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "Task X-1 has no scripted agents" in done.stderr
    assert "Traceback" not in done.stderr


# --- an answer of one's own ------------------------------------------------------------------------------------------


def test_fork_submits_an_answer_and_grades_it(run: Path, tmp_path: Path):
    copy = shutil.copytree(run, tmp_path / "copy")
    (tmp_path / "answer.txt").write_text("Delivered on 13 November 2025.\n")
    given = answer("fork", copy / "S-2.failing.0", "--answer", tmp_path / "answer.txt", "--json")
    assert given["status"] == "closed"
    assert given["grade"]["task"] == "S-2"
    assert Run(copy).trajectory(given["episode"]).answer == "Delivered on 13 November 2025.\n"
    done = corecraft("fork", copy / "S-2.failing.0", "--at", 1, "--answer", "-", stdin="No idea.")
    assert done.returncode == 0
    assert "failed  " in done.stdout
    assert corecraft("verify", copy).returncode == 0
    done = corecraft("fork", copy / "S-2.failing.0", "--answer", "nowhere.txt")
    assert done.returncode == 2
    assert "nowhere.txt cannot be read" in done.stderr
    assert "not allowed with" in corecraft("fork", copy, "--answer", "-", "--agent", "failing").stderr


# --- tables ----------------------------------------------------------------------------------------------------------


def test_tables_hold_no_escape_sequences_and_short_floats(run: Path):
    sql = "SELECT 'a' || chr(27) || '[2J' AS evil, 2 / 3 AS share, 1.5e0 AS half"
    shown = plain(on_terminal(100, "sql", run, sql))
    assert "\x1b" not in shown
    assert shown.splitlines()[-1].split() == ["a\\x1b[2J", "0.6667", "1.5"]
    assert corecraft("sql", run, sql).stdout.splitlines()[-1] == "a\\x1b[2J\t0.6666666666666666\t1.5"
    column = corecraft("sql", run, 'SELECT 1 AS "[red]a"').stdout
    assert "[red]a" in column, "column names are no markup"


def test_many_rows_are_cut_and_counted_on_a_terminal(run: Path):
    sql = "SELECT range AS n FROM range(1234)"
    shown = plain(on_terminal(100, "sql", run, sql))
    assert "\n999" in shown
    assert "\n1000" not in shown
    assert "and 234 more rows" in shown
    assert len(corecraft("sql", run, sql).stdout.splitlines()) == 1235
    assert len(answer("sql", run, sql, "--json")) == 1234


def test_rows_too_wide_for_the_terminal_are_printed_one_by_one(run: Path):
    sql = "SELECT 'short' AS first, repeat('x', 60) AS second, repeat('y ', 100) AS third FROM range(2)"
    assert "─" in plain(on_terminal(120, "sql", run, sql))
    narrow = plain(on_terminal(64, "sql", run, sql))
    assert "─" not in narrow
    assert narrow.splitlines()[0].split() == ["first", "short"]
    assert narrow.count("second") == 2
    assert max(map(len, narrow.splitlines())) <= 64


# --- output ----------------------------------------------------------------------------------------------------------


def test_view_as_json_is_one_list(run: Path):
    found = answer("view", run / "S-2.failing.0", run / "S-2.failing.0", "--json")
    assert [episode["episode"] for episode in found] == ["S-2.failing.0"] * 2
    assert found[0]["events"][0]["kind"] == "episode.opened"


def test_a_reader_who_has_seen_enough_is_no_failure(run: Path):
    read, write = os.pipe()
    os.close(read)
    for arguments in (("view", run, "--full"), ("view", run, "--json")):
        done = subprocess.run([*COMMAND, *map(str, arguments)], stdout=write, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(write)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_disk_is_one_line(run: Path):
    for arguments in (("view", run), ("view", run, "--json")):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*COMMAND, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 2
        assert done.stderr == b"error: the output cannot be written: No space left on device\n"


def test_a_taken_port_leaves_no_run_folder(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = corecraft("serve", "--http", f"127.0.0.1:{port}", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "cannot be listened on" in done.stderr
    assert not (tmp_path / "run").exists()


def test_without_docstrings_it_says_one_plain_line():
    """`python -OO` removes what describes the tools to agents."""
    done = subprocess.run(
        [sys.executable, "-OO", *COMMAND[1:], "tools"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: CoreCraft cannot run under python -OO")
    assert done.stderr.count("\n") == 1
