"""create_resolution, create_escalation and updateTicketStatus."""

from __future__ import annotations

import pytest

from .shop import NOW, Shop, hashed

RESOLUTION = {"ticket_id": "t-1", "outcome": "refund_issued", "linked_refund_id": "ref-1", "resolved_by_id": "alex"}
ESCALATION = {"ticket_id": "t-1", "escalation_type": "technical", "destination": "engineering"}

# --- create_resolution ---------------------------------------------------------------------------------------------


def test_a_resolution_is_recorded_and_linked():
    shop = Shop()
    resolution = shop.call("create_resolution", **RESOLUTION, details="Money back")
    assert resolution == {
        "id": hashed("res_", "t-1|refund_issued|alex|ref-1"),
        "type": "resolution",
        "ticketId": "t-1",
        "outcome": "refund_issued",
        "details": "Money back",
        "linkedRefundId": "ref-1",
        "resolvedById": "alex",
        "createdAt": NOW,
    }
    assert shop.changes == {
        ("resolution", resolution["id"]): resolution,
        ("support_ticket", "t-1"): {"resolutionId": resolution["id"], "updatedAt": NOW},
    }
    (recorded,) = shop.facts
    assert recorded.kind == "resolution.created"
    assert recorded.data == {
        "resolution_id": resolution["id"],
        "ticket_id": "t-1",
        "outcome": "refund_issued",
        "linked_refund_id": "ref-1",
        "resolved_by_id": "alex",
    }


def test_a_bare_resolution():
    resolution = Shop().call("createResolution", ticket_id="t-2", outcome="no_action")
    assert resolution["id"] == hashed("res_", "t-2|no_action||")
    assert (resolution["linkedRefundId"], resolution["resolvedById"]) == (None, None)
    assert "details" not in resolution


def test_an_equal_resolution_is_not_recorded_twice():
    shop = Shop()
    first = shop.call("create_resolution", **RESOLUTION)
    assert shop.call("create_resolution", **RESOLUTION, details="later") == {**first, "already_exists": True}
    assert not shop.facts
    assert not shop.changes


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ticket_id": "t-9"}, "Ticket t-9 not found"),
        ({"linked_refund_id": "ref-9"}, "Refund ref-9 not found"),
        ({"resolved_by_id": "zoe"}, "Employee zoe not found"),
        (
            {"outcome": "fixed"},
            "Invalid outcome: 'fixed'. Must be one of: refund_issued, replacement_sent, recommendation_provided, "
            "troubleshooting_steps, order_updated, no_action",
        ),
        ({"outcome": ""}, "outcome is required"),
    ],
)
def test_refused_resolutions(changed, message):
    assert Shop().refused("create_resolution", **{**RESOLUTION, **changed}) == message


# --- create_escalation ---------------------------------------------------------------------------------------------


def test_an_escalation_is_recorded_and_nothing_else():
    shop = Shop()
    escalation = shop.call("create_escalation", **ESCALATION, notes="Smells burnt")
    assert escalation == {
        "id": hashed("esc_", "t-1|technical|engineering"),
        "type": "escalation",
        "ticketId": "t-1",
        "escalationType": "technical",
        "destination": "engineering",
        "notes": "Smells burnt",
        "createdAt": NOW,
        "resolvedAt": None,
    }
    assert shop.changes == {("escalation", escalation["id"]): escalation}
    (recorded,) = shop.facts
    assert recorded.kind == "escalation.created"
    assert recorded.data == {
        "escalation_id": escalation["id"],
        "ticket_id": "t-1",
        "escalation_type": "technical",
        "destination": "engineering",
    }


def test_an_equal_escalation_is_not_recorded_twice():
    shop = Shop()
    first = shop.call("createEscalation", **ESCALATION)
    assert shop.call("create_escalation", **ESCALATION, notes="x") == {**first, "already_exists": True}
    assert not shop.facts


@pytest.mark.parametrize(
    "escalation_type", ["technical", "policy_exception", "product_specialist", "insufficient_permission"]
)
def test_all_four_types(escalation_type):
    escalation = Shop().call("create_escalation", **{**ESCALATION, "escalation_type": escalation_type})
    assert escalation["escalationType"] == escalation_type


def test_only_compat_takes_any_destination():
    free = {**ESCALATION, "destination": "Senior Build Team"}
    assert Shop().refused("create_escalation", **free) == (
        "Invalid destination: 'Senior Build Team'. Must be one of: operations, order_processing, engineering, "
        "help_desk, it_systems, product_management, finance, hr, support"
    )
    assert Shop("compat").call("create_escalation", **free)["destination"] == "Senior Build Team"


def test_refused_escalations():
    shop = Shop()
    assert shop.refused("create_escalation", **{**ESCALATION, "ticket_id": "t-9"}) == "Ticket t-9 not found"
    message = shop.refused("create_escalation", **{**ESCALATION, "escalation_type": "urgent"})
    assert message.startswith("Invalid escalation_type: 'urgent'. Must be one of: technical, ")
    assert shop.refused("create_escalation", ticket_id="t-1") == "escalation_type is required"
    assert Shop(support_ticket={}).refused("create_escalation", **ESCALATION) == "Ticket table not found in data"


# --- updateTicketStatus --------------------------------------------------------------------------------------------


def test_a_ticket_is_updated():
    shop = Shop()
    before = shop.row("support_ticket", "t-1")
    ticket = shop.call(
        "updateTicketStatus", ticket_id="t-1", status="resolved", assigned_employee_id="alex", priority="high"
    )
    fields = {"status": "resolved", "priority": "high", "assignedEmployeeId": "alex"}
    assert ticket == {**before, **fields, "updatedAt": NOW}
    assert shop.changes == {("support_ticket", "t-1"): {**fields, "updatedAt": NOW}}
    (updated,) = shop.facts
    assert updated.kind == "ticket.updated"
    assert updated.data == {
        "ticket_id": "t-1",
        "old": {"status": "open", "priority": "normal", "assignedEmployeeId": "mei"},
        "new": fields,
    }


def test_what_is_omitted_stays():
    shop = Shop()
    ticket = shop.call("updateTicketStatus", ticket_id="t-1", priority="low")
    assert (ticket["status"], ticket["assignedEmployeeId"]) == ("open", "mei")
    assert shop.facts[0].data == {"ticket_id": "t-1", "old": {"priority": "normal"}, "new": {"priority": "low"}}


def test_null_unassigns_and_is_ignored_elsewhere():
    shop = Shop()
    nothing = {"status": None, "priority": None, "closure_reason": None, "assigned_employee_id": None}
    ticket = shop.call("updateTicketStatus", ticket_id="t-1", **nothing)
    assert shop.changes == {("support_ticket", "t-1"): {"assignedEmployeeId": None, "updatedAt": NOW}}
    assert (ticket["status"], ticket["priority"], ticket["assignedEmployeeId"]) == ("open", "normal", None)


def test_a_closure_reason_is_kept():
    ticket = Shop().call("updateTicketStatus", ticket_id="t-2", status="closed", closure_reason="duplicate")
    assert (ticket["status"], ticket["closureReason"]) == ("closed", "duplicate")


def test_an_empty_update_sets_only_the_clock():
    shop = Shop()
    shop.call("updateTicketStatus", ticket_id="t-1")
    assert shop.changes == {("support_ticket", "t-1"): {"updatedAt": NOW}}


def test_resolved_now_is_found_by_resolved_after():
    shop = Shop()
    shop.call("updateTicketStatus", ticket_id="t-1", status="resolved")
    assert [row["id"] for row in shop.call("searchTickets", resolved_after=NOW, status="resolved")] == ["t-1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ticket_id": "t-9", "assigned_employee_id": "zoe"}, "Ticket t-9 not found"),
        ({"ticket_id": "t-1", "assigned_employee_id": "zoe"}, "Employee zoe not found"),
        (
            {"ticket_id": "t-1", "status": "done"},
            "Invalid status: 'done'. Must be one of: new, open, pending_customer, resolved, closed",
        ),
        ({"ticket_id": "t-1", "priority": "urgent"}, "Invalid priority: 'urgent'. Must be one of: low, normal, high"),
        (
            {"ticket_id": "t-1", "closure_reason": "solved"},
            "Invalid closure_reason: 'solved'. Must be one of: "
            "resolved_success, customer_abandoned, duplicate, invalid_request, other",
        ),
        ({"status": "open"}, "ticket_id is required"),
    ],
)
def test_refused_updates(arguments, message):
    assert Shop().refused("updateTicketStatus", **arguments) == message


def test_a_world_without_employees_takes_any_assignee():
    ticket = Shop(employee={}).call("updateTicketStatus", ticket_id="t-1", assigned_employee_id="agent-1")
    assert ticket["assignedEmployeeId"] == "agent-1"


def test_a_missing_table_is_named():
    message = Shop(support_ticket={}).refused("updateTicketStatus", ticket_id="t-1")
    assert message == "Ticket table not found in data"
