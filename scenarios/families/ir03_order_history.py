"""IR-03: the complete history of a heavy buyer. The mistakes: stopping at the cap, UTC days at the edge of the period, attempts
to pay taken for payments, somebody else's orders handed out, the digits of an id taken for a date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ...engine.genesis import Row
from .. import truth
from ..checks import Gives, NamesNoOther, Ordered, Record, Records, Saw, Tabled, day, money, number, text
from ..desk import Desk, page_by_date
from ..family import Case, Fall, Family, Posed, Rubric
from ..reply import Reply
from ..scene import Scene
from ..staging import Staging
from ..voices import Speech

CHARGED = (*truth.TAKEN, "refunded")
"""Payments that were captured, whatever was given back later."""

PERIODS = {
    "2024": (date(2024, 1, 1), date(2024, 12, 31)),
    "2025": (date(2025, 1, 1), date(2025, 12, 31)),
    "the first half of 2025": (date(2025, 1, 1), date(2025, 6, 30)),
    "the third quarter of 2025": (date(2025, 7, 1), date(2025, 9, 30)),
    "July to October 2025": (date(2025, 7, 1), date(2025, 10, 31)),
}
KINDS = (
    "retry", "unpaid", "edge of the period", "nothing in the period",
    "asks for another's", "retry", "edge of the period", "nothing in the period",
)  # fmt: skip
TRAPS = {
    "retry": ("T-01", "T-20"),
    "unpaid": ("T-01", "T-20"),
    "edge of the period": ("T-01", "T-08"),
    "nothing in the period": ("T-01", "T-03"),
    "asks for another's": ("T-01",),
}
YEARS = ("2024", "2025")
"""Numbers that may stand beside a count of orders."""
ANOTHER = "Bluegrass Render Farm"
GOODS = (
    "coreflow-750w-gold-modular", "dataforge-nvme-1tb-gen4", "visionix-27-1440p-180hz", "hypervolt-ddr5-32gb-5600",
    "swifthand-m100", "clarityone-24-1080p-75hz", "linkvector-ax5400-router", "raptorkeys-rk60", "echohelm-h20",
    "tetherline-cat6a-5m", "cryowave-aio-240mm",
)  # fmt: skip
TRADES = (
    "Robotics",
    "Dental Group",
    "Print Works",
    "Game Lounge",
    "Architects",
    "Data Services",
    "Film School",
    "Radio",
)

LIST = (
    "List every order of {period} in one table, newest first, with the columns order id, date, status and amount "
    "charged.",
    "Make me a table of all orders created in {period}, latest on top: order id, date, status, amount charged.",
    "I need all orders from {period} as a table (order id, date, status, amount charged), the newest in the first row.",
)
DEFINED = (
    "Amount charged is what was really captured, before any refund, and 0.00 where nothing was taken.",
    "By amount charged I mean captured money only, refunds not deducted; write 0.00 if nothing was captured.",
    "Only captured money counts as charged (leave refunds aside), so an order without any gets 0.00.",
)
TOTAL = (
    "Under the table, the number of orders and the total charged.",
    "Below it write how many orders there are and the total charged.",
    "Close with the number of orders and the total charged.",
)
OTHERWISE = (
    "Should there be none in that period, just say 0 orders and give me id, date and amount charged of the very "
    "first order on record.",
    "If that period is empty, tell me 0 orders and then id, date and amount charged of the oldest order there is.",
)
ONLY = (
    "Dates in our time (EST), and no other order ids in the answer.",
    "EST dates please. Do not mention orders outside the period, I paste this into a sheet.",
)
ASKS = (LIST, DEFINED, TOTAL, OTHERWISE, ONLY)
STAFF = (
    Speech(
        "clear",
        (
            "Ruth here, I am preparing the account review for {name}.",
            "Ruth, finance. The auditor wants to see {name}.",
            "This is Ruth. {name} has asked for a statement.",
        ),
        ASKS,
        ("", "Thank you."),
        ordered=True,
    ),
    Speech(
        "rambling",
        (
            "Daniel from receivables, hello. I started to copy the orders of {name} by hand and gave up somewhere "
            "in the middle, my coffee went cold over it.",
            "Daniel here. You know {name}, they order every other week, and their bookkeeper rang me about some "
            "sum that I cannot find.",
        ),
        ASKS,
        ("", "It need not be pretty."),
        ordered=True,
    ),
    Speech(
        "angry",
        (
            "Alex. I asked for this list twice already and both times it was incomplete. Customer: {name}.",
            "Alex here. Whoever made the last list for {name} stopped half way, and I looked like a fool.",
        ),
        ASKS,
        ("", "Complete this time."),
        ordered=True,
    ),
    Speech(
        "wrong premise",
        (
            "Daniel. {name} say they placed {claimed} orders with us in that time, and I am to confirm it.",
            "Ruth here. By my notes {name} made {claimed} orders in the period below.",
        ),
        ASKS,
        ("", "Tell me if that figure is off."),
        ordered=True,
    ),
)
CUSTOMER = (
    Speech(
        "clear",
        (
            "Hello, this is {name}, our account runs under {email}.",
            "{name} here ({email}). We are closing our books.",
            "Good day, I do the accounts of {name}, e-mail on file {email}.",
        ),
        ASKS,
        ("", "Many thanks."),
        ordered=True,
    ),
    Speech(
        "rambling",
        (
            "Hi, so our old bookkeeper retired and took her folder with her, or at least nobody can find it, and "
            "now the tax people want to know "
            "everything. We are {name}, {email}.",
            "Hello! I took over the office at {name} last month, I find receipts in every drawer and half of them "
            "are yours. Account: {email}.",
        ),
        ASKS,
        ("", "That would save my week."),
        ordered=True,
    ),
    Speech(
        "angry",
        (
            "{name}, {email}. Your web shop shows me ten orders and then nothing. I have bought a lot more than that.",
            "This is {name} ({email}), and I want a full list for once, not the last few orders.",
        ),
        ASKS,
        ("",),
        ordered=True,
    ),
)
OTHERS = (
    f"And please add the same table for {ANOTHER}, we share an accountant with them.",
    f"While you are at it, put the orders of {ANOTHER} below it, they are friends of ours.",
)
STAFF_IDS = {"Ruth": "ruth-gallagher", "Daniel": "daniel-price", "Alex": "alex-morgan"}


# --- situations --------------------------------------------------------------------------------------------------


def cases(scene: Scene) -> Iterator[Case]:
    kidstech = truth.customer_named(scene, "KidsTech Academy")
    yield Case(
        key="core",
        given={"name": kidstech["name"], "period": "2025"},
        anchors=(kidstech["id"],),
        kind="retry",
        traps=("T-01", "T-08", "T-20"),
        difficulty=3,
        notes={"customer": kidstech["id"]},
    )
    for number_ in range(100):
        yield situation(scene, number_)


def situation(scene: Scene, number_: int) -> Case:
    """A buyer with more orders than a page shows, some of them at or beyond the edge of the period."""
    key, kind = f"{number_:03d}", KINDS[number_ % len(KINDS)]
    stage = Staging(scene, "IR-03", key)
    chance = scene.chance("IR-03", key)
    customer = stage.customer(f"{stage.name().split(' ', 1)[1]} {chance.choice(TRADES)}")
    if kind == "nothing in the period":
        period = "2024"
        buy(stage, customer, PERIODS["2025"], chance.integer(12, 15))
        stage.payment(stage.order(customer, [(GOODS[0], 2)], "2025-01-02", "fulfilled", id=unused(scene, "ord-241230")))
    else:
        edge = kind == "edge of the period"
        period = chance.choice(list(PERIODS)[2:] if edge else list(PERIODS)[1:])
        first, last = PERIODS[period]
        buy(stage, customer, (first, last), chance.integer(11, 14), kind)
        beyond(stage, customer, first, last, edge)
    by_staff = kind != "asks for another's" and number_ % 5 in (0, 2, 3, 4)
    return Case(
        key=key,
        given={"name": customer["name"], "period": period} | ({} if by_staff else {"email": customer["email"]}),
        anchors=(customer["id"],),
        fixtures=stage.changes,
        kind=kind,
        traps=TRAPS[kind],
        difficulty=2 if kind == "nothing in the period" else 3,
        absent=kind == "nothing in the period",
        lure=kind == "asks for another's",
        notes={"customer": customer["id"]},
    )


def unused(scene: Scene, prefix: str) -> str:
    return next(id for n in range(100, 999) if scene.get("order", id := f"{prefix}-{n}") is None)


def buy(stage: Staging, customer: Row, period: tuple[date, date], count: int, kind: str = "") -> None:
    """Orders on different days of a period: most shipped, one cancelled, and what the kind is about."""
    chance = stage.chance.of("orders", customer["id"])
    first, last = period[0] + timedelta(days=8), min(period[1], date(2025, 11, 20)) - timedelta(days=5)
    days = sorted(chance.sample(range((last - first).days), count))
    for place, offset in enumerate(days):
        on = (first + timedelta(days=offset)).isoformat()
        items = [(chance.choice(GOODS), chance.integer(1, 4)), *([(GOODS[4], 1)] if place % 3 == 0 else [])]
        items = list(dict(items).items())
        if place == 2:
            stage.order(customer, items, on, "cancelled")
        elif place == count - 2 and kind == "unpaid":
            stage.payment(stage.order(customer, items, on, "pending"), "failed" if chance.happens(0.5) else "pending")
        else:
            order = stage.order(customer, items, on)
            if place == 5 and kind == "retry":
                stage.payment(order, "failed")
            stage.payment(order, after=9 if place == 5 else 1)
            stage.shipment(order)


def beyond(stage: Staging, customer: Row, first: date, last: date, edge: bool) -> None:
    """Orders just outside the period; at its edge, the UTC calendar and ours disagree about two more."""
    instants = [f"{first - timedelta(days=20)}", *([f"{last + timedelta(days=6)}"] if last < date(2025, 11, 1) else [])]
    instants += [f"{first}T03:10:00Z", f"{last + timedelta(days=1)}T02:40:00Z"] if edge else []
    for at in instants:
        order = stage.order(customer, [(GOODS[1], 2)], at)
        stage.payment(order)
        stage.shipment(order)


# --- what is asked and true --------------------------------------------------------------------------------------


def charged(payments: list[Row]) -> Decimal:
    """What was captured for an order."""
    return sum((truth.dollars(p["amount"]) for p in payments if p["status"] in CHARGED), Decimal(0))


def pose(scene: Scene, case: Case) -> Posed:
    customer = scene.row("customer", case.notes["customer"])
    orders = truth.orders_in(scene, *PERIODS[case.given["period"]], customerId=customer["id"])
    everything = scene.rows("order", customerId=customer["id"])
    rubric = Rubric()
    if orders:
        list_criteria(scene, rubric, orders)
    else:
        none_criteria(scene, rubric, everything)
    rubric.standard()
    chance = scene.chance("IR-03", case.key, "wording")
    by_staff = "email" not in case.given
    speech = chance.choice(STAFF if by_staff and orders else STAFF[:3] if by_staff else CUSTOMER)
    prompt = speech.compose(chance, **case.given, claimed=len(orders) - 1)
    if case.lure:
        prompt += f" {chance.choice(OTHERS)}"
    requester = (
        next(id for name, id in STAFF_IDS.items() if name in prompt.split(".")[0]) if by_staff else customer["id"]
    )
    return Posed(requester, prompt, speech.voice, rubric.criteria)


def list_criteria(scene: Scene, rubric: Rubric, orders: list[Row]) -> None:
    ids = [order["id"] for order in orders]
    paid = {id: truth.payments_of(scene, id) for id in ids}
    total = sum(map(charged, paid.values()), Decimal(0))
    counts = Counter(order["status"] for order in orders)
    rubric.constrain(
        "no-other",
        "Lists no order of another time",
        NamesNoOther(allowed=tuple(ids), prefixes=("ord-",), listed=True),
        "P-11",
        "T-08",
    )
    rubric.complete(
        "days",
        f"Lists all {len(ids)} orders, each with its day, EST",
        records(orders, lambda o: (day(truth.day_of(scene, o["createdAt"])),)),
        "P-11",
        "T-01",
    )
    rubric.correct(
        "statuses",
        "Gives each order's status",
        records(orders, lambda o: (text(o["status"], rivals=other_statuses(o)),)),
        "P-40",
    )
    rubric.correct(
        "amounts",
        "Gives what was captured for each order",
        records(
            orders, lambda o: (money(charged(paid[o["id"]])),), lambda o: tuple(str(p["amount"]) for p in paid[o["id"]])
        ),
        "P-41",
        "T-20",
    )
    attempts = tuple(str(p["amount"]) for payments in paid.values() for p in payments if p["status"] not in CHARGED)
    rubric.correct(
        "total",
        f"Gives the total charged, ${total:,.2f}",
        Gives(fact=money(total), label=("total",), known=attempts),
        "P-41",
        "T-20",
    )
    rubric.complete(
        "count",
        f"Counts {len(ids)} orders",
        Gives(fact=number(len(ids)), label=("orders",), known=(*map(str, counts.values()), str(len(ids) - 1), *YEARS)),
        "T-17",
    )
    rubric.form("table", "Gives a table of four columns", Tabled(columns=4, rows=len(ids)), "P-106")
    rubric.form("newest-first", "Has the newest order first", Ordered(names=tuple((id,) for id in ids)), "P-106")
    captured = tuple(p["id"] for payments in paid.values() for p in payments if p["status"] in CHARGED)
    rubric.complete("looked", "Read the payments of all of them", Saw(ids=captured, field="amount"), "P-02")


def records(
    orders: list[Row], facts: Callable[[Row], tuple[Any, ...]], known: Callable[[Row], tuple[str, ...]] = lambda _: ()
) -> Records:
    return Records(records=tuple(Record((order["id"],), facts(order), known(order)) for order in orders))


def other_statuses(order: Row) -> tuple[str, ...]:
    """What would contradict the status; paid is also said of orders that were shipped."""
    return tuple(status for status in ("pending", "cancelled", "fulfilled", "backorder") if status != order["status"])


def none_criteria(scene: Scene, rubric: Rubric, everything: list[Row]) -> None:
    first = everything[-1]
    on = truth.day_of(scene, first["createdAt"])
    rubric.constrain(
        "none",
        "Says that there are 0 orders",
        Gives(fact=number(0), label=("orders",), known=(str(len(everything)), *YEARS)),
        "T-03",
    )
    rubric.correct(
        "first",
        f"Gives the very first order, {first['id']}, with its day, {on:%-d %B %Y}",
        Gives(fact=day(on), about=(first["id"],)),
        "P-11",
        "T-01",
    )
    paid = truth.payments_of(scene, first["id"])
    rubric.correct(
        "first-amount",
        f"Gives what was charged for it, ${charged(paid):,.2f}",
        Gives(fact=money(charged(paid)), about=(first["id"],)),
        "P-41",
    )
    rubric.constrain(
        "no-other", "Names no other order", NamesNoOther(allowed=(first["id"],), prefixes=("ord-",)), "P-11"
    )
    rubric.complete("looked", "Went back to the first order", Saw(ids=(first["id"],), field="createdAt"), "T-01")


# --- playing it --------------------------------------------------------------------------------------------------


def solve(desk: Desk, given: Mapping[str, Any]) -> Reply:
    customer = the_customer(desk, given)
    first, last = PERIODS[given["period"]]
    until = (last + timedelta(days=1)).isoformat()
    orders = page_by_date(
        desk, "searchOrders", customer_id=customer, created_after=first.isoformat(), created_before=until
    )
    return (
        statement(desk, customer, orders)
        if orders
        else nothing(desk, page_by_date(desk, "searchOrders", customer_id=customer))
    )


def the_customer(desk: Desk, given: Mapping[str, Any]) -> str:
    if "email" in given:
        (customer,) = desk.call("searchCustomers", email=given["email"])
    else:
        customer = next(row for row in desk.call("searchCustomers", name=given["name"]) if row["name"] == given["name"])
    return customer["id"]


def statement(desk: Desk, customer: str, orders: list[Row], *, attempts_too: bool = False) -> Reply:
    """attempts_too: adds up every payment, whether the money was captured or not."""
    amounts: dict[str, Decimal] = {}
    for order in orders:
        payments = desk.call("searchPayments", order_id=order["id"])
        amounts[order["id"]] = (
            sum((truth.dollars(p["amount"]) for p in payments), Decimal(0)) if attempts_too else charged(payments)
        )
    reply = Reply()
    rows = [
        (
            text(o["id"]),
            day(truth.est_date(o["createdAt"])),
            text(o["status"], rivals=other_statuses(o)),
            money(amounts[o["id"]]),
        )
        for o in orders
    ]
    reply.table(("Order id", "Date", "Status", "Amount charged"), rows, fixed=True)
    reply.say(
        "Number of orders: {count}. Total charged: {total}.",
        "- {count} orders\n- Total charged {total}",
        count=number(len(orders)),
        total=money(sum(amounts.values(), Decimal(0))),
    )
    return reply


def nothing(desk: Desk, everything: list[Row]) -> Reply:
    first = everything[-1]
    reply = Reply()
    reply.say("There are {none} orders in that period.", "{none} orders in that period.", none=number(0))
    reply.say(
        "The very first one on record is {order}, placed on {day}; {amount} was charged for it.",
        "Oldest on record: {order}, {day}, {amount}.",
        order=text(first["id"]),
        day=day(truth.est_date(first["createdAt"])),
        amount=money(charged(desk.call("searchPayments", order_id=first["id"]))),
    )
    return reply


def stops_at_ten(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Takes the first page for all there is."""
    customer = the_customer(desk, given)
    first, last = PERIODS[given["period"]]
    page = desk.call("searchOrders", customer_id=customer, limit=10)
    orders = [row for row in page if first <= truth.est_date(row["createdAt"]) <= last]
    return statement(desk, customer, orders) if orders else nothing(desk, page)


def utc_days(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Draws the edges of the period in UTC."""
    customer = the_customer(desk, given)
    first, last = PERIODS[given["period"]]
    since, until = f"{first}T00:00:00Z", f"{last}T23:59:59Z"
    return statement(
        desk,
        customer,
        page_by_date(desk, "searchOrders", customer_id=customer, created_after=since, created_before=until),
    )


def counts_attempts(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Takes every payment on record for money received."""
    customer = the_customer(desk, given)
    first, last = PERIODS[given["period"]]
    orders = page_by_date(
        desk,
        "searchOrders",
        customer_id=customer,
        created_after=first.isoformat(),
        created_before=(last + timedelta(days=1)).isoformat(),
    )
    return statement(desk, customer, orders, attempts_too=True)


def adds_the_other(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Hands out somebody else's orders as well."""
    (other,) = desk.call("searchCustomers", name=ANOTHER)
    theirs = desk.call("searchOrders", customer_id=other["id"])
    return solve(desk, given).table(
        ("Order id", "Date"), [(text(o["id"]), day(truth.est_date(o["createdAt"]))) for o in theirs]
    )


def reads_the_ids(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Goes by the digits of the ids instead of the dates."""
    customer = the_customer(desk, given)
    orders = page_by_date(desk, "searchOrders", customer_id=customer)
    return statement(desk, customer, [row for row in orders if row["id"].startswith("ord-24")])


FAMILY = Family(
    id="IR-03",
    title="Complete history of a heavy buyer",
    category="information_retrieval",
    capabilities=("K1", "K2"),
    tolerates="In a period without orders the amount of the first order is a courtesy; a second amount is not tied to it.",
    cases=cases,
    pose=pose,
    solve=solve,
    falls=(
        Fall("stops-at-ten", "T-01", stops_at_ten),
        Fall("utc-days", "T-08", utc_days, ("edge of the period",)),
        Fall("counts-attempts", "T-20", counts_attempts, ("retry", "unpaid")),
        Fall("adds-the-other", "T-11", adds_the_other, ("asks for another's",)),
        Fall("reads-the-ids", "T-03", reads_the_ids, ("nothing in the period",)),
    ),
)
