"""Support tickets with their escalations and resolutions."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from msgspec import UNSET, UnsetType

from ..engine.canonical import derived_id
from ..engine.genesis import Row
from ..engine.tool import Choices, Outcome, command, fact, query
from ..engine.world import World
from .commands import Once, changed, create_once
from .profile import Profile
from .rows import (
    ClosureReason,
    Department,
    Escalation,
    EscalationType,
    Instant,
    Priority,
    Resolution,
    ResolutionOutcome,
    Text,
    Ticket,
    TicketStatus,
    TicketType,
)
from .search import Window, found, given, newest, now_text, page, shown, window
from .tables import PRIORITY_BANDS, latest, stored_ms

Destination = Annotated[Department, Choices(unless="free_text_destination")]
DONE = ("resolved", "closed")


class HistoryTicket(TypedDict):
    id: str
    customerId: Text
    category: Text
    status: Text
    priority: Text
    subject: Text
    createdAt: Instant
    updatedAt: Instant


class HistoryEscalation(TypedDict):
    id: str
    ticketId: Text
    escalation_type: Text
    destination: Text


class HistoryResolution(TypedDict):
    id: str
    ticketId: Text
    outcome: Text
    details: Text


class TicketHistory(TypedDict):
    tickets: list[HistoryTicket]
    escalations: list[HistoryEscalation]
    resolutions: list[HistoryResolution]


@query("searchTickets")
def search_tickets(
    world: World,
    profile: Profile,
    *,
    ticket_id: str | None = None,
    customer_id: str | None = None,
    order_id: str | None = None,
    assigned_employee_id: str | None = None,
    status: TicketStatus | None = None,
    priority: Priority | None = None,
    ticket_type: TicketType | None = None,
    text: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    resolved_after: str | None = None,
    resolved_before: str | None = None,
    limit: float | None = None,
) -> list[Ticket]:
    """Find support tickets. All given filters must hold. Returns full ticket records in order of priority (high,
    normal, low; without one as normal), then newest first (by creation), then id. Tickets without a date pass any
    bound on it. {capped} To see the rest, ask for one priority at a time, with created_before set to the createdAt of
    the last ticket.

    Args:
        ticket_id: Exact ticket id.
        customer_id: Exact id of the customer.
        order_id: Exact id of the order the ticket is about.
        assigned_employee_id: Exact id of the employee the ticket is assigned to.
        status: Exact ticket status.
        priority: Exact priority.
        ticket_type: Exact ticket type.
        text: Part of the subject or the body, in any case, taken as one phrase.
        created_after: Ticket created at or after {instant}.
        created_before: Ticket created at or before {instant}.
        resolved_after: Ticket last updated at or after {instant}, whatever its status (combine with status
            resolved).
        resolved_before: Ticket last updated at or before {instant}, whatever its status (combine with status
            resolved).
        limit: Most records to return: {sizes}.

    Rules: 2.9, G-05..G-13, B-12, B-30.
    """
    where = given(
        id=ticket_id,
        customerId=customer_id,
        orderId=order_id,
        assignedEmployeeId=assigned_employee_id,
        status=status,
        priority=priority,
        ticketType=ticket_type,
    )
    created = window("created", created_after, created_before)
    resolved = window("resolved", resolved_after, resolved_before)
    rows = newest(world, "support_ticket", created, where, given(text=text), PRIORITY_BANDS)
    return page(resolved.keep(rows, "updatedAt"), limit, profile)


@query("getCustomerTicketHistory")
def get_customer_ticket_history(
    world: World,
    *,
    customer_id: str,
    include_resolved: bool = True,
    tkt_created_after: str | None = None,
    tkt_created_before: str | None = None,
    tkt_updated_after: str | None = None,
    tkt_updated_before: str | None = None,
) -> TicketHistory:
    """Get all support tickets of one customer, newest first, with the escalations and resolutions of those tickets,
    oldest first, however many there are. Tickets without a date pass any bound on it. It is an overview: ticket
    bodies, escalation notes and employees are left out.

    Args:
        customer_id: Exact customer id.
        include_resolved: Whether resolved and closed tickets are included; true if omitted.
        tkt_created_after: Tickets created at or after {instant}.
        tkt_created_before: Tickets created at or before {instant}.
        tkt_updated_after: Tickets last updated at or after {instant}.
        tkt_updated_before: Tickets last updated at or before {instant}.

    Rules: 2.10, G-04, G-08..G-10, G-20, B-20.
    """
    created = window("tkt_created", tkt_created_after, tkt_created_before)
    updated = window("tkt_updated", tkt_updated_after, tkt_updated_before)
    shown(world, "customer", "Customer", customer_id)
    kept = [
        ticket
        for ticket in updated.keep(tickets_by_date(world, created, customerId=customer_id), "updatedAt")
        if include_resolved or ticket.get("status") not in DONE
    ]
    return {
        "tickets": [_history_ticket(ticket) for ticket in kept],
        "escalations": [_history_escalation(row) for row in _of_tickets(world, "escalation", kept)],
        "resolutions": [_history_resolution(row) for row in _of_tickets(world, "resolution", kept)],
    }


@query("searchEscalations")
def search_escalations(
    world: World,
    profile: Profile,
    *,
    escalation_id: str | None = None,
    ticket_id: str | None = None,
    escalation_type: EscalationType | None = None,
    destination: Destination | None = None,
    notes_text: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    resolved_after: str | None = None,
    resolved_before: str | None = None,
    limit: float | None = None,
) -> list[Escalation]:
    """Find escalations of support tickets. All given filters must hold. Returns full escalation records, newest first
    (by creation, then id), those without a creation date last, whatever the bounds on it. {capped} To see the rest,
    ask again with created_before set to the createdAt of the last.

    Args:
        escalation_id: Exact escalation id.
        ticket_id: Exact id of the escalated ticket.
        escalation_type: Exact escalation type.
        destination: Exact department it was escalated to.
        notes_text: Part of the notes, in any case, taken as one phrase.
        created_after: Escalation created at or after {instant}.
        created_before: Escalation created at or before {instant}.
        resolved_after: Escalation resolved at or after {instant}. Unresolved escalations drop out.
        resolved_before: Escalation resolved at or before {instant}. Unresolved escalations drop out.
        limit: Most records to return: {sizes}.

    Rules: 2.13, G-05..G-13, B-12, B-13.
    """
    where = given(id=escalation_id, ticketId=ticket_id, escalationType=escalation_type, destination=destination)
    created = window("created", created_after, created_before)
    resolved = window("resolved", resolved_after, resolved_before)
    rows = newest(world, "escalation", created, where, given(notes=notes_text))
    return page(resolved.keep(rows, "resolvedAt", undated=False), limit, profile)


@query("searchResolutions")
def search_resolutions(
    world: World,
    profile: Profile,
    *,
    resolution_id: str | None = None,
    ticket_id: str | None = None,
    outcome: ResolutionOutcome | None = None,
    resolved_by_id: str | None = None,
    linked_refund_id: str | None = None,
    details_text: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: float | None = None,
) -> list[Resolution]:
    """Find resolutions of support tickets. All given filters must hold. Returns full resolution records, newest first
    (by creation, then id), those without a creation date last, whatever the bounds on it. {capped} To see the rest,
    ask again with created_before set to the createdAt of the last.

    Args:
        resolution_id: Exact resolution id.
        ticket_id: Exact id of the resolved ticket.
        outcome: Exact outcome.
        resolved_by_id: Exact id of the employee who resolved the ticket.
        linked_refund_id: Exact id of the refund linked to the resolution.
        details_text: Part of the details, in any case, taken as one phrase.
        created_after: Resolution created at or after {instant}.
        created_before: Resolution created at or before {instant}.
        limit: Most records to return: {sizes}.

    Rules: 2.13, G-05..G-13, B-12, B-13.
    """
    where = given(
        id=resolution_id,
        ticketId=ticket_id,
        outcome=outcome,
        resolvedById=resolved_by_id,
        linkedRefundId=linked_refund_id,
    )
    created = window("created", created_after, created_before)
    return page(newest(world, "resolution", created, where, given(details=details_text)), limit, profile)


def tickets_by_date(world: World, created: Window, **where: str) -> list[Row]:
    """Tickets newest first, ties by id, whatever their priority."""
    return sorted(newest(world, "support_ticket", created, where, bands=PRIORITY_BANDS), key=latest)


def _of_tickets(world: World, entity: str, tickets: list[Row]) -> list[Row]:
    """What hangs on the tickets, in the order in which it came about, ties by id; without a date last."""

    def age(row: Row) -> tuple[Any, ...]:
        ms = stored_ms(row, "createdAt")
        return ms is None, ms or 0, row["id"]

    return sorted((row for ticket in tickets for row in world.rows(entity, {"ticketId": ticket["id"]})), key=age)


def _history_ticket(row: Row) -> HistoryTicket:
    return {
        "id": row["id"],
        "customerId": row.get("customerId"),
        "category": row.get("ticketType"),
        "status": row.get("status"),
        "priority": row.get("priority"),
        "subject": row.get("subject"),
        "createdAt": row.get("createdAt"),
        "updatedAt": row.get("updatedAt"),
    }


def _history_escalation(row: Row) -> HistoryEscalation:
    return {
        "id": row["id"],
        "ticketId": row.get("ticketId"),
        "escalation_type": row.get("escalationType"),
        "destination": row.get("destination"),
    }


def _history_resolution(row: Row) -> HistoryResolution:
    return {
        "id": row["id"],
        "ticketId": row.get("ticketId"),
        "outcome": row.get("outcome"),
        "details": row.get("details"),
    }


# --- commands ------------------------------------------------------------------------------------------------------


class CreatedResolution(Resolution, Once):
    pass


class CreatedEscalation(Escalation, Once):
    pass


@command("create_resolution", makes="resolution.created")
def create_resolution(
    world: World,
    profile: Profile,
    *,
    ticket_id: str,
    outcome: ResolutionOutcome,
    linked_refund_id: str | None = None,
    resolved_by_id: str | None = None,
    details: str | None = None,
) -> Annotated[Outcome, CreatedResolution]:
    """Record how a support ticket was resolved and link the resolution to the ticket. It cannot be changed afterwards.

    The ticket's status stays as it is: set it with updateTicketStatus. A resolution that equals an earlier one in
    ticket, outcome, resolver and refund is not recorded twice: the existing one is returned, with its own details and
    with already_exists true.

    Args:
        ticket_id: Exact ticket id.
        outcome: What was done.
        linked_refund_id: Exact id of the refund that was made, with outcome refund_issued.
        resolved_by_id: Exact id of the employee who resolved the ticket.
        details: Free text: what was found and done.

    Rules: tools 3.2, P-33, P-72, P-74.
    """
    ticket = found(world, "support_ticket", "Ticket", ticket_id)
    if linked_refund_id is not None:
        found(world, "refund", "Refund", linked_refund_id)
    if resolved_by_id is not None:
        found(world, "employee", "Employee", resolved_by_id)
    resolution: Row = {
        "id": derived_id("res_", ticket_id, outcome, resolved_by_id or "", linked_refund_id or ""),
        "type": "resolution",
        "ticketId": ticket_id,
        "outcome": outcome,
        **given(details=details),
        "linkedRefundId": linked_refund_id,
        "resolvedById": resolved_by_id,
        "createdAt": now_text(world),
    }
    _, linked = changed(world, "support_ticket", ticket, resolutionId=resolution["id"])
    return create_once(
        world,
        profile,
        "resolution",
        resolution,
        "resolution.created",
        linked,
        resolution_id=resolution["id"],
        ticket_id=ticket_id,
        outcome=outcome,
        linked_refund_id=linked_refund_id,
        resolved_by_id=resolved_by_id,
    )


@command("create_escalation", makes="escalation.created")
def create_escalation(
    world: World,
    profile: Profile,
    *,
    ticket_id: str,
    escalation_type: EscalationType,
    destination: Destination,
    notes: str | None = None,
) -> Annotated[Outcome, CreatedEscalation]:
    """Hand a support ticket to another department. The escalation cannot be changed or withdrawn afterwards.

    The ticket keeps its status, priority and assignee: set them with updateTicketStatus. An escalation that equals an
    earlier one in ticket, type and destination is not recorded twice: the existing one is returned, with its own notes
    and with already_exists true.

    Args:
        ticket_id: Exact ticket id.
        escalation_type: technical = hard fault that needs experts; policy_exception = something policy forbids;
            product_specialist = product knowledge; insufficient_permission = whoever asks lacks the right.
        destination: The department that is to take over.
        notes: The reason, and everything the department has to know.

    Rules: tools 3.3, P-80..P-82.
    """
    found(world, "support_ticket", "Ticket", ticket_id)
    escalation: Row = {
        "id": derived_id("esc_", ticket_id, escalation_type, destination),
        "type": "escalation",
        "ticketId": ticket_id,
        "escalationType": escalation_type,
        "destination": destination,
        **given(notes=notes),
        "createdAt": now_text(world),
        "resolvedAt": None,
    }
    return create_once(
        world,
        profile,
        "escalation",
        escalation,
        "escalation.created",
        escalation_id=escalation["id"],
        ticket_id=ticket_id,
        escalation_type=escalation_type,
        destination=destination,
    )


@command("updateTicketStatus", makes="ticket.updated", destructive=True)
def update_ticket_status(
    world: World,
    *,
    ticket_id: str,
    status: TicketStatus | UnsetType | None = UNSET,
    assigned_employee_id: str | UnsetType | None = UNSET,
    priority: Priority | UnsetType | None = UNSET,
    closure_reason: ClosureReason | UnsetType | None = UNSET,
) -> Annotated[Outcome, Ticket]:
    """Change a support ticket's status, assignee, priority or closure reason. Returns the whole ticket.

    What is omitted stays as it is, only updatedAt is always set. Any status may follow any other. No resolution is
    recorded: use create_resolution.

    Args:
        ticket_id: Exact ticket id.
        status: The new status. Null changes nothing.
        assigned_employee_id: Exact id of the employee who takes the ticket. Null unassigns it.
        priority: The new priority. Null changes nothing.
        closure_reason: Why the ticket ended, with status closed or resolved. Null changes nothing.

    Rules: tools 3.6, P-70..P-73.
    """
    ticket = found(world, "support_ticket", "Ticket", ticket_id)
    fields: Row = given(status=status or None, priority=priority or None, closureReason=closure_reason or None)
    if assigned_employee_id is not UNSET:
        _check_assignee(world, assigned_employee_id)
        fields["assignedEmployeeId"] = assigned_employee_id
    row, change = changed(world, "support_ticket", ticket, **fields)
    old = {name: ticket.get(name) for name in fields}
    return Outcome(row, (fact("ticket.updated", change, ticket_id=ticket_id, old=old, new=fields),))


def _check_assignee(world: World, employee_id: str | None) -> None:
    """A world without employees takes any id, as the reference does."""
    if employee_id is not None and world.has("employee"):
        found(world, "employee", "Employee", employee_id)
