"""Orders: who buys what and when, how it is paid and what becomes of it (entities section 4)."""

from __future__ import annotations

from typing import Any

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from .baskets import basket, company_basket, lines_of, upgrade_with
from .builds import BuildBook
from .customers import new_address
from .draft import Draft, Person, Sale, off_label
from .payments import write_payments
from .plan import Planned, planned_sales
from .pools import BOARDS, WITH_BOARD
from .shipments import CARRIER_NAMES, carrier_of, write_shipments
from .times import DAY, MINUTE, NOW, SALE_HOURS, WINDOW, at, label, within

_ORDERS_PER_PERSON = {0: 12, 1: 47, 2: 18, 3: 12, 4: 6, 5: 2, 7: 2, 9: 1}
_ORDERS_PER_COMPANY = ({1: 2, 2: 2, 3: 3, 5: 2}, {1: 5, 2: 3})
"""Before version 4 and since."""
_ORDERS_NOW = ({0: 9, 1: 63, 2: 16, 3: 7, 4: 3, 5: 1, 7: 1}, {0: 6, 1: 4})
"""Of people and of companies since version 5: who turns to support has mostly bought once."""

_SEASONS = (
    (0.08, "2020-01-06T14:00:00Z", "2023-12-30T22:00:00Z"),
    (0.09, "2024-01-02T14:00:00Z", "2024-11-29T22:00:00Z"),
    (0.08, "2024-12-02T14:00:00Z", "2025-05-31T22:00:00Z"),
    (0.20, "2025-06-01T14:00:00Z", "2025-09-30T22:00:00Z"),
    (0.07, "2025-10-01T14:00:00Z", "2025-11-21T22:00:00Z"),
    (0.31, "2025-11-24T14:00:00Z", "2025-11-26T22:00:00Z"),
    (0.17, "2025-11-27T14:00:00Z", "2025-12-01T18:40:00Z"),
)
"""Share of orders by season: three quarters in the last six months, more than half in the last two, and the holiday
weekend whose orders are still on the packing table at the clock's time."""

_AUTUMN = ("2025-09-15T14:00:00Z", "2025-11-05T22:00:00Z")
_SEASONS_BY_VERSION = {
    3: (
        (0.05, "2020-01-06T14:00:00Z", "2024-09-20T22:00:00Z"),
        (0.06, "2024-09-21T14:00:00Z", "2025-02-11T22:00:00Z"),
        (0.19, "2025-02-12T14:00:00Z", "2025-06-20T22:00:00Z"),
        (0.23, "2025-06-21T14:00:00Z", "2025-09-19T22:00:00Z"),
        (0.22, "2025-09-20T14:00:00Z", "2025-11-10T22:00:00Z"),
        (0.16, "2025-11-11T14:00:00Z", "2025-11-23T22:00:00Z"),
        (0.06, "2025-11-24T14:00:00Z", "2025-11-26T22:00:00Z"),
        (0.03, "2025-11-27T14:00:00Z", "2025-12-01T18:40:00Z"),
    ),
    4: (
        (0.06, "2020-01-06T14:00:00Z", "2024-10-13T22:00:00Z"),
        (0.055, "2024-10-14T14:00:00Z", "2025-02-07T22:00:00Z"),
        (0.055, "2025-02-08T14:00:00Z", "2025-04-02T22:00:00Z"),
        (0.115, "2025-04-03T14:00:00Z", "2025-06-19T22:00:00Z"),
        (0.115, "2025-06-20T14:00:00Z", "2025-08-13T22:00:00Z"),
        (0.165, "2025-08-14T14:00:00Z", "2025-09-21T22:00:00Z"),
        (0.165, "2025-09-22T14:00:00Z", "2025-11-05T22:00:00Z"),
        (0.185, "2025-11-06T14:00:00Z", "2025-11-21T22:00:00Z"),
        (0.035, "2025-11-24T14:00:00Z", "2025-11-26T22:00:00Z"),
        (0.05, "2025-11-27T14:00:00Z", "2025-12-01T18:40:00Z"),
    ),
    5: (
        (0.06, "2020-01-06T14:00:00Z", "2024-10-13T22:00:00Z"),
        (0.05, "2024-10-14T14:00:00Z", "2025-02-07T22:00:00Z"),
        (0.05, "2025-02-08T14:00:00Z", "2025-04-02T22:00:00Z"),
        (0.105, "2025-04-03T14:00:00Z", "2025-06-19T22:00:00Z"),
        (0.105, "2025-06-20T14:00:00Z", "2025-08-13T22:00:00Z"),
        (0.16, "2025-08-14T14:00:00Z", "2025-09-21T22:00:00Z"),
        (0.18, "2025-09-22T14:00:00Z", "2025-11-05T22:00:00Z"),
        (0.2, "2025-11-06T14:00:00Z", "2025-11-21T22:00:00Z"),
        (0.04, "2025-11-24T14:00:00Z", "2025-11-26T22:00:00Z"),
        (0.05, "2025-11-27T14:00:00Z", "2025-12-01T18:40:00Z"),
    ),
    6: (
        (0.04, "2020-01-06T14:00:00Z", "2024-10-13T22:00:00Z"),
        (0.02, *_AUTUMN),
        (0.04, "2024-10-14T14:00:00Z", "2025-02-07T22:00:00Z"),
        (0.01, *_AUTUMN),
        (0.05, "2025-02-08T14:00:00Z", "2025-04-02T22:00:00Z"),
        (0.085, "2025-04-03T14:00:00Z", "2025-06-19T22:00:00Z"),
        (0.02, *_AUTUMN),
        (0.085, "2025-06-20T14:00:00Z", "2025-08-13T22:00:00Z"),
        (0.02, *_AUTUMN),
        (0.11, "2025-08-14T14:00:00Z", "2025-09-21T22:00:00Z"),
        (0.05, *_AUTUMN),
        (0.18, "2025-09-22T14:00:00Z", "2025-11-05T22:00:00Z"),
        (0.2, "2025-11-06T14:00:00Z", "2025-11-21T22:00:00Z"),
        (0.04, "2025-11-24T14:00:00Z", "2025-11-26T22:00:00Z"),
        (0.05, "2025-11-27T14:00:00Z", "2025-12-01T18:40:00Z"),
    ),
}
"""Since version 3 the calendar is that of what support is asked about: of parcels that came, or should have, weeks ago.
Version 6 takes a part of some seasons for the autumn and leaves every other order where it was."""

RUSH = to_ms("2025-11-27T05:00:00Z")
"""Orders from here on meet a closed or busy warehouse."""

_STATUS_RUSH = {"paid": 19, "pending": 19, "fulfilled": 54, "cancelled": 4, "backorder": 4}
_STATUS_BEFORE = {"fulfilled": 81, "pending": 11.5, "cancelled": 6, "paid": 1.5}
_PAID_BY = {
    "fulfilled": {"captured": 89.5, "none": 2.5, "retry": 3.6, "split": 1.6, "double": 1.5, "voided": 1.3},
    "pending": {"captured": 32, "failed": 37, "pending": 26, "none": 5},
    "paid": {"captured": 97, "retry": 3},
    "cancelled": {"none": 18, "failed": 12, "captured": 65, "voided": 5},
    "backorder": {"captured": 1},
}
_PAID_BY_NOW = {"cancelled": {"none": 30, "failed": 20, "captured": 38, "voided": 12}}
"""Since version 6: what is cancelled was mostly not paid yet."""
_BUILT = {3: 0.09, 4: 0.04, 5: 0.02, 6: 0.02}
"""How many orders are of a saved build, by version; before version 3 as in it."""
SERVICES = {"standard": 62, "express": 33, "overnight": 5}


# --- the calendar ---------------------------------------------------------------------------------------------------


def sell(draft: Draft, people: list[Person], book: BuildBook, cohort: int) -> list[Sale]:
    """All orders of one cohort as sketches. The planned ones are given to the first slots."""
    chance = draft.chance("calendar", cohort)
    slots = chance.shuffled([person for person in people for _ in range(_how_many(draft, person, chance))])
    planned = planned_sales() if cohort == 0 else []
    private = [person for person in slots if not person.company]
    sales: list[Sale] = []
    for number, item in enumerate(planned):
        sales.append(_planned_sale(draft, private[number], item, book, number))
    for person in private[: len(planned)]:
        slots.remove(person)
    for number, person in enumerate(slots):
        sales.append(_free_sale(draft, person, book, (cohort, number)))
    return sales


def _how_many(draft: Draft, person: Person, chance: Chance) -> int:
    if draft.version >= 5:
        return chance.weighted(_ORDERS_NOW[person.company])
    return chance.weighted(_ORDERS_PER_COMPANY[draft.version >= 4] if person.company else _ORDERS_PER_PERSON)


def _planned_sale(draft: Draft, person: Person, item: Planned, book: BuildBook, number: int) -> Sale:
    chance = draft.chance("planned", number)
    created = at(chance, to_ms(f"2025-{item.day}T12:00:00Z") // DAY, SALE_HOURS)
    sale = Sale("", person, created, [], item.status, chance.weighted(SERVICES), item.paid_by, planned=True)
    build = book.make(person, created, item.product) if item.product in BOARDS and chance.happens(0.2) else None
    if build:
        _order_build(draft, sale, build, chance)
    else:
        sale.lines = upgrade_with(draft.pools, chance, item.product)
    if item.status == "fulfilled" and WINDOW[0] <= created:
        sale.fate = "normal"
    return open_sale(draft, sale, chance)


def _free_sale(draft: Draft, person: Person, book: BuildBook, key: tuple[int, int]) -> Sale:
    chance = draft.chance("sale", *key)
    _, start, stop = _season(chance, _SEASONS_BY_VERSION.get(draft.version, _SEASONS))
    created = within(chance, to_ms(start), to_ms(stop), SALE_HOURS)
    status = _status(chance, created)
    paid_by = _PAID_BY | _PAID_BY_NOW if draft.version >= 6 else _PAID_BY
    sale = Sale("", person, created, [], status, chance.weighted(SERVICES), chance.weighted(paid_by[status]))
    _fill(draft, sale, book, chance)
    if status == "fulfilled":
        sale.fate = _fate(chance, created)
    return open_sale(draft, sale, chance)


def _season(chance: Chance, seasons: tuple[tuple[float, str, str], ...]) -> tuple[float, str, str]:
    left = chance.unit()
    for season in seasons:
        left -= season[0]
        if left < 0:
            return season
    return seasons[-1]


def _status(chance: Chance, created: int) -> str:
    if created < RUSH:
        status = chance.weighted(_STATUS_BEFORE)
        late = created > to_ms("2025-10-28T00:00:00Z")
        return "backorder" if status == "fulfilled" and late and chance.happens(0.03) else status
    return chance.weighted(_STATUS_RUSH)


def _fate(chance: Chance, created: int) -> str:
    """What the parcel meets. Only recent ones are still in trouble; old trouble ended as lost."""
    age = (NOW - created) // DAY
    odds = {"normal": 95.0, "none": 4.0, "exception": 0.0, "stuck": 0.0, "lost": 0.0}
    if age < 45:
        odds |= {"exception": 5.0, "stuck": 3.0}
    elif age < 300:
        odds |= {"lost": 0.8}
    return chance.weighted(odds)


# --- what is in it --------------------------------------------------------------------------------------------------


def _fill(draft: Draft, sale: Sale, book: BuildBook, chance: Chance) -> None:
    """The lines. A fulfilled order of the counting window holds no motherboard unless it is planned (17 M)."""
    boards = not (sale.status == "fulfilled" and WINDOW[0] <= sale.created)
    if sale.status == "backorder":
        sale.lines = lines_of([chance.choice(_short_of_stock(draft))])
    elif sale.person.company:
        sale.lines = company_basket(draft.pools, chance)
    elif boards and sale.created > to_ms("2024-12-01T00:00:00Z") and chance.happens(_BUILT[max(3, draft.version)]):
        build = book.make(sale.person, sale.created)
        sale.lines = basket(draft.pools, chance, boards=boards, version=draft.version)
        if build:
            _order_build(draft, sale, build, chance)
    else:
        sale.lines = basket(draft.pools, chance, boards=boards, version=draft.version)


def _short_of_stock(draft: Draft) -> list[str]:
    """Products that can be ordered although none is there (P-45)."""
    return [
        row["id"]
        for row in draft.pools.products
        if row["inventory"]["inStock"] == 0 and row["inventory"]["backorderable"] and row["id"] not in WITH_BOARD
    ]


def _order_build(draft: Draft, sale: Sale, build: Row, chance: Chance) -> None:
    """The lines of a build; a third of such orders leave a part out or add one (8 of 12 were equal)."""
    sale.build_id = build["id"]
    parts = list(build["componentIds"])
    if chance.happens(0.3):
        extra = [id for id in parts if draft.pools.category(id) in ("storage", "cooling", "case")]
        parts.remove(chance.choice(extra))
    sale.lines = lines_of(parts)


# --- ids and rows ---------------------------------------------------------------------------------------------------


def open_sale(draft: Draft, sale: Sale, chance: Chance) -> Sale:
    """Give the order its id and address and enter it with its customer."""
    sale.id = sale.id or order_id(draft, sale.created, chance)
    draft.take(sale.id)
    sale.person.sales.append(sale)
    sale.address = dict(sale.address or sale.person.addresses[0])
    tidy = draft.version >= 5
    sale.has_block = sale.status != "cancelled" and (sale.planned or not chance.happens(0.005 if tidy else 0.02))
    if not sale.has_block:
        # Without the block the service is unknown, and the rule of payments then reads it as standard.
        sale.service = "standard"
    if not sale.planned and chance.happens(0.05):
        sale.address = new_address(draft, chance)
        if sale.has_block:
            draft.note("N-19", "order", sale.id, "shipping", "ships to an address that is on no customer record")
    if not sale.planned and sale.has_block and chance.happens(0.008 if tidy else 0.035):
        sale.address.pop("label", None)
        draft.note("N-04", "order", sale.id, "shipping", "address without a label")
    return sale


def order_id(draft: Draft, created: int, chance: Chance) -> str:
    """`ord-YYMMDD-NNN`; the date is a label and sometimes a wrong or malformed one (N-01, N-02)."""
    shape = chance.weighted({"plain": 905, "off": 55, "year": 5, "long": 15, "junk": 20})
    if shape in ("plain", "off", "year"):
        other = off_label(draft, chance, created)
        date = {"plain": label(created), "off": other, "year": label(created + 365 * DAY)}[shape]
        if shape == "year" and created + 365 * DAY > NOW:
            date = label(created - 365 * DAY)
        id = draft.dated_id("ord", date, chance)
        if shape != "plain":
            kind = "N-18" if shape == "year" else "N-01"
            draft.note(kind, "order", id, "id", f"id says {date}, created {label(created)}")
        return id
    while True:
        number = chance.integer(1, 999)
        date = f"20{label(created)}" if shape == "long" else f"{chance.integer(20000, 9_999_999):06d}"
        if draft.take(f"ord-{date}-{number:03d}"):
            draft.note("N-02", "order", f"ord-{date}-{number:03d}", "id", "malformed date in the order id")
            return f"ord-{date}-{number:03d}"


def settle(draft: Draft, sale: Sale) -> None:
    """Payments, shipments and the order row itself, once the customer's tier is known."""
    write_payments(draft, sale)
    write_shipments(draft, sale)
    sale.row = draft.put("order", order_row(draft, sale))
    _note_contradictions(draft, sale)


def order_row(draft: Draft, sale: Sale) -> Row:
    """The row of an order with the payments and parcels it has so far."""
    row: dict[str, Any] = {
        "id": sale.id,
        "customerId": sale.person.id,
        "lineItems": sale.lines,
        "status": sale.status,
        "createdAt": to_text(sale.created),
    }
    if sale.has_block:
        row["shipping"] = _shipping_block(draft, sale)
    elif sale.status != "cancelled":
        draft.note("N-04", "order", sale.id, "shipping", "order without a shipping block")
    if sale.build_id:
        row["buildId"] = sale.build_id
    failed = next((p["failureReason"] for p in sale.payments if p.get("failureReason")), None)
    if failed and sale.status == "pending" and draft.chance("order failure", sale.id).happens(0.25):
        row["failureReason"] = failed
    row["updatedAt"] = to_text(last_change(draft, sale))
    return row


def _shipping_block(draft: Draft, sale: Sale) -> dict[str, Any]:
    """Address, carrier in the display spelling, service; the estimate for a little more than half (N-04)."""
    block: dict[str, Any] = {"address": sale.address, "carrier": CARRIER_NAMES[carrier_of(draft, sale)]}
    block["service"] = sale.service
    eta = sale.parcels[0].row.get("eta") if sale.parcels else None
    if eta and (sale.planned or shows_estimate(draft, sale)):
        block["eta"] = eta
    return block


def shows_estimate(draft: Draft, sale: Sale) -> bool:
    """Whether an order repeats the estimate of its parcel."""
    return draft.chance("shipping block", sale.id).happens(0.7)


def last_change(draft: Draft, sale: Sale) -> int:
    """Fulfilled when the label was printed, paid when the money came, otherwise soon after it was made."""
    chance = draft.chance("order update", sale.id)
    if sale.label is not None:
        change = sale.label + chance.integer(1, 20) * MINUTE
    elif sale.status == "cancelled":
        change = sale.created + chance.integer(10, 2000) * MINUTE
    else:
        change = max([sale.created, *(to_ms(p["processedAt"]) for p in sale.payments if p.get("processedAt"))])
    sale.changed = min(change, NOW - MINUTE)
    return sale.changed


def _note_contradictions(draft: Draft, sale: Sale) -> None:
    """Statuses that payments and shipments do not bear out (N-07, N-08)."""
    captured = any(payment["status"] == "captured" for payment in sale.payments)
    if sale.status == "pending" and captured:
        draft.note("N-07", "order", sale.id, "status", "pending although the money was captured")
    if sale.status == "fulfilled" and not sale.payments:
        draft.note("N-08", "order", sale.id, "", "fulfilled without a payment")
    if sale.status == "fulfilled" and not sale.parcels:
        draft.note("N-08", "order", sale.id, "", "fulfilled without a shipment")
    if sale.status in ("pending", "paid") and sale.parcels:
        draft.note("N-08", "order", sale.id, "", f"{sale.status} although a parcel is on its way")


def ship_too_early(draft: Draft, sales: list[Sale]) -> None:
    """One paid and one pending order whose parcel left all the same (17 D, N-08)."""
    for status in ("paid", "pending"):
        chosen = next(sale for days in (20, 300) for sale in sales if _could_have_left(sale, status, days))
        chosen.label_at = chosen.created + DAY
        write_shipments(draft, chosen)
        _note_contradictions(draft, chosen)
        chosen.touch(chosen.label_at)


def _could_have_left(sale: Sale, status: str, days: int) -> bool:
    """days: how long before the rush it may have been ordered."""
    old_enough = RUSH - days * DAY < sale.created < NOW - 2 * DAY
    return sale.status == status and old_enough and sale.captured is not None and not sale.planned
