"""updateOrderStatus and createOrder."""

from __future__ import annotations

import pytest

from .shop import NOW, Shop, hashed

STATUSES = ["pending", "paid", "fulfilled", "cancelled", "backorder", "refunded", "partially_refunded"]
ADDRESS = {"line1": "1 Main St", "city": "Louisville", "region": "KY", "postalCode": "40202", "country": "US"}
ORDER = {"customer_id": "ann", "line_items": [{"productId": "psu", "qty": 2}, {"productId": "cpu", "qty": 1}]}

# --- updateOrderStatus ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [*STATUSES, "refund_requested"])
def test_an_order_takes_any_status(status):
    shop = Shop()
    before = shop.row("order", "o-1")
    assert shop.call("updateOrderStatus", order_id="o-1", status=status) == {
        **before,
        "status": status,
        "updatedAt": NOW,
    }
    written = {"updatedAt": NOW} if status == "paid" else {"status": status, "updatedAt": NOW}
    assert shop.changes == {("order", "o-1"): written}
    (happened,) = shop.facts
    assert happened.kind == "order.status_changed"
    assert happened.data == {"order_id": "o-1", "old_status": "paid", "new_status": status}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"order_id": "o-1", "status": "shipped"},
            f"Invalid status: 'shipped'. Must be one of: {', '.join(STATUSES)}, refund_requested",
        ),
        ({"order_id": "o-9", "status": "paid"}, "Order o-9 not found"),
        ({"order_id": "", "status": "paid"}, "order_id is required"),
        ({"order_id": "o-1"}, "status is required"),
    ],
)
def test_refused_updates(arguments, message):
    assert Shop().refused("updateOrderStatus", **arguments) == message


def test_a_missing_table_is_named():
    message = Shop(order={}).refused("updateOrderStatus", order_id="o-1", status="paid")
    assert message == "Order table not found in data"


# --- createOrder ---------------------------------------------------------------------------------------------------


def test_an_order_is_created_and_nothing_else():
    shop = Shop()
    order = shop.call(
        "createOrder",
        **ORDER,
        shipping_address=ADDRESS,
        shipping_carrier="FedEx Express",
        shipping_service="express",
        build_id="b-1",
    )
    address = '{"city":"Louisville","country":"US","line1":"1 Main St","postalCode":"40202","region":"KY"}'
    assert order == {
        "id": hashed("ord_", f"ann|cpu:1|psu:2|pending|{address}|FedEx Express|express|b-1"),
        "customerId": "ann",
        "lineItems": [{"productId": "psu", "qty": 2}, {"productId": "cpu", "qty": 1}],
        "status": "pending",
        "shipping": {"address": ADDRESS, "carrier": "FedEx Express", "service": "express"},
        "buildId": "b-1",
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert shop.changes == {("order", order["id"]): order}
    (happened,) = shop.facts
    assert happened.kind == "order.created"
    assert happened.data == {
        "order_id": order["id"],
        "customer_id": "ann",
        "status": "pending",
        "build_id": "b-1",
        "line_items": order["lineItems"],
    }


def test_a_bare_order_has_no_shipping_and_no_build():
    order = Shop().call("createOrder", **ORDER)
    assert order["id"] == hashed("ord_", "ann|cpu:1|psu:2|pending||||")
    assert "shipping" not in order
    assert "buildId" not in order


def test_shipping_holds_only_given_parts():
    shop = Shop()
    assert shop.call("createOrder", **ORDER, shipping_service="overnight")["shipping"] == {"service": "overnight"}
    address = shop.call("createOrder", **ORDER, shipping_address={"city": "Louisville"})["shipping"]
    assert address == {"address": {"city": "Louisville"}}


def test_an_address_without_parts_is_none():
    shop = Shop()
    bare = shop.call("createOrder", **ORDER)
    assert shop.call("createOrder", **ORDER, shipping_address={}) == {**bare, "already_exists": True}


@pytest.mark.parametrize("status", STATUSES)
def test_all_seven_statuses(status):
    assert Shop().call("createOrder", **ORDER, status=status)["status"] == status


def test_lines_in_the_other_spelling_are_normalised():
    shop = Shop()
    lines = [{"product_id": "cpu", "quantity": 1, "price": 1.0}, {"productId": "psu", "quantity": 2}]
    order = shop.call("createOrder", customer_id="ann", line_items=lines)
    assert order["lineItems"] == [{"productId": "cpu", "qty": 1}, {"productId": "psu", "qty": 2}]
    assert shop.call("createOrder", **ORDER)["already_exists"]


def test_a_line_in_both_spellings_says_one_thing():
    shop = Shop()
    line = {"productId": "cpu", "product_id": "cpu", "qty": 1, "quantity": 1.0}
    assert shop.call("createOrder", customer_id="ann", line_items=[line])["lineItems"] == [
        {"productId": "cpu", "qty": 1}
    ]
    for name, other in ({"product_id": "psu"}, "productId"), ({"quantity": 2}, "qty"):
        message = shop.refused("createOrder", customer_id="ann", line_items=[line, {**line, **name}])
        assert message == f"Line 2 has {other} and {next(iter(name))}, which differ"


def test_an_equal_order_is_not_created_twice():
    shop = Shop()
    first = shop.call("createOrder", **ORDER, shipping_address=ADDRESS)
    shuffled = {**ORDER, "line_items": ORDER["line_items"][::-1]}
    again = shop.call("createOrder", **shuffled, shipping_address=dict(reversed(ADDRESS.items())))
    assert again == {**first, "already_exists": True}
    assert not shop.facts
    assert not shop.changes


@pytest.mark.parametrize(
    "changed",
    [
        {"customer_id": "bob"},
        {"line_items": [{"productId": "psu", "qty": 2}, {"productId": "cpu", "qty": 2}]},
        {"status": "paid"},
        {"shipping_address": ADDRESS},
        {"shipping_carrier": "UPS Ground"},
        {"shipping_service": "standard"},
        {"build_id": "b-1"},
    ],
)
def test_every_input_counts_for_the_id(changed):
    shop = Shop()
    first = shop.call("createOrder", **ORDER)
    assert shop.call("createOrder", **{**ORDER, **changed})["id"] != first["id"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"status": "refund_requested"},
            f"Invalid status: 'refund_requested'. Must be one of: {', '.join(STATUSES)}",
        ),
        (
            {"shipping_carrier": "ups_ground"},
            "Invalid shipping_carrier: 'ups_ground'. Must be one of: "
            "UPS Ground, USPS Ground, FedEx Express, FedEx Overnight",
        ),
        (
            {"shipping_service": "two-day"},
            "Invalid shipping_service: 'two-day'. Must be one of: standard, express, overnight",
        ),
        ({"customer_id": "eve", "line_items": []}, "Customer eve not found"),
        ({"line_items": []}, "Order must have at least one line item"),
        ({"line_items": [{"productId": "x", "qty": 1}, {"qty": 1}, {"productId": "y"}]}, "Products not found: x, y"),
        ({"line_items": [{"productId": "cpu", "qty": 1}, {"qty": 1}], "build_id": "b-9"}, "Line 2 missing productId"),
        ({"line_items": [{"productId": "cpu"}]}, "Line 1 missing qty"),
        ({"build_id": "b-9"}, "Build b-9 not found"),
        ({"customer_id": ""}, "customer_id is required"),
        ({"shipping_address": {"state": "KY"}}, "Invalid shipping_address: object contains unknown field `state`"),
    ],
)
def test_refused_orders(changed, message):
    assert Shop().refused("createOrder", **{**ORDER, **changed}) == message


@pytest.mark.parametrize("qty", [0, -1, 1.7, 0.0, "2", True, 10**9, 10**30])
def test_quantities_are_whole_and_at_least_one(qty):
    message = Shop().refused("createOrder", customer_id="ann", line_items=[{"productId": "cpu", "qty": qty}])
    assert message == "Invalid qty in line 1. Must be a whole number from 1 to 1000000"


def test_a_new_order_is_found_and_priced_by_nobody():
    shop = Shop()
    order = shop.call("createOrder", **ORDER)
    assert shop.call("getOrderDetails", order_id=order["id"])["payment"] is None
    assert shop.call("searchOrders", customer_id="ann")[0] == order
