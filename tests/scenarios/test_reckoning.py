"""Solutions reckon for themselves: their calendar and money agree with the truth's on everything, written apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from corecraft.engine.clock import to_text
from corecraft.scenarios import reckoning, truth
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(2021, 1, 1), date(2028, 12, 31))
INSTANTS = st.integers(1_640_995_200_000, 1_830_297_600_000).map(lambda ms: ms - ms % 1000)  # 2022 to 2027
AMOUNTS = st.integers(0, 10_000_000).map(lambda n: Decimal(n) / 1000)


@given(INSTANTS)
def test_an_instant_falls_on_the_same_day(ms: int) -> None:
    assert reckoning.day_of(ms) == truth.est_date(ms)
    assert reckoning.day_of(to_text(ms)) == truth.est_date(to_text(ms))


@given(DAYS, st.integers(-40, 80))
def test_days_move_alike(day: date, months: int) -> None:
    assert reckoning.months_on(day, months) == truth.months_after(day, months)
    assert reckoning.last_return_day(day) == truth.last_day_after(day)
    assert reckoning.midnight(day) == truth.midnight(day)
    assert reckoning.working_day(day) == truth.is_business_day(day)


@given(INSTANTS, st.integers(0, 40 * 86_400_000))
def test_business_time_is_counted_alike(start: int, span: int) -> None:
    assert reckoning.business_minutes(start, start + span) == truth.business_minutes(start, start + span)


@given(INSTANTS, st.integers(1, 20 * 540))
def test_business_time_runs_out_at_the_same_minute(start: int, minutes: int) -> None:
    assert reckoning.business_target(start, minutes) == truth.business_target(start, minutes)


@given(AMOUNTS)
def test_cents_are_rounded_alike(amount: Decimal) -> None:
    assert reckoning.to_the_cent(amount) == truth.cents(amount)
    assert str(reckoning.to_the_cent(amount)) == str(truth.cents(amount))
    assert reckoning.dollars(float(amount)) == truth.dollars(float(amount))


def test_what_is_on_file_is_read_alike() -> None:
    for customer in ({}, {"loyaltyTier": None}, {"loyaltyTier": "gold"}):
        assert reckoning.tier_of(customer) == truth.tier_of(customer)
    for product in ({}, {"warrantyMonths": 0}, {"warrantyMonths": 24}):
        assert reckoning.term_of(product) == truth.warranty_months(product)
    assert reckoning.FEES == truth.SHIPPING_FEES
