"""Warranty claims: denied if and only if a reason is given, never for a system as a whole (entities section 14)."""

from __future__ import annotations

from collections import defaultdict

from ...engine.chance import Chance, Pool
from ...engine.clock import to_text
from ...tools.warranty import add_months, own_months
from .draft import Draft, Sale, candidates
from .times import DAY, HOUR, NOW, SALE_HOURS, label, within


def write_claims(draft: Draft, sales: list[Sale], cohort: int) -> None:
    """Each claim text once, with an order that makes it true."""
    chance = draft.chance("claims", cohort)
    shelves: dict[str, list[tuple[Sale, str]]] = defaultdict(list)
    for sale in sales:
        if sale.delivered and sale.status == "fulfilled" and not sale.person.cast:
            for line in sale.lines:
                shelves[draft.pools.category(line["productId"])].append((sale, line["productId"]))
    pools = {category: Pool(shelf) for category, shelf in shelves.items()}
    for text in draft.pools.claims:
        _write(draft, text, pools.get(text["category"], Pool()), chance.of(text["notes"]))


def _write(draft: Draft, text: dict[str, str], shelf: Pool[tuple[Sale, str]], chance: Chance) -> None:
    for sale, product in candidates(chance, shelf, 80):
        created = _instant(draft, text, sale, product, chance)
        wrong_kind = text.get("product", "") not in product
        if wrong_kind or created is None or not draft.take(f"claim:{sale.id}:{product}"):
            continue
        reviewed = min(created + chance.integer(20, 110) * HOUR, NOW - HOUR)
        draft.put(
            "warranty_claim",
            {
                "id": draft.dated_id("wc", label(created), chance),
                "productId": product,
                "orderId": sale.id,
                "customerId": sale.person.id,
                "reason": text["reason"],
                "status": text["status"],
                "denialReason": text["denialReason"],
                "notes": text["notes"],
                "createdAt": to_text(created),
                "updatedAt": to_text(created if text["status"] == "pending_review" else reviewed),
            },
        )
        return


def _instant(draft: Draft, text: dict[str, str], sale: Sale, product: str, chance: Chance) -> int | None:
    """When the claim was made: inside the term, after it, or just now while it is under review."""
    arrived = sale.delivered
    end = add_months(sale.created, own_months(draft.pools.product[product]))
    if arrived is None:
        return None
    low, high = arrived + DAY, min(end - DAY, NOW - 4 * DAY)
    if text["denialReason"] == "out_of_warranty":
        low, high = end + 20 * DAY, min(end + 60 * DAY, NOW - 4 * DAY)
    elif text["status"] == "pending_review":
        low, high = max(low, NOW - 9 * DAY), min(end - DAY, NOW - 2 * HOUR)
    elif text["reason"] != "defect":
        low += 60 * DAY
    return within(chance, low, high, SALE_HOURS) if high > low + HOUR else None
