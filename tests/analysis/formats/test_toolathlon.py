"""Toolathlon's trajectories, in the forms that it publishes and that its runner leaves; what they say is ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from corecraft.analysis.database import connect, query
from corecraft.analysis.formats.conversation import conversation_of
from corecraft.analysis.formats.inward import bring_in
from corecraft.analysis.formats.table import Malformed
from corecraft.analysis.formats.toolathlon import FORMAT, outcome, read
from corecraft.analysis.toolathlon import Outcome, scores
from corecraft.engine.errors import CoreCraftError
from hypothesis import given
from hypothesis import strategies as st

Row = dict[str, Any]


def said(text: str) -> str:
    """As its MCP servers reply."""
    return json.dumps({"type": "text", "text": text, "annotations": None})


def asked(id: str, name: str, arguments: str, content: str | None = None) -> Row:
    call = {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": content, "tool_calls": [call]}


def trajectory() -> Row:
    """What the runner logs of a task."""
    offered = [
        {"type": "function", "function": {
            "name": name, "description": "Does it.", "parameters": {"type": "object", "properties": {}},
        }}
        for name in ("filesystem-read_file", "local-claim_done")
    ]  # fmt: skip
    return {
        "config": {
            "task_dir": "finalpool/parking-permits", "max_turns": 50, "needed_mcp_servers": ["filesystem"],
            "needed_local_tools": ["claim_done"], "task_str": "Renew the permits.",
            "system_prompts": {"agent": "Work in /workspace.", "user": None},
        },
        "request_id": "9c1", "initial_run_time": "2025-10-17 22:57:58", "completion_time": "2025-10-17 23:02:11",
        "tool_calls": {"tools": offered, "tool_choice": "auto"}, "status": "success",
        "messages": [
            {"role": "user", "content": "Renew the permits that end in May."},
            asked("t1", "filesystem-read_file", '{"path": "/workspace/permits.csv"}', "I look at the list first."),
            {"role": "tool", "tool_call_id": "t1", "content": said("plate,ends\nKR-55,2025-05-03")},
            asked("t2", "local-claim_done", ""),
            {"role": "tool", "tool_call_id": "t2", "content": [{"type": "text", "text": "claimed"}]},
            {"role": "assistant", "content": "One permit is renewed."},
        ],
        "key_stats": {"interaction_turns": 1, "tool_calls": 2, "total_tokens": 812},
        "agent_cost": {"total_cost": 0.0125},
    }  # fmt: skip


def line(task: str, run: str, evaluation: Any, running: str = "done", **more: Any) -> str:
    """A line of the published data set: whatever is an object or a list is JSON text."""
    status = {"preprocess": "done", "running": running, "evaluation": evaluation}
    told: Row = {"modelname_run": run, "task_name": task, "task_status": status, **trajectory(), **more}
    return json.dumps({k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in told.items()})


def published(folder: Path, run: str, *lines: str) -> Path:
    file = folder / f"{run}.jsonl"
    file.write_text("".join(f"{one}\n" for one in lines))
    return file


def dumped(folder: Path, run: str, task: str, passed: bool | None, running: str = "done") -> Path:
    """A task as the runner leaves it."""
    place = folder / run / "finalpool" / task
    place.mkdir(parents=True)
    (place / "status.json").write_text(json.dumps({"preprocess": "done", "running": running, "evaluation": passed}))
    (place / "traj_log.json").write_text(json.dumps(trajectory(), indent=2))
    if passed is not None:
        (place / "eval_res.json").write_text(json.dumps({"pass": passed, "details": "compared the table"}))
    return place


def test_a_published_trajectory_is_a_history_like_any_other(tmp_path: Path):
    file = published(tmp_path, "some-model_2", line("parking-permits", "some-model_2", True))
    run = bring_in([file], FORMAT, tmp_path / "run", 5)
    assert run.episodes == ["parking-permits.some-model.2"]
    told = conversation_of(run, run.episodes[0])
    system, user, first, _, last = told.messages
    assert [one.text for one in (system, user, first, last)] == [
        "Work in /workspace.", "Renew the permits that end in May.", "I look at the list first.", "One permit is renewed.",
    ]  # fmt: skip
    assert [(call.name, call.read, call.reply) for turn in told.turns for call in turn.calls] == [
        ("filesystem-read_file", {"path": "/workspace/permits.csv"}, json.loads(said("plate,ends\nKR-55,2025-05-03"))),
        ("local-claim_done", {}, "claimed"),
    ]
    assert [tool["name"] for tool in told.tools or ()] == ["filesystem-read_file", "local-claim_done"]
    assert (told.answer, told.reward, told.passed) == ("One permit is renewed.", 1.0, True)
    assert told.about["toolathlon"]["key_stats"] == {"interaction_turns": 1, "tool_calls": 2, "total_tokens": 812}
    with connect([tmp_path / "run"]) as con:
        asked = "SELECT agent, trial, task_id, calls, reward, closed_because FROM episodes"
        assert list(query(con, asked)[0].values()) == ["some-model", 1, "parking-permits", 2, 1.0, "answered"]


def test_what_the_runner_leaves_is_read_alike(tmp_path: Path):
    dumped(tmp_path / "left", "some-model_2", "parking-permits", True)
    file = published(tmp_path, "some-model_2", line("parking-permits", "some-model_2", True))
    for path in (tmp_path / "left", tmp_path / "left" / "some-model_2"):
        assert list(read(path)) == list(read(file))


def test_of_several_runs_each_is_told_by_its_folder_and_old_attempts_are_left_out(tmp_path: Path):
    for run in ("glm__run1", "glm__run2"):
        dumped(tmp_path, run, "parking-permits", run.endswith("2"))
    old = dumped(tmp_path, "glm__run1", "seating", False)
    dumped(old, "legacy_results", "run1", True)
    assert [outcome(one) for one in read(tmp_path)] == [
        Outcome("glm", 1, "parking-permits", False),
        Outcome("glm", 1, "seating", False),
        Outcome("glm", 2, "parking-permits", True),
    ]


def test_what_was_never_evaluated_has_not_passed(tmp_path: Path):
    """Out of time; and one that never began, of which there are no messages."""
    late = line("late", "m_1", None, "timeout", messages=trajectory()["messages"][:2])
    never = line("never", "m_1", None, "fail", messages=None, tool_calls=None)
    run = bring_in([published(tmp_path, "m_1", late, never)], FORMAT, tmp_path / "run", 5)
    told = [conversation_of(run, id) for id in run.episodes]
    assert [(one.closed, one.reward, one.answer) for one in told] == [("timeout", 0.0, None), ("fail", 0.0, None)]
    assert [message.text for message in told[1].messages] == ["Work in /workspace.", "Renew the permits."]
    (score,) = scores(outcome(one) for one in read(tmp_path / "m_1.jsonl"))
    assert (score.pass_at_1, score.unevaluated) == (0.0, 2)


# --- figures ---------------------------------------------------------------------------------------------------------

VERDICTS = st.lists(st.tuples(*[st.sampled_from([True, False, None, "missing"])] * 3), min_size=1, max_size=12)


@given(VERDICTS)
def test_the_figures_are_their_definition(verdicts: list[tuple[Any, Any, Any]]):
    """A row a task and a column a run, counted the long way; a missing task is one that a run has no record of."""
    outcomes = [
        Outcome("m", run + 1, f"t{task}", verdict)
        for task, row in enumerate(verdicts) for run, verdict in enumerate(row) if verdict != "missing"
    ]  # fmt: skip
    if len({one.run for one in outcomes}) < 3:
        return
    tasks = len(verdicts)
    columns = list(zip(*verdicts, strict=True))
    shares = [100 * column.count(True) / tasks for column in columns]
    mean = sum(shares) / 3
    (score,) = scores(outcomes, tasks)
    assert 100 * score.pass_at_1 == pytest.approx(mean)
    assert 100 * score.deviation == pytest.approx(sqrt(sum((share - mean) ** 2 for share in shares) / 3))
    assert score.pass_at_3 == sum(any(one is True for one in row) for row in verdicts) / tasks
    assert score.pass_all_3 == sum(all(one is True for one in row) for row in verdicts) / tasks
    assert score.missing == sum(row.count("missing") for row in verdicts)


def test_a_row_of_the_leaderboard():
    """49.4 ± 0.4, 59.3 and 36.1 of 108 tasks are 53, 53 and 54 passes, 64 tasks once at least, and 39 always."""
    yes, no = True, False
    rows = [(yes, yes, yes)] * 39
    rows += [(yes, yes, no)] * 6 + [(yes, no, yes)] * 6 + [(no, yes, yes)] * 6
    rows += [(yes, no, no)] * 2 + [(no, yes, no)] * 2 + [(no, no, yes)] * 3
    rows += [(no, no, no)] * (108 - 64)
    outcomes = [Outcome("m", n + 1, f"t{t}", one) for t, row in enumerate(rows) for n, one in enumerate(row)]
    (score,) = scores(outcomes)
    assert (f"{score.pass_at_1:.1%}", f"{100 * score.deviation:.1f}") == ("49.4%", "0.4")
    assert (f"{score.pass_at_3:.1%}", f"{score.pass_all_3:.1%}") == ("59.3%", "36.1%")


def test_fewer_runs_have_no_figure_over_three():
    (score,) = scores([Outcome("m", 1, "a", True), Outcome("m", 1, "b", False)])
    assert (score.pass_at_1, score.pass_at_3, score.pass_all_3) == (0.5, None, None)


def test_models_are_measured_on_the_same_tasks():
    first, second = scores([Outcome("a", 1, "x", True), Outcome("b", 1, "x", True), Outcome("b", 1, "y", True)])
    assert (first.pass_at_1, first.missing, second.pass_at_1) == (0.5, 1, 1.0)


# --- bad input -------------------------------------------------------------------------------------------------------

BROKEN: dict[str, Callable[[Row], object]] = {
    "line 2: task_status.evaluation: expected true, false, null, pass or fail, got 'maybe'": lambda row: row.update(
        task_status='{"evaluation": "maybe"}'
    ),
    "line 2, task_status.evaluation: Expected `bool | str | null`, got `int`": lambda row: row.update(
        task_status={"evaluation": 1}
    ),
    "line 2: task_status: not JSON": lambda row: row.update(task_status="done"),
    "line 2: Object missing required field `task_name`": lambda row: row.pop("task_name"),
    "line 2: messages[0]: there is no role 'referee'": lambda row: row.update(messages=[{"role": "referee"}]),
    "line 2, tool_calls.tools: Expected `array | null`, got `int`": lambda row: row.update(tool_calls={"tools": 1}),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_line_is_named(reason: str, tmp_path: Path):
    row = json.loads(line("b", "m_1", True))
    BROKEN[reason](row)
    file = published(tmp_path, "m_1", line("a", "m_1", True), json.dumps(row))
    with pytest.raises(Malformed) as caught:
        bring_in([file], FORMAT, tmp_path / "run", 5)
    assert str(caught.value).startswith(f"{file}, {reason}")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_broken_folder_is_named(tmp_path: Path):
    with pytest.raises(Malformed, match=r"there is no traj_log\.json below it, nor an eval_res\.json"):
        list(read(tmp_path))
    (dumped(tmp_path, "m_1", "seating", True) / "eval_res.json").write_text("[]")
    with pytest.raises(Malformed, match=r"seating/eval_res\.json: expected an object"):
        list(read(tmp_path))


def test_a_task_that_a_run_has_twice_and_too_many_tasks_are_refused():
    twice = [Outcome("m", 1, "a", True)] * 2
    with pytest.raises(CoreCraftError, match="run 1 of m has task a twice"):
        scores(twice)
    with pytest.raises(CoreCraftError, match="there are 2 tasks in these files, and 1 are said to be all"):
        scores([Outcome("m", 1, "a", True), Outcome("m", 1, "b", True)], 1)
