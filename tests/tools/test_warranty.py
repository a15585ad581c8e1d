"""checkWarrantyStatus and createWarrantyClaim."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from corecraft.engine.clock import to_ms, to_text
from corecraft.tools.warranty import add_months

from .shop import NOW, Shop, hashed, order


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


CLAIM = {"product_id": "psu", "order_id": "o-1", "customer_id": "ann", "reason": "malfunction"}


# --- month arithmetic ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-01-31T10:00:00Z", 1, "2025-02-28T10:00:00Z"),
        ("2024-01-31T10:00:00Z", 1, "2024-02-29T10:00:00Z"),
        ("2024-02-29T23:59:59.999Z", 12, "2025-02-28T23:59:59.999Z"),
        ("2025-12-15T00:00:00Z", 1, "2026-01-15T00:00:00Z"),
        ("2025-11-30T19:00:00Z", 13, "2026-12-30T19:00:00Z"),
        ("2025-08-31T05:00:00Z", 0, "2025-08-31T05:00:00Z"),
    ],
)
def test_months_keep_day_and_time_or_end_with_the_month(start, months, end):
    assert to_text(add_months(to_ms(start), months)) == end


# --- checkWarrantyStatus -------------------------------------------------------------------------------------------


def test_the_examples_of_the_specification(shop: Shop):
    product = shop.call("checkWarrantyStatus", order_id="o-1", product_id="psu")
    assert product == {"is_under_warranty": True, "warranty_end_date": "2032-11-04", "days_remaining": 2530}
    assert not shop.facts
    whole = shop.call("checkWarrantyStatus", order_id="o-1")
    assert whole == {
        "is_under_warranty": True,
        "warranty_end_date": "2026-11-04",
        "days_remaining": 338,
        "items": [
            {
                "product_id": "psu",
                "warranty_months": 84,
                "warranty_end_date": "2032-11-04",
                "is_under_warranty": True,
            },
            {
                "product_id": "mouse",
                "warranty_months": 12,
                "warranty_end_date": "2026-11-04",
                "is_under_warranty": True,
            },
        ],
    }


def test_at_the_end_instant_it_is_over():
    def status(now: str):
        return Shop(now=now).call("checkWarrantyStatus", order_id="o-3", product_id="mouse")

    assert status(NOW) == {"is_under_warranty": False, "warranty_end_date": "2025-12-01", "days_remaining": 0}
    assert status("2025-12-01T18:59:59Z")["days_remaining"] == 1
    assert status("2025-11-30T19:00:00Z")["days_remaining"] == 1
    assert status("2025-11-30T18:59:59Z")["days_remaining"] == 2
    assert status("2025-12-09T00:00:00Z")["days_remaining"] == 0


@pytest.mark.parametrize(
    ("product_id", "end"),
    [
        ("gpu", "2028-10-31"),  # in the bundle: its own 36 months, although the prebuilt holds one too
        ("psu", "2032-10-31"),  # in the bundle: its own 84 months
        ("cpu", "2027-10-31"),  # in the prebuilt: the system's 24 months, not its own 36
        ("mouse", "2027-10-31"),  # in the prebuilt: the system's 24 months, though it has none of its own
        ("kit", "2028-10-31"),  # in the workstation: the system's 36 months, not its own 60
        ("pc", "2027-10-31"),
        ("station", "2028-10-31"),
    ],
)
def test_parts_of_bundles_and_systems(shop: Shop, product_id, end):
    assert shop.call("checkWarrantyStatus", order_id="o-2", product_id=product_id)["warranty_end_date"] == end


def test_a_bundle_is_answered_through_its_components(shop: Shop):
    alone = shop.call("checkWarrantyStatus", order_id="o-2", product_id="duo")
    assert alone["warranty_end_date"] == "2028-10-31"
    assert [(item["product_id"], item["warranty_months"]) for item in alone["items"]] == [("gpu", 36), ("psu", 84)]
    whole = shop.call("checkWarrantyStatus", order_id="o-2")
    assert [item["product_id"] for item in whole["items"]] == ["gpu", "psu", "pc", "station"]
    assert whole["warranty_end_date"] == "2027-10-31"


def test_a_line_of_its_own_comes_before_bundle_and_system():
    shop = Shop(order={"o": order("ann", "2025-11-04T15:00:00Z", "pc", "duo", "cpu")})
    assert shop.call("checkWarrantyStatus", order_id="o", product_id="cpu")["warranty_end_date"] == "2028-11-04"


def test_an_order_without_lines_has_the_default_term(shop: Shop):
    status = shop.call("checkWarrantyStatus", order_id="o-bare")
    assert status["warranty_end_date"] == "2026-11-01"
    assert status["items"] == []


@pytest.mark.parametrize(
    ("purchase_date", "end", "days"),
    [
        ("2024-12-01T19:00:01Z", "2025-12-01", 1),
        ("2024-12-01T19:00:00Z", "2025-12-01", 0),
        ("2025-01-31T23:00:00-05:00", "2026-02-01", 62),
        ("2025-11-04", "2026-11-04", 338),
    ],
)
def test_product_alone_counts_from_its_purchase(shop: Shop, purchase_date, end, days):
    status = shop.call("checkWarrantyStatus", product_id="mouse", purchase_date=purchase_date)
    assert status == {"is_under_warranty": days > 0, "warranty_end_date": end, "days_remaining": days}


def test_purchase_date_is_read_only_without_an_order(shop: Shop):
    status = shop.call("checkWarrantyStatus", order_id="o-1", product_id="psu", purchase_date="whenever")
    assert status["warranty_end_date"] == "2032-11-04"


def test_only_compat_presumes_a_purchase_date(shop: Shop):
    assert shop.refused("checkWarrantyStatus", product_id="psu") == "purchase_date is required"
    status = Shop("compat").call("checkWarrantyStatus", product_id="psu")
    assert status["warranty_end_date"] == "2032-09-08"


@pytest.mark.parametrize("profile", ["benchmark", "compat"])
def test_a_world_without_a_clock_is_asked_on_the_day_the_reference_presumes(profile):
    shop = Shop(profile, now="1970-01-01T00:00:00Z")
    status = shop.call("checkWarrantyStatus", product_id="mouse", purchase_date="2025-09-08T00:00:00Z")
    assert status == {"is_under_warranty": True, "warranty_end_date": "2026-09-08", "days_remaining": 365}
    over = shop.call("checkWarrantyStatus", product_id="mouse", purchase_date="2024-09-08T00:00:00Z")
    assert (over["is_under_warranty"], over["days_remaining"]) == (False, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "order_id or product_id is required"),
        ({"order_id": "", "product_id": None}, "order_id or product_id is required"),
        ({"order_id": "o-9"}, "Order not found: o-9"),
        ({"product_id": "x", "purchase_date": "2025-11-04"}, "Product not found: x"),
        ({"order_id": "o-1", "product_id": "x"}, "Product not found: x"),
        ({"order_id": "o-1", "product_id": "cpu"}, "Product cpu not found in order o-1"),
        ({"order_id": "o-undated"}, "Order o-undated has no creation date"),
        ({"order_id": "o-1", "current_date": "2025-12-01"}, "Unknown parameter: current_date"),
    ],
)
def test_refused_checks(shop: Shop, arguments, message):
    assert shop.refused("checkWarrantyStatus", **arguments) == message


@pytest.mark.parametrize("purchase_date", ["4 Nov 2025", "2025-13-01", "9999-06-01", "0001-01-01T00:00:00+14:00"])
def test_impossible_purchase_dates(shop: Shop, purchase_date):
    message = shop.refused("checkWarrantyStatus", product_id="psu", purchase_date=purchase_date)
    assert message.startswith(f"Invalid purchase_date: '{purchase_date}'")


# --- createWarrantyClaim -------------------------------------------------------------------------------------------


def test_a_claim_is_filed():
    shop = Shop()
    claim = shop.call("createWarrantyClaim", **CLAIM, notes="No power since Friday")
    assert claim == {
        "id": hashed("warranty_claim_", "psu|o-1|ann|malfunction|pending_review"),
        "productId": "psu",
        "orderId": "o-1",
        "customerId": "ann",
        "reason": "malfunction",
        "status": "pending_review",
        "denialReason": None,
        "notes": "No power since Friday",
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert shop.changes == {("warranty_claim", claim["id"]): claim}
    (filed,) = shop.facts
    assert filed.kind == "warranty_claim.created"
    assert filed.data == {
        "claim_id": claim["id"],
        "product_id": "psu",
        "order_id": "o-1",
        "customer_id": "ann",
        "reason": "malfunction",
        "status": "pending_review",
        "denial_reason": None,
    }


def test_an_equal_claim_is_not_filed_twice():
    shop = Shop()
    first = shop.call("createWarrantyClaim", **CLAIM)
    again = shop.call("createWarrantyClaim", **CLAIM, notes="once more")
    assert again == {**first, "already_exists": True}
    assert not shop.facts
    assert not shop.changes
    other = shop.call("createWarrantyClaim", **{**CLAIM, "reason": "defect"})
    assert other["id"] != first["id"]


@pytest.mark.parametrize("product_id", ["gpu", "psu", "cpu", "kit"])
def test_components_of_bundles_and_systems_can_be_claimed(product_id):
    arguments = {**CLAIM, "order_id": "o-2", "product_id": product_id}
    assert Shop().call("createWarrantyClaim", **arguments)["productId"] == product_id


@pytest.mark.parametrize(
    "denial_reason",
    ["product_misuse", "uncovered_damage", "out_of_warranty", "unauthorized_modification", "insufficient_evidence"],
)
def test_a_denied_claim_has_its_reason(denial_reason):
    claim = Shop().call("createWarrantyClaim", **CLAIM, status="denied", denial_reason=denial_reason)
    assert (claim["status"], claim["denialReason"]) == ("denied", denial_reason)


def test_only_compat_denies_without_a_reason():
    message = Shop().refused("createWarrantyClaim", **CLAIM, status="denied")
    assert message == "denial_reason is required when status is denied"
    assert Shop("compat").call("createWarrantyClaim", **CLAIM, status="denied")["denialReason"] is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reason": "broken"}, "Invalid reason: 'broken'. Must be one of: defect, wear_and_tear, malfunction"),
        ({"status": "open"}, "Invalid status: 'open'. Must be one of: pending_review, accepted, denied"),
        ({"product_id": "x", "order_id": "o-9"}, "Product x not found"),
        ({"product_id": "pc"}, "Product pc is a prebuilt: warranty claims are for individual components"),
        ({"product_id": "station"}, "Product station is a workstation: warranty claims are for individual components"),
        ({"order_id": "o-9", "customer_id": "eve"}, "Order o-9 not found"),
        ({"customer_id": "eve"}, "Customer eve not found"),
        ({"customer_id": "bob"}, "Order o-1 does not belong to customer bob"),
        ({"product_id": "kit"}, "Product kit not found in order o-1"),
        (
            {"status": "accepted", "denial_reason": "product_misuse"},
            "denial_reason is only allowed with status denied, not accepted",
        ),
        (
            {"denial_reason": "product_misuse"},
            "denial_reason is only allowed with status denied, not pending_review",
        ),
        ({"reason": ""}, "reason is required"),
    ],
)
def test_refused_claims(shop: Shop, changed, message):
    assert shop.refused("createWarrantyClaim", **{**CLAIM, **changed}) == message


def test_missing_tables_are_named():
    for entity, label in (("product", "Product"), ("order", "Order"), ("customer", "Customer")):
        message = Shop(**{entity: {}}).refused("createWarrantyClaim", **CLAIM)
        assert message == f"{label} table not found in data"


def test_month_arithmetic_agrees_with_the_calendar():
    for day in range(1, 32):
        end = to_text(add_months(to_ms(f"2025-01-{day:02d}T12:00:00Z"), 1))
        assert datetime.fromisoformat(end) == datetime(2025, 2, min(day, 28), 12, tzinfo=UTC)
