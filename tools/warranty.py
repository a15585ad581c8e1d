"""Warranty: terms, what an order covers, and claims (P-60..P-64)."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Annotated, NotRequired, TypedDict

from ..engine.canonical import derived_id
from ..engine.clock import DAY_MS, local, to_ms
from ..engine.genesis import Row
from ..engine.tool import Outcome, Rejected, command, query
from ..engine.world import World
from .commands import Once, create_once
from .components import SYSTEMS, built_in, bundled, line_products
from .profile import Profile
from .rows import ClaimReason, ClaimStatus, DenialReason, WarrantyClaim
from .search import found, instant, now_text, shown
from .tables import number, stored_ms

DEFAULT_MONTHS = 12
PRESUMED_PURCHASE = to_ms("2025-09-08T00:00:00Z")
"""What the reference takes for the purchase when nobody names one (B-04); only profiles that ask for it do so."""
PRESUMED_NOW = PRESUMED_PURCHASE
"""What the reference takes for now in a world without a clock; in 1970 everything would be under warranty."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Terms = dict[str, int]
"""Product id -> months of warranty, in the order of the order's lines."""


class WarrantyItem(TypedDict):
    product_id: str
    warranty_months: int
    warranty_end_date: str
    is_under_warranty: bool


class WarrantyStatus(TypedDict):
    is_under_warranty: bool
    warranty_end_date: str
    days_remaining: int
    items: NotRequired[list[WarrantyItem]]


class CreatedClaim(WarrantyClaim, Once):
    pass


# --- terms ---------------------------------------------------------------------------------------------------------


def own_months(product: Row | None) -> int:
    """A product's own term; 12 months when it has none (P-61)."""
    months = _stated_months(product)
    return DEFAULT_MONTHS if months is None else months


def _stated_months(product: Row | None) -> int | None:
    """The term on a product's row, 0 included; None where that is no whole number of months, or negative."""
    months = None if product is None else number(product, "warrantyMonths")
    return int(months) if months is not None and months >= 0 and months % 1 == 0 else None


def terms_of(world: World, product_id: str) -> Terms:
    """The term of a product bought by itself; of a bundle without a term, those of its components (P-62)."""
    product = world.get("product", product_id)
    components = [] if product is None or _stated_months(product) is not None else bundled(product)
    return {id: own_months(world.get("product", id)) for id in components} or {product_id: own_months(product)}


def terms_in_order(world: World, order: Row) -> Terms:
    """The terms of all an order's lines, bundles taken apart."""
    terms: Terms = {}
    for line in line_products(order):
        for id, months in terms_of(world, line).items():
            terms.setdefault(id, months)
    return terms


def terms_of_part(world: World, order: Row, product_id: str) -> Terms:
    """The terms of one product of an order: a line, else part of a bundle, else part of a system (P-62).

    Rejects a product that is none of these.
    """
    lines = line_products(order)
    if product_id in lines:
        return terms_of(world, product_id)
    products = [product for id in lines if (product := world.get("product", id)) is not None]
    if any(product_id in bundled(product) for product in products):
        return {product_id: own_months(world.get("product", product_id))}
    for product in products:
        if product_id in built_in(world, product):
            return {product_id: own_months(product)}
    raise Rejected(f"Product {product_id} not found in order {order['id']}")


def add_months(ms: int, months: int) -> int:
    """The same UTC day and time so many calendar months later; a day the month lacks becomes its last.

    OverflowError beyond the year 9999.
    """
    start = local(ms, UTC)
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > 9999:
        raise OverflowError(f"year {year}")
    day = min(start.day, monthrange(year, month + 1)[1])
    return (start.replace(year=year, month=month + 1, day=day) - _EPOCH) // timedelta(milliseconds=1)


# --- tools ---------------------------------------------------------------------------------------------------------


@query("checkWarrantyStatus")
def check_warranty_status(
    world: World,
    profile: Profile,
    *,
    order_id: str | None = None,
    product_id: str | None = None,
    purchase_date: str | None = None,
) -> WarrantyStatus:
    """Tell whether a purchase is still under warranty, until which date (UTC) and for how many more days.

    Give order_id, product_id or both. With both, the answer is for that product in that order: a product of its own
    or inside a bundle has its own term, a part inside a prebuilt or workstation has the system's term. With order_id
    alone, the answer is the earliest end in the order, and `items` gives the term and end of each product; a bundle
    is answered through its components, in `items` too. An answer about one product has no `items`; an order without
    lines has empty ones and 12 months. Terms run from the instant of the order in calendar months. 0 months is no
    warranty; a product whose record names no whole number of months has 12.

    Args:
        order_id: Exact order id. The warranty starts when the order was created.
        product_id: Exact product id. Needed for the term of one particular product.
        purchase_date: Start of the warranty at {instant}. Used only without order_id; {unknown_purchase}.

    Rules: tools 2.15, P-61, P-62.
    """
    if order_id is not None:
        order = shown(world, "order", "Order", order_id)
        start = _bought_at(order)
        if product_id is None:
            terms = terms_in_order(world, order)
        else:
            shown(world, "product", "Product", product_id)
            terms = terms_of_part(world, order, product_id)
    elif product_id is not None:
        shown(world, "product", "Product", product_id)
        start = _purchased_at(purchase_date, profile)
        terms = terms_of(world, product_id)
    else:
        raise Rejected("order_id or product_id is required")
    try:
        return _status(world.now or PRESUMED_NOW, start, terms, itemised=[*terms] != [product_id])
    except OverflowError:
        if order_id is None and purchase_date is not None:
            raise Rejected(f"Invalid purchase_date: '{purchase_date}' is out of range") from None
        raise Rejected(f"The warranty of {order_id or product_id} ends beyond the year 9999") from None


@command("createWarrantyClaim", makes="warranty_claim.created")
def create_warranty_claim(
    world: World,
    profile: Profile,
    *,
    product_id: str,
    order_id: str,
    customer_id: str,
    reason: ClaimReason,
    status: ClaimStatus = "pending_review",
    denial_reason: DenialReason | None = None,
    notes: str | None = None,
) -> Annotated[Outcome, CreatedClaim]:
    """File a warranty claim for one component of an order. It cannot be changed or withdrawn afterwards.

    The component is a line of the order, a component of a bundle in it, or a part of a prebuilt or workstation in
    it; the prebuilt or workstation itself cannot be claimed. Order, payment and tickets stay as they are. An equal
    claim (same product, order, customer, reason and status) is not filed twice: the existing one is returned with
    already_exists true.

    Args:
        product_id: Exact product id of the faulty component.
        order_id: Exact id of the order it was bought in.
        customer_id: Exact id of the customer who placed that order.
        reason: defect = faulty from new; malfunction = failed later; wear_and_tear = worn out in use.
        status: Default: pending_review.
        denial_reason: Why the claim is denied. Required with status denied, not allowed with any other status.
        notes: Free text kept with the claim: what was reported and found.

    Rules: tools 3.9, P-62..P-64.
    """
    product = found(world, "product", "Product", product_id)
    category = product.get("category")
    if category in SYSTEMS:
        raise Rejected(f"Product {product_id} is a {category}: warranty claims are for individual components")
    order = found(world, "order", "Order", order_id)
    found(world, "customer", "Customer", customer_id)
    if order.get("customerId") != customer_id:
        raise Rejected(f"Order {order_id} does not belong to customer {customer_id}")
    terms_of_part(world, order, product_id)
    _check_denial(status, denial_reason, profile)
    now = now_text(world)
    claim: Row = {
        "id": derived_id("warranty_claim_", product_id, order_id, customer_id, reason, status),
        "productId": product_id,
        "orderId": order_id,
        "customerId": customer_id,
        "reason": reason,
        "status": status,
        "denialReason": denial_reason,
        "notes": notes,
        "createdAt": now,
        "updatedAt": now,
    }
    return create_once(
        world,
        profile,
        "warranty_claim",
        claim,
        "warranty_claim.created",
        claim_id=claim["id"],
        product_id=product_id,
        order_id=order_id,
        customer_id=customer_id,
        reason=reason,
        status=status,
        denial_reason=denial_reason,
    )


# --- leaves --------------------------------------------------------------------------------------------------------


def _bought_at(order: Row) -> int:
    start = stored_ms(order, "createdAt")
    if start is None:
        raise Rejected(f"Order {order['id']} has no creation date")
    return start


def _purchased_at(purchase_date: str | None, profile: Profile) -> int:
    start = instant("purchase_date", purchase_date)
    if start is not None:
        return start
    if profile.warranty_without_purchase_date:
        return PRESUMED_PURCHASE
    raise Rejected("purchase_date is required")


def _check_denial(status: ClaimStatus, denial_reason: DenialReason | None, profile: Profile) -> None:
    if status != "denied" and denial_reason is not None:
        raise Rejected(f"denial_reason is only allowed with status denied, not {status}")
    if status == "denied" and denial_reason is None and not profile.denied_claim_without_reason:
        raise Rejected("denial_reason is required when status is denied")


def _status(now: int, start: int, terms: Terms, *, itemised: bool) -> WarrantyStatus:
    ends = {id: add_months(start, months) for id, months in terms.items()}
    # An order without lines answers with the default term, as the reference does.
    end = min(ends.values(), default=add_months(start, DEFAULT_MONTHS))
    status: WarrantyStatus = {
        "is_under_warranty": end > now,
        "warranty_end_date": _date(end),
        "days_remaining": max(0, -((now - end) // DAY_MS)),
    }
    if itemised:
        status["items"] = [
            {
                "product_id": id,
                "warranty_months": terms[id],
                "warranty_end_date": _date(end),
                "is_under_warranty": end > now,
            }
            for id, end in ends.items()
        ]
    return status


def _date(ms: int) -> str:
    return local(ms, UTC).date().isoformat()
