"""searchSlas."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids

ALL, PLATINUM = "sla-handling-all", "sla-handling-platinum"
EXPRESS, OLD, HIGH = "sla-transit-express", "sla-transit-express-2024", "sla-ticket-high"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [ALL, PLATINUM, EXPRESS, OLD, HIGH]),
        ({"sla_id": EXPRESS}, [EXPRESS]),
        ({"metric": "order_handling"}, [ALL, PLATINUM]),
        ({"metric": "warranty_review"}, []),
        ({"service": "express"}, [EXPRESS, OLD]),
        ({"service": "standard"}, []),
        ({"priority": "high"}, [HIGH]),
        ({"loyalty_tier": "platinum"}, [ALL, PLATINUM, EXPRESS, OLD]),
        ({"loyalty_tier": "none"}, [ALL, EXPRESS, OLD, HIGH]),
        ({"loyalty_tier": "gold", "metric": "order_handling"}, [ALL]),
        ({"effective_on": "2025-07-01T05:00:00Z"}, [ALL, PLATINUM, EXPRESS, HIGH]),
        ({"effective_on": "2025-07-01"}, [ALL, PLATINUM, EXPRESS, HIGH]),
        ({"effective_on": "2025-06-30T23:59:59.999"}, [ALL, PLATINUM, OLD, HIGH]),
        ({"effective_on": "2023-01-01"}, [ALL, HIGH]),  # what has no bound has always been in force
        ({"active_only": True}, [ALL, PLATINUM, EXPRESS]),
        ({"active_only": False}, [ALL, PLATINUM, EXPRESS, OLD, HIGH]),
        ({"service": "express", "effective_on": "2025-01-02", "active_only": True}, []),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchSlas", **filters) == expected


def test_rows_are_full():
    (row,) = ask("searchSlas", sla_id=EXPRESS)
    assert row["breachRemedy"] == {"type": "shipping_refund", "percent": 100}
    assert row["effectiveTo"] is None


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({"service": "drone"}, "'drone'. Must be one of: standard, express, overnight"),
        ({"priority": "top"}, "'top'. Must be one of: low, normal, high"),
        ({"loyalty_tier": "tin"}, "'tin'. Must be one of: none, silver, gold, platinum"),
        (
            {"metric": "joy"},
            "'joy'. Must be one of: order_handling, shipment_transit, ticket_first_response, ticket_resolution, "
            "refund_processing, escalation_resolution, warranty_review",
        ),
    ],
)
def test_unknown_choices_are_errors(argument: dict[str, str], words: str):
    (name,) = argument
    assert error("searchSlas", **argument) == f"Invalid {name}: {words}"


def test_a_bad_date_is_an_error():
    assert error("searchSlas", effective_on="now").startswith("Invalid effective_on: 'now'. Expected an ISO-8601 ")
