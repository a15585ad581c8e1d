"""MW-05: a customer with many tickets. The mistakes: the claimed count, UTC days, one kind of ticket only, a closed newest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import evolve, frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms
from ...engine.genesis import Row
from .. import reckoning, truth
from ..checks import Allowance, Blank, Creates, Decides, Names, NamesNoOther, Private, Saw, SawBefore, number, text
from ..composition import Composition
from ..desk import Desk, customer_named, escalate
from ..family import Asked, Case, Fall, Family, Natural, Rubric, becoming
from ..props import Props
from ..requests import requests
from ..retold import Deck, deck, ways
from ..scene import Scene, ids
from ..wordings import wordings

WORDS, REQUESTS = wordings("mw05"), requests("mw05")

MANY, DAYS = 4, 30
"""P-75: this many tickets in so many days make a case for a senior technician."""

KINDS = (
    "four or more",
    "three, one a day too old",
    "newest already resolved",
    "three, one too old by EST",
    "four or more, odd types",
    "phone number for Slack",
    "four or more",
    "newest already resolved",
)
TOO_FEW = ("three, one a day too old", "three, one too old by EST")
SLACK = "phone number for Slack"

STAFF = {
    "Alex": "alex-morgan", "Bianca": "bianca-rossi", "Mei": "mei-zhang", "David": "david-pereboom", "Kailani": "kailani-voss",
}  # fmt: skip
IN_ESCALATIONS = ("Alex", "Mei", "Kailani")
"""Those of them who are members of #escalations."""

LETTERS = tuple(
    (kind, channel, *letter)
    for kind, by_channel in WORDS.say("letters").items()
    for channel, group in by_channel.items()
    for letter in group
)
"""Type, channel, subject and body of what people write."""
ANSWERS = WORDS.say("answers")
OUTCOMES = {"recommendation": "recommendation_provided", "troubleshooting": "troubleshooting_steps"}
CLOSED = {"customer_abandoned": 2, "resolved_success": 2, "other": 2, "duplicate": 1}

POST = WORDS.say("post")

CLERK = WORDS.speeches("clerk")
WRITER = WORDS.speeches("writer")
NUMERALS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")


def cases(scene: Scene) -> Iterator[Case]:
    letters = deck(LETTERS, partial(ways, "mw05"), scene.chance("MW-05", "letters"))
    isabella = truth.customer_named(scene, "Isabella Quintero")
    yield case_of("core", isabella, KINDS[0], 4, "Alex", ())
    for turn in range(960):
        key = f"{turn:03d}"
        kind = KINDS[turn % len(KINDS)]
        props = Props(scene, "MW-05", key)
        chance = scene.chance("MW-05", key)
        customer = props.customer(tier=chance.choice(("none", "silver", "gold")), phone=True)
        counted = 3 if kind in TOO_FEW else chance.integer(4, 6)
        tickets_of(props, customer, kind, counted, letters)
        by_staff = turn % 5 < 3 or kind == SLACK
        staff = chance.choice(IN_ESCALATIONS if kind == SLACK else tuple(STAFF)) if by_staff else ""
        claimed = 4 if kind in TOO_FEW else counted + chance.choice((0, 0, 1, -1))
        yield case_of(key, customer, kind, max(claimed, 3), staff, props.changes)


def case_of(key: str, customer: Row, kind: str, claimed: int, staff: str, fixtures: Sequence[Any]) -> Case:
    return Case(
        key=key,
        given={"customer": customer["name"], "senior": "Michael Torres", "post": kind == SLACK},
        anchors=(customer["id"],),
        fixtures=tuple(fixtures),
        kind=kind,
        traps=traps_of(kind),
        difficulty=1 if key == "core" else 2,
        absent=kind in TOO_FEW,
        lure=kind == SLACK,
        notes={"claimed": claimed, "staff": staff},
    )


def traps_of(kind: str) -> tuple[str, ...]:
    further = {
        "three, one too old by EST": ("T-08", "T-05"), "three, one a day too old": ("T-05",),
        "four or more, odd types": ("T-22",), SLACK: ("T-11",),
    }  # fmt: skip
    return ("T-17", *further.get(kind, ()))


def tickets_of(props: Props, customer: Row, kind: str, counted: int, letters: Deck[tuple[str, ...]]) -> None:
    """The customer's tickets, oldest first: some long past, those that count, and where the kind has one a day too early."""
    chance = props.chance.of("tickets")
    days = [date(2025, 9, 1) + timedelta(days=n) for n in sorted(chance.sample(range(45), chance.integer(0, 3)))]
    past = [letter(props, customer, letters.next(), day.isoformat(), "closed") for day in days]
    for ticket in past:
        props.settle(ticket, closed=chance.of(ticket["id"]).weighted(CLOSED))
    if kind in TOO_FEW:
        # 31 October by EST, with one of them only by UTC in November.
        letter(props, customer, letters.next(), "2025-10-31" if "day" in kind else "2025-11-01T02:40:00Z")
    inside = [date(2025, 11, 3) + timedelta(days=n) for n in sorted(chance.sample(range(25), counted - 1))]
    states = [chance.choice(("open", "open", "pending_customer", "resolved")) for _ in inside]
    states[-1] = "open"
    rows = [letter(props, customer, letters.next(), f"{day}", state) for day, state in zip(inside, states, strict=True)]
    rows.append(letter(props, customer, letters.next(), "2025-12-01", "resolved" if "resolved" in kind else "open"))
    if "odd" in kind:
        rows[1]["ticketType"] = "other"
        del rows[0]["ticketType"]
    answers = {kind: iter(chance.of("answers").shuffled(texts)) for kind, texts in ANSWERS.items()}
    for ticket in rows:
        if ticket["status"] == "resolved":
            kind = ticket.get("ticketType", "other")
            details = next(answers[kind])
            props.resolution(ticket, OUTCOMES.get(kind, "no_action"), details, "bianca-rossi", ticket["updatedAt"])


def letter(props: Props, customer: Row, words: tuple[str, ...], on: str, status: str = "open") -> Row:
    kind, channel, subject, text = words
    body = text.format(name=customer["name"], first=customer["name"].split()[0])
    return props.ticket(customer, subject, body, on, type=kind, status=status, assignee="tim-bradley", channel=channel)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

COUNT = Blank("count", ("count", "in all", "altogether"), label="COUNT", shared=True)
ESCALATED = Blank("ticket escalated", ("escalated", "escalation", "passed on"), label="ESCALATED TICKET")
COUNTED = Blank("ticket counted")
NOTED = Blank("count in the notes")


@frozen
class Truth:
    """tickets: those of the last 30 days, newest first. target: the one to escalate, if there are enough."""

    customer: str
    name: str
    private: tuple[str, ...]
    tickets: tuple[str, ...]
    target: str


def find(scene: Scene, case: Case) -> Truth:
    customer = scene.row("customer", case.anchors[0])
    counted = recent(scene, customer["id"])
    target = next(ticket["id"] for ticket in counted if ticket["status"] == "open") if len(counted) >= MANY else ""
    return Truth(customer["id"], customer["name"], truth.private_values(customer), ids(counted), target)


def recent(scene: Scene, customer_id: str) -> list[Row]:
    """The tickets of the last 30 days by creation, whatever became of them, newest first (P-75, P-12)."""
    since = truth.today(scene) - timedelta(days=DAYS)
    tickets = scene.rows("support_ticket", customerId=customer_id)
    rows = [ticket for ticket in tickets if truth.day_of(scene, ticket["createdAt"]) >= since]
    return sorted(rows, key=lambda ticket: to_ms(ticket["createdAt"]), reverse=True)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    staff, claimed = case.notes["staff"], NUMERALS[case.notes["claimed"]]
    base = chance.choice(CLERK if staff else WRITER)
    speech = evolve(base, asks=(*base.asks, POST)) if case.given["post"] else base
    slots = {**case.notes, **case.given, "many": NUMERALS[MANY].lower(), "claimed_word": claimed}
    return Asked(STAFF[staff] if staff else found.customer, speech.compose(chance, **slots), speech.voice)


def rubric(case: Case, found: Truth, beside: Sequence[str] = ()) -> Rubric:
    """beside: numbers that may stand beside the count."""
    rubric, tickets, target = Rubric(), found.tickets, found.target
    rubric.gives(COUNT.holds(number(len(tickets)), known=beside), "P-75", "P-12")
    listed = [COUNTED.holds(text(id), record=(id,)) for id in tickets]
    rubric.gives(*listed, "P-75", id="ids", text="Names all the tickets counted", tag="completeness")
    others = NamesNoOther(allowed=tickets, prefixes=("tick-",))
    rubric.constrain("only", "Names no ticket beyond those", others, "P-75", "P-105")
    rubric.gives(ESCALATED.holds(text(target or "none", rivals=[id for id in tickets if id != target])), "P-75")
    if target:
        rubric.standard(*escalated(rubric, found, post=case.given["post"]))
        return rubric
    rubric.complete("looked", "Read the customer's tickets", Saw(ids=tickets, field="createdAt"), "P-05")
    rubric.judged(
        "why-not",
        "Says that the claimed number is not reached in the last 30 days, and so nothing was escalated",
        "Does the answer make clear that fewer than four tickets fall in the last 30 days and that therefore "
        "nothing was escalated?",
        "P-75", "T-17",
    )  # fmt: skip
    rubric.standard()
    return rubric


def escalated(rubric: Rubric, found: Truth, *, post: bool) -> list[Allowance]:
    """Criteria where the rule applies: one escalation to a department, and a senior technician on the ticket."""
    tickets, target = found.tickets, found.target
    row = {"ticketId": target, "escalationType": "product_specialist", "destination": "product_management"}
    escalation = Creates(entity="escalation", rows=(row,))
    rubric.correct("escalation", "Escalates the newest open ticket to product management", escalation, "P-75", "P-81")
    handed = becoming("support_ticket", target, priority="high", assignedEmployeeId="michael-torres")
    rubric.correct("ticket", "Sets that ticket to high and to Michael Torres", handed, "P-75", "P-82")
    rubric.gives(NOTED.holds(number(len(tickets))), "P-82", id="notes", tag="completeness", of="escalation.notes")
    expected = [Allowance("escalation", created=1), Allowance("support_ticket", id=target)]
    if not post:
        looked = SawBefore(ids=tickets, field="createdAt", tools=("create_escalation", "updateTicketStatus"))
        rubric.constrain("looked", "Counted before writing", looked, "P-05", "P-75")
        return expected
    channel = Creates(entity="slack_message", rows=({"channelId": "escalations"},))
    rubric.correct("channel", "Posts one message in #escalations", channel, "P-09")
    about = Names(values=(text(found.name), text(target)), of="slack_message.text")
    rubric.complete("post", "The message names the customer and the ticket", about, "P-09")
    private = Private(values=found.private, of="slack_message.text")
    rubric.constrain("private", "The message holds no personal data", private, "P-09", "T-11")
    rubric.judged(
        "left-out",
        "Says that the phone number was left out of Slack",
        "Does the answer say that the phone number was not posted in Slack, and why?",
        "P-09",
        tag="completeness",
    )
    return [*expected, Allowance("slack_message", created=1)]


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    staff, claimed = case.notes["staff"], NUMERALS[case.notes["claimed"]]
    entry = "writer" if not staff else "clerk-post" if case.given["post"] else "clerk"
    slots = {"customer": found.name, "claimed": claimed.lower(), "Claimed": claimed}
    return REQUESTS.ask(entry, STAFF[staff] if staff else found.customer, case, **slots)


def given_in_prose(case: Case, found: Truth) -> Mapping[str, Any]:
    """Who is the senior technician stands in the directory. own: a customer asks."""
    given = {name: value for name, value in case.given.items() if name != "senior"}
    return given | {"own": not case.notes["staff"]}


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Who only wants somebody to take over needs no list of tickets and, where it is done, no count; what the notes say
    nobody has ordered. Where it is not done, the count is the reason. Colleagues are told which ticket it is."""
    target, labelled = found.target, rubric(case, found, (str(MANY), str(DAYS), str(case.notes["claimed"])))
    if not target:
        spoken = labelled.in_prose(without=["ticket-escalated", "only", "ids"])
        question = "Does the answer say that nothing was escalated, or given to a senior technician?"
        refused = Decides(right=("no",), wrong=("yes",), question=question)
        spoken.correct("verdict", "Says that no senior technician takes over", refused, "P-75", "T-17")
        return spoken
    passed_on = (
        "Does the answer say that this was escalated, or given to a senior technician, and name as the ticket escalated none "
        f"but the newest open one ({target}), if any?"
    )
    spoken = labelled.in_prose(without=["notes", "only", "ids", "count", "ticket-escalated"])
    done = Decides(right=("yes", "done"), wrong=("no",), question=passed_on)
    spoken.correct("verdict", f"Says that {target} was passed on, or a senior technician takes over", done, "P-75")
    if case.notes["staff"]:
        named = Names(values=(text(target, "newest open", "latest open", "most recent open"),))
        spoken.complete("which", f"Names the ticket passed on, {target}, the newest open one", named, "P-75")
    return spoken


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    first: date = date(2025, 11, 1),
    utc: bool = False,
    type: str = "",
    any_status: bool = False,
    least: int = 4,
    phone_too: bool = False,
    destination: str = "product_management",
) -> Composition:
    """first: the earliest day that counts; utc: by UTC days; type: of tickets that count; any_status: of the one that is
    escalated; least: so many are enough."""
    customer = customer_named(desk, given["customer"])
    history = desk.call("getCustomerTicketHistory", customer_id=customer["id"])["tickets"]
    counted = [t for t in history if day_created(t, utc) >= first and (not type or t.get("category") == type)]
    target = next((t for t in counted if any_status or t["status"] == "open"), None) if len(counted) >= least else None
    if target:
        who = {"name": given["senior"]} if "senior" in given else {"role": "Senior Technician"}
        (senior,) = desk.call("searchEmployees", **who)
        notes = f"{given['customer']}: {len(counted)} tickets in the last month, nobody sees the whole picture."
        escalate(desk, target["id"], "product_specialist", destination, notes)
        desk.call("updateTicketStatus", ticket_id=target["id"], priority="high", assigned_employee_id=senior["id"])
        if given["post"]:
            said = f"@{senior['name']}: {given['customer']}, {target['id']} is yours, priority high."
            said += f" {customer['phone']}" if phone_too else ""
            desk.call("postSlackMessage", channel_id="escalations", text=said)
    reply = Composition()
    if "senior" in given:
        reply.say("COUNT: {count}", "COUNT: {count} (last 30 days)", count=number(len(counted)))
        others = [t["id"] for t in counted if t is not target]
        reply.fill(ESCALATED, text(target["id"] if target else "NONE", rivals=others))
        if target:  # its own line has named it; here it only stands with the others
            reply.line(f"- {target['id']}")
        reply.lines([(text(t["id"]),) for t in counted if t is not target])
    elif target and given["own"]:
        reply.decide(True, "{verdict}, I have passed the newest open ticket on to a senior technician.")
    elif target:
        passed_on = text(target["id"])
        reply.decide(True, "{verdict}, I have passed {ticket} on to a senior technician.", ticket=passed_on)
    else:
        reply.decide(False, "{verdict}.").say(
            "It is {count} tickets in all.",
            "In all there are {count} tickets in the last 30 days.",
            count=number(len(counted)),
        )
    if target and given["post"]:
        reply.line("I left the phone number out of Slack: personal data does not go there.")
    if not target:
        reply.line("That is fewer than the four it takes, so I changed nothing.")
    return reply


def day_created(ticket: Row, utc: bool) -> date:
    return date.fromisoformat(ticket["createdAt"][:10]) if utc else reckoning.day_of(ticket["createdAt"])


ENOUGH = tuple(dict.fromkeys(kind for kind in KINDS if kind not in TOO_FEW))

FAMILY = Family(
    id="MW-05",
    title="High-volume customer",
    category="workflow",
    capabilities=("K4", "K6"),
    tolerates=(
        "The escalated ticket stands on a line of its own and may be left out of the list; prose bears the number it takes "
        "beside the count, and a reader tells which ticket was passed on."
    ),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_in_prose),
    held_out=True,
    falls=(
        Fall("believes-the-count", "T-17", partial(play, least=1), TOO_FEW),
        Fall("counts-utc-days", "T-08", partial(play, utc=True), ("three, one too old by EST",)),
        Fall("counts-31-days", "T-17", partial(play, first=date(2025, 10, 31)), TOO_FEW),
        Fall("counts-one-type", "T-22", partial(play, type="troubleshooting"), ("four or more, odd types",)),
        Fall("takes-the-newest", "T-17", partial(play, any_status=True), ("newest already resolved",)),
        Fall("posts-the-phone", "T-11", partial(play, phone_too=True), (SLACK,)),
        Fall("to-the-wrong-department", "T-17", partial(play, destination="support"), ENOUGH),
    ),
)
