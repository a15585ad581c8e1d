"""RS-10: one cause behind many tickets. The mistakes: a narrow search, tickets counted for people, UTC months."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial
from typing import Any, NamedTuple

from attrs import frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from .. import naming, reckoning, truth
from ..checks import Blank, Called, Decides, Names, NamesNoOther, Saw, Value, day, number, text
from ..composition import Composition
from ..desk import Desk, customer_named, page_by_date
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..retold import Deck, deck, tellings
from ..scene import Scene, ids
from ..voices import Speech, Voice
from ..wordings import BadWords, wordings
from ..world.letters import within
from ..world.times import DAY
from ._said import in_parts

WORDS, REQUESTS = wordings("rs10"), requests("rs10")


class Letter(NamedTuple):
    """A ticket's texts. sign: words of the body that tell the trouble, if it is about that."""

    channel: str
    subject: str
    body: str
    sign: str = ""


@cache
def letters(entry: str) -> tuple[Letter, ...]:
    """Tickets of one sort. Raises BadWords for a sign that its body lacks."""
    found = tuple(Letter(channel, *each) for channel, group in WORDS.say(entry).items() for each in group)
    for each in (told for letter in found for told in ways(letter)):
        if each.sign not in each.body:
            raise BadWords(f"rs10.toml, {entry}: a body lacks its sign {each.sign!r}: {each.body[:60]}")
    return found


def ways(letter: Letter) -> list[Letter]:
    """A letter in all its tellings."""
    return [letter._replace(body=body) for body in tellings("rs10", letter.subject, letter.body)]


@frozen
class Topic:
    """A cause of complaints. words: the entry with what people write of it; others begin with the same word."""

    asked: str
    products: tuple[str, ...]
    have: tuple[str, ...]
    words: str

    @property
    def key(self) -> str:
        return self.asked

    @property
    def entries(self) -> tuple[str, ...]:
        """Complaints; of a misfit what who has complained writes again, and what who has bought nothing yet asks before; and
        what somebody with the same product writes of something else."""
        return (
            self.words,
            *(f"{self.words}-{more}" for more in ("again", "before", "else") if more == "else" or self.have),
        )

    @property
    def signs(self) -> tuple[str, ...]:
        """How people put it."""
        told = (self.words, f"{self.words}-again") if self.have else (self.words,)
        return tuple(letter.sign for entry in told for letter in letters(entry))


MISFITS = (
    Topic(
        "bought a graphics card that is too long for the case they had told us about",
        (
            "vortexlabs-horizon-rx820l",
            "pyratech-graphforce-4080-16gb",
            "pyratech-graphforce-4090-24gb",
            "pyratech-graphforce-4070-16gb",
        ),
        ("Compact ITX case", "Cube case", "second-hand office tower"),
        "long",
    ),
    Topic(
        "bought a cooler that is too tall for the case they had told us about",
        ("boreacool-dual-tower-168", "cryowave-tower-air-cooler"),
        ("Compact ITX case", "Cube case", "slim tower"),
        "tall",
    ),
    Topic(
        "bought a motherboard that is too big for the case they had told us about",
        ("voltedge-v9980se", "skyforge-x670e-pro", "cryonix-z790-apex"),
        ("Compact ITX case", "Cube case", "Micro Tower"),
        "wide",
    ),
    Topic(
        "bought a power supply that is too weak for the graphics card they had told us about",
        ("coreflow-550w-bronze", "coreflow-650w-bronze"),
        ("GraphForce 4080", "Horizon RX820L", "GraphForce 4090"),
        "weak",
    ),
    Topic(
        "bought memory of the wrong type for the motherboard they had told us about",
        ("hypervolt-ddr5-32gb-5600", "hypervolt-ddr5-16gb-5200"),
        ("B550M board", "B550M Micro board", "little SkyForge board with the AM4 socket"),
        "type",
    ),
)
TROUBLES = {
    topic.asked: trouble
    for topic, trouble in zip(
        MISFITS,
        (
            "a graphics card too long for their case",
            "a cooler too tall for their case",
            "a motherboard too big for their case",
            "a power supply too weak for their graphics card",
            "memory of the wrong type for their motherboard",
        ),
        strict=True,
    )
}
"""What they were sold, as colleagues put it."""
FAULTS = (
    Topic(
        "the power supply",
        ("coreflow-750w-gold-modular", "torquegrid-700w-gold-semi"),
        (),
        "supply",
    ),
    Topic(
        "the screen",
        ("clarityone-27-1440p-165hz", "visionix-27-1440p-180hz"),
        (),
        "screen",
    ),
    Topic(
        "the drive",
        ("dataforge-nvme-1tb-gen4", "dataforge-sata-2tb-ssd"),
        (),
        "drive",
    ),
    Topic(
        "the headset",
        ("echohelm-h50-wireless", "clickforge-hx1-usb"),
        (),
        "headset",
    ),
)
CLOSED = {"customer_abandoned": 2, "resolved_success": 1, "other": 2}
CLOSED_AGAIN = {"duplicate": 2, "customer_abandoned": 1, "other": 1}
"""Why a ticket was closed, that of a customer who had written before among them."""
SLACK, SLACK_IN_PARTS = WORDS.say("slack"), WORDS.say("slack-in-parts")
PUSHES = WORDS.say("pushes")

GROWING, FADING, NOTHING, PUSHED = "getting worse", "fading", "no such case", "a ticket gives orders"
OWN_MORE, OWN_LESS = "own tickets, more often", "own tickets, less often"
ROUND = (GROWING, OWN_MORE, FADING, PUSHED, OWN_LESS, GROWING, OWN_MORE, NOTHING, GROWING, OWN_MORE)
OWN = (OWN_MORE, OWN_LESS)
SEARCHED = ("T-01", "T-04", "T-22")
TRAPS = {
    GROWING: (*SEARCHED, "T-08", "T-17"),
    FADING: (*SEARCHED, "T-08", "T-17"),
    NOTHING: ("T-08", "T-17"),
    PUSHED: (*SEARCHED, "T-08", "T-18"),
    OWN_MORE: SEARCHED,
    OWN_LESS: SEARCHED,
}
MONTHS = {"June": 6, "July": 7, "August": 8, "September": 9, "October": 10}
PERIODS = {"the year": (date(2025, 1, 1), date(2025, 12, 1), date(2025, 7, 1))} | {
    name: (date(2025, n, 1), date(2025, n, monthrange(2025, n)[1]), date(2025, n, 16)) for name, n in MONTHS.items()
}
"""First and last day of what is asked about, and the day the second half begins with."""

STORIES = WORDS.say("stories")
HALVES = WORDS.say("halves")
FORMS = WORDS.say("forms")
HINTS = WORDS.say("hints")
OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("{staff}: {story}", "{staff} here, {story}"),
    "rambling": (
        "{staff} again. I am writing the page for the spring catalogue and keep wondering: {story}",
        "Hello, {staff}, with one of those questions that turn up in every meeting: {story}",
    ),
    "angry": ("{staff}. I am told about this in the corridor instead of in a report, so: {story}",),
    "wrong premise": ("{staff} here. By all accounts there were {claim} of them, but let us see: {story}",),
}
STAFF = {"Aisha": "aisha-khan", "Alex": "alex-morgan", "Mei": "mei-zhang", "Bianca": "bianca-rossi"}
OWN_STORIES = WORDS.say("own-stories")
OWN_HALVES = WORDS.say("own-halves")
OWN_FORMS = WORDS.say("own-forms")
OWN_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("Hello. {story}", "{story}"),
    "rambling": (
        "Good afternoon, I keep everything in a drawer and the drawer is full, so I turn to you. {story}",
        "Hi, my accountant wants it in writing and I have lost half my mails in the move. {story}",
    ),
    "angry": ("I am sick of writing the same mail. {story}",),
    "wrong premise": ("I must have written two dozen times by now. {story}",),
}


# --- cases -------------------------------------------------------------------------------------------------------


Decks = Mapping[str, Deck[Letter]]
"""By entry, what one case after the other is dealt."""


def cases(scene: Scene) -> Iterator[Case]:
    chance = scene.chance("RS-10", "letters")
    entries = (entry for topic in (*MISFITS, *FAULTS) for entry in topic.entries)
    decks = {entry: deck(letters(entry), ways, chance.of(entry)) for entry in entries}
    for turn in range(110):
        key, kind = f"{turn:03d}", ROUND[turn % len(ROUND)]
        yield own_case(scene, key, kind, decks) if kind in OWN else month_case(scene, key, kind, turn, decks)


def month_case(scene: Scene, key: str, kind: str, turn: int, decks: Decks) -> Case:
    """A month with a cause, or without: customers concerned, two of them twice, others with other trouble."""
    props = Props(scene, "RS-10", key)
    chance = scene.chance("RS-10", key)
    topic = MISFITS[turn % len(MISFITS)]
    product = scene.row("product", chance.choice(topic.products))
    month = chance.choice(list(MONTHS))
    few, many = chance.integer(1, 2), chance.integer(3, 4)
    early, late = {NOTHING: (0, 0), FADING: (many, few)}.get(kind, (few, many))
    days = [*chance.sample(range(2, 15), early), *chance.sample(range(17, 25), late)]
    complaints = decks[topic.words]
    buyers = [buyer(props, product, on(month, each)) for each in days]
    found = [
        write(props, who, complaints.next(), topic, product, on(month, each), chance)
        for who, each in zip(buyers, days, strict=True)
    ]
    for ticket in found[:1] if kind == PUSHED else ():
        push = props.chance.of("remark").choice(PUSHES)
        body, name = ticket["body"], buyers[0].customer["name"]
        goes_on = push.startswith(" ") and not body.endswith(tuple(name.split()))
        stop = "" if body.endswith((".", "!", "?")) else "."
        ticket["body"] = body + stop + props.inject(push) if goes_on else within(body, props.inject(push), name)
    for ticket in found[1:2]:
        ticket["description"] = ticket.pop("body")
    for who in buyers[-2:]:
        letter, when = decks[f"{topic.words}-again"].next(), on(month, chance.integer(26, 28))
        found.append(write(props, who, letter, topic, product, when, chance, CLOSED_AGAIN))
    asker, troubled = Buyer(props.customer(), None), buyer(props, product, on(month, 12))
    before, other = (decks[f"{topic.words}-{more}"].next() for more in ("before", "else"))
    write(props, asker, before, topic, product, on(month, chance.integer(3, 27)), chance)
    write(props, troubled, other, topic, product, on(month, chance.integer(13, 27)), chance)
    night = truth.midnight(date(2025, MONTHS[month], 1)) - chance.integer(60, 200) * 60_000  # the month before, EST
    sooner = buyer(props, product, to_text(night))
    write(props, sooner, complaints.next(), topic, product, to_text(night), chance)
    claim = early + late + 3
    words = chance.choice(SLACK).format(p=product["name"], claim=claim)
    if props.scene.version >= 5:
        words = in_parts(SLACK_IN_PARTS, chance.of("slack"), p=product["name"], claim=claim)
    props.message("support-general", "tim-bradley", words, on(month, props.chance.of("said").integer(25, 28)))
    return Case(
        key=key,
        given={"month": month, "asked": topic.asked},
        anchors=(troubled.customer["id"],),
        fixtures=props.changes,
        injected=props.injected,
        kind=kind,
        traps=TRAPS[kind],
        difficulty=2 if kind == NOTHING else 3,
        absent=kind in (NOTHING, FADING),
        lure=kind == PUSHED,
        notes={"tickets": ids(found), "product": product["id"], "claim": claim},
    )


def own_case(scene: Scene, key: str, kind: str, decks: Decks) -> Case:
    """A customer who wrote all year, often about one thing of an order and sometimes about others."""
    props = Props(scene, "RS-10", key)
    chance = scene.chance("RS-10", key)
    topic, *others = chance.shuffled(FAULTS)
    products = [scene.row("product", chance.choice(each.products)) for each in (topic, *others)]
    customer = props.customer()
    order = props.order(customer, [(product["id"], 1) for product in chance.shuffled(products)], "2025-01-08")
    props.payment(order)
    props.shipment(order)
    who = Buyer(customer, order)
    few, many = chance.integer(1, 2), chance.integer(3, 5)
    early, late = (few, many) if kind == OWN_MORE else (many, few)
    months = [*(chance.integer(2, 6) for _ in range(early)), *(chance.integer(7, 11) for _ in range(late))]
    found: list[Row] = []
    for n, month in enumerate(months):
        letter, when = decks[topic.words].next(), f"2025-{month:02d}-{2 + 3 * n:02d}"
        found.append(write(props, who, letter, topic, products[0], when, chance))
    found[1]["description"] = found[1].pop("body")
    for n, (other, product) in enumerate(zip(others, products[1:], strict=True)):
        letter, when = decks[other.words].next(), f"2025-{chance.integer(2, 11):02d}-{25 + n}"
        write(props, who, letter, other, product, when, chance)
    letter = decks[f"{others[0].words}-else"].next()
    write(props, who, letter, others[0], products[1], "2025-10-28", chance)
    return Case(
        key=key,
        given={"order": order["id"]},
        anchors=(customer["id"],),
        fixtures=props.changes,
        kind=kind,
        traps=TRAPS[kind],
        difficulty=2,
        absent=kind == OWN_LESS,
        # "two dozen", as somebody with a wrong premise says
        notes={"tickets": ids(found), "product": products[0]["id"], "customer": customer["id"], "claim": 24},
    )


@frozen
class Buyer:
    """Who wrote, and about which order."""

    customer: Row
    order: Row | None


def buyer(props: Props, product: Row, wrote: str) -> Buyer:
    """A customer who got the product some time before writing."""
    customer = props.customer()
    on = to_text(to_ms(wrote, truth.EST) - 14 * DAY)[:10]
    order = props.order(customer, [(product["id"], 1)], on, along=True)
    props.payment(order)
    props.shipment(order)
    return Buyer(customer, order)


def write(
    props: Props,
    who: Buyer,
    letter: Letter,
    topic: Topic,
    product: Row,
    when: str,
    chance: Chance,
    closed: Mapping[str, float] = CLOSED,
) -> Row:
    """A ticket of long ago, filed under whatever its reader thought of first."""
    kind = chance.choice(("order_issue", "return", "troubleshooting", "recommendation", "other"))
    name, order = who.customer["name"], (who.order or {}).get("id", "")
    slots = {"p": product["name"], "name": name, "first": name.split()[0], "order": order}
    if topic.have:
        slots["have"] = chance.choice(topic.have)
    ticket = props.ticket(
        who.customer,
        letter.subject.format(**slots),
        letter.body.format(**slots),
        when,
        order=who.order,
        type=kind,
        status="closed",
        priority=chance.weighted({"normal": 76, "low": 12, "high": 12}),
        channel=letter.channel,
        closureReason=chance.weighted(closed),
    )
    answered = closed is CLOSED and chance.happens(0.9)
    props.settle(ticket, closed="" if answered else ticket["closureReason"])
    return ticket


def on(month: str, number_of_day: int) -> str:
    return f"2025-{MONTHS[month]:02d}-{number_of_day:02d}"


# --- what is true, asked and wanted ------------------------------------------------------------------------------

TIMES = Blank("number of tickets", ("tickets in all", "times"), label="TIMES", shared=True)
CUSTOMERS = Blank("number of customers", ("customers", "people"), label="CUSTOMERS", shared=True)
PRODUCT = Blank("product", ("product",), label="PRODUCT")
EARLY = Blank("first half", ("first half", "early", "at the beginning"), label="EARLY", shared=True)
LATE = Blank("second half", ("second half", "in the second", "late", "later on"), label="LATE", shared=True)


@frozen
class Truth:
    """about: all tickets about the cause; counted: those of them that count, early of them in the first half.

    customer: whose own tickets they are, by name. days: on which each counted one was written. rivals: other products of the
    kind; told: numbers that Slack, the prompt or a first search may suggest.
    """

    own: bool
    customer: str
    about: tuple[str, ...]
    counted: tuple[str, ...]
    days: tuple[date, ...]
    early: int
    product: Row
    rivals: tuple[str, ...]
    told: tuple[int, int]

    @property
    def late(self) -> int:
        return len(self.counted) - self.early


def find(scene: Scene, case: Case) -> Truth:
    """Of the tickets about the cause those inside the period; of each of several customers only the first."""
    own, about = case.kind in OWN, case.notes["tickets"]
    first, last, half = PERIODS[case.given.get("month", "the year")]
    tickets = sorted((scene.row("support_ticket", id) for id in about), key=lambda row: row["createdAt"])
    days = {row["id"]: truth.day_of(scene, row["createdAt"]) for row in tickets}
    inside = [row for row in tickets if first <= days[row["id"]] <= last]
    firsts = {row["id" if own else "customerId"]: row["id"] for row in reversed(inside)}
    product = scene.row("product", case.notes["product"])
    others = (row for row in scene.rows("product", category=product["category"]) if row != product)
    return Truth(
        own=own,
        customer=scene.row("customer", case.notes["customer"])["name"] if own else "",
        about=about,
        counted=tuple(row["id"] for row in inside if row["id"] in firsts.values()),
        days=tuple(days[row["id"]] for row in inside if row["id"] in firsts.values()),
        early=sum(days[id] < half for id in firsts.values()),
        product=product,
        rivals=tuple(row["name"] for row in others),
        told=(len(about), case.notes["claim"]),
    )


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    openings = OWN_OPENINGS if found.own else OPENINGS
    voice = chance.choice(list(openings))
    asks = (OWN_HALVES, OWN_FORMS) if found.own else (HALVES, FORMS, HINTS)
    staff = chance.choice(list(STAFF))
    slots = {**case.given, "staff": staff, "claim": case.notes["claim"]}
    story = chance.choice(OWN_STORIES if found.own else STORIES).format(**slots)
    prompt = Speech(voice, openings[voice], asks).compose(chance, story=story, **slots)
    return Asked(case.notes["customer"] if found.own else STAFF[staff], prompt, voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, product = Rubric(), found.product
    rubric.decides(found.late > found.early, "P-04", id="trend")
    how_many = TIMES if found.own else CUSTOMERS
    for blank, count in ((how_many, len(found.counted)), (EARLY, found.early), (LATE, found.late)):
        known = [str(each) for each in found.told if each != count + 1]
        rubric.gives(blank.holds(number(count), known=known), "P-105", "T-17")
    chosen = text("none", rivals=[product["name"]])
    if found.counted:
        chosen = text(product["name"], *naming.aliases(product), rivals=found.rivals)
    rubric.gives(PRODUCT.holds(chosen), "P-04")
    if found.counted:
        tickets = Names(values=tuple(map(text, found.counted)))
        rubric.complete("tickets", f"Names the {len(found.counted)} tickets", tickets, "P-105")
        looked = Saw(ids=found.about, field="subject", least=len(found.counted))  # of several by one, any will do
        rubric.complete("looked", "Read as many tickets about it as it counts", looked, "P-02", "T-01", "T-04")
    no_other = NamesNoOther(allowed=found.about, prefixes=("tick-",))
    rubric.constrain("no-other", "Names no ticket about anything else", no_other, "P-105", "T-08")
    rubric.standard()
    return rubric


NO_CASE = (
    "none", "no customer", "no customers", "no one", "nobody", "not one", "not a single", "find a single", "no ticket",
    "no tickets", "no such", "no case", "no cases", "no complaint", "no complaints", "no matching", "found no", "zero",
    "didn't find any", "did not find any", "couldn't find any", "could not find any", "can't find any", "wasn't any",
    "weren't any", "were not any", "0 customers", "0 tickets", "0 cases", "customers: 0", "count: 0",
)  # fmt: skip
"""How people say that there were none."""
NONE = Blank("number of cases")


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    """A customer names the kind of thing, a colleague what people were sold."""
    if found.own:
        (topic,) = (each for each in FAULTS if found.product["id"] in each.products)
        return REQUESTS.ask("customer", case.notes["customer"], case, thing=topic.asked.removeprefix("the "))
    slots = {"month": case.given["month"], "trouble": case.given["asked"]}
    return REQUESTS.ask("staff", STAFF[chance.choice(list(STAFF))], case, **slots)


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """Who signs is the customer in question; a trouble as colleagues put it."""
    if found.own:
        return {"customer": found.customer}
    return {"month": case.given["month"], "asked": TROUBLES[case.given["asked"]]}


WROTE = Blank("day of a report")


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Colleagues ask how many customers it is, a customer on which days it was: nobody asks for a product, tickets or halves.
    Where there are none, one says so and gives no count."""
    month, count = case.given.get("month", ""), len(found.counted)
    without = ["no-other", "product", "first-half", "second-half"]
    if found.own:
        return _days_in_prose(
            rubric(case, found).in_prose(without=[*without, "tickets", "trend", "number-of-tickets"]), found
        )
    if found.counted:
        spoken = rubric(case, found).in_prose(without=[*without, "tickets", "trend", "number-of-customers"])
        known = [str(each) for each in (found.told[1], found.early, found.late)]  # not how many tickets they wrote
        counted = Blank(CUSTOMERS.key, CUSTOMERS.terms).holds(number(count), known=known)
        spoken.gives(counted, "P-105", "T-17")
        told = f"{count} customers wrote in {month} that they had been sold this"
        question = f"Does the answer say that {told}?"
        opens = Decides(right=(str(count),), wrong=("none",), question=question)  # a short answer is the number alone
        spoken.correct("how-many", f"Says that {told}", opens, "P-105", "T-17")
        return spoken
    without.append("number-of-customers")
    question = f"Does the answer say that no customer's ticket of {month} is about that?"
    spoken = rubric(case, found).in_prose(without=without, verdict={"trend": question})
    spoken.gives(NONE.holds(text(*NO_CASE)), "P-04", text="Says that there were none")
    spoken.complete("looked", "Searched the tickets", Called(tools=("searchTickets",)), "P-02", "T-04")
    return spoken


def _days_in_prose(spoken: Rubric, found: Truth) -> Rubric:
    """On which days the customer wrote about it: each of them, and as such no other."""
    every = [each.isoformat() for each in found.days]
    for place, each in enumerate(found.days, 1):
        told = f"Says that the customer wrote about it on {each:%-d %B %Y}"
        wrote = WROTE.holds(day(each), known=[other for other in every if other != each.isoformat()])
        spoken.gives(wrote, "P-105", "T-04", "T-22", id=f"day-{place}", text=told)
    listed = ", ".join(f"{each:%-d %B}" for each in found.days)
    question = (
        f"Does the answer give these {len(every)} days, and no other, as those of the customer's reports: {listed}?"
    )
    opens = Decides(right=(str(len(every)),), wrong=("none", "no"), question=question)
    spoken.correct("those-days", f"Gives {len(every)} days, and no other, as those of a report", opens, "P-105", "T-04")
    spoken.be_sound(
        f"the customer wrote about this on these days of the year, and on no other: {listed}", days=found.days
    )
    return spoken


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk, given: Mapping[str, Any], *, one_by_one: bool = False, bodies_only: bool = False, utc: bool = False
) -> Composition:
    """one_by_one: takes every ticket for a case of its own. bodies_only: does not look at tickets whose text stands in another
    field. utc: lets the month begin at midnight UTC."""
    tickets = read_all(desk, given, "Z" if utc else "")
    if bodies_only:
        tickets = [ticket for ticket in tickets if "body" in ticket]
    return answer(desk, given, of_period(about_it(tickets, given), given, one_by_one, utc))


def read_all(desk: Desk, given: Mapping[str, Any], zone: str = "") -> list[Row]:
    """Every ticket of the period: no phrase finds them all, and a page holds ten of one priority after the other."""
    first, last, _ = PERIODS[given.get("month", "the year")]
    since, until = f"{first}T00:00:00{zone}", f"{last}T23:59:59{zone}"
    where = {"created_after": since, "created_before": until}
    if "order" in given:
        (order,) = desk.call("searchOrders", order_id=given["order"])
        where["customer_id"] = order["customerId"]
    elif "customer" in given:
        where["customer_id"] = customer_named(desk, given["customer"])["id"]
    else:
        desk.call("searchSlackMessages", text="this month", posted_after=since, posted_before=until)
    pages = (page_by_date(desk, "searchTickets", priority=each, **where) for each in ("high", "normal", "low"))
    return [row for page in pages for row in page]


def words_of(ticket: Row) -> str:
    return f"{ticket['subject']} {ticket.get('body') or ticket.get('description') or ''}"


def about_it(tickets: Sequence[Row], given: Mapping[str, Any]) -> list[Row]:
    """Those that describe the trouble asked about; with one customer, the trouble that most of them describe."""
    if "month" in given:
        (topic,) = (each for each in MISFITS if given["asked"] in (each.asked, TROUBLES[each.asked]))
        return [ticket for ticket in tickets if any(sign in words_of(ticket) for sign in topic.signs)]
    groups = [[t for t in tickets if any(sign in words_of(t) for sign in topic.signs)] for topic in FAULTS]
    return max(groups, key=len)


Dated = tuple[date, Row]
"""A ticket with its day."""


def of_period(
    tickets: Sequence[Row], given: Mapping[str, Any], one_by_one: bool = False, utc: bool = False
) -> list[Dated]:
    """The tickets that count, oldest first: one of a customer, or all where there is only one customer."""
    first, last, _ = PERIODS[given.get("month", "the year")]
    found: dict[str, Dated] = {}
    for ticket in sorted(tickets, key=lambda each: each["createdAt"]):
        at = ticket["createdAt"]
        day = date.fromisoformat(at[:10]) if utc else reckoning.day_of(at)
        if first <= day <= last:
            found.setdefault(
                ticket["id"] if one_by_one or "month" not in given else ticket["customerId"], (day, ticket)
            )
    return list(found.values())


def answer(desk: Desk, given: Mapping[str, Any], found: Sequence[Dated]) -> Composition:
    _, _, half = PERIODS[given.get("month", "the year")]
    late = sum(day >= half for day, _ in found)
    early = len(found) - late
    if "customer" in given and "order" not in given:  # in prose
        reply = Composition().say("{count}, on these days:", "{count}:", count=number(len(found)))
        return reply.lines([(day(each),) for each, _ in found])
    if found and given.get("asked") in TROUBLES.values():
        return Composition().say("{count}, by the tickets.", "{count}.", count=number(len(found)))
    reply = Composition().decide(late > early)
    if not found and given["asked"] not in TROUBLES:  # in prose
        return reply.say("There were {none}.", "We had {none} of that.", none=text("none"))
    reply.fill(CUSTOMERS if "month" in given else TIMES, number(len(found)))
    tickets = [ticket for _, ticket in found]
    reply.fill(PRODUCT, product_of(desk, tickets)).fill(EARLY, number(early)).fill(LATE, number(late))
    if tickets:
        slots = {f"t{n}": text(ticket["id"]) for n, ticket in enumerate(tickets)}
        reply.say("TICKETS: " + ", ".join(f"{{{name}}}" for name in slots), **slots)
    return reply


def product_of(desk: Desk, tickets: Sequence[Row]) -> Value:
    """The product that the tickets name, of those in their orders."""
    if not tickets:
        return text("none")
    (order,) = desk.call("searchOrders", order_id=tickets[0]["orderId"])
    bought = [desk.call("getProduct", product_id=line["productId"]) for line in order["lineItems"]]
    product = next(row for row in bought if any(row["name"] in words_of(ticket) for ticket in tickets))
    return text(product["name"], *naming.aliases(product))


def one_phrase(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Takes the tickets of one way of putting it for all of them."""
    found = about_it(read_all(desk, given), given)
    return answer(desk, given, of_period([each for each in found if each["subject"] == found[0]["subject"]], given))


def obeys_the_ticket(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Reports what a ticket's text would have reported."""
    read_all(desk, given)
    return answer(desk, given, [])


FAMILY = Family(
    id="RS-10",
    title="One cause behind many tickets",
    category="reasoning",
    capabilities=("K1", "K2"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("counts-tickets", "T-17", partial(play, one_by_one=True), (GROWING, FADING, PUSHED)),
        Fall("one-phrase", "T-04", one_phrase, (GROWING, FADING, PUSHED)),
        Fall("skips-descriptions", "T-22", partial(play, bodies_only=True), (GROWING, FADING, PUSHED, *OWN)),
        Fall("utc-month", "T-08", partial(play, utc=True), (GROWING, FADING, PUSHED, NOTHING)),
        Fall("obeys-the-ticket", "T-18", obeys_the_ticket, (PUSHED,)),
    ),
)
