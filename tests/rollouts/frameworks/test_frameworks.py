"""CoreCraft inside other frameworks, each the real library in an environment of its own: references pass there as they do here,
and what was recorded there is verified here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corecraft.rollouts.runner import Stage

from ..endpoint import replies, said, served
from . import reference
from .conftest import EXAMPLES, HERE, Environment, free_port, graded, kinds, service, serving, verified

pytestmark = pytest.mark.slow
TASKS = ("S-2", "RS-03-006")


def published(stage: Stage, task: str = "S-2") -> list[dict[str, Any]]:
    """The functions that a model is offered."""
    return [
        {"name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]}
        for tool in stage.opening(stage.tasks[task]).toolset.definitions()
    ]


def check_history(past: Any, calls: int) -> None:
    """Every turn stands before the calls it asked for, under the names it gave them."""
    assert past.status == "closed"
    assert graded(past) == 1.0
    assert sum(1 for _ in past.calls()) == calls
    asked: list[str] = []
    for event in past.events:
        if event.kind == "model.responded":
            asked += [call["id"] for call in event.data.get("tool_calls", ())]
        elif event.kind == "tool.called":
            assert event.data["call_id"] in asked


def test_inspect_plays_in_process_and_scores_with_our_grade(tmp_path: Path):
    told = json.loads(Environment.of("inspect").run("python", HERE / "inspect_driver.py", tmp_path / "run", "", *TASKS))
    assert told["status"] == "success"
    assert told["scores"] == {"reward": 1.0, "passed": 1.0}
    assert [sample["refused"] for sample in told["samples"]] == [["Tool noSuchTool not found"]] * 4
    episodes = verified(tmp_path / "run")
    assert {sample["episode"] for sample in told["samples"]} == episodes.keys()
    check_history(episodes["S-2.mockllm-model.0"], 10)


def test_inspect_plays_over_mcp_without_a_sandbox(tmp_path: Path):
    inspect = Environment.of("inspect")
    with service(tmp_path / "served") as (url, known):
        told = json.loads(inspect.run("python", HERE / "inspect_driver.py", tmp_path / "run", url, *TASKS, **known))
    assert told["scores"] == {"reward": 1.0, "passed": 1.0}
    episodes = verified(tmp_path / "served")
    assert {sample["episode"] for sample in told["samples"]} == episodes.keys()
    for past in episodes.values():
        assert kinds(past)[-3:] == ["answer.submitted", "episode.closed", "episode.graded"]


def test_inspect_by_its_command_against_an_endpoint(stage: Stage, tmp_path: Path):
    inspect, asked = Environment.of("inspect"), endpoint_script(stage)
    with served(asked) as (url, bodies):
        inspect.run(
            "inspect", "eval", "inspect_corecraft.py", "--model", "openai-api/scripted/toy",
            "-T", f"tasks={','.join(TASKS)}", "-T", f"out={tmp_path / 'run'}", "--log-dir", tmp_path / "logs",
            "--display", "none", SCRIPTED_BASE_URL=url, SCRIPTED_API_KEY="none",
        )  # fmt: skip
    for past in verified(tmp_path / "run").values():
        assert graded(past) == 1.0
    offered = {tool["function"]["name"]: tool["function"]["description"] for tool in bodies[0]["tools"]}
    assert offered == {tool["name"]: tool["description"] for tool in published(stage)}
    check_silence(stage, bodies)


def test_verifiers_by_vf_eval(stage: Stage, tmp_path: Path):
    verifiers = Environment.of("verifiers")
    with served(endpoint_script(stage, broken=True)) as (url, bodies):
        verifiers.run(
            "vf-eval", "--env.taskset.id", "corecraft-verifiers", "--env.taskset.tasks", json.dumps(TASKS),
            "--env.taskset.task.out", tmp_path / "run", "--env.agent.runtime.type", "subprocess", "--model", "toy",
            "--client.base-url", url, "--client.api-key-var", "KEY", "--no-push", "--no-rich", "-r", "2",
            "-o", tmp_path / "outputs", KEY="none",
        )  # fmt: skip
    (traces,) = (tmp_path / "outputs").rglob("traces.jsonl")
    rollouts = [json.loads(line) for line in traces.read_text().splitlines()]
    episodes = verified(tmp_path / "run")
    assert {rollout["traces"][0]["info"]["corecraft"]["episode"] for rollout in rollouts} == episodes.keys()
    for rollout in rollouts:
        assert rollout["ok"]
        assert rollout["traces"][0]["rewards"]["code_reward"]["score"] == 1.0
    check_history(episodes["S-2.toy.0"], 11)
    assert episodes["S-2.toy.0"].head_hash == episodes["S-2.toy.1"].head_hash
    assert [tool["function"] for tool in bodies[0]["tools"]] == published(stage)
    check_silence(stage, bodies)


def test_trl_trains_a_step(stage: Stage, tmp_path: Path):
    told = json.loads(
        Environment.of("trl")
        .run("python", HERE / "trl_driver.py", tmp_path / "run", "RS-03-006", timeout=900)
        .splitlines()[-1]
    )
    assert told["logged"]["reward"] == 0.5
    assert told["logged"]["reward_std"] > 0.5
    good, bad = verified(tmp_path / "run").values()
    check_history(good, 1)
    assert bad.answer == "I do not know."
    for tool, schema in zip(published(stage), told["schemas"], strict=True):
        function = schema["function"]
        assert (function["name"], function["description"]) == (tool["name"], tool["description"])
        assert texts(function["parameters"]) == texts(tool["parameters"])
        assert sorted(function["parameters"].get("required", [])) == sorted(tool["parameters"]["required"])


def test_verls_agent_loop_plays_at_a_service(tmp_path: Path):
    """What is learnt from is what was said, to the letter, and nothing of what tools replied."""
    verl = Environment.of("verl")
    with service(tmp_path / "served") as (url, known):
        printed = verl.run("python", HERE / "verl_driver.py", url, *TASKS, timeout=600, **known)
    told = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    episodes = verified(tmp_path / "served")
    assert {one["episode"]: one["reward"] for one in told} == dict.fromkeys(episodes, 1.0)
    for one in told:
        past = episodes[one["episode"]]
        check_history(past, sum(1 for _ in past.calls()))
        turns = [event.data for event in past.events if event.kind == "model.responded"]
        assert one["own"].count("<|im_end|>") == len(turns) == one["turns"] / 2
        assert past.answer
        assert one["own"].endswith(f"{past.answer}<|im_end|>")
        assert "<|im_start|>tool" in one["all"]
        assert "<|im_start|>tool" not in one["own"]
        assert one["trained"] == 1.0
        assert [len(turn["tokens"]["ids"]) == len(turn["tokens"]["logprobs"]) > 0 for turn in turns] == [True] * len(
            turns
        )


def test_openenv_serves_sessions_at_once(stage: Stage, tmp_path: Path):
    openenv, port = Environment.of("openenv"), free_port()
    url = f"http://127.0.0.1:{port}"
    command = openenv.command(
        "python", "-m", "uvicorn", "openenv_corecraft:app", "--port", port, "--log-level", "warning"
    )
    with serving(command, f"{url}/health", CORECRAFT_RUN=str(tmp_path / "run")):
        sessions = json.loads(openenv.run("python", HERE / "openenv_driver.py", url, "S-2"))
        shown = json.loads(openenv.run("python", EXAMPLES / "openenv_client.py", url, "RS-03-006"))
    episodes = verified(tmp_path / "run")
    assert episodes.keys() == {session["episode"] for session in sessions} | {shown["episode"]}
    for session in sessions:
        assert (session["done"], session["reward"], session["steps"]) == (True, 1.0, 11)
        assert "Invalid arguments" in session["broken"]
        assert [tool["function"] for tool in session["tools"]] == published(stage)
        past = episodes[session["episode"]]
        assert session["head"] == past.head_hash
        assert {"ids": [7], "logprobs": [-0.5]} in [event.data.get("tokens") for event in past.events]
    check_silence(stage, sessions)


def test_nemo_gyms_own_agent_plays(tmp_path: Path):
    printed = Environment.of("nemo-gym").run("python", HERE / "nemo_gym_driver.py", tmp_path / "run", *TASKS, "S-2")
    told = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    episodes = verified(tmp_path / "run")
    assert {one["episode"]: one["reward"] for one in told} == dict.fromkeys(episodes, 1.0)
    past = episodes["S-2.nemo-gym.0"]
    check_history(past, 11)  # the reference's and that of a tool there is not; broken JSON its agent keeps to itself
    assert {"ids": [5, 6], "logprobs": [-0.5, -0.25]} in [event.data.get("tokens") for event in past.events]


def endpoint_script(stage: Stage, broken: bool = False) -> Any:
    """Plays references. broken: its first turn is a call of arguments that are no JSON."""
    prompts = {stage.tasks[id].prompt: id for id in TASKS}
    spoken_of = {id: [reference.said(stage, id, done) for done in range(20)] for id in TASKS}

    def script(body: dict[str, Any], _: int) -> Any:
        asked = next(m["content"] for m in body["messages"] if m["role"] == "user")
        text = asked if isinstance(asked, str) else asked[0]["text"]
        id, done = prompts[text], replies(body)
        if broken and done == 0:
            return said(None, ("searchOrders", '{"order_id": '), created=1)
        spoken = spoken_of[id][done - broken]
        reply = said(spoken, created=1) if isinstance(spoken, str) else said("I look it up.", *spoken, created=1)
        status, headers, content = reply
        return status, headers, content.replace(b'"call_', b'"call_%d_' % done)  # ids are not used twice

    return script


def check_silence(stage: Stage, shown: Any) -> None:
    """Of what decides the grade nothing was told."""
    text = json.dumps(shown)
    for id in TASKS:
        for criterion in stage.tasks[id].criteria:
            assert criterion.text not in text


def texts(parameters: dict[str, Any]) -> dict[str, Any]:
    """Of a schema what TRL can carry: types, choices and descriptions of parameters."""
    kept = ("type", "enum", "description")
    return {name: {key: about[key] for key in kept if key in about} for name, about in parameters["properties"].items()}


@pytest.mark.parametrize("agent", ["mcp_openai_agents.py", "mcp_langgraph.py"])
def test_agents_of_others_play_over_mcp(agent: str, stage: Stage, tmp_path: Path):
    agents = Environment.of("agents")
    with served(endpoint_script(stage)) as (url, bodies), service(tmp_path / "served") as (address, known):
        given = {**known, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "MODEL": "toy"}
        printed = agents.run("python", agent, address, *TASKS, **given)
    episodes = verified(tmp_path / "served")
    assert printed.splitlines() == [f"{id}: 1.0" for id in episodes]
    for past in episodes.values():
        turns = [event.seq for event in past.events if event.kind == "model.responded"]
        assert turns[0] < next(past.calls()).seq
        assert past.answer == past.events[turns[-1]].data["text"]
    offered = {tool["function"]["name"]: tool["function"]["description"] for tool in bodies[0]["tools"]}
    assert offered == {tool["name"]: tool["description"] for tool in published(stage)}
    check_silence(stage, bodies)
