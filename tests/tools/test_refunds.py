"""searchRefunds."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids

MADE = "refund_0000000000ab"


def test_all_newest_first_then_id():
    assert ids("searchRefunds") == [MADE, "ref-0", "ref-1"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"refund_id": "ref-1"}, ["ref-1"]),
        ({"payment_id": "pay-2"}, [MADE, "ref-1"]),
        ({"ticket_id": "tick-2"}, ["ref-0"]),
        ({"reason": "shipping_issue"}, [MADE]),
        ({"reason": "incompatible"}, []),
        ({"status": "denied"}, ["ref-0"]),
        ({"status": "failed"}, []),
        ({"payment_id": "pay-2", "status": "processed"}, ["ref-1"]),
        ({"created_after": "2025-11-15T12:00:00Z"}, [MADE, "ref-0", "ref-1"]),
        ({"created_after": "2025-11-16"}, [MADE]),
        ({"created_before": "2025-11-15T12:00:00Z"}, ["ref-0", "ref-1"]),
        ({"processed_after": "2025-11-16T12:00:00Z"}, ["ref-1"]),
        ({"processed_before": "2025-11-16T12:00:00Z"}, ["ref-1"]),
        ({"processed_before": "2025-11-16"}, []),
        ({"processed_after": "2025-11-17"}, []),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchRefunds", **filters) == expected


def test_rows_are_full():
    (row,) = ask("searchRefunds", refund_id="ref-1")
    assert row["lines"] == [{"sku": "AST-A", "qty": 1, "amount": 100}]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (
            {"status": "rejected"},
            "Invalid status: 'rejected'. Must be one of: pending, approved, denied, processed, failed",
        ),
        (
            {"reason": "whim"},
            "Invalid reason: 'whim'. Must be one of: customer_remorse, defective, incompatible, shipping_issue, other",
        ),
    ],
)
def test_unknown_choices_are_errors(argument: dict[str, str], words: str):
    assert error("searchRefunds", **argument) == words
