"""`corecraft diagnose` as people and scripts use it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from corecraft.rollouts.batch import play_many
from corecraft.rollouts.runner import Stage

from .test_cli import answer, corecraft

WRONG = "YES. It was delivered on 11 November 2025; the last day of the return window is 2 December 2025."


def test_from_code_and_a_reader_to_the_log_and_their_agreement(stage: Stage, tmp_path: Path):
    run, cases, read = tmp_path / "run", tmp_path / "deep" / "cases.jsonl", tmp_path / "read.jsonl"
    tasks = [stage.tasks[id] for id in ("RS-03-006", "RS-03-002")]
    play_many(stage, tasks, lambda episode: WRONG, out=run, name="guesser")
    shown = answer("diagnose", "show", run, "--json")["failed"]
    assert len(shown) == 2
    assert all(one["findings"] for one in shown)
    assert answer("diagnose", "record", run, "--json") == {"failed": 2, "recorded": 2, "left_out": {}}
    assert answer("diagnose", "record", run, "--json")["recorded"] == 0
    assert answer("verify", run, "--json")["ok"] is True

    assert corecraft("diagnose", "export", run, "--out", cases).returncode == 0
    exported = [json.loads(line) for line in cases.read_text().splitlines()]
    assert all(WRONG in case["case"] and "ungrounded:" in case["instructions"] for case in exported)
    assert not any(one["findings"][0]["why"] in case["case"] for one, case in zip(shown, exported, strict=True))
    at = answer("sql", run, "SELECT seq FROM events WHERE kind = 'answer.submitted'", "--json")[0]["seq"]
    found = [{"label": "ungrounded", "at": at, "why": "made up"}]
    said = [{"episode": case["episode"], "findings": found} for case in exported]
    read.write_text("".join(json.dumps(line) + "\n" for line in said))
    assert corecraft("diagnose", "import", run, read, "--by", "ada").returncode == 0

    changed = [{**line, "findings": []} for line in said]
    read.write_text("".join(json.dumps(line) + "\n" for line in changed))
    assert corecraft("diagnose", "import", run, read, "--by", "bob").returncode == 0
    assert answer("verify", run, "--json")["ok"] is True

    shutil.copytree(run, tmp_path / "other")
    pairs = {
        (pair["one"], pair["other"]): pair for pair in answer("diagnose", "agree", run, tmp_path / "other", "--json")
    }
    assert {pair: data["episodes"] for pair, data in pairs.items()} == dict.fromkeys(
        [("ada", "bob"), ("ada", "code"), ("bob", "code")], 4
    )
    assert pairs["ada", "bob"]["same_first"] == 0
    assert pairs["ada", "bob"]["confusion"] == [{"one": "ungrounded", "other": "(nothing)", "episodes": 4}]
    rows = answer("sql", run, "SELECT reader, label, seq FROM failures WHERE position = 1 AND reader = 'ada'", "--json")
    assert rows == [{"reader": "ada", "label": "ungrounded", "seq": at}] * 2
    assert "What failed episodes came of" in corecraft("report", run).stdout
    assert f"ada: ungrounded at {at}, made up" in corecraft("view", run).stdout


def test_what_no_reader_could_mean_is_one_line_and_writes_nothing(stage: Stage, tmp_path: Path):
    run, read = tmp_path / "run", tmp_path / "read.jsonl"
    play_many(stage, [stage.tasks["RS-03-006"]], lambda episode: WRONG, out=run, name="guesser")
    good = {"episode": "RS-03-006.guesser.0", "findings": [{"label": "ungrounded", "at": 4}]}
    for text, named in (
        (json.dumps({**good, "findings": [{"label": "bad luck", "at": 4}]}), "line 1"),
        ("\x1b[2J", "line 1"),
        (json.dumps({**good, "episode": "nobody"}), "nobody"),
        (json.dumps({**good, "findings": [{"label": "ungrounded", "at": 10**30}]}), "line 1"),
        (json.dumps({**good, "findings": [{"label": "ungrounded", "at": -5}]}), "event -5"),
        (f"{json.dumps({**good, 'findings': []})}\n{json.dumps({**good, 'findings': []})}", "a second time"),
    ):
        read.write_text(text)
        done = corecraft("diagnose", "import", run, read, "--by", "ada")
        assert done.returncode != 0
        assert done.stderr.count("\n") == 1
        assert named in done.stderr
        assert "\x1b" not in done.stderr
    assert corecraft("diagnose", "import", run, tmp_path / "none", "--by", "ada").stderr.count("\n") == 1
    assert corecraft("diagnose", "import", run, read, "--by", " ").stderr.count("\n") == 1
    assert answer("sql", run, "SELECT count(*) AS n FROM failures", "--json") == [{"n": 0}]
