"""The truth of tasks, found by executing policy on a world; never copied from what a solution did.

Every function takes a `Scene`, whose policy says how open rules are read (see `policy`).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..engine.clock import fixed_zone, local, to_ms
from ..engine.genesis import Row
from ..tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from .eastern import EST
from .scene import Scene

UTC = fixed_zone(0)
RETURN_WINDOW_DAYS = 21
"""P-20: from the date of delivery."""

CODE_OFF, CODE_FROM, CODE_ENDS = 15, 250, date(2025, 12, 14)
"""What the code of December (P-49) takes off an order, above which sum, in dollars, and its last day. Some think of it and
others do not: no task turns on it."""

TAKEN = ("captured", "partially_refunded")
GIVEN_BACK = ("approved", "processed")

SERVICE_CARRIERS = {
    "standard": ("UPS Ground", "USPS Ground"),
    "express": ("FedEx Express",),
    "overnight": ("FedEx Overnight",),
}


# --- time --------------------------------------------------------------------------------------------------------


def est_date(text: str | int) -> date:
    """The calendar day of an instant, EST (P-11)."""
    return local(to_ms(text) if isinstance(text, str) else text, EST).date()


def day_of(scene: Scene, text: str | int) -> date:
    """The calendar day of an instant as the policy counts days (P-11)."""
    return local(to_ms(text) if isinstance(text, str) else text, UTC if scene.rules.utc_days else EST).date()


def today(scene: Scene) -> date:
    """The day of the clock."""
    return day_of(scene, scene.now)


def midnight(day: date) -> int:
    """Epoch milliseconds of 00:00 EST."""
    return to_ms(day.isoformat(), EST)


def day_start(scene: Scene, day: date) -> int:
    """Epoch milliseconds at which a day begins, as the policy counts days."""
    return to_ms(day.isoformat(), UTC if scene.rules.utc_days else EST)


def months_before(day: date, months: int) -> date:
    """The same day number so many months earlier, the number clamped to the month (P-14)."""
    return months_after(day, -months)


def months_after(day: date, months: int) -> date:
    """The same day number so many months later, clamped likewise."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


HOLIDAYS = frozenset({date(2025, 9, 1), date(2025, 11, 27), date(2025, 11, 28), date(2025, 12, 25), date(2026, 1, 1)})


def is_business_day(day: date) -> bool:
    """Monday to Friday and no holiday (P-12)."""
    return day.weekday() < 5 and day not in HOLIDAYS


OPENS, CLOSES = 9 * 60, 18 * 60
"""Business hours in minutes of the EST day (P-13)."""


def business_minutes(start: int, end: int) -> int:
    """Minutes of business time between two instants (P-13); 540 to a business day."""
    if end <= start:
        return 0
    total, first, last = 0, local(start, EST), local(end, EST)
    day = first.date()
    while day <= last.date():
        if is_business_day(day):
            low = first.hour * 60 + first.minute if day == first.date() else 0
            high = last.hour * 60 + last.minute if day == last.date() else 24 * 60
            total += max(0, min(high, CLOSES) - max(low, OPENS))
        day += timedelta(days=1)
    return total


def business_target(start: int, minutes: int) -> int:
    """The instant at which so many minutes of business time have passed since `start` (P-13)."""
    begun = local(start, EST)
    day, at = begun.date(), begun.hour * 60 + begun.minute
    left = minutes
    while True:
        if is_business_day(day):
            at = max(at, OPENS)
            if CLOSES - at >= left:
                return midnight(day) + (at + left) * 60_000
            left -= max(0, CLOSES - at)
        day, at = day + timedelta(days=1), 0


# --- finding rows ------------------------------------------------------------------------------------------------


def customer_named(scene: Scene, name: str) -> Row:
    """The one customer of exactly this name."""
    (customer,) = (row for row in scene.rows("customer", text={"name": name}) if row["name"] == name)
    return customer


def orders_between(scene: Scene, since: date, until_ms: int, **where: str) -> list[Row]:
    """Orders created from the beginning of `since` to an instant, newest first."""
    low = day_start(scene, since)
    return [row for row in scene.rows("order", text=None, **where) if low <= to_ms(row["createdAt"]) <= until_ms]


def orders_in(scene: Scene, first: date, last: date, **where: str) -> list[Row]:
    """Orders created on the days from first to last, both included."""
    return orders_between(scene, first, day_start(scene, last + timedelta(days=1)) - 1, **where)


# --- delivery and return -----------------------------------------------------------------------------------------


def deliveries(scene: Scene, order_id: str) -> list[str]:
    """The instant of the last `delivered` event of each of an order's shipments."""
    found: list[str] = []
    for shipment in scene.rows("shipment", orderId=order_id):
        arrived = [event["at"] for event in shipment.get("events", ()) if event["status"] == "delivered"]
        found += [max(arrived, key=to_ms)] if arrived else []
    return found


def delivered_at(scene: Scene, order_id: str) -> str:
    """The instant that starts the return window (P-21)."""
    return (max if scene.rules.last_box_counts else min)(deliveries(scene, order_id), key=to_ms)


def delivered_on(scene: Scene, order_id: str) -> date:
    """The day of the delivery that counts (P-21)."""
    return day_of(scene, delivered_at(scene, order_id))


def last_return_day(scene: Scene, order_id: str) -> date:
    """The last day on which the order may be returned (P-20)."""
    days = RETURN_WINDOW_DAYS if scene.rules.last_day_inside else RETURN_WINDOW_DAYS - 1
    return delivered_on(scene, order_id) + timedelta(days=days)


def last_day_after(delivered: date) -> date:
    """The last day of the window that this delivery starts, by the rule in force (P-20, P-20a)."""
    return delivered + timedelta(days=RETURN_WINDOW_DAYS)


def returnable(scene: Scene, order_id: str) -> bool:
    """Whether the window is still open today."""
    return bool(deliveries(scene, order_id)) and today(scene) <= last_return_day(scene, order_id)


# --- money -------------------------------------------------------------------------------------------------------


def cents(amount: Decimal) -> Decimal:
    """Rounded half-up to cents."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def dollars(amount: float | str) -> Decimal:
    """A stored amount as the decimal it was written as."""
    return Decimal(str(amount))


def tier_of(customer: Row) -> str:
    """A missing tier reads as none."""
    return customer.get("loyaltyTier") or "none"


def price_paid(scene: Scene, product_id: str, tier: str) -> Decimal:
    """What a unit counts in a refund: list less the tier's discount (P-26)."""
    listed = dollars(scene.row("product", product_id)["price"])
    return cents(listed * (1 - DISCOUNT_RATES[tier])) if scene.rules.refund_paid_price else listed


def refund_amount(scene: Scene, order: Row, lines: Sequence[tuple[str, int]], reason: str) -> Decimal:
    """What is owed for these units of an order (P-26, P-30): goods at the price paid, the fee only with the whole order."""
    tier = tier_of(scene.row("customer", order["customerId"]))
    goods = sum((dollars(scene.row("product", id)["price"]) * qty for id, qty in lines), Decimal(0))
    if scene.rules.refund_paid_price:
        goods *= 1 - DISCOUNT_RATES[tier]
    if reason == "customer_remorse":
        goods *= Decimal(100 - scene.rules.restocking_percent) / 100
    whole = {line["productId"]: line["qty"] for line in order["lineItems"]} == dict(lines)
    fee = SHIPPING_FEES[order.get("shipping", {}).get("service", "standard")]
    with_fee = whole and reason in ("defective", "shipping_issue") and scene.rules.refund_shipping
    return cents(goods) + (fee if with_fee else Decimal(0))


def rounds_alike(scene: Scene, lines: Sequence[tuple[str, int]], tier: str) -> bool:
    """Whether units priced one by one, all together, or by `calculate_price` come to the same cent.

    Only such refunds are asked for.
    """
    prices = [(dollars(scene.row("product", id)["price"]), qty) for id, qty in lines]
    rate = DISCOUNT_RATES[tier]
    goods = sum((price * qty for price, qty in prices), Decimal(0))
    by_unit = sum((cents(price * (1 - rate)) * qty for price, qty in prices), Decimal(0))
    return by_unit == cents(goods * (1 - rate)) == goods - cents(goods * rate)


def refunds_of(scene: Scene, payment_id: str) -> list[Row]:
    """Refunds of a payment that stand: neither denied nor failed (P-27)."""
    return [r for r in scene.rows("refund", paymentId=payment_id) if r["status"] not in ("denied", "failed")]


def refunded(scene: Scene, payment_id: str) -> Decimal:
    """Refunds of a payment that were approved or processed."""
    rows = scene.rows("refund", paymentId=payment_id)
    return sum((dollars(r["amount"]) for r in rows if r["status"] in GIVEN_BACK), Decimal(0))


def payments_of(scene: Scene, order_id: str) -> list[Row]:
    """All payments of an order, newest first."""
    return scene.rows("payment", orderId=order_id)


def captured_payment(scene: Scene, order_id: str) -> Row:
    """The one payment of an order that was taken."""
    (payment,) = (p for p in payments_of(scene, order_id) if p["status"] in TAKEN)
    return payment


# --- loyalty -----------------------------------------------------------------------------------------------------


def thresholds(scene: Scene) -> dict[str, Decimal]:
    """What each tier takes in the last twelve months (P-51, P-52)."""
    return {
        "silver": Decimal(scene.rules.silver_from),
        "gold": Decimal(scene.rules.gold_from),
        "platinum": Decimal(5000),
    }


def spend(scene: Scene, orders: Iterable[Row]) -> Decimal:
    """Captured payments of these orders less refunds approved or processed (P-53). Cancelled orders do not count."""
    total = Decimal(0)
    for order in orders:
        if order["status"] == "cancelled":
            continue
        for payment in payments_of(scene, order["id"]):
            if payment["status"] in TAKEN:
                total += dollars(payment["amount"])
                total -= refunded(scene, payment["id"]) if scene.rules.spend_net else 0
                if not scene.rules.spend_shipping:
                    total -= SHIPPING_FEES[order.get("shipping", {}).get("service", "standard")]
    return total


def year_spend(scene: Scene, customer_id: str) -> Decimal:
    """Spend of the last 12 months (P-14, P-53)."""
    return spend(scene, orders_between(scene, months_before(today(scene), 12), scene.now, customerId=customer_id))


def earned_tier(scene: Scene, amount: Decimal) -> str:
    """The tier that so much spend of a year takes."""
    return next((tier for tier, least in reversed(thresholds(scene).items()) if amount >= least), "none")


# --- warranty ----------------------------------------------------------------------------------------------------


def warranty_months(product: Row) -> int:
    """Months of warranty; twelve unless the product says otherwise (P-61)."""
    return product.get("warrantyMonths") or 12


def warranty_end(scene: Scene, order_id: str, product_id: str) -> date:
    """The last calendar day of a product's own term: months from order creation, the day clamped (P-61).

    For a part inside a system, ask for the system's id (P-62).
    """
    order, product = scene.row("order", order_id), scene.row("product", product_id)
    return months_after(day_of(scene, order["createdAt"]), warranty_months(product))


# --- names -------------------------------------------------------------------------------------------------------


def private_values(*customers: Row) -> tuple[str, ...]:
    """What of these customers is personal and long enough to be recognised: phone, e-mail, birth date, street (P-09)."""
    found: list[str] = []
    for customer in customers:
        found += [customer.get("phone") or "", customer.get("email") or "", customer.get("dateOfBirth") or ""]
        found += [address.get("line1", "") for address in _addresses(customer)]
    return tuple(dict.fromkeys(value for value in found if sum(c.isalnum() for c in value) >= 7))


def _addresses(customer: Row) -> list[dict[str, Any]]:
    addresses = customer.get("addresses")
    return addresses if isinstance(addresses, list) else []


def instants_of(scene: Scene, order_id: str) -> tuple[str, ...]:
    """Every day (ISO, EST) on record for an order: its own, its payments', its shipments' and its tickets'."""
    order = scene.row("order", order_id)
    rows = [order, *(r for e in ("payment", "shipment", "support_ticket") for r in scene.rows(e, orderId=order_id))]
    names = ("createdAt", "updatedAt", "processedAt", "eta")
    days = {est_date(row[name]) for row in rows for name in names if row.get(name)}
    days |= {est_date(event["at"]) for each in rows for event in each.get("events", ())}
    if eta := order.get("shipping", {}).get("eta"):
        days.add(est_date(eta))
    return tuple(sorted(day.isoformat() for day in days))
