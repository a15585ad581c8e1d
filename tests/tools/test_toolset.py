"""The published sets: which tools, under which names, with which schemas."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jsonschema
import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.scenarios.company import by_name, toolsets
from corecraft.tools.profile import BENCHMARK, COMPAT
from corecraft.tools.toolset import ALIASES, toolset

from .shop import Shop
from .test_refunds_commands import REFUND

REQUIRED = {
    "calculate_price": ["product_ids"],
    "checkWarrantyStatus": [],
    "create_escalation": ["ticket_id", "escalation_type", "destination"],
    "create_refund": ["payment_id", "amount", "currency", "reason"],
    "create_resolution": ["ticket_id", "outcome"],
    "getCustomerTicketHistory": ["customer_id"],
    "getOrderDetails": ["order_id"],
    "getProduct": ["product_id"],
    "searchBuilds": [],
    "searchCustomers": [],
    "searchEmployees": [],
    "searchKnowledgeBase": [],
    "searchOrders": [],
    "searchPayments": [],
    "searchProducts": [],
    "searchShipments": [],
    "searchTickets": [],
    "updateOrderStatus": ["order_id", "status"],
    "updatePaymentStatus": ["payment_id", "status"],
    "updateTicketStatus": ["ticket_id"],
    "validateBuildCompatibility": ["product_ids"],
    "searchSlackMessages": [],
    "postSlackMessage": ["channel_id", "text"],
}
FURTHER = {
    "createBuild": ["name", "customer_id", "product_ids"],
    "updateBuild": ["build_id"],
    "createOrder": ["customer_id", "line_items"],
    "createWarrantyClaim": ["product_id", "order_id", "customer_id", "reason"],
    "searchEscalations": [],
    "searchRefunds": [],
    "searchResolutions": [],
    "searchSlas": [],
}
COMMANDS = {
    "create_escalation",
    "create_refund",
    "create_resolution",
    "updateOrderStatus",
    "updatePaymentStatus",
    "updateTicketStatus",
    "postSlackMessage",
    "createBuild",
    "updateBuild",
    "createOrder",
    "createWarrantyClaim",
}
OVERWRITING = {"updateOrderStatus", "updatePaymentStatus", "updateTicketStatus", "updateBuild"}


def required(tools: str) -> dict[str, list[str]]:
    definitions = toolset(tools).definitions()
    return {definition["name"]: definition["inputSchema"]["required"] for definition in definitions}


def test_names_and_required_parameters():
    assert required("base") == REQUIRED
    assert len(REQUIRED) == 23
    assert required("extended") == REQUIRED | FURTHER
    assert len(REQUIRED | FURTHER) == 31


def test_names_by_which_histories_find_their_tools():
    assert tuple(toolsets())[:6] == (
        "corecraft/base/benchmark",
        "corecraft/base/compat",
        "corecraft/base/unguarded",
        "corecraft/extended/benchmark",
        "corecraft/extended/compat",
        "corecraft/extended/unguarded",
    )
    assert [by_name(name).name for name in toolsets()] == list(toolsets())
    assert toolset() is by_name("corecraft/base/benchmark")
    assert toolset("extended", "compat") is by_name("corecraft/extended/compat")
    assert (toolset().profile, toolset(profile="compat").profile) == (BENCHMARK, COMPAT)


@pytest.mark.parametrize("name", ["corecraft/base", "toy", "", "corecraft/base/benchmark/x"])
def test_an_unknown_name_is_one_clear_line(name):
    with pytest.raises(CoreCraftError) as raised:
        by_name(name)
    message = str(raised.value)
    assert message == f"There is no toolset {name!r}. Toolsets: {', '.join(toolsets())}."


def test_an_unknown_profile_is_one_clear_line():
    with pytest.raises(CoreCraftError, match="There is no toolset 'corecraft/base/fast'"):
        toolset(profile="fast")


def test_aliases_are_accepted_but_not_published():
    assert ALIASES == {
        "calculatePrice": "calculate_price",
        "createEscalation": "create_escalation",
        "createRefund": "create_refund",
        "createResolution": "create_resolution",
    }
    assert not set(ALIASES) & set(required("extended"))
    assert Shop().refused("createPrice") == "Unknown tool: createPrice"


@pytest.mark.parametrize("profile", ["benchmark", "compat"])
def test_schemas_are_plain_and_closed(profile):
    for definition in toolset("extended", profile).definitions():
        assert json.loads(json.dumps(definition)) == definition
        schema = definition["inputSchema"]
        assert schema["additionalProperties"] is False
        assert definition["description"]
        assert all(property["description"] for property in schema["properties"].values())
        assert "$ref" not in json.dumps(definition)
        assert "{" not in definition["description"]
        assert "Rules:" not in json.dumps(definition)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator.check_schema(definition["outputSchema"])


def test_hints():
    hints = {definition["name"]: definition["annotations"] for definition in toolset("extended").definitions()}
    assert {name for name, hint in hints.items() if not hint["readOnlyHint"]} == COMMANDS
    assert {name for name, hint in hints.items() if hint["destructiveHint"]} == OVERWRITING


def test_digests_tell_sets_and_profiles_apart():
    assert len({by_name(name).digest for name in toolsets()}) == len(tuple(toolsets()))


def test_digests_are_the_same_in_every_process():
    code = "from corecraft.scenarios.company import toolsets; print(*(each.digest for each in toolsets().values()))"
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [by_name(name).digest for name in toolsets()]


def test_the_base_set_lacks_what_the_extended_has():
    shop = Shop()
    shop.episode.toolset = toolset()
    assert shop.refused("createBuild", name="x") == "Unknown tool: createBuild"


ODD = [None, "", "x", "😀|", 0, -1, 1.5, 1e308, 10**30, True, [], [None], [""], [{}], {}, {"productId": []}, "[1]", "{"]
SOUND = {
    "calculate_price": {
        "product_ids": ["cpu"],
        "quantities": [1],
        "loyalty_tier": "gold",
        "shipping_service": "express",
    },
    "checkWarrantyStatus": {"order_id": "o-1", "product_id": "psu", "purchase_date": "2025-11-04"},
    "validateBuildCompatibility": {"product_ids": ["cpu"]},
    "create_refund": {
        "payment_id": "pay-1",
        "amount": 1,
        "currency": "USD",
        "reason": "other",
        "status": "denied",
        "lines": [{}],
        "ticket_id": "t-1",
    },
    "create_resolution": {
        "ticket_id": "t-1",
        "outcome": "no_action",
        "linked_refund_id": "ref-1",
        "resolved_by_id": "mei",
        "details": "x",
    },
    "create_escalation": {
        "ticket_id": "t-1",
        "escalation_type": "technical",
        "destination": "hr",
        "notes": "x",
    },
    "updateTicketStatus": {
        "ticket_id": "t-1",
        "status": "open",
        "assigned_employee_id": "mei",
        "priority": "low",
        "closure_reason": "other",
    },
    "updateOrderStatus": {"order_id": "o-1", "status": "paid"},
    "createOrder": {
        "customer_id": "ann",
        "line_items": [{"productId": "cpu", "qty": 1}],
        "status": "paid",
        "shipping_address": {"city": "x"},
        "shipping_carrier": "UPS Ground",
        "shipping_service": "standard",
        "build_id": "b-1",
    },
    "updatePaymentStatus": {"payment_id": "pay-1", "status": "failed", "failure_reason": "x"},
    "createBuild": {"name": "x", "customer_id": "ann", "product_ids": ["cpu"]},
    "updateBuild": {"build_id": "b-1", "name": "x", "add_product_ids": ["cpu"], "remove_product_ids": ["cpu"]},
    "postSlackMessage": {"channel_id": "escalations", "text": "x", "author_id": "alex"},
    "createWarrantyClaim": {
        "product_id": "psu",
        "order_id": "o-1",
        "customer_id": "ann",
        "reason": "defect",
        "status": "denied",
        "denial_reason": "product_misuse",
        "notes": "x",
    },
}


@pytest.mark.parametrize("name", SOUND)
def test_no_argument_can_void_an_episode(name):
    """Whatever stands for one sound argument, the call is answered or refused; a bug would raise EpisodeVoided."""
    shop = Shop()
    assert set(SOUND[name]) == set(shop.tools.tools[name].parameters)
    for parameter in SOUND[name]:
        for odd in ODD:
            reply = shop.episode.call(name, {**SOUND[name], parameter: odd})
            assert reply.ok or list(reply.value) == ["error"]


def test_a_profile_without_the_guard_says_so_and_does_it_twice():
    told = {tool["name"]: tool for tool in toolset("extended", "unguarded").definitions()}
    creating = [name for name, tool in told.items() if "carried out again" in tool["description"]]
    assert len(creating) == 7
    assert not any("already_exists" in tool["description"] for tool in told.values())
    assert not any(told[name]["annotations"]["idempotentHint"] for name in creating)
    shop = Shop("unguarded")
    first, second = shop.call("create_refund", **REFUND), shop.call("create_refund", **REFUND)
    assert second["id"] == f"{first['id']}-2"
