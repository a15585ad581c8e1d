"""What a copy, a call, a replay and a grade take: tau2's own way and ours, by turns in the same run, on retail."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ...engine.episode import Episode
from ...replay.verify import verify
from ...rollouts.tau2.gold import GoldPlan
from ...rollouts.tau2.grading import grade
from ...rollouts.tau2.messages import messages_of
from ...rollouts.tau2.playing import play
from ...rollouts.tau2.tasks import Tau2Stage
from ...tools.tau2.package import part
from ..timing import Work, measure
from .original import Original

PLANS = 8
"""How many gold plans one batch replays and grades."""

NAMES = {
    "open": "a fresh world",
    "fork": "a copy in mid-episode",
    "point": "get_order_details",
    "search": "find_user_id_by_email",
    "write": "modify_user_address",
    "hash": "hash of all data, after a write",
    "replay": "replay of a gold plan, with the hash at the end",
    "grade": "grade of an episode",
}


def measured(stage: Tau2Stage, seconds: float) -> list[list[str]]:
    """A row each: what, tau2's median, ours, and how many times as fast that is. Processor time; tau2 keeps no log, ours is
    recorded and hashed, in memory."""
    found = measure([*_states(stage), *_calls(stage), *_episodes(stage)], seconds)
    rows: list[list[str]] = []
    for key, name in NAMES.items():
        theirs, ours = found[key]["tau2"].median, found[key]["ours"].median
        rows.append([name, _time(theirs), _time(ours), f"{theirs / ours:,.1f}"])
    return rows


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:,.1f} µs"


def _states(stage: Tau2Stage) -> list[Work]:
    original = Original(stage.toolset.domain)
    environment = original.environment()
    user, arguments = _address(stage)
    task = next(iter(stage.tasks.values()))
    opening = stage.opening(task)
    episode = opening.begin("forked")

    def written() -> Episode:
        opened = opening.begin("hashed")
        _ = opened.world.state_hash
        opened.call("modify_user_address", {"user_id": user, **arguments})
        return opened

    return [
        Work("open", "tau2", 1, lambda _: stage.toolset.domain.environment()),
        Work("open", "ours", 100, lambda _: [opening.begin("opened") for _ in range(100)]),
        Work("fork", "tau2", 1, lambda _: deepcopy(environment)),
        Work("fork", "ours", 100, lambda _: [episode.fork() for _ in range(100)]),
        Work("hash", "tau2", 1, lambda _: environment.get_db_hash()),
        Work("hash", "ours", 1, lambda state: state.world.state_hash, written),
    ]


def _address(stage: Tau2Stage) -> tuple[str, dict[str, Any]]:
    user, row = next(iter(stage.world.genesis.tables["users"].items()))
    return user, dict(row["address"])


def _calls(stage: Tau2Stage) -> list[Work]:
    tables = stage.world.genesis.tables
    some = list(tables["users"].values())[:50]
    batches = {
        "point": ("get_order_details", [{"order_id": id} for id in list(tables["orders"])[:50]]),
        "search": ("find_user_id_by_email", [{"email": row["email"]} for row in some]),
        "write": ("modify_user_address", [{"user_id": row["id"], **row["address"], "address2": "b"} for row in some]),
    }
    environment = Original(stage.toolset.domain).environment()
    works: list[Work] = []
    for key, (tool, arguments) in batches.items():
        works += _asked(stage, environment, key, tool, arguments)
    return works


def _asked(stage: Tau2Stage, environment: Any, key: str, tool: str, arguments: list[dict[str, Any]]) -> list[Work]:
    calls = [part("data_model.message").ToolCall(name=tool, arguments=given) for given in arguments]
    count = len(calls)

    def theirs(_: Any) -> None:
        for call in calls:
            environment.get_response(call)

    def ours(episode: Episode) -> None:
        for given in arguments:
            episode.call(tool, given)

    def opened() -> Episode:
        return Episode.open("called", stage.world, stage.toolset)

    return [Work(key, "tau2", count, theirs), Work(key, "ours", count, ours, opened)]


def _episodes(stage: Tau2Stage) -> list[Work]:
    tasks = list(stage.tasks.values())
    chosen = tasks[:: len(tasks) // PLANS][:PLANS]
    original = Original(stage.toolset.domain)
    histories = [play(stage, task, GoldPlan.of(task))[0].trajectory() for task in chosen]
    conversations = [messages_of(history) for history in histories]
    toolset, genesis = stage.toolset, stage.world.genesis

    def replay(_: Any) -> None:
        for messages in conversations:
            environment = toolset.domain.environment()
            environment.set_state(None, None, messages)
            environment.get_db_hash()

    def theirs(_: Any) -> None:
        for task, messages in zip(chosen, conversations, strict=True):
            original.verdict(task, messages)

    def ours(_: Any) -> None:
        for task, history in zip(chosen, histories, strict=True):
            grade(task, history, stage.world)

    return [
        Work("replay", "tau2", PLANS, replay),
        Work("replay", "ours", PLANS, lambda _: [verify(history, toolset, genesis) for history in histories]),
        Work("grade", "tau2", PLANS, theirs),
        Work("grade", "ours", PLANS, ours),
    ]
