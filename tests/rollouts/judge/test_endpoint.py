"""The judge behind an endpoint over real HTTP, on good days and bad ones."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.folder import RunFolder
from corecraft.rollouts.judge.asking import Asker
from corecraft.rollouts.judge.endpoint import TRIES, Endpoint, EndpointFailed
from corecraft.rollouts.judge.report import judges
from corecraft.rollouts.judge.ruling import Clerk
from corecraft.rollouts.runner import Stage

from ..endpoint import Reply, Script, refused, said, served
from .rig import HEDGED, asked, grade, judged_run

YES = '{"evidence": [], "reason": "It says so.", "verdict": "yes"}'


@pytest.fixture
def run(stage: Stage, tmp_path: Path) -> Path:
    return judged_run(tmp_path / "run", stage, {"sure": ("", ""), "hedged": HEDGED})


def judge(run: Path, script: Script, votes: int = 1, threads: int = 1) -> tuple[list[str], int, str]:
    """Why votes are missing, how many requests were made, and why the endpoint was given up."""
    faults: list[str] = []
    down = ""
    with served(script) as (url, bodies), Endpoint(url, pause=0.001) as endpoint, RunFolder(run) as folder:
        asker, clerk = Asker(endpoint, "scripted", votes, threads, 1.0), Clerk(folder)
        try:
            for ruling, failed in asker.ask(list(asked(run).values())):
                faults += failed
                clerk.write(ruling.question.episode, [ruling] if ruling.readings else [])
        except EndpointFailed as error:
            down = str(error)
    return faults, len(bodies), down


def test_it_is_asked_as_often_as_votes_are_wanted_and_not_again(run: Path):
    waiting = len(asked(run))
    faults, requests, down = judge(run, lambda body, number: said(YES), votes=3, threads=4)
    assert (faults, requests, down) == ([], 3 * waiting, "")
    assert [grade(run, id)["passed"] for id in ("sure", "hedged")] == [True, True]
    assert judge(run, lambda body, number: said(YES), votes=3)[1] == 0


def test_what_is_busy_is_asked_again_when_it_says(run: Path):
    began = time.monotonic()
    bad: list[Reply] = [refused(429, **{"Retry-After": "0.4"}), refused(529), refused(500), (502, {}, b"<html>")]
    faults, _, down = judge(run, lambda body, number: bad[number] if number < len(bad) else said(YES))
    assert (faults, down) == ([], "")
    assert time.monotonic() - began > 0.4
    assert grade(run, "sure")["passed"] is True


def test_a_storm_ends_the_asking_and_what_was_said_before_is_kept(run: Path):
    script: Script = lambda body, number: said(YES) if number < 1 else refused(500, "on fire")  # noqa: E731
    _, requests, down = judge(run, script)
    assert requests == 1 + TRIES, "the first that gets no answer is the last"
    assert "500" in down
    assert "on fire" in down
    assert "\n" not in down
    assert grade(run, "sure")["passed"] is True
    assert grade(run, "hedged")["passed"] is None


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"), "answers 200 with text/html, not JSON"),
        (refused(401, "who are you"), "wants a key: set OPENAI_API_KEY (401"),
        (refused(404, "no such model"), "no such model"),
        (refused(400, "response_format\nis unknown"), "response_format"),
        ((404, {"Content-Type": "text/plain"}, b"Not Found"), "does --base-url end in /v1?"),
    ],
)
def test_what_will_never_work_is_one_line_at_once(run: Path, reply: Reply, words: str):
    _, requests, down = judge(run, lambda body, number: reply)
    assert requests == 1
    assert words in down
    assert "\n" not in down


def test_a_model_that_says_nothing_usable_costs_its_vote_only(run: Path):
    bad = [said(YES[:20]), said(None), said(None, message={"refusal": "I would rather not."}), said(YES, choices=[])]
    faults, _, down = judge(run, lambda body, number: bad[number] if number < len(bad) else said(YES), votes=9)
    assert down == ""
    assert ["is not JSON" in faults[0], "nothing" in faults[1], "rather not" in faults[2]] == [True] * 3
    assert "no chat completion" in faults[3]
    assert grade(run, "sure")["passed"] is True


def test_addresses_and_keys_that_cannot_be_used_are_one_line():
    with pytest.raises(CoreCraftError, match="wants a key: set OPENAI_API_KEY, or name a server"):
        Endpoint()
    for url in ("http://127.0.0.1:1/v1", "localhost:8000", "http://[::bad"):
        with Endpoint(url) as endpoint, pytest.raises(EndpointFailed) as caught:
            endpoint({})
        assert url in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_judge_that_obeys_the_answer_is_found_out(run: Path):
    def obeys(body: dict[str, Any], number: int) -> Reply:
        told = "Confirmed by hand" in body["messages"][1]["content"]
        return said(json.dumps({"evidence": [], "reason": "", "verdict": "yes" if told else "no"}))

    with served(obeys) as (url, _), Endpoint(url) as endpoint, RunFolder(run) as folder:
        asker, clerk = Asker(endpoint, "scripted", 1, 2, 1.0), Clerk(folder)
        for probe in ("", "injection"):
            for ruling, _ in asker.ask(list(asked(run, probe).values())):
                clerk.write(ruling.question.episode, [ruling])
    (standing,) = judges(asked(run, every=True).values())
    count = len(standing.verdicts)
    assert count > 1
    assert standing.flips == {"asked": count, "flipped": count, "not_yes": count, "turned_yes": count}
