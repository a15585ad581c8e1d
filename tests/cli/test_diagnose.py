"""`corecraft diagnose` as people and scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

from corecraft.rollouts.batch import play_many
from corecraft.rollouts.runner import Stage

from .test_cli import answer, corecraft

WRONG = "YES. It was delivered on 11 November 2025; the last day of the return window is 2 December 2025."


def test_from_code_and_a_reader_to_the_log_and_their_agreement(stage: Stage, tmp_path: Path):
    run, cases, read = tmp_path / "run", tmp_path / "deep" / "cases.jsonl", tmp_path / "read.jsonl"
    tasks = [stage.tasks[id] for id in ("RS-03-001", "RS-03-002")]
    play_many(stage, tasks, lambda episode: WRONG, out=run, name="guesser")
    shown = answer("diagnose", "show", run, "--json")
    assert len(shown) == 2
    assert all(one["findings"] for one in shown)
    assert answer("diagnose", "record", run, "--json") == {"failed": 2, "recorded": 2}
    assert answer("diagnose", "record", run, "--json") == {"failed": 2, "recorded": 0}
    assert answer("verify", run, "--json")["ok"] is True

    assert corecraft("diagnose", "export", run, "--out", cases).returncode == 0
    exported = [json.loads(line) for line in cases.read_text().splitlines()]
    assert all(WRONG in case["case"] and "ungrounded:" in case["instructions"] for case in exported)
    assert not any(one["findings"][0]["why"] in case["case"] for one, case in zip(shown, exported, strict=True))
    said = [
        {"episode": case["episode"], "findings": [{"label": "ungrounded", "at": 4, "why": "made up"}]}
        for case in exported
    ]
    read.write_text("".join(json.dumps(line) + "\n" for line in said))
    assert corecraft("diagnose", "import", run, read, "--by", "ada").returncode == 0

    (pair,) = answer("diagnose", "agree", run, "--json")
    assert (pair["one"], pair["other"], pair["episodes"], pair["first_known"] <= 1) == ("ada", "code", 2, True)
    rows = answer("sql", run, "SELECT reader, label, seq FROM failures WHERE position = 1 AND reader = 'ada'", "--json")
    assert rows == [{"reader": "ada", "label": "ungrounded", "seq": 4}] * 2
    assert "What failed episodes came of" in corecraft("report", run).stdout
    assert "ada: ungrounded at 4, made up" in corecraft("view", run).stdout


def test_what_no_reader_could_mean_is_one_line(stage: Stage, tmp_path: Path):
    run, read = tmp_path / "run", tmp_path / "read.jsonl"
    play_many(stage, [stage.tasks["RS-03-001"]], lambda episode: WRONG, out=run)
    for line, named in (
        ('{"episode": "RS-03-001.agent.0", "findings": [{"label": "bad luck", "at": 3}]}', "line 1"),
        ("\x1b[2J", "line 1"),
        ('{"episode": "nobody", "findings": []}', "nobody"),
    ):
        read.write_text(line)
        done = corecraft("diagnose", "import", run, read, "--by", "ada")
        assert done.returncode != 0
        assert done.stderr.count("\n") == 1
        assert named in done.stderr
        assert "\x1b" not in done.stderr
    assert corecraft("diagnose", "import", run, tmp_path / "none", "--by", "ada").stderr.count("\n") == 1
