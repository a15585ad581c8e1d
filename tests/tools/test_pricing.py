"""calculate_price: the figures of the specification, and what it refuses."""

from __future__ import annotations

import pytest

from .shop import Shop


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


@pytest.mark.parametrize(
    ("arguments", "total"),
    [
        ({"product_ids": ["p100"]}, 109.99),
        ({"product_ids": ["p100", "p50"], "quantities": [2, 3]}, 359.99),
        ({"product_ids": ["p100"], "loyalty_tier": "silver"}, 104.99),
        ({"product_ids": ["p150"], "loyalty_tier": "gold"}, 144.99),
        ({"product_ids": ["p400"], "loyalty_tier": "platinum"}, 349.99),
        ({"product_ids": ["p850"], "loyalty_tier": "platinum", "shipping_service": "express"}, 742.49),
        ({"product_ids": ["cpu"], "loyalty_tier": "gold", "shipping_service": "express"}, 424.98),
        ({"product_ids": []}, 9.99),
        ({"product_ids": ["p100"], "loyalty_tier": "none", "shipping_service": "overnight"}, 139.99),
        ({"product_ids": ["p100"], "quantities": None}, 109.99),
    ],
)
def test_totals_of_the_specification(shop: Shop, arguments, total):
    assert shop.call("calculate_price", **arguments)["total"] == total
    assert not shop.facts


def test_all_four_parts(shop: Shop):
    price = shop.call("calculate_price", product_ids=["p850"], loyalty_tier="platinum", shipping_service="express")
    assert price == {"subtotal": 850.0, "discount": 127.5, "shipping": 19.99, "total": 742.49}
    assert list(price) == ["subtotal", "discount", "shipping", "total"]


def test_the_largest_basket_of_the_data():
    shop = Shop(product={"lot": {"category": "bundle", "price": 26_359.60}})
    price = shop.call("calculate_price", product_ids=["lot"], loyalty_tier="platinum", shipping_service="express")
    assert price["total"] == 22_425.65


def test_parts_of_a_cent_are_rounded_half_up(shop: Shop):
    assert shop.call("calculate_price", product_ids=["p33"], quantities=[3])["subtotal"] == 100.0
    half = Shop(product={"half": {"category": "accessory", "price": 0.10}})
    price = half.call("calculate_price", product_ids=["half"], loyalty_tier="silver")
    assert price == {"subtotal": 0.1, "discount": 0.01, "shipping": 9.99, "total": 10.08}


def test_an_id_may_stand_twice(shop: Shop):
    assert shop.call("calculate_price", product_ids=["p100", "p100"], quantities=[1, 2])["subtotal"] == 300.0


def test_the_alias_of_the_policy_text(shop: Shop):
    assert shop.call("calculatePrice", product_ids=["p100"])["total"] == 109.99


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "product_ids is required"),
        ({"product_ids": ["p100"], "quantities": [1, 2]}, "product_ids and quantities must have same length"),
        ({"product_ids": ["p100"], "quantities": []}, "product_ids and quantities must have same length"),
        ({"product_ids": ["x", "p100", "y", "x"]}, "Products not found: x, y"),
        (
            {"product_ids": ["p100"], "loyalty_tier": "Gold"},
            "Invalid loyalty_tier: 'Gold'. Must be one of: none, silver, gold, platinum",
        ),
        (
            {"product_ids": ["p100"], "shipping_service": "two-day"},
            "Invalid shipping_service: 'two-day'. Must be one of: standard, express, overnight",
        ),
        ({"product_ids": ["unpriced"]}, "Product unpriced has no price"),
    ],
)
def test_refusals(shop: Shop, arguments, message):
    assert shop.refused("calculate_price", **arguments) == message


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", 10**30])
def test_quantities_are_whole_and_at_least_one(shop: Shop, quantity):
    message = shop.refused("calculate_price", product_ids=["p100"], quantities=[quantity])
    assert message.startswith("Invalid quantities: ")
