"""`corecraft judge` as people and scripts use it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from corecraft.cli.screens import plain
from corecraft.engine.event import JUDGED
from corecraft.engine.run import Run
from corecraft.rollouts.runner import Stage

from ..rollouts.endpoint import said, served
from ..rollouts.judge.rig import HEDGED, judged_run
from .test_cli import answer, corecraft
from .warm import on_terminal


@pytest.fixture
def run(stage: Stage, tmp_path: Path) -> Path:
    return judged_run(tmp_path / "run", stage, {"sure": ("", ""), "hedged": HEDGED})


def exported(run: Path, *options: object) -> list[dict[str, object]]:
    done = corecraft("judge", "export", run, *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_from_export_over_a_reader_to_a_settled_grade(run: Path, tmp_path: Path):
    batch, verdicts = tmp_path / "deep" / "batch.jsonl", tmp_path / "verdicts.jsonl"
    told = answer("judge", "export", run, "--votes", 3, "--out", batch, "--json")
    asked = [json.loads(line) for line in batch.read_text().splitlines()]
    assert told["lines"] == len(asked) == 3 * told["questions"]
    verdicts.write_text("".join(json.dumps({"custom_id": a["custom_id"], "verdict": "yes"}) + "\n" for a in asked))
    done = corecraft("judge", "import", run, verdicts)
    assert done.returncode == 1
    assert done.stderr.lstrip().startswith(f"error: {verdicts}, line 1: it does not say who judged")
    found = answer("judge", "import", run, verdicts, "--model", "reader-1", "--json")
    assert (found["votes"], found["settled"], found["episodes_graded"]) == (len(asked), told["questions"], 2)
    assert answer("judge", "import", run, verdicts, "--model", "reader-1", "--json")["verdicts"] == 0
    assert answer("verify", run, "--json")["ok"] is True
    assert exported(run) == []
    rows = answer("sql", run, "SELECT DISTINCT model, verdict, probe FROM verdicts", "--json")
    assert rows == [{"model": "reader-1", "verdict": True, "probe": None}]


def test_rubbish_is_one_line_each_and_the_rest_counts(run: Path, tmp_path: Path):
    first, *_ = exported(run)
    file = tmp_path / "verdicts.jsonl"
    good = {"custom_id": first["custom_id"], "verdict": "no", "model": "m"}
    file.write_text(f"\x1b[2J\n{json.dumps(good)}\n{json.dumps({**good, 'custom_id': 'x' * 999})}\n")
    done = corecraft("judge", "import", run, file)
    assert done.returncode == 1
    assert [line.partition(": ")[2][len(str(file)) :][:8] for line in done.stderr.split("\n") if line] == [
        ", line 1",
        ", line 3",
    ]
    assert "\x1b" not in done.stderr
    assert "1 verdicts recorded" in done.stdout
    assert corecraft("judge", "import", run, tmp_path / "none.jsonl").returncode == 2


def test_an_endpoint_is_asked_and_a_second_time_only_for_more(run: Path):
    verdict = said('{"evidence": [], "reason": "So it says.", "verdict": "yes"}')
    with served(lambda body, number: verdict) as (url, bodies):
        options = ("--model", "scripted", "--base-url", url, "--json")
        first = answer("judge", "run", run, *options)
        assert first["votes"] == first["questions"] == first["settled"] == len(bodies)
        assert answer("judge", "run", run, *options)["questions"] == 0
        assert answer("judge", "run", run, *options, "--all", "--votes", 2)["votes"] > first["votes"]
    assert answer("verify", run, "--json")["ok"] is True
    done = corecraft("judge", "run", run, "--model", "x", "--base-url", "http://127.0.0.1:1/v1", "--all")
    assert done.returncode == 2
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_person_reads_quotes_and_answers(run: Path):
    done = corecraft("judge", "ask", run / "sure", "--name", "ada", stdin="what\nquote 3\ny\n")
    assert done.returncode == 0, done.stderr
    assert "probably" not in done.stdout
    assert "1 criteria settled" in done.stdout
    (said_,) = (e.data for e in Run(run).trajectory("sure").events if e.kind == JUDGED)
    assert (said_["model"], said_["verdict"], said_["readings"][0]["evidence"]) == ("person:ada", True, [3])
    assert "prompt" not in said_
    done = corecraft("judge", "ask", run, "--name", "ada", stdin="?\nskip\nquit\n")
    assert "1 verdicts recorded, 0 criteria settled" in done.stdout
    assert corecraft("judge", "ask", run / "sure", "--name", "ada", stdin="").stdout.startswith("0 verdicts")
    assert answer("verify", run, "--json")["ok"] is True


def test_a_report_is_a_table_and_an_object(run: Path, tmp_path: Path):
    assert corecraft("judge", "report", run).stdout == "no judge has spoken here\n"
    file, truth = tmp_path / "verdicts.jsonl", tmp_path / "truth.json"
    lines = [*exported(run, "--all"), *exported(run, "--all", "--probe", "injection")]
    file.write_text("".join(json.dumps({"custom_id": one["custom_id"], "verdict": "yes"}) + "\n" for one in lines))
    truth.write_text('[{"episode": "sure", "truth": "right"}]')
    assert corecraft("judge", "import", run, file, "--model", "reader-1").returncode == 0
    found = answer("judge", "report", run, "--truth", truth, "--json")
    (standing,) = found["judges"]
    assert standing["verdicts"] == standing["injection"]["asked"] == len(lines) / 2
    assert standing["injection"]["flipped"] == 0
    assert [row["accepted"] for row in found["truth"]] == [1, 1]
    shown = plain(on_terminal(120, "judge", "report", run, "--truth", truth))
    assert "Judges" in shown
    assert "Against the truth" in shown


def test_what_cannot_be_asked_about_is_named(run: Path, stage: Stage):
    with closing(Run(run).writer("other", lambda: 0)) as log:
        stage.open(stage.tasks["S-1"], "open", log)
        stage.bare("corecraft/base/benchmark").begin("bare", log).submit("Done.")
    done = corecraft("judge", "export", run)
    assert done.returncode == 0
    assert "(open): it is open" in done.stderr
    assert "(bare): it was opened without a task" in done.stderr
