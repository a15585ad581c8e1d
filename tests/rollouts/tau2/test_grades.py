"""tau2's tasks on our engine: replies, databases and grades are tau2's own, for gold plans and for bent ones."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
from corecraft.engine.event import Change
from corecraft.engine.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("tau2") is None, reason="tau2 is not installed; make tau2 has an environment with it"),
]

PLANS = ("gold plan", "last write left out", "an argument changed", "nothing told")
EVERY = {"retail": 19, "airline": 12, "telecom": 400}
"""Only each so manieth task: `python -m corecraft.benchmarks.tau2` plays all of them."""


def stage(domain: str) -> Any:
    from corecraft.rollouts.tau2 import tasks

    return tasks.stage(domain)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("domain", EVERY)
def test_everything_is_as_in_tau2(domain: str, plan: str):
    from corecraft.benchmarks.tau2.agreement import agreement, perturbations

    desk = stage(domain)
    some = list(desk.tasks.values())[:: EVERY[domain]]
    found, faults = agreement(desk, some, perturbations(desk)[plan])
    assert faults == []
    assert found.replies == found.calls
    assert {found.databases, found.grades, found.verified, found.forked} == {found.episodes}


def test_an_episode_begins_with_policy_and_request():
    desk = stage("retail")
    task = desk.tasks["0"]
    episode = desk.open(task, "begun")
    assert episode.prompt == str(task.user_scenario)
    assert desk.opening(task).system.startswith("# Retail agent policy")


def graded(reason: str = "agent_stop", answer: str | None = None, edits: tuple[Change, ...] = ()) -> Any:
    from corecraft.rollouts.tau2.gold import GoldPlan
    from corecraft.rollouts.tau2.grading import record_grade

    desk = stage("retail")
    task = desk.tasks["0"]
    episode = desk.open(task, "graded")
    if edits:
        episode = episode.fork(edits=edits)
    GoldPlan.of(task).play(episode)
    episode.submit(answer) if answer is not None else episode.close(reason)
    return record_grade(task, episode)


def test_who_stops_too_early_has_no_reward():
    assert (graded().reward, graded("max_steps").reward) == (1.0, 0.0)
    assert graded("max_steps").breakdown == {"note": "ended prematurely: max_steps"}


def test_a_changed_world_has_no_grade_of_tau2s():
    row = next(iter(stage("retail").world.genesis.tables["users"]))
    found = graded(answer="Done.", edits=(Change("users", row, {"email": "x@example.com"}),))
    assert (found.reward, found.not_applicable) == (
        None,
        "a fork changed the world, and tau2's tasks are not posed again",
    )


def test_what_only_a_reader_can_tell_waits():
    from corecraft.rollouts.tau2.grading import grade

    desk = stage("retail")
    plain = desk.tasks["0"]
    criteria = {
        **plain.evaluation_criteria.model_dump(),
        "reward_basis": ["DB", "NL_ASSERTION"],
        "nl_assertions": ["is kind"],
    }
    task = type(plain).model_validate({**plain.model_dump(), "evaluation_criteria": criteria})
    episode = desk.open(task, "judged")
    episode.submit("Done.")
    found = grade(task, episode.trajectory(), World(desk.world.genesis))
    assert (found.reward, found.passed, found.code_reward) == (0.0, False, 0.0)  # the database settles it
    assert [one.passed for one in found.criteria] == [False, None]
