"""`corecraft import toolathlon`: three runs of a model come in, and have the figures of the leaderboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .test_cli import answer, corecraft

CHAIRS = [{"role": "user", "content": "Count the chairs."}, {"role": "assistant", "content": "There are 12."}]
PASSED: list[dict[str, bool | None]] = [
    {"chairs": True, "desks": True, "lamps": False},
    {"chairs": True, "desks": False, "lamps": None},
    {"chairs": True, "desks": False},
]


def files(folder: Path) -> list[Path]:
    return [_file(folder, number, passed) for number, passed in enumerate(PASSED, 1)]


def _file(folder: Path, number: int, passed: dict[str, bool | None]) -> Path:
    rows: list[dict[str, Any]] = [
        {"modelname_run": f"m_{number}", "task_name": task, "messages": json.dumps(CHAIRS),
         "task_status": json.dumps({"preprocess": "done", "running": "done", "evaluation": verdict})}
        for task, verdict in passed.items()
    ]  # fmt: skip
    file = folder / f"m_{number}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_three_runs_come_in_with_their_figures(tmp_path: Path):
    done = corecraft("import", "toolathlon", *files(tmp_path), "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    heading, figures = done.stdout.splitlines()[1:]
    assert heading.split("\t") == ["model", "tasks", "runs", "Pass@1", "Pass@3", "Pass^3", "not evaluated", "missing"]
    assert figures.split("\t") == ["m", "3", "3", "44.4% ± 15.7", "66.7%", "33.3%", "1", "1"]
    asked = "SELECT task_id, count(*) AS trials, sum(reward) AS passed FROM episodes GROUP BY ALL ORDER BY 1"
    rows = json.loads(corecraft("sql", tmp_path / "run", asked, "--json").stdout)
    assert [list(row.values()) for row in rows] == [["chairs", 3, 3], ["desks", 3, 1], ["lamps", 2, 0]]


def test_tasks_that_no_file_has_count(tmp_path: Path):
    told = answer("import", "toolathlon", *files(tmp_path), "--out", tmp_path / "run", "--tasks", 4, "--json")
    assert isinstance(told, dict)
    (model,) = told["models"]
    assert (told["episodes"], model["tasks"], model["missing"]) == (8, 4, 4)
    assert (model["pass_at_1"], model["pass_at_3"], model["pass_all_3"]) == (4 / 12, 0.5, 0.25)


def test_what_cannot_be_is_one_line_and_leaves_nothing(tmp_path: Path):
    first, *_ = files(tmp_path)
    before = sorted(tmp_path.iterdir())
    for words, said in (
        ([first, first], "run 1 of m has task chairs twice"),
        ([first, "--tasks", 2], "there are 3 tasks in these files, and 2 are said to be all"),
        ([first, "--replay"], "Toolathlon's calls are not made again"),
        ([tmp_path / "gone.jsonl"], "cannot be read: No such file"),
    ):
        done = corecraft("import", "--format", "toolathlon", *words, "--out", tmp_path / "run")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert said in done.stderr
        assert sorted(tmp_path.iterdir()) == before
    done = corecraft("import", first, "--format", "chat", "--tasks", 3, "--out", tmp_path / "run")
    assert "--tasks goes with toolathlon" in done.stderr
