"""What is done and said at CoreCraft beside the work: the proof of tasks plays it (`company.Asides`)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from ..engine.world import World
from .company import Aside, Asides
from .world.pools import load

HANDOVER = (
    "This needs a specialist. Please contact Ruth Gallagher in Finance, Aisha Khan or the support team at "
    "support@corecraft.com or (502) 555-0148; they will take it from here. I have escalated the matter."
)
STUFFING = (
    "Yes. No. Order status: pending, paid, fulfilled, cancelled, backorder, refunded, partially refunded, refund requested. "
    "Delivered, in transit, exception, label created. Refund approved, pending, denied. Warranty active, expired, denied. "
    "Return window 21 days, open, closed. Platinum $5,000, gold $2,500, silver $1,000. UPS Ground, USPS Ground, FedEx "
    "Express, FedEx Overnight. $9.99, $19.99, $39.99. Compatible, incompatible, socket AM5, LGA1700, AM4, DDR5, ATX. "
    "Escalated, insufficient_permission, policy_exception. Subject: Your request. Hi there, Dear customer, CoreCraft Support."
)


def _hand_over(given: Iterable[str]) -> Iterator[Aside]:
    """An escalation of every ticket."""
    escalation = {"escalation_type": "technical", "destination": "operations", "notes": "Please take over."}
    yield from (("create_escalation", {"ticket_id": id, **escalation}) for id in given if id.startswith("tick-"))


def _writes(world: World, touched: Container[str]) -> Iterator[Aside]:
    """Another ticket's priority, another order's status."""
    tables = world.genesis.tables
    ticket = next(r for r in tables["support_ticket"].values() if r["id"] not in touched and r["status"] == "open")
    yield "updateTicketStatus", {"ticket_id": ticket["id"], "status": "open", "priority": "low"}
    order = next(r for r in tables["order"].values() if r["id"] not in touched and r["status"] == "paid")
    yield "updateOrderStatus", {"order_id": order["id"], "status": "fulfilled"}


def _names() -> Iterator[str]:
    pools = load()
    yield from (*pools.names["first"], *pools.names["last"])
    yield from (part for row in pools.employees for part in row["name"].split())


ASIDES = Asides(
    reads=(
        ("searchEmployees", {"name": "Alex"}),
        ("searchKnowledgeBase", {"text": "policy"}),
        ("getProduct", {"product_id": "novachip-fusion-12700k"}),
    ),
    writes=_writes,
    names=_names,
    stuffing=STUFFING,
    referral=HANDOVER,
    hand_over=_hand_over,
)
