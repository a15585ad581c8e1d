"""create_refund."""

from __future__ import annotations

import pytest

from .shop import NOW, Shop, hashed

REFUND = {"payment_id": "pay-1", "amount": 129.99, "currency": "USD", "reason": "defective"}


def test_a_refund_is_recorded_and_nothing_else():
    shop = Shop()
    refund = shop.call("create_refund", **REFUND)
    assert refund == {
        "id": hashed("refund_", "pay-1|129.99|USD|defective|pending"),
        "type": "refund",
        "paymentId": "pay-1",
        "amount": 129.99,
        "currency": "USD",
        "reason": "defective",
        "status": "pending",
        "lines": [],
        "createdAt": NOW,
        "processedAt": None,
    }
    assert next(iter(refund)) == "id"
    assert shop.changes == {("refund", refund["id"]): refund}
    (recorded,) = shop.facts
    assert recorded.kind == "refund.created"
    assert recorded.data == {
        "refund_id": refund["id"],
        "payment_id": "pay-1",
        "ticket_id": None,
        "amount": 129.99,
        "reason": "defective",
        "status": "pending",
    }


def test_lines_status_and_ticket_are_kept():
    shop = Shop()
    lines = [{"sku": "PSU-1", "qty": 1, "amount": 129.99}, {"productId": "psu"}]
    refund = shop.call("createRefund", **REFUND, status="approved", lines=lines, ticket_id="t-1")
    assert (refund["lines"], refund["status"], refund["ticketId"]) == (lines, "approved", "t-1")
    assert [row["id"] for row in shop.call("searchRefunds", ticket_id="t-1")] == [refund["id"]]


def test_an_equal_refund_is_not_recorded_twice():
    shop = Shop()
    first = shop.call("create_refund", **REFUND)
    again = shop.call("create_refund", **REFUND, ticket_id="t-1", lines=[{"sku": "PSU-1"}])
    assert again == {**first, "already_exists": True}
    assert not shop.facts
    assert not shop.changes


@pytest.mark.parametrize("amount", [100, 100.0, 100.001, 99.995])
def test_the_id_knows_the_amount_in_cents(amount):
    refund = Shop().call("create_refund", **{**REFUND, "amount": amount})
    assert refund["id"] == hashed("refund_", "pay-1|100.00|USD|defective|pending")
    assert refund["amount"] == 100.0
    assert isinstance(refund["amount"], float)


@pytest.mark.parametrize("changed", [{"amount": 1}, {"reason": "other"}, {"status": "denied"}])
def test_other_inputs_give_another_id(changed):
    shop = Shop()
    assert shop.call("create_refund", **REFUND)["id"] != shop.call("create_refund", **{**REFUND, **changed})["id"]


def test_policy_is_not_enforced():
    shop = Shop()
    shop.call("create_refund", **{**REFUND, "amount": 219.97, "status": "processed"})
    shop.call("create_refund", **{**REFUND, "amount": 219.97, "reason": "other"})  # the payment is exhausted
    shop.call("create_refund", **{**REFUND, "payment_id": "pay-2", "amount": 0.01})  # and this one failed
    assert shop.row("payment", "pay-1")["status"] == "captured"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"payment_id": "pay-9"}, "Payment pay-9 not found"),
        ({"amount": 0}, "Invalid amount: 0.0. Must be greater than 0"),
        ({"amount": -5}, "Invalid amount: -5.0. Must be greater than 0"),
        ({"amount": 0.004}, "Invalid amount: 0.004. Must be greater than 0"),
        ({"amount": 219.98}, "Invalid amount: 219.98. Payment pay-1 is 219.97 USD"),
        ({"amount": 1e300}, "Invalid amount: 1e+300. Payment pay-1 is 219.97 USD"),
        ({"amount": "10"}, "Invalid amount: expected `float`, got `str`"),
        ({"currency": "EUR"}, "Invalid currency: 'EUR'. Must be one of: USD"),
        (
            {"reason": "broken"},
            "Invalid reason: 'broken'. Must be one of: "
            "customer_remorse, defective, incompatible, shipping_issue, other",
        ),
        (
            {"status": "rejected"},
            "Invalid status: 'rejected'. Must be one of: pending, approved, denied, processed, failed",
        ),
        ({"ticket_id": "t-9"}, "Ticket t-9 not found"),
        ({"amount": None}, "amount is required"),
        ({"lines": ["psu"]}, "Invalid lines: expected `object`, got `str` - at `$[0]`"),
    ],
)
def test_refusals(changed, message):
    assert Shop().refused("create_refund", **{**REFUND, **changed}) == message


def test_a_missing_table_is_named():
    assert Shop(payment={}).refused("create_refund", **REFUND) == "Payment table not found in data"


def test_a_new_refund_can_be_resolved_with():
    shop = Shop()
    refund = shop.call("create_refund", **REFUND)
    resolution = shop.call("create_resolution", ticket_id="t-1", outcome="refund_issued", linked_refund_id=refund["id"])
    assert resolution["linkedRefundId"] == refund["id"]
