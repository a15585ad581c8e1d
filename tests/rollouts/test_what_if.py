"""Pairs with one thing changed: what counts, and over what."""

from __future__ import annotations

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.event import Change
from corecraft.rollouts.agents.scripted import scripted
from corecraft.rollouts.batch import FunctionAgent
from corecraft.rollouts.branching import Result
from corecraft.rollouts.runner import Stage
from corecraft.rollouts.what_if import Pair, Side, Unit, by_unit, what_if


def pair(unit: str, trial: int, was: float | None, now: float | None) -> Pair:
    results = (None if reward is None else Result(reward == 1, reward) for reward in (was, now))
    return Pair(unit, trial, ("a", "b"), *results)


def test_several_tasks_are_what_is_drawn_and_of_a_single_one_its_trials():
    pairs = [pair("x", 0, 0.0, 1.0), pair("x", 1, 0.5, 1.0), pair("y", 0, 1.0, 0.5), pair("y", 1, None, 1.0)]
    assert by_unit(pairs, lambda one: one.reward) == ({"x": 0.25, "y": 1.0}, {"x": 1.0, "y": 0.5})
    assert by_unit(pairs[:2], lambda one: one.reward) == ({"x 0": 0.0, "x 1": 0.5}, {"x 0": 1.0, "x 1": 1.0})
    assert by_unit([], lambda one: one.reward) == ({}, {})


def test_both_sides_start_alike_and_a_pair_of_which_one_has_no_grade_counts_neither_way(stage: Stage):
    task = stage.tasks["S-2"]
    episode = stage.open(task, "start")
    head = episode.head_hash
    order = next(iter(episode.world.rows("order")))["id"]
    edit = Change("order", order, {"status": "paid"})
    reference = scripted(task, "reference")

    def breaks(child: object) -> str:
        raise CoreCraftError("no answer")

    same, broken = Side(episode.fork, reference), Side(episode.fork, FunctionAgent("broken", breaks))
    edited = Side(lambda: episode.fork(edits=[edit]), reference)
    told: list[None] = []
    units = [Unit("edited", task, same, edited), Unit("broken", task, same, broken)]
    pairs = what_if(units, 2, told=lambda: told.append(None))
    assert [(one.unit, one.trial, one.whole) for one in pairs] == [
        ("edited", 0, True), ("edited", 1, True), ("broken", 0, False), ("broken", 1, False)
    ]  # fmt: skip
    assert pairs[2].errors == ("", "no answer")
    assert len({id for one in pairs for id in one.episodes}) == len(told) == 8
    assert episode.head_hash == head
    with pytest.raises(CoreCraftError, match="trials"):
        what_if(units, 0)
