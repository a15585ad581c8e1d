"""The product catalogue."""

from __future__ import annotations

from typing import cast

from ..engine.genesis import Row
from ..engine.tool import query
from ..engine.world import World
from .profile import Profile
from .rows import Category, Product
from .search import given, page, shown
from .tables import number, part

_NO = ("false", "0", "no")


@query("searchProducts")
def search_products(
    world: World,
    profile: Profile,
    *,
    category: Category | None = None,
    brand: str | None = None,
    min_price: float | None = None,
    max_price: float | None = None,
    price: float | None = None,
    inStockOnly: str | None = None,  # noqa: N803 (the wire's name)
    minStock: float | None = None,  # noqa: N803
    maxStock: float | None = None,  # noqa: N803
    text: str | None = None,
    product_id: str | None = None,
    limit: float | None = None,
) -> list[Product]:
    """Find products of the catalogue. All given filters must hold. Returns full product records, with price, inventory
    and specs, in order of name, then id. Specs cannot be filtered on, nor results sorted by price. {capped} To see the
    rest, narrow by category, brand, price or stock.

    Args:
        category: Exact category.
        brand: Exact brand, case-sensitive.
        min_price: Lowest list price in USD, inclusive. Products without a price pass.
        max_price: Highest list price in USD, inclusive. Products without a price pass.
        price: Exact list price in USD. Products without a price pass.
        inStockOnly: "true", or any text but "false", "0" and "no", for products with at least one unit in stock.
            Products without a stock figure drop out.
        minStock: Fewest units in stock, inclusive. Products without a stock figure drop out.
        maxStock: Most units in stock, inclusive. Products without a stock figure drop out.
        text: Part of the product's name, brand or SKU, in any case, taken as one phrase. Specs and category are not
            looked at.
        product_id: Exact product id.
        limit: Most records to return: {sizes}.

    Rules: 2.3, G-05..G-07, G-11..G-13, B-18.
    """
    where = given(id=product_id, category=category, brand=brand)
    in_stock = inStockOnly is not None and inStockOnly.strip().lower() not in _NO
    least = max(minStock or 0, 1) if in_stock else minStock
    rows = (
        row
        for row in world.rows("product", where, given(text=text))
        if _costs(row, min_price, max_price) and _costs(row, price, price) and _has_stock(row, least, maxStock)
    )
    return page(rows, limit, profile)


@query("getProduct")
def get_product(world: World, *, product_id: str) -> Product:
    """Get one product by id. Returns the full product record, with price, inventory, specs and warranty months.

    Args:
        product_id: Exact product id.

    Rules: 2.4, G-04, G-20.
    """
    return cast("Product", shown(world, "product", "Product", product_id))


def _costs(row: Row, low: float | None, high: float | None) -> bool:
    price = number(row, "price")
    return price is None or _between(price, low, high)


def _has_stock(row: Row, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    stock = number(part(row, "inventory"), "inStock")
    return stock is not None and _between(stock, low, high)


def _between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
