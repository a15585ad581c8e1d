"""The truth of tasks, found by executing policy on a world; never copied from what a solution did."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from ..engine.clock import fixed_zone, local, to_ms
from ..engine.genesis import Row
from ..engine.world import World

EST = fixed_zone(-5)
RETURN_WINDOW_DAYS = 21
"""P-20: from the date of delivery, day 21 included (P-20a)."""

TIER_THRESHOLDS = {"silver": Decimal(1000), "gold": Decimal(2500), "platinum": Decimal(5000)}
"""P-51, P-52: spent in the last twelve months."""


def est_date(text: str) -> date:
    """The calendar day of an instant, EST (P-11)."""
    return local(to_ms(text), EST).date()


def midnight(day: date) -> int:
    """Epoch milliseconds of 00:00 EST."""
    return to_ms(day.isoformat(), EST)


def row(world: World, entity: str, id: str) -> Row:
    """A row that a task is built on, and that must be there."""
    found = world.get(entity, id)
    assert found is not None, f"the world has no {entity} {id}"
    return found


def customer_named(world: World, name: str) -> Row:
    """The one customer of exactly this name."""
    (customer,) = (row for row in world.rows("customer", text={"name": name}) if row["name"] == name)
    return customer


def orders_between(world: World, since: date, until_ms: int, **where: str) -> list[Row]:
    """Orders created from the beginning of `since` (EST) to an instant, newest first."""
    low = midnight(since)
    return [row for row in world.rows("order", where) if low <= to_ms(row["createdAt"]) <= until_ms]


def deliveries(world: World, order_id: str) -> list[str]:
    """The instants of all `delivered` events of an order's shipments."""
    events = (e for s in world.rows("shipment", {"orderId": order_id}) for e in s.get("events", ()))
    return [event["at"] for event in events if event["status"] == "delivered"]


def delivered_on(world: World, order_id: str) -> date:
    """The day of the last `delivered` event (P-21)."""
    return est_date(max(deliveries(world, order_id), key=to_ms))


def last_return_day(world: World, order_id: str) -> date:
    """The last day on which the order may be returned (P-20)."""
    return delivered_on(world, order_id) + timedelta(days=RETURN_WINDOW_DAYS)


def spend(world: World, orders: Iterable[Row]) -> Decimal:
    """Captured payments of these orders less refunds approved or processed (P-53)."""
    total = Decimal(0)
    for order in orders:
        for payment in world.rows("payment", {"orderId": order["id"]}):
            if payment["status"] in ("captured", "partially_refunded"):
                total += Decimal(str(payment["amount"]))
                total -= refunded(world, payment["id"])
    return total


def refunded(world: World, payment_id: str) -> Decimal:
    """Refunds of a payment that were approved or processed."""
    rows = world.rows("refund", {"paymentId": payment_id})
    return sum((Decimal(str(r["amount"])) for r in rows if r["status"] in ("approved", "processed")), Decimal(0))


def aliases(product: Row) -> tuple[str, ...]:
    """How an answer may name a product: its id, its name, and its name without the brand."""
    name: str = product["name"]
    short = name.removeprefix(product["brand"]).strip()
    return tuple(dict.fromkeys((name, product["id"], short) if len(short) > 3 else (name, product["id"])))


def warranty_end(world: World, order_id: str, product_id: str) -> date:
    """The last calendar day, EST, of a product's term: months from order creation, the day clamped (P-61)."""
    order, product = row(world, "order", order_id), row(world, "product", product_id)
    start = est_date(order["createdAt"])
    months = start.month - 1 + product.get("warrantyMonths", 12)
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def dates_of(world: World, order_id: str) -> tuple[str, ...]:
    """Every day (ISO, EST) on record for an order: its own, its payments', its shipments' and its tickets'."""
    order = world.get("order", order_id)
    assert order is not None
    rows = [
        order,
        *(
            row
            for entity in ("payment", "shipment", "support_ticket")
            for row in world.rows(entity, {"orderId": order_id})
        ),
    ]
    days = {
        est_date(row[name])
        for row in rows
        for name in ("createdAt", "updatedAt", "processedAt", "eta")
        if row.get(name)
    }
    days |= {est_date(event["at"]) for each in rows for event in each.get("events", ())}
    if eta := order.get("shipping", {}).get("eta"):
        days.add(est_date(eta))
    return tuple(sorted(day.isoformat() for day in days))
