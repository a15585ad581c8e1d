"""updatePaymentStatus."""

from __future__ import annotations

import pytest

from .shop import NOW, Shop

PUBLISHED = ["pending", "captured", "failed", "refunded", "partially_refunded"]
LEGACY = ["authorized", "disputed", "voided", "completed"]


@pytest.mark.parametrize("status", [s for s in PUBLISHED + LEGACY if s != "captured"])
def test_a_payment_takes_any_of_nine_statuses(status):
    shop = Shop()
    before = shop.row("payment", "pay-1")
    payment = shop.call("updatePaymentStatus", payment_id="pay-1", status=status)
    assert payment == {**before, "status": status, "updatedAt": NOW}
    assert shop.changes == {("payment", "pay-1"): {"status": status, "updatedAt": NOW}}
    (happened,) = shop.facts
    assert happened.kind == "payment.status_changed"
    assert happened.data == {
        "payment_id": "pay-1",
        "order_id": "o-1",
        "old_status": "captured",
        "new_status": status,
    }


def test_five_statuses_are_published():
    definition = next(d for d in Shop().tools.definitions() if d["name"] == "updatePaymentStatus")
    assert definition["inputSchema"]["properties"]["status"]["enum"] == PUBLISHED


def test_a_failure_reason_is_stored_once_and_echoed_twice():
    shop = Shop()
    payment = shop.call("updatePaymentStatus", payment_id="pay-1", status="failed", failure_reason="card expired")
    assert payment["failureReason"] == payment["failure_reason"] == "card expired"
    assert shop.changes["payment", "pay-1"] == {
        "status": "failed",
        "failureReason": "card expired",
        "updatedAt": NOW,
    }


def test_null_clears_the_failure_reason():
    shop = Shop()
    payment = shop.call("updatePaymentStatus", payment_id="pay-2", status="captured", failure_reason=None)
    assert (payment["failureReason"], payment["failure_reason"]) == (None, None)
    assert shop.row("payment", "pay-2")["failureReason"] is None


def test_an_omitted_failure_reason_stays():
    shop = Shop()
    payment = shop.call("updatePaymentStatus", payment_id="pay-2", status="captured")
    assert payment["failureReason"] == "insufficient_funds"
    assert "failure_reason" not in payment


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"payment_id": "pay-1", "status": "charged"},
            f"Invalid status: 'charged'. Must be one of: {', '.join(PUBLISHED)}",
        ),
        ({"payment_id": "pay-9", "status": "failed"}, "Payment pay-9 not found"),
        ({"payment_id": "pay-1"}, "status is required"),
    ],
)
def test_refusals(arguments, message):
    assert Shop().refused("updatePaymentStatus", **arguments) == message


def test_a_missing_table_is_named():
    message = Shop(payment={}).refused("updatePaymentStatus", payment_id="pay-1", status="failed")
    assert message == "Payment table not found in data"
