"""How far our episodes of tau2's tasks agree with tau2: replies, last databases, grades; and whether they verify and fork."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, evolve

from ...engine.canonical import encode
from ...engine.episode import Episode
from ...engine.event import RETURNED
from ...replay.verify import verify
from ...rollouts.tau2.gold import GoldPlan
from ...rollouts.tau2.grading import Tau2Grade, regrade_with
from ...rollouts.tau2.messages import messages_of
from ...rollouts.tau2.playing import play
from ...rollouts.tau2.tasks import Tau2Stage
from ...tools.tau2.replies import same_content
from .original import Original, Verdict

Perturb = Callable[[GoldPlan], GoldPlan | None]


@define
class Agreement:
    """Counts over the episodes of one domain, played in one way. passed: by the original evaluator."""

    episodes: int = 0
    calls: int = 0
    replies: int = 0
    databases: int = 0
    grades: int = 0
    passed: int = 0
    verified: int = 0
    forked: int = 0

    def row(self) -> list[str]:
        of_episodes = (self.databases, self.grades, self.passed, self.verified, self.forked)
        shares = [f"{self.replies} of {self.calls}", *(f"{number} of {self.episodes}" for number in of_episodes)]
        return [str(self.episodes), *shares]


HEADINGS = ("episodes", "same replies", "same database", "same grade", "passed", "verified", "forked")


def agreement(stage: Tau2Stage, tasks: Sequence[Any], perturb: Perturb) -> tuple[Agreement, list[str]]:
    """Play all tasks; also what disagrees, a line each."""
    original, found, faults = Original(stage.toolset.domain), Agreement(), list[str]()
    for task in tasks:
        plan = perturb(GoldPlan.of(task))
        if plan is not None:
            episode, made = play(stage, task, plan)
            _compare(stage, original, task, episode, made, found, faults)
    return found, faults


def _compare(
    stage: Tau2Stage,
    original: Original,
    task: Any,
    episode: Episode,
    made: Tau2Grade,
    found: Agreement,
    faults: list[str],
) -> None:
    trajectory = episode.trajectory()
    messages = messages_of(trajectory)
    replies, hashes = original.played(messages, task)
    try:
        theirs = original.verdict(task, messages)
    except ValueError as error:  # of what an assertion is about there is nothing
        faults.append(f"{task.id}: tau2's own evaluator stops with {error}; {verdict_of(made)} here")
        theirs = None
    ours = verdict_of(made)
    same = [same_content(*pair) for pair in replies]
    found.episodes += 1
    found.calls += len(replies)
    found.replies += sum(same)
    found.databases += hashes == stage.toolset.desk.hashes(episode.world)
    found.grades += ours == theirs
    found.passed += theirs is not None and theirs.reward == 1
    verdict = verify(trajectory, stage.toolset, stage.world.genesis, regrade=regrade_with(task, stage.world))
    found.verified += verdict.ok
    found.forked += forks_whole(episode)
    if not all(same) or (theirs is not None and ours != theirs) or not verdict.ok:
        faults.append(f"{task.id}: {ours} here, {theirs} there, {same.count(False)} other replies")


def verdict_of(made: Tau2Grade) -> Verdict:
    reward = made.code_reward if made.code_reward is not None else -1.0
    return Verdict(reward, made.breakdown.get("db_match"), made.breakdown.get("actions_matched", 0))


def forks_whole(episode: Episode) -> bool:
    """Whether a fork in the middle, taken to the end by the same calls, ends in the same rows with the same replies."""
    past = episode.trajectory()
    ends = [event.seq for event in past.events if event.kind == RETURNED]
    if not ends:
        return True
    at = ends[(len(ends) - 1) // 2]
    child = episode.fork(at)
    for call in past.calls():
        if call.seq > at and encode(child.call(call.tool, call.arguments).value) != encode(call.reply):
            return False
    return child.world.state_hash == episode.world.state_hash


# --- plans that go wrong ---------------------------------------------------------------------------------------------


def _last_write(stage: Tau2Stage, plan: GoldPlan) -> int | None:
    tools = stage.toolset.tools
    writes = [n for n, one in enumerate(plan.actions) if one.name not in tools or tools[one.name].kind == "command"]
    return writes[-1] if writes else None


def perturbations(stage: Tau2Stage) -> Mapping[str, Perturb]:
    """The gold plan, and the ways in which it is bent. None where a plan cannot be bent so."""

    def without(plan: GoldPlan) -> GoldPlan | None:
        last = _last_write(stage, plan)
        return None if last is None else evolve(plan, actions=[*plan.actions[:last], *plan.actions[last + 1 :]])

    def otherwise(plan: GoldPlan) -> GoldPlan | None:
        last = _last_write(stage, plan)
        bent = None if last is None else next(_bent(plan.actions[last].arguments), None)
        if last is None or bent is None:
            return None
        changed = plan.actions[last].model_copy(update={"arguments": bent})
        return evolve(plan, actions=[*plan.actions[:last], changed, *plan.actions[last + 1 :]])

    def silent(plan: GoldPlan) -> GoldPlan | None:
        return evolve(plan, told=()) if plan.told else None

    return {
        "gold plan": lambda plan: plan,
        "last write left out": without,
        "an argument changed": otherwise,
        "nothing told": silent,
    }


_OTHER = {"no longer needed": "ordered by mistake", "ordered by mistake": "no longer needed", "yes": "no", "no": "yes"}


def _bent(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments with one of them another one: first such as tau2 will take."""
    lists = {name: value[:-1] for name, value in arguments.items() if isinstance(value, list) and len(value) > 1}
    if lists:
        yield {**arguments, **lists}
    for name, value in arguments.items():
        if value in _OTHER if isinstance(value, str) else False:
            yield {**arguments, name: _OTHER[value]}
        elif name in ("address1", "title"):
            yield {**arguments, name: f"{value} b"}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield {**arguments, name: value + 1}
    for name, value in arguments.items():
        if isinstance(value, str):
            yield {**arguments, name: value + "0"}
