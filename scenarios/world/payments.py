"""Payments: one per order in most cases, by the exact amount rule of entities section 5 (17 C)."""

from __future__ import annotations

from ...engine.chance import Chance, Pool
from ...engine.clock import to_text
from ...engine.genesis import Row
from .customers import amount_cents, goods_cents
from .draft import Draft, Sale, cents_to_money, off_label
from .times import DAY, HOUR, MINUTE, NOW, label

METHODS = {"card": 47, "paypal": 22, "bank_transfer": 10, "apple_pay": 4, "google_pay": 3}
_STYLES = {
    "card": Pool(("txn_{}", "pi_{}", "ch_{}")),
    "paypal": Pool(("PAYID-{}",)),
    "bank_transfer": Pool(("ACH_{}", "tr_{}")),
    "apple_pay": Pool(("ap_{}", "txn_{}")),
    "google_pay": Pool(("txn_{}", "pi_{}")),
}
"""Transaction id styles by method."""
_DIGITS = Pool((12, 14, 16))
"""How many a transaction id has."""

_REASONS = {
    "insufficient_funds": 60,
    "card expired": 20,
    "issuer asked for a confirmation that the customer never gave": 10,
    "do_not_honor": 10,
}
_TRIES = {
    "captured": ("captured",),
    "failed": ("failed",),
    "pending": ("pending",),
    "none": (),
    "retry": ("failed", "captured"),
    "split": ("captured", "captured"),
    "double": ("captured", "captured"),
    "voided": ("voided", "captured"),
}
"""Statuses of an order's payments, first to last."""

_PAIRS = {
    "retry": "failed, then paid at the second try",
    "split": "one order paid in two parts",
    "double": "charged twice",
    "voided": "authorisation voided, then paid",
}


def write_payments(draft: Draft, sale: Sale) -> None:
    """All payments of an order. A cancelled order keeps only the first of two."""
    tries = _TRIES[sale.paid_by][: 1 if sale.status == "cancelled" else 2]
    chance = draft.chance("payment", sale.id)
    due = amount_cents(goods_cents(draft, sale), sale.person.tier or "none", sale.service)
    parts = [due] * len(tries)
    if sale.paid_by == "split" and len(tries) == 2:
        parts[0] = due * chance.integer(30, 70) // 100
        parts[1] = due - parts[0]
    method = "card" if len(tries) == 2 else chance.weighted(METHODS)
    created = sale.created + chance.integer(0, 120) * 1000
    for number, (status, cents) in enumerate(zip(tries, parts, strict=True)):
        row = make_payment(draft, sale, status, cents, method, created, chance.of(number))
        sale.payments.append(draft.put("payment", row))
        created += chance.integer(30, 110) * 1000 if sale.paid_by == "double" else chance.integer(3, 12) * MINUTE
    if len(tries) == 2:
        draft.note("N-20", "order", sale.id, "", _PAIRS[sale.paid_by])


def make_payment(
    draft: Draft, sale: Sale, status: str, cents: int, method: str, created: int, chance: Chance
) -> Row:  # fmt: skip
    """One payment, or attempt at one, with its id, its reference and the instant it was processed."""
    row: Row = {
        "id": _payment_id(draft, sale, status, created, chance),
        "orderId": sale.id,
        "amount": cents_to_money(cents),
        "method": method,
        "status": status,
        "createdAt": to_text(created),
    }
    if chance.happens(0.3):
        row["customerId"] = sale.person.id
    if status == "failed":
        row["failureReason"] = chance.weighted(_REASONS)
    if status != "pending":
        row["processedAt"] = to_text(_processed(created, method, chance))
    _add_transaction(draft, row, chance)
    if status == "pending" and chance.happens(0.3):
        row["processedAt"] = None
        draft.note("N-05", "payment", row["id"], "processedAt", "null instead of missing")
    return row


def _payment_id(draft: Draft, sale: Sale, status: str, created: int, chance: Chance) -> str:
    """`pay-YYMMDD-NNN`; three in four share the order's number, one in ten has another date (N-01)."""
    if "payment" in sale.pinned:
        draft.take(sale.pinned["payment"])
        return sale.pinned["payment"]
    date = off_label(draft, chance, created) if chance.happens(0.1) else label(created)
    wanted = sale.id.rsplit("-", 1)[-1] if chance.happens(0.8) else None
    id = draft.dated_id("pay", date, chance, wanted)
    if chance.happens(0.012) and draft.take(f"pay-{date}"):
        id = f"pay-{date}"
        draft.note("N-02", "payment", id, "id", "payment id without a number")
    elif status == "failed" and chance.happens(0.4):
        id = f"{id}-failed"
        draft.note("N-02", "payment", id, "id", "payment id with a suffix")
    if date != label(created):
        draft.note("N-01", "payment", id, "id", f"id says {date}, created {label(created)}")
    return id


def _processed(created: int, method: str, chance: Chance) -> int:
    """Minutes later; bank transfers and a few others the next day at a safe hour."""
    lag = chance.integer(40, 240) * 1000
    hour = created % DAY // HOUR
    if hour < 21 and chance.happens(0.08):
        lag = chance.integer(5, 60) * MINUTE
    if method == "bank_transfer" or chance.happens(0.03):
        lag = DAY - chance.integer(0, max(0, hour - 14)) * HOUR
    late = created + lag
    return late if late < NOW - 5 * MINUTE else min(created + 2 * MINUTE, NOW - MINUTE)


def _add_transaction(draft: Draft, row: Row, chance: Chance) -> None:
    """The processor's reference: absent or null on a few that never went through, twice the same by mistake (N-17)."""
    number = f"{chance.bits():016x}"[: chance.choice(_DIGITS)]
    previous = next(reversed(draft.rows("payment").values()), None)
    row["transactionId"] = chance.choice(_STYLES[row["method"]]).format(number)
    if row["status"] in ("pending", "failed") and chance.happens(0.25):
        del row["transactionId"]
    elif chance.happens(0.012):
        row["transactionId"] = None
        draft.note("N-05", "payment", row["id"], "transactionId", "null instead of missing")
    elif previous and previous.get("transactionId") and chance.happens(0.003):
        row["transactionId"] = previous["transactionId"]
        draft.note("N-17", "payment", row["id"], "transactionId", f"same reference as {previous['id']}")
