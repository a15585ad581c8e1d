"""Shipments: label, scans and arrival (entities sections 6 and 15.4)."""

from __future__ import annotations

from typing import Any

from ...engine.chance import Chance, Pool
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from .draft import Draft, Parcel, Sale, off_label
from .pools import load
from .times import (
    DAY,
    DOCK_HOURS,
    DOOR_HOURS,
    HOUR,
    MINUTE,
    NOW,
    at,
    business_days_after,
    day_of,
    delivery_days_after,
    is_business_day,
    label,
)

CARRIER_NAMES = {
    "ups_ground": "UPS Ground",
    "usps_ground": "USPS Ground",
    "fedex_express": "FedEx Express",
    "fedex_overnight": "FedEx Overnight",
}
"""Stored spelling -> display spelling. Orders carry the second, shipments the first (N-06, on every row)."""

_TRANSIT_DAYS = {
    "ups_ground": {2: 44, 3: 34, 4: 14, 5: 5, 6: 3},
    "usps_ground": {2: 45, 3: 50, 4: 5},
    "fedex_express": {1: 32, 2: 54, 3: 9, 4: 4, 5: 1},
    "fedex_overnight": {1: 92, 2: 8},
}
"""Delivery days from label to door, with weights."""

_LONGEST_STEP = 3 * DAY
"""Between two scans of a parcel that goes its way, about: five business days of silence would count as lost."""

_ETA_DAYS = {"ups_ground": 5, "usps_ground": 5, "fedex_express": 2, "fedex_overnight": 1}
_HANDLING = {0: 42, 1: 40, 2: 14, 3: 3, 4: 1}
"""Business days from the payment to the label; two are promised (P-91)."""

HOLIDAY_PEAK = to_ms("2025-11-20T05:00:00Z")
"""Labels from here on travel with everybody else's presents."""

_PEAK_DELAY = {"ground": {0: 22, 1: 38, 2: 30, 3: 10}, "air": {0: 65, 1: 27, 2: 8}}

_TROUBLE = Pool(
    (
        "Address could not be found by the driver",
        "Held at hub, label damaged and reprinted",
        "Weather delay, no departure",
        "Recipient not available, second attempt planned",
        "Missorted, being returned to the origin hub",
    )
)
_ARRIVED = Pool(
    (
        "Left at front door",
        "Left at front desk",
        "Handed to resident",
        "Signed for at reception",
        "Left in parcel locker",
        "Left with neighbor",
    )
)
_MOVING = Pool(
    (
        "Departed facility",
        "Arrived at facility",
        "Processed at sort hub",
        "Transferred between trailers",
        "In transit to next facility",
    )
)

_LOST = "Search closed, parcel declared lost"
PICKED_UP = ("Picked up by carrier",)
DETAILS: dict[str, tuple[str, ...]] = {
    "in_transit": _MOVING,
    "out_for_delivery": ("Out for delivery",),
    "delivered": _ARRIVED,
    "exception": _TROUBLE,
    "lost": (_LOST,),
}
"""What scans say, by status; the first one on the way is that of the pick-up."""

MISSPELT = {
    "Louisville, KY": "Lousiville, KY",
    "Indianapolis, IN": "Indianpolis, IN",
    "Memphis, TN": "Memphs, TN",
    "Hodgkins, IL": "Hodgkin, IL",
    "Columbus, OH": "Colombus, OH",
    "Atlanta, GA": "Altanta, GA",
    "Nashville, TN": "Nashvile, TN",
}
"""How hubs are keyed in by hand now and then (entities 15.4)."""


def carrier_of(draft: Draft, sale: Sale) -> str:
    """The service decides the carrier (P-90)."""
    chance = draft.chance("carrier", sale.id)
    if sale.service == "standard":
        return "ups_ground" if "tracking" in sale.pinned else chance.weighted({"ups_ground": 40, "usps_ground": 13})
    return {"express": "fedex_express", "overnight": "fedex_overnight"}[sale.service]


def write_shipments(draft: Draft, sale: Sale) -> None:
    """The parcels of a shipped order; an order too late for today's truck falls back to paid."""
    if sale.label_at is None and (sale.status != "fulfilled" or sale.fate == "none"):
        return
    chance = draft.chance("shipment", sale.id)
    printed = sale.label_at or label_instant(sale, chance)
    if printed is None:
        sale.status = "pending" if sale.paid_by == "none" else "paid"
        return
    split = len(sale.lines) > 1 and not sale.planned and chance.happens(0.05)
    boxes = [sale.lines[:1], sale.lines[1:]] if split else [None]
    for number, lines in enumerate(boxes):
        day_later = min(printed + number * chance.integer(1, 26) * HOUR, NOW - 20 * MINUTE)
        add_parcel(draft, sale, day_later, lines, chance.of(number))


def label_instant(sale: Sale, chance: Chance) -> int | None:
    """When the label was printed: a warehouse hour of a business day after the payment, if that is in the past."""
    paid = max([sale.created, *(to_ms(p["processedAt"]) for p in sale.payments if p.get("processedAt"))])
    for days in range(chance.weighted(_HANDLING), -1, -1):
        day = business_days_after(day_of(paid), days)
        for _ in range(4):
            printed = at(chance, day, DOCK_HOURS)
            if paid + 30 * MINUTE < printed < NOW - 15 * MINUTE and day < day_of(NOW):
                return printed
        if day >= day_of(NOW) and not sale.planned:
            # What waited over the holidays is printed first thing in the morning; the rest is not out yet.
            printed = day * DAY + 14 * HOUR + chance.integer(0, 110) * MINUTE
            return printed if day == day_of(NOW) and printed > paid + 30 * MINUTE else None
    day = business_days_after(day_of(paid), 0 if is_business_day(day_of(paid)) and paid % DAY < 20 * HOUR else 1)
    printed = max(day * DAY + 14 * HOUR + chance.integer(0, 90) * MINUTE, paid + 35 * MINUTE)
    return printed if printed < NOW - 15 * MINUTE else None


def add_parcel(
    draft: Draft, sale: Sale, printed: int, lines: list[dict[str, Any]] | None, chance: Chance, fate: str | None = None
) -> Parcel:
    """A shipment row with its scans up to the clock's time. `lines` says what is in the box of a split order."""
    carrier = carrier_of(draft, sale)
    fate = fate or sale.fate
    arrival = sale.delivered_at if sale.delivered_at and not sale.parcels else arrival_of(carrier, printed, chance)
    events = so_far(journey(draft, sale, printed, arrival, fate, chance))
    parcel = put_parcel(draft, sale, carrier, printed, arrival, events, chance)
    if lines is not None:
        parcel.row["lineItems"] = lines
    _thin(draft, sale, parcel.row, chance)
    return parcel


def put_parcel(
    draft: Draft, sale: Sale, carrier: str, printed: int, arrival: int, events: list[dict[str, Any]], chance: Chance
) -> Parcel:
    """The row of a parcel with these scans, its number and the day it is expected. arrival: counts if it has arrived."""
    tracking, usual = _tracking(draft, sale, carrier, chance)
    row: Row = {
        "id": _shipment_id(draft, sale, printed, chance),
        "orderId": sale.id,
        "trackingNumber": tracking,
        "carrier": carrier,
        "status": events[-1]["status"],
        "events": events,
        "eta": to_text(business_days_after(day_of(printed), _ETA_DAYS[carrier]) * DAY + 22 * HOUR),
        "createdAt": to_text(printed),
    }
    if not usual:
        draft.note("N-06", "shipment", row["id"], "trackingNumber", f"shape does not match {carrier}")
    if any(event["location"] in MISSPELT.values() for event in events):
        draft.note("N-06", "shipment", row["id"], "events", "misspelt city in a scan")
    parcel = Parcel(row, printed, arrival if row["status"] == "delivered" else None)
    draft.put("shipment", row)
    sale.parcels.append(parcel)
    return parcel


def so_far(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those up to the clock's time."""
    return [event for event in events if to_ms(event["at"]) <= NOW]


def lose_parcel(parcel: Parcel, given_up: int) -> None:
    """Rewrite a parcel's end: it was last seen on the way, and at `given_up` the carrier closed the search."""
    events = parcel.row["events"]
    kept = [event for event in events if event["status"] == "in_transit" and to_ms(event["at"]) < given_up - HOUR]
    kept.insert(0, events[0])
    end = max(given_up, to_ms(kept[-1]["at"]) + MINUTE)
    last = {"at": to_text(end), "location": kept[-1]["location"], "status": "lost"}
    parcel.row["events"] = [*kept, {**last, "details": _LOST}]
    parcel.row["status"] = "lost"
    parcel.delivered = None


def drop_estimate(draft: Draft, row: Row, chance: Chance) -> None:
    """One in ten parcels does not say when it is expected (N-04)."""
    if chance.happens(0.1):
        del row["eta"]
        draft.note("N-04", "shipment", row["id"], "eta", "estimate missing")


def _thin(draft: Draft, sale: Sale, row: Row, chance: Chance) -> None:
    """Leave out the estimate or the scans (N-04). Fixtures are complete."""
    if sale.planned:
        return
    drop_estimate(draft, row, chance)
    if chance.happens(0.016):
        del row["events"]
        draft.note("N-04", "shipment", row["id"], "events", "no scans stored")


# --- the way --------------------------------------------------------------------------------------------------------


def arrival_of(carrier: str, printed: int, chance: Chance) -> int:
    """When a parcel with this label reaches the door."""
    days = chance.weighted(_TRANSIT_DAYS[carrier])
    if printed > HOLIDAY_PEAK:
        days += chance.weighted(_PEAK_DELAY["ground" if carrier.endswith("ground") else "air"])
    day = delivery_days_after(day_of(printed), days)
    return at(chance, day, DOOR_HOURS)


def label_before(carrier: str, arrival: int, chance: Chance) -> int:
    """When the label of a parcel that reached the door then was printed: as many days before as it usually takes."""
    days = chance.weighted(_TRANSIT_DAYS[carrier])
    if arrival > HOLIDAY_PEAK + 2 * DAY:
        days += chance.weighted(_PEAK_DELAY["ground" if carrier.endswith("ground") else "air"])
    day = day_of(arrival) - 1
    while not is_business_day(day) or delivery_days_after(day, days) > day_of(arrival):
        day -= 1
    return at(chance, day, DOCK_HOURS)


def journey(
    draft: Draft, sale: Sale, printed: int, arrival: int, fate: str, chance: Chance
) -> list[dict[str, Any]]:  # fmt: skip
    """All scans in order, those after the clock's time included."""
    start = scan(printed, "Louisville, KY", "label_created", "Label printed", chance)
    scans = _scans(draft, sale, printed, arrival, chance)
    if fate == "stuck":
        return [start, *scans[:2]]
    if fate in ("exception", "lost"):
        return [start, *scans[: chance.integer(1, 2)], *_trouble(scans[-1], arrival, fate, chance)]
    home = f"{sale.address['city']}, {sale.address['region']}"
    end = [scan(arrival, home, "delivered", chance.choice(_ARRIVED), chance)]
    morning = arrival // DAY * DAY + chance.integer(660, 810) * MINUTE
    if chance.happens(0.56) and to_ms(scans[-1]["at"]) < morning < arrival:
        end.insert(0, scan(morning, home, "out_for_delivery", "Out for delivery", chance))
    return [start, *scans, *end]


def _scans(draft: Draft, sale: Sale, printed: int, arrival: int, chance: Chance) -> list[dict[str, Any]]:
    """One to seven scans between the label and the arrival's morning, ending near the destination."""
    count = chance.weighted({1: 20, 2: 42, 3: 26, 4: 7, 5: 3, 6: 1, 7: 1})
    low = printed + chance.integer(50, 190) * MINUTE
    high = max(low + HOUR, min(arrival // DAY * DAY + 9 * HOUR, arrival - 3 * HOUR))
    if draft.version >= 3:
        count = max(count, -((low - high) // _LONGEST_STEP))
    places = _route(draft, sale, count, chance)
    step = (high - low) // count // MINUTE * MINUTE
    # The truck comes soon after the label; later scans may be half a step late.
    slack = [min(40, step // MINUTE // 2), *[step // MINUTE // 2] * (count - 1)]
    times = [low + number * step + chance.integer(0, late) * MINUTE for number, late in enumerate(slack)]
    texts = [*PICKED_UP, *(chance.choice(_MOVING) for _ in range(count - 1))]
    return [scan(*item, chance) for item in zip(times, places, ["in_transit"] * count, texts, strict=True)]


def _route(draft: Draft, sale: Sale, count: int, chance: Chance) -> list[str]:
    """Louisville first, hubs between, the destination's region last."""
    if draft.version >= 3:
        way = way_to(sale.address["region"])
        between = [way[place] for place in sorted(chance.integer(0, len(way) - 1) for _ in range(count - 2))]
    else:
        between = [chance.choice(load().names["hubs"][1:9]) for _ in range(count - 2)]
    return ["Louisville, KY", *between, f"{sale.address['city']}, {sale.address['region']}"][:count]


def way_to(region: str) -> list[str]:
    """The hubs on the way from Louisville to a region, in their order."""
    return load().names["ways"][region] or ["Louisville, KY"]


def _trouble(last: dict[str, Any], arrival: int, fate: str, chance: Chance) -> list[dict[str, Any]]:
    """Exceptions repeat at one place; a lost parcel ends with the carrier giving up."""
    first = arrival // DAY * DAY + chance.integer(840, 1200) * MINUTE
    text = chance.choice(_TROUBLE)
    events = [
        scan(first + number * DAY + number * 37 * MINUTE, last["location"], "exception", text, chance)
        for number in range(chance.integer(1, 3))
    ]
    if fate == "lost":
        gone = first + chance.integer(8, 13) * DAY
        events.append(scan(gone, last["location"], "lost", _LOST, chance))
    return events


def scan(instant: int, place: str, status: str, details: str, chance: Chance) -> dict[str, Any]:
    """One scan, now and then misspelt, with the postal code, or without details."""
    event = {"at": to_text(instant), "location": place, "status": status, "details": details}
    if status == "in_transit" and place in MISSPELT and chance.happens(0.02):
        event["location"] = MISSPELT[place]
    if place == "Louisville, KY" and chance.happens(0.06):
        event["location"] = "Louisville, KY 40213"
    if status == "in_transit" and chance.happens(0.06):
        del event["details"]
    return event


# --- numbers --------------------------------------------------------------------------------------------------------


def _shipment_id(draft: Draft, sale: Sale, printed: int, chance: Chance) -> str:
    """`ship-YYMMDD-NNN`; the date is the label's for 70 %, else the order's or any other (N-01)."""
    if "shipment" in sale.pinned and not sale.parcels:
        draft.take(sale.pinned["shipment"])
        return sale.pinned["shipment"]
    source = chance.weighted({"label": 66, "order": 20, "off": 12, "long": 2})
    dates = {"label": label(printed), "order": label(sale.created), "long": f"20{label(printed)}"}
    date = dates.get(source) or off_label(draft, chance, printed)
    wanted = sale.id.rsplit("-", 1)[-1] if chance.happens(0.62) else None
    id = draft.dated_id("ship", date, chance, wanted)
    if source == "long":
        draft.note("N-02", "shipment", id, "id", "eight-digit date in the shipment id")
    elif date != label(printed):
        draft.note("N-01", "shipment", id, "id", f"id says {date}, label printed {label(printed)}")
    return id


_SERVED = Pool(("AA", "A4", "E7", "W2"))
_SHAPES = {"ups_ground": "1Z", "usps_ground": "94", "fedex_express": "12", "fedex_overnight": "12"}


def _tracking(draft: Draft, sale: Sale, carrier: str, chance: Chance) -> tuple[str, bool]:
    """A unique number and whether its shape is the carrier's usual one; for one in five it is not (N-06)."""
    if "tracking" in sale.pinned and not sale.parcels:
        draft.take(sale.pinned["tracking"])
        return sale.pinned["tracking"], True
    usual = not chance.happens(0.2)
    others = [shape for shape in ("1Z", "94", "12", "TBA") if shape != _SHAPES[carrier]]
    shape = _SHAPES[carrier] if usual else chance.choice(others)
    while True:
        digits = f"{chance.bits() % 10**18:018d}{chance.bits() % 10**18:018d}"
        number = {
            "1Z": f"1Z{digits[:3]}{chance.choice(_SERVED)}{digits[3:12]}",
            "94": f"94{digits[:20]}",
            "12": digits[:12],
            "TBA": f"TBA{digits[:12]}",
        }[shape]
        if draft.take(number):
            return number, usual
