"""Tickets of the cast, word for word. They belong to named tasks, so nothing else may happen to them."""

from __future__ import annotations

from attrs import frozen

from ...engine.clock import to_ms
from ...engine.genesis import Row
from .draft import Draft, Person


@frozen
class Letter:
    """One ticket. `order` names a product of the customer's order that it is about, or nothing."""

    id: str
    customer: str
    created: str
    type: str
    subject: str
    body: str
    order: str = ""
    channel: str = "web"
    priority: str = "normal"
    assignee: str = "alex-morgan"
    updated: str = ""


LETTERS = (
    # Seed examples 2 and 3.
    Letter(
        "tick-251120-318",
        "Jillian Reaves",
        "2025-11-20T16:47:00Z",
        "troubleshooting",
        "NebulaX: the cooling does not start",
        "Hello, my NebulaX Workstation Pro came last week and for the first days everything was fine. Now the cooling "
        "fans stay off when I switch it on. It still boots, but it heats up fast and I shut it down before anything "
        "gets damaged. I'm scared for the parts inside, I need this machine for work. What should I do?\n\nJillian "
        "Reaves",
        "nebulax-workstation-pro",
        priority="high",
        updated="2025-11-20T18:05:00Z",
    ),
    # CM-03.
    Letter(
        "tick-251126-540",
        "Parallax Tech",
        "2025-11-26T15:22:00Z",
        "order_issue",
        "35 SSDs, when do they ship?",
        "Good morning, our order of 35 SATA drives still shows as backorder. We have technicians booked for the "
        "rollout and have to tell three client sites something. How many do you have on the shelf, when do you expect "
        "the rest, and can you send what is there first?\n\nParallax Tech, Purchasing",
        "dataforge-sata-2tb-ssd",
        channel="email",
        assignee="darnell-brooks",
        updated="2025-11-26T16:40:00Z",
    ),
    # MW-05: four tickets within 30 days, the newest still open.
    Letter(
        "tick-251106-127",
        "Isabella Quintero",
        "2025-11-06T17:15:00Z",
        "recommendation",
        "Which card for a 280 mm case?",
        "Hi, my case takes cards up to 280 mm. I'd like the strongest one that really goes in, with a number I can "
        "check against my tape measure. Budget is flexible.\n\nIsabella",
        assignee="bianca-rossi",
        updated="2025-11-07T14:20:00Z",
    ),
    Letter(
        "tick-251113-264",
        "Isabella Quintero",
        "2025-11-13T15:38:00Z",
        "recommendation",
        "And the cooler?",
        "Me again. Somebody told me tower coolers hit the side panel in small cases. The panel leaves 130 mm. Which of "
        "yours stays under that? I don't want to send anything back.\n\nIsabella",
        assignee="bianca-rossi",
        updated="2025-11-14T16:02:00Z",
    ),
    Letter(
        "tick-251119-409",
        "Isabella Quintero",
        "2025-11-19T18:51:00Z",
        "other",
        "Still one question about space",
        "Third time, sorry. If I move to a bigger case instead, which one takes both a long card and a 155 mm cooler "
        "without me having to cut anything? A list of two would do.\n\nIsabella",
        channel="email",
        assignee="tim-bradley",
        updated="2025-11-20T15:11:00Z",
    ),
    Letter(
        "tick-251128-093",
        "Isabella Quintero",
        "2025-11-28T16:09:00Z",
        "recommendation",
        "I give up measuring",
        "Nobody has answered all of it at once so far. Card, cooler, case, supply: please give me four parts that fit "
        "each other, in one message, and tell me who checked them.\n\nIsabella",
        assignee="tim-bradley",
        updated="2025-11-28T16:30:00Z",
    ),
)


def write_fixture_tickets(draft: Draft, roles: dict[str, Person]) -> None:
    for letter in LETTERS:
        draft.take(letter.id)
        draft.put("support_ticket", _row(letter, roles[letter.customer]))


def _row(letter: Letter, person: Person) -> Row:
    row: Row = {
        "id": letter.id,
        "customerId": person.id,
        "ticketType": letter.type,
        "channel": letter.channel,
        "priority": letter.priority,
        "status": "open",
        "subject": letter.subject,
        "body": letter.body,
        "assignedEmployeeId": letter.assignee,
        "createdAt": letter.created,
        "updatedAt": letter.updated,
    }
    if letter.order:
        row["orderId"] = _order_with(person, letter.order, to_ms(letter.created))
    return row


def _order_with(person: Person, product: str, before: int) -> str:
    """The customer's order of that product."""
    return next(
        sale.id
        for sale in person.sales
        if sale.created < before and any(line["productId"] == product for line in sale.lines)
    )
