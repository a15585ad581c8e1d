"""Refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta

from ..engine.canonical import derived_id
from ..engine.genesis import Row
from ..engine.tool import Outcome, Rejected, command, query
from ..engine.world import World
from .commands import Once, create_once
from .pricing import cents, dollars
from .profile import Profile
from .rows import Refund, RefundReason, RefundStatus
from .search import found, given, newest, now_text, page, window
from .tables import number


@query("searchRefunds")
def search_refunds(
    world: World,
    profile: Profile,
    *,
    refund_id: str | None = None,
    payment_id: str | None = None,
    ticket_id: str | None = None,
    reason: RefundReason | None = None,
    status: RefundStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    processed_after: str | None = None,
    processed_before: str | None = None,
    limit: float | None = None,
) -> list[Refund]:
    """Find refunds. All given filters must hold. Returns full refund records, newest first (by creation, then id),
    those without a creation date last, whatever the bounds on it. {capped} To see the rest, ask again with
    created_before set to the createdAt of the last.

    Args:
        refund_id: Exact refund id.
        payment_id: Exact id of the refunded payment.
        ticket_id: Exact id of the support ticket behind the refund.
        reason: Exact reason.
        status: Exact refund status.
        created_after: Refund created at or after {instant}.
        created_before: Refund created at or before {instant}.
        processed_after: Refund processed at or after {instant}. Refunds not processed yet drop out.
        processed_before: Refund processed at or before {instant}. Refunds not processed yet drop out.
        limit: Most records to return: {sizes}.

    Rules: 2.13, G-05..G-13, B-12, B-13.
    """
    where = given(id=refund_id, paymentId=payment_id, ticketId=ticket_id, reason=reason, status=status)
    created = window("created", created_after, created_before)
    processed = window("processed", processed_after, processed_before)
    rows = newest(world, "refund", created, where)
    return page(processed.keep(rows, "processedAt", undated=False), limit, profile)


# --- commands ------------------------------------------------------------------------------------------------------


class CreatedRefund(Refund, Once):
    pass


_Line = Annotated[
    dict[str, Any],
    Meta(
        extra_json_schema={
            "properties": {
                "sku": {"type": "string"},
                "qty": {"type": "integer", "minimum": 1},
                "amount": {"type": "number"},
            }
        }
    ),
]


@command("create_refund", makes="refund.created")
def create_refund(
    world: World,
    profile: Profile,
    *,
    payment_id: str,
    amount: float,
    currency: Literal["USD"],
    reason: RefundReason,
    status: RefundStatus = "pending",
    lines: list[_Line] | None = None,
    ticket_id: str | None = None,
) -> Annotated[Outcome, CreatedRefund]:
    """Record a refund against a payment. It cannot be changed or withdrawn afterwards.

    Only the refund is recorded: payment, order and ticket keep their status, so update them with their own tools
    where needed. Earlier refunds of the payment are not checked. A refund that equals an earlier one in payment,
    amount, currency, reason and status is not recorded twice: the existing one is returned, with its own lines and
    ticket and with already_exists true.

    Args:
        payment_id: Exact id of the payment to refund.
        amount: Dollars, rounded half-up to whole cents (33.333 is recorded as 33.33); then more than 0 and at most
            the amount of the payment. Nothing is too much for a payment whose amount is not known.
        currency: Always USD.
        reason: Why the money goes back.
        status: Default: pending, which means that a human reviews it.
        lines: What is refunded, one object per product: sku, qty, and amount in dollars. The amounts should add up
            to the amount of the refund; they are kept as given and not checked.
        ticket_id: Exact id of the support ticket the refund answers.

    Rules: tools 3.1, P-25..P-28, P-33.
    """
    payment = found(world, "payment", "Payment", payment_id)
    exact = _refundable(amount, payment)
    if ticket_id is not None:
        found(world, "support_ticket", "Ticket", ticket_id)
    refund: Row = {
        "id": derived_id("refund_", payment_id, exact, currency, reason, status),
        "type": "refund",
        "paymentId": payment_id,
        **given(ticketId=ticket_id),
        "amount": float(exact),
        "currency": currency,
        "reason": reason,
        "status": status,
        "lines": lines or [],
        "createdAt": now_text(world),
        "processedAt": None,
    }
    return create_once(
        world,
        profile,
        "refund",
        refund,
        "refund.created",
        refund_id=refund["id"],
        payment_id=payment_id,
        ticket_id=ticket_id,
        amount=refund["amount"],
        reason=reason,
        status=status,
    )


def _refundable(amount: float, payment: Row) -> Decimal:
    """The amount in cents. What earlier refunds leave is not asked: exhausting a payment is graded (P-27). A payment
    without an amount bounds nothing, rather than blocking its refunds (G-17)."""
    exact, paid = cents(dollars(amount)), number(payment, "amount")
    if exact <= 0:
        raise Rejected(f"Invalid amount: {amount}. Must be greater than 0")
    if paid is not None and exact > (most := cents(dollars(paid))):
        raise Rejected(f"Invalid amount: {amount}. Payment {payment['id']} is {most} USD")
    return exact
