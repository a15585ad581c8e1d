"""How CoreCraft's rows are listed and indexed: each type's sort order, keys and searchable texts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from ..engine.clock import to_ms
from ..engine.genesis import Row, Schema, SortKey, Table

KeysOf = Callable[[Row], Iterable[Hashable]]
SEPARATOR = "\x1f"
"""Keeps a phrase from matching across two fields."""

PRIORITY_RANK = {"high": 0, "normal": 1, "low": 2}


def stored_ms(row: Mapping[str, Any], field: str) -> int | None:
    """A stored instant in epoch milliseconds; None when absent, null or malformed (B-31)."""
    text = row.get(field)
    try:
        return to_ms(text) if text else None
    except (ValueError, TypeError):
        return None


def newest_first(field: str) -> Callable[[Row], SortKey]:
    """Newest first, ties by id; rows without the date come last. `search.newest` knows this shape."""

    def key(row: Row) -> SortKey:
        ms = stored_ms(row, field)
        return (1, 0, row["id"]) if ms is None else (0, -ms, row["id"])

    return key


def by(field: str) -> Callable[[Row], SortKey]:
    """By a text field, ties by id."""
    return lambda row: (row.get(field) or "", row["id"])


def _ticket_order(row: Row) -> SortKey:
    """Priority high, normal, low (absent counts as normal, unknown last), then newest first."""
    return PRIORITY_RANK.get(row.get("priority") or "normal", 3), *newest_first("createdAt")(row)


def _field(name: str) -> KeysOf:
    def keys(row: Row) -> Iterable[Hashable]:
        value = row.get(name)
        return () if value is None else (value,)

    return keys


def _listed(name: str) -> KeysOf:
    return lambda row: row.get(name) or ()


def _line_products(row: Row) -> Iterable[Hashable]:
    return [line.get("productId") for line in row.get("lineItems") or ()]


def _text(*names: str) -> Callable[[Row], str]:
    return lambda row: SEPARATOR.join(row.get(name) or "" for name in names)


def _address_values(row: Row) -> str:
    """All values of all addresses (B-19: values only, not keys)."""
    return SEPARATOR.join(str(v) for address in row.get("addresses") or () for v in address.values() if v is not None)


def _table(
    order: Callable[[Row], SortKey],
    *fields: str,
    texts: Mapping[str, Callable[[Row], str]] | None = None,
    **derived: KeysOf,
) -> Table:
    indexes = {name: _field(name) for name in ("id", *fields)}
    return Table(order, {**indexes, **derived}, texts or {})


TABLES: Schema = {
    "customer": _table(
        by("name"), "email", "phone", "loyaltyTier", texts={"name": _text("name"), "address": _address_values}
    ),
    "employee": _table(
        by("name"),
        "department",
        permission=_listed("permissions"),
        texts={"name": _text("name"), "title": _text("title")},
    ),
    "product": _table(by("name"), "category", "brand", texts={"text": _text("name", "brand", "sku")}),
    "order": _table(newest_first("createdAt"), "customerId", "status", "buildId", productId=_line_products),
    "payment": _table(newest_first("createdAt"), "orderId", "status"),
    "shipment": _table(newest_first("createdAt"), "orderId", "trackingNumber", "status", "carrier"),
    "refund": _table(newest_first("createdAt"), "paymentId", "ticketId", "reason", "status"),
    "support_ticket": _table(
        _ticket_order,
        "customerId",
        "orderId",
        "assignedEmployeeId",
        "status",
        "ticketType",
        "priority",
        texts={"text": _text("subject", "body")},
    ),
    "resolution": _table(
        newest_first("createdAt"),
        "ticketId",
        "outcome",
        "resolvedById",
        "linkedRefundId",
        texts={"details": _text("details")},
    ),
    "escalation": _table(
        newest_first("createdAt"), "ticketId", "escalationType", "destination", texts={"notes": _text("notes")}
    ),
    "build": _table(by("name"), "customerId", texts={"name": _text("name")}),
    "knowledge_base_article": _table(
        by("title"), "category", tag=_listed("tags"), texts={"text": _text("title", "body")}
    ),
    "slack_channel": _table(by("name")),
    "slack_message": _table(newest_first("timestamp"), "channelId", "authorId", texts={"text": _text("text")}),
    "warranty_claim": _table(newest_first("createdAt"), "productId", "orderId", "customerId", "status"),
    "sla": _table(by("metric"), "metric", "service", "priority"),
}
