"""Customers: names, ids, addresses; and, once their orders are known, tier and customer-since date (entities section 1)."""

from __future__ import annotations

import unicodedata

from ...engine.chance import Chance, Pool
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from .draft import FEES, RATES, Draft, Person, Sale
from .times import DAY, HOUR, MINUTE, SALE_HOURS, YEAR_AGO, within

PEOPLE, PEOPLE_NOW = 306, 420
"""Customers of one cohort beside the cast: before version 5, and since, when they buy less often."""

THRESHOLDS = {"platinum": 500_000, "gold": 250_000, "silver": 100_000, "none": 0}
"""Spend of the last 12 months that earns a tier, in cents (P-51, P-52)."""

TWINS = (
    ("Jonathan Kim", "Johnathan Kim"),
    ("Sarah Martinez", "Sara Martinez"),
    ("Catherine Williams", "Katherine Williams"),
    ("Sarah Kim", "Sarah Kimball"),
    ("Jamie Chen", "Janie Chen"),
    ("Grace Chen", "Grace Chang"),
    ("Emilia Chen", "Emily Chan"),
    ("Maria Martinez", "Mariana Martinez"),
    ("Eric Hansen", "Erik Hanson"),
    ("Owen Kimball", "Owen Campbell"),
    ("Brian Phillips", "Bryan Philips"),
    ("Sarah Williams", "Sarah Williamson"),
)
"""Pairs of near-identical names (N-21), some near an employee's as well (Emily Chen, Owen Kim)."""

RESERVED_FIRST = frozenset({"Aiden", "Jillian", "Isabella", "Marcella", "Fidel", "Percival"})
"""First names that tasks use to mean one customer of the cast."""

RESERVED_NAMES = frozenset({"Sarah Chen", "Maya Herrera", "James Chen", "Emily Chen"})

_DOMAINS = Pool(("mailbox.example", "inbox.example", "postal.example", "example.com", "example.org", "example.net"))
_UNITS = Pool(("Apt {}", "Unit {}", "Suite {}", "Floor {}"))
_AREA_CODES = {
    "KY": 502, "AR": 501, "TN": 615, "OH": 614, "IN": 317, "IL": 312, "MI": 313, "WI": 414, "MN": 612, "IA": 515,
    "NE": 402, "MO": 314, "KS": 316, "OK": 405, "TX": 214, "LA": 504, "MS": 601, "AL": 205, "GA": 404, "FL": 305,
    "SC": 843, "NC": 704, "VA": 804, "MD": 410, "PA": 215, "NY": 716, "MA": 617, "RI": 401, "ME": 207, "CO": 303,
    "UT": 801, "AZ": 602, "WA": 206, "OR": 503, "CA": 916, "ON": 416, "BC": 604, "NS": 902,
}  # fmt: skip
_PHONE_FORMS = {"({a}) {b}-{c}": 38, "{a}-{b}-{c}": 10, "+1-{a}-{b}-{c}": 7, "({a})-{b}-{c}": 2}
_LOYALTY_NOISE = {"none": 70, "silver": 12, "gold": 9, "platinum": 9}


def slug(name: str) -> str:
    """`jos-pena` for "José Peña": lower case, ASCII, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(letter for letter in plain if letter.isalnum() or letter == " ").split())


# --- who they are -------------------------------------------------------------------------------------------------


def people(draft: Draft, cohort: int) -> list[Person]:
    """The customers of one cohort. Twins and companies live in the first."""
    names = [(name, False) for name in _names(draft, cohort)]
    if cohort == 0:
        names += [(name, True) for name in draft.pools.names["companies"][3:]]
    found = [
        make_person(draft, name, company, draft.chance("person", cohort, number))
        for number, (name, company) in enumerate(names)
    ]
    for one, other in zip(found[: 2 * len(TWINS) : 2], found[1 : 2 * len(TWINS) : 2], strict=True):
        if cohort == 0:
            draft.note("N-21", "customer", other.id, "name", f"nearly the name of {one.id}")
    return found


def _names(draft: Draft, cohort: int) -> list[str]:
    twins = [name for pair in TWINS for name in pair] if cohort == 0 else []
    for name in twins:
        draft.take(f"name:{name}")
    chance = draft.chance("names", cohort)
    everybody = PEOPLE_NOW if draft.version >= 5 else PEOPLE
    count = everybody - len(twins) - (len(draft.pools.names["companies"]) - 3 if cohort == 0 else 0)
    return twins + [_new_name(draft, chance) for _ in range(count)]


def _new_name(draft: Draft, chance: Chance) -> str:
    """A name nobody has yet; when names run out (scales beyond 100) one may come twice."""
    name = ""
    for _ in range(40):
        first, last = chance.choice(draft.pools.names["first"]), chance.choice(draft.pools.names["last"])
        name = f"{first} {last}"
        if first in RESERVED_FIRST or name in RESERVED_NAMES:
            continue
        if draft.take(f"name:{name}"):
            break
    return name


def make_person(draft: Draft, name: str, company: bool, chance: Chance) -> Person:
    """Somebody with an id, an e-mail address, one to three addresses and a phone number."""
    count = chance.weighted({1: 70, 2: 28, 3: 2})
    addresses = [new_address(draft, chance, label) for label in ("shipping", "billing", "other")[:count]]
    for further in addresses[1:]:
        if chance.happens(0.7):
            further |= {key: addresses[0][key] for key in ("city", "region", "postalCode", "country")}
    person = Person(_customer_id(draft, name, chance), name, _email(draft, name, company, chance), addresses)
    person.company = company
    person.phone = _phone(draft, addresses[0], chance)
    return person


def _customer_id(draft: Draft, name: str, chance: Chance) -> str:
    """`first-last-NNNNN` with the measured deviations (section 0.1)."""
    shape = chance.weighted({"plain": 875, "capital": 100, "short": 13, "dated": 12})
    while True:
        suffix = f"{chance.integer(10000, 99999)}"
        id = f"{slug(name)}-{suffix}"
        if shape == "capital":
            id = f"{'-'.join(part.capitalize() for part in slug(name).split('-'))}-{suffix}"
        elif shape == "short":
            id = f"{slug(name)}-{suffix[:3]}"
        elif shape == "dated":
            id = f"cust-25{chance.integer(1, 10):02d}{chance.integer(10, 28)}-{suffix[:3]}"
        if draft.take(id):
            break
    if shape == "capital":
        draft.note("N-03", "customer", id, "id", "capitalised customer id")
    elif shape != "plain":
        draft.note("N-02", "customer", id, "id", "customer id in another form")
    return id


def _email(draft: Draft, name: str, company: bool, chance: Chance) -> str:
    parts = slug(name).split("-")
    if company:
        return f"{chance.choice(('orders', 'purchasing', 'it'))}@{''.join(parts)}.example"
    first, last = parts[0], parts[-1]
    local = chance.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[0]}", f"{last}.{first}"))
    domain = chance.choice(_DOMAINS)
    while not draft.take(f"{local}@{domain}"):
        local = f"{local}{chance.integer(2, 99)}"
    return f"{local}@{domain}"


def _phone(draft: Draft, address: dict[str, str], chance: Chance) -> str:
    form = chance.weighted(_PHONE_FORMS)
    while True:
        area, last = _AREA_CODES[address["region"]], f"{chance.integer(0, 9999):04d}"
        if draft.take(f"phone:{area}{last}"):
            return form.format(a=area, b=555, c=last)


def new_address(draft: Draft, chance: Chance, label: str = "shipping") -> dict[str, str]:
    """An address in one of the cities; every third customer lives within a day's drive of Louisville."""
    city = chance.choice(draft.pools.near if chance.happens(0.3) else draft.pools.names["cities"])
    address = {"label": label, "line1": f"{chance.integer(12, 9899)} {chance.choice(draft.pools.names['streets'])}"}
    if chance.happens(0.24):
        address["line2"] = chance.choice(_UNITS).format(chance.integer(1, 28))
    return address | {
        "city": city["city"],
        "region": city["region"],
        "postalCode": city["postal"],
        "country": city["country"],
    }


# --- what their orders say about them -----------------------------------------------------------------------------


def amount_cents(goods: int, tier: str, service: str) -> int:
    """The payment rule (17 C): goods at list less the tier's discount, plus the service's fee; half a cent goes up."""
    return (goods * (100 - RATES[tier]) + 50) // 100 + FEES[service]


def spend(draft: Draft, sales: list[Sale], tier: str) -> int:
    """Captured in the last 12 months if the tier had been in force throughout, in cents (P-53)."""
    counted = ("paid", "fulfilled", "backorder")
    return sum(
        amount_cents(goods_cents(draft, sale), tier, sale.service)
        for sale in sales
        if sale.status in counted and sale.paid_by in ("captured", "retry", "split") and sale.created >= YEAR_AGO
    )


def goods_cents(draft: Draft, sale: Sale) -> int:
    """List price of all units of an order."""
    return sum(draft.pools.cents[line["productId"]] * line["qty"] for line in sale.lines)


def earned_tier(draft: Draft, sales: list[Sale]) -> str:
    """The highest tier whose threshold the spend reaches although the tier's own discount lowers it."""
    return next(tier for tier, least in THRESHOLDS.items() if spend(draft, sales, tier) >= least)


def assign_tier(draft: Draft, person: Person, chance: Chance) -> None:
    """85 % of stored tiers are the earned ones, the rest are stale (section 1)."""
    if person.tier is None:
        earned = earned_tier(draft, person.sales)
        stale = {tier: weight for tier, weight in _LOYALTY_NOISE.items() if tier != earned}
        person.tier = chance.weighted(stale) if chance.happens(0.13) else earned


def write_row(draft: Draft, person: Person, chance: Chance) -> Row:
    """The customer's row, when tier and first order are known."""
    if person.since is None:
        person.since = since(draft, person, chance)
    row = draft.put(
        "customer",
        {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "phone": person.phone,
            "dateOfBirth": to_text(to_ms("1950-01-01T00:00:00Z") + chance.integer(0, 20_000) * DAY)[:10],
            "addresses": person.addresses,
            "loyaltyTier": person.tier,
            "createdAt": to_text(person.since),
        },
    )
    if person.company and draft.version >= 3:
        del row["dateOfBirth"]
    if not person.cast:
        _blemish(draft, row, chance)
    return row


def since(draft: Draft, person: Person, chance: Chance) -> int:
    """Minutes to years before the first order; for a few after it (N-18)."""
    if not person.sales:
        return within(chance, to_ms("2019-03-01T14:00:00Z"), to_ms("2025-10-28T20:00:00Z"), SALE_HOURS)
    first = min(person.sales, key=lambda sale: sale.created)
    if chance.happens(0.02) and not first.planned:
        draft.note("N-18", "order", first.id, "createdAt", f"order earlier than its customer row {person.id}")
        return min(first.created + chance.integer(1, 30) * HOUR, to_ms("2025-12-01T18:00:00Z"))
    if chance.happens(0.45):
        return first.created - chance.integer(6, 50) * MINUTE
    earliest = to_ms("2015-03-09T15:00:00Z")
    return within(chance, max(earliest, first.created - 1500 * DAY), first.created - HOUR, SALE_HOURS)


def _blemish(draft: Draft, row: dict[str, object], chance: Chance) -> None:
    """Missing and null phones (N-04, N-05), shared and malformed ones (N-17), a missing tier (N-04)."""
    id = str(row["id"])
    fault = chance.weighted({"": 855, "missing": 105, "null": 15, "malformed": 10, "shared": 15})
    previous = _previous(draft, id)
    if fault == "missing":
        del row["phone"]
        draft.note("N-04", "customer", id, "phone", "phone missing")
    elif fault == "null":
        row["phone"] = None
        draft.note("N-05", "customer", id, "phone", "phone null instead of missing")
    elif fault == "malformed":
        row["phone"] = str(row["phone"])[:-2]
        draft.note("N-04", "customer", id, "phone", "phone number with digits missing")
    elif fault == "shared" and previous and previous.get("phone"):
        row["phone"] = previous["phone"]
        draft.note("N-17", "customer", id, "phone", f"same phone number as {previous['id']}")
    if row["loyaltyTier"] == "none" and chance.happens(0.02):
        del row["loyaltyTier"]
        draft.note("N-04", "customer", id, "loyaltyTier", "tier missing, to be read as none")


def _previous(draft: Draft, id: str) -> dict[str, object] | None:
    """The customer written before this one."""
    rows = reversed(draft.rows("customer").values())
    return next((row for row in rows if row["id"] != id), None)
