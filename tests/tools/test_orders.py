"""searchOrders and getOrderDetails."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids

O1, O2, O3, O4, O5, O6 = (f"ord-250101-00{n}" for n in range(1, 7))
UNDATED = [O5, O6]


def test_all_newest_first_by_instant_then_id_and_undated_last():
    assert ids("searchOrders") == [O2, O3, O4, O1, *UNDATED]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"order_id": O1}, [O1]),
        ({"order_id": "ord-250101"}, []),
        ({"customer_id": "dee-eads-10004"}, [O2, *UNDATED]),
        ({"customer_id": "Dee-Eads-10004"}, []),
        ({"product_id": "board-x"}, [O3, O1]),
        ({"product_id": "cpu"}, []),
        ({"status": "fulfilled"}, [O2, O1]),
        ({"status": "refund_requested"}, [O4]),
        ({"status": "backorder"}, []),
        ({"product_id": "board-x", "status": "fulfilled"}, [O1]),
        ({"product_id": "board-x", "customer_id": "dee-eads-10004"}, []),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchOrders", **filters) == expected


@pytest.mark.parametrize(
    ("bounds", "dated"),
    [
        ({"created_after": "2025-11-20T12:00:00.250Z"}, [O2, O3]),
        ({"created_after": "2025-11-20T12:00:00.251Z"}, []),
        ({"created_before": "2025-11-20T12:00:00Z"}, [O4, O1]),
        ({"created_before": "2025-11-20T11:59:59.999Z"}, [O1]),
        ({"created_after": "2025-11-09"}, [O2, O3, O4, O1]),
        ({"created_before": "2025-11-09"}, [O1]),
        ({"created_after": "2025-11-09T05:00:00.001Z", "created_before": "2025-11-20T12:00:00Z"}, [O4]),
        ({"created_after": "2025-11-20T07:00:00.250", "created_before": "2025-11-20T13:00:00.250+01:00"}, [O2, O3]),
        ({"created_after": "2025-11-21", "created_before": "2025-11-01"}, []),
    ],
)
def test_created_bounds_are_inclusive_and_undated_rows_pass(bounds: dict[str, str], dated: list[str]):
    assert ids("searchOrders", **bounds) == [*dated, *UNDATED]


def test_bounds_and_filters_together():
    assert ids("searchOrders", status="fulfilled", created_before="2025-11-10") == [O1]
    assert ids("searchOrders", customer_id="dee-eads-10004", created_before="2025-11-10") == UNDATED


def test_rows_are_full_with_text_read():
    (row,) = ask("searchOrders", order_id=O3)
    assert row["lineItems"] == [{"productId": "board-x", "qty": 1}]
    assert row["shipping"] == {"carrier": "FedEx Express", "service": "express"}
    (row,) = ask("searchOrders", order_id=O4)
    assert row["lineItems"] == "[oops"


def test_an_unknown_status_is_an_error():
    assert error("searchOrders", status="shipped") == (
        "Invalid status: 'shipped'. Must be one of: pending, paid, fulfilled, cancelled, backorder, refunded, "
        "partially_refunded, refund_requested"
    )


def test_details_in_full():
    assert ask("getOrderDetails", order_id=O1) == {
        "order": {
            "id": O1,
            "customer_id": "ann-bell-10001",
            "line_items": [{"productId": "cpu-a", "qty": 1}, {"productId": "board-x", "qty": 2}],
            "status": "fulfilled",
            "created_at": "2025-11-09T05:00:00Z",
            "updated_at": "2025-11-10T05:00:00Z",
        },
        "payment": {"id": "pay-2", "amount": 859.97, "method": "card", "status": "captured"},
        "shipment": {"id": "ship-2", "tracking_number": "94001", "carrier": "usps_ground", "status": "in_transit"},
        "customer": {"name": "Ann Bell", "email": "ann@mail.example", "loyalty_tier": "gold"},
        "tickets": [
            {"id": "tick-2", "subject": "Where is it?", "status": "open", "createdAt": "2025-11-18T12:00:00Z"},
            {
                "id": "tick-1",
                "subject": "Board does not FIT",
                "status": "resolved",
                "createdAt": "2025-11-14T12:00:00Z",
            },
        ],
    }


@pytest.mark.parametrize(
    ("created_before", "payment", "shipment", "tickets"),
    [
        ("2025-11-09T05:10:00Z", "pay-2", None, []),
        ("2025-11-09T05:09:59.999Z", "pay-1", None, []),
        ("2025-11-09", None, None, []),
        ("2025-11-10T10:00:00-05:00", "pay-2", "ship-1", []),
        ("2025-11-14T12:00:00Z", "pay-2", "ship-2", ["tick-1"]),
        ("2025-12-01", "pay-2", "ship-2", ["tick-2", "tick-1"]),
    ],
)
def test_created_before_limits_related_rows_only(
    created_before: str, payment: str | None, shipment: str | None, tickets: list[str]
):
    details = ask("getOrderDetails", order_id=O1, created_before=created_before)
    assert details["order"]["id"] == O1
    assert (details["payment"] or {}).get("id") == payment
    assert (details["shipment"] or {}).get("id") == shipment
    assert [ticket["id"] for ticket in details["tickets"]] == tickets


def test_undated_related_rows_pass_created_before():
    assert ask("getOrderDetails", order_id=O3, created_before="2020-01-01")["payment"]["id"] == "pay-4"


def test_missing_parts_are_null_and_missing_dates_empty():
    assert ask("getOrderDetails", order_id=O4) == {
        "order": {
            "id": O4,
            "customer_id": "nobody-00000",
            "line_items": "[oops",
            "status": "refund_requested",
            "created_at": "2025-11-20T12:00:00Z",
            "updated_at": "",
        },
        "payment": None,
        "shipment": None,
        "customer": None,
        "tickets": [],
    }
    order = ask("getOrderDetails", order_id=O6)["order"]
    assert (order["line_items"], order["created_at"]) == ([], "")


def test_details_read_text_line_items():
    assert ask("getOrderDetails", order_id=O3)["order"]["line_items"] == [{"productId": "board-x", "qty": 1}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "order_id is required"),
        ({"order_id": ""}, "order_id is required"),
        ({"order_id": None}, "order_id is required"),
        ({"order_id": "ord-0"}, "Order not found: ord-0"),
        ({"order_id": O1, "limit": 3}, "Unknown parameter: limit"),
    ],
)
def test_details_errors(arguments: dict[str, Any], words: str):
    assert error("getOrderDetails", **arguments) == words


def test_details_refuse_a_bad_date():
    assert "timezone" in error("getOrderDetails", order_id=O1, created_before="soon")
