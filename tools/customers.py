"""Customers."""

from __future__ import annotations

from ..engine.tool import query
from ..engine.world import World
from .profile import Profile
from .rows import Customer, LoyaltyTier
from .search import given, page, window


@query("searchCustomers")
def search_customers(
    world: World,
    profile: Profile,
    *,
    customer_id: str | None = None,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    loyalty_tier: LoyaltyTier | None = None,
    address_text: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: float | None = None,
) -> list[Customer]:
    """Find customers. All given filters must hold. Returns full customer records in order of name, then id. Customers
    without a creation date pass any bound on it. {capped} To see the rest, narrow by name, tier, address or dates.

    Args:
        customer_id: Exact customer id.
        name: Part of the customer's name, in any case, taken as one phrase.
        email: Exact e-mail address, case-sensitive.
        phone: Exact phone number as stored; formats are not converted into each other.
        loyalty_tier: Exact loyalty tier as stored. Customers without a stored tier match no value, not even none.
        address_text: Part of any one line of the customer's addresses (street, city, region, postal code or country),
            in any case, taken as one phrase.
        created_after: Customer record created at or after {instant}.
        created_before: Customer record created at or before {instant}.
        limit: Most records to return: {sizes}.

    Rules: 2.1, G-05..G-13, B-12, B-19.
    """
    where = given(id=customer_id, email=email, phone=phone, loyaltyTier=loyalty_tier)
    created = window("created", created_after, created_before)
    rows = world.rows("customer", where, given(name=name, address=address_text))
    return page(created.keep(rows, "createdAt"), limit, profile)
