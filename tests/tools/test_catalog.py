"""searchProducts and getProduct."""

from __future__ import annotations

from typing import Any

import pytest

from .world import TOOLS, ask, error, ids

CPUS = ["cpu-a", "cpu-b"]
ALL = ["cable-n", *CPUS, "mouse-f", "board-x"]


def test_all_by_name_then_id():
    assert ids("searchProducts") == ALL


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"product_id": "cpu-a"}, ["cpu-a"]),
        ({"product_id": "cpu"}, []),
        ({"category": "cpu"}, CPUS),
        ({"category": "bundle"}, []),
        ({"brand": "SkyForge"}, ["board-x"]),
        ({"brand": "Sky"}, []),
        ({"text": "BLADE"}, CPUS),
        ({"text": "sky"}, ["cable-n", "board-x"]),
        ({"text": "clk-1"}, ["mouse-f"]),
        ({"text": "4600 astra"}, []),  # a phrase across two fields
        ({"text": "AM4"}, []),  # specs
        ({"text": "motherboard"}, []),  # category
        ({"category": "cpu", "text": "ast-b"}, ["cpu-b"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchProducts", **filters) == expected


@pytest.mark.parametrize(
    ("filters", "priced"),
    [
        ({"min_price": 160}, ["cpu-a", "board-x"]),
        ({"max_price": 159.99}, ["cpu-b", "mouse-f"]),
        ({"max_price": 0}, ["mouse-f"]),
        ({"min_price": 0}, [*CPUS, "mouse-f", "board-x"]),
        ({"price": 160.0}, ["cpu-a"]),
        ({"price": 0}, ["mouse-f"]),
        ({"min_price": 1, "max_price": 160}, CPUS),
        ({"min_price": 200, "max_price": 100}, []),
        ({"price": 160, "max_price": 100}, []),
    ],
)
def test_price_bounds_are_inclusive_and_products_without_price_pass(filters: dict[str, float], priced: list[str]):
    assert ids("searchProducts", **filters) == ["cable-n", *priced]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"minStock": 4}, ["mouse-f", "board-x"]),
        ({"minStock": 0}, [*CPUS, "mouse-f", "board-x"]),
        ({"maxStock": 3}, CPUS),
        ({"maxStock": 0}, ["cpu-a"]),
        ({"minStock": 3, "maxStock": 4}, ["cpu-b", "mouse-f"]),
        ({"inStockOnly": "true"}, ["cpu-b", "mouse-f", "board-x"]),
        ({"inStockOnly": "yes", "maxStock": 3}, ["cpu-b"]),
        ({"inStockOnly": "true", "minStock": 4}, ["mouse-f", "board-x"]),
        ({"inStockOnly": "true", "maxStock": 0}, []),
        ({"inStockOnly": "false"}, ALL),
        ({"inStockOnly": "False"}, ALL),
        ({"inStockOnly": "0"}, ALL),
        ({"inStockOnly": "no"}, ALL),
        ({"inStockOnly": ""}, ALL),
        ({"inStockOnly": "no", "minStock": 0}, [*CPUS, "mouse-f", "board-x"]),
    ],
)
def test_stock_bounds_are_inclusive_and_products_without_figure_drop_out(filters: dict[str, Any], expected: list[str]):
    assert ids("searchProducts", **filters) == expected


def test_an_unknown_category_is_an_error():
    assert error("searchProducts", category="CPU") == (
        "Invalid category: 'CPU'. Must be one of: cpu, motherboard, gpu, memory, storage, psu, case, cooling, prebuilt, "
        "workstation, monitor, keyboard, mouse, headset, networking, cable, accessory, bundle"
    )


def test_a_number_must_be_a_number():
    assert error("searchProducts", min_price="cheap") == "Invalid min_price: expected `float`, got `str`"
    assert error("searchProducts", inStockOnly=True) == "Invalid inStockOnly: expected `str`, got `bool`"


def test_published_types():
    types = {name: parameter.schema["type"] for name, parameter in TOOLS["searchProducts"].parameters.items()}
    numbers = {name for name, type_ in types.items() if type_ == "number"}
    assert numbers == {"min_price", "max_price", "price", "minStock", "maxStock", "limit"}
    assert types["inStockOnly"] == "string"


def test_get_product_gives_the_row_with_text_read():
    assert ask("getProduct", product_id="cpu-b") == {
        "id": "cpu-b",
        "category": "cpu",
        "sku": "AST-B",
        "name": "Blade 4600",
        "brand": "AstraLogic",
        "price": 159.99,
        "inventory": {"inStock": 3, "backorderable": True},
        "specs": {"cpu": {"socket": "AM4", "cores": 6}},
        "warrantyMonths": 24,
    }
    assert ask("searchProducts", product_id="cpu-b") == [ask("getProduct", product_id="cpu-b")]


def test_get_product_passes_unreadable_text_and_gaps_through():
    assert ask("getProduct", product_id="board-x")["specs"] == "{not json"
    assert "inventory" not in ask("getProduct", product_id="cable-n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "product_id is required"),
        ({"product_id": ""}, "product_id is required"),
        ({"product_id": None}, "product_id is required"),
        ({"product_id": "cpu-z"}, "Product not found: cpu-z"),
        ({"product_id": "cpu-a", "x": 1}, "Unknown parameter: x"),
    ],
)
def test_get_product_errors(arguments: dict[str, Any], words: str):
    assert error("getProduct", **arguments) == words
