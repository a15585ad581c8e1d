"""Truth by itself: policy stories worked out by hand, on rows made for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from corecraft.engine.clock import to_ms, to_text
from corecraft.rollouts.runner import Stage
from corecraft.scenarios import truth
from corecraft.scenarios.open_rules import IN_FORCE, OpenRules
from corecraft.scenarios.props import Props
from corecraft.scenarios.scene import Scene

SUPPLY = "coreflow-750w-gold-modular"


@pytest.fixture(scope="session")
def scene(stage: Stage) -> Scene:
    return Scene(stage.world)


Story = Callable[[Props], Any]


def told(scene: Scene, story: Story, rules: OpenRules = IN_FORCE) -> tuple[Scene, Any]:
    """The scene with the story's rows, and what the story gives back."""
    props = Props(scene, "truth", story.__name__)
    made = story(props)
    return scene.prepared(props.changes).under(rules), made


# --- calendar ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2025-11-11T03:40:00Z", date(2025, 11, 10)),  # 22:40 in Kentucky, the evening before
        ("2025-11-11T04:59:59Z", date(2025, 11, 10)),
        ("2025-11-11T05:00:00Z", date(2025, 11, 11)),
        ("2025-07-11T04:30:00Z", date(2025, 7, 10)),  # no daylight saving (P-11)
    ],
)
def test_days_are_eastern_all_year(instant: str, day: date):
    assert truth.est_date(instant) == day


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 12, 1), -12, date(2024, 12, 1)),
        (date(2025, 11, 15), 2, date(2026, 1, 15)),
    ],
)
def test_months_keep_the_day_or_end_with_the_month(day: date, months: int, then: date):
    assert truth.months_after(day, months) == then


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-11-24T14:00:00Z", "2025-11-24T16:30:00Z", 150),  # a Monday, from nine
        ("2025-11-24T12:00:00Z", "2025-11-24T15:00:00Z", 60),  # begun before opening
        ("2025-11-24T22:00:00Z", "2025-11-25T15:00:00Z", 120),  # over night
        ("2025-11-26T22:00:00Z", "2025-12-01T15:00:00Z", 120),  # Thanksgiving, the Friday after, a weekend
        ("2025-11-22T12:00:00Z", "2025-11-23T22:00:00Z", 0),
        ("2025-11-25T15:00:00Z", "2025-11-24T15:00:00Z", 0),
    ],
)
def test_business_time(start: str, end: str, minutes: int):
    assert truth.business_minutes(to_ms(start), to_ms(end)) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2025-11-24T15:00:00Z", 540, "2025-11-25T15:00:00Z"),
        ("2025-11-24T14:00:00Z", 540, "2025-11-24T23:00:00Z"),
        ("2025-11-26T15:00:00Z", 540, "2025-12-01T15:00:00Z"),
        ("2025-11-22T15:00:00Z", 1, "2025-11-24T14:01:00Z"),
    ],
)
def test_business_time_runs_out(start: str, minutes: int, due: str):
    assert to_text(truth.business_target(to_ms(start), minutes)) == due


# --- returns -----------------------------------------------------------------------------------------------------


def two_parcels(props: Props) -> str:
    """The first came on 3 November, the last on 9 November at 23:30 EST."""
    order = props.order(props.customer(), [(SUPPLY, 2)], "2025-10-28")
    props.shipment(order, delivered="2025-11-03T16:00:00Z")
    props.shipment(order, delivered="2025-11-10T04:30:00Z")
    return order["id"]


@pytest.mark.parametrize(
    ("rules", "delivered", "last", "open_"),
    [
        (IN_FORCE, date(2025, 11, 9), date(2025, 11, 30), False),  # today is 1 December
        (OpenRules(utc_days=True), date(2025, 11, 10), date(2025, 12, 1), True),
        (OpenRules(last_box_counts=False), date(2025, 11, 3), date(2025, 11, 24), False),
        (OpenRules(last_day_inside=False), date(2025, 11, 9), date(2025, 11, 29), False),
    ],
)
def test_the_window_begins_with_the_last_box(scene: Scene, rules: OpenRules, delivered: date, last: date, open_: bool):
    there, order = told(scene, two_parcels, rules)
    assert truth.delivered_on(there, order) == delivered
    assert truth.last_return_day(there, order) == last
    assert truth.returnable(there, order) is open_


def on_its_way(props: Props) -> str:
    order = props.order(props.customer(), [(SUPPLY, 1)], "2025-11-24")
    props.shipment(order, status="in_transit")
    return order["id"]


def test_what_has_not_arrived_cannot_be_returned(scene: Scene):
    there, order = told(scene, on_its_way)
    assert truth.deliveries(there, order) == []
    assert truth.returnable(there, order) is False


# --- money -------------------------------------------------------------------------------------------------------


def by_a_gold_customer(props: Props) -> str:
    order = props.order(props.customer(tier="gold"), [(SUPPLY, 3)], "2025-11-03", service="express")
    props.payment(order)
    return order["id"]


def test_what_a_refund_comes_to(scene: Scene):
    there, id = told(scene, by_a_gold_customer)
    order, listed = there.row("order", id), truth.dollars(there.row("product", SUPPLY)["price"])
    part, whole = [(SUPPLY, 2)], [(SUPPLY, 3)]
    paid = truth.cents(listed * Decimal("0.9"))
    assert truth.refund_amount(there, order, part, "defective") == truth.cents(2 * listed * Decimal("0.9"))
    assert truth.refund_amount(there, order, whole, "defective") == truth.cents(3 * listed * Decimal("0.9")) + Decimal(
        "19.99"
    )
    assert truth.refund_amount(there, order, whole, "customer_remorse") == truth.cents(3 * listed * Decimal("0.9"))
    assert truth.price_paid(there, SUPPLY, "gold") == paid
    at_list = there.under(OpenRules(refund_paid_price=False))
    assert truth.refund_amount(at_list, at_list.row("order", id), part, "defective") == 2 * listed


def a_year_of_orders(props: Props) -> str:
    """Counted: 100 with 30 given back, 50. Not counted: a cancelled one, a failed payment, one of thirteen months ago."""
    customer = props.customer()

    def bought(on: str, amount: int, status: str = "fulfilled", paid: str = "captured") -> Any:
        order = props.order(customer, [(SUPPLY, 1)], on, status, "standard")
        return props.payment(order, paid, Decimal(amount))

    props.refund(bought("2025-03-03", 100, paid="partially_refunded"), 30, "other", "processed", "2025-04-01")
    props.refund(bought("2025-05-05", 50), 20, "other", "denied", "2025-05-09")
    bought("2025-06-06", 70, "cancelled")
    bought("2025-07-07", 80, "pending", "failed")
    bought("2024-11-01", 90)
    return customer["id"]


def test_what_counts_as_spent(scene: Scene):
    there, customer = told(scene, a_year_of_orders)
    assert truth.year_spend(there, customer) == Decimal("120.00")
    assert truth.year_spend(there.under(OpenRules(spend_net=False)), customer) == Decimal("150.00")
    assert truth.year_spend(there.under(OpenRules(spend_shipping=False)), customer) == Decimal("120.00") - 2 * Decimal(
        "9.99"
    )


@pytest.mark.parametrize(
    ("amount", "tier"),
    [("999.99", "none"), ("1000", "silver"), ("2499.99", "silver"), ("2500", "gold"), ("5000", "platinum")],
)
def test_tiers_begin_at_their_amounts(scene: Scene, amount: str, tier: str):
    assert truth.earned_tier(scene, Decimal(amount)) == tier


# --- privacy -----------------------------------------------------------------------------------------------------


def test_what_is_private_is_what_could_be_recognised(scene: Scene):
    customer = Props(scene, "truth", "private").customer()
    values = truth.private_values(customer)
    assert {customer["phone"], customer["email"], customer["dateOfBirth"], customer["addresses"][0]["line1"]} >= set(
        values
    )
    assert customer["phone"] in values
    assert truth.private_values({"phone": None, "addresses": "unreadable"}) == ()
