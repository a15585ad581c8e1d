"""RS-05 played: by what a desk can look up, right and wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from ...engine.clock import to_ms
from ...engine.genesis import Row
from .. import reckoning
from ..checks import money, number, text
from ..composition import Composition
from ..desk import Desk, customer_named, page_by_date
from ..eastern import moment
from ._rs05_texts import (
    ARRIVED,
    AT_RISK,
    BREACHES,
    CHECKED,
    DUE,
    FEE,
)

MONTHS = {"June": (date(2025, 6, 1), date(2025, 6, 30)), "November": (date(2025, 11, 1), date(2025, 11, 30))}
BUSINESS_DAY = 540
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW = to_ms("2025-12-01T19:00:00Z")
MINUTES = {"business_days": BUSINESS_DAY, "business_hours": 60}


@frozen
class Track:
    """A leg as the records have it. end: None while it runs; eta: "" where the parcel tells none; promised: minutes of
    business time."""

    order: Row
    name: str
    tier: str
    start: int
    end: int | None
    eta: str
    promised: int = 0

    @property
    def used(self) -> int:
        return reckoning.business_minutes(self.start, self.end or NOW)

    @property
    def over(self) -> Decimal:
        """Business hours beyond the promise."""
        return Decimal(max(0, self.used - self.promised)) / 60


Promise = Callable[[Sequence[Row], Track], int]
"""The minutes that a leg may take, given the rows for its kind; the falls find them in another way."""


def in_force(rows: Sequence[Row], track: Track) -> int:
    """By the row that was valid at the start, one for the tier before one for all (P-96)."""
    until = [(row, to_ms(row["effectiveTo"]) if row.get("effectiveTo") else NOW) for row in rows]
    valid = [row for row, end in until if to_ms(row["effectiveFrom"]) <= track.start < end]
    fitting = [row for row in valid if row.get("service") in (None, track.order["shipping"]["service"])]
    row = next(row for tier in (track.tier, None) for row in fitting if row.get("loyaltyTier") == tier)
    return row["targetValue"] * MINUTES[row["targetUnit"]]


def play(desk: Desk, given: Mapping[str, Any], *, promise: Promise = in_force) -> Composition:
    slas = {
        "handling": desk.call("searchSlas", metric="order_handling"),
        "transit": desk.call("searchSlas", metric="shipment_transit"),
    }

    def tracks(order: Row) -> list[Track]:
        return [evolve(each, promised=promise(slas[each.name], each)) for each in look(desk, order)]

    if "month" not in given:
        named = (
            {"order_id": given["order"]}
            if "order" in given
            else {"customer_id": customer_named(desk, given["name"])["id"]}
        )
        (order,) = desk.call("searchOrders", **named)
        return answer_one(tracks(order)[1])
    desk.call("searchSlackMessages", text=given["name"])
    first, last = MONTHS[given["month"]]
    window = {"created_after": f"{first}", "created_before": f"{last}T23:59:59"}
    customer = given["customer"] if "customer" in given else customer_named(desk, given["name"])["id"]
    orders = page_by_date(desk, "searchOrders", customer_id=customer, **window)
    express = [order for order in orders if order["shipping"]["service"] == "express"]
    every = [each for order in express for each in tracks(order)]
    return answer_in_prose(every) if given.get("in_prose") else answer_audit(every, len(express))


def look(desk: Desk, order: Row) -> tuple[Track, Track]:
    (customer,) = desk.call("searchCustomers", customer_id=order["customerId"])
    (payment,) = desk.call("searchPayments", order_id=order["id"])
    (shipment,) = desk.call("searchShipments", order_id=order["id"])
    tier, eta, label = reckoning.tier_of(customer), shipment.get("eta", ""), to_ms(shipment["createdAt"])
    scans = [to_ms(scan["at"]) for scan in shipment["events"] if scan["status"] == "delivered"]
    handling = Track(order, "handling", tier, to_ms(payment["processedAt"]), label, eta)
    return handling, Track(order, "transit", tier, label, max(scans, default=None), eta)


def answer_in_prose(every: Sequence[Track]) -> Composition:
    if not any(each.over for each in every):
        return Composition().decide(False, "{verdict}, {none} of them did.", "{verdict}: {none}.", none=text("none"))
    return list_breaches(Composition(), every)


def list_breaches(reply: Composition, every: Sequence[Track]) -> Composition:
    rival = {"handling": "transit", "transit": "handling"}
    late = [each for each in every if each.over]
    rows = [
        (text(each.order["id"]), text(each.name, rivals=(rival[each.name],)), number(each.over, "0.1")) for each in late
    ]
    return reply.table(("Order", "Leg", "Hours over"), rows, fixed=True) if rows else reply


def answer_audit(every: Sequence[Track], checked: int) -> Composition:
    late = [each for each in every if each.over]
    reply = list_breaches(Composition(), every)
    reply.fill(CHECKED, number(checked)).fill(BREACHES, number(len(late)))
    slow = max((each for each in every if each.name == "transit" and each.end), key=lambda each: each.used)
    others = [each.order["id"] for each in every if each.order != slow.order]
    slowest, hours = text(slow.order["id"], rivals=others), number(Decimal(slow.used) / 60, "0.1")
    if len(late) < 2:
        reply.say("SLOWEST: {slow}, {hours} hours", slow=slowest, hours=hours)
    else:
        reply.say("SLOWEST: {slow}", slow=slowest)
        reply.line("It was on the road for {hours} hours.", hours=hours)
    risky = [each.order["id"] for each in every if runs_short(each)]
    good = [each.order["id"] for each in every if each.order["id"] not in risky]
    return reply.fill(AT_RISK, text(risky[0] if risky else "none", rivals=good))


def runs_short(track: Track) -> bool:
    """Still under way, in time, with less than a fifth of the promise left (P-96)."""
    return track.end is None and 0 <= 5 * (track.promised - track.used) < track.promised


def answer_one(track: Track) -> Composition:
    assert track.end is not None
    service = track.order["shipping"]["service"]
    fee = reckoning.FEES[service] if track.over and service != "standard" else Decimal(0)
    reply = Composition().decide(track.over > 0)
    reply.fill(DUE, moment(reckoning.business_target(track.start, track.promised))).fill(ARRIVED, moment(track.end))
    reply.say("OVER: {over}", "- OVER: {over} business hours", over=number(track.over, "0.1"))
    reply.fill(FEE, money(fee))
    return reply.line("Counted in business hours, from the label to the delivery scan.")


def calendar_days(rows: Sequence[Row], track: Track) -> int:
    """Takes business days for days of the calendar: reads a promise as so many times 24 hours."""
    due = track.start + in_force(rows, track) // BUSINESS_DAY * 1440 * MINUTE
    return max(6, reckoning.business_minutes(track.start, due))


def by_eta(rows: Sequence[Row], track: Track) -> int:
    """Holds the delivery against the carrier's estimate."""
    if track.name == "handling" or not track.eta:
        return in_force(rows, track)
    return reckoning.business_minutes(track.start, to_ms(track.eta))


def in_force_today(rows: Sequence[Row], track: Track) -> int:
    """Applies what is in force today to what was sent under older terms."""
    return in_force([{**row, "effectiveFrom": "2020-01-01T05:00:00Z"} for row in rows if row["isActive"]], track)


def for_all(rows: Sequence[Row], track: Track) -> int:
    """Overlooks that a tier has a promise of its own."""
    return in_force(rows, evolve(track, tier="none"))


def by_slack(rows: Sequence[Row], track: Track) -> int:
    """Takes the proposal for the rule."""
    return 5 * BUSINESS_DAY if track.name == "transit" else in_force(rows, track)
