"""Prices: list price times quantity, minus the tier's discount on goods, plus shipping (P-46, P-50, P-90)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, TypedDict

from msgspec import Meta

from ..engine.genesis import Row
from ..engine.tool import Rejected, query
from ..engine.world import World
from .commands import require_products
from .rows import LoyaltyTier, Service
from .tables import number

DISCOUNT_RATES = {
    "none": Decimal("0"),
    "silver": Decimal("0.05"),
    "gold": Decimal("0.10"),
    "platinum": Decimal("0.15"),
}
SHIPPING_FEES = {"standard": Decimal("9.99"), "express": Decimal("19.99"), "overnight": Decimal("39.99")}

Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]

_CENT = Decimal("0.01")
_WIDE = Context(prec=400)
"""Enough digits for any float, so that rounding never fails."""


class Price(TypedDict):
    subtotal: float
    discount: float
    shipping: float
    total: float


def dollars(amount: float) -> Decimal:
    """A stored or given amount as the decimal it was written as."""
    return Decimal(str(float(amount)))


def cents(amount: Decimal) -> Decimal:
    """An amount of dollars rounded half-up to cents."""
    return amount.quantize(_CENT, ROUND_HALF_UP, _WIDE)


def quote(lines: Iterable[tuple[float, int]], tier: LoyaltyTier = "none", service: Service = "standard") -> Price:
    """The price of (unit price, quantity) lines. The total is the sum of the rounded parts."""
    goods = sum((dollars(price) * quantity for price, quantity in lines), Decimal(0))
    subtotal, discount, shipping = cents(goods), cents(goods * DISCOUNT_RATES[tier]), SHIPPING_FEES[service]
    return {
        "subtotal": float(subtotal),
        "discount": float(discount),
        "shipping": float(shipping),
        "total": float(subtotal - discount + shipping),
    }


@query("calculate_price")
def calculate_price(
    world: World,
    *,
    product_ids: list[str],
    quantities: list[Quantity] | None = None,
    loyalty_tier: LoyaltyTier = "none",
    shipping_service: Service = "standard",
) -> Price:
    """Price a basket in USD: subtotal at list prices, loyalty discount, shipping fee and total.

    The discount is none 0 %, silver 5 %, gold 10 %, platinum 15 % of the subtotal and never applies to shipping.
    Shipping costs 9.99 standard, 19.99 express, 39.99 overnight, once per basket. There is no tax. Stock and
    promotions are not looked at; a bundle is priced as the one product it is. A product without a price cannot be
    priced, which is an error. Subtotal and discount are rounded half-up to cents. Nothing is ordered or reserved.

    Args:
        product_ids: Exact product ids, one per line of the basket.
        quantities: Units of each product, in the order of product_ids and as many; each at least 1. Default: one of
            each.
        loyalty_tier: The customer's tier, exactly as on the customer's row. Default: none.
        shipping_service: Default: standard.

    Rules: tools 2.14, P-46, P-50, P-90.
    """
    if quantities is None:
        quantities = [1] * len(product_ids)
    if len(quantities) != len(product_ids):
        raise Rejected("product_ids and quantities must have same length")
    require_products(world, product_ids)
    prices = [_price(world.get("product", id) or {}, id) for id in product_ids]
    return quote(zip(prices, quantities, strict=True), loyalty_tier, shipping_service)


def _price(product: Row, id: str) -> float:
    price = number(product, "price")
    if price is None:
        raise Rejected(f"Product {id} has no price")
    return price
