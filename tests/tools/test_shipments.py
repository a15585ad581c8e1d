"""searchShipments."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids


def test_all_newest_first_then_id_and_undated_last():
    assert ids("searchShipments") == ["ship-2", "ship-3", "ship-1", "ship-4"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"order_id": "ord-250101-001"}, ["ship-2", "ship-3", "ship-1"]),
        ({"tracking_number": "1Z998"}, ["ship-3"]),
        ({"tracking_number": "1Z"}, []),
        ({"status": "in_transit"}, ["ship-2", "ship-3"]),
        ({"status": "lost"}, []),
        ({"carrier": "ups_ground"}, ["ship-3", "ship-1"]),
        ({"carrier": "UPS Ground"}, ["ship-3", "ship-1"]),
        ({"carrier": "USPS Ground", "status": "in_transit"}, ["ship-2"]),
        ({"carrier": "fedex_overnight"}, []),
        ({"created_after": "2025-11-12T15:00:00Z"}, ["ship-2", "ship-3", "ship-4"]),
        ({"created_before": "2025-11-10T15:00:00Z"}, ["ship-1", "ship-4"]),
        ({"created_before": "2025-11-10"}, ["ship-4"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchShipments", **filters) == expected


def test_events_stored_as_text_are_read_and_odd_rows_pass():
    (row,) = ask("searchShipments", tracking_number="1Z999")
    assert row["events"][0]["at"] == "2025-11-13T18:41:00Z"
    (row,) = ask("searchShipments", order_id="ord-250101-002")
    assert (row["carrier"], row["status"], row["events"]) == ("zeppelin", "adrift", "oops")


def test_unknown_choices_are_errors():
    assert error("searchShipments", status="gone") == (
        "Invalid status: 'gone'. Must be one of: label_created, in_transit, out_for_delivery, delivered, exception, lost"
    )
    assert error("searchShipments", carrier="ups").startswith("Invalid carrier: 'ups'. Must be one of: usps_ground, ")
