"""tau2's tasks played by an agent of ours: a scripted model plays gold plans, pass^k is tau2's own, and the run verifies."""

from __future__ import annotations

import json
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import pytest

from ..endpoint import said, served
from .test_import import corecraft

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("tau2") is None, reason="tau2 is not installed; make tau2 has an environment with it"),
]


def plan(task: Any) -> tuple[list[tuple[str, dict[str, Any]]], str]:
    criteria = task.evaluation_criteria
    told = " ".join(["It is done.", *(f"{info}." for info in criteria.communicate_info or ())])
    return [(action.name, action.arguments) for action in criteria.actions or ()], told


def gold(tasks: dict[str, Any], lazy: str) -> Any:
    """Makes the calls of the gold plan one a turn, then tells. lazy: of this task nothing in every other conversation."""
    from corecraft.rollouts.tau2.conversing import wants

    by_words = {wants(task): task for task in tasks.values()}
    conversations: dict[str, int] = {}

    def script(body: dict[str, Any], _: int) -> Any:
        messages = body["messages"]
        asked = next(message["content"] for message in messages if message["role"] == "user")
        task = by_words[asked]
        if len([message for message in messages if message["role"] == "user"]) == 1 and messages[-1]["role"] == "user":
            conversations[task.id] = conversations.get(task.id, -1) + 1
        calls, told = plan(task)
        if task.id == lazy and conversations[task.id] % 2:
            return said("I would rather not.", created=1)
        done = sum(message["role"] == "tool" for message in messages)
        return said("One moment.", calls[done], created=1) if done < len(calls) else said(told, created=1)

    return script


def test_pass_k_is_tau2s_own_and_what_was_played_verifies(tmp_path: Path):
    from corecraft.rollouts.tau2.tasks import stage

    retail = stage("retail")
    chosen = {id: retail.tasks[id] for id in ("0", "5")}
    with served(gold(chosen, lazy="5")) as (url, bodies):
        done = corecraft(
            "tau2", "retail", "--task", "0", "--task", "5", "--trials", "2", "--concurrency", "1", "--agent", "openai:toy",
            "--base-url", url, "--out", tmp_path / "run", "--json", env=surroundings(),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["tasks"] == [{"task": "0", "trials": 2, "passed": 2}, {"task": "5", "trials": 2, "passed": 1}]
    theirs = tau2s_pass_hat({"0": (2, 2), "5": (2, 1)})
    assert told["pass_hat"] == {str(k): pytest.approx(value) for k, value in theirs.items()}
    assert bodies[0]["messages"][0]["content"] == retail.toolset.domain.policy
    assert bodies[0]["messages"][1]["content"] == "Hi! How can I help you today?"
    assert {tool["function"]["name"] for tool in bodies[0]["tools"]} == {
        t["name"] for t in retail.toolset.definitions()
    }
    assert "4 of 4 episodes verified" in corecraft("verify", tmp_path / "run").stdout
    assert "Yes, please go ahead." in corecraft("view", tmp_path / "run" / "0.toy.0").stdout


def tau2s_pass_hat(counts: dict[str, tuple[int, int]]) -> dict[int, float]:
    from tau2.metrics.agent_metrics import pass_hat_k

    return {k: sum(pass_hat_k(n, c, k) for n, c in counts.values()) / len(counts) for k in (1, 2)}


def surroundings() -> dict[str, str]:
    import os

    return {**os.environ, "OPENAI_API_KEY": "none"}


def test_a_model_in_the_users_place_is_told_the_scenario_and_ends_it(tmp_path: Path):
    from corecraft.rollouts.agents.model import ModelAgent
    from corecraft.rollouts.agents.turns import Ask, Completion
    from corecraft.rollouts.tau2.conversing import Between, model_user, talk
    from corecraft.rollouts.tau2.tasks import stage

    mock = stage("mock")
    task = mock.tasks["create_task_1"]

    class Scripted:
        def __init__(self, *lines: Any) -> None:
            self.lines, self.asked = iter(lines), list[Any]()

        async def complete(self, ask: Ask) -> Completion:
            self.asked.append(ask.body)
            _, _, content = next(self.lines)
            return Completion(json.loads(content))

    (call,) = plan(task)[0]
    agent = Scripted(said(None, call, created=1), said("It is there.", created=1))
    user = Scripted(said("A task, please.", created=1), said("Thanks. ###STOP###", created=1))
    toy, between = ModelAgent("toy", "toy", "Be kind."), Between(agent, user, "other")
    play = partial(talk, mock, task, toy, model_user(task, "other", {}), between, "one")
    episode, grade = anyio.run(play)
    assert grade.reward == 1.0
    assert str(task.user_scenario) in user.asked[0]["messages"][0]["content"]
    assert [message["content"] for message in user.asked[1]["messages"][1:]] == [
        "Hi! How can I help you today?", "A task, please.", "It is there.",
    ]  # fmt: skip
    assert episode.trajectory().answer == "It is there."


@pytest.mark.parametrize(
    ("words", "said_of_it"),
    [
        (("retail", "--task", "none", "--agent", "openai:m"), "tau2's retail has no task none"),
        (("retail", "--agent", "gold"), "--agent gold is no model: openai:MODEL, or local"),
        (("bank", "--agent", "openai:m"), "tau2 has no domain 'bank'"),
        (("telecom", "--limit", "1", "--agent", "openai:m"), "telecom's users have tools of their own"),
        (("retail", "--limit", "1", "--agent", "openai:m", "--user", "me"), "--user is script or openai:MODEL, not me"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(tmp_path: Path, words: tuple[str, ...], said_of_it: str):
    url = ("--base-url", "http://127.0.0.1:9/v1")
    done = corecraft("tau2", *words, *url, "--out", tmp_path / "run", env=surroundings())
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said_of_it in done.stderr
