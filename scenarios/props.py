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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from ..engine.clock import to_ms, to_text
from ..engine.errors import CoreCraftError
from ..engine.event import Change
from ..engine.genesis import Row
from ..tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from ..tools.rows import ROW_TYPES
from .naming import CARRIERS
from .scene import Scene
from .truth import SERVICE_CARRIERS, cents, dollars
from .world.customers import RESERVED_FIRST, RESERVED_NAMES, slug
from .world.pools import load
from .world.times import DAY, HOUR, MINUTE, business_days_after, day_of


class BadRow(CoreCraftError, LookupError):
    """A family makes or alters a row that the world cannot hold."""


class Props:
    """Collects the rows of one case. Rows returned may be completed until `changes` is read."""

    def __init__(self, scene: Scene, *purpose: object) -> None:
        self.scene = scene
        self.chance = scene.chance(*purpose, "rows")
        self._rows: dict[tuple[str, str], Row] = {}
        self._existing: dict[tuple[str, str], dict[str, Any]] = {}
        self._injected: list[str] = []
        self._pools = load()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The rows as changes, new ones first; keys in the order of their types."""
        new = [Change(entity, id, _in_order(entity, row)) for (entity, id), row in self._rows.items()]
        return (*new, *(Change(entity, id, fields) for (entity, id), fields in self._existing.items()))

    @property
    def injected(self) -> tuple[str, ...]:
        """The texts in these rows that are to lead an agent astray, each once."""
        return tuple(dict.fromkeys(self._injected))

    def inject(self, text: str) -> str:
        """Note a text that is to lead an agent astray, and give it back to be put into a row."""
        self._injected.append(text.strip())
        return text

    def put(self, entity: str, row: Row) -> Row:
        """Any row, as it is: with an id, and with fields of its type, whatever they hold. Raises BadRow for another."""
        _check_row(entity, row)
        self._rows[entity, row["id"]] = row
        return row

    def alter(self, entity: str, id: str, **fields: Any) -> None:
        """Set fields of a row of the world, e.g. a product's stock. Raises BadRow for a row or field that there is not."""
        _check_row(entity, {"id": id, **fields})
        if self.scene.get(entity, id) is None:
            raise BadRow(f"the world has no {entity} {id}, which props.alter({entity!r}, ...) would change")
        self._existing.setdefault((entity, id), {}).update(fields)

    # --- who -----------------------------------------------------------------------------------------------------

    def name(self) -> str:
        """A person's name that no customer or employee has."""
        names = self._pools.names
        while True:
            first, last = self.chance.choice(names["first"]), self.chance.choice(names["last"])
            name = f"{first} {last}"
            taken = first in RESERVED_FIRST or name in RESERVED_NAMES
            taken = taken or any(self.scene.rows(e, text={"name": name}) for e in ("customer", "employee"))
            if not taken and not any(row.get("name") == name for row in self._rows.values()):
                return name

    def customer(self, name: str = "", tier: str = "none", since: str = "2023-05-15", **fields: Any) -> Row:
        """A customer with e-mail, phone, birth date and one address."""
        name = name or self.name()
        chance = self.chance.of(name)
        city = chance.choice(self._pools.names["cities"])
        street = f"{chance.integer(12, 9899)} {chance.choice(self._pools.names['streets'])}"
        address = {
            "label": "shipping", "line1": street, "city": city["city"], "region": city["region"],
            "postalCode": city["postal"], "country": city["country"],
        }  # fmt: skip
        return self.put(
            "customer",
            {
                "id": self._free("customer", lambda: f"{slug(name)}-{chance.integer(10000, 99999)}"),
                "name": name,
                "email": f"{'.'.join(slug(name).split('-'))}{chance.integer(10, 99)}@mailbox.example",
                "phone": f"({chance.integer(201, 989)}) 555-{chance.integer(1000, 9999)}",
                "dateOfBirth": to_text(to_ms("1950-01-01T00:00:00Z") + chance.integer(0, 19_000) * DAY)[:10],
                "addresses": [address],
                "loyaltyTier": tier,
                "createdAt": self._text(since, chance),
                **fields,
            },
        )

    # --- what was bought -----------------------------------------------------------------------------------------

    def order(
        self,
        customer: Row,
        items: Sequence[tuple[str, int]],
        on: str,
        status: str = "fulfilled",
        service: str = "standard",
        **fields: Any,
    ) -> Row:
        """An order of (product id, quantity) lines. The id's digits are a label and may be another day's (N-01)."""
        chance = self.chance.of("order", customer["id"], on, len(self._rows))
        created = self._text(on, chance)
        label = to_ms(created) + chance.choice((0, 0, -DAY, DAY))
        row: Row = {
            "id": self._dated("ord", "order", label, chance),
            "customerId": customer["id"],
            "lineItems": [{"productId": id, "qty": qty} for id, qty in items],
            "status": status,
            "shipping": {
                "address": dict(customer["addresses"][0]),
                "carrier": chance.choice(SERVICE_CARRIERS[service]),
                "service": service,
                "eta": to_text(to_ms(created) + {"standard": 7, "express": 4, "overnight": 3}[service] * DAY),
            },
            "createdAt": created,
            "updatedAt": created,
            **fields,
        }
        return self.put("order", row)

    def due(self, order: Row) -> Decimal:
        """What the order costs: list less the customer's tier discount on goods, plus the fee (P-46)."""
        customer = self._rows.get(("customer", order["customerId"])) or self.scene.row("customer", order["customerId"])
        rate = DISCOUNT_RATES[customer.get("loyaltyTier") or "none"]
        goods = sum((self.price(line["productId"]) * line["qty"] for line in order["lineItems"]), Decimal(0))
        return cents(goods * (1 - rate)) + SHIPPING_FEES[order["shipping"]["service"]]

    def price(self, product_id: str) -> Decimal:
        """The list price of a product."""
        return dollars(self.scene.row("product", product_id)["price"])

    def payment(
        self, order: Row, status: str = "captured", amount: Decimal | None = None, after: int = 1, **fields: Any
    ) -> Row:
        """A payment of the order; `after`: minutes from the order. Captured ones are processed within minutes."""
        chance = self.chance.of("payment", order["id"], len(self._rows))
        created = to_ms(order["createdAt"]) + after * MINUTE + chance.integer(5, 50) * 1000
        row: Row = {
            "id": self._dated("pay", "payment", created, chance),
            "orderId": order["id"],
            "customerId": order["customerId"],
            "amount": float(self.due(order) if amount is None else amount),
            "method": chance.choice(("card", "card", "paypal")),
            "status": status,
            "transactionId": f"txn_{chance.bits():016x}"[:20],
            "createdAt": to_text(created),
            **fields,
        }
        if status in ("captured", "partially_refunded", "refunded"):
            row.setdefault("processedAt", to_text(created + chance.integer(1, 9) * MINUTE))
        if status == "failed":
            row.setdefault("failureReason", "insufficient_funds")
        return self.put("payment", row)

    def shipment(
        self,
        order: Row,
        status: str = "delivered",
        shipped: str = "",
        delivered: str = "",
        events: Sequence[tuple[str, str, str]] = (),
        **fields: Any,
    ) -> Row:
        """A parcel. events: further (instant, place, status) scans after the label; by default those usual for the status.

        shipped: the day of the label, by default the second business day after the order. delivered: the day it arrived.
        """
        chance = self.chance.of("shipment", order["id"], len(self._rows))
        label = to_ms(self._text(shipped, chance)) if shipped else self._label_of(order, chance)
        address = order["shipping"]["address"]
        place = f"{address['city']}, {address['region']}"
        scans = [(to_text(label), "Louisville, KY", "label_created", "Label printed")]
        if events:
            scans += [(at, where, state, _DETAILS.get(state, "")) for at, where, state in events]
        else:
            scans += self._usual_scans(status, label, place, delivered, chance)
        carrier = next(key for key, shown in CARRIERS.items() if shown == order["shipping"]["carrier"])
        row: Row = {
            "id": self._dated("ship", "shipment", label, chance),
            "orderId": order["id"],
            "trackingNumber": _tracking(carrier, chance),
            "carrier": carrier,
            "status": status,
            "events": [{"at": at, "location": where, "status": state, "details": d} for at, where, state, d in scans],
            "eta": order["shipping"]["eta"],
            "createdAt": to_text(label),
            **fields,
        }
        return self.put("shipment", row)

    def _label_of(self, order: Row, chance: Any) -> int:
        created = to_ms(order["createdAt"])
        return business_days_after(day_of(created), 1) * DAY + 5 * HOUR + chance.integer(10, 15) * HOUR

    def _usual_scans(
        self, status: str, label: int, place: str, delivered: str, chance: Any
    ) -> Iterator[tuple[str, str, str, str]]:
        if status == "label_created":
            return
        yield to_text(label + 2 * HOUR), "Louisville, KY", "in_transit", "Picked up by carrier"
        if status == "delivered":
            arrived = to_ms(self._text(delivered, chance)) if delivered else label + 3 * DAY
            if arrived - 4 * HOUR > label + 2 * HOUR:
                yield to_text(arrived - 4 * HOUR), place, "out_for_delivery", "Out for delivery"
            yield (
                to_text(arrived),
                place,
                "delivered",
                chance.choice(("Left at front door", "Handed to resident", "Left on porch")),
            )
        elif status in ("exception", "lost"):
            yield to_text(label + DAY), "Memphis, TN", status, _DETAILS[status]

    def refund(self, payment: Row, amount: Decimal | float, reason: str, status: str, on: str, **fields: Any) -> Row:
        """A refund on record."""
        chance = self.chance.of("refund", payment["id"], len(self._rows))
        created = self._text(on, chance)
        row: Row = {
            "id": self._dated("ref", "refund", to_ms(created), chance),
            "paymentId": payment["id"],
            "amount": float(amount),
            "currency": "USD",
            "reason": reason,
            "status": status,
            "createdAt": created,
            **fields,
        }
        return self.put("refund", row)

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
        assignee: str | None = "alex-morgan",
        order: Row | None = None,
        channel: str = "email",
        **fields: Any,
    ) -> Row:
        """A ticket; `new` ones have nobody."""
        chance = self.chance.of("ticket", customer["id"], on, len(self._rows))
        created = self._text(on, chance)
        row: Row = {
            "id": self._dated("tick", "support_ticket", to_ms(created), chance),
            "customerId": customer["id"],
            "ticketType": type,
            "channel": channel,
            "priority": priority,
            "status": status,
            "subject": subject,
            "body": body,
            "createdAt": created,
            "updatedAt": created,
            **fields,
        }
        if order is not None:
            row["orderId"] = order["id"]
        if assignee and status != "new":
            row["assignedEmployeeId"] = assignee
        return self.put("support_ticket", row)

    def message(self, channel: str, author: str, text: str, at: str) -> Row:
        """A Slack message."""
        chance = self.chance.of("message", channel, author, at, len(self._rows))
        sent = self._text(at, chance)
        row = {"id": self._dated("msg", "slack_message", to_ms(sent), chance), "channelId": channel, "authorId": author}
        return self.put("slack_message", {**row, "text": text, "timestamp": sent})

    def resolution(self, ticket: Row, outcome: str, details: str, by: str, on: str, **fields: Any) -> Row:
        """A resolution; the ticket is given its id and becomes resolved."""
        chance = self.chance.of("resolution", ticket["id"])
        created = self._text(on, chance)
        row: Row = {
            "id": self._dated("res", "resolution", to_ms(created), chance),
            "ticketId": ticket["id"],
            "outcome": outcome,
            "details": details,
            "resolvedById": by,
            "createdAt": created,
            **fields,
        }
        ticket |= {"status": "resolved", "resolutionId": row["id"], "updatedAt": created}
        return self.put("resolution", row)

    def build(self, customer: Row, name: str, components: Sequence[str], on: str) -> Row:
        """A customer's saved build."""
        chance = self.chance.of("build", customer["id"], name)
        created = self._text(on, chance)
        row: Row = {
            "id": self._dated("build", "build", to_ms(created), chance),
            "ownerType": "customer",
            "customerId": customer["id"],
            "name": name,
            "componentIds": list(components),
            "createdAt": created,
            "updatedAt": created,
        }
        return self.put("build", row)

    # --- ids and instants ----------------------------------------------------------------------------------------

    def _text(self, when: str, chance: Any) -> str:
        """An instant as stored; a day alone gets a time in safe hours, before the clock."""
        if len(when) > 10:
            return to_text(to_ms(when))
        latest = 18 if when == to_text(self.scene.now)[:10] else 21
        return f"{when}T{chance.integer(14, latest):02d}:{chance.integer(0, 59):02d}:{chance.integer(0, 59):02d}Z"

    def _dated(self, prefix: str, entity: str, ms: int, chance: Any) -> str:
        day = to_text(ms)[2:10].replace("-", "")
        return self._free(entity, lambda: f"{prefix}-{day}-{chance.integer(100, 999)}")

    def _free(self, entity: str, make: Any) -> str:
        while True:
            id = make()
            if self.scene.get(entity, id) is None and (entity, id) not in self._rows:
                return id


def _check_row(entity: str, row: Mapping[str, Any]) -> None:
    """Raises BadRow for a type, or fields, that tools/rows.py does not hold: they would be lost without a word."""
    if entity not in ROW_TYPES:
        raise BadRow(f"there is no type of row {entity!r} in tools/rows.py; {_near(entity, ROW_TYPES)}")
    known = ROW_TYPES[entity].__annotations__
    if not isinstance(row.get("id"), str):
        raise BadRow(f"a row of {entity} needs an id, a text; this one has {row.get('id')!r}")
    if strange := [name for name in row if name not in known]:
        names = ", ".join(known)
        raise BadRow(f"{entity} {row['id']}: {entity} has no field {', '.join(strange)} in tools/rows.py, only {names}")


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"


def _in_order(entity: str, row: Mapping[str, Any]) -> dict[str, Any]:
    _check_row(entity, row)  # again: it may have been completed since
    return {name: row[name] for name in ROW_TYPES[entity].__annotations__ if name in row}


_DETAILS = {
    "in_transit": "Departed facility", "out_for_delivery": "Out for delivery", "delivered": "Left at front door",
    "exception": "Delayed, address being checked", "lost": "Parcel declared lost",
}  # fmt: skip


def _tracking(carrier: str, chance: Any) -> str:
    digits = f"{chance.bits() % 10**15:015d}"
    return {"ups_ground": f"1Z{digits[:16]}", "usps_ground": f"94{digits}{digits[:5]}"}.get(carrier, digits[:12])
