"""searchPayments."""

from __future__ import annotations

from typing import Any

import pytest

from .world import TOOLS, ask, error, ids


def test_all_newest_first_then_id_and_undated_last():
    assert ids("searchPayments") == ["pay-5", "pay-2", "pay-3", "pay-1", "pay-4"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"order_id": "ord-250101-001"}, ["pay-2", "pay-3", "pay-1"]),
        ({"order_id": "ord-250101"}, []),
        ({"status": "captured"}, ["pay-2", "pay-3"]),
        ({"status": "partially_refunded"}, []),
        ({"status": "authorized"}, ["pay-5"]),
        ({"status": "disputed"}, []),
        ({"order_id": "ord-250101-001", "status": "failed"}, ["pay-1"]),
        ({"created_after": "2025-11-09T05:10:00Z"}, ["pay-5", "pay-2", "pay-3", "pay-4"]),
        ({"created_before": "2025-11-09T05:10:00Z"}, ["pay-2", "pay-3", "pay-1", "pay-4"]),
        ({"created_before": "2025-11-09T05:09:59Z"}, ["pay-1", "pay-4"]),
        ({"processed_after": "2025-11-09T05:12:00.750Z"}, ["pay-2", "pay-3"]),
        ({"processed_after": "2025-11-09T05:12:00.751Z"}, ["pay-2"]),
        ({"processed_before": "2025-11-10"}, ["pay-2", "pay-3", "pay-1"]),
        ({"processed_before": "2025-11-09T05:02:00Z"}, ["pay-1"]),
        ({"processed_after": "2020-01-01", "created_before": "2025-11-09T05:05:00Z"}, ["pay-1"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchPayments", **filters) == expected


def test_rows_are_full():
    (row,) = ask("searchPayments", status="failed")
    assert list(row) == [
        "id", "orderId", "amount", "method", "status", "failureReason", "createdAt", "processedAt",
    ]  # fmt: skip


def test_five_statuses_are_published_and_nine_accepted():
    published = ["pending", "captured", "failed", "refunded", "partially_refunded"]
    assert TOOLS["searchPayments"].parameters["status"].schema["enum"] == published
    for status in (*published, "authorized", "disputed", "voided", "completed"):
        assert isinstance(ask("searchPayments", status=status), list)
    assert error("searchPayments", status="paid") == (
        "Invalid status: 'paid'. Must be one of: pending, captured, failed, refunded, partially_refunded"
    )
