"""Which step lost an episode: the search, on values that are given, and on tasks whose mistake is known."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from corecraft.engine.edits import Told
from corecraft.engine.episode import Episode
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.event import Change
from corecraft.rollouts.agents.scripted import scripted
from corecraft.rollouts.batch import FunctionAgent, play_many
from corecraft.rollouts.bisecting import Bisection, Policy, bisect, halve, sweep
from corecraft.rollouts.branching import Interval, Value, group_advantages
from corecraft.rollouts.folder import open_run
from corecraft.rollouts.runner import Stage, play
from corecraft.rollouts.steps import beginning, course, steps
from hypothesis import given
from hypothesis import strategies as st


def certain(seq: int, passed: bool, reward: float | None = None) -> Value:
    mean = float(passed) if reward is None else reward
    return Value(seq, 1, int(passed), mean, Interval(passed, passed), Interval(mean, mean))


def guessed(seq: int, passes: int, samples: int, low: float, high: float) -> Value:
    return Value(seq, samples, passes, passes / samples, Interval(low, high), Interval(low, high))


# --- the search ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 60), st.data())
def test_what_only_ever_falls_is_found_alike_by_halves_and_by_a_sweep_with_far_fewer_values(
    count: int, data: st.DataObject
):
    lost = data.draw(st.integers(0, count - 1))

    def value_at(number: int) -> Value:
        return certain(number, number <= lost)

    all_of_them, some = sweep(count, value_at), halve(count, value_at)
    assert all_of_them.last_good == some.last_good == lost
    assert all_of_them.drops == some.drops == (lost,)
    assert all_of_them.rise is some.rise is None
    assert len(all_of_them.values) == count
    assert len(some.values) <= count.bit_length() + 4
    assert [value.seq for value in some.values.values()] == sorted(some.values)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_sweep_tells_each_step_that_lost_it_and_whether_it_was_won_back(fine: list[bool]):
    fine = [True, *fine]
    found = sweep(len(fine), lambda number: certain(number, fine[number]))
    assert found.drops == tuple(n for n, here in enumerate(fine) if here and not [*fine, False][n + 1])
    assert found.last_good == max(n for n, here in enumerate(fine) if here)
    assert (found.rise is not None) == (sorted(fine, reverse=True) != fine)


def test_halves_say_where_their_assumption_is_broken():
    """Lost in the middle, and won back: what is asked for is bad, and the witness to the right is good."""
    found = halve(15, lambda number: certain(number, number < 4 or number == 9))
    assert found.last_good == 3
    assert found.rise == (4, 9)


def test_where_nothing_can_be_won_from_the_beginning_no_step_lost_it():
    found = halve(9, lambda number: certain(number, False))
    assert (found.last_good, found.drops) == (None, ())
    assert sweep(9, lambda number: certain(number, False)).last_good is None


def test_by_reward_half_of_what_was_to_be_expected_is_lost():
    rewards = [0.8, 0.8, 0.5, 0.3, 0.3]
    found = halve(5, lambda number: certain(number, False, rewards[number]), "reward")
    assert (found.last_good, found.good) == (2, 0.4)
    assert halve(5, lambda number: certain(number, False, rewards[number]), "reward", 0.6).last_good == 1


def test_a_rise_that_chance_explains_is_none():
    values = [guessed(0, 3, 8, 0.14, 0.69), guessed(1, 5, 8, 0.31, 0.86), guessed(2, 0, 8, 0.0, 0.32)]
    assert sweep(3, values.__getitem__).rise is None
    assert sweep(3, values.__getitem__).last_good == 1
    values[2] = guessed(2, 8, 8, 0.7, 1.0)
    assert sweep(3, values.__getitem__).rise == (0, 2)


# --- tasks -----------------------------------------------------------------------------------------------------------


def bisected(stage: Stage, task_id: str, mistake: str, **options: object) -> tuple[Episode, Bisection]:
    task = stage.tasks[task_id]
    episode, grade = play(stage, task, scripted(task, mistake))
    past = episode.trajectory()
    policy = Policy.script(scripted(task, "reference"), partial(episode.fork, steps(past)[0].before))
    return episode, bisect(past, task, policy, episode.fork, outcome=grade, **options)  # pyright: ignore[reportArgumentType]


def refund(stage: Stage) -> str:
    """A task whose solution refunds part of an order."""
    return stage.select(split="smoke", family="MW-02")[0].id


@pytest.mark.parametrize("full", [True, False])
def test_what_cannot_be_taken_back_is_where_it_was_lost(stage: Stage, full: bool):
    """Mistake MW-02 refunds-twice: the second refund."""
    episode, found = bisected(stage, refund(stage), "refunds-twice", full=full)
    refunds = [call for call in episode.trajectory().calls() if call.tool == "create_refund"]
    assert found.lost_at is not None
    assert found.last_good is not None
    assert (found.lost_at.first, found.lost_at.last) == (refunds[1].seq, refunds[1].returned.seq)
    assert found.last_good.seq == refunds[0].returned.seq
    assert found.found.rise is None
    assert (len(found.found.values) == len(found.steps)) is full
    assert found.saving.shared > 0
    if full:
        assert found.advantages == [-1.0 if step == found.lost_at else 0.0 for step in found.steps]
    else:
        with pytest.raises(CoreCraftError, match="sweep"):
            _ = found.advantages
    assert found.data()["first_bad"]["what"] == "create_refund"


def test_what_stands_in_the_answer_alone_is_lost_at_the_answer(stage: Stage):
    _, found = bisected(stage, "S-2", "failing", full=True)
    assert found.lost_at == found.steps[-1]
    assert found.lost_at.ends
    assert all(value.passes == 1 for value in found.found.values.values())


def test_of_an_episode_that_passed_nothing_was_lost(stage: Stage):
    _, found = bisected(stage, "S-2", "reference")
    assert found.passed
    assert found.lost_at is None
    assert len(found.found.values) == len(found.steps)


def test_the_same_search_twice_is_the_same(stage: Stage):
    first, again = (bisected(stage, refund(stage), "refunds-twice")[1] for _ in range(2))
    assert first == again


def test_a_policy_by_chance_is_asked_as_often_as_is_said_and_what_fails_is_no_sample(stage: Stage):
    task = stage.tasks["S-2"]
    episode, grade = play(stage, task, scripted(task, "failing"))
    asked = 0

    def now_and_then(child: Episode) -> str:
        nonlocal asked
        asked += 1
        if asked % 2:
            raise CoreCraftError("no answer")
        return "No."

    policy = Policy.model(FunctionAgent("guesser", now_and_then))
    found = bisect(episode.trajectory(), task, policy, episode.fork, samples=4, full=True, outcome=grade)
    assert {value.samples for value in found.found.values.values()} == {2}
    assert found.lost_at is None
    assert sum(bool(one.error) for one in found.tried) == len(found.tried) // 2


def test_an_open_episode_has_lost_nothing_yet(stage: Stage):
    task = stage.tasks["S-2"]
    episode = stage.open(task, "open")
    policy = Policy.script(scripted(task, "reference"), episode.fork)
    with pytest.raises(CoreCraftError, match="open"):
        bisect(episode.trajectory(), task, policy, episode.fork)


# --- steps -----------------------------------------------------------------------------------------------------------


def test_calls_of_one_turn_are_one_step_and_a_thought_belongs_to_what_it_leads_to(stage: Stage):
    episode = stage.open(stage.tasks["S-2"], "turns")
    start = len(episode.trajectory())
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "listTickets", "arguments": "{}"}} for n in range(2)
    ]
    episode.record("model.responded", {"text": "Let me see."})
    episode.record("model.responded", {"tool_calls": calls})
    for call in calls:
        episode.call("searchOrders", {"limit": 1}, call_id=call["id"])
    episode.call("searchOrders", {"limit": 2})
    episode.record("model.responded", {"text": "Done."})
    episode.submit("Done.")
    found = steps(episode.trajectory())
    assert [(step.number, step.tools, step.ends) for step in found] == [
        (0, ("searchOrders", "searchOrders"), False), (1, ("searchOrders",), False), (2, (), True)
    ]  # fmt: skip
    assert found[0].before == start - 1
    assert [step.before for step in found[1:]] == [step.last for step in found[:-1]]
    assert found[2].what == "the answer"
    for step in found:
        assert len(steps(episode.fork(step.before).trajectory())) == step.number


def test_of_a_fork_with_something_otherwise_only_what_came_after_is_asked_for(stage: Stage):
    task = stage.tasks["S-2"]
    episode, _ = play(stage, task, scripted(task, "failing"))
    line = steps(episode.trajectory())
    order = next(iter(episode.world.rows("order")))["id"]
    at = line[2].before
    plain, edited = episode.fork(at), episode.fork(at, edits=[Change("order", order, {"status": "paid"})])
    told = episode.fork(at, edits=[Told("And hurry.")])
    for child in (plain, edited, told):
        child.call("searchOrders", {"limit": 1})
        child.submit("No.")
    assert [step.number for step in course(plain.trajectory())] == [0, 1, 2, 3]
    for child in (edited, told):
        assert [(step.number, step.tools) for step in course(child.trajectory())] == [(0, ("searchOrders",)), (1, ())]
        assert beginning(child.trajectory()) > at
    start = partial(edited.fork, beginning(edited.trajectory()))
    found = bisect(edited.trajectory(), task, Policy.script(scripted(task, "reference"), start), edited.fork)
    assert found.lost_at == found.steps[-1]
    assert all(one.own > 0 for one in found.tried)


# --- in a run --------------------------------------------------------------------------------------------------------


def test_a_run_bisects_by_a_function_too_and_the_forks_that_stay_are_a_tree(stage: Stage, tmp_path: Path):
    task = stage.tasks[refund(stage)]
    play_many(stage, [task], scripted(task, "refunds-twice"), out=tmp_path / "run")
    with open_run(tmp_path / "run") as run:
        (id,) = run.episodes
        found = run.bisect(id, keep=False)
        assert found.lost_at is not None
        assert run.tree(id).rewards == ((run.trajectory(id).grade or {})["code_reward"],)
        guessed = run.bisect(id, lambda episode: "No.", samples=2, threads=2, by="reward")
        assert {value.samples for value in guessed.found.values.values()} == {2}
        root = run.tree(id)
    assert len(root.rewards) == 1 + len(guessed.tried)
    advantages = group_advantages(root)
    assert set(advantages) == {node.name for node in root.walk()} - {id}
