"""What an agent's JSON means, for all tools alike: 2.0 is an integer, and null or "" is not given, however deep."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.tools.toolset import toolset

from .shop import Shop
from .test_toolset import SOUND

JsonSchema = dict[str, Any]
TOOLS = toolset("extended").tools
MEANS_SOMETHING = {("updateTicketStatus", "assigned_employee_id"), ("updatePaymentStatus", "failure_reason")}
"""Where null is a value: it unassigns, it clears. Their descriptions say so."""

RICH = {
    **SOUND,
    "create_refund": {**SOUND["create_refund"], "lines": [{"sku": "s", "qty": 1, "amount": 1.0}, {"qty": 2}]},
}


def written_otherwise(value: Any, schema: JsonSchema, nothing: Any) -> Any:
    """The same value in JSON that means the same: integers as 2.0, and in objects every other field as nothing."""
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        known = {name: written_otherwise(part, fields.get(name, {}), nothing) for name, part in value.items()}
        return {**dict.fromkeys(fields, nothing), **known}
    if isinstance(value, list):
        return [written_otherwise(item, schema.get("items", {}), nothing) for item in value]
    return float(value) if schema.get("type") == "integer" else value


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("name", RICH)
def test_an_integer_is_an_integer_and_nothing_is_nothing_however_deep(name: str, nothing: Any):
    plain, other = Shop(), Shop()
    schema = {"properties": {parameter.name: parameter.schema for parameter in TOOLS[name].parameters.values()}}
    sent = written_otherwise(RICH[name], schema, nothing)
    expected, got = plain.episode.call(name, RICH[name]), other.episode.call(name, sent)
    assert got.json == expected.json
    assert plain.episode.world.state_hash == other.episode.world.state_hash
    called = next(event for event in other.episode.trajectory().events if event.kind == "tool.called")
    assert called.data["arguments"] == sent


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (name, p)
        for name in SOUND
        for p in SOUND[name]
        if p not in TOOLS[name].required and (name, p) not in MEANS_SOMETHING
    ],
)
def test_null_for_an_optional_argument_is_as_if_it_were_left_out(name: str, parameter: str):
    left_out = {key: value for key, value in SOUND[name].items() if key != parameter}
    for nothing in (None, ""):
        reply = Shop().episode.call(name, {**SOUND[name], parameter: nothing})
        assert reply.json == Shop().episode.call(name, left_out).json


@pytest.mark.parametrize(("name", "parameter"), sorted(MEANS_SOMETHING))
def test_where_null_is_a_value_the_description_says_so(name: str, parameter: str):
    assert " Null " in f" {TOOLS[name].parameters[parameter].text} "
    assert {p.name for p in TOOLS[name].parameters.values() if p.keeps_null} >= {parameter}


@pytest.mark.parametrize(
    "line",
    [
        {"productId": None, "product_id": "cpu", "qty": None, "quantity": 1},
        {"productId": "", "product_id": "cpu", "qty": "", "quantity": 1.0},
        {"productId": "cpu", "product_id": None, "qty": 1.0, "quantity": None},
        '[{"productId":"cpu","qty":1.0,"quantity":null}]',
    ],
)
def test_lines_of_an_order_in_either_spelling(line: Any):
    lines = line if isinstance(line, str) else [line]
    order = Shop().call("createOrder", customer_id="ann", line_items=lines)
    assert order["lineItems"] == [{"productId": "cpu", "qty": 1}]
    assert type(order["lineItems"][0]["qty"]) is int


def test_quantities_written_as_floats():
    price = Shop().call("calculate_price", product_ids=["p100"], quantities=[2.0])
    assert price["subtotal"] == 200.0
    assert "`int` <= 1000000" in Shop().refused("calculate_price", product_ids=["p100"], quantities=[1e300])
