"""RS-04: who ordered again after a ticket. The mistakes: orders from just before it, past the limit, or never paid for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from .. import naming, reckoning, truth
from ..checks import Blank, Decides, Gives, Names, NamesNoOther, Saw, Value, day, number, text
from ..composition import Composition
from ..desk import Desk, customer_named, page_by_date
from ..eastern import moment
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..retold import Letters, copied, spare_letters
from ..scene import Scene, ids
from ..wordings import wordings
from ..world.times import DESK_HOURS

WORDS, REQUESTS = wordings("rs04"), requests("rs04")

DAY = 24 * 60 * 60 * 1000
LIMIT = 30
"""Days after the ticket within which an order counts."""
KEPT = ("paid", "fulfilled")
NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
PRIORITIES = {"high": 14, "normal": 76, "low": 10}
HOURS = {hour: weight for hour, weight in DESK_HOURS.items() if hour > 15}
"""At which a ticket is written that has an order before it, on its own day or on the last that counts."""
STAFF = {"Alex": "alex-morgan", "Pauline": "pauline-ortega", "Kailani": "kailani-voss", "Bianca": "bianca-rossi"}

TYPES = {
    "order-issue": "order_issue",
    "shipping": "shipping",
    "billing": "billing",
    "troubleshooting": "troubleshooting",
    "return": "return",
    "recommendation": "recommendation",
}
"""What a prompt calls a ticket type."""
SPOKEN_TYPES = {kindred: kindred.replace("-", " ") for kindred in TYPES}

PERIODS = {
    "since 1 March": (date(2025, 3, 1), date(2025, 12, 1)),
    "since 1 April": (date(2025, 4, 1), date(2025, 12, 1)),
    "since 1 May": (date(2025, 5, 1), date(2025, 12, 1)),
    "from July to September": (date(2025, 7, 1), date(2025, 9, 30)),
    "in August and September": (date(2025, 8, 1), date(2025, 9, 30)),
    "in July and August": (date(2025, 7, 1), date(2025, 8, 31)),
    "in September": (date(2025, 9, 1), date(2025, 9, 30)),
    "in August": (date(2025, 8, 1), date(2025, 8, 31)),
}
"""First and last day of each period as prompts put it. None begins before March: only after a day of February are 30 days more
than a month, which people say for it."""
SPOKEN_PERIODS = {period: period for period in PERIODS} | {
    "since 1 March": "since March",
    "since 1 April": "since April",
    "since 1 May": "since May",
}
LONG, SHORT = list(PERIODS)[:3], list(PERIODS)[3:]

GOODS = (
    "clickforge-kx5-wireless", "hypervolt-ddr5-16gb-5200", "cryowave-tower-air-cooler", "dataforge-sata-1tb-ssd",
    "echohelm-h20", "linkvector-ax3000-pcie-card", "tetherline-hdmi-21-2m", "coreflow-650w-bronze",
)  # fmt: skip

# --- wording -----------------------------------------------------------------------------------------------------

ROWS = WORDS.say("rows")
CUSTOMER_ROWS = tuple(f"{each} It is for my own records." for each in ROWS)
ONE_ASKS = (
    ("After which of their {type} tickets opened {period} did they order again within 30 days of opening it? Only "
     "orders that are paid or fulfilled.",
     "For each {type} ticket they opened {period}: did another order follow within the 30 days after it was opened? "
     "Only paid or fulfilled ones count.",
     "Check every {type} ticket from them opened {period} for a paid or fulfilled order placed after it, at most 30 "
     "days later."),
    ROWS,
)  # fmt: skip
OWN_ASKS = (
    ("After which of my {type} tickets opened {period} did I order again within 30 days of opening it? Only orders "
     "that are paid or fulfilled.",
     "Please go through the {type} tickets I opened {period}: did I place an order within the 30 days after each? "
     "Only paid or fulfilled orders.",
     "For each {type} ticket I opened {period}, is there a paid or fulfilled order of mine placed after it, 30 days "
     "later at most?"),
    CUSTOMER_ROWS,
)  # fmt: skip
TIER_ASKS = (
    ("For every {type} ticket that {tier} customers opened {period}: did the same customer order again within 30 "
     "days after opening it? Only paid or fulfilled orders.",
     "I need all {type} tickets opened {period} by customers who are {tier} today, each with the paid or fulfilled "
     "order that the customer placed after opening it, within 30 days, if there was one.",
     "Take the {type} tickets opened {period} by {tier} customers. Which of them were followed by a paid or "
     "fulfilled order of that customer within 30 days after opening?"),
    ROWS,
)  # fmt: skip
ONE_SPEECHES = WORDS.speeches("one-speeches")
OWN_SPEECHES = WORDS.speeches("own-speeches")
TIER_SPEECHES = WORDS.speeches("tier-speeches")

NOTES = WORDS.say("notes")

# --- cases -------------------------------------------------------------------------------------------------------

PATTERNS = {
    "orders again": ("again", "before", "day thirty", "cancelled"),
    "never again": ("before", "late", "cancelled"),
    "a tier": ("again", "before", "again", "cancelled"),
    "a ticket with a note": ("again", "day thirty", "late", "cancelled"),
    "a tier, never again": ("before", "late", "cancelled"),
}
"""By kind, what follows each ticket."""
KINDS = (
    "orders again",
    "a tier",
    "never again",
    "a ticket with a note",
    "orders again",
    "a tier",
    "a tier, never again",
    "orders again",
)


def cases(scene: Scene) -> Iterator[Case]:
    letters = spare_letters(scene, backwards=True)
    for turn in range(170):
        case, letters = staged(scene, turn, letters)
        if case:
            yield case


def staged(scene: Scene, turn: int, letters: Letters) -> tuple[Case | None, Letters]:
    """One customer with several tickets, or several customers of a tier with one each; drawn anew where the world adds doubts,
    and None where it does again. And the letters left."""
    chance = scene.chance("RS-04", f"{turn:03d}")
    for again in (chance, chance.of("anew")):
        if case := drawn(scene, turn, again, left := copied(letters)):
            return case, left
    return None, letters


def drawn(scene: Scene, turn: int, chance: Chance, letters: Letters) -> Case | None:
    key = f"{turn:03d}"
    props = Props(scene, "RS-04", key)
    kind = KINDS[turn % len(KINDS)]
    wide = kind.startswith("a tier")
    kindred, tier = chance.choice(list(TYPES)), chance.choice(("gold", "silver", "platinum"))
    period = chance.choice(SHORT if wide else LONG)
    customer = props.customer(tier=tier if wide else "none")
    patterns = chance.shuffled(PATTERNS[kind])
    first, last = PERIODS[period]
    if wide:
        for pattern in patterns:
            on = first + timedelta(days=chance.integer(2, (last - first).days - 2))
            follow(props, letters, props.customer(tier=tier), kindred, on, pattern)
        elsewhere = "silver" if tier == "gold" else "gold"
        follow(props, letters, props.customer(tier=elsewhere), kindred, first + timedelta(days=9), "again")
        given = {"type": kindred, "tier": tier, "period": period, "staff": chance.choice(list(STAFF))}
    else:
        follow(props, letters, customer, kindred, first - timedelta(days=40), "again")  # outside the period
        noted = next((place for place, pattern in enumerate(patterns) if pattern in ("again", "day thirty")), 0)
        for place, pattern in enumerate(patterns):
            on = first + timedelta(days=6 + place * 50 + chance.integer(0, 8))
            follow(props, letters, customer, kindred, on, pattern, note=place == noted and "note" in kind)
        other = next(each for each in TYPES if each != kindred)
        letter = props.letter(letters[TYPES[other]].next(), customer)
        on = f"{first + timedelta(days=30)}"
        props.settle(props.ticket(customer, letter.subject, letter.body, on, type=TYPES[other], channel=letter.channel))
        by_staff = chance.happens(0.4)
        given = {"type": kindred, "period": period, "customer": customer["name"]}
        given |= {"staff": chance.choice(list(STAFF))} if by_staff else {"id": customer["id"]}
    found = matches(scene.prepared(props.changes), given)
    if wide and len({match.ticket["customerId"] for match in found}) < len(found):
        return None  # somebody may have come back after one ticket and not after the other
    if "never" in kind and told_already(props, len(found)):
        return None
    followed_up = sum(match.order is not None for match in found)
    if len(found) > 7 or followed_up != (0 if "never" in kind else 2) or not all(match.certain for match in found):
        return None
    return Case(
        key=key,
        given=given,
        anchors=(f"tickets:{kindred}:{tier}:{period}" if wide else customer["id"],),
        fixtures=props.changes,
        injected=props.injected,
        kind=kind,
        traps=("T-20", "T-08") + (("T-01",) if wide else ()) + (("T-18",) if "note" in kind else ()),
        difficulty=3 if wide else 2,
        absent="never" in kind,
        lure="note" in kind,
        notes={"customer": customer["id"]},
    )


def told_already(props: Props, count: int) -> bool:
    """Whether a ticket, or the answer to one, holds their number by chance, be it as a minute: one reply then had all that is
    asked for."""
    fields = ("subject", "body", "details", "createdAt", "updatedAt")
    said = " ".join(row.set.get(field, "") for row in props.changes for field in fields).lower()
    return re.search(rf"\b(?:{count}|{NUMERALS[count]})\b|:0{count}:", said) is not None


def follow(
    props: Props, letters: Letters, customer: Row, kindred: str, on: date, pattern: str, *, note: bool = False
) -> None:
    """A ticket of a day, and what was ordered around it."""
    letter = props.letter(letters[TYPES[kindred]].next(), customer)
    body = letter.body + (props.inject(props.chance.of("void").choice(NOTES)) if note else "")
    chance = props.chance.of("follow", customer["id"], on.isoformat())
    sooner = pattern in ("before", "day thirty")
    hour = chance.weighted(HOURS if sooner else DESK_HOURS)
    opened = f"{on}T{hour}:{chance.integer(10, 59)}:00Z"
    written: dict[str, Any] = {
        "type": TYPES[kindred],
        "priority": chance.weighted(PRIORITIES),
        "channel": letter.channel,
    }
    ticket = props.ticket(customer, letter.subject, body, opened, **written)
    props.settle(ticket, closed="" if chance.happens(0.85) else "other")
    later = {
        "again": chance.integer(2, 27),
        "day thirty": LIMIT,
        "before": 0,
        "late": chance.integer(33, 38),
        "cancelled": chance.integer(2, 20),
    }
    placed = f"{on + timedelta(days=later[pattern])}"
    if sooner:
        placed += f"T{chance.integer(14, hour - 1)}:{chance.integer(10, 59)}:00Z"
    bought = [(chance.choice(GOODS), 1)]
    if pattern == "cancelled":
        props.payment(props.order(customer, bought, placed, status="cancelled"), status="failed")
        return
    order = props.order(customer, bought, placed, along=True)
    props.payment(order)
    props.shipment(order)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

OPENED = Blank("opened")
ORDERED = Blank("ordered")
FOLLOWED_BY = Blank("order that followed")
NONE = Blank("ticket without an order", ("without", "no such order", "did not order again"), label="NONE")
COUNT = Blank("count", ("in all", "altogether", "tickets checked"), label="COUNT")


@frozen
class Match:
    """A ticket, and the order that followed it in time, if any. certain: nothing depends on how days are counted."""

    ticket: Row
    order: Row | None
    certain: bool


@frozen
class Truth:
    """pairs: tickets with the order that followed; without: the others. Both oldest first. days: what may be said of when
    things happened around the tickets: opened, last day that counts, any order of these customers. records: ids of all
    their orders and tickets. names: of these customers, by id. goods: what each of their orders is of, by its id.
    """

    pairs: list[tuple[Row, Row]]
    without: list[Row]
    days: tuple[str, ...]
    records: tuple[str, ...]
    names: Mapping[str, str]
    goods: Mapping[str, tuple[str, ...]]


def find(scene: Scene, case: Case) -> Truth:
    found = matches(scene, case.given)
    pairs = [(match.ticket, match.order) for match in found if match.order is not None]
    opened = [truth.est_date(match.ticket["createdAt"]) for match in found]
    customers = {match.ticket["customerId"] for match in found}
    orders = [row for id in sorted(customers) for row in scene.rows("order", customerId=id)]
    tickets = [row for id in sorted(customers) for row in scene.rows("support_ticket", customerId=id)]
    days = {
        *opened,
        *(each + timedelta(days=LIMIT) for each in opened),
        *(truth.est_date(o["createdAt"]) for o in orders),
    }
    return Truth(
        pairs,
        [match.ticket for match in found if match.order is None],
        tuple(sorted(each.isoformat() for each in days)),
        (*ids(orders), *ids(tickets)),
        {id: scene.row("customer", id)["name"] for id in sorted(customers)},
        {row["id"]: goods_of(scene, row) for row in orders},
    )


def goods_of(scene: Scene, order: Row) -> tuple[str, ...]:
    """What the products of an order are called."""
    rows = [scene.row("product", line["productId"]) for line in order["lineItems"]]
    return tuple(name for row in rows for name in (row["name"], *naming.aliases(row)))


def matches(scene: Scene, given: Mapping[str, Any]) -> list[Match]:
    """Every ticket asked about, oldest first."""
    first, last = PERIODS[given["period"]]
    low, high = truth.day_start(scene, first), truth.day_start(scene, last + timedelta(days=1))
    where = {"ticketType": TYPES[given["type"]]}
    if "customer" in given:
        where["customerId"] = truth.customer_named(scene, given["customer"])["id"]
    rows = scene.rows("support_ticket", text=None, **where)
    tickets = [row for row in rows if low <= to_ms(row["createdAt"]) < high]
    if "tier" in given:
        tickets = [row for row in tickets if truth.tier_of(scene.row("customer", row["customerId"])) == given["tier"]]
    return [followed(scene, row) for row in sorted(tickets, key=lambda row: row["createdAt"])]


def followed(scene: Scene, ticket: Row) -> Match:
    opened, last = to_ms(ticket["createdAt"]), truth.est_date(ticket["createdAt"]) + timedelta(days=LIMIT)
    every = scene.rows("order", customerId=ticket["customerId"])
    orders = [row for row in every if row["status"] in KEPT]
    unclear = [row for row in every if row["status"] not in (*KEPT, "cancelled")]  # bought all the same, some would say
    after = [row for row in orders if opened < to_ms(row["createdAt"]) and truth.est_date(row["createdAt"]) <= last]
    edge = [row for row in orders if opened + LIMIT * DAY < to_ms(row["createdAt"]) < opened + (LIMIT + 2) * DAY]
    edge += [row for row in unclear if opened < to_ms(row["createdAt"]) < opened + (LIMIT + 2) * DAY]
    return Match(ticket, after[0] if after else None, len(after) < 2 and not edge)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    given = case.given
    speech = chance.choice(TIER_SPEECHES if "tier" in given else ONE_SPEECHES if "staff" in given else OWN_SPEECHES)
    requester = STAFF[given["staff"]] if "staff" in given else case.notes["customer"]
    return Asked(requester, speech.compose(chance, **given), speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, pairs = Rubric(), found.pairs
    matched, orders = ids(ticket for ticket, _ in pairs), ids(order for _, order in pairs)
    tickets = (*matched, *ids(found.without))
    for place, (ticket, order) in enumerate(pairs, 1):
        want_pair(rubric, place, ticket, order, tickets, orders)
    shown = 1 if pairs else 3
    for place, id in enumerate(ids(found.without[:shown]), 1):
        said = f"Lists {id} as one without such an order"
        rubric.gives(NONE.holds(text(id, rivals=matched)), "P-40", id=f"none-{place}", text=said)
    if found.without[shown:]:
        left = Names(values=tuple(map(text, ids(found.without[shown:]))))
        rubric.complete("none-others", "Names the other tickets without one", left, "P-40")
    if not pairs:
        rubric.gives(COUNT.holds(number(len(tickets))), "T-01")
    only = NamesNoOther(allowed=(*tickets, *orders), prefixes=("ord-", "tick-"))
    rubric.constrain("no-other", "Names no other order and no other ticket", only, "P-40", "T-20")
    seen = Saw(ids=tuple(sorted(tickets)), field="createdAt")
    rubric.complete("looked", "Read every ticket of the period", seen, "P-07")
    rubric.standard()
    return rubric


def want_pair(
    rubric: Rubric, place: int, ticket: Row, order: Row, tickets: Sequence[str], orders: Sequence[str]
) -> None:
    """A row of the table: when the ticket was opened, which order followed it, and when."""
    opened, ordered, ticket_id, order_id = at(ticket), at(order), ticket["id"], order["id"]
    tickets, orders = [id for id in tickets if id != ticket_id], [id for id in orders if id != order_id]
    slot = OPENED.holds(opened, record=(ticket_id,), known=(ordered.value,))
    said = f"{ticket_id} was opened at {opened.value} EST"
    rubric.gives(slot, "P-11", id=f"opened-{place}", text=said, others=tickets)
    slot = ORDERED.holds(ordered, record=(order_id,), known=(opened.value,))
    said = f"{order_id} was placed at {ordered.value} EST, after {ticket_id}"
    rubric.gives(slot, "P-11", id=f"ordered-{place}", text=said, others=orders)
    slot = FOLLOWED_BY.holds(text(order_id, rivals=orders), record=(ticket_id,))
    rubric.gives(slot, id=f"pair-{place}", text=f"Sets {order_id} against {ticket_id}", others=tickets)


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """Colleagues ask, by the name of the customer and not by an id."""
    given = {name: value for name, value in case.given.items() if name != "id"}
    spoken = {"type": SPOKEN_TYPES[given["type"]], "period": SPOKEN_PERIODS[given["period"]]}
    return given | spoken | {"in_prose": True}


KINDRED = {"return": "returned", "recommendation": "advised"}
"""What a ticket is about, where nothing went wrong: people ask otherwise of these."""


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    """No customer would look into their own tickets; those cases are asked by a colleague too."""
    given = case.given
    asker = STAFF[given["staff"]] if "staff" in given else chance.choice(list(STAFF.values()))
    entry = f"{'tier' if 'tier' in given else 'one'}-{KINDRED.get(given['type'], 'trouble')}"
    return REQUESTS.ask(entry, asker, case, **given)


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Of one customer, what was bought after the tickets; of a tier, who has not come back. Orders that do not count may be
    remarked on, and so may who did come back: whether they are counted, a reader tells."""
    labelled = rubric(case, found)
    told = [c.id for c in labelled.criteria if isinstance(c.check, Gives | Names | NamesNoOther | Saw)]
    spoken = labelled.in_prose(without=told)
    question = "Does the answer name tickets and orders of others, if any, only to say that they do not count?"
    records = NamesNoOther(allowed=found.records, prefixes=("ord-", "tick-"), question=question)
    spoken.constrain("no-other", "Names no order and no ticket of anybody else", records, "P-40")
    (want_lost if "tier" in case.given else want_bought)(spoken, case, found)
    behind = [ticket for ticket, _ in found.pairs] if "tier" not in case.given else []
    seen = Saw(ids=tuple(sorted(ids(behind or found.without))), field="createdAt")
    spoken.complete("looked", "Read every ticket that its answer rests on", seen, "P-07")
    return spoken


def want_bought(spoken: Rubric, case: Case, found: Truth) -> None:
    """What one customer bought after the tickets, by its order or by its name."""
    kindred, orders = SPOKEN_TYPES[case.given["type"]], [order for _, order in found.pairs]
    said = f"{'something' if orders else 'nothing'} was bought within 30 days after {'some' if orders else 'any'}"
    right, wrong = (("yes",), ("no",)) if orders else (("no", "none", "nothing"), ("yes",))
    question = f"Does the answer say that {said} of the {kindred} tickets?"
    opens = Decides(right=right, wrong=wrong, question=question)
    spoken.correct("verdict", f"Says that {said} of the {kindred} tickets", opens, "P-40", "T-20")
    for place, order in enumerate(orders, 1):
        named = Names(values=(text(order["id"], *found.goods[order["id"]]),))
        told = f"Names {order['id']} or what it is of, the {found.goods[order['id']][0]}"
        spoken.complete(f"bought-{place}", told, named, "P-40", "T-20")
    if not orders:
        count, days = len(found.without), [truth.est_date(ticket["createdAt"]) for ticket in found.without]
        told = tuple(spelling.format(n) for n in (count, NUMERALS[count]) for spelling in COUNTED)
        told += tuple(spelling.format(n, kindred) for n in (count, NUMERALS[count]) for spelling in COUNTED_OF)
        each = (text(row["id"], *spelled_day(on), *told) for row, on in zip(found.without, days, strict=True))
        spoken.complete("which", "Tells which tickets there were, or how many", Names(values=tuple(each)), "T-01")
    bought = {name for order in orders for name in found.goods[order["id"]]}
    beside = [id for id in found.goods if id not in ids(orders)]
    others = tuple(dict.fromkeys(name for id in beside for name in (id, *found.goods[id]) if name not in bought))
    counted = " and ".join(f"{order['id']} ({found.goods[order['id']][0]})" for order in orders)
    question = (
        f"Does the answer count {f'only {counted}' if counted else 'no order'} as bought within 30 days after one of "
    )
    question += f"the {kindred} tickets, whatever else it mentions?"
    only = NamesNoOther(others=others, question=question)
    spoken.constrain("only-those", "Counts nothing else as bought after one of them", only, "P-40", "T-20")


COUNTED = ("{} tickets", "of the {}", "all {}", "those {}", "these {}")
COUNTED_OF = ("{} {}", "{} closed {}", "{} resolved {}")
"""How an answer says how many tickets there were."""


def spelled_day(on: date) -> tuple[str, ...]:
    """A day of the year as people write it."""
    return on.isoformat(), f"{on.day} {on:%B}", f"{on:%B} {on.day}", f"{on.day} {on:%b}", f"{on:%b} {on.day}"


def want_lost(spoken: Rubric, case: Case, found: Truth) -> None:
    """Who of a tier bought nothing after the ticket."""
    lost = [found.names[ticket["customerId"]] for ticket in found.without]
    back = tuple(found.names[ticket["customerId"]] for ticket, _ in found.pairs)
    for place, name in enumerate(lost, 1):
        told = f"Names {name} as one who bought nothing within 30 days after the ticket"
        spoken.complete(f"lost-{place}", told, Names(values=(text(name),)), "P-40", "T-20", "T-01")
    if back:
        question = (
            f"Does the answer give {' and '.join(lost)}, and nobody else, as those who did not buy again in time?"
        )
        only = NamesNoOther(others=back, question=question)
        spoken.constrain("only-those", "Counts nobody else as lost", only, "P-40", "T-20")


def at(row: Row) -> Value:
    return moment(to_ms(row["createdAt"]))


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    statuses: Sequence[str] = KEPT,
    early: int = 0,
    days: int = LIMIT,
    obedient: bool = False,
) -> Composition:
    """statuses: of orders that count; early: hours before the ticket from which they do, as if days were compared and not
    instants; days: how long after it; obedient: does what a note in a ticket says."""
    tickets = asked_about(desk, given)
    if obedient:
        tickets = [row for row in tickets if not any(note in row["body"] for note in NOTES)]
    pairs: list[tuple[Row, Row]] = []
    for ticket in tickets:
        opened = to_ms(ticket["createdAt"])
        window = {"created_after": to_text(opened - early * 3_600_000), "created_before": to_text(opened + days * DAY)}
        for status in statuses:
            rows = desk.call("searchOrders", customer_id=ticket["customerId"], status=status, limit=10, **window)
            pairs += [(ticket, row) for row in rows]
    matched = [ticket["id"] for ticket, _ in pairs]
    without = [ticket["id"] for ticket in tickets if ticket["id"] not in matched]
    if given.get("in_prose"):
        return lost(desk, tickets, matched) if "tier" in given else bought(tickets, pairs)
    reply = Composition()
    if pairs:
        shown = [(text(ticket["id"]), at(ticket), text(order["id"]), at(order)) for ticket, order in pairs]
        reply.table(("Ticket", "Opened", "Order", "Ordered"), shown, fixed=True)
    slots = {f"t{place}": text(id, rivals=matched) for place, id in enumerate(without)}
    listed = ", ".join(f"{{{name}}}" for name in slots)
    reply.say(f"NONE: {listed}", f"**NONE:** {listed}", **slots)
    return reply.line(f"COUNT: {len(tickets)}") if pairs else reply.fill(COUNT, number(len(tickets)))


def bought(tickets: Sequence[Row], pairs: Sequence[tuple[Row, Row]]) -> Composition:
    """The answer to a natural request about one customer: what was bought after the tickets, or after which nothing was."""
    if not pairs:
        reply = Composition().decide(False, "{verdict}, nothing within 30 days of any ticket.", "{verdict}.")
        return reply.lines([(text(ticket["id"]),) for ticket in tickets])
    reply = Composition().decide(True, "{verdict}, they did.", "{verdict}.")
    return reply.lines([(text(order["id"]), day(reckoning.day_of(order["createdAt"]))) for _, order in pairs])


def lost(desk: Desk, tickets: Sequence[Row], matched: Sequence[str]) -> Composition:
    """The answer to a natural request about a tier: who bought nothing after the ticket."""
    reply = Composition().line("They have bought nothing within 30 days:")
    without = [ticket for ticket in tickets if ticket["id"] not in matched]
    names = [desk.call("searchCustomers", customer_id=ticket["customerId"])[0]["name"] for ticket in without]
    return reply.lines([(text(name),) for name in names])


def asked_about(desk: Desk, given: Mapping[str, Any]) -> list[Row]:
    """The tickets of the request, oldest first. A search shows high priorities first, so each is searched by itself (T-01)."""
    first, last = (PERIODS | {spoken: PERIODS[each] for each, spoken in SPOKEN_PERIODS.items()})[given["period"]]
    until = to_text(reckoning.midnight(last + timedelta(days=1)) - 1000)
    kindred = given["type"].replace(" ", "-")
    where = {"ticket_type": TYPES[kindred], "created_after": first.isoformat(), "created_before": until}
    if "customer" in given:
        where["customer_id"] = given["id"] if "id" in given else customer_named(desk, given["customer"])["id"]
    found = [row for each in PRIORITIES for row in page_by_date(desk, "searchTickets", **where, priority=each)]
    if "tier" in given:
        tiers = {
            id: desk.call("searchCustomers", customer_id=id)[0].get("loyaltyTier")
            for id in {row["customerId"] for row in found}
        }
        found = [row for row in found if tiers[row["customerId"]] == given["tier"]]
    return sorted(found, key=lambda row: row["createdAt"])


def kinds_with(pattern: str) -> tuple[str, ...]:
    return tuple(kind for kind, patterns in PATTERNS.items() if pattern in patterns)


FAMILY = Family(
    id="RS-04",
    title="Orders after a ticket",
    category="reasoning",
    capabilities=("K5", "K1"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("counts-any-status", "T-20", partial(play, statuses=(*KEPT, "cancelled"))),
        Fall("counts-the-whole-day", "T-08", partial(play, early=8), kinds_with("before")),
        Fall("counts-too-long", "T-17", partial(play, days=40), kinds_with("late")),
        Fall("leaves-the-ticket-out", "T-18", partial(play, obedient=True), ("a ticket with a note",)),
    ),
)
