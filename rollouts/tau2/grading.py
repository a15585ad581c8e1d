"""tau2's grade of an episode, of its last world and of what was said: what its own evaluator makes of the same messages.

tau2 executes a conversation once more to see how its database stands at the end. Here the world at the end is known, and only
the gold plan is executed; what is communicated and called is left to tau2's own evaluators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any

from msgspec import field

from ...engine.canonical import decode, encode, sorted_bytes
from ...engine.episode import Episode
from ...engine.errors import CoreCraftError
from ...engine.event import CLOSED, GRADED, PREPARED, Change, Event
from ...engine.run import Run
from ...engine.trajectory import Trajectory
from ...engine.world import World
from ...scenarios.grading import CriterionGrade, Grade
from ...tools.tau2 import by_domain, domain_of
from ...tools.tau2.package import part
from ...tools.tau2.toolset import CHANGED, Tau2Toolset
from .messages import messages_of
from .tasks import history, stored

FINISHED = ("answered", "agent_stop", "user_stop")
"""Why an episode was closed that is graded at all; any other came to an end too early."""

_EDITED = "a fork changed the world, and tau2's tasks are not posed again"

IMPORTED = "trajectory.imported"
"""What an episode that was made elsewhere says of where it is from."""
UNPREPARED = "unprepared"
"""Where it says why the initial state of its task could not be made."""


class Tau2Grade(Grade, frozen=True):
    """The criteria are those that the task's reward rests on. breakdown: what tau2's own evaluator says besides."""

    breakdown: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        return decode(encode(self))


def grade(task: Any, trajectory: Trajectory, start: World) -> Tau2Grade:
    """Grade a closed episode. start: the world it began on, at its genesis."""
    source = next((event.data["source"] for event in trajectory.events if event.kind == IMPORTED), {})
    if why_not := _EDITED if trajectory.edits else source.get(UNPREPARED):
        return Tau2Grade(task.id, None, None, None, None, (), why_not)
    reason = next((e.data["reason"] for e in reversed(trajectory.events) if e.kind == CLOSED), "")
    criteria = task.evaluation_criteria
    if reason not in FINISHED:
        return _whole(task, 0.0, (), {"note": f"ended prematurely: {reason}"})
    if criteria is None:
        return _whole(task, 1.0, (), {"note": "no evaluation criteria"})
    tools = by_domain(domain_of(trajectory.events[0].data["tools"]) or "")
    messages = messages_of(trajectory)
    checks = {
        **_environment(task, trajectory, start, tools),
        "ACTION": _actions(task, messages),
        "COMMUNICATE": _communicated(task, messages),
        "NL_ASSERTION": [(text, None, "only a reader can tell") for text in criteria.nl_assertions or ()],
    }
    return _combined(task, checks)


_Check = tuple[str, bool | None, str]
"""What is asked for, whether it is met, and why."""


def _combined(task: Any, checks: Mapping[str, list[_Check]]) -> Tau2Grade:
    """The reward is 1 where all is met that it rests on."""
    basis = [kind.value for kind in task.evaluation_criteria.reward_basis]
    counted = tuple(
        CriterionGrade(f"{kind}.{number}", "correctness", text, met, why, ())
        for kind in dict.fromkeys(basis)
        for number, (text, met, why) in enumerate(checks[kind], 1)
    )
    rewards = {kind: float(all(met for _, met, _ in found if met is not None)) for kind, found in checks.items()}
    matched = [met for _, met, _ in checks["ACTION"]]
    breakdown = {
        "reward_basis": basis,
        "db_match": all(met for _, met, _ in checks["DB"]),
        "actions_matched": sum(map(bool, matched)),
        "actions": len(matched),
    }
    return _whole(task, prod(rewards[kind] for kind in set(basis)), counted, breakdown)


def _whole(task: Any, reward: float, criteria: tuple[CriterionGrade, ...], breakdown: dict[str, Any]) -> Tau2Grade:
    waits = reward > 0 and any(criterion.passed is None for criterion in criteria)
    over_all = None if waits else reward
    return Tau2Grade(task.id, over_all, None if waits else reward == 1, reward, reward == 1, criteria, "", breakdown)


# --- how the database stands -----------------------------------------------------------------------------------------


def _environment(task: Any, trajectory: Trajectory, start: World, tools: Tau2Toolset) -> dict[str, list[_Check]]:
    criteria = task.evaluation_criteria
    if criteria.actions is None and criteria.env_assertions is None:
        return {"DB": [], "ENV_ASSERTION": []}
    end = start.fold(trajectory.events)
    differing = list(differing_rows(gold_world(task, trajectory, start, tools), end))
    told = f"otherwise than by the gold plan: {', '.join(differing[:5])}" if differing else "as by the gold plan"
    asserted = [_asserted(tools, end, one) for one in criteria.env_assertions or ()]
    return {"DB": [("the database is as the gold plan leaves it", not differing, told)], "ENV_ASSERTION": asserted}


def _asserted(tools: Tau2Toolset, end: World, assertion: Any) -> _Check:
    text = f"{assertion.func_name}({_arguments(assertion.arguments)}) is {assertion.assert_value}"
    try:
        return text, tools.desk.holds(end, assertion), ""
    except Exception as error:  # of what it is about there is nothing; tau2's own evaluator stops here
        return text, False, str(error)


def gold_world(task: Any, trajectory: Trajectory, start: World, tools: Tau2Toolset) -> World:
    """How the world stands after the gold plan, executed as tau2's evaluator does."""
    world = start.fold([event for event in trajectory.events if event.kind == PREPARED])
    for message in history(task):
        for call in getattr(message, "tool_calls", None) or ():
            answer = tools.desk.call(world, call.requestor, call.name, call.arguments)
            world = _after(world, answer.changes)
    for action in task.evaluation_criteria.actions or ():
        world = _after(world, tools.desk.act(world, action.requestor, action.name, action.arguments))
    return world


def _after(world: World, changes: tuple[Change, ...]) -> World:
    return world.fold([Event(0, CHANGED, world.now, {}, None, changes)]) if changes else world


def differing_rows(left: World, right: World) -> Iterator[str]:
    """Rows that are otherwise in two worlds on the same genesis, as `entity/id`."""
    for entity in sorted({*left.overlay, *right.overlay}):
        for id in dict.fromkeys((*left.overlay.get(entity, ()), *right.overlay.get(entity, ()))):
            if _compared(left, entity, id) != _compared(right, entity, id):
                yield f"{entity}/{id}"


def _compared(world: World, entity: str, id: str) -> bytes | None:
    """A row as tau2's hash sees it: 1 and 1.0 are two things, the order of keys is nothing."""
    row = world.get(entity, id)
    return None if row is None or row.get("position") is None else sorted_bytes(row)


# --- what was said and called ----------------------------------------------------------------------------------------


def _actions(task: Any, messages: list[Any]) -> list[_Check]:
    gold = task.evaluation_criteria.actions or []
    checked = part("evaluator.evaluator_action").ActionEvaluator.evaluate_actions(messages, gold)
    return [(f"{one.action.name}({_arguments(one.action.arguments)})", one.action_match, "") for one in checked]


def _communicated(task: Any, messages: list[Any]) -> list[_Check]:
    wanted = task.evaluation_criteria.communicate_info or []
    checked = part("evaluator.evaluator_communicate").CommunicateEvaluator.evaluate_communicate_info(messages, wanted)
    return [(f"tells {one.info!r}", one.met, "") for one in checked]


def _arguments(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


# --- into histories --------------------------------------------------------------------------------------------------


def record_grade(task: Any, episode: Episode) -> Tau2Grade:
    """Grade a closed episode and write the grade into its history."""
    made = grade(task, episode.trajectory(), World(episode.world.genesis))
    episode.record(GRADED, made.data())
    return made


def regrade_with(task: Any, start: World) -> Callable[[Trajectory], dict[str, Any]]:
    """Grades histories of a task anew, for `verify`."""
    return lambda trajectory: grade(task, trajectory, start).data()


def regrade(run: Run, trajectory: Trajectory, start: World) -> dict[str, Any]:
    """The grade of a recorded history by the task it was opened on, for comparison with the recorded one."""
    if trajectory.task is None:
        raise CoreCraftError(f"{trajectory.id} was graded without a task")
    return grade(stored(run, trajectory.task), trajectory, start).data()
