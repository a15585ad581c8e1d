"""Rows of a task's own in worlds of versions 1 and 2, written by hand: what is published does not change.

`drawn_props` makes those of later worlds, by the makers of the world's own rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen

from ..engine.chance import Chance
from ..engine.clock import to_ms, to_text
from ..engine.genesis import Row
from .naming import CARRIERS
from .scene import Scene
from .truth import SERVICE_CARRIERS
from .world.customers import slug
from .world.pools import load
from .world.tickets import ANYBODY
from .world.times import DAY, HOUR, MINUTE, business_days_after, day_of

Estimate = Literal["", "there", "wrong"]
"""Whether a parcel must say when it is expected, and that it came on another day."""


@frozen
class HandMade:
    """Makes rows for a case. rows: those it has so far, which `Props` keeps."""

    scene: Scene
    chance: Chance
    rows: Mapping[tuple[str, str], Row]

    def customer(self, name: str, tier: str, since: str, fields: Row, *, company: bool, phone: bool) -> Row:
        chance = self.chance.of(name)
        city = chance.choice(load().names["cities"])
        street = f"{chance.integer(12, 9899)} {chance.choice(load().names['streets'])}"
        address = {
            "label": "shipping", "line1": street, "city": city["city"], "region": city["region"],
            "postalCode": city["postal"], "country": city["country"],
        }  # fmt: skip
        return {
            "id": self._free("customer", lambda: f"{slug(name)}-{chance.integer(10000, 99999)}"),
            "name": name,
            "email": f"{'.'.join(slug(name).split('-'))}{chance.integer(10, 99)}@mailbox.example",
            "phone": f"({chance.integer(201, 989)}) 555-{chance.integer(1000, 9999)}",
            "dateOfBirth": to_text(to_ms("1950-01-01T00:00:00Z") + chance.integer(0, 19_000) * DAY)[:10],
            "addresses": [address],
            "loyaltyTier": tier,
            "createdAt": self._text(since, chance),
            **fields,
        }

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
    ) -> Row:
        """along: nothing lay in those orders but what the family names."""
        chance = self.chance.of("order", customer["id"], on, len(self.rows))
        service = service or "standard"
        created = self._text(on, chance)
        label = to_ms(created) + chance.choice((0, 0, -DAY, DAY))
        return {
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

    def payment(self, order: Row, status: str, amount: Decimal, after: int, fields: Row) -> Row:
        chance = self.chance.of("payment", order["id"], len(self.rows))
        created = to_ms(order["createdAt"]) + after * MINUTE + chance.integer(5, 50) * 1000
        row: Row = {
            "id": self._dated("pay", "payment", created, chance),
            "orderId": order["id"],
            "customerId": order["customerId"],
            "amount": float(amount),
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
        return row

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
    ) -> Row:
        chance = self.chance.of("shipment", order["id"], len(self.rows))
        label = to_ms(self._text(shipped, chance)) if shipped else self._label_of(order, chance)
        address = order["shipping"]["address"]
        place = f"{address['city']}, {address['region']}"
        scans = [(to_text(label), "Louisville, KY", "label_created", "Label printed")]
        if events:
            scans += [(at, where, state, _DETAILS.get(state, "")) for at, where, state in events]
        else:
            scans += self._usual_scans(status, label, place, delivered, chance)
        carrier = next(key for key, shown in CARRIERS.items() if shown == order["shipping"]["carrier"])
        return {
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

    def refund(self, payment: Row, amount: Decimal | float, reason: str, status: str, on: str, fields: Row) -> Row:
        chance = self.chance.of("refund", payment["id"], len(self.rows))
        created = self._text(on, chance)
        return {
            "id": self._dated("ref", "refund", to_ms(created), chance),
            "paymentId": payment["id"],
            "amount": float(amount),
            "currency": "USD",
            "reason": reason or "customer_remorse",
            "status": status,
            "createdAt": created,
            **fields,
        }

    def ticket(self, customer: Row, on: str, texts: Row, assignee: str | None, channel: str | None, fields: Row) -> Row:
        chance = self.chance.of("ticket", customer["id"], on, len(self.rows))
        created = self._text(on, chance)
        row: Row = {
            "id": self._dated("tick", "support_ticket", to_ms(created), chance),
            "customerId": customer["id"],
            "channel": channel or "email",
            "createdAt": created,
            "updatedAt": created,
            **texts,
            **fields,
        }
        if assignee and texts["status"] != "new":
            row["assignedEmployeeId"] = "alex-morgan" if assignee == ANYBODY else assignee
        return row

    def message(self, channel: str, author: str, text: str, at: str) -> Row:
        chance = self.chance.of("message", channel, author, at, len(self.rows))
        sent = self._text(at, chance)
        row = {"id": self._dated("msg", "slack_message", to_ms(sent), chance), "channelId": channel, "authorId": author}
        return {**row, "text": text, "timestamp": sent}

    def resolution(self, ticket: Row, outcome: str, details: str, by: str, on: str, fields: Row) -> Row:
        chance = self.chance.of("resolution", ticket["id"])
        created = self._text(on, chance)
        return {
            "id": self._dated("res", "resolution", to_ms(created), chance),
            "ticketId": ticket["id"],
            "outcome": outcome,
            "details": details,
            "resolvedById": by,
            "createdAt": created,
            **fields,
        }

    def build(self, customer: Row, name: str, components: Sequence[str], on: str) -> Row:
        chance = self.chance.of("build", customer["id"], name)
        created = self._text(on, chance)
        return {
            "id": self._dated("build", "build", to_ms(created), chance),
            "ownerType": "customer",
            "customerId": customer["id"],
            "name": name,
            "componentIds": list(components),
            "createdAt": created,
            "updatedAt": created,
        }

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

    def _free(self, entity: str, make: Callable[[], str]) -> str:
        while True:
            id = make()
            if self.scene.get(entity, id) is None and (entity, id) not in self.rows:
                return id


_DETAILS = {
    "in_transit": "Departed facility", "out_for_delivery": "Out for delivery", "delivered": "Left at front door",
    "exception": "Delayed, address being checked", "lost": "Parcel declared lost",
}  # fmt: skip


def _tracking(carrier: str, chance: Any) -> str:
    digits = f"{chance.bits() % 10**15:015d}"
    return {"ups_ground": f"1Z{digits[:16]}", "usps_ground": f"94{digits}{digits[:5]}"}.get(carrier, digits[:12])
