"""A small hand-made world, a few rows of every type with ties, gaps, nulls and milliseconds, and how tests ask it.

    ids("searchOrders", status="paid")     the ids of the rows found, in order
    ask("getProduct", product_id="cpu-a")  the whole reply
    error("getProduct", product_id="x")    the words of a refusal

Every reply is checked against the schema its tool publishes.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
from corecraft.engine.canonical import decode, encode
from corecraft.engine.genesis import Genesis
from corecraft.engine.toolset import Request, Toolset
from corecraft.engine.world import World
from corecraft.tools import (
    builds,
    catalog,
    customers,
    employees,
    knowledge,
    orders,
    payments,
    refunds,
    shipments,
    sla,
    slack,
    tickets,
)
from corecraft.tools.profile import BENCHMARK, COMPAT, Profile
from corecraft.tools.tables import TABLES
from corecraft.tools.tolerant import clock_of, tables_of

QUERIES = (
    customers.search_customers,
    employees.search_employees,
    catalog.search_products,
    catalog.get_product,
    orders.search_orders,
    orders.get_order_details,
    payments.search_payments,
    shipments.search_shipments,
    refunds.search_refunds,
    tickets.search_tickets,
    tickets.get_customer_ticket_history,
    tickets.search_escalations,
    tickets.search_resolutions,
    builds.search_builds,
    knowledge.search_knowledge_base,
    slack.search_slack_messages,
    sla.search_slas,
)
TOOLS = {tool.name: tool for tool in QUERIES}
TOOLSETS = {profile: Toolset(f"queries-{profile.name}", TOOLS, profile, TABLES) for profile in (BENCHMARK, COMPAT)}

SEARCHES = {
    "searchCustomers": "customer",
    "searchEmployees": "employee",
    "searchProducts": "product",
    "searchOrders": "order",
    "searchPayments": "payment",
    "searchShipments": "shipment",
    "searchRefunds": "refund",
    "searchTickets": "support_ticket",
    "searchEscalations": "escalation",
    "searchResolutions": "resolution",
    "searchBuilds": "build",
    "searchKnowledgeBase": "knowledge_base_article",
    "searchSlackMessages": "slack_message",
    "searchSlas": "sla",
}
"""Search tool -> the type of its rows."""

RAW: dict[str, Any] = {
    "current_time": "2025-12-01T19:00:00Z",
    "customer": {
        "dee-eads-10004": {
            "name": "Dee Eads",
            "email": "Dee@Mail.example",
            "phone": "502-555-0104",
            "addresses": json.dumps([{"label": "billing", "line1": "4 Oak Ave", "city": "Reno", "region": "NV"}]),
            "loyaltyTier": "silver",
            "createdAt": "2025-01-11T05:00:00Z",
        },
        "ann-bell-10001": {
            "name": "Ann Bell",
            "email": "ann@mail.example",
            "phone": "(502) 555-0101",
            "dateOfBirth": "1990-02-03",
            "addresses": [
                {"label": "shipping", "line1": "12 Elm St", "line2": "Apt 3", "city": "Louisville", "region": "KY"},
                {"line1": "1 Work Plaza", "city": "Little Rock", "region": "AR", "postalCode": "72205"},
            ],
            "loyaltyTier": "gold",
            "createdAt": "2025-01-10T15:00:00Z",
        },
        "ann-bell-10000": {
            "name": "Ann Bell",
            "email": "ann.b@mail.example",
            "phone": None,
            "addresses": [{"label": "shipping", "line1": "9 Elm St", "line2": None}],
            "loyaltyTier": "none",
            "createdAt": "2025-01-10T15:00:00.500Z",
        },
        "Bo-Carver-10002": {"name": "Bo Carver", "email": "bo@mail.example", "addresses": []},
        "cy-dunn-10003": {
            "name": "cy dunn",
            "email": "cy@mail.example",
            "addresses": "[{not json, 5 Elm St",
            "loyaltyTier": "platinum",
            "createdAt": "long ago",
        },
    },
    "employee": {
        "kim-lo": {
            "name": "Kim Lo",
            "email": "klo@corecraft.example",
            "department": "finance",
            "title": "Billing & Finance Manager",
            "permissions": json.dumps(["issue_refund", "edit_order"]),
        },
        "kim-li": {
            "name": "Kim Lo",
            "email": "kli@corecraft.example",
            "department": "help_desk",
            "title": "Support Lead",
            "permissions": ["escalate", "kb_edit"],
            "supportRole": "frontline",
        },
        "abe-old": {"name": "Abe Old", "department": "support", "title": "Senior Technician"},
        "eve-core": {
            "name": "Eve Core",
            "department": "operations",
            "title": "Founder & CEO",
            "permissions": ["issue_refund", "edit_order", "cancel_order", "escalate", "kb_edit", "policy_override"],
        },
        "gus-new": {"name": "Gus New", "department": "help_desk", "title": None, "permissions": []},
    },
    "product": {
        "cpu-b": {
            "category": "cpu",
            "sku": "AST-B",
            "name": "Blade 4600",
            "brand": "AstraLogic",
            "price": 159.99,
            "inventory": json.dumps({"inStock": 3, "backorderable": True}),
            "specs": json.dumps({"cpu": {"socket": "AM4", "cores": 6}}),
            "warrantyMonths": 24,
        },
        "cpu-a": {
            "category": "cpu",
            "sku": "AST-A",
            "name": "Blade 4600",
            "brand": "AstraLogic",
            "price": 160,
            "inventory": {"inStock": 0, "backorderable": False},
            "specs": {"cpu": {"socket": "AM4", "cores": 8}},
        },
        "board-x": {
            "category": "motherboard",
            "sku": "SKY-X",
            "name": "X670E Pro",
            "brand": "SkyForge",
            "price": 349.99,
            "inventory": {"inStock": 23, "backorderable": True},
            "specs": "{not json",
        },
        "cable-n": {"category": "cable", "sku": "CAB-N", "name": "A Cable", "brand": "skyforge"},
        "mouse-f": {
            "category": "mouse",
            "sku": "CLK-1",
            "name": "Clicker",
            "brand": "ClickForge",
            "price": 0,
            "inventory": {"inStock": 4},
        },
    },
    "order": {
        "ord-250101-001": {
            "customerId": "ann-bell-10001",
            "lineItems": [{"productId": "cpu-a", "qty": 1}, {"productId": "board-x", "qty": 2}],
            "status": "fulfilled",
            "shipping": {"carrier": "UPS Ground", "service": "standard", "address": {"city": "Louisville"}},
            "buildId": "build-1",
            "createdAt": "2025-11-09T05:00:00Z",
            "updatedAt": "2025-11-10T05:00:00Z",
        },
        "ord-250101-003": {
            "customerId": "ann-bell-10001",
            "lineItems": json.dumps([{"productId": "board-x", "qty": 1}]),
            "status": "paid",
            "shipping": json.dumps({"carrier": "FedEx Express", "service": "express"}),
            "createdAt": "2025-11-20T12:00:00.250Z",
            "updatedAt": "2025-11-20T12:00:00.250Z",
        },
        "ord-250101-002": {
            "customerId": "dee-eads-10004",
            "lineItems": [{"productId": "cpu-b", "qty": 1}],
            "status": "fulfilled",
            "createdAt": "2025-11-20T07:00:00.250-05:00",
        },
        "ord-250101-004": {
            "customerId": "nobody-00000",
            "lineItems": "[oops",
            "status": "refund_requested",
            "createdAt": "2025-11-20T12:00:00Z",
        },
        "ord-250101-005": {"customerId": "dee-eads-10004", "status": "cancelled"},
        "ord-250101-006": {"customerId": "dee-eads-10004", "lineItems": None, "status": "pending", "createdAt": None},
    },
    "payment": {
        "pay-1": {
            "orderId": "ord-250101-001",
            "amount": 859.97,
            "method": "card",
            "status": "failed",
            "failureReason": "insufficient_funds",
            "createdAt": "2025-11-09T05:01:00Z",
            "processedAt": "2025-11-09T05:02:00Z",
        },
        "pay-3": {
            "orderId": "ord-250101-001",
            "amount": 859.97,
            "method": "paypal",
            "status": "captured",
            "transactionId": None,
            "createdAt": "2025-11-09T05:10:00Z",
            "processedAt": "2025-11-09T05:12:00.750Z",
        },
        "pay-2": {
            "orderId": "ord-250101-001",
            "amount": 859.97,
            "method": "card",
            "status": "captured",
            "createdAt": "2025-11-09T05:10:00.000Z",
            "processedAt": "2025-11-10T05:00:00Z",
        },
        "pay-4": {"orderId": "ord-250101-003", "amount": 10, "status": "pending", "processedAt": None},
        "pay-5": {
            "orderId": "ord-250101-002",
            "amount": 1.5,
            "status": "authorized",
            "createdAt": "2025-11-20T12:01:00Z",
        },
    },
    "shipment": {
        "ship-1": {
            "orderId": "ord-250101-001",
            "trackingNumber": "1Z999",
            "carrier": "ups_ground",
            "status": "delivered",
            "events": json.dumps(
                [{"at": "2025-11-13T18:41:00Z", "location": "Little Rock, AR", "status": "delivered", "details": "x"}]
            ),
            "createdAt": "2025-11-10T15:00:00Z",
        },
        "ship-3": {
            "orderId": "ord-250101-001",
            "trackingNumber": "1Z998",
            "carrier": "UPS Ground",
            "status": "in_transit",
            "createdAt": "2025-11-12T15:00:00Z",
        },
        "ship-2": {
            "orderId": "ord-250101-001",
            "trackingNumber": "94001",
            "carrier": "usps_ground",
            "status": "in_transit",
            "events": [],
            "createdAt": "2025-11-12T15:00:00Z",
        },
        "ship-4": {
            "orderId": "ord-250101-002",
            "trackingNumber": "7712",
            "carrier": "zeppelin",
            "status": "adrift",
            "events": "oops",
        },
    },
    "refund": {
        "ref-1": {
            "paymentId": "pay-2",
            "ticketId": "tick-1",
            "amount": 100.0,
            "reason": "defective",
            "status": "processed",
            "lines": [{"sku": "AST-A", "qty": 1, "amount": 100}],
            "createdAt": "2025-11-15T12:00:00Z",
            "processedAt": "2025-11-16T12:00:00Z",
        },
        "refund_0000000000ab": {
            "type": "refund",
            "paymentId": "pay-2",
            "amount": 5,
            "currency": "USD",
            "reason": "shipping_issue",
            "status": "pending",
            "lines": [],
            "createdAt": "2025-11-17T12:00:00Z",
            "processedAt": None,
        },
        "ref-0": {
            "paymentId": "pay-3",
            "ticketId": "tick-2",
            "amount": 7,
            "reason": "other",
            "status": "denied",
            "lines": [],
            "createdAt": "2025-11-15T12:00:00Z",
        },
    },
    "support_ticket": {
        "tick-1": {
            "customerId": "ann-bell-10001",
            "orderId": "ord-250101-001",
            "ticketType": "return",
            "channel": "web",
            "priority": "normal",
            "status": "resolved",
            "subject": "Board does not FIT",
            "body": "The case is too small.",
            "assignedEmployeeId": "kim-li",
            "resolutionId": "res-1",
            "closureReason": "resolved_success",
            "createdAt": "2025-11-14T12:00:00Z",
            "updatedAt": "2025-11-16T12:00:00Z",
        },
        "tick-2": {
            "customerId": "ann-bell-10001",
            "orderId": "ord-250101-001",
            "ticketType": "other",
            "priority": "low",
            "status": "open",
            "subject": "Where is it?",
            "body": "Nothing fits.",
            "assignedEmployeeId": None,
            "createdAt": "2025-11-18T12:00:00Z",
            "updatedAt": "2025-11-18T12:00:00Z",
        },
        "tick-3": {
            "customerId": "ann-bell-10001",
            "priority": "high",
            "status": "closed",
            "subject": "Old",
            "description": "a fit of rage",
            "createdAt": "2025-11-01T04:00:00Z",
        },
        "tick-5": {
            "customerId": "dee-eads-10004",
            "orderId": "ord-250101-002",
            "ticketType": "billing",
            "priority": "high",
            "status": "new",
            "subject": "Charged twice",
            "body": "Please check",
            "createdAt": "2025-11-18T12:00:00Z",
            "updatedAt": "2025-11-19T12:00:00Z",
        },
        "tick-4": {
            "customerId": "dee-eads-10004",
            "ticketType": "billing",
            "priority": "high",
            "status": "pending_customer",
            "subject": "Again",
            "createdAt": "2025-11-18T07:00:00-05:00",
            "updatedAt": "2025-11-18T12:00:00Z",
        },
        "tick-6": {"customerId": "ann-bell-10001", "status": "open", "subject": "No priority", "orderId": None},
        "tick-7": {
            "customerId": "ann-bell-10001",
            "priority": "urgent!",
            "status": "open",
            "subject": "Odd priority",
            "createdAt": "2025-11-30T12:00:00Z",
        },
    },
    "resolution": {
        "res-2": {
            "ticketId": "tick-1",
            "outcome": "refund_issued",
            "details": "Refunded the BOARD",
            "linkedRefundId": "ref-1",
            "resolvedById": "kim-lo",
            "createdAt": "2025-11-16T12:00:00Z",
        },
        "res-1": {
            "ticketId": "tick-1",
            "outcome": "order_updated",
            "details": "x",
            "createdAt": "2025-11-16T12:00:00Z",
        },
        "res-3": {
            "ticketId": "tick-3",
            "outcome": "no_action",
            "linkedRefundId": None,
            "createdAt": "2025-11-02T12:00:00Z",
        },
        "res-4": {"ticketId": "tick-5", "outcome": "no_action"},
    },
    "escalation": {
        "esc-2": {
            "ticketId": "tick-2",
            "escalationType": "technical",
            "destination": "engineering",
            "notes": "Needs a LONGER look",
            "createdAt": "2025-11-18T13:00:00Z",
            "resolvedAt": "2025-11-19T05:00:00Z",
        },
        "esc-1": {
            "ticketId": "tick-2",
            "escalationType": "insufficient_permission",
            "destination": "finance",
            "notes": "longer story",
            "createdAt": "2025-11-18T13:00:00Z",
            "resolvedAt": None,
        },
        "esc-3": {
            "type": "escalation",
            "ticketId": "tick-1",
            "escalationType": "policy_exception",
            "destination": "the boss",
            "createdAt": "2025-11-15T13:00:00Z",
        },
        "esc-4": {
            "ticketId": "tick-5",
            "escalationType": "technical",
            "destination": "hr",
            "createdAt": "2025-11-20T00:00:00Z",
        },
    },
    "build": {
        "build-2": {
            "ownerType": "customer",
            "customerId": "ann-bell-10001",
            "name": "Budget Gamer",
            "componentIds": json.dumps(["cpu-a", "board-x"]),
            "createdAt": "2025-10-02T12:00:00Z",
            "updatedAt": "2025-10-02T12:00:00Z",
        },
        "build-1": {
            "ownerType": "customer",
            "customerId": "ann-bell-10001",
            "name": "Budget Gamer",
            "componentIds": [],
            "createdAt": "2025-10-01T12:00:00Z",
        },
        "nebula-base": {"ownerType": "internal", "name": "Nebula base", "componentIds": "cpu-a,board-x"},
        "build_0000000000ab": {
            "customerId": "dee-eads-10004",
            "productIds": ["cpu-b"],
            "createdAt": "2025-10-03T04:00:00Z",
        },
    },
    "knowledge_base_article": {
        "returns-2": {
            "title": "Returns",
            "body": "Thirty days from DELIVERY.",
            "category": "policy",
            "tags": ["returns", "policy", "current"],
            "productsMentioned": [],
            "version": "2.0",
            "isDeprecated": False,
            "createdAt": "2025-03-01T05:00:00Z",
            "updatedAt": "2025-06-01T05:00:00Z",
        },
        "returns-1": {
            "title": "Returns",
            "body": "Thirty days from purchase.",
            "category": "policy",
            "tags": json.dumps(["returns", "policy"]),
            "productsMentioned": json.dumps(["cpu-a"]),
            "version": "1.0",
            "isDeprecated": True,
            "supersededById": "returns-2",
            "createdAt": "2023-03-01T05:00:00Z",
            "updatedAt": "2023-03-01T05:00:00Z",
        },
        "building": {
            "title": "Building a PC",
            "body": "Mount the cooler. Policy: gloves.",
            "tags": ["guide"],
            "version": "1.1",
            "isDeprecated": False,
        },
        "zz-text": {"title": "Zen and returns", "body": None, "tags": "returns", "createdAt": "2025-03-02T05:00:00Z"},
    },
    "slack_channel": {
        "support-general": {"name": "support-general", "purpose": "daily", "members": {"connect": [{"id": "kim-li"}]}},
        "escalations": {"name": "escalations", "purpose": "managers", "members": {"connect": []}},
    },
    "slack_message": {
        "msg-2": {
            "channelId": "support-general",
            "authorId": "kim-li",
            "text": "Re: tick-1, please LOOK",
            "timestamp": "2025-11-14T15:00:00Z",
            "reactions": [{"emoji": "eyes", "employeeIds": ["kim-lo"]}],
        },
        "msg-1": {
            "channelId": "escalations",
            "authorId": "kim-lo",
            "text": "look at tick-1",
            "timestamp": "2025-11-14T10:00:00-05:00",
            "reactions": [],
        },
        "msg-3": {
            "channelId": "support-general",
            "authorId": None,
            "text": "Done.",
            "timestamp": "2025-11-15T05:00:00Z",
        },
        "msg-4": {"channelId": "support-general", "authorId": "gone-girl", "text": "undated"},
    },
    "warranty_claim": {},
    "sla": {
        "sla-transit-express": {
            "name": "Express transit",
            "metric": "shipment_transit",
            "service": "express",
            "startEvent": "shipment.createdAt",
            "endEvent": "delivered",
            "targetValue": 2,
            "targetUnit": "business_days",
            "breachRemedy": {"type": "shipping_refund", "percent": 100},
            "isActive": True,
            "effectiveFrom": "2025-07-01T05:00:00Z",
            "effectiveTo": None,
            "supersedesId": "sla-transit-express-2024",
        },
        "sla-transit-express-2024": {
            "metric": "shipment_transit",
            "service": "express",
            "targetValue": 3,
            "isActive": False,
            "effectiveFrom": "2024-01-01T05:00:00Z",
            "effectiveTo": "2025-07-01T05:00:00Z",
        },
        "sla-handling-platinum": {
            "metric": "order_handling",
            "loyaltyTier": "platinum",
            "isActive": True,
            "effectiveFrom": "2025-01-01T05:00:00Z",
            "effectiveTo": None,
        },
        "sla-handling-all": {"metric": "order_handling", "loyaltyTier": None, "isActive": True},
        "sla-ticket-high": {
            "metric": "ticket_first_response",
            "priority": "high",
            "loyaltyTier": "none",
            "effectiveTo": "whenever",
        },
    },
}


def world_of(raw: dict[str, Any]) -> World:
    """A world of rows as the reference stores them."""
    return World(Genesis(tables_of(raw), clock_of(raw), TABLES))


@cache
def world() -> World:
    return world_of(RAW)


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(TOOLS[name].output_schema())


def ask(name: str, /, of: World | None = None, profile: Profile = BENCHMARK, **arguments: Any) -> Any:
    """The reply, as an agent would read it."""
    handled = TOOLSETS[profile].handle(of or world(), name, Request.of(arguments))
    reply = decode(encode(handled.outcome.reply))
    if handled.ok:
        _validator(name).validate(reply)
    else:
        assert list(reply) == ["error"]
    return reply


def ids(name: str, /, of: World | None = None, profile: Profile = BENCHMARK, **arguments: Any) -> list[str]:
    """The ids of the rows found, in order."""
    reply = ask(name, of, profile, **arguments)
    assert isinstance(reply, list), reply
    return [row["id"] for row in reply]


def error(name: str, /, of: World | None = None, profile: Profile = BENCHMARK, **arguments: Any) -> str:
    """The words of a refusal."""
    reply = ask(name, of, profile, **arguments)
    assert isinstance(reply, dict), reply
    assert "error" in reply, reply
    return reply["error"]
