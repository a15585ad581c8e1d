"""Lines that a person types: which call they are, what Tab makes of them, and how a reply reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from corecraft.cli.outline import outline
from corecraft.cli.typed import Mistyped, call, completions
from corecraft.tools.toolset import toolset

TOOLS = {tool["name"]: tool for tool in toolset("base", "benchmark").definitions()}
COMMANDS = ("/task", "/tools")

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("searchOrders", {}),
    ("  searchOrders   order_id=ord-1  ", {"order_id": "ord-1"}),
    ("searchOrders limit=3", {"limit": 3}),
    ("searchOrders limit=many", {"limit": "many"}),
    ("searchCustomers phone=555", {"phone": "555"}),
    ("searchCustomers name=Jillian Reaves limit=2", {"name": "Jillian Reaves", "limit": 2}),
    ('searchCustomers name="a=b \\"c\\" é" limit=2', {"name": 'a=b "c" é', "limit": 2}),
    ("searchCustomers name= limit=2", {"name": "", "limit": 2}),
    ("searchOrders nobody=knows", {"nobody": "knows"}),
    ("postSlackMessage text=[urgent] call back", {"text": "[urgent] call back"}),
    ("getCustomerTicketHistory include_resolved=true", {"include_resolved": True}),
    ("calculate_price product_ids=a, b quantities=1,2", {"product_ids": ["a", "b"], "quantities": [1, 2]}),
    ('calculate_price product_ids=["a=1", "b"] quantities=[]', {"product_ids": ["a=1", "b"], "quantities": []}),
    ('create_refund lines=[{"sku": "s", "qty": 1}] amount=9.99', {"lines": [{"sku": "s", "qty": 1}], "amount": 9.99}),
    ('searchOrders {"limit": 3}', {"limit": 3}),
    ("searchOrders limit=NaN", {"limit": "NaN"}),
    ("searchOrders limit=-Infinity", {"limit": "-Infinity"}),
    ("searchOrders limit=1e999", {"limit": "1e999"}),
    ("searchOrders limit=" + "[" * 100_000, {"limit": "[" * 100_000}),
    ("calculate_price quantities=1,NaN", {"quantities": [1, "NaN"]}),
]


@pytest.mark.parametrize(("line", "arguments"), CALLS, ids=[line[:40] for line, _ in CALLS])
def test_what_is_called(line: str, arguments: dict[str, Any]):
    tool, text = call(line, TOOLS)
    assert (tool, json.loads(text)) == (line.split()[0], arguments)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("searchOrder limit=3", "no tool searchOrder; near it: searchOrders"),
        ("xyzzy", "no tool xyzzy; /tools lists them"),
        ("searchOrders ord-1", "write NAME=VALUE, or one JSON object, where ord-1 stands"),
        ('searchCustomers name="Jillian" Reaves', "where Reaves stands"),
        ('searchCustomers name="Jillian', "name: the JSON is broken"),
        ("calculate_price product_ids=[1", "product_ids: the JSON is broken"),
        ("calculate_price product_ids=" + "[" * 100_000, "product_ids: the JSON is broken"),
        ('searchOrders {"limit": ', "the JSON is broken"),
        ('searchOrders {"limit": NaN}', "the JSON is broken: NaN is no number"),
        ("calculate_price quantities=[1e999]", "quantities: the JSON is broken: 1e999 is no number"),
        ("searchOrders limit=1 limit=2", "limit is given twice"),
    ],
)
def test_what_is_no_call_is_one_line(line: str, told: str):
    with pytest.raises(Mistyped) as mistake:
        call(line, TOOLS)
    assert told in str(mistake.value)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("before", "word", "offered"),
    [
        ("", "searchord", ["searchOrders "]),
        ("", "/t", ["/task ", "/tools "]),
        ("/tools ", "getO", ["getOrderDetails"]),
        ("searchOrders ", "cr", ["created_after=", "created_before="]),
        ("searchOrders created_after=2025 ", "cr", ["created_before="]),
        ("searchOrders status=", "ref", ["refunded ", "refund_requested "]),
        ("searchOrders limit=2 status=", "pai", ["paid "]),
        ("getCustomerTicketHistory include_resolved=", "", ["true ", "false "]),
        ("searchOrders limit=", "", []),
        ("searchOrders nobody=", "", []),
        ("nothing ", "", []),
        ('searchOrders {"', "st", []),
    ],
)
def test_what_tab_offers(before: str, word: str, offered: list[str]):
    assert completions(before, word, TOOLS, COMMANDS) == offered


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ([{"id": "o-1", "paid": True, "by": None}], ["- id: o-1", "  paid: true", "  by: null"]),
        ({"text": "one\ntwo"}, ["text:", "  one", "  two"]),
        ({"tags": ["a", "b"], "none": []}, ['tags: ["a", "b"]', "none: []"]),
        ({"lines": [{"sku": "s", "qty": 1}, {"sku": "t"}]}, ["lines:", "  - sku: s", "    qty: 1", "  - sku: t"]),
        ([{}, [], "", [[1]]], ["- {}", "- []", "- ", "- [[1]]"]),
        (9.5, ["9.5"]),
    ],
)
def test_a_reply_reads_as_an_outline(value: Any, lines: list[str]):
    assert list(outline(value)) == lines
