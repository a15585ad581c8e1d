"""Orders."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from ..engine.canonical import derived_id, sorted_bytes
from ..engine.genesis import Row
from ..engine.tool import Outcome, Rejected, command, fact, query, whole
from ..engine.world import World
from .commands import Once, changed, create_once, require_products
from .profile import Profile
from .rows import Carrier, LineItem, Order, OrderStatus, Service
from .search import Window, found, given, newest, now_text, page, shown, window
from .shapes import Number, Text
from .tables import string
from .tickets import tickets_by_date


class OrderPart(TypedDict):
    id: str
    customer_id: Text
    line_items: list[LineItem] | str
    status: Text
    created_at: str
    updated_at: str


class PaymentPart(TypedDict):
    id: str
    amount: Number
    method: Text
    status: Text


class ShipmentPart(TypedDict):
    id: str
    tracking_number: Text
    carrier: Text
    status: Text


class CustomerPart(TypedDict):
    name: Text
    email: Text
    loyalty_tier: Text


class TicketPart(TypedDict):
    id: str
    subject: Text
    status: Text
    createdAt: str


class OrderDetails(TypedDict):
    order: OrderPart
    payment: PaymentPart | None
    shipment: ShipmentPart | None
    customer: CustomerPart | None
    tickets: list[TicketPart]


@query("searchOrders")
def search_orders(
    world: World,
    profile: Profile,
    *,
    order_id: str | None = None,
    customer_id: str | None = None,
    product_id: str | None = None,
    status: OrderStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: float | None = None,
) -> list[Order]:
    """Find orders. All given filters must hold. Returns full order records, with line items, shipping block and build,
    newest first (by creation, then id), those without a creation date last, whatever the bounds on it. Orders carry no
    amounts; those are on their payments. {capped} To see the rest, ask again with created_before set to the createdAt
    of the last.

    Args:
        order_id: Exact order id.
        customer_id: Exact id of the customer who ordered.
        product_id: Exact id of a product that stands on a line of the order. What is inside bundles and prebuilt
            systems is not looked at.
        status: Exact order status.
        created_after: Order created at or after {instant}.
        created_before: Order created at or before {instant}.
        limit: Most records to return: {sizes}.

    Rules: 2.5, G-05..G-13, B-07.
    """
    where = given(id=order_id, customerId=customer_id, productId=product_id, status=status)
    created = window("created", created_after, created_before)
    return page(newest(world, "order", created, where), limit, profile)


@query("getOrderDetails")
def get_order_details(world: World, *, order_id: str, created_before: str | None = None) -> OrderDetails:
    """Get an overview of one order: its lines and status, the latest payment, the latest shipment, the customer, and
    all support tickets about it, newest first. Parts that do not exist are null, missing lines an empty list, missing
    dates empty text.

    Args:
        order_id: Exact order id.
        created_before: Consider only payments, shipments and tickets created at or before {instant}. The order itself
            is always shown.

    Rules: 2.6, G-04, G-08, G-09, G-20, B-27. No delivery date or event is shown, on purpose.
    """
    related = window("created", None, created_before)
    order = shown(world, "order", "Order", order_id)
    payment = _latest(world, "payment", order_id, related)
    shipment = _latest(world, "shipment", order_id, related)
    customer = world.get("customer", string(order, "customerId"))
    return {
        "order": _order_part(order),
        "payment": _payment_part(payment) if payment else None,
        "shipment": _shipment_part(shipment) if shipment else None,
        "customer": _customer_part(customer) if customer else None,
        "tickets": [_ticket_part(ticket) for ticket in tickets_by_date(world, related, orderId=order_id)],
    }


def _latest(world: World, entity: str, order_id: str, related: Window) -> Row | None:
    """The newest row of an order, ties by id, or None."""
    return next(newest(world, entity, related, {"orderId": order_id}), None)


def _order_part(row: Row) -> OrderPart:
    return {
        "id": row["id"],
        "customer_id": row.get("customerId"),
        "line_items": row.get("lineItems") or [],
        "status": row.get("status"),
        "created_at": row.get("createdAt") or "",
        "updated_at": row.get("updatedAt") or "",
    }


def _payment_part(row: Row) -> PaymentPart:
    return {
        "id": row["id"],
        "amount": row.get("amount"),
        "method": row.get("method"),
        "status": row.get("status"),
    }


def _shipment_part(row: Row) -> ShipmentPart:
    return {
        "id": row["id"],
        "tracking_number": row.get("trackingNumber"),
        "carrier": row.get("carrier"),
        "status": row.get("status"),
    }


def _customer_part(row: Row) -> CustomerPart:
    return {"name": row.get("name"), "email": row.get("email"), "loyalty_tier": row.get("loyaltyTier")}


def _ticket_part(row: Row) -> TicketPart:
    return {
        "id": row["id"],
        "subject": row.get("subject"),
        "status": row.get("status"),
        "createdAt": row.get("createdAt") or "",
    }


# --- commands ------------------------------------------------------------------------------------------------------

_MOST_UNITS = 1_000_000

_NewStatus = Literal["pending", "paid", "fulfilled", "cancelled", "backorder", "refunded", "partially_refunded"]

_Line = Annotated[
    dict[str, Any],
    Meta(
        extra_json_schema={
            "properties": {
                "productId": {"type": "string"},
                "qty": {"type": "integer", "minimum": 1, "maximum": _MOST_UNITS},
            }
        }
    ),
]


class ShipTo(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A shipping address as createOrder takes it, also as it stands in a customer's row."""

    label: str | UnsetType = UNSET
    line1: str | UnsetType = UNSET
    line2: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    postalCode: str | UnsetType = UNSET  # noqa: N815 (the wire's name)
    country: str | UnsetType = UNSET


class CreatedOrder(Order, Once):
    pass


@command("updateOrderStatus", makes="order.status_changed", destructive=True)
def update_order_status(world: World, *, order_id: str, status: OrderStatus) -> Annotated[Outcome, Order]:
    """Set an order's status. Returns the whole order.

    Any status may follow any other. Only the order changes: payments, refunds, shipments and stock stay as they are.

    Args:
        order_id: Exact order id.
        status: The new status. paid = not shipped yet; fulfilled = shipped; refund_requested = asked for, not
            approved; refunded and partially_refunded = a refund was approved for all or some units.

    Rules: tools 3.4, P-40.
    """
    order = found(world, "order", "Order", order_id)
    row, change = changed(world, "order", order, status=status)
    happened = fact(
        "order.status_changed", change, order_id=order_id, old_status=order.get("status"), new_status=status
    )
    return Outcome(row, (happened,))


@command("createOrder", makes="order.created")
def create_order(
    world: World,
    profile: Profile,
    *,
    customer_id: str,
    line_items: list[_Line],
    status: _NewStatus = "pending",
    shipping_address: ShipTo | None = None,
    shipping_carrier: Carrier | None = None,
    shipping_service: Service | None = None,
    build_id: str | None = None,
) -> Annotated[Outcome, CreatedOrder]:
    """Create an order for a customer. Its lines and shipping cannot be changed afterwards.

    No payment is taken and no stock is reserved. Whether the items are in stock, fit together, or the carrier suits
    the service is not checked. A call that equals an earlier one in all its arguments creates nothing: the existing
    order is returned with already_exists true.

    Args:
        customer_id: Exact customer id.
        line_items: At least one line, each with productId (exact product id) and qty (whole number, at least 1); what
            else a line holds is not kept.
        status: Default: pending.
        shipping_address: Where it goes: line1, line2, city, region (two-letter state), postalCode, country
            (two-letter). An address of a customer's record is taken as it is; its label is not kept.
        shipping_carrier: UPS Ground or USPS Ground for standard, FedEx Express for express, FedEx Overnight for
            overnight.
        shipping_service: Decides the shipping fee.
        build_id: Exact id of the build the lines come from.

    Rules: tools 3.8, P-44, P-45, P-90.
    """
    found(world, "customer", "Customer", customer_id)
    lines = _lines(world, line_items)
    if build_id is not None:
        found(world, "build", "Build", build_id)
    address = _kept(shipping_address)
    shipping: Row = given(address=address, carrier=shipping_carrier, service=shipping_service)
    now = now_text(world)
    order: Row = {
        "id": derived_id(
            "ord_",
            customer_id,
            *sorted(f"{line['productId']}:{line['qty']}" for line in lines),
            status,
            "" if address is None else sorted_bytes(address).decode(),
            shipping_carrier or "",
            shipping_service or "",
            build_id or "",
        ),
        "customerId": customer_id,
        "lineItems": lines,
        "status": status,
        **given(shipping=shipping or None, buildId=build_id),
        "createdAt": now,
        "updatedAt": now,
    }
    return create_once(
        world,
        profile,
        "order",
        order,
        "order.created",
        order_id=order["id"],
        customer_id=customer_id,
        status=status,
        build_id=build_id,
        line_items=lines,
    )


def _kept(address: ShipTo | None) -> Row | None:
    """What an order keeps of an address: the label tells a customer's addresses apart. One without parts is none."""
    parts: Row = to_builtins(address or ShipTo())
    return {name: part for name, part in parts.items() if name != "label"} or None


def _lines(world: World, given_lines: list[Row]) -> list[Row]:
    """Lines in the stored shape; product_id and quantity are read as well."""
    if not given_lines:
        raise Rejected("Order must have at least one line item")
    pairs = [
        (_either(number, line, "productId", "product_id"), _either(number, line, "qty", "quantity"))
        for number, line in enumerate(given_lines, 1)
    ]
    require_products(world, [id for id, _ in pairs if isinstance(id, str) and id])
    return [_line(number, id, qty) for number, (id, qty) in enumerate(pairs, 1)]


def _either(number: int, line: Row, name: str, other: str) -> Any:
    """A field of a line under whichever of its two names it was given."""
    if name in line and other in line and whole(line[name]) != whole(line[other]):
        raise Rejected(f"Line {number} has {name} and {other}, which differ")
    return whole(line.get(name, line.get(other)))


def _line(number: int, product_id: Any, qty: Any) -> Row:
    if not product_id or not isinstance(product_id, str):
        raise Rejected(f"Line {number} missing productId")
    if qty is None:
        raise Rejected(f"Line {number} missing qty")
    if type(qty) is not int or not 1 <= qty <= _MOST_UNITS:
        raise Rejected(f"Invalid qty in line {number}. Must be a whole number from 1 to {_MOST_UNITS}")
    return {"productId": product_id, "qty": qty}
