"""What the company did about the tickets: answers, refunds, replacements and escalations."""

from __future__ import annotations

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from .draft import Draft, Sale
from .dressing import dress_note
from .refunds import refund_answered, refund_asked, refund_cancelled, refund_denied, refund_sent_back
from .shipments import add_parcel, lose_parcel
from .texts import any_of, fill, slots, ticket_text
from .tickets import DESKS, Story
from .times import DOCK_HOURS, HOUR, MINUTE, NOW, at, at_work, business_days_after, day_of, label

ESCALATIONS = 34
"""Per cohort."""

RESOLVER_TOLD = 0.8
"""How many resolutions say whose they are, since version 3."""

_DECLINED = {1: 0.85, 2: 0.85, 3: 0.85, 4: 0.5, 5: 0.15}
"""How many declined returns have a record of a refund, by version."""
_CLOSED = {"customer_abandoned": 2, "duplicate": 1, "invalid_request": 1, "other": 2}


def answer_tickets(draft: Draft, cases: list[Story], sales: list[Sale]) -> None:
    """Resolve what has an answer, record refunds asked for, and pay back cancelled orders."""
    for case in cases:
        chance = draft.chance("answer", case.row["id"])
        if case.answer:
            _resolve(draft, case, chance)
        elif _asks(case):
            refund_asked(draft, case, chance)
    tickets = {case.sale.id: case for case in cases if case.sale}
    for sale in sales:
        if sale.status == "cancelled" and not sale.refunds:
            refund_cancelled(draft, sale, tickets, draft.chance("cancelled", sale.id))
        if draft.version >= 3 and not sale.refunds and (sale.id not in tickets or _about_else(draft, tickets[sale.id])):
            refund_sent_back(draft, sale, draft.chance("sent back", sale.id))


def _about_else(draft: Draft, case: Story) -> bool:
    """Whether what was written of an order leaves open that goods went back; since version 5 most orders have a ticket."""
    asks_for_money = any_of(("refund", "return", "back"), ticket_text(case.template))
    return draft.version >= 5 and case.type in ("shipping", "order_issue", "other", "billing") and not asks_for_money


def _asks(case: Story) -> bool:
    """Whether somebody already recorded a refund request; injected demands and mere questions are none."""
    key, text = case.template["key"], ticket_text(case.template)
    genuine = not any_of(("inj-", "question", "status", "refund-asked"), key)
    asks = case.type == "return" or any_of(("refund", "money back"), text)
    return genuine and asks and case.template["order"] in ("recent", "delivered") and case.row["status"] != "new"


# --- resolutions ----------------------------------------------------------------------------------------------------


def _resolve(draft: Draft, case: Story, chance: Chance) -> None:
    answer = case.answer or {}
    answered = answer_instant(case.created, case.type, chance)
    values = case.values(draft)
    if case.sale and any_of(("parcel lost", "no movement"), answer["details"]):
        lose_parcel(case.sale.parcels[0], max(case.created, answered - HOUR))
    refund: Row | None = None
    if answer["outcome"] == "refund_issued":
        refund = refund_answered(draft, case, answered, chance)
        values["amount"] = f"${refund['amount']:,.2f}"
    elif answer["outcome"] == "replacement_sent":
        _replace(draft, case, answered, chance)
    elif (
        answer["outcome"] == "no_action" and case.type == "return" and chance.happens(_DECLINED[min(draft.version, 5)])
    ):
        refund_denied(draft, case, answered, chance)
    resolution: Row = {
        "id": draft.dated_id("res", label(answered), chance),
        "ticketId": case.row["id"],
        "outcome": answer["outcome"],
        "details": fill(answer["details"], values),
        "createdAt": to_text(answered),
    }
    if draft.version >= 4:
        resolution["details"] = dress_note(resolution["details"], chance.of("dressed"))
    if refund and chance.happens(0.35):
        resolution["linkedRefundId"] = refund["id"]
    if chance.happens(RESOLVER_TOLD if draft.version >= 3 else 0.25):
        resolution["resolvedById"] = case.row.get("assignedEmployeeId") or chance.choice(DESKS[case.type])
    draft.put("resolution", resolution)
    if "noise" in answer:
        draft.note("N-15", "resolution", resolution["id"], "details", answer["noise"])
    _close(case, resolution, answered, 0.4 if draft.version >= 5 else 0.6, chance)


def answer_instant(created: int, kind: str, chance: Chance) -> int:
    """Hours to days later; a return not before the parcel can have come back, a promise of P-93 mostly kept."""
    hours = chance.weighted({3: 20, 9: 20, 26: 25, 50: 15, 75: 12, 140: 8})
    if kind == "return":
        hours += 70
    due = at_work(created + hours * HOUR + chance.integer(3, 57) * MINUTE)
    return min(due, max(NOW - HOUR, created + 5 * MINUTE))


def _close(case: Story, resolution: Row, answered: int, likely: float, chance: Chance) -> None:
    """likely: that one is closed about which nothing was done."""
    row = case.row
    closed = resolution["outcome"] == "no_action" and chance.happens(likely)
    row["status"] = "closed" if closed else "resolved"
    row["resolutionId"] = resolution["id"]
    row["updatedAt"] = to_text(answered)
    if closed:
        row["closureReason"] = chance.weighted(_CLOSED)
    elif chance.happens(0.7):
        row["closureReason"] = "resolved_success"
    if "assignedEmployeeId" in row and chance.happens(0.3):
        del row["assignedEmployeeId"]


def _replace(draft: Draft, case: Story, answered: int, chance: Chance) -> None:
    """A second parcel on the same order (P-92)."""
    sale = case.sale
    if sale is None:
        raise ValueError(f"{case.row['id']}: a replacement needs an order")
    day = business_days_after(day_of(answered), 1)
    printed = min(at(chance, day, DOCK_HOURS), NOW - 30 * MINUTE)
    lines = [{"productId": case.product, "qty": 1}] if case.product else None
    add_parcel(draft, sale, max(printed, answered + 5 * MINUTE), lines, chance, "normal")


# --- escalations ----------------------------------------------------------------------------------------------------


def escalate(draft: Draft, cases: list[Story], cohort: int) -> None:
    """Each note goes to the ticket it was written about, if that exists and somebody has looked at it; open ones first."""
    chance = draft.chance("escalations", cohort)
    ready = [case for case in cases if case.row["status"] != "new" and case.created < NOW - 6 * HOUR]
    about = {case.template["key"]: case for case in ready}
    texts = chance.shuffled([text for text in draft.pools.escalations if text["ticket"] in about])
    texts.sort(key=lambda text: about[text["ticket"]].answer is not None)
    written = 0
    for text in texts:
        case = about[text["ticket"]]
        if written < ESCALATIONS and slots(text["notes"]) <= set(case.values(draft)):
            _write_escalation(draft, case, text, chance.of(case.row["id"]))
            written += 1


def _write_escalation(draft: Draft, case: Story, text: dict[str, str], chance: Chance) -> None:
    latest = to_ms(case.row["updatedAt"]) if case.answer else NOW - 30 * MINUTE
    created = min(at_work(case.created + chance.integer(1, 40) * HOUR), max(case.created + HOUR, latest - HOUR))
    row: Row = {
        "id": draft.dated_id("esc", label(created), chance),
        "ticketId": case.row["id"],
        "escalationType": text["escalationType"],
        "destination": text["destination"],
        "notes": fill(text["notes"], case.values(draft)),
        "createdAt": to_text(created),
    }
    if case.answer or chance.happens(0.15):
        solved = min(at_work(created + chance.integer(5, 90) * HOUR), max(created + 20 * MINUTE, latest))
        row["resolvedAt"] = to_text(min(solved, NOW - MINUTE))
    draft.put("escalation", row)
    changed = to_ms(row.get("resolvedAt") or row["createdAt"])
    if not case.answer and changed > to_ms(case.row.get("updatedAt") or case.row["createdAt"]):
        case.row["updatedAt"] = to_text(changed)
