"""Refunds and what they do to payment and order (entities section 7, P-25 to P-29)."""

from __future__ import annotations

from ...engine.chance import Chance
from ...engine.clock import to_text
from ...engine.genesis import Row
from .draft import FEES, RATES, Draft, Sale, cents_to_money
from .texts import any_of
from .tickets import Story
from .times import DAY, HOUR, MINUTE, NOW, SALE_HOURS, day_of, label, within

_DEFECTIVE = (
    "defect", "dead", "fault", "crack", "crash", "doesn't work", "does not work", "won't", "shatter", "bent pins",
    "noise", "broken", "whine", "scratch", "wobbl", "sensor skips", "warped", "not recognised", "missing from",
)  # fmt: skip
_INCOMPATIBLE = (
    "incompatible",
    "doesn't fit",
    "does not fit",
    "too long",
    "wrong board",
    "doesnt go",
    "no driver",
    "plug",
)


def reason_for(case: Story) -> str:
    """The reason that a ticket and its answer give (P-25)."""
    text = case.answer["details"] if case.answer else f"{case.template['subject']} {case.template['body']}"
    if case.template["order"] == "unshipped" or case.template["order"] == "cancelled":
        return "customer_remorse"
    if case.type in ("shipping", "order_issue"):
        return "shipping_issue"
    if case.type == "billing" or any_of(("teenager", "saved card"), text):
        return "other"
    if any_of(_INCOMPATIBLE, text):
        return "incompatible"
    return "defective" if any_of(_DEFECTIVE, text) else "customer_remorse"


def paid_price(draft: Draft, sale: Sale, cents: int) -> int:
    """What goods of that list price cost this customer (P-26); half a cent goes up."""
    return (cents * (100 - RATES[sale.person.tier or "none"]) + 50) // 100


def refund_lines(draft: Draft, sale: Sale, quantities: dict[str, int], chance: Chance) -> list[Row]:
    """One line per product returned. In one of five the `sku` holds the product id, as found."""
    return [
        {
            "sku": id if chance.happens(0.2) else draft.pools.product[id]["sku"],
            "qty": qty,
            "amount": cents_to_money(paid_price(draft, sale, draft.pools.cents[id] * qty)),
        }
        for id, qty in quantities.items()
    ]


def put_refund(
    draft: Draft,
    sale: Sale,
    payment: Row,
    cents: int,
    reason: str,
    status: str,
    lines: list[Row],
    created: int,
    chance: Chance,
) -> Row:
    """A refund row; a processed one got its money after one to five days."""
    row: Row = {
        "id": draft.dated_id("ref", label(created), chance),
        "paymentId": payment["id"],
        "amount": cents_to_money(cents),
        "reason": reason,
        "status": status,
        "lines": lines,
        "createdAt": to_text(created),
    }
    if status == "processed":
        lag = chance.weighted({2 * HOUR: 2, DAY: 4, 2 * DAY: 3, 4 * DAY: 1})
        paid_out = created + lag + chance.integer(0, 50) * MINUTE
        if draft.version >= 3 and paid_out >= NOW:
            paid_out = created + chance.integer(1, max(1, (NOW - created) // MINUTE - 1)) * MINUTE
        row["processedAt"] = to_text(min(paid_out, NOW - MINUTE))
    sale.refunds.append(row)
    return draft.put("refund", row)


def _booked(draft: Draft, instant: int, chance: Chance) -> int:
    """Since version 4 refunds are booked in the hours of finance, which begin when the desk's are well under way."""
    if draft.version < 4 or instant % DAY // HOUR in SALE_HOURS:
        return instant
    return instant // DAY * DAY + chance.of("booked").weighted(SALE_HOURS) * HOUR + instant % HOUR


def _stands(draft: Draft, created: int, chance: Chance) -> str:
    """Money that was granted is paid out within days, since version 4 mostly by the day after next."""
    days, soon = (1, 0.5) if draft.version >= 4 else (3, 0.3)
    return "processed" if created < NOW - days * DAY or chance.happens(soon) else "approved"


def name_ticket(draft: Draft, refund: Row, case: Story, chance: Chance) -> None:
    """A refund says by which ticket it was asked for; since version 3 one in four does not, since 4 four in five (N-04)."""
    if draft.version >= 3 and chance.of("named").happens(0.8 if draft.version >= 4 else 0.25):
        draft.note("N-04", "refund", refund["id"], "ticketId", "ticket missing")
    else:
        refund["ticketId"] = case.row["id"]


# --- after an answered ticket ---------------------------------------------------------------------------------------


def refund_answered(draft: Draft, case: Story, answered: int, chance: Chance) -> Row:
    """The refund behind a ticket resolved with `refund_issued`, and the statuses it leaves."""
    sale = case.sale
    payment = sale.captured if sale else None
    if sale is None or payment is None:
        raise ValueError(f"{case.row['id']}: a refund needs an order with a captured payment")
    details = case.answer["details"].lower() if case.answer else ""
    created = min(_booked(draft, answered, chance), NOW - HOUR)
    status = _stands(draft, created, chance)
    cents, lines, part = _extent(draft, case, sale, payment, details, chance)
    if chance.happens(0.05 if draft.version >= 4 else 0.1):
        earlier = min(created, max(case.created + HOUR, created - DAY))
        failed = put_refund(draft, sale, payment, cents, reason_for(case), "failed", lines, earlier, chance)
        failed["ticketId"] = case.row["id"]
    row = put_refund(draft, sale, payment, cents, reason_for(case), status, lines, created, chance)
    name_ticket(draft, row, case, chance)
    if "twice within" not in details:
        _mark(draft, sale, payment, row, part=part, chance=chance, unshipped=sale.label is None)
    sale.touch(created)
    if sale.delivered and day_of(case.created) - day_of(sale.delivered) > 21:
        draft.note("N-22", "refund", row["id"], "status", "refund far outside the return window")
    return row


def _extent(
    draft: Draft, case: Story, sale: Sale, payment: Row, details: str, chance: Chance
) -> tuple[int, list[Row], bool]:
    """Cents, lines, and whether it is a part only."""
    paid = round(payment["amount"] * 100)
    if sale.label is None or any_of(("twice within", "everything including", "teenager"), details):
        return paid, [], False
    if case.type in ("shipping", "billing") and "fee" in details:
        return FEES[sale.service], [], True
    quantities = _returned(case, sale, details, chance)
    lines = refund_lines(draft, sale, quantities, chance)
    everything = quantities == {line["productId"]: line["qty"] for line in sale.lines}
    cents = paid_price(draft, sale, sum(draft.pools.cents[id] * qty for id, qty in quantities.items()))
    return min(cents, paid), lines, not everything


def _returned(case: Story, sale: Sale, details: str, chance: Chance) -> dict[str, int]:
    """Which units came back: all of the order, or some units of the product in question."""
    everything = {line["productId"]: line["qty"] for line in sale.lines}
    some = "one item of" in details
    if "in full" in details or "whole" in details or (len(sale.lines) > 1 and not some and chance.happens(0.15)):
        return everything
    product = case.product or sale.lines[0]["productId"]
    units = everything[product]
    return {product: units if units == 1 or chance.happens(0.4) else chance.integer(1, units - 1)}


def _mark(draft: Draft, sale: Sale, payment: Row, refund: Row, *, part: bool, unshipped: bool, chance: Chance) -> None:
    """Order and payment after an approved refund (P-29), with the measured negligence (N-09, N-10)."""
    word = "partially_refunded" if part else "refunded"
    if chance.happens(0.5):
        draft.note("N-09", "payment", payment["id"], "status", f"still captured after {refund['id']}")
    else:
        payment["status"] = word
    if part and chance.happens(0.3):
        draft.note("N-10", "order", sale.id, "status", f"left fulfilled after the partial refund {refund['id']}")
        return
    sale.status = sale.row["status"] = "cancelled" if unshipped else word
    if unshipped and sale.service == "standard":
        # The block goes, as on every cancelled order, unless the fee that was paid could then not be told.
        sale.row.pop("shipping", None)


# --- sent back without a ticket -----------------------------------------------------------------------------------


_SENT_BACK, _SENT_BACK_NOW, _SENT_BACK_LATELY = 0.13, 0.27, 0.85
"""Of parcels that came, whose goods may be sent back without a word: before version 4 and since, and then of the last weeks."""
_WHY = {"defective": 50, "customer_remorse": 30, "incompatible": 12, "shipping_issue": 8}
_WHY_NOW = {"defective": 62, "customer_remorse": 28, "incompatible": 7, "shipping_issue": 3}
"""Since version 4."""
_WHY_SINCE_5 = {"defective": 78, "customer_remorse": 14, "incompatible": 6, "shipping_issue": 2}
_WHY_SINCE_6 = {"defective": 68, "customer_remorse": 23, "incompatible": 6, "shipping_issue": 3}
_NEVER_SENT_BACK = ("motherboard", "bundle", "prebuilt", "workstation")
"""Orders with a board are counted (17 M), and these may hold one."""


def _likely_back(draft: Draft, arrived: int) -> float:
    if draft.version < 4:
        return _SENT_BACK
    if draft.version >= 6:
        now, lately = 0.32, 0.55
    else:
        now, lately = (0.25, 0.5) if draft.version >= 5 else (_SENT_BACK_NOW, _SENT_BACK_LATELY)
    return lately if arrived > NOW - 35 * DAY else now


def _disliked(draft: Draft, sale: Sale, chance: Chance) -> Row:
    """What goes back: any of the goods, or since version 4 rather those that cost something."""
    if draft.version >= 4 and chance.happens(0.7):
        return max(sale.lines, key=lambda line: draft.pools.cents[line["productId"]])
    return chance.choice(sale.lines)


def why(draft: Draft, chance: Chance) -> str:
    """Some reason for which goods come back."""
    if draft.version >= 6:
        return chance.weighted(_WHY_SINCE_6)
    return chance.weighted(_WHY_SINCE_5 if draft.version >= 5 else _WHY_NOW if draft.version >= 4 else _WHY)


def refund_sent_back(draft: Draft, sale: Sale, chance: Chance) -> None:
    """Goods that came back with the label from the box, or after a call: nobody wrote a ticket."""
    payment, arrived = sale.captured, sale.delivered
    if payment is None or arrived is None or sale.planned or sale.person.cast or sale.status != "fulfilled":
        return
    if any(draft.pools.category(line["productId"]) in _NEVER_SENT_BACK for line in sale.lines):
        return
    if arrived > NOW - 4 * DAY or not chance.happens(_likely_back(draft, arrived)):
        return
    created = within(chance, arrived + 2 * DAY, min(arrived + 20 * DAY, NOW - HOUR), SALE_HOURS)
    line = _disliked(draft, sale, chance)
    quantity = line["qty"] if chance.happens(0.5) else chance.integer(1, line["qty"])
    reason, paid = why(draft, chance), round(payment["amount"] * 100)
    cents = paid_price(draft, sale, draft.pools.cents[line["productId"]] * quantity)
    everything = len(sale.lines) == 1 and quantity == line["qty"]
    if everything and reason in ("defective", "shipping_issue"):
        cents = paid  # with the fee
    if cents > paid:
        return
    lines = refund_lines(draft, sale, {line["productId"]: quantity}, chance)
    status = _stands(draft, created, chance)
    row = put_refund(draft, sale, payment, cents, reason, status, lines, created, chance)
    _mark(draft, sale, payment, row, part=not everything, chance=chance, unshipped=False)
    sale.touch(created)


# --- asked for, declined, cancelled ---------------------------------------------------------------------------------


def refund_asked(draft: Draft, case: Story, chance: Chance) -> Row | None:
    """A pending refund for an unanswered return, which puts the order on `refund_requested`."""
    sale = case.sale
    payment = sale.captured if sale else None
    if sale is None or payment is None or sale.planned or sale.status != "fulfilled":
        return None
    created = _booked(draft, case.created + chance.integer(60, 2400) * MINUTE, chance)
    likely = 0.12 if draft.version >= 5 else 0.5
    if created > NOW - HOUR or (draft.version >= 4 and not chance.of("recorded").happens(likely)):
        return None
    quantities = _returned(case, sale, "", chance)
    lines = refund_lines(draft, sale, quantities, chance)
    cents = paid_price(draft, sale, sum(draft.pools.cents[id] * qty for id, qty in quantities.items()))
    cents = min(cents, round(payment["amount"] * 100))
    row = put_refund(draft, sale, payment, cents, reason_for(case), "pending", lines, created, chance)
    name_ticket(draft, row, case, chance)
    sale.status = sale.row["status"] = "refund_requested"
    sale.touch(created)
    return row


def refund_denied(draft: Draft, case: Story, answered: int, chance: Chance) -> None:
    """The record of a return that was declined; nothing else changes."""
    sale = case.sale
    payment = sale.captured if sale else None
    if sale is None or payment is None or case.product is None:
        return
    lines = refund_lines(draft, sale, {case.product: 1}, chance)
    cents = paid_price(draft, sale, draft.pools.cents[case.product])
    row = put_refund(draft, sale, payment, cents, "customer_remorse", "denied", lines, answered, chance)
    name_ticket(draft, row, case, chance)


def refund_cancelled(draft: Draft, sale: Sale, tickets: dict[str, Story], chance: Chance) -> None:
    """A cancelled order whose money was taken gets all of it back (P-42)."""
    payment = sale.captured
    if payment is None or sale.status != "cancelled":
        return
    created = within(chance, sale.changed, min(sale.changed + 2 * DAY, NOW - MINUTE), SALE_HOURS)
    status = chance.weighted({"processed": 70, "approved": 12, "pending": 12, "failed": 6})
    status = "pending" if created > NOW - 2 * DAY else status
    row = put_refund(
        draft, sale, payment, round(payment["amount"] * 100), "customer_remorse", status, [], created, chance
    )  # fmt: skip
    if sale.id in tickets:
        row["ticketId"] = tickets[sale.id].row["id"]
    if status in ("processed", "approved"):
        if chance.happens(0.5):
            draft.note("N-09", "payment", payment["id"], "status", f"still captured after {row['id']}")
        else:
            payment["status"] = "refunded"
    sale.touch(created)
