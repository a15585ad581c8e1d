"""Figures that cannot mislead: what waits for a judge, and what code could not tell, is counted beside what was decided."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from corecraft.analysis.database import connect, query
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, prepare_run, record_grade, record_verdict


def test_a_run_says_what_its_averages_leave_out(stage: Stage, tmp_path: Path):
    task = stage.tasks["RS-03-006"]
    run = prepare_run(tmp_path / "run", stage, {}, [task])
    right = scripted(task, "reference")
    with closing(run.writer("w", lambda: 0)) as log:
        for name, hedge in (("sure", ""), ("hedged", "probably "), ("judged", ""), ("open", "")):
            episode = stage.open(task, name, log)
            answer = right.play(episode).replace("was delivered", f"was {hedge}delivered")
            if name == "open":
                continue
            episode.submit(answer)
            if name == "judged":
                (criterion,) = (criterion for criterion in task.criteria if criterion.id == "condition")
                record_verdict(episode, criterion, True, model="reader-1", votes=[True, True])
            record_grade(task, episode)
    with closing(connect([tmp_path / "run"])) as con:
        (found,) = query(con, "FROM runs")
        verdicts = query(con, "SELECT episode, id, verdict, model, votes FROM verdicts")
        (average,) = query(con, "SELECT count(reward) AS n, count(code_reward) AS by_code FROM episodes")
    assert (found["episodes"], found["graded"], found["passed"], found["waiting"]) == (4, 3, 2, 2)
    assert found["unjudged"] == 2
    assert found["abstained"] >= 1
    assert 0 < found["reward"] < 1
    assert average == {"n": 1, "by_code": 3}  # what an average of `reward` would drop
    assert verdicts == [
        {"episode": "judged", "id": "condition", "verdict": True, "model": "reader-1", "votes": [True, True]}
    ]
