"""Simulations of tau2's as runs, by the commands: verified, forked, viewed and asked, and what is otherwise here is listed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("tau2") is None, reason="tau2 is not installed; make tau2 has an environment with it"),
]


def corecraft(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corecraft.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **more)


def message(role: str, content: str | None, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "timestamp": "2026-05-31T11:41:11.146953", **more}


def asked(id: str, name: str, **arguments: Any) -> dict[str, Any]:
    call = {"id": id, "name": name, "arguments": arguments, "requestor": "assistant"}
    return message("assistant", None, tool_calls=[call], cost=0.001, usage={"prompt_tokens": 5})


def results(**reward: Any) -> dict[str, Any]:
    """A file of tau2's, of one simulation of its own task `create_task_1`."""
    task_2 = {"task_id": "task_2", "title": "Important Meeting", "description": None, "status": "pending"}
    criteria = {
        "actions": [
            {"action_id": "1", "name": "create_task", "arguments": {"user_id": "user_1", "title": "Important Meeting"}}
        ],
        "reward_basis": ["DB", "COMMUNICATE"],
    }
    task = {"id": "create_task_1", "user_scenario": {"instructions": "A meeting."}, "evaluation_criteria": criteria}
    messages = [
        message("assistant", "Hi! How can I help you today?"),
        message("user", "A task for the Important Meeting, please. I am user_1."),
        asked("c1", "create_task", user_id="user_9", title="Important Meeting"),
        message("tool", "Error: User user_9 not found", id="c1", error=True, requestor="assistant"),
        asked("c2", "create_task", user_id="user_1", title="Important Meeting"),
        message("tool", json.dumps(task_2), id="c2", requestor="assistant"),
        message("assistant", "It is there."),
        message("user", "Thanks. ###STOP###"),
    ]
    simulation = {
        "id": "s1", "task_id": "create_task_1", "messages": messages, "termination_reason": "user_stop",
        "reward_info": {"reward": 1.0, **reward}, "trial": 0,
    }  # fmt: skip
    info = {"environment_info": {"domain_name": "mock", "policy": "Be kind."}, "agent_info": {"llm": "some/model"}}
    return {"info": info, "tasks": [task], "simulations": [simulation]}


def written(folder: Path, content: Any) -> Path:
    file = folder / "results.json"
    file.write_text(json.dumps(content))
    return file


def test_a_simulation_comes_in_and_is_a_history_like_any_other(tmp_path: Path):
    done = corecraft("import", "tau2", written(tmp_path, results()), "--out", tmp_path / "run", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (told["calls"], told["replies_equal"], told["replies_different"], told["grades_equal"]) == (2, 2, 0, 1)

    run = tmp_path / "run"
    assert corecraft("verify", run).stdout.endswith("1 of 1 episodes verified, 2 calls re-executed\n")
    assert (
        "create_task_1.0~1: forked from create_task_1.0" in corecraft("fork", run / "create_task_1.0", "--at", 7).stdout
    )
    forked = corecraft("fork", run / "create_task_1.0", "--at", 7, "--answer", "-", input="No.")
    assert "✗\tDB.1" in forked.stdout, forked.stderr
    assert corecraft("verify", run).returncode == 0
    viewed = corecraft("view", run / "create_task_1.0", "--system").stdout
    assert "Be kind." in viewed
    assert 'create_task(user_id="user_1", title="Important Meeting")' in viewed
    rows = corecraft(
        "sql", run, "SELECT id, row->>'$.title' AS title FROM final_tasks WHERE episode = 'create_task_1.0'", "--json"
    )
    assert json.loads(rows.stdout)[-1] == {"id": "task_2", "title": "Important Meeting"}
    asked = "SELECT agent, calls, rejections, reward, closed_because FROM episodes WHERE parent IS NULL"
    (episode,) = json.loads(corecraft("sql", run, asked, "--json").stdout)
    assert list(episode.values()) == ["some/model", 2, 1, 1.0, "user_stop"]


def test_what_is_otherwise_here_is_listed_with_its_field(tmp_path: Path):
    content = results(reward=0.0)
    reply = content["simulations"][0]["messages"][5]
    reply["content"] = reply["content"].replace("pending", "completed")
    file = written(tmp_path, content)
    done = corecraft("import", "--format", "tau2", file, cwd=tmp_path)
    assert done.returncode == 1
    told = done.stdout.replace("\n┆ ", "")
    assert 'create_task_1.0: call 2 create_task: recorded status "completed", here "pending"' in told
    assert "create_task_1.0: rewarded 0 there, 1 here, where nothing fails" in told
    assert corecraft("verify", tmp_path / "results").returncode == 0  # it is what this version makes of it


def test_a_task_that_cannot_be_set_up_here_has_no_grade(tmp_path: Path):
    content = results()
    action = {"env_type": "user", "func_name": "add_notification", "arguments": {"text": "new"}}
    content["tasks"][0]["initial_state"] = {"initialization_actions": [action]}
    done = corecraft("import", "tau2", written(tmp_path, content), "--out", tmp_path / "run", "--json")
    told = json.loads(done.stdout)
    assert (told["grades_not_compared"], told["simulations"][0]["same_grade"]) == (1, None)
    assert "tau2 cannot make the initial state of task create_task_1" in told["simulations"][0]["unprepared"]
    assert corecraft("verify", tmp_path / "run").returncode == 0


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (lambda content: content.pop("tasks"), "Object missing required field `tasks`"),
        (
            lambda content: content["simulations"][0].update(messages=[{"role": "judge"}]),
            "simulations[0].messages[0]: 'judge'",
        ),
        (
            lambda content: content["simulations"][0].update(task_id="nowhere"),
            "is of task nowhere, which is nowhere to be found",
        ),
        (lambda content: content["info"]["environment_info"].update(domain_name="bank"), "tau2 has no domain 'bank'"),
    ],
)
def test_a_file_that_is_none_is_one_line_and_leaves_nothing(tmp_path: Path, bend: Any, said: str):
    content = results()
    bend(content)
    done = corecraft("import", "tau2", written(tmp_path, content), "--out", tmp_path / "run")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
