"""What tasks are about, told by customers of the world: since version 5 both write of the same things, as often and as well.

A matter of data/matters.json has its own letters, or those of a task's family (`words`, `entry`), and says in which manner such
tickets are kept (`KINDS`), of which order they speak, and how many of the letters a world has. What a letter tells of an order,
of a product or a sum is taken from the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from ..wordings import wordings
from .draft import FEES, Draft, Sale, cents_to_money
from .pools import load
from .texts import everyday_name, slots
from .times import HOUR, day_of

Template = dict[str, Any]

_NAMES = {"{p}": "{product}", "{order}": "{order_id}", "{cpu}": "{product}", "{more}": "", "{asked}": "", "{push}": ""}
"""Slots of families by what the world calls them; what goes on after a letter in a task does not here."""

_NOUNS = {
    "gpu": "graphics card", "psu": "power supply", "cpu": "processor", "memory": "memory kit", "storage": "drive",
    "cooling": "cooler", "networking": "network card", "prebuilt": "PC", "workstation": "workstation", "case": "case",
    "motherboard": "board", "monitor": "monitor", "keyboard": "keyboard", "mouse": "mouse", "headset": "headset",
}  # fmt: skip


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@frozen
class Kind:
    """How tickets of a kind stand today.

    ages: from and to how many days ago they were written. statuses: of those nobody answered; answered: how many were.
    types: under which they are filed, if not their own. portal: by an organisation's page.
    """

    ages: Mapping[tuple[int, int], float]
    statuses: Mapping[str, float]
    answered: float = 0
    priorities: Mapping[str, float] | None = None
    types: Mapping[str, float] | None = None
    portal: bool = False


_USUAL = {"normal": 76, "low": 12, "high": 12}
_ANYTHING: Mapping[str, float] = dict.fromkeys(
    ("order_issue", "return", "troubleshooting", "recommendation", "other"), 1.0
)
KINDS: Mapping[str, Kind] = {
    "queue": Kind(
        {(0, 1): 14, (1, 2): 40, (2, 3): 40, (3, 6): 10}, {"new": 86, "open": 14}, priorities={"normal": 1}, portal=True
    ),
    "file": Kind(
        {(5, 31): 8, (31, 60): 18, (60, 92): 18, (92, 123): 16, (123, 184): 26, (184, 300): 14},
        {"open": 1}, answered=1, priorities=_USUAL, types=_ANYTHING,
    ),
    "misfit": Kind({(4, 29): 2, (186, 330): 3}, {"open": 1}, answered=1, priorities=_USUAL, types=_ANYTHING),
    "digest": Kind(
        {(0, 4): 6, (4, 12): 18, (12, 24): 26, (24, 50): 30, (50, 76): 20},
        {"open": 7, "new": 2, "pending_customer": 1},
        types={"troubleshooting": 5, "other": 2, "return": 2, "order_issue": 2, "recommendation": 1, "shipping": 1},
    ),
    "claim": Kind({(0, 4): 45, (4, 9): 30, (9, 24): 25}, {"open": 1}),
    "now": Kind({(0, 3): 1}, {"open": 1}),
    "asked": Kind({(1, 8): 1}, {"open": 1}, priorities={"normal": 1}),
    "idea": Kind({(10, 30): 45, (60, 95): 55}, {"open": 1}, answered=1, priorities={"normal": 1}),
    "desk": Kind(
        {(1, 28): 70, (60, 92): 30}, {"open": 8, "pending_customer": 2}, answered=0.4, priorities={"normal": 1}
    ),
}  # fmt: skip
"""By their names. The misfits of summer and fall are those that tasks count."""


@cache
def templates() -> tuple[Template, ...]:
    """Every letter of every matter, as data/tickets.json has them."""
    return tuple(one for number, matter in enumerate(load().matters) for one in _letters(number, matter))


def _letters(number: int, matter: Mapping[str, Any]) -> Iterator[Template]:
    said = matter.get("letters") or wordings(matter["words"]).say(matter["entry"])
    name = f"{matter['words']}-{matter['entry']}" if "words" in matter else f"matter-{number}"
    for place, (head, subject, body, *_) in enumerate(_told(said)):
        filed = head if head in _TYPES else matter["ticketType"]
        yield {
            "category": None, "build": False, "priority": "normal", "share": 1, "order": "none", **matter,
            "key": f"{name}-{place}", "ticketType": filed, "channel": head if filed != head else "web",
            "subject": _named(subject), "body": _named(body),
        }  # fmt: skip


_TYPES = ("return", "troubleshooting", "recommendation", "order_issue", "shipping", "billing", "other")
_CHANNELS = ("email", "web", "chat", "phone")


def _told(said: Any, channel: str = "") -> Iterator[tuple[str, ...]]:
    """The letters of an entry, each with its channel, or type, first: families keep them by channel, by kind or in a row."""
    if isinstance(said, Mapping):
        for key, inner in said.items():
            yield from _told(inner, key if key in _CHANNELS else channel)
    else:
        yield from ((channel, *letter) if channel else tuple(letter) for letter in said)


def _named(text: str) -> str:
    for slot, name in _NAMES.items():
        text = text.replace(slot, name)
    return text


# --- what a letter tells ------------------------------------------------------------------------------------------


_SOME = {"processor": "cpu", "card": "gpu", "cooler": "cooling", "screen": "monitor", "board": "motherboard"}
"""Slots that hold any product, of which category."""


def told(draft: Draft, template: Template, sale: Sale | None, product: str | None, chance: Chance) -> dict[str, str]:
    """What the further slots of a letter hold: facts of its order and product, and what the matter leaves to chance."""
    pools, named = draft.pools, slots(template["subject"] + template["body"])
    values = {name: chance.of(name).choice(some) for name, some in template.get("given", {}).items()}
    for name in (name for name in _SOME if name in named):
        id = chance.of(name).choice(pools.by_category[_SOME[name]])
        values[name] = everyday_name(pools.product[id], chance.of(name))
    if product:
        row = pools.product[product]
        values |= {"goods": _NOUNS.get(row["category"], "item"), "price": f"${row['price']:,.2f}"}
        if row["category"] == "cpu" and "board" in named:
            values["board"] = chance.of("board").choice(_strangers(draft, row))
    if sale:
        values |= _of_order(draft, sale, product, chance)
    return values


def _strangers(draft: Draft, processor: Row) -> list[str]:
    """Boards with another socket."""
    boards = (draft.pools.product[id] for id in draft.pools.by_category["motherboard"])
    socket = processor["specs"]["cpu"]["socket"]
    return [board["name"] for board in boards if board["specs"]["motherboard"]["socket"] != socket]


def _of_order(draft: Draft, sale: Sale, product: str | None, chance: Chance) -> dict[str, str]:
    values = {"ordered": _day(sale.created), "service": sale.service, "company": sale.person.name}
    values["fee"] = f"${cents_to_money(FEES[sale.service]):,.2f}"
    if sale.captured:
        values["total"] = f"${sale.captured['amount']:,.2f}"
    if sale.delivered:
        values["arrived"] = _day(sale.delivered)
    for line in sale.lines:
        if line["productId"] == product:
            values["count"] = str(line["qty"])
        elif "else" not in values:
            values["else"] = everyday_name(draft.pools.product[line["productId"]], chance.of("else"))
    return values


def came_late(sale: Sale) -> bool:
    """Whether its parcel came after the day that was told, and had to come soon."""
    eta = sale.parcels[0].row.get("eta") if sale.parcels else None
    return bool(eta and sale.delivered and sale.service != "standard" and day_of(to_ms(eta)) < day_of(sale.delivered))


def _day(instant: int) -> str:
    """November 14"""
    month, day = to_text(instant - 5 * HOUR)[5:10].split("-")
    return f"{_MONTHS[int(month) - 1]} {int(day)}"
