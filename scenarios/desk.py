"""What a scripted agent sits at: it may call tools and think aloud, and nothing else; and what solutions often call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from .reckoning import dollars, tier_of


class Desk(Protocol):
    """An agent's view of an episode. Reference solutions read the world only through `call`."""

    def call(self, tool: str, **arguments: Any) -> Any:
        """The decoded reply. Raises CoreCraftError for a rejection: a solution does not run into errors unawares."""
        ...

    def attempt(self, tool: str, **arguments: Any) -> Any:
        """The decoded reply; a rejection is `{"error": ...}`: for a try that is expected to fail."""
        ...

    def say(self, text: str) -> None:
        """A model turn without a tool call: a thought that is kept in the history."""
        ...

    def ask(self, text: str) -> str:
        """A question back to whoever asked, and his answer; "" where he has none."""
        ...


def page_by_date(desk: Desk, tool: str, newest: str = "createdAt", **arguments: Any) -> list[dict[str, Any]]:
    """All rows of a capped search, newest first: `created_before` moves to the oldest row of each full page (T-01)."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        page = desk.call(tool, limit=10, **arguments)
        known = len(found)
        found |= {row["id"]: row for row in page}
        if len(page) < 10 or len(found) == known:
            return list(found.values())
        arguments["created_before"] = page[-1][newest]


def page_by_part(desk: Desk, tool: str, field: str, parts: Iterable[str], **where: Any) -> list[dict[str, Any]]:
    """All rows of a capped search without dates: where a page is full, by each value that a field may have (T-01)."""
    page = desk.call(tool, limit=10, **where)
    if len(page) < 10:
        return page
    return [row for part in parts for row in desk.call(tool, limit=10, **where, **{field: part})]


def catalogue(
    desk: Desk, category: str, low: float = 0, high: float = 10_000, *, stocked: bool = False
) -> list[dict[str, Any]]:
    """Products within a price band, cheapest first: where a page is full, by either half of the band (T-01)."""
    where = {"inStockOnly": "true"} if stocked else {}
    found = desk.call("searchProducts", category=category, min_price=low, max_price=high, limit=10, **where)
    if len(found) == 10:
        middle = (low + min(high, max(row["price"] for row in found))) / 2
        bands = (low, middle), (middle, high)
        found = [row for band in bands for row in catalogue(desk, category, *band, stocked=stocked)]
    return sorted({row["id"]: row for row in found}.values(), key=lambda row: row["price"])


def customer_named(desk: Desk, name: str) -> dict[str, Any]:
    """The customer of exactly this name: a search finds it within longer ones as well."""
    return next(row for row in desk.call("searchCustomers", name=name) if row["name"] == name)


def opened(desk: Desk, product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The products that a bundle or a ready-made system consists of; any other by itself."""
    specs = product.get("specs", {})
    ids = [each["componentId"] for each in specs.get("components", ())]
    if "prebuilt" in specs:
        (build,) = desk.call("searchBuilds", build_id=specs["prebuilt"]["baseBuildId"])
        ids = build["componentIds"]
    return [desk.call("getProduct", product_id=id) for id in ids] or [dict(product)]


def compatible(desk: Desk, ids: Iterable[str]) -> bool:
    """Whether these products fit together."""
    return desk.call("validateBuildCompatibility", product_ids=list(ids))["is_compatible"]


def price_paid(desk: Desk, lines: Sequence[tuple[str, int]], customer: Mapping[str, Any]) -> Decimal:
    """What so many of these products cost the customer, without shipping."""
    ids, counts = [id for id, _ in lines], [count for _, count in lines]
    price = desk.call("calculate_price", product_ids=ids, quantities=counts, loyalty_tier=tier_of(customer))
    return dollars(price["subtotal"]) - dollars(price["discount"])


def escalate(desk: Desk, ticket_id: str, kind: str, destination: str, notes: str) -> None:
    """Hand a ticket to a department; kind: the type of the escalation."""
    where = {"escalation_type": kind, "destination": destination}
    desk.call("create_escalation", ticket_id=ticket_id, notes=notes, **where)
