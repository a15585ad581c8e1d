"""searchTickets, getCustomerTicketHistory, searchEscalations, searchResolutions."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.tools.profile import COMPAT

from .world import RAW, ask, error, ids, world_of

ANN, DEE = "ann-bell-10001", "dee-eads-10004"


# --- searchTickets -----------------------------------------------------------------------------------------------


def test_all_by_priority_then_newest_first_then_id():
    high, normal, low, odd = ["tick-4", "tick-5", "tick-3"], ["tick-1", "tick-6"], ["tick-2"], ["tick-7"]
    assert ids("searchTickets") == [*high, *normal, *low, *odd]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"ticket_id": "tick-1"}, ["tick-1"]),
        ({"ticket_id": "tick"}, []),
        ({"customer_id": DEE}, ["tick-4", "tick-5"]),
        ({"order_id": "ord-250101-001"}, ["tick-1", "tick-2"]),
        ({"assigned_employee_id": "kim-li"}, ["tick-1"]),
        ({"status": "open"}, ["tick-6", "tick-2", "tick-7"]),
        ({"priority": "high"}, ["tick-4", "tick-5", "tick-3"]),
        ({"priority": "normal"}, ["tick-1"]),  # an absent priority sorts as normal and is not found as such
        ({"ticket_type": "billing"}, ["tick-4", "tick-5"]),
        ({"ticket_type": "shipping"}, []),
        ({"text": "FIT"}, ["tick-1", "tick-2"]),  # subject or body, not description
        ({"text": "fit the"}, []),  # a phrase across two fields
        ({"customer_id": DEE, "status": "new", "priority": "high"}, ["tick-5"]),
        ({"text": "charged", "ticket_type": "billing"}, ["tick-5"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchTickets", **filters) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"created_after": "2025-11-18T12:00:00Z"}, ["tick-4", "tick-5", "tick-6", "tick-2", "tick-7"]),
        ({"created_before": "2025-11-18T12:00:00Z"}, ["tick-4", "tick-5", "tick-3", "tick-1", "tick-6", "tick-2"]),
        ({"created_before": "2025-11-01"}, ["tick-3", "tick-6"]),
        ({"created_after": "2025-11-01"}, ["tick-4", "tick-5", "tick-1", "tick-6", "tick-2", "tick-7"]),
        ({"created_after": "2025-11-02", "created_before": "2025-11-15", "priority": "normal"}, ["tick-1"]),
        ({"resolved_after": "2025-11-18T12:00:00Z"}, ["tick-4", "tick-5", "tick-3", "tick-6", "tick-2", "tick-7"]),
        ({"resolved_after": "2025-11-18T12:00:00.001Z", "priority": "high"}, ["tick-5", "tick-3"]),
        ({"resolved_before": "2025-11-16T12:00:00Z"}, ["tick-3", "tick-1", "tick-6", "tick-7"]),
        ({"resolved_after": "2025-11-16", "status": "resolved"}, ["tick-1"]),
    ],
)
def test_bounds_are_inclusive_resolved_means_updated_and_undated_rows_pass(bounds: dict[str, str], expected: list[str]):
    assert ids("searchTickets", **bounds) == expected


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({"status": "done"}, "'done'. Must be one of: new, open, pending_customer, resolved, closed"),
        ({"priority": "urgent!"}, "'urgent!'. Must be one of: low, normal, high"),
        (
            {"ticket_type": "rant"},
            "'rant'. Must be one of: return, troubleshooting, recommendation, order_issue, shipping, billing, other",
        ),
    ],
)
def test_unknown_choices_are_errors(argument: dict[str, str], words: str):
    (name,) = argument
    assert error("searchTickets", **argument) == f"Invalid {name}: {words}"


# --- getCustomerTicketHistory ------------------------------------------------------------------------------------


def test_history_in_full():
    assert ask("getCustomerTicketHistory", customer_id=DEE) == {
        "tickets": [
            {
                "id": "tick-4",
                "customerId": DEE,
                "category": "billing",
                "status": "pending_customer",
                "priority": "high",
                "subject": "Again",
                "createdAt": "2025-11-18T07:00:00-05:00",
                "updatedAt": "2025-11-18T12:00:00Z",
            },
            {
                "id": "tick-5",
                "customerId": DEE,
                "category": "billing",
                "status": "new",
                "priority": "high",
                "subject": "Charged twice",
                "createdAt": "2025-11-18T12:00:00Z",
                "updatedAt": "2025-11-19T12:00:00Z",
            },
        ],
        "escalations": [
            {"id": "esc-4", "ticketId": "tick-5", "escalation_type": "technical", "destination": "hr"},
        ],
        "resolutions": [{"id": "res-4", "ticketId": "tick-5", "outcome": "no_action", "details": None}],
    }


def history(**arguments: Any) -> tuple[list[str], list[str], list[str]]:
    reply = ask("getCustomerTicketHistory", customer_id=ANN, **arguments)
    tickets, escalations, resolutions = ([row["id"] for row in rows] for rows in reply.values())
    return tickets, escalations, resolutions


def test_history_is_newest_first_whatever_the_priority_and_what_hangs_on_it_oldest_first():
    assert history() == (
        ["tick-7", "tick-2", "tick-1", "tick-3", "tick-6"],
        ["esc-3", "esc-1", "esc-2"],
        ["res-3", "res-1", "res-2"],
    )


@pytest.mark.parametrize("given", [True, None])
def test_resolved_tickets_are_included_unless_refused(given: bool | None):
    assert history(include_resolved=given) == history()
    assert history(include_resolved=False) == (["tick-7", "tick-2", "tick-6"], ["esc-1", "esc-2"], [])


@pytest.mark.parametrize(
    ("bounds", "tickets"),
    [
        ({"tkt_created_after": "2025-11-18T12:00:00Z"}, ["tick-7", "tick-2", "tick-6"]),
        ({"tkt_created_before": "2025-11-18T11:59:59.999Z"}, ["tick-1", "tick-3", "tick-6"]),
        ({"tkt_created_before": "2025-11-18T12:00:00Z"}, ["tick-2", "tick-1", "tick-3", "tick-6"]),
        ({"tkt_created_after": "2025-11-01", "tkt_created_before": "2025-11-15"}, ["tick-1", "tick-6"]),
        ({"tkt_updated_after": "2025-11-18T12:00:00Z"}, ["tick-7", "tick-2", "tick-3", "tick-6"]),
        ({"tkt_updated_before": "2025-11-18T11:59:59.999Z"}, ["tick-7", "tick-1", "tick-3", "tick-6"]),
    ],
)
def test_history_bounds_are_inclusive(bounds: dict[str, str], tickets: list[str]):
    assert history(**bounds)[0] == tickets


def test_history_has_no_limit_and_passes_odd_priorities_through():
    many = {f"t{n:03}": {"customerId": ANN, "status": "open", "priority": "p!"} for n in range(60)}
    reply = ask("getCustomerTicketHistory", world_of({**RAW, "support_ticket": many}), customer_id=ANN)
    assert len(reply["tickets"]) == 60
    assert reply["tickets"][0]["priority"] == "p!"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "customer_id is required"),
        ({"customer_id": ""}, "customer_id is required"),
        ({"customer_id": "who-1"}, "Customer not found: who-1"),
        ({"customer_id": ANN, "include_resolved": "false"}, "Invalid include_resolved: expected `bool`, got `str`"),
        ({"customer_id": ANN, "limit": 1}, "Unknown parameter: limit"),
    ],
)
def test_history_errors(arguments: dict[str, Any], words: str):
    assert error("getCustomerTicketHistory", **arguments) == words


# --- searchEscalations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["esc-4", "esc-1", "esc-2", "esc-3"]),
        ({"escalation_id": "esc-2"}, ["esc-2"]),
        ({"ticket_id": "tick-2"}, ["esc-1", "esc-2"]),
        ({"escalation_type": "insufficient_permission"}, ["esc-1"]),
        ({"destination": "engineering"}, ["esc-2"]),
        ({"destination": "support"}, []),
        ({"notes_text": "Longer"}, ["esc-1", "esc-2"]),
        ({"notes_text": "look longer"}, []),
        ({"ticket_id": "tick-2", "destination": "finance"}, ["esc-1"]),
        ({"created_after": "2025-11-18T13:00:00Z"}, ["esc-4", "esc-1", "esc-2"]),
        ({"created_before": "2025-11-18T13:00:00Z"}, ["esc-1", "esc-2", "esc-3"]),
        ({"resolved_after": "2025-11-19"}, ["esc-2"]),
        ({"resolved_before": "2025-11-19"}, ["esc-2"]),
        ({"resolved_before": "2025-11-18"}, []),
    ],
)
def test_escalation_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchEscalations", **filters) == expected


def test_escalation_choices():
    assert error("searchEscalations", escalation_type="loud") == (
        "Invalid escalation_type: 'loud'. Must be one of: technical, policy_exception, product_specialist, "
        "insufficient_permission"
    )
    assert error("searchEscalations", destination="the boss") == (
        "Invalid destination: 'the boss'. Must be one of: operations, order_processing, engineering, help_desk, "
        "it_systems, product_management, finance, hr, support"
    )


def test_destinations_are_free_where_escalating_to_them_is():
    assert ids("searchEscalations", profile=COMPAT, destination="the boss") == ["esc-3"]


# --- searchResolutions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["res-1", "res-2", "res-3", "res-4"]),
        ({"resolution_id": "res-2"}, ["res-2"]),
        ({"ticket_id": "tick-1"}, ["res-1", "res-2"]),
        ({"outcome": "no_action"}, ["res-3", "res-4"]),
        ({"outcome": "replacement_sent"}, []),
        ({"resolved_by_id": "kim-lo"}, ["res-2"]),
        ({"linked_refund_id": "ref-1"}, ["res-2"]),
        ({"details_text": "the board"}, ["res-2"]),
        ({"created_after": "2025-11-16T12:00:00Z"}, ["res-1", "res-2", "res-4"]),
        ({"created_before": "2025-11-16T11:59:59Z"}, ["res-3", "res-4"]),
    ],
)
def test_resolution_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchResolutions", **filters) == expected


def test_resolution_choices():
    assert error("searchResolutions", outcome="magic") == (
        "Invalid outcome: 'magic'. Must be one of: refund_issued, replacement_sent, recommendation_provided, "
        "troubleshooting_steps, order_updated, no_action"
    )
