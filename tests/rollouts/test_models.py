"""Models behind a real HTTP endpoint: the loop and its rules, every dialect, bad days of providers, stops, going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from corecraft.cli.main import main
from corecraft.engine.run import Run
from corecraft.rollouts import endpoints
from corecraft.rollouts.agents.model import ModelAgent
from corecraft.rollouts.endpoints import ChatEndpoint, EndpointFailed, EndpointUnusable
from corecraft.rollouts.loop import RULES, Rules, conversation, converse
from corecraft.rollouts.runner import Stage

from ..engine.on_disk import room_for
from .endpoint import AT_ONCE, Reply, Script, refused, replies, said, served

pytestmark = pytest.mark.usefixtures("built_once")

LOOK = ("searchCustomers", {"name": "Jillian Reaves"})
COMMAND = [sys.executable, "-m", "corecraft.cli.main"]


def played(stage: Stage, script: Script, rules: Rules = RULES, retries: int = 2, **options: Any) -> Any:
    """An episode of S-2 with the scripted model, and what the model was sent."""
    agent = ModelAgent("model", "scripted", "Be kind.", **options)
    episode = stage.open(stage.tasks["S-2"], "e")
    with served(script) as (url, asked):

        async def play() -> None:
            async with ChatEndpoint(url, retries=retries) as endpoint:
                await converse(agent, episode, endpoint, rules)

        anyio.run(play)
    return episode, asked


def closed(episode: Any) -> str:
    return next(event.data["reason"] for event in episode.trajectory().events if event.kind == "episode.closed")


def test_every_turn_is_an_event_and_parallel_calls_are_made_in_order(stage: Stage):
    def script(body: dict[str, Any], _: int) -> Reply:
        if replies(body) == 0:
            thought = {"reasoning_content": "who is it?"}
            return said("Let me see.", LOOK, ("getOrderDetails", {"order_id": "ord-251102-810"}), message=thought)
        return said("All is well.")

    episode, asked = played(stage, script)
    history = episode.trajectory()
    turn = next(event for event in history.events if event.kind == "model.responded").data
    assert (turn["text"], turn["reasoning"], turn["usage"]["prompt_tokens"]) == ("Let me see.", "who is it?", 1000)
    made = [(call["function"]["name"], call["id"]) for call in turn["tool_calls"]]
    assert made == [("searchCustomers", "call_0"), ("getOrderDetails", "call_1")]
    assert [(call.tool, call.called.data["call_id"]) for call in history.calls()] == made
    assert history.answer == "All is well."
    assert asked[0]["messages"][0] == {"role": "system", "content": "Be kind."}
    assert {tool["function"]["name"] for tool in asked[0]["tools"]} >= {"searchCustomers", "create_refund"}
    told = asked[1]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "tool", "tool"]
    assert json.loads(told[3]["content"])[0]["id"] == "jillian-reaves-40718"


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        (said(""), "empty_turns"),
        (said(None), "empty_turns"),
        (said(None, LOOK), "repeated_calls"),
        (
            refused(400, "This model's maximum context length is 8192 tokens", "context_length_exceeded"),
            "context_overflow",
        ),
        (said("cut o", finish_reason="length"), "answered"),
        (said(None, message={"refusal": "I will not."}), "answered"),
    ],
    ids=["empty", "nothing", "repeated", "overflow", "truncated", "refusal"],
)
def test_what_ends_an_episode_without_an_answer(stage: Stage, say: Reply, reason: str):
    episode, asked = played(stage, lambda body, n: say)
    assert closed(episode) == reason
    assert len(asked) == {"empty_turns": 3, "repeated_calls": 10}.get(reason, 1)


def test_the_limit_of_turns(stage: Stage):
    episode, _ = played(stage, lambda body, n: said(None, ("searchCustomers", {"name": f"x{n}"})), Rules(turns=4))
    assert closed(episode) == "turn_limit"
    assert len(list(episode.trajectory().calls())) == 4


def test_calls_that_are_none_are_refusals_on_record(stage: Stage):
    def script(body: dict[str, Any], n: int) -> Reply:
        return (
            said(None, ("searchCustomers", '{"name": '), ("fly", {}), ("searchCustomers", [1]))
            if n == 0
            else said("ok")
        )

    episode, asked = played(stage, script)
    assert [call.ok for call in episode.trajectory().calls()] == [False, False, False]
    assert "not JSON" in asked[1]["messages"][3]["content"]
    assert "Unknown tool: fly" in asked[1]["messages"][4]["content"]


@pytest.mark.parametrize(
    ("dialect", "answer"),
    [
        ("native", said(message={"tool_calls": 5})),
        ("native", said(message={"tool_calls": ["x", {"function": "y"}, None]})),
        ("native", said(choices=[{"message": {"content": None}, "logprobs": "many"}])),
        ("native", said(choices=[{"message": {"content": None}, "logprobs": {"content": ["x"]}}])),
        ("native", said(usage="many")),
        ("native", said(usage={"prompt_tokens": "12"})),
        ("text", said('{"name": ' + "[" * 100_000)),
    ],
    ids=["calls", "call", "logprobs", "logprob", "usage", "tokens", "text"],
)
def test_an_odd_answer_stops_nobody(stage: Stage, dialect: Any, answer: Reply):
    def script(body: dict[str, Any], n: int) -> Reply:
        return said("Done.") if n else answer

    episode, _ = played(stage, script, dialect=dialect)
    assert closed(episode) == "answered"


@pytest.mark.parametrize(
    ("dialect", "call", "end"),
    [
        ("text", '{"name": "searchCustomers", "arguments": {"name": "Jillian Reaves"}}', "Done."),
        (
            "json",
            '{"call": {"name": "searchCustomers", "arguments": {"name": "Jillian Reaves"}}}',
            '{"answer": "Done."}',
        ),
    ],
)
def test_a_model_without_tool_calls_says_json(stage: Stage, dialect: Any, call: str, end: str):
    def script(body: dict[str, Any], n: int) -> Reply:
        return said([call, '{"name": 5}', end][n])

    episode, asked = played(stage, script, dialect=dialect, cut=40)
    assert episode.trajectory().answer == "Done."
    assert [call.ok for call in episode.trajectory().calls()] == [True, False]
    told = asked[1]["messages"]
    assert told[2] == {"role": "assistant", "content": call}, "its own words, to the letter"
    assert len(told[3]["content"]) == 40
    assert "- searchCustomers: " in told[0]["content"]
    assert ("response_format" in asked[0]) == (dialect == "json")
    assert "tools" not in asked[0]


BAD_DAYS = {
    "too many requests": refused(429, "slow down", **AT_ONCE),
    "server error": refused(500, **AT_ONCE),
    "overloaded": refused(529, **AT_ONCE),
    "html": (200, {"Content-Type": "text/html"}, b"<html>gateway</html>"),
    "rubbish": (200, {"Content-Type": "application/json"}, b'{"choices": []}'),
    "truncated": (200, {"Content-Type": "application/json"}, b'{"choices": [{"mess'),
}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would be waited after answers that are none; nobody waits."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(endpoints, "anyio", SimpleNamespace(sleep=sleep))
    return waited


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_bad_moment_is_waited_out(stage: Stage, day: str, waits: list[float]):
    episode, asked = played(stage, lambda body, n: BAD_DAYS[day] if n < 2 else said("ok"))
    assert closed(episode) == "answered"
    assert len(asked) == 3
    assert waits == ([0.5, 1.0] if BAD_DAYS[day][0] == 200 else []), "after a refusal it is the client that waits"


@pytest.mark.parametrize("day", BAD_DAYS)
@pytest.mark.usefixtures("waits")
def test_a_bad_day_is_one_line(stage: Stage, day: str):
    with pytest.raises(EndpointFailed) as failed:
        played(stage, lambda body, n: BAD_DAYS[day], retries=1)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "message"), [(401, "Incorrect API key provided"), (404, "The model `x` does not exist")]
)
def test_what_will_never_work_is_told_at_once(stage: Stage, status: int, message: str):
    with pytest.raises(EndpointUnusable, match=message[:18]):
        played(stage, lambda body, n: refused(status, message))


def test_an_interrupted_conversation_goes_on_from_its_history(stage: Stage):
    agent = ModelAgent("model", "scripted", "Be kind.")
    episode = stage.open(stage.tasks["S-2"], "e")
    call = {"id": "a", "type": "function", "function": {"name": "searchCustomers", "arguments": "{}"}}
    episode.record("model.responded", {"tool_calls": [call]})  # the process was killed before the call was made
    ask = next(conversation(agent, episode))
    assert [message["role"] for message in ask.body["messages"]] == ["system", "user", "assistant", "tool"]
    assert [call.called.data["call_id"] for call in episode.trajectory().calls()] == ["a"]


# --- the runner -------------------------------------------------------------------------------------------------------


def command(url: str, out: Path, *options: str) -> list[str]:
    base = ["run", "--split", "smoke", "--agent", "openai:m", "--base-url", url, "--out", str(out)]
    return [*COMMAND, *base, *options]


def run(url: str, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """In this process, which spares the start of another; a bug of ours comes out as it is."""
    with redirect_stdout(StringIO()) as told, redirect_stderr(StringIO()) as errors:
        code = main(words := command(url, out, *options)[len(COMMAND) :])
    return subprocess.CompletedProcess(words, code, told.getvalue(), errors.getvalue())


def started(url: str, out: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command(url, out, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def two_steps(body: dict[str, Any], _: int) -> Reply:
    return said(None, LOOK) if replies(body) == 0 else said("I do not know.")


def slowly(seconds: float) -> Script:
    def script(body: dict[str, Any], n: int) -> Reply:
        time.sleep(seconds)
        return two_steps(body, n)

    return script


def test_the_same_command_again_plays_what_is_left_and_nothing_twice(tmp_path: Path):
    with served(two_steps) as (url, asked):
        for options, requests in (((), 24), ((), 24), (("--trials", "2"), 48)):
            done = run(url, tmp_path / "run", *options)
            assert f"{requests // 2} of {requests // 2} episodes graded" in done.stdout, done.stderr
            assert len(asked) == requests
    worlds = {Run(tmp_path / "run").trajectory(id).opened.data["genesis"] for id in Run(tmp_path / "run").episodes}
    assert len(worlds) == 1, "trials of a task start from one world"


def test_two_runners_on_one_folder_share_the_work(tmp_path: Path):
    with served(slowly(0.02)) as (url, asked):
        both = [started(url, tmp_path / "run", "--trials", "2", "--concurrency", "2") for _ in range(2)]
        told = [process.communicate(timeout=120)[0] for process in both]
        assert len(asked) == 2 * 24
    assert len(Run(tmp_path / "run").episodes) == 24
    assert any("played by another process" in each for each in told)


def test_an_endpoint_that_fails_for_one_fails_one_and_counts_for_nothing(tmp_path: Path):
    def script(body: dict[str, Any], n: int) -> Reply:
        return refused(400, "bad request") if "Jillian" in body["messages"][1]["content"] else two_steps(body, n)

    with served(script) as (url, _):
        done = run(url, tmp_path / "run")
    assert "11 of 12 episodes graded; 1 failed, left out of every score" in done.stdout
    assert "S-2.m.0 failed: EndpointFailed" in done.stdout


def test_an_unusable_endpoint_is_one_line_and_leaves_all_to_be_played(tmp_path: Path):
    with served(lambda body, n: refused(401, "Incorrect API key provided")) as (url, asked):
        done = run(url, tmp_path / "run", "--concurrency", "3")
        assert done.returncode == 2
        assert "Incorrect API key provided" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
        assert len(asked) <= 3
    with served(two_steps) as (url, _):
        assert "12 of 12 episodes graded" in run(url, tmp_path / "run").stdout


def test_an_endpoint_that_is_not_there_is_given_up(tmp_path: Path):
    done = run("http://127.0.0.1:9/v1", tmp_path / "run", "--retries", "0", "--trials", "3")
    assert done.returncode == 2
    assert "25 episodes failed one after the other" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_cleanly(tmp_path: Path):
    with served(slowly(0.2)) as (url, asked):
        process = started(url, tmp_path / "run", "--concurrency", "2")
        while len(asked) < 5:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "not finished: the same command goes on" in out
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--workers", "3"), "--workers N says how many play with --ray; N is 1 or more"),
        (("--workers", "0", "--ray"), "--workers N says how many play with --ray; N is 1 or more"),
        (("--concurrency", "0"), "--concurrency, --max-turns and --cut must be 1 or more"),
        (("--cut", "0"), "--concurrency, --max-turns and --cut must be 1 or more"),
        (("--retries", "-1"), "--retries must be 0 or more"),
        (("--param", "temperature=NaN"), "--param temperature=NaN is no NAME=JSON"),
        (("--param", "stop=" + "[" * 100_000), "is no NAME=JSON"),
    ],
    ids=lambda value: " ".join(value)[:30],
)
def test_options_that_cannot_be_meant_are_one_line(tmp_path: Path, options: tuple[str, ...], told: str):
    done = run("http://127.0.0.1:9/v1", tmp_path / "run", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "run").exists()


def test_without_a_key_or_a_url_it_says_so(tmp_path: Path):
    bare = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    asked = [*COMMAND, "run", "--task", "S-2", "--agent", "openai:m", "--out", str(tmp_path / "run")]
    done = subprocess.run(asked, capture_output=True, text=True, env=bare, timeout=60, check=False)
    assert done.returncode == 2
    assert "no key: set OPENAI_API_KEY, or name a server with --base-url" in done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:8080/v1", "http://127.0.0.1:80800/v1", "http://", "http://a:b/v1"])
def test_an_address_that_is_none_is_told_at_once(address: str):
    with pytest.raises(
        EndpointUnusable, match=r"is no address of an endpoint; write one like http://127\.0\.0\.1:8080/v1"
    ):
        ChatEndpoint(address)


def test_a_run_of_a_newer_version_is_one_line_and_is_left_alone(tmp_path: Path):
    (tmp_path / "run.json").write_text('{"format": 2}')
    done = run("http://127.0.0.1:9/v1", tmp_path)
    assert done.returncode == 2
    assert "has format 2; this version reads format 1" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_full_disk_is_one_line_and_what_was_open_goes_on_when_there_is_room(tmp_path: Path):
    with served(two_steps) as (url, asked):
        run(url, tmp_path)  # the world alone is larger than the room there will be
        with room_for(30_000):
            full = run(url, tmp_path, "--trials", "2")
        assert full.returncode == 2
        assert "not finished: the same command goes on" in full.stdout
        assert "failed" not in full.stdout
        assert "m-2.jsonl: no room, only" in full.stderr.splitlines()[-1]
        assert "24 of 24 episodes graded" in run(url, tmp_path, "--trials", "2").stdout
    assert 48 <= len(asked) <= 48 + 16, "only the turns that were not recorded are asked for again"
    assert main(["verify", str(tmp_path)]) == 0
