"""The promises of a generated world (entities section 17, A to M), as readable checks.

`violations` is what `corecraft world build --check` prints and what the tests demand to be empty. A deviation is no
violation where the noise manifest lists it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from ...engine.clock import to_ms, to_text
from ...engine.event import PREPARED, Change, Event
from ...engine.genesis import Genesis, Row
from ...engine.world import World
from ...tools.rows import ROW_TYPES
from ...tools.shapes import references
from ...tools.tables import TABLES
from ..laws import misshapen
from .cast import TIME_ZONE_ORDERS
from .draft import FEES, RATES
from .noise import Noise
from .pools import BOARDS
from .times import DAY, HOUR, WINDOW, YEAR_AGO

Rows = Mapping[str, Row]

_SHIPPED = ("fulfilled", "refunded", "partially_refunded", "refund_requested")
_TAKEN = ("captured", "refunded", "partially_refunded")

SILENT_PHRASES = (
    "Nebulax Workstation Pro", "Cryowave AIO", "cooling fan not starting", "AIO cooling", "prebuilt troubleshooting",
    "troubleshooting cooling", "monitor resolution", "display resolution", "4K monitor", "refresh rate monitor",
    "monitor setup", "native resolution", "EDID", "no 4K", "monitor not 4K",
)  # fmt: skip
"""Phrases that no article may contain: seed example 3 is about searches that find nothing."""

SPEAKING_WORDS = {
    "Complete PC Building Guide": ("aio", "cooler", "cooling", "fan"),
    "ClarityOne User Guide": ("ClarityOne", "resolution", "monitor"),
}
"""Short words that must lead to these articles."""

BOARD_COUNTS = {
    "skyforge-b550m-micro": (21, "2025-11-09"),
    "skyforge-x670e-pro": (16, "2025-11-04"),
    "cryonix-z790-apex": (13, "2025-10-26"),
    "voltedge-v9980se": (11, "2025-10-20"),
}
"""Fulfilled orders in the counting window, and the EST day of the tenth newest."""


@frozen
class Subject:
    """A world under inspection, with what its manifest excuses."""

    tables: Mapping[str, Rows]
    now: int
    excused: frozenset[tuple[str, str, str]]

    def rows(self, entity: str) -> Iterable[Row]:
        return self.tables.get(entity, {}).values()

    def get(self, entity: str, id: str | None) -> Row | None:
        return self.tables.get(entity, {}).get(id or "")

    def excuses(self, kind: str, entity: str, id: str) -> bool:
        return (kind, entity, id) in self.excused

    def grouped(self, entity: str, key: str) -> dict[str, list[Row]]:
        """Rows of a type by the value of a field."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows(entity):
            groups.setdefault(row[key], []).append(row)
        return groups


def violations(genesis: Genesis, manifest: Iterable[Noise]) -> list[str]:
    """Every broken promise, one line each, beginning with the invariant's letter."""
    excused = frozenset((noise.kind, noise.entity, noise.row) for noise in manifest)
    subject = Subject(genesis.tables, genesis.now, excused)
    return [f"{name}: {line}" for name, check in CHECKS for line in check(subject)]


# --- A to C: references, customers, amounts -------------------------------------------------------------------------

_REFERENCES = {entity: references(shape) for entity, shape in ROW_TYPES.items()}


def references_resolve(subject: Subject) -> Iterator[str]:
    for entity, fields in _REFERENCES.items():
        for row in subject.rows(entity):
            for name, parent in fields.items():
                if row.get(name) is not None and subject.get(parent, row[name]) is None:
                    yield f"{entity} {row['id']}: {name} {row[name]} does not exist"
    for entity, id, product in _products_mentioned(subject):
        if subject.get("product", product) is None:
            yield f"{entity} {id}: product {product} does not exist"


def _products_mentioned(subject: Subject) -> Iterator[tuple[str, str, str]]:
    for order in subject.rows("order"):
        yield from (("order", order["id"], line["productId"]) for line in order["lineItems"])
    for build in subject.rows("build"):
        yield from (("build", build["id"], id) for id in build["componentIds"])
    for article in subject.rows("knowledge_base_article"):
        yield from (("knowledge_base_article", article["id"], id) for id in article["productsMentioned"])


def tickets_belong_to_their_orders(subject: Subject) -> Iterator[str]:
    for entity in ("support_ticket", "payment", "warranty_claim"):
        for row in subject.rows(entity):
            order = subject.get("order", row.get("orderId"))
            if order and row.get("customerId", order["customerId"]) != order["customerId"]:
                yield f"{entity} {row['id']}: its customer is not that of {order['id']}"


def payments_follow_the_amount_rule(subject: Subject) -> Iterator[str]:
    for payment in subject.rows("payment"):
        order = subject.get("order", payment["orderId"])
        if order is None or payment["status"] not in _TAKEN or subject.excuses("N-20", "order", order["id"]):
            continue
        due = amount_due(subject, order)
        if round(payment["amount"] * 100) != due:
            yield f"payment {payment['id']}: {payment['amount']} instead of {due / 100:.2f}"


def amount_due(subject: Subject, order: Row) -> int:
    """Goods at list less the customer's tier discount plus the fee of the service, in cents."""
    customer = subject.get("customer", order["customerId"]) or {}
    goods = sum(round(_product(subject, line)["price"] * 100) * line["qty"] for line in order["lineItems"])
    rate = RATES[customer.get("loyaltyTier", "none")]
    return (goods * (100 - rate) + 50) // 100 + FEES[order.get("shipping", {}).get("service", "standard")]


def _product(subject: Subject, line: dict[str, Any]) -> Row:
    return subject.tables["product"][line["productId"]]


# --- D to G: what belongs together ----------------------------------------------------------------------------------


def shipments_match_order_status(subject: Subject) -> Iterator[str]:
    shipped = subject.grouped("shipment", "orderId")
    for order in subject.rows("order"):
        if subject.excuses("N-08", "order", order["id"]) or order["status"] == "backorder":
            continue
        if (order["status"] in _SHIPPED) != (order["id"] in shipped):
            yield f"order {order['id']}: {order['status']} with {len(shipped.get(order['id'], ()))} shipments"


def scans_end_with_the_status(subject: Subject) -> Iterator[str]:
    for shipment in subject.rows("shipment"):
        if subject.excuses("N-04", "shipment", shipment["id"]) and "events" not in shipment:
            continue
        events = shipment["events"]
        instants = [to_ms(event["at"]) for event in events]
        if instants != sorted(instants):
            yield f"shipment {shipment['id']}: scans out of order"
        if events[-1]["status"] != shipment["status"]:
            yield f"shipment {shipment['id']}: {shipment['status']} but the last scan says {events[-1]['status']}"


def refunded_orders_have_refunds(subject: Subject) -> Iterator[str]:
    order_of = {payment["id"]: payment["orderId"] for payment in subject.rows("payment")}
    total: Counter[str] = Counter()
    for refund in subject.rows("refund"):
        if refund["status"] not in ("denied", "failed"):
            total[refund["paymentId"]] += round(refund["amount"] * 100)
    by_order: Counter[str] = Counter()
    for payment, cents in total.items():
        by_order[order_of[payment]] += cents
        if cents > round(subject.tables["payment"][payment]["amount"] * 100):
            yield f"payment {payment}: more refunded than paid"
    for order in subject.rows("order"):
        if order["status"] in ("refunded", "partially_refunded") and not by_order[order["id"]]:
            yield f"order {order['id']}: {order['status']} without a refund"


def finished_tickets_have_resolutions(subject: Subject) -> Iterator[str]:
    for ticket in subject.rows("support_ticket"):
        resolution = subject.get("resolution", ticket.get("resolutionId"))
        if (ticket["status"] in ("resolved", "closed")) != (resolution is not None):
            yield f"ticket {ticket['id']}: {ticket['status']}, resolution {ticket.get('resolutionId')}"
        elif resolution and resolution["ticketId"] != ticket["id"]:
            yield f"ticket {ticket['id']}: {resolution['id']} belongs to {resolution['ticketId']}"


def claims_are_consistent(subject: Subject) -> Iterator[str]:
    for claim in subject.rows("warranty_claim"):
        if (claim["status"] == "denied") != (claim["denialReason"] is not None):
            yield f"claim {claim['id']}: {claim['status']} with denial reason {claim['denialReason']}"
        if subject.tables["product"][claim["productId"]]["category"] in ("prebuilt", "workstation"):
            yield f"claim {claim['id']}: filed for a whole system"


# --- H to J: time ---------------------------------------------------------------------------------------------------

_INSTANTS = ("createdAt", "updatedAt", "processedAt", "resolvedAt", "timestamp")


def updates_follow_creation(subject: Subject) -> Iterator[str]:
    for entity, rows in subject.tables.items():
        for row in rows.values():
            for later in ("updatedAt", "processedAt", "resolvedAt"):
                if row.get(later) and row.get("createdAt") and to_ms(row[later]) < to_ms(row["createdAt"]):
                    yield f"{entity} {row['id']}: {later} before createdAt"


def nothing_is_later_than_the_clock(subject: Subject) -> Iterator[str]:
    for entity, rows in subject.tables.items():
        for row in rows.values():
            stored = [row[name] for name in _INSTANTS if row.get(name)]
            stored += [event["at"] for event in row.get("events", ())]
            if any(to_ms(text) > subject.now for text in stored):
                yield f"{entity} {row['id']}: a fact after the clock"


def deciding_instants_are_in_safe_hours(subject: Subject) -> Iterator[str]:
    for entity, order_id, row in _dated_rows(subject):
        if order_id in TIME_ZONE_ORDERS:
            continue
        stored = [row.get("createdAt"), row.get("processedAt")] if entity != "shipment" else []
        stored += [event["at"] for event in row.get("events", ()) if event["status"] == "delivered"]
        if any(not 14 * HOUR <= to_ms(text) % DAY < 23 * HOUR for text in stored if text):
            yield f"{entity} {row['id']}: outside 14:00Z to 23:00Z"


def _dated_rows(subject: Subject) -> Iterator[tuple[str, str, Row]]:
    yield from (("order", row["id"], row) for row in subject.rows("order"))
    for entity in ("payment", "shipment"):
        yield from ((entity, row["orderId"], row) for row in subject.rows(entity))


# --- K: articles ----------------------------------------------------------------------------------------------------


def articles_stay_silent_and_speak(subject: Subject) -> Iterator[str]:
    texts = {row["title"]: f"{row['title']}\n{row['body']}".lower() for row in subject.rows("knowledge_base_article")}
    for phrase in SILENT_PHRASES:
        yield from (f"article {title!r} contains {phrase!r}" for title, text in texts.items() if phrase.lower() in text)
    for title, words in SPEAKING_WORDS.items():
        yield from (f"article {title!r} lacks {word!r}" for word in words if word.lower() not in texts.get(title, ""))


# --- L, M: seed tasks -----------------------------------------------------------------------------------------------


def seed_cast_is_complete(subject: Subject) -> Iterator[str]:
    by_name = subject.grouped("customer", "name")
    for name in ("Aiden Mcquarrie", "Jillian Reaves", "Maya Herrera", "Sarah Chen"):
        if len(by_name.get(name, ())) != 1:
            yield f"{len(by_name.get(name, ()))} customers named {name}"
    shipment = subject.get("shipment", "ship-251105-676") or {"events": [{}]}
    if shipment["events"][-1].get("at", "")[:10] != "2025-11-13" or shipment.get("orderId") != "ord-251102-810":
        yield "ship-251105-676 was not delivered on 2025-11-13"
    spent = yearly_spend(subject, "sarah-chen-43892")
    if spent != 1_208_317:
        yield f"Sarah Chen spent {spent / 100:.2f}"


def yearly_spend(subject: Subject, customer_id: str) -> int:
    """Captured payments of orders made in the last 12 months, in cents."""
    orders = {
        row["id"]
        for row in subject.rows("order")
        if row["customerId"] == customer_id and to_ms(row["createdAt"]) >= YEAR_AGO
    }
    paid = [row for row in subject.rows("payment") if row["orderId"] in orders and row["status"] in _TAKEN]
    return sum(round(row["amount"] * 100) for row in paid)


def board_instants(subject: Subject, product: str) -> list[int]:
    """When the fulfilled orders with a product were made in the counting window, newest first."""
    return sorted(
        (
            to_ms(order["createdAt"])
            for order in subject.rows("order")
            if order["status"] == "fulfilled" and any(line["productId"] == product for line in order["lineItems"])
            if WINDOW[0] <= to_ms(order["createdAt"]) <= subject.now
        ),
        reverse=True,
    )


def boards_are_counted_right(subject: Subject) -> Iterator[str]:
    for board, (count, tenth) in BOARD_COUNTS.items():
        instants = board_instants(subject, board)
        if len(instants) != count or to_text(instants[9])[:10] != tenth:
            yield f"{board}: {len(instants)} fulfilled orders, the tenth on {to_text(instants[9])[:10]}"
    micro = board_instants(subject, BOARDS[0])
    if len(micro) == 21 and (to_text(micro[19])[:10] != "2025-10-20" or to_text(micro[20])[:10] >= "2025-10-20"):
        yield f"{BOARDS[0]}: the twentieth on {to_text(micro[19])[:10]}, the last on {to_text(micro[20])[:10]}"
    expanded = [expanded_count(subject, board) for board in BOARDS]
    if expanded != sorted(expanded, reverse=True) or len(set(expanded)) != len(BOARDS):
        yield f"expanding bundles and systems changes the ranking: {expanded}"


def expanded_count(subject: Subject, board: str) -> int:
    """Fulfilled orders of the window with a board, those inside bundles and systems included."""
    holders = {board} | {row["id"] for row in subject.rows("product") if board in _inside(subject, row)}
    return sum(
        order["status"] == "fulfilled"
        and to_ms(order["createdAt"]) >= WINDOW[0]
        and any(line["productId"] in holders for line in order["lineItems"])
        for order in subject.rows("order")
    )


def _inside(subject: Subject, product: Row) -> list[str]:
    base = subject.get("build", product["specs"].get("prebuilt", {}).get("baseBuildId"))
    if base:
        return base["componentIds"]
    return [part["componentId"] for part in product["specs"].get("components", ())]


# --- texts ----------------------------------------------------------------------------------------------------------

_OPEN_SLOT = re.compile(
    r"\{(product|order_id|first|name|city|tracking|build|amount|ticket_id|customer_first|customer_name)\}"
)
_TEXTS = ("subject", "body", "description", "details", "notes", "text")


def no_slot_is_open(subject: Subject) -> Iterator[str]:
    for entity, rows in subject.tables.items():
        for row in rows.values():
            if any(_OPEN_SLOT.search(row.get(name) or "") for name in _TEXTS):
                yield f"{entity} {row['id']}: a slot was not filled"


CHECKS = (
    ("A", references_resolve),
    ("B", tickets_belong_to_their_orders),
    ("C", payments_follow_the_amount_rule),
    ("D", shipments_match_order_status),
    ("E", scans_end_with_the_status),
    ("F", refunded_orders_have_refunds),
    ("G", finished_tickets_have_resolutions),
    ("H", updates_follow_creation),
    ("I", nothing_is_later_than_the_clock),
    ("J", deciding_instants_are_in_safe_hours),
    ("K", articles_stay_silent_and_speak),
    ("L", seed_cast_is_complete),
    ("M", boards_are_counted_right),
    ("claims", claims_are_consistent),
    ("slots", no_slot_is_open),
)
"""Invariant letter and check, in the order of entities section 17."""


# --- a task's own rows ----------------------------------------------------------------------------------------------


def contradictions(world: World, changes: Sequence[Change]) -> Iterator[str]:
    """Why rows that a task adds or alters cannot be: wrong fields, dangling references, more refunded than paid, the future.

    Deviations that a task is about (a parcel shipped too early, a double charge, a night delivery) are none.
    """
    after = world.fold([Event(0, PREPARED, world.now, {}, None, tuple(changes))])
    tables: dict[str, dict[str, Row]] = {}
    for change in changes:
        if change.entity not in TABLES:
            yield f"unknown entity {change.entity}"
            continue
        row = tables.setdefault(change.entity, {})[change.id] = after.get(change.entity, change.id) or {}
        yield from misshapen(change.entity, row, TABLES[change.entity])
    own = _Own(tables, world.now, frozenset(), after)
    for check in (
        references_resolve,
        tickets_belong_to_their_orders,
        updates_follow_creation,
        nothing_is_later_than_the_clock,
    ):
        yield from check(own)
    for payment in {row.get("paymentId") for row in own.rows("refund")}:
        paid = after.get("payment", payment or "") or {}
        back = [r for r in after.rows("refund", {"paymentId": payment}) if r["status"] not in ("denied", "failed")]
        if round(sum(r["amount"] for r in back) * 100) > round(paid.get("amount", 0) * 100):
            yield f"payment {payment}: more refunded than paid"


@frozen
class _Own(Subject):
    """The rows of a task alone, with the world behind them for what they refer to."""

    world: World

    def get(self, entity: str, id: str | None) -> Row | None:
        return self.world.get(entity, id) if id else None
