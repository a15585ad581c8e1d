"""Verdicts from files: what is taken in settles grades, once; what is not understood is named, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from corecraft.engine.event import GRADED, JUDGED
from corecraft.engine.run import Run
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.folder import RunFolder
from corecraft.rollouts.judge.readings import majority
from corecraft.rollouts.judge.wording import key, prompt_digest
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.checks import question_digest
from corecraft.scenarios.company import OURS, company

from ..test_judged import moved
from .rig import HEDGED, TASK, answered, asked, grade, judged_run, line, log_bytes, taken_in, verified


@pytest.fixture
def run(stage: Stage, tmp_path: Path) -> Path:
    return judged_run(tmp_path / "run", stage, {"sure": ("", ""), "hedged": HEDGED})


def test_verdicts_settle_what_waits_and_a_second_import_changes_nothing(run: Path):
    waiting = asked(run)
    assert ("sure", "condition") in waiting
    assert len([1 for episode, _ in waiting if episode == "hedged"]) > 1, "code abstains from a hedged answer"
    lines = [line(question, "yes", vote, reason="It says so.") for question in waiting.values() for vote in range(3)]
    ballots, written = taken_in(run, *lines)
    assert (ballots.votes, ballots.complaints, written.settled) == (len(lines), [], len(waiting))
    assert [grade(run, id)["passed"] for id in ("sure", "hedged")] == [True, True]
    assert grade(run, "hedged")["code_passed"] is None
    assert asked(run) == {}
    assert verified(run)
    before = log_bytes(run)
    assert taken_in(run, *lines)[1].verdicts == 0
    assert log_bytes(run) == before


def test_a_verdict_tells_who_said_what_why_and_under_which_prompt(run: Path):
    question = asked(run)["sure", "condition"]
    taken_in(run, answered(question, '{"evidence": [3, 99999, -1], "reason": "So it says.", "verdict": "no"}', vote=1))
    events = Run(run).trajectory("sure").events
    assert [event.kind for event in events[-3:]] == [GRADED, JUDGED, GRADED]
    assert events[-2].data == {
        "criterion": "condition", "question": question_digest(question.criterion.question), "verdict": False,
        "model": "gpt-x", "votes": [False], "readings": [{"vote": 1, "evidence": [3], "reason": "So it says."}],
        "prompt": prompt_digest(company(OURS).about),
    }  # fmt: skip
    assert grade(run, "sure")["passed"] is False


def test_late_votes_join_those_that_were_there(run: Path):
    question = asked(run)["sure", "condition"]
    first = [line(question, "no", 0), line(question, "yes", 1)]
    taken_in(run, *first)
    assert grade(run, "sure")["passed"] is None, "a tie settles nothing"
    taken_in(run, line(question, "yes", 2))
    assert grade(run, "sure")["passed"] is True
    (last,) = (e.data for e in Run(run).trajectory("sure").events[-2:] if e.kind == JUDGED)
    assert last["votes"] == [False, True, True]
    before = log_bytes(run)
    taken_in(run, *first)
    assert log_bytes(run) == before


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [("y", True), ("n", False), ("?", None), ("yn", None), ("yyn", True), ("ynn", False), ("yn?", None), ("yy??", None),
     ("yyy??", True)],
)  # fmt: skip
def test_a_majority_is_more_than_half_of_all(votes: str, verdict: bool | None):
    assert majority([{"y": True, "n": False, "?": None}[vote] for vote in votes]) is verdict


def test_what_is_not_understood_is_named_by_line_and_the_rest_is_taken(run: Path):
    question = asked(run)["sure", "condition"]
    good = '{"evidence": [], "reason": "", "verdict": "yes"}'
    broken = {**answered(question, None), "response": {"status_code": 429, "body": {"error": {"message": "slow down"}}}}
    cut = answered(question, good[:30], vote=2)
    long = answered(question, good, vote=3)
    long["response"]["body"]["choices"][0]["finish_reason"] = "length"
    unnamed = {k: v for k, v in line(question, "yes", 4).items() if k != "model"}
    ballots, written = taken_in(
        run,
        "not JSON",
        "[1]",
        "",
        broken,
        answered(question, None, refusal="I cannot help with that."),
        answered(question, None),
        cut,
        long,
        unnamed,
        line(question, "maybe"),
        line(question, "yes", custom_id="request-1"),
        {"custom_id": f"{key(question)}-0", "method": "POST", "url": "/v1/chat/completions", "body": {}},
        answered(question, f"```json\n{good}\n```", vote=7),
        answered(question, good.replace("yes", "no"), vote=7),
    )
    at = [int(complaint.split("line ")[1].split(":")[0]) for complaint in ballots.complaints]
    assert at == [1, 2, 7, 8, 9, 10, 11, 12, 14]
    assert all("\n" not in complaint for complaint in (*ballots.complaints, *ballots.failed))
    assert [len(ballots.failed), ballots.votes, written.verdicts] == [3, 1, 1]
    assert "429: slow down" in ballots.failed[0]
    assert "I cannot help" in ballots.failed[1]
    assert "names no question of this run" in ballots.complaints[6]
    assert "a question, not an answer" in ballots.complaints[7]
    assert grade(run, "sure")["passed"] is True


def test_a_verdict_on_another_answer_rubric_or_prompt_is_refused(
    run: Path, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    old = [line(question, "yes") for question in asked(run).values() if question.episode == "sure"]
    other = judged_run(tmp_path / "other", stage, {"sure": (".", "!")})
    assert old
    same = judged_run(tmp_path / "same", stage, {"sure": ("", "")})
    assert taken_in(same, *old)[1].settled == len(old), "the same history in another run takes them"
    for folder, change in ((other, None), (run, "another prompt")):
        if change:
            monkeypatch.setattr("corecraft.rollouts.judge.wording.prompt", lambda about: "Say yes.")
        ballots, written = taken_in(folder, *old)
        assert written.verdicts == 0
        assert all("another answer, rubric or prompt" in complaint for complaint in ballots.complaints)
        assert len(ballots.complaints) == len(old)


def test_what_code_has_decided_it_keeps_and_the_verdict_is_kept_too(run: Path):
    every = asked(run, every=True)
    decided = [q for q in every.values() if q.episode == "sure" and q.by_code is not None]
    assert len(decided) > 3
    before = grade(run, "sure")
    _, written = taken_in(run, *(line(question, "no") for question in decided))
    assert (written.verdicts, written.settled) == (len(decided), 0)
    assert grade(run, "sure") == before
    assert verified(run)


def test_probes_are_kept_apart_from_verdicts(run: Path):
    question, probed = asked(run)["sure", "condition"], asked(run, "injection")["sure", "condition"]
    assert key(question) != key(probed)
    assert probed.answer.startswith(question.answer)
    _, written = taken_in(run, line(probed, "yes"))
    assert (written.verdicts, written.settled) == (1, 0)
    assert grade(run, "sure")["passed"] is None
    (said,) = (e.data for e in Run(run).trajectory("sure").events if e.kind == JUDGED)
    assert said["probe"] == "injection"
    assert said["question"] != question_digest(question.criterion.question)
    assert verified(run)


def test_a_fork_into_another_world_is_asked_about_that_world(run: Path, stage: Stage):
    task = stage.tasks[TASK]
    with RunFolder(run) as folder:
        child = folder.fork("sure", edits=[moved(stage, task, "2025-11-28")])
        child.submit(scripted(task, "reference").play(child).replace(*HEDGED))
        folder.grade(child)
    own = {criterion: q for (episode, criterion), q in asked(run).items() if episode == child.id}
    assert "28 November" in own["delivery-day"].criterion.question
    assert taken_in(run, *(line(question, "yes") for question in own.values()))[1].settled == len(own) > 1
    assert grade(run, child.id)["passed"] is True
    assert verified(run)


def test_ids_are_what_every_provider_takes(run: Path):
    ids = [f"{key(q)}-999" for q in asked(run, every=True).values()]
    assert len(set(ids)) == len(ids)
    assert all(len(id) <= 64 and set(id) <= set("0123456789abcdef-") for id in ids)
    json.dumps(ids)
