"""Payments."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, UnsetType

from ..engine.tool import Choices, Outcome, command, fact, query
from ..engine.world import World
from .commands import changed
from .profile import Profile
from .rows import LEGACY_PAYMENT_STATUSES, Payment, PaymentStatus
from .search import found, given, newest, page, window
from .shapes import Text

AnyPaymentStatus = Annotated[PaymentStatus, Choices(also=LEGACY_PAYMENT_STATUSES)]
"""The five published statuses, and those of older worlds (B-06)."""


@query("searchPayments")
def search_payments(
    world: World,
    profile: Profile,
    *,
    order_id: str | None = None,
    status: AnyPaymentStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    processed_after: str | None = None,
    processed_before: str | None = None,
    limit: float | None = None,
) -> list[Payment]:
    """Find payments. All given filters must hold. Returns full payment records, newest first (by creation, then id),
    those without a creation date last, whatever the bounds on it. An order may have several payments. {capped} To see
    the rest, ask again with created_before set to the createdAt of the last.

    Args:
        order_id: Exact id of the order that was paid for.
        status: Exact payment status.
        created_after: Payment created at or after {instant}.
        created_before: Payment created at or before {instant}.
        processed_after: Payment processed at or after {instant}. Payments not processed yet drop out.
        processed_before: Payment processed at or before {instant}. Payments not processed yet drop out.
        limit: Most records to return: {sizes}.

    Rules: 2.7, G-05..G-13, B-06, B-12.
    """
    created = window("created", created_after, created_before)
    processed = window("processed", processed_after, processed_before)
    rows = newest(world, "payment", created, given(orderId=order_id, status=status))
    return page(processed.keep(rows, "processedAt", undated=False), limit, profile)


# --- commands ------------------------------------------------------------------------------------------------------


class UpdatedPayment(Payment, total=False):
    failure_reason: Text
    """Echo of failureReason when it was given; not stored under this name (B-16)."""


@command("updatePaymentStatus", makes="payment.status_changed", destructive=True)
def update_payment_status(
    world: World,
    *,
    payment_id: str,
    status: AnyPaymentStatus,
    failure_reason: str | UnsetType | None = UNSET,
) -> Annotated[Outcome, UpdatedPayment]:
    """Set a payment's status and, if given, its failure reason. Returns the whole payment.

    Any status may follow any other. Only the payment changes: its order and refunds stay as they are, and no money
    is moved.

    Args:
        payment_id: Exact payment id.
        status: The new status.
        failure_reason: Why the payment failed. Null clears it; when omitted it stays as it is.

    Rules: tools 3.5, P-29, P-41.
    """
    payment = found(world, "payment", "Payment", payment_id)
    reason = {} if failure_reason is UNSET else {"failureReason": failure_reason}
    row, change = changed(world, "payment", payment, status=status, **reason)
    happened = fact(
        "payment.status_changed",
        change,
        payment_id=payment_id,
        order_id=payment.get("orderId"),
        old_status=payment.get("status"),
        new_status=status,
    )
    echo = {} if failure_reason is UNSET else {"failure_reason": failure_reason}
    return Outcome({**row, **echo}, (happened,))
