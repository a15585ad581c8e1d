"""Where the world or an agent leaves something open: what is decided, and that the published text says it."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.tools.toolset import toolset

from .shop import Shop, order, product

PAY = {"currency": "USD", "reason": "other"}


def said(tool: str, parameter: str = "", profile: str = "benchmark") -> str:
    """What is published about a tool, or about one of its parameters."""
    (definition,) = (d for d in toolset("extended", profile).definitions() if d["name"] == tool)
    return (definition["inputSchema"]["properties"][parameter] if parameter else definition)["description"]


@pytest.mark.parametrize(
    ("tool", "parameter", "words"),
    [
        (
            "createOrder",
            "shipping_address",
            "An address of a customer's record is taken as it is; its label is not kept",
        ),
        ("createOrder", "line_items", "what else a line holds is not kept"),
        ("create_refund", "amount", "rounded half-up to whole cents (33.333 is recorded as 33.33)"),
        ("create_refund", "amount", "Nothing is too much for a payment whose amount is not known"),
        ("create_refund", "lines", "kept as given and not checked"),
        ("calculate_price", "", "A product without a price cannot be priced, which is an error"),
        ("searchProducts", "max_price", "Products without a price pass"),
        ("searchProducts", "inStockOnly", "any text but"),
        ("checkWarrantyStatus", "", "0 months is no warranty"),
        ("checkWarrantyStatus", "", "a product whose record names no whole number of months has 12"),
        ("checkWarrantyStatus", "", "An answer about one product has no `items`"),
        ("checkWarrantyStatus", "", "an order without lines has empty ones and 12 months"),
        ("checkWarrantyStatus", "purchase_date", "then required"),
        ("searchOrders", "created_after", "cut to milliseconds"),
        ("searchOrders", "limit", "10 if omitted or 0, never more than 10, 1 if negative; a fraction is cut off first"),
        ("searchOrders", "", "without a creation date last, whatever the bounds on it"),
        ("searchTickets", "", "without one as normal"),
        ("searchSlas", "effective_on", "where one is missing, that side is open"),
        ("getOrderDetails", "", "missing lines an empty list, missing dates empty text"),
        ("getCustomerTicketHistory", "", "however many there are"),
        ("create_escalation", "", "with its own notes"),
        ("create_resolution", "", "with its own details"),
        ("create_refund", "", "with its own lines and ticket"),
        ("updateTicketStatus", "", "only updatedAt is always set"),
        ("validateBuildCompatibility", "", "a CPU without a power draw needs 65 W"),
    ],
)
def test_the_published_text_says_what_is_decided(tool: str, parameter: str, words: str):
    assert words in said(tool, parameter)


def test_the_compat_profile_says_which_purchase_it_presumes():
    assert "omitted, it is 2025-09-08" in said("checkWarrantyStatus", "purchase_date", "compat")


# --- rows given back -----------------------------------------------------------------------------------------------

STREET = {"line1": "5 Main St", "city": "Louisville", "region": "KY", "postalCode": "40202", "country": "US"}
LINE = {"productId": "cpu", "qty": 1}


@pytest.mark.parametrize(
    "address",
    [
        STREET,
        {"label": "shipping", **STREET, "line2": None},
        {"label": "billing", **STREET, "line2": ""},
        {"label": None, **STREET},
    ],
)
def test_an_address_of_a_row_is_the_address_it_says(address: dict[str, Any]):
    shop = Shop()
    first = shop.call("createOrder", customer_id="ann", line_items=[LINE], shipping_address=STREET)
    assert first["shipping"] == {"address": STREET}
    again = shop.call("createOrder", customer_id="ann", line_items=[LINE], shipping_address=address)
    assert again == {**first, "already_exists": True}


def test_an_order_can_be_made_of_an_orders_row():
    """A replacement: lines, address, carrier and service as they stand, with all that a row may have."""
    block = {"address": {"label": "shipping", **STREET}, "carrier": "UPS Ground", "service": "standard", "eta": None}
    shop = Shop(order={"o": order("ann", "2025-11-04T15:00:00Z", "psu", "mouse", shipping=block, buildId=None)})
    (row,) = shop.call("searchOrders", order_id="o")
    made = shop.call(
        "createOrder",
        customer_id=row["customerId"],
        line_items=row["lineItems"],
        status=row["status"],
        shipping_address=row["shipping"]["address"],
        shipping_carrier=row["shipping"]["carrier"],
        shipping_service=row["shipping"]["service"],
        build_id=row["buildId"],
    )
    assert made["lineItems"] == row["lineItems"]
    assert made["shipping"] == {"address": STREET, "carrier": "UPS Ground", "service": "standard"}


def test_refund_lines_can_be_those_of_a_refunds_row():
    shop = Shop()
    lines = [{"sku": "PSU-1", "qty": 1, "amount": 10.005}]
    refund = shop.call("create_refund", payment_id="pay-1", amount=10, lines=lines, **PAY)
    assert refund["lines"] == lines
    more = shop.call("create_refund", payment_id="pay-1", amount=11, lines=refund["lines"], ticket_id=None, **PAY)
    assert more["lines"] == lines


# --- money ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "recorded"),
    [(33.333, 33.33), (33.335, 33.34), (0.005, 0.01), (219.974, 219.97), (1e-7, None), (219.975, None)],
)
def test_refunds_are_rounded_half_up_to_cents_and_then_checked(amount: float, recorded: float | None):
    shop = Shop()
    if recorded is None:
        assert shop.refused("create_refund", payment_id="pay-1", amount=amount, **PAY).startswith("Invalid amount: ")
    else:
        assert shop.call("create_refund", payment_id="pay-1", amount=amount, **PAY)["amount"] == recorded


@pytest.mark.parametrize("fields", [{}, {"amount": None}, {"amount": "219.97"}])
def test_a_payment_whose_amount_is_not_known_blocks_no_refund(fields: dict[str, Any]):
    shop = Shop(payment={"p": {"orderId": "o-1", "status": "captured", **fields}})
    assert shop.call("create_refund", payment_id="p", amount=500, **PAY)["amount"] == 500.0
    assert shop.refused("create_refund", payment_id="p", amount=0, **PAY).endswith("Must be greater than 0")


def test_a_payment_of_nothing_has_nothing_to_refund():
    shop = Shop(payment={"p": {"orderId": "o-1", "amount": 0}})
    assert (
        shop.refused("create_refund", payment_id="p", amount=1, **PAY) == "Invalid amount: 1.0. Payment p is 0.00 USD"
    )


@pytest.mark.parametrize("fields", [{}, {"price": None}])
def test_a_product_without_a_price_is_found_but_not_priced(fields: dict[str, Any]):
    shop = Shop(product={"x": {"category": "accessory", **fields}})
    assert [row["id"] for row in shop.call("searchProducts", max_price=1)] == ["x"]
    assert shop.refused("calculate_price", product_ids=["x"]) == "Product x has no price"


# --- warranty ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "months"),
    [
        (24, 24),
        (24.0, 24),
        (0, 0),
        (0.0, 0),
        (None, 12),
        ("24", 12),
        (18.5, 12),
        (-6, 12),
        (True, 12),
        ([], 12),
    ],
)
def test_a_term_is_what_the_record_says_and_twelve_months_only_where_it_says_none(stored: Any, months: int):
    shop = Shop(
        product={"x": {**product("mouse", 1.0), "warrantyMonths": stored}},
        order={"o": order("ann", "2025-12-01T18:00:00Z", "x")},
    )
    (item,) = shop.call("checkWarrantyStatus", order_id="o")["items"]
    assert item["warranty_months"] == months
    alone = shop.call("checkWarrantyStatus", order_id="o", product_id="x")
    assert alone["is_under_warranty"] is (months > 0)
    assert "items" not in alone


def test_a_bundle_with_a_term_of_nothing_is_no_bundle_without_a_term():
    bundle = {"category": "bundle", "specs": {"components": [{"componentId": "psu"}]}}
    shop = Shop(
        product={
            "psu": product("psu", 1.0, 84),
            "none": {**bundle, "warrantyMonths": 0},
            "odd": {**bundle, "warrantyMonths": "?"},
        }
    )
    bought = {"purchase_date": "2025-11-04"}
    assert shop.call("checkWarrantyStatus", product_id="none", **bought)["warranty_end_date"] == "2025-11-04"
    assert shop.call("checkWarrantyStatus", product_id="odd", **bought)["warranty_end_date"] == "2032-11-04"


def test_a_term_without_end_is_an_error_of_its_own():
    shop = Shop(product={"x": product("mouse", 1.0, 10**6)}, order={"o": order("ann", "2025-12-01T18:00:00Z", "x")})
    assert shop.refused("checkWarrantyStatus", order_id="o") == "The warranty of o ends beyond the year 9999"


@pytest.mark.parametrize("fields", [{}, {"lineItems": None}, {"lineItems": []}])
def test_an_order_without_lines(fields: dict[str, Any]):
    shop = Shop(order={"o": {"customerId": "ann", "createdAt": "2025-11-04T15:00:00Z", **fields}})
    status = shop.call("checkWarrantyStatus", order_id="o")
    assert (status["items"], status["warranty_end_date"]) == ([], "2026-11-04")
    assert shop.call("getOrderDetails", order_id="o")["order"]["line_items"] == []
    assert shop.refused("createOrder", customer_id="ann", line_items=[]) == "Order must have at least one line item"
    assert shop.refused("createOrder", customer_id="ann") == "line_items is required"


# --- instants ------------------------------------------------------------------------------------------------------


def test_a_stored_instant_finer_than_a_microsecond_is_still_a_date():
    fine = "2025-11-18T12:00:00.123456789Z"
    shop = Shop(order={"o": order("ann", fine, "psu")})
    assert [row["id"] for row in shop.call("searchOrders", created_after=fine, created_before=fine)] == ["o"]
    assert shop.call("searchOrders", created_before="2025-11-18T12:00:00.122Z") == []
    assert shop.call("checkWarrantyStatus", order_id="o", product_id="psu")["warranty_end_date"] == "2032-11-18"
