"""searchCustomers."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids

BELLS = ["ann-bell-10000", "ann-bell-10001"]
BO, DEE, CY = "Bo-Carver-10002", "dee-eads-10004", "cy-dunn-10003"


def test_all_by_name_then_id():
    assert ids("searchCustomers") == [*BELLS, BO, DEE, CY]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"customer_id": DEE}, [DEE]),
        ({"customer_id": "dee-eads"}, []),
        ({"customer_id": "DEE-EADS-10004"}, []),
        ({"name": "ANN b"}, BELLS),
        ({"name": "bell ann"}, []),
        ({"email": "Dee@Mail.example"}, [DEE]),
        ({"email": "dee@mail.example"}, []),
        ({"email": "Dee@Mail"}, []),
        ({"phone": "(502) 555-0101"}, ["ann-bell-10001"]),
        ({"phone": "502-555-0101"}, []),
        ({"loyalty_tier": "none"}, ["ann-bell-10000"]),
        ({"loyalty_tier": "platinum"}, [CY]),
        ({"name": "bell", "loyalty_tier": "gold"}, ["ann-bell-10001"]),
        ({"name": "bell", "loyalty_tier": "silver"}, []),
        ({"name": "", "email": None}, [*BELLS, BO, DEE, CY]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchCustomers", **filters) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("elm ST", [*BELLS, CY]),
        ("12 elm", ["ann-bell-10001"]),
        ("little rock", ["ann-bell-10001"]),
        ("reno", [DEE]),
        ("plaza little", []),  # two lines of one address
        ("shipping", []),  # a label
        ("billing", []),
        ("line1", []),  # a key
    ],
)
def test_address_text_looks_at_what_is_written_on_addresses(text: str, expected: list[str]):
    assert ids("searchCustomers", address_text=text) == expected


@pytest.mark.parametrize(
    ("bounds", "dated"),
    [
        ({"created_after": "2025-01-10T15:00:00Z"}, [*BELLS, DEE]),
        ({"created_after": "2025-01-10T15:00:00.001Z"}, ["ann-bell-10000", DEE]),
        ({"created_before": "2025-01-10T15:00:00Z"}, ["ann-bell-10001"]),
        ({"created_before": "2025-01-10T10:00:00"}, ["ann-bell-10001"]),
        ({"created_before": "2025-01-10T16:00:00+01:00"}, ["ann-bell-10001"]),
        ({"created_after": "2025-01-11"}, [DEE]),
        ({"created_before": "2025-01-11"}, [*BELLS, DEE]),
        ({"created_after": "2025-01-12"}, []),
    ],
)
def test_created_bounds_are_inclusive_and_undated_rows_pass(bounds: dict[str, str], dated: list[str]):
    found = ids("searchCustomers", **bounds)
    assert [id for id in found if id not in (BO, CY)] == dated
    assert {BO, CY} <= set(found)


def test_rows_are_full_with_addresses_as_values():
    (dee,) = ask("searchCustomers", customer_id=DEE)
    assert dee == {
        "id": DEE,
        "name": "Dee Eads",
        "email": "Dee@Mail.example",
        "phone": "502-555-0104",
        "addresses": [{"label": "billing", "line1": "4 Oak Ave", "city": "Reno", "region": "NV"}],
        "loyaltyTier": "silver",
        "createdAt": "2025-01-11T05:00:00Z",
    }
    assert next(iter(dee)) == "id"


def test_an_unknown_tier_is_an_error():
    assert error("searchCustomers", loyalty_tier="Gold") == (
        "Invalid loyalty_tier: 'Gold'. Must be one of: none, silver, gold, platinum"
    )
