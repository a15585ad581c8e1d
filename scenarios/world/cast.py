"""The cast: customers, orders and one ticket that named tasks rely on. They exist once, whatever seed and scale."""

from __future__ import annotations

from attrs import field, frozen

from ...engine.clock import to_ms
from .baskets import Line, company_basket
from .customers import new_address, slug
from .draft import Draft, Person, Sale
from .orders import open_sale
from .times import SALE_HOURS, within

TIME_ZONE_ORDERS = frozenset({"ord-241231-907", "ord-251104-603", "ord-251103-377"})
"""Orders whose instants lie outside the safe hours on purpose (RS-03, IR-03)."""


@frozen
class Role:
    """A customer of the cast. `city` picks the address; `since` and `tier` are fixed where a task needs them."""

    name: str
    city: str
    number: int
    since: str
    tier: str | None = "none"
    company: bool = False


ROLES = (
    Role("Aiden Mcquarrie", "Nashville", 37212, "2021-04-12T15:08:00Z"),
    Role("Jillian Reaves", "Little Rock", 40718, "2023-02-20T16:31:00Z"),
    Role("Maya Herrera", "San Antonio", 78230, "2024-08-03T17:12:00Z"),
    Role("Sarah Chen", "Louisville", 43892, "2018-06-22T14:05:00Z", "gold"),
    Role("James Chen", "Louisville", 51177, "2020-11-09T18:20:00Z"),
    Role("Parallax Tech", "Columbus", 97634, "2019-05-14T15:45:00Z", company=True),
    Role("KidsTech Academy", "Indianapolis", 90765, "2021-08-02T14:30:00Z", None, company=True),
    Role("Bluegrass Render Farm", "Lexington", 40511, "2022-03-17T16:00:00Z", None, company=True),
    Role("Marcella Hammond", "Cincinnati", 45219, "2023-10-11T19:02:00Z"),
    Role("Fidel Severov", "Buffalo", 14209, "2022-12-05T20:40:00Z"),
    Role("Percival Umbleby", "Savannah", 31405, "2020-02-27T15:15:00Z"),
    Role("Alan Thistlewood", "Des Moines", 50319, "2024-01-18T17:50:00Z"),
    Role("Isabella Quintero", "El Paso", 79912, "2023-06-30T18:44:00Z"),
    Role("Priscilla Oakes", "Knoxville", 37902, "2024-05-21T16:25:00Z", "silver"),
    Role("Gideon Marsh", "Madison", 53711, "2024-09-20T14:20:00Z"),
    Role("Noelle Castellan", "Richmond", 23225, "2025-03-03T15:35:00Z"),
    Role("Desmond Lavery", "Providence", 52908, "2024-07-07T19:10:00Z"),
)
"""Sarah Chen is the only one of her name; James Chen and the twins of customers.py are the similar ones."""


@frozen
class Fixture:
    """An order of the cast. Lines are `product` or `product*quantity`; instants as stored."""

    customer: str
    created: str
    lines: str
    label: str | None = None
    delivered: str | None = None
    service: str = "standard"
    status: str = "fulfilled"
    paid_by: str = "captured"
    id: str = ""
    pinned: dict[str, str] = field(factory=dict)


_POWER = "graphforce-psu-bundle"
_CORE = "hypervolt-novachip-voltedge-bundle"
_PANEL = "clarityone-32-4k-144hz"
_STATION = "nebulax-workstation-pro"

FIXTURES = (
    # Seed example 1: his board is one of four, the fourteenth newest X670E.
    Fixture(
        "Aiden Mcquarrie", "2025-10-16T15:24:00Z", "skyforge-x670e-pro", "2025-10-17T14:40:00Z", "2025-10-21T17:05:00Z"
    ),
    # Seed examples 2 and 3: the delivery date stands only in the shipment's events.
    Fixture(
        "Jillian Reaves",
        "2025-11-02T16:20:00Z",
        _STATION,
        "2025-11-05T15:00:00Z",
        "2025-11-13T18:41:00Z",
        id="ord-251102-810",
        pinned={"shipment": "ship-251105-676", "tracking": "1Z999AA789924329", "payment": "pay-251102-810"},
    ),
    # Seed example 3, second form: inside the return window until 9 December.
    Fixture("Maya Herrera", "2025-11-12T17:36:00Z", _PANEL, "2025-11-13T16:10:00Z", "2025-11-18T19:22:00Z"),
    Fixture("Maya Herrera", "2025-03-27T18:02:00Z", "raptorkeys-rk60", "2025-03-28T15:31:00Z", "2025-04-01T17:48:00Z"),
    # Seed example 4: 12,083.17 in the last 12 months at gold.
    Fixture(
        "Sarah Chen",
        "2025-01-22T15:12:00Z",
        f"{_POWER} {_CORE} novachip-titan-14900k",
        "2025-01-23T14:55:00Z",
        "2025-01-27T16:30:00Z",
        "express",
    ),
    Fixture(
        "Sarah Chen",
        "2025-03-18T16:44:00Z",
        f"{_PANEL} {_POWER} {_CORE}",
        "2025-03-19T17:20:00Z",
        "2025-03-21T18:15:00Z",
    ),
    Fixture(
        "Sarah Chen",
        "2025-06-10T14:31:00Z",
        f"{_STATION}*2 {_PANEL} {_CORE}*2",
        "2025-06-11T15:05:00Z",
        "2025-06-12T17:40:00Z",
        "overnight",
    ),
    Fixture("Sarah Chen", "2025-09-09T19:03:00Z", _STATION, "2025-09-10T16:12:00Z", "2025-09-12T20:26:00Z", "express"),
    Fixture(
        "James Chen", "2025-08-05T15:50:00Z", "visionix-27-1440p-180hz", "2025-08-06T14:45:00Z", "2025-08-09T16:02:00Z"
    ),
    # CM-03: 35 drives, 31 in stock.
    Fixture(
        "Parallax Tech", "2025-11-17T15:41:00Z", "dataforge-sata-2tb-ssd*35", status="backorder", service="express"
    ),
    # MW-02: four of five are dead, inside the window.
    Fixture(
        "Alan Thistlewood",
        "2025-11-04T18:11:00Z",
        "coreflow-750w-gold-modular*5",
        "2025-11-06T15:48:00Z",
        "2025-11-14T17:20:00Z",
        id="ord-251104-428",
        pinned={"payment": "pay-251104-428"},
    ),
    # MW-07: a workstation fourteen months old.
    Fixture("Gideon Marsh", "2024-09-24T16:05:00Z", _STATION, "2024-09-25T15:22:00Z", "2024-09-30T18:33:00Z"),
    # RS-03: 10 November 22:40 EST, so day 21 is the clock's day; and its twin of 9 November 23:30 EST.
    Fixture(
        "Noelle Castellan",
        "2025-11-04T15:02:00Z",
        "echohelm-h50-wireless",
        "2025-11-05T16:30:00Z",
        "2025-11-11T03:40:00Z",
        id="ord-251104-603",
    ),
    Fixture(
        "Desmond Lavery",
        "2025-11-03T17:45:00Z",
        "swifthand-K200",
        "2025-11-04T15:15:00Z",
        "2025-11-10T04:30:00Z",
        id="ord-251103-377",
    ),
    # IR-03: New Year's Eve by EST, 2025 by the stored digits.
    Fixture(
        "KidsTech Academy",
        "2025-01-01T03:10:00Z",
        "swifthand-k100*6 swifthand-m100*6",
        "2025-01-02T15:20:00Z",
        "2025-01-06T17:55:00Z",
        id="ord-241231-907",
    ),
)

_ACADEMY_2025 = 23
_SITES = 5
"""Further addresses of a company that buys often, since version 6."""
_COMPANY_ORDERS = {"Parallax Tech": 11, "Bluegrass Render Farm": 9}


def people(draft: Draft) -> dict[str, Person]:
    """The cast's customers by name."""
    return {role.name: _person(draft, role) for role in ROLES}


def _person(draft: Draft, role: Role) -> Person:
    chance = draft.chance("cast", role.name)
    city = next(city for city in draft.pools.names["cities"] if city["city"] == role.city)
    address = {
        "label": "shipping",
        "line1": f"{chance.integer(12, 4800)} {chance.choice(draft.pools.names['streets'])}",
        "city": city["city"],
        "region": city["region"],
        "postalCode": city["postal"],
        "country": city["country"],
    }
    if role.name == "Sarah Chen":
        address["line2"] = "Suite 210"
    name = slug(role.name)
    email = (
        f"purchasing@{name.replace('-', '')}.example" if role.company else f"{name.replace('-', '.')}@mailbox.example"
    )
    addresses = [address]
    if role.company and draft.version >= 6:
        addresses += [new_address(draft, chance.of("site", number), "other") for number in range(_SITES)]
    person = Person(f"{name}-{role.number}", role.name, email, addresses, company=role.company, cast=True)
    person.tier, person.since = role.tier, to_ms(role.since)
    # Area codes 2xx to 9xx with a number that no generated customer can have.
    person.phone = f"({chance.integer(201, 989)}) 555-01{ROLES.index(role):02d}"
    for taken in (person.id, email, f"name:{role.name}"):
        draft.take(taken)
    return person


def sales(draft: Draft, cast: dict[str, Person]) -> list[Sale]:
    """The cast's orders: the fixtures, and the plain ones of three companies that buy often."""
    fixed = [_fixture_sale(draft, cast[fixture.customer], fixture) for fixture in FIXTURES]
    academy = [_academy_sale(draft, cast["KidsTech Academy"], number) for number in range(_ACADEMY_2025)]
    others = [
        _company_sale(draft, cast[name], number, "2022-06-01T14:00:00Z", "2025-11-21T22:00:00Z")
        for name, count in _COMPANY_ORDERS.items()
        for number in range(count)
    ]
    return fixed + academy + others


def lines_from(text: str) -> list[Line]:
    """`a b*2` as line items."""
    parts = (item.partition("*") for item in text.split())
    return [{"productId": id, "qty": int(count or 1)} for id, _, count in parts]


def _fixture_sale(draft: Draft, person: Person, fixture: Fixture) -> Sale:
    sale = Sale(
        fixture.id,
        person,
        to_ms(fixture.created),
        lines_from(fixture.lines),
        fixture.status,
        fixture.service,
        fixture.paid_by,
        planned=True,
        label_at=to_ms(fixture.label) if fixture.label else None,
        delivered_at=to_ms(fixture.delivered) if fixture.delivered else None,
        pinned=fixture.pinned,
    )
    return open_sale(draft, sale, draft.chance("fixture", fixture.customer, fixture.created))


def _academy_sale(draft: Draft, person: Person, number: int) -> Sale:
    """Twenty-three orders of 2025: one cancelled, one paid at the second try, the newest not shipped yet (IR-03)."""
    start, stop = "2025-01-07T14:00:00Z", "2025-11-18T22:00:00Z"
    if number == 22:
        start, stop = "2025-11-28T14:00:00Z", "2025-11-30T22:00:00Z"
    sale = _company_sale(draft, person, number, start, stop)
    sale.status, sale.paid_by = {7: ("cancelled", "none"), 15: ("fulfilled", "retry"), 22: ("paid", "captured")}.get(
        number, ("fulfilled", "captured")
    )
    if sale.status == "cancelled":
        sale.has_block, sale.service = False, "standard"
    return sale


def _company_sale(draft: Draft, person: Person, number: int, start: str, stop: str) -> Sale:
    chance = draft.chance("company", person.name, number)
    created = within(chance, to_ms(start), to_ms(stop), SALE_HOURS)
    lines = company_basket(draft.pools, chance)
    service = chance.weighted({"standard": 80, "express": 20})
    sale = Sale("", person, created, lines, "fulfilled", service, "captured", planned=True)
    sale.address = dict(chance.of("site").choice(person.addresses))
    return open_sale(draft, sale, chance)


def budget_gamer(cast: dict[str, Person]) -> tuple[Person, tuple[str, str]]:
    """The customer with two builds of nearly the same name (IR-10)."""
    return cast["Priscilla Oakes"], ("Budget Gamer", "Budget Gamer 2")
