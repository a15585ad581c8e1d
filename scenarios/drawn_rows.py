"""Rows of a task's own as the world's generator makes them: since worlds of version 3 both come from one distribution.

A family fixes days, amounts, statuses and places; all else is drawn. Every row is made by the makers in `world/`, on a draft of
the task's own that knows which ids the world has given away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..engine.chance import Chance
from ..engine.clock import to_ms, to_text
from ..engine.genesis import Genesis, Row
from .hand_made import Estimate
from .naming import CARRIERS
from .scene import Scene
from .world import orders, payments, refunds, shipments
from .world.aftercare import answer_instant
from .world.baskets import along_with
from .world.builds import build_id
from .world.customers import make_person, since, write_row
from .world.draft import Draft, Person, Sale
from .world.dressing import dress_note, dress_post, dress_ticket
from .world.pools import load
from .world.slack import reactions_to
from .world.tickets import ANYBODY, assign, ticket_id
from .world.times import (
    DAY,
    DESK_HOURS,
    DOCK_HOURS,
    DOOR_HOURS,
    HOUR,
    MINUTE,
    NOW,
    SALE_HOURS,
    at,
    business_days_after,
    day_of,
    label,
    within,
)

_LATEST = NOW - 5 * MINUTE
_NO_CHANNEL = 0.012
"""How many tickets lack their channel (N-04), as in the world."""
_ORIGIN = "Louisville, KY"
_TRIES = 12
_POST_HOURS = {hour: weight for hour, weight in DESK_HOURS.items() if hour >= 13}
_FATES = {"exception": ("exception",), "lost": ("lost",), "in_transit": ("normal",) * (_TRIES - 1) + ("stuck",)}
"""What a parcel met that is now in a status: what to try, one after the other; anything else goes its normal way."""


@lru_cache(maxsize=2)
def taken(genesis: Genesis) -> frozenset[str]:
    """Ids, and other values that must be unique, which a world has given away."""
    found = {id for rows in genesis.tables.values() for id in rows}
    for customer in genesis.tables["customer"].values():
        digits = "".join(filter(str.isdigit, customer.get("phone") or ""))
        found |= {customer["email"], f"phone:{digits[-10:-7]}{digits[-4:]}"}
    return frozenset(found | {row["trackingNumber"] for row in genesis.tables["shipment"].values()})


class DrawnRows:
    """Makes rows for a case. rows: those it has so far, which `Props` keeps."""

    def __init__(self, scene: Scene, chance: Chance, rows: Mapping[tuple[str, str], Row]) -> None:
        self.scene = scene
        self.rows = rows
        self.draft = Draft(
            chance.seed,
            load(),
            drawn=type(chance),
            version=scene.version,
            purpose=(chance.purpose,),
            before=taken(scene.world.genesis),
        )
        self._people: dict[str, Person] = {}
        self._sales: dict[str, Sale] = {}
        self._contacts: dict[str, int] = {}
        """When a customer first did anything but buy."""
        self._drawn: dict[tuple[str, str], Any] = {}
        """By row and field: what was drawn for it, and may be drawn anew as long as nobody else has set it."""

    # --- who -----------------------------------------------------------------------------------------------------

    def customer(self, name: str, tier: str, since: str, fields: Row, *, company: bool, phone: bool) -> Row:
        person = make_person(self.draft, name, company, self._chance("person", name))
        person.tier = tier
        row = write_row(self.draft, person, self._chance("customer", person.id))
        if phone:
            row["phone"] = person.phone
        row |= {"loyaltyTier": tier, **fields}
        self._people[row["id"]] = person
        self._draw(row, fields, "createdAt", row["createdAt"])
        return row

    def _person(self, customer: Row) -> Person:
        """The customer as the makers know one, with today's addresses."""
        id = customer["id"]
        if id not in self._people:
            self._people[id] = Person(id, customer["name"], customer["email"], customer["addresses"], cast=True)
        person = self._people[id]
        person.addresses = customer["addresses"]
        return person

    def _meet(self, customer: Row, contact: int | None = None) -> None:
        """The customer's row is as old as what it did first wants it."""
        person = self._person(customer)
        if contact is not None:
            self._contacts[person.id] = min(contact, self._contacts.get(person.id, contact))
        chance = self.draft.chance("since", person.id)
        made = since(self.draft, person, chance)
        first = self._contacts.get(person.id)
        if first is not None and made > first - HOUR:
            made = within(chance, first - 1500 * DAY, first - HOUR, SALE_HOURS)
        self._redraw(customer, "createdAt", to_text(made))

    # --- what was bought -----------------------------------------------------------------------------------------

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
        person, chance = self._person(customer), self._chance("order", customer["id"], on)
        created = self._instant(on, SALE_HOURS, chance)
        lines = [{"productId": id, "qty": qty} for id, qty in items]
        if along:
            lines = along_with(self.draft.pools, chance.of("along"), lines, company=person.company)
        service = service or chance.weighted(orders.SERVICES)
        sale = Sale(fields.get("id", ""), person, created, lines, status, service, "", planned=True)
        orders.open_sale(self.draft, sale, chance)
        row = sale.row = self.draft.put("order", orders.order_row(self.draft, sale) | fields)
        self._sales[row["id"]] = sale
        self._draw(row, fields, "updatedAt", row["updatedAt"])
        self._meet(customer)
        return row

    def _sale(self, order: Row) -> Sale:
        """The order as the makers know one; one of the world is not written to."""
        if order["id"] not in self._sales:
            person = self._person(self._find("customer", order["customerId"]))
            service = order.get("shipping", {}).get("service", "standard")
            created, lines = to_ms(order["createdAt"]), order["lineItems"]
            self._sales[order["id"]] = Sale(order["id"], person, created, lines, order["status"], service, "")
        return self._sales[order["id"]]

    def _touch(self, sale: Sale) -> None:
        """The order's row was last written when what now hangs on it came."""
        if sale.row:
            self._redraw(sale.row, "updatedAt", to_text(orders.last_change(self.draft, sale)))

    def payment(self, order: Row, status: str, amount: Decimal, after: int, fields: Row) -> Row:
        sale, chance = self._sale(order), self._chance("payment", order["id"])
        seconds = chance.integer(0, 120) if after <= 1 else after * 60 + chance.integer(0, 59)
        created = to_ms(fields["createdAt"]) if "createdAt" in fields else sale.created + seconds * 1000
        method = fields.get("method") or (
            sale.payments[0]["method"] if sale.payments else chance.weighted(payments.METHODS)
        )
        at_first = "captured" if status.endswith("refunded") else status
        row = payments.make_payment(self.draft, sale, at_first, round(amount * 100), method, created, chance.of("row"))
        row |= {"status": status, **fields}
        self._draw(row, fields, "processedAt", row.get("processedAt"))
        sale.payments.append(self.draft.put("payment", row))
        if sale.label:
            self._hurry(row, sale.label)
        self._touch(sale)
        return row

    def _hurry(self, payment: Row, printed: int) -> None:
        """Money that was taken before the label was printed."""
        created, processed = to_ms(payment["createdAt"]), payment.get("processedAt")
        if processed and to_ms(processed) > printed - 30 * MINUTE:
            lag = self.draft.chance("hurry", payment["id"]).integer(40, 240) * 1000
            self._redraw(payment, "processedAt", to_text(created + lag))

    def refund(self, payment: Row, amount: Decimal | float, reason: str, status: str, on: str, fields: Row) -> Row:
        sale = self._sale(self._find("order", payment["orderId"]))
        chance = self._chance("refund", payment["id"])
        created = self._instant(on, SALE_HOURS, chance)
        money = round(float(amount) * 100)
        lines = self._returned(sale, money, chance)
        reason = reason or refunds.why(self.draft, chance.of("why"))
        row = refunds.put_refund(self.draft, sale, payment, money, reason, status, lines, created, chance)
        row |= fields
        if status in ("approved", "processed") and sale.row:
            self._redraw(sale.row, "updatedAt", to_text(max(created, to_ms(sale.row["updatedAt"]))))
        return row

    def _returned(self, sale: Sale, money: int, chance: Chance) -> list[Row]:
        """The units of one line that this money pays for, if there are such."""
        for line in sale.lines:
            for quantity in range(1, line["qty"] + 1):
                price = self.draft.pools.cents[line["productId"]] * quantity
                if refunds.paid_price(self.draft, sale, price) == money:
                    return refunds.refund_lines(self.draft, sale, {line["productId"]: quantity}, chance)
        return []

    # --- on the way ----------------------------------------------------------------------------------------------

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
        sale, chance = self._sale(order), self._chance("shipment", order["id"])
        block = order["shipping"]
        sale.address = block["address"]
        carrier = next(key for key, shown in CARRIERS.items() if shown == block["carrier"])
        arrival = self._arrival(delivered, chance, exact=exact)
        printed = self._label(sale, carrier, shipped, [at for at, *_ in events], arrival, chance, exact=exact)
        for payment in sale.payments:
            self._hurry(payment, printed)
        if events:
            scans = list(self._given(sale, printed, events, chance, exact=exact))
        else:
            scans = self._usual(sale, carrier, status, printed, arrival, chance)
        parcel = shipments.put_parcel(self.draft, sale, carrier, printed, arrival or printed, scans, chance)
        row = parcel.row
        if estimate == "wrong" and arrival and day_of(to_ms(row["eta"])) == day_of(arrival):
            row["eta"] = to_text(business_days_after(day_of(arrival), 1) * DAY + to_ms(row["eta"]) % DAY)
        row |= {"status": status} | ({"eta": block["eta"]} if "eta" in block else {}) | fields
        if not (estimate or "eta" in block or "eta" in fields):
            shipments.drop_estimate(self.draft, row, chance)
        if "eta" in row and (estimate or orders.shows_estimate(self.draft, sale)):
            block.setdefault("eta", row["eta"])
        self._touch(sale)
        return row

    def _arrival(self, delivered: str, chance: Chance, *, exact: bool) -> int | None:
        return self._instant(delivered, DOOR_HOURS, chance, exact=exact) if delivered else None

    def _label(
        self,
        sale: Sale,
        carrier: str,
        shipped: str,
        scans: list[str],
        arrival: int | None,
        chance: Chance,
        *,
        exact: bool,
    ) -> int:
        """When the label was printed: after the money came, before the first scan, and a day before the arrival. Where the
        arrival is given alone, the parcel was on its way for as long as parcels are, and waited before."""
        if len(shipped) > 10:
            return to_ms(shipped) if exact else self._hour(to_ms(shipped), chance)
        first = min((to_ms(scan) // HOUR * HOUR for scan in scans), default=NOW)
        latest = min(NOW - 20 * MINUTE, first - 10 * MINUTE, arrival - 18 * HOUR if arrival else NOW)
        for attempt in range(_TRIES):
            own = chance.of("label", attempt)
            if shipped:
                printed = self._instant(shipped, DOCK_HOURS, own)
            elif arrival and attempt < _TRIES // 2:
                printed = shipments.label_before(carrier, arrival, own)
            else:
                printed = shipments.label_instant(sale, own)
            if printed and sale.created + 30 * MINUTE < printed < latest:
                return printed
        day = to_ms(f"{shipped}T14:05:00Z") if shipped else latest - chance.integer(1, 90) * MINUTE
        return max(min(day, latest), sale.created + 20 * MINUTE)

    def _usual(
        self, sale: Sale, carrier: str, status: str, printed: int, arrival: int | None, chance: Chance
    ) -> list[Row]:
        """Scans that end with this status now."""
        scans: list[Row] = []
        fates = _FATES.get(status, ("normal",))
        for attempt in range(_TRIES):
            own = chance.of("way", attempt)
            there = arrival or shipments.arrival_of(carrier, printed, own)
            fate = fates[min(attempt, len(fates) - 1)]
            scans = shipments.so_far(shipments.journey(self.draft, sale, printed, there, fate, own))
            if status == "label_created":
                return scans[:1]
            if scans[-1]["status"] == status:
                return scans
        return list(self._ended(sale, scans, status, chance))

    def _ended(self, sale: Sale, scans: list[Row], status: str, chance: Chance) -> Iterator[Row]:
        """A parcel too young, or too old, for what usually happens: it moved, and then this was scanned."""
        moved = [scan for scan in scans if scan["status"] in ("label_created", "in_transit")]
        yield from moved
        low = to_ms(moved[-1]["at"])
        details = shipments.DETAILS[status] if len(moved) > 1 else shipments.PICKED_UP
        place = moved[-1]["location"] if status != "delivered" else _home(sale)
        when = low + min(chance.integer(50, 190) * MINUTE, (_LATEST - low) // 2)
        yield shipments.scan(when, place, status, chance.choice(details), chance)

    def _given(
        self, sale: Sale, printed: int, events: Sequence[tuple[str, str, str]], chance: Chance, *, exact: bool
    ) -> Iterator[Row]:
        """The scans a family names, at minutes as the carrier has them, by hubs that lie on the way."""
        way, before = _Way(sale), printed
        yield shipments.scan(printed, _ORIGIN, "label_created", "Label printed", chance)
        if not exact and to_ms(events[0][0]) - printed > 6 * HOUR:
            before += chance.integer(50, 190) * MINUTE
            yield shipments.scan(before, _ORIGIN, "in_transit", shipments.PICKED_UP[0], chance)
        for given, place, status in events:
            first = before == printed and status == "in_transit"
            details = shipments.PICKED_UP if first else shipments.DETAILS[status]
            if not exact:
                yield from self._between(way, before, (to_ms(given), place), chance)
            before = to_ms(given) if exact else self._scanned(to_ms(given), status, printed, before, chance)
            event = shipments.scan(before, way.to(place), status, chance.choice(details), chance)
            if given == events[-1][0]:  # what a task asks for is spelled right
                event |= {"location": way.place, "details": event.get("details", details[0])}
            yield event

    def _between(self, way: _Way, low: int, until: tuple[int, str], chance: Chance) -> Iterator[Row]:
        """Scans every few days of a long way, so that it does not count as lost."""
        high, place = until
        count = (high - low) // (4 * DAY)
        step = (high - low) // (count + 1) // MINUTE
        for number, stop in enumerate(way.before(place, count), 1):
            when = low + (number * step + chance.integer(0, 300)) * MINUTE
            yield shipments.scan(when, stop, "in_transit", chance.choice(shipments.DETAILS["in_transit"]), chance)

    def _scanned(self, hour: int, status: str, printed: int, before: int, chance: Chance) -> int:
        """An instant of that hour: scans come whole minutes after the label, or on one; who delivers presses a button."""
        low = hour // HOUR * HOUR
        if status == "delivered":
            instant = self._hour(low, chance)
        else:
            instant = low + chance.integer(0, 59) * MINUTE + (printed % MINUTE if status == "in_transit" else 0)
        return instant if before < instant <= _LATEST else max(before + MINUTE, min(hour, _LATEST))

    # --- what was said -------------------------------------------------------------------------------------------

    def ticket(self, customer: Row, on: str, texts: Row, assignee: str | None, channel: str | None, fields: Row) -> Row:
        chance = self._chance("ticket", customer["id"], on)
        created = self._instant(on, DESK_HOURS, chance)
        row: Row = {
            "id": ticket_id(self.draft, created, chance),
            "customerId": customer["id"],
            "channel": channel or chance.choice([t["channel"] for t in load().tickets if t["channel"] != "phone"]),
            "createdAt": to_text(created),
            "updatedAt": to_text(created),
            **texts,
        }
        if assignee:
            assign(self.draft, row, texts["ticketType"], chance, somebody=assignee != ANYBODY)
        if assignee != ANYBODY and "assignedEmployeeId" in row:
            row["assignedEmployeeId"] = assignee
        if row["status"] in ("resolved", "closed"):
            row["updatedAt"] = to_text(answer_instant(created, texts["ticketType"], chance))
        self._meet(customer, created)
        if self.draft.version >= 4:
            city = self._person(customer).addresses[0]["city"]
            dress_ticket(row, customer["name"], city, chance.of("dressed"), self.draft.version)
            if chance.of("blemish").happens(_NO_CHANNEL):
                del row["channel"]
        return row | fields

    def message(self, channel: str, author: str, text: str, at: str) -> Row:
        chance = self._chance("message", channel, author, at)
        sent = self._instant(at, _POST_HOURS, chance)
        row: Row = {
            "id": self.draft.dated_id("msg", label(sent), chance),
            "channelId": channel,
            "authorId": author,
            "text": dress_post(text, chance.of("dressed")) if self.draft.version >= 4 else text,
            "timestamp": to_text(sent),
        }
        members = [member["id"] for member in self._find("slack_channel", channel)["members"]["connect"]]
        reactions = reactions_to(row, members, True, chance)
        return row | ({"reactions": reactions} if reactions else {})

    def resolution(self, ticket: Row, outcome: str, details: str, by: str, on: str, fields: Row) -> Row:
        chance = self._chance("resolution", ticket["id"])
        created = max(self._same_second(self._instant(on, DESK_HOURS, chance), ticket), to_ms(ticket["createdAt"]))
        return {
            "id": self.draft.dated_id("res", label(created), chance),
            "ticketId": ticket["id"],
            "outcome": outcome,
            "details": dress_note(details, chance.of("dressed")) if self.draft.version >= 4 else details,
            "resolvedById": by,
            "createdAt": to_text(created),
            **fields,
        }

    def _same_second(self, instant: int, ticket: Row) -> int:
        """Since version 4 the instant of its minute at which the ticket was written, as the world's follow-ups come."""
        if self.draft.version < 4:
            return instant
        return min(instant - instant % MINUTE + to_ms(ticket["createdAt"]) % MINUTE, _LATEST)

    def build(self, customer: Row, name: str, components: Sequence[str], on: str) -> Row:
        chance = self._chance("build", customer["id"], name)
        created = self._instant(on, SALE_HOURS, chance)
        edited = created + (chance.integer(5, 2000) * MINUTE if chance.happens(0.5) else 0)
        self._meet(customer, created)
        return {
            "id": build_id(self.draft, self._person(customer), name, chance),
            "ownerType": "customer",
            "customerId": customer["id"],
            "name": name,
            "componentIds": list(components),
            "createdAt": to_text(created),
            "updatedAt": to_text(min(edited, _LATEST)),
        }

    # --- instants ------------------------------------------------------------------------------------------------

    def _instant(
        self, when: str, hours: Mapping[int, float], chance: Chance, latest: int = _LATEST, *, exact: bool = False
    ) -> int:
        """A day gets a time at such hours; an instant on a whole minute gets its seconds, unless it is exact."""
        if len(when) > 10:
            instant = to_ms(when)
            return instant if exact or not when.endswith(":00Z") else min(instant + _seconds(chance), NOW - 1000)
        day = to_ms(f"{when}T12:00:00Z") // DAY
        for _ in range(_TRIES):
            instant = at(chance, day, hours)
            if instant <= latest:
                return instant
        return latest - chance.integer(1, 60) * MINUTE

    def _hour(self, instant: int, chance: Chance) -> int:
        """Some instant of that hour which has been."""
        return min(instant // HOUR * HOUR + chance.integer(0, 59) * MINUTE + _seconds(chance), _LATEST)

    # --- what may be drawn anew ----------------------------------------------------------------------------------

    def _draw(self, row: Row, fixed: Row, field: str, value: Any) -> None:
        """Remember that a field was drawn, if the family did not fix it."""
        if field not in fixed:
            self._drawn[row["id"], field] = value

    def _redraw(self, row: Row, field: str, value: Any) -> None:
        if (row["id"], field) in self._drawn and row.get(field) == self._drawn[row["id"], field]:
            row[field] = self._drawn[row["id"], field] = value

    def _chance(self, *purpose: object) -> Chance:
        return self.draft.chance(*purpose, len(self.rows))

    def _find(self, entity: str, id: str) -> Row:
        return self.rows.get((entity, id)) or self.scene.row(entity, id)


def _seconds(chance: Chance) -> int:
    """Seconds of a minute, and in one of seven cases milliseconds, as `times.at` has them."""
    return chance.integer(0, 59) * 1000 + (chance.integer(1, 999) if chance.happens(0.15) else 0)


def _home(sale: Sale) -> str:
    return f"{sale.address['city']}, {sale.address['region']}"


class _Way:
    """How far a parcel has come: from Louisville by hubs to its address, and never back."""

    def __init__(self, sale: Sale) -> None:
        hubs = [hub for hub in shipments.way_to(sale.address["region"]) if hub not in (_ORIGIN, _home(sale))]
        self.place = _ORIGIN
        self.stops = [_ORIGIN, *hubs, _home(sale)]
        self.reached = 0

    def to(self, place: str) -> str:
        """Goes to a place, if that lies ahead; else to the next hub. Where none lies between, any place will do."""
        self.reached = self._stop(place)
        self.place = place if len(self.stops) == 2 else self.stops[self.reached]
        return self.place

    def before(self, place: str, count: int) -> list[str]:
        """So many stops on the way there."""
        ahead = self._stop(place) - self.reached
        return [self.stops[self.reached + ahead * number // (count + 1)] for number in range(1, count + 1)]

    def _stop(self, place: str) -> int:
        if place in self.stops[self.reached :]:
            return self.stops.index(place, self.reached)
        return max(self.reached, min(self.reached + 1, len(self.stops) - 2))
