"""Rows of a task's own: a customer, what was ordered, paid, shipped, written, as the world's invariants want them.

    props = Props(scene, "MW-02", key)
    customer = props.customer(tier="silver")
    order = props.order(customer, [("coreflow-750w-gold-modular", 5)], "2025-11-04")
    props.payment(order)
    props.shipment(order, delivered="2025-11-13")
    Case(..., fixtures=props.changes)

What is to lead an agent astray goes through `props.inject(text)` into its row, and with `injected=props.injected` into the
case.

Days are given as ISO dates or whole instants; a day alone becomes an instant in safe hours (entities 17 J), derived from the
case. Nothing is in the world until the episode of the task begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from attrs import frozen

from ..engine.chance import Chance
from ..engine.clock import to_ms, to_text
from ..engine.genesis import Row
from ..tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from .drawn_rows import DrawnRows
from .fixtures import Fixtures
from .hand_made import Estimate, HandMade
from .scene import Scene
from .truth import cents, dollars
from .world.aftercare import RESOLVER_TOLD, answer_instant
from .world.customers import RESERVED_FIRST, RESERVED_NAMES
from .world.dressing import settled_note
from .world.pools import load
from .world.texts import everyday_name, fill
from .world.tickets import ANYBODY, DESKS, settled_as
from .world.times import MINUTE, NOW, at_work


@frozen
class Letter:
    """The words of a ticket. channel: by which somebody writes like that."""

    subject: str
    body: str
    channel: str


class _Maker(Protocol):
    """What makes the rows: by hand in worlds of before version 3, else as the world's own were made."""

    def customer(self, name: str, tier: str, since: str, fields: Row, *, company: bool, phone: bool) -> Row: ...

    def order(
        self,
        customer: Row,
        items: Sequence[tuple[str, int]],
        on: str,
        status: str,
        service: str,
        fields: Row,
        *,
        along: bool,
    ) -> Row: ...

    def payment(self, order: Row, status: str, amount: Decimal, after: int, fields: Row) -> Row: ...

    def shipment(
        self,
        order: Row,
        status: str,
        shipped: str,
        delivered: str,
        events: Sequence[tuple[str, str, str]],
        fields: Row,
        *,
        exact: bool,
        estimate: Estimate,
    ) -> Row: ...

    def refund(self, payment: Row, amount: Decimal | float, reason: str, status: str, on: str, fields: Row) -> Row: ...

    def ticket(
        self, customer: Row, on: str, texts: Row, assignee: str | None, channel: str | None, fields: Row
    ) -> Row: ...

    def message(self, channel: str, author: str, text: str, at: str) -> Row: ...

    def resolution(self, ticket: Row, outcome: str, details: str, by: str, on: str, fields: Row) -> Row: ...

    def build(self, customer: Row, name: str, components: Sequence[str], on: str) -> Row: ...


class Props(Fixtures):
    """Collects the rows of one case. Rows returned may be completed until `changes` is read."""

    where = "tools/rows.py"

    def __init__(self, scene: Scene, *purpose: object) -> None:
        super().__init__(scene, *purpose)
        self._maker: _Maker = (DrawnRows if scene.version >= 3 else HandMade)(scene, self.chance, self._rows)

    # --- who -----------------------------------------------------------------------------------------------------

    def name(self) -> str:
        """A person's name that no customer or employee has."""
        names = load().names
        while True:
            first, last = self.chance.choice(names["first"]), self.chance.choice(names["last"])
            name = f"{first} {last}"
            taken = first in RESERVED_FIRST or name in RESERVED_NAMES
            taken = taken or any(self.scene.rows(e, text={"name": name}) for e in ("customer", "employee"))
            if not taken and not any(row.get("name") == name for row in self._rows.values()):
                return name

    def customer(
        self,
        name: str = "",
        tier: str = "none",
        since: str = "2023-05-15",
        *,
        company: bool = False,
        phone: bool = False,
        **fields: Any,
    ) -> Row:
        """A customer with e-mail, phone, birth date and an address.

        phone: the number is needed; else it may be missing, null or malformed. since: when the row was made, in worlds before
        version 3; later ones derive it from the first order.
        """
        name = name or self.name()
        return self.put(
            "customer", self._maker.customer(name, tier, since, fields, company=company, phone=phone)
        )  # fmt: skip

    # --- what was bought -----------------------------------------------------------------------------------------

    def order(
        self,
        customer: Row,
        items: Sequence[tuple[str, int]],
        on: str,
        status: str = "fulfilled",
        service: str = "",
        *,
        along: bool = False,
        **fields: Any,
    ) -> Row:
        """An order of (product id, quantity) lines. The id's digits are a label and may be another day's (N-01).

        service: any, unless it is said; standard in worlds before version 3. along: other goods may lie in it as well, of
        other categories and never a motherboard; since version 3.
        """
        return self.put("order", self._maker.order(customer, items, on, status, service, fields, along=along))

    def _owner(self, row: Row) -> Row:
        id = row["customerId"]
        return self._rows.get(("customer", id)) or self.scene.row("customer", id)

    def due(self, order: Row) -> Decimal:
        """What the order costs: list less the customer's tier discount on goods, plus the fee (P-46)."""
        customer = self._owner(order)
        rate = DISCOUNT_RATES[customer.get("loyaltyTier") or "none"]
        goods = sum((self.price(line["productId"]) * line["qty"] for line in order["lineItems"]), Decimal(0))
        return cents(goods * (1 - rate)) + SHIPPING_FEES[order.get("shipping", {}).get("service", "standard")]

    def price(self, product_id: str) -> Decimal:
        """The list price of a product."""
        return dollars(self.scene.row("product", product_id)["price"])

    def payment(
        self, order: Row, status: str = "captured", amount: Decimal | None = None, after: int = 1, **fields: Any
    ) -> Row:
        """A payment of the order; `after`: minutes from the order. Captured ones are processed within minutes."""
        amount = self.due(order) if amount is None else amount
        return self.put("payment", self._maker.payment(order, status, amount, after, fields))

    def shipment(
        self,
        order: Row,
        status: str = "delivered",
        shipped: str = "",
        delivered: str = "",
        events: Sequence[tuple[str, str, str]] = (),
        *,
        exact: bool = False,
        estimate: Estimate = "",
        **fields: Any,
    ) -> Row:
        """A parcel. events: further (instant, place, status) scans after the label; by default those usual for the status.

        shipped: the day of the label, by default the second business day after the order. delivered: the day it arrived.
        exact: the minutes of these instants matter; else only their hours do. estimate: the day it is expected must be there,
        or be wrong; else it may be missing.
        """
        return self.put(
            "shipment",
            self._maker.shipment(
                order, status, shipped, delivered, events, fields, exact=exact, estimate=estimate
            ),
        )  # fmt: skip

    def refund(self, payment: Row, amount: Decimal | float, reason: str, status: str, on: str, **fields: Any) -> Row:
        """A refund on record. reason: any, if it is empty. Since version 3 it is drawn when a processed one was paid out."""
        return self.put("refund", self._maker.refund(payment, amount, reason, status, on, fields))

    # --- what was said -------------------------------------------------------------------------------------------

    def ticket(
        self,
        customer: Row,
        subject: str,
        body: str,
        on: str,
        type: str = "order_issue",
        status: str = "open",
        priority: str = "normal",
        assignee: str | None = ANYBODY,
        order: Row | None = None,
        channel: str | None = None,
        **fields: Any,
    ) -> Row:
        """A ticket; `new` ones have nobody. assignee, channel: any, or nobody, unless it is said."""
        texts: Row = {"ticketType": type, "priority": priority, "status": status, "subject": subject, "body": body}
        if order is not None:
            texts["orderId"] = order["id"]
        return self.put("support_ticket", self._maker.ticket(customer, on, texts, assignee, channel, fields))

    def letter(self, one: Row, by: Row) -> Letter:
        """What a customer writes: a spare letter (`retold.spare_letters`), with name, city and some product in its slots."""
        pools, chance = load(), self.chance.of("letter", by["id"], one["key"])
        goods = pools.by_category[one["category"]] if one["category"] else list(pools.product)
        named = everyday_name(pools.product[chance.choice(goods)], chance, casual=one["channel"] == "chat")
        values = {"name": by["name"], "first": by["name"].split()[0], "city": by["addresses"][0]["city"]}
        values["product"] = named
        return Letter(fill(one["subject"], values), fill(one["body"], values), one["channel"])

    def message(self, channel: str, author: str, text: str, at: str) -> Row:
        """A Slack message."""
        return self.put("slack_message", self._maker.message(channel, author, text, at))

    def resolution(self, ticket: Row, outcome: str, details: str, by: str, on: str, **fields: Any) -> Row:
        """A resolution; the ticket is given its id and becomes resolved."""
        row = self._maker.resolution(ticket, outcome, details, by, on, fields)
        ticket |= {"status": "resolved", "resolutionId": row["id"], "updatedAt": row["createdAt"]}
        if self.scene.version >= 4 and self.chance.of("reason", ticket["id"]).happens(0.7):
            ticket.setdefault("closureReason", "resolved_success")
        return self.put("resolution", row)

    def settle(self, ticket: Row, days: int = 5, closed: str = "") -> Row:
        """The resolution of a ticket of long ago: somebody answered it, in worlds before version 4 within so many days.
        closed: why it was closed then, if it was."""
        chance = self.chance.of("settle", ticket["id"])
        note = settled_note(chance, self.scene.version, load().settled_further)
        details = fill(note, {"first": self._owner(ticket)["name"].split()[0]})
        answered = self._answered(to_ms(ticket["createdAt"]), ticket["ticketType"], days, chance)
        by = ticket.get("assignedEmployeeId") or chance.choice(DESKS[ticket["ticketType"]])
        outcome = settled_as(ticket["ticketType"], chance, self.scene.version)
        row = self.resolution(ticket, outcome, details, by, to_text(min(at_work(answered), NOW - 5 * MINUTE)))
        if not chance.happens(RESOLVER_TOLD):
            del row["resolvedById"]
        ticket["closureReason"] = closed or "resolved_success"
        if closed:
            ticket["status"] = "closed"
        for field in ("closureReason", "assignedEmployeeId"):  # as often as in the world
            if chance.happens(0.3):
                ticket.pop(field, None)
        return row

    def _answered(self, created: int, type: str, days: int, chance: Chance) -> int:
        """When: since version 4 as the world's desks answer."""
        if self.scene.version >= 4:
            return answer_instant(created, type, chance)
        return created + chance.integer(180, days * 1440) * MINUTE

    def build(self, customer: Row, name: str, components: Sequence[str], on: str) -> Row:
        """A customer's saved build."""
        return self.put("build", self._maker.build(customer, name, components, on))
